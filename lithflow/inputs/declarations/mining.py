"""Mining: the parameters of ``mining.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["MINING"]

MINING = (
    Declaration(
        "mining.output",
        ("year", "resource"),
        "t Li/year",
        "Lithium in concentrate and brine of home mines; used up to the last observed year",
    ),
    Declaration(
        "mining.capacity",
        ("year", "resource"),
        "t Li/year",
        "Lithium that home mines can deliver, after the last observed year",
    ),
    Declaration(
        "mining.utilisation",
        ("year", "resource"),
        "1",
        "Share of that capacity that is used while there is demand",
        maximum=1.0,
    ),
    Declaration(
        "mining.ore_grade",
        ("year", "resource"),
        "percent Li2O",
        "Lithium content of ore or brine, by mass",
        positive=True,
    ),
    Declaration(
        "mining.recovery",
        ("year", "resource"),
        "1",
        "Lithium in concentrate, or in plant brine, per lithium in ore or brine",
        maximum=1.0,
        positive=True,
    ),
)

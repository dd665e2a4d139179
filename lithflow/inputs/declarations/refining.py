"""Refining: the parameters of ``refining.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["REFINING"]

REFINING = (
    Declaration(
        "refining.yield",
        ("year", "resource"),
        "1",
        "Lithium in salts per lithium in concentrate or brine",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "refining.stockpile_build",
        ("year",),
        "t Li/year",
        "Change of the stock of salts at traders and plants",
        minimum=None,
    ),
)

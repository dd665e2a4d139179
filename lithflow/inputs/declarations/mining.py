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
        "mining.mining_yield",
        ("year", "resource"),
        "1",
        "Lithium in the ore mined or the brine pumped per lithium in the part of the deposit that is worked for it",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "mining.concentration_yield",
        ("year", "resource"),
        "1",
        "Lithium in concentrate, or in the brine that ponds give to plants, per lithium in ore or brine",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "mining.concentrate_grade",
        ("year", "resource"),
        "percent Li2O",
        "Lithium content of concentrate of home mines as shipped, by mass; zero where there is no concentrate",
        maximum=100.0,
        fill=0.0,
    ),
    Declaration(
        "mining.imported_concentrate_grade",
        ("year", "origin"),
        "percent Li2O",
        "Lithium content of concentrate and ore from an origin as shipped, by mass",
        maximum=100.0,
        positive=True,
    ),
    Declaration(
        "mining.project_size", ("project",), "t Li/year", "Lithium that a project delivers once it is ramped up"
    ),
    Declaration("mining.project_start", ("project",), "year", "Calendar year in which a project starts"),
    Declaration(
        "mining.project_ramp", ("project",), "year", "Time from the start to the full size of a project", positive=True
    ),
    Declaration(
        "mining.project_probability", ("project",), "1", "Probability that a project is built as planned", maximum=1.0
    ),
    Declaration(
        "mining.project_resource",
        ("project", "resource"),
        "1",
        "One for the resource of a project",
        maximum=1.0,
        sums_to_one="resource",
        fill=0.0,
    ),
    Declaration(
        "mining.project_province",
        ("project", "province"),
        "1",
        "One for the province of a project",
        maximum=1.0,
        sums_to_one="province",
        fill=0.0,
    ),
    Declaration(
        "mining.province_share",
        ("year", "resource", "province"),
        "1",
        "Share of a province in the output of mines in operation",
        maximum=1.0,
        sums_to_one="province",
        fill=0.0,
    ),
    Declaration(
        "mining.reserves",
        ("resource",),
        "t Li",
        "Lithium that can be extracted from home reserves at the end of the reserve year; limits projected mines",
    ),
    Declaration(
        "mining.reserve_additions",
        ("year", "resource"),
        "t Li/year",
        "Lithium that resources and finds add to home reserves, after the reserve year",
    ),
    Declaration("mining.reserve_year", (), "year", "Calendar year at whose end the reserves were stated"),
    Declaration("mining.cost", ("year", "resource"), "USD/t LCE", "Cost of lithium in salts from home ore and brine"),
    Declaration("mining.brine_density", (), "t/m3", "Density of brine as pumped", positive=True),
    Declaration(
        "mining.magnesium_lithium_ratio",
        ("lake",),
        "1",
        "Magnesium per lithium in the brine of a lake, by mass",
        positive=True,
    ),
    Declaration(
        "mining.lake_share",
        ("year", "lake"),
        "1",
        "Share of a lake in the lithium pumped at home",
        maximum=1.0,
        sums_to_one="lake",
        fill=0.0,
    ),
    Declaration(
        "mining.magnesium_penalty",
        (),
        "1",
        "Power of the magnesium-lithium ratio with which ponds lose more per lithium that they keep",
        maximum=3.0,
    ),
    Declaration(
        "mining.reference_ratio",
        (),
        "1",
        "Magnesium-lithium ratio at which the pond yield is as given",
        positive=True,
    ),
)

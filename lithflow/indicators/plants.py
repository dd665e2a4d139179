"""Indicators of plants: how far what there is is used, and what stands idle, stage by stage."""

from __future__ import annotations

from lithflow.indicators.indicator import Indicator
from lithflow.indicators.terms import Term

__all__ = ["PLANTS"]

PLANTS = (
    Indicator(
        "recycler_utilisation",
        "Lithium treated, of what recyclers can treat",
        (Term.of("batteries_treated"),),
        (Term.of("recycling_capacity"),),
    ),
    Indicator(
        "salt_utilisation",
        "Lithium in salts refined, of what plants can make",
        (Term.of("salts_refined"),),
        (Term.of("salt_capacity"),),
    ),
    Indicator(
        "cathode_utilisation",
        "Cathode material made, of what plants can make",
        (Term.of("cathode_output"),),
        (Term.of("cathode_capacity"),),
    ),
    Indicator(
        "electrolyte_salt_utilisation",
        "LiPF6 in the electrolyte made, of what plants can make",
        (Term.of("electrolyte_salt_used", electrolyte_salt="LiPF6"),),
        (Term.of("electrolyte_salt_capacity"),),
    ),
    Indicator(
        "cell_utilisation",
        "Cells made, of what plants can make",
        (Term.of("capacity_made"),),
        (Term.of("cell_capacity"),),
    ),
    Indicator(
        "cell_overcapacity",
        "Capacity of cell plants that stands idle",
        (Term.of("cell_capacity"), Term.of("capacity_made", sign=-1)),
        unit="kWh/year",
    ),
    Indicator(
        "salt_overcapacity",
        "Capacity of salt plants that stands idle, by lithium",
        (Term.of("salt_capacity"), Term.of("salts_refined", sign=-1)),
        unit="t Li/year",
    ),
    Indicator(
        "cathode_overcapacity",
        "Capacity of cathode plants that stands idle",
        (Term.of("cathode_capacity"), Term.of("cathode_output", sign=-1)),
        unit="t/year",
    ),
    Indicator(
        "electrolyte_salt_overcapacity",
        "Capacity of LiPF6 plants that stands idle",
        (
            Term.of("electrolyte_salt_capacity"),
            Term.of("electrolyte_salt_used", sign=-1, electrolyte_salt="LiPF6"),
        ),
        unit="t/year",
    ),
    Indicator(
        "recycler_overcapacity",
        "Capacity of recyclers that stands idle, by lithium",
        (Term.of("recycling_capacity"), Term.of("batteries_treated", sign=-1)),
        unit="t Li/year",
    ),
    Indicator(
        "mine_overcapacity",
        "Lithium that home mines can deliver and don't",
        (Term.of("mine_capacity"), Term.of("concentrate_mined", sign=-1)),
        unit="t Li/year",
    ),
    Indicator(
        "mine_utilisation",
        "Lithium delivered by home mines, of what they can deliver",
        (Term.of("concentrate_mined"),),
        (Term.of("mine_capacity"),),
    ),
)

"""Indicators of plants: how far what there is is used, and what stands idle, stage by stage."""

from __future__ import annotations

from dataclasses import replace

from lithflow.chain.variables import VARIABLES
from lithflow.indicators.indicator import Indicator
from lithflow.indicators.terms import Term

__all__ = ["PLANTS"]


def _plants(name: str, used: str, idle: str, made: tuple[Term, ...], capacity: str) -> tuple[Indicator, Indicator]:
    """Make utilisation and overcapacity of a stage from what is made and what could be, in the unit of the capacity."""
    there = Term.of(capacity)
    return (
        Indicator(f"{name}_utilisation", used, made, (there,)),
        Indicator(
            f"{name}_overcapacity",
            idle,
            (there, *(replace(term, sign=-1) for term in made)),
            unit=VARIABLES[capacity].unit,
        ),
    )


PLANTS = (
    *_plants(
        "mine",
        "Lithium delivered by home mines, of what they can deliver by size and reserves; after the last observed year",
        "Lithium that home mines can deliver by size and reserves and don't; after the last observed year",
        (Term.of("concentrate_mined"),),
        "mine_capacity",
    ),
    *_plants(
        "salt",
        "Lithium in salts refined, of what plants can make",
        "Capacity of salt plants that stands idle, by lithium",
        (Term.of("salts_refined"),),
        "salt_capacity",
    ),
    *_plants(
        "cathode",
        "Cathode material made, of what plants can make",
        "Capacity of cathode plants that stands idle",
        (Term.of("cathode_output"),),
        "cathode_capacity",
    ),
    *_plants(
        "electrolyte_salt",
        "LiPF6 in the electrolyte made, of what plants can make",
        "Capacity of LiPF6 plants that stands idle",
        (Term.of("electrolyte_salt_used", electrolyte_salt="LiPF6"),),
        "electrolyte_salt_capacity",
    ),
    *_plants(
        "cell",
        "Cells made, of what plants can make",
        "Capacity of cell plants that stands idle",
        (Term.of("capacity_made"),),
        "cell_capacity",
    ),
    *_plants(
        "recycler",
        "Lithium treated, old and new scrap, of what recyclers can treat; imported black mass comes treated",
        "Capacity of recyclers that stands idle, by lithium",
        (Term.of("batteries_treated", scrap="old"), Term.of("batteries_treated", scrap="new")),
        "recycling_capacity",
    ),
)
"""Utilisation and overcapacity of each stage, in the order of the material; below zero capacity is missing."""

"""The variable table: every flow, stock and memo of the chain, known in one place, ``variables.csv`` beside this file.

It drives the ledger, the units and text of outputs, the documentation and the balance.
A flow goes from one process to another; ``outside`` processes have no balance of their own.
A stock belongs to a process and starts at zero before the first year. A memo takes part in no balance.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = [
    "BATTERIES",
    "DRIVERS",
    "FLOW_UNITS",
    "OUTSIDE",
    "PROJECTED",
    "SHOWN",
    "VARIABLES",
    "Layer",
    "Variable",
    "process_variables",
]

Kind = Literal["flow", "stock", "memo"]
OnRequest = Literal["", "yes", "regions"]
Layer = Literal["lithium", "metals", "capacity", "vehicles", "none"]

OUTSIDE = {
    "deposits": "lithium in the ground",
    "abroad": "all other countries, whether they are modelled as regions or not",
    "shortage": "unmet demand: lithium that nobody delivers, outside use and imports",
    "losses": "what mining leaves behind, tailings, residues, batteries that nobody collects, scrapped vehicles",
    "makers": "makers of glass, grease and other goods that don't return lithium",
    "assembly": "where capacity comes into being from materials",
    "dismantling": "where the capacity of a battery ends",
    "factories": "where vehicles come into being",
    "metal_market": "where metals for cells come from and recovered metals go",
}
"""Processes outside the balance, with their meaning."""


@dataclass(frozen=True)
class Variable:
    """One flow, stock or memo.

    Parameters
    ----------
    name
        Name in code, files and output.
    kind
        ``flow``, ``stock`` or ``memo``.
    source, target
        Processes that a flow leaves and enters; a stock has its process in both; a memo has none.
    dims
        Dimensions in table order, ``year`` first; ``region`` and ``member`` may follow.
    unit
        Unit of the values.
    layer
        What is balanced: lithium, metals, capacity or vehicles; none for a memo.
    meaning
        One sentence.
    iamc
        Variable name of the Integrated Assessment Modeling Consortium's long format; empty where none fits.
    on_request
        ``yes`` if only runs made with ``cohorts=True`` hold it, as it takes long to compute; ``regions`` if only runs
        with regions do; empty if every run does.
    """

    name: str
    kind: Kind
    source: str
    target: str
    dims: tuple[str, ...]
    unit: str
    layer: Layer
    meaning: str
    iamc: str = ""
    on_request: OnRequest = ""

    @property
    def where_found(self) -> str:
        """Which runs hold a variable that not every run holds."""
        return {"": "every run", "yes": "runs made with cohorts=True", "regions": "runs with regions"}[self.on_request]


FLOW_UNITS: dict[Layer, str] = {
    "lithium": "t Li/year",
    "metals": "t metal/year",
    "capacity": "kWh/year",
    "vehicles": "vehicle/year",
}
STOCK_UNITS: dict[Layer, str] = {"lithium": "t Li", "metals": "t metal", "capacity": "kWh", "vehicles": "vehicle"}


def _read_table() -> dict[str, Variable]:
    """Read ``variables.csv``; flows and stocks have the unit of their layer, memos one of their own."""
    text = Path(__file__).with_name("variables.csv").read_text(encoding="utf-8")
    table = {}
    for row in csv.DictReader(text.splitlines()):
        layer: Layer = row["layer"]  # type: ignore[assignment]
        units = {"flow": FLOW_UNITS, "stock": STOCK_UNITS}.get(row["kind"], {})
        table[row["name"]] = Variable(
            name=row["name"],
            kind=row["kind"],  # type: ignore[arg-type]
            source=row["source"],
            target=row["target"],
            dims=("year", *row["dims"].split()),
            unit=row["unit"] or units[layer],
            layer=layer,
            meaning=row["meaning"],
            iamc=row["iamc"],
            on_request=row["on_request"],  # type: ignore[arg-type]
        )
    return table


VARIABLES: dict[str, Variable] = _read_table()
"""The table, by name."""

BATTERIES = {
    "registered": ("capacity_registered", "batteries_registered", "metals_registered"),
    "vehicles_exported": ("vehicle_capacity_exported", "batteries_exported", "vehicle_metals_exported"),
    "vehicles_imported": ("vehicle_capacity_imported", "batteries_imported", "vehicle_metals_imported"),
    "to_vehicles": ("capacity_to_vehicles", "cells_to_vehicles", "metals_to_vehicles"),
    "replacing": ("capacity_replacing", "cells_replacing", "metals_replacing"),
    "to_devices": ("capacity_to_devices", "cells_to_devices", "metals_to_devices"),
    "exported": ("capacity_exported", "cells_exported", "metals_exported"),
    "imported": ("capacity_imported", "cells_imported", "metals_imported"),
    "devices_exported": ("device_capacity_exported", "device_cells_exported", "device_metals_exported"),
    "devices_imported": ("device_capacity_imported", "device_cells_imported", "device_metals_imported"),
    "inventory": ("capacity_inventory", "cell_inventory", "metals_inventory"),
    "used_exported": ("used_capacity_exported", "used_batteries_exported", "used_metals_exported"),
    "retired": ("capacity_retired", "batteries_retired", "metals_retired"),
    "in_fleet": ("fleet_capacity", "fleet_batteries", "fleet_metals"),
    "reuse_entered": ("reuse_capacity_entered", "reuse_entered", "reuse_metals_entered"),
    "reuse_left": ("reuse_capacity_left", "reuse_left", "reuse_metals_left"),
    "in_reuse": ("reuse_capacity", "reuse_batteries", "reuse_metals"),
    "reuse_lost": ("reuse_capacity_lost", "reuse_lost", "reuse_metals_lost"),
    "vehicles_ended": ("vehicle_capacity_ended", "vehicle_batteries_ended", "vehicle_metals_ended"),
    "devices_ended": ("device_capacity_ended", "device_batteries_ended", "device_metals_ended"),
    "in_devices": ("device_capacity", "device_batteries", "device_metals"),
}
"""Flows and stocks of whole batteries: their names as capacity, as lithium and as metals."""


PROJECTED = frozenset({"mine_capacity"})
"""Memos that are stated after the last observed year only, and are no numbers up to it."""

_SALTS_WANTED = (
    *("refining.stockpile_build", "cells.inventory_build", "uses.other_demand", "recycling.lithium_recovery"),
    "trade.black_mass_imports",
)
_SALTS_MADE = ("trade.salt_imports", *_SALTS_WANTED)
_IMPORTED_VEHICLES = ("trade.vehicle_imports", "trade.vehicle_exports", "fleet.pack_size")

DRIVERS: dict[str, tuple[str, ...]] = {
    "vehicles_registered": (
        "fleet.population",
        "fleet.car_ownership",
        "fleet.car_ownership_saturation",
        "fleet.car_ownership_growth",
        "fleet.car_scrappage",
    ),
    "vehicles_made": ("trade.vehicle_imports", "trade.vehicle_exports"),
    "capacity_to_vehicles": _IMPORTED_VEHICLES,
    "cells_to_vehicles": _IMPORTED_VEHICLES,
    "metals_to_vehicles": _IMPORTED_VEHICLES,
    "capacity_made": (
        "trade.cell_imports",
        "trade.device_cell_imports",
        "trade.cell_exports",
        "trade.device_cell_exports",
        "trade.vehicle_exports",
        "fleet.pack_size",
    ),
    "cathode_to_cells": ("trade.cathode_imports", "materials.cathode_per_kwh", "cells.electrode_scrap"),
    "electrolyte_to_cells": (
        "trade.electrolyte_imports",
        "materials.electrolyte_per_kwh",
    ),
    "salts_to_cathode": (
        "recycling.route_share",
        "recycling.cathode_share",
        "trade.cathode_imports",
        "materials.cathode_per_kwh",
    ),
    "cathode_stock": ("materials.cathode_inventory_build",),
    "concentrate_inventory": ("refining.concentrate_inventory_build",),
    "salt_stock": ("refining.stockpile_build",),
    "salts_imported": _SALTS_WANTED,
    "salts_from_conversion": _SALTS_MADE,
    "salts_converted": _SALTS_MADE,
    "concentrate_imported": ("mining.output", "refining.yield", "refining.concentrate_inventory_build", *_SALTS_MADE),
    "salts_refined": _SALTS_MADE,
}
"""Flows and stocks that are left when something is taken off, and can fall below zero → the parameters to look at.

All others are products of numbers that can't be negative.
"""


SHOWN = {
    "t Li/year": "kt LCE/year",
    "t Li": "kt LCE",
    "t metal/year": "kt metal/year",
    "t metal": "kt metal",
    "kWh/year": "GWh/year",
    "kWh": "GWh",
    "kWh usable/year": "GWh usable/year",
    "kWh usable": "GWh usable",
    "t/year": "kt/year",
    "1": "percent",
}
"""Units of the table → units in which files and tables for people are written."""


@functools.cache
def process_variables(layer: Layer) -> dict[str, dict[str, tuple[Variable, ...]]]:
    """Give the inflows, outflows and stocks of each balanced process of a layer.

    Parameters
    ----------
    layer
        ``lithium``, ``capacity`` or ``vehicles``.

    Returns
    -------
    dict
        process → ``{"inflow": …, "outflow": …, "stock": …}``.
    """
    table: dict[str, dict[str, tuple[Variable, ...]]] = {}

    def add(process: str, role: str, variable: Variable) -> None:
        if process not in OUTSIDE:
            roles = table.setdefault(process, {"inflow": (), "outflow": (), "stock": ()})
            roles[role] = (*roles[role], variable)

    for variable in VARIABLES.values():
        if variable.layer != layer:
            continue
        if variable.kind == "flow":
            add(variable.source, "outflow", variable)
            add(variable.target, "inflow", variable)
        elif variable.kind == "stock":
            add(variable.source, "stock", variable)
    return table

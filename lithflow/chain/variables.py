"""The variable table: every flow, stock and memo of the chain, known in this one place.

It drives the ledger, the units and text of outputs, the documentation and the balance.
A flow goes from one process to another; ``outside`` processes have no balance of their own.
A stock belongs to a process and starts at zero before the first year. A memo takes part in no balance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["BATTERIES", "FLOW_UNITS", "OUTSIDE", "SHOWN", "VARIABLES", "Layer", "Variable", "process_variables"]

Kind = Literal["flow", "stock", "memo"]
Layer = Literal["lithium", "metals", "capacity", "vehicles", "none"]

OUTSIDE = {
    "deposits": "lithium in the ground",
    "abroad": "the rest of the world",
    "losses": "tailings, residues, batteries that nobody collects, scrapped vehicles",
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
        What is balanced: lithium, capacity or vehicles.
    meaning
        One sentence.
    iamc
        Variable name of the Integrated Assessment Modeling Consortium's long format; empty where none fits.
    on_request
        Whether only runs made with ``cohorts=True`` hold it, as it takes long to compute.
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
    on_request: bool = False


def _flow(name: str, route: str, dims: str, meaning: str, *, layer: Layer = "lithium", iamc: str = "") -> Variable:
    source, target = (end.strip() for end in route.split("→"))
    return Variable(name, "flow", source, target, _dims(dims), FLOW_UNITS[layer], layer, meaning, iamc)


def _stock(name: str, process: str, dims: str, meaning: str, *, layer: Layer = "lithium", iamc: str = "") -> Variable:
    return Variable(name, "stock", process, process, _dims(dims), _STOCK_UNITS[layer], layer, meaning, iamc)


def _memo(name: str, dims: str, unit: str, meaning: str, *, on_request: bool = False) -> Variable:
    return Variable(name, "memo", "", "", _dims(dims), unit, "none", meaning, "", on_request)


def _dims(text: str) -> tuple[str, ...]:
    return ("year", *text.split())


FLOW_UNITS: dict[Layer, str] = {
    "lithium": "t Li/year",
    "metals": "t metal/year",
    "capacity": "kWh/year",
    "vehicles": "vehicle/year",
}
_STOCK_UNITS: dict[Layer, str] = {"lithium": "t Li", "metals": "t metal", "capacity": "kWh", "vehicles": "vehicle"}

_LITHIUM = (
    _flow(
        "ore_extracted",
        "deposits → mining",
        "resource",
        "Lithium in ore and brine taken from home deposits",
        iamc="Primary Production|Lithium",
    ),
    _flow("tailings", "mining → losses", "resource", "Lithium left in tailings and ponds"),
    _flow("concentrate_mined", "mining → refining", "resource", "Lithium in concentrate and plant brine of home mines"),
    _flow("concentrate_imported", "abroad → refining", "origin", "Lithium in imported concentrate; closes the balance"),
    _flow("refining_residue", "refining → losses", "", "Lithium left in the residue of salt plants"),
    _flow(
        "salts_refined",
        "refining → salt_market",
        "feed",
        "Lithium in salts from ore and brine",
        iamc="Production|Lithium|Primary",
    ),
    _flow("salts_imported", "abroad → salt_market", "origin", "Lithium in imported salts"),
    _flow("salts_exported", "salt_market → abroad", "salt", "Lithium in exported salts"),
    _flow(
        "salts_recovered",
        "leaching → salt_market",
        "scrap channel",
        "Lithium in salts from recycling",
        iamc="Production|Lithium|Secondary",
    ),
    _flow("salts_to_cathode", "salt_market → cathode_making", "salt", "Lithium in salts for cathode material"),
    _flow("salts_to_electrolyte", "salt_market → electrolyte_making", "", "Lithium in salts for electrolyte"),
    _flow(
        "salts_to_anode", "salt_market → anode_making", "", "Lithium in salts for metal anodes and solid electrolytes"
    ),
    _flow(
        "salts_to_other_uses", "salt_market → makers", "other_use", "Lithium in salts for glass, grease and other goods"
    ),
    _stock("salt_stock", "salt_market", "", "Lithium in salts held by traders and plants"),
    _flow("cathode_losses", "cathode_making → losses", "", "Lithium lost in cathode making"),
    _flow(
        "cathode_to_cells",
        "cathode_making → cell_making",
        "chemistry",
        "Lithium in cathode material made and used at home",
    ),
    _flow("cathode_exported", "cathode_making → abroad", "chemistry", "Lithium in exported cathode material"),
    _flow("cathode_imported", "abroad → cell_making", "chemistry", "Lithium in imported cathode material"),
    _flow(
        "cathode_repaired",
        "leaching → cathode_making",
        "scrap channel",
        "Lithium in cathode material from direct recycling",
    ),
    _flow("electrolyte_losses", "electrolyte_making → losses", "", "Lithium lost in electrolyte making"),
    _flow(
        "electrolyte_to_cells", "electrolyte_making → cell_making", "chemistry", "Lithium in electrolyte used at home"
    ),
    _flow("electrolyte_exported", "electrolyte_making → abroad", "", "Lithium in exported electrolyte"),
    _flow("anode_losses", "anode_making → losses", "", "Lithium lost in making metal anodes and solid electrolytes"),
    _flow(
        "anode_to_cells", "anode_making → cell_making", "chemistry", "Lithium in metal anodes and solid electrolytes"
    ),
    _flow("new_scrap", "cell_making → recycling_queue", "", "Lithium in waste of cell making that reaches recyclers"),
    _flow("new_scrap_lost", "cell_making → losses", "", "Lithium in waste of cell making that is lost"),
    _flow("cells_to_vehicles", "cell_making → vehicle_making", "chemistry", "Lithium in cells for new vehicles"),
    _flow("cells_replacing", "cell_making → fleet", "chemistry", "Lithium in replacement batteries"),
    _flow(
        "cells_to_devices",
        "cell_making → devices",
        "device chemistry",
        "Lithium in new cells for storage, two-wheelers and consumer devices at home",
    ),
    _flow("cells_exported", "cell_making → abroad", "chemistry", "Lithium in exported traction cells and packs"),
    _flow(
        "device_cells_exported",
        "cell_making → abroad",
        "device chemistry",
        "Lithium in exported cells for other uses, in devices as well",
    ),
    _stock("cell_inventory", "cell_making", "", "Lithium in finished traction cells held by makers"),
    _flow(
        "batteries_registered",
        "vehicle_making → fleet",
        "vehicle_class chemistry",
        "Lithium in the batteries of newly registered vehicles",
    ),
    _flow(
        "batteries_exported",
        "vehicle_making → abroad",
        "vehicle_class chemistry",
        "Lithium in the batteries of exported new vehicles",
    ),
    _flow(
        "used_batteries_exported",
        "fleet → abroad",
        "chemistry",
        "Lithium in the batteries of used vehicles that leave the country",
    ),
    _flow("batteries_retired", "fleet → sorting", "chemistry cause", "Lithium in batteries retired from vehicles"),
    _stock(
        "fleet_batteries",
        "fleet",
        "chemistry",
        "Lithium in the batteries of vehicles in use",
        iamc="Stock|Lithium|Fleet",
    ),
    _flow("reuse_entered", "sorting → reuse", "reuse_step", "Lithium in batteries that start a step of second use"),
    _flow("reuse_left", "reuse → sorting", "reuse_step", "Lithium in batteries that leave a step of second use"),
    _stock("reuse_batteries", "reuse", "reuse_step", "Lithium in batteries in second use"),
    _flow("reuse_lost", "sorting → losses", "", "Lithium in second-life batteries that nobody can collect"),
    _flow(
        "vehicle_batteries_ended",
        "sorting → collection",
        "",
        "Lithium in traction batteries that have left their last use",
    ),
    _flow(
        "device_batteries_ended",
        "devices → collection",
        "device",
        "Lithium in other batteries that have left their use",
    ),
    _stock("device_batteries", "devices", "device", "Lithium in storage, two-wheeler and consumer batteries in use"),
    _flow(
        "batteries_collected", "collection → recycling_queue", "battery_use channel", "Lithium in batteries collected"
    ),
    _flow("batteries_hoarded", "collection → hoard", "battery_use", "Lithium in batteries that their owners keep"),
    _flow("batteries_released", "hoard → collection", "battery_use", "Lithium in batteries leaving the hoard"),
    _flow("batteries_lost", "collection → losses", "battery_use", "Lithium in batteries that are never collected"),
    _stock("hoarded_batteries", "hoard", "battery_use", "Lithium in end-of-life batteries not yet handed in"),
    _flow(
        "batteries_treated",
        "recycling_queue → pretreatment",
        "scrap channel",
        "Lithium in batteries and scrap that are treated",
    ),
    _stock(
        "batteries_queued", "recycling_queue", "scrap channel", "Lithium in batteries and scrap waiting for treatment"
    ),
    _flow("black_mass", "pretreatment → leaching", "scrap channel", "Lithium in black mass"),
    _flow(
        "pretreatment_residue",
        "pretreatment → losses",
        "scrap channel",
        "Lithium lost in discharge, dismantling and shredding",
    ),
    _flow("black_mass_imported", "abroad → leaching", "", "Lithium in imported black mass"),
    _flow("leaching_residue", "leaching → losses", "scrap channel", "Lithium lost in leaching, smelting or repair"),
)

_METALS = tuple(
    (_flow if "→" in route else _stock)(name, route, f"{dims} metal".strip(), meaning, layer="metals")
    for name, route, dims, meaning in (
        ("metals_to_cells", "metal_market → cell_making", "", "Metals entering cell making"),
        (
            "metals_new_scrap",
            "cell_making → recycling_queue",
            "",
            "Metals in waste of cell making that reaches recyclers",
        ),
        ("metals_new_scrap_lost", "cell_making → losses", "", "Metals in waste of cell making that is lost"),
        ("metals_to_vehicles", "cell_making → vehicle_making", "", "Metals in cells for new vehicles"),
        ("metals_replacing", "cell_making → fleet", "", "Metals in replacement batteries"),
        ("metals_to_devices", "cell_making → devices", "device", "Metals in new cells for other uses at home"),
        ("metals_exported", "cell_making → abroad", "", "Metals in exported traction cells and packs"),
        ("device_metals_exported", "cell_making → abroad", "device", "Metals in exported cells for other uses"),
        ("metals_inventory", "cell_making", "", "Metals in finished traction cells held by makers"),
        (
            "metals_registered",
            "vehicle_making → fleet",
            "vehicle_class",
            "Metals in batteries of newly registered vehicles",
        ),
        (
            "vehicle_metals_exported",
            "vehicle_making → abroad",
            "vehicle_class",
            "Metals in batteries of exported vehicles",
        ),
        ("used_metals_exported", "fleet → abroad", "", "Metals in batteries of used vehicles that leave the country"),
        ("metals_retired", "fleet → sorting", "cause", "Metals in batteries retired from vehicles"),
        ("fleet_metals", "fleet", "", "Metals in the batteries of vehicles in use"),
        (
            "reuse_metals_entered",
            "sorting → reuse",
            "reuse_step",
            "Metals in batteries that start a step of second use",
        ),
        ("reuse_metals_left", "reuse → sorting", "reuse_step", "Metals in batteries that leave a step of second use"),
        ("reuse_metals", "reuse", "reuse_step", "Metals in batteries in second use"),
        ("reuse_metals_lost", "sorting → losses", "", "Metals in second-life batteries that nobody can collect"),
        (
            "vehicle_metals_ended",
            "sorting → collection",
            "",
            "Metals in traction batteries that have left their last use",
        ),
        ("device_metals_ended", "devices → collection", "device", "Metals in other batteries that have left their use"),
        ("device_metals", "devices", "device", "Metals in storage, two-wheeler and consumer batteries in use"),
        ("metals_collected", "collection → recycling_queue", "battery_use channel", "Metals in batteries collected"),
        ("metals_hoarded", "collection → hoard", "battery_use", "Metals in batteries that their owners keep"),
        ("metals_released", "hoard → collection", "battery_use", "Metals in batteries leaving the hoard"),
        ("metals_lost", "collection → losses", "battery_use", "Metals in batteries that are never collected"),
        ("hoarded_metals", "hoard", "battery_use", "Metals in end-of-life batteries not yet handed in"),
        ("metals_treated", "recycling_queue → pretreatment", "scrap channel", "Metals in batteries and scrap treated"),
        ("metals_queued", "recycling_queue", "scrap channel", "Metals in batteries and scrap waiting for treatment"),
        ("metals_in_black_mass", "pretreatment → leaching", "scrap channel", "Metals in black mass"),
        ("metals_pretreatment_residue", "pretreatment → losses", "scrap channel", "Metals lost before leaching"),
        ("metals_recovered", "leaching → metal_market", "scrap channel", "Metals leaving as usable product"),
        (
            "metals_leaching_residue",
            "leaching → losses",
            "scrap channel",
            "Metals lost in leaching, smelting or repair",
        ),
    )
)

_CAPACITY = (
    _flow(
        "capacity_made",
        "assembly → cell_making",
        "chemistry",
        "Nameplate capacity of all cells made at home",
        layer="capacity",
        iamc="Production|Batteries|Capacity",
    ),
    _flow(
        "capacity_to_vehicles",
        "cell_making → vehicle_making",
        "chemistry",
        "Capacity of cells for new vehicles",
        layer="capacity",
    ),
    _flow(
        "capacity_replacing", "cell_making → fleet", "chemistry", "Capacity of replacement batteries", layer="capacity"
    ),
    _flow(
        "capacity_to_devices",
        "cell_making → devices",
        "device chemistry",
        "Capacity of new cells for storage, two-wheelers and consumer devices at home",
        layer="capacity",
    ),
    _flow(
        "capacity_exported",
        "cell_making → abroad",
        "chemistry",
        "Capacity of exported traction cells and packs",
        layer="capacity",
    ),
    _flow(
        "device_capacity_exported",
        "cell_making → abroad",
        "device chemistry",
        "Capacity of exported cells for other uses",
        layer="capacity",
    ),
    _stock(
        "capacity_inventory", "cell_making", "", "Capacity of finished traction cells held by makers", layer="capacity"
    ),
    _flow(
        "capacity_registered",
        "vehicle_making → fleet",
        "vehicle_class chemistry",
        "Capacity installed in newly registered vehicles",
        layer="capacity",
    ),
    _flow(
        "vehicle_capacity_exported",
        "vehicle_making → abroad",
        "vehicle_class chemistry",
        "Capacity in exported new vehicles",
        layer="capacity",
    ),
    _flow(
        "used_capacity_exported",
        "fleet → abroad",
        "chemistry",
        "Nameplate capacity in used vehicles that leave the country",
        layer="capacity",
    ),
    _flow(
        "capacity_retired",
        "fleet → sorting",
        "chemistry cause",
        "Nameplate capacity retired from vehicles",
        layer="capacity",
    ),
    _stock("fleet_capacity", "fleet", "chemistry", "Nameplate capacity in vehicles in use", layer="capacity"),
    _flow(
        "reuse_capacity_entered",
        "sorting → reuse",
        "reuse_step",
        "Nameplate capacity that starts a step of second use",
        layer="capacity",
    ),
    _flow(
        "reuse_capacity_left",
        "reuse → sorting",
        "reuse_step",
        "Nameplate capacity that leaves a step of second use",
        layer="capacity",
    ),
    _stock("reuse_capacity", "reuse", "reuse_step", "Nameplate capacity in second use", layer="capacity"),
    _flow(
        "reuse_capacity_lost",
        "sorting → losses",
        "",
        "Nameplate capacity of second-life batteries that nobody can collect",
        layer="capacity",
    ),
    _flow(
        "vehicle_capacity_ended",
        "sorting → dismantling",
        "",
        "Nameplate capacity of traction batteries that have left their last use",
        layer="capacity",
    ),
    _flow(
        "device_capacity_ended",
        "devices → dismantling",
        "device",
        "Nameplate capacity of other batteries that have left their use",
        layer="capacity",
    ),
    _stock(
        "device_capacity",
        "devices",
        "device",
        "Nameplate capacity of storage, two-wheeler and consumer batteries in use",
        layer="capacity",
    ),
)

_VEHICLES = (
    _flow(
        "vehicles_made",
        "factories → vehicle_making",
        "vehicle_class",
        "Plug-in vehicles made at home, net of imports",
        layer="vehicles",
    ),
    _flow(
        "vehicles_registered",
        "vehicle_making → fleet",
        "vehicle_class",
        "Plug-in vehicles registered",
        layer="vehicles",
        iamc="Sales|Vehicles|Plug-in",
    ),
    _flow(
        "vehicles_exported",
        "vehicle_making → abroad",
        "vehicle_class",
        "New plug-in vehicles exported",
        layer="vehicles",
    ),
    _flow(
        "vehicles_scrapped", "fleet → losses", "vehicle_class", "Plug-in vehicles scrapped at home", layer="vehicles"
    ),
    _flow(
        "used_vehicles_exported",
        "fleet → abroad",
        "vehicle_class",
        "Used plug-in vehicles that leave the country",
        layer="vehicles",
    ),
    _stock(
        "vehicles_in_use",
        "fleet",
        "vehicle_class",
        "Plug-in vehicles in use",
        layer="vehicles",
        iamc="Stock|Vehicles|Plug-in",
    ),
)

_MEMOS = (
    _memo("ore_mass", "resource", "t/year", "Ore and brine taken from home deposits"),
    _memo("cathode_output", "chemistry", "t/year", "Cathode material made at home"),
    _memo("electrolyte_output", "", "t/year", "Electrolyte made at home"),
    _memo("electrolyte_salt_used", "electrolyte_salt", "t/year", "Lithium salts in the electrolyte made at home"),
    _memo("retired_pack_mass", "", "t/year", "Mass of the packs retired from vehicles"),
    _memo(
        "second_life_service",
        "reuse_step",
        "kWh usable",
        "Usable capacity of batteries in second use, state of health considered",
        on_request=True,
    ),
    _memo(
        "second_life_displaced",
        "reuse_step",
        "kWh usable/year",
        "Usable capacity of second-life batteries that takes the place of new ones",
    ),
)

VARIABLES: dict[str, Variable] = {
    variable.name: variable for variable in (*_LITHIUM, *_METALS, *_CAPACITY, *_VEHICLES, *_MEMOS)
}
"""The table, by name."""


BATTERIES = {
    "registered": ("capacity_registered", "batteries_registered", "metals_registered"),
    "vehicles_exported": ("vehicle_capacity_exported", "batteries_exported", "vehicle_metals_exported"),
    "to_vehicles": ("capacity_to_vehicles", "cells_to_vehicles", "metals_to_vehicles"),
    "replacing": ("capacity_replacing", "cells_replacing", "metals_replacing"),
    "to_devices": ("capacity_to_devices", "cells_to_devices", "metals_to_devices"),
    "exported": ("capacity_exported", "cells_exported", "metals_exported"),
    "devices_exported": ("device_capacity_exported", "device_cells_exported", "device_metals_exported"),
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

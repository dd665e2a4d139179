"""Cell making: capacity wanted at home and abroad, the materials it takes, and new scrap."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from lithflow.chain.batteries import LithiumContent, chemistry_share
from lithflow.chain.fleet import Fleet
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.chain.uses import Devices

__all__ = ["CellMaking", "run_cells"]


@dataclass(frozen=True)
class CellMaking:
    """What cell making hands to later stages, t Li/year.

    Parameters
    ----------
    cathode, electrolyte, anode
        Lithium entering cell making, (year, chemistry).
    new_scrap
        Waste of cell making that reaches recyclers, (year).
    """

    cathode: xr.DataArray
    electrolyte: xr.DataArray
    anode: xr.DataArray
    new_scrap: xr.DataArray


def run_cells(fleet: Fleet, devices: Devices, content: LithiumContent, p: Setting, ledger: Ledger) -> CellMaking:
    """Make the cells that vehicles, replacement, other uses, exports and inventories want.

    Parameters
    ----------
    fleet, devices
        What the earlier stages want.
    content
        Lithium per capacity by year of production.
    """
    exported_vehicles = p["trade.vehicle_exports"] * p["fleet.pack_size"] * fleet.share
    to_vehicles = ledger["capacity_registered"].sum("vehicle_class", skipna=False) + exported_vehicles.sum(
        "vehicle_class", skipna=False
    )
    exported = p["trade.cell_exports"] * chemistry_share(p, p["trade.cell_export_family_share"])
    devices_exported = p["trade.device_cell_exports"] * devices.share
    delivered = to_vehicles + fleet.replacing + exported
    build = _inventory_build(delivered, p)
    made = delivered + build + devices.wanted.sum("device", skipna=False) + devices_exported.sum("device", skipna=False)
    one_year = p.axes.wrap(1.0, (), "year")

    ledger.post("capacity_to_vehicles", to_vehicles)
    ledger.post("vehicle_capacity_exported", exported_vehicles)
    ledger.post("capacity_exported", exported)
    ledger.post("device_capacity_exported", devices_exported)
    ledger.post("capacity_made", made)
    ledger.post("capacity_inventory", (build.cumsum("year", skipna=False) * one_year).sum("chemistry", skipna=False))
    ledger.post("cells_to_vehicles", content.total * to_vehicles)
    ledger.post("batteries_exported", content.total * exported_vehicles)
    ledger.post("cells_exported", content.total * exported)
    ledger.post("device_cells_exported", content.total * devices_exported)
    built = content.total * build
    ledger.post("cell_inventory", (built.cumsum("year", skipna=False) * one_year).sum("chemistry", skipna=False))

    scrap = p["cells.scrap_rate"]
    entering = made / (1.0 - scrap)
    cathode, electrolyte, anode = (part * entering for part in (content.cathode, content.electrolyte, content.anode))
    waste = scrap * (cathode + electrolyte + anode).sum("chemistry", skipna=False)
    new_scrap = ledger.post("new_scrap", p["recycling.scrap_collection"] * waste)
    ledger.post("new_scrap_lost", (1.0 - p["recycling.scrap_collection"]) * waste)
    return CellMaking(cathode, electrolyte, anode, new_scrap)


def _inventory_build(delivered: xr.DataArray, p: Setting) -> xr.DataArray:
    """Split the change of inventories among chemistries as the year's deliveries are."""
    return p.share(delivered, delivered.sum("chemistry", skipna=False)) * p["cells.inventory_build"]

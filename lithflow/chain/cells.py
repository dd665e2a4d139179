"""Cell making: capacity wanted at home and abroad, the materials it takes, and new scrap."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from lithflow.chain.batteries import Contents, chemistry_share
from lithflow.chain.fleet import Fleet
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.chain.trade import Partners
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
        Lithium in waste of cell making that reaches recyclers, (year).
    metals_new_scrap
        Metals in it, t metal/year, (year, metal).
    """

    cathode: xr.DataArray
    electrolyte: xr.DataArray
    anode: xr.DataArray
    new_scrap: xr.DataArray
    metals_new_scrap: xr.DataArray


def run_cells(
    to_vehicles: xr.DataArray,
    fleet: Fleet,
    devices: Devices,
    contents: Contents,
    p: Setting,
    partners: Partners,
    ledger: Ledger,
) -> CellMaking:
    """Make the cells that vehicles, replacement, other uses, exports and inventories want and imports don't deliver.

    Imported traction cells have the chemistries that home vehicles want in the year, those for other uses the
    chemistries of the use.

    Parameters
    ----------
    to_vehicles
        Capacity that home vehicle plants want, kWh/year, (year, chemistry).
    fleet, devices
        What the earlier stages want.
    contents
        What batteries hold per capacity.
    """
    at_home = to_vehicles + fleet.replacing
    imported, exported = partners.settle(
        "cells",
        p["trade.cell_imports"] * p.share(at_home, at_home.sum("chemistry", skipna=False)),
        p["trade.cell_exports"] * chemistry_share(p, p["trade.cell_export_family_share"]),
        contents,
    )
    devices_imported, devices_exported = partners.settle(
        "device_cells",
        p["trade.device_cell_imports"] * devices.share,
        p["trade.device_cell_exports"] * devices.share,
        contents,
    )
    delivered = at_home + exported
    build = _inventory_build(delivered, p)
    for_devices = (devices.wanted + devices_exported - devices_imported).sum("device", skipna=False)
    made = delivered + build + for_devices - imported
    one_year = p.axes.wrap(1.0, (), "year")
    ledger.post("capacity_made", made)
    contents.post("to_vehicles", to_vehicles, ledger)
    contents.post("imported", imported, ledger)
    contents.post("exported", exported, ledger)
    contents.post("devices_imported", devices_imported, ledger)
    contents.post("devices_exported", devices_exported, ledger)
    contents.post("inventory", p.up_to_now * p.by_production_year(build) * one_year, ledger)

    return _make(made, contents, p, ledger)


def _make(made: xr.DataArray, contents: Contents, p: Setting, ledger: Ledger) -> CellMaking:
    """Take in materials for the cells made, and give out new scrap of electrodes and of whole cells."""
    electrode_scrap, cell_scrap, spilt = p["cells.electrode_scrap"], p["cells.cell_scrap"], p["cells.electrolyte_loss"]
    filled = made / (1.0 - cell_scrap)
    coated = filled / (1.0 - electrode_scrap)
    cathode, anode = contents.cathode * coated, contents.anode * coated
    electrolyte = contents.electrolyte * filled / (1.0 - spilt)
    metals = ledger.post("metals_to_cells", (contents.metals * coated).sum("chemistry", skipna=False))
    ledger.post("electrolyte_spilt", (spilt * electrolyte).sum("chemistry", skipna=False))

    electrodes = electrode_scrap * (cathode + anode).sum("chemistry", skipna=False)
    cells = cell_scrap * (contents.lithium * filled).sum("chemistry", skipna=False)
    waste = p.only("scrap_step", "electrode") * electrodes + p.only("scrap_step", "cell") * cells
    cell_metals = cell_scrap * (contents.metals * filled).sum("chemistry", skipna=False)
    metal_waste = (
        p.only("scrap_step", "electrode") * (electrode_scrap * metals) + p.only("scrap_step", "cell") * cell_metals
    )
    collected = p["recycling.scrap_collection"]
    ledger.post("new_scrap_lost", (1.0 - collected) * waste)
    ledger.post("metals_new_scrap_lost", (1.0 - collected) * metal_waste)
    return CellMaking(
        cathode,
        electrolyte,
        anode,
        ledger.post("new_scrap", collected * waste).sum("scrap_step", skipna=False),
        ledger.post("metals_new_scrap", collected * metal_waste).sum("scrap_step", skipna=False),
    )


def _inventory_build(delivered: xr.DataArray, p: Setting) -> xr.DataArray:
    """Split the change of inventories among chemistries as the year's deliveries are."""
    return p.share(delivered, delivered.sum("chemistry", skipna=False)) * p["cells.inventory_build"]

"""Cell making: capacity wanted at home and abroad, the materials it takes, and new scrap."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from lithflow.chain.batteries import Contents
from lithflow.chain.inventory import CellDeliveries
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
    cells: CellDeliveries, devices: Devices, contents: Contents, p: Setting, partners: Partners, ledger: Ledger
) -> CellMaking:
    """Make the cells that vehicles, replacement, other uses, exports and inventories want and imports don't deliver.

    Imported cells for other uses have the chemistries of the use.

    Parameters
    ----------
    cells, devices
        What the earlier stages want.
    contents
        What cells made in a year hold per capacity.
    """
    stated = (p["trade.device_cell_imports"] * devices.share, p["trade.device_cell_exports"] * devices.share)
    used = devices.wanted.sum("device", skipna=False)
    limit = partners.limit("device_cells", *stated, used)
    devices_imported, devices_exported = partners.settle("device_cells", *stated, contents, limit)
    partners.hold("device_cells", contents, contents)
    for_devices = used + devices_exported.sum("device", skipna=False)
    made = cells.made + partners.left(for_devices, devices_imported.sum("device", skipna=False))
    ledger.post("capacity_made", made)
    cells.held.to_vehicles.post("to_vehicles", cells.to_vehicles, ledger)
    cells.held.bought_in_vehicles.post("vehicles_imported", cells.vehicles_imported, ledger)
    cells.held.sold.post("vehicles_exported", cells.vehicles_exported, ledger)
    cells.held.bought.post("imported", cells.imported, ledger)
    cells.held.sold.post("exported", cells.exported, ledger)
    contents.post("devices_imported", devices_imported, ledger)
    contents.post("devices_exported", devices_exported, ledger)
    return _make(made, contents, p, ledger)


def _make(made: xr.DataArray, contents: Contents, p: Setting, ledger: Ledger) -> CellMaking:
    """Take in materials for the cells made, and give out new scrap of electrodes and of whole cells.

    Cans enter with the cells that are filled, housings and cables with the packs of good cells, so that neither is in
    electrode scrap and no housing is in rejected cells.
    """
    electrode_scrap, cell_scrap, spilt = p["cells.electrode_scrap"], p["cells.cell_scrap"], p["cells.electrolyte_loss"]
    filled = made / (1.0 - cell_scrap)
    coated = filled / (1.0 - electrode_scrap)
    cathode, anode = contents.cathode * coated, contents.anode * coated
    electrolyte = contents.electrolyte * filled / (1.0 - spilt)
    in_electrodes = _metals(contents, "electrode", coated)
    in_cans, in_packs = _metals(contents, "cell", filled), _metals(contents, "pack", made)
    ledger.post("metals_to_cells", in_electrodes + in_cans + in_packs)
    ledger.post("electrolyte_spilt", (spilt * electrolyte).sum("chemistry", skipna=False))

    electrodes = electrode_scrap * (cathode + anode).sum("chemistry", skipna=False)
    cells = cell_scrap * (contents.lithium * filled).sum("chemistry", skipna=False)
    waste = p.only("scrap_step", "electrode") * electrodes + p.only("scrap_step", "cell") * cells
    cell_metals = cell_scrap * ((1.0 - electrode_scrap) * in_electrodes + in_cans)
    metal_waste = (
        p.only("scrap_step", "electrode") * (electrode_scrap * in_electrodes)
        + p.only("scrap_step", "cell") * cell_metals
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


def _metals(contents: Contents, part: str, capacity: xr.DataArray) -> xr.DataArray:
    """Value capacity in the metals of a part of the battery, (year, metal)."""
    return (contents.metals_by_part.sel(battery_part=part, drop=True) * capacity).sum("chemistry", skipna=False)

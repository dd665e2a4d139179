"""New vehicles: made at home, imported and exported with their batteries."""

from __future__ import annotations

import xarray as xr

from lithflow.chain.batteries import Contents
from lithflow.chain.fleet import Fleet
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.chain.trade import Partners

__all__ = ["trade_vehicles"]


def trade_vehicles(
    registered: xr.DataArray, fleet: Fleet, contents: Contents, p: Setting, partners: Partners, ledger: Ledger
) -> xr.DataArray:
    """Trade new vehicles; home plants make the rest of those registered and exported.

    A traded vehicle has the battery that vehicles of its class have in the region that states the trade.

    Parameters
    ----------
    registered
        Vehicles registered, vehicle/year, (year, vehicle_class).
    fleet
        Chemistry shares of what is installed.
    contents
        What batteries hold per capacity.

    Returns
    -------
    xarray.DataArray
        Capacity of the cells that home vehicle plants want, kWh/year, (year, chemistry).
    """
    bought, sold = p["trade.vehicle_imports"], p["trade.vehicle_exports"]
    of_vehicle = p["fleet.pack_size"] * fleet.share
    imported, exported = partners.settle("vehicles", bought * of_vehicle, sold * of_vehicle, contents)
    vehicles_imported, vehicles_exported = partners.add("vehicles", bought, sold)
    ledger.post("vehicles_imported", vehicles_imported)
    ledger.post("vehicles_exported", vehicles_exported)
    ledger.post("vehicles_made", registered + vehicles_exported - vehicles_imported)
    contents.post("vehicles_imported", imported, ledger)
    contents.post("vehicles_exported", exported, ledger)
    wanted = ledger["capacity_registered"] + exported - imported
    return wanted.sum("vehicle_class", skipna=False)

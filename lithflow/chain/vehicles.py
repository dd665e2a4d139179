"""New vehicles: made at home, imported and exported, with their batteries."""

from __future__ import annotations

import numpy as np
import xarray as xr

from lithflow.chain.batteries import Contents
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.chain.trade import Partners

__all__ = ["trade_new_vehicles"]


def trade_new_vehicles(
    capacity: xr.DataArray, share: xr.DataArray, contents: Contents, p: Setting, partners: Partners, ledger: Ledger
) -> tuple[xr.DataArray, xr.DataArray]:
    """Enter new vehicles that are traded; home plants make the rest of those registered and exported.

    A traded vehicle has the battery that vehicles of its class have in the region that states the trade. A region takes
    no more vehicles of a class, and no more capacity of a chemistry in vehicles, than it registers, where
    `trade.unwanted_refused` says so.

    Parameters
    ----------
    capacity
        Capacity in newly registered vehicles, kWh/year, (year, vehicle_class, chemistry).
    share
        Chemistry shares of the capacity in new vehicles, (year, vehicle_class, chemistry).
    contents
        What batteries hold.

    Returns
    -------
    imported, exported
        Capacity in imported and exported vehicles, kWh/year, (year, vehicle_class, chemistry). Their batteries are
        entered with the cells, see `lithflow.chain.cells`.
    """
    registered = ledger["vehicles_registered"]
    vehicles = (p["trade.vehicle_imports"], p["trade.vehicle_exports"])
    of_vehicle = p["fleet.pack_size"] * share
    batteries = (vehicles[0] * of_vehicle, vehicles[1] * of_vehicle)
    by_number = partners.limit("vehicles", *vehicles, registered)
    limit = partners.limit("vehicles", *batteries, capacity.sum("vehicle_class", skipna=False))
    if by_number is not None:
        by_number = np.expand_dims(by_number, 2)
        limit = by_number if limit is None else np.minimum(by_number, limit)
    if limit is None:
        imported, exported = partners.settle("vehicles", *vehicles, recorded=False)
    else:
        # vehicles are cut with their batteries, chemistry by chemistry
        by_chemistry = (vehicles[0] * share, vehicles[1] * share)
        settled = partners.settle("vehicles", *by_chemistry, limit=limit, recorded=False)
        imported, exported = (number.sum("chemistry", skipna=False) for number in settled)
    ledger.post("vehicles_imported", imported)
    ledger.post("vehicles_exported", exported)
    ledger.post("vehicles_made", partners.left(registered + exported, imported))
    return partners.settle("vehicles", *batteries, contents, limit)

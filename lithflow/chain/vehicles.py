"""New vehicles: made at home, imported and exported."""

from __future__ import annotations

import xarray as xr

from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.chain.trade import Partners

__all__ = ["post_new_vehicles"]


def post_new_vehicles(registered: xr.DataArray, p: Setting, partners: Partners, ledger: Ledger) -> None:
    """Enter new vehicles that are traded; home plants make the rest of those registered and exported.

    Their batteries are entered with the cells, see `lithflow.chain.inventory`.

    Parameters
    ----------
    registered
        Vehicles registered, vehicle/year, (year, vehicle_class).
    """
    imported, exported = partners.add("vehicles", p["trade.vehicle_imports"], p["trade.vehicle_exports"])
    ledger.post("vehicles_imported", imported)
    ledger.post("vehicles_exported", exported)
    ledger.post("vehicles_made", registered + exported - imported)

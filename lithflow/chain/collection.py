"""Collection: end-of-life batteries reach a recycling channel, the hoard, or nobody."""

from __future__ import annotations

import numpy as np
import xarray as xr

from lithflow import stocks
from lithflow.chain.ledger import COHORT, Ledger
from lithflow.chain.setting import Setting

__all__ = ["run_collection"]


def run_collection(vehicles: xr.DataArray, devices: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Collect end-of-life batteries by use and channel.

    Of what is not collected at first, owners keep a share in the hoard for some time; what leaves the hoard is
    collected at the rate of that year, and the rest is lost.

    Parameters
    ----------
    vehicles
        Lithium in traction batteries that left their last use, t Li/year, (year, production_year).
    devices
        The same for other batteries, (year, production_year, device).

    Returns
    -------
    xarray.DataArray
        Lithium collected, t Li/year, (year, production_year, channel).
    """
    dims = ("year", COHORT)
    kinds = {label: devices.sel(device=label, drop=True) for label in p.axes.labels("device")}
    ended = p.stack({"vehicle": vehicles, **kinds}, "battery_use", dims, "t Li/year")
    rate = p["collection.rate"]
    kept = p["collection.hoard_share"]
    hoarded = (1.0 - rate) * kept * ended
    by_use = (*dims, "battery_use")
    time = stocks.Exponential(mean=p.lanes(p["collection.hoard_time"], "year", ("battery_use",)))
    hoard = stocks.inflow_driven(p.lanes(hoarded, "t Li/year", by_use), time)
    released = p.wrap(hoard.outflow, by_use, "t Li/year")

    formal = p["collection.formal_share"]
    channels = p.stack({"formal": formal, "informal": 1.0 - formal}, "channel", ("year",), "1")
    collected = rate * (ended + released)
    by_channel = channels * collected
    ledger.post("batteries_hoarded", hoarded)
    ledger.post("batteries_released", released)
    ledger.post("hoarded_batteries", p.wrap(np.asarray(hoard.stock), by_use, "t Li"))
    ledger.post("batteries_collected", by_channel)
    ledger.post("batteries_lost", (1.0 - rate) * ((1.0 - kept) * ended + released))
    return by_channel.sum("battery_use", skipna=False)

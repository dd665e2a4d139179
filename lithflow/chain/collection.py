"""Collection: end-of-life batteries reach a recycling channel, the hoard, or nobody."""

from __future__ import annotations

import numpy as np
import xarray as xr

from lithflow import stocks
from lithflow.arrays import unit_of
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.units import Unit

__all__ = ["run_collection"]

LITHIUM = ("batteries_collected", "batteries_hoarded", "batteries_released", "batteries_lost", "hoarded_batteries")
METALS = ("metals_collected", "metals_hoarded", "metals_released", "metals_lost", "hoarded_metals")


def run_collection(
    vehicles: xr.DataArray, devices: xr.DataArray, names: tuple[str, str, str, str, str], p: Setting, ledger: Ledger
) -> xr.DataArray:
    """Collect end-of-life batteries by use and channel.

    Of what is not collected at first, owners keep a share in the hoard for some time; what leaves the hoard is
    collected at the rate of that year, and the rest is lost.

    Parameters
    ----------
    vehicles
        Lithium or metals in traction batteries that left their last use, (year, production_year) and metal, if any.
    devices
        The same for other batteries, (year, production_year, device) and, for metals, metal.
    names
        `LITHIUM` or `METALS`: what to post as.

    Returns
    -------
    xarray.DataArray
        What is collected, (year, production_year, channel) and, for metals, metal.
    """
    unit = unit_of(vehicles)
    dims = ("year", *p.cohort, *(dim for dim in ("metal",) if dim in vehicles.dims))
    kinds = {label: devices.sel(device=label, drop=True) for label in p.axes.labels("device")}
    ended = p.stack({"vehicle": vehicles, **kinds}, "battery_use", dims, unit)
    rate = p["collection.rate"]
    kept = p["collection.hoard_share"]
    hoarded = (1.0 - rate) * kept * ended
    released, held = _hoard(hoarded, unit, (*dims, "battery_use"), p)

    formal = p["collection.formal_share"]
    channels = p.stack({"formal": formal, "informal": 1.0 - formal}, "channel", ("year",), "1")
    collected = channels * (rate * (ended + released))
    lost = (1.0 - rate) * ((1.0 - kept) * ended + released)
    for name, amount in zip(names, (collected, hoarded, released, lost, held), strict=True):
        ledger.post(name, amount)
    return collected.sum("battery_use", skipna=False)


def _hoard(hoarded: xr.DataArray, unit: Unit, dims: tuple[str, ...], p: Setting) -> tuple[xr.DataArray, xr.DataArray]:
    """Keep what owners keep, for a time with an exponential distribution."""
    time = stocks.Exponential(mean=p.lanes(p["collection.hoard_time"], "year", ("battery_use",)))
    hoard = stocks.inflow_driven(p.lanes(hoarded, unit, dims), time)
    return p.wrap(hoard.outflow, dims, unit), p.wrap(np.asarray(hoard.stock), dims, unit) * p.one_year

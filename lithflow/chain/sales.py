"""Registrations of plug-in vehicles: observed, then projected by saturating car ownership."""

from __future__ import annotations

import numpy as np
import xarray as xr

from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting

__all__ = ["car_market", "registrations"]


def car_market(p: Setting) -> xr.DataArray:
    """Project how many cars of any drive are registered.

    Cars per head follow a logistic curve from the last observed year towards saturation; the market is the growth of
    the cars in use plus the replacement of those scrapped. Years up to the last observed one are indicative only.

    Returns
    -------
    xarray.DataArray
        vehicle/year, (year).
    """
    start, saturation = p["fleet.car_ownership"], p["fleet.car_ownership_saturation"]
    since = p.wrap(np.asarray(p.years, dtype=float) - p.years[p.last], ("year",), "year")
    distance = (saturation / start - 1.0) * np.exp(-p["fleet.car_ownership_growth"] * since)
    cars = p["fleet.population"] * (saturation / (distance + 1.0))
    per_year = p.axes.wrap(1.0, (), "1/year")
    before = p.year_before(cars)
    return (cars - before) * per_year + before * p["fleet.car_scrappage"]


def registrations(p: Setting, ledger: Ledger) -> xr.DataArray:
    """Give the plug-in vehicles registered; a market that shrinks faster than cars are scrapped is refused.

    Up to the last observed year they are data. After it, plug-in cars are the car market times the plug-in share, and
    the classes keep their last observed split, each times its index.

    Returns
    -------
    xarray.DataArray
        vehicle/year, (year, vehicle_class).
    """
    observed = p["fleet.registrations"]
    weight = observed[p.last] * p["fleet.class_index"]
    cars = (weight * p["fleet.car_classes"]).sum("vehicle_class", skipna=False)
    projected = car_market(p) * p["fleet.nev_share"] * p.share(weight, cars)
    return ledger.post("vehicles_registered", p.observed * observed + p.projected * projected)

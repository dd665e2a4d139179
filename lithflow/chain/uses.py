"""Other batteries in use at home (storage, two-wheelers, consumer devices), and other uses of lithium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow import stocks
from lithflow.arrays import unit_of
from lithflow.chain.batteries import Contents, chemistry_share
from lithflow.chain.ledger import ROUNDING, Ledger
from lithflow.chain.setting import Setting
from lithflow.chain.variables import BATTERIES

__all__ = ["Devices", "run_uses"]


@dataclass(frozen=True)
class Devices:
    """What other uses hand to later stages.

    Parameters
    ----------
    share
        Chemistry shares, (year, device, chemistry).
    wanted
        New cells for use at home, kWh/year, (year, device, chemistry).
    lithium
        Lithium in batteries leaving use, t Li/year, (year, production_year, device).
    metals
        The same for metals, t metal/year, (year, production_year, device, metal).

    Production years are there only in runs that follow them.
    """

    share: xr.DataArray
    wanted: xr.DataArray
    lithium: xr.DataArray
    metals: xr.DataArray


def run_uses(displaced: xr.DataArray, contents: Contents, p: Setting, ledger: Ledger) -> Devices:
    """Carry storage, two-wheeler and consumer batteries through use; second life takes the place of new storage.

    Parameters
    ----------
    displaced
        Usable capacity that second life fills, kWh usable/year, (year, reuse_step).
    contents
        What batteries hold per capacity.
    """
    left_open = _left_open(p["uses.application_demand"], displaced, p) * p["uses.new_lithium_share"]
    as_new = p.axes.wrap(1.0, (), "1/usable")
    demand = p.stack(
        {
            "storage": left_open.sum("reuse_step", skipna=False) * as_new,
            "two_wheeler": p["uses.two_wheeler_demand"] * p["uses.two_wheeler_lithium_share"],
            "consumer": p["uses.consumer_demand"],
        },
        "device",
        ("year",),
        "kWh/year",
    )
    share = chemistry_share(p, p["uses.device_family_share"])
    wanted = demand * share
    lithium, metals = contents.post("to_devices", wanted, ledger)
    entering = (wanted.sum("chemistry", skipna=False), lithium.sum("chemistry", skipna=False), metals)
    ended = []
    for amount, gone, held in zip(entering, BATTERIES["devices_ended"], BATTERIES["in_devices"], strict=True):
        leaving, staying = _use(amount, p)
        ledger.post(gone, leaving)
        ledger.post(held, staying)
        ended.append(leaving)
    ledger.post("salts_to_other_uses", p["uses.other_salt_share"] * p["uses.other_demand"])
    return Devices(share, wanted, ended[1], ended[2])


def _use(entering: xr.DataArray, p: Setting) -> tuple[xr.DataArray, xr.DataArray]:
    """Keep what enters use for its life, which is the same for all chemistries of a device.

    Returns
    -------
    leaving, staying
        What leaves in a year and what is there at its end, by production year where the run follows it.
    """
    unit = unit_of(entering)
    rest = tuple(dim for dim in ("metal",) if dim in entering.dims)
    of_device = (slice(None), *(None for _ in rest))
    life = stocks.Normal(
        mean=p.lanes(p["uses.device_life"], "year", ("device",))[of_device],
        sd=p.lanes(p["uses.device_life_sd"], "year", ("device",))[of_device],
        truncated=True,
    )
    use = stocks.inflow_driven(p.lanes(entering, unit, ("year", "device", *rest)), life, cohorts=bool(p.cohort))
    dims = ("year", *p.cohort, "device", *rest)
    leaving, staying = (use.outflow_by_cohort, use.stock_by_cohort) if p.cohort else (use.outflow, use.stock)
    return p.wrap(leaving, dims, unit), p.wrap(staying, dims, unit) * p.one_year


def _left_open(demand: xr.DataArray, displaced: xr.DataArray, p: Setting) -> xr.DataArray:
    """Give the demand that second life leaves open; where it fills all, rounding must not leave less than none."""
    dims, unit = ("year", "reuse_step"), "kWh usable/year"
    wanted = p.lanes(demand, unit, dims)
    left = wanted - p.lanes(displaced, unit, dims)
    return p.wrap(np.where(np.abs(left) <= ROUNDING * wanted, 0.0, left), dims, unit)

"""Other batteries in use at home (storage, two-wheelers, consumer devices), and other uses of lithium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow import stocks
from lithflow.chain.batteries import Contents, chemistry_share
from lithflow.chain.ledger import COHORT, Ledger
from lithflow.chain.setting import Setting

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
    life = stocks.Normal(
        mean=p.lanes(p["uses.device_life"], "year", ("device",))[:, None],
        sd=p.lanes(p["uses.device_life_sd"], "year", ("device",))[:, None],
        truncated=True,
    )
    use = stocks.inflow_driven(p.lanes(wanted, "kWh/year", ("year", "device", "chemistry")), life, cohorts=True)
    dims = ("year", COHORT, "device", "chemistry")
    ended = p.wrap(use.outflow_by_cohort, dims, "kWh/year")
    held = p.wrap(use.stock_by_cohort, dims, "kWh")

    contents.post("to_devices", wanted, ledger)
    contents.post("in_devices", held, ledger)
    lithium, metals = contents.post("devices_ended", ended, ledger)
    ledger.post("salts_to_other_uses", p["uses.other_salt_share"] * p["uses.other_demand"])
    return Devices(share, wanted, lithium, metals)


def _left_open(demand: xr.DataArray, displaced: xr.DataArray, p: Setting) -> xr.DataArray:
    """Give the demand that second life leaves open; where it fills all, rounding must not leave less than none."""
    dims, unit = ("year", "reuse_step"), "kWh usable/year"
    wanted = p.lanes(demand, unit, dims)
    left = wanted - p.lanes(displaced, unit, dims)
    return p.wrap(np.where(np.abs(left) <= ROUNDING * wanted, 0.0, left), dims, unit)


ROUNDING = 1e-12
"""What is left open of a demand, relative to it, below which nothing is."""

"""Second life: retired batteries pass through low-speed vehicles, grid storage and home storage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow import stocks
from lithflow.chain.batteries import LithiumContent
from lithflow.chain.ledger import COHORT, Ledger
from lithflow.chain.setting import Array, Setting

__all__ = ["SecondLife", "run_reuse"]


@dataclass(frozen=True)
class SecondLife:
    """What second life hands to later stages.

    Parameters
    ----------
    ended
        Lithium in traction batteries that left their last use, t Li/year, (year, production_year).
    displaced
        Usable capacity that takes the place of new batteries, kWh usable/year, (year, reuse_step).
    """

    ended: xr.DataArray
    displaced: xr.DataArray


def run_reuse(retired: xr.DataArray, content: LithiumContent, p: Setting, ledger: Ledger) -> SecondLife:
    """Offer suitable retired batteries to each step in order; what nobody takes has reached its end of life.

    A step takes at most its market: the share of its demand that second life may fill. Capacity fade changes what a
    battery can deliver, never the lithium in it: nameplate capacity carries the mass.

    Parameters
    ----------
    retired
        Nameplate capacity retired from vehicles, kWh/year, (year, production_year, chemistry, cause).
    content
        Lithium per capacity by year of production.
    """
    dims = ("year", COHORT, "chemistry")
    suitable = p["reuse.suitable_share"]
    offered = p.lanes((suitable * retired).sum("cause", skipna=False), "kWh/year", dims)
    ended = p.lanes(((1.0 - suitable) * retired).sum("cause", skipna=False), "kWh/year", dims)
    room = p["reuse.market_share"] * p["uses.application_demand"] / p["reuse.state_of_health"]
    markets = p.lanes(room, "kWh/year", ("year", "reuse_step"))
    residence = p.lanes(p["reuse.residence"], "year", ("reuse_step",))
    spread = p.lanes(p["reuse.residence_sd"], "year", ("reuse_step",))
    onward = p.lanes(p["reuse.onward_share"], "1", ("reuse_step",))

    entered, left, held = [], [], []
    for step in range(len(p.axes.labels("reuse_step"))):
        taken = _share_taken(offered, markets[:, step])
        life = stocks.Normal(mean=residence[step], sd=spread[step], truncated=True)
        use = stocks.inflow_driven(taken * offered, life)
        entered.append(taken * offered)
        left.append(use.outflow)
        held.append(use.stock)
        ended = ended + (1.0 - taken) * offered + (1.0 - onward[step]) * use.outflow
        offered = onward[step] * use.outflow
    ended = ended + offered

    by_step = (*dims, "reuse_step")
    capacity_entered = p.wrap(np.stack(np.broadcast_arrays(*entered), axis=3), by_step, "kWh/year")
    capacity_left = p.wrap(np.stack(np.broadcast_arrays(*left), axis=3), by_step, "kWh/year")
    capacity_held = p.wrap(np.stack(np.broadcast_arrays(*held), axis=3), by_step, "kWh")
    capacity_ended = p.wrap(ended, dims, "kWh/year")
    made = p.by_production_year(content.total)

    def post(capacity_name: str, lithium_name: str, amount: xr.DataArray) -> xr.DataArray:
        lithium = (made * amount).sum("chemistry", skipna=False)
        ledger.post(capacity_name, amount.sum("chemistry", skipna=False))
        ledger.post(lithium_name, lithium)
        return lithium

    post("reuse_capacity_entered", "reuse_entered", capacity_entered)
    post("reuse_capacity_left", "reuse_left", capacity_left)
    post("reuse_capacity", "reuse_batteries", capacity_held)
    lithium_ended = post("vehicle_capacity_ended", "vehicle_batteries_ended", capacity_ended)
    by_year = capacity_entered.sum([COHORT, "chemistry"], skipna=False)
    displaced = ledger.post("second_life_displaced", p["reuse.state_of_health"] * by_year)
    return SecondLife(lithium_ended, displaced)


def _share_taken(offered: Array, market: Array) -> Array:
    """Give the share of what is offered in a year that the market takes, (year, 1, 1, …)."""
    total = offered.sum(axis=(1, 2))
    share: Array = np.minimum(
        1.0, np.divide(market, total, out=np.ones(np.broadcast(market, total).shape), where=total > 0)
    )
    return share[:, None, None]

"""Second life: retired batteries pass through low-speed vehicles, grid storage and home storage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow import stocks
from lithflow.chain.batteries import Contents
from lithflow.chain.fleet import Retired
from lithflow.chain.ledger import COHORT, Ledger
from lithflow.chain.setting import Array, Setting
from lithflow.errors import InputError

__all__ = ["POINTS", "SecondLife", "reuse_fade", "reuse_steps", "run_reuse"]

GOOD = ("vehicle_scrapped",)
"""Causes of removal after which a battery is still above the floor of its first life."""

POINTS = 3
"""Points of probability over the life of a good battery; 64 change second use by 0.05 % of its peak, salts 0.003 %."""


@dataclass(frozen=True)
class SecondLife:
    """What second life hands to later stages.

    Parameters
    ----------
    lithium
        Lithium in traction batteries that left their last use, t Li/year, (year, production_year).
    metals
        The same for metals, t metal/year, (year, production_year, metal).
    displaced
        Usable capacity that takes the place of new batteries, kWh usable/year, (year, reuse_step).
    """

    lithium: xr.DataArray
    metals: xr.DataArray
    displaced: xr.DataArray


def run_reuse(retired: Retired, contents: Contents, p: Setting, ledger: Ledger) -> SecondLife:
    """Offer suitable retired batteries to each step in order; what no step takes has reached its end of life.

    A step takes batteries above its entry state of health, and at most its market: the share of its demand that second
    life may fill. Fade ties later lives to the first (`stocks.cascade`); it changes what a battery can deliver, never
    the lithium in it: nameplate capacity carries the mass.

    Parameters
    ----------
    retired
        What the fleet hands over.
    contents
        What batteries hold per capacity.
    """
    dims = ("year", COHORT, "chemistry")
    suitable = p["reuse.suitable_share"] * retired.capacity
    unsuitable = ((1.0 - p["reuse.suitable_share"]) * retired.capacity).sum("cause", skipna=False)
    cascade = stocks.cascade(
        _offered(suitable, p),
        reuse_steps(p),
        fade=reuse_fade(p),
        life=retired.battery_life,
        pooled=(0,),
        usable_stock=ledger.keep_details,
        points=POINTS,
    )

    def by_step(name: str, unit: str) -> xr.DataArray:
        blocks = np.broadcast_arrays(*(getattr(step, name) for step in cascade.steps))
        return p.wrap(np.stack(blocks, axis=2), ("year", COHORT, "reuse_step", "chemistry"), unit)

    contents.post("reuse_entered", by_step("inflow", "kWh/year"), ledger)
    contents.post("reuse_left", by_step("outflow", "kWh/year"), ledger)
    contents.post("in_reuse", by_step("stock", "kWh"), ledger)
    contents.post("reuse_lost", p.wrap(np.asarray(cascade.lost), dims, "kWh/year"), ledger)
    collected = p.wrap(np.asarray(cascade.collected), dims, "kWh/year")
    lithium, metals = contents.post("vehicles_ended", unsuitable + collected, ledger)
    displaced = _usable(cascade, "usable_inflow", "kWh usable/year", p)
    ledger.post("second_life_displaced", displaced)
    if ledger.keep_details:
        ledger.post("second_life_service", _usable(cascade, "usable_stock", "kWh usable", p))
    return SecondLife(lithium, metals, displaced)


def _offered(suitable: xr.DataArray, p: Setting) -> dict[str, Array]:
    """Part worn batteries, whose age is their first life, from good ones."""
    by_cause = p.lanes(suitable, "kWh/year", ("cause", "year", COHORT, "chemistry"), full=True)
    causes = p.axes.labels("cause")
    good = [causes.index(cause) for cause in GOOD]
    worn = [place for place in range(len(causes)) if place not in good]
    return {"worn": by_cause[worn].sum(axis=0), "good": by_cause[good].sum(axis=0)}


def reuse_fade(p: Setting) -> stocks.Fade:
    """Give the fade of batteries; lanes are chemistry, region and member."""
    return stocks.Fade(
        exponent=p.lanes(p["reuse.fade_exponent"], "1", ("chemistry",)),
        first_floor=p.lanes(p["reuse.first_floor"], "usable", ()),
    )


def reuse_steps(p: Setting) -> list[stocks.Step]:
    """Make the steps of the cascade; lanes are chemistry, region and member."""
    market = p["reuse.market_share"] * p["uses.application_demand"]
    markets = p.lanes(market, "kWh usable/year", ("year", "reuse_step"))
    basis = p.texts("reuse.basis")
    last = len(basis) - 1

    def by_step(name: str, unit: str) -> Array:
        return p.lanes(p[f"reuse.{name}"], unit, ("reuse_step",))

    entry, floor = by_step("entry_state_of_health", "usable"), by_step("floor", "usable")
    _refuse_closed_steps(entry, floor, p)
    stress, onward, lost = by_step("stress", "1"), by_step("onward_share", "1"), by_step("lost_share", "1")
    means, sds = by_step("residence", "year"), by_step("residence_sd", "year")
    return [
        stocks.Step(
            label,
            floor=floor[i],
            stress=stress[i],
            residence=stocks.Normal(mean=means[i], sd=sds[i], truncated=True) if basis[label] == "residence" else None,
            entry_soh=entry[i],
            onward=onward[i] if i < last else 0.0,
            lost=(1.0 - onward[i] if i < last else 1.0) * lost[i],
            demand=markets[:, i][:, None],
            refused="next" if i < last else "collected",
        )
        for i, label in enumerate(p.axes.labels("reuse_step"))
    ]


def _refuse_closed_steps(entry: Array, floor: Array, p: Setting) -> None:
    """Refuse steps that no battery could enter from the step before."""
    before = p.lanes(p["reuse.first_floor"], "usable", ())
    for i, label in enumerate(p.axes.labels("reuse_step")):
        if np.any(floor[i] >= before) or np.any(entry[i] > before):
            raise InputError(
                f"reuse.floor.{label} must be below, and reuse.entry_state_of_health.{label} not above, the state of "
                f"health at which batteries leave the step before ({np.min(before):.3g}); "
                f"got {np.max(floor[i]):.3g} and {np.max(entry[i]):.3g}"
            )
        before = floor[i]


def _usable(cascade: stocks.Cascade, name: str, unit: str, p: Setting) -> xr.DataArray:
    blocks = np.broadcast_arrays(*(getattr(step, name).sum(axis=1) for step in cascade.steps))
    return p.wrap(np.stack(blocks, axis=1), ("year", "reuse_step"), unit)

"""Concentrate: what imports must deliver, what is exported, and what nobody takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow.arrays import value
from lithflow.chain.setting import Array, Setting
from lithflow.chain.trade import Origins, Partners

__all__ = ["Concentrate", "settle_concentrate"]

UNIT = "t Li/year"


@dataclass(frozen=True)
class Concentrate:
    """Lithium in concentrate, t Li/year, (year).

    Parameters
    ----------
    wanted
        Wanted from abroad for use at home; below zero where home mines deliver more than anybody takes.
    received
        Delivered by partner regions by their own statement.
    passed_on
        Bought abroad to be exported, as home mines can't deliver it.
    exported
        All exports.
    mined
        Spodumene that home mines deliver for export beyond what is used at home.
    aside
        Delivered by home mines in excess of home use, less what is taken back from the stock.
    build
        Change of the stock.
    """

    wanted: xr.DataArray
    received: xr.DataArray
    passed_on: xr.DataArray
    exported: xr.DataArray
    mined: xr.DataArray
    aside: xr.DataArray
    build: xr.DataArray


def settle_concentrate(
    gap: xr.DataArray, spare: xr.DataArray, ores: Origins, p: Setting, partners: Partners
) -> Concentrate | None:
    """Settle trade in concentrate and the stock of it, year by year.

    Home use comes first. Exports take what home mines deliver beyond it, then what mines can give more, then the stock,
    and are bought abroad for the rest, so that a region's imports for its own use don't hang on those of its partners.
    What nobody takes is kept if `refining.surplus_kept` says so, and used before concentrate is imported.

    Parameters
    ----------
    gap
        Concentrate that home use wants and home mines don't deliver; below zero where they deliver more, (year).
    spare
        Spodumene that home mines could deliver beyond that, (year).
    ores
        How much of the concentrate wanted arrives.

    Returns
    -------
    Concentrate or None
        None where nothing but imports for home use is there to settle.
    """
    stated = p["trade.concentrate_exports"]
    kept = p.lanes(p["refining.surplus_kept"], "1", ())
    if not partners.active and not value(stated, UNIT).any() and not kept.any():
        return None
    received = partners.passed("concentrate", stated, "export") if partners.active else 0.0 * stated
    bought = partners.shares("concentrate", "import") if partners.active else None
    need, more, exports = (p.lanes(array, UNIT, ("year",), full=True) for array in (gap - received, spare, stated))
    parts = _march(need, more, exports, p.lanes(ores.arriving, "1", ("year",), full=True), kept, bought)
    wanted, passed_on, exported, mined, aside, build = (p.wrap(part, ("year",), UNIT) for part in parts)
    partners.record("concentrate", ores.arriving * wanted, stated, beside=passed_on)
    return Concentrate(wanted, received, passed_on, exported, mined, aside, build)


def _march(
    gap: Array, spare: Array, stated: Array, arriving: Array, kept: Array, bought: Array | None
) -> tuple[Array, ...]:
    """Go through the years.

    Parameters
    ----------
    gap, spare, stated, arriving
        (year, region and member).
    kept
        One where what nobody takes is kept, (region and member).
    bought
        Share of a partner in the imports of a region, (year, partner, region and member); None without regions.

    Returns
    -------
    tuple of numpy.ndarray
        Wanted, passed on, exported, mined, aside and build, (year, region and member).
    """
    wanted, passed_on, exported, mined, aside, build = (np.empty(gap.shape) for _ in range(6))
    stock: Array = np.zeros(gap.shape[1:])
    for year in range(len(gap)):
        need, over = np.maximum(gap[year], 0.0), np.maximum(-gap[year], 0.0)
        drawn = np.minimum(stock, need)
        own = need - drawn
        exports = stated[year] if bought is None else stated[year] + (bought[year] * (arriving[year] * own)).sum(axis=1)
        more = np.minimum(np.maximum(exports - over, 0.0), spare[year])
        there = stock - drawn + over + more
        delivered = np.minimum(exports, there)
        left = there - delivered
        dropped = np.where(kept > 0.0, 0.0, left)
        wanted[year] = own - dropped
        passed_on[year] = exports - delivered
        exported[year] = exports
        mined[year] = more
        aside[year] = over - dropped - drawn
        build[year] = left - dropped - stock
        stock = left - dropped
    return wanted, passed_on, exported, mined, aside, build

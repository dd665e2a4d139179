"""The product reserve: salts kept for years in which an origin doesn't deliver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow.arrays import value
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Array, Setting
from lithflow.errors import InputError

__all__ = ["Reserve", "hold_reserve"]

ROUNDING = 1e-12
"""A share of what is used below which nothing is missing."""


@dataclass(frozen=True)
class Reserve:
    """What the reserve takes up.

    Parameters
    ----------
    filling
        Lithium in the salts bought for it, t Li/year, (year, salt).
    """

    filling: xr.DataArray


def hold_reserve(missing: xr.DataArray, used: xr.DataArray, p: Setting, ledger: Ledger) -> Reserve:
    """Fill the reserve in years in which nothing is missing, and empty it in those in which something is.

    The reserve is wanted to cover `refining.reserve_cover` of a year's use and is filled by at most
    `refining.reserve_fill` of a year's use in a year. What it can't deliver is unmet.

    Parameters
    ----------
    missing
        Lithium in salts that origins don't deliver, t Li/year, (year, salt).
    used
        Lithium in the salts wanted at home, t Li/year, (year, salt).

    Raises
    ------
    InputError
        If something is unmet and the scenario doesn't allow it.
    """
    dims = ("year", "salt")
    gap = p.lanes(missing, "t Li/year", dims, full=True)
    use = p.lanes(used, "t Li/year", dims, full=True)
    cover = p.lanes(p["refining.reserve_cover"], "year", ("year",))[:, None]
    pace = p.lanes(p["refining.reserve_fill"], "1", ("year",))[:, None]
    held, filling, unmet = _march(gap, use, cover * use, pace * use)
    _refuse_unmet(unmet, p)
    ledger.post("salt_reserve", p.wrap(held, dims, "t Li"))
    ledger.post("salts_unmet", p.wrap(unmet, dims, "t Li/year"))
    return Reserve(p.wrap(filling, dims, "t Li/year"))


def _march(gap: Array, use: Array, target: Array, pace: Array) -> tuple[Array, Array, Array]:
    """Go through the years; stocks at the end of each."""
    held, filling, unmet = np.zeros_like(use), np.zeros_like(use), np.zeros_like(use)
    stock = np.zeros(use.shape[1:])
    for year in range(len(use)):
        short = gap[year] > ROUNDING * use[year]
        released = np.where(short, np.minimum(gap[year], stock), 0.0)
        unmet[year] = np.where(short, gap[year] - released, 0.0)
        room = np.maximum(target[year] - stock, 0.0)
        filling[year] = np.where(short.any(axis=0), 0.0, np.minimum(room, pace[year]))
        stock = stock - released + filling[year]
        held[year] = stock
    return held, filling, unmet


def _refuse_unmet(unmet: Array, p: Setting) -> None:
    allowed = value(p["trade.shortage_allowed"], "1")
    if np.any(unmet > 0.0) and not np.all(allowed):
        year = p.years[int(np.argwhere(unmet.reshape(len(unmet), -1).sum(axis=1) > 0.0)[0, 0])]
        raise InputError(
            f"salts are short from {year} on, as an origin doesn't deliver (trade.origin_available) and the reserve is "
            "empty; let others make up for it (trade.substitution), keep a reserve (refining.reserve_cover), or allow "
            "unmet demand (trade.shortage_allowed: 1)"
        )

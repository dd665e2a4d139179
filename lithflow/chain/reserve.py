"""The product reserve: salts kept for years in which an origin doesn't deliver."""

from __future__ import annotations

import numpy as np
import xarray as xr

from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Array, Setting
from lithflow.errors import InputError

__all__ = ["hold_reserve"]


def hold_reserve(missing: xr.DataArray, used: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Fill the reserve in years in which nothing is missing, and empty it in those in which something is.

    The reserve is wanted to cover `refining.reserve_cover` of a year's use and is filled by at most
    `refining.reserve_fill` of a year's use in a year. It is kept above what is wanted rather than sold. What it can't
    deliver is unmet.

    Parameters
    ----------
    missing
        Lithium in salts that origins don't deliver, t Li/year, (year, salt).
    used
        Lithium in the salts wanted at home, t Li/year, (year, salt).

    Returns
    -------
    xarray.DataArray
        Lithium in the salts bought for the reserve, t Li/year, (year, salt).

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
    held, filling, unmet = _march(gap, cover * use, pace * use)
    _refuse_unmet(unmet, p)
    ledger.post("salt_reserve", p.wrap(held, dims, "t Li"))
    ledger.post("salts_unmet", p.wrap(unmet, dims, "t Li/year"))
    return p.wrap(filling, dims, "t Li/year")


def _march(gap: Array, target: Array, pace: Array) -> tuple[Array, Array, Array]:
    """Go through the years: what is held at the end of each, what is bought and what is unmet in it."""
    held, filling, unmet = np.empty(gap.shape), np.empty(gap.shape), np.empty(gap.shape)
    stock: Array = np.zeros(gap.shape[1:])
    for year in range(len(gap)):
        released = np.minimum(gap[year], stock)
        unmet[year] = gap[year] - released
        room = np.maximum(target[year] - stock, 0.0)
        # no salt is bought for the reserve while any is short
        filling[year] = np.where((gap[year] > 0.0).any(axis=0), 0.0, np.minimum(room, pace[year]))
        stock = stock - released + filling[year]
        held[year] = stock
    return held, filling, unmet


def _refuse_unmet(unmet: Array, p: Setting) -> None:
    refused = (unmet > 0.0) & (p.lanes(p["trade.shortage_allowed"], "1", ()) == 0.0)
    if refused.any():
        year = p.years[int(np.argwhere(refused)[0, 0])]
        raise InputError(
            f"salts are short from {year} on, as an origin doesn't deliver (trade.origin_available) and the reserve is "
            "empty; let others make up for it (trade.substitution), keep a reserve (refining.reserve_cover), or allow "
            "unmet demand (trade.shortage_allowed: 1)"
        )

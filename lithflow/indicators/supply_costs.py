"""The supply cost curve: what home mines and origins abroad can deliver and deliver, cheapest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lithflow.chain.concentrate import import_yield
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.indicators.milestones import exhausted_in

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["HOME", "Supply", "cost_curve", "supplies"]

Array = npt.NDArray[np.float64]

HOME = "home"
"""Origin of what home mines deliver."""

COST, FLOW, STOCK = "USD/t LCE", "kt LCE/year", "kt LCE"
COLUMNS = [
    *("year", "home", "origin", "resource", "cost", "capacity", "available", "delivered", "cumulative"),
    *("reserves_left", "exhausted_in"),
]


@dataclass(frozen=True)
class Supply:
    """A source of lithium: a home resource, or what an origin abroad sends as concentrate or as salts.

    Parameters
    ----------
    origin
        `HOME` or the origin abroad.
    resource
        The resource, or ``concentrate`` or ``salts`` for what is imported.
    cost
        Cost of the salts, (year), USD/t LCE.
    capacity
        Salts that it could supply by its size, as far as reserves go, (year), kt LCE/year; not a number where that
        isn't known.
    available
        Salts that it could supply as used, alike.
    delivered
        Salts made from what it delivers, or that would be where concentrate is exported or kept, (year), kt LCE/year.
    reserves_left
        Lithium left in its reserves at the end of the year, (year), kt LCE; not a number abroad.
    exhausted_in
        The first year at whose end nothing is left for good; None where it doesn't come, and abroad.
    """

    origin: str
    resource: str
    cost: Array
    capacity: Array
    available: Array
    delivered: Array
    reserves_left: Array
    exhausted_in: int | None = None


def supplies(p: Setting, ledger: Ledger) -> list[Supply]:
    """List the sources of primary lithium of a run: home mines by resource, imports by origin.

    What home mines could deliver isn't known up to the last observed year, only what they delivered. What origins
    abroad could deliver isn't known at all: they send what is wanted of them, as far as `trade.origin_available` lets
    them.

    Parameters
    ----------
    p, ledger
        Of a run without members and regions.
    """

    def by(dim: str, array: xr.DataArray, unit: str) -> Array:
        return p.lanes(array, unit, ("year", dim))

    yields = p["refining.yield"]
    cost, left = by("resource", p["mining.cost"], COST), by("resource", ledger["reserves_left"], STOCK)
    capacity, potential, delivered = (
        by("resource", yields * ledger[name], FLOW) for name in ("mine_capacity", "mine_potential", "concentrate_mined")
    )
    available = np.where(np.isnan(capacity), np.nan, potential)
    ends = exhausted_in(left, potential, p.years)
    found = [
        Supply(
            origin=HOME,
            resource=resource,
            cost=cost[:, i],
            capacity=capacity[:, i],
            available=available[:, i],
            delivered=delivered[:, i],
            reserves_left=left[:, i],
            exhausted_in=ends[i],
        )
        for i, resource in enumerate(p.axes.labels("resource"))
    ]
    unknown = np.full(len(p.years), np.nan)
    imported = {
        "concentrate": (p["trade.concentrate_cost"], import_yield(p) * ledger["concentrate_imported"]),
        "salts": (p["trade.salt_cost"], ledger["salts_imported"].sum("salt", skipna=False)),
    }
    for kind, (costs, sent) in imported.items():
        cost, delivered = by("origin", costs, COST), by("origin", sent, FLOW)
        found += [
            Supply(origin, kind, cost[:, i], unknown, unknown, delivered[:, i], unknown)
            for i, origin in enumerate(p.axes.labels("origin"))
        ]
    return found


def cost_curve(sources: Sequence[Supply], model_years: Sequence[int], years: Sequence[int]) -> pd.DataFrame:
    """Order the sources of each year by their cost, and add up what they can deliver.

    The curve shows costs; neither mines nor origins are chosen by them. Where the chain can use less than all mines can
    deliver, they are curtailed as `lithflow.chain.mining.deliver` says; origins have shares that are given.

    Parameters
    ----------
    sources
        Home resources and imports.
    model_years
        The years of their arrays.
    years
        Those to show.

    Returns
    -------
    pandas.DataFrame
        One row a year and source, cheapest first; left out are those that neither could nor do deliver, but for mines
        that did and have nothing left. Columns: year, home (whether it is), origin, resource, cost (USD/t LCE),
        capacity, available, delivered (kt LCE/year, in salts), cumulative (alike, over the rows so far: what is
        available, or what is delivered where that isn't known), reserves_left (kt LCE, in the ground), exhausted_in
        (the first year at whose end nothing is left for good). Not a number where something isn't known.
    """
    import pandas as pd

    rows = []
    for year in years:
        at, reached = list(model_years).index(year), 0.0
        shown = [source for source in sources if _shown(source, at)]
        for source in sorted(shown, key=lambda each: float(each.cost[at])):
            known = (source.cost, source.capacity, source.available, source.delivered, source.reserves_left)
            cost, capacity, available, delivered, left = (float(each[at]) for each in known)
            reached += delivered if isnan(available) else available
            end = pd.NA if source.exhausted_in is None else source.exhausted_in
            labels = (year, source.origin == HOME, source.origin, source.resource)
            rows.append((*labels, cost, capacity, available, delivered, reached, left, end))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"exhausted_in": "Int64"})


def _shown(source: Supply, at: int) -> bool:
    """Tell whether a source could or did deliver, or did once and has nothing left."""
    used_up = source.reserves_left[at] <= 0.0 and source.delivered[:at].any()
    return bool(source.capacity[at] > 0.0 or source.delivered[at] > 0.0 or used_up)

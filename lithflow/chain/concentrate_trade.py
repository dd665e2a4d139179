"""Trade in concentrate: what imports must deliver, what is exported, and what nobody takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow.chain.concentrate import IMPORTED_AS, import_yield
from lithflow.chain.setting import Array, Setting
from lithflow.chain.trade import Origins, Partners

__all__ = ["Books", "Concentrate"]

UNIT = "t Li/year"
ENTRIES = ("own", "passed_on", "exported", "aside", "build")
"""What is written down each year."""


@dataclass(frozen=True)
class Concentrate:
    """Lithium in concentrate, t Li/year, (year) unless said.

    Parameters
    ----------
    wanted
        Wanted from abroad for use at home and the stock of converters; below zero where home mines deliver more than
        anybody takes.
    received
        Delivered by partner regions by their own statement.
    passed_on
        Bought abroad to be exported, as home mines can't deliver it.
    exported
        All exports.
    aside
        Delivered by home mines and not used at home, less what home use takes back from the stock, (year, resource).
    build
        Change of the stock.
    """

    wanted: xr.DataArray
    received: xr.DataArray
    passed_on: xr.DataArray
    exported: xr.DataArray
    aside: xr.DataArray
    build: xr.DataArray


class Books:
    """What becomes of concentrate, year by year, while mines deliver it.

    Home use comes first. Exports take what home mines deliver beyond it, then what they can give more, then the stock,
    and are bought abroad for the rest, so that a region's imports for its own use don't hang on those of its partners.
    What nobody takes is kept if `refining.surplus_kept` says so, and used before concentrate is imported; spodumene is
    set aside first, and brine and the like only where it isn't enough.

    Parameters
    ----------
    total
        Lithium in the salts to be refined, t Li/year, (year).
    ores
        How much of the concentrate wanted arrives.
    """

    def __init__(self, total: xr.DataArray, ores: Origins, p: Setting, partners: Partners) -> None:
        self.p = p
        stated = p["trade.concentrate_exports"]
        self.kept = p.lanes(p["refining.surplus_kept"], "1", ())
        self.received = partners.received("concentrate", stated)
        self.bought = partners.shares("concentrate", "import") if partners.active else None
        self.traded = p.axes.labels("resource").index(IMPORTED_AS)
        self.yields = p.lanes(p["refining.yield"], "1", ("year", "resource"))
        self.conversion = p.lanes(import_yield(p), "1", ("year",))
        self.wanted = p.lanes(total, UNIT, ("year",)) / self.conversion
        self.put_aside = p.lanes(p["refining.concentrate_inventory_build"], UNIT, ("year",))
        self.delivered_to_us = p.lanes(self.received, UNIT, ("year",))
        self.exports = p.lanes(stated, UNIT, ("year",))
        self.arriving = p.lanes(ores.arriving, "1", ("year",))
        by_year = (self.wanted, self.put_aside, self.delivered_to_us, self.exports, self.arriving)
        of_partners = self.kept if self.bought is None else self.bought[0, 0]
        lanes = np.broadcast_shapes(*(array.shape[1:] for array in by_year), self.kept.shape, of_partners.shape)
        self.stock: Array = np.zeros(lanes)
        self.entries: dict[str, list[Array]] = {name: [] for name in ENTRIES}

    def settle(self, year: int, delivered: Array, potential: Array) -> Array:
        """Settle a year, and say what mines deliver in the end: spodumene mines give what exports want more.

        Parameters
        ----------
        year
            Position of the year; years come in order.
        delivered
            Lithium that home use and statistics make home mines deliver, t Li/year, (resource, region and member).
        potential
            Lithium that they could deliver, alike.
        """
        conversion = self.conversion[year]
        salts = self.yields[year] * delivered
        gap = self.wanted[year] - salts.sum(axis=0) / conversion - self.delivered_to_us[year]
        need, surplus = np.maximum(gap, 0.0), np.maximum(-gap, 0.0)
        concentrate = np.minimum(surplus, delivered[self.traded] + self.delivered_to_us[year])
        others = np.delete(salts, self.traded, axis=0).sum(axis=0)
        rest = surplus - concentrate
        left_out = np.divide(conversion * rest, others, out=np.zeros(others.shape), where=others > 0.0)
        aside = left_out * delivered
        aside[self.traded] = concentrate
        over = aside.sum(axis=0)
        drawn = np.minimum(self.stock, need)
        # a surplus without mines to be set aside, as where more is drawn than wanted, leaves imports below zero
        own = need - drawn - np.where(others > 0.0, 0.0, rest) + self.put_aside[year]
        exports = np.broadcast_to(self.exports[year], own.shape)
        if self.bought is not None:
            exports = exports + (self.bought[year] * (self.arriving[year] * own)).sum(axis=1)
        spare = potential[self.traded] - delivered[self.traded]
        more = np.minimum(np.maximum(exports - over, 0.0), spare)
        there = self.stock - drawn + over + more
        sold = np.minimum(exports, there)
        left = there - sold
        dropped = np.where(self.kept > 0.0, 0.0, left)
        aside[self.traded] += more - dropped - drawn
        settled = (own - dropped, exports - sold, exports, aside, left - dropped - self.stock)
        for name, entry in zip(ENTRIES, settled, strict=True):
            self.entries[name].append(entry)
        self.stock = left - dropped
        result = delivered.copy()
        # all that there is to the bit, so that reserves end with nothing left
        result[self.traded] = np.where(more >= spare, potential[self.traded], delivered[self.traded] + more)
        return result

    def closed(self) -> Concentrate:
        """Give what was settled in all years."""
        own, passed_on, exported, aside, build = (
            self.p.wrap(np.stack(self.entries[name]), ("year", *(("resource",) if name == "aside" else ())), UNIT)
            for name in ENTRIES
        )
        return Concentrate(own, self.received, passed_on, exported, aside, build)

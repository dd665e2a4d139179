"""Trade in concentrate: what imports must deliver, what is exported, and what nobody takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow.arrays import value
from lithflow.chain.setting import Array, Setting
from lithflow.chain.trade import Origins, Partners

__all__ = ["Books", "Concentrate", "open_books"]

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
    aside
        Delivered by home mines and not used at home, less what home use takes back from the stock.
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
    What nobody takes is kept if `refining.surplus_kept` says so, and used before concentrate is imported.

    Parameters
    ----------
    total
        Lithium in the salts to be refined, t Li/year, (year).
    ores
        How much of the concentrate wanted arrives.
    """

    def __init__(self, total: xr.DataArray, ores: Origins, p: Setting, partners: Partners) -> None:
        self.p, self.partners, self.ores = p, partners, ores
        self.stated = p["trade.concentrate_exports"]
        self.kept = p.lanes(p["refining.surplus_kept"], "1", ())
        self.received = partners.received("concentrate", self.stated)
        self.bought = partners.shares("concentrate", "import") if partners.active else None
        conversion = p["refining.yield"].sel(resource="spodumene", drop=True)
        self.conversion = p.lanes(conversion, "1", ("year",))
        self.wanted = p.lanes(total, UNIT, ("year",), full=True) / self.conversion
        self.delivered_to_us = p.lanes(self.received, UNIT, ("year",))
        self.exports = p.lanes(self.stated, UNIT, ("year",))
        self.arriving = p.lanes(ores.arriving, "1", ("year",))
        self.stock: Array = np.zeros(self.wanted.shape[1:])
        self.entries = {
            name: np.empty(self.wanted.shape) for name in ("own", "passed_on", "exported", "aside", "build")
        }

    def settle(self, year: int, refined: Array, spare: Array) -> Array:
        """Settle a year, and say how much spodumene mines shall give beyond what home use and statistics make them.

        Parameters
        ----------
        year
            Position of the year; years come in order.
        refined
            Lithium in the salts that home deliveries would make, t Li/year, (region and member).
        spare
            Lithium in the concentrate that spodumene mines could give beyond these, t Li/year.
        """
        gap = self.wanted[year] - refined / self.conversion[year] - self.delivered_to_us[year]
        need, over = np.maximum(gap, 0.0), np.maximum(-gap, 0.0)
        drawn = np.minimum(self.stock, need)
        own = need - drawn
        exports = np.broadcast_to(self.exports[year], own.shape)
        if self.bought is not None:
            exports = exports + (self.bought[year] * (self.arriving[year] * own)).sum(axis=1)
        more: Array = np.minimum(np.maximum(exports - over, 0.0), spare)
        there = self.stock - drawn + over + more
        sold = np.minimum(exports, there)
        left = there - sold
        dropped = np.where(self.kept > 0.0, 0.0, left)
        for name, entry in (
            ("own", own - dropped),
            ("passed_on", exports - sold),
            ("exported", exports),
            ("aside", over + more - dropped - drawn),
            ("build", left - dropped - self.stock),
        ):
            self.entries[name][year] = entry
        self.stock = left - dropped
        return more

    def closed(self) -> Concentrate:
        """Give what was settled in all years, and keep it in the record of trade."""
        made = {name: self.p.wrap(entry, ("year",), UNIT) for name, entry in self.entries.items()}
        own, passed_on = made["own"], made["passed_on"]
        self.partners.record("concentrate", self.ores.arriving * own, self.stated, beside=passed_on)
        return Concentrate(own, self.received, passed_on, made["exported"], made["aside"], made["build"])


def open_books(total: xr.DataArray, ores: Origins, p: Setting, partners: Partners) -> Books | None:
    """Open books where concentrate does more than be imported for use at home.

    Parameters
    ----------
    total
        Lithium in the salts to be refined, t Li/year, (year).
    ores
        How much of the concentrate wanted arrives.
    """
    exports = value(p["trade.concentrate_exports"], UNIT).any()
    if partners.active or exports or p.lanes(p["refining.surplus_kept"], "1", ()).any():
        return Books(total, ores, p, partners)
    return None

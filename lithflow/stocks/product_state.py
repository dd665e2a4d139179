"""What the marching state of products with a component is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lithflow.stocks.checks import FloatArray, IntArray
from lithflow.stocks.timeline import Timeline


@dataclass
class Drive:
    """What drives the products: an inflow, or a stock with a rule for when the inflow would be negative.

    Attributes
    ----------
    inflow, target : (year, lane) or None
    negative : "raise", "keep", "cap" or "scrap"
    refuse : called with (year, inflow, where it is negative); returns the error to raise
    """

    inflow: FloatArray | None
    target: FloatArray | None
    negative: str
    refuse: Any


@dataclass
class Lots:
    """Component lots: when they were fitted, the year they count as, and the position of a year's replacements."""

    entries: list[FloatArray]
    parameters: IntArray
    made: IntArray
    older: int
    replacements_from: int

    @classmethod
    def of(cls, timeline: Timeline, older: int, fitted_at: float | None) -> Lots:
        """Lots of first components (those before the first year first), and of replacements if fitted otherwise."""
        count = len(timeline)
        made = np.arange(-older, count)
        entries = [
            np.concatenate([timeline.entry_before(older, moment)[::-1], timeline.entry(moment)])
            for moment in timeline.moments
        ]
        if fitted_at is None:
            return cls(entries, np.maximum(made, 0), made, older, older)
        entries = [np.concatenate([entry, timeline.entry(fitted_at)]) for entry in entries]
        made = np.concatenate([made, np.arange(count)])
        return cls(entries, np.maximum(made, 0), made, older, older + count)


@dataclass
class Records:
    """What is written down each year; flows are amounts in the step."""

    entered: FloatArray
    scrapped: FloatArray
    first_fit: FloatArray
    replacements: FloatArray
    stock: FloatArray
    removed: dict[str, FloatArray]
    reused: FloatArray
    matrices: dict[str, FloatArray] = field(default_factory=dict)
    products: FloatArray | None = None
    left: FloatArray | None = None


@dataclass
class Entry:
    """What happens in a step to what enters in it.

    Attributes
    ----------
    lost : (lane,)
        Share of the new products that fails.
    fails, later : (lane, type)
        Share of first components, and of replacements, that is worn.
    worn, later_mixed : (lane,)
        The same over all types.
    rules : (product cohort, lane)
        Share of the worn components that is replaced.
    kept : (product cohort, lane)
        Products there at the end per product that needs a new component.
    """

    lost: FloatArray
    fails: FloatArray
    later: FloatArray
    worn: FloatArray
    later_mixed: FloatArray
    rules: FloatArray
    kept: FloatArray


@dataclass
class Pool:
    """Products in need of a component (product cohort, lane), and good components on offer (lot, lane, type)."""

    year: int
    there: int
    lots: IntArray
    need: FloatArray
    offered: FloatArray


@dataclass
class Plan:
    """Who gets what: products that enter, need for new components after reuse, and reuse itself.

    Attributes
    ----------
    entering : (lane,)
    need : (product cohort with the new one, lane)
    matched : (product cohort, lot, lane) or None
    offered : (lot, lane, type) or None
    again : (lane,)
        New products that take a component used before.
    """

    entering: FloatArray
    need: FloatArray
    matched: FloatArray | None
    offered: FloatArray | None
    again: FloatArray
    lots: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.intp))

    def alive(self, entry: Entry) -> FloatArray:
        """Products at the end of the year that are there because of this plan, (lane,)."""
        new = (self.entering - self.again) * (1.0 - entry.lost) * (1.0 - entry.worn)
        found = new + self.again * (1.0 - entry.lost) + (self.need * entry.kept).sum(axis=0)
        return np.asarray(found if self.matched is None else found + self.matched.sum(axis=(0, 1)))


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Part over whole, 0 where the whole is 0."""
    return np.asarray(np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0))


def capped(amounts: FloatArray, limit: FloatArray) -> FloatArray:
    """Amounts in order, the last served first, until a limit by lane is reached."""
    from_last = np.cumsum(amounts[::-1], axis=0)[::-1]
    return np.asarray(np.clip(limit - (from_last - amounts), 0.0, amounts))


def match(asking: FloatArray, offered: FloatArray) -> FloatArray:
    """First come, first served on both sides: (asking, lane) and (offered, lane) to (asking, offered, lane)."""
    asked, given = np.cumsum(asking, axis=0), np.cumsum(offered, axis=0)
    upper = np.minimum(asked[:, None], given[None])
    lower = np.maximum((asked - asking)[:, None], (given - offered)[None])
    return np.asarray(np.maximum(upper - lower, 0.0))

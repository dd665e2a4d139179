"""Parcels of a cascade: what was removed in one year, of one production year and one first life.

A parcel moves through later uses without a random draw: if a change comes x years after the removal, the share
1 − (x − ⌊x⌋) of it changes in year t + ⌊x⌋ and the rest in the year after, as if removals were spread evenly over
their year. Its early and late part are kept apart, so nothing leaves a use before it has entered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lithflow.stocks.checks import FloatArray, IntArray
from lithflow.stocks.kernels import _column
from lithflow.stocks.survival import Lifetime


@dataclass
class Parcels:
    """Amounts that come to a use together; flat arrays, one entry a parcel.

    Attributes
    ----------
    first, part : first of the two years in which it comes, and the share that comes in the second
    place : position in (cohort, lane), flattened
    life : first life T in years
    early, late : what comes in year ``first`` and in the year after; late is None where all comes early
    """

    first: IntArray
    part: FloatArray | None
    place: IntArray
    life: FloatArray
    early: FloatArray
    late: FloatArray | None

    def later(self, years: FloatArray) -> Parcels:
        """The same parcels some years later; what came first goes first."""
        time = years if self.part is None else years + self.part
        whole = np.floor(time)
        part = time - whole
        first = self.first + whole.astype(np.intp)
        if self.part is None or self.late is None:
            late = self.early * part
            return Parcels(first, part, self.place, self.life, self.early - late, late)
        # early is spread over the first 1 − part of the year of removal, late over the rest
        early = self.early * np.minimum((1.0 - part) / (1.0 - self.part), 1.0)
        ahead = np.maximum(self.part - part, 0.0)
        early += self.late * (ahead / np.where(self.part > 0, self.part, 1.0))
        return Parcels(first, part, self.place, self.life, early, self.early + self.late - early)

    def chosen(self, inside: Any) -> Parcels:
        """Some of the parcels, by a mask or positions."""
        part = None if self.part is None else self.part[inside]
        late = None if self.late is None else self.late[inside]
        return Parcels(self.first[inside], part, self.place[inside], self.life[inside], self.early[inside], late)

    def before(self, horizon: int) -> tuple[Parcels, Any]:
        """The parcels that come before the horizon, and which these are."""
        inside = np.flatnonzero(self.first < horizon)
        first = self.first[inside]
        late = None if self.late is None else self.late[inside] * (first + 1 < horizon)
        part = None if self.part is None else self.part[inside]
        return Parcels(first, part, self.place[inside], self.life[inside], self.early[inside], late), inside


def table(parcels: Parcels, years: int, size: int, worth: FloatArray | None = None) -> FloatArray:
    """Sum parcels, or their amounts times a worth, into (year up to and with the horizon, cohort and lane)."""
    cells = (years + 1) * size
    start = np.minimum(parcels.first, years) * size
    start += parcels.place
    total = np.bincount(start, weights=parcels.early if worth is None else parcels.early * worth, minlength=cells)
    if parcels.late is not None:
        after = np.minimum(parcels.first + 1, years) * size
        after += parcels.place
        total += np.bincount(after, weights=parcels.late if worth is None else parcels.late * worth, minlength=cells)
    return np.asarray(total.reshape(years + 1, size), dtype=float)


def quantile_lives(
    life: Lifetime, age: FloatArray, cohort: FloatArray, points: int, lanes: tuple[int, ...], horizon: float
) -> tuple[FloatArray, FloatArray]:
    """First lives T given that they exceed an age, at Gauss–Legendre points of probability.

    Returns lives of shape (pair, point, lane) and the weights of the points. S is inverted by linear interpolation on
    a fine grid; what lies beyond it outlasts the horizon.
    """
    nodes, weights = np.polynomial.legendre.leggauss(points)
    kept, weights = 1.0 - (nodes + 1.0) / 2.0, weights / 2.0
    width = int(np.prod(lanes))
    near, far = np.ceil(1.5 * horizon), np.ceil(6.0 * horizon)
    grid = np.concatenate([np.arange(0.0, near, 0.125), np.arange(near, far + 2.0, 2.0)])[::-1]
    if life._varies_by_cohort():
        rows = np.unique(cohort)
        groups = [np.flatnonzero(cohort == row) for row in rows]
        ages, back = age, np.arange(len(age))
        alive = _survival(life, age[:, None], cohort, lanes)[:, 0]
    else:
        rows = np.zeros(1, dtype=np.intp)
        ages, back = np.unique(age, return_inverse=True)
        groups = [np.arange(len(ages))]
        alive = _survival(life, ages[None, :], rows, lanes)[0]
    survival = _survival(life, np.broadcast_to(grid, (len(rows), len(grid))), rows, lanes)
    lives = np.empty((len(ages), points, width))
    for row, chosen in enumerate(groups):
        wanted = alive[chosen][..., None] * kept
        for lane in range(width):
            lives[chosen, :, lane] = np.interp(wanted[:, lane], survival[row, :, lane], grid, left=np.inf)
    np.maximum(lives, ages[:, None, None], out=lives)
    return lives[back], weights


def _survival(life: Lifetime, ages: FloatArray, cohort: Any, lanes: tuple[int, ...]) -> FloatArray:
    """S of each cohort at its own ages, (cohort, age) to (cohort, age, lane)."""
    count, size = ages.shape
    selected = life._selected(np.repeat(cohort, size), np.repeat(cohort, size))
    values = selected._survival(_column(ages.reshape(-1), lanes))
    return np.broadcast_to(values, (count * size, *lanes)).reshape(count, size, int(np.prod(lanes)))

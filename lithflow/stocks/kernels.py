"""Survival on a timeline: the unit kernel of a life that is the same for all cohorts, or (year, cohort) matrices.

Axes: age or year first, cohort second, lanes last, so that the innermost loop runs over lanes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lithflow.stocks.checks import FloatArray
from lithflow.stocks.survival import Lifetime, hazard_of
from lithflow.stocks.timeline import Timeline

_SMALL = 1 << 19  # (year, cohort) matrices up to this many values are multiplied whole
_CHUNK = 1 << 17  # survival values evaluated at a time: they stay in the cache


@dataclass
class Kernel:
    """What remains and what leaves per unit of inflow.

    Attributes
    ----------
    alive, leaving : arrays
        Constant lives: (age, lanes...), age 0 being the step of entry. Otherwise (year, cohort, lanes...), 0 before
        entry. ``leaving`` comes from F, not from ``alive``: that they add to one is a statement.
    constant : bool
        Which of the two.
    lanes : tuple of int
        Lanes on which the life varies, as long as the lanes of the stock; 1 where it does not.
    """

    timeline: Timeline
    life: Lifetime = field(repr=False)
    alive: FloatArray
    leaving: FloatArray
    constant: bool
    lanes: tuple[int, ...]

    def alive_matrix(self) -> FloatArray:
        """(year, cohort, lanes...), also for constant lives (a strided view, read-only)."""
        return toeplitz(self.alive) if self.constant else self.alive

    def leaving_matrix(self) -> FloatArray:
        """(year, cohort, lanes...), also for constant lives (a strided view, read-only)."""
        return toeplitz(self.leaving) if self.constant else self.leaving

    def alive_column(self, year: int) -> FloatArray:
        """Share of cohorts 0 … year alive at the end of a year, (cohort, lanes...)."""
        return self.alive[year::-1] if self.constant else self.alive[year, : year + 1]

    def leaving_column(self, year: int) -> FloatArray:
        """Share of cohorts 0 … year that leaves in a year, (cohort, lanes...)."""
        return self.leaving[year::-1] if self.constant else self.leaving[year, : year + 1]

    def entry(self) -> FloatArray:
        """Share alive at the end of the step of entry, (year or 1, lanes...)."""
        if self.constant:
            return self.alive[:1]
        return np.moveaxis(np.diagonal(self.alive), -1, 0)


def toeplitz(unit: FloatArray) -> FloatArray:
    """(age, lanes...) as the matrix [t, c] = unit[t − c], 0 for c > t; a read-only view of a padded copy."""
    count = len(unit)
    padded = np.zeros((2 * count - 1, *unit.shape[1:]))
    padded[count - 1 :] = unit
    step = padded.strides[0]
    return np.lib.stride_tricks.as_strided(
        padded[count - 1 :], (count, count, *unit.shape[1:]), (step, -step, *padded.strides[1:]), writeable=False
    )


def sum_over_cohorts(share: FloatArray, amounts: FloatArray, out: FloatArray) -> None:
    """Σ over cohorts of share × amount, (cohort, lanes...) twice into (lanes...), with lanes that broadcast.

    Where lives vary on some lanes and amounts on others, this is a matrix product.
    """
    life, own = share.shape[1:], amounts.shape[1:]
    varies = [axis for axis in range(len(life)) if life[axis] > 1]
    differs = [axis for axis in range(len(own)) if own[axis] > 1]
    if (
        out.flags.c_contiguous
        and len(life) == len(own) == out.ndim
        and not set(varies) & set(differs)
        and varies
        and differs
    ):
        left, right = share.reshape(len(share), -1), amounts.reshape(len(amounts), -1)
        if max(varies) < min(differs):
            np.matmul(left.T, right, out=out.reshape(left.shape[1], right.shape[1]))
            return
        if max(differs) < min(varies):
            np.matmul(right.T, left, out=out.reshape(right.shape[1], left.shape[1]))
            return
    np.einsum("c...,c...->...", share, amounts, out=out)


def totals(kernel: Kernel, amounts: FloatArray, lanes: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Stock and outflow, (year, lanes...), of amounts entering, (year, lanes...)."""
    count = len(amounts)
    if kernel.constant and kernel.alive.size * count <= _SMALL:
        return _product(kernel.alive, amounts, lanes), _product(kernel.leaving, amounts, lanes)
    stock, outflow = np.empty((count, *lanes)), np.empty((count, *lanes))
    for year in range(count):
        sum_over_cohorts(kernel.alive_column(year), amounts[: year + 1], stock[year, ...])
        sum_over_cohorts(kernel.leaving_column(year), amounts[: year + 1], outflow[year, ...])
    return stock, outflow


def _product(unit: FloatArray, amounts: FloatArray, lanes: tuple[int, ...]) -> FloatArray:
    """What a unit kernel on few lanes makes of amounts, as one matrix product for each of these lanes."""
    count = len(amounts)
    unit = unit.reshape((count,) + (1,) * (len(lanes) - (unit.ndim - 1)) + unit.shape[1:])
    amounts = np.broadcast_to(
        amounts.reshape((count,) + (1,) * (len(lanes) - (amounts.ndim - 1)) + amounts.shape[1:]), (count, *lanes)
    )
    varies = [axis for axis in range(1, unit.ndim) if unit.shape[axis] > 1]
    others = [axis for axis in range(1, unit.ndim) if unit.shape[axis] == 1]
    order = [*varies, 0, *others]
    size = int(np.prod([unit.shape[axis] for axis in varies], dtype=int))
    matrices = np.moveaxis(toeplitz(unit.transpose(0, *varies, *others).reshape(count, size)), -1, 0)
    moved = amounts.transpose(order)
    made = np.matmul(np.ascontiguousarray(matrices), moved.reshape(size, count, -1)).reshape(moved.shape)
    return np.ascontiguousarray(made.transpose(np.argsort(order)))


def convolve(unit: FloatArray, amounts: FloatArray, lanes: tuple[int, ...]) -> FloatArray:
    """What a unit kernel (age, lanes...) makes of amounts (year, lanes...), (year, lanes...)."""
    total = np.empty((len(amounts), *lanes))
    for year in range(len(amounts)):
        sum_over_cohorts(unit[year::-1], amounts[: year + 1], total[year, ...])
    return total


def kernel_of(life: Lifetime, timeline: Timeline) -> Kernel:
    """The kernel of a prepared lifetime (parameters on cohort and lanes)."""
    lanes = life._lanes()
    if life.changes_with_calendar_year:
        alive, leaving = _by_hazard(life, timeline, lanes)
        return Kernel(timeline, life, alive, leaving, False, lanes)
    if timeline.constant_step and not life._varies_by_cohort():
        alive, leaving = _unit(life, timeline, lanes)
        return Kernel(timeline, life, alive, leaving, True, lanes)
    alive, leaving = _by_cohort(life, timeline, lanes)
    return Kernel(timeline, life, alive, leaving, False, lanes)


def _averaged(life: Lifetime, ages: list[FloatArray], weights: FloatArray) -> tuple[Any, Any]:
    """S and F at several ages with weights: the moments within a step at which the inflow enters."""
    if len(ages) == 1:
        return life._both(ages[0])
    alive, left = life._both(ages[0])
    alive, left = weights[0] * alive, weights[0] * left
    for age, weight in zip(ages[1:], weights[1:], strict=True):
        survival, distribution = life._both(age)
        alive += weight * survival
        left += weight * distribution
    return alive, left


def _column(values: FloatArray, lanes: tuple[int, ...]) -> FloatArray:
    return values.reshape(values.shape + (1,) * len(lanes))


def _unit(life: Lifetime, timeline: Timeline, lanes: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    steps = np.arange(len(timeline), dtype=float)
    ages = [_column((steps + 1.0 - moment) * timeline.length[0], lanes) for moment in timeline.moments]
    alive, left = _averaged(life, ages, timeline.weights)
    shape = (len(timeline), *lanes)
    alive, left = np.broadcast_to(alive, shape), np.broadcast_to(left, shape)
    leaving = np.empty(shape)
    leaving[0] = left[0]
    np.subtract(left[1:], left[:-1], out=leaving[1:])
    return alive, leaving


def _by_cohort(life: Lifetime, timeline: Timeline, lanes: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    count = len(timeline)
    alive = np.zeros((count, count, *lanes))
    leaving = np.zeros((count, count, *lanes))
    width = max(1, int(_CHUNK // (max(1, count * int(np.prod(lanes))))))
    for first in range(0, count, width):
        last = min(first + width, count)
        cohort, year = (index.ravel() for index in np.indices((last - first, count)))
        cohort = cohort + first
        keep = year >= cohort
        cohort, year = cohort[keep], year[keep]
        ages = [_column(timeline.end[year] - timeline.entry(moment)[cohort], lanes) for moment in timeline.moments]
        survival, left = _averaged(life._selected(cohort, year), ages, timeline.weights)
        shape = (len(cohort), *lanes)
        survival, left = np.broadcast_to(survival, shape), np.broadcast_to(left, shape)
        alive[year, cohort] = survival
        left_here = left.copy()
        later = year > cohort
        left_here[later] -= left[np.flatnonzero(later) - 1]
        leaving[year, cohort] = left_here
    return alive, leaving


def _by_hazard(life: Lifetime, timeline: Timeline, lanes: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    count = len(timeline)
    alive = np.zeros((count, count, *lanes))
    leaving = np.zeros((count, count, *lanes))
    for year in range(count):
        hazard = hazards_in(life, timeline, year, [timeline.entry(moment)[: year + 1] for moment in timeline.moments])
        hazard = np.broadcast_to(hazard, (year + 1, *lanes))
        before = np.concatenate([alive[year - 1, :year], np.ones((1, *lanes))]) if year else np.ones((1, *lanes))
        np.multiply(before, hazard, out=leaving[year, : year + 1])
        np.multiply(before, 1.0 - hazard, out=alive[year, : year + 1])
    return alive, leaving


def hazards_in(
    life: Lifetime, timeline: Timeline, year: int, entries: list[FloatArray], cohort: Any = None
) -> FloatArray:
    """Share of what is left of each cohort that leaves in a step, (cohort, lanes...).

    `entries` : when the cohorts entered, one array a moment; `cohort`: their positions for the parameters,
    0, 1, 2, … unless given.
    """
    size = len(entries[0])
    cohorts = np.arange(size) if cohort is None else cohort
    selected = life._selected(cohorts, np.full(size, year))
    lanes = life._lanes()
    begin = timeline.end[year] - timeline.length[year]
    now: Any = 0.0
    before: Any = 0.0
    for entry, weight in zip(entries, timeline.weights, strict=True):
        now = now + weight * selected._survival(_column(timeline.end[year] - entry, lanes))
        age_before = _column(begin - entry, lanes)
        started = age_before >= 0
        # what enters within this step was whole before it
        before = before + weight * np.where(started, selected._survival(np.maximum(age_before, 0.0)), 1.0)
    if cohort is None and size == year + 1:
        before = np.array(np.broadcast_to(before, np.broadcast_shapes(np.shape(before), (size, *lanes))))
        before[year] = 1.0
    return hazard_of(np.asarray(now), np.asarray(before))

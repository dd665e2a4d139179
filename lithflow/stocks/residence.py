"""Uses that last by a distribution of residence instead of by fade.

Tables are (year, cohort, lane); an inflow gives the outflow and what is held at the horizon.
"""

from __future__ import annotations

import numpy as np

from lithflow.stocks.checks import FloatArray, IntArray
from lithflow.stocks.kernels import kernel_of
from lithflow.stocks.layout import Layout
from lithflow.stocks.survival import Lifetime
from lithflow.stocks.timeline import Timeline


def from_entry(layout: Layout, timeline: Timeline, life: Lifetime, inflow: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Outflow, and what is held at the horizon, of a residence that counts from entry."""
    kernel = kernel_of(life, timeline)
    shape = (layout.count, layout.count, *layout.lanes)
    entered = inflow.reshape(shape)
    outflow, held = np.empty(shape), np.zeros(shape[1:])
    for year in range(layout.count):
        leaving = kernel.leaving_column(year)
        np.einsum("t...,tk...->k...", leaving, entered[: year + 1], out=outflow[year])
    alive = kernel.alive_column(layout.count - 1)
    np.einsum("t...,tk...->k...", alive, entered, out=held)
    return outflow.reshape(inflow.shape), held.reshape(inflow.shape[1:])


def from_production(
    layout: Layout, timeline: Timeline, life: Lifetime, inflow: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The same for a life that counts from production: what is there at age a stays with S(a + years)/S(a)."""
    kernel = kernel_of(life, timeline)
    shape = (layout.count, layout.count, *layout.lanes)
    alive = np.broadcast_to(kernel.alive_matrix(), shape)
    leaving = np.broadcast_to(kernel.leaving_matrix(), shape)
    entered = inflow.reshape(shape)
    there = np.zeros(shape[1:])
    outflow = np.zeros(shape)
    for year in range(layout.count):
        at_entry = _survived_until(layout, life, year)
        if year:
            before = alive[year - 1, :year]
            share = np.where(before > 0, leaving[year, :year] / np.where(before > 0, before, 1.0), 1.0)
            outflow[year, :year] = there[:year] * share
            there[:year] -= outflow[year, :year]
        left = np.where(at_entry > 0, alive[year, : year + 1] / np.where(at_entry > 0, at_entry, 1.0), 0.0)
        outflow[year, : year + 1] += entered[year, : year + 1] * (1.0 - left)
        there[: year + 1] += entered[year, : year + 1] * left
    return outflow.reshape(inflow.shape), there.reshape(inflow.shape[1:])


def _survived_until(layout: Layout, life: Lifetime, year: int) -> FloatArray:
    """S at the age on entry of the cohorts that may enter in a year, (cohort, lanes...)."""
    rows = np.arange(year + 1)
    selected = life._selected(rows, np.full(len(rows), year))
    ages = (year - rows).astype(float).reshape((-1,) + (1,) * len(layout.lanes))
    return np.broadcast_to(np.where(ages > 0, selected._survival(ages), 1.0), (len(rows), *layout.lanes))


class Remaining:
    """Share of what entered in one year that is still there at the end of another, for parcels."""

    def __init__(self, layout: Layout, timeline: Timeline, life: Lifetime, counts_from_production: bool) -> None:
        self.count, self.width = layout.count, int(np.prod(layout.lanes))
        shape = (self.count, self.count, *layout.lanes)
        alive = np.broadcast_to(kernel_of(life, timeline).alive_matrix(), shape)
        self.alive = alive.reshape(self.count, self.count, self.width)
        self.at_entry: FloatArray | None = None
        if counts_from_production:
            at_entry = np.ones(shape)
            for year in range(self.count):
                at_entry[year, : year + 1] = _survived_until(layout, life, year)
            self.at_entry = at_entry.reshape(self.alive.shape)

    def at(self, year: int, entered: IntArray, place: IntArray) -> FloatArray:
        """The share at the end of `year` by the years in which parcels enter; 0 before they do."""
        cohort, lane = place // self.width, place % self.width
        here = np.minimum(entered, self.count - 1)
        if self.at_entry is None:
            share = self.alive[year, here, lane]
        else:
            whole = self.at_entry[here, cohort, lane]
            share = np.where(whole > 0, self.alive[year, cohort, lane] / np.where(whole > 0, whole, 1.0), 0.0)
        return np.where(entered <= year, share, 0.0)

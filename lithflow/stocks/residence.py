"""Uses that last by a distribution of residence instead of by fade.

Tables are (year, cohort, lane); an inflow gives the outflow and what is held at the horizon.
"""

from __future__ import annotations

import numpy as np

from lithflow.stocks.checks import FloatArray
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
    cohorts = np.arange(layout.count)
    there = np.zeros(shape[1:])
    outflow = np.zeros(shape)
    for year in range(layout.count):
        rows = cohorts[: year + 1]
        selected = life._selected(rows, np.full(len(rows), year))
        ages = (year - rows).astype(float).reshape((-1,) + (1,) * len(layout.lanes))
        at_entry = np.broadcast_to(np.where(ages > 0, selected._survival(ages), 1.0), (len(rows), *layout.lanes))
        if year:
            before = alive[year - 1, :year]
            share = np.where(before > 0, leaving[year, :year] / np.where(before > 0, before, 1.0), 1.0)
            outflow[year, :year] = there[:year] * share
            there[:year] -= outflow[year, :year]
        left = np.where(at_entry > 0, alive[year, : year + 1] / np.where(at_entry > 0, at_entry, 1.0), 0.0)
        outflow[year, : year + 1] += entered[year, : year + 1] * (1.0 - left)
        there[: year + 1] += entered[year, : year + 1] * left
    return outflow.reshape(inflow.shape), there.reshape(inflow.shape[1:])

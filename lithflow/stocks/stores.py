"""A store of goods: what is put in first leaves first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.checks import FloatArray, check_finite, place_of

__all__ = ["Store", "first_in_first_out"]

ROUNDING = 1e-12
"""What leaves above what is there by less than this, relative to all that was put in, is rounding."""


@dataclass(frozen=True)
class Store:
    """What leaves a store and what it holds, by the year in which it was put in.

    Attributes
    ----------
    outflow_by_age
        What leaves in a year, by full years in the store: (age, year, lanes). There are only as many ages as occur.
    stock_by_cohort
        What is there at the end of each year, by the year in which it was put in: (year, cohort, lanes).
    """

    outflow_by_age: FloatArray
    stock_by_cohort: FloatArray

    @property
    def outflow_by_cohort(self) -> FloatArray:
        """What leaves in a year, by the year in which it was put in: (year, cohort, lanes)."""
        result = np.zeros(self.stock_by_cohort.shape)
        for age, leaving in enumerate(self.outflow_by_age):
            for year in range(age, len(leaving)):
                result[year, year - age] = leaving[year]
        return result

    def carried(self, content: ArrayLike) -> FloatArray:
        """Give what leaves, each part valued with a content of the year in which it was put in: (year, lanes).

        Parameters
        ----------
        content
            By year, and by lane or broadcast over them.
        """
        held = np.asarray(content, dtype=np.float64)
        shape = np.broadcast_shapes(self.outflow_by_age.shape[1:], held.shape)
        result = np.zeros(shape)
        for age, leaving in enumerate(self.outflow_by_age):
            result[age:] += leaving[age:] * held[: len(held) - age]
        return result


def first_in_first_out(inflow: ArrayLike, outflow: ArrayLike) -> Store:
    """Follow a store whose oldest goods leave first.

    Put in and taken out, both added up over the years, are two curves; what leaves in year t of what was put in in
    year c is where the stretch of t on one and that of c on the other overlap.

    Parameters
    ----------
    inflow, outflow
        What is put in and taken out, (year, lanes); none below zero. What is put in in a year may leave in it.

    Returns
    -------
    Store
        By age and cohort; Σ outflow of a cohort + what is left of it = its inflow.

    Raises
    ------
    ValueError
        If a number is below zero, the shapes don't fit, or more is taken out than is there.
    """
    came, left = check_finite("inflow", inflow, ("year",)), check_finite("outflow", outflow, ("year",))
    for name, values in (("inflow", came), ("outflow", left)):
        if values.size and values.min() < 0.0:
            raise ValueError(f"{name}: below zero at {place_of(values < 0.0, ('year',))}; expected zero or more")
    if came.ndim < 1 or left.ndim < 1 or len(came) != len(left):
        raise ValueError(f"outflow: expected as many years as inflow, {came.shape}; got {left.shape}")
    shape = np.broadcast_shapes(came.shape, left.shape)
    put_in, taken = (_added_up(np.broadcast_to(values, shape)) for values in (came, left))
    short = taken[1:] - put_in[1:] > ROUNDING * put_in[-1:]
    if short.any():
        raise ValueError(f"outflow: more than the store holds at {place_of(short, ('year',))}; lower it")
    return Store(_leaving(put_in, taken, np.broadcast_to(left, shape)), _left_over(put_in, taken))


def _added_up(values: FloatArray) -> FloatArray:
    """Cumulative sums, with a first row of zero: (year + 1, lanes)."""
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])


def _leaving(put_in: FloatArray, taken: FloatArray, outflow: FloatArray) -> FloatArray:
    years = len(outflow)
    ages: list[FloatArray] = []
    found: FloatArray = np.zeros(outflow.shape)
    while len(ages) < years and (not ages or (outflow - found > ROUNDING * taken[-1:]).any()):
        age = len(ages)
        overlap = np.zeros(outflow.shape)
        ends = np.minimum(taken[1 + age :], put_in[1 : years + 1 - age])
        overlap[age:] = np.maximum(ends - np.maximum(taken[age:-1], put_in[: years - age]), 0.0)
        found += overlap
        ages.append(overlap)
    by_age = np.stack(ages)
    # what rounding hid is shared out, and goes to the year itself where nothing was found
    by_age[0] += np.where(found > 0.0, 0.0, outflow)
    by_age *= np.divide(outflow, found, out=np.ones(outflow.shape), where=found > 0.0)
    return by_age


def _left_over(put_in: FloatArray, taken: FloatArray) -> FloatArray:
    """What is left of each cohort at the end of each year."""
    rows: FloatArray = np.maximum(taken[1:, None], put_in[None, :-1])
    np.subtract(put_in[None, 1:], rows, out=rows)
    np.maximum(rows, 0.0, out=rows)
    come = np.tri(len(rows)).reshape((*rows.shape[:2], *((1,) * (rows.ndim - 2))))
    rows *= come
    return rows

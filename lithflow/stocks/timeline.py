"""Steps of time, the moment within a step at which a cohort enters, and the ages that follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.checks import FloatArray, check_choice, check_years

_MOMENTS = {"start": 0.0, "middle": 0.5, "end": 1.0}


def gauss_lobatto(points: int) -> tuple[FloatArray, FloatArray]:
    """Nodes on 0–1, both ends included, and weights that add to 1.

    The inner nodes are the zeros of P′ₙ₋₁, the weights 1/(n(n−1)Pₙ₋₁²) on an interval of length 1
    (Abramowitz and Stegun, 25.4.32).

    Raises
    ------
    ValueError
        Fewer than two points.
    """
    if points < 2:
        raise ValueError(f"points: expected 2 or more within a year, got {points}; inflow_at='middle' takes one point")
    legendre = np.polynomial.legendre.Legendre.basis(points - 1)
    nodes = np.concatenate([[-1.0], np.sort(legendre.deriv().roots().real), [1.0]])
    weights = 1.0 / (points * (points - 1) * legendre(nodes) ** 2)
    return (nodes + 1.0) / 2.0, weights / weights.sum()


@dataclass(frozen=True)
class Timeline:
    """Steps of time; step t ends at ``end[t]`` and lasts ``length[t]`` years.

    Attributes
    ----------
    end, length : (year,) arrays
        Years at which the steps end, and how long they last.
    unit : bool
        Whether every step lasts one year.
    labels : (year,) array or None
        Calendar years, if known.
    moments, weights : arrays
        Parts of a step after which the inflow enters (0 its start, 1 its end) and what share enters then.
    """

    end: FloatArray
    length: FloatArray
    unit: bool
    labels: FloatArray | None
    moments: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, count: int, years: ArrayLike | None = None, inflow_at: str = "middle", points: int = 6) -> Timeline:
        """Steps of a year each, unless `years` says otherwise; then the first is as long as the second."""
        check_choice("inflow_at", inflow_at, (*_MOMENTS, "spread"))
        if inflow_at == "spread":
            moments, weights = gauss_lobatto(points)
        else:
            moments, weights = np.array([_MOMENTS[inflow_at]]), np.ones(1)
        if years is None:
            return cls(np.arange(1.0, count + 1.0), np.ones(count), True, None, moments, weights)
        labels = check_years(years, count)
        steps = np.diff(labels)
        length = np.concatenate([steps[:1], steps]) if count > 1 else np.ones(1)
        return cls(labels, length, bool((length == 1.0).all()), labels, moments, weights)

    def __len__(self) -> int:
        return len(self.end)

    @property
    def constant_step(self) -> bool:
        """Whether all steps are equally long, so that ages depend on t − c alone."""
        return bool((self.length == self.length[0]).all())

    def entry(self, moment: float) -> FloatArray:
        """When cohorts enter, (year,)."""
        return self.end - (1.0 - moment) * self.length

    def entry_before(self, count: int, moment: float) -> FloatArray:
        """When the cohorts before the first step entered, one a year, the youngest first."""
        start = self.end[0] - self.length[0]
        return np.asarray(start - np.arange(1.0, count + 1.0) + moment)

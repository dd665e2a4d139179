"""What a lifetime is: the share of a cohort that is still there at an age.

Every lifetime has a survival function S(age), a distribution function F(age) from its own closed form, and the mean
and standard deviation of the life *as used*: nothing leaves before age 0, so what a normal or logistic life puts below
zero leaves on entry, S(0) < 1, and counts as a life of 0.

Parameters are scalars or arrays. Beside an inflow of shape (year, lanes...) they broadcast by NumPy's rule: trailing
axes are lanes, and an axis that meets the year axis is the cohort. Beside a labelled inflow they may be
``xarray.DataArray``; dimension ``cohort`` or ``year`` is then the cohort.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.checks import FloatArray, as_floats

if TYPE_CHECKING:
    from lithflow.stocks.changes import ByCalendarYear, Changed, MaximumAge

Align = Callable[[str, Any], FloatArray]
"""Brings a parameter to the axes (cohort, lanes...), by position or by label."""


class Lifetime(ABC):
    """A distribution of lives; see the module for what the parameters may be."""

    _names: tuple[str, ...] = ()

    @property
    def changes_with_calendar_year(self) -> bool:
        """Whether the life of a living cohort depends on the calendar year, so that it works through the hazard."""
        return False

    def survival(self, age: ArrayLike) -> FloatArray:
        """Share of a cohort still there at an age, S(age); 1 before age 0.

        Parameters
        ----------
        age : array_like
            Ages in years; broadcasts with the parameters.
        """
        ages = as_floats("age", age)
        return np.where(ages < 0, 1.0, self._bare()._survival(np.maximum(ages, 0.0)))

    def cdf(self, age: ArrayLike) -> FloatArray:
        """Share of a cohort that has left by an age, F(age) = 1 − S(age), from its own closed form; 0 before age 0."""
        ages = as_floats("age", age)
        return np.where(ages < 0, 0.0, self._bare()._distribution(np.maximum(ages, 0.0)))

    def hazard(self, age: ArrayLike, step: float = 1.0) -> FloatArray:
        """Share of those left a step earlier that leaves by an age, 1 − S(age)/S(age − step); 1 where none is left."""
        ages = as_floats("age", age)
        return hazard_of(self.survival(ages), self.survival(ages - step))

    def mean(self) -> FloatArray:
        """Mean life in years, ∫ S(a) da from age 0."""
        return np.asarray(self._bare()._mean(), dtype=float)

    def sd(self) -> FloatArray:
        """Standard deviation of the life in years."""
        return np.asarray(self._bare()._sd(), dtype=float)

    @abstractmethod
    def _mean(self) -> FloatArray:
        """Mean of the life as used."""

    @abstractmethod
    def _sd(self) -> FloatArray:
        """Standard deviation of the life as used."""

    @abstractmethod
    def _survival(self, age: FloatArray) -> FloatArray:
        """S at ages of 0 and more."""

    @abstractmethod
    def _distribution(self, age: FloatArray) -> FloatArray:
        """F at ages of 0 and more."""

    def _both(self, age: FloatArray) -> tuple[FloatArray, FloatArray]:
        """S and F together, for lives where they share the costly part."""
        return self._survival(age), self._distribution(age)

    def changed(
        self, *, year: float, factor: ArrayLike = 1.0, transition: float = 0.0, shape: str = "linear"
    ) -> Changed:
        """Lengthen or shorten the life of all living cohorts from a calendar year on, through the hazard.

        In year t a cohort of age a leaves with the hazard 1 − S(a/f)/S((a−1)/f), where f(t) goes from 1 to `factor`:
        mean and standard deviation are f times the old ones. What has left before has left.

        Parameters
        ----------
        year : float
            First calendar year of the change.
        factor : array_like
            New life over old life, above 0; a scalar or by lane.
        transition : float
            Years until the change is complete; 0: at once, in `year` itself.
        shape : "linear" or "logistic"
            Path between `year` and `year + transition`; the logistic one runs from its 1 % to its 99 % point, stretched
            so that it begins and ends exactly.

        Raises
        ------
        ValueError
            A factor of 0 or less, a negative transition, or an unknown shape.
        """
        from lithflow.stocks.changes import Changed

        return Changed(self, year=year, factor=factor, transition=transition, shape=shape)

    def by_calendar_year(self) -> ByCalendarYear:
        """Read the first parameter axis as the calendar year instead of the cohort, for all living cohorts.

        In year t every cohort leaves with the hazard that the parameters of year t give at its age
        (the period effect of the dynamic lifetime model).
        """
        from lithflow.stocks.changes import ByCalendarYear

        return ByCalendarYear(self)

    def with_maximum_age(self, age: ArrayLike) -> MaximumAge:
        """Let nothing grow older than an age: S is 0 beyond it, so that every cohort closes."""
        from lithflow.stocks.changes import MaximumAge

        return MaximumAge(self, age)

    # What follows is how cohort stocks read a lifetime: align the parameters once, then take them by (cohort, year).

    def _copy(self, change: Callable[[str, Any], Any]) -> Self:
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        for name in self._names:
            setattr(copy, name, change(name, getattr(self, name)))
        return copy

    def _bare(self) -> Lifetime:
        """The same life with its labels taken off."""
        return self._copy(lambda _, value: np.asarray(value, dtype=float))

    def _prepared(self, align: Align, years: FloatArray | None, count: int) -> Lifetime:
        """Parameters on the axes (cohort, lanes...)."""
        return self._copy(align)

    def _selected(self, cohort: Any, year: Any) -> Lifetime:
        """Parameters of the given cohorts; of a prepared lifetime."""
        return self._copy(lambda _, value: value if value.shape[0] == 1 else value[cohort])

    def _varies_by_cohort(self) -> bool:
        return any(getattr(self, name).shape[0] > 1 for name in self._names)

    def _lanes(self) -> tuple[int, ...]:
        return np.broadcast_shapes(*(getattr(self, name).shape[1:] for name in self._names))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self._names)})"


def hazard_of(survival: FloatArray, survival_before: FloatArray) -> FloatArray:
    """1 − S(a)/S(a−1), and 1 where nothing was left."""
    some_left = survival_before > 0
    return np.where(some_left, 1.0 - survival / np.where(some_left, survival_before, 1.0), 1.0)

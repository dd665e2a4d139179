"""Lifetimes: the share of a cohort that is still there at an age, in closed form.

Every lifetime has a survival function S(age), a distribution function F(age) from its own closed form, and the mean
and standard deviation of the life *as used*: nothing leaves before age 0, so what a normal or logistic life puts below
zero leaves on entry, S(0) < 1, and counts as a life of 0.

Parameters are scalars or arrays. Beside an inflow of shape (year, lanes...) they broadcast by NumPy's rule: trailing
axes are lanes, and an axis that meets the year axis is the cohort. Beside a labelled inflow they may be
``xarray.DataArray``; dimension ``cohort`` or ``year`` is then the cohort.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from lithflow.stocks.checks import FloatArray, check_parameter

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
        ages = np.asarray(age, dtype=float)
        return np.where(ages < 0, 1.0, self._bare()._survival(np.maximum(ages, 0.0)))

    def cdf(self, age: ArrayLike) -> FloatArray:
        """Share of a cohort that has left by an age, F(age) = 1 − S(age), from its own closed form; 0 before age 0."""
        ages = np.asarray(age, dtype=float)
        return np.where(ages < 0, 0.0, self._bare()._distribution(np.maximum(ages, 0.0)))

    def hazard(self, age: ArrayLike, step: float = 1.0) -> FloatArray:
        """Share of those left a step earlier that leaves by an age, 1 − S(age)/S(age − step); 1 where none is left."""
        ages = np.asarray(age, dtype=float)
        return hazard_of(self.survival(ages), self.survival(ages - step))

    @abstractmethod
    def mean(self) -> FloatArray:
        """Mean life in years, ∫ S(a) da from age 0."""

    @abstractmethod
    def sd(self) -> FloatArray:
        """Standard deviation of the life in years."""

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
        """Let everything that is left leave at an age: S is 0 at that age and above, so that every cohort closes."""
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


class Fixed(Lifetime):
    """Everything leaves at one age: S(a) = 1 while a < mean.

    Parameters
    ----------
    mean : array_like
        The life in years, 0 or more. 0: leaves on entry; ``numpy.inf``: never leaves.

    Raises
    ------
    ValueError
        A negative or missing life.
    """

    _names = ("mean_life",)

    def __init__(self, mean: ArrayLike) -> None:
        self.mean_life = check_parameter("Fixed(mean=)", mean, minimum=0.0, infinite=True)

    def mean(self) -> FloatArray:
        return np.asarray(self.mean_life, dtype=float)

    def sd(self) -> FloatArray:
        return np.zeros(np.shape(self.mean_life))

    def _survival(self, age: FloatArray) -> FloatArray:
        return np.asarray(age < self.mean_life, dtype=float)

    def _distribution(self, age: FloatArray) -> FloatArray:
        return np.asarray(age >= self.mean_life, dtype=float)


class Weibull(Lifetime):
    """Weibull life: S(a) = exp(−(a/scale)^shape).

    Parameters
    ----------
    shape : array_like
        Above 1 the hazard rises with age (wear), below 1 it falls (early failures), at 1 it is constant.
    scale : array_like
        Age in years by which 63.2 % have left.

    Raises
    ------
    ValueError
        A shape or scale that is not above 0.
    """

    _names = ("shape", "scale")

    def __init__(self, shape: ArrayLike, scale: ArrayLike) -> None:
        self.shape = check_parameter("Weibull(shape=)", shape, above=0.0)
        self.scale = check_parameter("Weibull(scale=)", scale, above=0.0, infinite=True)

    def mean(self) -> FloatArray:
        return np.asarray(self.scale * special.gamma(1.0 + 1.0 / np.asarray(self.shape)))

    def sd(self) -> FloatArray:
        first, second = (special.gamma(1.0 + order / np.asarray(self.shape)) for order in (1.0, 2.0))
        return np.asarray(self.scale * np.sqrt(second - first**2))

    def _survival(self, age: FloatArray) -> FloatArray:
        return np.asarray(np.exp(-self._wear(age)))

    def _distribution(self, age: FloatArray) -> FloatArray:
        return np.asarray(-np.expm1(-self._wear(age)))

    def _both(self, age: FloatArray) -> tuple[FloatArray, FloatArray]:
        wear = -self._wear(age)
        return np.exp(wear), -np.expm1(wear)

    def _wear(self, age: FloatArray) -> FloatArray:
        return np.asarray((age / self.scale) ** self.shape)


class Exponential(Lifetime):
    """Exponential life, a constant hazard: S(a) = exp(−a/mean).

    Parameters
    ----------
    mean : array_like
        Mean life in years, above 0.

    Raises
    ------
    ValueError
        A mean that is not above 0.
    """

    _names = ("mean_life",)

    def __init__(self, mean: ArrayLike) -> None:
        self.mean_life = check_parameter("Exponential(mean=)", mean, above=0.0, infinite=True)

    def mean(self) -> FloatArray:
        return np.asarray(self.mean_life, dtype=float)

    def sd(self) -> FloatArray:
        return np.asarray(self.mean_life, dtype=float)

    def _survival(self, age: FloatArray) -> FloatArray:
        return np.asarray(np.exp(-age / self.mean_life))

    def _distribution(self, age: FloatArray) -> FloatArray:
        return np.asarray(-np.expm1(-age / self.mean_life))


class _MeanAndSd(Lifetime):
    """A life given by mean and standard deviation; without spread it is a fixed one."""

    _names = ("mean_life", "sd_life")
    _mean_above_zero = True

    def __init__(self, mean: ArrayLike, sd: ArrayLike) -> None:
        name = type(self).__name__
        limit: dict[str, Any] = {"above": 0.0} if self._mean_above_zero else {"minimum": 0.0}
        self.mean_life = check_parameter(f"{name}(mean=)", mean, **limit)
        self.sd_life = check_parameter(f"{name}(sd=)", sd, minimum=0.0)

    def mean(self) -> FloatArray:
        return np.asarray(self.mean_life + 0.0 * np.asarray(self.sd_life), dtype=float)

    def sd(self) -> FloatArray:
        return np.asarray(self.sd_life + 0.0 * np.asarray(self.mean_life), dtype=float)

    def _spread(self) -> FloatArray:
        """Standard deviation with 1 in place of 0, so that the closed form can be computed everywhere."""
        spread = np.asarray(self.sd_life)
        return spread if spread.all() else np.where(spread == 0, 1.0, spread)

    def _survival(self, age: FloatArray) -> FloatArray:
        return self._fixed_where_no_spread(self._closed_survival(age), age < self.mean_life)

    def _distribution(self, age: FloatArray) -> FloatArray:
        return self._fixed_where_no_spread(self._closed_distribution(age), age >= self.mean_life)

    def _fixed_where_no_spread(self, values: Any, fixed: Any) -> FloatArray:
        spread = np.asarray(self.sd_life)
        return np.asarray(values if spread.all() else np.where(spread == 0, fixed, values))

    @abstractmethod
    def _closed_survival(self, age: FloatArray) -> Any: ...

    @abstractmethod
    def _closed_distribution(self, age: FloatArray) -> Any: ...


class Normal(_MeanAndSd):
    """Normal life: S(a) = Φ((mean − a)/sd).

    What lies below age 0 leaves on entry, S(0) < 1, unless `truncated`: then the distribution is cut at 0 and
    rescaled, S(a)/S(0), and its mean is above the `mean` given.

    Parameters
    ----------
    mean, sd : array_like
        Mean and standard deviation in years before anything is cut, 0 or more; an sd of 0 is a fixed life.
    truncated : bool
        Cut at age 0 and rescale.

    Raises
    ------
    ValueError
        A negative mean or sd.
    """

    _mean_above_zero = False

    def __init__(self, mean: ArrayLike, sd: ArrayLike, truncated: bool = False) -> None:
        super().__init__(mean, sd)
        self.truncated = truncated

    def _moments(self) -> tuple[FloatArray, FloatArray]:
        mean, spread = np.asarray(self.mean_life), self._spread()
        ratio = mean / spread
        above, density = special.ndtr(ratio), np.exp(-0.5 * ratio**2) / math.sqrt(2 * math.pi)
        first = mean * above + spread * density
        second = (mean**2 + spread**2) * above + mean * spread * density
        if self.truncated:
            first, second = first / above, second / above
        return first, np.sqrt(np.maximum(second - first**2, 0.0))

    def mean(self) -> FloatArray:
        return self._fixed_where_no_spread(self._moments()[0], np.asarray(self.mean_life))

    def sd(self) -> FloatArray:
        return self._fixed_where_no_spread(self._moments()[1], 0.0)

    def _closed_survival(self, age: FloatArray) -> Any:
        spread = self._spread()
        values = special.ndtr((self.mean_life - age) / spread)
        return values / special.ndtr(self.mean_life / spread) if self.truncated else values

    def _closed_distribution(self, age: FloatArray) -> Any:
        spread = self._spread()
        values = special.ndtr((age - self.mean_life) / spread)
        if not self.truncated:
            return values
        return (values - special.ndtr(-self.mean_life / spread)) / special.ndtr(self.mean_life / spread)


class FoldedNormal(_MeanAndSd):
    """Folded normal life, |X| of a normal X: S(a) = Φ((mean − a)/sd) + Φ((−mean − a)/sd).

    Parameters
    ----------
    mean, sd : array_like
        Mean and standard deviation in years **before** folding, 0 or more; ``mean()`` and ``sd()`` give those after.

    Raises
    ------
    ValueError
        A negative mean or sd.
    """

    _mean_above_zero = False

    def mean(self) -> FloatArray:
        mean, spread = np.asarray(self.mean_life), self._spread()
        ratio = mean / spread
        folded = spread * math.sqrt(2 / math.pi) * np.exp(-0.5 * ratio**2) + mean * (1 - 2 * special.ndtr(-ratio))
        return self._fixed_where_no_spread(folded, mean)

    def sd(self) -> FloatArray:
        variance = np.asarray(self.mean_life) ** 2 + self._spread() ** 2 - self.mean() ** 2
        return self._fixed_where_no_spread(np.sqrt(np.maximum(variance, 0.0)), 0.0)

    def _closed_survival(self, age: FloatArray) -> Any:
        spread = self._spread()
        return special.ndtr((self.mean_life - age) / spread) + special.ndtr((-self.mean_life - age) / spread)

    def _closed_distribution(self, age: FloatArray) -> Any:
        spread = self._spread()
        return special.ndtr((age - self.mean_life) / spread) - special.ndtr((-self.mean_life - age) / spread)


class LogNormal(_MeanAndSd):
    """Lognormal life: ln(life) is normal with σ² = ln(1 + sd²/mean²) and μ = ln(mean) − σ²/2.

    Parameters
    ----------
    mean, sd : array_like
        Mean (above 0) and standard deviation (0 or more) of the life itself, in years.

    Raises
    ------
    ValueError
        A mean that is not above 0, or a negative sd.
    """

    def _score(self, age: FloatArray) -> Any:
        log_variance = np.log1p((self._spread() / self.mean_life) ** 2)
        with np.errstate(divide="ignore"):
            return (np.log(age) - (np.log(self.mean_life) - 0.5 * log_variance)) / np.sqrt(log_variance)

    def _closed_survival(self, age: FloatArray) -> Any:
        return special.ndtr(-self._score(age))

    def _closed_distribution(self, age: FloatArray) -> Any:
        return special.ndtr(self._score(age))


class Gamma(_MeanAndSd):
    """Gamma life with shape (mean/sd)² and scale sd²/mean.

    Parameters
    ----------
    mean, sd : array_like
        Mean (above 0) and standard deviation (0 or more) of the life in years.

    Raises
    ------
    ValueError
        A mean that is not above 0, or a negative sd.
    """

    def _closed_survival(self, age: FloatArray) -> Any:
        spread = self._spread()
        return special.gammaincc((self.mean_life / spread) ** 2, age * (self.mean_life / spread**2))

    def _closed_distribution(self, age: FloatArray) -> Any:
        spread = self._spread()
        return special.gammainc((self.mean_life / spread) ** 2, age * (self.mean_life / spread**2))


class Logistic(_MeanAndSd):
    """Logistic life: S(a) = 1/(1 + exp((a − mean)/s)) with s = sd·√3/π.

    What lies below age 0 leaves on entry, S(0) < 1; ``mean()`` and ``sd()`` count it as a life of 0.

    Parameters
    ----------
    mean, sd : array_like
        Mean and standard deviation in years of the whole logistic distribution, 0 or more. For a scale s instead of
        a standard deviation give ``sd = s·π/√3``.

    Raises
    ------
    ValueError
        A negative mean or sd.
    """

    _mean_above_zero = False

    def _scale(self) -> FloatArray:
        return self._spread() * (math.sqrt(3) / math.pi)

    def _moments(self) -> tuple[FloatArray, FloatArray]:
        scale = self._scale()
        ratio = np.asarray(self.mean_life) / scale
        first = scale * np.logaddexp(0.0, ratio)
        # −Li₂(−eʳ) for r ≥ 0 by inversion, so that eʳ cannot overflow; Li₂(x) is spence(1 − x)
        second = 2 * scale**2 * (0.5 * ratio**2 + math.pi**2 / 6 + special.spence(1 + np.exp(-ratio)))
        return first, np.sqrt(np.maximum(second - first**2, 0.0))

    def mean(self) -> FloatArray:
        return self._fixed_where_no_spread(self._moments()[0], np.asarray(self.mean_life))

    def sd(self) -> FloatArray:
        return self._fixed_where_no_spread(self._moments()[1], 0.0)

    def _closed_survival(self, age: FloatArray) -> Any:
        return special.expit((self.mean_life - age) / self._scale())

    def _closed_distribution(self, age: FloatArray) -> Any:
        return special.expit((age - self.mean_life) / self._scale())

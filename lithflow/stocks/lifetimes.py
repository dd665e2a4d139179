"""Lifetimes in closed form, on NumPy and scipy.special."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from lithflow.stocks.checks import FloatArray, check_parameter
from lithflow.stocks.survival import Lifetime


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

    def _mean(self) -> FloatArray:
        return np.asarray(self.mean_life, dtype=float)

    def _sd(self) -> FloatArray:
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

    def _mean(self) -> FloatArray:
        return np.asarray(self.scale * special.gamma(1.0 + 1.0 / np.asarray(self.shape)))

    def _sd(self) -> FloatArray:
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

    def _mean(self) -> FloatArray:
        return np.asarray(self.mean_life, dtype=float)

    def _sd(self) -> FloatArray:
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

    def _mean(self) -> FloatArray:
        return np.asarray(self.mean_life + 0.0 * np.asarray(self.sd_life), dtype=float)

    def _sd(self) -> FloatArray:
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

    def _mean(self) -> FloatArray:
        return self._fixed_where_no_spread(self._moments()[0], np.asarray(self.mean_life))

    def _sd(self) -> FloatArray:
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

    def _mean(self) -> FloatArray:
        mean, spread = np.asarray(self.mean_life), self._spread()
        ratio = mean / spread
        folded = spread * math.sqrt(2 / math.pi) * np.exp(-0.5 * ratio**2) + mean * (1 - 2 * special.ndtr(-ratio))
        return self._fixed_where_no_spread(folded, mean)

    def _sd(self) -> FloatArray:
        variance = np.asarray(self.mean_life) ** 2 + self._spread() ** 2 - self._mean() ** 2
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

    What lies below age 0 leaves on entry, S(0) < 1, unless `truncated`: then the distribution is cut at 0 and
    rescaled, S(a)/S(0).

    Parameters
    ----------
    mean, sd : array_like
        Mean and standard deviation in years of the whole logistic distribution, 0 or more; an sd of 0 is a fixed
        life. For a scale s instead of a standard deviation give ``sd = s·π/√3``.
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

    def _scale(self) -> FloatArray:
        return self._spread() * (math.sqrt(3) / math.pi)

    def _moments(self) -> tuple[FloatArray, FloatArray]:
        scale = self._scale()
        ratio = np.asarray(self.mean_life) / scale
        first = scale * np.logaddexp(0.0, ratio)
        # −Li₂(−eʳ) for r ≥ 0 by inversion, so that eʳ cannot overflow; Li₂(x) is spence(1 − x)
        second = 2 * scale**2 * (0.5 * ratio**2 + math.pi**2 / 6 + special.spence(1 + np.exp(-ratio)))
        if self.truncated:
            first, second = first / special.expit(ratio), second / special.expit(ratio)
        return first, np.sqrt(np.maximum(second - first**2, 0.0))

    def _mean(self) -> FloatArray:
        return self._fixed_where_no_spread(self._moments()[0], np.asarray(self.mean_life))

    def _sd(self) -> FloatArray:
        return self._fixed_where_no_spread(self._moments()[1], 0.0)

    def _closed_survival(self, age: FloatArray) -> Any:
        values = special.expit((self.mean_life - age) / self._scale())
        return values / special.expit(self.mean_life / self._scale()) if self.truncated else values

    def _closed_distribution(self, age: FloatArray) -> Any:
        scale = self._scale()
        values = special.expit((age - self.mean_life) / scale)
        if not self.truncated:
            return values
        return (values - special.expit(-self.mean_life / scale)) / special.expit(self.mean_life / scale)

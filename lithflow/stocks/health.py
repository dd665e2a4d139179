"""State of health (SOH): usable capacity over nameplate capacity, and how long it takes to fade.

Mass does not fade: SOH changes what a component can do, never what it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.checks import FloatArray, as_floats, check_share


@dataclass(frozen=True)
class Fade:
    """Fade that is one thing with the first life: SOH(a) = 1 − (1 − θ₁)·(a/T)^z.

    T is the life in first use, at whose end the SOH is θ₁. A component that fades fast in its first use fades fast
    in the next.

    Parameters
    ----------
    exponent : array_like
        z, above 0: 1 is linear, below 1 fades fast first. A scalar or by lane.
    first_floor : array_like
        θ₁, the SOH at the end of the first life, between 0 and 1.

    Raises
    ------
    ValueError
        An exponent that is not above 0, or a first floor that is not below 1.
    """

    exponent: Any = 1.0
    first_floor: Any = 0.8

    def __post_init__(self) -> None:
        if np.any(as_floats("Fade(exponent=)", self.exponent) <= 0):
            raise ValueError(f"Fade(exponent=): expected a number above 0, got {self.exponent}")
        if np.any(check_share("Fade(first_floor=)", self.first_floor) >= 1):
            raise ValueError(f"Fade(first_floor=): expected an SOH below 1, got {self.first_floor}")

    def soh(self, age: ArrayLike, life: ArrayLike) -> FloatArray:
        """SOH at an age of a component whose first life is `life`, both in years, under the stress of first use."""
        exponent, floor = np.asarray(self.exponent), np.asarray(self.first_floor)
        used = np.asarray(age, dtype=float) / np.asarray(life, dtype=float)
        return np.asarray(1.0 - (1.0 - floor) * used**exponent)

    def used(self, soh: ArrayLike) -> FloatArray:
        """Age over first life at which an SOH is reached: ((1 − x)/(1 − θ₁))^(1/z); 1 at θ₁."""
        exponent, floor = np.asarray(self.exponent), np.asarray(self.first_floor)
        return np.asarray(((1.0 - np.asarray(soh, dtype=float)) / (1.0 - floor)) ** (1.0 / exponent))

    def years_between(self, soh: ArrayLike, floor: ArrayLike, life: ArrayLike, stress: ArrayLike = 1.0) -> FloatArray:
        """Years from an SOH to a floor below it: T·ρ^(−1/z)·[((1−θ)/(1−θ₁))^(1/z) − ((1−x)/(1−θ₁))^(1/z)].

        Parameters
        ----------
        soh, floor : array_like
            Where it starts and ends; 0 years if the floor is not below.
        life : array_like
            First life T in years.
        stress : array_like
            ρ: fade at the same time in use over that in first use, above 0.
        """
        pace = np.asarray(stress, dtype=float) ** (-1.0 / np.asarray(self.exponent))
        years = np.asarray(life, dtype=float) * pace * (self.used(floor) - self.used(soh))
        return np.asarray(np.maximum(years, 0.0))


@dataclass(frozen=True)
class YearlyFade:
    """Fade by age alone: SOH(a) = 1 − rate·a, not below 0.

    Parameters
    ----------
    rate : array_like
        SOH lost per year, 0–1.

    Raises
    ------
    ValueError
        A rate outside 0–1.
    """

    rate: Any

    def __post_init__(self) -> None:
        check_share("YearlyFade(rate=)", self.rate)

    def soh(self, age: ArrayLike, life: ArrayLike = 1.0) -> FloatArray:
        """SOH at an age in years; the first life has no part in it."""
        return np.asarray(np.maximum(1.0 - np.asarray(self.rate) * np.asarray(age, dtype=float), 0.0))

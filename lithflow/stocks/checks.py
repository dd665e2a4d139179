"""Checks of what a user passes: an error names the argument, the place, what was expected, what came, and the mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]


def place_of(bad: Any, axes: Sequence[str] = ()) -> str:
    """The first place where `bad` is true, as text: ``year 3, lane (0, 2)`` or ``index (3, 0)``."""
    index = tuple(int(i) for i in np.argwhere(np.asarray(bad))[0])
    if not index:
        return "the value"
    named = [f"{name} {position}" for name, position in zip(axes, index, strict=False)]
    rest = index[len(axes) :]
    if rest:
        named.append(f"lane {rest if len(rest) > 1 else rest[0]}" if axes else f"index {index}")
    return ", ".join(named)


def check_bare(name: str, values: Any) -> None:
    """Refuse quantities: their unit would be lost without a word."""
    held = values.variable._data if hasattr(values, "dims") and hasattr(values, "variable") else values
    if isinstance(held, (list, tuple)) and held:
        held = held[0]
    if hasattr(held, "units"):
        raise TypeError(
            f"{name}: expected bare numbers, got a quantity in {held.units}; stocks know no units: pass its numbers in "
            "one unit throughout, as in quantity.m_as(unit)"
        )


def as_floats(name: str, values: Any, axes: Sequence[str] = ()) -> FloatArray:
    """Values as float64; anything that is not a bare number, or NaN, is an error."""
    check_bare(name, values)
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: expected numbers, got {type(values).__name__} ({error})") from None
    # the smallest number is NaN if any is: one pass and no temporary
    if numbers.size and np.isnan(numbers.min()):
        place = place_of(np.isnan(numbers), axes)
        raise ValueError(f"{name}: NaN at {place}; fill the gap or drop the lane first")
    return numbers


def check_finite(name: str, values: Any, axes: Sequence[str] = ()) -> FloatArray:
    """Values as float64, finite."""
    numbers = as_floats(name, values, axes)
    if numbers.size and not (np.isfinite(numbers.min()) and np.isfinite(numbers.max())):
        place = place_of(np.isinf(numbers), axes)
        raise ValueError(f"{name}: infinite at {place}; expected finite numbers")
    return numbers


def check_not_negative(name: str, values: Any, axes: Sequence[str] = (), mend: str = "") -> FloatArray:
    """Values as float64, finite, 0 or more."""
    numbers = check_finite(name, values, axes)
    if numbers.size and numbers.min() < 0:
        negative = numbers < 0
        worst = numbers[tuple(np.argwhere(negative)[0])]
        raise ValueError(f"{name}: {worst:g} at {place_of(negative, axes)}; expected 0 or more{mend}")
    return numbers


def check_share(name: str, values: Any, axes: Sequence[str] = ()) -> FloatArray:
    """Values as float64 within 0–1."""
    numbers = as_floats(name, values, axes)
    if numbers.size and (numbers.min() < 0 or numbers.max() > 1):
        outside = (numbers < 0) | (numbers > 1)
        worst = numbers[tuple(np.argwhere(outside)[0])]
        raise ValueError(
            f"{name}: {worst:g} at {place_of(outside, axes)}; expected a share from 0 to 1 (percent / 100)"
        )
    return numbers


def check_parameter(
    name: str, values: ArrayLike, *, minimum: float | None = None, above: float | None = None, infinite: bool = False
) -> Any:
    """A lifetime parameter within its bounds; labelled arrays are kept as they are, others become float64."""
    numbers = as_floats(name, values)
    if not infinite and np.isinf(numbers).any():
        raise ValueError(f"{name}: infinite at {place_of(np.isinf(numbers))}; expected finite years")
    if minimum is not None and (numbers < minimum).any():
        raise ValueError(f"{name}: {numbers.min():g} at {place_of(numbers < minimum)}; expected {minimum:g} or more")
    if above is not None and (numbers <= above).any():
        raise ValueError(
            f"{name}: {numbers.min():g} at {place_of(numbers <= above)}; expected a number above {above:g}"
        )
    return values if hasattr(values, "dims") else numbers


def check_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """One of a few words; an unknown one is answered with the nearest."""
    known = list(choices)
    if value not in known:
        near = difflib.get_close_matches(str(value), known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{name}: expected one of {', '.join(map(repr, known))}, got {value!r}{hint}")
    return str(value)


def check_years(years: ArrayLike, count: int) -> FloatArray:
    """One calendar year a step, increasing."""
    numbers = check_finite("years", years)
    if numbers.shape != (count,):
        raise ValueError(f"years: expected {count} years, one a row of axis 0, got shape {numbers.shape}")
    steps = np.diff(numbers)
    if (steps <= 0).any():
        at = int(np.argmax(steps <= 0))
        raise ValueError(
            f"years: {numbers[at + 1]:g} follows {numbers[at]:g} at index {at + 1}; expected years that increase"
        )
    return numbers


def check_survival_falls(name: str, survival: FloatArray) -> None:
    """Survival by age on axis 0 must lie in 0–1 and never rise."""
    check_share(name, survival, ("age",))
    rises = np.zeros(survival.shape, dtype=bool)
    rises[1:] = np.diff(survival, axis=0) > 0
    if rises.any():
        age, *lane = (int(i) for i in np.argwhere(rises)[0])
        raise ValueError(
            f"{name}: survival rises with age from {survival[(age - 1, *lane)]:g} to {survival[(age, *lane)]:g} at "
            f"{place_of(rises, ('age',))}; expected it to fall or stay: what has left does not come back"
        )

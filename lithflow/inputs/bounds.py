"""Units and physical limits of a parameter, and the sums of its shares."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lithflow.inputs.declaration import Declaration
from lithflow.inputs.folders import listing
from lithflow.inputs.values import Labels
from lithflow.units import UnitError, canonical_unit, conversion, format_unit, parse_unit, same_dimension

__all__ = [
    "bounds",
    "canonical_text",
    "canonical_values",
    "cells",
    "factor_of",
    "like",
    "out_of_bounds",
    "share_problem",
    "unit_problem",
]

Floats = NDArray[np.float64]
ROUNDING = 4.0 * np.finfo(np.float64).eps
"""Sums as near to one as this are exact: dividing by them would change nothing but the last digit."""

WRITTEN_DECIMALS = 1e-6
"""How far shares may be from one because they are written with a few decimals; within it they are made exact."""
LONGEST_UNIT = 80


@functools.lru_cache(maxsize=4096)
def unit_problem(unit: str, declared: str) -> str | None:
    """Say what is wrong with a unit, where something is.

    Parameters
    ----------
    unit
        As written in a file.
    declared
        The parameter's.

    Returns
    -------
    str or None
        What was expected, what was found.
    """
    if len(unit) > LONGEST_UNIT:
        return f"expected {like(declared)}, got a text of {len(unit)} characters"
    try:
        parse_unit(unit)
        if same_dimension(unit, declared):
            factor = conversion(unit, canonical_unit(declared))
            return None if 0.0 < factor < float("inf") else f"the unit `{unit}` is too large or too small to count in"
        if same_dimension(declared, "1"):
            return f"expected percent or 1, for a plain number, got {unit}"
        conversion(unit, declared, "")
    except UnitError as error:
        text = str(error).removeprefix(": ")
        return text if "expected" in text else f"{text}; expected {like(declared)}"
    except (ArithmeticError, RecursionError, ValueError):
        return f"expected {like(declared)}, got `{unit}`"
    return None


def like(declared: str) -> str:
    """Say which unit is expected.

    Parameters
    ----------
    declared
        The parameter's unit.

    Returns
    -------
    str
        Such as ``a unit like kt LCE/year``.
    """
    return "percent or 1" if declared == "1" else f"a unit like {declared}"


@functools.lru_cache(maxsize=4096)
def factor_of(unit: str, declared: str) -> float:
    """Return the factor from a unit to the canonical unit of the declared one."""
    return conversion(unit, canonical_unit(declared))


def canonical_values(values: Floats, unit: str, declared: str) -> Floats:
    """Convert numbers to the canonical unit of the declared one; 70 percent comes out as 0.7 and nothing beside it.

    Parameters
    ----------
    values
        In `unit`.
    unit
        As written.
    declared
        The parameter's.

    Returns
    -------
    ndarray
        A new array.
    """
    factor = factor_of(unit, declared)
    parts = round(1.0 / factor) if factor < 1.0 else 1
    # a factor such as 0.01 has no exact double, a hundred has
    return values / parts if parts > 1 and 1.0 / parts == factor else values * factor


@functools.lru_cache(maxsize=4096)
def canonical_text(declared: str) -> str:
    """Return the canonical unit of a declared one as text."""
    return format_unit(canonical_unit(declared))


@functools.lru_cache(maxsize=4096)
def bounds(declaration: Declaration) -> tuple[float, float]:
    """Return the physical bounds of a parameter in canonical units; infinite where there are none."""
    factor = factor_of(declaration.unit, declaration.unit)
    low = -np.inf if declaration.minimum is None else declaration.minimum * factor
    high = np.inf if declaration.maximum is None else declaration.maximum * factor
    return float(low), float(high)


def out_of_bounds(value: float, unit: str, declaration: Declaration) -> str | None:
    """Say that a value is outside its physical bounds, in the unit it was written in.

    Parameters
    ----------
    value
        In `unit`.
    unit
        As written.
    declaration
        The parameter.

    Returns
    -------
    str or None
        The problem, or None.
    """
    low, high = bounds(declaration)
    factor = factor_of(unit, declaration.unit)
    shown = "" if unit in ("1", "") else f" {unit}"
    slack = 1e-12 * max(abs(low) if np.isfinite(low) else 0.0, abs(high) if np.isfinite(high) else 0.0)
    canonical = value * factor
    if canonical > high + slack:
        limit = high / factor
        advice = ""
        if unit == "1" and high == 1.0 and 1.0 < value <= 100.0:
            advice = "; is it in percent? write `unit: percent`"
        return f"{value:g}{shown} is above {limit:g}{shown}{advice}"
    if canonical < low - slack:
        return f"{value:g}{shown} is below {low / factor:g}{shown}"
    if declaration.positive and canonical <= 0.0:
        return f"{value:g}{shown} isn't above 0"
    if not np.isfinite(canonical):
        return f"{value:g}{shown} is too large"
    return None


def cells(where: NDArray[np.bool_], names: Sequence[str], labels: Labels, most: int = 6) -> str:
    """Name the cells of a boolean array, such as ``car_bev × LFP, bus × LFP and 3 more``."""
    found = [
        " × ".join(labels[name][position] for name, position in zip(names, places, strict=True))
        for places in np.argwhere(where)[: most + 1]
    ]
    count = int(where.sum())
    text = listing(found[:most], most)
    return text if count <= most else f"{text} and {count - most} more"


def share_problem(
    array: Floats, dims: Sequence[str], declaration: Declaration, labels: Labels
) -> tuple[Floats, str | None]:
    """Check that shares sum to one, and make sums exact that are off by written decimals only.

    Parameters
    ----------
    array
        Canonical values.
    dims
        Dimensions of the array; may hold more than the declared ones.
    declaration
        The parameter, with `sums_to_one`.
    labels
        Labels of every dimension, ``year`` as text too.

    Returns
    -------
    tuple of ndarray and (str or None)
        The array, and the problem where there is one.
    """
    summed = declaration.sums_to_one
    if summed is None:
        return array, None
    axis = tuple(dims).index(summed)
    total = array.sum(axis=axis, keepdims=True)
    off = np.abs(total - 1.0)
    largest = float(off.max(initial=0.0))
    if largest <= WRITTEN_DECIMALS:
        return array if largest <= ROUNDING else array / total, None
    flat = np.squeeze(off, axis=axis)
    rest = [name for name in dims if name != summed]
    place = np.unravel_index(int(np.argmax(flat)), flat.shape) if rest else ()
    here = [str(labels[name][position]) for name, position in zip(rest, place, strict=True)] if rest else []
    worst = float(np.squeeze(total, axis=axis)[place])
    where = f" for {' × '.join(here)}" if here else ""
    others = int((flat > WRITTEN_DECIMALS).sum()) - 1
    more = f" (and {others} more sums are off)" if others > 0 else ""
    return array, f"the shares over {summed} sum to {worst:.6g}{where}, expected 1{more}"

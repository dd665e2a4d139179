"""Units: one registry of lithflow's own, quantities that carry them, and reading and writing them as text.

The names are those of ``units.txt`` and no others: no prefixes, no plurals, no guessing. Contained lithium has a
dimension of its own, written as a tag after a unit: ``kt LCE``, ``kg Li/kWh``, ``USD/t LCE``, ``percent Li2O``. A tag
belongs to the unit before it, also behind a ``/``. Inside a run everything is in canonical units: t, Li, Ni, Co, Mn,
kWh, MJ, vehicle, person, USD, year, m3, usable, 1.

The registry is built at first use, as it needs the chemical formulas; importing this module is cheap.
"""

from __future__ import annotations

import functools
import math
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt
import pint
from pint.util import UnitsContainer

from lithflow import unit_text
from lithflow.quantity import DimensionError, Magnitude, Quantity, Unit, strict
from lithflow.unit_text import UnitError, UnknownUnitError

__all__ = [
    "Q_",
    "DimensionError",
    "Quantity",
    "Unit",
    "UnitError",
    "UnitLike",
    "UnknownUnitError",
    "canonical",
    "canonical_unit",
    "conversion",
    "declared_units",
    "format_unit",
    "parse_unit",
    "rescale",
    "same_dimension",
    "strict",
]

UnitLike: TypeAlias = "str | Unit | Quantity | UnitsContainer"
"""A unit, the text of one, or something that has one."""

_CONTAINED = "contained {} and plain tonnes of material differ: multiply the material by its content ({})"
_HINTS: Mapping[str, str] = {
    "[usable]": "`usable` (state of health) is left over: fade changes usable kWh, never the lithium in a battery, so "
    "a content or a mass isn't multiplied by a state of health",
    "[lithium]": _CONTAINED.format("lithium (tags Li, LCE, Li2O …)", "percent Li2O")
    + ", or name what is contained (kt LCE)",
    "[nickel]": _CONTAINED.format("nickel (tag Ni)", "percent Ni"),
    "[cobalt]": _CONTAINED.format("cobalt (tag Co)", "percent Co"),
    "[manganese]": _CONTAINED.format("manganese (tag Mn)", "percent Mn"),
    "[vehicle]": "one is per vehicle, the other is not: multiply by a number of vehicles",
    "[time]": "a flow is per year, a stock isn't: a stock change is a flow times 1 year",
    "[capacity]": "nameplate capacity (kWh … TWh) is neither energy (MJ … PJ) nor mass",
    "[energy]": "energy is in MJ … PJ; kWh … TWh are nameplate capacity",
}
"""What a left-over dimension usually means, the most telling first."""

_TAG_DIMENSIONS = frozenset({"[lithium]", "[nickel]", "[cobalt]", "[manganese]", "[metal]", "[carbon]", "[usable]"})


def Q_(value: npt.ArrayLike, unit: UnitLike) -> Quantity:  # noqa: N802
    """Make a quantity.

    Parameters
    ----------
    value
        A number, or anything of which NumPy makes an array of numbers.
    unit
        The unit, as text or as a `Unit`.

    Returns
    -------
    Quantity
        The value as float or float64 array, with the unit. A float64 array is not copied.

    Raises
    ------
    UnknownUnitError
        If the unit isn't known.
    UnitError
        If the value is text, a truth value, a quantity or a labelled array.

    Examples
    --------
    >>> print(f"{Q_(100, 'kt LCE').to('kt Li'):.2f}")
    18.79 kt Li
    """
    if isinstance(value, (str, bytes, bool, np.bool_, Quantity)) or hasattr(value, "dims"):
        raise UnitError(
            f"Q_: expected a number or a bare array, got {type(value).__name__} {_short(value)}; "
            "a quantity changes its unit by .to(unit), a labelled array is made by lithflow.arrays.wrap"
        )
    try:
        magnitude: Any = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise UnitError(f"Q_: expected a number or an array of numbers, got {_short(value)}") from None
    quantity: Quantity = object.__new__(_registry().Quantity)
    quantity._magnitude = magnitude if magnitude.ndim else float(magnitude)
    quantity._units = _container(unit)
    return quantity


def parse_unit(text: str) -> Unit:
    """Read a unit.

    Parameters
    ----------
    text
        The unit as text; `lithflow.unit_text` has the grammar.

    Returns
    -------
    Unit
        Equal for equal units: ``parse_unit("tonne") == parse_unit("t")``.

    Raises
    ------
    UnknownUnitError
        If a name is unknown (the message gives the nearest ones) or the text can't be read.
    """
    return _registry().Unit(_read(text))


def format_unit(unit: UnitLike) -> str:
    """Write a unit as text that `parse_unit` reads back to the same unit.

    Parameters
    ----------
    unit
        A unit, the text of one, or a quantity.

    Returns
    -------
    str
        Such as ``kt LCE/year``, ``USD/t LCE``, ``percent Li2O`` or ``1``.
    """
    return _written(_container(unit))


def canonical_unit(unit: UnitLike) -> Unit:
    """Give the unit of the same dimension in which a run holds its arrays.

    Parameters
    ----------
    unit
        A unit, the text of one, or a quantity.

    Returns
    -------
    Unit
        For instance ``t Li/kWh`` for ``kg Li/kWh`` and ``1`` for ``percent``.
    """
    return _registry().Unit(_canonical(_container(unit))[1])


def canonical(quantity: Quantity) -> Quantity:
    """Convert a quantity to canonical units (a view where it already is in them).

    Parameters
    ----------
    quantity
        The quantity.

    Returns
    -------
    Quantity
        In `canonical_unit` of its unit.
    """
    units = _canonical(quantity._units)[1]
    return quantity._with(rescale(quantity._magnitude, quantity._units, units), units)


def conversion(source: UnitLike, target: UnitLike, doing: str = "converting") -> float:
    """Give the number by which magnitudes in one unit become magnitudes in another.

    Parameters
    ----------
    source, target
        The two units.
    doing
        What is being done, or where, for the error's text.

    Returns
    -------
    float
        Exactly 1.0 for equal units.

    Raises
    ------
    DimensionError
        If the two differ in dimension.
    """
    multiplier, divisor = _ratio(_container(source), _container(target), doing)
    return multiplier / divisor


def rescale(magnitude: Magnitude, source: UnitLike, target: UnitLike, doing: str = "converting") -> Magnitude:
    """Convert a bare number or array from one unit to another, decimals kept: 95 percent are 0.95.

    Parameters
    ----------
    magnitude
        Number or array in `source`.
    source, target
        The two units.
    doing
        What is being done, or where, for the error's text.

    Returns
    -------
    float or numpy.ndarray
        The number or array in `target`; the argument itself where the units are equal.

    Raises
    ------
    DimensionError
        If the two differ in dimension.
    """
    multiplier, divisor = _ratio(_container(source), _container(target), doing)
    if divisor != 1.0:
        return magnitude / divisor
    return magnitude if multiplier == 1.0 else magnitude * multiplier


def same_dimension(one: UnitLike, other: UnitLike) -> bool:
    """Tell whether magnitudes in one unit can be given in the other."""
    return bool(_canonical(_container(one))[1] == _canonical(_container(other))[1])


def declared_units() -> tuple[str, ...]:
    """List the names that units may have, aliases too, in the order of ``units.txt``."""
    return tuple(_names())


class _Registry(pint.registry.GenericUnitRegistry[Quantity, Unit]):
    """The registry: names of ``units.txt`` only, read by the grammar of `lithflow.unit_text`."""

    Quantity = Quantity
    Unit = Unit

    def __init__(self) -> None:
        super().__init__(filename=_definitions(), on_redefinition="raise", preprocessors=[])

    def __getattr__(self, item: str) -> Any:
        raise AttributeError(f"the registry has no attribute '{item}'; units are read by parse_unit")

    def __contains__(self, item: str) -> bool:
        return item in self._units

    def text(self, units: UnitsContainer) -> str:
        """Write a unit."""
        return _written(units)

    def rescale(self, magnitude: Magnitude, source: UnitsContainer, target: UnitsContainer, doing: str) -> Magnitude:
        """Convert a magnitude."""
        return rescale(magnitude, source, target, doing)

    def mismatch(self, expected: Any, got: Any, doing: str) -> DimensionError:
        """Make the error for two units that pint found to differ."""
        one, other = (_read(unit) if isinstance(unit, str) else _container(unit) for unit in (expected, got))
        return _mismatch(one, other, doing)

    def parse_expression(self, input_string: str, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse text where a value belongs."""
        raise UnitError(f"text {input_string!r} is no value: write the number and the unit apart, as Q_(5, 'kt LCE')")

    def _parse_units_as_container(
        self, input_string: str, as_delta: bool = True, case_sensitive: bool = True
    ) -> UnitsContainer:
        return _read(input_string.strip() or "1")  # pint writes "" for 1

    def _convert(
        self,
        value: Magnitude,
        src: UnitsContainer,
        dst: UnitsContainer,
        inplace: bool = False,
        *args: Any,
        **kwargs: Any,
    ) -> Magnitude:
        if not inplace:
            return rescale(value, src, dst)
        value *= conversion(src, dst)
        return value


def _definitions() -> list[str]:
    """Read ``units.txt`` and put mass fractions where formulas stand."""
    from lithflow.chemistry import content

    text = Path(__file__).with_name("units.txt").read_text(encoding="utf-8")
    filled = re.sub(r"\{(\w+) in ([^}]+)\}", lambda match: repr(content(match[2], match[1])), text)
    return filled.splitlines()


_lock = threading.RLock()
_built: list[_Registry] = []


def _registry() -> _Registry:
    """Return the one registry, built at first use."""
    if not _built:
        with _lock:
            if not _built:
                _built.append(_Registry())
    return _built[0]


def _container(unit: UnitLike) -> UnitsContainer:
    if isinstance(unit, str):
        return _read(unit)
    if isinstance(unit, UnitsContainer):
        return unit
    if not isinstance(unit, (Unit, Quantity)):
        raise UnitError(f"expected a unit of lithflow or its text, got {type(unit).__name__} {_short(unit)}")
    return unit._units


@functools.lru_cache(maxsize=4096)
def _canonical(units: UnitsContainer) -> tuple[float, UnitsContainer]:
    factor, root = _registry()._get_root_units(units)
    return (1.0 if root == units else float(factor)), root  # type: ignore[arg-type]


@functools.lru_cache(maxsize=4096)
def _ratio(source: UnitsContainer, target: UnitsContainer, doing: str) -> tuple[float, float]:
    """Give what a magnitude is multiplied with, and what it is divided by; one of them is 1."""
    if source == target:
        return 1.0, 1.0
    own, root = _canonical(source)
    wanted, other_root = _canonical(target)
    if root != other_root:
        raise _mismatch(target, source, doing)
    # kg to mg is a million, not 1000000.0000000001, and a division by 100 keeps decimals, a product with 0.01 doesn't
    ratio, inverse = own / wanted, wanted / own
    if math.isclose(ratio, round(ratio), rel_tol=1e-15):
        return float(round(ratio)), 1.0
    if math.isclose(inverse, round(inverse), rel_tol=1e-15):
        return 1.0, float(round(inverse))
    return ratio, 1.0


def _mismatch(expected: UnitsContainer, got: UnitsContainer, doing: str) -> DimensionError:
    """Make the error for two units that differ, with what the difference usually means."""
    left_over = _canonical(got / expected)[1]
    dimensions = _registry()._get_dimensionality(left_over)
    meanings = [text for dimension, text in _HINTS.items() if dimension in dimensions]
    if not _canonical(got)[1]:
        hint = "a plain number or a share has no dimension; Q_(number, unit) gives a number its unit"
    elif meanings and ("[usable]" in dimensions or len(dimensions) <= 2):
        hint = meanings[0]
    else:
        hint = f"the two differ by {_written(left_over)}"
    return DimensionError(_written(expected), _written(got), hint, doing)


@functools.cache
def _names() -> dict[str, str]:
    """Map every name and alias to the name under which the unit is held."""
    return {written: unit.name for written, unit in _registry()._units.items()}


@functools.cache
def _order() -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(_names().values()))}


@functools.cache
def _is_tag(name: str) -> bool:
    return not _TAG_DIMENSIONS.isdisjoint(_registry()._get_dimensionality(UnitsContainer({name: 1})))


@functools.lru_cache(maxsize=4096)
def _read(text: str) -> UnitsContainer:
    return UnitsContainer(unit_text.read(text, _names(), _is_tag))


@functools.lru_cache(maxsize=4096)
def _written(units: UnitsContainer) -> str:
    return unit_text.write(units, _order(), _is_tag)  # type: ignore[arg-type]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

"""The quantities and units of lithflow's registry: pint's, made quick, strict about losing a unit, and never pickled.

Products and sums take a short way past pint's handling of temperatures and logarithms, which this registry doesn't
have; attributes that a quantity lacks are refused at once, without writing the array into the message as pint does.
xarray asks for such attributes in every operation.
"""

from __future__ import annotations

import contextlib
import functools
import operator
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, ClassVar, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt
import pint
from pint.facets.numpy.numpy_func import HANDLED_UFUNCS
from pint.util import UnitsContainer

from lithflow.unit_text import UnitError

__all__ = ["DimensionError", "Quantity", "Unit", "strict"]

Magnitude: TypeAlias = Any
_Function: TypeAlias = Callable[..., Any]

# What NumPy and xarray need of the magnitude; what else pint would hand on (data, view, tobytes …) loses the unit.
_PASSED_ON = frozenset({"size", "nbytes", "itemsize", "strides", "flags", "astype", "item", "flatten"})

# Functions of one array that leave the unit as it is; pint's own way costs ten times as much.
_REDUCTIONS: tuple[_Function, ...] = (np.sum, np.mean, np.max, np.min, np.cumsum)
_RESHAPINGS: tuple[_Function, ...] = (
    np.transpose,
    np.moveaxis,
    np.broadcast_to,
    np.expand_dims,
    np.squeeze,
    np.reshape,
)
_KEEPING_UNITS = frozenset(_REDUCTIONS + _RESHAPINGS)
_PLAIN_OPTIONS = frozenset({"axis", "axes", "keepdims", "shape", "source", "destination"})

_strict: ContextVar[bool] = ContextVar("lithflow_strict_units", default=False)


class DimensionError(UnitError, pint.DimensionalityError):
    """Two units of different dimensions where the same one was needed.

    Parameters
    ----------
    expected, got
        The two units as text.
    hint
        What the difference usually means.
    doing
        What was tried, such as ``adding``, or where.
    """

    def __init__(self, expected: str, got: str, hint: str, doing: str = "converting") -> None:
        pint.DimensionalityError.__init__(self, expected, got)
        self.args = (expected, got, hint, doing)

    def __reduce__(self) -> tuple[type[DimensionError], tuple[str, ...]]:
        """Let the error come back from another process."""
        return DimensionError, self.args

    def __str__(self) -> str:
        """Return the message."""
        expected, got, hint, doing = self.args
        return f"{doing}: expected a unit like {expected}, got {got}; {hint}"


@contextlib.contextmanager
def strict() -> Iterator[None]:
    """Make a loss of units (``numpy.asarray(quantity)``, ``array.values``) an error within a block, in this thread."""
    token = _strict.set(True)
    try:
        yield
    finally:
        _strict.reset(token)


def _refuse_pickle(kind: str) -> NoReturn:
    raise TypeError(
        f"a {kind} can't be pickled, as it would come back in another registry, where kt is knot: "
        "pass the values as float64 and the unit as text (value(x, unit), format_unit(unit)), and wrap them again there"
    )


class Unit(pint.registry.Unit):
    """A unit of lithflow's registry; read by `lithflow.units.parse_unit`."""

    _REGISTRY: ClassVar[Any]

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled."""
        _refuse_pickle("unit")

    def __str__(self) -> str:
        """Return text that reads back to this unit."""
        return self._REGISTRY.text(self._units)  # type: ignore[no-any-return]

    def __format__(self, spec: str) -> str:
        """Return the same text; pint's format codes don't apply."""
        return str(self)

    def __repr__(self) -> str:
        """Return ``<Unit('kt LCE')>``."""
        return f"<Unit('{self}')>"

    def _repr_html_(self) -> str:
        return str(self)

    def __copy__(self) -> Unit:
        """Return itself: a unit never changes."""
        return self

    def __deepcopy__(self, memo: object) -> Unit:
        """Return itself: a unit never changes."""
        return self


class Quantity(pint.registry.Quantity[Magnitude]):
    """A number or an array with a unit of lithflow's registry; made by `lithflow.units.Q_`."""

    _REGISTRY: ClassVar[Any]

    def __getattr__(self, item: str) -> Any:
        if item in _PASSED_ON or item in HANDLED_UFUNCS:
            return super().__getattr__(item)
        raise AttributeError(f"a Quantity has no attribute '{item}'")

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled."""
        _refuse_pickle("quantity")

    def __copy__(self) -> Quantity:
        """Return a quantity with a copy of the magnitude."""
        return self._with(np.copy(self._magnitude) if isinstance(self._magnitude, np.ndarray) else self._magnitude)

    def __deepcopy__(self, memo: object) -> Quantity:
        """Return a quantity with a copy of the magnitude."""
        return self.__copy__()

    def _with(self, magnitude: Magnitude, units: UnitsContainer | None = None) -> Quantity:
        """Make a quantity of checked parts."""
        new = object.__new__(type(self))
        new._magnitude = magnitude
        new._units = self._units if units is None else units
        return new

    # Asked for by xarray in every operation, so these take the short way too.

    @property
    def ndim(self) -> int:
        """Number of dimensions; 0 for a number."""
        return len(self.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape; ``()`` for a number."""
        magnitude = self._magnitude
        return magnitude.shape if isinstance(magnitude, np.ndarray) else ()

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the magnitude."""
        magnitude = self._magnitude
        return magnitude.dtype if isinstance(magnitude, np.ndarray) else np.dtype(type(magnitude))

    @property
    def real(self) -> Quantity:
        """The quantity itself, which has no imaginary part."""
        return self

    @property
    def imag(self) -> Quantity:
        """Zeros."""
        return self._with(self._magnitude * 0.0)

    @property
    def T(self) -> Quantity:  # noqa: N802
        """The transposed array."""
        return self._with(np.transpose(self._magnitude))

    def __getitem__(self, key: Any) -> Quantity:
        """Select by position."""
        magnitude = self._magnitude
        return self._with((magnitude if isinstance(magnitude, np.ndarray) else np.asarray(magnitude))[key])

    def __array_function__(self, func: _Function, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply a function of NumPy."""
        if func in _KEEPING_UNITS and type(args[0]) is type(self) and _PLAIN_OPTIONS.issuperset(kwargs):
            return args[0]._with(func(args[0]._magnitude, *args[1:], **kwargs))
        return _apply(self, func, types, args, kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Give the bare array with a warning, or refuse inside `strict`."""
        if _strict.get():
            raise pint.UnitStrippedWarning(f"the unit {self.units} would be lost: use value(x, unit) or bare(…)")
        array: npt.NDArray[Any] = super().__array__()
        return array if dtype is None else array.astype(dtype)

    def _add_sub(self, other: Any, op: _Function) -> Any:
        if type(other) is not type(self):
            return NotImplemented if _is_labelled(other) else _add_plain(self, other, op)
        if self._units is other._units or self._units == other._units:
            return self._with(op(self._magnitude, other._magnitude))
        doing = "adding" if op is operator.add else "subtracting"
        return self._with(
            op(self._magnitude, self._REGISTRY.rescale(other._magnitude, other._units, self._units, doing))
        )

    def _mul_div(self, other: Any, magnitude_op: _Function, units_op: _Function | None = None) -> Any:
        if type(other) is type(self):
            units = _combined(self._units, other._units, units_op or magnitude_op)
            return self._with(magnitude_op(self._magnitude, other._magnitude), units)
        if isinstance(other, (float, int, np.ndarray)):
            return self._with(magnitude_op(self._magnitude, other))
        if _is_labelled(other):
            return NotImplemented
        return super()._mul_div(other, magnitude_op, units_op)

    def __rtruediv__(self, other: Any) -> Any:
        """Divide a plain number or array by the quantity."""
        if isinstance(other, (float, int, np.ndarray)):
            return self._with(other / self._magnitude, _combined(_PLAIN, self._units, operator.truediv))
        return NotImplemented if _is_labelled(other) else _divide_other(self, other)

    def __str__(self) -> str:
        """Return magnitude and unit."""
        return format(self, "")

    def __format__(self, spec: str) -> str:
        """Return magnitude and unit; the format code applies to the magnitude."""
        magnitude = self._magnitude
        if spec and isinstance(magnitude, np.ndarray) and magnitude.ndim:
            text = np.array2string(magnitude, formatter={"float_kind": lambda number: format(number, spec)})
        else:
            text = format(magnitude, spec)
        return f"{text} {self.units}"

    def __repr__(self) -> str:
        """Return ``<Quantity(100.0, 'kt LCE')>``."""
        return f"<Quantity({self._magnitude}, '{self.units}')>"

    def _repr_inline_(self, max_width: int) -> str:
        """Return one line for the listing of an xarray.Dataset."""
        text = f"[{self.units}] " + " ".join(f"{number:.4g}" for number in np.ravel(self._magnitude)[:8])
        return text if len(text) <= max_width else text[: max_width - 1] + "…"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def _repr_html_(self) -> str:
        return str(self)


_PLAIN = UnitsContainer()


@functools.lru_cache(maxsize=4096)
def _combined(one: UnitsContainer, other: UnitsContainer, op: _Function) -> Any:
    return op(one, other)


def _helpfully(function: _Function, doing: str) -> _Function:
    """Give the dimension errors of pint the words of `DimensionError`."""

    @functools.wraps(function)
    def wrapped(self: Quantity, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(self, *args, **kwargs)
        except DimensionError:
            raise
        except pint.DimensionalityError as error:
            raise self._REGISTRY.mismatch(error.units1, error.units2, doing) from None

    return wrapped


def _is_labelled(other: object) -> bool:
    """Tell a labelled array, which calculates with quantities itself; pint knows its base class only."""
    return hasattr(type(other), "dims")


_add_plain = _helpfully(pint.registry.Quantity._add_sub, "adding a plain number")
_apply = _helpfully(pint.registry.Quantity.__array_function__, "calculating")
_divide_other = _helpfully(pint.registry.Quantity.__rtruediv__, "dividing")
for _name, _doing in {
    "compare": "comparing",
    "_iadd_sub": "adding in place",
    "__array_ufunc__": "calculating",
    "__setitem__": "setting items",
    "__pow__": "raising to a power",
    "__rpow__": "raising to a power",
    "__floordiv__": "dividing",
    "__mod__": "dividing",
    "__float__": "making a plain number",
    "clip": "clipping",
}.items():
    setattr(Quantity, _name, _helpfully(getattr(pint.registry.Quantity, _name), _doing))

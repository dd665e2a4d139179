"""The one place that makes labelled arrays with units, and the one place that takes the units off.

Stage code calculates with ``xarray.DataArray`` over quantities: labels and units are checked in every operation. `Axes`
holds the labels of a run and makes its arrays, all on the same index objects, so that their alignment is cheap. Kernels
take bare float64 by `bare`, files take float64 and the unit as text by `dequantify`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from lithflow.axes import Axes, AxisError, labelled, listed
from lithflow.errors import nearest
from lithflow.units import Q_, Quantity, Unit, UnitError, UnitLike, format_unit, rescale, strict

if TYPE_CHECKING:
    import numpy.typing as npt
    import xarray as xr

__all__ = [
    "Axes",
    "AxisError",
    "bare",
    "dequantify",
    "in_unit",
    "options",
    "quantify",
    "unit_of",
    "value",
    "with_values",
    "wrap",
    "zeros",
]

FloatArray: TypeAlias = "npt.NDArray[np.float64]"


def wrap(
    values: npt.ArrayLike,
    dims: Sequence[str],
    unit: UnitLike,
    coords: Axes | Mapping[str, Sequence[Any] | npt.NDArray[Any]] | None = None,
) -> xr.DataArray:
    """Make an array of quantities; within a run use `Axes.wrap`, which shares its labels.

    Parameters
    ----------
    values
        Numbers in the shape of `dims`.
    dims
        Dimensions in order.
    unit
        The unit of the values.
    coords
        Labels of the dimensions; without any the array has none.

    Returns
    -------
    xarray.DataArray
        With ``name=""`` and without attributes.

    Raises
    ------
    AxisError
        If shape, dimensions and labels don't fit.
    UnitError
        If the unit is unknown or the values are no numbers.
    """
    if coords is not None:
        axes = coords if isinstance(coords, Axes) else Axes(coords)
        return axes.wrap(values, dims, unit)
    names, quantity = tuple(dims), Q_(values, unit)
    if quantity.ndim != len(names) or len(set(names)) != len(names):
        raise AxisError(f"expected as many dimensions as the values have, got {listed(names)} for {quantity.shape}")
    return labelled(quantity, names, {}, {})


def zeros(
    dims: Sequence[str], unit: UnitLike, coords: Axes | Mapping[str, Sequence[Any] | npt.NDArray[Any]]
) -> xr.DataArray:
    """Make an array of zeros.

    Parameters
    ----------
    dims
        Dimensions in order.
    unit
        The unit.
    coords
        Labels of the dimensions.

    Raises
    ------
    AxisError
        If a dimension has no labels.
    """
    return (coords if isinstance(coords, Axes) else Axes(coords)).zeros(dims, unit)


def unit_of(x: xr.DataArray | Quantity, what: str = "array") -> Unit:
    """Give the unit of an array or a quantity.

    Parameters
    ----------
    x
        The array or quantity.
    what
        What it is, for the error's text.

    Raises
    ------
    UnitError
        If it carries no unit.
    """
    return cast("Unit", _quantity(x, what).units)


def in_unit(x: xr.DataArray, unit: UnitLike, what: str = "array") -> xr.DataArray:
    """Convert an array of quantities.

    Parameters
    ----------
    x
        The array.
    unit
        The unit wanted.
    what
        What it is, for the error's text.

    Returns
    -------
    xarray.DataArray
        The same labels, the magnitudes in `unit`.

    Raises
    ------
    DimensionError
        If the unit is of another dimension.
    UnitError
        If the array carries no unit.
    """
    return with_values(x, value(x, unit, what), unit)


def with_values(x: xr.DataArray, values: npt.ArrayLike, unit: UnitLike) -> xr.DataArray:
    """Make an array of quantities with the labels of another, on the very same index objects.

    Parameters
    ----------
    x
        The array that gives dimensions and labels.
    values
        Numbers in its shape.
    unit
        The unit of the values.

    Returns
    -------
    xarray.DataArray
        With ``name=""`` and without attributes.

    Raises
    ------
    AxisError
        If the shapes differ.
    """
    quantity = Q_(values, unit)
    if quantity.shape != x.shape:
        raise AxisError(f"expected the shape {x.shape} of {listed(tuple(map(str, x.dims)))}, got {quantity.shape}")
    return labelled(quantity, x.dims, dict(x.coords.variables), dict(x.xindexes))


def value(x: xr.DataArray | Quantity, unit: UnitLike, what: str = "array") -> Any:
    """Read magnitudes in a unit.

    Parameters
    ----------
    x
        The array or quantity.
    unit
        The unit in which the magnitudes are wanted.
    what
        What it is, for the error's text.

    Returns
    -------
    float or numpy.ndarray
        A float for a single number, otherwise float64 in the order of the array's dimensions. It may be the array's own
        memory, so it isn't to be written to.

    Raises
    ------
    DimensionError
        If the unit is of another dimension.
    UnitError
        If `x` carries no unit.
    """
    quantity = _quantity(x, what)
    magnitude = np.asarray(rescale(quantity.magnitude, quantity._units, unit, what), dtype=np.float64)
    return magnitude if magnitude.ndim else float(magnitude)


def bare(x: xr.DataArray | Quantity, unit: UnitLike, dims: Sequence[str], what: str = "array") -> FloatArray:
    """Take labels and unit off for a kernel.

    Parameters
    ----------
    x
        The array; a quantity is taken where `dims` is empty.
    unit
        The unit in which the kernel counts.
    dims
        All dimensions of the array, in the order in which the kernel wants them.
    what
        What it is, for the error's text.

    Returns
    -------
    numpy.ndarray
        float64 with axes in the order of `dims`. It may be a view of the array's memory, so it isn't to be written to.

    Raises
    ------
    AxisError
        If the array has other dimensions.
    DimensionError
        If the array's unit is of another dimension.
    UnitError
        If `x` carries no unit.
    """
    magnitude = np.asarray(value(x, unit, what))
    wanted, own = tuple(dims), tuple(str(dim) for dim in getattr(x, "dims", ()))
    if wanted == own and magnitude.ndim == len(own):
        return magnitude
    if magnitude.ndim != len(own) or len(own) != len(wanted) or set(own) != set(wanted):
        raise AxisError(f"{what}: expected {listed(wanted)}, got {listed(own)}")
    return magnitude.transpose([own.index(dim) for dim in wanted])


def dequantify(data: xr.Dataset | Mapping[str, xr.DataArray], units: Mapping[str, str] | None = None) -> xr.Dataset:
    """Turn arrays of quantities into float64 with the unit as text, for files, tables and other processes.

    Parameters
    ----------
    data
        Arrays by name. Variables that are no quantities (flags, text) stay as they are.
    units
        Name to the unit in which an array is to be written; the others keep their own.

    Returns
    -------
    xarray.Dataset
        Each quantity as float64 with an attribute ``units`` that `quantify` reads.

    Raises
    ------
    AxisError
        If labels of the arrays differ, or `units` names an array that isn't there.
    DimensionError
        If a unit is of another dimension than its array.
    """
    import xarray as xr

    wanted = dict(units or {})
    arrays = dict(data.data_vars) if isinstance(data, xr.Dataset) else dict(data)
    for missing in wanted.keys() - arrays.keys():
        raise AxisError(f"units: no array is called {missing!r}{nearest(missing, arrays)}")
    variables: dict[str, Any] = {}
    coords: dict[Any, Any] = {}
    for name, array in arrays.items():
        for key, coord in array.coords.variables.items():
            if key in coords and not coords[key].equals(coord):
                raise AxisError(f"{name}: expected the labels of {key!r} to be those of the other arrays, got others")
            coords.setdefault(key, coord)
        if isinstance(array.data, Quantity):
            unit = wanted.get(str(name), format_unit(array.data))
            variables[str(name)] = xr.Variable(array.dims, value(array, unit, str(name)), {"units": unit})
        else:
            variables[str(name)] = array.variable
    return xr.Dataset(variables, coords, data.attrs if isinstance(data, xr.Dataset) else None)


def quantify(dataset: xr.Dataset) -> xr.Dataset:
    """Turn float64 with an attribute ``units`` back into arrays of quantities.

    Parameters
    ----------
    dataset
        As made by `dequantify` or read from a file. Variables that hold no floats stay as they are.

    Returns
    -------
    xarray.Dataset
        Quantities without attributes; the attributes of the dataset itself are kept.

    Raises
    ------
    UnitError
        If a variable of floats has no ``units``, or one that is unknown.
    """
    import xarray as xr

    variables: dict[Any, Any] = {}
    for name, array in dataset.data_vars.items():
        if array.dtype.kind != "f":
            variables[name] = array.variable
        elif "units" not in array.attrs:
            raise UnitError(f"{name}: expected an attribute 'units', got {', '.join(array.attrs) or 'no attributes'}")
        else:
            variables[name] = xr.Variable(array.dims, Q_(array.to_numpy(), str(array.attrs["units"])), fastpath=True)
    return xr.Dataset(variables, dataset.coords, dataset.attrs)


_lock = threading.Lock()
_inside: list[dict[str, Any]] = []


@contextlib.contextmanager
def options() -> Iterator[None]:
    """Set what a run relies on: labels must match exactly, attributes aren't carried on, and no unit is lost.

    The first of several threads sets the options of xarray and the last one puts the former ones back; that a lost unit
    is an error (``pint.UnitStrippedWarning`` raised by ``.values``, ``numpy.asarray`` …) holds for the thread alone.
    """
    import xarray as xr

    wanted: dict[str, Any] = {"arithmetic_join": "exact", "keep_attrs": False}
    with _lock:
        former: dict[str, Any] = dict(xr.get_options())  # type: ignore[no-untyped-call]
        _inside.append({name: former[name] for name in wanted} if not _inside else _inside[0])
        xr.set_options(**wanted)  # type: ignore[no-untyped-call]
    try:
        with strict():
            yield
    finally:
        with _lock:
            before = _inside.pop()
            if not _inside:
                xr.set_options(**before)  # type: ignore[no-untyped-call]


def _quantity(x: xr.DataArray | Quantity, what: str) -> Quantity:
    """Give the quantity inside, or say that there is none."""
    data = x if isinstance(x, Quantity) else getattr(x, "data", x)
    if not isinstance(data, Quantity):
        raise UnitError(f"{what}: expected quantities, got bare {type(data).__name__}; make them by wrap or Q_")
    return data

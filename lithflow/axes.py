"""The labels of a run: one set of index objects that all its arrays share, so that their alignment is cheap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lithflow.errors import LithflowError, nearest
from lithflow.units import Q_, Quantity, UnitLike

if TYPE_CHECKING:
    import numpy.typing as npt
    import xarray as xr

__all__ = ["Axes", "AxisError", "labelled"]


class AxisError(LithflowError, ValueError):
    """Dimensions, labels or a shape that don't fit."""


class Axes:
    """The labels of every dimension of a run, as index objects that all its arrays share.

    Parameters
    ----------
    labels
        Dimension to its labels in order: years as integers, all else as text.

    Raises
    ------
    AxisError
        If a dimension has no label or the same label twice.

    Examples
    --------
    >>> axes = Axes({"year": [2020, 2021], "vehicle_class": ["car_bev", "bus"]})
    >>> axes.zeros(("year", "vehicle_class"), "kt LCE/year").shape
    (2, 2)
    """

    def __init__(self, labels: Mapping[str, Sequence[Any] | npt.NDArray[Any]]) -> None:
        import pandas as pd
        from xarray.core.indexes import PandasIndex

        self._indexes: dict[str, Any] = {}
        self._variables: dict[str, Any] = {}
        for dim, given in labels.items():
            index = pd.Index(np.asarray(given) if len(given) else given, name=dim)
            if not len(index):
                raise AxisError(f"dimension {dim!r}: expected at least one label, got none")
            if not index.is_unique:
                twice = list(index[index.duplicated()].unique())
                raise AxisError(f"dimension {dim!r}: expected each label once, got {twice} more than once")
            self._indexes[dim] = PandasIndex(index, dim)
            self._variables.update(self._indexes[dim].create_variables())
        self._made: dict[tuple[str, ...], Any] = {}

    def __contains__(self, dim: object) -> bool:
        return dim in self._indexes

    def __repr__(self) -> str:
        """List dimensions and sizes."""
        return f"Axes({', '.join(f'{dim}: {size}' for dim, size in self.sizes.items())})"

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimensions, in the order in which they were given."""
        return tuple(self._indexes)

    @property
    def sizes(self) -> dict[str, int]:
        """Dimension to number of labels."""
        return {dim: len(index.index) for dim, index in self._indexes.items()}

    def labels(self, dim: str) -> tuple[Any, ...]:
        """Give the labels of a dimension.

        Raises
        ------
        AxisError
            If there is no such dimension.
        """
        self._known(dim)
        return tuple(self._indexes[dim].index.tolist())

    def shape(self, dims: Sequence[str]) -> tuple[int, ...]:
        """Give the shape of an array with these dimensions.

        Raises
        ------
        AxisError
            If there is no such dimension.
        """
        for dim in dims:
            self._known(dim)
        return tuple(len(self._indexes[dim].index) for dim in dims)

    def extended(self, labels: Mapping[str, Sequence[Any] | npt.NDArray[Any]]) -> Axes:
        """Make axes with further dimensions (such as ``member``) on the same index objects.

        Parameters
        ----------
        labels
            As for `Axes`; a dimension that is already there is replaced.
        """
        new = Axes(labels)
        new._indexes = {**self._indexes, **new._indexes}
        new._variables = {**self._variables, **new._variables}
        return new

    def without(self, dim: str) -> Axes:
        """Make axes without a dimension, on the same index objects.

        Parameters
        ----------
        dim
            A dimension; nothing happens if it isn't there.
        """
        new = Axes({})
        new._indexes = {name: index for name, index in self._indexes.items() if name != dim}
        new._variables = {name: variable for name, variable in self._variables.items() if name != dim}
        return new

    def wrap(self, values: npt.ArrayLike, dims: Sequence[str], unit: UnitLike) -> xr.DataArray:
        """Make an array of quantities.

        Parameters
        ----------
        values
            Numbers in the shape of `dims`; float64 arrays are not copied.
        dims
            Dimensions in order.
        unit
            The unit of the values.

        Returns
        -------
        xarray.DataArray
            With ``name=""``, without attributes, labelled by these axes.

        Raises
        ------
        AxisError
            If a dimension is unknown, or the shape isn't that of the dimensions.
        UnitError
            If the unit is unknown or the values are no numbers.
        """
        names = tuple(dims)
        made = self._made.get(names)
        if made is None:
            made = self._made[names] = self._prepared(names)
        coords, indexes, shape = made
        quantity = Q_(values, unit)
        if quantity.shape != shape:
            raise AxisError(
                f"expected the shape {shape} of {listed(names)}, got {quantity.shape}; "
                "values are given in the order of the dimensions"
            )
        return labelled(quantity, names, coords, indexes)

    def zeros(self, dims: Sequence[str], unit: UnitLike) -> xr.DataArray:
        """Make an array of zeros.

        Parameters
        ----------
        dims
            Dimensions in order.
        unit
            The unit.

        Raises
        ------
        AxisError
            If a dimension is unknown.
        """
        return self.wrap(np.zeros(self.shape(dims)), dims, unit)

    def _prepared(self, dims: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any], tuple[int, ...]]:
        shape = self.shape(dims)
        if len(set(dims)) != len(dims):
            raise AxisError(f"expected each dimension once, got {listed(dims)}")
        return {dim: self._variables[dim] for dim in dims}, {dim: self._indexes[dim] for dim in dims}, shape

    def _known(self, dim: str) -> None:
        if dim not in self._indexes:
            raise AxisError(f"unknown dimension {dim!r}{nearest(dim, self._indexes)}")


def labelled(
    quantity: Quantity, dims: tuple[Any, ...], coords: dict[Any, Any], indexes: dict[Any, Any]
) -> xr.DataArray:
    """Make a DataArray of parts that fit, at a tenth of the cost of its public constructor."""
    import xarray as xr

    from lithflow.labelled import LabelledArray

    variable = xr.Variable(dims, quantity, fastpath=True)
    return LabelledArray(variable, coords, name="", indexes=indexes, fastpath=True)


def listed(dims: Sequence[str]) -> str:
    """Write dimensions for an error's text."""
    return f"({', '.join(dims)})"

"""The labelled array of a run: an `xarray.DataArray` that takes a short way where labels are the very same objects.

xarray compares and merges the labels of both sides in every operation, which costs ten times the arithmetic on the
small arrays of a single run. Arrays made by one `lithflow.arrays.Axes` share their index objects, so identity proves
that the labels agree. Wherever it doesn't, xarray's own way is taken and labels are compared as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import numpy as np
import xarray as xr

from lithflow.quantity import Quantity

__all__ = ["LabelledArray"]


class LabelledArray(xr.DataArray):  # type: ignore[no-untyped-call]
    """An array of quantities with labels; made by `lithflow.arrays.Axes.wrap`."""

    __slots__ = ()

    def _binary_op(self, other: Any, f: Callable[..., Any], reflexive: bool = False) -> Any:
        data = self._variable._data
        if _plain(self):
            if isinstance(other, (float, int)):
                return self._made(self._variable._dims, f(other, data) if reflexive else f(data, other), self)
            if isinstance(other, LabelledArray) and _plain(other) and _same_labels(self, other):
                dims = (*self._variable._dims, *(dim for dim in other._variable._dims if dim not in self._indexes))
                left, right = _spread(self, dims), _spread(other, dims)
                return self._made(dims, f(right, left) if reflexive else f(left, right), self, other)
        return super()._binary_op(other, f, reflexive)

    def sum(self, dim: Any = None, *, skipna: bool | None = None, **kwargs: Any) -> Any:
        """Sum over dimensions, as `xarray.DataArray.sum`."""
        own = self._variable._dims
        dims = {dim} if isinstance(dim, str) else set(dim) if isinstance(dim, (list, tuple)) else set()
        if skipna is False and not kwargs and dims and dims < set(own) and _plain(self):
            axes = tuple(axis for axis, name in enumerate(own) if name in dims)
            data: Any = self._variable._data
            summed = data._with(data._magnitude.sum(axis=axes))
            return self._made(tuple(name for name in own if name not in dims), summed, self)
        return super().sum(dim, skipna=skipna, **kwargs)

    def transpose(self, *dim: Hashable, **kwargs: Any) -> Any:
        """Reorder dimensions, as `xarray.DataArray.transpose`."""
        own = self._variable._dims
        if dim == own:
            return self
        if not kwargs and len(dim) == len(own) and set(dim) == set(own) and _plain(self):
            data: Any = self._variable._data
            turned = data._with(data._magnitude.transpose([own.index(name) for name in dim]))
            return self._made(dim, turned, self)
        return super().transpose(*dim, **kwargs)

    def _made(self, dims: tuple[Hashable, ...], data: Any, *givers: LabelledArray) -> LabelledArray:
        """Make an array of checked parts, with the labels of those that gave them."""
        coords: dict[Any, Any] = {}
        indexes: dict[Any, Any] = {}
        for dim in dims:
            giver = next(giver for giver in givers if dim in giver._indexes)
            coords[dim], indexes[dim] = giver._coords[dim], giver._indexes[dim]
        return type(self)(xr.Variable(dims, data, fastpath=True), coords, name="", indexes=indexes, fastpath=True)


def _plain(array: xr.DataArray) -> bool:
    """Tell whether an array holds a quantity, and nothing but the labels of its dimensions."""
    data: Any = array._variable._data
    count = array._variable.ndim
    labels_only = len(array._indexes) == len(array._coords) == count
    return labels_only and isinstance(data, Quantity) and isinstance(data._magnitude, (np.ndarray, float))


def _same_labels(one: xr.DataArray, other: xr.DataArray) -> bool:
    return all(other._indexes.get(dim, index) is index for dim, index in one._indexes.items())


def _spread(array: xr.DataArray, dims: Iterable[Hashable]) -> Any:
    """Give the quantity of an array axes in the order of `dims`, of length 1 where it lacks one."""
    own = array._variable._dims
    data: Any = array._variable._data
    wanted = tuple(dims)
    magnitude = data._magnitude
    if not own:
        return data
    order = [own.index(dim) for dim in wanted if dim in own]
    if order != list(range(len(own))):
        magnitude = magnitude.transpose(order)
    if len(wanted) > len(own):
        sizes = iter(magnitude.shape)
        magnitude = magnitude.reshape([next(sizes) if dim in own else 1 for dim in wanted])
    return data if magnitude is data._magnitude else data._with(magnitude)

"""What a stage is given: the parameters of a run on shared axes, and the seam to bare kernels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from lithflow.arrays import Axes, bare, unit_of, value
from lithflow.chain.ledger import COHORT, EXTRA
from lithflow.errors import InputError
from lithflow.units import UnitLike

__all__ = ["Setting"]

Array = npt.NDArray[np.float64]


class Setting:
    """Parameters of one run, with the axes that its arrays share.

    Parameters
    ----------
    parameters
        Full name → array of a quantity in canonical units (for texts: label → text).
    axes
        Labels of all dimensions, ``year`` among them; ``region`` and ``member`` where any parameter has them.
    last_observed
        The last year of observed history; later years are projected.
    by_cohort
        Whether stages follow lithium and metals by production year to the end; if not, they give totals by year once
        batteries are valued with what their production year holds, which is all that later stages need.
    """

    def __init__(
        self, parameters: Mapping[str, xr.DataArray], axes: Axes, last_observed: int, by_cohort: bool = True
    ) -> None:
        self.parameters = parameters
        self.axes = axes.extended({COHORT: axes.labels("year")})
        self.years: tuple[int, ...] = axes.labels("year")
        self.extra: tuple[str, ...] = tuple(dim for dim in EXTRA if dim in axes)
        self.last = self.years.index(last_observed)
        self.cohort: tuple[str, ...] = (COHORT,) if by_cohort else ()

    def __getitem__(self, name: str) -> xr.DataArray:
        return self.parameters[name]

    def of_members(self, chosen: slice) -> Setting:
        """Give the setting of some members.

        Parameters
        ----------
        chosen
            Their places.
        """
        return self._cut(chosen, self.axes.extended({"member": self.axes.labels("member")[chosen]}), bool(self.cohort))

    def of_member(self, place: int) -> Setting:
        """Give the setting of one member, as a run of its own that follows production years.

        Parameters
        ----------
        place
            Its place.
        """
        return self._cut(place, self.axes.without("member"), True)

    def _cut(self, chosen: slice | int, axes: Axes, by_cohort: bool) -> Setting:
        return Setting(_Cut(self.parameters, chosen, axes), axes, self.years[self.last], by_cohort)

    def refuse_several(self, where: str) -> None:
        """Refuse a run with members or regions where one series is wanted.

        Parameters
        ----------
        where
            What is asked for, as the message names it.

        Raises
        ------
        InputError
            If the run has members or regions.
        """
        if self.extra:
            hint = f', as run.region("{self.axes.labels("region")[0]}")' if "region" in self.extra else ""
            raise InputError(f"{where}: the run has {' and '.join(f'{dim}s' for dim in self.extra)}; choose one{hint}")

    def texts(self, name: str) -> Mapping[str, str]:
        """Give a text parameter by label."""
        texts: Mapping[str, str] = self.parameters[name]  # type: ignore[assignment]
        return texts

    @cached_property
    def one_year(self) -> xr.DataArray:
        """The length of a step."""
        return self.axes.wrap(1.0, (), "year")

    def accumulated(self, change: xr.DataArray) -> xr.DataArray:
        """Give the stock that begins with nothing and changes by so much a year."""
        return change.cumsum("year", skipna=False) * self.one_year

    @cached_property
    def observed(self) -> xr.DataArray:
        """One up to the last observed year, zero after."""
        return self.wrap((np.arange(len(self.years)) <= self.last).astype(float), ("year",), "1")

    @cached_property
    def projected(self) -> xr.DataArray:
        """Zero up to the last observed year, one after."""
        return self.wrap((np.arange(len(self.years)) > self.last).astype(float), ("year",), "1")

    @cached_property
    def this_year(self) -> xr.DataArray:
        """One where production year and year are the same, zero elsewhere; one without production years."""
        return (
            self.wrap(np.eye(len(self.years)), ("year", COHORT), "1") if self.cohort else self.axes.wrap(1.0, (), "1")
        )

    @cached_property
    def up_to_now(self) -> xr.DataArray:
        """One where the production year has come, zero before."""
        return self.wrap(np.tri(len(self.years)), ("year", COHORT), "1")

    def only(self, dim: str, label: str) -> xr.DataArray:
        """Give one at a label of a dimension, zero elsewhere."""
        return self.wrap(np.array([float(own == label) for own in self.axes.labels(dim)]), (dim,), "1")

    def lanes(self, array: xr.DataArray, unit: UnitLike, dims: Sequence[str], *, full: bool = False) -> Array:
        """Take the unit off for a kernel.

        Parameters
        ----------
        array
            A quantity with `dims`, and `region` or `member` if it likes.
        unit
            Unit of the magnitudes returned.
        dims
            Order of the leading axes.
        full
            Whether to repeat the values over every region and member that the run has.

        Returns
        -------
        numpy.ndarray
            Axes `dims`, then region and member where the run has them, of length 1 where this array doesn't.
        """
        present = [dim for dim in self.extra if dim in array.dims]
        values = bare(array, unit, (*dims, *present))
        lead = values.shape[: len(dims)]
        values = values.reshape(lead + tuple(array.sizes.get(dim, 1) for dim in self.extra))
        return np.broadcast_to(values, lead + self.axes.shape(self.extra)) if full else values

    def wrap(self, values: Array, dims: Sequence[str], unit: UnitLike) -> xr.DataArray:
        """Put the unit and labels on what a kernel returns.

        Parameters
        ----------
        values
            Axes `dims`, then, where the run has them, region and member, of full length or of length 1.
        dims
            Names of the leading axes.
        unit
            Unit of the values.
        """
        count = len(dims)
        full = [dim for i, dim in enumerate(self.extra) if values.ndim > count and values.shape[count + i] > 1]
        kept = values.reshape(values.shape[:count] + tuple(size for size in values.shape[count:] if size > 1))
        return self.axes.wrap(kept, (*dims, *full), unit)

    def by_production_year(self, array: xr.DataArray) -> xr.DataArray:
        """Turn the year axis of an array into the axis of production years."""
        dims = tuple(COHORT if dim == "year" else str(dim) for dim in array.dims)
        unit = unit_of(array)
        return self.axes.wrap(value(array, unit), dims, unit)

    def share(self, part: xr.DataArray, whole: xr.DataArray) -> xr.DataArray:
        """Divide a part by the whole; where there is nothing of the whole, the share is zero."""
        nothing = self.axes.wrap((value(whole, unit_of(whole)) == 0.0).astype(float), _dims(whole), unit_of(whole))
        return part / (whole + nothing)

    def year_before(self, array: xr.DataArray) -> xr.DataArray:
        """Shift an array by a year; the first year stands before itself."""
        unit = unit_of(array)
        dims = ("year", *(str(dim) for dim in array.dims if dim != "year"))
        values = bare(array, unit, dims)
        return self.axes.wrap(np.concatenate([values[:1], values[:-1]]), dims, unit)

    def stack(self, parts: Mapping[str, xr.DataArray], dim: str, dims: Sequence[str], unit: UnitLike) -> xr.DataArray:
        """Put arrays side by side along a dimension whose labels they are.

        Parameters
        ----------
        parts
            Label of `dim` → array with `dims`; every label must be there.
        dim
            The new dimension, last of the table dimensions in the result.
        dims
            Dimensions of each part.
        unit
            Unit of the result.
        """
        blocks = [self.lanes(parts[label], unit, dims) for label in self.axes.labels(dim)]
        return self.wrap(np.stack(np.broadcast_arrays(*blocks), axis=len(dims)), (*dims, dim), unit)


class _Cut(Mapping[str, Any]):
    """Parameters of some members, cut when they are asked for, so that only what is used counts as used."""

    def __init__(self, parameters: Mapping[str, Any], chosen: slice | int, axes: Axes) -> None:
        self._parameters = parameters
        self._chosen = chosen
        self._axes = axes
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            array = self._parameters[name]
            dims = getattr(array, "dims", ())
            if "member" in dims:
                # members come last
                kept = dims if isinstance(self._chosen, slice) else dims[:-1]
                array = self._axes.wrap(value(array, unit_of(array))[..., self._chosen], kept, unit_of(array))
            self._made[name] = array
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)


def _dims(array: xr.DataArray) -> tuple[str, ...]:
    return tuple(str(dim) for dim in array.dims)

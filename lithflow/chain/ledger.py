"""The ledger: what the stages post, checked against the variable table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from lithflow.arrays import bare, unit_of, with_values
from lithflow.chain.variables import DRIVERS, VARIABLES, Variable
from lithflow.errors import LithflowError, nearest
from lithflow.units import canonical_unit

__all__ = ["COHORT", "EXTRA", "Ledger", "LedgerError", "NegativeFlowError"]

COHORT = "production_year"
"""The dimension that follows batteries by the year they were made in."""

EXTRA = ("region", "member")
"""Dimensions that any variable may have beyond those of the table, in this order."""

Array = npt.NDArray[np.float64]


class LedgerError(LithflowError):
    """A stage posted something that the variable table doesn't know, or with other dimensions or units."""


class NegativeFlowError(LithflowError):
    """A flow or stock below zero."""


class Ledger:
    """Flows, stocks and memos of one run.

    Attributes
    ----------
    arrays
        Name → array of a quantity, in the dimensions of the table and in canonical units.
    cohorts
        Name → bare array of what was posted by production year, in canonical units; its dimensions are `cohort_dims`.
    details
        Name → what was posted by production year with all its dimensions; kept only if asked for.

    Parameters
    ----------
    keep_details
        Whether to keep `details`, which take about ten times the memory of all the rest.
    """

    def __init__(self, keep_details: bool = False) -> None:
        self.arrays: dict[str, xr.DataArray] = {}
        self.cohorts: dict[str, Array] = {}
        self.details: dict[str, xr.DataArray] = {}
        self.keep_details = keep_details

    def post(self, name: str, array: xr.DataArray, split: xr.DataArray | None = None) -> xr.DataArray:
        """Enter a variable.

        Parameters
        ----------
        name
            A name of the variable table.
        array
            Its values, a quantity of the table's dimension of unit, in the table's dimensions; `region` and `member`
            may be there as well, and `production_year`, which is summed.
        split
            Shares, summing to one, by which the values are split along a dimension that `array` lacks; the same for
            all production years, so that these stay whole.

        Returns
        -------
        xarray.DataArray
            The values in table order.

        Raises
        ------
        LedgerError
            If the name is unknown or posted before, or the dimensions differ from the table.
        lithflow.units.DimensionError
            If the unit is of another dimension.
        NegativeFlowError
            If a value of a flow or stock is below zero by more than rounding; a memo may be.
        """
        variable = self._variable(name)
        followed = array if COHORT in array.dims else None
        if split is not None:
            array = split * (array if followed is None else array.sum(COHORT, skipna=False))
        dims = [*variable.dims, *(dim for dim in EXTRA if dim in array.dims)]
        stray = set(array.dims) - {*dims, COHORT}
        lacking = set(dims) - set(array.dims)
        if stray or lacking:
            raise LedgerError(
                f"{name}: expected the dimensions {', '.join(dims)}; "
                f"got {', '.join(map(str, array.dims)) or 'none'}: sum or broadcast before posting"
            )
        if followed is not None:
            self.cohorts[name] = self._by_cohort(variable, followed)
            if self.keep_details:
                detail = followed if split is None else split * followed
                self.details[name] = detail.transpose("year", COHORT, *dims[1:])
            array = array.sum(COHORT, skipna=False) if split is None else array
        array = array.transpose(*dims)
        own, unit = unit_of(array), canonical_unit(variable.unit)
        values = bare(array, unit, dims, name)
        if own != unit or not values.flags.c_contiguous:
            # in the order of the table, so that sums come out the same for a run read from a file
            values = np.ascontiguousarray(values)
            array = with_values(array, values, unit)
        if variable.kind != "memo":
            _refuse_negative(variable, array, values)
        self.arrays[name] = array
        return array

    def values(self, name: str) -> Array:
        """Give the bare values of a variable in canonical units.

        Parameters
        ----------
        name
            A posted name.
        """
        array = self.arrays[name]
        return bare(array, canonical_unit(VARIABLES[name].unit), tuple(map(str, array.dims)))

    def dims(self, name: str) -> tuple[str, ...]:
        """Give the dimensions of a posted variable."""
        return tuple(map(str, self.arrays[name].dims))

    def cohort_dims(self, name: str) -> tuple[str, ...]:
        """Give the dimensions of an array of `cohorts`: year, production year, then metal, region and member if any."""
        own = self.dims(name)
        return ("year", COHORT, *(dim for dim in ("metal", *EXTRA) if dim in own))

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def __getitem__(self, name: str) -> xr.DataArray:
        self._known(name)
        if name not in self.arrays:
            more = f"; it is in {VARIABLES[name].where_found}" if VARIABLES[name].on_request else ""
            raise LedgerError(f"{name} has not been posted in this run{more}")
        return self.arrays[name]

    def complete(self) -> Mapping[str, xr.DataArray]:
        """Give all arrays, in the order of the table.

        Raises
        ------
        LedgerError
            If a variable of the table was not posted.
        """
        missing = [name for name, entry in VARIABLES.items() if name not in self.arrays and not entry.on_request]
        if missing:
            raise LedgerError(f"no stage posted {', '.join(missing)}")
        return {name: self.arrays[name] for name in VARIABLES if name in self.arrays}

    def _known(self, name: str) -> Variable:
        if name not in VARIABLES:
            raise LedgerError(f"unknown variable {name!r}{nearest(name, VARIABLES)}")
        return VARIABLES[name]

    def _variable(self, name: str) -> Variable:
        variable = self._known(name)
        if name in self.arrays:
            raise LedgerError(f"{name} is posted twice; each flow is known in one place")
        return variable

    @staticmethod
    def _by_cohort(variable: Variable, array: xr.DataArray) -> Array:
        dims = ("year", COHORT, *(dim for dim in ("metal", *EXTRA) if dim in array.dims))
        rest = [dim for dim in array.dims if dim not in dims]
        values = bare(array.sum(rest, skipna=False) if rest else array, canonical_unit(variable.unit), dims)
        return np.ascontiguousarray(values)


def _refuse_negative(variable: Variable, array: xr.DataArray, values: Array) -> None:
    lowest = float(values.min(initial=0.0))
    if lowest < 0.0 and lowest < -ROUNDING * float(np.abs(values).max()):
        place = np.unravel_index(int(values.argmin()), values.shape)
        where = ", ".join(f"{dim} {array[dim].item(i)}" for dim, i in zip(array.dims, place, strict=True))
        raise NegativeFlowError(
            f"{variable.name} is negative: {lowest:.6g} {canonical_unit(variable.unit)} at {where} "
            f"({variable.meaning[0].lower()}{variable.meaning[1:]}). Nothing is clipped in silence: "
            f"change {_drivers(variable)}{_rule(array)}"
        )


def _drivers(variable: Variable) -> str:
    """Name the parameters to look at."""
    named = ", ".join(DRIVERS.get(variable.name, ()))
    return f"what drives it ({named})" if named else "the parameters that drive it"


def _rule(array: xr.DataArray) -> str:
    """Name the rule for what partner regions would send beyond what a region uses."""
    return ", or let regions refuse what they don't use (trade.unwanted_refused: 1)" if "region" in array.dims else ""


ROUNDING = 1e-12
"""A negative value smaller than this, relative to the largest of its variable, is rounding."""

"""How batteries leave their vehicles, and what becomes of them, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lithflow.arrays import unit_of, value
from lithflow.chain.ledger import COHORT
from lithflow.report.tables import row_of, rows_by, year_table, year_text

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    import xarray as xr

    from lithflow.run import Run

__all__ = ["families_line", "lives", "lives_text", "mean_age"]


def mean_age(run: Run, name: str) -> npt.NDArray[np.float64]:
    """Give the mean age of the batteries in a flow or stock, by year.

    Parameters
    ----------
    run
        The run.
    name
        What `Run.cohorts` knows.

    Returns
    -------
    numpy.ndarray
        Years since production, weighted by amount; NaN where there is nothing.
    """
    array = run.cohorts(name)
    rest = [dim for dim in array.dims if dim not in ("year", COHORT)]
    amounts = array.sum(rest, skipna=False) if rest else array
    weights = value(amounts.transpose("year", COHORT), unit_of(amounts))
    years = np.asarray(run.years, dtype=float)
    ages = years[:, None] - years[None, :]
    total = weights.sum(axis=1)
    mean: npt.NDArray[np.float64] = np.divide(
        (weights * ages).sum(axis=1), total, out=np.full(len(years), np.nan), where=total > 0
    )
    return mean


def lives(run: Run, years: Sequence[int]) -> pd.DataFrame:
    """Lay out removals by cause, ages, second use, hoard and used-vehicle exports.

    Parameters
    ----------
    run
        The run.
    years
        Columns.

    Returns
    -------
    pandas.DataFrame
        Index: what, unit; columns: years.

    Raises
    ------
    InputError
        If a year is outside the model years, or the run has members or regions.
    """
    run.setting.refuse_several("lives")
    rows = [
        *rows_by(run, "capacity_retired", "cause", "retired", "GWh/year"),
        row_of(run, "used_capacity_exported", "exported in used vehicles, not retired", "GWh/year"),
        ("mean age at retirement", "year", mean_age(run, "capacity_retired")),
        row_of(run, "capacity_replacing", "replacement batteries", "GWh/year"),
        *rows_by(run, "reuse_capacity_entered", "reuse_step", "second use, entering", "GWh/year"),
        *rows_by(run, "reuse_capacity", "reuse_step", "second use, in service (nameplate)", "GWh"),
        row_of(run, "vehicle_batteries_ended", "end of life, traction batteries", "kt LCE/year"),
        row_of(run, "hoarded_batteries", "hoard", "kt LCE"),
    ]
    return year_table(run, rows, years, "lives")


def families_line(run: Run) -> str:
    """Say which family of lives each cohort uses."""
    share: xr.DataArray = run.setting["fleet.two_life_share"]
    values = np.asarray(value(share, "1"))
    if values.ndim != 1:
        return "lives: by member or region"
    one = [year for year, part in zip(run.years, values, strict=True) if part == 0.0]
    two = [year for year, part in zip(run.years, values, strict=True) if part == 1.0]
    parts = [f"cohorts to {max(one)} have one life of vehicle and battery together"] if one else []
    parts += [f"cohorts from {min(two)} have separate lives of vehicle and battery"] if two else []
    mixed = len(one) + len(two) < len(values)
    return "lives: " + "; ".join(parts) + ("; those between are a mixture" if mixed else "")


def lives_text(run: Run, years: Sequence[int]) -> str:
    """Print the table of lives, and which family each cohort uses."""
    return f"{year_text(lives(run, years))}\n  {families_line(run)}"

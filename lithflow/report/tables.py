"""Plain tables of runs: the summary, the goals, and how they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lithflow.arrays import value
from lithflow.chain.variables import SHOWN
from lithflow.errors import InputError
from lithflow.indicators.definitions import INDICATORS
from lithflow.units import conversion

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import xarray as xr

    from lithflow.run import Run

__all__ = ["SUMMARY", "SummaryRow", "goal_lines", "summary", "text_table"]


@dataclass(frozen=True)
class SummaryRow:
    """One row of the summary.

    Parameters
    ----------
    label
        What is shown.
    variable
        Flow, stock or indicator; summed over everything but the year.
    unit
        Unit of the values shown.
    shown
        The unit as printed; may carry a power of ten that `scale` takes out.
    scale
        Divides the values.
    digits
        Decimals printed.
    """

    label: str
    variable: str
    unit: str
    shown: str = ""
    scale: float = 1.0
    digits: int = 1


SUMMARY = (
    SummaryRow("plug-in vehicles registered", "vehicles_registered", "vehicle/year", "million/year", 1e6, 2),
    SummaryRow("plug-in vehicles in use", "vehicles_in_use", "vehicle", "million", 1e6, 2),
    SummaryRow("batteries installed", "capacity_registered", "GWh/year"),
    SummaryRow("batteries retired", "capacity_retired", "GWh/year"),
    SummaryRow("lithium demand", "lithium_demand", "kt LCE/year"),
    SummaryRow("  primary", "primary_supply", "kt LCE/year"),
    SummaryRow("  secondary, old scrap", "secondary_supply_old", "kt LCE/year"),
    SummaryRow("  secondary, new scrap", "secondary_supply_new", "kt LCE/year"),
    SummaryRow("import reliance", "import_reliance", "percent"),
    SummaryRow("recycled content", "recycled_content", "percent"),
)
"""The rows of the compact table."""


def summary(run: Run, years: Sequence[int]) -> pd.DataFrame:
    """Give the compact table.

    Parameters
    ----------
    run
        The run.
    years
        Columns.

    Returns
    -------
    pandas.DataFrame
        Index: what, unit; columns: years; NaN where an indicator isn't defined in a year.

    Raises
    ------
    InputError
        If a year is outside the model years, or the run has members or regions.
    """
    import pandas as pd

    outside = [year for year in years if year not in run.years]
    if outside:
        raise InputError(
            f"summary: years {run.years[0]} to {run.years[-1]} are there, got {', '.join(map(str, outside))}"
        )
    places = [run.years.index(year) for year in years]
    rows = [_by_year(run[row.variable], row)[places] for row in SUMMARY]
    index = pd.MultiIndex.from_tuples([(row.label, row.shown or row.unit) for row in SUMMARY], names=["what", "unit"])
    return pd.DataFrame(rows, index=index, columns=pd.Index(years, name="year"))


def _by_year(array: xr.DataArray, row: SummaryRow) -> npt.NDArray[np.float64]:
    rest = [dim for dim in array.dims if dim != "year"]
    if "member" in rest or "region" in rest:
        raise InputError("summary: the run has members or regions; choose one, or make tables of quantiles")
    values: npt.NDArray[np.float64] = value(array.sum(rest, skipna=False) if rest else array, row.unit) / row.scale
    return values


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], indent: str = "  ") -> str:
    """Lay out a table in columns: the first to the left, the others to the right.

    Parameters
    ----------
    header
        Column heads.
    rows
        Cells as text.
    indent
        Put before each line.
    """
    table = [list(header), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    lines = [
        indent
        + "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in table
    ]
    return "\n".join(line.rstrip() for line in lines)


def summary_text(run: Run, years: Sequence[int]) -> str:
    """Print the compact table as text."""
    table = summary(run, years)
    rows = [
        [row.label, row.shown or row.unit, *(_cell(number, row.digits) for number in table.iloc[i])]
        for i, row in enumerate(SUMMARY)
    ]
    return text_table(["", "unit", *map(str, years)], rows)


def _cell(number: float, digits: int) -> str:
    return "–" if number != number else f"{number:,.{digits}f}"


def goal_lines(run: Run) -> str:
    """Print the goals: wanted, reached, met or missed, and by how much; shares in percent and points."""
    signs = {"at_most": "≤", "falling_since": "<", "rising_since": ">"}
    senses = {target.id: target.sense for target in run.goals}
    rows = []
    for goal in run.targets().to_dict("records"):
        first = goal["first_year_met"]
        unit = INDICATORS[goal["indicator"]].unit
        shown = SHOWN.get(unit, unit)
        factor = conversion(unit, shown)
        rows.append(
            [
                goal["target"],
                f"{goal['year']}{'' if goal['observed'] else '*'}",
                f"{signs.get(senses[goal['target']], '≥')} {factor * goal['wanted']:,.1f}",
                f"{factor * goal['reached']:,.1f}",
                shown,
                "met" if goal["met"] else "missed",
                _signed(factor * goal["margin"]),
                str(first) if isinstance(first, int) else "never",
            ]
        )
    return text_table(["goal", "year", "wanted", "reached", "unit", "verdict", "by", "first met"], rows)


def _signed(number: float) -> str:
    text = f"{number:+,.1f}"
    return "+0.0" if text == "-0.0" else text

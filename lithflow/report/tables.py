"""Plain tables of runs: the summary, the goals, and how they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from lithflow.arrays import value
from lithflow.chain.variables import SHOWN
from lithflow.errors import InputError
from lithflow.indicators.definitions import INDICATORS
from lithflow.indicators.targets import rests_on_its_goal
from lithflow.units import conversion

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import xarray as xr

    from lithflow.run import Run

__all__ = [
    "SUMMARY",
    "SummaryRow",
    "costs_text",
    "flagged_year",
    "goal_lines",
    "milestones_text",
    "remarks",
    "summary",
    "summary_text",
    "text_table",
    "year_table",
    "year_text",
    "yearly",
]


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
    run.setting.refuse_several("summary")
    rows = [(row.label, row.shown or row.unit, yearly(run[row.variable], row.unit) / row.scale) for row in SUMMARY]
    return year_table(run, rows, years, "summary")


def yearly(array: xr.DataArray, unit: str) -> npt.NDArray[np.float64]:
    """Sum a result over everything but the year.

    Parameters
    ----------
    array
        The result of a run without members and regions, with the dimension year.
    unit
        Unit of the values given.
    """
    rest = [dim for dim in array.dims if dim != "year"]
    values: npt.NDArray[np.float64] = value(array.sum(rest, skipna=False) if rest else array, unit)
    return values


def year_table(
    run: Run, rows: Sequence[tuple[str, str, npt.NDArray[np.float64]]], years: Sequence[int], where: str
) -> pd.DataFrame:
    """Make a table of results by year.

    Parameters
    ----------
    run
        The run.
    rows
        Label, unit as shown, and values of all model years.
    years
        Columns.
    where
        Name of the table, for messages.

    Returns
    -------
    pandas.DataFrame
        Index: what, unit; columns: years. The years in which demand stays unmet are in ``attrs["infeasible"]``.

    Raises
    ------
    InputError
        If a year is outside the model years.
    """
    import pandas as pd

    outside = [year for year in years if year not in run.years]
    if outside:
        raise InputError(
            f"{where}: years {run.years[0]} to {run.years[-1]} are there, got {', '.join(map(str, outside))}"
        )
    places = [run.years.index(year) for year in years]
    index = pd.MultiIndex.from_tuples([(label, unit) for label, unit, _ in rows], names=["what", "unit"])
    table = pd.DataFrame([values[places] for *_, values in rows], index=index, columns=pd.Index(years, name="year"))
    table.attrs["infeasible"] = tuple(year for year in years if year in run.infeasible_years)
    return table


FLAG = "!"
"""Stands behind a year in which demand stays unmet."""
FOOTNOTE = f"{FLAG} infeasible: demand stays unmet in this year"


def flagged_year(year: int, infeasible: bool) -> str:
    """Print a year, with its mark where demand stays unmet in it."""
    return f"{year}{FLAG if infeasible else ''}"


def _with_footnote(text: str, infeasible: bool) -> str:
    return f"{text}\n  {FOOTNOTE}" if infeasible else text


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
    return year_text(summary(run, years), [row.digits for row in SUMMARY])


def year_text(table: pd.DataFrame, digits: Sequence[int] | None = None) -> str:
    """Print a table of `year_table` as text.

    Parameters
    ----------
    table
        The table.
    digits
        Decimals of each row; one unless given.
    """
    decimals = digits or [1] * len(table)
    rows = [
        [str(what), str(unit), *(_cell(number, decimals[i]) for number in table.iloc[i])]
        for i, (what, unit) in enumerate(table.index)
    ]
    infeasible = table.attrs.get("infeasible", ())
    heads = [flagged_year(year, year in infeasible) for year in map(int, table.columns)]
    return _with_footnote(text_table(["", "unit", *heads], rows), bool(infeasible))


def _cell(number: float, digits: int) -> str:
    return "–" if number != number else f"{number:,.{digits}f}"


def goal_lines(run: Run) -> str:
    """Print the goals: wanted, reached, met or missed, and by how much; shares in percent and points.

    A verdict with ~ is met by assumption, see `lithflow.indicators.targets.rests_on_its_goal`.
    """
    signs = {"at_most": "≤", "falling_since": "<", "rising_since": ">"}
    goals = {target.id: target for target in run.goals}
    assumed = {name for name, target in goals.items() if rests_on_its_goal(target, run.citations)}
    rows = []
    judged = run.targets()
    for goal in judged.to_dict("records"):
        first = goal["first_year_met"]
        unit = INDICATORS[goal["indicator"]].unit
        shown = SHOWN.get(unit, unit)
        factor = conversion(unit, shown)
        rows.append(
            [
                goal["target"],
                f"{goal['year']}{'' if goal['observed'] else '*'}{FLAG if goal['infeasible'] else ''}",
                f"{signs.get(goals[goal['target']].sense, '≥')} {factor * goal['wanted']:,.1f}",
                f"{factor * goal['reached']:,.1f}",
                shown,
                ("met" if goal["met"] else "missed") + ("~" if goal["met"] and goal["target"] in assumed else " "),
                _signed(factor * goal["margin"]),
                str(first) if isinstance(first, int) else "–",
            ]
        )
    head = ["goal", "year", "wanted", "reached", "unit", "verdict ", "by", "holds from"]
    marked = any(row[5].endswith("~") for row in rows)
    below = "\n  ~ the parameter behind it is the legal minimum, not observed practice" if marked else ""
    return _with_footnote(text_table(head, rows) + below, bool(judged["infeasible"].any()))


def _signed(number: float) -> str:
    text = f"{number:+,.1f}"
    return "+0.0" if text == "-0.0" else text


def milestones_text(run: Run) -> str:
    """Print the years in which something turns; a dash where it doesn't by the last year."""
    table = run.milestones()
    rows = [
        [
            row["milestone"],
            flagged_year(row["year"], row["infeasible"]) if isinstance(row["year"], int) else "–",
            "–" if isnan(row["value"]) else f"{row['value']:,.1f}",
            row["unit"],
        ]
        for row in table.to_dict("records")
    ]
    return _with_footnote(text_table(["milestone", "year", "value", "unit"], rows), bool(table["infeasible"].any()))


def costs_text(run: Run, years: Sequence[int]) -> str:
    """Print the supply cost curve of home mines."""
    head = ["year", "resource", "cost (USD/t LCE)", "capacity (kt LCE/year)", "added up", "delivered"]
    table = run.supply_costs(years)
    rows = [
        [
            flagged_year(row["year"], row["infeasible"]),
            row["resource"],
            f"{row['cost']:,.0f}",
            *(f"{row[column]:,.1f}" for column in ("capacity", "capacity_cumulative", "delivered")),
        ]
        for row in table.to_dict("records")
    ]
    return _with_footnote(text_table(head, rows), bool(table["infeasible"].any()))


def remarks(run: Run) -> list[str]:
    """Say what a reader must know before using the numbers: years with unmet demand, and with curtailed mines.

    Parameters
    ----------
    run
        The run.

    Returns
    -------
    list of str
        One sentence each; empty if there is nothing to say, or for runs with members or regions.
    """
    if run.setting.extra:
        return []
    mined = value(run["concentrate_mined"].sum("resource", skipna=False), "t Li/year")
    potential = run["mine_capacity"] * run.setting["mining.utilisation"]
    most = value(potential.sum("resource", skipna=False), "t Li/year")
    ahead = [year > run.last_observed for year in run.years]
    idle = (mined < most * (1.0 - CURTAILED)) & ahead
    told = []
    if run.infeasible_years:
        told.append(f"infeasible years: demand is unmet in {_years(run, run.infeasible.values)}")
    if idle.any():
        told.append(f"home mines could give more than the chain can use, and are curtailed, in {_years(run, idle)}")
    return told


CURTAILED = 1e-9
"""Share of what mines could give below which nothing is curtailed."""


def _years(run: Run, where: npt.NDArray[np.bool_]) -> str:
    years = [year for year, flagged in zip(run.years, where.tolist(), strict=True) if flagged]
    return f"{years[0]}–{years[-1]} ({len(years)} years)" if len(years) > 1 else str(years[0])

"""Plain tables of runs: the summary, the goals, and how they are printed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any, TypeAlias

from lithflow.arrays import bare, value
from lithflow.chain.variables import SHOWN
from lithflow.errors import InputError
from lithflow.indicators.definitions import INDICATORS
from lithflow.indicators.targets import rests_on_its_goal
from lithflow.report.reserves import reserve_remarks
from lithflow.units import conversion

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import xarray as xr

    from lithflow.inputs.targets import Target
    from lithflow.run import Run

__all__ = [
    "SUMMARY",
    "Row",
    "SummaryRow",
    "flagged_year",
    "goal_lines",
    "milestones_text",
    "mine_capacity_note",
    "number_text",
    "remarks",
    "row_of",
    "rows_by",
    "summary",
    "summary_text",
    "text_table",
    "with_footnote",
    "year_table",
    "year_text",
    "yearly",
]


Row: TypeAlias = "tuple[str, str, npt.NDArray[np.float64]]"
"""A row of a table by year: label, unit as shown, and values of all model years."""


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
    SummaryRow("lithium used", "lithium_demand", "kt LCE/year"),
    SummaryRow("  primary", "primary_supply", "kt LCE/year"),
    SummaryRow("  secondary, old scrap", "secondary_supply_old", "kt LCE/year"),
    SummaryRow("  secondary, new scrap", "secondary_supply_new", "kt LCE/year"),
    SummaryRow("import reliance", "import_reliance", "percent"),
    SummaryRow("recycled content", "recycled_content", "percent"),
)
"""The rows of the compact table."""

IMPORTED = SummaryRow("  secondary, imported black mass", "secondary_supply_imported", "kt LCE/year")
"""A further row below new scrap where black mass is imported."""

UNMET = SummaryRow("lithium wanted and unmet", "salts_unmet", "kt LCE/year")
"""A further row where demand stays unmet."""


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
        Index: what, unit; columns: years; NaN where an indicator isn't defined in a year. Where the run has regions,
        the index starts with the region, and amounts of all regions together come last.

    Raises
    ------
    InputError
        If a year is outside the model years, or the run has members.
    """
    import pandas as pd

    if run.regions:
        from lithflow.report.regions import ALL, by_region

        parts = by_region(run, lambda own: summary(own, years))
        # shares of all regions together are no sum of those of each
        amounts = [
            row.label for row in _rows(run) if row.variable not in INDICATORS or INDICATORS[row.variable].unit != "1"
        ]
        summed = parts[parts.index.get_level_values("what").isin(amounts)].groupby(["what", "unit"], sort=False).sum()
        # a row that the first region lacks would stand at the end
        summed = summed.loc[sorted(summed.index, key=lambda row: amounts.index(row[0]))]
        return pd.concat([parts, pd.concat({ALL: summed}, names=["region"])])
    run.setting.refuse_several("summary")
    rows = [(row.label, row.shown or row.unit, yearly(run[row.variable], row.unit) / row.scale) for row in _rows(run)]
    return year_table(run, rows, years, "summary")


def _rows(run: Run) -> tuple[SummaryRow, ...]:
    """Choose the rows of a run."""
    shown: tuple[SummaryRow, ...] = SUMMARY
    if value(run["black_mass_imported"], "t Li/year").any():
        after = 1 + [row.variable for row in SUMMARY].index("secondary_supply_new")
        shown = (*SUMMARY[:after], IMPORTED, *SUMMARY[after:])
    return (*shown, UNMET) if run.infeasible_years else shown


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


def row_of(run: Run, name: str, label: str, unit: str) -> Row:
    """Make a row of a result, summed over everything but the year.

    Parameters
    ----------
    run
        The run.
    name
        Flow, stock, memo or indicator.
    label
        What is shown.
    unit
        Unit of the values.
    """
    return label, unit, yearly(run[name], unit)


def rows_by(run: Run, name: str, dim: str, label: str, unit: str) -> list[Row]:
    """Make a row of a result for each label of a dimension, summed over the others.

    Parameters
    ----------
    run
        The run.
    name
        Flow, stock, memo or indicator.
    dim
        The dimension.
    label
        What is shown, before the label.
    unit
        Unit of the values.
    """
    array = run[name]
    rest = [other for other in array.dims if other not in ("year", dim)]
    table = bare(array.sum(rest, skipna=False) if rest else array, unit, ("year", dim))
    return [(f"{label}: {entry}", unit, table[:, i]) for i, entry in enumerate(array[dim].values.tolist())]


def year_table(run: Run, rows: Sequence[Row], years: Sequence[int], where: str) -> pd.DataFrame:
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


def with_footnote(text: str, infeasible: bool) -> str:
    """Say below a table what the mark of years with unmet demand means, if there is one."""
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
    """Print the compact table as text; where the run has regions, one for each and one for all."""
    table = summary(run, years)
    digits = {row.label: row.digits for row in (*SUMMARY, IMPORTED, UNMET)}
    if not run.regions:
        return year_text(table, [digits[str(label)] for label, _ in table.index])
    texts = []
    for name in table.index.get_level_values("region").unique():
        part = table[table.index.get_level_values("region") == name].droplevel("region")
        part.attrs["infeasible"] = (run.region(name) if name in run.regions else run).infeasible_years
        texts.append(f"  {name}\n{year_text(part, [digits[str(label)] for label, _ in part.index])}")
    return "\n".join(texts)


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
        [str(what), str(unit), *(number_text(number, decimals[i]) for number in table.iloc[i])]
        for i, (what, unit) in enumerate(table.index)
    ]
    infeasible = table.attrs.get("infeasible", ())
    heads = [flagged_year(year, year in infeasible) for year in map(int, table.columns)]
    return with_footnote(text_table(["", "unit", *heads], rows), bool(infeasible))


def mine_capacity_note(run: Run, years: Sequence[int]) -> str:
    """Say in a line why a table shows no capacity of home mines in observed years, if it shows any of these."""
    if min(years, default=run.years[-1]) > run.last_observed:
        return ""
    return f"\n  capacity of home mines: –, not known, up to {run.last_observed}; then as far as reserves go"


def number_text(number: float, digits: int) -> str:
    """Print a number with its decimals; a dash where there is none, no sign before a zero."""
    return "–" if number != number else f"{round(number, digits) + 0.0:,.{digits}f}"


def goal_lines(run: Run) -> str:
    """Print the goals under who set them: wanted, reached, met or missed, by how much; shares in percent and points.

    A verdict with ~ is met by assumption, see `lithflow.indicators.targets.rests_on_its_goal`. A number that isn't of
    the goal's own year stands with its year.
    """
    goals = {target.id: target for target in run.goals}
    assumed = {name for name, target in goals.items() if rests_on_its_goal(target, run.citations)}
    rows: dict[str, list[list[str]]] = {}
    judged = run.targets()
    for goal in judged.to_dict("records"):
        row = _goal_row(goal, goals[goal["target"]], goal["target"] in assumed)
        rows.setdefault(goal["group"], []).append(row)
    head = ["goal", "year", "wanted", "reached", "unit", "verdict ", "by", "holds from"]
    every = [row for group in rows.values() for row in group]
    header, *lines = text_table(head, every).splitlines()
    printed, left = [header], iter(lines)
    for group, own in rows.items():
        printed += [f"  {group or OTHER_GOALS}"] if any(rows) else []
        printed += [next(left) for _ in own]
    if any(row[5].endswith("~") for row in every):
        printed.append("  ~ the parameter behind it is the legal minimum, not observed practice")
    if any("(" in row[2] for row in every):
        printed.append(
            "  a number of another year than the goal's stands with its year; what is kept is judged by its lowest year"
        )
    return with_footnote("\n".join(printed), bool(judged["infeasible"].any()))


OTHER_GOALS = "other goals"
SIGNS = {"at_most": "≤", "falling_since": "<", "rising_since": ">"}
"""How a sense is printed; all others are `≥`."""


def _goal_row(goal: dict[Hashable, Any], target: Target, assumed: bool) -> list[str]:
    first = goal["first_year_met"]
    unit = INDICATORS[goal["indicator"]].unit
    shown = SHOWN.get(unit, unit)
    factor = conversion(unit, shown)
    base = f" ({target.since})" if target.since is not None else ""
    of_year = f" ({goal['reached_in']})" if goal["reached_in"] != goal["year"] else ""
    return [
        f"  {goal['target']}",
        f"{goal['year']}{'' if goal['observed'] else '*'}{FLAG if goal['infeasible'] else ''}",
        f"{SIGNS.get(target.sense, '≥')} {factor * goal['wanted']:,.1f}{base}",
        f"{number_text(factor * goal['reached'], 1)}{of_year}",
        shown,
        ("met" if goal["met"] else "missed") + ("~" if goal["met"] and assumed else " "),
        _signed(factor * goal["margin"]),
        str(first) if isinstance(first, int) else "–",
    ]


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
    return with_footnote(text_table(["milestone", "year", "value", "unit"], rows), bool(table["infeasible"].any()))


def remarks(run: Run) -> list[str]:
    """Say what a reader must know before using the numbers.

    These are years with unmet demand, with curtailed mines, with cathode that goes into stock and with trade that is
    refused, resources whose reserves run out, and those of which observed mines took more than was stated.

    Parameters
    ----------
    run
        The run.

    Returns
    -------
    list of str
        One sentence each; empty if there is nothing to say, or for runs with members.
    """
    if run.regions:
        return [f"{name}: {remark}" for name in run.regions for remark in remarks(run.region(name))]
    if run.setting.extra:
        return []
    mined, most = (yearly(run[name], "t Li/year") for name in ("concentrate_mined", "mine_potential"))
    ahead = [year > run.last_observed for year in run.years]
    idle = (mined < most * (1.0 - CURTAILED)) & ahead
    told = []
    if run.infeasible_years:
        told.append(f"infeasible years: demand is unmet in {_years(run, run.infeasible.values)}")
    if idle.any():
        told.append(f"home mines could give more than the chain can use, and are curtailed, in {_years(run, idle)}")
    stock = value(run["concentrate_stock"], "kt LCE")
    if stock.any():
        largest = int(stock.argmax())
        told.append(
            f"mines delivered more than the chain took; {stock[largest]:,.0f} kt LCE are kept in {run.years[largest]}, "
            "as far as no figure says what became of them"
        )
    stock = yearly(run["cathode_stock"], "kt LCE")
    rising = stock > [0.0, *stock[:-1]]
    if rising.any():
        told.append(
            f"lithium used in {_years(run, rising)} holds cathode put into stock: {stock.max():,.0f} kt LCE "
            "(materials.cathode_inventory_build)"
        )
    if "imports_from_outside" in run:
        outside = value(run["imports_from_outside"].sum("trade_stage", skipna=False), "t Li/year") > 0.0
        if outside.any():
            told.append(f"lithium comes from countries outside the run in {_years(run, outside)}")
    if "trade_refused" in run:
        refused = value(run["trade_refused"].sum("partner", skipna=False), "t Li/year") > 0.0
        told += [
            f"more {stage.replace('_', ' ')} than are used here would be sent by partners, and are refused, in "
            f"{_years(run, some)}"
            for stage, some in zip(run.setting.axes.labels("trade_stage"), refused.T, strict=True)
            if some.any()
        ]
    return told + _beyond_capacity(run) + reserve_remarks(run)


def _beyond_capacity(run: Run) -> list[str]:
    """Name the plants that would have to make more than they can; capacities limit nothing."""
    from lithflow.report.plants import STAGES

    told = []
    for stage, (name, _) in STAGES.items():
        # not a number compares as false: there is no capacity
        beyond = value(run[f"{name}_utilisation"], "1") > 1.0 + CURTAILED
        if beyond.any():
            told.append(f"{stage} make more than their stated capacity in {_years(run, beyond)}")
    return told


CURTAILED = 1e-9
"""Share of what mines could give below which nothing is curtailed."""


def _years(run: Run, where: npt.NDArray[np.bool_]) -> str:
    years = [year for year, flagged in zip(run.years, where.tolist(), strict=True) if flagged]
    return f"{years[0]}–{years[-1]} ({len(years)} years)" if len(years) > 1 else str(years[0])

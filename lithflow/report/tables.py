"""Plain tables of runs: the summary, the goals, and how they are printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    "by_region",
    "costs_text",
    "goal_lines",
    "milestones_text",
    "remarks",
    "summary",
    "summary_text",
    "text_table",
    "trade",
    "trade_text",
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
        Index: what, unit; columns: years; NaN where an indicator isn't defined in a year. Where the run has regions,
        the index starts with the region, and amounts of all regions together come last.

    Raises
    ------
    InputError
        If a year is outside the model years, or the run has members.
    """
    import pandas as pd

    if run.regions:
        parts = by_region(run, lambda own: summary(own, years))
        # shares of all regions together are no sum of those of each
        amounts = [
            row.label for row in SUMMARY if row.variable not in INDICATORS or INDICATORS[row.variable].unit != "1"
        ]
        summed = parts[parts.index.get_level_values("what").isin(amounts)].groupby(["what", "unit"], sort=False).sum()
        return pd.concat([parts, pd.concat({ALL: summed}, names=["region"])])
    run.setting.refuse_several("summary")
    rows = [(row.label, row.shown or row.unit, yearly(run[row.variable], row.unit) / row.scale) for row in SUMMARY]
    return year_table(run, rows, years, "summary")


ALL = "all regions"
OUTSIDE = "outside"


def by_region(run: Run, table: Callable[[Run], pd.DataFrame]) -> pd.DataFrame:
    """Make a table for each region of a run, one below the other.

    Parameters
    ----------
    run
        A run with regions.
    table
        Makes the table of a run without regions.

    Returns
    -------
    pandas.DataFrame
        The index starts with the region.
    """
    import pandas as pd

    return pd.concat({name: table(run.region(name)) for name in run.regions}, names=["region"])


def trade(run: Run, years: Sequence[int]) -> pd.DataFrame:
    """Lay out who delivers how much lithium to whom.

    Parameters
    ----------
    run
        A run with regions and without members.
    years
        Columns.

    Returns
    -------
    pandas.DataFrame
        Index: traded, from, to, unit; columns: years.

    Raises
    ------
    InputError
        If the run has no regions or has members, or a year is outside the model years.
    """
    import pandas as pd

    if not run.regions:
        raise InputError(f"trade: the run of {run.scenario} has no regions")
    rows = []
    for region in run.regions:
        own = run.region(region)
        own.setting.refuse_several("trade")
        for stage in own.setting.axes.labels("trade_stage"):
            between = own["trade_between_regions"].sel(trade_stage=stage)
            rows += [
                (stage, partner, region, between.sel(partner=partner)) for partner in own.setting.axes.labels("partner")
            ]
            rows.append((stage, OUTSIDE, region, own["imports_from_outside"].sel(trade_stage=stage)))
            rows.append((stage, region, OUTSIDE, own["exports_to_outside"].sel(trade_stage=stage)))
    unit = SHOWN["t Li/year"]
    traded = [(f"{stage}|{source}|{target}", unit, value(array, unit)) for stage, source, target, array in rows]
    order = list(dict.fromkeys(stage for stage, *_ in rows))
    kept = sorted((row for row in traded if row[2].any()), key=lambda row: order.index(row[0].split("|")[0]))
    table = year_table(run, kept, years, "trade")
    names = ["traded", "from", "to", "unit"]
    table.index = pd.MultiIndex.from_tuples([(*label.split("|"), unit) for label, unit, _ in kept], names=names)
    return table


def trade_text(run: Run, years: Sequence[int]) -> str:
    """Print who delivers to whom."""
    table = trade(run, years)
    rows = [
        [stage.replace("_", " "), source, target, unit, *(_cell(number, 1) for number in table.iloc[i])]
        for i, (stage, source, target, unit) in enumerate(table.index)
    ]
    return text_table(["traded", "from", "to", "unit", *map(str, table.columns)], rows)


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
        Index: what, unit; columns: years.

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
    return pd.DataFrame([values[places] for *_, values in rows], index=index, columns=pd.Index(years, name="year"))


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
    digits = {row.label: row.digits for row in SUMMARY}
    if not run.regions:
        return year_text(table, [row.digits for row in SUMMARY])
    texts = []
    for name in (*run.regions, ALL):
        part = table[table.index.get_level_values("region") == name].droplevel("region")
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
        [str(what), str(unit), *(_cell(number, decimals[i]) for number in table.iloc[i])]
        for i, (what, unit) in enumerate(table.index)
    ]
    return text_table(["", "unit", *map(str, table.columns)], rows)


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
    for goal in run.targets().to_dict("records"):
        first = goal["first_year_met"]
        unit = INDICATORS[goal["indicator"]].unit
        shown = SHOWN.get(unit, unit)
        factor = conversion(unit, shown)
        rows.append(
            [
                goal["target"],
                f"{goal['year']}{'' if goal['observed'] else '*'}",
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
    return text_table(head, rows) + below


def _signed(number: float) -> str:
    text = f"{number:+,.1f}"
    return "+0.0" if text == "-0.0" else text


def milestones_text(run: Run) -> str:
    """Print the years in which something turns; a dash where it doesn't by the last year."""
    rows = [
        [
            row["milestone"],
            str(row["year"]) if isinstance(row["year"], int) else "–",
            "–" if isnan(row["value"]) else f"{row['value']:,.1f}",
            row["unit"],
        ]
        for row in run.milestones().to_dict("records")
    ]
    return text_table(["milestone", "year", "value", "unit"], rows)


def costs_text(run: Run, years: Sequence[int]) -> str:
    """Print the supply cost curve of home mines."""
    head = ["year", "resource", "cost (USD/t LCE)", "capacity (kt LCE/year)", "added up", "delivered"]
    rows = [
        [
            str(row["year"]),
            row["resource"],
            f"{row['cost']:,.0f}",
            *(f"{row[column]:,.1f}" for column in ("capacity", "capacity_cumulative", "delivered")),
        ]
        for row in run.supply_costs(years).to_dict("records")
    ]
    return text_table(head, rows)


def remarks(run: Run) -> list[str]:
    """Say what a reader must know before using the numbers: years with unmet demand, and with curtailed mines.

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
    unmet = value(run["unmet_share"], "1") > 0.0
    mined = value(run["concentrate_mined"].sum("resource", skipna=False), "t Li/year")
    potential = run["mine_capacity"] * run.setting["mining.utilisation"]
    most = value(potential.sum("resource", skipna=False), "t Li/year")
    ahead = [year > run.last_observed for year in run.years]
    idle = (mined < most * (1.0 - CURTAILED)) & ahead
    told = []
    if unmet.any():
        told.append(f"infeasible years: demand is unmet in {_years(run, unmet)}")
    if idle.any():
        told.append(f"home mines could give more than the chain can use, and are curtailed, in {_years(run, idle)}")
    stock = value(run["concentrate_stock"], "kt Li")
    if stock.any():
        most = int(stock.argmax())
        told.append(
            f"mines delivered more concentrate than the chain took; {stock[most]:,.0f} kt Li of it, unexplained by any "
            f"figure, are kept at the end of {run.years[most]}"
        )
    if "imports_from_outside" in run:
        outside = value(run["imports_from_outside"].sum("trade_stage", skipna=False), "t Li/year") > 0.0
        if outside.any():
            told.append(f"lithium comes from countries outside the run in {_years(run, outside)}")
    return told


CURTAILED = 1e-9
"""Share of what mines could give below which nothing is curtailed."""


def _years(run: Run, where: npt.NDArray[np.bool_]) -> str:
    years = [year for year, flagged in zip(run.years, where.tolist(), strict=True) if flagged]
    return f"{years[0]}–{years[-1]} ({len(years)} years)" if len(years) > 1 else str(years[0])

"""Tables of runs with regions: one region below the other, and who delivers to whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lithflow.arrays import value
from lithflow.chain.variables import SHOWN
from lithflow.errors import InputError
from lithflow.report.tables import number_text, text_table, year_table

if TYPE_CHECKING:
    import pandas as pd

    from lithflow.run import Run

__all__ = ["ALL", "OUTSIDE", "by_region", "trade", "trade_text"]

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


def trade(run: Run, years: Sequence[int] | None = None) -> pd.DataFrame:
    """Lay out who delivers how much lithium to whom.

    Parameters
    ----------
    run
        A run with regions and without members.
    years
        Columns; those that tables show by themselves unless given.

    Returns
    -------
    pandas.DataFrame
        Index: traded, from, to, unit; columns: years. What comes from or goes to countries that are no region of the
        run is from or to ``outside``; rows without any trade are left out.

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
    table = year_table(run, kept, run.shown_years if years is None else years, "trade")
    names = ["traded", "from", "to", "unit"]
    table.index = pd.MultiIndex.from_tuples([(*label.split("|"), unit) for label, unit, _ in kept], names=names)
    return table


def trade_text(run: Run, years: Sequence[int]) -> str:
    """Print who delivers to whom."""
    table = trade(run, years)
    rows = [
        [stage.replace("_", " "), source, target, unit, *(number_text(number, 1) for number in table.iloc[i])]
        for i, (stage, source, target, unit) in enumerate(table.index)
    ]
    return text_table(["traded", "from", "to", "unit", *map(str, table.columns)], rows)

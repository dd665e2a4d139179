"""Goals judged: wanted against reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lithflow.errors import InputError
from lithflow.inputs.sources import ASSUMPTION
from lithflow.inputs.targets import Target
from lithflow.units import conversion

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["judge", "rests_on_its_goal"]

Array = npt.NDArray[np.float64]
ROUNDING = 1e-9
"""A goal that is missed by less than this is met: shares are sums of floats."""

COLUMNS = [
    "target",
    "year",
    "indicator",
    "where",
    "unit",
    "wanted",
    "reached",
    "reached_in",
    "met",
    "margin",
    "first_year_met",
    "observed",
    "infeasible",
    "group",
    "meaning",
    "source",
]


def judge(
    targets: Sequence[Target],
    indicator: Callable[[Target], Array],
    years: Sequence[int],
    last_observed: int,
    unit: Callable[[str], str] = lambda name: "1",
    infeasible: Sequence[int] = (),
) -> pd.DataFrame:
    """Compare indicators with goals.

    Parameters
    ----------
    targets
        The goals.
    indicator
        Gives the values by year of what a goal measures.
    years
        The model years.
    last_observed
        Up to this year a goal is judged on observed history, after it on the scenario.
    unit
        Gives the unit of an indicator's values.
    infeasible
        Years in which demand stays unmet.

    Returns
    -------
    pandas.DataFrame
        One row a goal. `reached` is what is compared with `wanted`, and `reached_in` the year it is of: that of the
        goal, or, for one that is kept since a year, the year of the lowest value after that one. `margin` is how far
        `reached` is on the right side of `wanted`; these are in `unit`, shares as fractions. `where` is the label,
        such as the metal, for an indicator of several. `first_year_met` is the first year from which on the goal holds
        in every later model year; NA if it doesn't hold at the end.

    Raises
    ------
    InputError
        If a goal looks back to a year before the first, or the values have members or regions.
    lithflow.units.DimensionError
        If a goal's unit is of another dimension than its indicator.
    """
    import pandas as pd

    rows = []
    for target in targets:
        if not years[0] <= target.year <= years[-1]:
            continue
        if target.since is not None and target.since not in years:
            raise InputError(
                f"goal {target.id}: expected `since` to be a model year from {years[0]} on, got {target.since}"
            )
        values = indicator(target)
        if values.ndim != 1:
            raise InputError(
                f"goal {target.id}: expected one number a year of {target.indicator}, got more: the run has members or "
                "regions, or the indicator has a value for each label of a dimension; choose one (`where`)"
            )
        wanted, margin = _margins(target, values, years, unit(target.indicator))
        at = years.index(target.year)
        reached_at = _compared(target, values, years)
        start = 0 if target.since is None else years.index(target.since) + 1
        missed = np.flatnonzero(~(margin[start:] >= -ROUNDING))
        holds_from = start + (int(missed[-1]) + 1 if len(missed) else 0)
        rows.append(
            {
                "target": target.id,
                "year": target.year,
                "indicator": target.indicator,
                "where": ", ".join(target.where.values()),
                "unit": unit(target.indicator),
                "wanted": wanted,
                "reached": float(values[reached_at]),
                "reached_in": years[reached_at],
                "met": bool(margin[at] >= -ROUNDING),
                "margin": float(margin[at]),
                "first_year_met": years[holds_from] if holds_from < len(years) else pd.NA,
                "observed": target.year <= last_observed,
                "infeasible": target.year in infeasible,
                "group": target.group,
                "meaning": target.description,
                "source": ", ".join(target.sources),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _compared(target: Target, values: Array, years: Sequence[int]) -> int:
    """Give the place of the year whose value is compared."""
    at = years.index(target.year)
    if target.sense != "not_falling_since" or target.since is None:
        return at
    after = years.index(target.since) + 1
    later = values[after : at + 1]
    lowest = later.min()
    # the first of several that are the same but for rounding; a year without a value is as low as can be
    found = np.isnan(later) if np.isnan(lowest) else later <= lowest + ROUNDING
    return after + int(found.argmax())


def _margins(target: Target, values: Array, years: Sequence[int], unit: str) -> tuple[float, Array]:
    """Give the number that is wanted, and by how much each year meets it."""
    if target.since is None:
        wanted = float(target.value or 0.0) * conversion(target.unit, unit, f"goal {target.id}")
        return wanted, (values - wanted if target.sense == "at_least" else wanted - values)
    wanted = float(values[years.index(target.since)])
    if target.sense == "falling_since":
        return wanted, np.where(values < wanted, wanted - values, -np.maximum(values - wanted, 2 * ROUNDING))
    if target.sense == "rising_since":
        return wanted, np.where(values > wanted, values - wanted, -np.maximum(wanted - values, 2 * ROUNDING))
    # the base year itself would hold the margin at zero
    after = years.index(target.since) + 1
    margin = np.full(len(values), np.nan)
    margin[after:] = np.minimum.accumulate(values[after:]) - wanted
    return wanted, margin


def rests_on_its_goal(target: Target, citations: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether a goal is met by assumption, as a parameter that decides it rests on the goal's own source.

    Parameters
    ----------
    target
        The goal; its `parameters` decide it.
    citations
        Sources of each parameter, as in `Run.citations`.
    """
    sources = set(target.sources) - {ASSUMPTION}
    return any(sources.intersection(citations.get(name, ())) for name in target.parameters)

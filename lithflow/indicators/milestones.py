"""Milestones: the years in which something turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lithflow.indicators.terms import ratio

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["exhausted_in", "milestones", "used_up_in"]

Array = npt.NDArray[np.float64]


def used_up_in(left: Array, years: Sequence[int]) -> tuple[int | None, ...]:
    """Give for each resource the first year at whose end nothing is left in its reserves; None if there is none.

    Parameters
    ----------
    left
        What is left at the end of each year, (year, resource).
    years
        The years.
    """
    return _first_of(left <= 0.0, years)


def exhausted_in(left: Array, potential: Array, years: Sequence[int]) -> tuple[int | None, ...]:
    """Give for each resource the first year at whose end nothing is left for good; None if there is none.

    Reserves that are used up and added to later aren't exhausted.

    Parameters
    ----------
    left
        What is left at the end of each year, (year, resource).
    potential
        What mines could deliver in each year, alike.
    years
        The years.
    """
    there = (left > 0.0) | (potential > 0.0)
    again = np.zeros_like(there)
    again[:-1] = np.logical_or.accumulate(there[:0:-1])[::-1]
    for_good = (left <= 0.0) & ~again
    # where each year's additions are mined to the end, the last year doesn't tell what comes after it
    for_good[-1] &= left[-2] > 0.0
    return _first_of(for_good, years)


def _first_of(reached: npt.NDArray[np.bool_], years: Sequence[int]) -> tuple[int | None, ...]:
    return tuple(years[int(each.argmax())] if each.any() else None for each in reached.T)


def milestones(
    values: Callable[[str, str], Array],
    resources: tuple[str, ...],
    years: tuple[int, ...],
    reserves: Array,
    reserve_year: float,
) -> pd.DataFrame:
    """Give the years in which something turns; none by the last year is an answer.

    Parameters
    ----------
    values
        Gives a result by year, in a unit; further dimensions follow the year.
    resources
        Labels of the home resources, in the order of ``reserves_left``.
    years
        The model years.
    reserves
        Reserves as stated, (resource), kt LCE.
    reserve_year
        Year at whose end they were stated.

    Returns
    -------
    pandas.DataFrame
        Columns: milestone, year (NA if it isn't reached), value (in that year, or in the last one), unit.
    """
    import pandas as pd

    demand, old, new, primary = (values(name, FLOW) for name in SUPPLY)
    left = values("reserves_left", STOCK)
    ends = exhausted_in(left, values("mine_potential", FLOW), years)
    unmet = np.nan_to_num(values("unmet_share", "percent"))
    called_on, lasting = _reserve_lasting(values)
    peak = primary.argmax()

    rows: list[tuple[str, int | None, float, str]] = []

    def first(name: str, reached: npt.NDArray[np.bool_], amount: Array, unit: str) -> None:
        at = int(reached.argmax()) if reached.any() else None
        rows.append((name, None if at is None else years[at], float(amount[-1 if at is None else at]), unit))

    # old scrap covers what new scrap doesn't, before export and stockpiling
    covered = _percent(old, demand - new)
    first(
        "break-even: old scrap covers demand less new scrap", (old >= demand - new) & (demand > 0.0), covered, "percent"
    )
    # a highest value in the last year is no peak
    first("peak of primary lithium", (np.arange(len(years)) == peak) & (peak < len(years) - 1), primary, FLOW)
    for i, (resource, end) in enumerate(zip(resources, ends, strict=True)):
        first(f"home reserves of {resource} exhausted", np.array([year == end for year in years]), left[:, i], STOCK)
    first("demand unmet", unmet > 0.0, unmet, "percent")
    first("reserve called on, months until shortage", called_on, lasting, "month")
    # reserves are stated as of a year, so what was wanted up to then isn't held against them
    since = [year > reserve_year for year in years]
    wanted = np.where(since, primary, 0.0).sum()
    share = float(_percent(wanted, reserves.sum()))
    rows.append((f"primary demand after {reserve_year:g} over home reserves", years[-1], share, "percent"))
    table = pd.DataFrame(rows, columns=["milestone", "year", "value", "unit"])
    table["year"] = table["year"].astype("Int64")
    return table


FLOW, STOCK = "kt LCE/year", "kt LCE"
SUPPLY = ("lithium_demand", "secondary_supply_old", "secondary_supply_new", "primary_supply")
MONTHS = 12.0
"""Months in a year."""


def _reserve_lasting(values: Callable[[str, str], Array]) -> tuple[npt.NDArray[np.bool_], Array]:
    """Tell when origins deliver too little, and for how many months the reserve of the year before makes up for it."""
    held, unmet = values("salt_reserve", STOCK).sum(axis=1), values("salts_unmet", FLOW).sum(axis=1)
    before = np.concatenate([[0.0], held[:-1]])
    short = np.maximum(before - held, 0.0) + unmet
    return short > 0.0, MONTHS / 100.0 * _percent(before, short)


def _percent(part: Array, whole: Array) -> Array:
    """Divide, in percent; not a number where there is nothing to divide by."""
    return 100.0 * ratio(part, whole)

"""Milestones: the years in which something turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lithflow.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["milestones"]

Array = npt.NDArray[np.float64]


def milestones(values: Callable[[str, str], Array], resources: tuple[str, ...], years: tuple[int, ...]) -> pd.DataFrame:
    """Give the years in which something turns; none by the last year is an answer.

    Parameters
    ----------
    values
        Gives a result by year, in a unit; further dimensions follow the year.
    resources
        Labels of the home resources, in the order of ``reserves_left``.
    years
        The model years.

    Returns
    -------
    pandas.DataFrame
        Columns: milestone, year (NA if none), value, unit.

    Raises
    ------
    InputError
        If the run has members or regions.
    """
    import pandas as pd

    unit = "kt LCE/year"
    demand, old, new = (
        values(name, unit) for name in ("lithium_demand", "secondary_supply_old", "secondary_supply_new")
    )
    if demand.ndim != 1:
        raise InputError("milestones: the run has members or regions; choose one")
    primary, left = values("primary_supply", unit), values("reserves_left", "kt LCE")
    rows: list[tuple[str, int | None, float, str]] = []

    def first(name: str, reached: npt.NDArray[np.bool_], amount: Array, of: str) -> None:
        places = np.flatnonzero(reached)
        at = int(places[0]) if len(places) else None
        rows.append((name, None if at is None else years[at], float(amount[-1 if at is None else at]), of))

    # old scrap covers what new scrap doesn't, before export and stockpiling
    first(
        "break-even: old scrap covers demand less new scrap", old >= demand - new, old / (demand - new) * 100, "percent"
    )
    peak = int(primary.argmax())
    rows.append(("peak of primary lithium", years[peak], float(primary[peak]), unit))
    for i, resource in enumerate(resources):
        first(f"home reserves of {resource} exhausted", left[:, i] <= 0.0, left[:, i], "kt LCE")
    unmet = values("unmet_share", "percent")
    first("demand unmet", np.nan_to_num(unmet) > 0.0, np.nan_to_num(unmet), "percent")
    held, gap = values("salt_reserve", unit.partition("/")[0]).sum(axis=1), values("salts_unmet", unit).sum(axis=1)
    before = np.concatenate([[0.0], held[:-1]])
    short = np.maximum(before - held, 0.0) + gap
    lasting = np.divide(12.0 * before, short, out=np.full(len(years), np.inf), where=short > 0.0)
    first("reserve called on, months until shortage", short > 0.0, lasting, "month")
    taken, stated = float(primary[-1] if primary.size else 0.0), float(left[0].sum())
    total = values("primary_demand_cumulative", "kt LCE")[-1]
    rows.append(
        (
            "cumulative primary demand over home reserves",
            years[-1],
            100 * float(total) / stated if taken else 0.0,
            "percent",
        )
    )
    table = pd.DataFrame(rows, columns=["milestone", "year", "value", "unit"])
    table["year"] = table["year"].astype("Int64")
    return table

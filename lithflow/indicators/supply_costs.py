"""The supply cost curve: what home resources can deliver, cheapest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["supply_costs"]

Array = npt.NDArray[np.float64]
COLUMNS = ["year", "resource", "cost", "capacity", "available", "available_cumulative", "delivered", "reserves_left"]


def supply_costs(
    cost: Array,
    capacity: Array,
    available: Array,
    delivered: Array,
    reserves_left: Array,
    resources: tuple[str, ...],
    years: Sequence[int],
) -> pd.DataFrame:
    """Order the home resources of each year by their cost, and add up what they can deliver.

    The curve shows costs; mines are not chosen by them: where the chain can use less than all mines can deliver, all
    are curtailed in proportion.

    Parameters
    ----------
    cost
        Cost, (year, resource), USD/t LCE.
    capacity
        Salts that home mines could supply by their size, (year, resource), kt LCE/year.
    available, delivered
        Salts that they could supply as used and as far as reserves go, and those made from what they delivered, alike.
    reserves_left
        Lithium left in the reserves at the end of the year, (year, resource), kt LCE.
    resources
        Labels of the resources.
    years
        The years.

    Returns
    -------
    pandas.DataFrame
        One row a year and resource, cheapest first; those that neither could nor did deliver are left out. Columns:
        year, resource, cost (USD/t LCE), capacity, available, available_cumulative, delivered (kt LCE/year, in salts),
        reserves_left (kt LCE, in the ground).
    """
    import pandas as pd

    rows = []
    for at, year in enumerate(years):
        order = [i for i in np.argsort(cost[at], kind="stable") if capacity[at, i] > 0.0 or delivered[at, i] > 0.0]
        reached = np.cumsum(available[at, order])
        for place, i in enumerate(order):
            amounts = capacity[at, i], available[at, i], reached[place], delivered[at, i], reserves_left[at, i]
            rows.append((year, resources[i], float(cost[at, i]), *map(float, amounts)))
    return pd.DataFrame(rows, columns=COLUMNS)

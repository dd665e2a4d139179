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


def supply_costs(
    cost: Array,
    capacity: Array,
    delivered: Array,
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
    capacity, delivered
        Salts that home mines could supply, and those made from what they delivered, (year, resource), kt LCE/year.
    resources
        Labels of the resources.
    years
        The years.

    Returns
    -------
    pandas.DataFrame
        One row a year and resource, cheapest first; those that neither could nor did deliver are left out. Columns:
        year, resource, cost (USD/t LCE), capacity, capacity_cumulative, delivered (kt LCE/year, in salts).
    """
    import pandas as pd

    rows = []
    for year, costs, able, made in zip(years, cost, capacity, delivered, strict=True):
        order = [i for i in np.argsort(costs, kind="stable") if able[i] > 0.0 or made[i] > 0.0]
        reached = np.cumsum(able[order])
        rows += [
            (year, resources[i], float(costs[i]), float(able[i]), float(up_to), float(made[i]))
            for i, up_to in zip(order, reached, strict=True)
        ]
    return pd.DataFrame(rows, columns=["year", "resource", "cost", "capacity", "capacity_cumulative", "delivered"])

"""What an indicator is made of: its flows above and below the line, year by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lithflow.chain.variables import SHOWN
from lithflow.indicators.indicator import Amount, Indicator, Parts, added
from lithflow.indicators.terms import ratio
from lithflow.units import conversion

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["indicator_flows"]

Array = npt.NDArray[np.float64]
SIDES = ("numerator", "denominator")


def indicator_flows(
    indicator: Indicator, found: Parts, labels: Mapping[str, tuple[str, ...]], years: tuple[int, ...]
) -> pd.DataFrame:
    """Lay out the flows of an indicator, the sum of each side, and the value that follows.

    Parameters
    ----------
    indicator
        Which.
    found
        What stands above and below the line, from `lithflow.indicators.indicator.parts`; without region and member.
    labels
        Labels of the dimensions that the indicator keeps.
    years
        The model years.

    Returns
    -------
    pandas.DataFrame
        Index: part (numerator, denominator, value), flow, each kept dimension, unit; columns: years. What is taken off
        is negative, so that the flows of a part add up to its `sum`.
    """
    import pandas as pd

    rows: list[tuple[tuple[str, ...], Array]] = []
    for place in product(*(range(len(labels[dim])) for dim in indicator.keep)):
        names = tuple(labels[dim][i] for dim, i in zip(indicator.keep, place, strict=True))
        sums = []
        for side, amounts in zip(SIDES, found, strict=True):
            if not amounts:
                continue
            own, unit = _series(amounts, place, indicator.unit_of_parts, len(years))
            rows += [((side, flow, *names, unit), values) for flow, values in own]
            sums.append(added(own))
            rows.append(((side, "sum", *names, unit), sums[-1]))
        rows.append(_value_row(indicator, sums, names))
    index = pd.MultiIndex.from_tuples([key for key, _ in rows], names=["part", "flow", *indicator.keep, "unit"])
    return pd.DataFrame([values for _, values in rows], index=index, columns=pd.Index(years, name="year"))


def _series(amounts: Sequence[Amount], place: tuple[int, ...], unit: str, count: int) -> tuple[list[Amount], str]:
    """Take the values of one label, in the unit that people read."""
    shown = SHOWN.get(unit, unit)
    factor = conversion(unit, shown)
    own = []
    for flow, values in amounts:
        for label in place:
            values = values[:, label]
        own.append((flow, factor * np.broadcast_to(values.reshape(-1), (count,))))
    return own, shown


def _value_row(indicator: Indicator, sums: Sequence[Array], names: tuple[str, ...]) -> tuple[tuple[str, ...], Array]:
    shown = SHOWN.get(indicator.unit, indicator.unit)
    if len(sums) == 1:
        return ("value", indicator.name, *names, shown), sums[0]
    return ("value", indicator.name, *names, shown), conversion(indicator.unit, shown) * ratio(*sums)

"""Data frames with a title and units, and how figures are cited in them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lithflow.industry.reading import Figure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cited", "frame", "interval", "noted"]

YEARS = ("year", "capacity_year", "founded")


def frame(title: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Make a data frame.

    Parameters
    ----------
    title
        What it shows; becomes ``attrs["title"]``.
    columns
        Names and units, ``""`` where a column is text, a year or a truth; the units become ``attrs["units"]``.
    rows
        The cells, in the order of the columns; a missing year is None, a missing number NaN.

    Returns
    -------
    pandas.DataFrame
        One row each; years are integers, missing ones ``<NA>``.
    """
    import pandas as pd

    table = pd.DataFrame([tuple(row) for row in rows], columns=list(columns))
    table = table.astype({name: "Int64" if table[name].isna().any() else "int64" for name in YEARS if name in table})
    table.attrs = {"title": title, "units": {name: unit for name, unit in columns.items() if unit}}
    return table


def interval(figures: Sequence[Figure], most: float = math.inf) -> tuple[float, float]:
    """Give the least and the most that figures of one quantity allow.

    Parameters
    ----------
    figures
        One figure, or the two ends of a range.
    most
        The upper bound of what was printed as "at least".

    Returns
    -------
    tuple of float
        Least and most; equal where the figure stands alone, 0 at least where it was printed as "up to".
    """
    low = max((figure.value for figure in figures if figure.reading not in ("at most", "high")), default=0.0)
    high = min((figure.value for figure in figures if figure.reading not in ("at least", "low")), default=most)
    return low, high


def cited(figures: Iterable[Figure]) -> str:
    """Give the ids of figures, runs of them drawn together: ``L115-L124, L126``."""
    runs: list[list[int | str]] = []
    for letter, number in sorted({_parts(figure.seed.id) for figure in figures}):
        if runs and runs[-1][0] == letter and runs[-1][2] == number - 1:
            runs[-1][2] = number
        else:
            runs.append([letter, number, number])
    return ", ".join(
        f"{letter}{first:03d}" if first == last else f"{letter}{first:03d}-{letter}{last:03d}"
        for letter, first, last in runs
    )


def _parts(name: str) -> tuple[str, int]:
    match = re.fullmatch(r"(\D*)(\d+)", name)
    return (match[1], int(match[2])) if match else (name, 0)


def noted(figures: Iterable[Figure]) -> str:
    """Give what has to be said of figures: why one can't be right as printed, and how it is read."""
    return "; ".join(dict.fromkeys(text for figure in figures for text in (figure.seed.note, figure.remark) if text))

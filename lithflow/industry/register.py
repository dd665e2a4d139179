"""The register of firms, and what can't be right in the figures about them."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lithflow.industry.frames import cited, frame, noted
from lithflow.industry.reading import Figure, read_industry

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["firms", "notes"]

INCONSISTENT = re.compile(r"((?:INC-\d+(?:, )?)+): (.*)")


def firms(folder: str | Path | None = None) -> pd.DataFrame:
    """Give the register of firms.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        ``firm``, ``also_named``, ``group``, ``country``, ``domestic``, ``founded`` (year), ``employees`` (NaN where not
        stated), ``basis`` (where seat and owner are stated), ``note``.

    Raises
    ------
    InputErrors
        If the tables can't be read.
    """
    industry = read_industry(folder)
    known: dict[tuple[str, str], Figure] = {}
    about: dict[str, list[Figure]] = defaultdict(list)
    for figure in industry.of("founded", "employees", "mention"):
        known[figure.firm, figure.measure] = figure
        about[figure.firm].append(figure)
    also: dict[str, list[str]] = defaultdict(list)
    for printed, name in industry.names.items():
        if printed != name:
            also[name].append(printed)
    rows: list[tuple[Any, ...]] = []
    for name, firm in industry.firms.items():
        founded, employees = known.get((name, "founded")), known.get((name, "employees"))
        rows.append(
            (
                *(name, "; ".join(also[name]), firm.group, firm.country, firm.domestic),
                *(int(founded.value) if founded else None, employees.value if employees else math.nan),
                *(firm.basis, "; ".join(filter(None, (firm.remark, noted(about[name]))))),
            )
        )
    columns = ("firm", "also_named", "group", "country", "domestic", "founded", "employees", "basis", "note")
    return frame("Firms", dict.fromkeys(columns, ""), rows)


def notes(folder: str | Path | None = None) -> pd.DataFrame:
    """Give the inconsistencies of the figures that the tables of the industry rest on.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        ``inconsistency`` (INC-…), ``figures``, ``note`` (what can't be right).

    Raises
    ------
    InputErrors
        If the tables can't be read.
    """
    found: dict[str, dict[str, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for figure in read_industry(folder).figures:
        match = INCONSISTENT.match(figure.seed.note)
        if match:
            for name in match[1].split(", "):
                found[name][match[2]].append(figure)
    rows = [
        (name, cited(figure for figures in texts.values() for figure in figures), "; ".join(texts))
        for name, texts in sorted(found.items())
    ]
    return frame("What can't be right as printed", dict.fromkeys(("inconsistency", "figures", "note"), ""), rows)

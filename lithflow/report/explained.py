"""An indicator explained: its meaning, its formula, and the flows behind it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lithflow.arrays import value
from lithflow.indicators.definitions import INDICATORS
from lithflow.indicators.recycling import RECOVERED, SCRAP
from lithflow.report.tables import flagged_year, number_text, text_table, with_footnote

if TYPE_CHECKING:
    from lithflow.run import Run

__all__ = ["explained_text"]

WIDTH = 118
_IMPORTED = re.compile(rf"({'|'.join(flow for flows in RECOVERED.values() for flow in flows)})\[{SCRAP[-1]}\b")


def explained_text(run: Run, name: str, years: Sequence[int]) -> str:
    """Print an indicator with its flows by year.

    What is recovered from imported black mass has a row only where black mass is imported.

    Parameters
    ----------
    run
        The run.
    name
        The indicator.
    years
        Years to show.
    """
    table = run.indicator_flows(name, years)
    importing = value(run["black_mass_imported"], "t Li/year").any()
    indicator = INDICATORS[name]
    rows: list[list[str]] = []
    before, flows = "", 0
    for (part, flow, *labels, unit), values in zip(table.index, table.to_numpy().tolist(), strict=True):
        if not importing and _IMPORTED.search(flow):
            continue
        if part not in (before, "value"):
            rows.append([part, *[""] * (len(years) + 1)])
            flows = 0
        before = part
        flows += flow != "sum"
        if flow == "sum" and flows == 1:
            continue
        margin = "" if part == "value" else "  "
        rows.append([margin + ", ".join([flow, *labels]), unit, *(number_text(value, 1) for value in values)])
    text = [f"{name}: {indicator.meaning}", *_wrapped(indicator.formula())]
    heads = [flagged_year(year, year in run.infeasible_years) for year in years]
    return "\n".join([*text, with_footnote(text_table(["", "unit", *heads], rows), run.infeasible_years != ())])


def _wrapped(formula: str) -> list[str]:
    return textwrap.wrap(formula, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False)

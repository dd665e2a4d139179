"""The supply cost curve of a run as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lithflow.indicators.supply_costs import HOME
from lithflow.report.tables import flagged_year, number_text, text_table, with_footnote

if TYPE_CHECKING:
    from lithflow.run import Run

__all__ = ["costs_text"]

HEAD = (
    *("year", "resource", "origin", "cost (USD/t LCE)", "capacity (kt LCE/year)", "available", "delivered", "added up"),
    *("reserves left (kt LCE)", "exhausted in"),
)
AMOUNTS = ("capacity", "available", "delivered", "cumulative")


def costs_text(run: Run, years: Sequence[int]) -> str:
    """Print the supply cost curve, home mines and imports, and say what is known of each."""
    table = run.supply_costs(years)
    rows = [
        [
            flagged_year(row["year"], row["infeasible"]),
            row["resource"],
            row["origin"],
            number_text(row["cost"], 0),
            *(number_text(row[column], 1) for column in AMOUNTS),
            number_text(row["reserves_left"], 0),
            str(row["exhausted_in"]) if isinstance(row["exhausted_in"], int) else "–",
        ]
        for row in table.to_dict("records")
    ]
    legend = [
        f"  {HOME}: home mines; concentrate and salts: imports by origin; all amounts in salts",
        "  added up: what is available where that is known, else what is delivered; neither is chosen by cost",
        f"  –: not known: capacity of home mines up to {run.last_observed}, and of origins abroad; these send what is "
        "wanted of them, as far as trade.origin_available says",
    ]
    printed = "\n".join([text_table(HEAD, rows), *legend])
    return with_footnote(printed, bool(table["infeasible"].any()))

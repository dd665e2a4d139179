"""What the two source documents state beside what a run gives, with ratio, reason and verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lithflow.report.compared_text import closing_line, fed_line, figure_cell, legend, result_cells, wrapped
from lithflow.report.comparing import RESULT, Compared, compare
from lithflow.report.figures import document_figures
from lithflow.report.rows import read_comparison
from lithflow.report.tables import text_table

if TYPE_CHECKING:
    import pandas as pd

    from lithflow.run import Run

__all__ = ["comparison", "comparison_text"]

COLUMNS = [
    "label",
    "year",
    "figures",
    "stated",
    "documents",
    *RESULT,
]


def comparison(run: Run, folder: str | Path | None = None) -> pd.DataFrame:
    """Compare a run with what the two source documents state.

    Parameters
    ----------
    run
        The run; the statements are about what `baseline` gives.
    folder
        Folder that holds ``comparison.yaml`` and ``seed_figures.csv``; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        One row a statement, by id. `documents`, `baseline` and `corrected` are in `unit`; `ratio` is baseline over
        documents, `corrected_ratio` the same after the corrections (NaN where there are none or none is needed).
        `verdict` as `lithflow.report.comparing.verdict` gives it; `reason` and `sources` belong to the corrections;
        `role` is ``input`` where a parameter was derived from the figure or the same statistic, ``calibrated`` where
        one was set so that the run comes near, then `parameter` names which; otherwise empty.

    Raises
    ------
    InputError
        If the run has members or regions, or lacks a year, label or parameter that a row asks for.
    InputErrors
        If ``comparison.yaml`` can't be used.
    """
    import pandas as pd

    table = {
        compared.row.id: [
            compared.row.label,
            compared.row.year,
            ", ".join(compared.row.figures),
            compared.row.stated,
            compared.figure,
            *compared.result,
        ]
        for compared in _compared(run, folder)
    }
    return pd.DataFrame.from_dict(table, orient="index", columns=COLUMNS).rename_axis("row")


def _compared(run: Run, folder: str | Path | None) -> list[Compared]:
    return compare(run, read_comparison(folder), document_figures(folder))


def comparison_text(run: Run, folder: str | Path | None = None) -> str:
    """Print the comparison: a table with the reasons below its rows, and the counts.

    Parameters
    ----------
    run
        The run.
    folder
        As for `comparison`.

    Raises
    ------
    InputError, InputErrors
        As `comparison`.
    """
    rows = _compared(run, folder)
    header = ["", "year", "figure", "documents", run.scenario, "unit", "ratio", "corrected", "verdict"]
    lines = text_table(header, [_cells(compared) for compared in rows]).split("\n")
    printed = [lines[0]]
    for line, compared in zip(lines[1:], rows, strict=True):
        printed.append(line)
        for text in (*compared.reasons, compared.row.note):
            printed.extend(wrapped(text))
    closing = (
        *(f"  {line}" for line in legend(rows, run.scenario)),
        f"  {fed_line(rows)}",
        f"  all others: {closing_line([compared for compared in rows if compared.proves])}",
    )
    return "\n".join([*printed, "", *closing])


def _cells(compared: Compared) -> list[str]:
    row = compared.row
    return [
        row.label,
        str(row.year),
        ", ".join(row.figures),
        figure_cell(compared),
        *result_cells(compared),
    ]

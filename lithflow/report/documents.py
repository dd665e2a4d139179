"""What the two source documents state beside what a run gives, with ratio, reason and verdict."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from lithflow.report.comparing import TOLERANCE, Compared, compare, counts, in_digits
from lithflow.report.figures import document_figures
from lithflow.report.rows import read_comparison
from lithflow.report.tables import text_table

if TYPE_CHECKING:
    import pandas as pd

    from lithflow.run import Run

__all__ = ["closing_line", "comparison", "comparison_text", "wrapped"]

WIDTH = 120
COLUMNS = [
    "label",
    "year",
    "figures",
    "stated",
    "documents",
    "baseline",
    "unit",
    "ratio",
    "corrected",
    "corrected_ratio",
    "verdict",
    "reason",
    "sources",
    "input",
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
        `input` names a parameter that was derived from the figure.

    Raises
    ------
    InputError
        If the run has members or regions, or lacks a year, label or parameter that a row asks for.
    InputErrors
        If ``comparison.yaml`` can't be used.
    """
    import pandas as pd

    nan = float("nan")
    table = {
        compared.row.id: [
            compared.row.label,
            compared.row.year,
            ", ".join(compared.row.figures),
            compared.row.stated,
            compared.figure,
            compared.found,
            compared.row.unit,
            compared.ratio,
            nan if compared.corrected is None else compared.corrected,
            nan if compared.corrected_ratio is None else compared.corrected_ratio,
            compared.verdict,
            "; ".join(compared.reasons),
            ", ".join(compared.sources),
            compared.row.input or "",
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
        f"  corrected: ratio after the published flows and boundaries below a row; * an input of {run.scenario}",
        f"  {closing_line(rows)}",
    )
    return "\n".join([*printed, "", *closing])


def wrapped(text: str) -> list[str]:
    """Break a text into lines that stand below a row of a table; none for an empty one."""
    return textwrap.wrap(text, WIDTH, initial_indent="      ", subsequent_indent="        ")


def closing_line(rows: list[Compared]) -> str:
    """Count rows by verdict in words."""
    counted = counts(rows)
    share = 100 * counted["unexplained"] / max(len(rows), 1)
    return (
        f"{len(rows)} row{'' if len(rows) == 1 else 's'}: {counted['agrees']} agree within {100 * TOLERANCE:.0f} %, "
        f"{counted['explained']} explained, {counted['unexplained']} unexplained ({share:.0f} %)"
    )


def _cells(compared: Compared) -> list[str]:
    row = compared.row
    corrected = compared.corrected_ratio
    return [
        row.label,
        str(row.year),
        ", ".join(row.figures),
        ("> " if row.stated == "more than" else "") + in_digits(compared.figure),
        in_digits(compared.found),
        row.unit,
        f"{compared.ratio:.2f}{'*' if row.input else ' '}",
        "–" if corrected is None else f"{corrected:.2f}",
        compared.verdict,
    ]

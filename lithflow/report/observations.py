"""What is published for 2015-2024 beside what a run gives, with ratio, reason and verdict.

Each row says what its figure is to the model: an input, a target of calibration, another count than the one that is
followed, or a hold-out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from lithflow.inputs.sources import SEED
from lithflow.report.compared_text import closing_line, fed_line, figure_cell, legend, moved_by, result_cells, wrapped
from lithflow.report.comparing import RESULT, Compared, compare
from lithflow.report.figures import document_figures, published_figures
from lithflow.report.rows import read_observations
from lithflow.report.tables import text_table

if TYPE_CHECKING:
    import pandas as pd

    from lithflow.run import Run

__all__ = ["observations", "observations_text"]

COLUMNS = [
    "section",
    "label",
    "year",
    "figure",
    "source",
    "status",
    "stated",
    "published",
    *RESULT,
    "key_figure",
    "note",
]


def observations(run: Run, folder: str | Path | None = None) -> pd.DataFrame:
    """Compare a run with published observations.

    Parameters
    ----------
    run
        The run; the corrections are meant for `baseline`.
    folder
        Folder that holds ``observations.yaml``, ``observations.csv`` and ``seed_figures.csv``; None for the shipped
        one.

    Returns
    -------
    pandas.DataFrame
        One row a figure, by series and year. `published`, `baseline` and `corrected` are in `unit`; `ratio` is baseline
        over published, `corrected_ratio` the same after the corrections (NaN where there are none or none is needed).
        `verdict` as `lithflow.report.comparing.verdict` gives it; `reason` and `sources` belong to the corrections.
        `moved_by` names a parameter that was calibrated to other figures and moves the run's value. `role` is ``input``
        or ``calibrated``, then `parameter` names which; ``other count`` where that parameter follows another count of
        the same, so that the verdict judges nothing; ``hold-out`` where no parameter of this run rests on the figure's
        source; or empty. `status` is ``published``, ``derived`` or ``unverified``.

    Raises
    ------
    InputError
        If the run has members or regions, or lacks a year, label or parameter that a row asks for.
    InputErrors
        If a file can't be used.
    """
    import pandas as pd

    table = {
        compared.row.id: [
            compared.row.section,
            compared.row.label.strip(),
            compared.row.year,
            compared.row.figure,
            compared.source.source,
            compared.source.status,
            compared.row.stated,
            compared.figure,
            *compared.result,
            compared.row.key_figure,
            compared.row.note,
        ]
        for compared in _compared(run, folder)
    }
    return pd.DataFrame.from_dict(table, orient="index", columns=COLUMNS).rename_axis("row")


def _compared(run: Run, folder: str | Path | None) -> list[Compared]:
    documents = {SEED + name: figure for name, figure in document_figures(folder).items()}
    return compare(run, read_observations(folder), {**published_figures(folder), **documents})


def observations_text(run: Run, folder: str | Path | None = None) -> str:
    """Print the comparison by section, the reasons below the rows, and the counts.

    Parameters
    ----------
    run
        The run.
    folder
        As for `observations`.

    Raises
    ------
    InputError, InputErrors
        As `observations`.
    """
    rows = _compared(run, folder)
    header = ["", "year", "published", run.scenario, "unit", "ratio", "corrected", "verdict"]
    lines = text_table(header, [_cells(compared) for compared in rows]).split("\n")
    printed = [lines[0]]
    following = iter(lines[1:])
    for section, members in groupby(rows, key=lambda compared: compared.row.section):
        printed += ["", section]
        for _, series in groupby(members, key=lambda compared: compared.row.id.rpartition("_")[0]):
            printed += _series(list(series), following)
    return "\n".join([*printed, "", *(f"  {line}" for line in _closing(rows, run.scenario))])


def _series(rows: list[Compared], lines: Iterator[str]) -> list[str]:
    """Print the rows of a series, their reasons, and what holds for all of them."""
    printed = []
    for compared in rows:
        printed.append(next(lines))
        for reason in compared.reasons:
            printed += wrapped(reason)
    row = rows[0].row
    said = f"[{', '.join(dict.fromkeys(compared.source.source for compared in rows))}]"
    for word, parameter in (("input of", row.input), ("calibrated:", row.calibrated)):
        said += f" {word} {parameter}." if parameter else ""
    moved = [compared for compared in rows if compared.moved_by]
    said += f" {moved[0].moved_by} moves it from {moved[0].row.moved_since} on." if moved else ""
    return printed + wrapped(f"{said} {row.note}".strip())


def _cells(compared: Compared) -> list[str]:
    row = compared.row
    unsure = "?" if compared.source.status == "unverified" else " "
    return [
        row.label,
        str(row.year),
        figure_cell(compared) + unsure,
        *result_cells(compared, marks=2),
    ]


def _closing(rows: list[Compared], scenario: str) -> list[str]:
    """Say what the marks mean, and count the rows that can prove something."""
    proving = [compared for compared in rows if compared.proves]
    held_out = [compared for compared in proving if compared.role == "hold-out"]
    key = [compared for compared in proving if compared.row.key_figure]
    other = sum(compared.role == "other count" for compared in rows)
    sections = [(name, list(members)) for name, members in groupby(key, key=lambda compared: compared.row.section)]
    return [
        *legend(rows, scenario),
        "h a hold-out: no parameter rests on its source; ? unverified, not seen in any copy",
        f"{fed_line(rows)}; {other} rows follow another count",
        f"all others: {closing_line(proving)}",
        f"of these, hold-outs: {closing_line(held_out)}",
        *(
            f"of these, moved by {name}: {closing_line([each for each in proving if each.moved_by == name])}"
            for name in moved_by(rows)
        ),
        f"of these, consumption, import reliance and retirements: {closing_line(key)}",
        *(f"  {name}: {closing_line(members)}" for name, members in sections),
        f"  not moved: {closing_line([each for each in key if not each.moved_by])}",
    ]

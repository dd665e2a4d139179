"""What the two source documents state, figure by figure."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from lithflow.errors import InputErrors, Problem
from lithflow.inputs.folders import Layers, shipped_folder
from lithflow.inputs.numbers import as_number

__all__ = ["Seed", "load_seeds", "rows_by_id"]

FILE = "seed_figures.csv"
COLUMNS = ("id", "seed", "section", "quantity", "value", "unit", "year", "region", "notes")


@dataclass(frozen=True)
class Seed:
    """One figure of a source document.

    Parameters
    ----------
    id
        Its name, such as ``X063``.
    document, section
        Where it stands.
    quantity
        What it is.
    value
        The number as printed; None for statements without one.
    unit
        The unit as read, not always one of lithflow's.
    year, region
        What it holds for, as text.
    note
        Why it can't be right, or how it was read.
    """

    id: str
    document: str
    section: str
    quantity: str
    value: float | None
    unit: str
    year: str
    region: str
    note: str


def load_seeds(folder: str | Path | None = None) -> Mapping[str, Seed]:
    """Read the figures.

    Parameters
    ----------
    folder
        Folder that holds ``seed_figures.csv``; None for the shipped one.

    Returns
    -------
    Mapping of str to Seed
        By id, in the order of the file.

    Raises
    ------
    InputErrors
        If the file lacks a column or repeats an id.
    """
    return _load(Path(folder) if folder is not None else shipped_folder("seeds"))


@functools.lru_cache(maxsize=8)
def _load(folder: Path) -> Mapping[str, Seed]:
    problems: list[Problem] = []
    seeds: dict[str, Seed] = {}
    for _, row in rows_by_id(folder, FILE, COLUMNS, problems):
        number, problem = as_number(row["value"])
        seeds[row["id"]] = Seed(
            row["id"],
            row["seed"],
            row["section"],
            row["quantity"],
            None if problem else number,
            row["unit"],
            row["year"],
            row["region"],
            row["notes"],
        )
    if problems:
        raise InputErrors(problems)
    return MappingProxyType(seeds)


def rows_by_id(
    folder: Path, file: str, columns: Sequence[str], problems: list[Problem]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Read a table of figures, each with an id of its own.

    Parameters
    ----------
    folder, file
        Where it stands.
    columns
        Columns that must be there; the first holds the id.
    problems
        Where a file that can't be read, a missing column and an id used twice go.

    Yields
    ------
    tuple of int and dict of str to str
        Line and cells; an empty cell is an empty text.
    """
    text = Layers((folder,)).read(0, file, problems)
    if text is None:
        return
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        problems.append(Problem(file, 1, 1, "", f"the column {', '.join(missing)} is missing"))
        return
    known: set[str] = set()
    for row in reader:
        name = row[columns[0]]
        if name in known:
            problems.append(Problem(file, reader.line_num, 1, name, "the id is used twice"))
        known.add(name)
        yield reader.line_num, {column: row[column] or "" for column in columns}

"""Figures that a run is held against: what the two source documents state, and what is published elsewhere.

The documents' are read from ``seeds/seed_figures.csv``, the published ones from ``seeds/observations.csv``.
"""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from lithflow.errors import InputErrors, Problem
from lithflow.inputs.folders import Layers, shipped_folder
from lithflow.inputs.numbers import as_number, as_year
from lithflow.inputs.seeds import load_seeds
from lithflow.inputs.sources import ASSUMPTION, SEED, read_sources, seed_unit, unknown_source
from lithflow.units import UnitError, parse_unit

__all__ = ["Figure", "Status", "document_figures", "known_sources", "published_figures"]

FILE = "observations.csv"
COLUMNS = ("id", "quantity", "value", "unit", "year", "region", "source", "status", "note")

Status = Literal["published", "derived", "unverified"]
"""Printed so; computed from two printed numbers, such as a growth rate; or not seen in any copy."""


@dataclass(frozen=True)
class Figure:
    """A number that somebody published.

    Parameters
    ----------
    id
        Its name.
    quantity
        What it is.
    value
        The number; None for a statement without one.
    unit
        Unit of lithflow's; None where the printed one isn't.
    printed_unit
        Unit as printed.
    year
        What it holds for; of several years the last, None where the text names no single one.
    region
        Where it holds.
    source
        Id of ``sources.yaml``, or ``seed:ID``.
    status
        How it was read.
    note
        How it was derived, or why it may be wrong.
    """

    id: str
    quantity: str
    value: float | None
    unit: str | None
    printed_unit: str
    year: int | None
    region: str
    source: str
    status: Status
    note: str


def document_figures(folder: str | Path | None = None) -> Mapping[str, Figure]:
    """Give the figures of the two source documents.

    Parameters
    ----------
    folder
        Folder that holds ``seed_figures.csv``; None for the shipped one.

    Returns
    -------
    Mapping of str to Figure
        By id, such as ``X063``.

    Raises
    ------
    InputErrors
        If the file can't be used.
    """
    return {
        name: Figure(
            id=name,
            quantity=seed.quantity,
            value=seed.value,
            unit=seed_unit(seed),
            printed_unit=seed.unit,
            year=as_year(seed.year)[0] or None,
            region=seed.region,
            source=SEED + name,
            status="published",
            note=seed.note,
        )
        for name, seed in load_seeds(folder).items()
    }


def published_figures(folder: str | Path | None = None) -> Mapping[str, Figure]:
    """Give the figures from outside the source documents.

    Parameters
    ----------
    folder
        Folder that holds ``observations.csv``; None for the shipped one.

    Returns
    -------
    Mapping of str to Figure
        By id, in the order of the file.

    Raises
    ------
    InputErrors
        If the file lacks a column, or a row repeats an id or has no number, year, known unit, status or source; every
        problem with its line.
    """
    return _published(Path(folder) if folder is not None else shipped_folder("seeds"))


@functools.lru_cache(maxsize=4)
def _published(folder: Path) -> Mapping[str, Figure]:
    problems: list[Problem] = []
    figures: dict[str, Figure] = {}
    text = Layers((folder,)).read(0, FILE, problems)
    reader = csv.DictReader(io.StringIO(text or "", newline=""))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if text is not None and missing:
        problems.append(Problem(FILE, 1, 1, "", f"the column {', '.join(missing)} is missing"))
    for row in reader if not missing else ():
        figure, wrong = _figure({name: row[name] or "" for name in COLUMNS})
        if figure.id in figures:
            wrong.append("the id is used twice")
        problems += [Problem(FILE, reader.line_num, 1, figure.id, problem) for problem in wrong]
        figures[figure.id] = figure
    if problems:
        raise InputErrors(problems)
    return MappingProxyType(figures)


def _figure(row: Mapping[str, str]) -> tuple[Figure, list[str]]:
    """Read one row; give the figure and what is wrong with it."""
    number, no_number = as_number(row["value"])
    year, no_year = as_year(row["year"])
    wrong = [problem for problem in (no_number, no_year) if problem]
    try:
        parse_unit(row["unit"])
    except UnitError as error:
        wrong.append(str(error))
    if row["status"] not in get_args(Status):
        wrong.append(f"expected one of {', '.join(get_args(Status))} as status, got `{row['status']}`")
    if row["source"] == ASSUMPTION:
        wrong.append("an assumption is no observation")
    elif problem := unknown_source(row["source"], known_sources(), {}):
        wrong.append(problem)
    figure = Figure(
        id=row["id"],
        quantity=row["quantity"],
        value=number,
        unit=row["unit"],
        printed_unit=row["unit"],
        year=year,
        region=row["region"],
        source=row["source"],
        status=row["status"],  # type: ignore[arg-type]
        note=row["note"],
    )
    return figure, wrong


@functools.cache
def known_sources() -> frozenset[str]:
    """Give the ids of the shipped ``sources.yaml``.

    Raises
    ------
    InputErrors
        If the file can't be read.
    """
    problems: list[Problem] = []
    _, written = read_sources(Layers((shipped_folder(),)), problems)
    if problems:
        raise InputErrors(problems)
    return frozenset(written)

"""Long tables in CSV: one row a value, read with row numbers; `NA` is a label like any other."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from lithflow.errors import Problem, nearest
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.numbers import as_number, as_year
from lithflow.inputs.reading import shorten
from lithflow.inputs.reporting import Reporter
from lithflow.inputs.values import Labels

__all__ = ["Row", "Table", "read_table"]

EXTRA_COLUMNS = ("value", "unit", "source", "note")


@dataclass(frozen=True, slots=True)
class Row:
    """One value of a table.

    Parameters
    ----------
    line
        Row number in the file, the header being 1.
    labels
        Dimension to label, for the dimensions that the table has.
    year
        The year, or None where the table has no such column.
    value
        The number, in the row's unit.
    unit, source, note
        What the row says of itself; empty where it says nothing.
    column
        Position of the value's column, from 1.
    """

    line: int
    labels: Mapping[str, str]
    year: int | None
    value: float
    unit: str
    source: str
    note: str
    column: int

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of the row; several are separated by semicolons."""
        return tuple(filter(None, (part.strip() for part in self.source.split(";"))))


@dataclass(frozen=True)
class Table:
    """A table that was read.

    Parameters
    ----------
    file
        Its name as messages show it.
    columns
        Dimensions that it has as columns.
    rows
        Its values.
    """

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(
    text: str, file: str, declaration: Declaration, labels: Labels, problems: list[Problem], path: str
) -> Table | None:
    """Read a table for one parameter.

    Parameters
    ----------
    text
        Content of the file.
    file
        Its name for messages.
    declaration
        The parameter.
    labels
        Labels of every dimension.
    problems
        Where problems go.
    path
        Name of the parameter, for messages.

    Returns
    -------
    Table or None
        The rows; None where there was a problem.
    """
    reporter = Reporter(file, problems)
    before = reporter.count
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, None)
        positions = _header(header, declaration, reporter, path)
        if positions is None:
            return None
        width = len(header or ())
        rows = []
        first: dict[tuple[str | int | None, ...], int] = {}
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != width:
                more = "; a comma in a number or a text? put it in quotes" if len(cells) > width else ""
                reporter.at(line, 1, path, f"expected {width} cells as in the header, got {len(cells)}{more}")
                continue
            row = _row(cells, line, positions, declaration, labels, reporter, path)
            if row is None:
                continue
            key = (row.year, *row.labels.values())
            if key in first:
                what = ", ".join(str(part) for part in key if part is not None)
                reporter.at(
                    line, 1, path, f"repeats row {first[key]} ({what or 'the only value'}); keep one of the two"
                )
                continue
            first[key] = line
            rows.append(row)
    except csv.Error as error:
        reporter.at(reader.line_num, 1, path, f"not readable as CSV: {error}; is a quote not closed?")
        return None
    if not rows and reporter.count == before:
        reporter.add(None, path, "the table has no rows")
    if reporter.count != before:
        return None
    return Table(file, tuple(name for name in positions if name not in EXTRA_COLUMNS), tuple(rows))


def _header(header: list[str] | None, declaration: Declaration, reporter: Reporter, path: str) -> dict[str, int] | None:
    """Check the names of the columns and return their positions."""
    known = [*declaration.dims, *EXTRA_COLUMNS]
    if header is None:
        reporter.add(None, path, f"the file is empty; expected the columns {', '.join(known)}")
        return None
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            reporter.at(1, 1, path, f"the cells are separated by {name}; expected commas (in Excel: `CSV UTF-8`)")
            return None
    positions: dict[str, int] = {}
    good = True
    for position, cell in enumerate(header):
        name = cell.strip()
        if name in positions:
            reporter.at(1, position + 1, path, f"the column `{name}` is there twice")
            good = False
        elif name not in known:
            reporter.at(1, position + 1, path, f"unknown column `{shorten(name)}`{nearest(name, known)}")
            good = False
        else:
            positions[name] = position
    if "value" not in positions:
        reporter.at(1, 1, path, "the column `value` is missing")
        good = False
    return positions if good else None


def _row(
    cells: list[str],
    line: int,
    positions: dict[str, int],
    declaration: Declaration,
    labels: Labels,
    reporter: Reporter,
    path: str,
) -> Row | None:
    good = True
    named: dict[str, str] = {}
    year = None
    for name in declaration.dims:
        position = positions.get(name)
        if position is None:
            continue
        cell = cells[position].strip()
        if name == "year":
            year, problem = as_year(cell)
        elif cell in labels[name]:
            named[name] = cell
            continue
        else:
            problem = f"unknown {name} `{shorten(cell)}`{nearest(cell, labels[name])}"
        if problem:
            reporter.at(line, position + 1, path, problem)
            good = False
    column = positions["value"]
    value, problem = as_number(cells[column].strip())
    if problem:
        reporter.at(line, column + 1, path, problem)
        good = False
    if not good:
        return None
    unit, source, note = (cells[positions[name]].strip() if name in positions else "" for name in EXTRA_COLUMNS[1:])
    return Row(line, named, year, value, unit, source, note, column + 1)

"""What stands in a spreadsheet of parameters: cells read as they are, nothing in them calculated."""

from __future__ import annotations

import contextlib
import datetime
import os
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lithflow.errors import InputError, Problem, nearest
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.documents import stages
from lithflow.inputs.excel import COLUMNS, HEADER_ROW, LISTS, PARAMETER, YEAR, Key, columns_of, dims_of, need_openpyxl
from lithflow.inputs.inputs import Inputs
from lithflow.inputs.numbers import as_number, as_year
from lithflow.inputs.reading import shorten
from lithflow.inputs.values import DEFAULT

__all__ = ["Cells", "SheetRecord", "read_book"]

LARGEST_BOOK = 20_000_000
LARGEST_UNPACKED = 300_000_000
MOST_ROWS = 100_000
MOST_COLUMNS = 60
OTHERS = ("read me", "sources", LISTS)


@dataclass
class Cells:
    """One row: what stands in each column, and where.

    Parameters
    ----------
    sheet, row
        Where it stands.
    letters
        Column name to its letter.
    texts
        Column name to its text, empty where nothing stands.
    value
        The number, or the text of a text parameter; None where nothing stands.
    """

    sheet: str
    row: int
    letters: dict[str, str]
    texts: dict[str, str]
    value: float | str | None

    def cell(self, column: str) -> str:
        """Return sheet and cell, such as ``recycling!F7``."""
        return f"{self.sheet}!{self.letters[column]}{self.row}"


@dataclass
class SheetRecord:
    """All rows of one parameter.

    Parameters
    ----------
    head
        Its first row, with unit, range, sources and note; None where only values were added.
    values
        Values by label and year.
    """

    head: Cells | None = None
    values: dict[Key, Cells] = field(default_factory=dict)


def read_book(book: str | os.PathLike[str], inputs: Inputs, problems: list[Problem]) -> dict[str, SheetRecord]:
    """Read the sheets of a book.

    Parameters
    ----------
    book
        The file.
    inputs
        What it was made from.
    problems
        Where problems go, with sheet and cell.

    Returns
    -------
    dict of str to SheetRecord
        Parameter to what the book says; parameters that it doesn't hold are left out.

    Raises
    ------
    InputError
        If the file is not a spreadsheet that can be read.
    """
    openpyxl = need_openpyxl()
    path = Path(book)
    _refuse_unsafe(path)
    known = stages(inputs.declarations.values())
    found: dict[str, SheetRecord] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of decorations that it leaves out
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
            with contextlib.closing(workbook):
                for name in workbook.sheetnames:
                    if name in known:
                        _stage(workbook[name], name, inputs, known[name], problems, found)
                    elif name not in OTHERS:
                        text = f"unknown sheet; expected one for each stage{nearest(name, known)}"
                        problems.append(Problem(shorten(name), 0, 0, "", text))
    except InputError:
        raise
    except Exception as error:  # openpyxl, zipfile and the XML parser raise many kinds for a damaged file
        raise InputError(f"`{book}` can't be read as a spreadsheet: {shorten(error)}") from None
    return found


def _refuse_unsafe(path: Path) -> None:
    """Refuse what is not a spreadsheet, too large, or carries entity definitions."""
    try:
        if not path.is_file():
            raise InputError(f"there is no file `{path}`")
        size = path.stat().st_size
        if size > LARGEST_BOOK:
            raise InputError(f"`{path}` has {size:,} bytes; a spreadsheet may have up to {LARGEST_BOOK:,}")
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
                raise InputError(f"`{path}` unpacks to more than {LARGEST_UNPACKED:,} bytes")
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    with archive.open(entry) as part:
                        if b"<!DOCTYPE" in part.read(4096):
                            raise InputError(f"`{path}` carries a document type definition, which is not read")
    except InputError:
        raise
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        raise InputError(f"`{path}` is not a spreadsheet of the kind .xlsx: {shorten(error)}") from None


def _stage(
    sheet: Any,
    stage: str,
    inputs: Inputs,
    table: list[Declaration],
    problems: list[Problem],
    found: dict[str, SheetRecord],
) -> None:
    """Read the sheet of one stage."""
    headings: dict[str, int] = {}
    wanted = columns_of(table)
    by_key = {entry.key: entry for entry in table}
    for number, cells in _rows(sheet, stage):
        if number < HEADER_ROW:
            continue
        if number == HEADER_ROW:
            headings = {str(cell).strip(): place for place, cell in enumerate(cells) if cell is not None}
            lacking = [name for name in wanted if name not in headings]
            if lacking:
                text = f"the column `{lacking[0]}` is missing; expected {', '.join(wanted)} in row {HEADER_ROW}"
                problems.append(Problem(f"{stage}!A{HEADER_ROW}", 0, 0, "", text))
                return
            continue
        content = {
            name: cells[place] if place < len(cells) else None for name, place in headings.items() if name in wanted
        }
        if all(value is None or value == "" for value in content.values()):
            continue
        letters = {name: _letter(place) for name, place in headings.items()}
        _row(stage, number, letters, content, inputs, by_key, table, problems, found)


def _rows(sheet: Any, stage: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), 1):
        if number > MOST_ROWS:
            raise InputError(f"sheet {stage} has more than {MOST_ROWS:,} rows")
        yield number, cells


def _letter(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place + 1))


def _row(
    stage: str,
    number: int,
    letters: dict[str, str],
    content: dict[str, Any],
    inputs: Inputs,
    by_key: dict[str, Declaration],
    table: list[Declaration],
    problems: list[Problem],
    found: dict[str, SheetRecord],
) -> None:
    texts = {name: _text(value) for name, value in content.items()}
    row = Cells(stage, number, letters, texts, None)

    def refuse(column: str, text: str, path: str = "") -> None:
        problems.append(Problem(row.cell(column), 0, 0, path, text))

    declaration = by_key.get(texts[PARAMETER])
    if declaration is None:
        got = f"unknown parameter `{shorten(texts[PARAMETER])}`{nearest(texts[PARAMETER], by_key)}"
        refuse(PARAMETER, got if texts[PARAMETER] else "a row with entries needs the name of a parameter")
        return
    good = True
    labels = []
    for dim in dims_of(table):
        label = texts[dim]
        known = [*inputs.dimensions[dim], DEFAULT]
        if label and dim not in declaration.dims:
            refuse(dim, f"{declaration.name} has no {dim}; leave the cell empty", declaration.name)
            good = False
        elif label and label not in known:
            refuse(dim, f"unknown {dim} `{shorten(label)}`{nearest(label, known)}", declaration.name)
            good = False
        labels.append(label)
    year = texts[YEAR]
    if year:
        _, problem = as_year(year)
        if problem or "year" not in declaration.dims:
            refuse(
                YEAR,
                problem or f"{declaration.name} doesn't change over the years; leave the cell empty",
                declaration.name,
            )
            good = False
    for name in COLUMNS[1:]:
        if texts[name].startswith("=") or isinstance(content[name], (bool, datetime.date, datetime.time)):
            refuse(
                name,
                f"expected a text, got `{shorten(texts[name])}`; formulas and dates are not read",
                declaration.name,
            )
            good = False
    key: Key = (declaration.key, *labels, year)
    path = ".".join([declaration.name, *(part for part in key[1:] if part)])
    row.value, problem = _value(content["value"], declaration)
    if problem:
        refuse("value", problem, path)
        good = False
    if not good:
        return
    record = found.setdefault(declaration.name, SheetRecord())
    first = record.values.get(key)
    if first is not None:
        refuse(PARAMETER, f"repeats row {first.row}; keep one of the two", path)
        return
    record.values[key] = row
    if not any(key[1:]):
        record.head = row


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _value(content: Any, declaration: Declaration) -> tuple[float | str | None, str | None]:
    """Read the cell of a value."""
    if content is None or (isinstance(content, str) and not content.strip()):
        return None, None
    if isinstance(content, (datetime.date, datetime.time, datetime.timedelta)):
        return (
            None,
            f"expected a number, got the date `{content}`; write the number again and format the cell as a number",
        )
    if isinstance(content, bool):
        return None, f"expected a number, got {_text(content)}"
    if declaration.kind == "text":
        text = _text(content)
        return (text, None) if not text.startswith("=") else (None, "formulas are not read: write their result")
    if isinstance(content, (int, float)):
        number = float(content)
        return (number, None) if abs(number) < float("inf") else (None, f"expected a finite number, got {number}")
    number, problem = as_number(content.strip())
    return (None, problem) if problem else (number, None)

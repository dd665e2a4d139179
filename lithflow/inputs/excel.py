"""Parameters as a spreadsheet: one sheet a stage, with drop-down lists for labels and units, and locked names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lithflow.errors import InputError
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.documents import limits, stages, units_for
from lithflow.inputs.inputs import Inputs
from lithflow.inputs.ranges import Range
from lithflow.inputs.records import Record
from lithflow.inputs.values import DEFAULT, Leaf

__all__ = ["COLUMNS", "Key", "columns_of", "key_of", "range_cell", "to_excel"]

Key = tuple[str, ...]
"""Parameter, one label for each dimension of its stage (empty where it has none), year (empty for all years)."""

COLUMNS = ("value", "unit", "between years", "range", "source", "note", "description")
PARAMETER, YEAR = "parameter", "year"
SPARE_ROWS = 40
HEADER_ROW = 3
GUIDE = "read me"
LISTS = "lists"
DISTRIBUTIONS = "for example: distribution: triangular, low: 0.9, high: 1.1, relative: true"


def need_openpyxl() -> Any:
    """Import openpyxl, or say how to get it.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        import openpyxl
    except ImportError:
        raise InputError('spreadsheets need openpyxl: pip install "lithflow[excel]"') from None
    return openpyxl


def dims_of(table: Iterable[Declaration]) -> list[str]:
    """Return the dimensions of a stage, years apart, in the order in which they first occur."""
    return list(dict.fromkeys(dim for entry in table for dim in entry.dims if dim != "year"))


def columns_of(table: Iterable[Declaration]) -> list[str]:
    """Return the headings of a stage's sheet."""
    return [PARAMETER, *dims_of(table), YEAR, *COLUMNS]


def key_of(inputs: Inputs, record: Record, leaf: Leaf, dims: Iterable[str]) -> Key:
    """Return what identifies a written value within its stage."""
    labels = []
    for dim in dims:
        places = leaf.chosen.get(dim)
        if places is None:
            labels.append("")
        elif len(places) == 1 and not _by_default(inputs, dim, leaf):
            labels.append(inputs.dimensions[dim][places[0]])
        else:
            labels.append(DEFAULT)
    return (record.declaration.key, *labels, "" if leaf.year is None else str(leaf.year))


def _by_default(inputs: Inputs, dim: str, leaf: Leaf) -> bool:
    """Tell whether a single label was reached by `default`."""
    label = inputs.dimensions[dim][leaf.chosen[dim][0]]
    parts = leaf.path.split(".")
    return DEFAULT in parts and label not in parts


def range_cell(stated: Range | None) -> str:
    """Write a range in one cell, as in a file without its braces."""
    if stated is None:
        return ""
    entries = {"distribution": stated.distribution, **stated.model_dump(exclude_defaults=True)}
    return ", ".join(f"{name}: {_entry(value)}" for name, value in entries.items())


def _entry(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_entry(child)}" for name, child in value.items()) + "}"
    return f"{value:.15g}" if isinstance(value, (int, float)) else str(value)


@dataclass(frozen=True)
class SheetRow:
    """One row of a sheet: a record's own row, with or without a value, or one of its values."""

    key: Key
    value: float | str | None
    unit: str = ""
    path: str = ""
    range: str = ""
    source: str = ""
    note: str = ""
    description: str = ""
    head: bool = False


def rows_of(inputs: Inputs, record: Record, dims: list[str]) -> list[SheetRow]:
    """Return the rows of a record: its own row first, then its values.

    A value for all labels and years stands in the record's own row.
    """
    own: Key = (record.declaration.key, *("" for _ in dims), "")
    values: dict[Key, SheetRow] = {}
    rows = record.table_rows
    for number, leaf in enumerate(record.written):
        key = key_of(inputs, record, leaf, dims)
        if rows:
            row = rows[number]
            values[key] = SheetRow(key, row.value, row.unit, source=row.source, note=row.note)
        else:
            values[key] = SheetRow(key, leaf.value)
    alone = values.pop(own, None)
    number = record.texts is None
    head = SheetRow(
        own,
        None if alone is None else alone.value,
        record.unit if number else "",
        record.path if "year" in record.declaration.dims else "",
        range_cell(record.uncertainty),
        ", ".join(record.sources),
        record.note,
        record.description,
        head=True,
    )
    return [head, *values.values()]


def to_excel(inputs: Inputs, book: str | os.PathLike[str]) -> Path:
    """Write the parameters as a spreadsheet.

    Parameters
    ----------
    inputs
        What was read.
    book
        File to write.

    Returns
    -------
    Path
        The file, which is there only when it is complete.

    Raises
    ------
    InputError
        If openpyxl is missing, or the file can't be written.
    """
    openpyxl = need_openpyxl()
    path = Path(book)
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"expected a file name that ends with .xlsx, got `{book}`")
    workbook = openpyxl.Workbook()
    guide = workbook.active
    guide.title = GUIDE
    lists = _Lists(workbook)
    for stage, table in stages(inputs.declarations.values()).items():
        _stage_sheet(workbook.create_sheet(stage), inputs, table, lists)
    _guide(guide)
    _sources_sheet(workbook.create_sheet("sources"), inputs)
    workbook.move_sheet(LISTS, len(workbook.sheetnames))
    draft = path.with_name(path.name + ".part")
    try:
        workbook.save(draft)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InputError(f"`{book}` can't be written: {error.strerror or error}") from None
    return path


class _Lists:
    """Lists that drop-down cells refer to, on a hidden sheet, each once."""

    def __init__(self, workbook: Any) -> None:
        self.sheet = workbook.create_sheet(LISTS)
        self.sheet.sheet_state = "hidden"
        self.places: dict[tuple[str, ...], str] = {}

    def reference(self, values: Iterable[str]) -> str:
        from openpyxl.utils import get_column_letter

        entries = tuple(values)
        if entries not in self.places:
            column = len(self.places) + 1
            for row, entry in enumerate(entries, 1):
                text_cell(self.sheet, row, column, entry)
            letter = get_column_letter(column)
            self.places[entries] = f"{LISTS}!${letter}$1:${letter}${len(entries)}"
        return self.places[entries]


def text_cell(sheet: Any, row: int, column: int, text: str) -> Any:
    """Write a text that a spreadsheet must not take for a formula."""
    cell = sheet.cell(row=row, column=column)
    cell.value = text
    if text:
        cell.data_type = "s"
    return cell


def _stage_sheet(sheet: Any, inputs: Inputs, table: list[Declaration], lists: _Lists) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill, Protection

    dims, headings = dims_of(table), columns_of(table)
    at = {name: number + 1 for number, name in enumerate(headings)}
    bold, grey, band = Font(bold=True), Font(color="808080"), PatternFill("solid", fgColor="EEF3F7")
    free, top = Protection(locked=False), Alignment(vertical="top", wrap_text=False)
    sheet["A1"] = (
        f"Stage {sheet.title}. Change white cells; clear a value to take it away; add values in the spare rows below."
    )
    sheet["A1"].font = bold
    for name, column in at.items():
        text_cell(sheet, HEADER_ROW, column, name).font = bold
    row = HEADER_ROW
    validations = _Validations(sheet, lists)
    for declaration in table:
        record = inputs.records.get(declaration.name)
        if record is None:
            continue
        for entry in rows_of(inputs, record, dims):
            row += 1
            for column, label in enumerate(entry.key[:-1], 1):
                text_cell(sheet, row, column, label).font = bold if entry.head else grey
            if entry.key[-1]:
                sheet.cell(row=row, column=at[YEAR], value=int(entry.key[-1]))
            cells = (entry.value, entry.unit, entry.path, entry.range, entry.source, entry.note, entry.description)
            for name, content in zip(COLUMNS, cells, strict=True):
                if content is None or content == "":
                    cell = sheet.cell(row=row, column=at[name])
                elif isinstance(content, str):
                    cell = text_cell(sheet, row, at[name], content)
                else:
                    cell = sheet.cell(row=row, column=at[name], value=content)
                cell.protection = free
                cell.alignment = top
                if entry.head:
                    cell.fill = band
            if entry.head:
                validations.add(at["unit"], row, units_for(declaration))
                validations.add(at["between years"], row, ("step", "linear", "logistic"))
                validations.tell(at["value"], row, declaration.name, f"{declaration.meaning}. {limits(declaration)}")
                validations.tell(at["range"], row, "range", DISTRIBUTIONS)
    last = row + SPARE_ROWS
    for spare in range(row + 1, last + 1):
        for column in range(1, len(headings) + 1):
            sheet.cell(row=spare, column=column).protection = free
    validations.add(at[PARAMETER], (row + 1, last), [entry.key for entry in table])
    for dim in dims:
        validations.add(at[dim], (row + 1, last), [*inputs.dimensions[dim], DEFAULT])
    validations.finish()
    for name, column in at.items():
        width = {"note": 60, "description": 60, "range": 40, "source": 30, PARAMETER: 26}.get(name, 16)
        sheet.column_dimensions[sheet.cell(row=1, column=column).column_letter].width = width
    sheet.freeze_panes = sheet.cell(row=HEADER_ROW + 1, column=2)
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False
    sheet.protection.autoFilter = False


class _Validations:
    """Drop-down lists and hints of a sheet."""

    def __init__(self, sheet: Any, lists: _Lists) -> None:
        self.sheet = sheet
        self.lists = lists
        self.made: dict[tuple[int, str], Any] = {}

    def add(self, column: int, rows: int | tuple[int, int], entries: Iterable[str]) -> None:
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.datavalidation import DataValidation

        formula = self.lists.reference(entries)
        if (column, formula) not in self.made:
            made = DataValidation(
                type="list", formula1=formula, allow_blank=True, errorStyle="warning", showErrorMessage=True
            )
            self.made[column, formula] = made
        first, last = (rows, rows) if isinstance(rows, int) else rows
        letter = get_column_letter(column)
        self.made[column, formula].add(f"{letter}{first}:{letter}{last}" if first != last else f"{letter}{first}")

    def tell(self, column: int, row: int, title: str, text: str) -> None:
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.datavalidation import DataValidation

        hint = DataValidation(promptTitle=title[:32], prompt=text[:255], showInputMessage=True, allow_blank=True)
        hint.add(f"{get_column_letter(column)}{row}")
        self.made[column, f"hint {row}"] = hint

    def finish(self) -> None:
        for made in self.made.values():
            self.sheet.add_data_validation(made)


def _guide(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font

    lines = (
        "Parameters of lithflow",
        "",
        "Each sheet holds one stage. The first row of a parameter (shaded) has its unit, range, sources and note; "
        "the rows below it have its values by label and year.",
        "Change a value, a unit, a range, sources or a note in its cell. Clear a value to take it away. Names and "
        "labels are locked; a further value goes into the spare rows at the end of the sheet, where lists offer what "
        "may stand there.",
        "Numbers are plain numbers: no formulas, no percent format, no dates. The unit stands in the column `unit`.",
        "`default` stands for all labels of its column that are not named. An empty year means all years.",
        "Several sources are separated by commas; `assumption` is one, and then the note must say why.",
        "",
        "Read back with: lithflow parameters --from-excel BOOK FOLDER",
    )
    for number, line in enumerate(lines, 1):
        cell = text_cell(sheet, number, 1, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 100
    sheet.protection.sheet = True


def _sources_sheet(sheet: Any, inputs: Inputs) -> None:
    from openpyxl.styles import Font

    headings = ("id", "author", "year", "title", "publisher", "doi", "url", "covers", "limits")
    for column, name in enumerate(headings, 1):
        text_cell(sheet, 1, column, name).font = Font(bold=True)
    for row, source in enumerate(inputs.sources.values(), 2):
        for column, name in enumerate(headings, 1):
            text_cell(sheet, row, column, str(getattr(source, name) or ""))
    sheet.protection.sheet = True

"""What a spreadsheet changes in one record: the smallest edits of its lines in YAML and CSV."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as ReadMapping
from typing import Any

from lithflow.errors import InputError
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.edits import (
    FileEdits,
    cell_spans,
    csv_cell,
    extent,
    flow_text,
    folded,
    nested_text,
    number_text,
    yaml_text,
)
from lithflow.inputs.excel import Key, SheetRow
from lithflow.inputs.excel_sheets import Cells, SheetRecord
from lithflow.inputs.reading import Mapping, Node, Scalar, read_yaml
from lithflow.inputs.records import Record

__all__ = ["edit_record", "edit_table"]

INDENT = "  "


def same_value(one: float | str | None, other: float | str | None) -> bool:
    """Tell whether a cell still holds what was written; programs keep fifteen digits at least."""
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-14, abs_tol=0.0)
    return one == other


def edit_record(
    edits: FileEdits,
    record: Record,
    before: ReadMapping[Key, SheetRow],
    sheet: SheetRecord,
    dims: list[str],
    declaration: Declaration,
) -> None:
    """Note the edits of a record in its YAML file.

    Parameters
    ----------
    edits
        The file.
    record
        The record as it was read.
    before
        The rows that a book made from it has.
    sheet
        The rows that the edited book has.
    dims
        Dimensions of the stage, in the order of the columns.
    declaration
        The parameter.
    """
    text = edits.text.removeprefix("\ufeff").replace("\r\n", "\n")
    top = read_yaml(text, "", [])
    assert top is not None
    key, node = top.entries[declaration.key]
    assert isinstance(node, Mapping)
    if sheet.head is not None:
        _entries(edits, node, key, before[next(iter(before))], sheet.head)
    if record.table is None:
        _values(edits, record, node, before, sheet, dims)


def _entries(edits: FileEdits, node: Mapping, key: Scalar, before: SheetRow, row: Cells) -> None:
    """Compare unit, path, range, source, note and description."""
    written = {
        "description": (before.description, row.texts["description"]),
        "unit": (before.unit, row.texts["unit"]),
        "path": (before.path, row.texts["between years"]),
        "uncertainty": (before.range, row.texts["range"]),
        "source": (before.source, row.texts["source"]),
        "note": (" ".join(before.note.split()), " ".join(row.texts["note"].split())),
    }
    for name, (old, new) in written.items():
        if " ".join(old.split()) == " ".join(new.split()):
            continue
        entry = node.entries.get(name)
        if not new:
            if entry is not None:
                _take_away(edits, *entry)
            continue
        if entry is not None:
            child = entry[1]
            edits.replace((child.line, child.column), edits.end_of(child), _entry_text(name, new, child, edits))
        else:
            line, _ = edits.end_of(list(node)[-1][2])
            indent = " " * (node.column - 1)
            edits.insert_line(line, f"{indent}{name}: {_entry_text(name, new, None, edits)}")


def _take_away(edits: FileEdits, key: Scalar, child: Node) -> None:
    """Delete the lines of an entry."""
    edits.replace((key.line, 1), (max(edits.end_of(child)[0], key.line) + 1, 1), "")


def _entry_text(name: str, new: str, old: Node | None, edits: FileEdits) -> str:
    if name == "uncertainty":
        return "{" + new.strip().removeprefix("{").removesuffix("}") + "}"
    if name == "source":
        cited = [part.strip() for part in new.split(",") if part.strip()]
        if len(cited) == 1:
            return yaml_text(cited[0])
        return "[" + ", ".join(flow_text(part) for part in cited) + "]"
    if name == "unit":
        return '"1"' if new == "1" else yaml_text(new)
    if isinstance(old, Scalar) and old.end_line > old.line:
        begins = edits.line(old.line)[old.column - 1 :]
        return folded(new, len(INDENT) * 2) if begins.startswith((">", "|")) else yaml_text(new)
    return yaml_text(new)


def _values(
    edits: FileEdits,
    record: Record,
    node: Mapping,
    before: ReadMapping[Key, SheetRow],
    sheet: SheetRecord,
    dims: list[str],
) -> None:
    """Compare the values: change numbers in place, add and delete years in place, else write the values anew."""
    own = [row for row in before.values() if row.value is not None]
    leaves = {row.key: leaf for row, leaf in zip(_in_order(own, record), record.written, strict=True)}
    after = {key: row.value for key, row in sheet.values.items() if row.value is not None}
    changed = {key: value for key, value in after.items() if key in leaves and not same_value(leaves[key].value, value)}
    added = [key for key in after if key not in leaves]
    removed = [key for key in leaves if key not in after]
    if not changed and not added and not removed:
        return
    trial: list[tuple[tuple[int, int], tuple[int, int], str]] = []
    for key, value in changed.items():
        place = leaves[key].node
        assert isinstance(place, Scalar)
        new = value if not isinstance(value, str) else flow_text(value)
        trial.append(((place.line, place.column), extent(place), new if isinstance(new, str) else number_text(new)))
    for key in added:
        done = _add_year(edits, key, after[key], leaves, removed)
        if done is None:
            _anew(edits, node, sheet, dims, record.declaration)
            return
        trial.append(done)
    for key in removed:
        done = _delete_year(edits, key, leaves, removed)
        if done is None:
            _anew(edits, node, sheet, dims, record.declaration)
            return
        trial.append(done)
    for begin, end, text in trial:
        edits.replace(begin, end, text)


def _in_order(rows: list[SheetRow], record: Record) -> list[SheetRow]:
    """Bring rows into the order of the written values: a value of its own row stands first among the rows."""
    if len(rows) != len(record.written):
        raise InputError(f"{record.name}: two values have the same labels and year; name each once")
    head = [row for row in rows if row.head]
    if not head:
        return rows
    place = next(number for number, leaf in enumerate(record.written) if not leaf.chosen and leaf.year is None)
    rest = [row for row in rows if not row.head]
    return [*rest[:place], *head, *rest[place:]]


Edit = tuple[tuple[int, int], tuple[int, int], str]


def _siblings(key: Key, leaves: ReadMapping[Key, Any], removed: list[Key]) -> dict[int, Any]:
    """Return the values with the same labels by year, those that stay."""
    return {
        int(other[-1]): leaf
        for other, leaf in leaves.items()
        if other[:-1] == key[:-1] and other[-1] and other not in removed
    }


def _add_year(
    edits: FileEdits, key: Key, value: float | str | None, leaves: ReadMapping[Key, Any], removed: list[Key]
) -> Edit | None:
    """Add a year beside years in braces or on lines of their own; None where there is no such place."""
    near = _siblings(key, leaves, removed)
    if not key[-1] or not near or value is None:
        return None
    year = int(key[-1])
    new = f"{year}: {flow_text(value) if isinstance(value, str) else number_text(value)}"
    earlier = [other for other in near if other < year]
    leaf = near[max(earlier)] if earlier else near[min(near)]
    written = edits.line(leaf.node.line)[: leaf.node.column - 1]
    begins = re.search(r"['\"]?\d{4}['\"]?\s*:\s*\Z", written)
    if begins is None:
        return None
    line, end = leaf.node.line, extent(leaf.node)
    own_line = not written[: begins.start()].strip()
    if own_line:
        indent = written[: begins.start()]
        place = (line + 1, 1) if earlier else (line, 1)
        return place, place, f"{indent}{new}\n"
    if earlier:
        return end, end, f", {new}"
    place = (line, begins.start() + 1)
    return place, place, f"{new}, "


def _delete_year(edits: FileEdits, key: Key, leaves: ReadMapping[Key, Any], removed: list[Key]) -> Edit | None:
    """Delete a year where others stay."""
    if not key[-1] or not _siblings(key, leaves, removed):
        return None
    node = leaves[key].node
    line = edits.line(node.line)
    begins = re.search(r"['\"]?\d{4}['\"]?\s*:\s*\Z", line[: node.column - 1])
    if begins is None or extent(node)[0] != node.line:
        return None
    if not line[: begins.start()].strip():
        return (node.line, 1), (node.line + 1, 1), ""
    last = extent(node)[1] - 1
    follows = re.match(r"\s*,\s*", line[last:])
    leads = re.search(r"\s*,\s*\Z", line[: begins.start()])
    if leads:
        return (node.line, leads.start() + 1), (node.line, last + 1), ""
    if follows:
        return (node.line, begins.start() + 1), (node.line, last + follows.end() + 1), ""
    return None


def _anew(
    edits: FileEdits,
    node: Mapping,
    sheet: SheetRecord,
    dims: list[str],
    declaration: Declaration,
) -> None:
    """Write the values of a record anew, labels in the declared order and years innermost."""
    tree: Any = {}
    for key, row in sheet.values.items():
        if row.value is None:
            continue
        labels = dict(zip(dims, key[1:-1], strict=True))
        steps = [labels[dim] for dim in declaration.dims if dim != "year" and labels[dim]]
        steps += [key[-1]] if key[-1] else []
        if not steps:
            if tree:
                raise InputError(_beside(row, declaration))
            tree = row.value
            continue
        if not isinstance(tree, dict):
            raise InputError(_beside(row, declaration))
        level = tree
        for step in steps[:-1]:
            inner = level.setdefault(step, {})
            if not isinstance(inner, dict):
                raise InputError(_beside(row, declaration))
            level = inner
        if steps[-1] in level:
            raise InputError(_beside(row, declaration))
        level[steps[-1]] = row.value
    tree = _years_in_order(tree)
    key_node, child = node.entries["values"]
    end = extent(child)
    indent = node.column - 1 + len(INDENT)
    edits.replace((key_node.end_line, key_node.end_column), end, ":" + nested_text(tree, indent))


def _beside(row: Cells, declaration: Declaration) -> str:
    text = "this value stands beside another one for all of its labels or years; clear one of the two"
    return f"{row.cell('value')} {declaration.name}: {text}"


def _years_in_order(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    ordered = sorted(tree.items(), key=lambda entry: int(entry[0]) if entry[0].isdecimal() else -1)
    return {key: _years_in_order(child) for key, child in ordered}


def edit_table(
    edits: FileEdits, record: Record, before: ReadMapping[Key, SheetRow], sheet: SheetRecord, dims: list[str]
) -> dict[int, Cells]:
    """Note the edits of a record's table in its CSV file.

    Parameters
    ----------
    edits
        The file.
    record
        The record as it was read.
    before
        The rows that a book made from it has.
    sheet
        The rows that the edited book has.
    dims
        Dimensions of the stage, in the order of the columns.

    Returns
    -------
    dict of int to Cells
        Line of the edited file to the row of the book.

    Raises
    ------
    InputError
        If a changed row goes over several lines of the file.
    """
    header = [cell.strip() for cell in edits.line(1).split(",")]
    valued = [row.key for row in before.values() if row.value is not None]
    lines = {key: row.line for key, row in zip(valued, record.table_rows, strict=True)}
    shift = 0
    where: dict[int, Cells] = {}
    last_line = max(lines.values(), default=1)
    for key, line in sorted(lines.items(), key=lambda item: item[1]):
        row = sheet.values.get(key)
        if row is None or row.value is None:
            edits.delete_line(line)
            shift -= 1
            continue
        where[line + shift] = row
        old = before[key]
        spans = cell_spans(edits.line(line))
        if len(spans) != len(header):
            raise InputError(f"{row.cell('value')} {record.name}: the row goes over several lines of {record.table}")
        if not same_value(old.value, row.value):
            _set_cell(edits, line, spans, header, "value", _cell_text(row.value))
        for name in ("unit", "source", "note"):
            if name in header and not old.head and getattr(old, name) != row.texts[name]:
                _set_cell(edits, line, spans, header, name, row.texts[name])
    for key, row in sheet.values.items():
        if key in lines or row.value is None:
            continue
        labels = {**dict(zip(dims, key[1:-1], strict=True)), "year": key[-1]}
        lacking = [name for name, label in labels.items() if label and name not in header]
        if lacking or any(name in labels and not labels[name] for name in header):
            raise InputError(
                f"{row.cell('value')} {record.name}: the table {record.table} has the columns {', '.join(header)}"
            )
        cells = [
            _cell_text(row.value) if name == "value" else labels.get(name) or row.texts.get(name, "") for name in header
        ]
        edits.insert_line(last_line, ",".join(csv_cell(cell) for cell in cells))
        shift += 1
        where[last_line + shift] = row
    return where


def _cell_text(value: float | str | None) -> str:
    return value if isinstance(value, str) else "" if value is None else number_text(value)


def _set_cell(
    edits: FileEdits, line: int, spans: list[tuple[int, int]], header: list[str], name: str, text: str
) -> None:
    begin, end = spans[header.index(name)]
    edits.replace((line, begin + 1), (line, end + 1), csv_cell(text))

"""From a spreadsheet back to the files: only what was edited changes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from collections.abc import Mapping as ReadMapping
from dataclasses import dataclass, field
from pathlib import Path

from lithflow.errors import InputError, InputErrors, Problem
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.documents import stages
from lithflow.inputs.edits import FileEdits, record_block
from lithflow.inputs.excel import dims_of, rows_of
from lithflow.inputs.excel_sheets import Cells, SheetRecord, read_book
from lithflow.inputs.folders import Layers, decoded, shipped_folder
from lithflow.inputs.inputs import Inputs
from lithflow.inputs.loading import read
from lithflow.inputs.record_edits import edit_record, edit_table
from lithflow.inputs.records import Record

__all__ = ["from_excel"]


def from_excel(
    book: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    declarations: Iterable[Declaration] | None = None,
    shipped: Path | None = None,
) -> list[str]:
    """Take over what was edited in a spreadsheet into a folder of parameter files.

    Parameters
    ----------
    book
        The spreadsheet, made by `to_excel` from the same folder.
    folder
        The folder to change. Records that it doesn't hold yet are added to it; the shipped files are never touched,
        unless they are this folder.
    declarations
        The parameter table; the model's own unless given.
    shipped
        Folder of the complete set; found by itself unless given.

    Returns
    -------
    list of str
        Files that were written, relative to the folder; none where nothing was edited.

    Raises
    ------
    InputErrors
        If the book leads to parameters that can't be used; messages name sheet and cell. Nothing is written then.
    InputError
        If the book can't be read or the folder can't be written.
    """
    base = shipped if shipped is not None else shipped_folder()
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise InputError(f"expected a folder for the changes, got the file `{folder}`")
    own: tuple[Path, ...] = (target,) if target.is_dir() else ()
    table = None if declarations is None else tuple(declarations)
    inputs, problems = read(Layers((base, *own)), table)
    if inputs is None:
        raise InputErrors(problems)
    problems = []
    sheets = read_book(book, inputs, problems)
    merge = _Merge(inputs, base, target if own else None)
    for name, sheet in sheets.items():
        record = inputs.records.get(name)
        if record is not None:
            merge.record(record, sheet)
    files = merge.files()
    if files:
        _, found = read(Layers((base, merge.layer(files))), table)
        problems += [merge.placed(problem, sheets) for problem in found if not problem.warning]
    if problems:
        raise InputErrors(problems)
    _write(target, files)
    return sorted(files)


@dataclass
class _Merge:
    """Collects the edits of all files."""

    inputs: Inputs
    base: Path
    target: Path | None
    edits: dict[tuple[bool, str], FileEdits] = field(default_factory=dict)
    """Files by whether they are shipped, and name."""
    copied: dict[str, list[str]] = field(default_factory=dict)
    """Shipped file to the records that go into the folder's own file of that name."""
    table_lines: dict[str, dict[int, Cells]] = field(default_factory=dict)

    def open(self, shipped: bool, name: str) -> FileEdits:
        """Start to edit a file."""
        if (shipped, name) not in self.edits:
            root = self.base if shipped or self.target is None else self.target
            self.edits[shipped, name] = FileEdits((root / name).read_bytes())
        return self.edits[shipped, name]

    def place(self, name: str) -> tuple[bool, str]:
        """Tell whether a file, as messages show it, is the shipped one."""
        plain = name.removeprefix("(shipped) ")
        return self.target is None or plain != name, plain

    def record(self, record: Record, sheet: SheetRecord) -> None:
        """Compare a record with its rows and note the edits."""
        table = stages(self.inputs.declarations.values())[record.declaration.stage]
        dims = dims_of(table)
        before = {row.key: row for row in rows_of(self.inputs, record, dims)}
        shipped, name = self.place(record.file)
        edits = self.open(shipped, name)
        count = len(edits.changes)
        edit_record(edits, record, before, sheet, dims, self.inputs.declarations[record.name])
        if len(edits.changes) > count and shipped:
            self.copied.setdefault(name, []).append(record.declaration.key)
        if record.table is not None:
            layers = Layers((self.base,) if self.target is None else (self.base, self.target))
            file = self.open(layers.find(record.table) == 0, record.table)
            lines = edit_table(file, record, before, sheet, dims)
            self.table_lines[record.table] = lines

    def files(self) -> dict[str, bytes]:
        """Return the changed files of the folder, by name."""
        files: dict[str, bytes] = {}
        for (shipped, name), edits in self.edits.items():
            if not edits.changes:
                continue
            if not shipped or name.endswith(".csv"):
                files[name] = edits.result()
        for name, keys in self.copied.items():
            text = decoded(self.edits[True, name].result(), _never)
            assert text is not None
            blocks = "\n\n".join(record_block(text, key) for key in keys)
            present = files.get(name)
            if present is None and self.target is not None and (self.target / name).exists():
                present = (self.target / name).read_bytes()
            if present is None:
                files[name] = f"{blocks}\n".encode()
            else:
                gap = b"" if present.endswith(b"\n") else b"\n"
                files[name] = present + gap + f"\n{blocks}\n".encode()
        return files

    def layer(self, files: ReadMapping[str, bytes]) -> dict[str, str]:
        """Return the folder as it would be, in memory."""
        texts: dict[str, str] = {}
        if self.target is not None:
            layers = Layers((self.base, self.target))
            for name in layers.names(1, []):
                text = layers.read(1, name, []) if name.endswith((".yaml", ".csv")) else None
                if text is not None:
                    texts[name] = text
        for name, content in files.items():
            text = decoded(content, _never)
            assert text is not None
            texts[name] = text
        return texts

    def placed(self, problem: Problem, sheets: ReadMapping[str, SheetRecord]) -> Problem:
        """Put a problem of a file where it stands in the book."""
        name = ".".join(problem.path.split(".")[:2])
        sheet = sheets.get(name)
        if sheet is None or not sheet.values:
            return problem
        row = self.table_lines.get(problem.file, {}).get(problem.line)
        if row is not None:
            return Problem(row.cell("value"), 0, 0, problem.path, problem.text)
        entry_lacks = problem.text.endswith("is missing")
        for key, cells in sheet.values.items():
            if (
                not entry_lacks
                and ".".join([name, *(part for part in key[1:] if part)]) == problem.path
                and cells.value is not None
            ):
                return Problem(cells.cell("value"), 0, 0, problem.path, problem.text)
        head = sheet.head or next(iter(sheet.values.values()))
        entry = problem.path.removeprefix(f"{name}.").partition(".")[0]
        columns = {"unit": "unit", "path": "between years", "uncertainty": "range", "source": "source", "note": "note"}
        return Problem(head.cell(columns.get(entry, "parameter")), 0, 0, problem.path, problem.text)


def _never(text: str, line: int = 0, column: int = 0) -> None:
    raise InputError(text)


def _write(target: Path, files: ReadMapping[str, bytes]) -> None:
    """Write files, each complete or not at all."""
    try:
        for name, content in files.items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.resolve().is_relative_to(target.resolve()):
                raise InputError(f"`{path}` is a link that leads out of the folder; nothing was written there")
            draft = path.with_name(path.name + ".part")
            draft.write_bytes(content)
            draft.replace(path.resolve())
    except OSError as error:
        raise InputError(f"`{target}` can't be written: {error.strerror or error}") from None

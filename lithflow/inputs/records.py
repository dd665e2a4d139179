"""One parameter: from its record in a file to an array in canonical units over the model years."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadMapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lithflow.inputs.bounds import factor_of, like, unit_problem
from lithflow.inputs.completing import Texts, check_leaves, complete, texts_of
from lithflow.inputs.declaration import Declaration, PathKind
from lithflow.inputs.ranges import Range, range_problem
from lithflow.inputs.reading import Mapping, Node, Scalar, Sequence
from lithflow.inputs.reporting import Checked, Reporter, describe, validated
from lithflow.inputs.sources import ASSUMPTION
from lithflow.inputs.tables import Row, Table
from lithflow.inputs.values import Given, Labels, Leaf, read_values

__all__ = ["Cited", "Record", "RecordHead", "Texts", "read_record"]

Floats = NDArray[np.float64]


class RecordHead(Checked):
    """What a record says beside its values."""

    description: str = Field(description="what the number is, in words")
    unit: str | None = Field(default=None, description="unit of the values, such as `kt LCE/year` or `percent`")
    path: Literal["step", "linear", "logistic"] | None = Field(
        default=None, description="how values between given years are found; flat outside them"
    )
    uncertainty: Range | None = Field(default=None, description="how far the value may be off")
    source: str | list[str] = Field(
        description="ids of sources.yaml, `assumption`, or `seed:ID` for a figure of the source documents"
    )
    note: str | None = Field(default=None, description="how the value was found; required for an assumption")

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources, always as a tuple."""
        return (self.source,) if isinstance(self.source, str) else tuple(self.source)


@dataclass(frozen=True, eq=False)
class Record:
    """A checked parameter.

    Parameters
    ----------
    declaration
        What the model expects.
    array
        Float64 in canonical units, dimensions as declared, a value for every model year; read-only. Empty for texts.
    texts
        For a text parameter: the text, or label to text.
    description, unit, sources, note, uncertainty, path
        As written.
    file, line
        Where the record stands.
    written
        The values as written, with their places.
    table
        Name of the table file, where there is one.
    row_sources
        Sources that single rows of the table give, with the values of those rows in the record's unit.
    source_place
        Line and column of the entry `source`.
    table_rows
        Rows of the table, one for each of `written`; empty where the values stand in the record.
    """

    declaration: Declaration
    array: Floats
    texts: Texts | None
    description: str
    unit: str
    sources: tuple[str, ...]
    note: str
    uncertainty: Range | None
    path: PathKind
    file: str
    line: int
    written: tuple[Leaf, ...] = ()
    table: str | None = None
    row_sources: ReadMapping[str, tuple[float, ...]] = field(default_factory=dict)
    source_place: tuple[int, int] = (0, 0)
    table_rows: tuple[Row, ...] = ()

    @property
    def name(self) -> str:
        """Full name, ``stage.parameter``."""
        return self.declaration.name

    @property
    def assumed(self) -> bool:
        """Whether the record rests on an assumption, in whole or in part."""
        return "assumption" in self.sources


TableReader = Callable[[str, Declaration, Reporter, Scalar], Table | None]
Cited = tuple[Reporter, Node | None, str, str]
"""A source that is cited: where its problems go, the place, the path, the source."""


def read_record(
    key: Scalar,
    node: Node,
    declaration: Declaration,
    labels: Labels,
    years: NDArray[np.int64],
    reporter: Reporter,
    read_table: TableReader,
    cited: list[Cited],
) -> Record | None:
    """Read one record.

    Parameters
    ----------
    key, node
        The record's name and its content.
    declaration
        The parameter.
    labels
        Labels of every dimension.
    years
        Model years.
    reporter
        Where problems go.
    read_table
        Reads the table that a record names.
    cited
        Where the sources that the record cites are added.

    Returns
    -------
    Record or None
        None where there was a problem.
    """
    before = reporter.count
    name = declaration.name
    head = validated(RecordHead, node, reporter, name, skip=("values", "table"))
    if not isinstance(node, Mapping):
        return None
    sources = _sources(key, node, reporter, name)
    source_place = node.get("source") or key
    cited += [(reporter, source_place, f"{name}.source", source) for source in sources]
    unit = _unit(key, node, declaration, reporter)
    found = _given(key, node, unit, declaration, labels, reporter, read_table)
    if found is None:
        return None
    cited += found.cited
    given, place, where = found.given, found.place, found.reporter
    path = head.path if head and head.path else declaration.path
    texts: Texts | None = None
    array: Floats | None = None
    if declaration.kind == "text":
        texts = texts_of(given, declaration, labels, place, where)
        array = np.empty(0)
        if head and head.uncertainty is not None:
            reporter.add(node.get("uncertainty"), f"{name}.uncertainty", "a text has no range")
    elif unit is not None:
        if given.complete:
            check_leaves(given, unit, declaration, where)
        if given.complete:
            array = complete(given, unit, path, declaration, labels, years, place, where, name)
        if given.complete and head and head.uncertainty is not None:
            problem = range_problem(head.uncertainty, [leaf.value for leaf in given.leaves], unit, declaration)
            if problem:
                reporter.add(node.get("uncertainty"), f"{name}.uncertainty", problem)
    if reporter.count != before or head is None or array is None or unit is None:
        return None
    array.flags.writeable = False
    table = node.get("table")
    return Record(
        declaration,
        array,
        texts,
        head.description,
        unit,
        sources,
        head.note or "",
        head.uncertainty,
        path,
        reporter.file,
        key.line,
        tuple(given.leaves),
        table.text if isinstance(table, Scalar) else None,
        found.rows,
        (source_place.line, source_place.column),
        found.table_rows,
    )


@dataclass
class _Found:
    """The written values of a record, from the record itself or from its table."""

    given: Given
    place: Node
    reporter: Reporter
    rows: dict[str, tuple[float, ...]] = field(default_factory=dict)
    table_rows: tuple[Row, ...] = ()
    cited: list[Cited] = field(default_factory=list)


def _given(
    key: Scalar,
    node: Mapping,
    unit: str | None,
    declaration: Declaration,
    labels: Labels,
    reporter: Reporter,
    read_table: TableReader,
) -> _Found | None:
    """Read the values of a record; None where there are none to go on with."""
    name = declaration.name
    values, table = node.get("values"), node.get("table")
    if values is not None and table is not None:
        reporter.add(table, f"{name}.table", "a record has either `values` or `table`, not both")
        return None
    if values is not None:
        return _Found(read_values(values, declaration, labels, reporter, name), values, reporter)
    if table is None:
        reporter.add(key, name, "`values` is missing (or `table`, for a CSV file)")
        return None
    if not isinstance(table, Scalar) or not table.text or declaration.kind == "text":
        what = "`values`" if declaration.kind == "text" else "the name of a CSV file"
        reporter.add(table, f"{name}.table", f"expected {what}, got {describe(table)}")
        return None
    read = read_table(table.text, declaration, reporter, table)
    if read is None or unit is None:
        return None
    where = Reporter(read.file, reporter.problems)
    given, rows = from_table(read, declaration, labels, unit, where)
    first = {source: row for row in reversed(read.rows) for source in row.sources}
    cited: list[Cited] = [
        (where, Scalar("", False, row.line, row.column), f"{name}.source", source) for source, row in first.items()
    ]
    return _Found(given, Scalar("", False, 1, 1), where, rows, read.rows, cited)


def _unit(key: Scalar, node: Mapping, declaration: Declaration, reporter: Reporter) -> str | None:
    """Check the unit of a record."""
    written = node.get("unit")
    path = f"{declaration.name}.unit"
    if declaration.kind == "text":
        return "1"
    if written is None:
        reporter.add(key, declaration.name, f"`unit` is missing; expected {like(declaration.unit)}")
        return None
    text = written.text if isinstance(written, Scalar) else ""
    if not text:
        reporter.add(written, path, f"expected {like(declaration.unit)}, got {describe(written)}")
        return None
    problem = unit_problem(text, declaration.unit)
    if problem:
        reporter.add(written, path, problem)
        return None
    return text


def _sources(key: Scalar, node: Mapping, reporter: Reporter, name: str) -> tuple[str, ...]:
    """Return the sources of a record, as far as they can be read."""
    place, note = node.get("source"), node.get("note")
    if place is None:
        return ()
    items = place.items if isinstance(place, Sequence) else [place]
    sources = tuple(item.text for item in items if isinstance(item, Scalar) and item.text)
    if not sources and not isinstance(place, Mapping):
        reporter.add(place, f"{name}.source", "expected an id of sources.yaml or `assumption`, got nothing")
    if ASSUMPTION in sources and not (isinstance(note, Scalar) and note.text.strip()):
        reporter.add(place, f"{name}.source", "an assumption needs a `note` that says why")
    return sources


def from_table(
    table: Table, declaration: Declaration, labels: Labels, unit: str, reporter: Reporter
) -> tuple[Given, dict[str, tuple[float, ...]]]:
    """Put the rows of a table into the form of written values, in the record's unit.

    Parameters
    ----------
    table
        The rows.
    declaration
        The parameter.
    labels
        Labels of every dimension.
    unit
        The record's unit, which rows without one of their own have.
    reporter
        Where problems go.

    Returns
    -------
    tuple of Given and dict
        The values, and source to values for the rows that give a source.
    """
    before = reporter.count
    own = [name for name in declaration.dims if name != "year"]
    places = {name: {label: number for number, label in enumerate(labels[name])} for name in own}
    years = np.array(sorted({row.year for row in table.rows if row.year is not None}), dtype=np.int64)
    row_of = {int(year): number for number, year in enumerate(years)}
    array = np.full((max(len(years), 1), *(len(labels[name]) for name in own)), np.nan)
    leaves = []
    rows: dict[str, list[float]] = {}
    for row in table.rows:
        value = row.value
        if row.unit and row.unit != unit:
            problem = unit_problem(row.unit, declaration.unit)
            if problem:
                reporter.at(row.line, row.column, declaration.name, problem)
                continue
            value *= factor_of(row.unit, declaration.unit) / factor_of(unit, declaration.unit)
        index: list[Any] = [slice(None) if row.year is None else row_of[row.year]]
        index += [places[name][row.labels[name]] if name in row.labels else slice(None) for name in own]
        array[tuple(index)] = value
        chosen = {name: [places[name][label]] for name, label in row.labels.items()}
        path = ".".join([declaration.name, *row.labels.values(), *([str(row.year)] if row.year else [])])
        leaves.append(Leaf(chosen, row.year, value, Scalar("", False, row.line, row.column), path))
        for source in row.sources:
            rows.setdefault(source, []).append(value)
    given = Given(years, array, leaves, reporter.count == before)
    return given, {source: tuple(values) for source, values in rows.items()}

"""From `values:` as written (a number, labels, years, nested in any order) to an array over the declared dimensions."""

from __future__ import annotations

from collections.abc import Mapping as ReadMapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lithflow.errors import nearest
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.numbers import as_year, looks_like_year, scalar_number
from lithflow.inputs.reading import Mapping, Node, Scalar, Sequence
from lithflow.inputs.reporting import Reporter, describe

__all__ = ["Given", "Labels", "Leaf", "as_node", "read_values"]

Floats = NDArray[np.float64]
Labels = ReadMapping[str, tuple[str, ...]]

DEFAULT = "default"


@dataclass(slots=True)
class Leaf:
    """One written value and where it belongs.

    Parameters
    ----------
    chosen
        Positions along each dimension that the value is for; a dimension not named here takes the value everywhere.
    year
        The year it is given for; None for all years.
    value
        The number or text.
    node, path
        Where it stands.
    """

    chosen: dict[str, list[int]]
    year: int | None
    value: Any
    node: Node
    path: str


@dataclass
class Given:
    """What a file gives for one parameter, before years are filled in.

    Parameters
    ----------
    years
        Years that carry values, rising; empty where the values hold for all years.
    values
        Numbers in the unit as written, shape (years or 1, declared dimensions but year); NaN where nothing is given.
    leaves
        The written values.
    complete
        False where a problem was found, so that what is missing need not be reported on top of it.
    """

    years: NDArray[np.int64]
    values: Floats
    leaves: list[Leaf] = field(default_factory=list)
    complete: bool = True


def as_node(value: Any) -> Node:
    """Turn a Python value (number, text, nested mapping) into a node without a place.

    Parameters
    ----------
    value
        What a caller passed.

    Returns
    -------
    Node
        The same, as if read from a file.
    """
    if isinstance(value, ReadMapping):
        made = Mapping(0, 0)
        for key, child in sorted(value.items(), key=_by_year):
            made.entries[str(key)] = (Scalar(str(key), False, 0, 0), as_node(child))
        return made
    if isinstance(value, (list, tuple)):
        return Sequence(0, 0, True, [as_node(item) for item in value])
    if isinstance(value, str):
        return Scalar(value, True, 0, 0)
    if isinstance(value, (float, np.floating)):
        return Scalar(repr(float(value)), False, 0, 0)
    return Scalar(str(value), False, 0, 0)


def _by_year(entry: tuple[Any, Any]) -> int:
    """Sort years; all else keeps its order, in front of them."""
    key = str(entry[0])
    return int(key) if key.isdecimal() and len(key) == 4 else -1


def read_values(
    node: Node,
    declaration: Declaration,
    labels: Labels,
    reporter: Reporter,
    path: str,
    chosen: dict[str, list[int]] | None = None,
) -> Given:
    """Read values into an array over the declared dimensions.

    Parameters
    ----------
    node
        What was written.
    declaration
        The parameter.
    labels
        Labels of every dimension.
    reporter
        Where problems go.
    path
        Dotted path of the node, for messages.
    chosen
        Labels that the path has already settled, as positions.

    Returns
    -------
    Given
        The values in the unit as written.
    """
    before = reporter.count
    reader = _Reader(declaration, labels, reporter)
    reader.walk(node, path, dict(chosen or {}), None)
    years = np.array(sorted({leaf.year for leaf in reader.leaves if leaf.year is not None}), dtype=np.int64)
    own = [name for name in declaration.dims if name != "year"]
    shape = tuple(len(labels[name]) for name in own)
    values = np.full((max(len(years), 1), *shape), np.nan)
    if declaration.kind == "number":
        row = {int(year): position for position, year in enumerate(years)}
        for leaf in reader.leaves:
            when: int | slice = slice(None) if leaf.year is None else row[leaf.year]
            values[(when, *_index(leaf.chosen, own, shape))] = leaf.value
    return Given(years, values, reader.leaves, reporter.count == before)


def _index(chosen: dict[str, list[int]], own: list[str], shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Index for an assignment: plain integers and slices where possible, a mesh otherwise."""
    if all(len(places) == 1 for places in chosen.values()):
        return tuple(chosen[name][0] if name in chosen else slice(None) for name in own)
    return np.ix_(*(chosen.get(name, range(size)) for name, size in zip(own, shape, strict=True)))


def _comma(key: str) -> str:
    return f"`{key}` has no value; is it the end of a decimal comma? write a point"


class _Reader:
    """Walks the nested values of one record."""

    def __init__(self, declaration: Declaration, labels: Labels, reporter: Reporter) -> None:
        self.declaration = declaration
        self.reporter = reporter
        self.by_year = "year" in declaration.dims
        self.places = {
            name: {label: position for position, label in enumerate(labels[name])}
            for name in declaration.dims
            if name != "year"
        }
        self.leaves: list[Leaf] = []

    def walk(self, node: Node, path: str, chosen: dict[str, list[int]], year: int | None) -> None:
        if isinstance(node, Scalar):
            self.leaf(node, path, chosen, year)
        elif isinstance(node, Sequence):
            self.reporter.add(node, path, f"expected {self.wanted(chosen, year)}, got a list")
        elif not len(node):
            self.reporter.add(node, path, f"expected {self.wanted(chosen, year)}, got an empty group")
        else:
            self.group(node, path, chosen, year)

    def leaf(self, node: Scalar, path: str, chosen: dict[str, list[int]], year: int | None) -> None:
        value: Any
        if self.declaration.kind == "text":
            value, problem = node.value, None
            if not isinstance(value, str):
                problem = f"expected a text, got {describe(node)}"
            elif self.declaration.choices and value not in self.declaration.choices:
                known = self.declaration.choices
                problem = f"expected one of {', '.join(known)}, got `{value}`{nearest(value, known, limit=1)}"
        else:
            value, problem = scalar_number(node)
        if problem:
            self.reporter.add(node, path, problem)
        self.leaves.append(Leaf(chosen, year, value, node, path))

    def group(self, node: Mapping, path: str, chosen: dict[str, list[int]], year: int | None) -> None:
        names = [key for key, _, _ in node if key != DEFAULT]
        open_dims = [name for name in self.places if name not in chosen]
        dim = next((name for name in open_dims if all(key in self.places[name] for key in names)), None)
        dated = [looks_like_year(key) for key in names]
        if dim is None and names and (all(dated) or (not open_dims and any(dated))):
            self.years(node, path, chosen, year)
            return
        if dim is None:
            dim = max(open_dims, key=lambda name: sum(key in self.places[name] for key in names), default=None)
        if dim is None:
            key, first, _ = next(iter(node))
            self.reporter.add(first, f"{path}.{key}", f"expected {self.wanted(chosen, year)}, got the entry `{key}`")
            return
        self.labels(node, path, chosen, year, dim)

    def labels(self, node: Mapping, path: str, chosen: dict[str, list[int]], year: int | None, dim: str) -> None:
        known = self.places[dim]
        for key, first, child in node:
            below = f"{path}.{key}"
            if key == DEFAULT:
                places = [position for label, position in known.items() if label not in node]
                if not places:
                    self.reporter.add(first, below, f"`{DEFAULT}` has nothing to fill: every {dim} is named")
                    continue
            elif key in known:
                places = [known[key]]
            else:
                self.unknown(first, key, below, child, node, chosen, year, dim)
                continue
            self.walk(child, below, {**chosen, dim: places}, year)

    def unknown(
        self,
        first: Scalar,
        key: str,
        path: str,
        child: Node,
        node: Mapping,
        chosen: dict[str, list[int]],
        year: int | None,
        dim: str,
    ) -> None:
        empty = isinstance(child, Scalar) and child.text == "" and not child.quoted
        if node.flow and empty and key.isdecimal():
            self.reporter.add(first, path, _comma(key))
            return
        if looks_like_year(key) and not any(other in self.places[dim] for other in node.entries):
            self.years(node, path.rpartition(".")[0], chosen, year)
            return
        others = [name for name, known in self.places.items() if name != dim and key in known]
        if looks_like_year(key):
            text = f"a year stands among labels of {dim}; give years within each label, or labels within each year"
        elif others and others[0] in chosen:
            text = f"`{key}` is a {others[0]}, which is already named above; expected a {dim}"
        elif others:
            text = f"`{key}` is a {others[0]}, but its neighbours are labels of {dim}; put them on levels of their own"
        elif key.lower() in ("false", "true", "off", "on"):
            text = f"unknown {dim} `{key}`; some programs turn NO and YES into it: write the label again"
        else:
            text = f"unknown {dim} `{key}`{nearest(key, [*self.places[dim], DEFAULT])}"
        self.reporter.add(first, path, text)

    def years(self, node: Mapping, path: str, chosen: dict[str, list[int]], year: int | None) -> None:
        key, first, _ = next(iter(node))
        if not self.by_year:
            text = f"{self.declaration.name} doesn't change over the years; expected {self.wanted(chosen, year)}"
            self.reporter.add(first, f"{path}.{key}", text)
            return
        if year is not None:
            self.reporter.add(first, f"{path}.{key}", f"a year within the year {year}; one level of years is enough")
            return
        last: int | None = None
        for key, first, child in node:
            below = f"{path}.{key}"
            empty = isinstance(child, Scalar) and child.text == "" and not child.quoted
            if node.flow and empty and len(key) < 4 and key.isdecimal():
                self.reporter.add(
                    first, below, f"`{key}` has no value; is it the end of a decimal comma? write a point"
                )
                continue
            number, problem = as_year(key)
            if problem:
                self.reporter.add(first, below, problem)
                continue
            if last is not None and number <= last:
                self.reporter.add(
                    first, below, f"the years run backwards: {number} after {last}; write them in rising order"
                )
            last = number
            self.walk(child, below, chosen, number)

    def wanted(self, chosen: dict[str, list[int]], year: int | None) -> str:
        """Say what may stand here."""
        what = "a text" if self.declaration.kind == "text" else "a number"
        open_dims = [name for name in self.places if name not in chosen]
        levels = [f"labels of {name}" for name in open_dims]
        if self.by_year and year is None:
            levels.append("years")
        return " or ".join([what, *levels])

"""Parameters in words: list, search, show one, and what a folder changes."""

from __future__ import annotations

import ast
import functools
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from lithflow.errors import UnknownNameError, nearest
from lithflow.inputs.bounds import bounds, factor_of
from lithflow.inputs.changes import Change
from lithflow.inputs.inputs import Inputs
from lithflow.inputs.ranges import Range
from lithflow.inputs.records import Record
from lithflow.inputs.scenarios import Scenario
from lithflow.inputs.sources import SEED
from lithflow.inputs.values import Leaf

__all__ = ["changed_by", "difference", "listing", "range_text", "show", "used_by", "written_values"]

WIDTH = 110
MOST_VALUES = 40
"""Lines of values that `show` prints; a table has more."""


def listing(inputs: Inputs, search: str = "") -> str:
    """List parameters, one line each.

    Parameters
    ----------
    inputs
        What was read.
    search
        Words that must all occur in name, meaning, description, note, unit or sources; all parameters unless given.

    Returns
    -------
    str
        Name, unit, dimensions and meaning.

    Raises
    ------
    UnknownNameError
        If nothing is found.
    """
    words = search.casefold().split()
    found = [record for record in inputs.records.values() if all(word in _searched(record) for word in words)]
    if not found:
        raise UnknownNameError(f"no parameter with `{search}`{nearest(search, inputs.records)}")
    rows = [
        (record.name, _unit(record), ", ".join(record.declaration.dims), record.declaration.meaning) for record in found
    ]
    first, second, third = (max(len(row[column]) for row in rows) for column in range(3))
    lines = [f"{name:<{first}}  {unit:<{second}}  {dims:<{third}}  {meaning}" for name, unit, dims, meaning in rows]
    return "\n".join([*(line.rstrip() for line in lines), f"{len(found)} of {len(inputs.records)} parameters"])


def _searched(record: Record) -> str:
    texts = (record.name, record.declaration.meaning, record.description, record.note, record.unit, *record.sources)
    return " ".join(texts).casefold()


def _unit(record: Record) -> str:
    return "text" if record.texts is not None else record.unit


def show(inputs: Inputs, name: str) -> str:
    """Describe one parameter: meaning, values, unit, range, sources, note, who uses it.

    Parameters
    ----------
    inputs
        What was read.
    name
        Its name; a part of it will do where only one parameter has it.

    Returns
    -------
    str
        Several lines.

    Raises
    ------
    UnknownNameError
        If there is no such parameter, or more than one.
    """
    record = _found(inputs, name)
    declaration = record.declaration
    lines = [record.name, *_wrapped("", declaration.meaning)]
    if record.description and record.description != declaration.meaning:
        lines += _wrapped("here", record.description)
    lines += _wrapped("dimensions", ", ".join(declaration.dims) or "none, one value")
    if record.texts is None:
        low, high = (bound / factor_of(record.unit, declaration.unit) for bound in bounds(declaration))
        lines += _wrapped("unit", record.unit)
        lines += _wrapped("bounds", _limits(low, high, declaration.sums_to_one))
    if "year" in declaration.dims:
        lines += _wrapped("path", f"{record.path} between the given years, flat outside them")
    lines += _block("values", written_values(inputs, record))
    lines += _wrapped("range", range_text(record.uncertainty, record.unit) if record.texts is None else "")
    cited = dict.fromkeys((*record.sources, *record.row_sources))
    lines += _block("source", [_source_text(inputs, source) for source in cited])
    lines += _wrapped("note", record.note)
    lines += _wrapped("file", f"{record.file}:{record.line}" + (f", {record.table}" if record.table else ""))
    lines += _wrapped("used by", ", ".join(used_by(record.name)) or "no stage")
    lines += _wrapped("changed by", ", ".join(changed_by(inputs, record.name)) or "no scenario")
    return "\n".join(lines)


def _limits(low: float, high: float, sums_to_one: str | None) -> str:
    if np.isfinite(low + high):
        text = f"{low:g} to {high:g}"
    elif np.isfinite(low):
        text = f"{low:g} and more"
    else:
        text = "any number"
    return f"{text}; sums to 1 over {sums_to_one}" if sums_to_one else text


def _found(inputs: Inputs, name: str) -> Record:
    record = inputs.records.get(name)
    if record is not None:
        return record
    alike = [known for known in inputs.records if known.endswith(f".{name}")]
    if len(alike) == 1:
        return inputs.records[alike[0]]
    if alike:
        raise UnknownNameError(f"`{name}` is the name of several parameters: {', '.join(alike)}")
    raise UnknownNameError(f"unknown parameter `{name}`{nearest(name, inputs.records)}")


def _wrapped(title: str, text: str) -> list[str]:
    if not text:
        return []
    return _block(title, textwrap.wrap(text, WIDTH - 14))


def _block(title: str, lines: Iterable[str]) -> list[str]:
    return [f"  {title if not number else '':<12}{line}" for number, line in enumerate(lines)]


def _source_text(inputs: Inputs, name: str) -> str:
    source = inputs.sources.get(name)
    if source is not None:
        return f"{name}: {source.author} ({source.year}), {source.title}"
    if name.startswith(SEED):
        from lithflow.inputs.seeds import load_seeds

        seed = load_seeds().get(name.removeprefix(SEED))
        if seed is not None and seed.value is not None:
            return f"{name}: {seed.quantity}, {seed.value:g} {seed.unit}, {seed.year}, section {seed.section}"
    return name


def written_values(inputs: Inputs, record: Record) -> list[str]:
    """Return the values as written, one line a combination of labels.

    Parameters
    ----------
    inputs
        What was read.
    record
        The parameter.

    Returns
    -------
    list of str
        Such as ``formal × hydrometallurgy  2020: 85, 2025: 90``.
    """
    rows: dict[str, list[str]] = {}
    for leaf in record.written:
        value = str(leaf.value) if record.texts is not None else f"{leaf.value:.6g}"
        rows.setdefault(_labels(inputs, record, leaf), []).append(
            value if leaf.year is None else f"{leaf.year}: {value}"
        )
    width = max((len(name) for name in rows), default=0)
    lines = [f"{name:<{width}}  {_years(values)}" if name else _years(values) for name, values in rows.items()]
    if len(lines) > MOST_VALUES:
        more = len(lines) - MOST_VALUES
        return [*lines[:MOST_VALUES], f"and {more} more in {record.table or record.file}"]
    return lines


def _years(values: list[str], most: int = 9) -> str:
    if len(values) <= most:
        return ", ".join(values)
    return ", ".join([*values[:4], f"… {len(values) - 8} years …", *values[-4:]])


def _labels(inputs: Inputs, record: Record, leaf: Leaf) -> str:
    parts = []
    for dim in record.declaration.dims:
        places = leaf.chosen.get(dim)
        if dim == "year" or places is None:
            continue
        labels = inputs.dimensions[dim]
        names = [labels[place] for place in places]
        parts.append(names[0] if len(names) == 1 else f"other {dim}s" if len(names) > 3 else "/".join(names))
    return " × ".join(parts)


def range_text(stated: Range | None, unit: str) -> str:
    """Say how uncertain a parameter is.

    Parameters
    ----------
    stated
        Its range.
    unit
        The unit of absolute ends.

    Returns
    -------
    str
        Such as ``triangular, 0.95 to 1.03 times the value``.
    """
    if stated is None:
        return "none given"
    entries = stated.model_dump(exclude={"distribution", "relative", "correlated_with"})
    shown = "" if unit == "1" else f" {unit}"
    low, high = entries.pop("low", None), entries.pop("high", None)
    parts: list[str] = [stated.distribution]
    if low is not None and high is not None:
        parts.append(f"{low:g} to {high:g}" + (" times the value" if stated.relative else shown))
    for name, value in entries.items():
        factor = " times the value" if stated.relative else shown
        parts.append(f"{name} {value:g}{factor if name == 'sd' and stated.distribution == 'normal' else ''}")
    parts += [f"correlated with {other} ({strength:g})" for other, strength in stated.correlated_with.items()]
    return ", ".join(parts)


@functools.cache
def _code() -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """Read the texts in the code of the package: whole ones, and beginnings of composed ones; docstrings left out."""
    package = Path(__file__).resolve().parents[1]
    files = [file for file in sorted(package.rglob("*.py")) if file.parent.name not in ("inputs", "declarations")]
    files.append(Path(__file__).with_name("cross_checks.py"))
    return {
        ".".join(file.relative_to(package).with_suffix("").parts): _texts_in(file.read_text(encoding="utf-8"))
        for file in files
    }


def _texts_in(source: str) -> tuple[frozenset[str], frozenset[str]]:
    whole: set[str] = set()
    beginnings: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            whole.add(node.value)
        elif isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            beginnings.add(str(node.values[0].value))
        waiting += ast.iter_child_nodes(node)
    return frozenset(whole), frozenset(beginnings)


def used_by(name: str) -> list[str]:
    """Find the modules that use a parameter.

    Parameters
    ----------
    name
        The parameter.

    Returns
    -------
    list of str
        Modules, such as ``chain.recycling``, found by the parameter's name in their code.
    """
    stage, _, key = name.partition(".")
    return [
        module
        for module, (whole, beginnings) in _code().items()
        if name in whole or (f"{stage}." in beginnings and key in whole)
    ]


def changed_by(inputs: Inputs, name: str) -> list[str]:
    """Find the scenarios that change a parameter.

    Parameters
    ----------
    inputs
        What was read.
    name
        The parameter.

    Returns
    -------
    list of str
        Names of scenarios.
    """
    return [
        scenario.name
        for scenario in inputs.scenarios.values()
        if any(change.name == name for changes in all_changes(scenario) for change in changes)
    ]


def all_changes(scenario: Scenario) -> Iterable[tuple[Change, ...]]:
    """Give the changes of a scenario, region by region where it has regions."""
    return scenario.regions.values() or (scenario.changes,)


def difference(shipped: Inputs, own: Inputs) -> str:
    """Say what a folder changes against the shipped files.

    Parameters
    ----------
    shipped
        The shipped inputs.
    own
        The inputs with the folder on top.

    Returns
    -------
    str
        Per parameter the old and the new value of each combination and given year, in the parameter's unit; then
        sources, scenarios and dimensions that were added or changed.
    """
    lines: list[str] = []
    for name in dict.fromkeys((*shipped.records, *own.records)):
        old, new = shipped.records.get(name), own.records.get(name)
        if old is None or new is None:
            lines.append(f"{name}: {'new' if old is None else 'taken away'}")
        else:
            lines += _changes(shipped, own, old, new)
    for title, before, after in (
        ("source", shipped.sources, own.sources),
        ("scenario", _scenario_texts(shipped), _scenario_texts(own)),
        ("dimension", shipped.meanings, own.meanings),
        ("target", {target.id: target for target in shipped.targets}, {target.id: target for target in own.targets}),
    ):
        for name in dict.fromkeys((*before, *after)):
            if name not in before:
                lines.append(f"{title} {name}: new")
            elif name not in after:
                lines.append(f"{title} {name}: taken away")
            elif before[name] != after[name]:
                lines.append(f"{title} {name}: changed")
    if not np.array_equal(shipped.years, own.years) or shipped.last_observed != own.last_observed:
        lines.append(f"years: {_span(shipped)} → {_span(own)}")
    return "\n".join(lines) if lines else "nothing differs from the shipped files"


def _span(inputs: Inputs) -> str:
    return f"{inputs.years[0]} to {inputs.years[-1]}, observed to {inputs.last_observed}"


def _scenario_texts(inputs: Inputs) -> dict[str, tuple[object, ...]]:
    """Return scenarios in a form that can be compared."""
    return {
        name: (
            scenario.title,
            scenario.reason,
            scenario.sources,
            scenario.based_on,
            scenario.blocks,
            tuple(scenario.regions),
            tuple(
                (change.written_path, change.kind, change.unit, change.spec, change.given.values.tobytes())
                for changes in all_changes(scenario)
                for change in changes
            ),
        )
        for name, scenario in inputs.scenarios.items()
    }


def _changes(shipped: Inputs, own: Inputs, old: Record, new: Record) -> list[str]:
    """Compare two records of one parameter."""
    lines: list[str] = []
    if old.texts is not None or new.texts is not None:
        if old.texts != new.texts:
            lines.append(f"  {old.texts} → {new.texts}")
    elif old.array.shape != new.array.shape:
        lines.append("  other dimensions or years")
    else:
        lines += _numbers(own, old, new)
    for title, before, after in (
        ("unit", old.unit, new.unit),
        ("path", old.path, new.path),
        ("range", range_text(old.uncertainty, old.unit), range_text(new.uncertainty, new.unit)),
        ("source", ", ".join(old.sources), ", ".join(new.sources)),
        ("description", old.description, new.description),
        ("note", old.note, new.note),
    ):
        if before != after:
            lines.append(f"  {title}: {before or 'none'} → {after or 'none'}")
    return [f"{new.name} ({_unit(new)})", *lines] if lines else []


def _numbers(own: Inputs, old: Record, new: Record) -> list[str]:
    declaration = new.declaration
    back = factor_of(new.unit, declaration.unit)
    differs = ~np.isclose(old.array, new.array, rtol=1e-12, atol=0.0)
    dims = declaration.dims
    rows: dict[str, dict[str, str]] = {}
    given = {leaf.year for record in (old, new) for leaf in record.written if leaf.year is not None}
    axis = dims.index("year") if "year" in dims else None
    for place in np.argwhere(differs):
        index = tuple(int(part) for part in place)
        labels = " × ".join(own.dimensions[dim][part] for dim, part in zip(dims, index, strict=True) if dim != "year")
        change = f"{old.array[index] / back:.6g} → {new.array[index] / back:.6g}"
        if axis is None:
            rows.setdefault(labels, {})[""] = change
            continue
        year = int(own.years[index[axis]])
        first = not rows.get(labels)
        if year in given or (first and not given) or (first and year == own.years[-1]):
            rows.setdefault(labels, {})[str(year)] = change
    lines = []
    for labels, changes in rows.items():
        every = list(dict.fromkeys(changes.values()))
        # one and the same change in the first and the last year and in all between
        same = axis is None or (len(every) == 1 and len(changes) > 1)
        shown = every if same else [f"{year}: {change}" for year, change in changes.items()]
        lines.append(f"  {labels + '  ' if labels else ''}{_years(shown)}")
    return lines

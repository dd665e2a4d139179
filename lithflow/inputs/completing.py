"""From written values to whole arrays: bounds, missing cells, year paths, sums of shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lithflow.inputs.bounds import bounds, canonical_values, cells, factor_of, out_of_bounds, share_problem
from lithflow.inputs.declaration import Declaration, PathKind
from lithflow.inputs.paths import expand
from lithflow.inputs.reading import Node
from lithflow.inputs.reporting import Reporter
from lithflow.inputs.values import Given, Labels

__all__ = ["Texts", "check_leaves", "complete", "texts_of"]

Floats = NDArray[np.float64]
Texts = str | dict[str, Any]


def check_leaves(given: Given, unit: str, declaration: Declaration, reporter: Reporter) -> None:
    """Check every written value against the physical bounds, and note a share written as if it were percent."""
    low, high = bounds(declaration)
    numbers = np.array([leaf.value for leaf in given.leaves], dtype=np.float64)
    canonical = canonical_values(numbers, unit, declaration.unit)
    good = np.isfinite(canonical) & (canonical >= low) & (canonical <= high)
    if declaration.positive:
        good &= canonical > 0.0
    if not good.all():
        for leaf, fine in zip(given.leaves, good.tolist(), strict=True):
            problem = None if fine else out_of_bounds(leaf.value, unit, declaration)
            if problem:
                reporter.add(leaf.node, leaf.path, problem)
                given.complete = False
    if unit in ("percent", "%", "pct") and len(numbers) and 0.0 < numbers.max() <= 1.0 and high == 1.0:
        leaf = given.leaves[int(numbers.argmax())]
        if leaf.value >= 0.1:
            meant = f"{leaf.value * 100:g}"
            text = f"{leaf.value:g} percent is a small share; if {meant} percent is meant, write {meant}"
            reporter.add(leaf.node, leaf.path, text, warning=True)


def complete(
    given: Given,
    unit: str,
    path: PathKind,
    declaration: Declaration,
    labels: Labels,
    years: NDArray[np.int64],
    place: Node,
    reporter: Reporter,
    name: str,
) -> Floats | None:
    """Fill years and missing cells, and check what only the whole array shows.

    Parameters
    ----------
    given
        Values as written.
    unit
        Their unit.
    path
        The kind of year path.
    declaration, labels, years
        What the model expects.
    place, reporter, name
        Where problems go.

    Returns
    -------
    ndarray or None
        Canonical values, dimensions as declared; None where there was a problem.
    """
    own = [dim for dim in declaration.dims if dim != "year"]
    values = canonical_values(given.values, unit, declaration.unit)
    absent = np.asarray(np.isnan(values).all(axis=0))
    if absent.any():
        if declaration.fill is None:
            reporter.add(place, name, f"no value for {cells(absent, own, labels)}" if own else "no value")
            return None
        values[:, absent] = declaration.fill * factor_of(declaration.unit, declaration.unit)
    array = values
    if "year" in declaration.dims:
        if len(given.years):
            try:
                array = expand(given.years, values, years, path)
            except ValueError as error:
                reporter.add(place, name, str(error))
                return None
        else:
            array = np.repeat(values, len(years), axis=0)
    else:
        array = values[0]
    return _whole(array, declaration, labels, years, place, reporter, name)


def _whole(
    array: Floats,
    declaration: Declaration,
    labels: Labels,
    years: NDArray[np.int64],
    place: Node,
    reporter: Reporter,
    name: str,
) -> Floats | None:
    axes = {**labels, "year": tuple(str(year) for year in years)}
    array, problem = share_problem(array, declaration.dims, declaration, axes)
    if problem:
        reporter.add(place, name, problem)
        return None
    for wanted, sign in ((declaration.nonincreasing, 1.0), (declaration.nondecreasing, -1.0)):
        if wanted and "year" in declaration.dims:
            steps = np.diff(array, axis=declaration.dims.index("year")) * sign
            if (steps > 1e-12 * np.abs(array).max(initial=0.0)).any():
                first = int(np.argwhere(steps > 0)[0][0])
                verb = "rises" if sign > 0 else "falls"
                reporter.add(place, name, f"{verb} from {years[first]} to {years[first + 1]}, which it may not")
                return None
    return np.asarray(array, order="C")


def texts_of(given: Given, declaration: Declaration, labels: Labels, place: Node, reporter: Reporter) -> Texts | None:
    """Collect a text parameter: the text itself, or label to text (nested for several dimensions)."""
    own = list(declaration.dims)
    if not given.complete:
        return None
    if not own:
        return str(given.leaves[0].value)
    found: dict[tuple[str, ...], str] = {}
    for leaf in given.leaves:
        sets = [[labels[dim][i] for i in leaf.chosen.get(dim, range(len(labels[dim])))] for dim in own]
        combos: list[tuple[str, ...]] = [()]
        for options in sets:
            combos = [(*combo, option) for combo in combos for option in options]
        found.update(dict.fromkeys(combos, leaf.value))
    lacking = np.zeros(tuple(len(labels[dim]) for dim in own), dtype=bool)
    for places in np.ndindex(*lacking.shape):
        combo = tuple(labels[dim][i] for dim, i in zip(own, places, strict=True))
        lacking[places] = combo not in found
    if lacking.any():
        reporter.add(place, declaration.name, f"no value for {cells(lacking, own, labels)}")
        return None
    nested: dict[str, Any] = {}
    for combo, text in found.items():
        level = nested
        for label in combo[:-1]:
            level = level.setdefault(label, {})
        level[combo[-1]] = text
    return nested

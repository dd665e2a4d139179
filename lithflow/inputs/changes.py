"""A change of one parameter, as scenarios and overrides state it: new values, a scale, or an addition."""

from __future__ import annotations

from collections.abc import Mapping as ReadMapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from lithflow.errors import nearest
from lithflow.inputs.bounds import bounds, canonical_values, cells, factor_of, share_problem, unit_problem
from lithflow.inputs.completing import Texts, check_leaves
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.numbers import EARLIEST, LATEST
from lithflow.inputs.paths import expand
from lithflow.inputs.reading import Mapping, Node
from lithflow.inputs.records import Record
from lithflow.inputs.reporting import Checked, Reporter, validated
from lithflow.inputs.values import Given, Labels, read_values

__all__ = ["SPEC_KEYS", "Change", "Spec", "apply", "check_changed", "read_change", "split_path"]

Floats = NDArray[np.float64]
Kind = Literal["values", "scale", "add"]


class Spec(Checked):
    """What a change says beside its numbers."""

    unit: str | None = Field(default=None, description="unit of the values; the record's where absent")
    path: Literal["step", "linear", "logistic"] | None = Field(
        default=None, description="year path; the record's where absent"
    )
    source: str | list[str] | None = Field(default=None, description="where the values come from")
    note: str | None = Field(default=None, description="why")
    start: int | None = Field(default=None, alias="from", ge=EARLIEST, le=LATEST, description="first year that changes")
    until: int | None = Field(default=None, ge=EARLIEST, le=LATEST, description="last year that changes")
    others: Literal["rescale"] | None = Field(
        default=None, description="rescale: shares that are not named shrink or grow together, so that all sum to one"
    )

    @model_validator(mode="after")
    def in_order(self) -> Spec:
        """Check that the years follow one another."""
        if self.start is not None and self.until is not None and self.until < self.start:
            raise ValueError(f"the end, `until` {self.until}, is before the start, `from` {self.start}")
        return self


SPEC_KEYS = ("values", "scale", "add", "unit", "path", "source", "note", "from", "until", "others")


@dataclass(frozen=True, eq=False)
class Change:
    """A checked change of one parameter.

    Parameters
    ----------
    name
        The parameter.
    written_path
        The dotted path as written, which may go on with labels.
    kind
        ``values`` replaces, ``scale`` multiplies, ``add`` adds to what was there.
    given
        The numbers as written; NaN for cells that stay as they are.
    unit
        Their unit.
    spec
        Years, path, source and note.
    sources
        Sources of the change.
    reporter, place
        Where it stands, for messages.
    """

    name: str
    written_path: str
    kind: Kind
    given: Given
    unit: str
    spec: Spec
    sources: tuple[str, ...]
    reporter: Reporter
    place: Node


def split_path(
    dotted: str, declarations: ReadMapping[str, Declaration], labels: Labels
) -> tuple[Declaration | None, dict[str, list[int]], str | None]:
    """Find the parameter and the labels that a dotted path names.

    Parameters
    ----------
    dotted
        Such as ``recycling.lithium_recovery.formal.hydrometallurgy``.
    declarations
        Every parameter.
    labels
        Labels of every dimension.

    Returns
    -------
    tuple
        The declaration (None if unknown), the labels as positions, and the problem where there is one.
    """
    parts = str(dotted).split(".")
    declaration = declarations.get(".".join(parts[:2]))
    if declaration is None:
        return None, {}, f"unknown parameter `{'.'.join(parts[:2])}`{nearest('.'.join(parts[:2]), declarations)}"
    chosen: dict[str, list[int]] = {}
    for part in parts[2:]:
        dims = [dim for dim in declaration.dims if dim != "year" and dim not in chosen]
        dim = next((dim for dim in dims if part in labels[dim]), None)
        if dim is None:
            known = [label for name in dims for label in labels[name]]
            what = " or ".join(dims) if dims else "no further label"
            return None, {}, f"`{part}` in `{dotted}`: expected {what}{nearest(part, known)}"
        chosen[dim] = [labels[dim].index(part)]
    return declaration, chosen, None


def read_change(
    dotted: str,
    node: Node,
    record: Record,
    chosen: dict[str, list[int]],
    labels: Labels,
    reporter: Reporter,
    sources: tuple[str, ...] = (),
) -> Change | None:
    """Read one change.

    Parameters
    ----------
    dotted
        Path as written.
    node
        Values, or a group with ``values``, ``scale`` or ``add``.
    record
        The parameter that is changed.
    chosen
        Labels that the path settled.
    labels
        Labels of every dimension.
    reporter
        Where problems go.
    sources
        Sources of the scenario or block, where the change has none of its own.

    Returns
    -------
    Change or None
        None where there was a problem.
    """
    before = reporter.count
    kind: Kind = "values"
    spec: Spec | None = Spec()
    body: Node | None = node
    if isinstance(node, Mapping) and any(key in SPEC_KEYS for key in node.entries):
        kinds: list[Kind] = [key for key in ("values", "scale", "add") if key in node]
        if len(kinds) != 1:
            got = " and ".join(f"`{key}`" for key in kinds) or "none of them"
            reporter.add(node, dotted, f"expected one of `values`, `scale` and `add`, got {got}")
            return None
        kind = kinds[0]
        spec = validated(Spec, node, reporter, dotted, skip=("values", "scale", "add"))
        body = node.get(kind)
    if spec is None or body is None:
        return None
    declaration = record.declaration
    if declaration.kind == "text" and kind != "values":
        reporter.add(body, dotted, f"a text can't be changed by `{kind}`; write the new text")
        return None
    unit = "1" if kind == "scale" or declaration.kind == "text" else spec.unit or record.unit
    problem = unit_problem(unit, "1" if kind == "scale" else declaration.unit) if declaration.kind == "number" else None
    if kind == "scale" and spec.unit:
        problem = "a scale is a plain number and has no unit"
    if not problem and (spec.start or spec.until) and "year" not in declaration.dims:
        problem = "the parameter doesn't change over the years; take `from` and `until` away"
    if not problem and spec.others and not _shares_named(declaration, kind):
        problem = "`others: rescale` is for values of shares that sum to one"
    if problem:
        reporter.add(node, dotted, problem)
        return None
    loose = replace(declaration, minimum=None, maximum=None)
    given = read_values(body, loose, labels, reporter, dotted, chosen)
    if given.complete and kind == "values" and declaration.kind == "number":
        check_leaves(given, unit, declaration, reporter)
    if reporter.count != before:
        return None
    own = (spec.source,) if isinstance(spec.source, str) else tuple(spec.source or ())
    return Change(record.name, dotted, kind, given, unit, spec, own or sources, reporter, node)


def _shares_named(declaration: Declaration, kind: str) -> bool:
    return declaration.sums_to_one is not None and kind == "values"


def apply(
    change: Change, base: Floats | Texts, record: Record, labels: Labels, years: NDArray[np.int64]
) -> Floats | Texts | None:
    """Carry out a change.

    Parameters
    ----------
    change
        The change.
    base
        Canonical values before it, dimensions as declared; for a text parameter its texts.
    record
        The parameter.
    labels
        Labels of every dimension.
    years
        Model years.

    Returns
    -------
    ndarray, texts or None
        The values after it, a new array; None where a problem was noted.
    """
    declaration = record.declaration
    if isinstance(base, (str, dict)):
        return _apply_text(change, base, declaration, labels)
    given = change.given.values
    if change.kind != "scale":
        given = canonical_values(given, change.unit, declaration.unit)
    if "year" not in declaration.dims:
        new = given[0]
    elif len(change.given.years):
        # a scale or an addition is no share: it moves straight unless the change says otherwise
        kind = change.spec.path or (record.path if change.kind == "values" else "linear")
        try:
            new = expand(change.given.years, given, years, kind)
        except ValueError as error:
            change.reporter.add(change.place, change.written_path, str(error))
            return None
    else:
        new = np.repeat(given, len(years), axis=0)
    named = ~np.isnan(new)
    if "year" in declaration.dims:
        within = np.ones(len(years), dtype=bool)
        if change.spec.start is not None:
            within &= years >= change.spec.start
        if change.spec.until is not None:
            within &= years <= change.spec.until
        named &= within.reshape(-1, *(1,) * (new.ndim - 1))
    filled = np.where(named, new, 0.0)
    if change.kind == "scale":
        return np.where(named, base * filled, base)
    if change.kind == "add":
        return np.where(named, base + filled, base)
    result = np.where(named, filled, base)
    if change.spec.others:
        return _rescaled(result, named, declaration)
    return result


def _rescaled(result: Floats, named: NDArray[np.bool_], declaration: Declaration) -> Floats:
    """Let the shares that a change doesn't name make up the rest, in their old proportions."""
    assert declaration.sums_to_one is not None
    axis = declaration.dims.index(declaration.sums_to_one)
    taken = np.where(named, result, 0.0).sum(axis=axis, keepdims=True)
    rest = np.where(named, 0.0, result)
    total = rest.sum(axis=axis, keepdims=True)
    # with nothing left to scale the sum stays off and is reported as such
    factor = np.divide(1.0 - taken, total, out=np.ones_like(total), where=total > 0.0)
    return np.where(named, result, result * factor)


def _apply_text(change: Change, base: Texts, declaration: Declaration, labels: Labels) -> Texts:
    if isinstance(base, str):
        return str(change.given.leaves[0].value)
    result: dict[str, Any] = _copied(base)
    for leaf in change.given.leaves:
        spots: list[dict[str, Any]] = [result]
        for number, dim in enumerate(declaration.dims):
            names = [labels[dim][place] for place in leaf.chosen.get(dim, range(len(labels[dim])))]
            if number == len(declaration.dims) - 1:
                for spot in spots:
                    spot.update(dict.fromkeys(names, leaf.value))
            else:
                spots = [spot[name] for spot in spots for name in names]
    return result


def _copied(texts: dict[str, Any]) -> dict[str, Any]:
    return {key: _copied(value) if isinstance(value, dict) else value for key, value in texts.items()}


def check_changed(
    array: Floats,
    dims: tuple[str, ...],
    record: Record,
    labels: Labels,
    years: NDArray[np.int64],
) -> tuple[Floats, str | None]:
    """Check values after all changes: finite, within physical bounds, shares summing to one.

    Parameters
    ----------
    array
        Canonical values.
    dims
        Their dimensions, which may be more than the declared ones.
    record
        The parameter.
    labels
        Labels of every dimension, also of the further ones.
    years
        Model years.

    Returns
    -------
    tuple of ndarray and (str or None)
        The array, its shares exact, and the problem where there is one.
    """
    declaration = record.declaration
    axes = {**labels, "year": tuple(str(year) for year in years)}
    low, high = bounds(declaration)
    slack = 1e-12 * max(abs(bound) for bound in (low, high, 0.0) if np.isfinite(bound))
    bad = ~((array >= low - slack) & (array <= high + slack) & np.isfinite(array))
    if declaration.positive:
        bad |= array <= 0.0
    if bad.any():
        place = tuple(int(part) for part in np.argwhere(bad)[0])
        back = factor_of(record.unit, declaration.unit)
        only = np.zeros_like(bad)
        only[place] = True
        where = f" for {cells(only, dims, axes)}" if dims else ""
        shown = "" if record.unit == "1" else f" {record.unit}"
        count = int(bad.sum())
        more = f" (and {count - 1} more values)" if count > 1 else ""
        value = array[place] / back
        limits = f"expected {low / back:g} to {high / back:g}{shown}" if np.isfinite(low + high) else None
        limits = limits or (
            f"expected at least {low / back:g}{shown}" if np.isfinite(low) else "expected a finite number"
        )
        limits = "expected a number above 0" if declaration.positive and value <= 0.0 else limits
        return array, f"comes to {value:.6g}{shown}{where}{more}; {limits}"
    return share_problem(array, dims, declaration, axes)

"""The values that one run uses: the records, changed by a scenario and by overrides, as arrays of quantities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lithflow.errors import InputError, Problem, UnknownNameError, nearest
from lithflow.inputs.bounds import canonical_text, unit_problem
from lithflow.inputs.changes import Change, apply, check_changed, read_change, split_path
from lithflow.inputs.completing import Texts
from lithflow.inputs.dimensions import REGION
from lithflow.inputs.override_arrays import from_array
from lithflow.inputs.reading import shorten
from lithflow.inputs.records import Record
from lithflow.inputs.regions import PARTNER_SHARES, partner_problem, side_by_side
from lithflow.inputs.reporting import Reporter
from lithflow.inputs.sources import SEED, Source
from lithflow.inputs.values import Labels, as_node
from lithflow.units import Q_, Quantity, UnitError, canonical_unit, conversion, same_dimension

if TYPE_CHECKING:
    import xarray as xr

    from lithflow.arrays import Axes
    from lithflow.inputs.inputs import Inputs

__all__ = ["Changed", "Parameters", "base_values", "changed_values", "make_parameters", "wrapped"]

Floats = NDArray[np.float64]
Value = Floats | Texts


class Changed(NamedTuple):
    """What a changed parameter rests on.

    Parameters
    ----------
    kept
        Sources of its record, for the values that are left of it; empty where a change replaces them all.
    changes
        Sources of the changes, ``override`` for one made in Python.
    """

    kept: tuple[str, ...]
    changes: tuple[str, ...]


class Parameters(Mapping[str, Any]):
    """Parameter name to array of quantities; a text parameter gives its text, or label to text.

    Parameters
    ----------
    inputs
        What was read.
    scenario
        Name of the scenario.
    arrays
        Everything that a run may ask for.
    changed
        Names that the scenario or an override changed, with what they rest on.
    axes
        The index objects of the arrays.
    by_region
        Region to the same names with what they rest on there; no changes where a region keeps the record.
    """

    def __init__(
        self,
        inputs: Inputs,
        scenario: str,
        arrays: Mapping[str, Any],
        changed: Mapping[str, Changed],
        axes: Axes,
        by_region: Mapping[str, Mapping[str, Changed]],
    ) -> None:
        self.inputs = inputs
        self.scenario = scenario
        self.changed = changed
        self.axes = axes
        self.by_region = by_region
        self.used: set[str] = set()
        self._arrays = arrays

    def __getitem__(self, name: str) -> Any:
        """Return an array and remember that it was asked for.

        Raises
        ------
        UnknownNameError
            If there is no such parameter.
        """
        try:
            array = self._arrays[name]
        except KeyError:
            raise UnknownNameError(self._unknown(name)) from None
        self.used.add(name)
        return array

    def _unknown(self, name: str) -> str:
        if name in self.inputs.declarations:
            return f"the parameter files have no `{name}`, which is optional: {self.inputs.declarations[name].meaning}"
        return f"unknown parameter `{name}`{nearest(name, self._arrays)}"

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._arrays)

    def __len__(self) -> int:
        """Count the parameters."""
        return len(self._arrays)

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a parameter, without marking it as used."""
        return name in self._arrays

    def __repr__(self) -> str:
        """Name the scenario and the size."""
        return f"<Parameters of {self.scenario!r}: {len(self)}, {len(self.changed)} changed, {len(self.used)} used>"

    def citations(self, names: Iterable[str] | None = None) -> dict[str, tuple[str, ...]]:
        """Return what parameters rest on.

        Parameters
        ----------
        names
            Parameters; those that were used so far unless given.

        Returns
        -------
        dict of str to tuple of str
            Parameter to the ids of its sources, ``assumption`` and ``seed:ID`` among them. Where a scenario or an
            override changed it, those of the changes follow those of the record, which are left out if nothing of its
            values is left; `changed` tells them apart.
        """
        wanted = [name for name in self._arrays if name in self.used] if names is None else list(names)
        found: dict[str, tuple[str, ...]] = {}
        for name in wanted:
            if name not in self._arrays:
                raise UnknownNameError(self._unknown(name))
            cited = self.changed.get(name) or (_sources(self.inputs.records[name]),)
            found[name] = tuple(dict.fromkeys(source for part in cited for source in part))
        return found

    def sources(self, names: Iterable[str] | None = None) -> tuple[Source, ...]:
        """Return the sources that parameters rest on.

        Parameters
        ----------
        names
            Parameters; those that were used so far unless given.

        Returns
        -------
        tuple of Source
            Each source once, in the order in which parameters cite them; figures of the source documents as sources of
            their own, assumptions left out.
        """
        cited = dict.fromkeys(source for sources in self.citations(names).values() for source in sources)
        found = []
        for name in cited:
            if name in self.inputs.sources:
                found.append(self.inputs.sources[name])
            elif name.startswith(SEED):
                found.append(_seed_source(name))
        return tuple(found)


def _sources(record: Record) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*record.sources, *record.row_sources)))


def _seed_source(name: str) -> Source:
    from lithflow.inputs.seeds import load_seeds

    seed = load_seeds()[name.removeprefix(SEED)]
    return Source(
        id=name,
        author="source document",
        year=seed.year,
        title=f"{seed.quantity}, section {seed.section}",
        publisher=seed.document,
        doi=None,
        url=None,
        covers=f"{seed.value:g} {seed.unit}, {seed.region}" if seed.value is not None else seed.region,
        limits=seed.note or "as printed",
    )


def wrapped(record: Record, value: Value, axes: Axes, dims: tuple[str, ...] | None = None) -> Any:
    """Make the labelled array of a parameter, read-only and in canonical units; a text stays a text."""
    if record.texts is not None:
        return value if not isinstance(value, np.ndarray) else record.texts
    assert isinstance(value, np.ndarray)
    value.flags.writeable = False
    return axes.wrap(value, record.declaration.dims if dims is None else dims, canonical_unit(record.declaration.unit))


def base_values(records: Mapping[str, Record]) -> dict[str, Value]:
    """Return the values of all records, before any change."""
    return {name: record.array if record.texts is None else record.texts for name, record in records.items()}


def changed_values(
    base: Mapping[str, Value],
    changes: Iterable[Change],
    records: Mapping[str, Record],
    labels: Labels,
    years: NDArray[np.int64],
) -> dict[str, Value]:
    """Carry out changes in order and check what they lead to.

    Parameters
    ----------
    base
        Values before the changes.
    changes
        The changes; each applies to what the ones before it left.
    records, labels, years
        What the model expects.

    Returns
    -------
    dict of str to ndarray or texts
        The changed parameters only. Problems go to the changes' own reporters.
    """
    values: dict[str, Value] = {}
    last: dict[str, Change] = {}
    for change in changes:
        before = values.get(change.name)
        after = apply(change, base[change.name] if before is None else before, records[change.name], labels, years)
        if after is not None:
            values[change.name] = after
            last[change.name] = change
    for name, change in last.items():
        array = values[name]
        if isinstance(array, np.ndarray):
            values[name], problem = check_changed(array, records[name].declaration.dims, records[name], labels, years)
            if problem:
                change.reporter.add(change.place, change.written_path, f"after this change {problem}")
    return values


def make_parameters(inputs: Inputs, scenario: str, overrides: Mapping[str, Any]) -> Parameters:
    """Combine records, scenario and overrides; see :meth:`Inputs.parameters`."""
    chosen = inputs.scenario(scenario)
    if not isinstance(overrides, Mapping):
        raise InputError(
            f"overrides: expected a mapping such as {{'collection.rate': 0.9}}, got {type(overrides).__name__} "
            f"{shorten(repr(overrides))}"
        )
    records, labels, years = inputs.records, inputs.dimensions, inputs.years
    base = base_values(records)
    # a scenario without regions is one region without a name
    cases = {region: list(made) for region, made in (chosen.regions or {"": chosen.changes}).items()}
    values = {region: changed_values(base, made, records, labels, years) for region, made in cases.items()}
    problems: list[Problem] = []
    reporter = Reporter("override", problems)
    arrays: dict[str, tuple[Floats, tuple[str, ...], dict[str, Any]]] = {}
    names: list[str] = []
    for key, given in overrides.items():
        named, slash, dotted = str(key).rpartition("/")
        if slash and named not in chosen.regions:
            near = nearest(named, chosen.regions) if chosen.regions else "; the scenario has no regions"
            reporter.add(None, "", f"unknown region `{named}` in `{key}`{near}")
            continue
        declaration, places, problem = split_path(dotted, inputs.declarations, labels)
        if problem or declaration is None:
            reporter.add(None, "", problem or "")
            continue
        name = declaration.name
        if name not in records:
            reporter.add(None, str(key), "the parameter files hold no record that could be changed")
            continue
        record = records[name]
        names.append(name)
        if hasattr(given, "dims"):
            if slash:
                reporter.add(None, str(key), f"an array is given for all regions; give it the dimension `{REGION}`")
                continue
            made = from_array(dotted, given, record, places, inputs, reporter)
            if made is not None:
                arrays[name] = made
            continue
        if name in arrays:
            reporter.add(None, str(key), "the parameter is overridden by an array already; put this change into it")
            continue
        unit = _unit_of_numbers(given, record)
        node = as_node(_in_unit(dotted, _with_unit(given, record), unit, record, reporter))
        if reporter.count:
            continue
        made_change = read_change(dotted, node, record, places, labels, reporter, OVERRIDE, unit)
        if made_change is not None:
            for region in (named,) if slash else cases:
                cases[region].append(made_change)
                before = values[region].get(name, base[name])
                values[region].update(changed_values({name: before}, [made_change], records, labels, years))
    if reporter.count:
        told = dict.fromkeys(_override_text(problem) for problem in problems if not problem.warning)
        raise InputError("\n".join(told))
    axes = inputs.axes
    # one region alone has no partner, and needs no axis
    further: dict[str, Any] = {REGION: np.array(list(chosen.regions))} if len(chosen.regions) > 1 else {}
    for name, (*_, extra) in arrays.items():
        for dim, index in extra.items():
            if not np.array_equal(further.setdefault(dim, index), index):
                other = "the scenario" if dim == REGION and chosen.regions else "another override"
                raise InputError(f"override {name}: the labels of {dim} differ from those of {other}")
    if further:
        axes = axes.extended(further)
    final = dict(inputs._base)
    for name in dict.fromkeys(name for own in values.values() for name in own if name not in arrays):
        value, by_region = side_by_side(name, {region: own.get(name, base[name]) for region, own in values.items()})
        dims = (*records[name].declaration.dims, REGION) if by_region else None
        final[name] = wrapped(records[name], value, axes, dims)
    for name, (array, dims, _) in arrays.items():
        final[name] = wrapped(records[name], array, axes, dims)
    for name in PARTNER_SHARES:
        if REGION in further and name in final:
            _refuse_partners(name, final[name], further[REGION], inputs)
    resting = _resting(cases, inputs, arrays)
    changed = _of_all(resting)
    return Parameters(inputs, scenario, final, changed, axes, resting if chosen.regions else {})


OVERRIDE = ("override",)


def _resting(
    cases: Mapping[str, Sequence[Change]], inputs: Inputs, arrays: Iterable[str]
) -> dict[str, dict[str, Changed]]:
    """Tell for each region what every parameter rests on that is changed in any."""
    by_region: dict[str, dict[str, list[Change]]] = {region: {} for region in cases}
    for region, made in cases.items():
        for change in made:
            by_region[region].setdefault(change.name, []).append(change)
    names = dict.fromkeys(name for changes in by_region.values() for name in changes)
    found: dict[str, dict[str, Changed]] = {region: {} for region in cases}
    for name in names:
        record = inputs.records[name]
        for region, changes in by_region.items():
            found[region][name] = (
                changed_sources(record, changes[name], inputs.dimensions, inputs.years)
                if name in changes
                else Changed(_sources(record), ())
            )
    return {region: own | {name: Changed((), OVERRIDE) for name in arrays} for region, own in found.items()}


def _of_all(resting: Mapping[str, Mapping[str, Changed]]) -> dict[str, Changed]:
    """Tell what changed parameters rest on; a record counts as long as any region keeps some of its values."""
    found = {}
    for name in next(iter(resting.values())):
        kept, cited = (
            dict.fromkeys(source for own in resting.values() for source in own[name][side]) for side in (0, 1)
        )
        found[name] = Changed(tuple(kept), tuple(cited))
    return found


def changed_sources(record: Record, changes: Sequence[Change], labels: Labels, years: NDArray[np.int64]) -> Changed:
    """Tell what a changed parameter rests on: a change that replaces all values leaves no earlier source.

    Parameters
    ----------
    record
        The parameter.
    changes
        Its changes, in order.
    labels, years
        What the model expects.
    """
    cited: list[str] = []
    for change in changes:
        if len(changes) > 1 and replaces_all(record, [change], labels, years):
            cited.clear()
        cited += change.sources
    kept = () if replaces_all(record, changes, labels, years) else _sources(record)
    return Changed(kept, tuple(dict.fromkeys(cited)))


def replaces_all(record: Record, changes: Sequence[Change], labels: Labels, years: NDArray[np.int64]) -> bool:
    """Tell whether nothing is left of a record's values: changes are carried out on what is not there."""
    # most changes leave the first year alone, which is quickly seen
    if not any(change.kind == "values" and (change.spec.start or years[0]) <= years[0] for change in changes):
        return False
    left: Value | None = np.full(record.array.shape, np.nan) if record.texts is None else _blank(record.texts)
    for change in changes:
        left = None if left is None else apply(change, left, record, labels, years)
    return left is not None and not (np.isnan(left).any() if isinstance(left, np.ndarray) else _has_blank(left))


def _blank(texts: Texts) -> Texts:
    return "" if isinstance(texts, str) else {label: _blank(text) for label, text in texts.items()}


def _has_blank(texts: Texts) -> bool:
    return not texts if isinstance(texts, str) else any(map(_has_blank, texts.values()))


def _refuse_partners(name: str, shares: xr.DataArray, regions: Iterable[Any], inputs: Inputs) -> None:
    """Refuse shares of partners that can't be, in any region and member."""
    from lithflow.arrays import bare

    for number, region in enumerate(regions):
        own = shares.isel({REGION: number}) if REGION in shares.dims else shares
        for member in range(own.sizes.get("member", 1)):
            array = bare(own.isel(member=member) if "member" in own.dims else own, "1", inputs.declarations[name].dims)
            problem = partner_problem(array, str(region), inputs.dimensions, inputs.years)
            if problem:
                raise InputError(f"{name}: {problem}")


def _override_text(problem: Problem) -> str:
    return f"override {problem.path}: {problem.text}" if problem.path else f"override: {problem.text}"


def _with_unit(given: Any, record: Record) -> Any:
    """Take a bare number as a plain one: 0.95 is 95 percent whatever unit the record is written in."""
    if not isinstance(given, (int, float, np.integer, np.floating)) or isinstance(given, bool):
        return given
    declaration = record.declaration
    try:
        number = float(given)
    except OverflowError:
        number = np.inf
    sound = np.isfinite(number) or canonical_text(declaration.unit) != "1"
    return Q_(number, "1") if declaration.kind == "number" and sound else number if np.isinf(number) else given


def _unit_of_numbers(given: Any, record: Record) -> str:
    """Find the unit of bare numbers within a mapping: its own, else plain numbers for shares, else the record's."""
    declared = record.declaration
    if not isinstance(given, Mapping) or declared.kind == "text":
        return record.unit
    own = given.get("unit")
    if isinstance(own, str) and not unit_problem(own, declared.unit):
        return own
    return "1" if canonical_text(declared.unit) == "1" else record.unit


def _in_unit(dotted: str, given: Any, unit: str, record: Record, reporter: Reporter) -> Any:
    """Turn quantities within an override into numbers in one unit."""
    if isinstance(given, Mapping):
        return {key: _in_unit(f"{dotted}.{key}", child, unit, record, reporter) for key, child in given.items()}
    if isinstance(given, Quantity):
        declared = record.declaration
        if declared.kind == "text":
            reporter.add(None, dotted, f"expected a text, got {given}")
            return ""
        if not same_dimension(given, declared.unit):
            try:
                conversion(given, record.unit)
            except UnitError as error:
                if same_dimension(given, "1"):
                    reporter.add(None, dotted, f"expected {_wanted(record)}, got a plain number")
                else:
                    reporter.add(None, dotted, str(error).removeprefix("converting: "))
            return 0.0
        from lithflow.arrays import value

        number = value(given, unit)
        if np.ndim(number):
            text = f"an array of shape {np.shape(number)} has no labels; give a mapping or a labelled array"
            reporter.add(None, dotted, text)
            return 0.0
        return float(number)
    if isinstance(given, (bool, np.bool_)) or given is None:
        reporter.add(None, dotted, f"expected {_wanted(record)}, got {given}")
        return 0.0
    if isinstance(given, (int, float, np.integer, np.floating)):
        return given
    if isinstance(given, str) and record.declaration.kind == "number" and not dotted.endswith(_WORDS):
        reporter.add(None, dotted, f"expected {_wanted(record)}, got the text `{given}`")
        return 0.0
    return given


_WORDS = (".unit", ".path", ".source", ".note", ".others")


def _wanted(record: Record) -> str:
    unit = record.unit
    if record.declaration.kind == "text":
        return "a text"
    return "a number" if unit == "1" else f"a quantity such as Q_(…, {unit!r})"

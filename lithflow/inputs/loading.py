"""From folders of files to checked inputs; every problem of every file is found in one go."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from collections.abc import Mapping as ReadMapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lithflow.errors import InputError, InputErrors, Problem, nearest
from lithflow.inputs import scenarios as scenario_files
from lithflow.inputs.bounds import unit_problem
from lithflow.inputs.cross_checks import cross_checks, observed_years
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.dimensions import FILE as DIMENSIONS
from lithflow.inputs.dimensions import Dimensions, read_dimensions
from lithflow.inputs.folders import Layers, inside, listing, shipped_folder, user_folder
from lithflow.inputs.inputs import Inputs
from lithflow.inputs.parameters import base_values, changed_values
from lithflow.inputs.reading import Mapping, Node, Scalar, read_yaml
from lithflow.inputs.records import Cited, Record, TableReader, read_record
from lithflow.inputs.regions import refuse_partners
from lithflow.inputs.reporting import Reporter
from lithflow.inputs.seeds import Seed, load_seeds
from lithflow.inputs.sources import ASSUMPTION, SEED, read_sources, seed_disagreement, unknown_source
from lithflow.inputs.sources import FILE as SOURCES
from lithflow.inputs.tables import Table, read_table
from lithflow.inputs.targets import FILE as TARGETS
from lithflow.inputs.targets import read_targets

Years = NDArray[np.int64]
TABLES = "tables/"
IGNORED = (".md", ".json", ".bib")
"""Files beside the parameters that are left alone: readme, schema, list of sources."""
MEANT = (".yaml", ".yml", ".csv", ".xls", ".ods")
"""Endings of files that are meant as parameters; what else a folder holds (papers, pictures) is left alone."""


def declared() -> tuple[Declaration, ...]:
    """Return the parameter table of the model."""
    from lithflow.inputs.declarations import PARAMETERS

    return PARAMETERS


def indicator_dims() -> dict[str, tuple[str, ...]]:
    """Return the names that a target may measure, with the dimensions that each has beside the year."""
    from lithflow.indicators.definitions import INDICATORS

    return {name: indicator.keep for name, indicator in INDICATORS.items()}


def load(
    folder: str | os.PathLike[str] | None = None,
    *,
    declarations: Iterable[Declaration] | None = None,
    shipped: Path | ReadMapping[str, str] | None = None,
) -> Inputs:
    """Read and check the parameter files.

    Parameters
    ----------
    folder
        A folder of the user's, which may hold only what differs from the shipped files; None for these alone.
    declarations
        The parameter table; the model's own unless given.
    shipped
        Folder of the complete set; found by itself unless given.

    Returns
    -------
    Inputs
        Everything that was read, checked, in canonical units.

    Raises
    ------
    InputErrors
        With all problems of all files, if there is any.
    InputError
        If there is no such folder.
    """
    base = shipped if shipped is not None else shipped_folder()
    own = () if folder is None else (user_folder(folder),)
    inputs, problems = read(Layers((base, *own)), declarations)
    if inputs is None:
        raise InputErrors(problems)
    return inputs


def read(layers: Layers, declarations: Iterable[Declaration] | None = None) -> tuple[Inputs | None, list[Problem]]:
    """Read everything and report everything.

    Parameters
    ----------
    layers
        The folders, the complete set first.
    declarations
        The parameter table; the model's own unless given.

    Returns
    -------
    tuple of Inputs or None, and list of Problem
        None where there is an error; the problems, warnings among them, in the order of files and lines.
    """
    table = {entry.name: entry for entry in (declared() if declarations is None else declarations)}
    reading = _Reading(layers, table)
    inputs = reading.everything()
    problems = sorted(set(reading.problems), key=reading.order)
    if any(not problem.warning for problem in problems):
        inputs = None
    return inputs, problems


@dataclass
class _Entry:
    """A record before it is read: its place and content."""

    key: Scalar
    node: Node
    reporter: Reporter


class _Reading:
    """One pass over all files."""

    def __init__(self, layers: Layers, table: dict[str, Declaration]) -> None:
        self.layers = layers
        self.table = table
        self.problems: list[Problem] = []
        self.stages = list(dict.fromkeys(entry.stage for entry in table.values()))
        self.files = [layers.names(layer, self.problems) for layer in range(len(layers.folders))]
        self.read_texts: dict[str, str | None] = {}
        self.tables_used: set[str] = set()

    def order(self, problem: Problem) -> tuple[int, int, str, int, int, str]:
        """Sort by file in material order, then by line."""
        own = problem.file.removeprefix("(shipped) ")
        ranks = [DIMENSIONS, SOURCES, *(f"{stage}.yaml" for stage in self.stages), TARGETS]
        rank = ranks.index(own) if own in ranks else len(ranks)
        return (problem.file != own, rank, own, problem.line, problem.column, problem.text)

    def everything(self) -> Inputs | None:
        dimensions = read_dimensions(self.layers, self.problems)
        self.unknown_files()
        sources, written_sources = read_sources(self.layers, self.problems)
        entries = self.entries()
        if dimensions is None:
            return None
        years = np.arange(dimensions.years.first, dimensions.years.last + 1)
        cited: list[Cited] = []
        records = self.records(entries, dimensions, years, cited)
        self.missing(entries)
        found, more = scenario_files.read_scenarios(
            self.layers, records, self.table, dimensions.labels, self.problems, self.units
        )
        cited += more
        self.unused_tables()
        if len(records) == len([name for name in self.table if name in entries]):
            cross_checks(records, dimensions.labels, years, self.problems)
        observed_years(records, dimensions, self.problems)
        targets = read_targets(self.layers, indicator_dims(), dimensions.labels, self.problems)
        for target in targets:
            for source in target.sources:
                cited.append((Reporter(TARGETS, self.problems), None, f"{target.id}.source", source))
        self.citations(records, cited, written_sources)
        base = base_values(records)
        for scenario in found.values():
            cases = scenario.regions or {"": scenario.changes}
            values = {
                region: changed_values(base, changes, records, dimensions.labels, years)
                for region, changes in cases.items()
            }
            if scenario.regions:
                refuse_partners(scenario, values, dimensions.labels, years)
        if any(not problem.warning for problem in self.problems):
            return None
        return Inputs(
            dimensions=MappingProxyType(dict(dimensions.labels)),
            meanings=dimensions.meanings,
            years=_frozen(years),
            last_observed=dimensions.years.last_observed,
            declarations=MappingProxyType(self.table),
            records=MappingProxyType(records),
            sources=MappingProxyType(sources),
            scenarios=MappingProxyType(found),
            targets=targets,
            folders=tuple(self.layers.folders),
            warnings=tuple(sorted(self.problems, key=self.order)),
            snapshot=self.snapshot(),
        )

    def unknown_files(self) -> None:
        known = {DIMENSIONS, SOURCES, TARGETS, *(f"{stage}.yaml" for stage in self.stages)}
        for layer, names in enumerate(self.files):
            for name in names:
                if (
                    name in known
                    or name.startswith((TABLES, scenario_files.FOLDER, scenario_files.REGIONS))
                    or name.endswith(IGNORED)
                ):
                    allowed = {TABLES: ".csv", scenario_files.FOLDER: ".yaml", scenario_files.REGIONS: ".yaml"}
                    for start, ending in allowed.items():
                        if name.startswith(start) and not name.endswith((ending, *IGNORED)):
                            self.note(layer, name, f"files in {start} end with {ending}")
                    continue
                if not any(ending in name.lower() for ending in MEANT):
                    continue
                if name.endswith(".yml"):
                    more = "; name it .yaml"
                elif name.endswith((".xlsx", ".xls", ".ods")):
                    more = "; a spreadsheet is read by `lithflow parameters --from-excel`"
                else:
                    more = nearest(name, known)
                self.note(layer, name, f"unknown file{more}")

    def note(self, layer: int, name: str, text: str) -> None:
        self.problems.append(Problem(self.layers.shown(layer, name), 0, 0, "", text))

    def entries(self) -> dict[str, _Entry]:
        """Collect the records of all files; a later folder's replace an earlier one's."""
        entries: dict[str, _Entry] = {}
        self.unreadable: set[str] = set()
        self.units: list[dict[str, str]] = [{} for _ in self.files]
        for stage in self.stages:
            name = f"{stage}.yaml"
            keys = [entry.key for entry in self.table.values() if entry.stage == stage]
            for layer, names in enumerate(self.files):
                if name not in names:
                    continue
                text = self.layers.read(layer, name, self.problems)
                top = read_yaml(text, self.layers.shown(layer, name), self.problems) if text is not None else None
                if top is None:
                    self.unreadable.add(stage)
                    continue
                reporter = Reporter(self.layers.shown(layer, name), self.problems)
                for key, node, content in top:
                    full = f"{stage}.{key}"
                    if full in self.table:
                        entries[full] = _Entry(node, content, reporter)
                        self.unit_from(layer, self.table[full], content)
                    else:
                        elsewhere = [entry for entry in self.table.values() if entry.key == key]
                        hint = f"; it belongs in {elsewhere[0].stage}.yaml" if elsewhere else nearest(key, keys)
                        reporter.add(node, full, f"unknown parameter `{key}`{hint}")
        return entries

    def unit_from(self, layer: int, declaration: Declaration, content: Node) -> None:
        """Keep the unit of a record for its folder and those after it: their scenarios are written in it."""
        written = content.get("unit") if isinstance(content, Mapping) else None
        if isinstance(written, Scalar) and written.text and not unit_problem(written.text, declaration.unit):
            for units in self.units[layer:]:
                units[declaration.name] = written.text

    def records(
        self, entries: dict[str, _Entry], dimensions: Dimensions, years: Years, cited: list[Cited]
    ) -> dict[str, Record]:
        records: dict[str, Record] = {}
        lacking = {dim for entry in self.table.values() for dim in entry.dims if dim != "year"} - set(dimensions.labels)
        if lacking:
            text = f"the dimension {listing(sorted(lacking))} is missing"
            self.problems.append(Problem(DIMENSIONS, 0, 0, "", text))
        for name, declaration in self.table.items():
            entry = entries.get(name)
            if entry is None or lacking.intersection(declaration.dims):
                continue
            record = read_record(
                entry.key,
                entry.node,
                declaration,
                dimensions.labels,
                years,
                entry.reporter,
                self.table_reader(dimensions),
                cited,
            )
            if record is not None:
                records[name] = record
        return records

    def table_reader(self, dimensions: Dimensions) -> TableReader:
        def reader(name: str, declaration: Declaration, reporter: Reporter, place: Scalar) -> Table | None:
            path = f"{declaration.name}.table"
            if not inside(name):
                reporter.add(place, path, f"`{name}` leads out of the folder; expected a file such as {TABLES}name.csv")
                return None
            layer = self.layers.find(name)
            if layer is None:
                known = {file for names in self.files for file in names if file.endswith(".csv")}
                reporter.add(place, path, f"there is no file `{name}`{nearest(name, known)}")
                return None
            if not name.endswith(".csv"):
                reporter.add(place, path, f"expected a CSV file, got `{name}`")
                return None
            self.tables_used.add(name)
            if name not in self.read_texts:
                self.read_texts[name] = self.layers.read(layer, name, self.problems)
            text = self.read_texts[name]
            if text is None:
                return None
            return read_table(
                text, self.layers.shown(layer, name), declaration, dimensions.labels, self.problems, declaration.name
            )

        return reader

    def missing(self, entries: dict[str, _Entry]) -> None:
        """Report declared parameters that no file holds."""
        for stage in self.stages:
            absent = [
                entry
                for entry in self.table.values()
                if entry.stage == stage and entry.name not in entries and not entry.optional
            ]
            name = f"{stage}.yaml"
            if not absent or stage in self.unreadable:
                continue
            if not any(name in names for names in self.files):
                names_ = listing([entry.key for entry in absent])
                text = f"the file is missing; expected {len(absent)} parameters: {names_}"
                self.problems.append(Problem(name, 0, 0, "", text))
                continue
            for entry in absent:
                over = f" by {', '.join(entry.dims)}" if entry.dims else ""
                unit = (
                    "a text" if entry.kind == "text" else f"in {entry.unit}" if entry.unit != "1" else "a plain number"
                )
                text = f"the parameter is missing; expected {unit}{over}: {entry.meaning}"
                self.problems.append(Problem(name, 0, 0, entry.name, text))

    def unused_tables(self) -> None:
        if any(not problem.warning for problem in self.problems):
            return
        for layer, names in enumerate(self.files):
            if layer < len(self.files) - 1:  # a user's record may well stand in for a shipped table
                continue
            for name in names:
                if name.startswith(TABLES) and name.endswith(".csv") and name not in self.tables_used:
                    text = "no record names this table"
                    self.problems.append(Problem(self.layers.shown(layer, name), 0, 0, "", text, True))

    def citations(self, records: dict[str, Record], cited: list[Cited], written: set[str]) -> None:
        """Check that what is cited exists, and that seeds agree."""
        seeds: ReadMapping[str, Seed] = {}
        if any(source not in written and source != ASSUMPTION for *_, source in cited):
            try:
                seeds = load_seeds()
            except (InputErrors, InputError) as error:
                self.problems += getattr(error, "problems", ())
                if any(source.startswith(SEED) for *_, source in cited):
                    return
        for reporter, node, path, source in cited:
            problem = unknown_source(source, written, seeds)
            if problem:
                reporter.add(node, path, problem)
        for record in records.values():
            for source in dict.fromkeys((*record.sources, *record.row_sources)):
                seed = seeds.get(source.removeprefix(SEED)) if source.startswith(SEED) else None
                if seed is None or record.texts is not None:
                    continue
                values = record.row_sources.get(source) or [leaf.value for leaf in record.written]
                problem = seed_disagreement(seed, values, record.unit)
                if problem:
                    Reporter(record.file, self.problems).at(*record.source_place, f"{record.name}.source", problem)

    def snapshot(self) -> str:
        """Return the text of every file that counts, as JSON: what a run carries with it."""
        ignored: list[Problem] = []
        folders = []
        for layer, names in enumerate(self.files):
            texts: dict[str, str] = {}
            for name in names:
                if name.endswith((".yaml", ".csv")):
                    text = self.layers.read(layer, name, ignored)
                    if text is not None:
                        texts[name] = text
            folders.append(texts)
        return json.dumps(folders, ensure_ascii=False, sort_keys=True)


def _frozen(array: Years) -> Years:
    array.flags.writeable = False
    return array


def from_snapshot(text: str, *, declarations: Iterable[Declaration] | None = None) -> Inputs:
    """Read the inputs that a run carries with it.

    Parameters
    ----------
    text
        From :attr:`Inputs.snapshot`.
    declarations
        The parameter table; the model's own unless given.

    Returns
    -------
    Inputs
        The same inputs.

    Raises
    ------
    InputErrors
        If this version of lithflow can't read them.
    """
    folders = tuple(json.loads(text))
    inputs, problems = read(Layers(folders), declarations)
    if inputs is None:
        raise InputErrors(problems)
    return inputs


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a snapshot, by which two sets of inputs can be told apart."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

"""Scenarios: a title, a reason, and named blocks of changes, combined in order."""

from __future__ import annotations

from collections.abc import Mapping as ReadMapping
from collections.abc import Sequence as Items
from dataclasses import dataclass, field

from pydantic import Field

from lithflow.errors import Problem, nearest
from lithflow.inputs.changes import Change, read_change, split_path
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.folders import Layers
from lithflow.inputs.reading import Mapping, Node, Scalar, Sequence, read_yaml
from lithflow.inputs.records import Cited, Record
from lithflow.inputs.reporting import Checked, Reporter, describe, validated
from lithflow.inputs.values import Labels

__all__ = ["BASELINE", "Scenario", "read_scenarios"]

FOLDER = "scenarios/"
BLOCKS = "scenarios/blocks.yaml"
BASELINE = "baseline"


class ScenarioHead(Checked):
    """What a scenario file says."""

    title: str = Field(description="a few words, for tables and figures")
    reason: str = Field(description="what the scenario is for and why it is as it is")
    source: str | list[str] = Field(description="ids of sources.yaml, or `assumption`")
    based_on: str | list[str] = Field(default_factory=list, description="scenarios whose changes come first")
    blocks: str | list[str] = Field(default_factory=list, description="names in blocks.yaml, applied in order")


class BlockHead(Checked):
    """What a block says."""

    reason: str = Field(description="why these numbers")
    source: str | list[str] = Field(description="ids of sources.yaml, or `assumption`")
    includes: str | list[str] = Field(default_factory=list, description="blocks that come first")


@dataclass(frozen=True, eq=False)
class Scenario:
    """A checked scenario.

    Parameters
    ----------
    name
        Name of its file.
    title, reason
        As written.
    sources
        Sources of the scenario itself.
    based_on, blocks
        As written.
    changes
        All changes in the order in which they apply.
    file
        Where it stands.
    """

    name: str
    title: str
    reason: str
    sources: tuple[str, ...]
    based_on: tuple[str, ...]
    blocks: tuple[str, ...]
    changes: tuple[Change, ...]
    file: str


@dataclass
class _Part:
    """A scenario or a block before its references are followed."""

    name: str
    head: ScenarioHead | BlockHead
    node: Mapping
    reporter: Reporter
    changes: list[Change] = field(default_factory=list)


def names_of(value: str | list[str] | None) -> tuple[str, ...]:
    """Return one name or several as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


class _Reader:
    def __init__(
        self,
        layers: Layers,
        records: ReadMapping[str, Record],
        declarations: ReadMapping[str, Declaration],
        labels: Labels,
        problems: list[Problem],
        units: Items[ReadMapping[str, str]],
    ) -> None:
        self.layers = layers
        self.units = units
        self.records = records
        self.declarations = declarations
        self.labels = labels
        self.problems = problems
        self.cited: list[Cited] = []

    def parts(self) -> tuple[dict[str, _Part], dict[str, _Part]]:
        """Read every scenario file and the blocks."""
        scenarios: dict[str, tuple[Reporter, Mapping, int]] = {}
        blocks: dict[str, tuple[Reporter, Node, int]] = {}
        for layer in range(len(self.layers.folders)):
            for name in self.layers.names(layer, self.problems):
                if not name.startswith(FOLDER) or not name.endswith(".yaml"):
                    continue
                text = self.layers.read(layer, name, self.problems)
                shown = self.layers.shown(layer, name)
                top = read_yaml(text, shown, self.problems) if text is not None else None
                if top is None:
                    continue
                reporter = Reporter(shown, self.problems)
                if name == BLOCKS:
                    blocks.update({key: (reporter, node, layer) for key, _, node in top})
                else:
                    scenarios[name.removeprefix(FOLDER).removesuffix(".yaml")] = (reporter, top, layer)
        read_blocks: dict[str, _Part] = {}
        for key, (reporter, node, layer) in blocks.items():
            block = validated(BlockHead, node, reporter, key, skip=("overrides",))
            if block is not None and isinstance(node, Mapping):
                read_blocks[key] = self.part(key, block, node, reporter, key, layer)
        read_scenarios: dict[str, _Part] = {}
        for key, (reporter, top, layer) in scenarios.items():
            scenario = validated(ScenarioHead, top, reporter, "", skip=("overrides",))
            if scenario is not None:
                read_scenarios[key] = self.part(key, scenario, top, reporter, "", layer)
        self.written = {*scenarios}, {*blocks}
        return read_scenarios, read_blocks

    def part(
        self, name: str, head: ScenarioHead | BlockHead, node: Mapping, reporter: Reporter, path: str, layer: int
    ) -> _Part:
        part = _Part(name, head, node, reporter)
        sources = names_of(head.source)
        for source in sources:
            self.cited.append((reporter, node.get("source") or node, f"{path}.source" if path else "source", source))
        overrides = node.get("overrides")
        if overrides is None or (isinstance(overrides, Scalar) and not overrides.text):
            return part
        if not isinstance(overrides, Mapping):
            reporter.add(
                overrides, f"{path}.overrides".lstrip("."), f"expected `parameter: value`, got {describe(overrides)}"
            )
            return part
        for dotted, key, spec in overrides:
            declaration, chosen, problem = split_path(dotted, self.declarations, self.labels)
            where = f"{path}.{dotted}" if path else dotted
            if problem or declaration is None:
                reporter.add(key, where, problem or "")
                continue
            record = self.records.get(declaration.name)
            if record is None:  # its own problem is already noted
                continue
            unit = self.units[layer].get(record.name) if self.units else None
            change = read_change(dotted, spec, record, chosen, self.labels, reporter, sources, unit)
            if change is not None:
                part.changes.append(change)
                for source in change.sources:
                    self.cited.append((reporter, spec, where, source))
        return part


def _reference(node: Mapping, entry: str, name: str) -> Node:
    """Find the place where a name is referred to."""
    child = node.get(entry)
    if isinstance(child, Sequence):
        return next((item for item in child.items if isinstance(item, Scalar) and item.text == name), child)
    return child or node


def read_scenarios(
    layers: Layers,
    records: ReadMapping[str, Record],
    declarations: ReadMapping[str, Declaration],
    labels: Labels,
    problems: list[Problem],
    units: Items[ReadMapping[str, str]] = (),
) -> tuple[dict[str, Scenario], list[Cited]]:
    """Read all scenarios and follow what they are based on.

    Parameters
    ----------
    layers
        The folders; a scenario or block of a later folder replaces that of an earlier one.
    records
        Every parameter that was read without a problem.
    declarations
        Every parameter.
    labels
        Labels of every dimension.
    problems
        Where problems go.
    units
        For each folder, parameter to the unit that its record has there or in the folders before: values without a
        unit of their own are in it, so that a later folder may restate a record in another unit. The units of
        `records` unless given.

    Returns
    -------
    tuple of dict and list
        Scenarios by name, and every cited source with its place.
    """
    reader = _Reader(layers, records, declarations, labels, problems, units)
    scenarios, blocks = reader.parts()
    written_scenarios, written_blocks = reader.written

    memory: dict[tuple[str, str], list[Change]] = {}

    def follow(part: _Part, entry: str, names: tuple[str, ...], trail: tuple[str, ...]) -> list[Change]:
        """Collect what a part refers to; `trail` are the parts of the same kind that led here."""
        kind = "scenario" if entry == "based_on" else "block"
        table, written = (scenarios, written_scenarios) if kind == "scenario" else (blocks, written_blocks)
        found: list[Change] = []
        for name in names:
            place = _reference(part.node, entry, name)
            path = f"{part.name}.{entry}" if isinstance(part.head, BlockHead) else entry
            if name not in written:
                part.reporter.add(place, path, f"unknown {kind} `{name}`{nearest(name, sorted(written))}")
            elif name in trail:
                circle = " → ".join([*trail[trail.index(name) :], name])
                part.reporter.add(place, path, f"`{name}` is based on itself: {circle}")
            elif name in table:
                found += collect(table[name], (*trail, name))
        return found

    def collect(part: _Part, trail: tuple[str, ...]) -> list[Change]:
        head = part.head
        key = ("block" if isinstance(head, BlockHead) else "scenario", part.name)
        if key in memory:
            return memory[key]
        if isinstance(head, BlockHead):
            found = follow(part, "includes", names_of(head.includes), trail)
        else:
            found = follow(part, "based_on", names_of(head.based_on), trail)
            found += follow(part, "blocks", names_of(head.blocks), ())
        memory[key] = [*found, *part.changes]
        return memory[key]

    for part in blocks.values():
        collect(part, (part.name,))
    result: dict[str, Scenario] = {}
    for name, part in scenarios.items():
        head = part.head
        assert isinstance(head, ScenarioHead)
        result[name] = Scenario(
            name,
            head.title,
            head.reason,
            names_of(head.source),
            names_of(head.based_on),
            names_of(head.blocks),
            tuple(collect(part, (name,))),
            part.reporter.file,
        )
    return result, reader.cited

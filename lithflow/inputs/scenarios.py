"""Scenarios: a title, a reason, and named blocks of changes, combined in order."""

from __future__ import annotations

from collections.abc import Mapping as ReadMapping
from collections.abc import Sequence as Items
from dataclasses import dataclass, field

from pydantic import Field

from lithflow.errors import Problem, nearest
from lithflow.inputs.changes import Change, read_change, split_path
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.dimensions import FILE as DIMENSIONS
from lithflow.inputs.dimensions import REGION
from lithflow.inputs.folders import Layers
from lithflow.inputs.reading import Mapping, Node, Scalar, Sequence, read_yaml, shorten
from lithflow.inputs.records import Cited, Record
from lithflow.inputs.reporting import Checked, Reporter, describe, validated
from lithflow.inputs.values import Labels

__all__ = ["BASELINE", "REGIONS", "Scenario", "read_scenarios"]

FOLDER = "scenarios/"
REGIONS_ENTRY = "regions"
REGIONS = "regions/"
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


class RegionHead(Checked):
    """What the file of a region says."""

    title: str = Field(description="a few words, for tables and figures")
    reason: str = Field(description="what the region is and why its numbers are as they are")
    source: str | list[str] = Field(description="ids of sources.yaml, or `assumption`")
    based_on: str = Field("", description="region whose file comes first; the records as they are unless given")
    blocks: str | list[str] = Field(default_factory=list, description="names in blocks.yaml, applied in order")


class InRegion(Checked):
    """What a scenario says of one region."""

    blocks: str | list[str] = Field(default_factory=list, description="names in blocks.yaml, applied in order")


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
    regions
        Region to all changes that apply in it, in the order of the dimension: those of the region's file, those of the
        scenario, and those of the scenario for this region. Empty for a scenario without regions.
    """

    name: str
    title: str
    reason: str
    sources: tuple[str, ...]
    based_on: tuple[str, ...]
    blocks: tuple[str, ...]
    changes: tuple[Change, ...]
    file: str
    regions: ReadMapping[str, tuple[Change, ...]] = field(default_factory=dict)


@dataclass
class _Part:
    """A scenario or a block before its references are followed."""

    name: str
    head: ScenarioHead | BlockHead | RegionHead | InRegion
    node: Mapping
    reporter: Reporter
    changes: list[Change] = field(default_factory=list)
    regions: dict[str, _Part | None] = field(default_factory=dict)


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

    def parts(self) -> tuple[dict[str, _Part], dict[str, _Part], dict[str, _Part]]:
        """Read every scenario file, the blocks and every region file."""
        scenarios: dict[str, tuple[Reporter, Mapping, int]] = {}
        regions: dict[str, tuple[Reporter, Mapping, int]] = {}
        blocks: dict[str, tuple[Reporter, Node, int]] = {}
        for layer in range(len(self.layers.folders)):
            for name in self.layers.names(layer, self.problems):
                if not name.startswith((FOLDER, REGIONS)) or not name.endswith(".yaml"):
                    continue
                text = self.layers.read(layer, name, self.problems)
                shown = self.layers.shown(layer, name)
                top = read_yaml(text, shown, self.problems) if text is not None else None
                if top is None:
                    continue
                reporter = Reporter(shown, self.problems)
                if name == BLOCKS:
                    blocks.update({key: (reporter, node, layer) for key, _, node in top})
                elif name.startswith(REGIONS):
                    regions[name.removeprefix(REGIONS).removesuffix(".yaml")] = (reporter, top, layer)
                else:
                    scenarios[name.removeprefix(FOLDER).removesuffix(".yaml")] = (reporter, top, layer)
        read_blocks: dict[str, _Part] = {}
        for key, (reporter, node, layer) in blocks.items():
            block = validated(BlockHead, node, reporter, key, skip=("overrides",))
            if block is not None and isinstance(node, Mapping):
                read_blocks[key] = self.part(key, block, node, reporter, key, layer)
        read_scenarios: dict[str, _Part] = {}
        for key, (reporter, top, layer) in scenarios.items():
            scenario = validated(ScenarioHead, top, reporter, "", skip=("overrides", "regions"))
            if scenario is not None:
                part = self.part(key, scenario, top, reporter, "", layer)
                self.read_regions(part, names_of(scenario.source), layer)
                read_scenarios[key] = part
        read_regions: dict[str, _Part] = {}
        for key, (reporter, top, layer) in regions.items():
            region = validated(RegionHead, top, reporter, "", skip=("overrides",))
            if key not in self.labels.get(REGION, ()):
                near = nearest(key, self.labels.get(REGION, ()))
                reporter.add(None, "", f"`{key}` is no label of the dimension `{REGION}` in {DIMENSIONS}{near}")
            elif region is not None:
                read_regions[key] = self.part(key, region, top, reporter, "", layer)
        self.written = {"scenario": {*scenarios}, "block": {*blocks}, "region": {*regions}}
        return read_scenarios, read_blocks, read_regions

    def read_regions(self, scenario: _Part, sources: tuple[str, ...], layer: int) -> None:
        """Read the regions of a scenario: names in a list, or names with what the scenario changes in each."""
        node, reporter = scenario.node.get(REGIONS_ENTRY), scenario.reporter
        if node is None:
            return
        named: list[tuple[str, Node, Node | None]] = []
        if isinstance(node, Mapping):
            named = [(name, key, child) for name, key, child in node]
        elif isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
            named = [(item.text, item, None) for item in node.items if isinstance(item, Scalar)]
        if not named:
            text = f"expected names of regions, or `name: {{blocks: …, overrides: …}}`, got {describe(node)}"
            reporter.add(node, REGIONS_ENTRY, text)
        known = self.labels.get(REGION, ())
        for name, place, child in named:
            path = f"{REGIONS_ENTRY}.{shorten(name)}"
            if name not in known:
                reporter.add(
                    place, path, f"`{shorten(name)}` is no label of the dimension `{REGION}`{nearest(name, known)}"
                )
            elif name in scenario.regions:
                reporter.add(place, path, f"`{name}` is named twice")
            elif child is None or (isinstance(child, Scalar) and not child.text):
                scenario.regions[name] = None
            else:
                head = validated(InRegion, child, reporter, path, skip=("overrides",))
                if head is not None and isinstance(child, Mapping):
                    scenario.regions[name] = self.part(name, head, child, reporter, path, layer, sources)

    def part(
        self,
        name: str,
        head: ScenarioHead | BlockHead | RegionHead | InRegion,
        node: Mapping,
        reporter: Reporter,
        path: str,
        layer: int,
        sources: tuple[str, ...] = (),
    ) -> _Part:
        part = _Part(name, head, node, reporter)
        if not isinstance(head, InRegion):
            sources = names_of(head.source)
            place = f"{path}.source" if path else "source"
            for source in sources:
                self.cited.append((reporter, node.get("source") or node, place, source))
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
    scenarios, blocks, regions = reader.parts()
    tables = {"scenario": scenarios, "block": blocks, "region": regions}

    memory: dict[tuple[str, str], list[Change]] = {}

    def follow(part: _Part, entry: str, names: tuple[str, ...], trail: tuple[str, ...]) -> list[Change]:
        """Collect what a part refers to; `trail` are the parts of the same kind that led here."""
        kind = "block"
        if entry == "based_on":
            kind = "region" if isinstance(part.head, RegionHead) else "scenario"
        table, written = tables[kind], reader.written[kind]
        found: list[Change] = []
        for name in names:
            place = _reference(part.node, entry, name)
            path = f"{part.name}.{entry}" if isinstance(part.head, BlockHead) else entry
            path = f"{REGIONS_ENTRY}.{part.name}.{entry}" if isinstance(part.head, InRegion) else path
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
        kind = {BlockHead: "block", RegionHead: "region", ScenarioHead: "scenario"}.get(type(head), part.reporter.file)
        key = (kind, part.name)
        if key in memory:
            return memory[key]
        if isinstance(head, BlockHead):
            found = follow(part, "includes", names_of(head.includes), trail)
        else:
            based_on = head.based_on if isinstance(head, (ScenarioHead, RegionHead)) else ""
            found = follow(part, "based_on", names_of(based_on or None), trail)
            found += follow(part, "blocks", names_of(head.blocks), ())
        memory[key] = [*found, *part.changes]
        return memory[key]

    def in_regions(part: _Part, trail: tuple[str, ...]) -> dict[str, list[Change]]:
        """Collect what a scenario and those that it is based on change in single regions."""
        found: dict[str, list[Change]] = {}
        assert isinstance(part.head, ScenarioHead)
        for name in names_of(part.head.based_on):
            if name in scenarios and name not in trail:
                for region, changes in in_regions(scenarios[name], (*trail, name)).items():
                    found.setdefault(region, []).extend(changes)
        for region, own in part.regions.items():
            found.setdefault(region, []).extend(collect(own, ()) if own is not None else ())
        return found

    for part in (*blocks.values(), *regions.values()):
        collect(part, (part.name,))
    for part in scenarios.values():
        for region, own in part.regions.items():
            if own is None and region not in reader.written["region"]:
                part.reporter.add(
                    _reference(part.node, REGIONS_ENTRY, region),
                    f"{REGIONS_ENTRY}.{region}",
                    f"`{region}` has no values of its own; expected the file {REGIONS}{region}.yaml (title, reason, "
                    "source, and in `overrides` what differs from the records or from the region it is `based_on`), or "
                    "`overrides` here",
                )
    order = tuple(labels.get(REGION, ()))
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
            {
                region: (*(collect(regions[region], ()) if region in regions else ()), *collect(part, (name,)), *own)
                for region, own in sorted(in_regions(part, (name,)).items(), key=lambda entry: order.index(entry[0]))
            },
        )
    return result, reader.cited

"""Goals as data: which indicator, in which year, should reach what."""

from __future__ import annotations

from collections.abc import Mapping as ReadMapping
from typing import Literal

from pydantic import Field, model_validator

from lithflow.errors import Problem, nearest
from lithflow.inputs.dimensions import REGION
from lithflow.inputs.folders import Layers
from lithflow.inputs.reading import Mapping
from lithflow.inputs.reporting import Checked, in_every_folder, validated
from lithflow.inputs.values import Labels
from lithflow.units import UnitError, parse_unit

__all__ = ["FILE", "Sense", "Target", "read_targets"]

FILE = "targets.yaml"
Sense = Literal["at_least", "at_most", "falling_since", "rising_since", "not_falling_since"]


class Target(Checked):
    """One goal.

    The value of an indicator in a year is compared with a number (`at_least`, `at_most`) or with its own value in an
    earlier year (`falling_since`, `rising_since`); `not_falling_since` compares the lowest value of the years after
    that one.
    """

    id: str = Field(description="short name")
    description: str = Field(description="the goal in a sentence")
    indicator: str = Field(description="name of the indicator that measures it")
    where: dict[str, str] = Field(
        {}, description="label of each dimension that the indicator has beside the year, such as `metal: Ni`"
    )
    region: str = Field("", description="region that it is a goal of; others aren't judged by it")
    group: str = Field("", description="heading under which it is shown: who set it")
    year: int = Field(description="year in which it is judged")
    sense: Sense = Field(description="how the indicator is compared")
    value: float | None = Field(None, description="the number to reach, for at_least and at_most")
    unit: str = Field("1", description="unit of the value")
    since: int | None = Field(None, description="earlier year, for the comparisons over time")
    parameters: list[str] = Field([], description="parameters that alone decide the indicator, where there are any")
    source: str | list[str] = Field(description="ids of sources.yaml or seeds, or `assumption`")
    note: str = Field("", description="how the wording was read")

    @model_validator(mode="after")
    def complete(self) -> Target:
        """Check that the comparison has what it needs."""
        if self.sense in ("at_least", "at_most") and self.value is None:
            raise ValueError(f"`{self.sense}` needs `value`, the number to reach")
        if self.sense.endswith("_since") and (self.since is None or self.since >= self.year):
            raise ValueError(f"`{self.sense}` needs `since`, a year before {self.year}")
        try:
            parse_unit(self.unit)
        except UnitError as error:
            raise ValueError(str(error)) from None
        return self

    def holds_in(self, region: str) -> bool:
        """Tell whether it is a goal of a region, or of none in particular."""
        return self.region in ("", region)

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of its sources."""
        return (self.source,) if isinstance(self.source, str) else tuple(self.source)


def parameter_names() -> frozenset[str]:
    """Return the names that may decide an indicator."""
    from lithflow.inputs.declarations import PARAMETERS

    return frozenset(declaration.name for declaration in PARAMETERS)


class _Body(Target):
    """A target as written: its id is the key above."""

    id: str = Field("", exclude=True)


def read_targets(
    layers: Layers, indicators: ReadMapping[str, tuple[str, ...]], labels: Labels, problems: list[Problem]
) -> tuple[Target, ...]:
    """Read ``targets.yaml`` of every folder; a target of a later folder replaces that of an earlier one.

    Parameters
    ----------
    layers
        The folders.
    indicators
        What a target may measure, with the dimensions that each has beside the year.
    labels
        Labels of every dimension.
    problems
        Where problems go.
    """
    targets: dict[str, Target] = {}
    for reporter, top in in_every_folder(layers, FILE, problems):
        for key, node, content in top:
            if not isinstance(content, Mapping):
                reporter.add(
                    node, key, "expected the entries of a target (description, indicator, year, sense, source)"
                )
                continue
            body = validated(_Body, content, reporter, key)
            if body is None:
                continue
            target = Target(id=key, **body.model_dump())
            problem = _problem(target, indicators, labels)
            if problem:
                entry, text = problem
                reporter.add(content.get(entry) or node, f"{key}.{entry}", text)
                continue
            targets[key] = target
    return tuple(targets.values())


def _problem(target: Target, indicators: ReadMapping[str, tuple[str, ...]], labels: Labels) -> tuple[str, str] | None:
    """Say what a target names that isn't there, or leaves open: the entry, and what is wrong."""
    name = target.indicator
    if target.region and target.region not in labels.get(REGION, ()):
        near = nearest(target.region, labels.get(REGION, ()))
        return "region", f"`{target.region}` is no label of the dimension `{REGION}`{near}"
    if name not in indicators:
        return "indicator", f"unknown indicator `{name}`{nearest(name, indicators)}"
    dims = indicators[name]
    for dim, label in target.where.items():
        if dim not in dims:
            known = nearest(dim, dims) if dims else "; take `where` away"
            return "where", f"`{name}` has no dimension `{dim}`{known}"
        if label not in labels.get(dim, ()):
            return "where", f"unknown {dim} `{label}`{nearest(label, labels.get(dim, ()))}"
    for dim in dims:
        if dim not in target.where:
            first = next(iter(labels.get(dim, ("…",))))
            return "indicator", f"`{name}` has a value for each {dim}; say which, such as `where: {{{dim}: {first}}}`"
    for parameter in target.parameters:
        if parameter not in parameter_names():
            return "parameters", f"unknown parameter `{parameter}`{nearest(parameter, parameter_names())}"
    return None

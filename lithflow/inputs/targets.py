"""Goals as data: which indicator, in which year, should reach what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from lithflow.errors import Problem, nearest
from lithflow.inputs.folders import Layers
from lithflow.inputs.reading import Mapping
from lithflow.inputs.reporting import Checked, in_every_folder, validated
from lithflow.units import UnitError, parse_unit

__all__ = ["FILE", "Sense", "Target", "read_targets"]

FILE = "targets.yaml"
Sense = Literal["at_least", "at_most", "falling_since", "rising_since", "not_falling_since"]


class Target(Checked):
    """One goal.

    The value of an indicator in a year is compared with a number (`at_least`, `at_most`) or with its own value in an
    earlier year (`falling_since`, `rising_since`, `not_falling_since`).
    """

    id: str = Field(description="short name")
    description: str = Field(description="the goal in a sentence")
    indicator: str = Field(description="name of the indicator that measures it")
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


def read_targets(layers: Layers, indicators: frozenset[str] | None, problems: list[Problem]) -> tuple[Target, ...]:
    """Read ``targets.yaml`` of every folder; a target of a later folder replaces that of an earlier one.

    Parameters
    ----------
    layers
        The folders.
    indicators
        Names that a target may measure; None to accept any.
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
            if indicators is not None and target.indicator not in indicators:
                reporter.add(
                    node, key, f"unknown indicator `{target.indicator}`{nearest(target.indicator, indicators)}"
                )
                continue
            if target.parameters and (strange := sorted(set(target.parameters) - parameter_names())):
                known = nearest(strange[0], parameter_names())
                reporter.add(node, key, f"unknown parameter `{strange[0]}`{known}")
                continue
            targets[key] = target
    return tuple(targets.values())

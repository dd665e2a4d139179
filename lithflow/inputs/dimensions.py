"""The labels of every dimension, and the model years."""

from __future__ import annotations

import re
from collections.abc import Mapping as ReadMapping
from dataclasses import dataclass

from pydantic import Field, model_validator

from lithflow.errors import Problem, nearest
from lithflow.inputs.declarations.labels import NEEDED_LABELS
from lithflow.inputs.folders import Layers
from lithflow.inputs.numbers import EARLIEST, LATEST
from lithflow.inputs.reading import Mapping, Scalar, shorten
from lithflow.inputs.reporting import Checked, Reporter, describe, in_every_folder, validated

__all__ = ["FILE", "PARTNER", "REGION", "Dimensions", "Years", "read_dimensions"]

FILE = "dimensions.yaml"
REGION = "region"
PARTNER = "partner"
"""The region at the other end of a trade; its labels are those of `REGION`."""
RESERVED = ("default", "values", "unit", "path", "source", "note", "scale", "add", "from", "until", "others")
_LABEL = re.compile(r"[^\W\d][\w+-]*\Z|\d[\w+-]*[^\W\d][\w+-]*\Z")


class Years(Checked):
    """The years that a run covers."""

    first: int = Field(description="first model year", ge=EARLIEST, le=LATEST)
    last: int = Field(description="last model year", ge=EARLIEST, le=LATEST)
    last_observed: int = Field(description="last year that is data; later years are projected")

    @model_validator(mode="after")
    def in_order(self) -> Years:
        """Check that the years follow one another."""
        if self.last < self.first:
            raise ValueError(f"the end {self.last} is before the start {self.first}")
        if not self.first <= self.last_observed <= self.last:
            raise ValueError(f"`last_observed` {self.last_observed} is not between {self.first} and {self.last}")
        return self


@dataclass(frozen=True)
class Dimensions:
    """Labels and years.

    Parameters
    ----------
    labels
        Dimension to its labels, in order; ``year`` is not among them.
    meanings
        Dimension to label to meaning.
    years
        First, last and last observed year.
    years_place
        File, line and column where they stand.
    """

    labels: ReadMapping[str, tuple[str, ...]]
    meanings: ReadMapping[str, ReadMapping[str, str]]
    years: Years
    years_place: tuple[str, int, int] = (FILE, 0, 0)


def read_dimensions(layers: Layers, problems: list[Problem]) -> Dimensions | None:
    """Read ``dimensions.yaml`` of every folder; a dimension of a later folder replaces that of an earlier one.

    Regions are the exception: those of a later folder come first, and those of earlier ones stay.

    Parameters
    ----------
    layers
        The folders.
    problems
        Where problems go.

    Returns
    -------
    Dimensions or None
        None where there was a problem that leaves no sense in reading on.
    """
    before = len(problems)
    meanings: dict[str, dict[str, str]] = {}
    years: Years | None = None
    years_place = (FILE, 0, 0)
    places: dict[str, tuple[Reporter, Scalar]] = {}
    for reporter, top in in_every_folder(layers, FILE, problems):
        for name, first, node in top:
            if name == "years":
                years = validated(Years, node, reporter, name) or years
                years_place = (reporter.file, first.line, first.column)
                continue
            if name == PARTNER:
                reporter.add(first, name, f"the dimension has the labels of `{REGION}`; write them there")
                continue
            if not isinstance(node, Mapping) or not len(node):
                reporter.add(node, name, f"expected labels and their meaning, got {describe(node)}")
                continue
            before_it = meanings.get(name, {}) if name == REGION else {}
            meanings[name] = {}
            places[name] = (reporter, first)
            for label, key, meaning in node:
                path = f"{name}.{shorten(label)}"
                if label in RESERVED or not _LABEL.match(label):
                    reporter.add(
                        key, path, "a label is a word of letters, digits, _, + and -, and none of the reserved words"
                    )
                elif not isinstance(meaning, Scalar) or not meaning.text:
                    reporter.add(meaning, path, f"expected the meaning of the label, got {describe(meaning)}")
                else:
                    meanings[name][label] = meaning.text
            # regions of a folder stand beside those of the folders before it, whose scenarios name them
            meanings[name] |= {label: text for label, text in before_it.items() if label not in meanings[name]}
    if len(problems) > before:
        return None
    _check_needed(meanings, places)
    if len(problems) > before:
        return None
    if REGION in meanings:
        meanings[PARTNER] = meanings[REGION]
    if years is None:
        problems.append(
            Problem(FILE, 0, 0, "years", "missing; expected `years: {first: …, last: …, last_observed: …}`")
        )
        return None
    return Dimensions({name: tuple(labels) for name, labels in meanings.items()}, meanings, years, years_place)


def _check_needed(
    meanings: ReadMapping[str, dict[str, str]], places: ReadMapping[str, tuple[Reporter, Scalar]]
) -> None:
    """Report labels that the chain names and a file lacks, and labels that the chain can't place."""
    for needed in NEEDED_LABELS:
        if needed.dimension not in meanings:
            continue
        own = meanings[needed.dimension]
        reporter, place = places[needed.dimension]
        surplus = [label for label in own if label not in needed.labels]
        for label in needed.labels:
            if label not in own:
                close = nearest(label, surplus)
                text = f"the label `{label}` of `{needed.dimension}` is missing; the chain needs it: {needed.reason}"
                reporter.add(place, needed.dimension, text + (close if "nearest" in close else ""))
        if needed.closed and surplus and all(label in own for label in needed.labels):
            text = (
                f"the chain has no place for the label `{surplus[0]}` of `{needed.dimension}`; "
                f"expected {', '.join(needed.labels)} and no other"
            )
            reporter.add(place, needed.dimension, text)

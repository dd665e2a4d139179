"""Where numbers come from: the list of sources, and whether what a record cites is there and agrees."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from pydantic import Field, model_validator

from lithflow.errors import Problem, nearest
from lithflow.inputs.folders import Layers
from lithflow.inputs.reporting import Checked, in_every_folder, validated
from lithflow.inputs.seeds import Seed
from lithflow.units import UnitError, conversion, same_dimension

__all__ = ["ASSUMPTION", "Source", "bibtex", "read_sources", "seed_disagreement", "seed_unit", "unknown_source"]

FILE = "sources.yaml"
ASSUMPTION = "assumption"
SEED = "seed:"
AGREEMENT = 0.005
"""Relative difference up to which a value and the figure that it cites count as the same; figures are rounded."""


class Source(Checked):
    """A publication or data set that numbers were taken from."""

    id: str = Field(description="short name by which records cite it")
    author: str = Field(description="author or institution")
    year: int | str = Field(description="year of publication, or the years of a series")
    title: str = Field(description="title")
    publisher: str | None = Field(default=None, description="publisher, journal or institution")
    doi: str | None = Field(default=None, description="DOI, without https://doi.org/")
    url: str | None = Field(default=None, description="address where it can be read")
    covers: str = Field(description="what its numbers cover: quantities, years, region, boundary")
    limits: str = Field(description="what it can't be used for")

    @model_validator(mode="after")
    def can_be_found(self) -> Source:
        """Check that a reader can find the source."""
        if not (self.publisher or self.doi or self.url):
            raise ValueError("one of `publisher`, `doi` and `url` is needed")
        return self


def read_sources(layers: Layers, problems: list[Problem]) -> tuple[dict[str, Source], set[str]]:
    """Read ``sources.yaml`` of every folder; an id of a later folder replaces that of an earlier one.

    Parameters
    ----------
    layers
        The folders.
    problems
        Where problems go.

    Returns
    -------
    tuple of dict and set
        Sources by id, and every id that is written, also where its entry has a problem.
    """
    sources: dict[str, Source] = {}
    written: set[str] = set()
    for reporter, top in in_every_folder(layers, FILE, problems):
        for name, key, node in top:
            written.add(name)
            if name == ASSUMPTION or name.startswith(SEED):
                reporter.add(key, name, f"`{ASSUMPTION}` and `{SEED}…` are reserved; choose another id")
                continue
            body = validated(_Body, node, reporter, name)
            if body is not None:
                sources[name] = Source(id=name, **body.model_dump())
    return sources, written


class _Body(Source):
    """A source as written: its id is the key above."""

    id: str = Field(default="", exclude=True)


def unknown_source(cited: str, written: Collection[str], seeds: Mapping[str, Seed]) -> str | None:
    """Say that a cited source does not exist.

    Parameters
    ----------
    cited
        What a record cites.
    written
        The ids of ``sources.yaml``.
    seeds
        Figures of the source documents.

    Returns
    -------
    str or None
        The problem, or None.
    """
    if cited == ASSUMPTION:
        return None
    if cited.startswith(SEED):
        name = cited.removeprefix(SEED)
        return None if name in seeds else f"there is no figure `{name}` in the seeds{nearest(name, seeds)}"
    if cited in written:
        return None
    bare = f"; for a figure of the source documents write `{SEED}{cited}`" if cited in seeds else ""
    return f"unknown source `{cited}`{bare or nearest(cited, [*sorted(written), ASSUMPTION])}"


def seed_unit(seed: Seed) -> str | None:
    """Return the unit of a figure as text of lithflow's units, or None where it has no such unit."""
    text = seed.unit
    read_as = re.search(r"\((?:unit )?read (?:as )?(\w+)\)", text)
    bare = re.sub(r"\s*\(.*\)", "", text).strip()
    if read_as:
        bare = f"{bare} {read_as[1]}"
    try:
        conversion(bare or "-", bare or "-")
    except (UnitError, ArithmeticError):
        return None
    return bare


def seed_disagreement(seed: Seed, values: Iterable[float], unit: str) -> str | None:
    """Say that no value of a record agrees with the figure that it cites.

    Parameters
    ----------
    seed
        The figure.
    values
        The values as written.
    unit
        Their unit.

    Returns
    -------
    str or None
        The problem; None where one value agrees within 0.5 %, or where the figure's unit can't be compared.
    """
    figure = seed_unit(seed)
    if figure is None or seed.value is None:
        return None
    # documents give a year's flow in plain tonnes or GWh
    comparable = next((text for text in (figure, f"{figure}/year") if same_dimension(text, unit)), None)
    if comparable is None:
        return None
    wanted = seed.value * conversion(comparable, unit)
    if any(abs(value - wanted) <= AGREEMENT * abs(wanted) for value in values):
        return None
    stated = f"{seed.value:g} {seed.unit} ({wanted:.6g} {unit})"
    return f"cites {SEED}{seed.id}, which states {stated}; no value here agrees with it"


def bibtex(sources: Iterable[Source]) -> str:
    """Write sources as BibTeX.

    Parameters
    ----------
    sources
        What to write.

    Returns
    -------
    str
        One ``@misc`` entry a source.
    """
    entries = []
    for source in sources:
        fields = {
            "author": "{" + source.author + "}",
            "year": str(source.year),
            "title": "{" + source.title + "}",
            "publisher": source.publisher,
            "doi": source.doi,
            "url": source.url,
            "note": f"Covers: {source.covers}. Limits: {source.limits}",
        }
        lines = [f"  {name} = {{{_escaped(text)}}}" for name, text in fields.items() if text]
        entries.append(f"@misc{{{re.sub('[^A-Za-z0-9:_.-]', '-', source.id)},\n" + ",\n".join(lines) + "\n}")
    return "\n\n".join(entries) + ("\n" if entries else "")


def _escaped(text: str) -> str:
    return re.sub(r"([&%$#_])", r"\\\1", " ".join(text.split()))

"""Statements of the two source documents as data: which figure, how a run says the same, which flow differs.

They are read from ``seeds/comparison.yaml``. A correction is sized by published numbers only. Ratios and verdicts
aren't data, `lithflow.report.documents` computes them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from lithflow.arrays import value
from lithflow.chain.variables import VARIABLES
from lithflow.errors import InputErrors, Problem, nearest
from lithflow.indicators.definitions import INDICATORS
from lithflow.inputs.folders import Layers, shipped_folder
from lithflow.inputs.reading import Node, read_yaml
from lithflow.inputs.reporting import Checked, Reporter, validated
from lithflow.inputs.seeds import Seed, load_seeds
from lithflow.inputs.sources import ASSUMPTION, SEED, read_sources, seed_unit, unknown_source
from lithflow.units import Q_, Quantity, UnitError, conversion, same_dimension

__all__ = ["Correction", "Factor", "Part", "Reading", "Row", "product", "read_comparison", "stated"]

FILE = "comparison.yaml"


class Part(Checked):
    """A flow, stock or memo, summed over everything but the year."""

    variable: str = Field(description="name in the variable table")
    where: dict[str, list[str]] = Field({}, description="dimension and the labels that count")

    @model_validator(mode="after")
    def known(self) -> Part:
        """Check the names of the variable and its dimensions."""
        if self.variable not in VARIABLES:
            raise ValueError(f"unknown variable `{self.variable}`{nearest(self.variable, VARIABLES)}")
        dims = VARIABLES[self.variable].dims[1:]
        for dim in self.where:
            if dim not in dims:
                raise ValueError(f"`{self.variable}` has no dimension `{dim}`{nearest(dim, dims)}")
        return self


class Reading(Checked):
    """How a run says a number: a sum of variables or an indicator, in a year or against an earlier one."""

    sum: list[Part] = Field([], description="variables that are added")
    indicator: str | None = Field(None, description="an indicator in their place")
    over: list[Part] = Field([], description="variables whose sum divides")
    to_date: bool = Field(False, description="whether all years up to the row's are added")
    against: int | None = Field(None, description="the row's year divided by this one")
    growth_since: int | None = Field(None, description="average yearly growth from this year to the row's")

    @field_validator("indicator")
    @classmethod
    def known(cls, name: str | None) -> str | None:
        """Check the name of the indicator."""
        if name is not None and name not in INDICATORS:
            raise ValueError(f"unknown indicator `{name}`{nearest(name, INDICATORS)}")
        return name

    @model_validator(mode="after")
    def complete(self) -> Reading:
        """Check that it says one number."""
        if bool(self.sum) == (self.indicator is not None):
            raise ValueError("expected either `sum` or `indicator`")
        if sum((self.to_date, self.against is not None, self.growth_since is not None)) > 1:
            raise ValueError("expected at most one of `to_date`, `against` and `growth_since`")
        return self


class Factor(Checked):
    """One factor of the size of a correction: a published number, or a quantity of the run."""

    value: float | None = Field(None, description="a published number")
    source: str | None = Field(None, description="id of sources.yaml or `seed:ID` that states it")
    model: Reading | None = Field(None, description="a quantity of the run in the row's year")
    unit: str = Field(description="unit of either")
    per: bool = Field(False, description="whether it divides")

    @model_validator(mode="after")
    def complete(self) -> Factor:
        """Check that it is one of the two, and that a number has a source."""
        if (self.value is None) == (self.model is None):
            raise ValueError("expected either `value`, a published number, or `model`, a quantity of the run")
        if (self.value is None) != (self.source is None):
            raise ValueError("a published number needs `source`, a quantity of the run has none")
        if self.source == ASSUMPTION:
            raise ValueError("an assumption can't size a correction; expected a published number")
        return self


class Correction(Checked):
    """A flow or boundary that differs between documents and model, and its size."""

    text: str = Field(description="what differs, in a few words")
    change: Literal["add", "subtract", "replace"] = Field(description="what the size does to the run's value")
    size: list[Factor] = Field(min_length=1, description="factors whose product is the size")

    @model_validator(mode="after")
    def sourced(self) -> Correction:
        """Check that a published number sizes it, and that none takes the place of the run's value by itself."""
        if not self.sources:
            raise ValueError("expected at least one published number among the factors")
        if self.change == "replace" and all(factor.model is None for factor in self.size):
            raise ValueError("a size that takes the place of the run's value needs a factor `model`")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the sources of its numbers."""
        return tuple(dict.fromkeys(factor.source for factor in self.size if factor.source is not None))


class Row(Checked):
    """A statement of the documents, and how a run says the same."""

    id: str = Field("", exclude=True, description="the key it stands under")
    label: str = Field(description="what is compared")
    year: int = Field(description="year of the run that is compared")
    figure: str = Field(description="id of the figure")
    also: list[str] = Field([], description="ids of the same statement elsewhere in the documents")
    growth: str | None = Field(None, description="id of the growth to `figure`, where the year before it is meant")
    stated: Literal["about", "more than"] = Field(
        "about", description="whether the documents give a value or a lower bound"
    )
    read_as: str | None = Field(None, description="unit of the figure, where the printed one says less")
    unit: str = Field(description="unit in which both are shown")
    model: Reading = Field(description="how the run says it")
    input: str | None = Field(None, description="parameter that was derived from the figure")
    corrections: list[Correction] = Field([], description="flows and boundaries that differ, with their size")
    note: str = Field("", description="how the figure was read, or what is open")

    @model_validator(mode="after")
    def looks_back(self) -> Row:
        """Check that the years it is read against are earlier ones."""
        readings = (self.model, *(factor.model for correction in self.corrections for factor in correction.size))
        for earlier in (year for reading in readings if reading for year in (reading.against, reading.growth_since)):
            if earlier is not None and earlier >= self.year:
                raise ValueError(f"expected a year before {self.year} to read against, got {earlier}")
        return self

    @model_validator(mode="after")
    def not_circular(self) -> Row:
        """Check that no correction rests on the figure that it explains."""
        own = {SEED + name for name in self.figures}
        for correction in self.corrections:
            for name in own.intersection(correction.sources):
                raise ValueError(f"`{name}` is compared here and can't size a correction of itself")
        return self

    @property
    def figures(self) -> tuple[str, ...]:
        """Ids of all figures that the row rests on."""
        return (self.figure, *self.also, *([] if self.growth is None else [self.growth]))


def read_comparison(folder: str | Path | None = None) -> tuple[Row, ...]:
    """Read the rows.

    Parameters
    ----------
    folder
        Folder that holds ``comparison.yaml`` and ``seed_figures.csv``; None for the shipped one.

    Returns
    -------
    tuple of Row
        In the order of the file.

    Raises
    ------
    InputErrors
        If the file can't be read, cites a figure or source that doesn't exist, or a unit doesn't fit; every problem
        with its place.
    """
    return _read(Path(folder) if folder is not None else shipped_folder("seeds"))


@functools.lru_cache(maxsize=4)
def _read(folder: Path) -> tuple[Row, ...]:
    problems: list[Problem] = []
    rows: list[Row] = []
    seeds = load_seeds(folder)
    _, written = read_sources(Layers((shipped_folder(),)), problems)
    text = Layers((folder,)).read(0, FILE, problems)
    top = read_yaml(text, FILE, problems) if text is not None else None
    reporter = Reporter(FILE, problems)
    for name, _, node in top or ():
        row = validated(Row, node, reporter, name)
        if row is None:
            continue
        before = reporter.count
        for figure in row.figures:
            if figure not in seeds or not seeds[figure].value:
                reporter.add(node, name, f"there is no number `{figure}` in the seeds{nearest(figure, seeds)}")
        for source in (source for correction in row.corrections for source in correction.sources):
            if problem := unknown_source(source, written, seeds):
                reporter.add(node, name, problem)
        if reporter.count == before:
            _check_units(row, seeds, node, reporter, name)
            rows.append(row.model_copy(update={"id": name}))
    if problems:
        raise InputErrors(problems)
    return tuple(rows)


def _check_units(row: Row, seeds: Mapping[str, Seed], node: Node, reporter: Reporter, name: str) -> None:
    try:
        stated(row, seeds)
        for correction in row.corrections:
            value(product([(Q_(1.0, factor.unit), factor.per) for factor in correction.size]), row.unit, "correction")
    except UnitError as error:
        reporter.add(node, name, str(error))


def stated(row: Row, seeds: Mapping[str, Seed], figure: str | None = None) -> float:
    """Give what the documents state, in the row's unit.

    Parameters
    ----------
    row
        The row.
    seeds
        Figures of the documents.
    figure
        Another of the row's figures than its first.

    Returns
    -------
    float
        The figure, or, where the row names a growth, what it was a year earlier.

    Raises
    ------
    UnitError
        If the figure's unit can't be read, or doesn't fit the row's.
    """
    seed = seeds[figure or row.figure]
    unit = row.read_as or seed_unit(seed)
    if unit is None:
        raise UnitError(f"{seed.id}: `{seed.unit}` is not a unit; say in `read_as` how it is read")
    # documents give a year's flow in plain tonnes or GWh
    per_year = f"{unit}/year"
    unit = per_year if not same_dimension(unit, row.unit) and same_dimension(per_year, row.unit) else unit
    figures = float(seed.value or 0.0) * conversion(unit, row.unit, f"{seed.id}")
    if row.growth is None:
        return figures
    growth = seeds[row.growth]
    return figures / (1.0 + float(growth.value or 0.0) * conversion(seed_unit(growth) or "1", "1", growth.id))


def product(factors: list[tuple[Quantity, bool]]) -> Quantity:
    """Multiply quantities; True beside one divides by it."""
    result = Q_(1.0, "1")
    for quantity, divides in factors:
        result = result / quantity if divides else result * quantity
    return result

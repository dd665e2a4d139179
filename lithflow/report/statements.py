"""Statements as data: which figure, how a run says the same, which flow or boundary differs.

Those of the two source documents are read from ``seeds/comparison.yaml``, published observations from
``seeds/observations.yaml``. A correction is sized by published numbers only. Ratios and verdicts aren't data,
`lithflow.report.comparing` computes them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from lithflow.chain.variables import VARIABLES
from lithflow.errors import nearest
from lithflow.indicators.definitions import INDICATORS
from lithflow.inputs.reporting import Checked
from lithflow.inputs.sources import ASSUMPTION, SEED

__all__ = ["Correction", "Entry", "Factor", "Part", "Reading", "Row", "Series"]

Role = Literal["input", "calibrated", "other count", "hold-out", ""]
"""What the figure is to the model; empty where other figures of its source are used, this one isn't."""


class Part(Checked):
    """A flow, stock or memo, summed over everything but the year."""

    variable: str = Field(description="name in the variable table")
    where: dict[str, list[str]] = Field({}, description="dimension and the labels that count")
    minus: bool = Field(False, description="whether it is subtracted")
    change: bool = Field(False, description="whether the yearly change of a stock is meant")

    @model_validator(mode="after")
    def known(self) -> Part:
        """Check the names of the variable and its dimensions."""
        if self.variable not in VARIABLES:
            raise ValueError(f"unknown variable `{self.variable}`{nearest(self.variable, VARIABLES)}")
        dims = VARIABLES[self.variable].dims[1:]
        for dim in self.where:
            if dim not in dims:
                raise ValueError(f"`{self.variable}` has no dimension `{dim}`{nearest(dim, dims)}")
        if self.change and VARIABLES[self.variable].kind != "stock":
            raise ValueError(f"`{self.variable}` is no stock, so it has no `change`")
        return self

    @property
    def unit(self) -> str:
        """Unit of its values."""
        unit = VARIABLES[self.variable].unit
        return f"{unit}/year" if self.change else unit


class Reading(Checked):
    """How a run says a number: a sum of variables or an indicator, in a year or against an earlier one."""

    sum: list[Part] = Field([], description="variables that are added")
    indicator: str | None = Field(None, description="an indicator in their place")
    over: list[Part] = Field([], description="variables whose sum divides")
    times: list[Reading] = Field([], description="further readings that multiply")
    to_date: bool = Field(False, description="whether all years up to the row's are added")
    since: int | None = Field(None, description="first of the years that are added")
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
        if self.indicator is not None and (self.over or self.to_date or self.since is not None):
            raise ValueError("an indicator can't be divided or added up over years; write its flows as `sum`")
        spans = (self.to_date, self.since is not None, self.against is not None, self.growth_since is not None)
        if sum(spans) > 1:
            raise ValueError("expected at most one of `to_date`, `since`, `against` and `growth_since`")
        return self

    @property
    def earlier(self) -> tuple[int, ...]:
        """The years before the row's that it needs."""
        own = (self.since, self.against, self.growth_since)
        return (*(year for year in own if year is not None), *(year for each in self.times for year in each.earlier))


class Factor(Checked):
    """One factor of the size of a correction: a published number, or a quantity of the run."""

    value: float | None = Field(None, description="a published number")
    source: str | None = Field(None, description="id of sources.yaml or `seed:ID` that states it")
    figure: str | None = Field(None, description="id of a figure in place of both")
    less: Reading | None = Field(None, description="a quantity of the run that is subtracted from the number")
    model: Reading | None = Field(None, description="a quantity of the run in the row's year")
    unit: str = Field(description="unit of all of them")
    per: bool = Field(False, description="whether it divides")

    @model_validator(mode="after")
    def complete(self) -> Factor:
        """Check that it is one of them, and that a number has a source."""
        if sum(given is not None for given in (self.value, self.figure, self.model)) != 1:
            raise ValueError(
                "expected either `value`, a published number, `figure`, the id of one, or `model`, read off the run"
            )
        if (self.value is None) != (self.source is None):
            raise ValueError("a published number needs `source`, a figure and a quantity of the run have none")
        if self.model is not None and self.less is not None:
            raise ValueError("`less` is subtracted from a published number; write `model` with a part that has `minus`")
        if self.source == ASSUMPTION:
            raise ValueError("an assumption can't size a correction; expected a published number")
        return self

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What it reads off the run."""
        return tuple(reading for reading in (self.model, self.less) if reading is not None)


class Correction(Checked):
    """A flow or boundary that differs between the figure and the model, and its size."""

    text: str = Field(description="what differs, in a few words")
    change: Literal["add", "subtract", "replace"] = Field(description="what the size does to the run's value")
    of: Literal["value", "numerator", "denominator"] = Field("value", description="which part of a ratio it changes")
    unit: str | None = Field(None, description="unit of the size, where it changes a part of a ratio")
    years: list[int] = Field([], description="years of a series that it holds for; all where none is given")
    size: list[Factor] = Field(min_length=1, description="factors whose product is the size")

    @model_validator(mode="after")
    def sourced(self) -> Correction:
        """Check that a published number sizes it, and that none takes the place of the run's value by itself."""
        if all(factor.value is None and factor.figure is None for factor in self.size):
            raise ValueError("expected at least one published number among the factors")
        if self.change == "replace" and not any(factor.readings for factor in self.size):
            raise ValueError("a size that takes the place of the run's value needs a factor `model`")
        if (self.of == "value") != (self.unit is None):
            raise ValueError("`unit` goes with `of: numerator` and `of: denominator`")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the sources of its numbers."""
        return tuple(dict.fromkeys(factor.source for factor in self.size if factor.source is not None))


class Entry(Checked):
    """What a statement of the documents and a published series have in common."""

    label: str = Field(description="what is compared")
    section: str = Field("", description="heading that it stands under")
    stated: Literal["about", "more than"] = Field("about", description="whether the figure is a value or a lower bound")
    unit: str = Field(description="unit in which both are shown")
    model: Reading = Field(description="how the run says it")
    input: str | None = Field(None, description="parameter that was derived from the figure")
    follows: str | None = Field(
        None, description="source of another count of the same, which `input` follows; then the row isn't judged"
    )
    calibrated: str | None = Field(None, description="parameter that was set so that the run comes near the figure")
    hold_out: bool = Field(False, description="whether no parameter rests on the figure's source")
    moved_by: str | None = Field(None, description="parameter, calibrated to other figures, that moves the run's value")
    moved_since: int = Field(0, description="first year whose rows it moves")
    key_figure: bool = Field(False, description="whether it says how far the base year holds")
    corrections: list[Correction] = Field([], description="flows and boundaries that differ, with their size")
    note: str = Field("", description="how the figure was read, which statistic it follows, or what is open")

    @model_validator(mode="after")
    def one_role(self) -> Entry:
        """Check that the figure is at most one of input, calibration and hold-out."""
        if sum((self.input is not None, self.calibrated is not None, self.hold_out)) > 1:
            raise ValueError("expected at most one of `input`, `calibrated` and `hold_out`")
        if self.follows is not None and self.input is None:
            raise ValueError("`follows` needs `input`, the parameter that follows it")
        if any(correction.of != "value" and not self.model.over for correction in self.corrections):
            raise ValueError("a correction of numerator or denominator needs a `model` with `over`")
        return self

    @property
    def role(self) -> Role:
        """What the figure is to the model."""
        if self.input is not None:
            return "input" if self.follows is None else "other count"
        if self.calibrated is not None:
            return "calibrated"
        return "hold-out" if self.hold_out else ""


class Row(Entry):
    """One figure, and how a run says the same."""

    id: str = Field("", exclude=True, description="the key it stands under")
    year: int = Field(description="year of the run that is compared")
    figure: str = Field(description="id of the figure")
    also: list[str] = Field([], description="ids of the same statement elsewhere in the documents")
    growth: str | None = Field(None, description="id of the growth to `figure`, where the year before it is meant")
    read_as: str | None = Field(None, description="unit of the figure, where the printed one says less")

    @model_validator(mode="after")
    def looks_back(self) -> Row:
        """Check that the years it is read against are earlier ones."""
        factors = (factor for correction in self.corrections for factor in correction.size)
        readings = (self.model, *(reading for factor in factors for reading in factor.readings))
        for earlier in (year for reading in readings for year in reading.earlier):
            if earlier >= self.year:
                raise ValueError(f"expected a year before {self.year} to read against, got {earlier}")
        return self

    @model_validator(mode="after")
    def not_circular(self) -> Row:
        """Check that no correction rests on the figure that it explains."""
        own = {*self.figures, *(SEED + name for name in self.figures)}
        for correction in self.corrections:
            for factor in correction.size:
                for name in own.intersection((factor.source, factor.figure)):
                    raise ValueError(f"`{name}` is compared here and can't size a correction of itself")
        return self

    @property
    def figures(self) -> tuple[str, ...]:
        """Ids of all figures that the row rests on."""
        return (self.figure, *self.also, *([] if self.growth is None else [self.growth]))


class Series(Entry):
    """Figures for the same quantity in several years, one row each."""

    figures: list[str] = Field(min_length=1, description="ids of the figures; each brings its year")

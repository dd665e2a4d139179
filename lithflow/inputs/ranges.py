"""How uncertain a parameter is: the distributions that a record may state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from lithflow.inputs.declaration import Declaration
from lithflow.inputs.reporting import Checked

__all__ = [
    "Beta",
    "Bounded",
    "Dirichlet",
    "LogNormal",
    "Normal",
    "Pert",
    "Range",
    "Triangular",
    "Uniform",
    "range_problem",
]

Positive = Annotated[float, Field(gt=0.0)]
Correlation = Annotated[float, Field(ge=-1.0, le=1.0)]


class _Range(Checked):
    """What every range has."""

    relative: bool = Field(
        default=False, description="true: the numbers multiply the value; false: they are in its unit"
    )
    correlated_with: dict[str, Correlation] = Field(
        default_factory=dict, description="rank correlation with other parameters, by name, from -1 to 1"
    )


class Normal(_Range):
    """Normal around the value, cut at the bounds of the parameter."""

    distribution: Literal["normal"]
    sd: Positive = Field(description="standard deviation")


class LogNormal(_Range):
    """Lognormal with the value as its median, cut at the bounds of the parameter."""

    distribution: Literal["lognormal"]
    sd: Positive = Field(description="standard deviation of the logarithm (about the relative one)")


class Bounded(_Range):
    """A range with two ends."""

    low: float = Field(description="lower end")
    high: float = Field(description="upper end")

    @model_validator(mode="after")
    def ends_in_order(self) -> Bounded:
        """Check that the lower end is below the upper one."""
        if self.low > self.high:
            raise ValueError(f"`low` {self.low:g} is above `high` {self.high:g}; exchange them")
        if self.relative and not self.low <= 1.0 <= self.high:
            ends = f"got {self.low:g} to {self.high:g}"
            raise ValueError(f"a relative range multiplies the value, so 1 lies between `low` and `high`; {ends}")
        return self


class Triangular(Bounded):
    """Triangular with its peak at the value."""

    distribution: Literal["triangular"]


class Uniform(Bounded):
    """Every number between the two ends equally likely."""

    distribution: Literal["uniform"]


class Pert(Bounded):
    """Beta distribution between the two ends with its peak at the value (PERT)."""

    distribution: Literal["pert"]
    shape: Positive = Field(default=4.0, description="weight of the peak; 4 is usual")


class Beta(Bounded):
    """Beta distribution between the two ends."""

    distribution: Literal["beta"]
    alpha: Positive = Field(description="first shape")
    beta: Positive = Field(description="second shape")


class Dirichlet(_Range):
    """Shares that vary together and still sum to one, with the values as their means."""

    distribution: Literal["dirichlet"]
    concentration: Positive = Field(
        description="how close the shares stay to their means; sd of a share p is sqrt(p(1-p)/(concentration+1))"
    )


Range = Annotated[
    Normal | LogNormal | Triangular | Uniform | Pert | Beta | Dirichlet,
    Field(discriminator="distribution"),
]


def range_problem(stated: Range, values: Iterable[float], unit: str, declaration: Declaration) -> str | None:
    """Say that a range doesn't fit the values that it is for.

    Parameters
    ----------
    stated
        The range.
    values
        The values as written.
    unit
        Their unit.
    declaration
        The parameter.

    Returns
    -------
    str or None
        The problem, or None.
    """
    shown = "" if unit == "1" else f" {unit}"
    if isinstance(stated, Dirichlet):
        if declaration.sums_to_one is None:
            return "dirichlet is for shares that sum to one; choose another distribution"
        if stated.relative or stated.correlated_with:
            return "dirichlet keeps the values as means and stands alone; take the other entries away"
    elif declaration.sums_to_one is not None:
        return f"shares that sum to one vary together: write `distribution: dirichlet`, not {stated.distribution}"
    if isinstance(stated, LogNormal) and any(value <= 0.0 for value in values):
        return "lognormal needs values above zero"
    if isinstance(stated, Bounded) and not stated.relative:
        values = list(values)
        if isinstance(stated, (Uniform, Beta)) and len(set(values)) > 1:
            return f"{stated.distribution} between fixed ends would make all values the same; write `relative: true`"
        for value in values:
            if not stated.low <= value <= stated.high:
                ends = f"{stated.low:g} to {stated.high:g}{shown}"
                more = (
                    "; write `relative: true` if the ends multiply the value"
                    if stated.low <= 1.0 <= stated.high
                    else ""
                )
                return f"the value {value:g}{shown} is outside its range of {ends}{more}"
    return None

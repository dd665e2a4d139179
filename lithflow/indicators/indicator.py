"""What an indicator is: flows above and below a line, and how they give its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lithflow.chain.ledger import Ledger
from lithflow.chain.variables import VARIABLES
from lithflow.indicators.terms import Term, amount, ratio
from lithflow.units import canonical_unit, format_unit, parse_unit

__all__ = ["Amount", "Indicator", "Parts", "added", "evaluate", "parts"]

Array = npt.NDArray[np.float64]
Weights = Mapping[str, Mapping[str, Array]]
Amount = tuple[str, Array]
"""A flow as text, and what it adds: (year, kept dimensions, region, member)."""
Parts = tuple[list[Amount], list[Amount]]
"""What stands above and below the line."""


@dataclass(frozen=True)
class Indicator:
    """One indicator: the sum of its numerator, divided by that of its denominator where there is one.

    Parameters
    ----------
    name
        Name in code, files and output.
    meaning
        One sentence.
    numerator, denominator
        Terms of a ratio; no denominator for an amount.
    unit
        Unit of the values, ``1`` for a ratio; shown as percent.
    cumulative
        Whether both sums run from the first year.
    weights
        Name of the weights by chemistry that the numerator and the denominator take.
    keep
        Dimensions beyond the year, such as the metal.
    compute
        Gives numerator and denominator where they are no plain sums of terms; its docstring is the formula.
    amounts_in
        Unit of what `compute` gives.
    yearly
        The end of the meaning that is true of single years only.
    """

    name: str
    meaning: str
    numerator: tuple[Term, ...] = ()
    denominator: tuple[Term, ...] = ()
    unit: str = "1"
    cumulative: bool = False
    weights: tuple[str, str] = ("", "")
    keep: tuple[str, ...] = ()
    compute: Callable[[Ledger], Parts] | None = None
    amounts_in: str = "t Li/year"
    yearly: str = ""

    def formula(self) -> str:
        """Say which flows stand above and below the line."""
        if self.compute is not None:
            return " ".join((self.compute.__doc__ or "").split())
        above, below = (
            " ".join(_weighted(str(term), weight) for term in terms).removeprefix("+ ")
            for terms, weight in zip((self.numerator, self.denominator), self.weights, strict=True)
        )
        made = f"({above}) / ({below})" if below else above
        return f"{made}, summed from the first year" if self.cumulative else made

    def of_all_years(self, name: str) -> Indicator:
        """Make the same ratio of the sums of all years so far, in which delays even out."""
        meaning = f"{self.meaning.removesuffix(self.yearly)}, in all years so far"
        return replace(self, name=name, meaning=meaning, yearly="", cumulative=True)

    @property
    def unit_of_parts(self) -> str:
        """Unit of the amounts above and below the line."""
        if not self.denominator and self.compute is None:
            return self.unit
        first = next((term for term in (*self.numerator, *self.denominator) if not term.change), None)
        unit = self.amounts_in if first is None else VARIABLES[first.variable].unit
        made = canonical_unit(unit) * parse_unit("year") if self.cumulative else canonical_unit(unit)
        return format_unit(made)


def _weighted(text: str, weight: str) -> str:
    return f"{text} × {weight}" if weight else text


def parts(indicator: Indicator, ledger: Ledger, weights: Weights) -> Parts:
    """Give what stands above and below the line, flow by flow.

    Parameters
    ----------
    indicator
        Which.
    ledger
        Flows and stocks of a run.
    weights
        Name → dimension → weight by label, for indicators that count only some chemistries.

    Returns
    -------
    tuple of two lists of (str, numpy.ndarray)
        Flows as text with the amounts that add up, (year, kept dimensions, region, member); what is taken off is
        negative. The second list is empty for an amount.
    """
    if indicator.compute is not None:
        above, below = indicator.compute(ledger)
    else:
        above, below = (
            [
                (_weighted(term.flow, weight), term.sign * amount(ledger, term, weights.get(weight), indicator.keep))
                for term in terms
            ]
            for terms, weight in zip((indicator.numerator, indicator.denominator), indicator.weights, strict=True)
        )
    if not indicator.cumulative:
        return above, below
    return _cumulated(above), _cumulated(below)


def _cumulated(side: Sequence[Amount]) -> list[Amount]:
    return [(flow, np.cumsum(values, axis=0)) for flow, values in side]


def evaluate(indicator: Indicator, ledger: Ledger, weights: Weights) -> Array:
    """Compute an indicator: the sum of what stands above the line, divided by that of what stands below it.

    Parameters
    ----------
    indicator
        Which.
    ledger
        Flows and stocks of a run.
    weights
        Name → dimension → weight by label, for indicators that count only some chemistries.

    Returns
    -------
    numpy.ndarray
        (year, kept dimensions, region, member), NaN where the denominator is zero.
    """
    above, below = parts(indicator, ledger, weights)
    return ratio(added(above), added(below)) if below else added(above)


def added(side: Sequence[Amount]) -> Array:
    """Add up one side of the line."""
    result: Array = np.zeros(1)
    for _, values in side:
        result = result + values
    return result

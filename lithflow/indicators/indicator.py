"""What an indicator is, and how it is computed from the ledger of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lithflow.chain.ledger import Ledger
from lithflow.indicators.terms import Term, ratio, total

__all__ = ["Indicator", "evaluate"]

Array = npt.NDArray[np.float64]
Weights = Mapping[str, Mapping[str, Array]]


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    Parameters
    ----------
    name
        Name in code, files and output.
    meaning
        One sentence.
    numerator, denominator
        Terms of a ratio; empty for an indicator that is computed otherwise.
    unit
        Unit of the values, ``1`` for a ratio; shown as percent.
    cumulative
        Whether both sums run from the first year.
    weights
        Name of the weights by chemistry that the numerator and the denominator take.
    keep
        Dimensions beyond the year, such as the metal.
    compute
        The function of an indicator that is no plain ratio.
    """

    name: str
    meaning: str
    numerator: tuple[Term, ...] = ()
    denominator: tuple[Term, ...] = ()
    unit: str = "1"
    cumulative: bool = False
    weights: tuple[str, str] = ("", "")
    keep: tuple[str, ...] = ()
    compute: Callable[[Ledger], Array] | None = None

    def formula(self) -> str:
        """Say which flows stand above and below the line."""
        if self.compute is not None:
            return (self.compute.__doc__ or "").strip()
        above, below = (" ".join(map(str, terms)).removeprefix("+ ") for terms in (self.numerator, self.denominator))
        return f"({above}) / ({below})" if below else above


def evaluate(indicator: Indicator, ledger: Ledger, weights: Weights) -> Array:
    """Compute an indicator.

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
    if indicator.compute is not None:
        return indicator.compute(ledger)
    above = total(ledger, indicator.numerator, weights.get(indicator.weights[0]), indicator.keep)
    if not indicator.denominator:
        return np.cumsum(above, axis=0) if indicator.cumulative else above
    below = total(ledger, indicator.denominator, weights.get(indicator.weights[1]), indicator.keep)
    if indicator.cumulative:
        above, below = np.cumsum(above, axis=0), np.cumsum(below, axis=0)
    return ratio(above, below)

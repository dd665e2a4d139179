"""Sums of ledger variables, out of which indicators are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lithflow.chain.ledger import EXTRA, Ledger
from lithflow.chain.variables import VARIABLES

__all__ = ["Term", "amount", "ratio", "total"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Term:
    """One variable of the ledger, summed over everything but year, region and member.

    Parameters
    ----------
    variable
        Name in the variable table.
    where
        Dimension → the label, or labels, that count; all where a dimension isn't named.
    sign
        +1 or −1.
    change
        Whether the yearly change of a stock is meant.
    """

    variable: str
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sign: int = 1
    change: bool = False

    @classmethod
    def of(cls, variable: str, *, sign: int = 1, change: bool = False, **where: str | tuple[str, ...]) -> Term:
        """Make a term, ``Term.of("batteries_collected", channel="formal")``."""
        chosen = {dim: (labels,) if isinstance(labels, str) else labels for dim, labels in where.items()}
        return cls(variable, tuple(chosen.items()), sign, change)

    @property
    def flow(self) -> str:
        """The variable with its labels, as text without a sign."""
        chosen = ", ".join("+".join(labels) for _, labels in self.where)
        text = f"{self.variable}[{chosen}]" if chosen else self.variable
        return f"change of {text}" if self.change else text

    def __str__(self) -> str:
        """Return the term as text."""
        return ("− " if self.sign < 0 else "+ ") + self.flow


def total(
    ledger: Ledger, terms: Sequence[Term], weights: Mapping[str, Array] | None = None, keep: tuple[str, ...] = ()
) -> Array:
    """Add terms up.

    Parameters
    ----------
    ledger
        Where the values are.
    terms
        Terms of one layer, so of one unit.
    weights
        Dimension → weight of each of its labels; variables with that dimension are weighted before they are summed.
    keep
        Dimensions that are not summed; every variable has them.

    Returns
    -------
    numpy.ndarray
        Canonical unit, (year, kept dimensions, region, member) with length 1 for the last two where the run doesn't
        have them.
    """
    result: Array = np.zeros(1)
    for term in terms:
        result = result + term.sign * amount(ledger, term, weights, keep)
    return result


def ratio(part: Array, whole: Array | np.float64) -> Array:
    """Divide; not a number where there is nothing to divide by."""
    part, whole = np.broadcast_arrays(part, whole)
    result: Array = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0.0)
    return result


def amount(ledger: Ledger, term: Term, weights: Mapping[str, Array] | None = None, keep: tuple[str, ...] = ()) -> Array:
    """Give what one term amounts to, without its sign; arguments and result as in `total`."""
    weights = weights or {}
    values = ledger.values(term.variable)
    dims = list(ledger.dims(term.variable))
    labels = ledger.arrays[term.variable].coords
    for dim, chosen in term.where:
        axis = dims.index(dim)
        own = labels[dim].values.tolist()
        values = values.take([own.index(label) for label in chosen], axis=axis)
    for dim in VARIABLES[term.variable].dims[1:]:
        if dim in keep:
            continue
        axis = dims.index(dim)
        values = np.tensordot(values, weights[dim], axes=(axis, 0)) if dim in weights else values.sum(axis=axis)
        dims.remove(dim)
    present = [values.shape[dims.index(dim)] if dim in dims else 1 for dim in EXTRA]
    kept = [values.shape[dims.index(dim)] for dim in keep]
    values = values.reshape(values.shape[0], *kept, *present)
    return np.diff(values, axis=0, prepend=0.0) if term.change else values

"""Concentration of imports by origin: Herfindahl–Hirschman index, shares of the largest, supply without the largest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lithflow.chain.ledger import Ledger
from lithflow.indicators.indicator import Amount, Parts
from lithflow.indicators.terms import Term, amount, ratio, total

__all__ = ["herfindahl_hirschman", "share_of_largest", "without_largest"]

Array = npt.NDArray[np.float64]
Compute = Callable[[Ledger], Parts]


def herfindahl_hirschman(imports: tuple[Term, ...]) -> Compute:
    """Make the index of terms that have an origin: imports weighted by the origin's own share, over imports."""

    def index(ledger: Ledger) -> Parts:
        """Sum of the squared shares of origins in imported lithium (concentrate and salts); 1 is a single origin."""
        by_origin = _by_origin(ledger, imports)
        shares = ratio(by_origin, by_origin.sum(axis=1, keepdims=True))
        return _named(ledger, imports, by_origin * shares, " × its share"), _named(ledger, imports, by_origin)

    return index


def share_of_largest(count: int, imports: tuple[Term, ...]) -> Compute:
    """Make the share of the largest origins."""

    def share(ledger: Ledger) -> Parts:
        by_origin = _by_origin(ledger, imports)
        return (
            _named(ledger, imports, np.where(_rank(by_origin) < count, by_origin, 0.0)),
            _named(ledger, imports, by_origin),
        )

    share.__doc__ = f"Share of the largest {count} origins in imported lithium (concentrate and salts)."
    return share


def without_largest(imports: tuple[Term, ...], home: tuple[Term, ...]) -> Compute:
    """Make the supply without the largest origin, over all supply."""

    def left(ledger: Ledger) -> Parts:
        """Home and imported lithium left without the largest origin, relative to all of it (N−1)."""
        by_origin = _by_origin(ledger, imports)
        at_home = [(term.flow, term.sign * amount(ledger, term)) for term in home]
        others = np.where(_rank(by_origin) > 0, by_origin, 0.0)
        return (
            [*at_home, *_named(ledger, imports, others)],
            [*at_home, *_named(ledger, imports, by_origin)],
        )

    return left


def _by_origin(ledger: Ledger, imports: tuple[Term, ...]) -> Array:
    """Lithium by origin, (year, origin, region, member)."""
    return total(ledger, imports, keep=("origin",))


def _rank(by_origin: Array) -> Array:
    """Give the place of each origin in its year, 0 for the largest."""
    order = np.argsort(-by_origin, axis=1, kind="stable")
    return np.argsort(order, axis=1, kind="stable").astype(float)


def _named(ledger: Ledger, imports: tuple[Term, ...], values: Array, more: str = "") -> list[Amount]:
    """Give one amount for each origin."""
    flows = " + ".join(term.flow for term in imports)
    origins = ledger.arrays[imports[0].variable].coords["origin"].values.tolist()
    return [(f"{flows} [{origin}]{more}", values[:, i]) for i, origin in enumerate(origins)]

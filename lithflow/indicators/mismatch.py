"""Mismatch of what is repaired with what is made: cathode of a chemistry beyond its share in the cathode made."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lithflow.chain.ledger import Ledger
from lithflow.indicators.indicator import Parts
from lithflow.indicators.terms import Term, ratio, total

__all__ = ["chemistry_mismatch"]


def chemistry_mismatch(repaired: Term, made: tuple[Term, ...]) -> Callable[[Ledger], Parts]:
    """Make the amount of repaired cathode that would have to be of another chemistry."""

    def mismatch(ledger: Ledger) -> Parts:
        """Repaired cathode that would have to be of another chemistry to match the mix of the cathode made at home."""
        back, wanted = (total(ledger, terms, keep=("chemistry",)) for terms in ((repaired,), made))
        share = ratio(wanted, wanted.sum(axis=1, keepdims=True))
        beyond = np.maximum(back - share * back.sum(axis=1, keepdims=True), 0.0)
        chemistries = ledger.arrays[repaired.variable].coords["chemistry"].values.tolist()
        named = (f"{repaired.flow} [{chemistry}] beyond its share in what is made" for chemistry in chemistries)
        return [(name, beyond[:, place]) for place, name in enumerate(named)], []

    return mismatch

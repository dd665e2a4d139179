"""What a run's balances came to: the worst residual of each, and the error of a run that doesn't balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lithflow.chain.variables import Layer
from lithflow.errors import LithflowError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TOLERANCE", "Certificate", "Entry", "MassBalanceError"]

TOLERANCE = 1e-10
"""The largest residual of a balance, relative to the largest flow of the same process, year, region and member."""


class MassBalanceError(LithflowError):
    """The ledger doesn't balance.

    Attributes
    ----------
    process, year, layer
        The worst cell.
    size
        Its residual, relative to the largest flow there; NaN where a flow is not a number.
    """

    def __init__(self, process: str, year: int, layer: str, size: float, detail: str) -> None:
        self.process, self.year, self.layer, self.size = process, year, layer, size
        super().__init__(f"mass balance of {process} in {year}, layer {layer}: {detail}")


@dataclass(frozen=True)
class Entry:
    """The worst residual of one balance.

    Parameters
    ----------
    route
        ``process``, ``cohort``, ``whole``, ``trade`` or ``world``.
    name
        Process; for cohorts, ``production year``.
    layer
        Layer balanced.
    year
        Year, or production year, of the worst cell.
    residual
        Its absolute residual, in the canonical unit of the layer's flows.
    relative
        The same, relative to the largest flow there.
    place
        Position of the worst cell along the further dimensions of the balance.
    by_member
        Whether the last of these is the member.
    """

    route: str
    name: str
    layer: Layer
    year: int
    residual: float
    relative: float
    place: tuple[int, ...] = ()
    by_member: bool = False


@dataclass(frozen=True)
class Certificate:
    """Proof that a run's flows and stocks balance.

    Parameters
    ----------
    entries
        The worst residual of every balance that was taken.
    cells
        How many single balances were taken.
    """

    entries: tuple[Entry, ...]
    cells: int

    @property
    def worst(self) -> Entry:
        """The entry with the largest relative residual."""
        return max(self.entries, key=lambda entry: entry.relative if entry.relative == entry.relative else np.inf)

    @property
    def ok(self) -> bool:
        """Whether every residual is within the tolerance; NaN is not."""
        return all(entry.relative <= TOLERANCE for entry in self.entries)

    @classmethod
    def joined(cls, parts: Sequence[tuple[int, Certificate]]) -> Certificate:
        """Join the certificates of blocks of members: the worst of each balance.

        Parameters
        ----------
        parts
            Place of the first member of each block, and its certificate.
        """
        kinds = zip(*([_moved(entry, first) for entry in part.entries] for first, part in parts), strict=True)
        entries = tuple(max(same, key=lambda entry: entry.relative) for same in kinds)
        return cls(entries, sum(part.cells for _, part in parts))

    def beside(self, other: Certificate) -> Certificate:
        """Add the balances by production year of another certificate.

        Parameters
        ----------
        other
            That of some members followed by production year.
        """
        more = tuple(entry for entry in other.entries if entry.route == "cohort")
        return Certificate((*self.entries, *more), self.cells + other.cells)

    def table(self) -> pd.DataFrame:
        """Give the entries as a table."""
        import pandas as pd

        return pd.DataFrame([vars(entry) for entry in self.entries])

    def __str__(self) -> str:
        """Return one line."""
        worst = self.worst
        return (
            f"balance proved: {self.cells:,} balances of {len(self.entries)} kinds, worst relative residual "
            f"{worst.relative:.1e} ({worst.name}, {worst.layer}, {worst.year})"
        )


def _moved(entry: Entry, members: int) -> Entry:
    """Give an entry its place among all members."""
    return replace(entry, place=(*entry.place[:-1], entry.place[-1] + members)) if entry.by_member else entry

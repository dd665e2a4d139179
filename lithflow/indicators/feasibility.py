"""Years in which demand stays unmet: every indicator of such a year speaks of a chain that can't be as it is wanted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lithflow.chain.ledger import Ledger
from lithflow.chain.variables import VARIABLES
from lithflow.indicators.terms import Term, total

__all__ = ["infeasible"]

SHORTAGE = "shortage"
"""The virtual process that unmet demand comes from."""


def infeasible(ledger: Ledger) -> npt.NDArray[np.bool_]:
    """Tell in which years something comes from shortage, as nobody delivers it.

    Parameters
    ----------
    ledger
        Flows of a run.

    Returns
    -------
    numpy.ndarray
        (year, region, member), of length 1 for the last two where the run doesn't have them.
    """
    unmet = [Term.of(name) for name, variable in VARIABLES.items() if variable.source == SHORTAGE]
    flagged: npt.NDArray[np.bool_] = total(ledger, unmet) > 0.0
    return flagged

"""Recycled content of active materials, as Regulation (EU) 2023/1542 defines it in article 8.

It is the share of lithium, nickel or cobalt present in the active materials of a battery that was recovered from
battery manufacturing waste or post-consumer waste. Cathode material and metal anodes are counted, electrolyte is not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lithflow.chain.ledger import Ledger
from lithflow.indicators.indicator import Parts
from lithflow.indicators.recycling import SCRAP
from lithflow.indicators.terms import Term, amount, ratio, total

__all__ = ["lithium_content", "metal_content"]

Array = npt.NDArray[np.float64]


def lithium_content(used_salts: tuple[Term, ...]) -> Callable[[Ledger], Parts]:
    """Make the recycled content of the lithium in active materials entering cells at home.

    Recovered salts are spread evenly over all salts used at home, and imported cathode material counts as primary, as
    its recycled share is not given. Old scrap, new scrap and imported black mass count alike, and stand apart.

    Parameters
    ----------
    used_salts
        Salts used at home, for whatever purpose.
    """

    def content(ledger: Ledger) -> Parts:
        """Recovered lithium, of any origin, in cathode material and metal anodes entering cells, of all lithium in
        them: repaired cathode, and recovered salts spread evenly over salts used; imported cathode counts as
        primary."""
        cathode, anode, imported, salts = (
            total(ledger, [Term.of(name)])
            for name in ("cathode_to_cells", "anode_to_cells", "cathode_imported", "salts_to_cathode")
        )
        repaired, recovered = (_by_scrap(ledger, name) for name in ("cathode_repaired", "salts_recovered"))
        # repair loses no cathode, making it of salts does
        of_salts = salts - total(ledger, [Term.of("cathode_losses")])
        made = sum(repaired.values()) + of_salts
        used = total(ledger, used_salts)
        # salts beyond those used at home are not in active materials here
        in_salts = _at_most(recovered, used)
        above = []
        for scrap in SCRAP:
            share = _share(in_salts[scrap], used)
            above += [
                (
                    f"cathode_to_cells × share of cathode_repaired[{scrap}] in it",
                    cathode * _share(repaired[scrap], made),
                ),
                (
                    f"cathode_to_cells × share of salts_recovered[{scrap}] in it",
                    cathode * _share(of_salts, made) * share,
                ),
                (f"anode_to_cells × share of salts_recovered[{scrap}] in it", anode * share),
            ]
        return above, [("cathode_to_cells", cathode), ("cathode_imported", imported), ("anode_to_cells", anode)]

    return content


def metal_content(ledger: Ledger) -> Parts:
    """Metal recovered, of any origin and at most what cells take, of metal entering cell making; all that is recovered
    is taken to return to active materials."""
    entering = total(ledger, [Term.of("metals_to_cells")], keep=("metal",))
    returning = _at_most(_by_scrap(ledger, "metals_recovered", keep=("metal",)), entering)
    above = [(f"metals_recovered[{scrap}], at most what cells take", amount) for scrap, amount in returning.items()]
    return above, [("metals_to_cells", entering)]


def _by_scrap(ledger: Ledger, flow: str, keep: tuple[str, ...] = ()) -> dict[str, Array]:
    """Give what is recovered from old scrap, new scrap and imported black mass."""
    return {scrap: amount(ledger, Term.of(flow, scrap=scrap), keep=keep) for scrap in SCRAP}


def _at_most(parts: dict[str, Array], most: Array) -> dict[str, Array]:
    """Take of all parts alike what together is no more than there is room for."""
    taken = np.minimum(_share(most, sum(parts.values(), np.zeros(1))), 1.0)
    return {name: taken * part for name, part in parts.items()}


def _share(part: Array, whole: Array) -> Array:
    """Divide; zero where there is nothing of the whole."""
    return np.nan_to_num(ratio(part, whole))

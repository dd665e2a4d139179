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
from lithflow.indicators.terms import Term, amount, ratio, total

__all__ = ["lithium_content", "metal_content"]

Array = npt.NDArray[np.float64]


def lithium_content(recovered_salts: Term, used_salts: tuple[Term, ...]) -> Callable[[Ledger], Parts]:
    """Make the recycled content of the lithium in active materials entering cells at home.

    Recovered salts are spread evenly over all salts used at home, and imported cathode material counts as primary, as
    its recycled share is not given.

    Parameters
    ----------
    recovered_salts
        Salts from all waste, old, new and imported.
    used_salts
        Salts used at home, for whatever purpose.
    """

    def content(ledger: Ledger) -> Parts:
        """Recovered lithium in cathode material and metal anodes entering cells, of all lithium in them: repaired
        cathode, and recovered salts spread evenly over salts used; imported cathode counts as primary."""
        cathode, anode, imported, salts, repaired = (
            total(ledger, [Term.of(name)])
            for name in (
                "cathode_to_cells",
                "anode_to_cells",
                "cathode_imported",
                "salts_to_cathode",
                "cathode_repaired",
            )
        )
        # salts beyond those used at home are not in active materials here
        in_salts = np.minimum(_share(amount(ledger, recovered_salts), total(ledger, used_salts)), 1.0)
        made = repaired + salts
        return (
            [
                ("cathode_to_cells × share of cathode_repaired in it", cathode * _share(repaired, made)),
                ("cathode_to_cells × share of recovered salts in it", cathode * _share(salts, made) * in_salts),
                ("anode_to_cells × share of recovered salts in it", anode * in_salts),
            ],
            [("cathode_to_cells", cathode), ("cathode_imported", imported), ("anode_to_cells", anode)],
        )

    return content


def metal_content(ledger: Ledger) -> Parts:
    """Metal recovered, at most what cells take, of metal entering cell making; all that is recovered is taken to
    return to active materials."""
    entering = total(ledger, [Term.of("metals_to_cells")], keep=("metal",))
    recovered = total(ledger, [Term.of("metals_recovered")], keep=("metal",))
    return [("metals_recovered, at most what cells take", np.minimum(recovered, entering))], [
        ("metals_to_cells", entering)
    ]


def _share(part: Array, whole: Array) -> Array:
    """Divide; zero where there is nothing of the whole."""
    return np.nan_to_num(ratio(part, whole))

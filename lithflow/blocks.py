"""A run with many members: blocks of them, on all processors, joined into one ledger."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from lithflow.arrays import options, unit_of, value
from lithflow.balance import Certificate
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.units import Unit

__all__ = ["run_members"]

BLOCK = 48
"""Members worked on together at most: enough that labels cost little, and few enough that a block stays small."""

Work = Callable[[Setting], tuple[Ledger, Certificate]]


def run_members(setting: Setting, work: Work) -> tuple[Ledger, Certificate]:
    """Run members in blocks, and the first and the worst of them alone by production year.

    Parameters
    ----------
    setting
        With the dimension ``member``, without production years.
    work
        Runs and proves one setting.

    Returns
    -------
    Ledger
        Every variable, for all members.
    Certificate
        The worst of all members; balances by production year of the first and the worst one.

    Raises
    ------
    LithflowError
        As `work` does; the first block that fails stops the others.
    """
    count = len(setting.axes.labels("member"))
    # blocks of like size, so that no processor is left with a whole one at the end
    pieces = -(-count // BLOCK)
    bounds = [count * piece // pieces for piece in range(pieces + 1)]
    blocks = [slice(first, last) for first, last in itertools.pairwise(bounds)]
    gathered = _Gathered(setting, count)

    def run(block: slice) -> tuple[int, Certificate]:
        with options():
            ledger, certificate = work(setting.of_members(block))
        gathered.take(ledger, block)
        return block.start, certificate

    with ThreadPoolExecutor(min(os.cpu_count() or 1, pieces)) as pool:
        running = [pool.submit(run, block) for block in blocks]
        try:
            parts = [future.result() for future in running]
        finally:
            # where a block fails those that wait needn't start
            pool.shutdown(cancel_futures=True)
    ledger = gathered.ledger()
    if not any("member" in array.dims for array in ledger.arrays.values()):
        # nothing that is posted depends on what the members differ in
        return ledger, parts[0][1].beside(work(setting.of_member(0))[1])
    certificate = Certificate.joined(parts)
    for place in dict.fromkeys((0, certificate.worst.place[-1])):
        certificate = certificate.beside(work(setting.of_member(place))[1])
    return ledger, certificate


class _Gathered:
    """Arrays of all members, filled block by block."""

    def __init__(self, setting: Setting, members: int) -> None:
        self.setting = setting
        self.members = members
        self.arrays: dict[str, tuple[npt.NDArray[np.float64], tuple[str, ...], Unit]] = {}

    def take(self, ledger: Ledger, block: slice) -> None:
        """Copy what a block gave; what has no members is the same in all blocks."""
        for name, array in ledger.arrays.items():
            dims, unit = ledger.dims(name), unit_of(array)
            values = value(array, unit)
            several = "member" in dims
            shape = (*values.shape[:-1], self.members) if several else values.shape
            # setdefault is atomic, so blocks that come at once share one array
            whole = self.arrays.setdefault(name, (np.empty(shape), dims, unit))[0]
            whole[(..., block) if several else ...] = values

    def ledger(self) -> Ledger:
        """Give what was gathered as one ledger."""
        ledger = Ledger()
        for name, (values, dims, unit) in self.arrays.items():
            ledger.arrays[name] = self.setting.axes.wrap(values, dims, unit)
        return ledger

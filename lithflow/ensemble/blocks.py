"""A run with many members: blocks of them, on all processors."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import xarray as xr

from lithflow.arrays import options, unit_of, value
from lithflow.certificate import Certificate
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.units import Unit

__all__ = ["Gathered", "run_blocks", "run_members"]

BLOCK = 170
"""Members worked on together at most: enough that labels cost little, and few enough that a block stays small."""

Work = Callable[[Setting], tuple[Ledger, Certificate]]
"""Runs and proves one setting."""

Take = Callable[[Setting, Ledger, slice], None]
"""Takes what is wanted of a block: its setting, its ledger and the places of its members; called by several threads."""


def run_blocks(setting: Setting, work: Work, take: Take) -> Certificate:
    """Run members in blocks, and the first and the worst of them alone by production year.

    Parameters
    ----------
    setting
        With the dimension ``member``, without production years.
    work
        Runs and proves one setting.
    take
        Takes what is wanted of each block, which is forgotten then.

    Returns
    -------
    Certificate
        The worst of all members; balances by production year of the first and the worst one.

    Raises
    ------
    LithflowError
        As `work` does; blocks that wait don't start after one has failed.
    """
    count = len(setting.axes.labels("member"))
    # blocks of like size, so that no processor is left with a whole one at the end
    pieces = -(-count // BLOCK)
    bounds = [count * piece // pieces for piece in range(pieces + 1)]
    blocks = [slice(first, last) for first, last in itertools.pairwise(bounds)]

    def run(block: slice) -> tuple[int, Certificate]:
        with options():
            part = setting.of_members(block)
            ledger, certificate = work(part)
            take(part, ledger, block)
        return block.start, certificate

    def alone(member: int) -> Certificate:
        with options():
            return work(setting.of_member(member))[1]

    with ThreadPoolExecutor(min(os.cpu_count() or 1, pieces)) as pool:
        running = [pool.submit(run, block) for block in blocks]
        first = pool.submit(alone, 0)
        try:
            parts = [future.result() for future in running]
            joined = Certificate.joined(parts)
            certificate = joined.beside(first.result())
        finally:
            pool.shutdown(cancel_futures=True)
    worst = joined.worst
    if worst.by_member and worst.place[-1] > 0:
        certificate = certificate.beside(alone(worst.place[-1]))
    return certificate


class Gathered:
    """Arrays of all members, filled block by block.

    Parameters
    ----------
    setting
        The setting of all members.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._members = len(setting.axes.labels("member"))
        self._arrays: dict[str, tuple[npt.NDArray[np.float64], tuple[str, ...], Unit]] = {}
        self._varied: set[str] = set()

    def take(self, arrays: Mapping[str, xr.DataArray], block: slice) -> None:
        """Copy arrays of a block; what has no members is the same in all blocks.

        Parameters
        ----------
        arrays
            Name → quantities, with the dimension ``member`` last if at all.
        block
            The places of its members.
        """
        for name, array in arrays.items():
            dims, unit = tuple(map(str, array.dims)), unit_of(array)
            values = np.asarray(value(array, unit))
            if "member" in dims:
                dims = dims[:-1]
                self._varied.add(name)
            else:
                # another block may vary where this one doesn't
                values = values[..., None]
            # setdefault is atomic, so blocks that come at once share one array
            whole = self._arrays.setdefault(name, (np.empty((*values.shape[:-1], self._members)), dims, unit))[0]
            whole[..., block] = values

    def arrays(self) -> dict[str, xr.DataArray]:
        """Give what was gathered: name → quantities, of all members where they differ."""
        made = {}
        for name, (values, dims, unit) in self._arrays.items():
            # blocks of one member have no axis of members
            alike = np.broadcast_to(values[..., :1], values.shape)
            if name in self._varied or not np.array_equal(values, alike, equal_nan=True):
                made[name] = self._setting.axes.wrap(values, (*dims, "member"), unit)
            else:
                made[name] = self._setting.axes.wrap(values[..., 0].copy(), dims, unit)
        return made


def run_members(setting: Setting, work: Work) -> tuple[Ledger, Certificate]:
    """Run members in blocks and keep everything.

    Parameters
    ----------
    setting, work
        As for `run_blocks`.

    Returns
    -------
    Ledger
        Every variable, for all members.
    Certificate
        As from `run_blocks`.
    """
    gathered = Gathered(setting)
    certificate = run_blocks(setting, work, lambda _, ledger, block: gathered.take(ledger.arrays, block))
    ledger = Ledger()
    ledger.arrays.update(gathered.arrays())
    return ledger, certificate

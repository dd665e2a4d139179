"""Indicators of a run as labelled quantities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from lithflow.chain.ledger import EXTRA, Ledger
from lithflow.chain.setting import Setting
from lithflow.errors import InputError
from lithflow.indicators.definitions import INDICATORS
from lithflow.indicators.indicator import Weights, evaluate

__all__ = ["indicator_of", "labelled_values", "weights_of"]


def weights_of(setting: Setting) -> Weights:
    """Tell which chemistries count for the indicators that count only some."""
    found = {}
    for name in ("ternary", "high_nickel"):
        flags = setting.lanes(setting[f"materials.is_{name}"], "1", ("chemistry",))
        if flags[0].size > 1:
            raise InputError(f"materials.is_{name}: a definition, the same in all regions and members")
        found[name] = {"chemistry": flags.ravel()}
    return found


def indicator_of(name: str, setting: Setting, ledger: Ledger, weights: Weights) -> xr.DataArray:
    """Evaluate an indicator.

    Parameters
    ----------
    name
        A name of `INDICATORS`.
    setting, ledger
        Of a run.
    weights
        From `weights_of`.

    Returns
    -------
    xarray.DataArray
        Quantities, (year, what the indicator keeps), region and member if the run has them.
    """
    indicator = INDICATORS[name]
    return labelled_values(evaluate(indicator, ledger, weights), ("year", *indicator.keep), indicator.unit, setting)


def labelled_values(
    values: npt.NDArray[np.float64], dims: tuple[str, ...], unit: str, setting: Setting
) -> xr.DataArray:
    """Label values whose last two axes are region and member, of length 1 where the run doesn't have them."""
    sizes = dict(zip(EXTRA, values.shape[len(dims) :], strict=False))
    shape = (*values.shape[: len(dims)], *(sizes.get(dim, 1) for dim in setting.extra))
    return setting.wrap(values.reshape(shape), dims, unit)

"""Year paths: a few given years become a value for every model year."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lithflow.inputs.declaration import PathKind

__all__ = ["expand"]

Floats = NDArray[np.float64]


def expand(given_years: NDArray[np.int64], given: Floats, years: NDArray[np.int64], kind: PathKind) -> Floats:
    """Find the value of every model year from those of the given years; flat before the first and after the last.

    Parameters
    ----------
    given_years
        Years in rising order, shape (given,).
    given
        Values, shape (given, …); NaN where a year is not given for a cell. A cell with NaN only stays NaN.
    years
        Model years in rising order, shape (year,).
    kind
        ``step``: a value holds until the next given year; ``linear``; ``logistic``: linear in ln(v/(1−v)).

    Returns
    -------
    ndarray
        Shape (year, …).

    Raises
    ------
    ValueError
        A logistic path with a value outside 0 < v < 1.
    """
    flat = given.reshape(len(given_years), -1)
    if kind == "logistic":
        known = flat[~np.isnan(flat)]
        if known.size and (known.min() <= 0.0 or known.max() >= 1.0):
            raise ValueError("a logistic path needs values above 0 and below 1 in every given year")
        flat = np.log(flat / (1.0 - flat))
    result = np.empty((len(years), flat.shape[1]))
    missing = np.isnan(flat)
    if not missing.any():
        result[:] = _through(given_years, flat, years, kind)
    else:
        patterns, which = np.unique(missing, axis=1, return_inverse=True)
        which = which.reshape(-1)
        for number in range(patterns.shape[1]):
            cells = which == number
            rows = ~patterns[:, number]
            if rows.any():
                result[:, cells] = _through(given_years[rows], flat[np.ix_(rows, cells)], years, kind)
            else:
                result[:, cells] = np.nan
    if kind == "logistic":
        result = 1.0 / (1.0 + np.exp(-result))
    return result.reshape(len(years), *given.shape[1:])


def _through(given_years: NDArray[np.int64], given: Floats, years: NDArray[np.int64], kind: PathKind) -> Floats:
    after = np.searchsorted(given_years, years, side="right")
    before = np.clip(after - 1, 0, None)
    if kind == "step":
        return given[before]
    after = np.clip(after, None, len(given_years) - 1)
    gap = given_years[after] - given_years[before]
    weight = np.where(gap > 0, (years - given_years[before]) / np.where(gap > 0, gap, 1), 0.0)
    weight = weight.reshape(-1, *(1,) * (given.ndim - 1))
    return given[before] * (1.0 - weight) + given[after] * weight

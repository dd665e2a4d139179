"""Draws of uncertain parameters: every member is a set of values within the stated ranges and physical bounds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lithflow.errors import InputError, UnknownNameError, nearest
from lithflow.inputs.bounds import bounds, factor_of
from lithflow.inputs.dimensions import REGION
from lithflow.inputs.ranges import Beta, Dirichlet, LogNormal, Normal, Pert, Range, Triangular, Uniform
from lithflow.inputs.records import Record

if TYPE_CHECKING:
    import xarray as xr

    from lithflow.axes import Axes
    from lithflow.inputs.inputs import Inputs

__all__ = ["correlation_matrix", "draw", "quantile", "sample", "uniform_draws"]

Floats = NDArray[np.float64]


def sample(
    inputs: Inputs, members: int, *, seed: int, scenario: str = "baseline", names: Iterable[str] | None = None
) -> dict[str, xr.DataArray]:
    """Draw members of the uncertain parameters.

    Parameters
    ----------
    inputs
        What was read.
    members
        How many draws.
    seed
        Start of the random numbers; the same seed gives the same draws.
    scenario
        Scenario whose values are the middle of the ranges.
    names
        Parameters to vary; all that have a range unless given.

    Returns
    -------
    dict of str to xarray.DataArray
        Parameter to quantities with the dimension ``member`` last, after ``region`` where the scenario gives regions
        values of their own, read-only; they can be given as overrides.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InputError
        If a named parameter has no range, or `members` or `seed` is no number of draws, or no seed.
    """
    if not isinstance(members, (int, np.integer)) or members < 1:
        raise InputError(f"members: expected a whole number of one or more, got {members!r}")
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InputError(f"seed: expected a whole number of zero or more, got {seed!r}")
    chosen = _chosen(inputs, names)
    parameters = inputs.parameters(scenario)
    axes = parameters.axes.extended({"member": np.arange(members)})
    uniform = uniform_draws(correlation_matrix(inputs.records, chosen), members, np.random.default_rng([seed, 0]))
    place = {name: number for number, name in enumerate(inputs.records)}

    def drawn(name: str, own: Floats) -> xr.DataArray:
        return _drawn(inputs.records[name], parameters[name], own, [seed, 1, place[name]], axes)

    # each parameter has random numbers of its own, so the order in which threads come doesn't matter
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(zip(chosen, pool.map(drawn, chosen, uniform), strict=True))


def _drawn(record: Record, array: xr.DataArray, uniform: Floats, own: list[int], axes: Axes) -> xr.DataArray:
    """Draw members of one parameter around its values in a scenario."""
    from lithflow.arrays import bare
    from lithflow.units import canonical_unit

    unit, dims = canonical_unit(record.declaration.unit), record.declaration.dims
    by_region = (REGION,) if REGION in array.dims else ()
    middle = bare(array, unit, (*by_region, *dims))
    if by_region:
        members = np.stack([_in_region(record, each, uniform, own) for each in middle], axis=-2)
    else:
        members = draw(record, middle, uniform, np.random.default_rng(own))
    members = np.ascontiguousarray(members)
    members.flags.writeable = False
    return axes.wrap(members, (*dims, *by_region, "member"), unit)


def _in_region(record: Record, middle: Floats, uniform: Floats, own: list[int]) -> Floats:
    """Draw members around the values of a region: what is high in one region is high in the others.

    A range that is stated in the unit of the record is that of the record's own values; those of the region move in
    proportion to them, and by as much where the record's are zero.
    """
    stated = record.uncertainty
    if isinstance(stated, (Dirichlet, LogNormal)) or getattr(stated, "relative", False):
        return draw(record, middle, uniform, np.random.default_rng(own))
    base = np.asarray(record.array)[..., np.newaxis]
    drawn = draw(record, record.array, uniform, np.random.default_rng(own))
    factor = np.divide(drawn, base, out=np.ones_like(drawn), where=base != 0.0)
    moved = middle[..., np.newaxis] * factor + np.where(base == 0.0, drawn, 0.0)
    return np.clip(moved, *bounds(record.declaration))


def _chosen(inputs: Inputs, names: Iterable[str] | None) -> list[str]:
    ranged = [name for name, record in inputs.records.items() if record.uncertainty is not None]
    if names is None:
        return ranged
    chosen = list(dict.fromkeys(names))
    for name in chosen:
        if name not in inputs.records:
            raise UnknownNameError(f"unknown parameter `{name}`{nearest(name, inputs.records)}")
        if name not in ranged:
            raise InputError(f"`{name}` has no range; add `uncertainty` to its record")
    return chosen


def correlation_matrix(records: Mapping[str, Record], names: list[str]) -> Floats:
    """Collect the stated correlations.

    Parameters
    ----------
    records
        Every parameter.
    names
        Parameters in the order of rows and columns.

    Returns
    -------
    ndarray
        Shape (name, name), ones on the diagonal.
    """
    place = {name: number for number, name in enumerate(names)}
    matrix = np.eye(len(names))
    for name in names:
        stated = records[name].uncertainty
        for other, strength in (stated.correlated_with if stated is not None else {}).items():
            if other in place:
                matrix[place[name], place[other]] = matrix[place[other], place[name]] = strength
    return matrix


def uniform_draws(correlations: Floats, members: int, generator: np.random.Generator) -> Floats:
    """Draw uniform numbers, stratified over members (Latin hypercube), with rank correlations.

    Parameters
    ----------
    correlations
        Spearman's rank correlations, shape (name, name).
    members
        How many draws.
    generator
        Source of random numbers.

    Returns
    -------
    ndarray
        Shape (name, member), within 0 and 1. Independent rows are stratified exactly; correlated ones go through normal
        scores with Pearson's correlation 2·sin(π·ρ/6).

    Raises
    ------
    InputError
        If the correlations contradict one another.
    """
    from scipy.special import ndtr, ndtri

    count = len(correlations)
    strata = np.array([generator.permutation(members) for _ in range(count)]).reshape(count, members)
    uniform = (strata + generator.random((count, members))) / members
    normal = 2.0 * np.sin(np.pi * correlations / 6.0)
    np.fill_diagonal(normal, 1.0)
    tied = [row for row in range(count) if np.count_nonzero(normal[row]) > 1]
    if tied:
        try:
            lower = np.linalg.cholesky(normal[np.ix_(tied, tied)])
        except np.linalg.LinAlgError:
            raise InputError("the stated correlations contradict one another; weaken some of them") from None
        uniform[tied] = ndtr(lower @ ndtri(uniform[tied]))
    return uniform


def draw(record: Record, middle: Floats, uniform: Floats, generator: np.random.Generator) -> Floats:
    """Draw members of one parameter around its values.

    Parameters
    ----------
    record
        The parameter.
    middle
        Its values in canonical units, dimensions as declared.
    uniform
        A uniform number for each member, shape (member,): all labels and years of a member move together.
    generator
        Further random numbers, for shares.

    Returns
    -------
    ndarray
        Shape (…, member), within the physical bounds.

    Raises
    ------
    InputError
        If the parameter has no range.
    """
    stated = record.uncertainty
    if stated is None:
        raise InputError(f"`{record.name}` has no range; add `uncertainty` to its record")
    if isinstance(stated, Dirichlet):
        return _shares(record, stated, middle, len(uniform), generator)
    low, high = bounds(record.declaration)
    back = factor_of(record.unit, record.declaration.unit)
    values = np.asarray(middle)[..., np.newaxis]
    if stated.relative or isinstance(stated, LogNormal):
        # the factor's own limits, so that it is cut where the value would leave its bounds
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.where(values != 0.0, np.array([low, high]) / values, np.array([-np.inf, np.inf]))
        reach = _reach(stated)
        ends = np.sort(ends, axis=-1)
        ends[..., 0] = np.clip(ends[..., 0], reach[0], 1.0)
        ends[..., 1] = np.clip(ends[..., 1], 1.0, reach[1])
        # most values are far from their bounds and share one set of factors
        pairs, which = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
        factors = quantile(stated, uniform, np.ones(1), pairs[:, :1], pairs[:, 1:])
        drawn = values * factors[which.reshape(-1)].reshape(*np.shape(middle), len(uniform))
    else:
        drawn = quantile(stated, uniform, values / back, np.array(low / back), np.array(high / back)) * back
    return np.array(np.broadcast_to(np.clip(drawn, low, high), (*np.shape(middle), len(uniform))))


def _reach(stated: Range) -> tuple[float, float]:
    """Return the factors beyond which a relative range has nothing left to speak of."""
    if isinstance(stated, Normal):
        return 1.0 - 8.0 * stated.sd, 1.0 + 8.0 * stated.sd
    if isinstance(stated, LogNormal):
        return float(np.exp(-8.0 * stated.sd)), float(np.exp(8.0 * stated.sd))
    return (0.0, np.inf) if isinstance(stated, Dirichlet) else (stated.low, stated.high)


def quantile(stated: Range, uniform: Floats, middle: Floats, low: Floats, high: Floats) -> Floats:
    """Return quantiles of a range, cut to limits.

    Parameters
    ----------
    stated
        The range.
    uniform
        Probabilities.
    middle
        The value that the range is around: mean of a normal, median of a lognormal, peak of triangular and PERT.
    low, high
        Limits; the distribution between them is scaled to one.

    Returns
    -------
    ndarray
        The arguments broadcast against one another.

    Raises
    ------
    InputError
        If the range is of shares.
    """
    forward, backward = _functions(stated, middle)
    first, last = forward(np.asarray(low, dtype=np.float64)), forward(np.asarray(high, dtype=np.float64))
    return np.asarray(np.clip(backward(first + uniform * (last - first)), low, high))


def _functions(stated: Range, middle: Floats) -> tuple[Any, Any]:
    """Return distribution function and quantile function."""
    from scipy.special import betainc, betaincinv, ndtr, ndtri

    if isinstance(stated, Normal):
        return (lambda x: ndtr((x - middle) / stated.sd)), (lambda u: middle + stated.sd * ndtri(u))
    if isinstance(stated, LogNormal):

        def distribution(x: Floats) -> Floats:
            with np.errstate(divide="ignore", invalid="ignore"):
                logarithm = np.log(np.maximum(x, 0.0) / middle)
            return np.asarray(ndtr(logarithm / stated.sd))

        return distribution, (lambda u: middle * np.exp(stated.sd * ndtri(u)))
    if isinstance(stated, Dirichlet):
        raise InputError("shares are drawn together, not by quantiles")
    a, b = stated.low, stated.high
    width = b - a
    if width == 0.0:
        return (lambda x: np.zeros_like(x)), (lambda u: np.full(np.shape(u), a))
    if isinstance(stated, Uniform):
        return (lambda x: np.clip((x - a) / width, 0.0, 1.0)), (lambda u: a + width * u)
    if isinstance(stated, Triangular):
        peak = np.clip((middle - a) / width, 0.0, 1.0)

        def rising(x: Floats) -> Floats:
            z = np.clip((x - a) / width, 0.0, 1.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                left, right = z**2 / peak, 1.0 - (1.0 - z) ** 2 / (1.0 - peak)
            return np.where((z < peak) | (peak == 1.0), np.where(peak > 0.0, left, 0.0), right)

        def inverse(u: Floats) -> Floats:
            return np.asarray(
                a + width * np.where(u < peak, np.sqrt(u * peak), 1.0 - np.sqrt((1.0 - u) * (1.0 - peak)))
            )

        return rising, inverse
    first, second = _beta_shapes(stated, middle)
    return (
        (lambda x: betainc(first, second, np.clip((x - a) / width, 0.0, 1.0))),
        # the inverse gives NaN for the tiniest probabilities
        (lambda u: a + width * betaincinv(first, second, np.where(u < 1e-30, 0.0, u))),
    )


def _beta_shapes(stated: Beta | Pert, middle: Floats) -> tuple[Any, Any]:
    if isinstance(stated, Beta):
        return stated.alpha, stated.beta
    peak = np.clip((middle - stated.low) / (stated.high - stated.low), 0.0, 1.0)
    return 1.0 + stated.shape * peak, 1.0 + stated.shape * (1.0 - peak)


def _shares(record: Record, stated: Dirichlet, middle: Floats, members: int, generator: np.random.Generator) -> Floats:
    """Draw shares that sum to one, with the values as means; all years of a member move together."""
    from scipy.special import gammaincinv

    declaration = record.declaration
    summed = declaration.sums_to_one
    if summed is None:
        raise InputError(f"`{record.name}`: dirichlet is for shares that sum to one")
    by_year = "year" in declaration.dims
    flat = np.reshape(middle if by_year else middle[np.newaxis], (len(middle) if by_year else 1, -1))
    rows, which = np.unique(flat, axis=0, return_inverse=True)
    uniform = generator.random((flat.shape[1], members))
    drawn = np.zeros((len(rows), flat.shape[1], members))
    # each distinct year once, and only where there is a share: the inverse is slow
    row, cell = np.nonzero(rows > 0.0)
    drawn[row, cell] = gammaincinv(stated.concentration * rows[row, cell][:, np.newaxis], uniform[cell])
    weights = drawn[which.reshape(-1)].reshape(*middle.shape, members)
    axis = declaration.dims.index(summed)
    total = weights.sum(axis=axis, keepdims=True)
    # tiny concentrations can leave all weights at zero; such a member keeps the means
    good = total > 0.0
    return np.where(good, weights / np.where(good, total, 1.0), middle[..., np.newaxis])

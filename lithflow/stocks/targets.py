"""Cohort stocks that follow from the stock wanted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.checks import FloatArray, check_choice, check_not_negative, check_share, place_of
from lithflow.stocks.cohorts import CohortStock, driven, kept_matrices, marched, per_year
from lithflow.stocks.kernels import Kernel, kernel_of, sum_over_cohorts
from lithflow.stocks.layout import Layout
from lithflow.stocks.marching import March
from lithflow.stocks.survival import Lifetime

_ROUNDING = 1e-12  # of the largest stock of the lane: a negative inflow below it is rounding, and 0


def stock_driven(
    stock: Any,
    lifetime: Lifetime,
    inflow_at: str = "middle",
    points: int = 6,
    *,
    negative: str = "raise",
    type_share: Any = None,
    smoothing: int | None = None,
    years: ArrayLike | None = None,
    initial: Any = None,
    arriving: Any = None,
    cohorts: bool = False,
) -> CohortStock:
    """Inflow and outflow that follow from the stock wanted and a life.

    i[t] = (s[t] − Σ s[t, c < t]) / S(age at the end of the step of entry).

    An inflow that follows a stock echoes: a step in the stock or the life comes back as a saw-tooth one life later,
    since what entered together leaves together. That is a property of the stock asked for, not an error; `smoothing`
    spreads it.

    Parameters
    ----------
    stock : array_like (year, lanes...) or xarray.DataArray with dimension ``year``
        Stock wanted at the end of each step, 0 or more.
    lifetime, inflow_at, points, years, initial, arriving, cohorts
        As for :func:`inflow_driven`.
    negative : "raise", "keep" or "scrap"
        What to do where the stock falls faster than lives allow: an error that names year and lane; a negative inflow;
        or the surplus leaves early from all living cohorts in proportion and is reported as ``scrapped``.
    type_share : array_like (year, lanes..., type), optional
        Shares of the inflow by type; the stock wanted is that of all types together. Results and lifetimes then have
        a trailing type axis (dimension ``type`` if labelled).
    smoothing : int, optional
        Odd number of years over which the inflow is averaged. Each year's inflow is shared out over the years around
        it, so the inflow as a whole is kept; ``stock`` then follows from the smoothed inflow and ``target`` keeps what
        was asked for. Needs steps of one length, and not ``negative="scrap"``.

    Returns
    -------
    CohortStock

    Raises
    ------
    ValueError
        As :func:`inflow_driven`; a negative inflow with ``negative="raise"``; a life that ends within the step of
        entry; shares outside 0–1 or not adding to 1; an even smoothing.
    """
    check_choice("negative", negative, ("raise", "keep", "scrap"))
    beside = [("initial", initial), ("arriving", arriving), ("type_share", type_share)]
    layout = Layout.of("stock", stock, beside, [lifetime], years, last=("type",) if type_share is not None else ())
    share: FloatArray | None = None
    outer = layout
    if type_share is not None:
        layout, outer, share = _with_types(layout, type_share)
    target = check_not_negative("stock", outer.array("stock", stock, exact=True), ("year",))
    timeline = layout.timeline(inflow_at, points)
    life = layout.prepare(lifetime)
    lanes = np.broadcast_shapes(layout.lanes, life._lanes())
    outer_lanes = lanes if share is None else lanes[:-1]
    target = np.broadcast_to(target, (layout.count, *outer_lanes))
    if smoothing is not None:
        _check_smoothing(smoothing, negative, timeline.constant_step)
    wanted = outer.wrap(target)
    rounding = _ROUNDING * target.max(axis=0, initial=0.0)
    if initial is None and arriving is None:
        kernel = kernel_of(life, timeline)
        solved = _solve(target, kernel, share, lanes, rounding, negative, outer)
        if solved is not None:
            amounts, there, left = solved
            inflow = per_year(amounts, timeline.length)
            if smoothing is not None:
                result = driven(smooth(inflow, smoothing), kernel, layout, lanes, cohorts)
                result.target = wanted
                return result
            return CohortStock(
                inflow=layout.wrap(inflow),
                outflow=layout.wrap(per_year(left, timeline.length)),
                stock=layout.wrap(there),
                scrapped=layout.wrap(np.broadcast_to(0.0, there.shape)),
                target=wanted,
                length=timeline.length,
                matrices=kept_matrices(amounts, kernel, layout, lanes) if cohorts else {},
            )
    march = March(layout, timeline, life, lanes, initial, arriving, cohorts)
    for year in range(layout.count):
        march.survive(year)
        _enter_for_target(march, year, target[year], share, rounding, negative, outer)
    if smoothing is not None:
        return _smoothed_march(march, smoothing, layout, timeline, life, lanes, initial, arriving, cohorts, wanted)
    return marched(march, layout, target=wanted)


def _smoothed_march(
    march: March,
    smoothing: int,
    layout: Layout,
    timeline: Any,
    life: Lifetime,
    lanes: tuple[int, ...],
    initial: Any,
    arriving: Any,
    cohorts: bool,
    wanted: Any,
) -> CohortStock:
    again = March(layout, timeline, life, lanes, initial, arriving, cohorts)
    smoothed = smooth(march.inflow, smoothing)
    for year in range(layout.count):
        again.survive(year)
        again.enter(year, smoothed[year])
    return marched(again, layout, target=wanted)


def _with_types(layout: Layout, type_share: Any) -> tuple[Layout, Layout, FloatArray]:
    """Layouts with and without the trailing type axis, and the shares on (year, lanes..., type)."""
    if layout.names is None:
        types = np.shape(type_share)[-1]
        outer = layout
        layout = Layout(layout.count, (*layout.lanes, types), None, {}, layout.years)
    else:
        if "type" not in layout.names:
            raise ValueError('type_share: expected a dimension "type"')
        names, lanes = layout.names[:-1], layout.lanes[:-1]
        outer = Layout(layout.count, lanes, names, layout.coordinates, layout.years)
    share = check_share("type_share", layout.array("type_share", type_share), ("year",))
    total = share.sum(axis=-1)
    if np.any(np.abs(total - 1.0) > 1e-9):
        bad = np.abs(total - 1.0) > 1e-9
        raise ValueError(f"type_share: shares add to {total[bad][0]:g} at {place_of(bad, ('year',))}; expected 1")
    return layout, outer, np.broadcast_to(share, (layout.count, *share.shape[1:]))


def _check_smoothing(smoothing: int, negative: str, constant_step: bool) -> None:
    if smoothing < 1 or smoothing % 2 == 0:
        raise ValueError(f"smoothing: expected an odd number of years, got {smoothing}")
    if negative == "scrap" or not constant_step:
        raise ValueError('smoothing: needs steps of one length and not negative="scrap"')


def smooth(inflow: FloatArray, window: int) -> FloatArray:
    """A moving average along axis 0 that keeps the sum: each year's amount is shared out over the years around it."""
    count = len(inflow)
    offsets = np.arange(count)
    weights = (np.abs(offsets[:, None] - offsets[None, :]) <= window // 2).astype(float)
    weights /= weights.sum(axis=0)
    return np.tensordot(weights, inflow, axes=1)


def _entering_share(share: FloatArray | None, year: int) -> Any:
    return 1.0 if share is None else share[year]


def _required(
    year: int, target: FloatArray, survivors: FloatArray, alive: Any, share: FloatArray | None, layout: Layout
) -> tuple[Any, FloatArray]:
    """Inflow (all types) that brings the survivors to the target, and what it is per unit of stock."""
    per_unit = np.asarray(alive if share is None else (alive * share[year]).sum(axis=-1))
    there = survivors if share is None else survivors.sum(axis=-1)
    if np.any(per_unit <= 0):
        place = place_of(np.broadcast_to(per_unit <= 0, target.shape))
        raise ValueError(
            f"lifetime: everything that enters in {_year(layout, year)} ({place}) leaves within the same step, so no "
            'inflow can hold a stock; use inflow_at="end" or "spread", or a longer life'
        )
    return (target - there) / per_unit, there


def _year(layout: Layout, year: int) -> str:
    return f"year {layout.years[year]:g}" if layout.years is not None else f"year index {year}"


def refuse_negative(layout: Layout, year: int, needed: FloatArray, bad: Any, mend: str) -> ValueError:
    """The error for a stock that falls faster than lives allow, with the year and the lane."""
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    lane = ""
    if layout.names:
        labels = (
            f"{n}={layout.coordinates[n][i] if n in layout.coordinates else i}"
            for n, i in zip(layout.names, index, strict=False)
        )
        lane = ", " + ", ".join(labels)
    elif index:
        lane = f", lane {index if len(index) > 1 else index[0]}"
    return ValueError(
        f"stock: falls faster than lives allow in {_year(layout, year)}{lane}: the inflow would be "
        f"{needed[index]:g}; {mend}"
    )


_MEND = 'pass negative="scrap" to retire the surplus early, or negative="keep" to allow a negative inflow'


def _solve(
    target: FloatArray,
    kernel: Kernel,
    share: FloatArray | None,
    lanes: tuple[int, ...],
    rounding: FloatArray,
    negative: str,
    outer: Layout,
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Inflow, stock and outflow by forward substitution; None where a surplus has to be scrapped."""
    inflow, outflow = np.empty((len(target), *lanes)), np.empty((len(target), *lanes))
    # the stock is the one wanted, but for types, and where a negative inflow that is rounding becomes 0
    stock = target if share is None else np.empty((len(target), *lanes))
    survivors = np.empty(lanes)
    for year in range(len(target)):
        alive = kernel.alive_column(year)
        sum_over_cohorts(alive[:year], inflow[:year], survivors)
        needed, _ = _required(year, target[year], survivors, alive[year], share, outer)
        if needed.min(initial=0.0) < 0:
            bad = needed < -rounding
            if bad.any():
                if negative == "scrap":
                    return None
                if negative == "raise":
                    raise refuse_negative(outer, year, needed, bad, _MEND)
            clipped = (needed < 0) & ~bad
            needed = np.where(clipped, 0.0, needed)
            if share is None and clipped.any():
                stock = stock if stock is not target else target.copy()
                stock[year] = np.where(clipped, survivors, stock[year])
        inflow[year] = needed if share is None else needed[..., None] * share[year]
        if share is not None:
            stock[year] = survivors + alive[year] * inflow[year]
        sum_over_cohorts(kernel.leaving_column(year), inflow[: year + 1], outflow[year, ...])
    return inflow, stock, outflow


def _enter_for_target(
    march: March,
    year: int,
    target: FloatArray,
    share: FloatArray | None,
    rounding: FloatArray,
    negative: str,
    layout: Layout,
) -> None:
    survivors = march.total()
    needed, there = _required(year, target, survivors, march.entry_survival(year), share, layout)
    bad = needed < -rounding
    if bad.any():
        if negative == "raise":
            raise refuse_negative(layout, year, needed, bad, _MEND)
        if negative == "scrap":
            keep = np.where(bad, target / np.where(there > 0, there, 1.0), 1.0)
            march.scrap(year, keep if share is None else keep[..., None])
            needed = np.where(bad, 0.0, needed)
    needed = np.where((needed < 0) & ~bad, 0.0, needed)
    march.enter(year, needed if share is None else needed[..., None] * _entering_share(share, year))

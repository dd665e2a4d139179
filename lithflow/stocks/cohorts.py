"""Cohort stocks: driven by the inflow, or by the stock that is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.checks import FloatArray, check_choice, check_not_negative, check_share, place_of
from lithflow.stocks.kernels import Kernel, kernel_of
from lithflow.stocks.layout import Layout
from lithflow.stocks.lifetimes import Lifetime
from lithflow.stocks.marching import March

_ROUNDING = 1e-12  # of the largest stock of the lane: a negative inflow below it is rounding, and 0


@dataclass
class CohortStock:
    """What entered, what left and what is there.

    Flows are per year, stocks at the end of a step. Arrays are NumPy, or xarray if the driver was; axes are year (and
    cohort), then lanes.

    Attributes
    ----------
    inflow, outflow, stock : (year, lanes...)
        New items entering; items leaving by their life; items there at the end of the step.
    scrapped : (year, lanes...)
        What left early because the stock had to fall faster than lives allow; 0 unless ``negative="scrap"``.
    arrivals : (year, lanes...) or None
        Items that entered with an age; not part of ``inflow``.
    target : (year, lanes...) or None
        The stock asked for; differs from ``stock`` only by smoothing (or rounding).
    length : (year,)
        Years that each step lasts.
    """

    inflow: Any
    outflow: Any
    stock: Any
    scrapped: Any
    arrivals: Any = None
    target: Any = None
    length: FloatArray = field(default_factory=lambda: np.ones(1), repr=False)
    matrices: dict[str, Any] = field(default_factory=dict, repr=False)
    initial_total: Any = field(default=0.0, repr=False)

    def _matrix(self, name: str) -> Any:
        if name not in self.matrices:
            raise AttributeError(f"{name} was not kept; pass cohorts=True")
        return self.matrices[name]

    @property
    def stock_by_cohort(self) -> Any:
        """Stock by cohort, (year, cohort, lanes...). Needs ``cohorts=True``."""
        return self._matrix("stock_by_cohort")

    @property
    def outflow_by_cohort(self) -> Any:
        """Outflow by cohort, without what was scrapped, (year, cohort, lanes...). Needs ``cohorts=True``."""
        return self._matrix("outflow_by_cohort")

    @property
    def scrapped_by_cohort(self) -> Any:
        """What was scrapped by cohort, (year, cohort, lanes...). Needs ``cohorts=True``."""
        return self._matrix("scrapped_by_cohort")

    @property
    def older_stock(self) -> Any:
        """Stock of the cohorts before the first year, (year, older, lanes...), the youngest first."""
        return self._matrix("older_stock")

    @property
    def older_outflow(self) -> Any:
        """Outflow of the cohorts before the first year, (year, older, lanes...), the youngest first."""
        return self._matrix("older_outflow")

    def closure(self) -> float:
        """Worst |entered − left − still there| over what entered, by lane, from the totals alone."""
        length = self.length.reshape((-1,) + (1,) * (np.ndim(self.inflow) - 1))
        entered = (np.asarray(self.inflow) * length).sum(axis=0) + self.initial_total
        if self.arrivals is not None:
            entered = entered + (np.asarray(self.arrivals) * length).sum(axis=0)
        left = ((np.asarray(self.outflow) + np.asarray(self.scrapped)) * length).sum(axis=0)
        residual = np.abs(entered - left - np.asarray(self.stock)[-1])
        scale = np.maximum(np.abs(entered), np.abs(np.asarray(self.inflow) * length).sum(axis=0))
        return float(np.max(residual / np.where(scale > 0, scale, 1.0), initial=0.0))


def inflow_driven(
    inflow: Any,
    lifetime: Lifetime,
    inflow_at: str = "middle",
    points: int = 6,
    *,
    years: ArrayLike | None = None,
    initial: Any = None,
    arriving: Any = None,
    cohorts: bool = False,
) -> CohortStock:
    """Stock and outflow that follow from an inflow and a life.

    s[t, c] = i[c]·S(age), o[t, c] = i[c]·(F(age) − F(age a step before)), o[c, c] = i[c]·F(age at the end of the step
    of entry). The age at the end of year t is t − c + ½ for inflow in the middle of the year, t − c at its end,
    t − c + 1 at its start; "spread" averages over Gauss–Lobatto points within the year.

    Parameters
    ----------
    inflow : array_like (year, lanes...) or xarray.DataArray with dimension ``year``
        What enters, per year, 0 or more.
    lifetime : Lifetime
        Its parameters broadcast with `inflow`; an axis that meets the year axis is the cohort.
    inflow_at : "middle", "start", "end" or "spread"
        When within the step the inflow enters.
    points : int
        Points within the step for "spread", 2 or more; take more for lives below a year.
    years : array_like (year,), optional
        Ends of the steps as calendar years, increasing; steps of one year unless given. A step lasts as long as since
        the year before, the first as long as the second; flows stay per year.
    initial : array_like (older, lanes...), optional
        Stock at the start of the first step, by cohort: entry 0 entered a year before the first step's cohort would
        have, entry 1 two years before. They have survived until then and take the parameters of the first cohort.
    arriving : array_like (year, age, lanes...), optional
        What enters with an age of 0, 1, 2, … years, per year, at the same moment of the year as the inflow.
        It joins the cohort of its production year.
    cohorts : bool
        Keep the (year, cohort) matrices; totals otherwise, without building them.

    Returns
    -------
    CohortStock

    Raises
    ------
    ValueError
        A NaN or negative inflow, shapes or labels that do not fit, years that do not increase.
    """
    layout = Layout.of("inflow", inflow, [("initial", initial), ("arriving", arriving)], [lifetime], years)
    values = check_not_negative("inflow", layout.array("inflow", inflow, exact=True), ("year",))
    timeline = layout.timeline(inflow_at, points)
    life = layout.prepare(lifetime)
    lanes = np.broadcast_shapes(layout.lanes, life._lanes())
    if initial is not None or arriving is not None:
        march = March(layout, timeline, life, lanes, initial, arriving, cohorts)
        for year in range(layout.count):
            march.survive(year)
            march.enter(year, values[year] * timeline.length[year])
        return _marched(march, layout)
    kernel = kernel_of(life, timeline)
    return _driven(values, kernel, layout, lanes, cohorts)


def _per_year(values: FloatArray, length: FloatArray) -> FloatArray:
    if (length == 1.0).all():
        return values
    return values / length.reshape((-1,) + (1,) * (values.ndim - 1))


def _driven(inflow: FloatArray, kernel: Kernel, layout: Layout, lanes: tuple[int, ...], cohorts: bool) -> CohortStock:
    length = kernel.timeline.length
    count = layout.count
    amounts = inflow
    if not (length == 1.0).all():
        amounts = inflow * length.reshape((-1,) + (1,) * (inflow.ndim - 1))
    amounts = np.broadcast_to(amounts, (count, *lanes))
    stock, outflow = np.empty((count, *lanes)), np.empty((count, *lanes))
    matrices: dict[str, Any] = {}
    if cohorts:
        alive, left = np.zeros((count, count, *lanes)), np.zeros((count, count, *lanes))
        for year in range(count):
            here, gone = alive[year, : year + 1], left[year, : year + 1]
            np.multiply(kernel.alive_column(year), amounts[: year + 1], out=here)
            np.multiply(kernel.leaving_column(year), amounts[: year + 1], out=gone)
            np.sum(here, axis=0, out=stock[year, ...])
            np.sum(gone, axis=0, out=outflow[year, ...])
        if not (length == 1.0).all():
            left /= length.reshape((-1, 1) + (1,) * len(lanes))
        matrices = {
            "stock_by_cohort": layout.wrap(alive, ("year", "cohort")),
            "outflow_by_cohort": layout.wrap(left, ("year", "cohort")),
        }
    else:
        for year in range(count):
            np.einsum("c...,c...->...", kernel.alive_column(year), amounts[: year + 1], out=stock[year, ...])
            np.einsum("c...,c...->...", kernel.leaving_column(year), amounts[: year + 1], out=outflow[year, ...])
    return CohortStock(
        inflow=layout.wrap(np.broadcast_to(inflow, (count, *lanes))),
        outflow=layout.wrap(_per_year(outflow, length)),
        stock=layout.wrap(stock),
        scrapped=layout.wrap(np.zeros((count, *lanes))),
        length=length,
        matrices=matrices,
    )


def _marched(march: March, layout: Layout, **extra: Any) -> CohortStock:
    length = march.timeline.length
    matrices = {
        name: layout.wrap(_per_year(matrix, length) if flow else matrix, ("year", axis))
        for name, (matrix, axis, flow) in march.matrices().items()
    }
    return CohortStock(
        inflow=layout.wrap(_per_year(march.inflow, length)),
        outflow=layout.wrap(_per_year(march.outflow, length)),
        stock=layout.wrap(march.stock),
        scrapped=layout.wrap(_per_year(march.scrapped, length)),
        arrivals=None if march.arrivals is None else layout.wrap(march.arrivals.sum(axis=1)),
        length=length,
        matrices=matrices,
        initial_total=march.initial_total,
        **extra,
    )


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
    rounding = _ROUNDING * np.abs(target).max(axis=0, initial=0.0)
    march: March | None = None
    if initial is None and arriving is None:
        kernel = kernel_of(life, timeline)
        inflow, matrices, totals = _solve(target, kernel, share, lanes, rounding, negative, cohorts, outer)
        if inflow is not None:
            inflow = _per_year(inflow, timeline.length)
            if smoothing is not None:
                result = _driven(smooth(inflow, smoothing), kernel, layout, lanes, cohorts)
                result.target = wanted
                return result
            return CohortStock(
                inflow=layout.wrap(inflow),
                outflow=layout.wrap(_per_year(totals[1], timeline.length)),
                stock=layout.wrap(totals[0]),
                scrapped=layout.wrap(np.zeros((layout.count, *lanes))),
                target=wanted,
                length=timeline.length,
                matrices={name: layout.wrap(m, ("year", "cohort")) for name, m in matrices.items()},
            )
    march = March(layout, timeline, life, lanes, initial, arriving, cohorts)
    for year in range(layout.count):
        march.survive(year)
        _enter_for_target(march, year, target[year], share, rounding, negative, outer)
    if smoothing is not None:
        return _smoothed_march(march, smoothing, layout, timeline, life, lanes, initial, arriving, cohorts, wanted)
    return _marched(march, layout, target=wanted)


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
    return _marched(again, layout, target=wanted)


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


def _refuse(layout: Layout, year: int, needed: FloatArray, bad: Any) -> ValueError:
    amount = needed[tuple(np.argwhere(bad)[0])]
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
        f"stock: falls faster than lives allow in {_year(layout, year)}{lane}: the inflow would be {amount:g}; "
        'pass negative="scrap" to retire the surplus early, or negative="keep" to allow a negative inflow'
    )


def _solve(
    target: FloatArray,
    kernel: Kernel,
    share: FloatArray | None,
    lanes: tuple[int, ...],
    rounding: FloatArray,
    negative: str,
    cohorts: bool,
    outer: Layout,
) -> tuple[FloatArray | None, dict[str, FloatArray], tuple[FloatArray, FloatArray]]:
    """Forward substitution for the inflow; None where a surplus has to be scrapped, which needs a state."""
    count = len(target)
    inflow, stock, outflow = (np.empty((count, *lanes)) for _ in range(3))
    matrices: dict[str, FloatArray] = {}
    if cohorts:
        matrices = {name: np.zeros((count, count, *lanes)) for name in ("stock_by_cohort", "outflow_by_cohort")}
    length = kernel.timeline.length
    for year in range(count):
        alive, leaving = kernel.alive_column(year), kernel.leaving_column(year)
        if cohorts:
            here = matrices["stock_by_cohort"][year]
            np.multiply(alive[:year], inflow[:year], out=here[:year])
            survivors = here[:year].sum(axis=0)
        else:
            survivors = np.einsum("c...,c...->...", alive[:year], inflow[:year])
            survivors = np.broadcast_to(survivors, lanes)
        needed, _ = _required(year, target[year], survivors, alive[year], share, outer)
        if needed.min(initial=0.0) < 0:
            bad = needed < -rounding
            if bad.any():
                if negative == "scrap":
                    return None, {}, (stock, outflow)
                if negative == "raise":
                    raise _refuse(outer, year, needed, bad)
            needed = np.where((needed < 0) & ~bad, 0.0, needed)
        inflow[year] = needed if share is None else needed[..., None] * share[year]
        entered = alive[year] * inflow[year]
        np.add(survivors, entered, out=stock[year, ...])
        if cohorts:
            here[year] = entered
            gone = matrices["outflow_by_cohort"][year, : year + 1]
            np.multiply(leaving, inflow[: year + 1], out=gone)
            np.sum(gone, axis=0, out=outflow[year, ...])
            if length[year] != 1.0:
                gone /= length[year]
        else:
            np.einsum("c...,c...->...", leaving, inflow[: year + 1], out=outflow[year, ...])
    return inflow, matrices, (stock, outflow)


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
            raise _refuse(layout, year, needed, bad)
        if negative == "scrap":
            keep = np.where(bad, target / np.where(there > 0, there, 1.0), 1.0)
            march.scrap(year, keep if share is None else keep[..., None])
            needed = np.where(bad, 0.0, needed)
    needed = np.where((needed < 0) & ~bad, 0.0, needed)
    march.enter(year, needed if share is None else needed[..., None] * _entering_share(share, year))

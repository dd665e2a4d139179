"""Cohort stocks that follow from their inflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.checks import FloatArray, check_not_negative
from lithflow.stocks.kernels import Kernel, kernel_of, totals
from lithflow.stocks.layout import Layout
from lithflow.stocks.marching import March
from lithflow.stocks.survival import Lifetime


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
        if callable(self.matrices[name]):
            self.matrices[name] = self.matrices[name]()
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
        Keep what the (year, cohort) matrices need; each is built when it is first read.

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
        return marched(march, layout)
    kernel = kernel_of(life, timeline)
    return driven(values, kernel, layout, lanes, cohorts)


def per_year(values: FloatArray, length: FloatArray) -> FloatArray:
    """Amounts of steps, (year, ...), as flows per year."""
    if (length == 1.0).all():
        return values
    return values / length.reshape((-1,) + (1,) * (values.ndim - 1))


def driven(inflow: FloatArray, kernel: Kernel, layout: Layout, lanes: tuple[int, ...], cohorts: bool) -> CohortStock:
    """The stock of an inflow (year, lanes...) with a kernel."""
    length = kernel.timeline.length
    count = layout.count
    amounts = inflow
    if not (length == 1.0).all():
        amounts = inflow * length.reshape((-1,) + (1,) * (inflow.ndim - 1))
    stock, outflow = totals(kernel, amounts, lanes)
    return CohortStock(
        inflow=layout.wrap(np.broadcast_to(inflow, (count, *lanes))),
        outflow=layout.wrap(per_year(outflow, length)),
        stock=layout.wrap(stock),
        scrapped=layout.wrap(np.broadcast_to(0.0, (count, *lanes))),
        length=length,
        matrices=kept_matrices(amounts, kernel, layout, lanes) if cohorts else {},
    )


def kept_matrices(amounts: FloatArray, kernel: Kernel, layout: Layout, lanes: tuple[int, ...]) -> dict[str, Any]:
    """Cohort matrices, built when first asked for."""
    entered = amounts.copy()
    length = kernel.timeline.length

    def build(column: Any, flow: bool) -> Any:
        matrix = np.zeros((len(entered), len(entered), *lanes))
        for year in range(len(entered)):
            rows = matrix[year, : year + 1]
            np.multiply(column(year), entered[: year + 1], out=rows)
            if flow and length[year] != 1.0:
                rows /= length[year]
        return layout.wrap(matrix, ("year", "cohort"))

    def nothing() -> Any:
        return layout.wrap(np.broadcast_to(0.0, (len(entered), len(entered), *lanes)), ("year", "cohort"))

    return {
        "stock_by_cohort": lambda: build(kernel.alive_column, False),
        "outflow_by_cohort": lambda: build(kernel.leaving_column, True),
        "scrapped_by_cohort": nothing,
    }


def marched(march: March, layout: Layout, **extra: Any) -> CohortStock:
    """The stock of a march that has gone through all years."""
    length = march.timeline.length
    matrices = {
        name: layout.wrap(per_year(matrix, length) if flow else matrix, ("year", axis))
        for name, (matrix, axis, flow) in march.matrices().items()
    }
    return CohortStock(
        inflow=layout.wrap(per_year(march.inflow, length)),
        outflow=layout.wrap(per_year(march.outflow, length)),
        stock=layout.wrap(march.stock),
        scrapped=layout.wrap(per_year(march.scrapped, length)),
        arrivals=None if march.arrivals is None else layout.wrap(march.arrivals.sum(axis=1)),
        length=length,
        matrices=matrices,
        initial_total=march.initial_total,
        **extra,
    )

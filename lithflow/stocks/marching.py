"""A cohort state that marches year by year through hazards: for stocks with an age structure at the start, inflow that
arrives with an age, and surplus that is scrapped."""

from __future__ import annotations

from typing import Any

import numpy as np

from lithflow.stocks.checks import FloatArray, check_not_negative
from lithflow.stocks.kernels import _column, hazards_in
from lithflow.stocks.layout import Layout
from lithflow.stocks.survival import Lifetime, hazard_of
from lithflow.stocks.timeline import Timeline


class March:
    """State of a stock by cohort; the cohorts before the first year come first, the oldest at position 0.

    Each year: ``survive``, then ``scrap`` if there is a surplus, then ``enter``.
    """

    def __init__(
        self,
        layout: Layout,
        timeline: Timeline,
        life: Lifetime,
        lanes: tuple[int, ...],
        initial: Any,
        arriving: Any,
        cohorts: bool,
    ) -> None:
        count = layout.count
        self.timeline, self.life, self.lanes = timeline, life, lanes
        start = None
        if initial is not None:
            start = check_not_negative("initial", layout.array("initial", initial, ("age",), exact=True), ("age",))
        self.arrivals: FloatArray | None = None
        if arriving is not None:
            if not timeline.unit:
                raise ValueError("arriving: needs steps of one year, got uneven years")
            arrivals = layout.array("arriving", arriving, ("year", "age"), exact=True)
            check_not_negative("arriving", arrivals, ("year", "age"))
            if arrivals.shape[0] != count:
                raise ValueError(f"arriving: expected {count} years on axis 0, got {arrivals.shape[0]}")
            self.arrivals = np.broadcast_to(arrivals, (count, arrivals.shape[1], *lanes))
        self.older = max(0 if start is None else len(start), 0 if self.arrivals is None else self.arrivals.shape[1] - 1)
        self.state = np.zeros((self.older + count, *lanes))
        if start is not None:
            self.state[self.older - len(start) : self.older] = start[::-1]
        self.initial_total: FloatArray = self.state.sum(axis=0)
        self.entries = [
            np.concatenate([timeline.entry_before(self.older, moment)[::-1], timeline.entry(moment)])
            for moment in timeline.moments
        ]
        # cohorts before the first year have the parameters of the first
        self.parameters = np.maximum(np.arange(-self.older, count), 0)
        self.inflow, self.outflow, self.stock, self.scrapped = (np.zeros((count, *lanes)) for _ in range(4))
        self._cohorts = cohorts
        names = ("stock", "outflow", "scrapped")
        self._kept = {name: np.zeros((count, self.older + count, *lanes)) for name in names} if cohorts else {}

    def survive(self, year: int) -> None:
        """Let the cohorts there at the start of a step age through it, and take in what arrives with an age."""
        there = self.older + year
        if there:
            hazard = hazards_in(
                self.life, self.timeline, year, [entry[:there] for entry in self.entries], self.parameters[:there]
            )
            leaving = self.state[:there] * hazard
            self.state[:there] *= 1.0 - hazard
            self._leave(year, slice(0, there), leaving)
        if self.arrivals is not None:
            self._arrive(year, self.arrivals[year])

    def _arrive(self, year: int, arriving: FloatArray) -> None:
        ages = np.arange(len(arriving), dtype=float)
        positions = self.older + year - np.arange(len(arriving))
        selected = self.life._selected(self.parameters[positions], np.full(len(ages), year))
        whole = np.where(_column(ages, self.lanes) > 0, selected._survival(_column(ages, self.lanes)), 1.0)
        later: Any = 0.0
        for moment, weight in zip(self.timeline.moments, self.timeline.weights, strict=True):
            later = later + weight * selected._survival(_column(ages + 1.0 - moment, self.lanes))
        hazard = hazard_of(later, whole)
        self.state[positions] += arriving * (1.0 - hazard)
        self._leave(year, positions, arriving * hazard)

    def _leave(self, year: int, positions: Any, leaving: FloatArray) -> None:
        self.outflow[year] += leaving.sum(axis=0)
        if self._cohorts:
            self._kept["outflow"][year, positions] += leaving

    def total(self) -> FloatArray:
        """What is there, (lanes...)."""
        return np.asarray(self.state.sum(axis=0))

    def entry_survival(self, year: int) -> FloatArray:
        """Share of what enters in a step that is there at its end, (lanes...)."""
        selected = self.life._selected(np.array([year]), np.array([year]))
        alive: Any = 0.0
        for moment, weight in zip(self.timeline.moments, self.timeline.weights, strict=True):
            age = np.array([(1.0 - moment) * self.timeline.length[year]])
            alive = alive + weight * selected._survival(_column(age, self.lanes))
        return np.asarray(np.broadcast_to(alive, (1, *self.lanes))[0])

    def scrap(self, year: int, keep: FloatArray) -> None:
        """Keep a share of every living cohort; the rest leaves early."""
        scrapped = self.state * (1.0 - keep)
        self.state *= keep
        self.scrapped[year] = scrapped.sum(axis=0)
        if self._cohorts:
            self._kept["scrapped"][year] = scrapped

    def enter(self, year: int, amount: FloatArray) -> None:
        """Take in the new cohort of a step and close the step."""
        alive = self.entry_survival(year)
        amount = np.broadcast_to(amount, self.lanes)
        position = self.older + year
        self.inflow[year] = amount
        self.state[position] += amount * alive
        self._leave(year, slice(position, position + 1), (amount * (1.0 - alive))[None])
        self.stock[year] = self.state.sum(axis=0)
        if self._cohorts:
            self._kept["stock"][year] = self.state

    def matrices(self) -> dict[str, tuple[FloatArray, str, bool]]:
        """Kept matrices with the name of their second axis and whether they are flows."""
        kept: dict[str, tuple[FloatArray, str, bool]] = {}
        for name, matrix in self._kept.items():
            kept[f"{name}_by_cohort"] = (matrix[:, self.older :], "cohort", name != "stock")
            kept[f"older_{name}"] = (matrix[:, : self.older][:, ::-1], "older", name != "stock")
        return kept

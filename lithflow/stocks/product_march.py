"""Products with a component as a state that marches through the years: product cohort × component lot.

For rules that need matching or a cap: components used again in other products, replacement capped by demand, an age
structure at the start, replacements fitted at another moment of the year than first components.

Axes: (product cohort, component lot, lane, type). A lot is what was made and fitted at one moment; lots that were
fitted as replacements at another moment than first components come after these.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lithflow.stocks.checks import FloatArray, IntArray
from lithflow.stocks.factored import CAUSES, check_replacements_end
from lithflow.stocks.kernels import hazards_in
from lithflow.stocks.product_state import Drive, Entry, Lots, Plan, Pool, Records, capped, match, ratio
from lithflow.stocks.rules import Reuse
from lithflow.stocks.survival import Lifetime
from lithflow.stocks.timeline import Timeline


class ProductMarch:
    """The marching state; :meth:`run` goes through all years."""

    def __init__(
        self,
        timeline: Timeline,
        product: Lifetime,
        component: Lifetime,
        shape: tuple[tuple[int, ...], int, bool],
        share: FloatArray,
        replaced: FloatArray,
        product_age: FloatArray,
        warranty: float,
        reuse: Reuse,
        reuse_share: FloatArray,
        fitted_at: float | None,
        first_year_failure: bool,
        initial: FloatArray | None,
        cohorts: bool,
    ) -> None:
        self.timeline, self.product, self.component = timeline, product, component
        self.lane_shape, self.types, self.typed = shape
        self.width = int(np.prod(self.lane_shape))
        self.share, self.replaced, self.product_age = share, replaced, product_age
        self.warranty, self.reuse, self.reuse_share = warranty, reuse, reuse_share
        self.fails_at_once = first_year_failure
        count = len(timeline)
        self.older = 0 if initial is None else max(initial.shape[:2])
        self.lots = Lots.of(timeline, self.older, fitted_at)
        self.fitted_at = fitted_at
        self.product_lots = Lots.of(timeline, self.older, None)
        self.state = np.zeros((self.older + count, len(self.lots.made), self.width, self.types))
        if initial is not None:
            rows, columns = self.older - 1 - np.arange(initial.shape[0]), self.older - 1 - np.arange(initial.shape[1])
            self.state[np.ix_(rows, columns)] = initial
        self.initial_components = self.state.sum(axis=(0, 1))
        self.initial_products = self.initial_components.sum(axis=-1)
        products, components = (count, self.width), (count, self.width, self.types)
        self.records = Records(
            entered=np.zeros(products),
            scrapped=np.zeros(products),
            first_fit=np.zeros(components),
            replacements=np.zeros(components),
            stock=np.zeros(components),
            removed={cause: np.zeros(components) for cause in CAUSES},
            reused=np.zeros(components),
        )
        if cohorts:
            made = self.older + count
            names = ("stock", "reused", *CAUSES)
            self.records.matrices = {name: np.zeros((count, made, self.width, self.types)) for name in names}
            self.records.products = np.zeros((count, made, self.width))

    def run(self, drive: Drive) -> Records:
        """All years."""
        for year in range(len(self.timeline)):
            self._step(year, drive)
        return self.records

    def _component_hazard(self, year: int, lots: Any) -> FloatArray:
        hazard = hazards_in(
            self.component,
            self.timeline,
            year,
            [entry[lots] for entry in self.lots.entries],
            self.lots.parameters[lots],
        )
        lanes = (*self.lane_shape, self.types) if self.typed else self.lane_shape
        full = np.broadcast_to(hazard, (len(hazard), *lanes))
        return full.reshape(len(hazard), self.width, -1)

    def _product_hazard(self, year: int, cohorts: slice) -> FloatArray:
        entries = [entry[cohorts] for entry in self.product_lots.entries]
        hazard = hazards_in(self.product, self.timeline, year, entries, self.product_lots.parameters[cohorts])
        return np.broadcast_to(hazard, (len(hazard), *self.lane_shape)).reshape(len(hazard), self.width)

    def _fails_on_entry(
        self, life: Lifetime, year: int, moments: Any, weights: Any, lanes: tuple[int, ...]
    ) -> FloatArray:
        """Share of what enters in a step that fails in it, (lane,) or (lane, type)."""
        if not self.fails_at_once:
            return np.zeros(lanes)
        selected = life._selected(np.array([year]), np.array([year]))
        alive: Any = 0.0
        for moment, weight in zip(moments, weights, strict=True):
            age = np.full((1,) * (len(life._lanes()) + 1), (1.0 - moment) * self.timeline.length[year])
            alive = alive + weight * selected._survival(age)
        return np.asarray(1.0 - np.broadcast_to(alive, (1, *lanes))[0])

    def _step(self, year: int, drive: Drive) -> None:
        there = self.older + year
        lots = np.flatnonzero(self.lots.made < year)
        worn, good = self._fail(year, there, lots)
        entry = self._entry(year, there)
        due = worn.sum(axis=(1, 3)) * self.replaced[year, :there]
        need = due
        if drive.target is not None and drive.negative in ("cap", "scrap"):
            need = capped(due, np.maximum(drive.target[year] - self._alive(), 0.0))
        rule = self.replaced[year, :there] * np.where(due > 0, need / np.where(due > 0, due, 1.0), 1.0)
        replaced = worn * rule[:, None, :, None]
        self._post(year, "component_replaced", replaced, lots)
        self._post(year, "component_worn", worn - replaced, lots)
        pool = Pool(year, there, lots, need, self._offered(year, lots, good))
        if drive.inflow is not None:
            plan = self._plan(pool, entry, drive.inflow[year])
        else:
            plan = self._plan_for_target(pool, entry, drive)
        self._commit(pool, entry, plan)
        self.records.stock[year] = self.state.sum(axis=(0, 1))
        if self.records.products is not None:
            by_lot = self.state.sum(axis=0)
            np.add.at(self.records.matrices["stock"][year], self.lots.made + self.older, by_lot)
            self.records.products[year] = self.state.sum(axis=(1, 3))

    def _alive(self) -> FloatArray:
        return np.asarray(self.state.sum(axis=(0, 1, 3)))

    def _entry(self, year: int, there: int) -> Entry:
        """What happens in a step to what enters in it."""
        lanes = (*self.lane_shape, self.types) if self.typed else self.lane_shape
        moments, weights = self.timeline.moments, self.timeline.weights
        lost = self._fails_on_entry(self.product, year, moments, weights, self.lane_shape).reshape(self.width)
        fails = self._fails_on_entry(self.component, year, moments, weights, lanes).reshape(self.width, -1)
        later = fails
        if self.fitted_at is not None:
            later = self._fails_on_entry(self.component, year, [self.fitted_at], [1.0], lanes).reshape(self.width, -1)
        rules = self.replaced[year, : there + 1]
        later_mixed = (later * self.share[year]).sum(axis=-1)
        check_replacements_end(rules * later_mixed)
        kept = (1.0 - later_mixed) / (1.0 - rules * later_mixed)
        return Entry(lost, fails, later, (fails * self.share[year]).sum(axis=-1), later_mixed, rules, kept)

    def _fail(self, year: int, there: int, lots: IntArray) -> tuple[FloatArray, FloatArray]:
        """Let what is there age through a year; returns worn components and good ones of failed products."""
        if not there:
            empty = np.zeros((0, 0, self.width, self.types))
            return empty, np.zeros((0, self.width, self.types))
        before = self.state[:there, lots]
        product = self._product_hazard(year, slice(0, there))[:, None, :, None]
        component = self._component_hazard(year, lots)[None]
        failed, lives = before * product, before * (1.0 - product)
        worn, both = lives * component, failed * component
        good = failed * (1.0 - component)
        self.state[:there, lots] = lives * (1.0 - component)
        self._post(year, "both", both, lots)
        self._post(year, "product_scrapped", good, lots)
        return worn, good.sum(axis=0)

    def _post(self, year: int, cause: str, amounts: FloatArray, lots: IntArray) -> None:
        """Write down components removed, (product cohort, lot, lane, type)."""
        if not amounts.size:
            return
        by_lot = amounts.sum(axis=0)
        self.records.removed[cause][year] += by_lot.sum(axis=0)
        if self.records.matrices:
            np.add.at(self.records.matrices[cause][year], self.lots.made[lots] + self.older, by_lot)

    def _offered(self, year: int, lots: IntArray, good: FloatArray) -> FloatArray:
        """Good components that may be used again, (lot, lane, type)."""
        if self.reuse.none:
            return np.zeros_like(good)
        fits = self._component_age(year, lots) <= self.reuse.maximum_component_age
        return np.asarray(good * self.reuse_share[year][..., None] * fits[:, None, None])

    def _plan(self, pool: Pool, entry: Entry, entering: FloatArray) -> Plan:
        """Who gets which good component, if so many products enter."""
        need = np.concatenate([pool.need, (entering * (1.0 - entry.lost) * entry.worn * entry.rules[-1])[None]])
        nothing = np.zeros_like(entering)
        if self.reuse.none:
            return Plan(entering, need, None, None, nothing)
        lots, offered, own = pool.lots, pool.offered, self.older + pool.year
        if self.reuse.new_products:
            # more good components than products that could take one: the oldest are left over
            by_lot = offered.sum(axis=-1)
            from_oldest = np.argsort(-self._component_age(pool.year, lots), kind="stable")
            trimmed = np.empty_like(by_lot)
            trimmed[from_oldest] = capped(by_lot[from_oldest], pool.need.sum(axis=0) + np.maximum(entering, 0.0))
            offered = offered * ratio(trimmed, by_lot)[..., None]
        else:
            lots = np.append(lots, own)
            first = entering[:, None] * self.share[pool.year] * entry.lost[:, None] * (1.0 - entry.fails)
            offered = np.concatenate([offered, self._offered(pool.year, lots[-1:], first[None])])
        matched = self._matched(pool, need, lots, offered)
        left = offered.sum(axis=(0, 2)) - matched.sum(axis=(0, 1))
        again = np.clip(left, 0.0, np.maximum(entering, 0.0)) if self.reuse.new_products else nothing
        if self.reuse.new_products:
            need[-1] = (entering - again) * (1.0 - entry.lost) * entry.worn * entry.rules[-1]
        return Plan(entering, need - matched.sum(axis=1), matched, offered, again, lots)

    def _matched(self, pool: Pool, need: FloatArray, lots: IntArray, offered: FloatArray) -> FloatArray:
        """Good components fitted to products that need one, (product cohort, lot, lane)."""
        component_age = self._component_age(pool.year, lots)
        product_age = self.product_age[pool.year, : pool.there + 1]
        # under warranty a worn component is replaced by a new one
        takes = (product_age >= self.reuse.minimum_product_age) & (product_age >= self.warranty)
        if self.reuse.new_products:
            takes[-1] = False
        asking = need * takes[:, None]
        count = len(asking)
        products = np.arange(count) if self.reuse.product_order == "oldest" else np.arange(count)[::-1]
        order = np.argsort(-component_age if self.reuse.order == "oldest" else component_age, kind="stable")
        matched = np.empty((count, len(lots), self.width))
        matched[np.ix_(products, order)] = match(asking[products], offered.sum(axis=-1)[order])
        return matched

    def _plan_for_target(self, pool: Pool, entry: Entry, drive: Drive) -> Plan:
        """The plan whose products at the end of the year are those wanted.

        What is left at the end is linear in the inflow but for the good components that new products leave behind
        within the year, a product of two small shares: a few corrections find it.
        """
        assert drive.target is not None
        wanted = drive.target[pool.year]
        survivors = self._alive()
        per_unit = (1.0 - entry.lost) * (1.0 - entry.worn + entry.worn * entry.rules[-1] * entry.kept[-1])
        if np.any(per_unit <= 0):
            raise ValueError(
                "product_component: everything that enters leaves within the same step, so no inflow can hold a "
                'stock; use inflow_at="end" or "spread", or a longer life'
            )
        entering = np.zeros(self.width)
        plan = self._plan(pool, entry, entering)
        for _ in range(60):
            missing = wanted - survivors - plan.alive(entry)
            if np.all(np.abs(missing) <= 2e-16 * np.abs(wanted)):
                break
            change = missing / per_unit
            entering = entering + change
            plan = self._plan(pool, entry, entering)
            if np.all(np.abs(change) <= 1e-15 * np.abs(entering)):
                break
        settled = self._settle(pool.year, entering, drive)
        return plan if settled is entering else self._plan(pool, entry, settled)

    def _commit(self, pool: Pool, entry: Entry, plan: Plan) -> None:
        """Let new products enter and fit components, used and new."""
        year, there = pool.year, pool.there
        self.records.entered[year] = plan.entering
        self._enter(year, there, entry, plan.entering - plan.again)
        if plan.matched is not None:
            assert plan.offered is not None
            mix = ratio(plan.offered, plan.offered.sum(axis=-1)[..., None])
            self.state[: there + 1, plan.lots] += plan.matched[..., None] * mix
            used = plan.matched.sum(axis=0)[..., None] * mix
            self._post_reuse(year, used, plan.lots)
            if plan.again.any():
                left = np.maximum(plan.offered - used, 0.0)
                again = left * ratio(plan.again, left.sum(axis=(0, 2)))[None, :, None]
                self._post_reuse(year, again, plan.lots)
                self.state[there, plan.lots] += again * (1.0 - entry.lost)[:, None]
                self._post(year, "product_scrapped", (again * entry.lost[:, None])[None], plan.lots)
        if plan.need.any():
            self._fit(year, there, plan.need / (1.0 - entry.rules * entry.later_mixed), entry)

    def _component_age(self, year: int, lots: IntArray) -> FloatArray:
        entry = sum(w * e[lots] for w, e in zip(self.timeline.weights, self.lots.entries, strict=True))
        return np.asarray(self.timeline.end[year] - entry)

    def _post_reuse(self, year: int, used: FloatArray, lots: IntArray) -> None:
        self.records.reused[year] += used.sum(axis=0)
        if self.records.matrices:
            np.add.at(self.records.matrices["reused"][year], self.lots.made[lots] + self.older, used)

    def _fit(self, year: int, there: int, amount: FloatArray, entry: Entry) -> None:
        """Put new components, first failures and their replacements included, into products that live on."""
        lot = self.lots.replacements_from + year
        put_in = amount[..., None] * self.share[year]
        self.records.replacements[year] += put_in.sum(axis=0)
        worn = put_in * entry.later
        self.state[: there + 1, lot] += put_in - worn
        again = worn * entry.rules[..., None]
        self._post(year, "component_replaced", again[:, None], np.array([lot]))
        self._post(year, "component_worn", (worn - again)[:, None], np.array([lot]))

    def _enter(self, year: int, there: int, entry: Entry, entering: FloatArray) -> None:
        """Let products enter with a new component; what breaks of these is replaced later in the step."""
        lot = np.array([self.older + year])
        put_in = entering[:, None] * self.share[year]
        self.records.first_fit[year] = put_in
        gone, stays = put_in * entry.lost[:, None], put_in * (1.0 - entry.lost)[:, None]
        self._post(year, "product_scrapped", (gone * (1.0 - entry.fails))[None, None], lot)
        self._post(year, "both", (gone * entry.fails)[None, None], lot)
        broken = stays * entry.fails
        self.state[there, lot[0]] += stays - broken
        replaced = broken * entry.rules[-1][:, None]
        self._post(year, "component_replaced", replaced[None, None], lot)
        self._post(year, "component_worn", (broken - replaced)[None, None], lot)

    def _settle(self, year: int, needed: FloatArray, drive: Drive) -> FloatArray:
        """Deal with a negative inflow by the rule of the user."""
        assert drive.target is not None
        rounding = 1e-12 * np.abs(drive.target).max(axis=0, initial=0.0)
        bad = needed < -rounding
        if bad.any():
            if drive.negative in ("raise", "cap"):
                raise drive.refuse(year, needed, bad)
            if drive.negative == "scrap":
                there = self.state.sum(axis=(0, 1, 3))
                keep = np.where(bad, drive.target[year] / np.where(there > 0, there, 1.0), 1.0)
                out = self.state * (1.0 - keep)[:, None]
                self.state *= keep[:, None]
                self.records.scrapped[year] = out.sum(axis=(0, 1, 3))
                self._post(year, "product_scrapped", out, np.arange(len(self.lots.made)))
        if (needed >= 0).all() or drive.negative == "keep":
            return needed
        return np.maximum(needed, 0.0)

"""What a cascade is asked for: its checked arguments, on flat lanes.

Lanes are flat; tables are (year, cohort, lane).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.checks import FloatArray, check_bare, check_not_negative, check_share
from lithflow.stocks.health import Fade, YearlyFade
from lithflow.stocks.layout import Layout, is_labelled
from lithflow.stocks.survival import Lifetime

if TYPE_CHECKING:
    from lithflow.stocks.cascades import Step


def acceptance(demand: FloatArray, capacity: FloatArray, order: str) -> FloatArray:
    """Share of each offer that is taken, (year, cohort, lanes...); demand (year, lanes...)."""
    if order == "proportional":
        total = capacity.sum(axis=1)
        share = np.where(total > 0, np.minimum(demand, total) / np.where(total > 0, total, 1.0), 1.0)
        return np.asarray(np.broadcast_to(share[:, None], capacity.shape))
    ordered = capacity[:, ::-1] if order == "youngest" else capacity
    before = np.cumsum(ordered, axis=1) - ordered
    room = np.clip(demand[:, None] - before, 0.0, ordered)
    share = np.where(ordered > 0, room / np.where(ordered > 0, ordered, 1.0), 1.0)
    return share[:, ::-1] if order == "youngest" else share


class Setting:
    """The checked arguments of a cascade, on flat lanes."""

    def __init__(
        self,
        causes: dict[str, Any],
        steps: Sequence[Step],
        fade: Fade | YearlyFade | None,
        life: Lifetime | None,
        suitable: Any,
        independent: bool,
        pooled: Sequence[str | int],
        usable_stock: bool,
        inflow_at: str,
        years: ArrayLike | None,
        points: int,
    ) -> None:
        self.steps, self.fade, self.independent, self.points = steps, fade, independent, points
        self.wants_usable_stock = usable_stock
        for name, array in causes.items():
            check_bare(f"entering[{name!r}]", array)
        first = next(iter(causes.values()))
        driver = first.isel(cohort=0, drop=True) if is_labelled(first) else np.asarray(first)[:, 0]
        lives = [step.residence for step in steps if step.residence is not None]
        self.layout = Layout.of("entering", driver, [], lives if life is None else [*lives, life], years)
        self.count, self.lanes = self.layout.count, self.layout.lanes
        self.width = int(np.prod(self.lanes))
        self.timeline = self.layout.timeline(inflow_at, points)
        if not self.timeline.unit:
            raise ValueError("years: a cascade needs years that follow one another")
        self.life = None if life is None else self.layout.prepare(life)
        self.entered = {name: self._amounts(name, array) for name, array in causes.items()}
        shares = suitable if isinstance(suitable, Mapping) else dict.fromkeys(causes, suitable)
        self.suitable = {name: self.share(f"suitable[{name!r}]", shares.get(name, 1.0)) for name in causes}
        names: tuple[str | int, ...] = self.layout.names or tuple(range(len(self.lanes)))
        for lane in pooled:
            if lane not in names:
                raise ValueError(f"pooled: {lane!r} is not a lane; expected some of {names}")
        self.pooled = tuple(names.index(lane) for lane in pooled)
        moment = float(self.timeline.moments @ self.timeline.weights)
        ages = self.timeline.end[:, None] - self.timeline.entry(moment)
        self.ages_at_end = np.maximum(ages, 0.0)
        self.ages = 0.5 * (np.maximum(ages - 1.0, 0.0) + ages)
        self._check_steps()

    def _check_steps(self) -> None:
        used: FloatArray | None = None
        if self.wants_usable_stock and self.fade is None:
            raise ValueError("usable_stock=True: needs fade=Fade(...) or YearlyFade(...) to value what is in service")
        for step in self.steps:
            if step.residence is None and not isinstance(self.fade, Fade):
                raise ValueError(f"Step {step.name!r}: has no residence, so fade=Fade(...) is needed")
            if step.entry_soh is not None and self.fade is None:
                raise ValueError(
                    f"Step {step.name!r} entry_soh=: needs fade=Fade(...) or YearlyFade(...) to know the SOH at entry"
                )
            if used is not None and isinstance(self.fade, Fade):
                needed = step.entry_soh if step.entry_soh is not None else step.floor
                closed = needed is not None and bool(np.any(self.lane("entry_soh", needed) > used + 1e-12))
                if step.residence is None:
                    closed = closed or bool(np.any(self.lane("floor", step.floor) >= used))
                if closed:
                    raise ValueError(
                        f"Step {step.name!r}: its floor must be below, and its entry_soh not above, the floor of the "
                        "step before, or nothing could go on to it"
                    )
            # what a step refuses comes with the SOH it had, which may be above the floor of that step
            used = None if step.floor is None or step.refused == "next" else self.lane("floor", step.floor)
        last = self.steps[-1]
        if np.any(np.asarray(last.onward)):
            raise ValueError(f"Step {last.name!r} onward=: it is the last step, so nothing can go on; set it to 0")
        if self.independent and self.life is None:
            raise ValueError("life: needed to draw later lives independently")
        if isinstance(self.fade, Fade) and "good" in self.entered and self.life is None:
            raise ValueError("life: needed for the first life of good components")

    def _amounts(self, cause: str, array: Any) -> FloatArray:
        name = f"entering[{cause!r}]"
        values = self.layout.array(name, array, ("year", "cohort"), exact=True)
        check_not_negative(name, values, ("year", "cohort"))
        if values.shape[:2] != (self.count, self.count):
            raise ValueError(f"{name}: expected (year, cohort, lanes...), got shape {values.shape}")
        if np.any(values[np.triu_indices(self.count, 1)]):
            raise ValueError(f"{name}: something is removed before it was made, above the diagonal of (year, cohort)")
        return np.broadcast_to(values, (self.count, self.count, *self.lanes)).reshape(self.count, self.count, -1)

    def flat(self, name: str, values: Any) -> FloatArray:
        """(year or 1, lane)."""
        array = self.layout.array(name, values)
        if array.shape[0] not in (1, self.count):
            raise ValueError(f"{name}: expected 1 or {self.count} years, got {array.shape[0]}")
        return self._on_lanes(name, array, self.lanes).reshape(array.shape[0], -1)

    def _on_lanes(self, name: str, array: FloatArray, lanes: tuple[int, ...]) -> FloatArray:
        """(year or 1, lanes...) from an array that broadcasts with the lanes."""
        try:
            return np.broadcast_to(array, (array.shape[0], *lanes))
        except ValueError:
            raise ValueError(
                f"{name}: expected axes (year, lanes...) that broadcast with {(self.count, *lanes)}, "
                f"got shape {array.shape}; give the lanes an axis of length 1 where it does not vary, as in x[:, None]"
            ) from None

    def share(self, name: str, values: Any) -> FloatArray:
        """A share, (year or 1, lane)."""
        return check_share(name, self.flat(name, values), ("year",))

    def lane(self, name: str, values: Any) -> FloatArray:
        """(lane,)"""
        return np.asarray(self.flat(name, values)[0])

    def out(self, values: Any, leading: tuple[str, ...] = ("year", "cohort")) -> Any:
        """A table as the user's kind of array."""
        array = np.asarray(values)
        return self.layout.wrap(array.reshape(*array.shape[:-1], *self.lanes), leading)

    def of(self, by_lane: FloatArray, place: Any) -> Any:
        """A value by lane for parcels at given places; one number where all lanes share it."""
        return by_lane[0] if (by_lane == by_lane[0]).all() else by_lane[place % self.width]

    def soh_where_used(self, used: Any, place: Any = None) -> Any:
        """SOH where a share of the first life is used up, by lane, or for parcels at given places."""
        assert isinstance(self.fade, Fade)
        exponent, fall = (
            self.lane("exponent", self.fade.exponent),
            1.0 - self.lane("first_floor", self.fade.first_floor),
        )
        if place is None:
            return 1.0 - fall * used**exponent
        return 1.0 - self.of(fall, place) * used ** self.of(exponent, place)

    def yearly_soh(self, ages: FloatArray) -> FloatArray:
        """SOH by age alone, (year, cohort, lane)."""
        assert isinstance(self.fade, YearlyFade)
        return np.maximum(1.0 - self.lane("rate", self.fade.rate) * ages[:, :, None], 0.0)

    def used_at(self, soh: Any) -> FloatArray:
        """Share of the first life that is used up at an SOH, (lane,)."""
        assert isinstance(self.fade, Fade)
        exponent, floor = self.lane("exponent", self.fade.exponent), self.lane("first_floor", self.fade.first_floor)
        return np.asarray(((1.0 - self.lane("floor", soh)) / (1.0 - floor)) ** (1.0 / exponent))

    def pace(self, step: Step) -> FloatArray:
        """Years in a step per year of first use for the same fade, ρ^(−1/z), (lane,)."""
        assert isinstance(self.fade, Fade)
        return np.asarray(self.lane("stress", step.stress) ** (-1.0 / self.lane("exponent", self.fade.exponent)))

    def acceptance(self, step: Step, capacity: FloatArray) -> FloatArray | None:
        """Share taken of what is offered, (year, cohort, lane); None if all is."""
        if step.demand is None:
            return None
        shape = (self.count, self.count, *self.lanes)
        offered = capacity.reshape(shape)
        name = f"Step {step.name!r} demand="
        demand = check_not_negative(name, self.layout.array(name, step.demand), ("year",))
        axes = tuple(2 + lane for lane in self.pooled)
        if axes:
            offered = offered.sum(axis=axes, keepdims=True)
            if any(demand.shape[axis - 1] != 1 for axis in axes):
                raise ValueError(f"{name}: varies over lanes that share it; give one value for all")
        if demand.shape[0] not in (1, self.count):
            raise ValueError(f"{name}: expected 1 or {self.count} years on axis 0, got shape {np.shape(step.demand)}")
        wanted = np.broadcast_to(self._on_lanes(name, demand, offered.shape[2:]), (self.count, *offered.shape[2:]))
        return np.broadcast_to(acceptance(wanted, offered, step.order), shape).reshape(self.count, self.count, -1)

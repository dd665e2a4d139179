"""How a cascade is computed: parcels where fade drives a step, tables where a residence does.

Lanes are flat; tables are (year, cohort, lane).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.checks import FloatArray, check_not_negative, check_share
from lithflow.stocks.health import Fade, YearlyFade
from lithflow.stocks.layout import Layout, is_labelled
from lithflow.stocks.parcels import Parcels, quantile_lives, table
from lithflow.stocks.residence import from_entry, from_production
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
        self.ages = 0.5 * (np.maximum(ages - 1.0, 0.0) + ages)
        self._check_steps()

    def _check_steps(self) -> None:
        used: FloatArray | None = None
        for step in self.steps:
            if step.residence is None and not isinstance(self.fade, Fade):
                raise ValueError(f"Step {step.name!r}: has no residence, so fade=Fade(...) is needed")
            if step.residence is None and used is not None:
                floor = self.lane("floor", step.floor)
                entry = self.lane("entry_soh", step.entry_soh) if step.entry_soh is not None else floor
                if np.any(floor >= used) or np.any(entry > used + 1e-12):
                    raise ValueError(
                        f"Step {step.name!r}: its floor must be below, and its entry_soh not above, the floor of the "
                        "step before, or nothing could go on to it"
                    )
            used = None if step.floor is None else self.lane("floor", step.floor)
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
        return np.broadcast_to(array, (array.shape[0], *self.lanes)).reshape(array.shape[0], -1)

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
        demand = check_not_negative("demand", self.layout.array("demand", step.demand), ("year",))
        axes = tuple(2 + lane for lane in self.pooled)
        if axes:
            offered = offered.sum(axis=axes, keepdims=True)
            if any(demand.shape[axis - 1] != 1 for axis in axes):
                raise ValueError(f"Step {step.name!r} demand=: varies over lanes that share it; give one value for all")
        wanted = np.broadcast_to(demand, (self.count, *offered.shape[2:]))
        return np.broadcast_to(acceptance(wanted, offered, step.order), shape).reshape(self.count, self.count, -1)


@dataclass
class Tables:
    """What passes through one step, tables (year, cohort, lane)."""

    name: str
    offered: FloatArray
    inflow: FloatArray
    outflow: FloatArray
    onward: FloatArray
    collected: FloatArray
    lost: FloatArray
    usable_inflow: FloatArray
    usable_stock: FloatArray | None
    held: FloatArray

    @property
    def stock(self) -> FloatArray:
        """What is there at the end of the year."""
        return np.cumsum(self.inflow - self.outflow, axis=0)


@dataclass
class _Arriving:
    """What comes to a step: parcels with their lives, or a table (year, cohort, lane)."""

    parcels: Parcels | None
    amounts: FloatArray | None
    used: Any
    """Share of the first life used up on arrival, by parcel or by lane; None if unknown."""


def pass_through(setting: Setting) -> tuple[list[Tables], FloatArray]:
    """All steps in order, and what was collected at once because it is unsuitable."""
    arriving, unsuitable = _start(setting)
    passed = []
    for step in setting.steps:
        advance = _fade_through if step.residence is None else _reside
        tables, arriving = advance(setting, step, arriving)
        passed.append(tables)
    return passed, unsuitable


def _start(setting: Setting) -> tuple[_Arriving, FloatArray]:
    suited = {name: amounts * setting.suitable[name][:, None] for name, amounts in setting.entered.items()}
    unsuitable: FloatArray = np.zeros((setting.count, setting.count, setting.width))
    for name, amounts in setting.entered.items():
        unsuitable += amounts * (1.0 - setting.suitable[name])[:, None]
    if not isinstance(setting.fade, Fade):
        return _Arriving(None, sum(suited.values(), start=np.zeros_like(unsuitable)), None), unsuitable
    present = np.zeros((setting.count, setting.count), dtype=bool)
    for amounts in suited.values():
        present |= amounts.any(axis=-1)
    year, cohort = np.nonzero(present)
    age = setting.ages[year, cohort]
    here, lives, used = [], [], []
    for cause, amounts in suited.items():
        amount = amounts[year, cohort][:, None]
        if cause == "worn" and not (setting.independent and setting.steps[0].residence is None):
            life: FloatArray = np.broadcast_to(age[:, None, None], amount.shape)
        else:
            life, weights = _lives(setting, age if cause == "good" else np.zeros_like(age), cohort)
            amount = amount * weights[:, None]
        here.append(amount)
        lives.append(life)
        used.append(np.ones(amount.shape) if cause == "worn" else age[:, None, None] / life)
    amount, life, share_used = (np.concatenate(parts, axis=1) for parts in (here, lives, used))
    fit = _fit(setting, share_used)
    unsuitable[year, cohort] += np.where(fit, 0.0, amount).sum(axis=1)
    kept = np.flatnonzero(fit & (amount > 0))
    return _Arriving(_parcels(year, cohort, life, amount, kept), None, share_used.reshape(-1)[kept]), unsuitable


def _fit(setting: Setting, used: FloatArray) -> Any:
    """Whether a component is above the floor, and has the SOH needed at entry, of the first step."""
    step = setting.steps[0]
    fit = np.ones(used.shape, dtype=bool)
    if step.floor is not None:
        # one that is not above the floor would leave the step as it enters
        fit = used < setting.used_at(step.floor)
    if step.entry_soh is not None:
        fit = fit & (used <= setting.used_at(step.entry_soh) * (1.0 + 1e-12))
    return fit


def _parcels(year: Any, cohort: Any, life: FloatArray, amounts: FloatArray, kept: Any) -> Parcels:
    """Parcels of (pair, life, lane) arrays that come at once; `kept`: flat positions of those that matter."""
    width = amounts.shape[-1]
    pair = kept // (amounts.shape[1] * width)
    place = (cohort * width)[pair] + kept % width
    return Parcels(year[pair], None, place, life.reshape(-1)[kept], amounts.reshape(-1)[kept], None)


def _lives(setting: Setting, age: FloatArray, cohort: Any) -> tuple[FloatArray, FloatArray]:
    assert setting.life is not None
    return quantile_lives(setting.life, age, cohort, setting.points, setting.lanes, float(setting.count))


def _parcels_of(setting: Setting, amounts: FloatArray) -> Parcels:
    """Parcels with fresh lives from a table of amounts."""
    if setting.life is None:
        raise ValueError("life: needed for a step with fade after one with a residence")
    year, cohort = np.nonzero(amounts.any(axis=-1))
    life, weights = _lives(setting, np.zeros(len(year)), cohort)
    here = amounts[year, cohort][:, None] * weights[:, None]
    return _parcels(year, cohort, life, here, np.flatnonzero(here > 0))


def _offered(setting: Setting, parcels: Parcels, soh: Any) -> tuple[FloatArray, FloatArray]:
    """Amounts on offer and their usable capacity, (year, cohort, lane)."""
    size, shape = setting.count * setting.width, (setting.count, setting.count, setting.width)
    offered = table(parcels, setting.count, size)[:-1].reshape(shape)
    if len(soh) == setting.width:
        return offered, offered * soh
    return offered, table(parcels, setting.count, size, soh)[:-1].reshape(shape)


def _within_horizon(setting: Setting, parcels: Parcels, used: Any) -> tuple[Parcels, Any]:
    """Drop what comes after the horizon: the step before holds it."""
    if parcels.late is None:
        return parcels, used
    by_lane = len(used) != len(parcels.life)
    parcels, inside = parcels.before(setting.count)
    return parcels, used if by_lane else used[inside]


def _fade_through(setting: Setting, step: Step, arriving: _Arriving) -> tuple[Tables, _Arriving]:
    count, width = setting.count, setting.width
    size, shape = count * width, (count, count, width)
    if arriving.used is None:
        raise ValueError(f"Step {step.name!r}: the SOH at entry is unknown; give floor= to the step before")
    parcels, used = arriving.parcels, arriving.used
    by_lane = parcels is None or len(used) != len(parcels.life)
    if parcels is None:
        assert arriving.amounts is not None
        parcels = _parcels_of(setting, arriving.amounts)
    parcels, used = _within_horizon(setting, parcels, used)
    soh = setting.soh_where_used(used) if by_lane else setting.soh_where_used(used, parcels.place)
    offered, capacity = _offered(setting, parcels, soh)
    accepted = setting.acceptance(step, capacity)
    inflow = offered
    if accepted is not None:
        taken = np.concatenate([accepted.reshape(count, size), np.zeros((1, size))]).ravel()
        start = parcels.first * size + parcels.place
        parcels.early = parcels.early * taken[start]
        if parcels.late is not None:
            parcels.late = parcels.late * taken[start + size]
        inflow, capacity = offered * accepted, capacity * accepted
    pace, floor_used = setting.pace(step), setting.used_at(step.floor)
    if by_lane:
        stay = parcels.life * setting.of(pace * (floor_used - used), parcels.place)
    else:
        stay = parcels.life * (setting.of(floor_used, parcels.place) - used) * setting.of(pace, parcels.place)
    moved = parcels.later(np.minimum(stay, 2.0 * count, out=stay))
    out = table(moved, count, size)
    usable_stock = None
    if setting.wants_usable_stock:
        used_on_entry = setting.of(used, parcels.place) if by_lane else used
        usable_stock = _usable_in_service(setting, parcels, moved, used_on_entry, stay, pace)
    left, held = out[:-1].reshape(shape), out[-1].reshape(shape[1:])
    tables = _shared(setting, step, offered, inflow, left, capacity.sum(axis=1), usable_stock, held)
    if setting.independent:
        return tables, _Arriving(None, tables.onward, floor_used)
    onward = setting.share("onward", step.onward)
    assert moved.late is not None
    if len(onward) == 1:
        going = setting.of(onward[0], moved.place)
        moved.early, moved.late = moved.early * going, moved.late * going
    else:
        by_year = np.concatenate([onward, np.zeros((2, width))])
        year, lane = np.minimum(moved.first, count), moved.place % width
        moved.early, moved.late = moved.early * by_year[year, lane], moved.late * by_year[year + 1, lane]
    return tables, _Arriving(moved, None, floor_used)


def _usable_in_service(
    setting: Setting, parcels: Parcels, moved: Parcels, used: Any, stay: FloatArray, pace: FloatArray
) -> FloatArray:
    """Σ amount × SOH of what is in the step at the end of each year, removals taken at the middle of theirs."""
    usable = np.zeros((setting.count, setting.width))
    lane = parcels.place % setting.width
    years_of_fade = setting.of(pace, parcels.place) * parcels.life
    late = np.zeros_like(parcels.early) if parcels.late is None else parcels.late
    time = parcels.first if parcels.part is None else parcels.first + parcels.part
    assert moved.late is not None
    for year in range(setting.count):
        there = parcels.early * (parcels.first <= year) + late * (parcels.first + 1 <= year)
        there -= moved.early * (moved.first <= year) + moved.late * (moved.first + 1 <= year)
        elapsed = np.clip(year + 0.5 - time, 0.0, stay)
        soh = setting.soh_where_used(used + elapsed / years_of_fade, parcels.place)
        usable[year] = np.bincount(lane, weights=there * soh, minlength=setting.width)
    return usable


def _reside(setting: Setting, step: Step, arriving: _Arriving) -> tuple[Tables, _Arriving]:
    if arriving.parcels is not None:
        parcels, used = _within_horizon(setting, arriving.parcels, arriving.used)
        by_lane = len(used) != len(parcels.life)
        soh = setting.soh_where_used(used) if by_lane else setting.soh_where_used(used, parcels.place)
        offered, capacity = _offered(setting, parcels, soh)
    else:
        assert arriving.amounts is not None
        offered = capacity = arriving.amounts
        if isinstance(setting.fade, YearlyFade):
            rate = setting.lane("rate", setting.fade.rate)
            capacity = offered * np.maximum(1.0 - rate * setting.ages[:, :, None], 0.0)
        elif arriving.used is not None and isinstance(setting.fade, Fade):
            capacity = offered * setting.soh_where_used(arriving.used)
    accepted = setting.acceptance(step, capacity)
    inflow = offered
    if accepted is not None:
        inflow, capacity = offered * accepted, capacity * accepted
    assert step.residence is not None
    life = setting.layout.prepare(step.residence)
    outflow, held = (from_production if step.from_production else from_entry)(
        setting.layout, setting.timeline, life, inflow
    )
    tables = _shared(setting, step, offered, inflow, outflow, capacity.sum(axis=1), None, held)
    used = None
    if step.floor is not None and isinstance(setting.fade, Fade):
        used = setting.used_at(step.floor)
    return tables, _Arriving(None, tables.onward, used)


def _shared(
    setting: Setting,
    step: Step,
    offered: FloatArray,
    inflow: FloatArray,
    outflow: FloatArray,
    usable: FloatArray,
    service: FloatArray | None,
    held: FloatArray,
) -> Tables:
    """Share the outflow out over where it goes."""
    onward, lost = setting.share("onward", step.onward)[:, None], setting.share("lost", step.lost)[:, None]
    rest = 1.0 - onward - lost
    if rest.min() < -1e-12:
        raise ValueError(f"Step {step.name!r}: onward + lost exceed 1; the rest is collected")
    return Tables(
        step.name, offered, inflow, outflow, outflow * onward, outflow * rest, outflow * lost, usable, service, held
    )

"""How a cascade is computed: parcels where fade drives a step, tables where a residence does.

Lanes are flat; tables are (year, cohort, lane). What arrives at a step is a list of batches: what went on from the step
before, and what that step, or one before it, refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lithflow.stocks.cascade_setting import Setting
from lithflow.stocks.checks import FloatArray
from lithflow.stocks.health import Fade, YearlyFade
from lithflow.stocks.parcels import Parcels, quantile_lives, table
from lithflow.stocks.residence import Remaining, from_entry, from_production

if TYPE_CHECKING:
    from lithflow.stocks.cascades import Step

ROUNDING = 1e-12
"""An SOH as much below the one needed still enters, and shares as much above one are one."""


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
    passed: FloatArray
    usable_inflow: FloatArray
    usable_stock: FloatArray | None
    held: FloatArray

    @property
    def stock(self) -> FloatArray:
        """What is there at the end of the year."""
        return np.cumsum(self.inflow - self.outflow, axis=0)


@dataclass
class _Batch:
    """What comes to a step: parcels with their lives, or a table (year, cohort, lane)."""

    parcels: Parcels | None
    amounts: FloatArray | None
    used: Any
    """Share of the first life used up on arrival; None if unknown."""
    by_lane: bool
    """Whether `used` is by lane; otherwise by parcel."""

    def used_by_parcel(self, setting: Setting) -> Any:
        assert self.parcels is not None
        return setting.of(self.used, self.parcels.place) if self.by_lane else self.used


def pass_through(setting: Setting) -> tuple[list[Tables], FloatArray]:
    """All steps in order, and what was collected at once because it is unsuitable."""
    batches, unsuitable = _start(setting)
    passed: list[Tables] = []
    for step in setting.steps:
        tables, batches, unfit = _advance(setting, step, batches)
        if passed:
            tables.offered = tables.offered + unfit
        else:
            unsuitable += unfit
        passed.append(tables)
    return passed, unsuitable


def _start(setting: Setting) -> tuple[list[_Batch], FloatArray]:
    suited = {name: amounts * setting.suitable[name][:, None] for name, amounts in setting.entered.items()}
    unsuitable: FloatArray = np.zeros((setting.count, setting.count, setting.width))
    for name, amounts in setting.entered.items():
        unsuitable += amounts * (1.0 - setting.suitable[name])[:, None]
    if not isinstance(setting.fade, Fade):
        amounts = sum(suited.values(), start=np.zeros_like(unsuitable))
        return [_Batch(None, amounts, None, True)], unsuitable
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
    kept = np.flatnonzero(amount > 0)
    parcels = _parcels(year, cohort, life, amount, kept)
    return [_Batch(parcels, None, share_used.reshape(-1)[kept], False)], unsuitable


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
        raise ValueError("life: needed for a step with fade, or the usable stock of a step, after one with a residence")
    year, cohort = np.nonzero(amounts.any(axis=-1))
    life, weights = _lives(setting, np.zeros(len(year)), cohort)
    here = amounts[year, cohort][:, None] * weights[:, None]
    return _parcels(year, cohort, life, here, np.flatnonzero(here > 0))


def _received(setting: Setting, step: Step, batch: _Batch) -> _Batch:
    """A batch as parcels where the step needs lives, without what comes after the horizon: the step before holds it."""
    values_service = setting.wants_usable_stock and isinstance(setting.fade, Fade)
    if batch.used is None and (step.residence is None or values_service):
        raise ValueError(f"Step {step.name!r}: the SOH at entry is unknown; give floor= to the step before")
    if batch.parcels is None and (step.residence is None or values_service):
        assert batch.amounts is not None
        return replace(batch, parcels=_parcels_of(setting, batch.amounts), amounts=None)
    if batch.parcels is None or batch.parcels.late is None:
        return batch
    parcels, inside = batch.parcels.before(setting.count)
    return replace(batch, parcels=parcels, used=batch.used if batch.by_lane else batch.used[inside])


def _sorted_out(setting: Setting, step: Step, batch: _Batch) -> tuple[_Batch, FloatArray | None]:
    """What has the SOH needed at entry, and a table of what has not."""
    needed = step.entry_soh if step.entry_soh is not None else step.floor
    if needed is None or setting.fade is None:
        return batch, None
    if isinstance(setting.fade, YearlyFade):
        assert batch.amounts is not None
        fit = setting.yearly_soh(setting.ages) >= setting.lane("entry_soh", needed) - ROUNDING
        return replace(batch, amounts=np.where(fit, batch.amounts, 0.0)), np.where(fit, 0.0, batch.amounts)
    if batch.used is None:
        if step.entry_soh is not None:
            raise ValueError(
                f"Step {step.name!r} entry_soh=: the SOH at entry is unknown; give floor= to the step before"
            )
        return batch, None
    limit = setting.used_at(needed) * (1.0 + ROUNDING)
    fit = batch.used <= (limit if batch.by_lane else setting.of(limit, _place(batch)))
    if step.residence is None:
        # one that is not above the floor would leave the step as it enters
        floor = setting.used_at(step.floor)
        fit = fit & (batch.used < (floor if batch.by_lane else setting.of(floor, _place(batch))))
    if fit.all():
        return batch, None
    if batch.parcels is None:
        assert batch.amounts is not None
        return replace(batch, amounts=np.where(fit, batch.amounts, 0.0)), np.where(fit, 0.0, batch.amounts)
    fit = fit[batch.parcels.place % setting.width] if batch.by_lane else fit
    used = batch.used if batch.by_lane else batch.used[fit]
    return replace(batch, parcels=batch.parcels.chosen(fit), used=used), _table(setting, batch.parcels.chosen(~fit))


def _place(batch: _Batch) -> Any:
    assert batch.parcels is not None
    return batch.parcels.place


def _table(setting: Setting, parcels: Parcels, worth: Any = None) -> FloatArray:
    """Amounts, or amounts times a worth, by year, cohort and lane."""
    total = table(parcels, setting.count, setting.count * setting.width, worth)
    return total[:-1].reshape(setting.count, setting.count, setting.width)


def _worth(setting: Setting, batch: _Batch) -> tuple[FloatArray, FloatArray]:
    """Amounts on offer and their usable capacity, tables."""
    if batch.parcels is None:
        assert batch.amounts is not None
        if isinstance(setting.fade, YearlyFade):
            return batch.amounts, batch.amounts * setting.yearly_soh(setting.ages)
        if batch.used is not None and isinstance(setting.fade, Fade):
            return batch.amounts, batch.amounts * setting.soh_where_used(batch.used)
        return batch.amounts, batch.amounts
    offered = _table(setting, batch.parcels)
    if batch.by_lane:
        return offered, offered * setting.soh_where_used(batch.used)
    return offered, _table(setting, batch.parcels, setting.soh_where_used(batch.used, batch.parcels.place))


def _share_of(setting: Setting, batch: _Batch, share: FloatArray) -> _Batch:
    """A share (year, cohort, lane) of a batch."""
    if batch.parcels is None:
        assert batch.amounts is not None
        return replace(batch, amounts=batch.amounts * share)
    parcels, size = batch.parcels, setting.count * setting.width
    by_place = np.concatenate([share.reshape(setting.count, size), np.zeros((1, size))]).ravel()
    start = parcels.first * size + parcels.place
    late = None if parcels.late is None else parcels.late * by_place[start + size]
    return replace(batch, parcels=replace(parcels, early=parcels.early * by_place[start], late=late))


def _advance(setting: Setting, step: Step, arriving: list[_Batch]) -> tuple[Tables, list[_Batch], FloatArray]:
    """What a step makes of what arrives, what arrives at the next, and what the SOH needed at entry keeps out."""
    nothing: FloatArray = np.zeros((setting.count, setting.count, setting.width))
    offered, capacity, unfit = nothing, nothing, nothing
    batches: list[_Batch] = []
    for received in arriving:
        batch, outside = _sorted_out(setting, step, _received(setting, step, received))
        amounts, usable = _worth(setting, batch)
        offered, capacity = (amounts, usable) if not batches else (offered + amounts, capacity + usable)
        unfit = unfit if outside is None else unfit + outside
        batches.append(batch)
    accepted = setting.acceptance(step, capacity)
    inflow, passed = offered, nothing
    refused: list[_Batch] = []
    if accepted is not None:
        if step.refused == "next" and step is not setting.steps[-1]:
            refused = [_share_of(setting, batch, 1.0 - accepted) for batch in batches]
            passed = offered * (1.0 - accepted)
        batches = [_share_of(setting, batch, accepted) for batch in batches]
        inflow, capacity = offered * accepted, capacity * accepted
    advance = _fade_through if step.residence is None else _reside
    outflow, held, service, moved = advance(setting, step, batches, inflow)
    onward, lost = setting.share("onward", step.onward)[:, None], setting.share("lost", step.lost)[:, None]
    rest = 1.0 - onward - lost
    if rest.min() < -ROUNDING:
        raise ValueError(f"Step {step.name!r}: onward + lost exceed 1; the rest is collected")
    tables = Tables(
        name=step.name,
        offered=offered,
        inflow=inflow,
        outflow=outflow,
        onward=outflow * onward,
        collected=outflow * rest,
        lost=outflow * lost,
        passed=passed,
        usable_inflow=capacity.sum(axis=1),
        usable_stock=service,
        held=held,
    )
    if isinstance(setting.fade, YearlyFade) and setting.wants_usable_stock:
        tables.usable_stock = (tables.stock * setting.yearly_soh(setting.ages_at_end)).sum(axis=1)
    used = setting.used_at(step.floor) if step.floor is not None and isinstance(setting.fade, Fade) else None
    if step.residence is not None or setting.independent:
        return tables, [*refused, _Batch(None, tables.onward, used, True)], unfit
    going = [_Batch(_going_on(setting, step, parcels), None, used, True) for parcels in moved]
    return tables, [*refused, *going], unfit


def _going_on(setting: Setting, step: Step, moved: Parcels) -> Parcels:
    """The share of what leaves a step that goes on to the next."""
    onward = setting.share("onward", step.onward)
    assert moved.late is not None
    if len(onward) == 1:
        going = setting.of(onward[0], moved.place)
        return replace(moved, early=moved.early * going, late=moved.late * going)
    by_year = np.concatenate([onward, np.zeros((2, setting.width))])
    year, lane = np.minimum(moved.first, setting.count), moved.place % setting.width
    return replace(moved, early=moved.early * by_year[year, lane], late=moved.late * by_year[year + 1, lane])


def _fade_through(
    setting: Setting, step: Step, batches: list[_Batch], inflow: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray | None, list[Parcels]]:
    """Outflow, what is held at the horizon, usable capacity in service, and what leaves, as parcels."""
    count, width = setting.count, setting.width
    out: Any = None
    service = np.zeros((count, width)) if setting.wants_usable_stock else None
    leaving = []
    pace, floor_used = setting.pace(step), setting.used_at(step.floor)
    for batch in batches:
        parcels = batch.parcels
        assert parcels is not None
        if batch.by_lane:
            stay = parcels.life * setting.of(pace * (floor_used - batch.used), parcels.place)
        else:
            stay = parcels.life * (setting.of(floor_used, parcels.place) - batch.used)
            stay *= setting.of(pace, parcels.place)
        # what is kept out of one lane may make its stay negative; its amount is 0
        moved = parcels.later(np.clip(stay, 0.0, 2.0 * count, out=stay))
        total = table(moved, count, count * width)
        out = total if out is None else out + total
        leaving.append(moved)
        if service is not None:
            service += _service(setting, step, batch, moved, stay)
    return out[:-1].reshape(count, count, width), out[-1].reshape(count, width), service, leaving


def _reside(
    setting: Setting, step: Step, batches: list[_Batch], inflow: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray | None, list[Parcels]]:
    """The same for a residence; what leaves keeps no lives, so there are no parcels of it."""
    assert step.residence is not None
    life = setting.layout.prepare(step.residence)
    outflow, held = (from_production if step.from_production else from_entry)(
        setting.layout, setting.timeline, life, inflow
    )
    service = None
    if setting.wants_usable_stock and isinstance(setting.fade, Fade):
        remaining = Remaining(setting.layout, setting.timeline, life, step.from_production)
        service = np.zeros((setting.count, setting.width))
        for batch in batches:
            service += _service(setting, step, batch, remaining, None)
    return outflow, held, service, []


def _service(
    setting: Setting, step: Step, batch: _Batch, leaving: Parcels | Remaining, stay: FloatArray | None
) -> FloatArray:
    """Σ amount × SOH of what is in the step at the end of each year, removals taken at the middle of theirs.

    In a residence SOH falls at the stress of the step, by the life that a parcel carries, but not below the floor.
    """
    parcels = batch.parcels
    assert parcels is not None
    usable = np.zeros((setting.count, setting.width))
    lane = parcels.place % setting.width
    years_of_fade = setting.of(setting.pace(step), parcels.place) * parcels.life
    used = batch.used_by_parcel(setting)
    least: Any = 0.0 if step.floor is None else setting.of(setting.lane("floor", step.floor), parcels.place)
    late = np.zeros_like(parcels.early) if parcels.late is None else parcels.late
    time = parcels.first if parcels.part is None else parcels.first + parcels.part
    for year in range(setting.count):
        if isinstance(leaving, Remaining):
            there = parcels.early * leaving.at(year, parcels.first, parcels.place)
            there += late * leaving.at(year, parcels.first + 1, parcels.place)
        else:
            assert leaving.late is not None
            there = parcels.early * (parcels.first <= year) + late * (parcels.first + 1 <= year)
            there -= leaving.early * (leaving.first <= year) + leaving.late * (leaving.first + 1 <= year)
        elapsed = np.clip(year + 0.5 - time, 0.0, stay)
        soh = np.maximum(setting.soh_where_used(used + elapsed / years_of_fade, parcels.place), least)
        usable[year] = np.bincount(lane, weights=there * soh, minlength=setting.width)
    return usable

"""Compiled loops of a cascade: what is suitable after first use, through later uses, one member at a time.

Tables are (age, year) as in `lithflow.stocks.compiled`. A batch is what left first use at one age with one life: it
moves through the steps without a random draw, as `lithflow.stocks.parcels` says. It is followed again for each step, as
what a step takes depends on all that is offered to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lithflow.stocks.compiling import add, compiled

__all__ = ["pass_on"]

_NOTHING = 1e-20  # next to the largest of its kind an amount as small as this is lost in rounding


@compiled
def _peaks(table: Any, peaks: Any) -> Any:
    """Give the largest amount of each age of each type, and the largest of all."""
    types, years = peaks.shape
    largest = 0.0
    for kind in range(types):
        for age in range(years):
            peak = 0.0
            for year in range(age, years):
                peak = max(peak, table[kind, age, year])
            peaks[kind, age] = peak
            largest = max(largest, peak)
    return largest


@compiled
def _offer(
    table: Any,
    peaks: Any,
    small: Any,
    used: Any,
    health: Any,
    weights: Any,
    limit: Any,
    floor: Any,
    offered: Any,
    ended: Any,
) -> None:
    """Add what the first step is offered, as usable capacity by year; ages with next to nothing end at once.

    used, health : share of the first life used up and state of health, (age, point)
    """
    for age in range(table.shape[1]):
        if peaks[age] == 0.0:
            continue
        row, into = table[age, age:], offered[age:]
        if peaks[age] <= small:
            add(row, 1.0, ended[age, age:])
            row[:] = 0.0
            peaks[age] = 0.0
            continue
        usable = 0.0
        for point in range(len(weights)):
            if used[age, point] <= limit and used[age, point] < floor:
                usable += weights[point] * health[age, point]
        for i in range(len(row)):
            into[i] += usable * row[i]


@compiled
def _move(amounts: Any, at: Any, count: Any, factor: Any, into: Any, to: Any) -> None:
    """Add a run of flat amounts, times a factor, to another; positions are unsigned, so that no index wraps around."""
    for i in range(count):
        into[to + i] += factor * amounts[at + i]


@compiled
def _post(
    amounts: Any, early: Any, late: Any, count: Any, room: Any, factor: Any, into: Any, to: Any, step: Any
) -> None:
    """Add what comes in a year, from `early` on, and the year after, from `late` on, as far as there is room."""
    if room > 0:
        _move(amounts, early, np.uintp(min(count, room)), factor, into, np.uintp(to))
    if room > 1:
        _move(amounts, late, np.uintp(min(count, room - 1)), factor, into, np.uintp(to + step))


@compiled
def _enter(amounts: Any, at: Any, count: Any, share: Any, first: Any, into: Any, to: Any) -> None:
    """Add what a step takes of a run of flat amounts."""
    for i in range(count):
        into[to + i] += amounts[at + i] * share[first + i]


@compiled
def _beyond(amounts: Any, at: Any, count: Any, room: Any) -> Any:
    """Sum what comes after the horizon."""
    total = 0.0
    for i in range(max(room, 0), count):
        total += amounts[at + np.uintp(i)]
    return total


@compiled
def _take(
    buffers: Any,
    early: Any,
    late: Any,
    refused: Any,
    refused_late: Any,
    going: Any,
    going_late: Any,
    count: Any,
    share: Any,
    first: Any,
    stays: Any,
    follows: Any,
    scale: Any,
) -> None:
    """Part a batch into what a step refuses and what leaves it: of what came early, `stays` leaves early, and so on."""
    for i in range(count):
        taken, taken_late = buffers[early + i] * share[first + i], buffers[late + i] * share[first + i + np.uintp(1)]
        moved = taken * stays + taken_late * follows
        buffers[refused + i] = buffers[early + i] - taken
        buffers[refused_late + i] = buffers[late + i] - taken_late
        buffers[going + i] = scale * moved
        buffers[going_late + i] = scale * (taken + taken_late - moved)


@compiled
def _follow(
    amounts: Any,
    age: Any,
    lives: Any,
    used: Any,
    health: Any,
    weights: Any,
    steps: Any,
    last: Any,
    accepted: Any,
    offered: Any,
    entered: Any,
    left: Any,
    ended: Any,
    seen_in: Any,
    seen_out: Any,
    buffers: Any,
    marks: Any,
) -> Any:
    """Follow what left first use at an age through the steps before `last`; post what `last` makes of it.

    A batch comes a number of years after the removal: `early` in that year, `late` in the year after; its `part` is the
    share of a year's removals that comes late. What a step refuses and what leaves it are two batches of the next.

    amounts : by year of removal, the first being that in which the age is reached; lives, used, health, weights : first
    lives, what is used up of them, state of health, and their weights; steps : (step, 5), as `_steps_of`; entered,
    left, ended : tables (age, year), flat; seen_in, seen_out : set for ages that are posted to; buffers : (2, batch,
    early or late, year of removal), flat; marks : (2, batch, 5), years after removal, part, share of the life used
    up, state of health, and if it is there. Returns what is held at the horizon.
    """
    years = len(offered)
    begin = 0
    while amounts[begin] == 0.0:
        begin += 1
    whole_room, skipped, begin = len(amounts) - begin, begin, begin + age
    batches, row = marks.shape[1], np.uintp(years)
    held = 0.0
    for point in range(len(lives)):
        for i in range(whole_room):
            buffers[i] = weights[point] * amounts[skipped + i]
            buffers[years + i] = 0.0
        marks[0, 0, 0], marks[0, 0, 1], marks[0, 0, 2] = 0.0, 0.0, used[point]
        marks[0, 0, 3], marks[0, 0, 4] = health[point], 1.0
        count = 1
        for step in range(last + 1):
            here, there = step % 2, (step + 1) % 2
            limit, floor, pace, onward = steps[step, 0], steps[step, 1], steps[step, 2], steps[step, 3]
            final, posting = step == len(steps) - 1, step == last
            share = accepted[step]
            for batch in range(count):
                marks[there, 2 * batch, 4] = 0.0
                marks[there, 2 * batch + 1, 4] = 0.0
                offset, part, spent = int(marks[here, batch, 0]), marks[here, batch, 1], marks[here, batch, 2]
                first = begin + offset
                room = years - first
                if marks[here, batch, 4] == 0.0 or room <= 0:
                    continue
                early = np.uintp((here * batches + batch) * 2 * years)
                late, place = early + row, (age + offset) * years + first
                buffers[late + np.uintp(room - 1)] = 0.0
                if not (spent <= limit and spent < floor):
                    if posting:
                        _post(buffers, early, late, room, room, 1.0, ended, place, years + 1)
                    continue
                # what is taken leaves in one of two years, by when in its year it came
                time = min(max(lives[point] * pace * (floor - spent), 0.0), 2.0 * years) + part
                whole = int(np.floor(time))
                ahead = time - whole
                stays, follows = 1.0 - ahead, 0.0
                if part > 0.0:
                    stays, follows = min((1.0 - ahead) / (1.0 - part), 1.0), max(part - ahead, 0.0) / part
                away = offset + whole
                refused = np.uintp((there * batches + 2 * batch) * 2 * years)
                refused_late, going = refused + row, refused + row + row
                going_late = going + row
                scale = 1.0 if posting else onward
                _take(
                    buffers, early, late, refused, refused_late, going, going_late, np.uintp(room), share,
                    np.uintp(first), stays, follows, scale,
                )  # fmt: skip
                if not posting:
                    marks[there, 2 * batch, 0], marks[there, 2 * batch, 1] = offset, part
                    marks[there, 2 * batch, 2], marks[there, 2 * batch, 3] = spent, marks[here, batch, 3]
                    marks[there, 2 * batch, 4] = 1.0 if share[first:years].min() < 1.0 else 0.0
                    marks[there, 2 * batch + 1, 0], marks[there, 2 * batch + 1, 1] = away, ahead
                    marks[there, 2 * batch + 1, 2], marks[there, 2 * batch + 1, 3] = floor, steps[step, 4]
                    marks[there, 2 * batch + 1, 4] = 1.0
                    continue
                _enter(buffers, early, np.uintp(room), share, np.uintp(first), entered, np.uintp(place))
                seen_in[age + offset] = True
                if room > 1:
                    seen_in[age + offset + 1] = True
                    after, to = np.uintp(first + 1), np.uintp(place + years + 1)
                    _enter(buffers, late, np.uintp(room - 1), share, after, entered, to)
                if final:
                    _post(buffers, refused, refused_late, room, room, 1.0, ended, place, years + 1)
                inside = years - begin - away
                if inside > 0:
                    seen_out[age + away] = True
                if inside > 1:
                    seen_out[age + away + 1] = True
                _post(
                    buffers, going, going_late, room, inside, 1.0, left, (age + away) * years + begin + away, years + 1
                )
                held += _beyond(buffers, going, room, inside) + _beyond(buffers, going_late, room, inside - 1)
                if final:
                    continue
                next_limit, next_floor = steps[step + 1, 0], steps[step + 1, 1]
                if spent <= next_limit and spent < next_floor:
                    _post(buffers, refused, refused_late, room, room, marks[here, batch, 3], offered, first, 1)
                if floor <= next_limit and floor < next_floor:
                    usable = steps[step, 4] * onward
                    _post(buffers, going, going_late, room, inside, usable, offered, begin + away, 1)
            count *= 2
    return held


@compiled
def _steps_of(later: Any, member: Any, kind: Any, steps: Any) -> None:
    """Put side by side, by step: share of the first life used up above which it refuses and at which it ends, pace,
    share going on, and state of health at its end."""
    fall, exponent = later.fall[member], later.exponent[member, kind]
    for step in range(len(steps)):
        floor = later.floor[member, step, kind]
        steps[step, 0], steps[step, 1] = later.limit[member, step, kind], floor
        steps[step, 2], steps[step, 3] = later.pace[member, step, kind], later.onward[member, step]
        steps[step, 4] = 1.0 - fall * floor**exponent


@compiled
def pass_on(
    later: Any, member: Any, worn: Any, good: Any, ended: Any, entered: Any, left: Any, seen: Any, totals: Any
) -> None:
    """Pass what is suitable, (type, age, year), through the steps; tables by step, type, age and year.

    seen : (entered or left, step, type, age), set where something is posted
    """
    types, years = worn.shape[0], worn.shape[2]
    count, points = later.pace.shape[1], len(later.weights)
    accepted, offered = np.ones((count, years + 1)), np.zeros((count + 1, years))
    buffers, marks = np.zeros(2 * 2**count * 2 * years), np.zeros((2, 2**count, 5))
    steps, one = np.empty((types, count, 5)), np.ones(1)
    used, health = np.empty((types, years, points)), np.empty((types, years, points))
    ages, whole, at_floor = later.ages.reshape(years, 1), np.ones((years, 1)), np.empty((years, 1))
    peaks_worn, peaks_good = np.empty((types, years)), np.empty((types, years))
    fall = later.fall[member]
    at_floor[:] = 1.0 - fall
    small = _NOTHING * max(_peaks(worn, peaks_worn), _peaks(good, peaks_good))
    for kind in range(types):
        _steps_of(later, member, kind, steps[kind])
        for age in range(years):
            if peaks_good[kind, age] > 0.0:
                for point in range(points):
                    used[kind, age, point] = later.ages[age] / later.lives[member, kind, age, point]
                    health[kind, age, point] = 1.0 - fall * used[kind, age, point] ** later.exponent[member, kind]
        limit, floor, end = steps[kind, 0, 0], steps[kind, 0, 1], ended[kind]
        _offer(worn[kind], peaks_worn[kind], small, whole, at_floor, one, limit, floor, offered[0], end)
        _offer(
            good[kind], peaks_good[kind], small, used[kind], health[kind], later.weights, limit, floor, offered[0], end
        )
    for step in range(count):
        for year in range(years):
            wanted, there = later.demand[member, step, year], offered[step, year]
            accepted[step, year] = min(wanted, there) / there if there > 0.0 else 1.0
            totals.usable[member, step, year] = accepted[step, year] * there
        for kind in range(types):
            into, out = entered[step, kind].reshape(-1), left[step, kind].reshape(-1)
            end, more = ended[kind].reshape(-1), offered[step + 1]
            seen_in, seen_out = seen[0, step, kind], seen[1, step, kind]
            for age in range(years):
                if peaks_worn[kind, age] > 0.0:
                    totals.held[member, step] += _follow(
                        worn[kind, age, age:], age, ages[age], one, at_floor[age], one, steps[kind], step,
                        accepted, more, into, out, end, seen_in, seen_out, buffers, marks,
                    )  # fmt: skip
                if peaks_good[kind, age] > 0.0:
                    totals.held[member, step] += _follow(
                        good[kind, age, age:], age, later.lives[member, kind, age], used[kind, age],
                        health[kind, age], later.weights, steps[kind], step,
                        accepted, more, into, out, end, seen_in, seen_out, buffers, marks,
                    )  # fmt: skip

"""Compiled loops behind `lithflow.stocks.members`: first use and later uses of one member after the other.

Tables are (age, year) with the age in whole years since production, so that what happens to one age in all years is a
contiguous row; the production year is year − age. Equations and rules are those of `factored`, `cascade_run` and
`parcels`, which follow production years and are what these loops are tested against.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from lithflow.stocks.use_arrays import CAUSES, SCRAPPED

__all__ = ["march"]

_NOTHING = 1e-20  # next to the largest of its kind an amount as small as this is lost in rounding


def _compiled(function: Any) -> Any:
    """Compile when first called, and keep it on disk where there is a place to write."""
    chosen: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    try:
        return njit(cache=True, **chosen)(function)
    except RuntimeError:
        return njit(**chosen)(function)


@_compiled
def _value(row: Any, age: Any, worth: Any, out: Any) -> None:
    """Add a row of what has an age to (worth, year): as it is, and times what it is worth by production year."""
    if not row.any():
        return
    into = out[0, age:]
    for i in range(len(row)):
        into[i] += row[i]
    for kind in range(worth.shape[0]):
        value, into = worth[kind], out[kind + 1, age:]
        for i in range(len(row)):
            into[i] += row[i] * value[i]


@_compiled
def _expose(
    entering: Any, alive: Any, leaving: Any, replaced: Any, worn: Any, staying: Any, failing: Any, renewed: Any
) -> None:
    """Components of a production year in products that stay, that fail, and that would get a new one, (age, year).

    u[b]·(1 − r[b]·F₀) = r[b]·Σ_{j<b} u[j]·f[b − j]: components put in per product at its age b.
    """
    years = len(entering)
    put_in = np.zeros(years)
    for age in range(years):
        due = 1.0 if age == 0 else 0.0
        if age and replaced[age] > 0.0:
            for before in range(age):
                due += put_in[before] * worn[age - before]
            due *= replaced[age]
        put_in[age] = due / (1.0 - replaced[age] * worn[0])
    staying[:] = 0.0
    failing[:] = 0.0
    renewed[:] = 0.0
    # a component of age `age` in a product `older` years older; `i` counts years from the first in which there is one
    for age in range(years):
        for older in range(years - age):
            if put_in[older] != 0.0:
                product = age + older
                stays, fails = put_in[older] * alive[product], put_in[older] * leaving[product]
                if age == 0 and older > 0:
                    # replacements go into products that outlive the year
                    fails = 0.0
                elif age == 0:
                    # new products carry their first component through it
                    fails = leaving[0]
                again = stays * replaced[product]
                here, failing_here, renewed_here = (
                    staying[age, product:],
                    failing[age, product:],
                    renewed[age, product:],
                )
                for i in range(len(here)):
                    here[i] += stays * entering[i]
                    failing_here[i] += fails * entering[i]
                    renewed_here[i] += again * entering[i]


@_compiled
def _expose_all(use: Any, member: Any, exposed: Any, totals: Any) -> None:
    """Fill components exposed, (product, staying, failing or renewed, age, year), and count products of two lives."""
    products, years = use.double.shape[1:]
    for product in range(products):
        alive, worn = use.product_alive[member, product], use.component_leaving[member, product]
        good, double = use.component_alive[member, product], use.double[member, product]
        staying, failing, renewed = exposed[product]
        _expose(
            double, alive, use.product_leaving[member, product], use.replaced[member, product], worn,
            staying, failing, renewed,
        )  # fmt: skip
        for year in range(years):
            totals.replacements[member, product, year] = staying[0, year] - double[year] * alive[0]
        for age in range(years):
            stay, fail, renew = staying[age, age:], failing[age, age:], renewed[age, age:]
            there, gone = totals.products[member, product, age:], totals.products_leaving[member, product, age:]
            for i in range(years - age):
                there[i] += stay[i] * good[age]
                gone[i] += fail[i] * good[age] + (stay[i] - renew[i]) * worn[age] + fail[i] * worn[age]


@_compiled
def _use_first(
    use: Any, member: Any, age: Any, exposed: Any, made: Any, of_product: Any, rows: Any, totals: Any
) -> None:
    """Fill rows of years, (type, cause and then what goes abroad and what is in use, year), for one age.

    of_product : what happens to components of the age per capacity of one, the same for all types: the causes but the
    single life at home, those abroad, and what stays; then the single life, to be spread by type, at home, abroad, all
    """
    products, types, years = use.capacity.shape[1:]
    count, causes = years - age, rows.shape[1] - 2
    rows[:] = 0.0
    for product in range(products):
        good, worn = use.component_alive[member, product, age], use.component_leaving[member, product, age]
        single, away = use.single[member, product], use.abroad[member, product, age:]
        stay, fail, renew = (
            exposed[product, 0, age, age:],
            exposed[product, 1, age, age:],
            exposed[product, 2, age, age:],
        )
        for i in range(count):
            home, unreplaced = 1.0 - away[i], (stay[i] - renew[i]) * worn
            of_product[0, i] = fail[i] * good * home
            of_product[1, i] = renew[i] * worn
            of_product[2, i] = unreplaced * home
            of_product[3, i] = fail[i] * worn * home
            of_product[4, i] = (fail[i] * good + unreplaced + fail[i] * worn) * away[i]
            of_product[5, i] = stay[i] * good
            of_product[6, i] = single[i] * home
            of_product[7, i] = single[i] * away[i]
            of_product[8, i] = single[i]
        there, gone = totals.products[member, product, age:], totals.products_leaving[member, product, age:]
        for kind in range(types):
            if not made[product, kind]:
                continue
            size, share = use.capacity[member, product, kind], use.share[member, product, kind]
            ending = use.single_leaving[member, product, kind, age]
            lasting = use.single_alive[member, product, kind, age]
            own = rows[kind]
            for row in range(causes + 1):
                for i in range(count):
                    own[row + 1, i] += of_product[row, i] * size[i]
            for i in range(count):
                own[0, i] += ending * of_product[6, i] * size[i]
            for i in range(count):
                own[causes, i] += ending * of_product[7, i] * size[i]
            for i in range(count):
                own[causes + 1, i] += lasting * of_product[8, i] * size[i]
            for i in range(count):
                there[i] += single[i] * lasting * share[i]
            for i in range(count):
                gone[i] += single[i] * ending * share[i]


@_compiled
def _add(amounts: Any, factor: Any, into: Any) -> None:
    """Add as much of the amounts as there is room for."""
    for i in range(min(len(amounts), len(into))):
        into[i] += factor * amounts[i]


@_compiled
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


@_compiled
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
            _add(row, 1.0, ended[age, age:])
            row[:] = 0.0
            peaks[age] = 0.0
            continue
        usable = 0.0
        for point in range(len(weights)):
            if used[age, point] <= limit and used[age, point] < floor:
                usable += weights[point] * health[age, point]
        for i in range(len(row)):
            into[i] += usable * row[i]


@_compiled
def _move(amounts: Any, at: Any, count: Any, factor: Any, into: Any, to: Any) -> None:
    """Add a run of flat amounts, times a factor, to another; positions are unsigned, so that no index wraps around."""
    for i in range(count):
        into[to + i] += factor * amounts[at + i]


@_compiled
def _post(
    amounts: Any, early: Any, late: Any, count: Any, room: Any, factor: Any, into: Any, to: Any, step: Any
) -> None:
    """Add what comes in a year, from `early` on, and the year after, from `late` on, as far as there is room."""
    if room > 0:
        _move(amounts, early, np.uintp(min(count, room)), factor, into, np.uintp(to))
    if room > 1:
        _move(amounts, late, np.uintp(min(count, room - 1)), factor, into, np.uintp(to + step))


@_compiled
def _enter(amounts: Any, at: Any, count: Any, share: Any, first: Any, into: Any, to: Any) -> None:
    """Add what a step takes of a run of flat amounts."""
    for i in range(count):
        into[to + i] += amounts[at + i] * share[first + i]


@_compiled
def _beyond(amounts: Any, at: Any, count: Any, room: Any) -> Any:
    """Sum what comes after the horizon."""
    total = 0.0
    for i in range(max(room, 0), count):
        total += amounts[at + np.uintp(i)]
    return total


@_compiled
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


@_compiled
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


@_compiled
def _steps_of(later: Any, member: Any, kind: Any, steps: Any) -> None:
    """Put side by side, by step: share of the first life used up above which it refuses and at which it ends, pace,
    share going on, and state of health at its end."""
    fall, exponent = later.fall[member], later.exponent[member, kind]
    for step in range(len(steps)):
        floor = later.floor[member, step, kind]
        steps[step, 0], steps[step, 1] = later.limit[member, step, kind], floor
        steps[step, 2], steps[step, 3] = later.pace[member, step, kind], later.onward[member, step]
        steps[step, 4] = 1.0 - fall * floor**exponent


@_compiled
def _pass_on(
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


@_compiled
def _sort_out(row: Any, suitable: Any, offered: Any, ended: Any) -> None:
    """Part a row of years into what is offered to a second use and what has reached its end."""
    for i in range(len(row)):
        offered[i] += suitable[i] * row[i]
        ended[i] += (1.0 - suitable[i]) * row[i]


@_compiled
def march(use: Any, later: Any, worth: Any, totals: Any) -> None:
    """Carry every member through first use and the cascade.

    use, later, totals : FirstUse, LaterUses and Totals of `use_arrays`; worth : (member, type, kind, production year)
    """
    members, products, types, years = use.capacity.shape
    steps = later.pace.shape[1]
    exposed, rows = np.empty((products, 3, years, years)), np.empty((types, CAUSES + 2, years))
    worn, good = np.zeros((types, years, years)), np.zeros((types, years, years))
    ended, of_product = np.zeros((types, years, years)), np.empty((9, years))
    made = np.empty((products, types), dtype=np.bool_)
    entered, left = np.zeros((steps, types, years, years)), np.zeros((steps, types, years, years))
    seen = np.zeros((2, steps, types, years), dtype=np.bool_)
    for member in range(members):
        _expose_all(use, member, exposed, totals)
        for product in range(products):
            for kind in range(types):
                made[product, kind] = use.share[member, product, kind].any()
        for age in range(years):
            _use_first(use, member, age, exposed, made, of_product, rows, totals)
            count = years - age
            for kind in range(types):
                value = worth[member, kind]
                for cause in range(CAUSES):
                    row = rows[kind, cause, :count]
                    _value(row, age, value, totals.removed[member, cause, kind])
                    offered = good[kind, age, age:] if cause == SCRAPPED else worn[kind, age, age:]
                    _sort_out(row, later.suitable[member, kind, cause, age:], offered, ended[kind, age, age:])
                _value(rows[kind, CAUSES, :count], age, value, totals.abroad[member, kind])
                _value(rows[kind, CAUSES + 1, :count], age, value, totals.in_use[member, kind])
        _pass_on(later, member, worn, good, ended, entered, left, seen, totals)
        for kind in range(types):
            value = worth[member, kind]
            for age in range(years):
                _value(ended[kind, age, age:], age, value, totals.ended[member])
                ended[kind, age, age:] = 0.0
                worn[kind, age, age:] = 0.0
                good[kind, age, age:] = 0.0
                for step in range(steps):
                    if seen[0, step, kind, age]:
                        _value(entered[step, kind, age, age:], age, value, totals.entered[member, step])
                        entered[step, kind, age, age:] = 0.0
                    if seen[1, step, kind, age]:
                        _value(left[step, kind, age, age:], age, value, totals.left[member, step])
                        left[step, kind, age, age:] = 0.0
        seen[:] = False
        for step in range(steps):
            lost, rest = later.lost[member, step], 1.0 - later.onward[member, step] - later.lost[member, step]
            for each in range(totals.left.shape[2]):
                _add(totals.left[member, step, each], lost, totals.lost[member, each])
                _add(totals.left[member, step, each], rest, totals.ended[member, each])

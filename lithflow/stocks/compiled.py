"""Compiled loops behind `lithflow.stocks.members`: first use and later uses of one member after the other.

Tables are (age, year) with the age in whole years since production, so that what happens to one age in all years is a
contiguous row; the production year is year − age. Equations and rules are those of `factored`, `cascade_run` and
`parcels`, which follow production years and are what these loops are tested against.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lithflow.stocks.compiled_cascade import pass_on
from lithflow.stocks.compiling import add, compiled
from lithflow.stocks.use_arrays import CAUSES, SCRAPPED

__all__ = ["march"]

# rows of what becomes of components of an age, after those that are the same for all types
_SINGLE_HOME, _SINGLE_ABROAD, _SINGLE = 6, 7, 8


@compiled
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


@compiled
def _expose(
    entering: Any,
    alive: Any,
    leaving: Any,
    replaced: Any,
    worn: Any,
    staying: Any,
    failing: Any,
    renewed: Any,
    fitted: Any,
) -> None:
    """Components of a production year in products that stay, that fail, and that would get a new one, (age, year).

    u[b]·(1 − r[b]·F₀) = r[b]·Σ_{j<b} u[j]·f[b − j]: components put in per product at its age b; `fitted` : those put in
    as replacements, (year).
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
    again_at_once = replaced[0] * worn[0] / (1.0 - replaced[0] * worn[0])
    # a component of age `age` in a product `older` years older; `i` counts years from the first in which there is one
    for age in range(years):
        for older in range(years - age):
            if put_in[older] != 0.0:
                product = age + older
                stays, fails = put_in[older] * alive[product], put_in[older] * leaving[product]
                if age == 0:
                    # replacements go into products that outlive the year; new ones carry their first through it
                    fails = leaving[0] if older == 0 else 0.0
                    anew = again_at_once * alive[0] if older == 0 else stays
                    for i in range(years - product):
                        fitted[product + i] += anew * entering[i]
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


@compiled
def _expose_all(use: Any, member: Any, exposed: Any, totals: Any) -> None:
    """Fill components exposed, (product, staying, failing or renewed, age, year), and count products of two lives."""
    products, years = use.double.shape[1:]
    for product in range(products):
        alive, worn = use.product_alive[member, product], use.component_leaving[member, product]
        good, double = use.component_alive[member, product], use.double[member, product]
        staying, failing, renewed = exposed[product]
        _expose(
            double, alive, use.product_leaving[member, product], use.replaced[member, product], worn,
            staying, failing, renewed, totals.replacements[member, product],
        )  # fmt: skip
        for age in range(years):
            stay, fail, renew = staying[age, age:], failing[age, age:], renewed[age, age:]
            there, gone = totals.products[member, product, age:], totals.products_leaving[member, product, age:]
            for i in range(years - age):
                there[i] += stay[i] * good[age]
                gone[i] += fail[i] * good[age] + (stay[i] - renew[i]) * worn[age] + fail[i] * worn[age]


@compiled
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
            of_product[_SINGLE_HOME, i] = single[i] * home
            of_product[_SINGLE_ABROAD, i] = single[i] * away[i]
            of_product[_SINGLE, i] = single[i]
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
                own[0, i] += ending * of_product[_SINGLE_HOME, i] * size[i]
            for i in range(count):
                own[causes, i] += ending * of_product[_SINGLE_ABROAD, i] * size[i]
            for i in range(count):
                own[causes + 1, i] += lasting * of_product[_SINGLE, i] * size[i]
            for i in range(count):
                there[i] += single[i] * lasting * share[i]
            for i in range(count):
                gone[i] += single[i] * ending * share[i]


@compiled
def _sort_out(row: Any, suitable: Any, offered: Any, ended: Any) -> None:
    """Part a row of years into what is offered to a second use and what has reached its end."""
    for i in range(len(row)):
        offered[i] += suitable[i] * row[i]
        ended[i] += (1.0 - suitable[i]) * row[i]


@compiled
def march(use: Any, later: Any, worth: Any, totals: Any) -> None:
    """Carry every member through first use and the cascade.

    use, later, totals : FirstUse, LaterUses and Totals of `use_arrays`; worth : (member, type, kind, production year)
    """
    members, products, types, years = use.capacity.shape
    steps = later.pace.shape[1]
    exposed, rows = np.empty((products, 3, years, years)), np.empty((types, CAUSES + 2, years))
    worn, good = np.zeros((types, years, years)), np.zeros((types, years, years))
    ended, of_product = np.zeros((types, years, years)), np.empty((_SINGLE + 1, years))
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
        pass_on(later, member, worn, good, ended, entered, left, seen, totals)
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
                add(totals.left[member, step, each], lost, totals.lost[member, each])
                add(totals.left[member, step, each], rest, totals.ended[member, each])

"""What the compiled loops of `lithflow.stocks.compiled` take and give: bare arrays, the member first, the year last."""

from __future__ import annotations

from typing import NamedTuple

from lithflow.stocks.checks import FloatArray

__all__ = ["CAUSES", "SCRAPPED", "FirstUse", "LaterUses", "Totals"]

CAUSES = 5
"""The single life, then those of `factored.CAUSES`."""

SCRAPPED = 1
"""The cause after which a component is good."""


class FirstUse(NamedTuple):
    """Products with one component each, (member, product, type, year or age)."""

    single: FloatArray
    """Products entering whose single life ends product and component together, per year, (member, product, year)."""
    double: FloatArray
    """Products entering whose component has a life of its own, per year, (member, product, year)."""
    capacity: FloatArray
    """Capacity of each type per product of the year, (member, product, type, year)."""
    share: FloatArray
    """Share of each type, (member, product, type, year)."""
    abroad: FloatArray
    """Share of the products leaving in a year that go abroad, (member, product, year)."""
    single_alive: FloatArray
    single_leaving: FloatArray
    """Unit kernels by age, (member, product, type, age)."""
    product_alive: FloatArray
    product_leaving: FloatArray
    component_alive: FloatArray
    component_leaving: FloatArray
    """Unit kernels by age, (member, product, age)."""
    replaced: FloatArray
    """Share of worn components replaced, by product age, (member, product, age)."""


class LaterUses(NamedTuple):
    """A cascade by fade; steps refuse to the next one, the last to collection."""

    suitable: FloatArray
    """Share of what leaves first use that is offered, (member, type, cause, year)."""
    ages: FloatArray
    """Age at removal in years, (age,)."""
    lives: FloatArray
    """First lives of good components at points of probability, (member, type, age, point)."""
    weights: FloatArray
    """Weights of the points, (point,)."""
    demand: FloatArray
    """Usable capacity that a step takes, (member, step, year)."""
    limit: FloatArray
    floor: FloatArray
    """Share of the first life used up, above which a step refuses entry, and at which it ends, (member, step, type)."""
    pace: FloatArray
    """Years in a step per year of first use for the same fade, (member, step, type)."""
    onward: FloatArray
    lost: FloatArray
    """Shares of what leaves a step, (member, step)."""
    exponent: FloatArray
    """Of fade, (member, type)."""
    fall: FloatArray
    """Fall of the SOH over the first life, (member,)."""


class Totals(NamedTuple):
    """What comes of it, by year; axis `worth`: capacity first, then what it is worth by production year."""

    removed: FloatArray
    """(member, cause, type, worth, year), without what goes abroad."""
    abroad: FloatArray
    in_use: FloatArray
    """(member, type, worth, year)."""
    entered: FloatArray
    left: FloatArray
    """By step, (member, step, worth, year)."""
    lost: FloatArray
    ended: FloatArray
    """(member, worth, year)."""
    usable: FloatArray
    """Usable capacity that entered a step, (member, step, year)."""
    held: FloatArray
    """Capacity that has entered a step and not left it by the horizon, (member, step)."""
    products: FloatArray
    products_leaving: FloatArray
    replacements: FloatArray
    """Products in use, leaving, and given a new component, (member, product, year)."""

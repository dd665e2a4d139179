"""First use and later uses of many members at once: yearly totals, without arrays by production year.

What `inflow_driven`, `product_component` and `cascade` give by production year, this gives summed, each amount valued
with what its production year is worth. It is for ensembles, where arrays by production year would fill the memory; the
loops are compiled (`lithflow.stocks.compiled`, with numba).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from lithflow.stocks.cascade_run import ROUNDING
from lithflow.stocks.cascades import Step
from lithflow.stocks.checks import FloatArray, check_not_negative, check_share
from lithflow.stocks.factored import check_replacements_end
from lithflow.stocks.health import Fade
from lithflow.stocks.kernels import kernel_of
from lithflow.stocks.layout import Layout
from lithflow.stocks.parcels import quantile_lives
from lithflow.stocks.rules import Replacement, product_ages
from lithflow.stocks.survival import Lifetime
from lithflow.stocks.use_arrays import CAUSES, FirstUse, LaterUses, Totals

__all__ = ["Later", "Products", "can_follow", "use_totals"]

_CLOSED = 1e-10  # what a step took in is what left it and what it holds, relative


@dataclass(frozen=True)
class Products:
    """Products with one component each; axes are year, product, type, then those of members.

    Attributes
    ----------
    inflow : (year, product, members...)
        Products entering per year.
    two_lives : (year, 1 or product, members...)
        Share of them whose component has a life of its own; of the rest a single life ends both.
    type_share : (year, product, type, members...)
        Mix of the components made in a year. All arrays may have length 1 along an axis of members.
    size : (year, product, members...)
        Capacity of a component of that year.
    abroad : (year, product, members...)
        Share of the products leaving in a year that go abroad with their components.
    single, product, component : Lifetime
        On the lanes (product, type, members...), (product, members...) and (product, members...).
    replacement : Replacement
        On the lanes (product, members...).
    """

    inflow: FloatArray
    two_lives: FloatArray
    type_share: FloatArray
    size: FloatArray
    abroad: FloatArray
    single: Lifetime
    product: Lifetime
    component: Lifetime
    replacement: Replacement


@dataclass(frozen=True)
class Later:
    """A cascade that all types share, by fade.

    Attributes
    ----------
    steps : sequence of Step
        With `can_follow`; their parameters are scalars or (members...), demands (year, 1, members...).
    fade : Fade
        Exponent by (type, members...), first floor by (members...).
    life : Lifetime
        First life of good components, on the lanes (type, members...).
    suitable : (year, type, cause, members...)
        Share of what leaves first use that is offered; causes as in `use_totals`.
    points : int
        Points of probability over the life of good components, as for `cascade`.
    """

    steps: Sequence[Step]
    fade: Fade
    life: Lifetime
    suitable: FloatArray
    points: int


def can_follow(steps: Sequence[Step]) -> bool:
    """Tell whether `use_totals` can do these steps here: all by fade, refusing to the next one, and numba is there."""
    by_fade = all(step.residence is None and step.order == "proportional" for step in steps)
    onward = all(step.refused == "next" for step in steps[:-1]) and steps[-1].refused == "collected"
    return by_fade and onward and find_spec("numba") is not None


def use_totals(products: Products, later: Later, worth: FloatArray) -> Totals:
    """Carry products and components through first use, and what is suitable through later uses.

    Parameters
    ----------
    products
        What enters and how long it lasts; inflow is in the middle of the year.
    later
        What comes after.
    worth : (kind, production year, type, members...)
        What capacity is worth, such as its content of an element, by the year in which it was made.

    Returns
    -------
    Totals
        Yearly sums, the axes of members last; causes are the single life, the product scrapped, the component replaced,
        worn, and both.

    Raises
    ------
    ValueError
        Negative amounts, shares outside 0–1, replacements that never end, or steps that `can_follow` refuses.
    """
    if not can_follow(later.steps):
        raise ValueError("use_totals: takes steps by fade that refuse to the next one, and needs numba; see can_follow")
    from lithflow.stocks.compiled import march

    count, outer, types = np.shape(products.type_share)[:3]
    lanes = _varying(products, later, worth)
    members = math.prod(lanes)
    kinds, steps = len(worth) + 1, len(later.steps)
    totals = Totals(
        removed=np.zeros((members, CAUSES, types, kinds, count)),
        abroad=np.zeros((members, types, kinds, count)),
        in_use=np.zeros((members, types, kinds, count)),
        entered=np.zeros((members, steps, kinds, count)),
        left=np.zeros((members, steps, kinds, count)),
        lost=np.zeros((members, kinds, count)),
        ended=np.zeros((members, kinds, count)),
        usable=np.zeros((members, steps, count)),
        held=np.zeros((members, steps)),
        products=np.zeros((members, outer, count)),
        products_leaving=np.zeros((members, outer, count)),
        replacements=np.zeros((members, outer, count)),
    )
    # types first, then kinds, so that the year comes last
    values = np.moveaxis(np.broadcast_to(worth, (len(worth), count, types, *lanes)), (1, 2, 0), (0, 1, 2))
    first, lasting = _first(products, lanes), _later(later, (count, types), lanes)
    march(first, lasting, _members_first(values, (count, types, len(worth)), lanes), totals)
    _check_closure(totals)
    return Totals(*(np.moveaxis(array, 0, -1).reshape((*array.shape[1:], *lanes)) for array in totals))


def _varying(products: Products, later: Later, worth: FloatArray) -> tuple[int, ...]:
    """How many members there are along each of their axes, which are the last of all; 1 where nothing varies."""
    count = len(products.type_share)
    axes = np.ndim(products.type_share) - 3
    arrays: list[Any] = [
        products.inflow,
        products.two_lives,
        products.type_share,
        products.size,
        products.abroad,
        worth,
    ]
    arrays += [products.replacement.share, products.replacement.below_age]
    arrays += [later.suitable, later.fade.exponent, later.fade.first_floor]
    for step in later.steps:
        arrays += [
            step.demand,
            step.floor,
            0.0 if step.entry_soh is None else step.entry_soh,
            step.stress,
            step.onward,
            step.lost,
        ]
    shapes = [np.shape(values) for values in arrays]
    for life, inner in ((products.single, 2), (products.product, 1), (products.component, 1), (later.life, 1)):
        shapes.append(Layout(count, (1,) * (inner + axes), None, {}, None).prepare(life)._lanes())
    return np.broadcast_shapes((1,) * axes, *(shape[max(len(shape) - axes, 0) :] for shape in shapes))


def _first(products: Products, lanes: tuple[int, ...]) -> FirstUse:
    count, outer, types = np.shape(products.type_share)[:3]

    def arranged(values: Any, *inner: int) -> FloatArray:
        return _members_first(values, (count, *inner), lanes)

    def unit(life: Lifetime, *inner: int) -> tuple[FloatArray, FloatArray]:
        layout = Layout(count, (*inner, *lanes), None, {}, None)
        kernel = kernel_of(layout.prepare(life), layout.timeline("middle", 1))
        if not kernel.constant:
            raise ValueError("use_totals: lives may not differ by cohort or change in a calendar year")
        return arranged(kernel.alive, *inner), arranged(kernel.leaving, *inner)

    inflow = check_not_negative("inflow", products.inflow, ("year",))
    two = check_share("two_lives", products.two_lives)
    layout = Layout(count, (outer, *lanes), None, {}, None)
    replaced = products.replacement.by_age(layout, product_ages(layout.timeline("middle", 1))[:, 0])
    if replaced is None:
        raise ValueError("use_totals: the share replaced may depend on the age of the product, not on the year")
    component_alive, component_leaving = unit(products.component, outer)
    product_alive, product_leaving = unit(products.product, outer)
    single_alive, single_leaving = unit(products.single, outer, types)
    rule = arranged(replaced, outer)
    check_replacements_end(rule * component_leaving[..., :1])
    share = check_share("type_share", products.type_share)
    return FirstUse(
        single=arranged(inflow * (1.0 - two), outer),
        double=arranged(inflow * two, outer),
        capacity=arranged(products.size[:, :, None] * share, outer, types),
        share=arranged(share, outer, types),
        abroad=arranged(check_share("abroad", products.abroad), outer),
        single_alive=single_alive,
        single_leaving=single_leaving,
        product_alive=product_alive,
        product_leaving=product_leaving,
        component_alive=component_alive,
        component_leaving=component_leaving,
        replaced=rule,
    )


def _later(later: Later, shape: tuple[int, int], lanes: tuple[int, ...]) -> LaterUses:
    count, types = shape
    layout = Layout(count, (types, *lanes), None, {}, None)
    age = product_ages(layout.timeline("middle", 1))[:, 0]
    # as a cascade takes it: the middle of the year of removal
    ages = 0.5 * (np.maximum(age - 1.0, 0.0) + age)
    life = layout.prepare(later.life)
    lives, weights = quantile_lives(
        life, ages, np.zeros(count, dtype=np.intp), later.points, layout.lanes, float(count)
    )

    def by_member(values: Any) -> FloatArray:
        return np.broadcast_to(np.asarray(values, dtype=float), lanes).reshape(-1)

    exponent = np.ascontiguousarray(np.broadcast_to(later.fade.exponent, (types, *lanes)).reshape(types, -1).T)
    first_floor = by_member(later.fade.first_floor)
    fade = Fade(exponent=exponent, first_floor=first_floor[:, None])

    def by_step(values: Sequence[Any]) -> FloatArray:
        return np.stack([by_member(value) for value in values], axis=1)

    def used_at(values: Sequence[Any]) -> FloatArray:
        return np.stack([fade.used(by_member(soh)[:, None]) for soh in values], axis=1)

    steps = later.steps
    demand = [np.broadcast_to(step.demand, (count, 1, *lanes)).reshape(count, -1).T for step in steps]
    suitable = np.broadcast_to(check_share("suitable", later.suitable), (count, types, CAUSES, *lanes))
    return LaterUses(
        suitable=_members_first(suitable, (count, types, CAUSES), lanes),
        ages=ages,
        lives=np.ascontiguousarray(lives.reshape(count, later.points, types, -1).transpose(3, 2, 0, 1)),
        weights=weights,
        demand=check_not_negative("demand", np.stack(demand, axis=1), ("member",)),
        limit=used_at([step.floor if step.entry_soh is None else step.entry_soh for step in steps]) * (1.0 + ROUNDING),
        floor=used_at([step.floor for step in steps]),
        pace=np.stack([by_member(step.stress)[:, None] ** (-1.0 / exponent) for step in steps], axis=1),
        onward=by_step([step.onward for step in steps]),
        lost=by_step([step.lost for step in steps]),
        exponent=exponent,
        fall=1.0 - first_floor,
    )


def _members_first(values: Any, lead: tuple[int, ...], lanes: tuple[int, ...]) -> FloatArray:
    """(year or age, …, members...), which may broadcast, as (member, …, year or age)."""
    full = np.broadcast_to(values, (*lead, *lanes)).reshape((*lead, math.prod(lanes)))
    return np.ascontiguousarray(np.moveaxis(full, (-1, 0), (0, -1)))


def _check_closure(totals: Totals) -> None:
    """What entered a step and did not leave it is what was followed beyond the horizon."""
    entered, left = totals.entered[:, :, 0].sum(axis=-1), totals.left[:, :, 0].sum(axis=-1)
    residual = np.abs(entered - left - totals.held)
    worst = float(np.max(residual / np.where(entered > 0.0, entered, 1.0), initial=0.0))
    if not worst <= _CLOSED:
        raise ValueError(f"use_totals: a step of later use does not close, by {worst:.1e} of what entered it")

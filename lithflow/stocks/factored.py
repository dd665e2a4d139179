"""Products with a component, in factored form: for lives that are independent and rules that need no matching.

The components made in year k in products of cohort p number v[p, k]·S_product(t, p)·S_component(t, k) at the end of
year t, where v follows a renewal equation. A run is then a handful of batched matrix products instead of a loop over
year × product cohort × component cohort.

Axes: lane first in the matrices (lane, year or cohort, cohort), types last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lithflow.stocks.checks import FloatArray
from lithflow.stocks.kernels import Kernel

CAUSES = ("product_scrapped", "component_replaced", "component_worn", "both")
"""Why a component leaves its product: the product fails and the component is good; the component is worn and is
replaced; it is worn, is not replaced, and the product leaves with it; both fail in the same year."""


BLOCK = 48
"""Lanes worked on together, so that what belongs to them stays in the cache."""


@dataclass
class Lives:
    """Survival of products and components on a block of lanes.

    Attributes
    ----------
    product_alive, product_leaving : (lane, year, cohort)
    component : Kernel whose arrays are (age or year and cohort, lane, type)
    """

    product_alive: FloatArray
    product_leaving: FloatArray
    component: Kernel


def of_block(array: FloatArray, lanes: tuple[int, ...], places: Any, leading: int) -> FloatArray:
    """Some flat lanes of an array whose lanes follow `leading` axes and are 1 where it does not vary."""
    own = array.shape[leading : leading + len(lanes)]
    chosen = (index if size > 1 else 0 * index for index, size in zip(places, own, strict=True))
    if not lanes:
        return np.expand_dims(array, leading)
    return np.asarray(array[(*([slice(None)] * leading), *chosen)])


def blocks_of(lanes: tuple[int, ...]) -> Iterator[tuple[slice, Any]]:
    """Flat lanes in blocks, each with its places along the lanes."""
    width = int(np.prod(lanes))
    for start in range(0, width, BLOCK):
        block = slice(start, min(start + BLOCK, width))
        yield block, np.unravel_index(np.arange(block.start, block.stop), lanes) if lanes else ()


def conditional_on_entry(kernel: Kernel) -> Kernel:
    """The kernel without failures in the step of entry: what leaves first leaves a step later."""
    entry = kernel.entry()
    if np.any(entry <= 0):
        raise ValueError(
            "first_year_failure=False: a life ends within the year of entry, so nothing is left to condition on; "
            "use first_year_failure=True or a longer life"
        )
    if kernel.constant:
        alive, leaving = kernel.alive / entry, kernel.leaving / entry
        leaving[0] = 0.0
    else:
        alive, leaving = kernel.alive / entry[None], kernel.leaving / entry[None]
        years = np.arange(len(leaving))
        leaving[years, years] = 0.0
    return Kernel(kernel.timeline, kernel.life, alive, leaving, kernel.constant, kernel.lanes)


def lives_of(product: Kernel, component: Kernel, lanes: tuple[int, ...], places: Any, types: int) -> Lives:
    """Product and component survival side by side on a block of lanes."""
    pair = []
    for matrix in (product.alive_matrix(), product.leaving_matrix()):
        pair.append(np.ascontiguousarray(np.moveaxis(of_block(matrix, lanes, places, 2), -1, 0)))
    leading = 1 if component.constant else 2
    arrays = (of_block(array, lanes, places, leading) for array in (component.alive, component.leaving))
    alive, leaving = (np.broadcast_to(array, (*array.shape[:-1], types)) for array in arrays)
    return Lives(pair[0], pair[1], replace(component, alive=alive, leaving=leaving))


def check_replacements_end(again: FloatArray) -> None:
    """Refuse a life of replacements that ends at once and is always renewed."""
    if np.any(again >= 1.0):
        raise ValueError(
            "component: its life ends within the year of entry for certain and every one is replaced, "
            "so replacements never end; give a longer life or a smaller share"
        )


@dataclass
class Renewal:
    """Components put into products per product that enters, and what follows.

    Attributes
    ----------
    put_in : (lane, product cohort, component cohort)
        v[p, k] per unit of inflow of cohort p, over the product's survival at k.
    replaced : (lane, year, product cohort) or float
        Share of the worn components of that cohort that is replaced in that year.
    """

    put_in: FloatArray
    replaced: FloatArray | float


def renewal(lives: Lives, share: FloatArray, replaced: FloatArray | None) -> Renewal:
    """Solve v[p, t]·(1 − r·F₀) = r[t, p]·Σ_{k<t} v[p, k]·f(t, k), v[p, p]·(1 − r·F₀) = 1.

    f is the share of the components of year k, of all types by `share`, that wears out in year t, and F₀ that in
    their first year: a component that fails in the year in which it is put in is replaced by the same rule.

    share : (cohort, lane, type); replaced : (lane, year, product cohort), or None for no replacement.
    """
    lanes, years, _ = lives.product_alive.shape
    diagonal = np.arange(years)
    put_in = np.zeros((lanes, years, years))
    if replaced is None:
        put_in[:, diagonal, diagonal] = 1.0
        return Renewal(put_in, 0.0)
    for year in range(years):
        leaving = lives.component.leaving_column(year)
        worn = np.einsum("klm,klm->lk", leaving, share[: year + 1])
        again = replaced[:, year, : year + 1] * worn[:, year : year + 1]
        check_replacements_end(again)
        if year:
            due = np.matmul(put_in[:, :year, :year], worn[:, :year, None])[..., 0]
            put_in[:, :year, year] = replaced[:, year, :year] * due / (1.0 - again[:, :year])
        put_in[:, year, year] = 1.0 / (1.0 - again[:, year])
    return Renewal(put_in, replaced)


def products_per_inflow(lives: Lives, share: FloatArray, renewed: Renewal) -> FloatArray:
    """Products of cohort p there at the end of year t per unit of inflow, (lane, year, product cohort)."""
    lanes, years, _ = lives.product_alive.shape
    mixed = np.zeros((lanes, years, years))
    for year in range(years):
        alive = lives.component.alive_column(year)
        np.einsum("klm,klm->lk", alive, share[: year + 1], out=mixed[:, year, : year + 1])
    per_inflow: FloatArray = np.matmul(mixed, renewed.put_in.transpose(0, 2, 1))
    per_inflow *= lives.product_alive
    return per_inflow


@dataclass
class Exposure:
    """How many components of year k are exposed to what in year t, all types together, (year, cohort, lane).

    Attributes
    ----------
    staying : in products that are there at the end of the year (if the component is good)
    replaceable : of these, in products that get a new one when it is worn
    leaving : in products that fail in the year
    """

    staying: FloatArray
    replaceable: FloatArray
    leaving: FloatArray
    replacements: FloatArray
    """Components put in as replacements, (year, lane)."""


def exposure(lives: Lives, inflow: FloatArray, renewed: Renewal) -> Exposure:
    """Sum the state over product cohorts; inflow : (year, lane)."""
    years = len(inflow)
    diagonal = np.arange(years)
    first = inflow.T
    if np.ndim(renewed.replaced) == 0:
        staying = lives.product_alive * first[:, None, :]
        leaving = lives.product_leaving * first[:, None, :]
        replacements = np.zeros_like(inflow)
        replaceable: Any = np.zeros(())
    else:
        put_in = renewed.put_in * first[:, :, None]
        staying = np.matmul(lives.product_alive, put_in)
        leaving = np.matmul(lives.product_leaving, put_in)
        # replacements go into products that outlive the year; new products carry their first component through it
        leaving[:, diagonal, diagonal] = first * lives.product_leaving[:, diagonal, diagonal]
        replacements = (staying[:, diagonal, diagonal] - first * lives.product_alive[:, diagonal, diagonal]).T
        rule = np.asarray(renewed.replaced)
        if (rule == rule[:, :1, :1]).all():
            replaceable = staying * rule[:, :1, :1]
        else:
            replaceable = np.matmul(lives.product_alive * rule, put_in)
        replaceable = np.moveaxis(replaceable, 0, -1)
    return Exposure(
        np.ascontiguousarray(np.moveaxis(staying, 0, -1)),
        np.ascontiguousarray(np.broadcast_to(replaceable, (years, years, len(first)))),
        np.ascontiguousarray(np.moveaxis(leaving, 0, -1)),
        replacements,
    )


@dataclass
class Components:
    """Components by year, lane and type, and by production year if kept, (year, cohort, lane, type)."""

    stock: FloatArray
    removed: dict[str, FloatArray]
    stock_by_cohort: FloatArray | None = None
    removed_by_cohort: dict[str, FloatArray] = field(default_factory=dict)

    @classmethod
    def empty(cls, years: int, lanes: int, types: int, cohorts: bool) -> Components:
        """Zeros of the right shapes."""
        removed = {cause: np.zeros((years, lanes, types)) for cause in CAUSES}
        found = cls(np.zeros((years, lanes, types)), removed)
        if cohorts:
            found.stock_by_cohort = np.zeros((years, years, lanes, types))
            found.removed_by_cohort = {cause: np.zeros((years, years, lanes, types)) for cause in CAUSES}
        return found


def by_type(
    lives: Lives, share: FloatArray, exposed: Exposure, replacing: bool, into: Components, block: slice
) -> None:
    """Spread the components over types, by the mix of their production year and their own lives."""
    for year in range(len(exposed.staying)):
        rows = slice(0, year + 1)
        alive = lives.component.alive_column(year) * share[rows]
        worn = lives.component.leaving_column(year) * share[rows]
        staying, leaving = exposed.staying[year, rows], exposed.leaving[year, rows]
        replaceable = exposed.replaceable[year, rows]
        unreplaced = staying - replaceable if replacing else staying
        _spread(staying, alive, into.stock, into.stock_by_cohort, year, block)
        for cause, exposure_to, what in (
            ("product_scrapped", leaving, alive),
            ("component_replaced", replaceable, worn),
            ("component_worn", unreplaced, worn),
            ("both", leaving, worn),
        ):
            if replacing or cause != "component_replaced":
                _spread(exposure_to, what, into.removed[cause], into.removed_by_cohort.get(cause), year, block)


def _spread(
    exposed: FloatArray, what: FloatArray, total: FloatArray, kept: FloatArray | None, year: int, block: slice
) -> None:
    """Exposure (cohort, lane) times what happens by type (cohort, lane, type), summed over cohorts and kept."""
    if kept is None:
        np.einsum("kl,klm->lm", exposed, what, out=total[year, block])
        return
    here = kept[year, : len(exposed), block]
    np.multiply(exposed[..., None], what, out=here)
    np.sum(here, axis=0, out=total[year, block])


@dataclass
class Unit:
    """What becomes of one product over the years if lives and rules depend on ages alone, each (age, lanes...).

    Attributes
    ----------
    stock : products (and components) there
    scrapped, both : components leaving with a product that fails, good and worn
    replaced, worn : worn components replaced (as many are put in), and not replaced
    """

    stock: FloatArray
    scrapped: FloatArray
    both: FloatArray
    replaced: FloatArray
    worn: FloatArray


def unit(product: Kernel, component: Kernel, rule: FloatArray) -> Unit:
    """The renewal equation for one product; `rule` : share of worn components replaced, (age, lanes...).

    u[b]·(1 − r[b]·F₀) = r[b]·Σ_{j<b} u[j]·f[b − j], with f what wears out at an age and F₀ in the first step.
    """
    alive, leaving = component.alive, component.leaving
    lanes = np.broadcast_shapes(product.alive.shape[1:], alive.shape[1:], rule.shape[1:])
    count = len(alive)
    put_in, good, worn = (np.empty((count, *lanes)) for _ in range(3))
    again = rule * leaving[0]
    check_replacements_end(again)
    good_before, worn_before = np.zeros((count, *lanes)), np.zeros((count, *lanes))
    put_in[0] = 1.0 / (1.0 - again[0])
    for age in range(1, count):
        np.einsum("c...,c...->...", put_in[:age], alive[age:0:-1], out=good_before[age, ...])
        np.einsum("c...,c...->...", put_in[:age], leaving[age:0:-1], out=worn_before[age, ...])
        put_in[age] = rule[age] * worn_before[age] / (1.0 - again[age])
    np.add(good_before, put_in * alive[0], out=good)
    np.add(worn_before, put_in * leaving[0], out=worn)
    # a product that fails in the step of entry does so with its first component
    good_before[0], worn_before[0] = alive[0], leaving[0]
    wearing = product.alive * worn
    return Unit(
        stock=product.alive * good,
        scrapped=product.leaving * good_before,
        both=product.leaving * worn_before,
        replaced=rule * wearing,
        worn=(1.0 - rule) * wearing,
    )

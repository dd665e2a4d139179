"""Stocks of a product that holds a component with a life of its own, such as a vehicle and its battery."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks import factored
from lithflow.stocks.checks import FloatArray, check_choice, check_not_negative
from lithflow.stocks.kernels import Kernel, convolve, kernel_of, sum_over_cohorts
from lithflow.stocks.product_case import Case
from lithflow.stocks.product_march import ProductMarch
from lithflow.stocks.product_result import Later, ProductComponentStock, result_of
from lithflow.stocks.product_state import Drive, Records
from lithflow.stocks.rules import Replacement, Reuse, product_ages, replacement_of, reuse_of
from lithflow.stocks.survival import Lifetime


def product_component(
    *,
    product: Lifetime,
    component: Lifetime,
    inflow: Any = None,
    stock: Any = None,
    replacement: Replacement | Any = None,
    reuse: Reuse | Any = None,
    type_share: Any = None,
    inflow_at: str = "middle",
    points: int = 6,
    first_year_failure: bool = True,
    negative: str = "raise",
    years: ArrayLike | None = None,
    initial: Any = None,
    cohorts: bool = False,
    method: str = "auto",
) -> ProductComponentStock:
    """Products with one component each, whose lives are independent.

    In a year a product fails and its component is good; the component is worn and is replaced, or it is not and the
    product leaves with it; or both fail. Replacements are made in the year in which they are fitted and have the mix
    of types of that year.

    Parameters
    ----------
    product, component : Lifetime
        Life of the product itself, and of the component in use. Parameters broadcast with the driver; those of the
        component have a trailing type axis if `type_share` is given. ``Fixed(numpy.inf)`` never fails.
    inflow or stock : array_like (year, lanes...) or xarray.DataArray with dimension ``year``
        What drives: products entering per year, or products wanted at the end of the year.
    replacement : Replacement, float or None
        Which worn components are replaced; None: none.
    reuse : Reuse, float or None
        Which good components of failed products go into other products; None: none.
    type_share : array_like (year, lanes..., type), optional
        Mix of the components made in a year, adding to 1 (dimension ``type`` if labelled).
    inflow_at, points, years, cohorts
        As for :func:`inflow_driven`.
    first_year_failure : bool
        Whether anything fails in the step in which it enters. If not, survival is conditional on that of the first
        step.
    negative : "raise", "keep", "cap" or "scrap"
        Stock-driven, where the inflow would be negative: an error; a negative inflow; fewer replacements, the oldest
        products going without first (an error if that is not enough); or that, and the rest leaves early from all
        living cohorts in proportion.
    initial : array_like (product age, component age, lanes...[, type]), optional
        Products at the start of the first year, by the year in which product and component entered: entry 0 a year
        before the first year, entry 1 two years before.
    method : "auto", "factored" or "marching"
        The factored form where it can say the rules, a marching state otherwise; both give the same numbers.

    Returns
    -------
    ProductComponentStock

    Raises
    ------
    ValueError
        As :func:`inflow_driven` and :func:`stock_driven`; neither or both of inflow and stock; shares outside 0–1.
    """
    if (inflow is None) == (stock is None):
        got = "neither" if inflow is None else "both"
        raise ValueError(f"product_component: give either inflow= or stock=, got {got}")
    check_choice("negative", negative, ("raise", "keep", "cap", "scrap"))
    check_choice("method", method, ("auto", "factored", "marching"))
    rule, again = replacement_of(replacement), reuse_of(reuse)
    case = Case.of(product, component, inflow, stock, rule, again, type_share, inflow_at, points, years)
    needs_state = initial is not None or not again.none or case.fitted_at is not None
    if method == "factored" and needs_state:
        raise ValueError('method="factored": reuse, initial and fitted_at need a marching state; leave method out')
    if method != "marching" and not needs_state:
        found = _by_age(case, first_year_failure, negative, cohorts) if method == "auto" else None
        if found is None:
            found = _factored(case, first_year_failure, negative, cohorts)
        if found is not None:
            return found
        if method == "factored":
            raise ValueError(f'method="factored": negative={negative!r} needs a marching state here; leave method out')
    return _marched(case, first_year_failure, negative, initial, cohorts)


def _kernels(case: Case, first_year_failure: bool) -> tuple[Kernel, Kernel]:
    product, component = kernel_of(case.product, case.timeline), kernel_of(case.component, case.timeline)
    if first_year_failure:
        return product, component
    return factored.conditional_on_entry(product), factored.conditional_on_entry(component)


def _by_age(case: Case, first_year_failure: bool, negative: str, cohorts: bool) -> ProductComponentStock | None:
    """Sums with one unit kernel a lane, where lives and rules depend on ages alone; None where they do not."""
    if case.with_types:
        return None
    product, component = _kernels(case, first_year_failure)
    rule = case.rule.by_age(case.outer, product_ages(case.timeline)[:, 0])
    if rule is None or not (product.constant and component.constant):
        return None
    one = factored.unit(product, component, np.broadcast_to(rule, (case.outer.count, *rule.shape[1:])))
    lanes = case.lanes
    values = case.values.reshape(case.outer.count, *lanes)
    if case.is_inflow:
        amounts = values if case.timeline.unit else values * case.timeline.length[0]
    else:
        solved = _solve_by_age(case, values, one.stock, negative)
        if solved is None:
            return None
        amounts = solved

    def flat(unit: FloatArray) -> FloatArray:
        return convolve(unit, amounts, lanes).reshape(case.outer.count, -1, 1)

    nothing = np.broadcast_to(0.0, (case.outer.count, case.values.shape[1], 1))
    replaced = nothing if case.rule.none else flat(one.replaced)
    entered = np.broadcast_to(amounts, values.shape).reshape(case.values.shape)
    records = Records(
        entered=entered,
        scrapped=nothing[..., 0],
        first_fit=entered[..., None],
        replacements=replaced,
        stock=flat(one.stock),
        removed={
            "product_scrapped": flat(one.scrapped),
            "component_replaced": replaced,
            "component_worn": flat(one.worn),
            "both": flat(one.both),
        },
        reused=nothing,
    )
    found = result_of(case, records, 0, None)
    if cohorts:
        # matrices need the state by product and production year
        inflow = replace(case, values=entered / case.timeline.length[:, None], is_inflow=True)
        found.matrices = Later(lambda: _factored(inflow, first_year_failure, negative, True))
    return found


def _solve_by_age(case: Case, target: FloatArray, stock: FloatArray, negative: str) -> FloatArray | None:
    """Inflow that holds the stock wanted, by forward substitution, (year, lanes...)."""
    entering = np.empty(target.shape)
    rounding = 1e-12 * target.max(axis=0, initial=0.0)
    _check_entry(stock[0])
    there = np.empty(case.lanes)
    for year in range(len(target)):
        sum_over_cohorts(stock[year:0:-1], entering[:year], there[...])
        needed = (target[year] - there) / stock[0]
        if needed.min(initial=0.0) < 0:
            bad = needed < -rounding
            if bad.any() and negative == "raise":
                raise case.refuse(year, needed, bad)
            if bad.any() and negative != "keep":
                return None
            needed = np.where((needed < 0) & ~bad, 0.0, needed)
        entering[year] = needed
    return entering


def _check_entry(alive: FloatArray) -> None:
    if np.any(alive <= 0):
        raise ValueError(
            "product_component: everything that enters leaves within the same step, so no inflow can hold a "
            'stock; use inflow_at="end" or "spread", or a longer life'
        )


def _factored(case: Case, first_year_failure: bool, negative: str, cohorts: bool) -> ProductComponentStock | None:
    """The factored form; None where a rule for a negative inflow has to be applied."""
    product, component = _kernels(case, first_year_failure)
    if not case.with_types:
        component = replace(
            component,
            alive=component.alive[..., None],
            leaving=component.leaving[..., None],
            lanes=(*component.lanes, 1),
        )
    share, lanes, replacing = case.flat_share(), case.lanes, not case.rule.none
    rule = case.rule.shares(case.outer, product_ages(case.timeline)) if replacing else None
    into = factored.Components.empty(case.outer.count, share.shape[1], case.types, cohorts)
    entering, replacements = np.zeros(case.values.shape), np.zeros(case.values.shape)

    def renewed_in(places: Any, block: slice) -> tuple[factored.Lives, factored.Renewal]:
        lives = factored.lives_of(product, component, lanes, places, case.types)
        replaced = None
        if rule is not None:
            replaced = np.moveaxis(factored.of_block(rule, lanes, places, 2), -1, 0)
            replaced = np.broadcast_to(replaced, (len(replaced), case.outer.count, case.outer.count))
        return lives, factored.renewal(lives, share[:, block], replaced)

    for block, places in factored.blocks_of(lanes):
        lives, renewed = renewed_in(places, block)
        if case.is_inflow:
            entering[:, block] = case.values[:, block] * case.timeline.length[:, None]
        else:
            per_inflow = factored.products_per_inflow(lives, share[:, block], renewed)
            solved = _entering_for(case, per_inflow, negative, block)
            if solved is None:
                return None
            entering[:, block] = solved
        exposed = factored.exposure(lives, entering[:, block], renewed)
        replacements[:, block] = exposed.replacements
        factored.by_type(lives, share[:, block], exposed, replacing, into, block)
    records = Records(
        entered=entering,
        scrapped=np.zeros_like(entering),
        first_fit=entering[..., None] * share,
        replacements=replacements[..., None] * share,
        stock=into.stock,
        removed=into.removed,
        reused=np.broadcast_to(0.0, into.stock.shape),
    )
    if into.stock_by_cohort is not None:
        records.matrices = {"stock": into.stock_by_cohort, **into.removed_by_cohort}

    def products() -> FloatArray:
        found = np.zeros((case.outer.count, *entering.shape))
        for block, places in factored.blocks_of(lanes):
            lives, renewed = renewed_in(places, block)
            per_inflow = factored.products_per_inflow(lives, share[:, block], renewed)
            found[:, :, block] = np.moveaxis(per_inflow, 0, -1) * entering[None, :, block]
        return found

    return result_of(case, records, 0, products if cohorts else None)


def _entering_for(case: Case, per_inflow: FloatArray, negative: str, block: slice) -> FloatArray | None:
    """Inflow that holds the stock wanted: i[t] = (s[t] − Σ_{p<t} i[p]·G[t, p]) / G[t, t], (year, lane)."""
    target = case.values[:, block]
    entering = np.zeros_like(target)
    rounding = 1e-12 * target.max(axis=0, initial=0.0)
    for year in range(len(target)):
        alive = per_inflow[:, year, year]
        _check_entry(alive)
        there = np.einsum("lp,pl->l", per_inflow[:, year, :year], entering[:year])
        needed = (target[year] - there) / alive
        bad = needed < -rounding
        if bad.any() and negative == "raise":
            everywhere = np.zeros(case.values.shape[1])
            everywhere[block] = np.where(bad, needed, 0.0)
            raise case.refuse(year, everywhere, everywhere < 0)
        if bad.any() and negative != "keep":
            return None
        entering[year] = np.where((needed < 0) & ~bad, 0.0, needed)
    return entering


def _marched(case: Case, first_year_failure: bool, negative: str, initial: Any, cohorts: bool) -> ProductComponentStock:
    start: FloatArray | None = None
    if initial is not None:
        axes = ("product_age", "component_age")
        layout = case.typed if case.with_types else case.outer
        given = check_not_negative("initial", layout.array("initial", initial, axes, exact=True), axes)
        full = (*given.shape[:2], *case.lanes, case.types)
        start = np.broadcast_to(given if case.with_types else given[..., None], full)
        start = start.reshape(*given.shape[:2], -1, case.types)
    older = 0 if start is None else max(start.shape[:2])
    ages = product_ages(case.timeline, older)
    width = int(np.prod(case.lanes))

    def flat(values: FloatArray) -> FloatArray:
        leading = values.shape[: values.ndim - len(case.lanes)]
        return np.broadcast_to(values, (*leading, *case.lanes)).reshape(*leading, width)

    reuse_share = flat(case.outer.array("Reuse(share=)", case.reuse.share))
    march = ProductMarch(
        case.timeline,
        case.product,
        case.component,
        (case.lanes, case.types, case.with_types),
        case.flat_share(),
        flat(case.rule.shares(case.outer, ages)),
        ages,
        case.rule.warranty,
        case.reuse,
        np.broadcast_to(reuse_share, (case.outer.count, width)),
        case.fitted_at,
        first_year_failure,
        start,
        cohorts,
    )
    amounts = case.values * case.timeline.length[:, None] if case.is_inflow else None
    drive = Drive(amounts, None if case.is_inflow else case.values, negative, case.refuse)
    records = march.run(drive)
    products = records.products
    found = result_of(case, records, older, None if products is None else lambda: products)
    found.initial_total = march.initial_components.reshape(*case.lanes, case.types)
    if not case.with_types:
        found.initial_total = found.initial_total[..., 0]
    return found

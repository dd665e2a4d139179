"""Stocks of a product that holds a component with a life of its own, such as a vehicle and its battery."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks import factored
from lithflow.stocks.checks import FloatArray, check_choice, check_not_negative, check_share, place_of
from lithflow.stocks.factored import CAUSES
from lithflow.stocks.kernels import kernel_of
from lithflow.stocks.layout import Layout
from lithflow.stocks.lifetimes import Lifetime
from lithflow.stocks.rules import Replacement, Reuse, replacement_of, reuse_of


@dataclass
class ProductComponentStock:
    """Products, their components, and why components left.

    Flows are per year, stocks at the end of a step. Component arrays have a trailing type axis if the call had
    ``type_share``. Matrices are (year, production year, lanes..., type) and need ``cohorts=True``.

    Attributes
    ----------
    products_inflow, products_outflow, products_stock : (year, lanes...)
    products_scrapped : (year, lanes...)
        Products that left early because the stock had to fall faster than lives allow; part of ``products_outflow``
        they are not.
    components_first_fit, components_replacements : (year, lanes..., type)
        New components in new products, and in products that were there.
    components_stock : (year, lanes..., type)
    removed : dict of (year, lanes..., type)
        Components that left their product, by cause: ``product_scrapped`` (good), ``component_replaced``,
        ``component_worn`` (not replaced: the product leaves with it), ``both``.
    reused : (year, lanes..., type)
        Of the good ones removed, those fitted to another product in the same year; they are not outflow.
    """

    products_inflow: Any
    products_outflow: Any
    products_stock: Any
    products_scrapped: Any
    components_first_fit: Any
    components_replacements: Any
    components_stock: Any
    removed: dict[str, Any]
    reused: Any
    length: FloatArray = field(repr=False)
    matrices: dict[str, Any] = field(default_factory=dict, repr=False)
    initial_total: Any = field(default=0.0, repr=False)

    @property
    def components_inflow(self) -> Any:
        """New components, in new products and as replacements."""
        return self.components_first_fit + self.components_replacements

    @property
    def components_outflow(self) -> Any:
        """Components that left for good: all removed, less those used again."""
        return sum(self.removed[cause] for cause in self.removed) - self.reused

    def _matrix(self, name: str) -> Any:
        if name not in self.matrices:
            raise AttributeError(f"{name} was not kept; pass cohorts=True")
        value = self.matrices[name]
        return value() if callable(value) else value

    @property
    def components_stock_by_cohort(self) -> Any:
        """Components there by production year, (year, cohort, lanes..., type)."""
        return self._matrix("components_stock_by_cohort")

    @property
    def removed_by_cohort(self) -> dict[str, Any]:
        """Components removed by cause and production year, each (year, cohort, lanes..., type)."""
        removed: dict[str, Any] = self._matrix("removed_by_cohort")
        return removed

    @property
    def reused_by_cohort(self) -> Any:
        """Components used again by production year, (year, cohort, lanes..., type)."""
        return self._matrix("reused_by_cohort")

    @property
    def products_stock_by_cohort(self) -> Any:
        """Products there by cohort, (year, cohort, lanes...)."""
        return self._matrix("products_stock_by_cohort")

    def closure(self) -> float:
        """Worst |put in − left − still there| of the components over what was put in, from flows and the last stock."""
        length = self.length.reshape((-1,) + (1,) * (np.ndim(self.components_stock) - 1))
        put_in = (np.asarray(self.components_inflow) * length).sum(axis=0) + self.initial_total
        left = (np.asarray(self.components_outflow) * length).sum(axis=0)
        residual = np.abs(put_in - left - np.asarray(self.components_stock)[-1])
        return float(np.max(residual / np.where(np.abs(put_in) > 0, np.abs(put_in), 1.0), initial=0.0))


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

    Returns
    -------
    ProductComponentStock

    Raises
    ------
    ValueError
        As :func:`inflow_driven` and :func:`stock_driven`; neither or both of inflow and stock; shares outside 0–1.
    """
    if (inflow is None) == (stock is None):
        raise ValueError("product_component: give either inflow= or stock=, got " + ("neither" if inflow is None else "both"))
    check_choice("negative", negative, ("raise", "keep", "cap", "scrap"))
    name, driver = ("inflow", inflow) if stock is None else ("stock", stock)
    rule, again = replacement_of(replacement), reuse_of(reuse)
    beside = [("type_share", type_share), ("Replacement(share=)", rule.share), ("Reuse(share=)", again.share)]
    last = ("type",) if type_share is not None else ()
    typed = Layout.of(name, driver, beside, [product, component], years, last=last)
    outer, typed, share = _types(typed, type_share)
    values = check_not_negative(name, outer.array(name, driver, exact=True), ("year",))
    timeline = outer.timeline(inflow_at, points)
    product_life, component_life = outer.prepare(product), typed.prepare(component)
    component_kernel = kernel_of(component_life, timeline)
    if type_share is None:
        component_kernel = replace(
            component_kernel,
            alive=component_kernel.alive[..., None],
            leaving=component_kernel.leaving[..., None],
            lanes=(*component_kernel.lanes, 1),
        )
    lanes = np.broadcast_shapes(outer.lanes, product_life._lanes(), component_kernel.lanes[:-1])
    values = np.broadcast_to(values, (outer.count, *lanes))
    flat_share = np.broadcast_to(share, (outer.count, *lanes, share.shape[-1])).reshape(outer.count, -1, share.shape[-1])

    product_kernel = kernel_of(product_life, timeline)
    if not first_year_failure:
        product_kernel = factored.conditional_on_entry(product_kernel)
        component_kernel = factored.conditional_on_entry(component_kernel)
    lives = factored.lives_of(product_kernel, component_kernel, lanes, share.shape[-1])
    replaced = None if rule.none else factored.lane_first(rule.shares(outer, timeline), lanes)
    renewed = factored.renewal(lives, flat_share, replaced)
    length = timeline.length[:, None]
    flat = values.reshape(outer.count, -1)
    if stock is None:
        entering = flat * length
    else:
        entering = _entering_for(flat, factored.products_per_inflow(lives, flat_share, renewed), negative, outer, lanes)
    exposed = factored.exposure(lives, entering, renewed)
    parts = factored.by_type(lives, flat_share, exposed, cohorts, not rule.none)
    return _result(entering, exposed, parts, flat_share, lanes, outer, typed, timeline.length, type_share is not None)


def _types(typed: Layout, type_share: Any) -> tuple[Layout, Layout, FloatArray]:
    """Layouts without and with a trailing type axis, and the shares on (year, lanes..., type)."""
    if type_share is None:
        return typed, typed, np.ones((1,) * (len(typed.lanes) + 2))
    if typed.names is None:
        outer = typed
        typed = Layout(outer.count, (*outer.lanes, np.shape(type_share)[-1]), None, {}, outer.years)
    else:
        if "type" not in typed.names:
            raise ValueError('type_share: expected a dimension "type"')
        outer = Layout(typed.count, typed.lanes[:-1], typed.names[:-1], typed.coordinates, typed.years)
    share = check_share("type_share", typed.array("type_share", type_share), ("year",))
    off = np.abs(share.sum(axis=-1) - 1.0) > 1e-9
    if off.any():
        raise ValueError(f"type_share: shares add to {share.sum(axis=-1)[off][0]:g} at {place_of(off, ('year',))}; expected 1")
    return outer, typed, share


def _entering_for(target: FloatArray, per_inflow: FloatArray, negative: str, layout: Layout, lanes: tuple[int, ...]) -> FloatArray:
    """Inflow that holds the stock wanted: i[t] = (s[t] − Σ_{p<t} i[p]·G[t, p]) / G[t, t], (year, lane)."""
    entering = np.zeros_like(target)
    rounding = 1e-12 * np.abs(target).max(axis=0, initial=0.0)
    for year in range(len(target)):
        there = np.einsum("lp,pl->l", per_inflow[:, year, :year], entering[:year])
        needed = (target[year] - there) / per_inflow[:, year, year]
        bad = needed < -rounding
        if bad.any() and negative != "keep":
            raise ValueError(f"stock: falls faster than lives allow in year index {year}")
        entering[year] = np.where((needed < 0) & ~bad, 0.0, needed)
    return entering


def _result(
    entering: FloatArray,
    exposed: factored.Exposure,
    parts: factored.Components,
    share: FloatArray,
    lanes: tuple[int, ...],
    outer: Layout,
    typed: Layout,
    length: FloatArray,
    with_types: bool,
) -> ProductComponentStock:
    count, types = len(entering), share.shape[-1]
    unit = bool((length == 1.0).all())

    def per_year(values: FloatArray) -> FloatArray:
        return values if unit else values / length.reshape((-1,) + (1,) * (values.ndim - 1))

    def components(values: FloatArray, flow: bool = True) -> Any:
        leading = values.shape[: values.ndim - 2]
        shaped = values.reshape(*leading, *lanes, types) if with_types else values.reshape(*leading, *lanes)
        layout = typed if with_types else outer
        return layout.wrap(per_year(shaped) if flow else shaped, ("year", "cohort")[: len(leading)])

    def products(values: FloatArray, flow: bool = True) -> Any:
        shaped = values.reshape(count, *lanes)
        return outer.wrap(per_year(shaped) if flow else shaped)

    matrices: dict[str, Any] = {}
    if parts.stock_by_cohort is not None:
        matrices = {
            "components_stock_by_cohort": components(parts.stock_by_cohort, flow=False),
            "removed_by_cohort": {cause: components(parts.removed_by_cohort[cause]) for cause in CAUSES},
            "reused_by_cohort": lambda: components(np.zeros((count, count, *share.shape[1:]))),
        }
    leaving = sum(parts.removed[cause].sum(axis=-1) for cause in CAUSES if cause != "component_replaced")
    return ProductComponentStock(
        products_inflow=products(entering),
        products_outflow=products(np.asarray(leaving)),
        products_stock=products(parts.stock.sum(axis=-1), flow=False),
        products_scrapped=products(np.zeros_like(entering)),
        components_first_fit=components(entering[..., None] * share),
        components_replacements=components(exposed.replacements[..., None] * share),
        components_stock=components(parts.stock, flow=False),
        removed={cause: components(parts.removed[cause]) for cause in CAUSES},
        reused=components(np.zeros((count, *share.shape[1:]))),
        length=length,
        matrices=matrices,
    )

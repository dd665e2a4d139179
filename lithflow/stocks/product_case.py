"""The arguments of a product-component stock, checked and on flat lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.checks import FloatArray, check_not_negative, check_share, place_of
from lithflow.stocks.layout import Layout
from lithflow.stocks.rules import Replacement, Reuse
from lithflow.stocks.survival import Lifetime
from lithflow.stocks.targets import refuse_negative
from lithflow.stocks.timeline import Timeline


@dataclass
class Case:
    """Checked and aligned arguments, on flat lanes."""

    product: Lifetime
    component: Lifetime
    values: FloatArray
    is_inflow: bool
    share: FloatArray
    with_types: bool
    rule: Replacement
    reuse: Reuse
    fitted_at: float | None
    outer: Layout
    typed: Layout
    lanes: tuple[int, ...]
    timeline: Timeline

    @classmethod
    def of(
        cls,
        product: Lifetime,
        component: Lifetime,
        inflow: Any,
        stock: Any,
        rule: Replacement,
        reuse: Reuse,
        type_share: Any,
        inflow_at: str,
        points: int,
        years: ArrayLike | None,
    ) -> Case:
        """Check and align what a user passes."""
        name, driver = ("inflow", inflow) if stock is None else ("stock", stock)
        beside = [("type_share", type_share), ("Replacement(share=)", rule.share), ("Reuse(share=)", reuse.share)]
        last = ("type",) if type_share is not None else ()
        typed = Layout.of(name, driver, beside, [product, component], years, last=last)
        outer, typed, share = typed_layouts(typed, type_share)
        values = check_not_negative(name, outer.array(name, driver, exact=True), ("year",))
        timeline = outer.timeline(inflow_at, points)
        product_life, component_life = outer.prepare(product), typed.prepare(component)
        own = component_life._lanes() if type_share is None else component_life._lanes()[:-1]
        lanes = np.broadcast_shapes(outer.lanes, product_life._lanes(), own)
        fitted_at = None
        if rule.fitted_at is not None and rule.fitted_at != inflow_at:
            fitted_at = {"start": 0.0, "middle": 0.5, "end": 1.0}[rule.fitted_at]
        return cls(
            product_life,
            component_life,
            np.broadcast_to(values, (outer.count, *lanes)).reshape(outer.count, -1),
            stock is None,
            share,
            type_share is not None,
            rule,
            reuse,
            fitted_at,
            outer,
            typed,
            lanes,
            timeline,
        )

    @property
    def types(self) -> int:
        """Number of component types."""
        return int(self.share.shape[-1])

    def flat_share(self) -> FloatArray:
        """(year, lane, type)."""
        count = self.outer.count
        return np.broadcast_to(self.share, (count, *self.lanes, self.types)).reshape(count, -1, self.types)

    def refuse(self, year: int, inflow: FloatArray, bad: Any) -> ValueError:
        """The error for a stock that falls faster than lives allow."""
        shape = self.lanes
        mend = 'pass negative="cap" for fewer replacements, "scrap" to retire the surplus early, or "keep"'
        return refuse_negative(self.outer, year, inflow.reshape(shape), bad.reshape(shape), mend)


def typed_layouts(typed: Layout, type_share: Any) -> tuple[Layout, Layout, FloatArray]:
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
        raise ValueError(
            f"type_share: shares add to {share.sum(axis=-1)[off][0]:g} at {place_of(off, ('year',))}; expected 1"
        )
    return outer, typed, share

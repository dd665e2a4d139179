"""Rules of a product with a component: when a worn component is replaced, and when a good one is used again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lithflow.stocks.checks import FloatArray, as_floats, check_choice, check_share
from lithflow.stocks.layout import Layout, is_labelled
from lithflow.stocks.timeline import Timeline


@dataclass(frozen=True)
class Replacement:
    """Which worn components are replaced; the product of one that is not replaced leaves with it.

    Ages are those at the end of the year under the convention of ``inflow_at``: t − p for "end", t − p + ½ for
    "middle" and "spread", t − p + 1 for "start".

    Parameters
    ----------
    share : array_like
        Share of the worn components that is replaced, 0–1; a scalar, by lane, or by (year, lanes...).
    below_age, warranty : array_like
        Ages in years, scalars or by lane: replaced only in products younger than the first, and always, by a new one,
        in products younger than the second.
    fitted_at : "start", "middle" or "end", optional
        Moment of the year at which replacements are fitted; that of the inflow unless given.

    Raises
    ------
    ValueError
        A share outside 0–1, a negative age, or an unknown moment.
    """

    share: Any = 1.0
    below_age: Any = np.inf
    warranty: Any = 0.0
    fitted_at: str | None = None

    def __post_init__(self) -> None:
        check_share("Replacement(share=)", self.share)
        for name in ("below_age", "warranty"):
            if not np.all(np.asarray(getattr(self, name), dtype=float) >= 0):
                raise ValueError(f"Replacement({name}=): expected an age of 0 or more, got {getattr(self, name)}")
        if self.fitted_at is not None:
            check_choice("Replacement(fitted_at=)", self.fitted_at, ("start", "middle", "end"))

    @property
    def none(self) -> bool:
        """Whether nothing is ever replaced."""
        never = not np.any(self.below_age) or not np.any(as_floats("share", self.share))
        return not np.any(self.warranty) and never

    def by_age(self, layout: Layout, ages: FloatArray) -> FloatArray | None:
        """Share replaced by product age, (age, lanes...); None if it changes with the year."""
        share = layout.array("Replacement(share=)", self.share)
        if share.shape[0] != 1:
            return None
        age = ages.reshape(ages.shape + (1,) * len(layout.lanes))
        return np.where(age < self.warranty, 1.0, np.where(age < self.below_age, share, 0.0))

    def shares(self, layout: Layout, ages: FloatArray) -> FloatArray:
        """Share replaced by year and product cohort, (year, cohort, lanes...), for product ages (year, cohort)."""
        share = layout.array("Replacement(share=)", self.share)
        age = ages.reshape(ages.shape + (1,) * len(layout.lanes))
        allowed = np.where(age < self.below_age, share[:, None], 0.0)
        return np.where(age < self.warranty, 1.0, allowed)


@dataclass(frozen=True)
class Reuse:
    """Good components of failed products that are fitted to other products.

    First into products whose own component is worn and is to be replaced; then, if `new_products`, into new ones.
    What finds no product leaves.

    Parameters
    ----------
    share : array_like
        Share of the good components of failed products that may be used again, 0–1.
    order : "oldest" or "youngest"
        Which components are taken first.
    product_order : "oldest" or "youngest"
        Which products are served first.
    maximum_component_age, minimum_product_age : float
        Components older, and products younger, take no part; ages as for :class:`Replacement`.
    new_products : bool
        Whether what is left after that goes into new products.

    Raises
    ------
    ValueError
        A share outside 0–1, a negative age, or an unknown order.
    """

    share: Any = 1.0
    order: str = "oldest"
    product_order: str = "oldest"
    maximum_component_age: float = np.inf
    minimum_product_age: float = 0.0
    new_products: bool = False

    def __post_init__(self) -> None:
        check_share("Reuse(share=)", self.share)
        check_choice("Reuse(order=)", self.order, ("oldest", "youngest"))
        check_choice("Reuse(product_order=)", self.product_order, ("oldest", "youngest"))
        for name in ("maximum_component_age", "minimum_product_age"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"Reuse({name}=): expected an age of 0 or more, got {getattr(self, name)}")

    @property
    def none(self) -> bool:
        """Whether nothing is ever used again."""
        return not np.any(as_floats("share", self.share))


def product_ages(timeline: Timeline, older: int = 0) -> FloatArray:
    """Age at the end of year t of what entered in year p, at the mean moment of entry, (year, cohort).

    `older` : cohorts before the first year, which come first, the oldest at position 0.
    """
    moment = float(timeline.moments @ timeline.weights)
    entry = np.concatenate([timeline.entry_before(older, moment)[::-1], timeline.entry(moment)])
    return np.asarray(timeline.end[:, None] - entry[None, :])


def replacement_of(rule: Any) -> Replacement:
    """A rule from what a user passes: None, a share, or a Replacement."""
    if rule is None:
        return Replacement(share=0.0)
    if isinstance(rule, Replacement):
        return rule
    if isinstance(rule, (int, float)) or is_labelled(rule) or isinstance(rule, np.ndarray):
        return Replacement(share=rule)
    raise TypeError(f"replacement: expected Replacement(...), a share or None, got {type(rule).__name__}")


def reuse_of(rule: Any) -> Reuse:
    """A rule from what a user passes: None, a share, or a Reuse."""
    if rule is None:
        return Reuse(share=0.0)
    if isinstance(rule, Reuse):
        return rule
    if isinstance(rule, (int, float)) or is_labelled(rule) or isinstance(rule, np.ndarray):
        return Reuse(share=rule)
    raise TypeError(f"reuse: expected Reuse(...), a share or None, got {type(rule).__name__}")

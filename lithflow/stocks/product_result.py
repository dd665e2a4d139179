"""What a product-component stock gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lithflow.stocks.checks import FloatArray
from lithflow.stocks.factored import CAUSES
from lithflow.stocks.product_case import Case
from lithflow.stocks.product_state import Records


@dataclass
class ProductComponentStock:
    """Products, their components, and why components left.

    Flows are per year, stocks at the end of a step. Component arrays have a trailing type axis if the call had
    ``type_share``. Matrices are (year, production year, lanes..., type) and need ``cohorts=True``.

    Attributes
    ----------
    products_inflow, products_outflow, products_stock : (year, lanes...)
    products_scrapped : (year, lanes...)
        Products that left early because the stock had to fall faster than lives allow; not part of
        ``products_outflow``. Their components are ``product_scrapped``.
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
    def older_components(self) -> Any:
        """Components from before the first year, (year, older, lanes..., type), the youngest first."""
        return self._matrix("older_components")

    @property
    def older_removed(self) -> dict[str, Any]:
        """The same for components removed, by cause."""
        removed: dict[str, Any] = self._matrix("older_removed")
        return removed

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


def result_of(case: Case, records: Records, older: int, products_by_cohort: Any) -> ProductComponentStock:
    """Records on flat lanes as the user's kind of arrays, flows per year."""
    length, count = case.timeline.length, case.outer.count
    unit = bool((length == 1.0).all())
    axes = ("year", "cohort")

    def per_year(values: FloatArray) -> FloatArray:
        return values if unit else values / length.reshape((-1,) + (1,) * (values.ndim - 1))

    def components(values: FloatArray, flow: bool = True, second: str = "cohort") -> Any:
        leading = values.shape[: values.ndim - 2]
        shape = (*leading, *case.lanes, case.types) if case.with_types else (*leading, *case.lanes)
        layout = case.typed if case.with_types else case.outer
        shaped = values.reshape(shape)
        return layout.wrap(per_year(shaped) if flow else shaped, (axes[0], second)[: len(leading)])

    def products(values: FloatArray, flow: bool = True) -> Any:
        shaped = values.reshape(count, *case.lanes)
        return case.outer.wrap(per_year(shaped) if flow else shaped)

    kept = records.matrices
    matrices: dict[str, Any] = {}
    if kept:
        inside, before = slice(older, None), slice(0, older)
        nothing = np.zeros((count, count, *records.stock.shape[1:])) if "reused" not in kept else None
        matrices = {
            "components_stock_by_cohort": components(kept["stock"][:, inside], flow=False),
            "removed_by_cohort": {cause: components(kept[cause][:, inside]) for cause in CAUSES},
            "reused_by_cohort": components(kept["reused"][:, inside] if nothing is None else nothing),
            "older_components": components(kept["stock"][:, before][:, ::-1], flow=False, second="older"),
            "older_removed": {cause: components(kept[cause][:, before][:, ::-1], second="older") for cause in CAUSES},
            "products_stock_by_cohort": lambda: case.outer.wrap(
                products_by_cohort()[:, inside].reshape(count, count, *case.lanes), axes
            ),
        }
    left = (records.removed[cause] for cause in CAUSES if cause != "component_replaced")
    leaving = -records.scrapped
    for amounts in left:
        leaving += _all_types(amounts)
    return ProductComponentStock(
        products_inflow=products(records.entered),
        products_outflow=products(leaving),
        products_stock=products(_all_types(records.stock), flow=False),
        products_scrapped=products(records.scrapped),
        components_first_fit=components(records.first_fit),
        components_replacements=components(records.replacements),
        components_stock=components(records.stock, flow=False),
        removed={cause: components(records.removed[cause]) for cause in CAUSES},
        reused=components(records.reused),
        length=length,
        matrices=matrices,
    )


def _all_types(values: FloatArray) -> FloatArray:
    """Sum over types; a view where there is one."""
    return values[..., 0] if values.shape[-1] == 1 else np.asarray(values.sum(axis=-1))


class Later(dict[str, Any]):
    """Matrices that are built when the first of them is read."""

    def __init__(self, build: Callable[[], ProductComponentStock | None]) -> None:
        super().__init__()
        self._build = build

    def __missing__(self, name: str) -> Any:
        built = self._build()
        assert built is not None
        self.update(built.matrices)
        return self[name]

    def __contains__(self, name: object) -> bool:
        return True

"""Stocks beside the best plain NumPy for the same work: T = 41, 20 products, 1,000 members with a Weibull scale each.

Run with ``pytest tests/benchmarks --benchmark-only``. Each test times both in turns and compares the best of each, so
that other work on the machine meets both alike.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lithflow import stocks

YEARS, PRODUCTS, MEMBERS = 41, 20, 1000
SHAPE, REPLACED = 3.5, 0.3
RATIO, MEMORY = 1.5, 1.3

FloatArray = np.ndarray[Any, np.dtype[np.float64]]


@pytest.fixture(scope="module")
def inflow() -> FloatArray:
    return np.random.default_rng(0).random((YEARS, PRODUCTS, MEMBERS))


@pytest.fixture(scope="module")
def scale() -> FloatArray:
    return 8.0 + 4.0 * np.random.default_rng(1).random(MEMBERS)


@pytest.fixture(scope="module")
def target(inflow: FloatArray, scale: FloatArray) -> FloatArray:
    return stocks.inflow_driven(inflow, stocks.Weibull(SHAPE, scale)).stock


def kernels(scale: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Survival and leaving by age, (age, member)."""
    wear = ((np.arange(YEARS)[:, None] + 0.5) / scale) ** SHAPE
    left = -np.expm1(-wear)
    return np.exp(-wear), np.diff(left, axis=0, prepend=0.0)


def totals(inflow: FloatArray, *units: FloatArray) -> list[FloatArray]:
    """Sums over cohorts of inflow × unit kernel."""
    sums = [np.empty(inflow.shape) for _ in units]
    for year in range(YEARS):
        for unit, total in zip(units, sums, strict=True):
            np.einsum("cm,cpm->pm", unit[year::-1], inflow[: year + 1], out=total[year])
    return sums


def solve(target: FloatArray, unit: FloatArray) -> FloatArray:
    """Inflow that holds a stock, by forward substitution."""
    inflow = np.empty(target.shape)
    for year in range(YEARS):
        there = np.einsum("cm,cpm->pm", unit[year:0:-1], inflow[:year])
        np.divide(target[year] - there, unit[0], out=inflow[year])
    return inflow


def matrix(inflow: FloatArray, unit: FloatArray) -> FloatArray:
    """(year, cohort, product, member), written once; above the diagonal the pages stay untouched."""
    kept = np.zeros((YEARS, *inflow.shape))
    for year in range(YEARS):
        np.multiply(unit[year::-1][:, None], inflow[: year + 1], out=kept[year, : year + 1])
    return kept


def plain_inflow_driven(inflow: FloatArray, scale: FloatArray) -> list[FloatArray]:
    return totals(inflow, *kernels(scale))


def plain_inflow_driven_by_cohort(inflow: FloatArray, scale: FloatArray) -> list[FloatArray]:
    alive, leaving = kernels(scale)
    return [*totals(inflow, alive, leaving), matrix(inflow, alive)]


def plain_stock_driven(target: FloatArray, scale: FloatArray) -> list[FloatArray]:
    alive, leaving = kernels(scale)
    inflow = solve(target, alive)
    return [inflow, *totals(inflow, leaving)]


def plain_stock_driven_by_cohort(target: FloatArray, scale: FloatArray) -> list[FloatArray]:
    alive, leaving = kernels(scale)
    inflow = solve(target, alive)
    return [inflow, *totals(inflow, leaving), matrix(inflow, alive)]


def plain_product_component(inflow: FloatArray, scale: FloatArray) -> list[FloatArray]:
    """Stock, and components leaving with a failed product (good and worn), replaced, and not replaced."""
    product, product_leaving = kernels(1.6 * scale)
    component, worn = kernels(scale)
    put_in = np.empty(component.shape)
    good, wearing = component.copy(), worn.copy()
    put_in[0] = 1.0 / (1.0 - REPLACED * worn[0])
    for age in range(1, YEARS):
        good[age] = np.einsum("cm,cm->m", put_in[:age], component[age:0:-1])
        wearing[age] = np.einsum("cm,cm->m", put_in[:age], worn[age:0:-1])
        put_in[age] = REPLACED * wearing[age] / (1.0 - REPLACED * worn[0])
    first_good, first_worn = good[0].copy(), wearing[0].copy()
    alive = np.concatenate([put_in[:1] * first_good, good[1:] + put_in[1:] * component[0]]) * product
    wear = np.concatenate([put_in[:1] * first_worn, wearing[1:] + put_in[1:] * worn[0]]) * product
    return totals(
        inflow, alive, product_leaving * good, product_leaving * wearing, REPLACED * wear, (1.0 - REPLACED) * wear
    )


def ours_product_component(inflow: FloatArray, scale: FloatArray) -> list[FloatArray]:
    result = stocks.product_component(
        product=stocks.Weibull(SHAPE, 1.6 * scale),
        component=stocks.Weibull(SHAPE, scale),
        inflow=inflow,
        replacement=REPLACED,
    )
    causes = ("product_scrapped", "both", "component_replaced", "component_worn")
    return [result.products_stock, *(result.removed[cause] for cause in causes)]


def ours_inflow_driven(inflow: FloatArray, scale: FloatArray) -> list[FloatArray]:
    result = stocks.inflow_driven(inflow, stocks.Weibull(SHAPE, scale))
    return [result.stock, result.outflow]


def ours_inflow_driven_by_cohort(inflow: FloatArray, scale: FloatArray) -> list[FloatArray]:
    result = stocks.inflow_driven(inflow, stocks.Weibull(SHAPE, scale), cohorts=True)
    return [result.stock, result.outflow, result.stock_by_cohort]


def ours_stock_driven(target: FloatArray, scale: FloatArray) -> list[FloatArray]:
    result = stocks.stock_driven(target, stocks.Weibull(SHAPE, scale))
    return [result.inflow, result.outflow]


def ours_stock_driven_by_cohort(target: FloatArray, scale: FloatArray) -> list[FloatArray]:
    result = stocks.stock_driven(target, stocks.Weibull(SHAPE, scale), cohorts=True)
    return [result.inflow, result.outflow, result.stock_by_cohort]


def peak(work: Callable[[], Any]) -> int:
    tracemalloc.start()
    kept = work()
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del kept
    return memory


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@pytest.mark.parametrize(
    ("ours", "plain", "driver"),
    [
        (ours_inflow_driven, plain_inflow_driven, "inflow"),
        (ours_inflow_driven_by_cohort, plain_inflow_driven_by_cohort, "inflow"),
        (ours_stock_driven, plain_stock_driven, "target"),
        (ours_stock_driven_by_cohort, plain_stock_driven_by_cohort, "target"),
        (ours_product_component, plain_product_component, "inflow"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_beside_plain_numpy(
    benchmark: Any, request: pytest.FixtureRequest, scale: FloatArray, ours: Any, plain: Any, driver: str
) -> None:
    given = request.getfixturevalue(driver)
    for one, other in zip(ours(given, scale), plain(given, scale), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    memory = peak(lambda: ours(given, scale)) / peak(lambda: plain(given, scale))
    best = {"ours": np.inf, "plain": np.inf}
    for _ in range(7):
        best["plain"] = min(best["plain"], seconds(lambda: plain(given, scale)))
        best["ours"] = min(best["ours"], seconds(lambda: ours(given, scale)))
    ratio = best["ours"] / best["plain"]
    benchmark.extra_info.update(ratio=round(ratio, 2), memory=round(memory, 2), plain_ms=round(1e3 * best["plain"], 1))
    benchmark.pedantic(ours, args=(given, scale), rounds=3, warmup_rounds=1)
    assert ratio <= RATIO
    assert memory <= MEMORY


@pytest.mark.parametrize("lanes", [500])
def test_a_chain_sized_cohort_stock(benchmark: Any, lanes: int) -> None:
    rng = np.random.default_rng(2)
    inflow, life = rng.random((YEARS, lanes)), stocks.Weibull(SHAPE, 5 + 5 * rng.random(lanes))
    benchmark(lambda: stocks.inflow_driven(inflow, life, cohorts=True).stock_by_cohort)


@pytest.fixture(scope="module")
def fleet() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    return {
        "product": stocks.Weibull(SHAPE, np.linspace(10, 17, 10)),
        "component": stocks.Weibull(4.0, np.linspace(8, 15, 12)),
        "inflow": rng.random((YEARS, 10)),
        "type_share": rng.dirichlet(np.ones(12), size=(YEARS, 10)),
        "replacement": REPLACED,
        "cohorts": True,
    }


def test_a_chain_sized_fleet_with_types(benchmark: Any, fleet: dict[str, Any]) -> None:
    benchmark(lambda: stocks.product_component(**fleet))


def test_a_chain_sized_cascade(benchmark: Any, fleet: dict[str, Any]) -> None:
    removed = stocks.product_component(**fleet).removed_by_cohort
    entering = {
        "worn": (removed["component_worn"] + removed["component_replaced"]).sum(axis=2),
        "good": removed["product_scrapped"].sum(axis=2),
    }
    steps = [
        stocks.Step("low speed", floor=0.7, stress=0.8, onward=0.6, lost=0.1),
        stocks.Step("grid", floor=0.6, stress=0.6, onward=0.5),
        stocks.Step("home", floor=0.5, stress=0.5, lost=0.05),
    ]
    benchmark(lambda: stocks.cascade(entering, steps, fade=stocks.Fade(0.75, 0.8), life=fleet["component"]))

"""Lifetimes and reference cases that several tests share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from lithflow import stocks

REFERENCE = Path(__file__).parents[2] / "../shared/reference/stock_cases.json"
INFLOW_AT = {"END": "end", "MID": "middle", "START": "start", "QUAD": "spread", "HAZ": "end"}


def reference_cases(kind: str) -> list[Any]:
    """Reference cases whose kind begins with a word, as pytest parameters; one skipped if there are none."""
    if not REFERENCE.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="no reference cases here"))]
    cases = json.loads(REFERENCE.read_text())["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases if case["kind"].startswith(kind)]


def lifetime_of(case: dict[str, Any]) -> stocks.Lifetime:
    """The lifetime of a reference case."""
    kind = case["type"]
    if "mean_by_period" in case:
        return getattr(stocks, kind)(mean=case["mean_by_period"], sd=case["std_by_period"]).by_calendar_year()
    if kind == "Fixed":
        return stocks.Fixed(case["mean"])
    if kind == "Weibull":
        return stocks.Weibull(case["shape"], case["scale"])
    return getattr(stocks, kind)(mean=case["mean"], sd=case["std"])


def agrees(case: dict[str, Any], name: str, value: Any) -> None:
    """Check a result against the expected one within the tolerance of the case."""
    np.testing.assert_allclose(value, case["expected"][name], rtol=case["rtol"], atol=case["atol"], err_msg=name)


def _two(kind: type[stocks.Lifetime], low: float = 0.5) -> st.SearchStrategy[stocks.Lifetime]:
    return st.builds(kind, mean=st.floats(low, 25.0), sd=st.floats(0.3, 8.0))


lifetimes = st.one_of(
    st.builds(stocks.Weibull, shape=st.floats(0.6, 6.0), scale=st.floats(1.0, 25.0)),
    st.builds(stocks.Exponential, mean=st.floats(0.5, 25.0)),
    st.builds(stocks.Fixed, mean=st.floats(1.5, 25.0)),
    _two(stocks.Normal, 2.0),
    _two(stocks.FoldedNormal, 2.0),
    _two(stocks.LogNormal, 1.0),
    _two(stocks.Gamma, 1.0),
    _two(stocks.Logistic, 2.0),
    st.builds(
        lambda a, b, share: stocks.Mixture([stocks.Weibull(3.0, a), stocks.Normal(b, 3.0)], [share, 1.0 - share]),
        st.floats(2.0, 15.0),
        st.floats(5.0, 20.0),
        st.floats(0.0, 1.0),
    ),
    st.builds(
        lambda a, b: stocks.Logistic(a, 4.0, truncated=True).with_maximum_age(b), st.floats(3, 18), st.floats(2, 30)
    ),
    st.builds(
        lambda a, b, year: stocks.Weibull(3.0, a).changed(year=year, factor=b, transition=4.0),
        st.floats(2.0, 15.0),
        st.floats(0.5, 2.0),
        st.integers(2000, 2015),
    ),
)
"""Lifetimes of all kinds; one of them changes in a calendar year between 2000 and 2015."""

conventions = st.sampled_from(["start", "middle", "end", "spread"])


@st.composite
def inflows(draw: st.DrawFn, years: int = 20, lanes: int = 2) -> np.ndarray:
    """Growth, crash and zero inflows, (year, lane)."""
    rate = draw(st.floats(-0.2, 0.4))
    crash = draw(st.integers(0, years - 1))
    level = draw(st.sampled_from([0.0, 1.0, 1e-6, 1e6]))
    noise = np.array(draw(st.lists(st.one_of(st.just(0.0), st.floats(0.01, 1.0)), min_size=lanes, max_size=lanes)))
    path = level * np.exp(rate * np.arange(years))
    path[crash : crash + draw(st.integers(0, years))] *= draw(st.sampled_from([0.0, 0.1, 1.0]))
    return path[:, None] * noise


def by_production_year(result):
    """Residual by production year, lane and type: put in − left − still there, from flows and the last stock."""
    left = sum(result.removed_by_cohort.values()) - result.reused_by_cohort
    return np.asarray(result.components_inflow - left.sum(axis=0) - result.components_stock_by_cohort[-1])


def assert_closed(result, scale=1.0):
    assert result.closure() < 1e-12
    assert np.abs(by_production_year(result)).max() <= 1e-12 * max(scale, 1e-300)
    products = result.products_inflow.sum(axis=0) - (result.products_outflow + result.products_scrapped).sum(axis=0)
    np.testing.assert_allclose(products, result.products_stock[-1], rtol=1e-12, atol=1e-12 * scale)
    by_cohort = result.products_stock_by_cohort.sum(axis=1)
    np.testing.assert_allclose(by_cohort, result.products_stock, rtol=1e-12, atol=1e-12 * scale)

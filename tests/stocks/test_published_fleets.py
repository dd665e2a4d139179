"""Whole published kinds of fleet models, written out plainly and said with the options of the library."""

import numpy as np
import pytest

from lithflow import stocks
from lithflow.stocks import Replacement, Reuse
from tests.stocks.lives import assert_closed


def age_matrix_fleet(sales, product_ratio, component_ratio, share, youngest_first, minimum_age, below_age, maximum_age):
    """A published kind of fleet model, written out: a matrix of product age × component age.

    Sales enter at age 0 on 1 January and age through the year; worn components of products below an age are replaced,
    in products of 8 years and more by good components of failed products, the oldest products first, else by new ones.
    """
    ages = len(sales) + 2
    state, found = np.zeros((ages, ages)), []
    for sold in sales:
        state[0, 0] = sold
        lives, worn, good, both = (np.zeros((ages, ages)) for _ in range(4))
        for i in range(ages - 1):
            for j in range(ages - 1):
                a, b = product_ratio(i), component_ratio(j)
                lives[i + 1, j + 1], worn[i + 1, j + 1] = state[i, j] * a * b, state[i, j] * a * (1 - b)
                good[i + 1, j + 1], both[i + 1, j + 1] = state[i, j] * (1 - a) * b, state[i, j] * (1 - a) * (1 - b)
        need = worn.sum(axis=1)
        need[below_age:] = 0
        offered = share * good.sum(axis=0)
        offered[maximum_age + 1 :] = 0
        used = 0.0
        for i in range(ages - 1, minimum_age - 1, -1):
            for j in range(ages) if youngest_first else range(ages - 1, -1, -1):
                moved = min(need[i], offered[j])
                need[i], offered[j], used = need[i] - moved, offered[j] - moved, used + moved
                lives[i, j] += moved
        lives[:, 0] += need
        found.append((need.sum(), used, good.sum() - used, worn.sum() + both.sum(), lives.sum()))
        state = lives
    return np.array(found).T


@pytest.mark.parametrize("order", ["youngest", "oldest"])
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_published_fleet_rules(order, share):
    """Logistic lives of 17 and 15 years with sd 4 and a maximum age of 30; replacement below vehicle age 12; reuse in
    vehicles of 8 years and more, the oldest first: all said by options."""
    scale = 4 * np.sqrt(3) / np.pi
    sales = 100 * np.cumsum(np.random.default_rng(4).random(40))

    def ratio(mean):
        survival = 1 / (1 + np.exp((np.arange(80) - mean) / scale))
        return lambda age: 0.0 if age >= 30 else survival[age + 1] / survival[age]

    expected = age_matrix_fleet(sales, ratio(17), ratio(15), share, order == "youngest", 8, 12, 11)
    options = {
        "product": stocks.Logistic(17, 4, truncated=True).with_maximum_age(30),
        "component": stocks.Logistic(15, 4, truncated=True).with_maximum_age(30),
        "inflow_at": "start",
        "replacement": Replacement(below_age=12, fitted_at="end"),
        "reuse": Reuse(share, order=order, minimum_product_age=8, maximum_component_age=11),
    }
    result = stocks.product_component(inflow=sales, cohorts=True, **options)
    removed = result.removed
    found = (
        result.components_replacements,
        result.reused,
        removed["product_scrapped"] - result.reused,
        removed["component_worn"] + removed["component_replaced"] + removed["both"],
        result.products_stock,
    )
    for name, one, other in zip(("new", "reused", "good", "worn", "stock"), found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-9, err_msg=name)
    assert_closed(result, sales.max())
    back = stocks.product_component(stock=result.products_stock, **options)
    np.testing.assert_allclose(back.products_inflow, sales, rtol=1e-11)


def cohort_fleet(target, product, component, replacement, reuse):
    """Stock-driven replacement and reuse, written out: product cohort × component cohort, ages at the end of the year,
    nothing fails in its first year; capped by demand, the oldest first out; what is left enters in new products."""
    years = len(target)
    state, inflow, new = np.zeros((years, years)), [], []
    for t in range(years):
        ages = t - np.arange(t)
        p, c = (1 - life.survival(ages) / life.survival(ages - 1) for life in (product, component))
        before = state[:t, :t]
        good, worn = before * p[:, None] * (1 - c), before * (1 - p[:, None]) * c
        state[:t, :t] = before * (1 - p[:, None]) * (1 - c)
        demand = target[t] - state.sum()
        need, offered = replacement * worn.sum(axis=1), reuse * good.sum(axis=0)
        for queue in (need, offered):
            for i in range(t):  # the oldest go without
                surplus = queue.sum() - demand
                queue[i] -= min(queue[i], max(surplus, 0.0))
        for i in range(t):
            for k in range(t):
                moved = min(need[i], offered[k])
                need[i], offered[k], state[i, k] = need[i] - moved, offered[k] - moved, state[i, k] + moved
        state[:t, t] = need
        state[t, :t] = offered
        state[t, t] = target[t] - state.sum()
        inflow.append(state[t].sum())
        new.append(state[: t + 1, t].sum())
    return np.array(inflow), np.array(new), state


@pytest.mark.parametrize("coefficient", [0.3, 0.8])
@pytest.mark.parametrize("growth", [0.12, -0.02])
def test_stock_driven_fleet_with_replacement_and_reuse(coefficient, growth):
    target = 100 * np.exp(growth * np.maximum(np.arange(40) - 10, 0)) * np.minimum(np.arange(1, 41) / 10, 1)
    product, component = stocks.Weibull(3, 14), stocks.Weibull(3.5, 10)
    inflow, new, state = cohort_fleet(target, product, component, coefficient, coefficient)
    result = stocks.product_component(
        product=product,
        component=component,
        stock=target,
        replacement=coefficient,
        reuse=Reuse(coefficient, new_products=True),
        inflow_at="end",
        first_year_failure=False,
        negative="cap",
        cohorts=True,
    )
    np.testing.assert_allclose(result.products_inflow, inflow, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(result.components_inflow, new, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(result.products_stock_by_cohort[-1], state.sum(axis=1), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(result.components_stock_by_cohort[-1], state.sum(axis=0), rtol=1e-9, atol=1e-10)
    assert_closed(result, target.max())

"""Cascades: the SOH needed at entry, what a demand refuses, usable capacity in a residence, shapes and labels."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from lithflow import stocks
from lithflow.stocks import Fade, Step, YearlyFade
from tests.stocks.lives import inflows
from tests.stocks.test_cascades import FADE, LIFE, one, removed, shares


def test_entry_soh_by_age():
    """At 2 % a year an SOH of 0.9 is that of 5 years: older ones are collected, in any step."""
    entering = np.zeros((50, 50))
    entering[41, [2, 37, 40]] = 1.0
    fade = YearlyFade(0.02)
    choosy = stocks.cascade(entering, [Step("a", residence=stocks.Fixed(3), entry_soh=0.9)], fade=fade)
    np.testing.assert_allclose(choosy["a"].inflow[41, [2, 37, 40]], [0, 1, 1])
    assert choosy.unsuitable[41, 2] == 1.0
    steps = [
        Step("a", residence=stocks.Fixed(3), onward=1.0),
        Step("b", residence=stocks.Fixed(2), entry_soh=0.9, lost=0.5),
    ]
    second = stocks.cascade(entering, steps, fade=fade)
    inflow = second["b"].inflow.sum(axis=0)
    np.testing.assert_allclose(inflow[[2, 37, 40]], [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(second["b"].offered, second["a"].onward)
    assert second.closure() < 1e-15
    # without entry_soh the floor is what is needed
    floor = stocks.cascade(entering, [Step("a", residence=stocks.Fixed(3), floor=0.9)], fade=fade)
    np.testing.assert_array_equal(floor["a"].inflow, choosy["a"].inflow)


def test_entry_soh_of_a_residence():
    """By the life carried: of good components those that have faded less, worn ones, at the first floor, not."""
    entering = removed(np.ones((20, 2)))
    steps = [Step("a", residence=stocks.Fixed(3), entry_soh=0.85)]
    result = stocks.cascade(entering, steps, fade=FADE, life=LIFE)
    assert 0 < result["a"].inflow.sum() < entering["good"].sum()
    assert (result["a"].usable_inflow >= 0.85 * result["a"].inflow.sum(axis=1) - 1e-12).all()
    assert result.closure() < 1e-12


@pytest.mark.parametrize("last", [Step("b", residence=stocks.Fixed(2)), Step("b", floor=0.5)])
def test_what_a_demand_refuses_goes_to_the_next_step(last):
    """With its SOH and life: refused by all before it, a component is in the last step as if that were the only one."""
    entering = removed(np.ones((20, 2)))
    options = {"fade": FADE, "life": LIFE, "usable_stock": True}
    alone = stocks.cascade(entering, [last], **options)
    shut = Step("a", floor=0.7, demand=0.0, refused="next")
    both = stocks.cascade(entering, [shut, last], **options)
    # what is below the floor of the first step is not refused by its demand
    above = both["a"].offered.sum(axis=1)
    np.testing.assert_allclose(both["b"].offered.sum(axis=1), above, atol=1e-14)
    np.testing.assert_allclose(both["b"].outflow, alone["b"].outflow, atol=1e-14)
    np.testing.assert_allclose(both["b"].usable_stock, alone["b"].usable_stock, atol=1e-13)
    np.testing.assert_array_equal(both["a"].passed, both["a"].offered)
    assert both.closure() < 1e-12
    collected = stocks.cascade(entering, [Step("a", floor=0.7, demand=0.0), last], **options)
    assert not collected["b"].offered.any()
    assert not collected["a"].passed.any()


def test_refused_by_the_last_step_is_collected():
    entering = one(10, 0)
    steps = [Step(name, residence=stocks.Fixed(3), demand=0.25, refused="next") for name in "abc"]
    result = stocks.cascade(entering, steps)
    np.testing.assert_allclose([step.inflow.sum() for step in result.steps], 0.25)
    np.testing.assert_allclose([step.passed.sum() for step in result.steps], [0.75, 0.5, 0.0])
    assert result.collected[10, 0] == pytest.approx(0.25)
    assert result.collected.sum() == pytest.approx(1.0)


@settings(max_examples=25, deadline=None)
@given(
    inflow=inflows(years=20, lanes=2),
    demand=st.lists(st.floats(0.0, 3.0), min_size=20, max_size=20),
    onward=shares,
    order=st.sampled_from(["proportional", "youngest", "oldest"]),
    independent=st.booleans(),
    second=st.sampled_from([None, stocks.Weibull(2, 5)]),
    entry=st.sampled_from([None, 0.72, 0.85]),
)
def test_closure_with_what_is_refused(inflow, demand, onward, order, independent, second, entry):
    scale = max(inflow.max(), 1e-300)
    wanted = scale * np.array(demand)[:, None]
    common = {"demand": wanted, "order": order, "refused": "next"}
    steps = [
        Step("a", floor=0.7, stress=0.8, onward=onward, lost=0.5 * (1 - onward), **common),
        Step("b", floor=0.65, residence=second, entry_soh=entry, onward=0.5, **common),
        Step("c", floor=0.6, stress=0.6, **common),
    ]
    result = stocks.cascade(removed(inflow), steps, fade=FADE, life=LIFE, independent=independent, usable_stock=True)
    assert result.closure() < 1e-12
    for before, step in zip(result.steps[:-1], result.steps[1:], strict=True):
        np.testing.assert_allclose(step.offered, before.onward + before.passed, atol=1e-12 * scale)
    for step in result.steps:
        np.testing.assert_allclose(step.stock[-1], step.held, atol=1e-12 * scale)
        assert step.stock.min() >= -1e-12 * scale
        assert (step.usable_inflow <= wanted * (1 + 1e-9) + 1e-12 * scale).all()
        there = step.stock.sum(axis=1)
        assert (step.usable_stock >= 0.6 * there - 1e-12 * scale).all()
        assert (step.usable_stock <= there + 1e-12 * scale).all()


def test_usable_stock_of_a_residence():
    """A worn component of 10 years in a use at full stress: SOH goes on along its own curve, down to the floor."""
    options = {"fade": Fade(1.0, 0.8), "usable_stock": True}
    step = Step("a", residence=stocks.Fixed(8))
    result = stocks.cascade(one(10, 0, 30), [step], **options)
    years = np.arange(10, 18)
    np.testing.assert_allclose(result["a"].usable_stock[years], 0.8 - 0.02 * (years - 10 + 0.5), atol=1e-12)
    assert not result["a"].usable_stock[18:].any()
    floored = stocks.cascade(one(10, 0, 30), [Step("a", floor=0.75, residence=stocks.Fixed(8))], **options)
    assert floored["a"].usable_stock[17] == pytest.approx(0.75)
    yearly = stocks.cascade(one(10, 0, 30), [step], fade=YearlyFade(0.02), usable_stock=True)
    np.testing.assert_allclose(yearly["a"].usable_stock[years], 1 - 0.02 * (years + 0.5), atol=1e-12)


@pytest.mark.parametrize("from_production", [False, True])
def test_usable_stock_of_a_residence_hardly_fades(from_production):
    """At a stress near 0, it is the stock times the SOH at entry, whatever the residence."""
    entering = removed(np.ones((20, 2)))["worn"]
    step = Step("a", residence=stocks.Weibull(3, 9), from_production=from_production, stress=1e-12)
    result = stocks.cascade(entering, [step], fade=Fade(1.0, 0.8), usable_stock=True)
    np.testing.assert_allclose(result["a"].usable_stock, 0.8 * result["a"].stock.sum(axis=1), atol=1e-10)


RESIDENCE = stocks.Fixed(2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: stocks.cascade(one(3, 1, 6), [Step("a", residence=RESIDENCE, entry_soh=0.8)]),
            "entry_soh=: needs fade=",
        ),
        (
            lambda: stocks.cascade(one(3, 1, 6), [Step("a", residence=RESIDENCE)], usable_stock=True),
            "usable_stock=True: needs",
        ),
        (
            lambda: stocks.cascade(
                one(3, 1, 6),
                [
                    Step("a", residence=RESIDENCE, floor=0.7, onward=1.0),
                    Step("b", residence=RESIDENCE, entry_soh=0.75),
                ],
                fade=FADE,
            ),
            "entry_soh not above",
        ),
        (
            lambda: stocks.cascade(
                one(3, 1, 6),
                [Step("a", residence=RESIDENCE, onward=1.0), Step("b", residence=RESIDENCE, entry_soh=0.75)],
                fade=FADE,
            ),
            "SOH at entry is unknown; give floor=",
        ),
        (
            lambda: stocks.cascade(one(3, 1, 6, (2,)), [Step("a", floor=0.7, demand=np.ones((6, 3)))], fade=FADE),
            r"Step 'a' demand=: expected axes \(year, lanes...\) that broadcast with \(6, 2\), got shape \(6, 3\)",
        ),
        (
            lambda: stocks.cascade(one(3, 1, 6), [Step("a", floor=0.7, demand=np.ones(5))], fade=FADE),
            r"Step 'a' demand=: expected 1 or 6 years on axis 0, got shape \(5,\)",
        ),
        (
            lambda: stocks.cascade(one(3, 1, 6, (2,)), [Step("a", floor=0.7)], fade=FADE, suitable=np.ones(3)),
            r"suitable\['worn'\]: expected axes",
        ),
        (lambda: stocks.fill(np.ones(3), one(1, 1, 2)), r"demand: expected a shape that broadcasts with \(2,\)"),
        (lambda: Step("a", floor=0.7, refused="nxt"), "did you mean 'next'"),
    ],
)
def test_refused_for_want_of_a_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_labels_of_a_demand_and_of_cohorts_must_be_those_of_the_years():
    years = np.arange(2010, 2016)
    entering = xr.DataArray(one(3, 1, 6), dims=("year", "cohort"), coords={"year": years, "cohort": years})
    demand = xr.DataArray(np.ones(6), dims="year", coords={"year": years + 1})
    with pytest.raises(ValueError, match=r"demand=: labels of 'year' differ: expected 2010, .* got 2011"):
        stocks.cascade(entering, [Step("a", floor=0.7, demand=demand)], fade=FADE)
    with pytest.raises(ValueError, match="labels of 'cohort' differ"):
        stocks.cascade(entering.assign_coords(cohort=years + 5), [Step("a", floor=0.7)], fade=FADE)
    apart = [2010, 2011, 2012, 2013, 2015, 2020]
    with pytest.raises(ValueError, match="years that follow one another"):
        stocks.cascade(entering.assign_coords(year=apart, cohort=apart), [Step("a", floor=0.7)], fade=FADE)

"""The store: first in, first out, against a plain queue."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lithflow import stocks


def queued(inflow, outflow):
    """Carry goods through a queue, one parcel a year."""
    years = len(inflow)
    left, held, parcels = np.zeros((years, years)), np.zeros((years, years)), deque()
    for year in range(years):
        parcels.append([year, inflow[year]])
        wanted = outflow[year]
        while wanted > 0.0 and parcels:
            taken = min(wanted, parcels[0][1])
            left[year, parcels[0][0]] += taken
            parcels[0][1] -= taken
            wanted -= taken
            if parcels[0][1] <= 0.0:
                parcels.popleft()
        for cohort, amount in parcels:
            held[year, cohort] = amount
    return left, held


@st.composite
def stores(draw):
    years = draw(st.integers(1, 12))
    numbers = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))
    inflow = np.array(draw(st.lists(numbers, min_size=years, max_size=years)))
    shares = draw(st.lists(st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0)), min_size=years, max_size=years))
    outflow, held = np.zeros(years), 0.0
    for year in range(years):
        outflow[year] = shares[year] * (held + inflow[year])
        held = held + inflow[year] - outflow[year]
    return inflow, outflow


@settings(max_examples=150, deadline=None)
@given(stores())
def test_the_oldest_leaves_first(case):
    inflow, outflow = case
    store = stocks.first_in_first_out(inflow, outflow)
    left, held = queued(inflow, outflow)
    scale = 1e-9 * max(inflow.sum(), 1.0)
    np.testing.assert_allclose(store.outflow_by_cohort, left, atol=scale)
    np.testing.assert_allclose(store.stock_by_cohort, held, atol=scale)


@settings(max_examples=100, deadline=None)
@given(stores())
def test_each_cohort_has_left_or_is_still_there(case):
    inflow, outflow = case
    store = stocks.first_in_first_out(inflow, outflow)
    scale = 1e-12 * max(inflow.sum(), 1.0)
    for year in range(len(inflow)):
        gone = store.outflow_by_cohort[: year + 1].sum(axis=0)
        there = np.where(np.arange(len(inflow)) <= year, inflow, 0.0)
        np.testing.assert_allclose(gone + store.stock_by_cohort[year], there, atol=scale)
    np.testing.assert_allclose(store.outflow_by_age.sum(axis=0), outflow, rtol=1e-12)


def test_golden_three_years():
    """3 and 5 go in; 4 are taken: all of the first and one of the second."""
    store = stocks.first_in_first_out([3.0, 5.0, 0.0], [0.0, 0.0, 4.0])
    np.testing.assert_array_equal(store.outflow_by_cohort[2], [3.0, 1.0, 0.0])
    np.testing.assert_array_equal(store.stock_by_cohort[2], [0.0, 4.0, 0.0])
    np.testing.assert_array_equal(store.carried([10.0, 20.0, 99.0]), [0.0, 0.0, 3.0 * 10.0 + 1.0 * 20.0])


def test_lanes_are_followed_apart():
    inflow = np.array([[3.0, 0.0], [5.0, 7.0], [0.0, 0.0]])
    outflow = np.array([[0.0, 0.0], [0.0, 2.0], [4.0, 5.0]])
    together = stocks.first_in_first_out(inflow, outflow)
    for lane in range(2):
        alone = stocks.first_in_first_out(inflow[:, lane], outflow[:, lane])
        np.testing.assert_array_equal(together.stock_by_cohort[..., lane], alone.stock_by_cohort)
        np.testing.assert_array_equal(together.outflow_by_cohort[..., lane], alone.outflow_by_cohort)


def test_a_store_may_start_and_stay_empty():
    store = stocks.first_in_first_out(np.zeros(4), np.zeros(4))
    assert not store.stock_by_cohort.any()
    assert not store.carried(np.ones(4)).any()


@pytest.mark.parametrize(
    ("inflow", "outflow", "message"),
    [
        ([1.0, 1.0], [0.0, 2.5], "outflow: more than the store holds at year 1"),
        ([1.0, -1.0], [0.0, 0.0], "inflow: below zero at year 1"),
        ([1.0, 1.0], [0.0, -1.0], "outflow: below zero at year 1"),
        ([1.0, 1.0], [0.0], "outflow: expected as many years as inflow"),
    ],
)
def test_what_can_not_be_is_refused(inflow, outflow, message):
    with pytest.raises(ValueError, match=message):
        stocks.first_in_first_out(inflow, outflow)

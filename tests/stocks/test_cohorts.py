"""Cohort stocks: reference cases, closure, inversion, and what is refused."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from lithflow import stocks
from tests.stocks.lives import INFLOW_AT, agrees, conventions, inflows, lifetime_of, lifetimes, reference_cases

YEARS = np.arange(2000, 2020)


def drive(case, **options):
    options |= {"inflow_at": INFLOW_AT[case["convention"]], "points": case["inputs"].get("n_pts_per_interval", 6)}
    if case["kind"] == "inflow_driven":
        return stocks.inflow_driven(case["inputs"]["inflow"], lifetime_of(case["lifetime"]), **options)
    return stocks.stock_driven(case["inputs"]["stock"], lifetime_of(case["lifetime"]), **options)


@pytest.mark.parametrize("case", reference_cases("inflow_driven") + reference_cases("stock_driven"))
def test_reference_case(case):
    result = drive(case, cohorts=True)
    for name in ("stock", "outflow", "inflow", "stock_by_cohort", "outflow_by_cohort"):
        if name in case["expected"]:
            agrees(case, name, getattr(result, name))
    for point in case.get("point_checks", ()):
        assert getattr(result, point["field"])[point["index"]] == pytest.approx(point["value"], abs=point["atol"])
    assert result.closure() < 1e-14


def test_golden_fixed_life():
    result = stocks.inflow_driven(np.arange(1.0, 11.0), stocks.Fixed(5), inflow_at="end")
    np.testing.assert_array_equal(result.stock, [1, 3, 6, 10, 15, 20, 25, 30, 35, 40])
    np.testing.assert_array_equal(result.outflow, [0, 0, 0, 0, 0, 1, 2, 3, 4, 5])


def test_golden_lognormal():
    inflow = np.zeros(120)
    inflow[:20] = [1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 5, 6, 7, 1, 2, 4, 5, 6, 7, 3]
    result = stocks.inflow_driven(inflow, stocks.LogNormal(20, 20), inflow_at="end")
    assert result.stock[60] == pytest.approx(5.8693165260386, abs=1e-9)


def test_golden_mean_life_below_one_year():
    """The stock of a steady inflow is inflow × life, which points within the year can resolve."""
    life = stocks.LogNormal(mean=0.3, sd=0.1)
    assert stocks.inflow_driven(np.ones(30), life, inflow_at="spread").stock[-1] == pytest.approx(0.3, abs=0.01)
    fine = stocks.inflow_driven(np.ones(30), life, inflow_at="spread", points=40)
    assert fine.stock[-1] == pytest.approx(0.3, abs=1e-4)


@pytest.mark.parametrize(("inflow_at", "age"), [("start", 1.0), ("middle", 0.5), ("end", 0.0)])
def test_convention(inflow_at, age):
    life = stocks.Normal(2, 1.5)
    result = stocks.inflow_driven([1.0, 0, 0], life, inflow_at=inflow_at, cohorts=True)
    np.testing.assert_allclose(result.stock, life.survival(age + np.arange(3)))
    np.testing.assert_allclose(result.outflow_by_cohort[0, 0], life.cdf(age))


@settings(max_examples=60, deadline=None)
@given(life=lifetimes, inflow_at=conventions, inflow=inflows())
def test_closure(life, inflow_at, inflow):
    """Cumulative inflow = cumulative outflow + stock, for the whole and by cohort, without the stock equation."""
    result = stocks.inflow_driven(inflow, life, inflow_at=inflow_at, years=YEARS, cohorts=True)
    assert result.closure() < 1e-12
    left = result.outflow_by_cohort.sum(axis=0) + result.stock_by_cohort[-1]
    np.testing.assert_allclose(left, inflow, rtol=1e-12, atol=1e-12 * inflow.max())
    np.testing.assert_allclose(result.stock_by_cohort.sum(axis=1), result.stock, rtol=1e-12, atol=1e-300)
    assert (result.outflow_by_cohort >= -1e-12 * inflow.max()).all()
    assert not result.stock_by_cohort[np.triu_indices(20, 1)].any()


@settings(max_examples=60, deadline=None)
@given(life=lifetimes, inflow_at=conventions, inflow=inflows())
def test_stock_driven_inverts_inflow_driven(life, inflow_at, inflow):
    forward = stocks.inflow_driven(inflow, life, inflow_at=inflow_at, years=YEARS)
    if stocks.inflow_driven([1.0], life, inflow_at=inflow_at, years=[2000]).stock[0] < 0.2:
        return  # the inverse of a life that mostly ends in the first step amplifies rounding
    back = stocks.stock_driven(forward.stock, life, inflow_at=inflow_at, years=YEARS)
    np.testing.assert_allclose(back.inflow, inflow, rtol=1e-12, atol=1e-12 * forward.stock.max())
    np.testing.assert_allclose(back.outflow, forward.outflow, rtol=1e-11, atol=1e-12 * forward.stock.max())


@given(factor=st.floats(1e-3, 1e3), inflow=inflows())
@settings(max_examples=20, deadline=None)
def test_scaling(factor, inflow):
    life = stocks.Weibull(3.5, 9)
    once, more = stocks.inflow_driven(inflow, life), stocks.inflow_driven(factor * inflow, life)
    np.testing.assert_allclose(more.stock, factor * once.stock, rtol=1e-12)
    np.testing.assert_allclose(more.outflow, factor * once.outflow, rtol=1e-9, atol=1e-12 * factor * inflow.max())


def test_inversion_where_some_leave_at_once():
    life = stocks.Normal(mean=3, sd=3)
    inflow = np.array([1.0, 0.0, 5.0, 2.0, 0.0, 0.0, 7.0])
    forward = stocks.inflow_driven(inflow, life, inflow_at="end")
    assert forward.outflow[0] == pytest.approx(float(life.cdf(0.0)))
    np.testing.assert_allclose(stocks.stock_driven(forward.stock, life, inflow_at="end").inflow, inflow, atol=1e-12)


@pytest.mark.parametrize("cohort_axis", [True, False])
def test_parameters_by_cohort_and_lane_agree_with_one_by_one(cohort_axis):
    rng = np.random.default_rng(0)
    inflow = rng.random((12, 3))
    scale = 5 + 5 * rng.random((12, 3)) if cohort_axis else 5 + 5 * rng.random(3)
    result = stocks.inflow_driven(inflow, stocks.Weibull(2.0, scale), cohorts=True)
    for lane in range(3):
        for cohort in range(12):
            own = scale[cohort, lane] if cohort_axis else scale[lane]
            alone = stocks.inflow_driven(np.eye(12)[cohort] * inflow[cohort, lane], stocks.Weibull(2.0, own))
            np.testing.assert_allclose(result.stock_by_cohort[:, cohort, lane], alone.stock, rtol=1e-13)
            np.testing.assert_allclose(result.outflow_by_cohort[:, cohort, lane], alone.outflow, atol=1e-15)


def test_relabelling_lanes_changes_nothing():
    rng = np.random.default_rng(1)
    inflow, scale = rng.random((15, 4)), 5 + rng.random(4)
    order = [2, 0, 3, 1]
    one = stocks.inflow_driven(inflow, stocks.Weibull(3, scale))
    other = stocks.inflow_driven(inflow[:, order], stocks.Weibull(3, scale[order]))
    np.testing.assert_array_equal(one.stock[:, order], other.stock)


@pytest.mark.parametrize("shape", [(20, 1), (1, 30), (20, 30)])
@pytest.mark.parametrize("lanes", [(20, 1), (1, 30), (20, 30)])
def test_lives_and_inflows_may_vary_on_different_lanes(shape, lanes):
    rng = np.random.default_rng(2)
    inflow, scale = rng.random((9, *shape)), 4 + 4 * rng.random(lanes)
    result = stocks.inflow_driven(inflow, stocks.Weibull(3, scale))
    full = np.broadcast_shapes(shape, lanes)
    wide = np.ascontiguousarray(np.broadcast_to(inflow, (9, *full)))
    expected = stocks.inflow_driven(wide, stocks.Weibull(3, np.ascontiguousarray(np.broadcast_to(scale, full))))
    np.testing.assert_allclose(result.stock, expected.stock, rtol=1e-13)
    np.testing.assert_allclose(result.outflow, expected.outflow, rtol=1e-10, atol=1e-15)


def test_a_changed_life_works_on_all_living_cohorts():
    before = stocks.Normal(5, 1.5)
    inflow = np.arange(1.0, 11.0)
    changed = before.changed(year=2005, factor=1.5)
    result = stocks.inflow_driven(inflow, changed, inflow_at="end", years=np.arange(2000, 2010))
    by_year = stocks.Normal(mean=[5.0] * 5 + [7.5] * 5, sd=[1.5] * 5 + [2.25] * 5).by_calendar_year()
    np.testing.assert_allclose(result.stock, stocks.inflow_driven(inflow, by_year, inflow_at="end").stock, rtol=1e-13)
    plain = stocks.inflow_driven(inflow, before, inflow_at="end")
    np.testing.assert_allclose(result.stock[:5], plain.stock[:5], rtol=1e-14)
    assert result.stock[5] == pytest.approx(20.274833825605945, rel=1e-9)
    # a factor of 1 is no change
    same = stocks.inflow_driven(
        inflow, before.changed(year=2003, factor=1), inflow_at="end", years=np.arange(2000, 2010)
    )
    np.testing.assert_allclose(same.stock, plain.stock, rtol=1e-13)


def test_changes_of_mixtures_and_maximum_ages():
    life = stocks.Mixture([stocks.Weibull(3, 6), stocks.Fixed(4)], [0.4, 0.6]).changed(year=2004, factor=0.5)
    result = stocks.inflow_driven(np.ones(12), life.with_maximum_age(6), years=np.arange(2000, 2012), cohorts=True)
    assert result.closure() < 1e-14
    assert not result.stock_by_cohort[11, :5].any()
    inner = stocks.Mixture([stocks.Weibull(3, 6).changed(year=2004, factor=0.5), stocks.Fixed(4)], [0.4, 0.6])
    assert stocks.inflow_driven(np.ones(12), inner, years=np.arange(2000, 2012)).closure() < 1e-14


def test_a_table_by_lane_and_a_mixture_by_cohort():
    table = stocks.Table(np.array([[1.0, 1.0], [0.5, 0.9], [0.0, 0.0]]))
    result = stocks.inflow_driven(np.ones((5, 2)), table, inflow_at="end")
    np.testing.assert_allclose(result.stock[-1], [1.5, 1.9])
    share = np.linspace(0, 1, 6)
    mixed = stocks.Mixture([stocks.Fixed(2), stocks.Fixed(4)], [1 - share, share])
    result = stocks.inflow_driven(np.ones(6), mixed, inflow_at="end", cohorts=True)
    np.testing.assert_allclose(result.stock_by_cohort[3], [0, 0.2, 1, 1, 0, 0])
    tables = stocks.Table(np.stack([np.ones(6), share, 0 * share]))
    result = stocks.inflow_driven(np.ones(6), tables, inflow_at="end", cohorts=True)
    np.testing.assert_allclose(np.diagonal(result.stock_by_cohort, -1), share[:-1])


@pytest.mark.parametrize("inflow_at", ["start", "middle", "end", "spread"])
def test_an_initial_age_structure_continues_a_stock(inflow_at):
    """Cutting a run in two, with the age structure handed over, changes nothing."""
    rng = np.random.default_rng(3)
    inflow, life = rng.random((20, 2)), stocks.Normal([6.0, 9.0], 3)
    whole = stocks.inflow_driven(inflow, life, inflow_at=inflow_at, cohorts=True)
    initial = whole.stock_by_cohort[11, 11::-1]
    second = stocks.inflow_driven(inflow[12:], life, inflow_at=inflow_at, initial=initial, cohorts=True)
    np.testing.assert_allclose(second.stock, whole.stock[12:], rtol=1e-12)
    np.testing.assert_allclose(second.outflow, whole.outflow[12:], rtol=1e-11)
    np.testing.assert_allclose(second.older_stock[-1], whole.stock_by_cohort[-1, 11::-1], rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(
        second.older_outflow.sum(axis=1), whole.outflow_by_cohort[12:, :12].sum(axis=1), rtol=1e-11
    )
    assert second.closure() < 1e-14
    back = stocks.stock_driven(second.stock, life, inflow_at=inflow_at, initial=initial)
    np.testing.assert_allclose(back.inflow, inflow[12:], atol=1e-12)


def test_what_is_past_its_life_leaves_in_the_first_year():
    result = stocks.inflow_driven(np.zeros(3), stocks.Fixed(2), initial=[0, 0, 5.0], inflow_at="end")
    np.testing.assert_array_equal(result.outflow, [5, 0, 0])


@pytest.mark.parametrize("inflow_at", ["start", "middle", "end"])
def test_arrivals_join_the_cohort_of_their_production_year(inflow_at):
    life = stocks.Weibull(3, 8)
    arriving = np.zeros((10, 5))
    arriving[6, 4], arriving[2, 4] = 3.0, 2.0
    result = stocks.inflow_driven(np.zeros(10), life, inflow_at=inflow_at, arriving=arriving, cohorts=True)
    shift = {"start": 1.0, "middle": 0.5, "end": 0.0}[inflow_at]
    ages = 4 + shift + np.arange(4)
    np.testing.assert_allclose(result.stock_by_cohort[6:, 2], 3 * life.survival(ages) / life.survival(4.0))
    np.testing.assert_allclose(result.older_stock[2:6, 1], 2 * life.survival(ages) / life.survival(4.0))
    assert result.closure() < 1e-14
    np.testing.assert_array_equal(result.arrivals, [0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
    new = np.zeros((10, 1))
    new[:, 0] = np.arange(10)
    as_new = stocks.inflow_driven(np.zeros(10), life, inflow_at=inflow_at, arriving=new)
    np.testing.assert_allclose(as_new.stock, stocks.inflow_driven(np.arange(10.0), life, inflow_at=inflow_at).stock)
    back = stocks.stock_driven(result.stock, life, inflow_at=inflow_at, arriving=arriving)
    np.testing.assert_allclose(back.inflow, 0.0, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(life=lifetimes, inflow_at=conventions, gaps=st.lists(st.integers(1, 7), min_size=6, max_size=6))
def test_uneven_steps_conserve_mass(life, inflow_at, gaps):
    years = 2000.0 + np.cumsum(gaps)
    inflow = np.arange(6.0)
    result = stocks.inflow_driven(inflow, life, inflow_at=inflow_at, years=years, cohorts=True)
    assert result.closure() < 1e-12
    length = np.r_[years[1] - years[0], np.diff(years)]
    left = (result.outflow_by_cohort * length[:, None]).sum(axis=0) + result.stock_by_cohort[-1]
    np.testing.assert_allclose(left, inflow * length, rtol=1e-12, atol=1e-12)


def test_uneven_steps_agree_with_fine_ones():
    """A step of five years with the inflow spread over it is close to five steps of a year."""
    life = stocks.Weibull(3, 20)
    coarse = stocks.inflow_driven(np.ones(6), life, inflow_at="spread", points=12, years=np.arange(2005, 2031, 5))
    fine = stocks.inflow_driven(np.ones(30), life, inflow_at="spread", points=12)
    np.testing.assert_allclose(coarse.stock, fine.stock[4::5], rtol=1e-10)
    np.testing.assert_allclose(coarse.outflow, fine.outflow.reshape(6, 5).mean(axis=1), rtol=1e-9, atol=1e-12)
    back = stocks.stock_driven(coarse.stock, life, inflow_at="spread", points=12, years=np.arange(2005, 2031, 5))
    np.testing.assert_allclose(back.inflow, 1.0, rtol=1e-12)
    assert back.closure() < 1e-13


FALLING = np.array([10.0, 20.0, 30.0, 5.0, 8.0, 0.0, 4.0])


def test_a_stock_that_falls_too_fast():
    life = stocks.Weibull(3, 8)
    with pytest.raises(ValueError, match=r'falls faster than lives allow in year index 3: .* negative="scrap"'):
        stocks.stock_driven(FALLING, life)
    with pytest.raises(ValueError, match=r"in year 2003, lane 1: the inflow would be -"):
        stocks.stock_driven(np.stack([np.ones(4), FALLING[:4]], axis=1), life, years=[2000, 2001, 2002, 2003])
    kept = stocks.stock_driven(FALLING, life, negative="keep")
    np.testing.assert_allclose(kept.stock, FALLING, atol=1e-13)
    assert kept.inflow.min() < 0
    assert kept.closure() < 1e-14
    scrapped = stocks.stock_driven(FALLING, life, negative="scrap", cohorts=True)
    np.testing.assert_allclose(scrapped.stock, FALLING, atol=1e-13)
    assert scrapped.inflow.min() == 0
    assert scrapped.scrapped[3] > 0
    assert scrapped.closure() < 1e-14
    # in proportion: the share scrapped is the same for all living cohorts
    share = scrapped.scrapped_by_cohort[3, :3] / (scrapped.scrapped_by_cohort[3, :3] + scrapped.stock_by_cohort[3, :3])
    np.testing.assert_allclose(share, share[0])
    left = (scrapped.outflow_by_cohort + scrapped.scrapped_by_cohort).sum(axis=0) + scrapped.stock_by_cohort[-1]
    np.testing.assert_allclose(left, scrapped.inflow, atol=1e-13)


def test_scrapping_only_where_needed_changes_nothing_elsewhere():
    life = stocks.Weibull(3, 8)
    both = np.stack([FALLING, np.arange(7.0)], axis=1)
    result = stocks.stock_driven(both, life, negative="scrap")
    np.testing.assert_allclose(result.inflow[:, 1], stocks.stock_driven(np.arange(7.0), life).inflow, rtol=1e-12)
    assert not result.scrapped[:, 1].any()


@pytest.mark.parametrize("negative", ["raise", "scrap"])
def test_a_stock_of_several_types(negative):
    rng = np.random.default_rng(4)
    share = rng.dirichlet(np.ones(3), size=(15, 2))
    target = np.cumsum(rng.random((15, 2)), axis=0)
    if negative == "scrap":
        target[9] *= 0.1
    life = stocks.Weibull(3, np.array([6.0, 9.0, 12.0]))
    result = stocks.stock_driven(target, life, type_share=share, negative=negative)
    np.testing.assert_allclose(result.stock.sum(axis=-1), target, rtol=1e-12)
    total = result.inflow.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(result.inflow, total * share, rtol=1e-12)
    assert result.closure() < 1e-14
    with pytest.raises(ValueError, match="type_share: shares add to 2 at year 0"):
        stocks.stock_driven(target, life, type_share=2 * np.ones((1, 1, 3)) / 3)


def test_smoothing_spreads_echoes_and_keeps_the_sum():
    target = np.r_[np.full(20, 100.0), np.full(40, 160.0)]
    life = stocks.Normal(10, 1)
    plain = stocks.stock_driven(target, life, negative="keep")
    smooth = stocks.stock_driven(target, life, negative="keep", smoothing=5)
    assert smooth.inflow.sum() == pytest.approx(plain.inflow.sum(), rel=1e-13)
    assert np.abs(np.diff(smooth.inflow)).max() < 0.5 * np.abs(np.diff(plain.inflow)).max()
    assert smooth.closure() < 1e-14
    np.testing.assert_array_equal(smooth.target, target)
    np.testing.assert_allclose(stocks.stock_driven(target, life, negative="keep", smoothing=1).stock, target)
    with_ages = stocks.stock_driven(target, life, negative="keep", smoothing=5, initial=np.zeros(3))
    np.testing.assert_allclose(with_ages.stock, smooth.stock, rtol=1e-12)
    with pytest.raises(ValueError, match="odd number of years, got 4"):
        stocks.stock_driven(target, life, smoothing=4)
    with pytest.raises(ValueError, match='not negative="scrap"'):
        stocks.stock_driven(target, life, smoothing=3, negative="scrap")


def test_labelled_arrays_go_in_and_come_out():
    inflow = xr.DataArray(
        np.ones((4, 2)), dims=("year", "class"), coords={"year": [2010, 2011, 2012, 2013], "class": ["a", "b"]}
    )
    scale = xr.DataArray([5.0, 7.0, 9.0], dims="member")
    result = stocks.inflow_driven(inflow, stocks.Weibull(3, scale), cohorts=True)
    assert result.stock.dims == ("year", "class", "member")
    assert result.stock_by_cohort.dims == ("year", "cohort", "class", "member")
    assert list(result.stock_by_cohort["cohort"]) == [2010, 2011, 2012, 2013]
    plain = stocks.inflow_driven(np.ones((4, 2, 1)), stocks.Weibull(3, scale.values))
    np.testing.assert_array_equal(result.stock.values, plain.stock)
    by_class = xr.DataArray([6.0, 8.0], dims="class", coords={"class": ["a", "b"]})
    np.testing.assert_allclose(
        stocks.inflow_driven(inflow, stocks.Fixed(by_class)).stock.sel({"class": "b"}), [1, 2, 3, 4]
    )
    by_cohort = xr.DataArray([1.0, 2, 3, 4], dims="cohort", coords={"cohort": [2010, 2011, 2012, 2013]})
    np.testing.assert_allclose(stocks.inflow_driven(inflow, stocks.Fixed(by_cohort)).stock[:, 0], [1, 1, 2, 2])
    assert float(stocks.Weibull(1.0, scale).mean()[0]) == 5.0
    assert stocks.Weibull(3, scale).survival(2.0).shape == (3,)
    back = stocks.stock_driven(result.stock, stocks.Weibull(3, scale))
    np.testing.assert_allclose(back.inflow, 1.0)


def test_labels_must_match():
    inflow = xr.DataArray(
        np.ones((3, 2)), dims=("year", "class"), coords={"year": [2010, 2011, 2012], "class": ["a", "b"]}
    )
    with pytest.raises(ValueError, match="labels of 'class' differ: expected a, b, got b, a; reindex or sort"):
        stocks.inflow_driven(inflow, stocks.Fixed(xr.DataArray([1.0, 2], dims="class", coords={"class": ["b", "a"]})))
    with pytest.raises(ValueError, match="dimension 'class' has 3 entries, inflow has 2"):
        stocks.inflow_driven(inflow, stocks.Fixed(xr.DataArray([1.0, 2, 3], dims="class")))
    with pytest.raises(ValueError, match='expected a dimension "year"'):
        stocks.inflow_driven(inflow.rename(year="time"), stocks.Fixed(1))
    with pytest.raises(TypeError, match=r"initial: is labelled but inflow is not"):
        stocks.inflow_driven(np.ones(3), stocks.Fixed(1), initial=xr.DataArray([1.0], dims="age"))
    with pytest.raises(TypeError, match="is labelled but the driver is not"):
        stocks.inflow_driven(np.ones(3), stocks.Fixed(xr.DataArray([1.0, 2, 3], dims="class")))
    with pytest.raises(TypeError, match="expected numbers as labels of 'year'"):
        stocks.inflow_driven(inflow.assign_coords(year=["a", "b", "c"]), stocks.Fixed(1))
    with pytest.raises(ValueError, match=r"in year 2012, class=b"):
        stocks.stock_driven(inflow * np.array([[1, 1], [1, 1], [1, 0.1]]), stocks.Fixed(9))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda life: stocks.inflow_driven([1, np.nan, 2], life), "inflow: NaN at year 1; fill the gap"),
        (
            lambda life: stocks.inflow_driven([[1, 2], [3, -4]], life),
            "inflow: -4 at year 1, lane 1; expected 0 or more",
        ),
        (lambda life: stocks.inflow_driven([1, np.inf], life), "inflow: infinite at year 1"),
        (lambda life: stocks.inflow_driven(5.0, life), "year on axis 0, got a scalar"),
        (lambda life: stocks.inflow_driven([], life), "one year or more"),
        (lambda life: stocks.inflow_driven([1, 2], life, inflow_at="mid"), "did you mean 'middle'"),
        (lambda life: stocks.inflow_driven([1, 2], life, inflow_at="spread", points=1), "points: expected 2 or more"),
        (lambda life: stocks.inflow_driven([1, 2], life, years=[2000, 2000]), "years: 2000 follows 2000 at index 1"),
        (lambda life: stocks.inflow_driven([1, 2], life, years=[2000]), "years: expected 2 years"),
        (lambda life: stocks.inflow_driven(np.ones((3, 2)), stocks.Fixed([1, 2, 3])), r"lanes \(3,\) do not broadcast"),
        (
            lambda life: stocks.inflow_driven(np.ones((3, 2)), stocks.Fixed(np.ones((2, 2)))),
            r"axis of 2 meets the 3 years",
        ),
        (lambda life: stocks.inflow_driven(np.ones(3), stocks.Fixed(np.ones((3, 2)))), r"add axes of length 1"),
        (lambda life: stocks.inflow_driven(np.ones(3), life, initial=[-1.0]), "initial: -1 at age 0"),
        (
            lambda life: stocks.inflow_driven(np.ones(3), life, arriving=-np.ones((3, 2))),
            "arriving: -1 at year 0, age 0",
        ),
        (lambda life: stocks.inflow_driven(np.ones(3), life, arriving=np.ones((2, 2))), "arriving: expected 3 years"),
        (
            lambda life: stocks.inflow_driven(np.ones(3), life, arriving=np.ones((3, 2)), years=[1, 2, 4]),
            "steps of one year",
        ),
        (
            lambda life: stocks.inflow_driven(np.ones(3), life.changed(year=2001, factor=2)),
            "needs the calendar years; give years=",
        ),
        (lambda life: stocks.stock_driven([1, -2], life), "stock: -2 at year 1"),
        (lambda life: stocks.stock_driven([1, 2], life, negative="scrub"), "did you mean 'scrap'"),
        (lambda life: stocks.stock_driven([1, 2], stocks.Fixed(0.2)), "leaves within the same step"),
        (lambda life: stocks.stock_driven([1, 2], life, type_share=[0.5, 1.5]), "1.5 .* expected a share"),
        (
            lambda life: stocks.inflow_driven(
                np.ones(3), life.changed(year=2001, factor=[2, 1, 1]), years=[2000, 2001, 2002]
            ),
            r"changed\(factor=\): expected a scalar or one value a lane",
        ),
    ],
)
def test_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(stocks.Weibull(3, 8))


def test_matrices_need_cohorts():
    result = stocks.inflow_driven([1.0, 2.0], stocks.Fixed(3))
    with pytest.raises(AttributeError, match="stock_by_cohort was not kept; pass cohorts=True"):
        result.stock_by_cohort  # noqa: B018
    with pytest.raises(TypeError, match="expected a Lifetime such as Weibull"):
        stocks.inflow_driven([1.0], 5.0)


def test_matrices_do_not_follow_later_changes_of_the_input():
    inflow = np.ones(3)
    result = stocks.inflow_driven(inflow, stocks.Fixed(3), cohorts=True)
    inflow[:] = 7
    assert result.stock_by_cohort[0, 0] == 1
    assert not result.scrapped_by_cohort.any()

"""Products with a component: reference cases, three forms that agree, published rules, closure, refusals."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from lithflow import stocks
from lithflow.stocks import Replacement, Reuse
from tests.stocks.lives import agrees, assert_closed, conventions, inflows, lifetime_of, lifetimes, reference_cases

PRODUCT, COMPONENT = stocks.Weibull(3, 9), stocks.Weibull(3.5, 6)
YEARS = np.arange(2000, 2020)
FLOWS = (
    "products_inflow",
    "products_outflow",
    "products_stock",
    "components_stock",
    "components_inflow",
    "components_outflow",
)


def run(**options):
    return stocks.product_component(**({"product": PRODUCT, "component": COMPONENT} | options))


def assert_same(one, other, scale):
    for name in FLOWS:
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), atol=2e-13 * scale, rtol=1e-11, err_msg=name
        )
    for cause in one.removed:
        np.testing.assert_allclose(
            one.removed[cause], other.removed[cause], atol=2e-13 * scale, rtol=1e-11, err_msg=cause
        )
    for name in ("components_stock_by_cohort", "products_stock_by_cohort"):
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), atol=2e-13 * scale, rtol=1e-11, err_msg=name
        )


@pytest.mark.parametrize("method", ["auto", "factored", "marching"])
@pytest.mark.parametrize("case", reference_cases("product_component"))
def test_reference_case(case, method):
    result = stocks.product_component(
        product=lifetime_of(case["lifetime"]["product"]),
        component=lifetime_of(case["lifetime"]["component"]),
        stock=np.array(case["inputs"]["product_stock"]),
        replacement=case["inputs"].get("replacement_coeff", [0.0])[0],
        inflow_at="end",
        first_year_failure=False,
        cohorts=True,
        method=method,
    )
    agrees(case, "i_pr", result.products_inflow)
    agrees(case, "o_pr", result.products_outflow)
    agrees(case, "i_cm", result.components_inflow)
    agrees(case, "o_cm", result.components_outflow)
    agrees(case, "sc_pr", result.products_stock_by_cohort)
    agrees(case, "sc_cm", result.components_stock_by_cohort)
    np.testing.assert_allclose(
        sum(result.removed_by_cohort.values()), case["expected"]["oc_cm"], rtol=1e-8, atol=case["atol"]
    )
    assert_closed(result)


def test_golden_replacement():
    target = [2.931223, 4.742587, 7.585818, 11.920292, 18.242552, 26.894142]
    result = run(stock=target, replacement=0.7, inflow_at="end", first_year_failure=False)
    np.testing.assert_allclose(result.products_inflow[1:3], [1.81704, 2.89147], atol=2e-5)
    np.testing.assert_allclose(result.components_inflow[1:3], [1.82091, 2.93297], atol=2e-5)


rules = st.one_of(
    st.none(),
    st.floats(0.0, 1.0),
    st.builds(Replacement, share=st.floats(0.0, 1.0), below_age=st.floats(0.0, 12.0), warranty=st.floats(0.0, 6.0)),
)


@settings(max_examples=40, deadline=None)
@given(product=lifetimes, component=lifetimes, rule=rules, inflow_at=conventions, inflow=inflows(), first=st.booleans())
def test_three_forms_agree_and_close(product, component, rule, inflow_at, inflow, first):
    options = {"product": product, "component": component, "replacement": rule, "inflow_at": inflow_at, "years": YEARS}
    options |= {"inflow": inflow, "cohorts": True, "first_year_failure": first}
    try:
        marching = stocks.product_component(**options, method="marching")
    except ValueError:
        return  # a life that ends within the first year
    for method in ("auto", "factored"):
        other = stocks.product_component(**options, method=method)
        assert_same(other, marching, inflow.max())
        assert_closed(other, inflow.max())
    assert_closed(marching, inflow.max())


reuses = st.builds(
    Reuse,
    share=st.floats(0.0, 1.0),
    order=st.sampled_from(["oldest", "youngest"]),
    product_order=st.sampled_from(["oldest", "youngest"]),
    maximum_component_age=st.floats(0.0, 20.0),
    minimum_product_age=st.floats(0.0, 10.0),
    new_products=st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(product=lifetimes, component=lifetimes, rule=rules, reuse=reuses, inflow_at=conventions, inflow=inflows())
def test_reuse_closes(product, component, rule, reuse, inflow_at, inflow):
    options = {"product": product, "component": component, "replacement": rule, "reuse": reuse}
    options |= {"inflow_at": inflow_at, "years": YEARS, "cohorts": True}
    result = stocks.product_component(inflow=inflow, **options)
    assert_closed(result, inflow.max())
    assert (result.reused <= result.removed["product_scrapped"] + 1e-12 * inflow.max()).all()
    if reuse.new_products:
        assert (result.components_first_fit <= result.products_inflow + 1e-12 * inflow.max()).all()
    else:
        np.testing.assert_allclose(result.components_first_fit, result.products_inflow)
        filled = result.components_replacements + result.reused
        np.testing.assert_allclose(filled, result.removed["component_replaced"], rtol=1e-9, atol=1e-12 * inflow.max())
    for matrix in (result.components_stock_by_cohort, result.products_stock_by_cohort, result.reused_by_cohort):
        assert (matrix >= -1e-12 * inflow.max()).all()


@pytest.mark.parametrize("inflow_at", ["start", "middle", "end", "spread"])
@pytest.mark.parametrize("reuse", [None, Reuse(0.8, minimum_product_age=3), Reuse(0.8, new_products=True)])
@pytest.mark.parametrize("replacement", [None, 0.3, Replacement(0.8, below_age=7, warranty=2)])
def test_stock_driven_inverts_inflow_driven(inflow_at, reuse, replacement):
    rng = np.random.default_rng(0)
    inflow = np.cumsum(rng.random((25, 2)), axis=0)
    lives = {"product": stocks.Weibull(1.5, [9.0, 12.0]), "component": stocks.Normal(6, 3)}
    options = lives | {"inflow_at": inflow_at, "reuse": reuse, "replacement": replacement}
    forward = stocks.product_component(inflow=inflow, **options)
    back = stocks.product_component(stock=forward.products_stock, **options)
    np.testing.assert_allclose(back.products_inflow, inflow, rtol=1e-12, atol=1e-12 * forward.products_stock.max())
    np.testing.assert_allclose(back.products_stock, forward.products_stock, rtol=1e-13)


def test_one_life_is_a_component_in_a_product_that_never_fails():
    inflow = np.random.default_rng(1).random((20, 3))
    battery = stocks.Weibull(3.5, 9)
    alone = stocks.inflow_driven(inflow, battery, cohorts=True)
    held = stocks.product_component(product=stocks.Fixed(np.inf), component=battery, inflow=inflow, cohorts=True)
    np.testing.assert_allclose(held.components_stock_by_cohort, alone.stock_by_cohort, rtol=1e-14)
    np.testing.assert_allclose(held.removed["component_worn"], alone.outflow, rtol=1e-13)
    assert not held.removed["product_scrapped"].any()


def test_without_replacement_the_four_exits_are_those_of_two_hazards():
    result = run(inflow=[1.0, 0, 0, 0, 0], inflow_at="end")
    product, component = PRODUCT.survival(np.arange(5)), COMPONENT.survival(np.arange(5))
    failed, worn = -np.diff(product), -np.diff(component)
    np.testing.assert_allclose(result.removed["product_scrapped"][1:], failed * component[1:])
    np.testing.assert_allclose(result.removed["component_worn"][1:], product[1:] * worn)
    np.testing.assert_allclose(result.removed["both"][1:], failed * worn)
    assert not result.removed["component_replaced"].any()


def test_a_renewal_without_product_failure_is_the_renewal_equation():
    life = stocks.Fixed(3)
    result = stocks.product_component(
        product=stocks.Fixed(np.inf), component=life, inflow=[1.0] + [0.0] * 9, replacement=1.0, inflow_at="end"
    )
    np.testing.assert_allclose(result.components_replacements, [0, 0, 0, 1, 0, 0, 1, 0, 0, 1])
    np.testing.assert_allclose(result.products_stock, 1.0)


def test_production_year_survives():
    """A type made in one year only leaves, and is replaced, with what was made in that year."""
    years = 25
    share = np.zeros((years, 2))
    share[:, 0], share[6] = 1.0, [0.0, 1.0]
    result = run(inflow=np.ones(years), type_share=share, replacement=0.5, cohorts=True)
    special = result.removed_by_cohort["component_worn"][..., 1]
    assert special[:, 6].sum() > 0.3
    assert not np.delete(special, 6, axis=1).any()
    others = sum(result.removed_by_cohort.values())[..., 0]
    assert not others[:, 6].any()
    # replacement packs of that year are of that type, too
    assert result.components_replacements[6, 0] == 0
    assert result.components_replacements[6, 1] > 0
    marching = run(inflow=np.ones(years), type_share=share, replacement=0.5, cohorts=True, method="marching")
    assert_same(result, marching, 1.0)


def test_types_with_their_own_lives():
    rng = np.random.default_rng(2)
    inflow, share = rng.random((20, 3)), rng.dirichlet(np.ones(4), size=(20, 3))
    life = stocks.Weibull(2.0, np.array([4.0, 6.0, 8.0, 10.0]))
    options = {"component": life, "type_share": share, "inflow": inflow, "replacement": 0.4, "cohorts": True}
    result = run(**options)
    assert_same(result, run(**options, method="marching"), 1.0)
    assert_closed(result)
    assert result.components_stock_by_cohort.shape == (20, 20, 3, 4)
    # same lives, same totals as without types
    merged = run(**(options | {"component": COMPONENT}))
    single = run(inflow=inflow, replacement=0.4)
    np.testing.assert_allclose(merged.components_stock.sum(axis=-1), single.components_stock, rtol=1e-12)


def test_lives_by_cohort_and_changed_lives():
    inflow = np.linspace(1, 3, 20)
    options = {"inflow": inflow, "replacement": Replacement(0.6, below_age=8), "years": YEARS, "cohorts": True}
    options |= {
        "product": stocks.Weibull(3, np.linspace(8, 14, 20)),
        "component": COMPONENT.changed(year=2010, factor=1.4),
    }
    result = stocks.product_component(**options)
    assert_same(result, stocks.product_component(**options, method="marching"), 3.0)
    assert_closed(result, 3.0)


def test_uneven_years():
    years = [2000, 2001, 2003, 2008, 2010]
    options = {"inflow": np.arange(1.0, 6.0), "years": years, "replacement": 0.5}
    one, other = run(**options), run(**options, method="marching")
    np.testing.assert_allclose(one.components_outflow, other.components_outflow, rtol=1e-12)
    assert one.closure() < 1e-13
    back = run(stock=one.products_stock, years=years, replacement=0.5)
    np.testing.assert_allclose(back.products_inflow, options["inflow"], rtol=1e-12)


def test_an_initial_structure_continues_a_stock():
    inflow = np.random.default_rng(3).random(24)
    rule = Replacement(0.7, below_age=9)
    whole = run(inflow=inflow, replacement=rule, cohorts=True, inflow_at="end", method="marching")
    # products and components at the end of year 11 by both ages, from the factored state of single cohorts
    initial = np.zeros((12, 12))
    for cohort in range(12):
        alone = run(inflow=np.eye(12)[cohort] * inflow[cohort], replacement=rule, cohorts=True, inflow_at="end")
        initial[11 - cohort] = alone.components_stock_by_cohort[-1][::-1]
    second = run(inflow=inflow[12:], initial=initial, replacement=rule, cohorts=True, inflow_at="end")
    np.testing.assert_allclose(second.products_stock, whole.products_stock[12:], rtol=1e-12)
    np.testing.assert_allclose(second.components_outflow, whole.components_outflow[12:], rtol=1e-11)
    np.testing.assert_allclose(second.older_components[-1], whole.components_stock_by_cohort[-1, 11::-1], atol=1e-13)
    older = sum(second.older_removed.values())
    np.testing.assert_allclose(older.sum(axis=0)[0], sum(whole.removed_by_cohort.values())[12:, 11].sum(), rtol=1e-11)
    assert second.closure() < 1e-13


def test_warranty_takes_new_components_only():
    options = {"product": stocks.Exponential(6.0), "component": stocks.Exponential(5.0), "inflow": np.ones(15)}
    rule = Replacement(0.0, warranty=5)
    result = stocks.product_component(**options, replacement=rule, reuse=Reuse(1.0))
    assert not result.reused.any()
    assert result.components_replacements[-1] > 0
    later = stocks.product_component(**options, replacement=Replacement(1.0, warranty=5), reuse=Reuse(1.0))
    assert later.reused[3] == 0
    assert later.reused[-1] > 0


def test_a_stock_that_falls_too_fast():
    target = np.r_[np.linspace(10, 100, 12), [80.0, 75.0, 10.0, 12.0]]
    options = {"replacement": 0.9, "cohorts": True}
    with pytest.raises(ValueError, match=r'in year index 12: the inflow would be -.*negative="cap"'):
        run(stock=target, **options)
    with pytest.raises(ValueError, match=r"in year index 12, lane 1: "):
        run(stock=np.stack([np.ones(16), target], axis=1), **options)
    with pytest.raises(ValueError, match="in year index 14"):
        run(stock=target, **options, negative="cap")
    for negative in ("keep", "scrap"):
        result = run(stock=target, **options, negative=negative)
        np.testing.assert_allclose(result.products_stock, target, rtol=1e-12)
        assert_closed(result, 100.0)
        assert (result.products_inflow.min() < 0) == (negative == "keep")
        assert (result.products_scrapped[14] > 0) == (negative == "scrap")
    milder = np.r_[np.linspace(10, 100, 12), [85.0, 75.0]]
    capped = run(stock=milder, **options, negative="cap")
    np.testing.assert_allclose(capped.products_stock, milder, rtol=1e-12)
    assert (
        capped.removed["component_replaced"]
        < run(stock=milder, **options, negative="keep").removed["component_replaced"]
    ).any()


def test_labelled_arrays():
    years = {"year": np.arange(2010, 2020)}
    inflow = xr.DataArray(np.ones((10, 2)), dims=("year", "class"), coords=years)
    scale = xr.DataArray([6.0, 8.0, 10.0], dims="type")
    share = xr.DataArray(np.full((10, 3), 1 / 3), dims=("year", "type"), coords=years)
    result = run(inflow=inflow, component=stocks.Weibull(3, scale), type_share=share, replacement=0.3, cohorts=True)
    assert result.components_stock_by_cohort.dims == ("year", "cohort", "class", "type")
    assert result.products_stock_by_cohort.dims == ("year", "cohort", "class")
    assert result.removed["both"].dims == ("year", "class", "type")
    plain = run(
        inflow=np.ones((10, 2)),
        component=stocks.Weibull(3, scale.values),
        type_share=share.values[:, None],
        replacement=0.3,
    )
    np.testing.assert_array_equal(result.components_outflow.values, plain.components_outflow)
    rule = Replacement(xr.DataArray(np.linspace(0, 1, 10), dims="year", coords=years))
    again = run(inflow=inflow, replacement=rule, reuse=xr.DataArray([0.2, 0.4], dims="class"), cohorts=True)
    assert again.products_stock.dims == ("year", "class")
    assert again.reused_by_cohort.dims == ("year", "cohort", "class")
    start = xr.DataArray(np.ones((3, 3)), dims=("product_age", "component_age"))
    assert run(inflow=inflow, initial=start).products_stock.dims == ("year", "class")
    with pytest.raises(ValueError, match='type_share: expected a dimension "type"'):
        run(inflow=inflow, type_share=share.rename(type="kind"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give either inflow= or stock=, got neither"),
        ({"inflow": [1.0], "stock": [1.0]}, "got both"),
        ({"inflow": [1.0, -1.0]}, "inflow: -1 at year 1"),
        ({"inflow": [1.0, np.nan]}, "inflow: NaN at year 1"),
        ({"inflow": [1.0], "replacement": 1.2}, r"Replacement\(share=\): 1.2 .* expected a share"),
        ({"inflow": [1.0], "reuse": -0.2}, r"Reuse\(share=\): -0.2"),
        ({"inflow": [1.0], "type_share": [0.5, 0.2]}, "type_share: shares add to 0.7 at year 0"),
        ({"inflow": [1.0], "negative": "keeep"}, "did you mean 'keep'"),
        ({"inflow": [1.0], "method": "march"}, "did you mean 'marching'"),
        ({"inflow": [1.0], "reuse": 0.5, "method": "factored"}, "need a marching state"),
        ({"inflow": [1.0], "initial": [[-1.0]]}, "initial: -1 at product_age 0, component_age 0"),
        ({"stock": [1.0], "product": stocks.Fixed(0.2)}, "no inflow can hold a stock"),
        ({"stock": [1.0], "product": stocks.Fixed(0.2), "method": "marching"}, "no inflow can hold a stock"),
        ({"stock": [1.0], "product": stocks.Fixed(0.2), "method": "factored"}, "no inflow can hold a stock"),
        ({"inflow": [1.0], "component": stocks.Fixed(0.2), "replacement": 1.0}, "replacements never end"),
        (
            {"inflow": [1.0], "component": stocks.Fixed(0.2), "replacement": 1.0, "method": "factored"},
            "replacements never end",
        ),
        (
            {"inflow": [1.0], "component": stocks.Fixed(0.2), "replacement": 1.0, "method": "marching"},
            "replacements never end",
        ),
        (
            {"inflow": [1.0], "component": stocks.Fixed(0.2), "first_year_failure": False},
            "first_year_failure=False: a life ends",
        ),
        ({"stock": [9.0, 1.0], "negative": "scrap", "method": "factored"}, "negative='scrap' needs a marching state"),
    ],
)
def test_refused(options, message):
    with pytest.raises(ValueError, match=message):
        run(**options)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Replacement(below_age=-1), r"Replacement\(below_age=\): expected an age of 0 or more, got -1"),
        (lambda: Replacement(fitted_at="spread"), r"Replacement\(fitted_at=\)"),
        (lambda: Reuse(order="old"), "did you mean 'oldest'"),
        (lambda: Reuse(minimum_product_age=-2), r"Reuse\(minimum_product_age=\)"),
    ],
)
def test_rules_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_other_types_refused():
    with pytest.raises(TypeError, match="replacement: expected Replacement"):
        run(inflow=[1.0], replacement="all")
    with pytest.raises(TypeError, match="reuse: expected Reuse"):
        run(inflow=[1.0], reuse=[0.5])
    with pytest.raises(AttributeError, match="was not kept; pass cohorts=True"):
        run(inflow=[1.0]).products_stock_by_cohort  # noqa: B018

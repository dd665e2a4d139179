"""Cascades: first passage, split years, correlated lives, demand, closure, refusals."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from lithflow import stocks
from lithflow.stocks import Fade, Step, YearlyFade
from tests.stocks.lives import inflows

LIFE = stocks.Weibull(3.5, [9.0, 11.0])
FADE = Fade(0.75, 0.8)
STEPS = (
    Step("low speed", floor=0.7, stress=0.8, entry_soh=0.75, onward=0.6, lost=0.1),
    Step("grid", floor=0.6, stress=0.6, onward=0.5),
    Step("home", floor=0.5, stress=0.5, lost=0.05),
)


def removed(inflow, life=LIFE):
    fleet = stocks.product_component(
        product=stocks.Weibull(3, 12), component=life, inflow=inflow, replacement=0.3, cohorts=True
    )
    by_cohort = fleet.removed_by_cohort
    return {
        "worn": by_cohort["component_worn"] + by_cohort["component_replaced"],
        "good": by_cohort["product_scrapped"],
    }


def one(year, cohort, count=80, lanes=()):
    entering = np.zeros((count, count, *lanes))
    entering[year, cohort] = 1.0
    return entering


def test_golden_delay_is_split_between_two_years():
    """A worn component of 10 years stays 30.03 years: 3.3 % leave in the 31st year after, the rest in the 30th."""
    result = stocks.cascade(one(10, 0), [Step("storage", floor=0.6, stress=0.6)], fade=FADE)
    outflow = result["storage"].outflow[:, 0]
    assert outflow[10 + 30] == pytest.approx(1 - 0.03287, abs=1e-4)
    assert outflow[10 + 31] == pytest.approx(0.03287, abs=1e-4)
    assert outflow.sum() == pytest.approx(1.0, abs=1e-15)
    assert (outflow * (np.arange(80) - 10)).sum() == pytest.approx(10 * 3.003286771457927)


def test_delays_add_up_over_steps():
    """Each step rounds to years, the sum of the steps does not."""
    steps = [
        Step("a", floor=0.75, stress=0.9, onward=1.0),
        Step("b", floor=0.7, stress=0.7, onward=1.0),
        Step("c", floor=0.6),
    ]
    result = stocks.cascade(one(7, 0), steps, fade=FADE)
    years = [FADE.years_between(a, b, 7.0, r) for a, b, r in ((0.8, 0.75, 0.9), (0.75, 0.7, 0.7), (0.7, 0.6, 1.0))]
    for step, total in zip(result.steps, np.cumsum(years), strict=True):
        assert (step.outflow[:, 0] * (np.arange(80) - 7)).sum() == pytest.approx(total, rel=1e-12)
        assert np.count_nonzero(step.outflow[:, 0] > 1e-12) == 2
        assert step.stock.min() > -1e-15
    np.testing.assert_array_equal(result["a"].onward, result["b"].offered)


def test_a_good_component_fades_on_from_where_it_is():
    """For a life known to be 10 years, one removed at 4 has 0.6 of it left at full stress."""
    life = stocks.Fixed(10.0)
    result = stocks.cascade({"good": one(4, 0)}, [Step("again", floor=0.8)], fade=Fade(0.75, 0.8), life=life)
    outflow = result["again"].outflow[:, 0]
    assert (outflow * (np.arange(80) - 4)).sum() == pytest.approx(6.0, abs=0.07)
    assert result["again"].usable_inflow[4] == pytest.approx(float(FADE.soh(4.0, 10.0)), abs=2e-3)


def spread(independent, points=32):
    """Standard deviation of the total life of one cohort, in the car and in one step after it."""
    life, count = stocks.Weibull(3.5, 11.0), 300
    entering = stocks.inflow_driven(np.r_[1.0, np.zeros(count - 1)], life, cohorts=True).outflow_by_cohort
    step = Step("storage", floor=0.6, stress=0.6)
    result = stocks.cascade(entering, [step], fade=FADE, life=life, independent=independent, points=points)
    left = result["storage"].outflow[:, 0]
    years = np.arange(count)
    mean = (left * years).sum()
    return mean, np.sqrt((left * (years - mean) ** 2).sum()), float(life.mean()), float(life.sd())


def test_later_lives_are_correlated_with_the_first():
    """T·(1 + 3.003) against independent draws, √(1 + 3.003²): sd 12.6 and 9.9 years at the same mean."""
    ratio = 3.003286771457927
    together = spread(independent=False)
    apart = spread(independent=True)
    assert together[0] == pytest.approx(together[2] * (1 + ratio), rel=2e-3)
    assert apart[0] == pytest.approx(together[2] * (1 + ratio), rel=2e-3)
    assert together[1] == pytest.approx(together[3] * (1 + ratio), rel=0.01)
    assert apart[1] == pytest.approx(together[3] * np.sqrt(1 + ratio**2), rel=0.01)
    assert together[1] == pytest.approx(12.6, abs=0.1)
    assert apart[1] == pytest.approx(9.9, abs=0.1)


shares = st.floats(0.0, 1.0)


@settings(max_examples=30, deadline=None)
@given(
    inflow=inflows(years=20, lanes=2),
    onward=st.lists(shares, min_size=20, max_size=20),
    lost=shares,
    demand=st.one_of(st.none(), st.lists(st.floats(0.0, 3.0), min_size=20, max_size=20)),
    order=st.sampled_from(["proportional", "youngest", "oldest"]),
    independent=st.booleans(),
    pooled=st.booleans(),
    exponent=st.floats(0.5, 2.0),
)
def test_closure(inflow, onward, lost, demand, order, independent, pooled, exponent):
    entering = removed(inflow)
    scale = max(inflow.max(), 1e-300)
    wanted = None if demand is None else scale * np.array(demand)[:, None]
    keep = np.array(onward)[:, None]
    steps = [
        Step("a", floor=0.7, stress=0.8, onward=keep, lost=lost * (1 - keep), demand=wanted, order=order),
        Step("b", floor=0.6, stress=0.6, onward=0.5, demand=wanted, order=order),
        Step("c", residence=stocks.Weibull(2, 5), lost=0.2, demand=wanted, order=order),
    ]
    options = {"fade": Fade(exponent, 0.8), "life": LIFE, "independent": independent, "pooled": (0,) if pooled else ()}
    result = stocks.cascade(entering, steps, suitable={"worn": 0.7, "good": 0.9}, **options)
    assert result.closure() < 1e-12
    for step in result.steps:
        assert step.stock.min() >= -1e-12 * scale
        assert step.not_taken.min() >= -1e-12 * scale
        np.testing.assert_allclose(step.stock[-1], step.held, atol=1e-12 * scale)
        np.testing.assert_allclose(step.onward + step.collected + step.lost, step.outflow, atol=1e-12 * scale)
        if wanted is not None:
            taken = step.usable_inflow.sum(axis=1, keepdims=True) if pooled else step.usable_inflow
            assert (taken <= wanted * (1 + 1e-9) + 1e-12 * scale).all()


def test_what_is_not_suitable_or_not_wanted_is_collected():
    entering = removed(np.ones((20, 2)))
    total = sum(entering.values())
    nothing = stocks.cascade(entering, STEPS, fade=FADE, life=LIFE, suitable=0.0)
    np.testing.assert_allclose(nothing.collected, total)
    refused = stocks.cascade(entering, [Step("a", floor=0.7, demand=0.0)], fade=FADE, life=LIFE)
    np.testing.assert_allclose(refused.collected, total, atol=1e-15)
    np.testing.assert_array_equal(refused["a"].not_taken, refused["a"].offered)
    # below the floor of the first step: worn components enter at 0.8
    above = stocks.cascade(entering, [Step("a", floor=0.85)], fade=FADE, life=LIFE)
    assert (above.unsuitable >= entering["worn"] - 1e-15).all()
    assert above["a"].inflow.sum() > 0
    choosy = stocks.cascade(entering, [Step("a", floor=0.7, entry_soh=0.9)], fade=FADE, life=LIFE)
    assert 0 < choosy["a"].inflow.sum() < entering["good"].sum()
    assert choosy.closure() < 1e-13


def test_scaling_and_production_year():
    entering = removed(np.ones((20, 2)))
    once = stocks.cascade(entering, STEPS, fade=FADE, life=LIFE)
    twice = stocks.cascade({name: 2 * amounts for name, amounts in entering.items()}, STEPS, fade=FADE, life=LIFE)
    np.testing.assert_allclose(twice.collected, 2 * once.collected, rtol=1e-12)
    only = {name: np.where(np.arange(20)[:, None] == 3, amounts, 0.0) for name, amounts in entering.items()}
    single = stocks.cascade(only, STEPS, fade=FADE, life=LIFE)
    np.testing.assert_allclose(single.collected[:, 3], once.collected[:, 3], atol=1e-15)
    assert not np.delete(single.collected, 3, axis=1).any()


def test_demand_takes_the_youngest_first():
    entering = np.zeros((30, 30))
    entering[20, [5, 10, 15]] = 1.0
    steps = [Step("a", residence=stocks.Fixed(3), demand=1.3, order="youngest")]
    result = stocks.cascade(entering, steps, fade=YearlyFade(0.02))
    soh = 1 - 0.02 * np.array([15, 10, 5.0])
    assert result["a"].inflow[20, 15] == pytest.approx(1.0)
    assert result["a"].inflow[20, 10] == pytest.approx((1.3 - soh[2]) / soh[1])
    assert result["a"].inflow[20, 5] == 0
    assert result["a"].usable_inflow[20] == pytest.approx(1.3)
    oldest = stocks.cascade(entering, [Step("a", residence=stocks.Fixed(3), demand=1.0, order="oldest")])
    np.testing.assert_allclose(oldest["a"].inflow[20, [5, 10, 15]], [1, 0, 0])


def test_fill():
    offered = np.zeros((2, 3))
    offered[1] = [2.0, 2.0, 2.0]
    taken, unmet = stocks.fill([1.0, 3.0], offered, usable=[0.5, 0.8, 1.0])
    np.testing.assert_allclose(taken, [[0, 0, 0], [0, 1.25, 2.0]])
    np.testing.assert_allclose(unmet, [1.0, 0.0])
    taken, unmet = stocks.fill([1.0, 30.0], offered, order="proportional")
    np.testing.assert_allclose(taken, offered)
    np.testing.assert_allclose(unmet, [1.0, 24.0])
    np.testing.assert_allclose(stocks.fill(3.0, offered, order="proportional")[0][1], 1.0)
    np.testing.assert_allclose(stocks.fill(3.0, offered, order="oldest")[0][1], [2, 1, 0])
    with pytest.raises(ValueError, match="did you mean 'youngest'"):
        stocks.fill(1.0, offered, order="young")
    with pytest.raises(ValueError, match="demand: -1"):
        stocks.fill(-1.0, offered)
    with pytest.raises(ValueError, match="offered: -2 at year 1, cohort 0"):
        stocks.fill(1.0, -offered)


def test_a_residence_alone():
    life = stocks.Normal(4, 1.5)
    steps = [Step("a", residence=life, onward=1.0), Step("b", residence=stocks.Fixed(2))]
    result = stocks.cascade(one(3, 1, 20), steps)
    expected = stocks.inflow_driven(np.eye(20)[3], life)
    np.testing.assert_allclose(result["a"].outflow[:, 1], expected.outflow, atol=1e-15)
    later = stocks.inflow_driven(expected.outflow, stocks.Fixed(2))
    np.testing.assert_allclose(result["b"].outflow[:, 1], later.outflow, atol=1e-15)
    assert result.closure() < 1e-14
    np.testing.assert_array_equal(result["b"].usable_inflow, result["b"].inflow.sum(axis=1))


@pytest.mark.parametrize("inflow_at", ["start", "middle", "end", "spread"])
def test_a_residence_that_counts_from_production(inflow_at):
    life = stocks.Weibull(3, 9)
    step = Step("a", residence=life, from_production=True)
    result = stocks.cascade(one(6, 2, 20), [step], inflow_at=inflow_at)
    arriving = np.zeros((20, 8))
    arriving[6, 4] = 1.0
    expected = stocks.inflow_driven(np.zeros(20), life, inflow_at=inflow_at, arriving=arriving)
    np.testing.assert_allclose(result["a"].stock[:, 2], expected.stock, atol=1e-14)
    np.testing.assert_allclose(result["a"].outflow[:, 2], expected.outflow, atol=1e-14)
    assert result.closure() < 1e-13


def test_fade_and_residence_in_one_cascade():
    entering = removed(np.ones((20, 2)))
    steps = [
        Step("low speed", residence=stocks.Normal(4, 1), floor=0.75, onward=0.9),
        Step("grid", floor=0.65, stress=0.6, onward=0.5, demand=np.full((20, 1), 0.2), order="youngest"),
        Step("home", residence=stocks.Fixed(5), demand=0.05),
    ]
    result = stocks.cascade(entering, steps, fade=FADE, life=LIFE, usable_stock=True)
    assert result.closure() < 1e-13
    grid = result["grid"]
    assert (grid.usable_stock >= 0.65 * grid.stock.sum(axis=1) - 1e-12).all()
    assert (grid.usable_stock <= 0.75 * grid.stock.sum(axis=1) + 1e-12).all()
    home = result["home"]
    assert (home.usable_stock[1:] > 0).any()
    assert (home.usable_stock <= 0.65 * home.stock.sum(axis=1) + 1e-12).all()


def test_usable_capacity_lies_between_entry_and_floor():
    entering = removed(np.ones((20, 2)))
    result = stocks.cascade(entering, STEPS, fade=FADE, life=LIFE, usable_stock=True)
    for step, low, high in zip(result.steps, (0.7, 0.6, 0.5), (1.0, 0.7, 0.6), strict=True):
        there = step.stock.sum(axis=1)
        assert (step.usable_stock >= low * there - 1e-12).all()
        assert (step.usable_stock <= high * there + 1e-12).all()
        assert (step.usable_inflow <= high * step.inflow.sum(axis=1) + 1e-12).all()


def test_lives_by_production_year():
    """One cohort with a longer life fades more slowly than the others, and only that one."""
    scale = np.full((20, 2), 9.0)
    scale[4] = 14.0
    entering = {"good": removed(np.ones((20, 2)))["good"]}
    plain = stocks.cascade(entering, STEPS, fade=FADE, life=stocks.Weibull(3.5, [9.0, 9.0]))
    by_cohort = stocks.cascade(entering, STEPS, fade=FADE, life=stocks.Weibull(3.5, scale))
    others = np.delete(np.arange(20), 4)
    np.testing.assert_allclose(by_cohort.collected[:, others], plain.collected[:, others], atol=1e-14)
    assert by_cohort["low speed"].stock[-1, 4].sum() > plain["low speed"].stock[-1, 4].sum()


def test_labelled_arrays():
    years = np.arange(2010, 2030)
    scale = xr.DataArray([9.0, 11.0], dims="chemistry", coords={"chemistry": ["LFP", "NCM"]})
    inflow = xr.DataArray(
        np.ones((20, 2)), dims=("year", "chemistry"), coords={"year": years, "chemistry": ["LFP", "NCM"]}
    )
    entering = removed(inflow, stocks.Weibull(3.5, scale))
    onward = xr.DataArray([0.9, 0.2], dims="chemistry", coords={"chemistry": ["LFP", "NCM"]})
    demand = xr.DataArray(np.linspace(0, 1, 20), dims="year", coords={"year": years})
    steps = [Step("a", floor=0.7, onward=onward, demand=demand), Step("b", floor=0.6)]
    result = stocks.cascade(entering, steps, fade=FADE, life=stocks.Weibull(3.5, scale), pooled=["chemistry"])
    assert result["a"].stock.dims == ("year", "cohort", "chemistry")
    assert result["a"].usable_inflow.dims == ("year", "chemistry")
    assert result.closure() < 1e-13
    plain = stocks.cascade(
        {name: amounts.values for name, amounts in entering.items()},
        [Step("a", floor=0.7, onward=onward.values, demand=demand.values[:, None]), Step("b", floor=0.6)],
        fade=FADE,
        life=LIFE,
        pooled=[0],
    )
    np.testing.assert_array_equal(result.collected.values, plain.collected)
    with pytest.raises(ValueError, match="onward: dimension 'colour' is not one of"):
        stocks.cascade(
            entering,
            [Step("a", floor=0.7, onward=onward.rename(chemistry="colour")), Step("b", floor=0.6)],
            fade=FADE,
            life=stocks.Weibull(3.5, scale),
        )


GOOD = {"good": one(3, 1, 6)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stocks.cascade(one(3, 1, 6), []), "steps: expected one step or more"),
        (lambda: stocks.cascade(-one(3, 1, 6), STEPS, fade=FADE), r"entering\['worn'\]: -1 at year 3, cohort 1"),
        (lambda: stocks.cascade(one(1, 3, 6), STEPS, fade=FADE), "removed before it was made"),
        (
            lambda: stocks.cascade(np.ones((6, 5)), STEPS, fade=FADE),
            r"expected \(year, cohort, lanes...\), got shape \(6, 5\)",
        ),
        (lambda: stocks.cascade({"bad": one(3, 1, 6)}, STEPS), "entering: expected one of 'worn', 'good', got 'bad'"),
        (lambda: stocks.cascade(one(3, 1, 6), STEPS), "has no residence, so fade=Fade"),
        (lambda: stocks.cascade(GOOD, STEPS, fade=FADE), "life: needed for the first life of good"),
        (lambda: stocks.cascade(one(3, 1, 6), STEPS, fade=FADE, independent=True), "life: needed to draw later lives"),
        (lambda: stocks.cascade(one(3, 1, 6), STEPS, fade=FADE, suitable=2.0), r"suitable\['worn'\]: 2"),
        (lambda: stocks.cascade(one(3, 1, 6), STEPS, fade=FADE, pooled=["x"]), "pooled: 'x' is not a lane"),
        (lambda: stocks.cascade(one(3, 1, 6), STEPS[:1], fade=FADE), "onward=: it is the last step"),
        (lambda: stocks.cascade(one(3, 1, 6), [STEPS[1], Step("c", floor=0.7)], fade=FADE), "its floor must be below"),
        (
            lambda: stocks.cascade(one(3, 1, 6), [STEPS[1], Step("c", floor=0.5, entry_soh=0.9)], fade=FADE),
            "entry_soh not above",
        ),
        (lambda: stocks.cascade(one(2, 1, 3), STEPS, fade=FADE, years=[1, 2, 5]), "years that follow one another"),
        (
            lambda: stocks.cascade(
                one(3, 1, 6),
                [Step("a", residence=stocks.Fixed(1), onward=1.0), STEPS[2]],
                fade=FADE,
                life=stocks.Fixed(5),
            ),
            "SOH at entry is unknown; give floor=",
        ),
        (
            lambda: stocks.cascade(
                one(3, 1, 6), [Step("a", residence=stocks.Fixed(1), floor=0.7, onward=1.0), STEPS[2]], fade=FADE
            ),
            "life: needed for a step with fade, or .* after one with a residence",
        ),
        (
            lambda: stocks.cascade(
                one(3, 1, 6, (2,)), [Step("a", floor=0.7, demand=np.ones((6, 2)))], fade=FADE, pooled=[0]
            ),
            "varies over lanes that share it",
        ),
        (lambda: Step("a"), "give floor= .* or residence="),
        (lambda: Step("a", floor=70), "Step 'a' floor=: 70"),
        (lambda: Step("a", floor=0.7, stress=0), "Step 'a' stress=: expected a number above 0"),
        (lambda: Step("a", floor=0.7, onward=0.8, lost=0.4), r"onward \+ lost = 1.2; expected 1 or less"),
        (lambda: Step("a", floor=0.7, order="young"), "did you mean 'youngest'"),
    ],
)
def test_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_an_unknown_step():
    result = stocks.cascade(one(3, 1, 6), [Step("grid", floor=0.6)], fade=FADE)
    with pytest.raises(ValueError, match="did you mean 'grid'"):
        result["gird"]


def test_shares_by_label_are_checked_when_they_meet():
    entering = xr.DataArray(one(3, 1, 6, (2,)), dims=("year", "cohort", "x"))
    share = xr.DataArray([0.7, 0.2], dims="x")
    with pytest.raises(ValueError, match=r"onward \+ lost exceed 1"):
        stocks.cascade(entering, [Step("a", floor=0.7, onward=share, lost=share), Step("b", floor=0.6)], fade=FADE)

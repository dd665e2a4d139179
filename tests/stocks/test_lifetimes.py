"""Lifetimes: closed forms, moments, and what is refused."""

import warnings

import numpy as np
import pytest
from scipy import integrate
from scipy import stats as distributions

from lithflow import stocks

SCALE = np.sqrt(3) / np.pi
NORMAL, LOGISTIC = distributions.norm(5, 3), distributions.logistic(5, 3 * SCALE)
PAIRS = [
    (stocks.Weibull(shape=3.5, scale=9), distributions.weibull_min(3.5, scale=9)),
    (stocks.Weibull(shape=0.7, scale=4), distributions.weibull_min(0.7, scale=4)),
    (stocks.Normal(mean=5, sd=3), NORMAL),
    (stocks.FoldedNormal(mean=6, sd=3), distributions.foldnorm(2, scale=3)),
    (stocks.LogNormal(mean=20, sd=20), distributions.lognorm(np.sqrt(np.log(2)), scale=20 / np.sqrt(2))),
    (stocks.Gamma(mean=8, sd=4), distributions.gamma(4, scale=2)),
    (stocks.Logistic(mean=5, sd=3), LOGISTIC),
    (stocks.Exponential(mean=7), distributions.expon(scale=7)),
]
TABLE = stocks.Table([1.0, 0.9, 0.5, 0.5, 0.0])
OTHERS = [
    stocks.Normal(mean=5, sd=3, truncated=True),
    stocks.Logistic(mean=5, sd=3, truncated=True),
    stocks.Logistic(mean=17, sd=4).with_maximum_age(30),
    stocks.Weibull(3.5, 9).with_maximum_age(4.3),
    stocks.Mixture([stocks.Weibull(3.5, 9), stocks.Normal(17, 4)], [0.3, 0.7]),
    TABLE,
]


@pytest.mark.parametrize(("life", "outside"), PAIRS, ids=lambda value: type(value).__name__)
def test_survival_agrees_with_scipy(life, outside):
    ages = np.linspace(0, 40, 81)
    np.testing.assert_allclose(life.survival(ages), outside.sf(ages), rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(life.cdf(ages), outside.cdf(ages), rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("life", [pair[0] for pair in PAIRS] + OTHERS, ids=repr)
def test_moments_agree_with_quadrature(life):
    breaks = [0.3, 1, 2, 3, 4, 4.3, 5, 9, 17, 30, 60, 200, 2e3, 2e4, 2e5, 2e6]

    def integral(power):
        total, low = 0.0, 0.0
        for high in breaks:
            total += integrate.quad(
                lambda a: power * a ** (power - 1) * life.survival(a), low, high, epsabs=1e-13, limit=200
            )[0]
            low = high
        return total

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", integrate.IntegrationWarning)
        first, second = integral(1), integral(2)
    assert float(life.mean()) == pytest.approx(first, rel=1e-9)
    assert float(life.sd()) == pytest.approx(np.sqrt(second - first**2), rel=1e-9)


@pytest.mark.parametrize("life", [pair[0] for pair in PAIRS] + OTHERS, ids=repr)
def test_survival_and_distribution_add_to_one_and_never_rise(life):
    ages = np.linspace(0, 45, 91)
    survival = life.survival(ages)
    np.testing.assert_allclose(survival + life.cdf(ages), 1.0, atol=1e-14)
    assert (np.diff(survival) <= 1e-15).all()
    assert life.survival(-1.0) == 1.0
    assert life.cdf(-1.0) == 0.0


def test_a_fixed_life_survives_while_age_is_below_the_mean():
    np.testing.assert_array_equal(stocks.Fixed(3.5).survival([0, 3, 3.5, 4]), [1, 1, 0, 0])
    np.testing.assert_array_equal(stocks.Fixed(3.0).survival([2.999, 3.0]), [1, 0])
    np.testing.assert_array_equal(stocks.Fixed(0).survival([0.0, 1.0]), [0, 0])
    assert stocks.Fixed(np.inf).survival(1e9) == 1.0
    assert stocks.Fixed(3.5).mean() == 3.5
    assert stocks.Fixed(3.5).sd() == 0.0


@pytest.mark.parametrize(
    "kind",
    [stocks.Normal, stocks.FoldedNormal, stocks.LogNormal, stocks.Gamma, stocks.Logistic],
    ids=lambda k: k.__name__,
)
def test_without_spread_a_life_is_fixed(kind):
    life = kind(mean=[3.0, 3.0], sd=[0.0, 1.0])
    np.testing.assert_array_equal(life.survival(2.9)[0], 1.0)
    np.testing.assert_array_equal(life.survival(3.0)[0], 0.0)
    assert 0 < life.survival(3.0)[1] < 1
    assert life.mean()[0] == 3.0
    assert life.sd()[0] == 0.0


def test_hazard_is_one_where_nothing_is_left():
    np.testing.assert_allclose(stocks.Exponential(10.0).hazard([1, 2, 5]), 1 - np.exp(-0.1))
    np.testing.assert_array_equal(stocks.Fixed(2).hazard([1, 2, 3, 4]), [0, 1, 1, 1])


def test_what_lies_below_age_zero_leaves_on_entry():
    assert stocks.Normal(5, 3).survival(0.0) == pytest.approx(distributions.norm.sf(-5 / 3))
    assert stocks.Normal(5, 3, truncated=True).survival(0.0) == 1.0
    assert stocks.Logistic(5, 3, truncated=True).survival(0.0) == 1.0


def test_nothing_is_older_than_the_maximum_age():
    life = stocks.Logistic(17, 4).with_maximum_age(30)
    assert life.survival(30.0) == stocks.Logistic(17, 4).survival(30.0)
    assert life.survival(30.001) == 0.0
    assert life.cdf(30.001) == 1.0


def test_a_table_is_linear_between_its_ages():
    assert TABLE.survival(1.5) == pytest.approx(0.7)
    by_lane = stocks.Table(np.array([[1.0, 0.9], [0.5, 0.8], [0.0, 0.0]]), ages=[0, 2, 6])
    np.testing.assert_allclose(by_lane.survival(np.array([[1.0], [4.0]])), [[0.75, 0.85], [0.25, 0.4]])
    np.testing.assert_allclose(by_lane.mean(), [1.5 + 1.0, 1.7 + 1.6])


def test_a_table_says_what_happens_beyond_it():
    table = [1.0, 0.8, 0.5]
    assert stocks.Table(table, beyond="hold").survival(9.0) == 0.5
    assert stocks.Table(table, beyond="leave").survival(9.0) == 0.0
    assert stocks.Table(table, beyond="hold").mean() == np.inf
    assert stocks.Table(table, beyond="hold").sd() == np.inf
    with pytest.raises(
        ValueError, match=r'beyond the last age 2, where 0.5 still survive; .* beyond="leave" or "hold"'
    ):
        stocks.Table(table).survival(2.5)


def test_the_path_of_a_change():
    years = [2019, 2020, 2022, 2024, 2030]
    step = stocks.Fixed(5).changed(year=2020, factor=1.5)
    np.testing.assert_allclose(step.factor_in(years), [1, 1.5, 1.5, 1.5, 1.5])
    line = stocks.Fixed(5).changed(year=2020, factor=1.5, transition=4)
    np.testing.assert_allclose(line.factor_in(years), [1, 1, 1.25, 1.5, 1.5])
    curve = stocks.Fixed(5).changed(year=2020, factor=1.5, transition=4, shape="logistic")
    np.testing.assert_allclose(curve.factor_in(years), [1, 1, 1.25, 1.5, 1.5])
    assert curve.factor_in(2021) < line.factor_in(2021)
    assert float(line.mean()) == 5.0


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: stocks.Fixed(-1), r"Fixed\(mean=\): -1 at the value; expected 0 or more"),
        (lambda: stocks.Fixed([1, np.nan]), r"Fixed\(mean=\): NaN at index \(1,\); fill the gap"),
        (lambda: stocks.Weibull(0, 5), r"Weibull\(shape=\): 0 .* above 0"),
        (lambda: stocks.Weibull(2, [1, -3]), r"Weibull\(scale=\): -3 at index \(1,\)"),
        (lambda: stocks.Exponential(0), r"Exponential\(mean=\)"),
        (lambda: stocks.Normal(-1, 2), r"Normal\(mean=\)"),
        (lambda: stocks.FoldedNormal(1, -2), r"FoldedNormal\(sd=\)"),
        (lambda: stocks.LogNormal(0, 2), r"LogNormal\(mean=\)"),
        (lambda: stocks.Gamma(0, 2), r"Gamma\(mean=\)"),
        (lambda: stocks.Gamma(np.inf, 2), r"Gamma\(mean=\): infinite"),
        (lambda: stocks.Logistic(-1, 2), r"Logistic\(mean=\)"),
        (lambda: stocks.Weibull(2, 5).with_maximum_age(0), "with_maximum_age"),
        (lambda: stocks.Weibull(2, 5).changed(year=2020, factor=0), r"changed\(factor=\)"),
        (lambda: stocks.Weibull(2, 5).changed(year=2020, factor=1, transition=-1), r"changed\(transition=\)"),
        (lambda: stocks.Weibull(2, 5).changed(year=2020, factor=1, shape="linar"), "did you mean 'linear'"),
        (lambda: stocks.Table([0.9, 1.0]), r"survival rises with age from 0.9 to 1 at age 1"),
        (lambda: stocks.Table([1.2, 1.0]), r"1.2 at age 0; expected a share"),
        (lambda: stocks.Table([1.0]), "two or more ages"),
        (lambda: stocks.Table([1.0, 0.0], ages=[1, 2]), "increase from 0"),
        (lambda: stocks.Table([1.0, 0.0], beyond="stay"), "expected one of 'leave', 'hold'"),
        (lambda: stocks.Mixture([stocks.Fixed(1)], [0.5]), "add to 0.5, expected 1"),
        (lambda: stocks.Mixture([stocks.Fixed(1)], [0.5, 0.5]), "one share a lifetime"),
        (lambda: stocks.Mixture([stocks.Fixed(1), stocks.Fixed(2)], [1.5, -0.5]), "1.5 .* share from 0 to 1"),
    ],
)
def test_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_not_a_number_is_refused():
    with pytest.raises(TypeError, match=r"Weibull\(scale=\): expected numbers, got str"):
        stocks.Weibull(2, "nine")


def test_a_lifetime_prints_what_it_is():
    assert repr(stocks.Weibull(2, 5)) == "Weibull(shape=array(2.), scale=array(5.))"
    assert "Mixture([" in repr(stocks.Mixture([stocks.Fixed(1)], [1.0]))

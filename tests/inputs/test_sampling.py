"""Draws within ranges and bounds, shares that sum to one, and correlations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from lithflow.arrays import value
from lithflow.errors import InputError, UnknownNameError
from lithflow.inputs.folders import Layers
from lithflow.inputs.loading import load, read
from lithflow.inputs.ranges import Beta, Dirichlet, LogNormal, Normal, Pert, Triangular, Uniform
from lithflow.inputs.sampling import draw, quantile, sample, uniform_draws
from tests.inputs.small import DECLARATIONS, SHIPPED

MEMBERS = 4000
NAMES = (
    "mining.output",
    "materials.cathode_per_kwh",
    "fleet.life",
    "recycling.lithium_recovery",
    "recycling.route_share",
)


@pytest.fixture(scope="module")
def inputs():
    return load(declarations=DECLARATIONS, shipped=SHIPPED)


@pytest.fixture(scope="module")
def drawn(inputs):
    return sample(inputs, MEMBERS, seed=1)


def with_range(stated: str, values: str = "{2020: 41, 2030: 90}"):
    text = (
        f"rate:\n  description: d\n  unit: percent\n  values: {values}\n  uncertainty: {stated}\n  source: usgs-2024\n"
    )
    inputs, problems = read(Layers((SHIPPED, {"collection.yaml": text})), DECLARATIONS)
    assert [str(problem) for problem in problems] == []
    return value(sample(inputs, MEMBERS, seed=3, names=["collection.rate"])["collection.rate"], "percent")


def test_all_that_has_a_range_is_drawn(inputs, drawn):
    assert tuple(drawn) == NAMES
    assert drawn["mining.output"].dims == ("year", "resource", "member")
    assert inputs.parameters("goals", drawn)["fleet.life"].sizes["member"] == MEMBERS


def test_the_same_seed_draws_the_same(inputs, drawn):
    again = sample(inputs, MEMBERS, seed=1)
    other = sample(inputs, MEMBERS, seed=2)
    for name in NAMES:
        assert np.array_equal(value(again[name], _unit(drawn[name])), value(drawn[name], _unit(drawn[name])))
        assert not np.array_equal(value(other[name], _unit(drawn[name])), value(drawn[name], _unit(drawn[name])))


def _unit(array):
    return str(array.data.units)


def test_draws_stay_within_the_bounds(inputs, drawn):
    recovery = value(drawn["recycling.lithium_recovery"], "1")
    assert recovery.min() >= 0.0
    assert recovery.max() <= 1.0
    middle = inputs.records["recycling.lithium_recovery"].array
    formal = recovery[:, 0, 0] / middle[:, 0, 0, np.newaxis]
    assert formal.min() >= 0.95
    assert formal.max() <= 1.03
    # a member that is high in one year is high in all
    assert np.array_equal(np.argsort(recovery[0, 0, 0]), np.argsort(recovery[0, 1, 0]))


def test_shares_sum_to_one_with_the_values_as_means(inputs, drawn):
    shares = value(drawn["recycling.route_share"], "1")
    assert abs(shares.sum(axis=2) - 1.0).max() < 1e-12
    assert abs(shares.mean(axis=-1) - inputs.records["recycling.route_share"].array).max() < 0.01
    assert (shares[:, 1, 1] == 0.0).all()
    spread = shares[0, 0, 0].std()
    assert spread == pytest.approx(np.sqrt(0.8 * 0.2 / 51), rel=0.05)


@pytest.mark.parametrize(
    ("stated", "low", "mean", "high"),
    [
        ("{distribution: uniform, low: 0.8, high: 1.0, relative: true}", 32.8, 36.9, 41.0),
        ("{distribution: triangular, low: 0.8, high: 1.2, relative: true}", 32.8, 41.0, 49.2),
        ("{distribution: triangular, low: 40, high: 95}", 40.0, (40 + 41 + 95) / 3, 95.0),
        ("{distribution: normal, sd: 0.1, relative: true}", 0.0, 41.0, 100.0),
        ("{distribution: normal, sd: 2}", 0.0, 41.0, 100.0),
        ("{distribution: lognormal, sd: 0.2}", 0.0, 41.0 * np.exp(0.02), 100.0),
        ("{distribution: pert, low: 0.8, high: 1.1, relative: true}", 32.8, 41.0 * (0.8 + 4 + 1.1) / 6, 45.1),
        ("{distribution: beta, low: 0.9, high: 1.1, alpha: 2, beta: 2, relative: true}", 36.9, 41.0, 45.1),
    ],
)
def test_distributions(stated, low, mean, high):
    first = with_range(stated)[0]
    assert low - 1e-9 <= first.min()
    assert first.max() <= high + 1e-9
    assert first.mean() == pytest.approx(mean, rel=0.01)


def test_a_bounded_value_is_cut_and_not_heaped():
    last = with_range("{distribution: normal, sd: 0.2, relative: true}")[-1]
    assert last.max() <= 100.0
    assert (last == 100.0).mean() < 0.01
    assert len(np.unique(last)) > 0.99 * MEMBERS


def test_correlations_are_of_ranks():
    text = (
        "life:\n  description: d\n  unit: year\n  values: 16\n  source: usgs-2024\n"
        "  uncertainty: {distribution: lognormal, sd: 0.3, "
        "correlated_with: {mining.output: 0.7, collection.rate: -0.4}}\n"
    )
    rate = (
        "rate:\n  description: d\n  unit: percent\n  values: 41\n  source: usgs-2024\n"
        "  uncertainty: {distribution: normal, sd: 3}\n"
    )
    inputs, problems = read(Layers((SHIPPED, {"fleet.yaml": text, "collection.yaml": rate})), DECLARATIONS)
    assert [str(problem) for problem in problems] == []
    found = sample(inputs, MEMBERS, seed=5)
    life, mined = value(found["fleet.life"], "year"), value(found["mining.output"], "t Li/year")[0, 0]
    assert spearmanr(life, mined).statistic == pytest.approx(0.7, abs=0.03)
    assert spearmanr(life, value(found["collection.rate"], "1")[0]).statistic == pytest.approx(-0.4, abs=0.03)


def test_correlations_that_contradict_one_another():
    matrix = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    with pytest.raises(InputError, match="the stated correlations contradict one another"):
        uniform_draws(matrix, 10, np.random.default_rng(1))


def test_independent_draws_are_stratified():
    uniform = uniform_draws(np.eye(3), 50, np.random.default_rng(1))
    for row in uniform:
        assert sorted(np.floor(row * 50).astype(int).tolist()) == list(range(50))


def test_what_cannot_be_drawn(inputs):
    with pytest.raises(UnknownNameError, match=r"unknown parameter `fleet\.lif`; nearest: fleet\.life"):
        sample(inputs, 5, seed=1, names=["fleet.lif"])
    with pytest.raises(InputError, match=r"`collection\.rate` has no range; add `uncertainty` to its record"):
        sample(inputs, 5, seed=1, names=["collection.rate"])
    with pytest.raises(InputError, match="members: expected a whole number of one or more, got 0"):
        sample(inputs, 0, seed=1)
    record = inputs.records["collection.rate"]
    with pytest.raises(InputError, match="has no range"):
        draw(record, record.array, np.array([0.5]), np.random.default_rng(1))
    with pytest.raises(InputError, match="shares are drawn together, not by quantiles"):
        quantile(
            Dirichlet(distribution="dirichlet", concentration=3.0), np.array([0.5]), np.ones(1), -np.ones(1), np.ones(1)
        )


ranges = st.one_of(
    st.builds(Normal, distribution=st.just("normal"), sd=st.floats(0.01, 5.0)),
    st.builds(LogNormal, distribution=st.just("lognormal"), sd=st.floats(0.01, 1.0)),
    st.builds(Triangular, distribution=st.just("triangular"), low=st.floats(0.0, 1.0), high=st.floats(1.0, 3.0)),
    st.builds(Uniform, distribution=st.just("uniform"), low=st.floats(0.0, 1.0), high=st.floats(1.0, 3.0)),
    st.builds(Pert, distribution=st.just("pert"), low=st.floats(0.0, 0.9), high=st.floats(1.1, 3.0)),
    st.builds(
        Beta, distribution=st.just("beta"), low=st.floats(0.0, 0.9), high=st.floats(1.1, 3.0),
        alpha=st.floats(0.5, 5.0), beta=st.floats(0.5, 5.0),
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(ranges, st.floats(0.0, 0.99), st.floats(1.01, 4.0))
def test_quantiles_rise_and_keep_to_the_limits(stated, low, high):
    uniform = np.linspace(0.0, 1.0, 41)
    values = quantile(stated, uniform, np.ones(1), np.array([low]), np.array([high]))
    assert np.isfinite(values).all()
    assert (np.diff(values) >= -1e-12).all()
    assert values.min() >= low - 1e-12
    assert values.max() <= high + 1e-12


def test_shipped_ranges_can_be_drawn():
    inputs = load()
    found = sample(inputs, 20, seed=1)
    assert len(found) > 50
    assert all(np.isfinite(value(array, _unit(array))).all() for array in found.values())
    inputs.parameters("baseline", found)

"""Year paths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lithflow.inputs.paths import expand

YEARS = np.arange(2018, 2036)


def path(points, kind, years=YEARS):
    given_years = np.array(sorted(points))
    return expand(given_years, np.array([points[year] for year in given_years], dtype=float), years, kind)


def test_linear_between_and_flat_outside():
    values = dict(zip(YEARS.tolist(), path({2020: 10.0, 2025: 20.0}, "linear"), strict=True))
    assert values[2018] == 10.0
    assert values[2021] == pytest.approx(12.0)
    assert values[2025] == 20.0
    assert values[2035] == 20.0


def test_step_holds_until_the_next():
    values = dict(zip(YEARS.tolist(), path({2020: 10.0, 2025: 20.0}, "step"), strict=True))
    assert [values[year] for year in (2018, 2020, 2024, 2025, 2035)] == [10.0, 10.0, 10.0, 20.0, 20.0]


def test_logistic_is_straight_in_the_logit():
    values = dict(zip(YEARS.tolist(), path({2020: 0.1, 2030: 0.9}, "logistic"), strict=True))
    assert values[2025] == pytest.approx(0.5)
    logit = np.log(values[2022] / (1 - values[2022]))
    assert logit == pytest.approx(np.log(1 / 9) * 0.6)
    assert values[2018] == pytest.approx(0.1)


@pytest.mark.parametrize("end", [0.0, 1.0, -0.1])
def test_logistic_refuses_zero_and_one(end):
    with pytest.raises(ValueError, match="a logistic path needs values above 0 and below 1 in every given year"):
        path({2020: end, 2030: 0.9}, "logistic")


def test_points_outside_the_model_years_count():
    assert path({2008: 0.0, 2028: 20.0}, "linear")[0] == pytest.approx(10.0)
    assert path({2008: 5.0}, "linear").tolist() == [5.0] * len(YEARS)


def test_cells_may_have_years_of_their_own():
    given_years = np.array([2020, 2025, 2030])
    values = np.array([[1.0, 4.0, np.nan], [np.nan, 5.0, np.nan], [11.0, np.nan, np.nan]])
    result = expand(given_years, values, YEARS, "linear")
    assert result[YEARS == 2025, 0] == pytest.approx(6.0)
    assert result[YEARS == 2035, 1] == 5.0
    assert np.isnan(result[:, 2]).all()


@given(
    st.dictionaries(st.integers(2000, 2060), st.floats(0.01, 0.99), min_size=1, max_size=6),
    st.sampled_from(["step", "linear", "logistic"]),
)
def test_a_path_meets_its_points_and_stays_between_them(points, kind):
    values = path(points, kind)
    assert values.min() >= min(points.values()) - 1e-9
    assert values.max() <= max(points.values()) + 1e-9
    for year, value in points.items():
        if year in YEARS:
            assert values[year == YEARS] == pytest.approx(value)

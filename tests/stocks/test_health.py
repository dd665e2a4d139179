"""State of health and first passage."""

import numpy as np
import pytest

from lithflow.stocks import Fade, YearlyFade


def test_golden_first_passage():
    """z = 0.75, θ 0.8 → 0.6 at ρ = 0.6 takes 3.003 first lives."""
    fade = Fade(exponent=0.75, first_floor=0.8)
    assert fade.years_between(0.8, 0.6, life=1.0, stress=0.6) == pytest.approx(3.003, abs=5e-4)
    assert fade.years_between(0.8, 0.6, life=10.0, stress=0.6) == pytest.approx(30.03, abs=5e-3)
    assert fade.years_between(0.8, 0.9, life=10.0) == 0.0


@pytest.mark.parametrize("exponent", [0.5, 0.75, 1.0, 2.0])
def test_soh_reaches_the_floor_at_the_end_of_the_first_life(exponent):
    fade = Fade(exponent, 0.8)
    assert fade.soh(12.0, 12.0) == pytest.approx(0.8)
    assert fade.soh(0.0, 12.0) == 1.0
    ages = np.linspace(0.1, 20, 30)
    np.testing.assert_allclose(fade.used(fade.soh(ages, 12.0)), ages / 12.0, rtol=1e-12)
    # without a change of stress, the time between two SOH is the difference of the ages at which they are reached
    years = fade.years_between(fade.soh(3.0, 12.0), fade.soh(15.0, 12.0), life=12.0)
    assert years == pytest.approx(12.0)


def test_by_lane():
    fade = Fade(exponent=np.array([1.0, 0.75]), first_floor=0.8)
    np.testing.assert_allclose(fade.years_between(0.8, 0.6, 1.0, 0.6), [1 / 0.6, 3.003286771457927])


def test_yearly_fade():
    np.testing.assert_allclose(YearlyFade(0.02).soh([0, 10, 60]), [1.0, 0.8, 0.0])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Fade(exponent=0), r"Fade\(exponent=\): expected a number above 0, got 0"),
        (lambda: Fade(first_floor=1.0), r"Fade\(first_floor=\): expected an SOH below 1"),
        (lambda: Fade(first_floor=80), r"Fade\(first_floor=\): 80 .* expected a share"),
        (lambda: YearlyFade(2), r"YearlyFade\(rate=\): 2"),
    ],
)
def test_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()

"""The supply cost curve of home mines."""

from __future__ import annotations

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value, wrap
from lithflow.indicators.supply_costs import supply_costs
from lithflow.report.tables import costs_text


def test_resources_are_ordered_by_cost_and_what_is_available_is_added_up() -> None:
    cost = np.array([[6.0, 10.0, 4.0, 2.0], [6.0, 10.0, 14.0, 2.0]])
    capacity = np.array([[3.0, 2.0, 1.0, 0.0], [3.0, 2.0, 1.0, 0.5]])
    available = np.array([[2.5, 2.0, 1.0, 0.0], [2.5, 0.0, 1.0, 0.5]])
    left = np.array([[90.0, 0.0, 70.0, 5.0], [80.0, 0.0, 60.0, 4.0]])
    resources = ("spodumene", "lepidolite", "brine", "clay")
    curve = supply_costs(cost, capacity, available, 0.5 * available, left, resources, (2030, 2031))
    assert [tuple(row) for row in curve.to_numpy()] == [
        (2030, "brine", 4.0, 1.0, 1.0, 1.0, 0.5, 70.0),
        (2030, "spodumene", 6.0, 3.0, 2.5, 3.5, 1.25, 90.0),
        (2030, "lepidolite", 10.0, 2.0, 2.0, 5.5, 1.0, 0.0),
        (2031, "clay", 2.0, 0.5, 0.5, 0.5, 0.25, 4.0),
        (2031, "spodumene", 6.0, 3.0, 2.5, 3.0, 1.25, 80.0),
        (2031, "lepidolite", 10.0, 2.0, 0.0, 3.0, 0.0, 0.0),
        (2031, "brine", 14.0, 1.0, 1.0, 4.0, 0.5, 60.0),
    ]


def test_what_was_observed_without_a_capacity_is_shown() -> None:
    none, made = np.array([[0.0, 0.0]]), np.array([[2.0, 0.0]])
    curve = supply_costs(
        np.array([[6.0, 4.0]]), none, made, made, np.array([[9.0, 8.0]]), ("spodumene", "clay"), (2015,)
    )
    assert [tuple(row) for row in curve.to_numpy()] == [(2015, "spodumene", 6.0, 0.0, 2.0, 2.0, 2.0, 9.0)]


def test_mines_without_reserves_are_shown_and_offer_nothing(baseline: lf.Run) -> None:
    curve = baseline.supply_costs([2035, 2050]).set_index(["year", "resource"])
    before, after = curve.loc[(2035, "lepidolite")], curve.loc[(2050, "lepidolite")]
    assert before["available"] == before["delivered"] > 0.0
    assert after["capacity"] == before["capacity"]
    assert (after["available"], after["delivered"], after["reserves_left"]) == (0.0, 0.0, 0.0)
    assert curve.loc[2050, "available_cumulative"].max() == pytest.approx(curve.loc[2050, "available"].sum())
    assert "2050  lepidolite (exhausted)" in costs_text(baseline, [2035, 2050])
    assert "2035  lepidolite (exhausted)" not in costs_text(baseline, [2035, 2050])


@pytest.mark.parametrize("scenario", ["baseline", "goals"])
def test_what_is_delivered_adds_up_to_the_salts_from_home_mines(model: lf.Model, scenario: str) -> None:
    run = model.run(scenario)
    curve = run.supply_costs(run.years).groupby("year")["delivered"].sum()
    home = run["salts_refined"].sel(feed="home").sum("salt", skipna=False)
    np.testing.assert_allclose(curve.reindex(run.years, fill_value=0.0), value(home, "kt LCE/year"), rtol=1e-12)


def test_costs_move_the_curve_and_nothing_else(model: lf.Model, baseline: lf.Run) -> None:
    dear = model.run(overrides={"mining.cost": {"scale": 2}})
    before, after = baseline.supply_costs([2030]), dear.supply_costs([2030])
    np.testing.assert_allclose(after["cost"], 2.0 * before["cost"], rtol=1e-12)
    assert before.drop(columns="cost").equals(after.drop(columns="cost"))


def test_a_year_outside_and_a_run_with_members_are_refused(model: lf.Model, baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match=r"supply_costs: 2051 isn't a model year \(2010-2050\)"):
        baseline.supply_costs([2051])
    run = model.run(overrides={"collection.rate": wrap([0.4, 0.6], ("member",), "1", {"member": [0, 1]})})
    with pytest.raises(lf.InputError, match="supply_costs: the run has members; choose one"):
        run.supply_costs()


def test_the_curve_is_printed(baseline: lf.Run) -> None:
    lines = costs_text(baseline, [2030]).splitlines()
    assert "cost (USD/t LCE)" in lines[0]
    assert len(lines) >= 1 + len(baseline.supply_costs([2030]))

"""Goals judged: wanted against reached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import lithflow as lf
from lithflow.arrays import value
from lithflow.indicators.targets import judge, rests_on_its_goal
from lithflow.inputs.targets import Target

YEARS = (2020, 2021, 2022, 2023, 2024, 2025)
RISING = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 0.95])
FALLING = RISING[::-1]
BUMPY = np.array([0.5, 0.4, 0.6, 0.7, 0.3, 0.5])


def goal(**entries: Any) -> Target:
    head = {"id": "g", "description": "A goal", "indicator": "recycled_content", "year": 2025, "source": "assumption"}
    return Target(**{**head, "sense": "at_least", "value": 0.9, **entries})


def since(year: int, **entries: Any) -> Target:
    return goal(value=None, since=year, **entries)


def judged(target: Target, values: np.ndarray[Any, Any], last_observed: int = 2024) -> Any:
    table = judge([target], lambda name: values, YEARS, last_observed)
    assert len(table) == 1
    return table.iloc[0]


def test_a_goal_reached_is_met_by_what_is_above() -> None:
    row = judged(goal(), RISING)
    assert row["met"]
    assert (row["wanted"], row["reached"]) == (0.9, 0.95)
    assert row["margin"] == pytest.approx(0.05)
    assert row["first_year_met"] == 2024
    assert not row["observed"]
    assert (row["target"], row["indicator"], row["year"]) == ("g", "recycled_content", 2025)


def test_a_goal_missed_says_by_how_much_and_never() -> None:
    row = judged(goal(value=97, unit="percent"), RISING)
    assert not row["met"]
    assert row["wanted"] == pytest.approx(0.97)
    assert row["margin"] == pytest.approx(-0.02)
    assert row["first_year_met"] is pd.NA


def test_a_goal_of_a_known_year_is_judged_on_history() -> None:
    assert judged(goal(year=2024), RISING)["observed"]


def test_at_most_counts_downwards() -> None:
    row = judged(goal(sense="at_most", value=0.2), FALLING)
    assert row["met"]
    assert row["margin"] == pytest.approx(0.1)
    assert row["first_year_met"] == 2025
    assert not judged(goal(sense="at_most", value=0.05), FALLING)["met"]


def test_sums_of_floats_do_not_decide_about_a_goal() -> None:
    values = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.1 + 0.2])
    assert judged(goal(sense="at_most", value=0.3), values)["met"]
    assert not judged(goal(sense="at_most", value=0.3), values + 1e-6)["met"]


@pytest.mark.parametrize(
    ("values", "met", "first"), [(FALLING, True, 2022), (RISING, False, None), (np.full(6, 0.4), False, None)]
)
def test_falling_since(values: np.ndarray[Any, Any], met: bool, first: int | None) -> None:
    row = judged(since(2021, sense="falling_since"), values)
    assert row["met"] == met
    assert row["wanted"] == values[1]
    assert (row["margin"] > 0.0) == met
    assert row["first_year_met"] == first if first else row["first_year_met"] is pd.NA


def test_falling_counts_only_years_after_the_base() -> None:
    row = judged(since(2023, sense="falling_since"), BUMPY)
    assert row["first_year_met"] == 2024


def test_a_goal_that_is_lost_again_holds_from_the_year_of_its_return() -> None:
    assert judged(goal(value=0.5), BUMPY)["first_year_met"] == 2025
    row = judged(goal(year=2023, value=0.6), BUMPY)
    assert row["met"]
    assert row["first_year_met"] is pd.NA


def test_a_later_year_without_a_value_does_not_count_as_held() -> None:
    row = judged(goal(year=2024), np.array([0.1, 0.3, 0.5, 0.7, 0.9, np.nan]))
    assert row["met"]
    assert row["first_year_met"] is pd.NA


@pytest.mark.parametrize(("values", "met"), [(RISING, True), (FALLING, False), (np.full(6, 0.4), False)])
def test_rising_since(values: np.ndarray[Any, Any], met: bool) -> None:
    assert judged(since(2021, sense="rising_since"), values)["met"] == met


@pytest.mark.parametrize(("values", "met"), [(RISING, True), (FALLING, False), (np.full(6, 0.4), True), (BUMPY, False)])
def test_not_falling_since_looks_at_all_years_between(values: np.ndarray[Any, Any], met: bool) -> None:
    row = judged(since(2020, sense="not_falling_since"), values)
    assert row["met"] == met
    assert row["wanted"] == values[0]


def test_not_falling_has_the_lowest_later_year_as_margin() -> None:
    row = judged(since(2020, sense="not_falling_since"), RISING)
    assert row["margin"] == pytest.approx(0.2)
    assert row["first_year_met"] == 2021
    row = judged(since(2022, sense="not_falling_since"), BUMPY)
    assert row["margin"] == pytest.approx(-0.3)
    assert row["first_year_met"] is pd.NA


@pytest.mark.parametrize("sense", ["falling_since", "rising_since", "not_falling_since"])
@pytest.mark.parametrize("values", [RISING, FALLING, BUMPY])
def test_margin_is_the_distance_of_the_two_numbers_shown(sense: str, values: np.ndarray[Any, Any]) -> None:
    row = judged(since(2021, sense=sense), values)
    distance = row["reached"] - row["wanted"]
    assert row["margin"] == pytest.approx(-distance if sense == "falling_since" else distance)
    assert row["reached"] == values[YEARS.index(row["reached_in"])]


def test_a_goal_kept_shows_the_lowest_year_and_which_it_is() -> None:
    row = judged(since(2020, sense="not_falling_since"), BUMPY)
    assert (row["reached"], row["reached_in"]) == (0.3, 2024)
    assert judged(goal(value=None, since=2020, sense="not_falling_since", year=2023), BUMPY)["reached_in"] == 2021
    assert judged(since(2020, sense="rising_since"), BUMPY)["reached_in"] == 2025
    assert judged(goal(), RISING)["reached_in"] == 2025


def test_of_years_that_are_the_same_but_for_rounding_the_first_is_shown() -> None:
    level = np.array([0.5, 0.9, 0.7, 0.7 - 1e-15, 0.7 - 2e-15, 0.8])
    assert judged(since(2020, sense="not_falling_since"), level)["reached_in"] == 2022
    gap = np.where(np.arange(6) == 3, np.nan, level)
    row = judged(since(2020, sense="not_falling_since"), gap)
    assert not row["met"]
    assert np.isnan(row["reached"])


def test_a_goal_rests_on_itself_where_a_parameter_has_its_source() -> None:
    target = goal(source=["miit-2024", "assumption"], parameters=["a.b", "a.c"])
    assert rests_on_its_goal(target, {"a.b": ("cabia",), "a.c": ("cabia", "miit-2024")})
    assert not rests_on_its_goal(target, {"a.b": ("assumption",), "other": ("miit-2024",)})
    assert not rests_on_its_goal(goal(source="miit-2024"), {"a.b": ("miit-2024",)})


def test_an_unknown_parameter_of_a_goal_is_refused_with_its_place(tmp_path: Path) -> None:
    text = (
        "kept:\n  description: Recovery\n  indicator: lithium_recovery_formal\n  year: 2035\n  sense: at_least\n"
        "  value: 0.9\n  source: assumption\n  parameters: [recycling.lithium_recovry]\n"
    )
    with pytest.raises(lf.errors.InputErrors, match=r"unknown parameter `recycling.lithium_recovry`; nearest: recycl"):
        own_goal(tmp_path, text)


def test_a_goal_of_a_year_outside_is_left_out() -> None:
    table = judge([goal(year=2030), goal(id="h")], lambda name: RISING, YEARS, 2024)
    assert list(table["target"]) == ["h"]


def test_an_indicator_without_a_value_is_not_met() -> None:
    values = RISING.copy()
    values[-1] = np.nan
    row = judged(goal(), values)
    assert not row["met"]
    assert np.isnan(row["reached"])


def test_no_goals_give_an_empty_table_with_its_columns() -> None:
    table = judge([], lambda name: RISING, YEARS, 2024)
    assert table.empty
    assert {"target", "year", "wanted", "reached", "met", "margin", "first_year_met"} <= set(table.columns)


def own_goal(folder: Path, text: str) -> lf.Run:
    (folder / "targets.yaml").write_text(text, encoding="utf-8")
    return lf.load(folder).run()


def test_a_goal_in_tonnes_is_judged_in_tonnes(tmp_path: Path) -> None:
    run = own_goal(
        tmp_path,
        "less_ore:\n  description: Primary lithium\n  indicator: primary_supply\n  year: 2035\n  sense: at_most\n"
        "  value: 2000\n  unit: kt LCE/year\n  source: assumption\n  note: A test.\n",
    )
    row = run.targets().set_index("target").loc["less_ore"]
    assert row["met"]
    assert row["wanted"] == pytest.approx(2000e3 / 5.3233, rel=1e-4)


def test_a_goal_that_looks_back_before_the_first_year_is_refused_with_its_name(tmp_path: Path) -> None:
    text = (
        "older:\n  description: Less concentration\n  indicator: import_hhi\n  year: 2035\n  sense: falling_since\n"
        "  since: 2005\n  source: assumption\n  note: A test.\n"
    )
    with pytest.raises(lf.LithflowError, match=r"older.*2005"):
        own_goal(tmp_path, text).targets()


def test_goals_of_members_are_refused_clearly(model: lf.Model) -> None:
    from lithflow.arrays import wrap

    run = model.run(overrides={"collection.rate": wrap([0.5, 0.9], ("member",), "1", {"member": [0, 1]})})
    with pytest.raises(lf.InputError, match=r"goal collection_2025: expected one number a year .*members or regions"):
        run.targets()


def test_a_goal_for_a_ratio_of_each_metal_names_the_metal(tmp_path: Path) -> None:
    text = (
        "nickel:\n  description: Nickel recovered\n  indicator: metal_recovery\n  where: {metal: Ni}\n  year: 2035\n"
        "  sense: at_least\n  value: 0.5\n  source: assumption\n  note: A test.\n"
    )
    run = own_goal(tmp_path, text)
    row = run.targets().set_index("target").loc["nickel"]
    of_metal = run["metal_recovery"].sel(metal="Ni")
    assert row["where"] == "Ni"
    assert row["reached"] == float(value(of_metal, "1")[25])
    (tmp_path / "targets.yaml").write_text(text.replace("  where: {metal: Ni}\n", ""), encoding="utf-8")
    with pytest.raises(lf.errors.InputErrors, match="`metal_recovery` has a value for each metal; say which, such as"):
        lf.load(tmp_path)


def test_a_goal_that_names_no_label_is_refused_where_it_is_judged() -> None:
    with pytest.raises(lf.InputError, match=r"goal g: .* of recycled_content, got more: .* choose one \(`where`\)"):
        judge([goal()], lambda target: np.ones((6, 2)), YEARS, 2024)


def test_a_goal_keeps_its_label_and_group_in_a_file(tmp_path: Path, baseline: lf.Run) -> None:
    baseline.to_netcdf(tmp_path / "run.nc")
    again = lf.open_run(tmp_path / "run.nc")
    assert again.goals == baseline.goals
    assert any(target.where for target in again.goals)
    pd.testing.assert_frame_equal(again.targets(), baseline.targets())

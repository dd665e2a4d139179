"""Milestones: the years in which something turns, and none where nothing does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import lithflow as lf
from lithflow.arrays import value, wrap
from lithflow.indicators.milestones import exhausted_in, milestones, used_up_in
from tests.chain.ledgers import Array

YEARS = (2030, 2031, 2032, 2033)
QUIET: dict[str, Any] = {
    "lithium_demand": [100.0, 100.0, 100.0, 100.0],
    "secondary_supply_old": [10.0, 20.0, 30.0, 40.0],
    "secondary_supply_new": [5.0, 5.0, 5.0, 5.0],
    "primary_supply": [85.0, 90.0, 80.0, 70.0],
    "reserves_left": [[900.0, 400.0], [800.0, 350.0], [700.0, 300.0], [600.0, 250.0]],
    "mine_potential": [[100.0, 50.0]] * 4,
    "unmet_share": [0.0, 0.0, 0.0, 0.0],
    "salt_reserve": [[0.0, 0.0]] * 4,
    "salts_unmet": [[0.0, 0.0]] * 4,
    "primary_demand_cumulative": [85.0, 175.0, 255.0, 325.0],
}


def results(**changes: Any) -> Callable[[str, str], Array]:
    """Give results by name, as a run would."""
    table = {**QUIET, **changes}
    return lambda name, unit: np.asarray(table[name], dtype=float)


def judged(reserves: tuple[float, float] = (900.0, 400.0), **changes: Any) -> pd.DataFrame:
    table = milestones(results(**changes), ("spodumene", "brine"), YEARS, np.array(reserves), 2030.0)
    return table.set_index("milestone")


BREAK_EVEN = "break-even: old scrap covers demand less new scrap"
PEAK = "peak of primary lithium"
CALLED_ON = "reserve called on, months until shortage"
CUMULATIVE = "primary demand after 2030 over home reserves"


def test_what_does_not_turn_has_no_year_and_the_last_value() -> None:
    table = judged()
    assert table.loc[BREAK_EVEN, "year"] is pd.NA
    assert table.loc[BREAK_EVEN, "value"] == pytest.approx(100.0 * 40.0 / 95.0)
    assert table.loc["home reserves of brine exhausted", "year"] is pd.NA
    assert table.loc["home reserves of brine exhausted", "value"] == 250.0
    assert table.loc["demand unmet", "year"] is pd.NA
    assert table.loc[CALLED_ON, "year"] is pd.NA
    assert np.isnan(table.loc[CALLED_ON, "value"])


def test_break_even_is_the_first_year_in_which_old_scrap_covers_what_new_scrap_leaves() -> None:
    table = judged(secondary_supply_old=[10.0, 94.9, 95.0, 200.0])
    assert table.loc[BREAK_EVEN, "year"] == 2032
    assert table.loc[BREAK_EVEN, "value"] == pytest.approx(100.0)


def test_no_demand_is_no_break_even() -> None:
    nothing = [0.0] * 4
    table = judged(lithium_demand=nothing, secondary_supply_old=nothing, secondary_supply_new=nothing)
    assert table.loc[BREAK_EVEN, "year"] is pd.NA
    assert np.isnan(table.loc[BREAK_EVEN, "value"])


def test_the_peak_of_primary_lithium_is_followed_by_less() -> None:
    table = judged()
    assert table.loc[PEAK, "year"] == 2031
    assert table.loc[PEAK, "value"] == 90.0
    rising = judged(primary_supply=[10.0, 20.0, 30.0, 40.0])
    assert rising.loc[PEAK, "year"] is pd.NA
    assert rising.loc[PEAK, "value"] == 40.0


def test_each_resource_has_its_own_end() -> None:
    left = [[900.0, 10.0], [0.0, 5.0], [0.0, 1.0], [0.0, 0.0]]
    table = judged(reserves_left=left, mine_potential=[[900.0, 5.0], [900.0, 5.0], [0.0, 4.0], [0.0, 1.0]])
    assert table.loc["home reserves of spodumene exhausted", "year"] == 2031
    assert table.loc["home reserves of brine exhausted", "year"] == 2033


@pytest.mark.parametrize(("later", "end"), [([3.0, 0.0], 2032), ([0.0, 3.0], None), ([3.0, 3.0], None)])
def test_what_is_mined_again_is_not_exhausted(later: list[float], end: int | None) -> None:
    left, potential = np.array([[9.0], [0.0], [0.0], [0.0]]), np.array([[9.0], [9.0], [later[0]], [later[1]]])
    assert used_up_in(left, YEARS) == (2031,)
    assert exhausted_in(left, potential, YEARS) == (end,)


def test_the_reserve_lasts_as_long_as_what_it_held_over_what_is_short() -> None:
    """60 are held; 80 a year are missing, of which 60 come from the reserve and 20 are unmet."""
    table = judged(
        salt_reserve=[[40.0, 20.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
        salts_unmet=[[0.0, 0.0], [15.0, 5.0], [0.0, 0.0], [0.0, 0.0]],
        unmet_share=[0.0, 20.0, 0.0, 0.0],
    )
    assert table.loc[CALLED_ON, "year"] == 2031
    assert table.loc[CALLED_ON, "value"] == pytest.approx(12.0 * 60.0 / 80.0)
    assert table.loc["demand unmet", "year"] == 2031
    assert table.loc["demand unmet", "value"] == 20.0


def test_without_a_reserve_the_shortage_comes_at_once() -> None:
    table = judged(salts_unmet=[[0.0, 0.0], [0.0, 0.0], [3.0, 0.0], [3.0, 0.0]], unmet_share=[0.0, 0.0, 3.0, 3.0])
    assert table.loc[CALLED_ON, "year"] == 2032
    assert table.loc[CALLED_ON, "value"] == 0.0


def test_years_without_demand_have_no_unmet_share() -> None:
    assert judged(unmet_share=[np.nan, 0.0, 5.0, np.nan]).loc["demand unmet", "year"] == 2032


def test_cumulative_demand_is_laid_over_the_reserves_stated() -> None:
    table = judged()
    assert table.loc[CUMULATIVE, "year"] == 2033
    assert table.loc[CUMULATIVE, "value"] == pytest.approx(100.0 * 240.0 / 1300.0)
    none = judged(reserves=(0.0, 0.0))
    assert np.isnan(none.loc[CUMULATIVE, "value"])


def test_members_are_refused(model: lf.Model) -> None:
    run = model.run(overrides={"collection.rate": wrap([0.4, 0.6], ("member",), "1", {"member": [0, 1]})})
    with pytest.raises(lf.InputError, match="milestones: the run has members; choose one"):
        run.milestones()


@pytest.mark.parametrize("scenario", ["baseline", "goals", "import_shock_reserve", "sodium_ion"])
def test_milestones_of_a_run_agree_with_its_results(model: lf.Model, scenario: str) -> None:
    run = model.run(scenario)
    table = run.milestones()
    assert list(table.columns) == ["milestone", "year", "value", "unit", "infeasible"]
    assert table["milestone"].is_unique
    shown = table.set_index("milestone")
    primary = value(run["primary_supply"], "kt LCE/year")
    peak = shown.loc[PEAK]
    assert peak["value"] == pytest.approx(primary.max())
    assert peak["year"] is pd.NA or peak["year"] == run.years[int(primary.argmax())]
    later = primary[run.years.index(2023) + 1 :]
    assert shown.loc[CUMULATIVE.replace("2030", "2023"), "value"] == pytest.approx(
        100.0 * later.sum() / value(run.parameters["mining.reserves"].sum(), "kt LCE"), rel=1e-9
    )
    for resource in run.setting.axes.labels("resource"):
        row = shown.loc[f"home reserves of {resource} exhausted"]
        left = value(run["reserves_left"].sel(resource=resource), "kt LCE")
        assert (row["year"] is pd.NA) == (left > 0.0).all()

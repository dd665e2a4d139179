"""A run: results with units and labels, goals, sources, comparison, and the card of a notebook."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import lithflow as lf
from lithflow.arrays import unit_of, value, wrap
from lithflow.chain.ledger import EXTRA
from lithflow.chain.variables import PROJECTED
from lithflow.units import canonical_unit, format_unit, parse_unit
from tests.chain.ledgers import POSTED, number

BELOW_ZERO = {"reserves_left"}
"""Memos that may fall below zero, and say so in their meaning."""


@pytest.mark.parametrize("name", sorted(BELOW_ZERO))
def test_what_may_fall_below_zero_is_a_memo_and_says_so(name: str) -> None:
    assert lf.VARIABLES[name].kind == "memo"
    assert "below zero" in lf.VARIABLES[name].meaning


@pytest.mark.parametrize("name", POSTED)
def test_every_variable_has_the_unit_and_dimensions_of_the_table(baseline: lf.Run, name: str) -> None:
    array, variable = baseline[name], lf.VARIABLES[name]
    assert array.dims == variable.dims
    assert unit_of(array) == parse_unit(variable.unit)
    assert format_unit(unit_of(array)) == format_unit(canonical_unit(variable.unit))
    values = value(array, variable.unit)
    assert values.dtype == np.float64
    stated = values[baseline.years.index(baseline.last_observed) + 1 :] if name in PROJECTED else values
    assert np.isfinite(stated).all()
    assert name in BELOW_ZERO or stated.min() >= -1e-12 * np.abs(stated).max()
    for dim in array.dims:
        assert tuple(array[dim].values.tolist()) == baseline.setting.axes.labels(str(dim))


@pytest.mark.parametrize("scenario", ["goals", "solid_state", "strong_cascade"])
def test_other_scenarios_have_the_units_of_the_table_too(model: lf.Model, scenario: str) -> None:
    run = model.run(scenario)
    for name, variable in POSTED.items():
        assert unit_of(run[name]) == canonical_unit(variable.unit), name
        assert run[name].dims == variable.dims


@pytest.mark.parametrize("name", lf.INDICATORS)
def test_every_indicator_is_a_quantity_by_year(baseline: lf.Run, name: str) -> None:
    array = baseline[name]
    assert array.dims == ("year", *lf.INDICATORS[name].keep)
    assert unit_of(array) == parse_unit(lf.INDICATORS[name].unit)
    assert not np.isinf(value(array, lf.INDICATORS[name].unit)).any()
    if name == "metal_old_scrap_ratio":
        # leaching gives no graphite back, so none of it is from old scrap or from new
        assert np.isnan(value(array.sel(metal="graphite"), "1")).all()
        array = array.drop_sel(metal="graphite")
    assert np.isfinite(value(array, lf.INDICATORS[name].unit)[-1]).all()


def test_an_unknown_result_is_refused_with_the_nearest_names(baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match=r"unknown result 'salts_refind'; nearest: salts_refined"):
        baseline["salts_refind"]
    with pytest.raises(
        lf.InputError, match=r"unknown result 'recycling_rate'.*all names: lithflow.VARIABLES, lithflow.INDICATORS"
    ):
        baseline["recycling_rate"]


def test_names_can_be_looked_for(baseline: lf.Run) -> None:
    assert "salts_refined" in baseline
    assert "recycled_content" in baseline
    assert "recycling_rate" not in baseline


@pytest.mark.parametrize("kind", ["flow", "stock", "memo"])
def test_datasets_hold_plain_floats_with_units_and_meaning(baseline: lf.Run, kind: str) -> None:
    dataset = {"flow": baseline.flows, "stock": baseline.stocks, "memo": baseline.memos}[kind]
    assert isinstance(dataset, xr.Dataset)
    assert set(dataset.data_vars) == {name for name, variable in POSTED.items() if variable.kind == kind}
    for name in dataset.data_vars:
        variable, array = lf.VARIABLES[str(name)], dataset[name]
        assert array.dtype == np.float64
        assert array.attrs["units"] == format_unit(canonical_unit(variable.unit))
        assert array.attrs["long_name"] == variable.meaning
        assert (array.attrs["from"], array.attrs["to"]) == (variable.source, variable.target)
        assert array.attrs.get("iamc", "") == variable.iamc
        np.testing.assert_array_equal(array.values, value(baseline[str(name)], variable.unit))


def test_the_dataset_of_indicators_carries_their_formulas(baseline: lf.Run) -> None:
    dataset = baseline.indicators
    assert set(dataset.data_vars) == set(lf.INDICATORS)
    assert dataset["recycled_content"].attrs["long_name"] == lf.INDICATORS["recycled_content"].meaning
    assert "salts_recovered[old]" in dataset["recycled_content"].attrs["formula"]
    assert dataset["lithium_demand"].attrs["units"] == "t Li/year"
    assert all(dataset[name].attrs["formula"] for name in dataset.data_vars)


def test_the_run_covers_2010_to_2050(baseline: lf.Run) -> None:
    assert baseline.years == tuple(range(2010, 2051))
    assert baseline.last_observed == 2024
    assert repr(baseline).startswith("<Run 'baseline', 2010–2050, balance proved")


def test_goals_are_judged_in_both_scenarios(baseline: lf.Run, goals: lf.Run) -> None:
    observed, wished = baseline.targets(), goals.targets()
    columns = ["target", "year", "wanted", "reached", "met", "margin", "first_year_met"]
    assert set(columns) <= set(observed.columns)
    assert list(observed["target"]) == list(wished["target"])
    assert {2025, 2035} <= set(observed["year"])
    missed = observed.set_index("target").loc["collection_2025"]
    assert not missed["met"]
    assert missed["margin"] < 0.0
    assert missed["wanted"] == pytest.approx(0.95)
    own = wished[~wished["group"].str.startswith("EU")]
    assert own["met"].all(), own.loc[~own["met"], "target"].tolist()


def test_margins_are_positive_where_a_goal_is_met(baseline: lf.Run, goals: lf.Run) -> None:
    for run in (baseline, goals):
        for goal in run.targets().to_dict("records"):
            assert goal["met"] == (goal["margin"] >= -1e-9)
            array = run[goal["indicator"]]
            if goal["where"]:
                array = array.sel(metal=goal["where"])
            assert goal["reached"] == float(value(array, "1")[run.years.index(goal["reached_in"])])
            assert abs(goal["margin"]) == pytest.approx(abs(goal["reached"] - goal["wanted"]), abs=5e-9)


EU = {
    "eu_content_lithium": {2031: 6, 2036: 12},
    "eu_content_nickel": {2031: 6, 2036: 15},
    "eu_content_cobalt": {2031: 16, 2036: 26},
    "eu_recovery_lithium": {2027: 50, 2031: 80},
    "eu_recovery_nickel": {2027: 90, 2031: 95},
    "eu_recovery_cobalt": {2027: 90, 2031: 95},
    "eu_recovery_copper": {2027: 90, 2031: 95},
}
"""Shares of Regulation (EU) 2023/1542, article 8 and annex XII, percent by year."""


def test_rules_of_another_market_are_goals_for_comparison(baseline: lf.Run) -> None:
    judged = baseline.targets()
    table = judged.set_index("target")
    for name, shares in EU.items():
        for year, percent in shares.items():
            goal = table.loc[f"{name}_{year}"]
            assert (goal["year"], 100 * goal["wanted"]) == (year, pytest.approx(percent))
            assert goal["group"] == "EU 2023/1542: rules of another market, for comparison"
    assert len(judged[judged["group"].str.startswith("EU")]) == sum(map(len, EU.values()))
    goals = {target.id: target for target in baseline.goals}
    assert all("rule of another market" in goals[name].note for name in table.index if name.startswith("eu_"))
    assert set(judged.loc[judged["group"].str.startswith("EU"), "source"]) == {"eu-2023-1542"}


def test_every_goal_comes_with_its_definition(baseline: lf.Run) -> None:
    table = baseline.targets().set_index("target")
    assert (table["meaning"] != "").all()
    assert (table["source"] != "").all()
    assert table.loc["eu_recovery_lithium_2031", "definition"] == lf.INDICATORS["recovery"].formula()


def test_the_national_standards_are_judged_step_by_step(baseline: lf.Run) -> None:
    table = baseline.targets().set_index("target")
    steps = {"smelting_{}_2019": 98, "black_mass_{}_2024": 98, "smelting_{}_2024": 98, "chain_{}_2024": 96.04}
    for step, percent in steps.items():
        for metal, label in (("nickel", "Ni"), ("cobalt", "Co"), ("manganese", "Mn")):
            goal = table.loc[step.format(metal)]
            assert goal["where"] == label
            assert 100 * goal["wanted"] == pytest.approx(percent)
            assert goal["met"], "the shipped parameters are the legal minima"
    lithium = {"recovery_standard_2019": 85, "black_mass_standard_2024": 98, "smelting_standard_2024": 90}
    for name, percent in {**lithium, "chain_standard_2024": 88.2}.items():
        assert 100 * table.loc[name]["wanted"] == pytest.approx(percent)


def test_a_goal_of_one_metal_is_judged_on_that_metal(model: lf.Model) -> None:
    worse = {"recycling.metal_recovery.formal.hydrometallurgy.Ni": 0.9}
    table = model.run(overrides=worse).targets().set_index("target")
    assert not table.loc["smelting_nickel_2024"]["met"]
    assert table.loc["smelting_nickel_2024"]["reached"] == pytest.approx(0.9)
    assert table.loc["smelting_cobalt_2024"]["met"]
    assert not table.loc["chain_nickel_2024"]["met"]
    assert table.loc["black_mass_nickel_2024"]["met"]


def test_sources_say_which_parameters_rest_on_them(baseline: lf.Run) -> None:
    sources = baseline.sources()
    assert isinstance(sources, pd.DataFrame)
    assert sources["id"].is_unique
    assert {"id", "author", "year", "title", "parameters"} <= set(sources.columns)
    assert (sources["parameters"] != "").all()
    row = sources.set_index("id").loc["seed:X063"]
    assert "collection.rate" in row["parameters"]
    assert "assumption" not in set(sources["id"])


def test_a_scenario_cites_the_sources_of_its_changes(baseline: lf.Run, goals: lf.Run) -> None:
    assert "seed:X076" in set(goals.sources()["id"])
    assert "seed:X076" not in set(baseline.sources()["id"])
    assert "seed:X076" in goals.citations["collection.rate"]


def test_sources_of_changes_stand_apart_from_those_of_records(baseline: lf.Run, goals: lf.Run) -> None:
    sources = goals.sources().set_index("id")
    assert "collection.rate" in sources.loc["seed:X076", "changed"].split(", ")
    assert "collection.rate" not in sources.loc["seed:X076", "parameters"].split(", ")
    assert "collection.rate" in sources.loc["kotra-2023", "parameters"].split(", "), "the record still gives the past"
    assert (baseline.sources()["changed"] == "").all()
    assert baseline.changed == {}
    for name, (kept, changes) in goals.changed.items():
        assert set(goals.citations[name]) == {*kept, *changes}


def test_a_record_that_is_replaced_is_no_longer_a_source(model: lf.Model) -> None:
    run = model.run(overrides={"recycling.delay": lf.Q_(2, "year")})
    assert run.citations["recycling.delay"] == ("override",)
    assert "recycling.delay" not in ", ".join(run.sources()["parameters"])


def test_the_summary_has_the_rows_and_years_of_the_main_job(baseline: lf.Run) -> None:
    table = baseline.summary()
    assert [int(year) for year in table.columns] == [2020, 2025, 2030, 2035, 2050]
    shown = " ".join(table.index.get_level_values("what"))
    for word in (
        "registered",
        "in use",
        "installed",
        "retired",
        "used",
        "primary",
        "secondary",
        "import",
        "recycled",
    ):
        assert word in shown
    assert np.isfinite(table.to_numpy(dtype=float)).all()


def test_the_summary_of_a_shortage_shows_what_is_unmet(model: lf.Model, baseline: lf.Run) -> None:
    shock = model.run("import_shock").summary().droplevel("unit")
    unmet = shock.loc["lithium wanted and unmet"]
    assert unmet[2030] > 0.0
    assert unmet[2025] == unmet[2050] == 0.0
    wanted = baseline.summary().droplevel("unit").loc["lithium used", 2030]
    assert shock.loc["lithium used", 2030] + unmet[2030] == pytest.approx(wanted, rel=1e-6)
    assert "lithium wanted and unmet" not in baseline.summary().droplevel("unit").index


def test_the_summary_is_in_the_units_that_it_prints(baseline: lf.Run) -> None:
    table = baseline.summary([2020]).reset_index().set_index("what")[2020]
    assert table["batteries installed"] == pytest.approx(number(baseline, "capacity_registered", 2020, "GWh/year"))
    assert table["lithium used"] == pytest.approx(number(baseline, "lithium_demand", 2020, "kt LCE/year"))
    assert table["recycled content"] == pytest.approx(100 * number(baseline, "recycled_content", 2020, "1"))
    registered = number(baseline, "vehicles_registered", 2020, "vehicle/year")
    assert table["plug-in vehicles registered"] == pytest.approx(registered / 1e6)


def test_a_summary_of_years_that_are_not_there_is_refused(baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match=r"summary: years 2010 to 2050 are there, got 2009, 2051"):
        baseline.summary([2009, 2020, 2051])


def test_the_card_of_a_notebook_shows_results_goals_and_proof(baseline: lf.Run, goals: lf.Run) -> None:
    card = baseline._repr_html_()
    assert "<table" in card
    assert "Observed history" in card
    assert "baseline" in card
    assert "balance proved" in card
    assert re.search(r"\d+ of \d+ goals met; missed: .*collection_2025", card)
    count = (goals.targets()["group"] == "source documents").sum()
    assert f"source documents: {count} of {count} goals met." in goals._repr_html_()
    assert re.search(r"EU 2023/1542: .*: \d+ of \d+ goals met; missed: .*eu_recovery_nickel_2031", goals._repr_html_())


def test_text_of_a_scenario_is_escaped_in_the_card(model: lf.Model) -> None:
    run = model.run()
    run.title = "<b>sales & more</b>"
    assert "&lt;b&gt;sales &amp; more" in run._repr_html_()


def test_compare_puts_scenarios_side_by_side(baseline: lf.Run, goals: lf.Run) -> None:
    table = lf.compare([baseline, goals], "recycled_content")
    assert list(table.columns) == ["baseline", "goals"]
    assert tuple(table.index) == baseline.years
    assert table.index.name == "year"
    assert table.attrs["unit"] == "1"
    assert table.loc[2035, "goals"] == number(goals, "recycled_content", 2035, "1")


def test_compare_sums_what_has_further_dimensions(baseline: lf.Run, goals: lf.Run) -> None:
    table = lf.compare([baseline, goals], "batteries_retired")
    assert table.attrs["unit"] == "t Li/year"
    assert table.loc[2030, "baseline"] == pytest.approx(number(baseline, "batteries_retired", 2030, "t Li/year"))


def test_compare_refuses_what_can_not_be_compared(model: lf.Model, baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match="unknown result 'recycled_contents'; nearest: recycled_content"):
        lf.compare([baseline], "recycled_contents")
    with pytest.raises(lf.InputError, match="expected runs of different names, got baseline, baseline"):
        lf.compare([baseline, baseline], "recycled_content")
    other = model.run()
    other.scenario = "other"
    other.setting.years = tuple(range(2011, 2052))
    with pytest.raises(lf.InputError, match="the runs have different years"):
        lf.compare([baseline, other], "recycled_content")


def test_comparing_nothing_gives_an_empty_table() -> None:
    assert lf.compare([], "recycled_content").empty


def test_no_result_can_be_pickled(baseline: lf.Run) -> None:
    for thing in (baseline["salts_refined"], baseline.parameters["collection.rate"], baseline):
        with pytest.raises(TypeError, match="can't be pickled, as it would come back in another registry"):
            pickle.dumps(thing)


def test_datasets_are_plain_and_can_be_pickled(baseline: lf.Run) -> None:
    again = pickle.loads(pickle.dumps(baseline.flows))
    xr.testing.assert_identical(again, baseline.flows)


def test_provenance_says_what_the_run_was_made_with(model: lf.Model) -> None:
    run = model.run("goals", {"collection.rate": lf.Q_(90, "percent")})
    assert run.provenance["lithflow"] == lf.__version__
    assert run.provenance["scenario"] == "goals"
    assert run.provenance["overrides"] == {"collection.rate": "90.0 percent"}
    assert re.fullmatch(r"[0-9a-f]{64}", run.provenance["inputs_sha256"])
    assert {"numpy", "xarray", "pint"} <= set(run.provenance["libraries"])


def test_the_same_inputs_give_the_same_run_to_the_bit(model: lf.Model, baseline: lf.Run) -> None:
    again = model.run("baseline")
    for name in POSTED:
        np.testing.assert_array_equal(again.ledger.values(name), baseline.ledger.values(name))


def test_results_do_not_carry_further_dimensions_unasked(baseline: lf.Run) -> None:
    assert not any(dim in baseline[name].dims for dim in EXTRA for name in POSTED)


@pytest.fixture(scope="module")
def detailed(model: lf.Model) -> lf.Run:
    """A run that keeps what it follows by production year."""
    return model.run(cohorts=True)


def test_keeping_cohorts_changes_no_result(detailed: lf.Run, baseline: lf.Run) -> None:
    for name in POSTED:
        np.testing.assert_array_equal(detailed.ledger.values(name), baseline.ledger.values(name), err_msg=name)


def test_batteries_are_followed_by_production_year(detailed: lf.Run, baseline: lf.Run) -> None:
    whole, parts = baseline.cohorts("batteries_retired"), detailed.cohorts("batteries_retired")
    assert whole.dims == ("year", "production_year")
    assert parts.dims == ("year", "production_year", "chemistry", "cause")
    np.testing.assert_allclose(value(parts.sum(["chemistry", "cause"]), "t Li/year"), value(whole, "t Li/year"))
    np.testing.assert_allclose(
        value(parts.sum("production_year"), "t Li/year"), baseline.ledger.values("batteries_retired"), rtol=1e-12
    )
    young = np.triu(np.ones((len(baseline.years),) * 2), k=1).astype(bool)
    assert not value(whole, "t Li/year")[young].any(), "nothing leaves before it is made"


def test_what_is_not_followed_is_refused(baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match="cohorts: 'salts_refined' isn't followed by production year"):
        baseline.cohorts("salts_refined")


@pytest.mark.parametrize("name", [name for name, entry in lf.VARIABLES.items() if entry.on_request == "yes"])
def test_what_takes_long_is_there_on_request(detailed: lf.Run, baseline: lf.Run, name: str) -> None:
    variable = lf.VARIABLES[name]
    assert detailed[name].dims == variable.dims
    assert unit_of(detailed[name]) == canonical_unit(variable.unit)
    assert name not in baseline
    with pytest.raises(lf.LithflowError, match=rf"{name} .*cohorts=True"):
        baseline[name]


def test_lives_say_how_batteries_leave(baseline: lf.Run) -> None:
    table = baseline.lives([2020, 2035])
    assert [int(year) for year in table.columns] == [2020, 2035]
    shown = table.loc[("retired: battery_worn", "GWh/year"), 2035]
    assert shown == pytest.approx(number(baseline, "capacity_retired", 2035, "GWh/year", cause="battery_worn"))
    causes = table[table.index.get_level_values("what").str.startswith("retired: ")].sum()
    assert causes[2035] == pytest.approx(number(baseline, "capacity_retired", 2035, "GWh/year"))
    retired = value(baseline.cohorts("capacity_retired"), "GWh/year")[25]
    age = 2035 - np.array(baseline.years)
    assert table.loc[("mean age at retirement", "year"), 2035] == pytest.approx((retired * age).sum() / retired.sum())


def test_compare_does_not_add_up_ratios(baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match=r"compare: metal_recovery is a ratio for each metal; take them from run"):
        lf.compare([baseline], "metal_recovery")
    assert lf.compare([baseline], "metals_recovered").notna().all(axis=None)


@pytest.mark.parametrize("name", ["recycled_content", "batteries_lost"])
def test_compare_refuses_members(model: lf.Model, name: str) -> None:
    run = model.run(overrides={"collection.rate": wrap([0.4, 0.6], ("member",), "1", {"member": [0, 1]})})
    with pytest.raises(lf.InputError, match="compare: the run has members; choose one"):
        lf.compare([run], name)


def test_tables_of_a_short_run_show_its_own_years(tmp_path: Path) -> None:
    (tmp_path / "dimensions.yaml").write_text("years: {first: 2010, last: 2027, last_observed: 2024}\n")
    run = lf.load(tmp_path).run()
    assert run.shown_years == (2020, 2025)
    assert [int(year) for year in run.summary().columns] == [2020, 2025]
    assert set(run.supply_costs()["year"]) == {2020, 2025}
    assert run.lives().shape[1] == 2

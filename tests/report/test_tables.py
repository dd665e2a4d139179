"""Plain tables: the summary, the goals, and how they are laid out."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value, wrap
from lithflow.report.tables import (
    SUMMARY,
    SummaryRow,
    goal_lines,
    milestones_text,
    remarks,
    summary,
    summary_text,
    text_table,
)
from lithflow.units import parse_unit, same_dimension
from tests.chain.ledgers import labels, number


@pytest.mark.parametrize("row", SUMMARY, ids=lambda row: row.label.strip())
def test_every_row_names_a_result_and_a_unit_of_its_kind(row: SummaryRow) -> None:
    units = {name: entry.unit for table in (lf.VARIABLES, lf.INDICATORS) for name, entry in table.items()}
    parse_unit(row.unit)
    assert same_dimension(row.unit, units[row.variable])
    assert row.scale > 0.0
    assert row.shown or row.scale == 1.0


def test_the_summary_sums_over_classes_and_chemistries(baseline: lf.Run) -> None:
    table = summary(baseline, [2035, 2020])
    assert [int(year) for year in table.columns] == [2035, 2020]
    shown = table.loc[("batteries retired", "GWh/year"), 2035]
    assert shown == pytest.approx(number(baseline, "capacity_retired", 2035, "GWh/year"))
    assert table.loc[("import reliance", "percent"), 2020] == pytest.approx(
        100.0 * number(baseline, "import_reliance", 2020, "1")
    )


def test_demand_is_primary_and_secondary_in_the_table_too(baseline: lf.Run, goals: lf.Run) -> None:
    for run in (baseline, goals):
        table = summary(run, [2020, 2035, 2050]).reset_index(level="unit", drop=True)
        parts = table.loc[["  primary", "  secondary, old scrap", "  secondary, new scrap"]].sum()
        np.testing.assert_allclose(parts, table.loc["lithium used"], rtol=1e-10)


IMPORTS = {"trade.black_mass_imports": {"from": 2030, "values": 4, "unit": "kt Li/year"}}


def test_imported_black_mass_stands_beside_old_and_new_scrap_where_there_is_some(
    model: lf.Model, baseline: lf.Run
) -> None:
    label = "  secondary, imported black mass"
    assert label not in summary(baseline, [2020]).index.get_level_values("what")
    run = model.run(overrides=IMPORTS)
    table = summary(run, [2020, 2035]).reset_index(level="unit", drop=True)
    supply = ["  primary", "  secondary, old scrap", "  secondary, new scrap", label]
    assert list(table.index[5:9]) == supply
    np.testing.assert_allclose(table.loc[supply].sum(), table.loc["lithium used"], rtol=1e-10)
    assert table.loc[label, 2020] == 0.0
    assert table.loc[label, 2035] == pytest.approx(number(run, "secondary_supply_imported", 2035, "kt LCE/year"))
    assert label.strip() in summary_text(run, [2035])
    assert label.strip() in run._repr_html_()


def test_imported_black_mass_of_one_region_counts_in_all(model: lf.Model) -> None:
    run = model.run("world", overrides={f"China/{name}": change for name, change in IMPORTS.items()})
    label = "  secondary, imported black mass"
    table = summary(run, [2035]).xs(label, level="what")[2035]
    assert list(table.index.get_level_values("region")) == ["China", "all regions"]
    assert table.iloc[0] == table.iloc[1] > 0.0
    assert summary_text(run, [2035]).count(label) == 2


def test_rows_of_all_regions_stand_in_the_order_of_each(model: lf.Model) -> None:
    """The second of two regions alone imports black mass."""
    run = model.run("world", overrides={f"rest_of_world/{name}": change for name, change in IMPORTS.items()})
    table = summary(run, [2035])[2035]
    own, every = (
        table.xs(region).index.get_level_values("what").tolist() for region in ("rest_of_world", "all regions")
    )
    assert "  secondary, imported black mass" in every
    assert [label for label in own if label in every] == [label for label in every if label in own]


def test_the_summary_as_text_has_a_line_for_each_row(baseline: lf.Run) -> None:
    lines = summary_text(baseline, [2020, 2035]).splitlines()
    assert len(lines) == len(SUMMARY) + 1
    assert lines[0].split() == ["unit", "2020", "2035"]
    installed = next(line for line in lines if "batteries installed" in line)
    assert installed.split()[-2] == f"{number(baseline, 'capacity_registered', 2020, 'GWh/year'):,.1f}"
    assert all(line == line.rstrip() for line in lines)


def test_what_is_not_defined_is_a_dash(model: lf.Model) -> None:
    run = model.run()
    first = summary_text(run, [2010])
    assert "nan" not in first.lower()


def test_a_summary_of_members_is_refused(model: lf.Model) -> None:
    run = model.run(overrides={"collection.rate": wrap([0.4, 0.6], ("member",), "1", {"member": [0, 1]})})
    with pytest.raises(lf.InputError, match="summary: the run has members; choose one"):
        run.summary()


def test_years_outside_the_model_are_refused(baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match="summary: years 2010 to 2050 are there, got 1999"):
        summary(baseline, [1999])


def goal_rows(run: lf.Run) -> dict[str, str]:
    """Give the printed line of each goal."""
    names = set(run.targets()["target"])
    return {line.split()[0]: line for line in goal_lines(run).splitlines() if line.split()[0] in names}


def test_goals_are_printed_with_verdict_and_distance(baseline: lf.Run) -> None:
    lines = goal_rows(baseline)
    judged = baseline.targets().set_index("target")
    assert list(lines) == list(judged.index)
    for name, line in lines.items():
        goal = judged.loc[name]
        assert ("met" if goal["met"] else "missed") in line.replace("~", " ").split()
        assert f"{100 * goal['margin']:+.1f}" in line.replace("-0.0", "+0.0") or abs(goal["margin"]) < 5e-4
        assert str(goal["year"]) + ("" if goal["observed"] else "*") in line.split()
        assert line.split()[-1] == ("–" if str(goal["first_year_met"]) == "<NA>" else str(goal["first_year_met"]))
    assert "≥ 95.0" in lines["collection_2025"]
    assert "< " in lines["import_concentration_2025"]


def test_goals_stand_under_who_set_them(baseline: lf.Run) -> None:
    lines = goal_lines(baseline).splitlines()
    judged = baseline.targets()
    heads = [f"  {group}" for group in dict.fromkeys(judged["group"])]
    assert [line for line in lines if line in heads] == heads
    assert heads[-1] == "  EU 2023/1542: rules of another market, for comparison"
    after = lines[lines.index(heads[-1]) + 1 :]
    assert all(line.startswith("    eu_") for line in after[: (judged["group"] == heads[-1].strip()).sum()])


def test_goals_without_a_group_stand_apart_from_those_with_one(baseline: lf.Run) -> None:
    run = copy.copy(baseline)
    own = baseline.goals[0].model_copy(update={"group": "", "id": "mine"})
    run.goals = (own,)
    assert [line.split()[0] for line in goal_lines(run).splitlines()] == ["goal", "mine"]
    run.goals = (own, baseline.goals[1])
    assert goal_lines(run).splitlines()[1] == "  other goals"


def test_a_number_of_another_year_is_printed_with_its_year(baseline: lf.Run) -> None:
    run = copy.copy(baseline)
    kept = next(goal for goal in baseline.goals if goal.id == "collection_kept_2035")
    run.goals = (kept.model_copy(update={"indicator": "import_reliance", "since": 2020}),)
    (goal,) = run.targets().to_dict("records")
    reliance = value(baseline["import_reliance"], "percent")
    later = reliance[11:26]
    assert goal["reached_in"] == 2021 + int(later.argmin())
    (line,) = goal_rows(run).values()
    assert f"≥ {reliance[10]:.1f} (2020)" in line
    assert f" {later.min():.1f} ({goal['reached_in']})" in line
    assert f" {later.min() - reliance[10]:+.1f} " in line
    assert "what is kept is judged by its lowest year" in goal_lines(run)
    run.goals = (baseline.goals[0],)
    assert "(" not in goal_lines(run)


def test_goals_met_by_their_own_source_are_marked(baseline: lf.Run) -> None:
    assert (
        "  ~ the parameter behind it is the legal minimum, not observed practice" in goal_lines(baseline).splitlines()
    )
    groups = baseline.targets().set_index("target")["group"]
    marked = {name for name, line in goal_rows(baseline).items() if "met~" in line}
    assert marked == set(groups[groups.str.startswith("national standard")].index)
    run = copy.copy(baseline)
    run.citations = {}
    assert "~" not in goal_lines(run)


def test_lives_of_years_outside_the_model_are_refused(baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match="lives: years 2010 to 2050 are there, got 1999"):
        baseline.lives([1999])


def test_columns_line_up() -> None:
    text = text_table(["", "unit", "2020"], [["long label", "t", "1.0"], ["short", "kt LCE", "1,000.0"]], indent="")
    assert text.splitlines() == [
        "              unit     2020",
        "long label       t      1.0",
        "short       kt LCE  1,000.0",
    ]


def test_an_empty_table_is_its_head() -> None:
    assert text_table(["a", "b"], []) == "  a  b"


def test_the_card_of_members_shows_what_it_can(model: lf.Model) -> None:
    run = model.run(overrides={"collection.rate": wrap([0.4, 0.6], ("member",), "1", {"member": [0, 1]})})
    card = run._repr_html_()
    assert "balance proved" in card
    assert "baseline" in card


RUN_OUT = (
    "home mines run out of lepidolite in 2037: reserves as stated in 2023, with what mining.reserve_additions adds"
)
ENOUGH: dict[str, Any] = {"mining.reserves": {"scale": 100}}


def others(run: lf.Run) -> list[str]:
    """The remarks but that on cathode in stock, which every run with the shipped history has."""
    return [line for line in remarks(run) if "cathode put into stock" not in line]


def test_remarks_tell_of_unmet_demand_and_curtailed_mines(model: lf.Model) -> None:
    assert others(model.run(overrides=ENOUGH)) == []
    shock = model.run("import_shock", overrides=ENOUGH)
    assert others(shock) == ["infeasible years: demand is unmet in 2028–2031 (4 years)"]
    rich = model.run(overrides={**ENOUGH, "mining.capacity": {"from": 2025, "scale": 100}})
    assert [line.partition(",")[0] for line in others(rich)] == ["home mines could give more than the chain can use"]
    assert np.abs(rich.ledger.values("concentrate_imported")[-1]).max() < 1e-6


def test_remarks_tell_of_reserves_that_run_out(model: lf.Model, baseline: lf.Run) -> None:
    assert others(baseline) == [RUN_OUT]
    poor = others(model.run(overrides={"mining.reserves.brine": lf.Q_(100, "kt Li")}))
    assert [line.partition(":")[0] for line in poor] == [
        "home mines run out of lepidolite in 2037",
        "home mines run out of brine in 2027",
    ]
    assert others(model.run(overrides={"mining.reserve_additions": lf.Q_(60, "kt Li/year")})) == []


def test_reserves_that_are_added_to_later_are_used_up_and_not_exhausted(model: lf.Model) -> None:
    added = {"mining.reserve_additions.lepidolite": {"from": 2040, "unit": "kt Li/year", "values": 3}}
    run = model.run(overrides=added)
    assert others(run) == [
        "home mines use up their lepidolite by the end of 2037; what mining.reserve_additions adds later can be mined"
    ]
    costs = run.supply_costs([2038, 2050]).set_index(["year", "resource"])
    assert costs.loc[(2038, "lepidolite"), ["capacity", "reserves_left"]].tolist() == [0.0, 0.0]
    assert costs.loc[(2050, "lepidolite"), "delivered"] > 0.0
    assert costs.xs("lepidolite", level="resource")["exhausted_in"].isna().all()
    assert run.milestones().set_index("milestone")["year"].isna()["home reserves of lepidolite exhausted"]


def test_remarks_tell_of_observed_mines_that_took_more_than_is_stated(model: lf.Model) -> None:
    told = others(model.run(overrides={"mining.reserves.spodumene": lf.Q_(5, "kt Li")}))
    assert told[0] == "observed mines took more spodumene by 2024 than mining.reserves states"
    assert told[1].startswith("home mines run out of spodumene in 2024: ")
    assert told[2:] == [RUN_OUT]


def test_projected_mines_that_are_emptied_for_exports_end_with_nothing_to_the_bit(model: lf.Model) -> None:
    """Delivered for home use and exports together is the potential, not the potential but for rounding."""
    run = model.run(
        overrides={
            "mining.capacity.spodumene": {"from": 2025, "unit": "t Li/year", "values": 490887.96036922463},
            "mining.capacity.lepidolite": {"from": 2025, "unit": "t Li/year", "values": 308127.652660669},
            "mining.reserves": {
                "unit": "t Li",
                "values": {"spodumene": 8431626.723801182, "lepidolite": 3e7, "brine": 3e6, "clay": 0},
            },
            "trade.concentrate_exports": {"from": 2025, "unit": "t Li/year", "values": 970909.8854157576},
        }
    )
    left = run.ledger.values("reserves_left")[:, labels(run, "resource").index("spodumene")]
    assert left[run.years.index(2036)] > 0.0
    np.testing.assert_array_equal(left[run.years.index(2037) :], 0.0)
    assert not any("took more" in line for line in remarks(run))


def test_milestones_are_printed_with_a_dash_where_nothing_turns(baseline: lf.Run) -> None:
    text = milestones_text(baseline)
    assert "peak of primary lithium" in text
    assert "nan" not in text
    assert any(line.split()[-3] == "–" for line in text.splitlines() if "demand unmet" in line)


def test_what_went_into_stock_as_cathode_is_told(model: lf.Model, baseline: lf.Run) -> None:
    told = [line for line in remarks(baseline) if "cathode put into stock" in line]
    largest = value(baseline["cathode_stock"].sum("chemistry"), "kt LCE").max()
    assert told == [
        f"lithium used in 2020–2024 (5 years) holds cathode put into stock: {largest:,.0f} kt LCE "
        "(materials.cathode_inventory_build)"
    ]
    without = model.run(overrides={"materials.cathode_inventory_build": lf.Q_(0, "kt/year")})
    assert not [line for line in remarks(without) if "cathode put into stock" in line]

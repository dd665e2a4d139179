"""Plain tables: the summary, the goals, and how they are laid out."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import wrap
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
from tests.chain.ledgers import number


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
        np.testing.assert_allclose(parts, table.loc["lithium demand"], rtol=1e-10)


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


def test_goals_are_printed_with_verdict_and_distance(baseline: lf.Run) -> None:
    lines = goal_lines(baseline).splitlines()
    judged = baseline.targets().set_index("target")
    assert len(lines) == len(judged) + 2
    for line in lines[1:-1]:
        name = line.split()[0]
        goal = judged.loc[name]
        assert ("met" if goal["met"] else "missed") in line.replace("~", " ").split()
        assert f"{100 * goal['margin']:+.1f}" in line.replace("-0.0", "+0.0") or abs(goal["margin"]) < 5e-4
        assert str(goal["year"]) + ("" if goal["observed"] else "*") in line.split()
        assert line.split()[-1] == ("–" if str(goal["first_year_met"]) == "<NA>" else str(goal["first_year_met"]))
    collection = next(line for line in lines if "collection_2025" in line)
    assert "≥ 95.0" in collection
    concentration = next(line for line in lines if "import_concentration_2025" in line)
    assert "< " in concentration


def test_goals_met_by_their_own_source_are_marked(baseline: lf.Run) -> None:
    *table, below = goal_lines(baseline).splitlines()
    assert below == "  ~ the parameter behind it is the legal minimum, not observed practice"
    assert {line.split()[0] for line in table if "met~" in line} == {
        "recovery_standard_2019",
        "smelting_standard_2024",
        "black_mass_standard_2024",
        "chain_standard_2024",
        "cathode_metal_standard_2024",
    }
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


def test_remarks_tell_of_unmet_demand_and_curtailed_mines(model: lf.Model, baseline: lf.Run) -> None:
    assert remarks(baseline) == []
    shock = model.run("import_shock")
    assert remarks(shock) == ["infeasible years: demand is unmet in 2028–2031 (4 years)"]
    rich = model.run(overrides={"mining.capacity": {"from": 2025, "scale": 100}})
    assert [line.partition(",")[0] for line in remarks(rich)] == ["home mines could give more than the chain can use"]
    assert not rich.ledger.values("concentrate_imported")[-1].any()


def test_milestones_are_printed_with_a_dash_where_nothing_turns(baseline: lf.Run) -> None:
    text = milestones_text(baseline)
    assert "peak of primary lithium" in text
    assert "nan" not in text
    assert any(line.split()[-3] == "–" for line in text.splitlines() if "demand unmet" in line)

"""Years with unmet demand are flagged wherever an indicator is given, printed or written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lithflow as lf
from lithflow.arrays import value, wrap
from lithflow.cli import main
from lithflow.indicators.feasibility import infeasible
from lithflow.io.csv import write_tables
from lithflow.report.costs import costs_text
from lithflow.report.explained import explained_text
from lithflow.report.lives import lives_text
from lithflow.report.tables import goal_lines, milestones_text, summary_text
from tests.chain.ledgers import by_hand

UNMET = (2028, 2029, 2030, 2031)
FOOTNOTE = "! infeasible: demand stays unmet in this year"


@pytest.fixture(scope="module")
def shock(model: lf.Model) -> lf.Run:
    return model.run("import_shock")


def test_what_comes_from_shortage_makes_a_year_infeasible() -> None:
    none = by_hand({}, {})
    assert not infeasible(none).any()
    some = by_hand({"salts_unmet": {("carbonate",): 1e-3}}, {})
    np.testing.assert_array_equal(infeasible(some), np.ones((2, 1, 1), dtype=bool))


def test_a_run_knows_its_infeasible_years(shock: lf.Run, baseline: lf.Run) -> None:
    assert baseline.infeasible_years == ()
    assert shock.infeasible_years == UNMET
    unmet = shock.ledger.values("salts_unmet").sum(axis=1) > 0.0
    np.testing.assert_array_equal(shock.infeasible.values, unmet)


@pytest.mark.parametrize("name", list(lf.INDICATORS))
def test_every_indicator_carries_the_flag(shock: lf.Run, baseline: lf.Run, name: str) -> None:
    flags = shock[name].coords["infeasible"]
    assert flags.dims == ("year",)
    assert tuple(flags["year"].values[flags.values].tolist()) == UNMET
    assert not baseline[name].coords["infeasible"].any()


def test_the_dataset_of_indicators_carries_the_flag(shock: lf.Run, tmp_path: Path) -> None:
    import xarray as xr

    data = shock.indicators
    assert set(data.data_vars) == set(lf.INDICATORS)
    feasible = data["recycled_content"].where(~data["infeasible"], drop=True)
    assert not set(UNMET) & set(feasible["year"].values.tolist())
    data.to_netcdf(tmp_path / "indicators.nc")
    with xr.open_dataset(tmp_path / "indicators.nc") as again:
        assert again["infeasible"].dtype == bool
        np.testing.assert_array_equal(again["infeasible"].values, data["infeasible"].values)
        assert "infeasible" in again["recycled_content"].coords


def test_a_run_read_from_a_file_has_the_same_flags(shock: lf.Run, tmp_path: Path) -> None:
    shock.to_netcdf(tmp_path / "run.nc")
    assert lf.open_run(tmp_path / "run.nc").infeasible_years == UNMET


def test_goals_of_an_infeasible_year_are_flagged(tmp_path: Path) -> None:
    goal = (
        "own_goal:\n  description: A goal of a short year\n  indicator: recycled_content\n  year: 2030\n"
        "  sense: at_least\n  value: 1\n  unit: percent\n  source: assumption\n  note: Made up.\n"
    )
    (tmp_path / "targets.yaml").write_text(goal, encoding="utf-8")
    run = lf.load(tmp_path).run("import_shock")
    judged = run.targets().set_index("target")["infeasible"]
    assert judged["own_goal"]
    lines = goal_lines(run).splitlines()
    assert "2030*!" in next(line for line in lines if "own_goal" in line)
    assert lines[-1].strip() == FOOTNOTE


def test_goals_of_other_years_are_not(shock: lf.Run) -> None:
    judged = shock.targets()
    assert judged["infeasible"].tolist() == [year in shock.infeasible_years for year in judged["year"]]
    assert not judged["infeasible"][judged["year"].isin([2025, 2035])].any()


def test_tables_mark_the_years(shock: lf.Run, baseline: lf.Run) -> None:
    years = (2025, 2030)
    for text in (summary_text, lives_text):
        head = text(shock, years).splitlines()[0].split()
        assert head[-2:] == ["2025", "2030!"]
        assert FOOTNOTE in text(shock, years)
        assert "!" not in text(baseline, years)
        assert "!" not in text(shock, (2025, 2035))
    assert "2030!" in costs_text(shock, years)
    assert "2025!" not in costs_text(shock, years)
    assert "2028!" in milestones_text(shock)
    for printed in (costs_text(shock, years), milestones_text(shock)):
        assert printed.splitlines()[-1].strip() == FOOTNOTE
    assert "!" not in milestones_text(baseline)


def test_frames_carry_the_flag(shock: lf.Run, baseline: lf.Run) -> None:
    assert shock.summary().attrs["infeasible"] == (2030,)
    costs = shock.supply_costs((2025, 2030))
    assert costs.groupby("year")["infeasible"].all().to_dict() == {2025: False, 2030: True}
    turning = shock.milestones().set_index("milestone")["infeasible"]
    assert turning["demand unmet"]
    assert turning.sum() == 2
    side_by_side = lf.compare([baseline, shock], "recycled_content")
    assert side_by_side.attrs["infeasible"] == {"baseline": (), "import_shock": UNMET}


def test_csv_tables_flag_every_indicator(shock: lf.Run, tmp_path: Path) -> None:
    write_tables(shock, tmp_path)
    table = pd.read_csv(tmp_path / "indicators.csv", keep_default_na=False)
    flagged = table[table["infeasible"].astype(str) == "True"]
    assert sorted(set(flagged["year"])) == list(UNMET)
    assert set(flagged["variable"]) == set(lf.INDICATORS)
    assert "infeasible" in pd.read_csv(tmp_path / "targets.csv").columns


def test_the_card_and_the_shell_show_it(shock: lf.Run, capsys: pytest.CaptureFixture[str]) -> None:
    card = shock._repr_html_()
    assert "2030!" in card
    assert "infeasible years: demand is unmet in 2028–2031" in card
    assert main(["run", "import_shock"]) == 0
    printed = capsys.readouterr().out
    assert "2030!" in printed
    assert FOOTNOTE in printed


@pytest.mark.parametrize("dim", ["member", "region"])
def test_members_and_regions_are_flagged_each_for_itself(model: lf.Model, dim: str) -> None:
    names = [0, 1] if dim == "member" else ["one", "two"]
    available = wrap([1.0, 0.5], (dim,), "1", {dim: names})
    run = model.run(overrides={"trade.origin_available": available, "trade.shortage_allowed": 1.0})
    assert run.infeasible.dims == ("year", dim)
    assert not run.infeasible.isel({dim: 0}).any()
    assert run.infeasible.isel({dim: 1}).any()
    assert run.infeasible_years == tuple(run.infeasible["year"].values[run.infeasible.isel({dim: 1}).values].tolist())
    for name in ("recycled_content", "metal_recovery", "unmet_share"):
        flags = run[name].coords["infeasible"]
        assert set(flags.dims) <= set(run[name].dims)
        assert flags.any()
    np.testing.assert_array_equal(run["unmet_share"].coords["infeasible"].values, run.infeasible.values)
    assert run.indicators["infeasible"].dims == ("year", dim)
    np.testing.assert_array_equal(value(run["unmet_share"], "1") > 0.0, run.infeasible.values)


def test_explained_indicators_mark_the_years(shock: lf.Run, baseline: lf.Run) -> None:
    text = explained_text(shock, "recycled_content", (2025, 2030))
    assert "2030!" in text
    assert FOOTNOTE in text
    assert "!" not in explained_text(baseline, "recycled_content", (2025, 2030))

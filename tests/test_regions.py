"""A run with regions: one of them as a run of its own, tables of all of them, files and the shell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lithflow as lf
from lithflow.arrays import value
from lithflow.cli import main
from lithflow.io.csv import write_tables
from lithflow.report.regions import trade_text
from lithflow.report.tables import SUMMARY, summary_text


@pytest.fixture(scope="module")
def world(model: lf.Model) -> lf.Run:
    return model.run("world")


def test_the_world_goes_with_every_other_scenario(model: lf.Model, tmp_path: Path) -> None:
    others = [name for name in model.scenarios if name not in ("baseline", "world")]
    assert len(others) >= 14
    (tmp_path / "scenarios").mkdir()
    for name in others:
        file = tmp_path / "scenarios" / f"world_{name}.yaml"
        file.write_text(
            f"title: Both\nreason: Both.\nsource: assumption\nbased_on: [world, {name}]\n", encoding="utf-8"
        )
    both = lf.load(tmp_path)
    for name in others:
        run = both.run(f"world_{name}")
        assert run.regions == ("China", "rest_of_world")
        assert run.balance.worst.relative <= 1e-12, name


def test_a_region_is_a_run_of_its_own(world: lf.Run, baseline: lf.Run) -> None:
    china = world.region("China")
    assert world.regions == ("China", "rest_of_world")
    assert china.regions == ()
    assert (china.scenario, china.provenance["region"]) == ("world.China", "China")
    assert china.balance.worst.relative <= 1e-12
    assert "region" not in china["salts_refined"].dims
    assert world.region("China") is china
    pd.testing.assert_frame_equal(china.targets(), baseline.targets())
    pd.testing.assert_frame_equal(china.summary(), baseline.summary())
    pd.testing.assert_frame_equal(china.milestones(), baseline.milestones())
    pd.testing.assert_frame_equal(china.lives(), baseline.lives())
    pd.testing.assert_frame_equal(china.supply_costs(), baseline.supply_costs())
    np.testing.assert_allclose(
        value(china.cohorts("batteries_retired"), "t Li/year"),
        value(baseline.cohorts("batteries_retired"), "t Li/year"),
        rtol=1e-12,
    )


def test_a_region_rests_on_what_its_own_values_do(world: lf.Run, baseline: lf.Run, tmp_path: Path) -> None:
    china, rest = world.region("China"), world.region("rest_of_world")
    assert set(china.changed) == {
        "trade.import_partner_share",
        "trade.export_partner_share",
        "trade.unwanted_refused",
    }
    assert "trade.import_partner_share" not in rest.changed
    assert set(china.changed) | set(rest.changed) == set(world.changed)
    assert {name: china.citations[name] for name in baseline.citations} == baseline.citations
    assert set(china.sources()["id"]) == set(baseline.sources()["id"])
    assert china.citations["fleet.two_life_share"] == ("assumption",)
    assert rest.citations["fleet.two_life_share"] == ("busch-2025", "matilda-2023")
    assert set(rest.sources()["id"]) < set(world.sources()["id"])
    resting = rest.sources().set_index("id")
    assert "fleet.two_life_share" in resting.loc["matilda-2023", "changed"]
    assert "fleet.two_life_share" not in ", ".join(resting["parameters"])

    world.to_netcdf(tmp_path / "run.nc")
    again = lf.open_run(tmp_path / "run.nc").region("rest_of_world")
    assert (again.citations, again.changed) == (rest.citations, rest.changed)
    assert again.source_list == rest.source_list


def test_production_years_with_all_their_dimensions_are_taken_too(model: lf.Model, world: lf.Run) -> None:
    detailed = model.run("world", cohorts=True).region("rest_of_world")
    assert "chemistry" in detailed.cohorts("batteries_retired").dims
    assert "region" not in detailed["second_life_service"].dims
    assert "second_life_service" not in world.region("rest_of_world")


def test_unknown_regions_are_refused(world: lf.Run, baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match="region: unknown region 'Chile'; nearest: China"):
        world.region("Chile")
    with pytest.raises(lf.InputError, match="region: the run of baseline has no regions"):
        baseline.region("China")
    with pytest.raises(lf.InputError, match="trade: the run of baseline has no regions"):
        baseline.trade()
    with pytest.raises(lf.InputError, match="trade_between_regions is in runs with regions only"):
        baseline["trade_between_regions"]


def test_tables_of_one_series_ask_for_a_region(world: lf.Run) -> None:
    for table in (world.milestones, world.lives, world.supply_costs, lambda: lf.compare([world], "salts_refined")):
        with pytest.raises(lf.InputError, match=r'the run has regions; choose one, as run.region\("China"\)'):
            table()


def test_the_summary_has_every_region_and_their_sum(world: lf.Run) -> None:
    table = world.summary([2020, 2030])
    assert list(dict.fromkeys(table.index.get_level_values("region"))) == ["China", "rest_of_world", "all regions"]
    row = ("lithium used", "kt LCE/year")
    total = table.loc[("China", *row)] + table.loc[("rest_of_world", *row)]
    pd.testing.assert_series_equal(table.loc[("all regions", *row)], total, check_names=False)
    assert ("all regions", "import reliance", "percent") not in table.index, "a share is no sum of shares"
    lines = summary_text(world, [2020]).splitlines()
    assert [line.strip() for line in lines if line.strip() in (*world.regions, "all regions")] == [
        "China",
        "rest_of_world",
        "all regions",
    ]
    assert len(lines) == 3 * (len(SUMMARY) + 2) - 2


def test_goals_are_judged_where_they_hold(world: lf.Run) -> None:
    judged = world.targets()
    assert judged.columns[0] == "region"
    for region in world.regions:
        own = judged[judged["region"] == region].drop(columns="region").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, world.region(region).targets(), check_dtype=False)
    of_china = {goal.id for goal in world.goals if goal.region == "China"}
    assert {"collection_2025", "recovery_standard_2019", "chain_standard_2024"} <= of_china
    assert of_china < set(judged.loc[judged["region"] == "China", "target"])
    elsewhere = set(judged.loc[judged["region"] == "rest_of_world", "target"])
    assert elsewhere == {goal.id for goal in world.goals} - of_china


def test_the_table_of_trade_leaves_out_what_is_not_traded(world: lf.Run) -> None:
    table = world.trade([2020, 2024])
    row = table.loc[("cells", "China", "rest_of_world", "kt LCE/year")]
    sold = world.region("China")["cells_exported"].sum("chemistry")
    np.testing.assert_allclose(row, value(sold.sel(year=[2020, 2024]), "kt LCE/year"))
    assert "outside" not in {*table.index.get_level_values("from"), *table.index.get_level_values("to")}
    assert ("cells", "rest_of_world", "China", "kt LCE/year") not in table.index
    assert "device cells" in trade_text(world, [2020])


def test_what_is_bought_outside_is_in_the_table(model: lf.Model) -> None:
    run = model.run("world", overrides={"rest_of_world/mining.capacity": lf.Q_(20, "kt Li/year")})
    assert run.balance.worst.relative <= 1e-12
    bought = run.trade([2040]).loc[("concentrate", "outside", "rest_of_world", "kt LCE/year"), 2040]
    assert bought > 0.0
    rest = run.region("rest_of_world")
    np.testing.assert_allclose(
        bought, value(rest["concentrate_imported"].sum("origin").sel(year=2040), "kt LCE/year"), rtol=1e-9
    )
    assert value(rest["concentrate_stock"], "t Li")[-1] == 0.0, "the stock is used before concentrate is bought"


def test_an_origin_that_fails_is_missed_on_both_sides(model: lf.Model, world: lf.Run) -> None:
    run = model.run(
        "world",
        overrides={
            "China/trade.origin_available.Australia": {"from": 2030, "values": 0},
            "China/trade.substitution": 0.0,
            "trade.shortage_allowed": 1.0,
        },
    )
    assert run.balance.worst.relative <= 1e-12
    at = run.years.index(2030)
    sold = {
        name: value(which.region("rest_of_world")["concentrate_exported"], "t Li/year")
        for name, which in (("lost", run), ("kept", world))
    }
    np.testing.assert_allclose(sold["lost"][:at], sold["kept"][:at], rtol=1e-12)
    assert sold["lost"][at] < 0.7 * sold["kept"][at]
    assert value(run.region("China")["unmet_share"], "1")[at] > 0.0
    assert not value(run.region("rest_of_world")["unmet_share"], "1").any()


def test_the_rest_of_the_world_runs_alone(tmp_path: Path, world: lf.Run) -> None:
    """Without China in the run it neither buys nor sells, as its trade is China's figures."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "rest.yaml").write_text(
        "title: Rest\nreason: To see.\nsource: assumption\nregions: [rest_of_world]\n", encoding="utf-8"
    )
    run = lf.load(tmp_path).run("rest")
    assert run.regions == ()
    assert not any(goal.region for goal in run.goals)
    assert run.balance.worst.relative <= 1e-12
    assert not run.ledger.values("cells_imported").any()
    np.testing.assert_array_equal(
        run.ledger.values("fleet_batteries"), world.region("rest_of_world").ledger.values("fleet_batteries")
    )


def test_both_regions_make_up_what_is_published_of_the_world(world: lf.Run) -> None:
    """IEA, Global EV Outlook 2025: cars sold in the world in 2024; Energy Institute 2024: mine output of 2023."""
    sold = value(world["vehicles_registered"].sel(year=2024).sum("region"), "vehicle/year")
    classes = world.setting.axes.labels("vehicle_class")
    assert dict(zip(classes, sold, strict=True)) | {"van": 0, "truck": 0} == {
        "car_bev": 11_000_000,
        "car_phev": 6_500_000,
        "bus": 70_180,
        "van": 0,
        "truck": 0,
    }
    mined = world["concentrate_mined"].sel(year=2023).sum(["region", "resource"])
    assert value(mined, "kt Li/year") == pytest.approx(198.0, rel=2e-4)


def test_csv_names_the_region_in_every_row(world: lf.Run, tmp_path: Path) -> None:
    write_tables(world, tmp_path)
    for file in ("flows.csv", "stocks.csv", "indicators.csv", "targets.csv"):
        table = pd.read_csv(tmp_path / file, keep_default_na=False, low_memory=False)
        assert set(table["region"]) == set(world.regions), file
    flows = pd.read_csv(tmp_path / "flows.csv", low_memory=False)
    rows = flows.query("variable == 'cells_imported' and region == 'rest_of_world' and year == 2024")
    np.testing.assert_allclose(
        rows["value"].sum(),
        value(world.region("rest_of_world")["cells_imported"].sel(year=2024).sum("chemistry"), "kt LCE/year"),
        rtol=1e-9,
    )


def test_a_file_reopens_with_its_regions(world: lf.Run, tmp_path: Path) -> None:
    world.to_netcdf(tmp_path / "run.nc")
    again = lf.open_run(tmp_path / "run.nc")
    assert again.regions == world.regions
    pd.testing.assert_frame_equal(again.trade(), world.trade())
    again.region("rest_of_world").to_netcdf(tmp_path / "rest.nc")
    rest = lf.open_run(tmp_path / "rest.nc")
    np.testing.assert_array_equal(
        rest.ledger.values("salts_refined"), world.region("rest_of_world").ledger.values("salts_refined")
    )


def test_a_card_of_regions_is_a_table(world: lf.Run) -> None:
    assert "rest_of_world" in world._repr_html_()


def test_the_shell_shows_regions_and_one_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "world", "--lives", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "all regions" in shown
    assert "traded" in shown
    assert shown.count("retired: both") == 2
    assert "rest_of_world: mines delivered more than the chain took" in shown
    assert (tmp_path / "world" / "run.nc").is_file()
    assert main(["run", "world", "--region", "rest_of_world", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("world.rest_of_world: ")
    assert "verdict" in shown
    assert (tmp_path / "world.rest_of_world" / "targets.csv").is_file()
    assert main(["run", "--region", "China"]) == 1
    assert capsys.readouterr().err == "lithflow: region: the run of baseline has no regions\n"

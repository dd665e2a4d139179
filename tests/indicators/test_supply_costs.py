"""The supply cost curve of home mines and of imports."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import lithflow as lf
from lithflow.arrays import value, wrap
from lithflow.cli import main
from lithflow.indicators.supply_costs import Supply, cost_curve, supplies
from lithflow.report.costs import costs_text

YEARS = (2030, 2031)
UNKNOWN = np.full(2, np.nan)


def home(
    resource: str, cost: list[float], capacity: list[float], available: list[float], end: int | None = None
) -> Supply:
    """Make a home resource that delivers half of what is available."""
    amounts = np.array(available)
    return Supply("home", resource, np.array(cost), np.array(capacity), amounts, 0.5 * amounts, 9.0 * amounts, end)


def abroad(origin: str, cost: list[float], delivered: list[float]) -> Supply:
    return Supply(origin, "concentrate", np.array(cost), UNKNOWN, UNKNOWN, np.array(delivered), UNKNOWN)


SOURCES = [
    home("spodumene", [6.0, 6.0], [3.0, 3.0], [2.5, 2.5]),
    home("lepidolite", [10.0, 10.0], [2.0, 0.0], [2.0, 0.0], end=2030),
    home("brine", [4.0, 14.0], [1.0, 1.0], [1.0, 1.0]),
    home("clay", [2.0, 2.0], [0.0, 0.5], [0.0, 0.5]),
    abroad("Australia", [5.0, 5.0], [7.0, 8.0]),
    abroad("Nigeria", [1.0, 1.0], [0.0, 0.0]),
]


def test_home_and_foreign_sources_are_ordered_by_cost_and_added_up() -> None:
    curve = cost_curve(SOURCES, YEARS, YEARS)
    columns = ["year", "home", "origin", "resource", "cost", "delivered", "cumulative"]
    assert curve[columns].to_numpy().tolist() == [
        [2030, True, "home", "brine", 4.0, 0.5, 1.0],
        [2030, False, "Australia", "concentrate", 5.0, 7.0, 8.0],
        [2030, True, "home", "spodumene", 6.0, 1.25, 10.5],
        [2030, True, "home", "lepidolite", 10.0, 1.0, 12.5],
        [2031, True, "home", "clay", 2.0, 0.25, 0.5],
        [2031, False, "Australia", "concentrate", 5.0, 8.0, 8.5],
        [2031, True, "home", "spodumene", 6.0, 1.25, 11.0],
        [2031, True, "home", "lepidolite", 10.0, 0.0, 11.0],
        [2031, True, "home", "brine", 14.0, 0.5, 12.0],
    ]
    foreign = curve[~curve["home"]]
    assert foreign[["capacity", "available", "reserves_left", "exhausted_in"]].isna().all(axis=None)
    assert curve.set_index(["year", "resource"]).loc[(2031, "lepidolite"), "exhausted_in"] == 2030


def test_years_are_shown_as_asked_for() -> None:
    assert list(cost_curve(SOURCES, YEARS, (2031,))["year"].unique()) == [2031]


def test_what_never_delivered_is_not_called_exhausted() -> None:
    nothing = home("clay", [2.0, 2.0], [0.0, 0.0], [0.0, 0.0], end=2030)
    assert cost_curve([nothing], YEARS, YEARS).empty


def test_where_only_output_is_known_it_is_added_up() -> None:
    observed = Supply("home", "spodumene", np.full(2, 6.0), UNKNOWN, UNKNOWN, np.array([2.0, 3.0]), np.full(2, 9.0))
    curve = cost_curve([observed], YEARS, YEARS)
    assert curve[["capacity", "available"]].isna().all(axis=None)
    assert curve["cumulative"].tolist() == [2.0, 3.0]


def test_no_capacity_is_shown_for_observed_years(baseline: lf.Run) -> None:
    curve = baseline.supply_costs(baseline.years)
    mines = curve[curve["home"]]
    past = mines["year"] <= baseline.last_observed
    assert mines.loc[past, ["capacity", "available"]].isna().all(axis=None)
    assert mines.loc[~past, ["capacity", "available"]].notna().all(axis=None)
    assert not (mines["delivered"] > mines["capacity"] * (1.0 + 1e-12)).any()
    assert not (mines["available"] > mines["capacity"] * (1.0 + 1e-12)).any()
    assert (mines.loc[past, "delivered"] > 0.0).all()


def test_mines_without_reserves_are_no_capacity_and_say_since_when(baseline: lf.Run) -> None:
    curve = baseline.supply_costs([2035, 2037, 2038, 2050]).set_index(["year", "resource"])
    before, last, after = (curve.loc[(year, "lepidolite")] for year in (2035, 2037, 2038))
    assert before["capacity"] > last["capacity"] > after["capacity"] == 0.0
    assert last["available"] == last["delivered"] == pytest.approx(last["capacity"])
    assert (after["available"], after["delivered"], after["reserves_left"]) == (0.0, 0.0, 0.0)
    assert (curve.xs("lepidolite", level="resource")["exhausted_in"] == 2037).all()
    lines = [line.split() for line in costs_text(baseline, [2050]).splitlines()]
    ends = {line[1]: line[-1] for line in lines if line[0] == "2050" and line[2] == "home"}
    assert ends == {"brine": "–", "spodumene": "–", "lepidolite": "2037", "clay": "–"}


@pytest.mark.parametrize("scenario", ["baseline", "goals", "import_shock"])
def test_what_is_delivered_adds_up_to_salts_refined_and_imported(model: lf.Model, scenario: str) -> None:
    run = model.run(scenario)
    curve = run.supply_costs(run.years)
    refined = run["salts_refined"].sum("salt", skipna=False)
    put_aside = np.diff(value(run["concentrate_inventory"], "kt LCE"), prepend=0.0)
    put_aside *= value(run.parameters["refining.yield"].sel(resource="spodumene"), "1")
    for rows, amount, stocked in (
        (curve["home"], refined.sel(feed="home"), 0.0),
        (curve["resource"] == "concentrate", refined.sel(feed="imported"), put_aside),
        (curve["resource"] == "salts", run["salts_imported"].sum(["origin", "salt"], skipna=False), 0.0),
    ):
        added = curve[rows].groupby("year")["delivered"].sum().reindex(run.years, fill_value=0.0)
        np.testing.assert_allclose(added, value(amount, "kt LCE/year") + stocked, rtol=1e-9, atol=1e-9)
    last = curve.groupby("year")["cumulative"].last()
    np.testing.assert_allclose(last, curve["available"].fillna(curve["delivered"]).groupby(curve["year"]).sum())


def test_origins_that_are_lost_deliver_nothing(model: lf.Model) -> None:
    curve = model.run("import_shock").supply_costs([2027, 2029])
    sent = curve[~curve["home"]].groupby("year")["origin"].apply(set)
    assert {"Australia", "Chile"} <= sent[2027]
    assert sent[2029].isdisjoint({"Australia", "Chile"})


def test_every_origin_has_a_cost_of_its_own(model: lf.Model, baseline: lf.Run) -> None:
    dear = model.run(
        overrides={"trade.concentrate_cost.Australia": lf.Q_(20, "USD/kg LCE"), "trade.salt_cost": {"scale": 3}}
    )
    before, after = (run.supply_costs([2030]).set_index(["resource", "origin"]) for run in (baseline, dear))
    assert after.loc[("concentrate", "Australia"), "cost"] == pytest.approx(20_000.0)
    for origin in ("Chile", "Argentina", "other"):
        assert after.loc[("salts", origin), "cost"] == pytest.approx(3.0 * before.loc[("salts", origin), "cost"])
    same = [("concentrate", "Zimbabwe"), ("brine", "home")]
    pd.testing.assert_series_equal(after.loc[same, "cost"], before.loc[same, "cost"])
    pd.testing.assert_series_equal(after["delivered"].sort_index(), before["delivered"].sort_index())


def test_costs_move_the_curve_and_nothing_else(model: lf.Model, baseline: lf.Run) -> None:
    dear = model.run(overrides={"mining.cost": {"scale": 0.999}})
    before, after = baseline.supply_costs([2030]), dear.supply_costs([2030])
    np.testing.assert_allclose(after["cost"], np.where(before["home"], 0.999, 1.0) * before["cost"], rtol=1e-12)
    assert before.drop(columns="cost").equals(after.drop(columns="cost"))


def test_regions_have_a_curve_each(model: lf.Model) -> None:
    world = model.run("world")
    china, rest = (world.region(name).supply_costs([2030]) for name in ("China", "rest_of_world"))
    assert set(china.loc[~china["home"], "origin"]) >= {"Australia", "Chile", "Argentina"}
    assert set(rest.loc[~rest["home"], "origin"]) == {"other"}
    mined = world.region("China")["concentrate_mined"].sel(year=2030)
    made = value((world.region("China").parameters["refining.yield"].sel(year=2030) * mined).sum(), "kt LCE/year")
    assert china.loc[china["home"], "delivered"].sum() == pytest.approx(made)
    with pytest.raises(lf.InputError, match=r'supply_costs: the run has regions; choose one, as run.region\("China"\)'):
        world.supply_costs()


def test_a_year_outside_and_a_run_with_members_are_refused(model: lf.Model, baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match=r"supply_costs: 2051 isn't a model year \(2010-2050\)"):
        baseline.supply_costs([2051])
    run = model.run(overrides={"collection.rate": wrap([0.4, 0.6], ("member",), "1", {"member": [0, 1]})})
    with pytest.raises(lf.InputError, match="supply_costs: the run has members; choose one"):
        run.supply_costs()


def test_the_curve_is_printed(baseline: lf.Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--costs"]) == 0
    assert costs_text(baseline, baseline.shown_years) in capsys.readouterr().out
    header, *lines = costs_text(baseline, [2020, 2030]).splitlines()
    assert "cost (USD/t LCE)" in header
    rows = [line.split() for line in lines if line.split()[0] in ("2020", "2030")]
    assert len(rows) == len(baseline.supply_costs([2020, 2030]))
    brine = next(row for row in rows if row[:3] == ["2020", "brine", "home"])
    assert brine[4:6] == ["–", "–"]
    assert "not known: capacity of home mines up to 2024" in lines[-1]


def test_all_home_resources_and_both_imports_of_all_origins_are_sources(baseline: lf.Run) -> None:
    found = [(source.resource, source.origin) for source in supplies(baseline.setting, baseline.ledger)]
    origins = baseline.setting.axes.labels("origin")
    resources = baseline.setting.axes.labels("resource")
    assert found[: len(resources)] == [(resource, "home") for resource in resources]
    assert found[len(resources) :] == [(kind, origin) for kind in ("concentrate", "salts") for origin in origins]

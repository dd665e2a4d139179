"""The table of energy and greenhouse gas."""

from __future__ import annotations

import pytest

import lithflow as lf
from lithflow.arrays import value
from lithflow.cli import main


def test_energy_is_intensity_times_what_is_made(baseline: lf.Run) -> None:
    table = baseline.energy([2030])
    made = float(value(baseline["capacity_made"].sel(year=2030).sum("chemistry"), "kWh/year"))
    per_kwh = float(value(baseline.parameters["footprint.cell_energy"].sel(year=2030), "MJ/kWh"))
    assert table.loc[("energy used: cells", "PJ/year"), 2030] == pytest.approx(made * per_kwh / 1e9)
    gas = float(value(baseline["emissions"].sel(year=2030, activity="recycling"), "t CO2e/year"))
    assert table.loc[("greenhouse gas: recycling", "kt CO2e/year"), 2030] == pytest.approx(gas / 1e3)


def test_second_use_delivers_less_than_it_stores(model: lf.Model, baseline: lf.Run) -> None:
    assert not any("second use" in what for what, _ in baseline.energy().index)
    table = model.run(cohorts=True).energy([2035])[2035].droplevel("unit")
    for step in ("low_speed", "grid", "home"):
        assert 0.0 < table[f"delivered by second use: {step}"] < table[f"stored in second use: {step}"]


def test_the_shell_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--energy"]) == 0
    shown = capsys.readouterr().out
    assert "greenhouse gas: refining" in shown
    assert "delivered by second use: grid" in shown


def test_members_are_refused(model: lf.Model) -> None:
    run = model.ensemble(members=2, seed=1, parameters=["collection.rate"])
    members = model.run(overrides={"collection.rate": run.parameters["collection.rate"]})
    with pytest.raises(lf.InputError, match="energy: the run has members"):
        members.energy()

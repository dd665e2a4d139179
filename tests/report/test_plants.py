"""The table of plants: utilisation and overcapacity of every stage."""

from __future__ import annotations

import pytest

import lithflow as lf
from lithflow.arrays import wrap
from lithflow.cli import main
from lithflow.report.plants import STAGES, plants_text
from tests.chain.ledgers import number


def test_every_stage_has_a_utilisation_and_an_overcapacity(baseline: lf.Run) -> None:
    table = baseline.plants((2020, 2035))
    assert len(table) == 2 * len(STAGES)
    for stage, (name, unit) in STAGES.items():
        used = table.loc[(f"{stage}: utilisation", "percent"), 2035]
        assert used == pytest.approx(100.0 * number(baseline, f"{name}_utilisation", 2035, "1"))
        idle = table.loc[(f"{stage}: overcapacity", unit), 2035]
        assert idle == pytest.approx(number(baseline, f"{name}_overcapacity", 2035, unit))
        assert (used < 100.0) == (idle > 0.0)


def test_plants_are_printed(baseline: lf.Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--plants"]) == 0
    printed = capsys.readouterr().out
    assert plants_text(baseline, baseline.shown_years) in printed
    assert "cathode plants: overcapacity" in printed
    assert (
        baseline.plants((2020,))
        .loc[[("mines: utilisation", "percent"), ("mines: overcapacity", "kt LCE/year")]]
        .isna()
        .all(axis=None)
    )
    assert "capacity of home mines: –, not known, up to 2024" in plants_text(baseline, (2020, 2030))
    assert "not known" not in plants_text(baseline, (2030,))


def test_plants_of_members_and_of_years_outside_are_refused(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"collection.rate": wrap([0.4, 0.6], ("member",), "1", {"member": [0, 1]})})
    with pytest.raises(lf.InputError, match="plants: the run has members; choose one"):
        run.plants()
    with pytest.raises(lf.InputError, match="plants: years 2010 to 2050 are there, got 1999"):
        baseline.plants([1999])

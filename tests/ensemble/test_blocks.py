"""Runs with many members: in blocks, compiled or not, they are what each member is alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value, wrap
from lithflow.chain.variables import VARIABLES
from lithflow.ensemble import blocks
from lithflow.inputs.sampling import sample
from lithflow.stocks import members

COUNT = 5
POSTED = [name for name, variable in VARIABLES.items() if not variable.on_request]


@pytest.fixture(scope="module")
def drawn(model: lf.Model) -> dict[str, Any]:
    """Every uncertain parameter, drawn within its range."""
    return sample(model.inputs, COUNT, seed=3)


@pytest.fixture(scope="module")
def together(model: lf.Model, drawn: dict[str, Any]) -> lf.Run:
    return model.run(overrides=drawn)


def assert_same(one: lf.Run, other: lf.Run, rtol: float = 1e-9) -> None:
    for name in POSTED:
        wanted = one.ledger.values(name)
        scale = np.nanmax(np.abs(wanted))
        np.testing.assert_allclose(other.ledger.values(name), wanted, rtol=rtol, atol=1e-13 * scale, err_msg=name)


def test_blocks_change_nothing(
    model: lf.Model, drawn: dict[str, Any], together: lf.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 3)
    assert_same(together, model.run(overrides=drawn), rtol=1e-12)


def test_the_plain_way_gives_the_same(
    model: lf.Model, drawn: dict[str, Any], together: lf.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "find_spec", lambda name: None)
    assert_same(together, model.run(overrides=drawn))


def test_following_production_years_gives_the_same(model: lf.Model, drawn: dict[str, Any], together: lf.Run) -> None:
    followed = model.run(overrides=drawn, cohorts=True)
    assert_same(together, followed)
    assert followed.cohorts("fleet_batteries").sizes["production_year"] == len(followed.years)
    assert {entry.route for entry in followed.balance.entries} == {"process", "whole", "cohort"}


def test_a_member_drawn_is_what_it_is_alone(model: lf.Model, drawn: dict[str, Any], together: lf.Run) -> None:
    own = {name: array.isel(member=3, drop=True) for name, array in drawn.items()}
    alone = model.run(overrides=own)
    for name in POSTED:
        array = together[name]
        array = array.isel(member=3) if "member" in array.dims else array
        wanted = alone.ledger.values(name)
        scale = np.nanmax(np.abs(wanted))
        found = value(array, VARIABLES[name].unit)
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12 * scale, err_msg=name)


def test_a_step_by_residence_works_with_members(model: lf.Model) -> None:
    rates = wrap([0.3, 0.9], ("member",), "1", {"member": [0, 1]})
    overrides = {"reuse.basis": "residence", "collection.rate": rates}
    run = model.run(overrides=overrides)
    alone = model.run(overrides={**overrides, "collection.rate": 0.9})
    wanted = alone.ledger.values("salts_recovered")
    np.testing.assert_allclose(run.ledger.values("salts_recovered")[..., 1], wanted, rtol=1e-9)


def test_cells_drawn_from_inventories_hold_what_they_held(model: lf.Model) -> None:
    rates = wrap([0.3, 0.9], ("member",), "1", {"member": [0, 1]})
    drawn = {"values": {2024: 10, 2030: 0, 2031: -60, 2032: 0}, "from": 2025, "unit": "GWh/year"}
    overrides = {"collection.rate": rates, "cells.inventory_build": drawn}
    run = model.run(overrides=overrides)
    alone = model.run(overrides={**overrides, "collection.rate": 0.9})
    assert alone.ledger.values("capacity_drawn").any()
    for name in ("fleet_batteries", "metals_retired", "salts_recovered", "cell_inventory"):
        found, wanted = run.ledger.values(name), alone.ledger.values(name)
        found = found[..., 1] if "member" in run[name].dims else found
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12 * wanted.max(), err_msg=name)


@pytest.mark.parametrize(
    ("name", "some", "unit"),
    [
        ("trade.concentrate_exports", 500.0, "t Li/year"),
        ("refining.surplus_kept", 1.0, "1"),
        ("collection.rate", 0.5, "1"),
    ],
)
def test_blocks_may_differ_in_what_varies(
    model: lf.Model, name: str, some: float, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With and without a measure in one ensemble: a block without it may lack what the others have."""
    values = [0.0, 0.0, 0.0, some, some]
    overrides = {name: wrap(values, ("member",), unit, {"member": list(range(5))})}
    whole = model.run(overrides=overrides)
    for size in (1, 2):
        monkeypatch.setattr(blocks, "BLOCK", size)
        found = model.run(overrides=overrides)
        for flow in POSTED:
            one, other = (
                run.ledger.values(flow) if "member" in run[flow].dims else run.ledger.values(flow)[..., None]
                for run in (whole, found)
            )
            scale = np.nanmax(np.abs(one))
            np.testing.assert_allclose(*np.broadcast_arrays(one, other), rtol=1e-12, atol=1e-13 * scale, err_msg=flow)


def test_the_certificate_is_of_all_members(model: lf.Model, together: lf.Run, baseline: lf.Run) -> None:
    one = sum(1 for entry in baseline.balance.entries if entry.route != "cohort")
    entries = together.balance.entries
    assert sum(1 for entry in entries if entry.route != "cohort") == one
    worst = max((entry for entry in entries if entry.route != "cohort"), key=lambda entry: entry.relative)
    followed = {0, worst.place[-1]} if worst.by_member else {0}
    assert sum(1 for entry in entries if entry.route == "cohort") == 2 * len(followed)
    assert together.balance.cells > COUNT * (baseline.balance.cells // 2)
    assert together.balance.worst.relative <= 1e-12


def test_members_are_not_followed_by_production_year_unless_asked(together: lf.Run) -> None:
    with pytest.raises(lf.InputError, match="isn't followed by production year"):
        together.cohorts("fleet_batteries")


def test_a_member_of_another_block_is_named(model: lf.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 2)
    imported = wrap([0.0, 10.0, 20.0, 1e6], ("member",), "t Li/year", {"member": ["a", "b", "c", "d"]})
    with pytest.raises(lf.NegativeFlowError, match=r"imported is negative: .*member d"):
        model.run(overrides={"trade.black_mass_imports": imported})


def test_an_imbalance_of_one_member_is_seen(
    model: lf.Model, drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import lithflow.model

    whole = lithflow.model.prove

    def spoilt(setting: Any, ledger: Any) -> Any:
        labels = setting.axes.labels("member") if "member" in setting.axes else ()
        if 4 in labels:
            ledger.values("tailings")[30, 0, labels.index(4)] *= 1.01
        return whole(setting, ledger)

    monkeypatch.setattr(lithflow.model, "prove", spoilt)
    monkeypatch.setattr(blocks, "BLOCK", 3)
    with pytest.raises(lf.MassBalanceError, match="member 4"):
        model.run(overrides=drawn)


def test_members_that_change_no_flow(model: lf.Model) -> None:
    run = model.run(overrides={"mining.cost": wrap([1e3, 2e3], ("member",), "USD/t LCE", {"member": [0, 1]})})
    assert run.balance.ok
    assert "member" not in run["salts_refined"].dims


def test_the_record_names_arrays_by_their_digest(together: lf.Run) -> None:
    text = together.provenance["overrides"]["collection.rate"]
    assert text.startswith("array (")
    assert f"member: {COUNT}) in 1, sha256 " in text


def test_a_run_with_members_goes_to_a_file_and_back(together: lf.Run, tmp_path: Any) -> None:
    together.to_netcdf(tmp_path / "run.nc")
    back = lf.open_run(tmp_path / "run.nc")
    np.testing.assert_array_equal(back.ledger.values("salts_recovered"), together.ledger.values("salts_recovered"))
    assert back.balance.ok

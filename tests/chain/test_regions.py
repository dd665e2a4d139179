"""Regions side by side: alone they are single runs, together they trade, and the world balances."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value, with_values, wrap
from lithflow.balance import certify
from lithflow.certificate import MassBalanceError
from lithflow.chain.ledger import NegativeFlowError
from lithflow.chain.trade import TRADED
from lithflow.report.tables import remarks
from tests.chain.ledgers import POSTED, labels, tampered

HEAD = "title: Mine\nreason: To see.\nsource: assumption\n"
TWINS = "region: {north: the north, south: the south}\n"


def folder(place: Path, scenario: str, dimensions: str = TWINS, **regions: str) -> lf.Model:
    """Write a folder with a scenario `mine` and a file for each region, and load it."""
    for part in ("scenarios", "regions"):
        (place / part).mkdir(parents=True)
    (place / "dimensions.yaml").write_text(dimensions, encoding="utf-8")
    (place / "scenarios" / "mine.yaml").write_text(HEAD + scenario, encoding="utf-8")
    labels = re.findall(r"(\w+):", dimensions.removeprefix("region:"))
    for name in labels:
        (place / "regions" / f"{name}.yaml").write_text(HEAD + regions.get(name, ""), encoding="utf-8")
    return lf.load(place)


def amount(run: lf.Run, name: str) -> np.ndarray[Any, Any]:
    return run.ledger.values(name)


def same(run: lf.Run, other: lf.Run, names: Mapping[str, Any] = POSTED, rtol: float = 1e-11) -> None:
    for name in names:
        expected = amount(other, name)
        scale = np.nanmax(np.abs(expected))
        np.testing.assert_allclose(amount(run, name), expected, rtol=rtol, atol=1e-13 * scale, err_msg=name)


@pytest.fixture(scope="module")
def world(model: lf.Model) -> lf.Run:
    return model.run("world")


# China and the rest of the world


def test_china_within_the_world_is_the_baseline(world: lf.Run, baseline: lf.Run) -> None:
    china = world.region("China")
    same(china, baseline, rtol=1e-12)
    for name, indicator in lf.INDICATORS.items():
        np.testing.assert_allclose(
            value(china[name], indicator.unit), value(baseline[name], indicator.unit), rtol=1e-12, err_msg=name
        )


def test_what_one_sells_the_other_buys(world: lf.Run) -> None:
    """Nothing is outside this world, so the flows of the two regions mirror each other, step by step."""
    china, rest = world.region("China"), world.region("rest_of_world")
    for imported, exported in TRADED.values():
        for buyer, seller in ((china, rest), (rest, china)):
            bought = amount(buyer, imported).reshape(len(world.years), -1).sum(axis=1)
            sold = amount(seller, exported).reshape(len(world.years), -1).sum(axis=1)
            np.testing.assert_allclose(bought, sold, rtol=1e-12, atol=1e-9, err_msg=imported)
    for imported, exported in (
        ("vehicles_imported", "vehicles_exported"),
        ("capacity_imported", "capacity_exported"),
        ("device_capacity_imported", "device_capacity_exported"),
        ("vehicle_capacity_imported", "vehicle_capacity_exported"),
        ("vehicle_metals_imported", "vehicle_metals_exported"),
        ("metals_imported", "metals_exported"),
    ):
        np.testing.assert_allclose(amount(rest, imported), amount(china, exported), rtol=1e-12, err_msg=imported)
    assert amount(china, "concentrate_imported").any()
    assert amount(rest, "cells_imported").any()


def test_the_world_balances_with_its_trade(world: lf.Run) -> None:
    assert world.balance.worst.relative <= 1e-12
    routes = world.balance.table().groupby("route").size()
    assert routes["trade"] == 2 * len(TRADED)
    assert routes["world"] == 2, "lithium and metals"


def test_a_wrong_record_of_trade_is_found(world: lf.Run) -> None:
    setting, ledger = world.setting, world.ledger
    held = {"lithium": np.zeros((1, 1))}
    record = ledger.arrays["trade_between_regions"]
    values = ledger.values("trade_between_regions").copy()
    values[5, 0, :, :] *= 1.001
    try:
        ledger.arrays["trade_between_regions"] = with_values(record, values, "t Li/year")
        with pytest.raises(MassBalanceError, match=r"mass balance of concentrate .*ported in 2015"):
            certify(ledger, setting.years, held, world.last_observed)
    finally:
        ledger.arrays["trade_between_regions"] = record


@pytest.mark.parametrize("name", ["metals_from_outside", "metals_to_outside"])
def test_a_wrong_record_of_metals_is_found(world: lf.Run, name: str) -> None:
    place = (world.years.index(2030), list(TRADED).index("cells"), 0, 0)
    ledger = tampered(world, name, place, to=1.0)
    with pytest.raises(MassBalanceError, match="mass balance of the world in 2030, layer metals"):
        certify(ledger, world.years, {}, world.last_observed)


def test_the_record_says_who_delivers(world: lf.Run) -> None:
    record = world["trade_between_regions"]
    assert record.dims == ("year", "trade_stage", "partner", "region")
    to_china = record.sel(trade_stage="concentrate", region="China")
    np.testing.assert_allclose(
        value(to_china.sel(partner="rest_of_world"), "t Li/year"),
        amount(world.region("China"), "concentrate_imported").sum(axis=1),
        rtol=1e-12,
    )
    assert not value(to_china.sel(partner="China"), "t Li/year").any()
    cells = world["capacity_between_regions"].sel(trade_stage="cells", partner="China", region="rest_of_world")
    np.testing.assert_allclose(value(cells.sel(year=2024), "GWh/year"), 133.7, rtol=1e-9)
    assert not value(world["capacity_between_regions"].sel(trade_stage="salts"), "GWh/year").any()


def test_what_mines_deliver_and_nobody_takes_is_shown(world: lf.Run) -> None:
    """Mine output of the past is data; the difference to what the chain took is a stock, and not spread elsewhere."""
    rest = world.region("rest_of_world")
    last = world.setting.last
    output = value(rest.parameters["mining.output"], "t Li/year")[: last + 1]
    np.testing.assert_allclose(amount(rest, "concentrate_mined")[: last + 1], output, rtol=1e-12)
    stock = amount(rest, "concentrate_stock")
    assert stock[last] > 0.0
    assert np.diff(stock)[last:].max() <= 1e-9 * stock[last], "later mines deliver no more than is wanted"
    assert any("no figure says what became of them" in remark for remark in remarks(rest))


def test_only_what_is_refined_takes_energy(world: lf.Run) -> None:
    """Concentrate that others refine is valued where they do."""
    rest = world.region("rest_of_world")
    made = amount(rest, "salts_refined").reshape(len(rest.years), -1).sum(axis=1)
    intensities = value(rest.parameters["footprint.refining_energy"], "MJ/t Li")
    used = value(rest["energy_used"].sel(activity="refining"), "MJ/year")
    per_tonne = used[made > 0.0] / made[made > 0.0]
    assert (per_tonne >= intensities.min() * (1.0 - 1e-9)).all()
    assert (per_tonne <= intensities.max() * (1.0 + 1e-9)).all()


def test_plants_beyond_their_capacity_are_told_of(world: lf.Run, baseline: lf.Run) -> None:
    assert any("cell plants make more than their stated capacity" in remark for remark in remarks(world))
    assert not any("stated capacity" in remark for remark in remarks(baseline))


# twins


def test_twins_without_trade_are_each_a_single_run(tmp_path: Path, baseline: lf.Run) -> None:
    run = folder(tmp_path, "regions: [north, south]\n").run("mine")
    for name in run.regions:
        same(run.region(name), baseline)
    assert not run["trade_between_regions"].data.magnitude.any()


STATED = """
  trade.vehicle_imports: {values: {car_bev: 20000, bus: 300}, from: 2021}
  trade.electrolyte_imports: {values: 5, from: 2016}
  trade.black_mass_imports: {values: 400, from: 2018}
"""


def test_twins_that_trade_are_as_one_that_trades_with_abroad(tmp_path: Path) -> None:
    """Each buys 40 % of its imports of a step from the other: it sells as much, as if it had exported it abroad."""
    part = 0.4
    steps = ("vehicles", "electrolyte", "cathode", "black_mass", "salts", "concentrate")
    shares = {}
    for name in ("north", "south"):
        of_steps = ", ".join(f"{step}: {{{name}: {part}}}" for step in steps)
        shares[name] = f"overrides: {{trade.import_partner_share: {{{of_steps}}}}}"
    model = folder(
        tmp_path,
        f"regions:\n  north: {{{shares['south']}}}\n  south: {{{shares['north']}}}\noverrides:{STATED}",
    )
    run = model.run("mine")
    twin = run.region("north")
    p = twin.parameters

    overrides: dict[str, Any] = {
        f"trade.{good}_imports": p[f"trade.{good}_imports"] for good in ("vehicle", "electrolyte", "black_mass")
    }
    for good in ("vehicle", "electrolyte", "cathode", "black_mass"):
        imported, own = p[f"trade.{good}_imports"], p[f"trade.{good}_exports"]
        overrides[f"trade.{good}_exports"] = own + part * imported
    salts = twin["salts_imported"].sum("origin")
    overrides["trade.salt_exports"] = p["trade.salt_exports"] + part * salts
    # imports are a share of what is wanted without the partner's imports; here these are exports like others
    share = value(p["trade.salt_import_share"], "1")
    overrides["trade.salt_import_share"] = with_values(p["trade.salt_import_share"], share / (1 + part * share), "1")
    sold = twin["concentrate_exported"]
    overrides["trade.concentrate_exports"] = sold
    alone = model.run("baseline", overrides=overrides)
    assert amount(alone, "concentrate_exported").any()
    # black mass from the partner holds other metals than that from abroad
    differing = {"metals_black_mass_imported", "metals_recovered", "metals_leaching_residue"}
    same(twin, alone, [name for name in POSTED if name not in differing], rtol=1e-9)
    bought = part * amount(twin, "black_mass_imported")[:, None] * metals_held(twin)
    expected = (1.0 - part) * amount(alone, "metals_black_mass_imported") + bought
    np.testing.assert_allclose(amount(twin, "metals_black_mass_imported"), expected, rtol=1e-9)
    same(run.region("south"), twin)


def metals_held(run: lf.Run) -> Any:
    """Give the metals of home black mass per lithium in it, (year, metal); zero where there is none."""
    metals, lithium = (amount(run, name).sum(axis=(1, 2)) for name in ("metals_in_black_mass", "black_mass"))
    return np.divide(metals, lithium[:, None], out=np.zeros_like(metals), where=lithium[:, None] > 0.0)


@pytest.mark.parametrize(("stated", "by", "partner"), [("import", "south", "north"), ("export", "north", "south")])
def test_black_mass_takes_its_metals_to_the_partner(
    tmp_path: Path, baseline: lf.Run, stated: str, by: str, partner: str
) -> None:
    """North has ternary batteries and sells black mass to south, in its own words or in those of the buyer."""
    families = ", ".join(f"{family}: {int(family == 'ternary')}" for family in labels(baseline, "cathode_family"))
    own = {
        "north": [f"fleet.family_share: {{from: 2015, values: {{default: {{{families}}}}}}}"],
        "south": ["trade.black_mass_import_family_share: {values: {lfp: 1, ternary: 0}}"],
    }
    own[by] += [
        f"trade.{stated}_partner_share.black_mass.{partner}: 1",
        f"trade.black_mass_{stated}s: {{values: 300, from: 2025}}",
    ]
    lines = "".join(f"  {name}: {{overrides: {{{', '.join(own[name])}}}}}\n" for name in own)
    run = folder(tmp_path, f"regions:\n{lines}").run("mine")
    assert run.balance.worst.relative <= 1e-12
    north, south = run.region("north"), run.region("south")
    got = amount(south, "metals_black_mass_imported")
    assert (got[north.years.index(2025) :] > 0.0).all()
    np.testing.assert_allclose(got, amount(north, "metals_black_mass_exported").sum(axis=(1, 2)), rtol=1e-12)
    np.testing.assert_allclose(got, amount(south, "black_mass_imported")[:, None] * metals_held(north), rtol=1e-9)
    assert not amount(north, "metals_black_mass_imported").any()


IMPORTS = {
    "cells": ("trade.cell_imports", "{values: 15, from: 2019}", "kWh/year"),
    "device_cells": ("trade.device_cell_imports", "{values: {consumer: 5}}", "kWh/year"),
    "cathode": ("trade.cathode_imports", "{add: {ternary: 10}, from: 2020}", "t/year"),
    "electrolyte": ("trade.electrolyte_imports", "{values: 5, from: 2016}", "t/year"),
    "vehicles": ("trade.vehicle_imports", "{values: {car_bev: 20000}, from: 2019}", "vehicle/year"),
}


@pytest.mark.parametrize("step", IMPORTS)
def test_twins_that_buy_from_each_other_make_what_they_would_alone(tmp_path: Path, step: str) -> None:
    """All imports of a step come from the twin, which sells as much as it buys."""
    name, imports, unit = IMPORTS[step]
    model = folder(
        tmp_path,
        "regions:\n"
        f"  north: {{overrides: {{trade.import_partner_share.{step}.south: 1}}}}\n"
        f"  south: {{overrides: {{trade.import_partner_share.{step}.north: 1}}}}\n"
        # the mix of what is in stock follows that of all exports
        f"overrides:\n  {name}: {imports}\n  cells.inventory_build: 0\n",
    )
    north = model.run("mine").region("north")
    alone = model.run(overrides={name: lf.Q_(0, unit), "cells.inventory_build": lf.Q_(0, "kWh/year")})
    for made in ("vehicles_made", "capacity_made", "cathode_output", "electrolyte_output", "salts_refined"):
        expected = amount(alone, made)
        np.testing.assert_allclose(amount(north, made), expected, rtol=1e-9, atol=1e-12 * expected.max(), err_msg=made)
    imported, exported = TRADED[step]
    assert amount(north, imported).any()
    np.testing.assert_allclose(
        amount(north, imported).sum(), amount(north, exported).sum() - amount(alone, exported).sum(), rtol=1e-9
    )


def test_members_trade_as_single_runs_do(tmp_path: Path) -> None:
    model = folder(tmp_path, "regions: [north, south]\n")
    axes = model.inputs.axes.extended({"region": ["north", "south"], "member": [0, 1]})
    stages, partners = axes.labels("trade_stage"), axes.labels("partner")
    shares = np.zeros((len(axes.labels("year")), len(stages), len(partners), 2, 2))
    for member, share in enumerate((0.2, 0.9)):
        shares[:, :2, partners.index("south"), 0, member] = share
    dims = ("year", "trade_stage", "partner", "region", "member")
    together = model.run("mine", overrides={"trade.import_partner_share": axes.wrap(shares, dims, "1")})
    assert together.balance.worst.relative <= 1e-12
    for member in (0, 1):
        one = wrap(shares[..., member], dims[:4], "1", {dim: axes.labels(dim) for dim in dims[:4]})
        alone = model.run("mine", overrides={"trade.import_partner_share": one})
        for name in ("concentrate_imported", "salts_exported", "salts_refined"):
            own = together[name].isel(member=member)
            np.testing.assert_allclose(
                value(own, "t Li/year"), value(alone[name], "t Li/year"), rtol=1e-9, atol=1e-9, err_msg=name
            )


def test_the_order_of_regions_changes_nothing(tmp_path: Path, world: lf.Run) -> None:
    (tmp_path / "dimensions.yaml").write_text(
        "region: {rest_of_world: all other countries, China: the records as they are}\n", encoding="utf-8"
    )
    turned = lf.load(tmp_path).run("world")
    assert turned.regions == ("rest_of_world", "China")
    for name in world.regions:
        same(turned.region(name), world.region(name))


def test_three_provinces_of_a_user(tmp_path: Path) -> None:
    """A third makes cells for the two others, and one of them has no mines."""
    third = "overrides:\n  fleet.registrations: {scale: 0.33}\n"
    third += "  mining.output: {scale: %s}\n  mining.capacity: {scale: %s}\n"
    model = folder(
        tmp_path,
        "regions:\n"
        "  west:\n"
        "  middle: {overrides: {trade.import_partner_share: {cells: {west: 0.5, east: 0.2}, salts: {west: 0.3}}}}\n"
        "  east: {overrides: {trade.export_partner_share: {cathode: {west: 0.5}}}}\n"
        "overrides:\n  trade.cell_imports: {values: 3, from: 2019}\n",
        dimensions="region: {west: a, middle: b, east: c}\n",
        west=third % (1, 1),
        middle=third % (0.5, 0),
    )
    run = model.run("mine")
    assert run.balance.worst.relative <= 1e-12
    record = value(run["trade_between_regions"].sel(year=2024), "t Li/year")
    west, middle, east = 0, 1, 2
    cells, salts, cathode = (list(TRADED).index(step) for step in ("cells", "salts", "cathode"))
    assert record[cells, west, middle] == pytest.approx(2.5 * record[cells, east, middle])
    assert record[salts, west, middle] > 0.0
    assert record[cathode, east, west] > 0.0
    assert np.count_nonzero(record) == 4


# what a region doesn't use


def test_nothing_is_refused_in_the_shipped_world(world: lf.Run) -> None:
    assert not amount(world, "trade_refused").any()
    assert not any("refused" in remark for remark in remarks(world))


BEYOND = {
    "cells": "cell_exports",
    "device_cells": "device_cell_exports",
    "vehicles": "vehicle_exports",
    "cathode": "cathode_exports",
    "electrolyte": "electrolyte_exports",
    "salts": "salt_exports",
}


@pytest.mark.parametrize("step", BEYOND)
def test_what_a_region_does_not_use_is_neither_shipped_nor_made(model: lf.Model, world: lf.Run, step: str) -> None:
    """China would send thirty times as much: the rest of the world takes what it uses, and China makes no more."""
    more = {f"China/trade.{BEYOND[step]}": {"scale": 30}}
    run = model.run("world", overrides=more)
    assert run.balance.worst.relative <= 1e-12
    to_rest = {"trade_stage": step, "partner": "China", "region": "rest_of_world"}
    sent, refused, before = (
        value(array.sel(to_rest), "t Li/year")
        for array in (run["trade_between_regions"], run["trade_refused"], world["trade_between_regions"])
    )
    assert (refused >= 0.0).all()
    assert refused.any()
    np.testing.assert_allclose(sent + refused, 30 * before, rtol=1e-12)
    assert (sent >= before * (1.0 - 1e-12)).all()
    china, rest = run.region("China"), run.region("rest_of_world")
    bought, sold = (
        amount(which, name).reshape(len(run.years), -1).sum(axis=1)
        for which, name in ((rest, TRADED[step][0]), (china, TRADED[step][1]))
    )
    np.testing.assert_allclose(bought, sold, rtol=1e-12)
    assert any(f"more {step.replace('_', ' ')} than are used here" in remark for remark in remarks(rest))
    with pytest.raises(NegativeFlowError, match=r"refuse what they don't use \(trade.unwanted_refused: 1\)"):
        model.run("world", overrides=more | {"trade.unwanted_refused": 0.0})


def test_a_chemistry_that_is_refused_is_made_no_more(model: lf.Model, world: lf.Run) -> None:
    """Where imports of a chemistry cover all that a region uses, its own makers make none; the others stay."""
    run = model.run("world", overrides={"China/trade.cathode_exports.lco": {"scale": 30}}).region("rest_of_world")
    before = world.region("rest_of_world")
    lco = run["cathode_to_cells"].chemistry.values.tolist().index("LCO")
    for name in ("cathode_to_cells", "cathode_imported"):
        others = np.delete(amount(run, name), lco, axis=1)
        np.testing.assert_allclose(others, np.delete(amount(before, name), lco, axis=1), rtol=1e-12, err_msg=name)
    assert not amount(run, "cathode_to_cells")[:, lco].any()
    used = amount(before, "cathode_to_cells") + amount(before, "cathode_imported")
    np.testing.assert_allclose(amount(run, "cathode_imported")[:, lco], used[:, lco], rtol=1e-12)


def test_refusing_changes_nothing_where_all_is_used(tmp_path: Path) -> None:
    shares = "{trade.import_partner_share: {cells: {%s: 0.5}, cathode: {%s: 0.5}, salts: {%s: 0.5}}}"
    model = folder(
        tmp_path,
        f"regions:\n  north: {{overrides: {shares % (('south',) * 3)}}}\n"
        f"  south: {{overrides: {shares % (('north',) * 3)}}}\n"
        "overrides: {trade.cell_imports: {values: 3, from: 2019}}\n",
    )
    run, kept = (model.run("mine", overrides={"trade.unwanted_refused": rule}) for rule in (0.0, 1.0))
    assert amount(run, "trade_between_regions").any()
    assert not amount(kept, "trade_refused").any()
    same(kept, run, rtol=1e-12)


def test_brine_that_nobody_wants_is_set_aside_as_brine(model: lf.Model) -> None:
    """Where spodumene isn't all that mines deliver beyond use, it is the losses of brine plants that are spared."""
    run = model.run(
        "world",
        overrides={
            "rest_of_world/mining.output": {
                "values": {"spodumene": 0, "brine": {2010: 20, 2023: 150}},
                "unit": "kt Li/year",
            },
        },
    )
    assert run.balance.worst.relative <= 1e-12
    rest = run.region("rest_of_world")
    at = run.years.index(2023)
    assert value(rest["concentrate_stock"], "t Li")[at] > 0.0
    lost = value(rest["refining_residue"], "t Li/year")[at]
    made = value(rest["salts_refined"].sum(["feed", "salt"]), "t Li/year")[at]
    yields = value(rest.parameters["refining.yield"].sel(resource=["brine", "lepidolite"], year=2023), "1")
    assert made / yields.max() - made <= lost * (1 + 1e-9)
    assert lost <= made / yields.min() - made


def test_every_uncertain_parameter_of_the_world_can_be_drawn(model: lf.Model) -> None:
    run = model.ensemble("world", members=60, seed=4).run(
        keep=["trade_refused", "cathode_imported", "cathode_to_cells"]
    )
    assert run.balance.worst.relative <= 1e-12
    refused = run["trade_refused"].sum(["partner", "region"])
    some = value(refused, "t Li/year").any(axis=(0, 1))
    assert some.any()
    assert not some.all()
    assert not run.infeasible.any()


# what regions can't do


def test_nobody_trades_with_itself(tmp_path: Path) -> None:
    with pytest.raises(lf.InputErrors, match=r"mine.yaml:\d+:\d+ trade.*: north is a partner of itself"):
        folder(tmp_path, "regions:\n  north: {overrides: {trade.import_partner_share.salts.north: 0.4}}\n  south:\n")


def test_partners_deliver_no_more_than_all(tmp_path: Path) -> None:
    with pytest.raises(lf.InputErrors, match=r"partners of a come to 1\.2 of cells in 2010; expected 1 at most"):
        folder(
            tmp_path,
            "regions:\n  a: {overrides: {trade.import_partner_share.cells: {b: 0.6, c: 0.6}}}\n  b:\n  c:\n",
            dimensions="region: {a: a, b: b, c: c}\n",
        )


def test_an_override_is_checked_as_a_file_is(tmp_path: Path) -> None:
    model = folder(tmp_path, "regions: [north, south]\n")
    with pytest.raises(lf.InputError, match=r"trade.export_partner_share: south is a partner of itself"):
        model.run("mine", overrides={"south/trade.export_partner_share.cells.south": 0.5})


def test_batteries_that_hold_different_amounts_are_not_traded(tmp_path: Path) -> None:
    model = folder(
        tmp_path,
        "regions:\n  north: {overrides: {trade.export_partner_share.cells.south: 0.1}}\n"
        "  south: {overrides: {materials.cathode_per_kwh: {scale: 1.05}}}\n",
    )
    with pytest.raises(lf.InputError, match="regions trade cells that don't hold the same"):
        model.run("mine")
    without = model.run("mine", overrides={"north/trade.export_partner_share": 0.0})
    assert without.balance.ok


def test_a_text_is_the_same_everywhere(tmp_path: Path) -> None:
    model = folder(tmp_path, "regions:\n  north: {overrides: {materials.cathode_formula.LMO: LiMn2O4}}\n  south:\n")
    with pytest.raises(lf.InputError, match=r"materials.cathode_formula: a text can't differ by region"):
        model.run("mine")

"""Inventories: cells by production year, drawn first in, first out; what is drawn keeps what it was made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value, wrap
from lithflow.chain import mixes
from lithflow.chain.trade import METALS_TRADED
from tests.chain.ledgers import Array, content_of, labels, parameter, tampered

BUILD = {
    2010: 0,
    2017: 0,
    2018: 10,
    2019: 20,
    2020: -15,
    2021: 30,
    2022: -20,
    2023: -5,
    2024: 0,
    2026: 0,
    2027: -10,
    2028: 0,
}
SALT = {"LiPF6": {2010: 0.10, 2018: 0.11, 2019: 0.14, 2021: 0.12, 2030: 0.13}, "LiFSI": 0}
SWING: dict[str, Any] = {
    "cells.inventory_build": {"unit": "GWh/year", "values": BUILD},
    "materials.electrolyte_salt_share": {"unit": "1", "values": SALT},
}
"""Stocks that rise and fall, of cells whose lithium differs from year to year."""


@pytest.fixture(scope="module")
def swing(model: lf.Model) -> lf.Run:
    return model.run(overrides=SWING, cohorts=True)


def delivered(run: lf.Run) -> Array:
    """Traction cells delivered, (year, chemistry)."""
    return sum(
        (run.ledger.values(f"capacity_{taker}") for taker in ("to_vehicles", "replacing", "exported")), np.zeros(1)
    )


def drawn(run: lf.Run) -> Array:
    """Cells drawn from stock, (year, production year, chemistry)."""
    array: Array = value(run.cohorts("capacity_drawn"), "kWh/year")
    return array


def held(run: lf.Run) -> Array:
    """Cells in stock, (year, production year, chemistry)."""
    array: Array = value(run.cohorts("capacity_inventory"), "kWh")
    return array.sum(axis=tuple(range(2, array.ndim)))


def put_in(run: lf.Run) -> Array:
    """Capacity put into stock by year, after what the parameter says."""
    return np.maximum(parameter(run, "cells.inventory_build", "kWh/year"), 0.0)


def test_the_balance_holds_where_stocks_rise_and_fall(swing: lf.Run) -> None:
    assert swing.balance.worst.relative <= 1e-12


def test_cells_of_a_year_were_delivered_or_are_in_stock(swing: lf.Run) -> None:
    out = drawn(swing).sum(axis=2)
    for year in range(len(swing.years)):
        there = np.where(np.arange(len(swing.years)) <= year, put_in(swing), 0.0)
        np.testing.assert_allclose(out[: year + 1].sum(axis=0) + held(swing)[year], there, rtol=1e-12, atol=1e-3)


def test_what_is_drawn_is_the_fall_of_the_stock(swing: lf.Run) -> None:
    fall = np.maximum(-parameter(swing, "cells.inventory_build", "kWh/year"), 0.0)
    np.testing.assert_allclose(swing.ledger.values("capacity_drawn").sum(axis=1), fall, rtol=1e-12)
    assert (fall > 0.0).sum() == 4


def test_no_cell_leaves_before_an_older_one_of_its_chemistry(swing: lf.Run) -> None:
    flows = drawn(swing)
    for year, cohort, kind in zip(*np.nonzero(flows > 1.0), strict=True):
        came = np.zeros(len(swing.years))
        build = parameter(swing, "cells.inventory_build", "kWh/year")
        share = delivered(swing)[:, kind] / delivered(swing).sum(axis=1)
        came[build > 0.0] = (share * build)[build > 0.0]
        left_of_older = (came - flows[: year + 1, :, kind].sum(axis=0))[:cohort]
        assert (np.abs(left_of_older) < 1e-3).all(), (swing.years[year], swing.years[cohort])


def test_cells_made_are_those_delivered_and_the_change_of_the_stock(swing: lf.Run) -> None:
    values = swing.ledger.values
    others = values("capacity_to_devices").sum(axis=1) + values("device_capacity_exported").sum(axis=1)
    change = np.diff(values("capacity_inventory"), prepend=0.0)
    np.testing.assert_allclose(
        (values("capacity_made") - others).sum(axis=1), delivered(swing).sum(axis=1) + change, rtol=1e-12
    )
    assert (values("capacity_made") >= 0.0).all()


def by_hand(run: lf.Run) -> Array:
    """Lithium per capacity of cells delivered, from the matrix of draws, (year, chemistry)."""
    made = content_of(run)
    flows, wanted = drawn(run), delivered(run)
    old = np.einsum("tkm,km->tm", flows, made)
    return (old + (wanted - flows.sum(axis=1)) * made) / np.where(wanted > 0.0, wanted, 1.0)


@pytest.mark.parametrize("taker", ["to_vehicles", "replacing", "exported"])
def test_lithium_of_cells_from_stock_is_that_of_the_year_they_were_made(swing: lf.Run, taker: str) -> None:
    capacity = swing.ledger.values(f"capacity_{taker}")
    np.testing.assert_allclose(swing.ledger.values(f"cells_{taker}"), by_hand(swing) * capacity, rtol=1e-12)


def test_a_battery_keeps_the_lithium_of_its_cells_to_the_end(swing: lf.Run) -> None:
    at = swing.years.index(2022)
    for lithium, capacity in (("batteries_retired", "capacity_retired"), ("fleet_batteries", "fleet_capacity")):
        amount = swing.ledger.details[capacity]
        away = [dim for dim in amount.dims if dim not in ("year", "production_year", "chemistry")]
        by_kind = value(amount.sum(away) if away else amount, lf_unit(capacity))[:, at]
        of_cohort = swing.ledger.cohorts[lithium][:, at]
        np.testing.assert_allclose(of_cohort, by_kind @ by_hand(swing)[at], rtol=1e-12, err_msg=lithium)
    made = content_of(swing)[at]
    iron = labels(swing, "chemistry").index("LFP")
    assert by_hand(swing)[at, iron] > made[iron], "most cells drawn are of 2019, whose electrolyte held most lithium"


def lf_unit(name: str) -> str:
    return lf.VARIABLES[name].unit


def test_metals_are_drawn_with_the_cells(model: lf.Model) -> None:
    per_kwh = {"unit": "kg/kWh", "values": {"default": {2010: 1.5, 2020: 1.5, 2021: 2.5, 2022: 1.5, 2050: 1.5}}}
    run = model.run(overrides={**SWING, "materials.cathode_per_kwh": per_kwh})
    assert run.balance.worst.relative <= 1e-12
    nickel = labels(run, "metal").index("Ni")
    plain = model.run(overrides={"cells.inventory_build": lf.Q_(0, "GWh/year"), "materials.cathode_per_kwh": per_kwh})
    at = run.years.index(2022)
    with_stock, without = (each.ledger.values("metals_registered")[at, :, nickel].sum() for each in (run, plain))
    assert with_stock > without, "cells of 2021 held more nickel than those of 2022"


def test_without_a_fall_of_the_stock_all_cells_delivered_are_of_the_year(baseline: lf.Run) -> None:
    assert not baseline.ledger.values("capacity_drawn").any()
    for taker in ("to_vehicles", "exported"):
        expected = baseline.ledger.values(f"capacity_{taker}") * content_of(baseline)
        np.testing.assert_allclose(baseline.ledger.values(f"cells_{taker}"), expected, rtol=1e-12)


def test_a_stock_may_be_drawn_to_the_last_cell(model: lf.Model) -> None:
    build = {2017: 0, 2018: 12, 2019: 0, 2020: -12, 2021: 0}
    run = model.run(overrides={"cells.inventory_build": {"unit": "GWh/year", "values": build}}, cohorts=True)
    stock = run.ledger.values("capacity_inventory")
    assert stock[run.years.index(2019)] == pytest.approx(12e6)
    assert np.abs(stock[run.years.index(2020) :]).max() < 1e-3
    assert run.balance.worst.relative <= 1e-12


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"cells.inventory_build": {"unit": "GWh/year", "values": {2017: 0, 2018: 12, 2019: 0, 2020: -13, 2021: 0}}},
            r"capacity_inventory would fall below zero in 2020: cells\.inventory_build takes 13 GWh/year out, "
            r"where the stock holds 12, and 1[\d.]+ of chemistries that",
        ),
        (
            {"materials.cathode_inventory_build.lmfp": {"unit": "kt/year", "values": {2029: 0, 2030: -1, 2031: 0}}},
            r"cathode_stock would fall below zero in 2030: materials\.cathode_inventory_build\.lmfp takes 1 kt/year "
            r"out, where the stock holds 0, and 0 of chemistries that",
        ),
        (
            {"refining.stockpile_build": lf.Q_(-1, "kt Li/year")},
            r"salt_stock is negative: .* at year 20\d\d.*change what drives it \(refining\.stockpile_build\)",
        ),
    ],
)
def test_a_stock_can_not_fall_below_nothing(model: lf.Model, overrides: Any, message: str) -> None:
    with pytest.raises(lf.NegativeFlowError, match=message):
        model.run(overrides=overrides)


def test_a_stock_does_not_rise_where_nothing_says_of_what(model: lf.Model) -> None:
    nothing = {
        "fleet.registrations": lf.Q_(0, "vehicle/year"),
        "trade.cell_exports": lf.Q_(0, "GWh/year"),
        "trade.vehicle_exports": lf.Q_(0, "vehicle/year"),
    }
    with pytest.raises(lf.InputError, match=r"cells\.inventory_build puts goods into stock in 201\d, when none are"):
        model.run(overrides=nothing)


def by_member(rows: list[list[float]], dim: str, model: lf.Model) -> Any:
    years = list(range(2010, 2051))
    names = list(range(len(rows))) if dim == "member" else [f"region {i}" for i in range(len(rows))]
    return wrap(np.transpose(rows), ("year", dim), "kWh/year", {"year": years, dim: names})


@pytest.mark.parametrize("dim", ["member", "region"])
def test_members_and_regions_draw_each_for_itself(model: lf.Model, dim: str) -> None:
    years = np.arange(2010, 2051)
    rows = [
        1e6 * np.where(years == 2018, 20.0, np.where(years == 2021, -5.0, 0.0)),
        1e6 * np.where(years == 2018, 20.0, np.where(years == 2020, -18.0, 0.0)),
        np.zeros(len(years)),
    ]
    salt = SWING["materials.electrolyte_salt_share"]
    together = model.run(
        overrides={"cells.inventory_build": by_member(rows, dim, model), "materials.electrolyte_salt_share": salt}
    )
    assert together.balance.worst.relative <= 1e-12
    for place, row in enumerate(rows):
        own = wrap(row, ("year",), "kWh/year", {"year": years.tolist()})
        alone = model.run(overrides={"cells.inventory_build": own, "materials.electrolyte_salt_share": salt})
        for name in ("cells_to_vehicles", "capacity_drawn", "cell_inventory", "batteries_retired", "salts_recovered"):
            array = together[name]
            part = array.isel({dim: place}) if dim in array.dims else array
            expected = alone.ledger.values(name)
            np.testing.assert_allclose(
                value(part, lf_unit(name)), expected, rtol=1e-9, atol=1e-12 * max(np.abs(expected).max(), 1.0)
            )


OF_CHINA = {
    "China/cells.inventory_build": SWING["cells.inventory_build"],
    "materials.electrolyte_salt_share": SWING["materials.electrolyte_salt_share"],
}


def per_kwh(run: lf.Run, lithium: str, capacity: str) -> Array:
    """What a flow holds by year and chemistry, zero where there is none."""
    amount, size = (run.ledger.values(name) for name in (lithium, capacity))
    if amount.ndim == 3:
        amount, size = amount.sum(axis=1), size.sum(axis=1)
    return np.divide(amount, size, out=np.zeros(size.shape), where=size > 0.0)


def test_older_cells_that_are_sold_hold_the_same_at_the_partner(model: lf.Model, swing: lf.Run) -> None:
    run = model.run("world", overrides=OF_CHINA)
    assert run.balance.worst.relative <= 1e-12
    china, rest = run.region("China"), run.region("rest_of_world")
    assert rest.balance.worst.relative <= 1e-12
    np.testing.assert_allclose(china.ledger.values("cells_exported"), swing.ledger.values("cells_exported"), rtol=1e-12)
    of_china = by_hand(swing)
    for bought, capacity in (
        ("cells_imported", "capacity_imported"),
        ("batteries_imported", "vehicle_capacity_imported"),
    ):
        found = per_kwh(rest, bought, capacity)
        np.testing.assert_allclose(found, np.where(found > 0.0, of_china, 0.0), rtol=1e-12, err_msg=bought)
    record = run["trade_between_regions"].sel(partner="China", region="rest_of_world")
    for step, sold in (("cells", "cells_exported"), ("vehicles", "batteries_exported")):
        np.testing.assert_allclose(
            value(record.sel(trade_stage=step), "t Li/year"),
            china.ledger.values(sold).reshape(len(run.years), -1).sum(axis=1),
            rtol=1e-12,
        )

    # makers there hold no stock: what enters use is of the year but for what China sent of earlier years
    at, iron = run.years.index(2022), labels(run, "chemistry").index("LFP")

    def iron_of(*names: str) -> float:
        flows = (rest.ledger.values(name)[at] for name in names)
        return float(sum(flow.reshape(-1, flow.shape[-1]).sum(axis=0)[iron] for flow in flows))

    made, older = content_of(swing)[at, iron], of_china[at, iron]
    assert older > made
    np.testing.assert_allclose(
        iron_of("batteries_registered", "cells_replacing"),
        made * iron_of("capacity_registered", "capacity_replacing")
        + (older - made) * iron_of("capacity_imported", "vehicle_capacity_imported"),
        rtol=1e-12,
    )


RICHER = OF_CHINA | {"materials.cathode_per_kwh": {"from": 2021, "scale": 0.9}}
"""Older cells hold more metals than those of the year."""


def test_metals_of_older_cells_that_are_sold_are_those_that_are_bought(model: lf.Model) -> None:
    run = model.run("world", overrides=RICHER)
    assert run.balance.worst.relative <= 1e-12
    china, rest = run.region("China"), run.region("rest_of_world")
    for bought, sold in METALS_TRADED.values():
        got, sent = rest.ledger.values(bought), china.ledger.values(sold)
        away = tuple(axis for axis, dim in enumerate(lf.VARIABLES[sold].dims) if dim not in lf.VARIABLES[bought].dims)
        np.testing.assert_allclose(got, sent.sum(axis=away), rtol=1e-12, err_msg=bought)
    at, nickel = run.years.index(2022), labels(run, "metal").index("Ni")
    plain = model.run("world", overrides=RICHER | {"China/cells.inventory_build": lf.Q_(0, "GWh/year")})
    older, of_year = (each.region("rest_of_world").ledger.values("metals_imported")[at] for each in (run, plain))
    assert older[nickel] > 1.001 * of_year[nickel] > 0.0


def test_metals_valued_as_the_buyer_makes_them_are_seen(model: lf.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one region sells and another gets are proved against each other, lithium and metals."""
    mixed = mixes._mixed_contents

    def as_at_the_buyer(parts: Any, sent: Any, p: Any) -> Any:
        own = [(capacity.sum(axis=2), contents) for capacity, contents in sent]
        return replace(mixed(parts, sent, p), metals=mixed([*parts, *own], [], p).metals)

    monkeypatch.setattr(mixes, "_mixed_contents", as_at_the_buyer)
    with pytest.raises(lf.MassBalanceError, match=r"mass balance of the world in 20\d\d, layer metals"):
        model.run("world", overrides=RICHER)


def test_regions_that_draw_may_trade_both_ways_and_in_an_ensemble(tmp_path: Any) -> None:
    """Sold cells are of home makers, so that two regions that sell to each other need no iteration."""
    (tmp_path / "scenarios").mkdir()
    build = ", ".join(f"{year}: {amount}" for year, amount in BUILD.items())
    (tmp_path / "scenarios" / "both.yaml").write_text(
        "title: Both\nreason: To see.\nsource: assumption\nbased_on: world\noverrides:\n"
        f"  cells.inventory_build: {{values: {{{build}}}}}\n"
        "  materials.electrolyte_salt_share: {values: {LiPF6: {2010: 0.10, 2019: 0.14, 2021: 0.12}, LiFSI: 0}}\n"
        "regions:\n  China: {overrides: {trade.import_partner_share.cells.rest_of_world: 0.5}}\n"
        "  rest_of_world:\n",
        encoding="utf-8",
    )
    model = lf.load(tmp_path)
    imports = {"China/trade.cell_imports": {"from": 2019, "unit": "GWh/year", "values": 4}}
    run = model.run("both", overrides=imports)
    assert run.balance.worst.relative <= 1e-12
    assert run.region("China").ledger.values("cells_imported").any()
    assert run.region("rest_of_world").ledger.values("capacity_drawn").any()
    members = model.ensemble("both", members=6, seed=2, parameters=["fleet.pack_size", "trade.cell_exports"]).run()
    assert members.balance.worst.relative <= 1e-12


def test_older_cells_beyond_use_are_refused(model: lf.Model) -> None:
    overrides = OF_CHINA | {"China/trade.cell_exports": {"scale": 10}, "trade.unwanted_refused": 0.0}
    with pytest.raises(
        lf.InputError, match=r"rest_of_world imports more \w+ cells in 20\d\d than it uses, while .*trade\.cell_exports"
    ):
        model.run("world", overrides=overrides)
    run = model.run("world", overrides=overrides | {"trade.unwanted_refused": 1.0})
    assert run.balance.worst.relative <= 1e-12


def test_draws_beside_imports_are_proved(model: lf.Model) -> None:
    run = model.run(overrides=SWING | {"trade.cell_imports": {"from": 2019, "unit": "GWh/year", "values": 4}})
    assert run.balance.worst.relative <= 1e-12


def test_a_draw_that_was_tampered_with_is_seen(swing: lf.Run) -> None:
    """The certificate works out anew which cells were drawn."""
    from tests.chain.ledgers import certified

    at = swing.years.index(2022)
    assert certified(swing, tampered(swing, "capacity_drawn", at)).ok
    with pytest.raises(lf.MassBalanceError, match="production year in 2022"):
        certified(swing, tampered(swing, "capacity_drawn", at, 0.9))


def test_a_run_with_draws_reopens_as_the_same(swing: lf.Run, tmp_path: Any) -> None:
    swing.to_netcdf(tmp_path / "run.nc")
    again = lf.open_run(tmp_path / "run.nc")
    np.testing.assert_array_equal(again.ledger.values("capacity_drawn"), swing.ledger.values("capacity_drawn"))
    np.testing.assert_array_equal(drawn(again), drawn(swing))


@pytest.mark.parametrize("family", ["ternary", "lfp"])
def test_cathode_in_stock_is_made_before_it_is_wanted(model: lf.Model, family: str) -> None:
    name = "materials.cathode_inventory_build"
    build = {2010: 0, 2029: 0, 2030: 50, 2031: 0, 2034: 0, 2035: -50, 2036: 0}
    baseline = model.run(overrides={name: lf.Q_(0, "kt/year")})
    run = model.run(overrides={name: {"unit": "kt/year", "values": {family: build, "default": 0}}})
    assert run.balance.worst.relative <= 1e-12
    more = run.ledger.values("cathode_output") - baseline.ledger.values("cathode_output")
    own = baseline.ledger.values("cathode_output") * np.any(
        value(run.parameters["cells.grade_share"].sel(cathode_family=family), "1") > 0.0, axis=0
    )
    at = run.years.index(2030)
    np.testing.assert_allclose(more[at], 50e3 * own[at] / own[at].sum(), rtol=1e-9, atol=1e-6)
    by_year = dict(zip(run.years, more.sum(axis=1), strict=True))
    assert by_year[2030] == pytest.approx(50e3, rel=1e-9)
    assert by_year[2035] == pytest.approx(-50e3, rel=1e-9)
    stock = run.ledger.values("cathode_stock").sum(axis=1)
    assert stock[run.years.index(2032)] > 0.0
    assert abs(stock[-1]) < 1e-9 * stock.max()
    salts = run.ledger.values("salts_to_cathode") - baseline.ledger.values("salts_to_cathode")
    assert salts[run.years.index(2030)].sum() > 0.0 > salts[run.years.index(2035)].sum()


@pytest.mark.parametrize("kept", [0.0, 1.0])
def test_converters_put_imported_concentrate_aside_and_use_it_later(model: lf.Model, kept: float) -> None:
    """Salts made and residue are the same; imports come earlier by what lay in stock."""
    build = {"unit": "kt Li/year", "values": {2010: 0, 2018: 0, 2019: 6, 2020: 2, 2021: 0, 2022: -8, 2023: 0}}
    none = {"refining.concentrate_inventory_build": lf.Q_(0, "kt Li/year"), "refining.surplus_kept": kept}
    without = model.run(overrides=none)
    run = model.run(overrides={**none, "refining.concentrate_inventory_build": build})
    stock = run.ledger.values("concentrate_inventory")
    years = {year: place for place, year in enumerate(run.years)}
    assert stock[years[2018]] == 0.0
    assert stock[years[2021]] == pytest.approx(8_000.0)
    np.testing.assert_allclose(stock[years[2022] :], 0.0, atol=1e-6)
    more = (run.ledger.values("concentrate_imported") - without.ledger.values("concentrate_imported")).sum(axis=1)
    np.testing.assert_allclose(more, np.diff(stock, prepend=0.0), rtol=1e-9, atol=1e-6)
    for name in ("salts_refined", "refining_residue", "concentrate_mined", "salts_imported"):
        same = without.ledger.values(name)
        np.testing.assert_allclose(run.ledger.values(name), same, rtol=1e-9, atol=1e-9 * same.max(), err_msg=name)


def test_what_an_origin_does_not_deliver_is_not_put_aside(model: lf.Model) -> None:
    build = {"unit": "kt Li/year", "values": {2010: 0, 2027: 0, 2028: 10, 2029: 0}}
    run = model.run("import_shock", overrides={"refining.concentrate_inventory_build": build})
    at = run.years.index(2028)
    change = np.diff(run.ledger.values("concentrate_inventory"), prepend=0.0)[at]
    assert 0.0 < change < 10_000.0
    assert run.balance.ok


def test_concentrate_in_stock_is_used_whole_where_origins_fail(model: lf.Model) -> None:
    """A draw takes the place of imports, of which the lost share would have been missing."""
    name = "refining.concentrate_inventory_build"
    stock, at = 10_000.0, 18
    build = {2010: 0, 2019: 0, 2020: 10, 2021: 0, 2027: 0, 2028: -10, 2029: 0}
    kept = {year: size for year, size in build.items() if year < 2027}
    held, used = (
        model.run("import_shock", overrides={name: {"unit": "kt Li/year", "values": values}})
        for values in (kept, build)
    )
    assert held.years[at] == 2028
    assert held.ledger.values("concentrate_inventory")[at] == pytest.approx(stock)
    assert abs(used.ledger.values("concentrate_inventory")[at]) < 1e-6
    arriving = used.ledger.values("concentrate_imported").sum(axis=1) / (
        held.ledger.values("concentrate_imported").sum(axis=1)
    )
    assert arriving[at] < 1.0
    unmet = held.ledger.values("salts_unmet")[at].sum() - used.ledger.values("salts_unmet")[at].sum()
    less = held.ledger.values("concentrate_imported")[at].sum() - used.ledger.values("concentrate_imported")[at].sum()
    conversion = float(value(used.parameters["refining.yield"].sel(year=2028, resource="spodumene"), "1"))
    assert unmet == pytest.approx(conversion * (stock - less), rel=1e-6)
    assert unmet > 0.0
    assert used.balance.worst.relative <= 1e-12

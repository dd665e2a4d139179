"""The salt market: carbonate and hydroxide apart, conversion counted once, refining and trade close the balance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value
from tests.chain.ledgers import Array, labels, number, parameter

MAKERS = ("salts_to_cathode", "salts_to_electrolyte", "salts_to_anode")


def used_at_home(run: lf.Run) -> Array:
    """Give what makers of battery materials and other goods want, (year, salt)."""
    makers = sum(run.ledger.values(name) for name in MAKERS)
    return np.asarray(makers + run.ledger.values("salts_to_other_uses").sum(axis=1))


def primary_wanted(run: lf.Run) -> Array:
    """Give what recycling leaves to mines and trade, (year, salt)."""
    recovered = run.ledger.values("salts_recovered").sum(axis=(1, 2))
    build = parameter(run, "refining.stockpile_build", "t Li/year")
    return np.asarray(used_at_home(run) + run.ledger.values("salts_exported") + build - recovered)


def observed_years(run: lf.Run) -> int:
    return run.years.index(run.last_observed) + 1


def test_cathodes_take_the_salts_that_their_chemistry_needs(baseline: lf.Run) -> None:
    values = baseline.ledger.values
    made = values("cathode_to_cells") + values("cathode_exported")
    made = made + np.diff(values("cathode_stock"), axis=0, prepend=0.0)
    salts = made / parameter(baseline, "materials.cathode_yield", "1")[:, None]
    expected = salts @ parameter(baseline, "materials.cathode_salt_share", "1")
    np.testing.assert_allclose(values("salts_to_cathode"), expected, rtol=1e-12)


def test_more_high_nickel_takes_hydroxide_and_not_carbonate(model: lf.Model, baseline: lf.Run) -> None:
    nickel = model.run("high_nickel")
    hydroxide = [number(run, "salts_to_cathode", 2035, "kt LCE/year", salt="hydroxide") for run in (baseline, nickel)]
    carbonate = [number(run, "salts_to_cathode", 2035, "kt LCE/year", salt="carbonate") for run in (baseline, nickel)]
    assert hydroxide[1] > 2.0 * hydroxide[0]
    assert carbonate[1] < carbonate[0]


def test_electrolyte_and_anodes_are_made_from_carbonate(baseline: lf.Run) -> None:
    hydroxide = labels(baseline, "salt").index("hydroxide")
    for name in ("salts_to_electrolyte", "salts_to_anode"):
        assert not baseline.ledger.values(name)[:, hydroxide].any()
    assert baseline.ledger.values("salts_to_electrolyte").sum() > 0.0


def test_other_goods_take_their_own_salts(baseline: lf.Run) -> None:
    share = parameter(baseline, "uses.other_salt_share", "1")
    wanted = parameter(baseline, "uses.other_demand", "t Li/year")
    np.testing.assert_allclose(
        baseline.ledger.values("salts_to_other_uses"), wanted[:, :, None] * share, rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("scenario", ["baseline", "import_shock_reserve", "high_nickel"])
def test_each_salt_is_balanced_by_itself(model: lf.Model, scenario: str) -> None:
    run = model.run(scenario)
    values = run.ledger.values
    came = (
        values("salts_refined").sum(axis=1)
        + values("salts_imported").sum(axis=1)
        + values("salts_recovered").sum(axis=(1, 2))
        + values("salts_from_conversion")
        + values("salts_unmet")
    )
    kept = np.diff(values("salt_stock") + values("salt_reserve"), axis=0, prepend=0.0)
    gone = used_at_home(run) + values("salts_exported") + values("salts_converted") + kept
    np.testing.assert_allclose(came, gone, rtol=1e-12)


def test_hydroxide_is_made_from_carbonate_and_from_ore(baseline: lf.Run) -> None:
    """Of the hydroxide made at home a share is carbonate before, of which some lithium is lost."""
    values = baseline.ledger.values
    carbonate, hydroxide = (labels(baseline, "salt").index(salt) for salt in ("carbonate", "hydroxide"))
    at_home = primary_wanted(baseline) - values("salts_imported").sum(axis=1)
    made = parameter(baseline, "refining.converted_share", "1") * at_home[:, hydroxide]
    spent = made / parameter(baseline, "refining.conversion_yield", "1")
    np.testing.assert_allclose(values("salts_from_conversion")[:, hydroxide], made, rtol=1e-12)
    np.testing.assert_allclose(values("salts_converted")[:, carbonate], spent, rtol=1e-12)
    np.testing.assert_allclose(values("conversion_losses"), spent - made, rtol=1e-9)
    assert not values("salts_from_conversion")[:, carbonate].any()
    assert not values("salts_converted")[:, hydroxide].any()
    refined = values("salts_refined").sum(axis=1)
    np.testing.assert_allclose(refined[:, carbonate], at_home[:, carbonate] + spent, rtol=1e-12)
    np.testing.assert_allclose(refined[:, hydroxide], at_home[:, hydroxide] - made, rtol=1e-9)


@pytest.mark.parametrize("recovered", [1.0, 0.9])
def test_carbonate_that_becomes_hydroxide_counts_once(model: lf.Model, recovered: float) -> None:
    none, all_of_it = (
        model.run(overrides={"refining.converted_share": share, "refining.conversion_yield": recovered})
        for share in (0.0, 1.0)
    )
    for name in ("lithium_demand", "primary_supply", "recycled_content", "eol_recycling_input_rate"):
        unit = lf.INDICATORS[name].unit
        np.testing.assert_allclose(value(all_of_it[name], unit), value(none[name], unit), rtol=1e-10, err_msg=name)
    more = all_of_it.ledger.values("salts_refined").sum(axis=(1, 2)) - none.ledger.values("salts_refined").sum(
        axis=(1, 2)
    )
    lost = all_of_it.ledger.values("conversion_losses")
    np.testing.assert_allclose(more, lost, rtol=1e-9, atol=1e-9 * used_at_home(none).max())
    assert not none.ledger.values("salts_converted").any()
    hydroxide = labels(none, "salt").index("hydroxide")
    refined = all_of_it.ledger.values("salts_refined")
    assert np.abs(refined[..., hydroxide]).max() <= 1e-12 * refined.max()


def test_salt_imports_are_data_and_then_a_share_of_the_primary_salts(baseline: lf.Run) -> None:
    known = observed_years(baseline)
    imported = baseline.ledger.values("salts_imported").sum(axis=1)
    data = parameter(baseline, "trade.salt_imports", "t Li/year")
    np.testing.assert_allclose(imported[:known], data[:known], rtol=1e-12)
    share = parameter(baseline, "trade.salt_import_share", "1")
    np.testing.assert_allclose(imported[known:], (share * primary_wanted(baseline))[known:], rtol=1e-12)


def test_imports_are_split_by_origin(baseline: lf.Run) -> None:
    salts = baseline.ledger.values("salts_imported")
    share = parameter(baseline, "trade.salt_origin_share", "1")[:, :, None]
    np.testing.assert_allclose(salts, share * salts.sum(axis=1, keepdims=True), rtol=1e-12)
    ores = baseline.ledger.values("concentrate_imported")
    share = parameter(baseline, "trade.concentrate_origin_share", "1")
    np.testing.assert_allclose(ores, share * ores.sum(axis=1, keepdims=True), rtol=1e-12)


def test_refining_delivers_by_yield_and_imports_close_the_gap(baseline: lf.Run) -> None:
    values = baseline.ledger.values
    yields = parameter(baseline, "refining.yield", "1")
    put_aside = np.diff(values("concentrate_inventory"), prepend=0.0)
    mined, bought = values("concentrate_mined"), values("concentrate_imported").sum(axis=1) - put_aside
    feeds = labels(baseline, "feed")
    refined = values("salts_refined")
    at_home, imported = (refined[:, feeds.index(feed)] for feed in ("home", "imported"))
    np.testing.assert_allclose(at_home.sum(axis=1), (yields * mined).sum(axis=1), rtol=1e-12)
    hard_rock = yields[:, labels(baseline, "resource").index("spodumene")]
    np.testing.assert_allclose(imported.sum(axis=1), hard_rock * bought, rtol=1e-12)
    residue = ((1.0 - yields) * mined).sum(axis=1) + (1.0 - hard_rock) * bought
    np.testing.assert_allclose(values("refining_residue"), residue, rtol=1e-12)
    mix = refined.sum(axis=1) / refined.sum(axis=(1, 2))[:, None]
    for made in (at_home, imported):
        np.testing.assert_allclose(made, mix * made.sum(axis=1, keepdims=True), rtol=1e-12)


CARBONATE_BEYOND_USE = {
    "mining.output": lf.Q_(0, "t Li/year"),
    "trade.salt_imports.carbonate": {"from": 2020, "until": 2020, "add": 40, "unit": "kt Li/year"},
}
"""Too much of one salt isn't made up for by too little of the other."""


@pytest.mark.parametrize(
    ("overrides", "flow"),
    [
        ({"mining.output": {"scale": 50}}, "concentrate_imported"),
        ({"trade.salt_imports": {"scale": 100}}, "salts_from_conversion"),
        (CARBONATE_BEYOND_USE, "salts_refined"),
        ({"trade.cathode_imports": {"add": 1e6, "unit": "t/year"}}, "cathode_to_cells"),
    ],
)
def test_what_can_not_be_closed_is_an_error_that_names_the_year(model: lf.Model, overrides: Any, flow: str) -> None:
    with pytest.raises(
        lf.NegativeFlowError, match=rf"^{flow} is negative: .* at year 20\d\d.*Nothing is clipped in silence"
    ):
        model.run(overrides=overrides)


def test_a_stock_drawn_below_nothing_is_an_error(model: lf.Model) -> None:
    with pytest.raises(lf.NegativeFlowError, match="salt_stock is negative"):
        model.run(overrides={"refining.stockpile_build": lf.Q_(-1, "kt Li/year")})


def test_a_stockpile_is_built_from_imports_and_can_be_drawn_again(model: lf.Model) -> None:
    build = {2010: 0, 2029: 0, 2030: 10, 2031: 0, 2039: 0, 2040: -10, 2041: 0}
    of_carbonate = {"values": {"carbonate": build, "hydroxide": 0}, "unit": "kt Li/year"}
    nothing = {"values": {"carbonate": 0, "hydroxide": 0}, "unit": "kt Li/year"}
    without, run = (model.run(overrides={"refining.stockpile_build": stocked}) for stocked in (nothing, of_carbonate))
    stock = run.ledger.values("salt_stock")
    carbonate, hydroxide = (labels(run, "salt").index(salt) for salt in ("carbonate", "hydroxide"))
    assert stock[run.years.index(2035), carbonate] == pytest.approx(10_000.0)
    assert stock[-1, carbonate] == pytest.approx(0.0, abs=1e-6)
    assert not stock[:, hydroxide].any()
    bought = [
        sum(each.ledger.values(name).sum() for name in ("salts_refined", "salts_imported")) for each in (run, without)
    ]
    assert bought[0] == pytest.approx(bought[1], rel=1e-12)

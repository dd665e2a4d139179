"""One definition each: golden numbers, identities between indicators, and no bare recycling rate."""

from __future__ import annotations

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value
from lithflow.chain.ledger import Ledger
from lithflow.chain.variables import VARIABLES
from lithflow.indicators.definitions import evaluate
from tests.chain.ledgers import Array, by_hand

WEIGHTS = {"high_nickel": {"chemistry": np.array([1.0, 0.0])}, "ternary": {"chemistry": np.array([1.0, 0.0])}}


@pytest.fixture(scope="module")
def golden() -> Ledger:
    """G = 100, C = 60, C_R = 54, recovery 0.9, so O = 48.6; N = 18, P = 150, so U = 216.6; t Li/year."""
    return by_hand(
        {
            "vehicle_batteries_ended": {(): 80.0},
            "device_batteries_ended": {("storage",): 20.0},
            "batteries_retired": {("NMC811", "one_life"): 70.0, ("LFP", "one_life"): 30.0},
            "batteries_collected": {
                ("vehicle", "formal"): 30.0,
                ("vehicle", "informal"): 18.0,
                ("storage", "formal"): 12.0,
            },
            "batteries_treated": {("old", "formal"): 40.0, ("old", "informal"): 14.0, ("new", "formal"): 20.0},
            "black_mass": {("old", "formal"): 39.2, ("old", "informal"): 13.0, ("new", "formal"): 19.6},
            "salts_recovered": {("old", "formal"): 30.0, ("old", "informal"): 8.6, ("new", "formal"): 15.0},
            "cathode_repaired": {("old", "formal"): 10.0, ("new", "formal"): 3.0},
            "salts_refined": {("home",): 60.0, ("imported",): 70.0},
            "salts_imported": {("Chile",): 30.0, ("Argentina",): 10.0},
            "salts_exported": {("hydroxide",): 20.0},
            "salts_to_cathode": {("carbonate",): 120.0, ("hydroxide",): 40.0},
            "salts_to_electrolyte": {(): 20.0},
            "salts_to_anode": {(): 3.6},
            "salts_to_other_uses": {("grease",): 20.0},
            "concentrate_mined": {("spodumene",): 50.0, ("brine",): 20.0},
            "concentrate_imported": {("Australia",): 60.0, ("Zimbabwe",): 20.0, ("Chile",): 10.0},
            "cathode_output": {("NMC811",): 30.0, ("LFP",): 90.0},
        },
        {},
    )


def indicator(ledger: Ledger, name: str) -> Array:
    return evaluate(lf.INDICATORS[name], ledger, WEIGHTS)[..., 0, 0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("collection_rate", 0.60),
        ("eol_recycling_rate", 0.486),
        ("recovery", 0.90),
        ("recycled_content", 0.3075),
        ("eol_recycling_input_rate", 0.2244),
        ("old_scrap_ratio", 0.7297),
        ("secondary_supply_old", 48.6),
        ("secondary_supply_new", 18.0),
        ("primary_supply", 150.0),
        ("lithium_demand", 216.6),
    ],
)
def test_golden_numbers(golden: Ledger, name: str, expected: float) -> None:
    assert indicator(golden, name)[0] == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("collection_rate_formal", 42.0 / 100.0),
        ("collection_rate_vehicle", 48.0 / 80.0),
        ("collected_of_retired", 48.0 / 100.0),
        ("black_mass_yield_formal", 58.8 / 60.0),
        ("lithium_recovery_formal", 58.0 / 58.8),
        ("lithium_recovery_chain_formal", 58.0 / 60.0),
        ("import_reliance", 110.0 / 180.0),
        ("import_reliance_concentrate", 90.0 / 160.0),
        ("import_reliance_salts", 20.0 / 150.0),
        ("self_sufficiency", (60.0 + 66.6) / 216.6),
        ("import_hhi", (60**2 + 20**2 + 40**2 + 10**2) / 130.0**2),
        ("import_cr1", 60.0 / 130.0),
        ("import_cr3", 120.0 / 130.0),
        ("import_cr5", 1.0),
        ("supply_without_largest", 140.0 / 200.0),
        ("high_end_share", 1.0),
    ],
)
def test_further_indicators_by_hand(golden: Ledger, name: str, expected: float) -> None:
    assert indicator(golden, name)[0] == pytest.approx(expected, rel=1e-12)


def test_cumulative_indicators_run_from_the_first_year() -> None:
    ledger = by_hand({"vehicle_batteries_ended": {(): 100.0}, "batteries_collected": {("vehicle", "formal"): 60.0}}, {})
    values = ledger.arrays["batteries_collected"].copy()
    values[1] = values[1] * 0.5
    ledger.arrays["batteries_collected"] = values
    np.testing.assert_allclose(indicator(ledger, "collection_rate"), [0.6, 0.3])
    np.testing.assert_allclose(indicator(ledger, "collection_rate_cumulative"), [0.6, 0.45])


def test_a_stockpile_is_not_primary_supply_until_it_is_used() -> None:
    ledger = by_hand({"salts_refined": {("home",): 100.0}, "salt_stock": {(): 30.0}}, {})
    np.testing.assert_allclose(indicator(ledger, "primary_supply"), [70.0, 100.0])
    np.testing.assert_allclose(indicator(ledger, "primary_demand_cumulative"), [70.0, 170.0])


def test_reuse_counts_each_battery_once() -> None:
    ledger = by_hand(
        {
            "batteries_retired": {("LFP", "one_life"): 100.0},
            "batteries_collected": {("vehicle", "formal"): 30.0},
            "reuse_entered": {("grid",): 25.0},
            "reuse_left": {("grid",): 5.0},
        },
        {},
    )
    assert indicator(ledger, "collected_or_reused")[0] == pytest.approx(0.5)


def test_a_net_exporter_has_a_negative_reliance() -> None:
    ledger = by_hand({"salts_refined": {("home",): 100.0}, "salts_exported": {("carbonate",): 150.0}}, {})
    assert indicator(ledger, "import_reliance_salts")[0] == pytest.approx(-150.0 / (100.0 - 150.0))


def test_a_ratio_without_denominator_is_not_a_number_and_no_warning() -> None:
    ledger = by_hand({}, {})
    for name, definition in lf.INDICATORS.items():
        values = indicator(ledger, name)
        assert not np.isinf(values).any()
        if definition.denominator:
            assert np.isnan(values).all(), name


def test_one_origin_has_full_concentration() -> None:
    ledger = by_hand({"concentrate_imported": {("Australia",): 5.0}, "salts_imported": {("Australia",): 5.0}}, {})
    assert indicator(ledger, "import_hhi")[0] == 1.0
    assert indicator(ledger, "supply_without_largest")[0] == 0.0


def test_high_nickel_counts_within_ternary_only() -> None:
    amounts = {"cathode_output": {("NMC811",): 30.0, ("NMC532",): 70.0, ("LFP",): 500.0}}
    ledger = by_hand(amounts, {"chemistry": ["NMC811", "NMC532", "LFP"]})
    weights = {"high_nickel": {"chemistry": np.array([1.0, 0, 0])}, "ternary": {"chemistry": np.array([1.0, 1.0, 0])}}
    share = evaluate(lf.INDICATORS["high_end_share"], ledger, weights)
    assert share.ravel()[0] == pytest.approx(0.3)


def test_there_is_no_bare_recycling_rate() -> None:
    assert "recycling_rate" not in lf.INDICATORS
    assert all(
        "recycling rate" not in entry.meaning.lower().replace("end-of-life recycling rate", "")
        for entry in lf.INDICATORS.values()
    )


@pytest.mark.parametrize("name", lf.INDICATORS)
def test_every_indicator_says_what_it_is(name: str) -> None:
    definition = lf.INDICATORS[name]
    assert definition.name == name
    assert definition.meaning
    assert definition.formula()
    for term in (*definition.numerator, *definition.denominator):
        variable = VARIABLES[term.variable]
        assert all(dim in variable.dims for dim, _ in term.where)
        assert not term.change or variable.kind == "stock"


def test_formulas_name_flows_and_labels() -> None:
    assert lf.INDICATORS["recovery"].formula() == (
        "(salts_recovered[old] + cathode_repaired[old]) / (batteries_treated[old])"
    )
    assert lf.INDICATORS["primary_supply"].formula() == (
        "salts_refined + salts_imported − salts_exported − change of salt_stock"
    )
    assert "origins" in lf.INDICATORS["import_hhi"].formula()


@pytest.mark.parametrize("scenario", ["baseline", "goals"])
def test_identities_hold_in_every_year(scenario: str, request: pytest.FixtureRequest) -> None:
    run: lf.Run = request.getfixturevalue(scenario)

    def of(name: str) -> Array:
        values: Array = value(run[name], lf.INDICATORS[name].unit)
        return values

    used = of("primary_supply") + of("secondary_supply_old") + of("secondary_supply_new")
    np.testing.assert_allclose(of("lithium_demand"), used, rtol=1e-10, err_msg="U = P + O + N")
    np.testing.assert_allclose(
        of("eol_recycling_input_rate")[1:], (of("recycled_content") * of("old_scrap_ratio"))[1:], rtol=1e-12
    )
    np.testing.assert_allclose(
        of("secondary_supply_old"), of("eol_recycling_input_rate") * of("lithium_demand"), rtol=1e-12
    )
    shares = [name for name, entry in lf.INDICATORS.items() if entry.unit == "1" and "reliance" not in name]
    for name in set(shares) - {"collected_of_retired", "collected_or_reused"}:
        values = of(name)[np.isfinite(of(name))]
        assert (values >= -1e-12).all(), name
        assert (values <= 1.0 + 1e-12).all(), name
    assert (of("collection_rate_formal")[1:] <= of("collection_rate")[1:]).all()
    assert (of("import_cr1") <= of("import_cr3")).all()
    assert (of("import_cr3") <= of("import_cr5") + 1e-15).all()
    assert (of("import_hhi") <= of("import_cr1") + 1e-15).all(), "the sum of squares is no larger than the largest"


def test_collection_of_2020_is_that_of_the_documents(baseline: lf.Run) -> None:
    rate = value(baseline["collection_rate_vehicle"], "percent")[baseline.years.index(2020)]
    assert rate == pytest.approx(41.0, rel=0.15)

"""One definition each: golden numbers, identities between indicators, and no bare recycling rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value
from lithflow.chain import collection
from lithflow.chain.ledger import Ledger
from lithflow.chain.variables import BATTERIES, VARIABLES
from lithflow.indicators.indicator import added, evaluate, parts
from lithflow.indicators.terms import Term
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
            "salts_recovered": {
                ("old", "formal", "carbonate"): 30.0,
                ("old", "informal", "carbonate"): 8.6,
                ("new", "formal", "hydroxide"): 15.0,
            },
            "cathode_repaired": {("old", "formal"): 10.0, ("new", "formal"): 3.0},
            "salts_refined": {
                ("home", "carbonate"): 60.0,
                ("imported", "carbonate"): 20.0,
                ("imported", "hydroxide"): 50.0,
            },
            "salts_imported": {("Chile", "carbonate"): 30.0, ("Argentina", "carbonate"): 10.0},
            "salts_exported": {("hydroxide",): 20.0},
            "salts_to_cathode": {("carbonate",): 120.0, ("hydroxide",): 40.0},
            "salts_to_electrolyte": {("carbonate",): 20.0},
            "salts_to_anode": {("carbonate",): 3.6},
            "salts_to_other_uses": {("grease", "hydroxide"): 20.0},
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


NICKEL = {
    "vehicle_metals_ended": {("Ni",): 80.0},
    "device_metals_ended": {("storage", "Ni"): 20.0},
    "metals_released": {("vehicle", "Ni"): 4.0},
    "metals_retired": {("one_life", "Ni"): 120.0},
    "reuse_metals_entered": {("grid", "Ni"): 30.0},
    "reuse_metals_left": {("grid", "Ni"): 6.0},
    "metals_collected": {
        ("vehicle", "formal", "Ni"): 30.0,
        ("vehicle", "informal", "Ni"): 18.0,
        ("storage", "formal", "Ni"): 12.0,
    },
    "metals_treated": {("old", "formal", "Ni"): 40.0, ("old", "informal", "Ni"): 14.0, ("new", "formal", "Ni"): 20.0},
    "metals_in_black_mass": {
        ("old", "formal", "Ni"): 39.2,
        ("old", "informal", "Ni"): 11.8,
        ("new", "formal", "Ni"): 19.6,
    },
    "metals_black_mass_exported": {("old", "formal", "Ni"): 0.8},
    "metals_recovered": {
        ("old", "formal", "Ni"): 38.0,
        ("old", "informal", "Ni"): 10.6,
        ("new", "formal", "Ni"): 18.0,
    },
    "metals_to_cells": {("Ni",): 216.6},
}
"""The golden numbers of lithium in nickel, t metal/year; the 4 t released, and what is reused, are beside them."""

IMPORTED = {
    "metals_black_mass_imported": {("Ni",): 32.0},
    "metals_recovered": {**NICKEL["metals_recovered"], ("imported", "formal", "Ni"): 30.0},
}
"""Black mass from abroad, of which 30 t of nickel are recovered, in place of primary nickel."""


@pytest.mark.parametrize(
    ("name", "at_home", "with_imports"),
    [
        ("metal_collection_rate", 0.60, 0.60),
        ("metal_collection_rate_formal", 0.42, 0.42),
        ("metal_collection_rate_vehicle", 48.0 / 84.0, 48.0 / 84.0),
        ("metal_collected_of_retired", 0.40, 0.40),
        ("metal_collected_or_reused", 0.60, 0.60),
        ("metal_recovery", 48.6 / (54.0 - 40.0 * 0.8 / 39.2), 48.6 / (54.0 - 40.0 * 0.8 / 39.2)),
        ("metal_black_mass_yield_formal", 0.98, 0.98),
        ("metal_recovery_formal", 56.0 / 58.0, 86.0 / 90.0),
        ("metal_recovery_chain_formal", 58.8 / 60.0 * 56.0 / 58.0, 58.8 / 60.0 * 56.0 / 58.0),
        ("metal_eol_recycling_rate", 0.486, 0.486),
        ("metal_recycled_content", 0.3075, 0.3075),
        ("metal_recycled_content_imported", 0.0, 30.0 / 216.6),
        ("metal_eol_recycling_input_rate", 0.2244, 0.2244),
        ("metal_old_scrap_ratio", 0.7297, 0.7297),
        ("eu_recycled_content_metal", 66.6 / 216.6, 96.6 / 216.6),
        ("secondary_metals_old", 48.6, 48.6),
        ("secondary_metals_new", 18.0, 18.0),
        ("secondary_metals_imported", 0.0, 30.0),
        ("primary_metals", 150.0, 120.0),
    ],
)
def test_golden_numbers_of_a_metal(name: str, at_home: float, with_imports: float) -> None:
    for amounts, expected in ((NICKEL, at_home), ({**NICKEL, **IMPORTED}, with_imports)):
        assert indicator(by_hand(amounts, {}), name)[0, 0] == pytest.approx(expected, abs=5e-5)


def test_imported_black_mass_is_below_the_line_of_home_scrap_only() -> None:
    """20 t of 200 t used come from imported black mass, 30 t from old scrap and 10 t from new."""
    ledger = by_hand(
        {
            "salts_refined": {("home", "carbonate"): 140.0},
            "black_mass_imported": {(): 22.0},
            "salts_recovered": {
                ("old", "formal", "carbonate"): 30.0,
                ("new", "formal", "carbonate"): 10.0,
                ("imported", "formal", "carbonate"): 15.0,
            },
            "cathode_repaired": {("imported", "formal"): 5.0},
            "salts_to_cathode": {("carbonate",): 195.0},
            "cathode_to_cells": {("LFP",): 200.0},
            "vehicle_batteries_ended": {(): 60.0},
        },
        {},
    )
    expected = {
        "lithium_demand": 200.0,
        "primary_supply": 140.0,
        "secondary_supply_old": 30.0,
        "secondary_supply_new": 10.0,
        "secondary_supply_imported": 20.0,
        "recycled_content": 0.2,
        "recycled_content_imported": 0.1,
        "eol_recycling_input_rate": 0.15,
        "old_scrap_ratio": 0.75,
        "eol_recycling_rate": 0.5,
        "self_sufficiency": 0.9,
        "eu_recycled_content_lithium": 0.3,
    }
    for name, number in expected.items():
        assert indicator(ledger, name)[0] == pytest.approx(number, rel=1e-12), name


RATES = (
    "collection_rate",
    "collection_rate_formal",
    "collection_rate_vehicle",
    "collected_of_retired",
    "collected_or_reused",
    "black_mass_yield_formal",
    "eol_recycling_rate",
    "recycled_content",
    "recycled_content_imported",
    "eol_recycling_input_rate",
    "old_scrap_ratio",
    "collection_rate_cumulative",
    "eol_recycling_rate_cumulative",
)


def test_yearly_notes_are_not_said_of_all_years() -> None:
    for name, of_year in (("collected_of_retired", "41 % in 2020"), ("collection_rate", "a year in which the hoard")):
        assert of_year in lf.INDICATORS[name].meaning
        assert of_year not in lf.INDICATORS[f"{name}_cumulative"].meaning
    assert "41 %" not in lf.INDICATORS["metal_collected_of_retired"].meaning


EXPORTED = {"trade.black_mass_exports": {"from": 2024, "unit": "t Li/year", "values": 300}}


def test_black_mass_that_is_exported_changes_no_recovery(model: lf.Model, baseline: lf.Run) -> None:
    """Both steps are as good as before, and so are their product and the goals that rest on it."""
    run = model.run(overrides=EXPORTED)
    assert run.ledger.values("black_mass_exported").any()
    for prefix, element in (("", "lithium"), ("metal_", "metal")):
        chain, smelting = f"{element}_recovery_chain_formal", f"{element}_recovery_formal"
        for name in (f"{prefix}recovery", chain, smelting, f"{prefix}black_mass_yield_formal"):
            own, before = (value(each[name], "1") for each in (run, baseline))
            np.testing.assert_allclose(own, before, rtol=1e-12, err_msg=name)
        steps = value(run[f"{prefix}black_mass_yield_formal"], "1") * value(run[smelting], "1")
        np.testing.assert_allclose(value(run[chain], "1"), steps, rtol=1e-12)
    met = [each.targets().set_index("target")["met"] for each in (run, baseline)]
    chains = [name for name in met[0].index if name.startswith("chain_")]
    assert len(chains) >= 4
    assert met[0][chains].tolist() == met[1][chains].tolist()


@pytest.mark.parametrize("name", RATES)
def test_metals_have_the_rates_of_lithium_by_the_same_definition(name: str) -> None:
    """The formula of lithium becomes that of metals when each flow is named as metals are; U is what cells take."""
    lithium, metals = lf.INDICATORS[name], lf.INDICATORS[f"metal_{name}"]
    pairs = {lithium: metal for _, lithium, metal in BATTERIES.values()}
    pairs |= dict(zip(collection.LITHIUM, collection.METALS, strict=True))
    pairs |= {"black_mass": "metals_in_black_mass", "batteries_treated": "metals_treated"}
    pairs |= dict.fromkeys(("salts_recovered", "cathode_repaired"), "metals_recovered")

    def in_metals(terms: tuple[Term, ...]) -> set[Term]:
        return {replace(term, variable=pairs[term.variable]) for term in terms}

    assert in_metals(lithium.numerator) == set(metals.numerator)
    if lithium.denominator == lf.INDICATORS["lithium_demand"].numerator:
        assert metals.denominator == (Term.of("metals_to_cells"),)
    else:
        assert in_metals(lithium.denominator) == set(metals.denominator)
    assert metals.keep == ("metal",)
    assert metals.cumulative == lithium.cumulative


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


@pytest.fixture(scope="module")
def along_the_chain() -> Ledger:
    """Trade at every stage, plants, a shortage and metals; t Li/year where not said otherwise."""
    return by_hand(
        {
            "concentrate_mined": {("spodumene",): 50.0, ("brine",): 30.0},
            "concentrate_imported": {("Australia",): 60.0},
            "salts_imported": {("Chile", "carbonate"): 30.0},
            "salts_exported": {("hydroxide",): 10.0},
            "salts_refined": {("home", "carbonate"): 70.0, ("imported", "hydroxide"): 50.0},
            "salts_unmet": {("carbonate",): 4.0, ("hydroxide",): 6.0},
            "salts_to_cathode": {("carbonate",): 120.0, ("hydroxide",): 50.0},
            "salts_to_electrolyte": {("carbonate",): 20.0},
            "salts_to_other_uses": {("grease", "hydroxide"): 6.0},
            "cathode_repaired": {("old", "formal"): 4.0},
            "cathode_imported": {("LFP",): 5.0},
            "cathode_exported": {("NMC811",): 25.0},
            "cathode_to_cells": {("NMC811",): 75.0, ("LFP",): 45.0},
            "electrolyte_to_cells": {("LFP",): 18.0},
            "electrolyte_exported": {(): 2.0},
            "cells_to_vehicles": {("LFP",): 70.0},
            "cells_replacing": {("LFP",): 5.0},
            "cells_to_devices": {("storage", "LFP"): 10.0},
            "cells_exported": {("NMC811",): 20.0},
            "device_cells_exported": {("storage", "LFP"): 15.0},
            "batteries_registered": {("car_bev", "LFP"): 56.0},
            "batteries_exported": {("bus", "LFP"): 14.0},
            "used_batteries_exported": {("LFP",): 1.0},
            "black_mass_imported": {(): 3.0},
            "batteries_treated": {("old", "formal"): 12.0, ("new", "formal"): 8.0},
            "recycling_capacity": {("formal",): 30.0, ("informal",): 10.0},
            "salt_capacity": {(): 150.0},
            "mine_capacity": {("spodumene",): 60.0, ("brine",): 40.0},
            "cathode_output": {("NMC811",): 30.0, ("LFP",): 60.0},
            "cathode_capacity": {(): 120.0},
            "electrolyte_salt_used": {("LiPF6",): 6.0},
            "electrolyte_salt_capacity": {(): 8.0},
            "capacity_made": {("LFP",): 300.0, ("NMC811",): 100.0},
            "cell_capacity": {(): 500.0},
        },
        {},
    )


NET_EMBODIED = 60.0 + 30.0 - 10.0 + 5.0 - 25.0 - 2.0 - 20.0 - 15.0 - 14.0 - 1.0 + 3.0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("unmet_share", 10.0 / 200.0),
        ("lithium_demand", 190.0),
        ("import_reliance_cathode", -20.0 / (145.0 - 20.0)),
        ("import_reliance_cells", -35.0 / (120.0 - 35.0)),
        ("import_reliance_vehicles", -15.0 / (56.0 + 14.0 - 15.0)),
        ("embodied_net_imports", NET_EMBODIED),
        ("import_reliance_chain", NET_EMBODIED / (80.0 + NET_EMBODIED)),
        ("recycler_utilisation", 0.5),
        ("salt_utilisation", 0.8),
        ("salt_overcapacity", 30.0),
        ("mine_utilisation", 0.8),
        ("cathode_utilisation", 0.75),
        ("electrolyte_salt_utilisation", 0.75),
        ("cell_utilisation", 0.8),
        ("cell_overcapacity", 100.0),
        ("cathode_overcapacity", 30.0),
        ("electrolyte_salt_overcapacity", 2.0),
        ("recycler_overcapacity", 20.0),
        ("mine_overcapacity", 20.0),
        ("import_reliance_electrolyte", -2.0 / 18.0),
    ],
)
def test_indicators_along_the_chain_by_hand(along_the_chain: Ledger, name: str, expected: float) -> None:
    assert indicator(along_the_chain, name)[0] == pytest.approx(expected, rel=1e-12)


def test_carbonate_turned_into_hydroxide_is_primary_supply_once() -> None:
    """Of 100 t refined, 40 t become hydroxide and 2 t of them are lost on the way."""
    ledger = by_hand(
        {
            "salts_refined": {("home", "carbonate"): 100.0},
            "salts_converted": {("carbonate",): 40.0},
            "salts_from_conversion": {("hydroxide",): 38.0},
            "conversion_losses": {(): 2.0},
            "salts_to_cathode": {("carbonate",): 60.0, ("hydroxide",): 38.0},
        },
        {},
    )
    assert indicator(ledger, "primary_supply")[0] == pytest.approx(98.0)
    assert indicator(ledger, "lithium_demand")[0] == pytest.approx(98.0)


def test_a_reserve_is_not_primary_supply_until_it_is_used() -> None:
    ledger = by_hand({"salts_refined": {("home", "carbonate"): 100.0}, "salt_reserve": {("hydroxide",): 30.0}}, {})
    np.testing.assert_allclose(indicator(ledger, "primary_supply"), [70.0, 100.0])


def test_metals_have_indicators_of_their_own() -> None:
    ledger = by_hand(
        {
            "metals_treated": {("old", "formal", "Ni"): 50.0, ("new", "formal", "Ni"): 50.0},
            "metals_recovered": {
                ("old", "formal", "Ni"): 40.0,
                ("new", "formal", "Ni"): 45.0,
                ("old", "formal", "Cu"): 3.0,
            },
            "vehicle_metals_ended": {("Ni",): 60.0, ("Cu",): 8.0},
            "device_metals_ended": {("storage", "Ni"): 20.0, ("storage", "Cu"): 4.0},
            "metals_to_cells": {("Ni",): 170.0, ("Cu",): 2.0},
        },
        {"metal": ["Ni", "Cu"]},
    )
    np.testing.assert_allclose(indicator(ledger, "metal_recovery")[0], [0.80, np.nan])
    np.testing.assert_allclose(indicator(ledger, "secondary_metals_old")[0], [40.0, 3.0])
    np.testing.assert_allclose(indicator(ledger, "secondary_metals_new")[0], [45.0, 0.0])
    np.testing.assert_allclose(indicator(ledger, "metal_eol_recycling_rate")[0], [0.5, 0.25])
    np.testing.assert_allclose(indicator(ledger, "metal_recycled_content")[0], [0.5, 1.5])


def test_steps_of_metals_at_listed_recyclers_multiply_to_the_chain() -> None:
    ledger = by_hand(
        {
            "metals_treated": {
                ("old", "formal", "Ni"): 60.0,
                ("new", "formal", "Ni"): 40.0,
                ("old", "informal", "Ni"): 50,
            },
            "metals_in_black_mass": {
                ("old", "formal", "Ni"): 57.0,
                ("new", "formal", "Ni"): 38.0,
                ("old", "informal", "Ni"): 45.0,
            },
            "metals_recovered": {
                ("old", "formal", "Ni"): 54.0,
                ("new", "formal", "Ni"): 36.0,
                ("old", "informal", "Ni"): 34.0,
            },
        },
        {},
    )
    steps = [indicator(ledger, name)[0, 0] for name in ("metal_black_mass_yield_formal", "metal_recovery_formal")]
    np.testing.assert_allclose(steps, [0.95, 90.0 / 95.0])
    assert indicator(ledger, "metal_recovery_chain_formal")[0, 0] == pytest.approx(0.9)
    assert indicator(ledger, "metal_recovery")[0, 0] == pytest.approx(88.0 / 110.0)


def test_eu_recycled_content_of_lithium_counts_active_materials_only() -> None:
    """Of 200 t of salts used 30 t are recovered; 20 t of repaired cathode stand beside 80 t made of 82 t of salts."""
    ledger = by_hand(
        {
            "salts_recovered": {("old", "formal", "carbonate"): 20.0, ("new", "informal", "hydroxide"): 10.0},
            "salts_to_cathode": {("carbonate",): 62.0, ("hydroxide",): 20.0},
            "cathode_losses": {(): 2.0},
            "salts_to_electrolyte": {("carbonate",): 48.0},
            "salts_to_anode": {("carbonate",): 10.0},
            "salts_to_other_uses": {("grease", "hydroxide"): 65.0},
            "salts_unmet": {("carbonate",): 5.0},
            "cathode_repaired": {("old", "formal"): 20.0},
            "cathode_to_cells": {("NMC811",): 60.0, ("LFP",): 15.0},
            "cathode_exported": {("LFP",): 20.0},
            "cathode_imported": {("LFP",): 17.0},
            "anode_to_cells": {("LFP",): 8.0},
        },
        {},
    )
    in_salts = 30.0 / 200.0
    expected = (75.0 * (20.0 + 80.0 * in_salts) / 100.0 + 8.0 * in_salts) / (75.0 + 17.0 + 8.0)
    assert indicator(ledger, "eu_recycled_content_lithium")[0] == pytest.approx(expected, rel=1e-12)


def test_without_trade_repair_and_other_uses_eu_recycled_content_is_the_recycled_content() -> None:
    ledger = by_hand(
        {
            "salts_recovered": {("old", "formal", "carbonate"): 20.0},
            "salts_to_cathode": {("carbonate",): 80.0},
            "cathode_to_cells": {("LFP",): 78.0},
        },
        {},
    )
    for name in ("eu_recycled_content_lithium", "recycled_content"):
        assert indicator(ledger, name)[0] == pytest.approx(0.25)


def test_no_more_recovered_metal_is_in_active_materials_than_there_is_metal() -> None:
    ledger = by_hand(
        {
            "metals_recovered": {("old", "formal", "Ni"): 30.0, ("old", "formal", "Cu"): 12.0},
            "metals_to_cells": {("Ni",): 120.0, ("Cu",): 10.0},
        },
        {},
    )
    np.testing.assert_allclose(indicator(ledger, "eu_recycled_content_metal")[0][[0, -1]], [0.25, 1.0])
    more = by_hand(
        {"salts_recovered": {("old", "formal", "carbonate"): 9.0}, "salts_to_cathode": {("carbonate",): 5.0}}
        | {"cathode_to_cells": {("LFP",): 5.0}},
        {},
    )
    assert indicator(more, "eu_recycled_content_lithium")[0] == pytest.approx(1.0)


def test_eu_recycled_content_shows_old_and_new_scrap_and_imports_apart() -> None:
    """Of 100 t of salts used 24 t are recovered, of 70 t of cathode a seventh is repaired."""
    ledger = by_hand(
        {
            "salts_recovered": {
                ("old", "formal", "carbonate"): 12.0,
                ("new", "formal", "carbonate"): 8.0,
                ("imported", "formal", "carbonate"): 4.0,
            },
            "salts_to_cathode": {("carbonate",): 60.0},
            "salts_to_anode": {("carbonate",): 40.0},
            "cathode_repaired": {("old", "formal"): 10.0},
            "cathode_to_cells": {("LFP",): 70.0},
            "anode_to_cells": {("LFP",): 30.0},
        },
        {},
    )
    above, below = parts(lf.INDICATORS["eu_recycled_content_lithium"], ledger, WEIGHTS)
    assert added(below)[0].item() == pytest.approx(100.0)
    by_scrap = {
        scrap: sum(amount[0].item() for flow, amount in above if f"[{scrap}]" in flow)
        for scrap in ("old", "new", "imported")
    }
    assert by_scrap == pytest.approx({"old": 10.0 + 0.12 * 90.0, "new": 0.08 * 90.0, "imported": 0.04 * 90.0})


def test_eu_recycled_content_shares_too_much_metal_alike() -> None:
    """30 t are recovered where cells take 20 t: two thirds of each kind count."""
    ledger = by_hand(
        {
            "metals_recovered": {
                ("old", "formal", "Ni"): 15.0,
                ("new", "informal", "Ni"): 9.0,
                ("imported", "formal", "Ni"): 6.0,
            },
            "metals_to_cells": {("Ni",): 20.0},
        },
        {},
    )
    above, _ = parts(lf.INDICATORS["eu_recycled_content_metal"], ledger, WEIGHTS)
    assert [amount[0, 0].item() for _, amount in above] == pytest.approx([10.0, 6.0, 4.0])


RECOVERED = {"salts_recovered", "cathode_repaired", "metals_recovered"}


@pytest.mark.parametrize("name", lf.INDICATORS)
def test_what_is_recovered_is_never_shown_without_its_scrap(baseline: lf.Run, name: str) -> None:
    definition = lf.INDICATORS[name]
    for term in (*definition.numerator, *definition.denominator):
        if term.variable in RECOVERED:
            assert len(dict(term.where)["scrap"]) == 1, term
    for side in parts(definition, baseline.ledger, WEIGHTS) if definition.compute else ():
        for flow, _ in side:
            assert not any(f"{recovered} " in f"{flow} " for recovered in RECOVERED), flow


@pytest.fixture(scope="module")
def importing(model: lf.Model) -> lf.Run:
    return model.run(overrides={"trade.black_mass_imports": {"from": 2026, "values": 3, "unit": "kt Li/year"}})


def test_supply_adds_up_with_imported_black_mass(importing: lf.Run, baseline: lf.Run) -> None:
    def of(run: lf.Run, name: str) -> Array:
        values: Array = value(run[name], lf.INDICATORS[name].unit)
        return values

    at = importing.years.index(2026)
    for supply, primary, used in (
        ("secondary_supply", "primary_supply", of(importing, "lithium_demand")),
        ("secondary_metals", "primary_metals", value(importing["metals_to_cells"], "t metal/year")),
    ):
        kinds = [of(importing, f"{supply}_{scrap}") for scrap in ("old", "new", "imported")]
        np.testing.assert_allclose(of(importing, primary) + sum(kinds), used, rtol=1e-10, atol=1e-6)
        assert not kinds[2][:at].any()
        assert (kinds[2][at:].reshape(len(kinds[2]) - at, -1)[:, 0] > 0.0).all()
    for prefix in ("", "metal_"):
        rate, content, ratio = (
            of(importing, f"{prefix}{name}")
            for name in ("eol_recycling_input_rate", "recycled_content", "old_scrap_ratio")
        )
        np.testing.assert_allclose(rate[at:], np.nan_to_num(content * ratio)[at:], rtol=1e-12)
        for name in ("recycled_content", "eol_recycling_rate", "old_scrap_ratio", "collection_rate"):
            own, without = of(importing, f"{prefix}{name}"), of(baseline, f"{prefix}{name}")
            np.testing.assert_allclose(own, without, rtol=1e-9, err_msg="of home scrap, whatever is imported")
    assert (of(importing, "eu_recycled_content_lithium")[at:] > of(baseline, "eu_recycled_content_lithium")[at:]).all()
    rates = [name for name in lf.INDICATORS if name.startswith("metal_") and not name.startswith("metal_collected_o")]
    for name in rates:
        values = of(importing, name)[np.isfinite(of(importing, name))]
        assert ((values >= -1e-12) & (values <= 1.0 + 1e-12)).all(), name


DELAYED = [name.removesuffix("_cumulative") for name in lf.INDICATORS if name.endswith("rate_cumulative")]
DELAYED += ["collected_of_retired", "collected_or_reused", "collection_rate_formal"]


def test_all_ratios_with_a_delay_come_as_cumulative_ratios_too() -> None:
    assert {"collection_rate", "collection_rate_formal", "eol_recycling_rate", "metal_eol_recycling_rate"} <= {*DELAYED}
    assert all(lf.INDICATORS[f"{name}_cumulative"].cumulative for name in DELAYED)


@pytest.mark.parametrize("name", DELAYED)
def test_a_cumulative_ratio_divides_the_sums_of_all_years(baseline: lf.Run, name: str) -> None:
    flows = baseline.indicator_flows(name, baseline.years)
    rest = [level for level in flows.index.names if level not in ("part", "flow")]
    sums = flows.xs("sum", level="flow").groupby(level=["part", *rest], sort=False).sum()
    above, below = (sums.loc[part].to_numpy().sum(axis=1) for part in ("numerator", "denominator"))
    last = value(baseline[f"{name}_cumulative"], "1")[-1]
    np.testing.assert_allclose(np.atleast_1d(last), above / below, rtol=1e-12)


def test_cumulative_indicators_run_from_the_first_year() -> None:
    ledger = by_hand({"vehicle_batteries_ended": {(): 100.0}, "batteries_collected": {("vehicle", "formal"): 60.0}}, {})
    values = ledger.arrays["batteries_collected"].copy()
    values[1] = values[1] * 0.5
    ledger.arrays["batteries_collected"] = values
    np.testing.assert_allclose(indicator(ledger, "collection_rate"), [0.6, 0.3])
    np.testing.assert_allclose(indicator(ledger, "collection_rate_cumulative"), [0.6, 0.45])


STEPS = {
    "batteries_treated": {("old", "formal"): 80.0, ("new", "formal"): 20.0, ("old", "informal"): 50.0},
    "pretreatment_residue": {
        ("old", "formal", "dismantling"): 1.0,
        ("old", "formal", "shredding"): 4.0,
        ("new", "formal", "shredding"): 1.0,
        ("old", "informal", "shredding"): 9.0,
    },
    "black_mass": {("old", "formal"): 75.0, ("new", "formal"): 19.0, ("old", "informal"): 41.0},
    "black_mass_imported": {(): 6.0},
    "leaching_residue": {
        ("old", "formal", "leaching"): 1.5,
        ("imported", "formal", "leaching"): 0.5,
        ("old", "formal", "purification"): 4.0,
        ("new", "formal", "product"): 2.0,
        ("old", "informal", "product"): 20.0,
    },
    "salts_recovered": {("old", "formal", "carbonate"): 80.0, ("old", "informal", "carbonate"): 21.0},
    "cathode_repaired": {("new", "formal"): 12.0},
    "metals_treated": {("old", "formal", "Ni"): 100.0, ("old", "formal", "Cu"): 50.0, ("old", "informal", "Ni"): 9.0},
    "metals_in_black_mass": {("old", "formal", "Ni"): 98.0, ("old", "formal", "Cu"): 9.0},
    "metals_recovered": {("old", "formal", "Ni"): 96.04, ("old", "formal", "Cu"): 1.0},
}
"""Recycling step by step, t Li/year and t metal/year."""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dismantling_yield_formal", 99.0 / 100.0),
        ("shredding_yield_formal", 94.0 / 99.0),
        ("black_mass_yield_formal", 94.0 / 100.0),
        ("leaching_yield_formal", 98.0 / 100.0),
        ("purification_yield_formal", 94.0 / 98.0),
        ("product_yield_formal", 92.0 / 94.0),
        ("lithium_recovery_formal", 92.0 / 100.0),
    ],
)
def test_steps_of_recycling_have_yields_of_their_own(name: str, expected: float) -> None:
    assert indicator(by_hand(STEPS, {}), name)[0] == pytest.approx(expected, rel=1e-12)


def test_repaired_cathode_of_another_chemistry_is_shown() -> None:
    """Of 10 t repaired 8 are NMC811, of the 100 t made 20."""
    ledger = by_hand(
        {
            "repaired_by_chemistry": {("NMC811",): 8.0, ("LFP",): 2.0},
            "cathode_repaired": {("old", "formal"): 10.0},
            "cathode_to_cells": {("NMC811",): 15.0, ("LFP",): 80.0},
            "cathode_exported": {("NMC811",): 5.0},
        },
        {},
    )
    assert indicator(ledger, "repaired_mismatch")[0] == pytest.approx(8.0 - 0.2 * 10.0)


def test_a_stockpile_is_not_primary_supply_until_it_is_used() -> None:
    ledger = by_hand({"salts_refined": {("home", "carbonate"): 100.0}, "salt_stock": {("carbonate",): 30.0}}, {})
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
    ledger = by_hand({"salts_refined": {("home", "carbonate"): 100.0}, "salts_exported": {("carbonate",): 150.0}}, {})
    assert indicator(ledger, "import_reliance_salts")[0] == pytest.approx(-150.0 / (100.0 - 150.0))


def test_a_ratio_without_denominator_is_not_a_number_and_no_warning() -> None:
    ledger = by_hand({}, {})
    for name, definition in lf.INDICATORS.items():
        values = indicator(ledger, name)
        assert not np.isinf(values).any()
        if definition.denominator:
            assert np.isnan(values).all(), name


def test_one_origin_has_full_concentration() -> None:
    salts = {("Australia", "carbonate"): 3.0, ("Australia", "hydroxide"): 2.0}
    ledger = by_hand({"concentrate_imported": {("Australia",): 5.0}, "salts_imported": salts}, {})
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
    assert lf.INDICATORS["metal_old_scrap_ratio"].formula() == (
        "(metals_recovered[old]) / (metals_recovered[old] + metals_recovered[new])"
    )
    assert lf.INDICATORS["primary_supply"].formula() == (
        "salts_refined + salts_imported − salts_exported − change of salt_stock − change of salt_reserve "
        "− conversion_losses"
    )
    assert "origins" in lf.INDICATORS["import_hhi"].formula()
    assert lf.INDICATORS["high_end_share"].formula() == "(cathode_output × high_nickel) / (cathode_output × ternary)"
    assert (
        lf.INDICATORS["collection_rate_cumulative"]
        .formula()
        .endswith("device_batteries_ended), summed from the first year")
    )


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
    of_retired = {"collected_of_retired", "collected_or_reused"}
    for name in set(shares) - of_retired - {f"metal_{name}" for name in of_retired}:
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

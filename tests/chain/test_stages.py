"""Stage by stage: each number worked out again by hand, from the parameters that the run used."""

from __future__ import annotations

import numpy as np
import pytest

import lithflow as lf
from lithflow import chemistry
from lithflow.arrays import value
from tests.chain.ledgers import KG_PER_T, Array, content_of, labels, metals_of, parameter


def chemistry_shares(run: lf.Run, of_families: str) -> Array:
    """Split cathode families into chemistries."""
    grades = parameter(run, "cells.grade_share", "1")
    return np.asarray(np.einsum("t...f,tfk->t...k", parameter(run, of_families, "1"), grades))


def test_lithium_per_capacity_follows_from_masses_and_formulas(baseline: lf.Run) -> None:
    content = content_of(baseline)
    for lithium, capacity in (("cells_exported", "capacity_exported"), ("cells_replacing", "capacity_replacing")):
        expected = baseline.ledger.values(capacity) * content
        np.testing.assert_allclose(baseline.ledger.values(lithium), expected, rtol=1e-12, err_msg=lithium)
    iron = content[baseline.years.index(2020), labels(baseline, "chemistry").index("LFP")] * KG_PER_T
    assert 0.08 < iron < 0.12
    assert not content[:, labels(baseline, "chemistry").index("sodium_ion")].any()


INTRODUCED = {
    "NMCA": "high_nickel",
    "LMFP": "lfp_led",
    "LRM": "manganese_rich",
    "semi_solid": "solid_state",
    "solid_state": "solid_state",
    "sodium_ion": "sodium_ion",
}
"""Chemistries of the future, and the scenario that introduces each."""


@pytest.mark.parametrize(("chemistry", "scenario"), list(INTRODUCED.items()))
def test_every_new_chemistry_has_a_path_of_introduction(
    model: lf.Model, baseline: lf.Run, chemistry: str, scenario: str
) -> None:
    run = model.run(scenario)
    place = labels(run, "chemistry").index(chemistry)
    made = run.ledger.values("capacity_made")[:, place]
    assert not made[: run.years.index(2025)].any()
    assert made[run.years.index(2035)] > 0.0
    assert not baseline.ledger.values("capacity_made")[:, place].any()
    assert run.balance.worst.relative <= 1e-12


def test_the_chemistries_of_the_past_are_made(baseline: lf.Run) -> None:
    made = baseline.ledger.values("capacity_made").sum(axis=0)
    known = ("NMC111", "NMC532", "NMC622", "NMC811", "NCA", "LFP", "LMO", "LCO")
    assert all(made[labels(baseline, "chemistry").index(kind)] > 0.0 for kind in known)
    assert {*known, *INTRODUCED} == set(labels(baseline, "chemistry"))


def test_registrations_are_data_up_to_the_last_observed_year(baseline: lf.Run) -> None:
    last = baseline.years.index(baseline.last_observed)
    observed = parameter(baseline, "fleet.registrations", "vehicle/year")
    np.testing.assert_array_equal(baseline.ledger.values("vehicles_registered")[: last + 1], observed[: last + 1])


def test_cars_after_the_last_observed_year_are_the_market_times_the_plug_in_share(baseline: lf.Run) -> None:
    years = np.array(baseline.years)
    last = baseline.years.index(baseline.last_observed)
    start, saturation, growth = (
        float(parameter(baseline, f"fleet.{name}", unit))
        for name, unit in (
            ("car_ownership", "vehicle/person"),
            ("car_ownership_saturation", "vehicle/person"),
            ("car_ownership_growth", "1/year"),
        )
    )
    per_head = saturation / (1.0 + (saturation / start - 1.0) * np.exp(-growth * (years - baseline.last_observed)))
    cars = parameter(baseline, "fleet.population", "person") * per_head
    market = np.diff(cars, prepend=cars[0]) + np.concatenate([cars[:1], cars[:-1]]) * parameter(
        baseline, "fleet.car_scrappage", "1/year"
    )
    counted = parameter(baseline, "fleet.car_classes", "1")
    registered = (baseline.ledger.values("vehicles_registered") * counted).sum(axis=1)
    expected = market * parameter(baseline, "fleet.nev_share", "1")
    np.testing.assert_allclose(registered[last + 1 :], expected[last + 1 :], rtol=1e-12)
    assert per_head[last] == start
    assert (np.diff(per_head) > 0.0).all()
    assert per_head[-1] < saturation


def test_classes_keep_their_last_observed_split_times_their_index(baseline: lf.Run) -> None:
    last = baseline.years.index(baseline.last_observed)
    registered = baseline.ledger.values("vehicles_registered")
    weight = registered[last] * parameter(baseline, "fleet.class_index", "1")
    for at in (last + 1, -1):
        np.testing.assert_allclose(registered[at] / registered[at, 0], weight[at] / weight[at, 0], rtol=1e-12)


def test_capacity_registered_is_vehicles_times_pack_times_share(baseline: lf.Run) -> None:
    share = chemistry_shares(baseline, "fleet.family_share")
    packs = parameter(baseline, "fleet.pack_size", "kWh/vehicle") * baseline.ledger.values("vehicles_registered")
    np.testing.assert_allclose(baseline.ledger.values("capacity_registered"), packs[:, :, None] * share, rtol=1e-12)


@pytest.mark.parametrize("year", [2014, 2018, 2020])
def test_early_cohorts_leave_by_one_life_counted_from_the_middle_of_the_year(baseline: lf.Run, year: int) -> None:
    """No cohort to 2020 has separate lives, so retirement is a plain sum of Weibull differences."""
    at = baseline.years.index(year)
    assert not parameter(baseline, "fleet.two_life_share", "1")[: at + 1].any()
    scale, shape = (
        parameter(baseline, "fleet.first_life_scale", "year"),
        parameter(baseline, "fleet.first_life_shape", "1"),
    )

    def survival(age: float) -> Array:
        gone: Array = np.exp(-((max(age, 0.0) / scale) ** float(shape)))
        return gone

    installed = baseline.ledger.values("capacity_registered")
    retired = sum(installed[c] * (survival(at - c - 0.5) - survival(at - c + 0.5)) for c in range(at + 1))
    held = sum(installed[c] * survival(at - c + 0.5) for c in range(at + 1))
    left = (
        baseline.ledger.values("capacity_retired")[at].sum(axis=-1)
        + baseline.ledger.values("used_capacity_exported")[at]
    )
    np.testing.assert_allclose(left, np.asarray(retired).sum(axis=0), rtol=1e-10)
    np.testing.assert_allclose(baseline.ledger.values("fleet_capacity")[at], np.asarray(held).sum(axis=0), rtol=1e-10)
    causes = baseline.ledger.values("capacity_retired")[at].sum(axis=0)
    assert causes[labels(baseline, "cause").index("one_life")] == pytest.approx(causes.sum())
    assert not baseline.ledger.values("capacity_replacing")[at].any()


def test_replacement_batteries_are_made_for_those_that_were_replaced(baseline: lf.Run) -> None:
    """Every replaced battery leaves one and takes one, each with the pack size of its own year."""
    removed = baseline.ledger.values("capacity_retired")[..., labels(baseline, "cause").index("battery_replaced")]
    fitted = baseline.ledger.values("capacity_replacing")
    assert fitted.sum() > 0.0
    assert ((removed.sum(axis=1) > 0.0) == (fitted.sum(axis=1) > 0.0)).all()


def test_used_vehicles_leave_with_their_share(baseline: lf.Run) -> None:
    exported, scrapped = (baseline.ledger.values(name) for name in ("used_vehicles_exported", "vehicles_scrapped"))
    share = parameter(baseline, "fleet.used_export_share", "1")
    np.testing.assert_allclose(exported, share * (exported + scrapped), rtol=1e-12, atol=1e-9)


def test_no_step_of_second_use_takes_more_than_its_market(model: lf.Model, baseline: lf.Run) -> None:
    for run in (baseline, model.run("strong_cascade")):
        entered = run.ledger.values("second_life_displaced")
        market = parameter(run, "reuse.market_share", "1") * parameter(
            run, "uses.application_demand", "kWh usable/year"
        )
        assert (entered <= market * (1.0 + 1e-12)).all()
    full = np.isclose(entered, market, rtol=1e-9) & (market > 0.0)
    assert full.any(), "somewhere the market limits"


def test_what_is_not_suitable_is_not_reused(model: lf.Model) -> None:
    run = model.run(overrides={"reuse.suitable_share": 0.0})
    assert not run.ledger.values("reuse_entered").any()
    retired = run.ledger.values("batteries_retired").sum(axis=(1, 2))
    np.testing.assert_allclose(run.ledger.values("vehicle_batteries_ended"), retired, rtol=1e-12)


def test_second_use_displaces_new_storage(model: lf.Model, baseline: lf.Run) -> None:
    none = model.run(overrides={"reuse.suitable_share": 0.0})
    storage = labels(baseline, "device").index("storage")
    saved = (none.ledger.values("capacity_to_devices") - baseline.ledger.values("capacity_to_devices"))[:, storage].sum(
        -1
    )
    open_share = parameter(baseline, "uses.new_lithium_share", "1")
    expected = (baseline.ledger.values("second_life_displaced") * open_share).sum(axis=1)
    np.testing.assert_allclose(saved, expected, rtol=1e-9, atol=1e-9 * expected.max())
    assert saved[-1] > 0.0


def test_cells_are_made_for_all_who_want_them(baseline: lf.Run) -> None:
    values = baseline.ledger.values
    wanted = (
        values("capacity_to_vehicles").sum(axis=1)
        + values("capacity_replacing").sum(axis=1)
        + values("capacity_to_devices").sum(axis=(1, 2))
        + parameter(baseline, "trade.cell_exports", "kWh/year")
        + parameter(baseline, "trade.device_cell_exports", "kWh/year").sum(axis=1)
        + parameter(baseline, "cells.inventory_build", "kWh/year")
    )
    np.testing.assert_allclose(values("capacity_made").sum(axis=1), wanted, rtol=1e-12)


def test_scrap_of_electrodes_is_a_share_of_the_cathode_and_anode_that_enter(baseline: lf.Run) -> None:
    values, step = baseline.ledger.values, labels(baseline, "scrap_step").index("electrode")
    coated = sum(values(name).sum(axis=1) for name in ("cathode_to_cells", "cathode_imported", "anode_to_cells"))
    waste = (values("new_scrap") + values("new_scrap_lost"))[:, step]
    share = parameter(baseline, "cells.electrode_scrap", "1")
    np.testing.assert_allclose(waste, share * coated, rtol=1e-12)
    metals = (values("metals_new_scrap") + values("metals_new_scrap_lost"))[:, step]
    good = (1.0 - share) * (1.0 - parameter(baseline, "cells.cell_scrap", "1"))
    capacity = values("capacity_made") / good[:, None]
    entering = np.einsum("tkm,tk->tm", metals_of(baseline, "electrode"), capacity)
    np.testing.assert_allclose(metals, share[:, None] * entering, rtol=1e-12)


def test_scrap_of_cells_holds_all_that_a_filled_cell_holds(baseline: lf.Run) -> None:
    """Good cells are what is left of those filled, so rejects per good cell are share / (1 − share)."""
    values, step = baseline.ledger.values, labels(baseline, "scrap_step").index("cell")
    share = parameter(baseline, "cells.cell_scrap", "1")
    rejected = (share / (1.0 - share))[:, None] * values("capacity_made")
    waste = (values("new_scrap") + values("new_scrap_lost"))[:, step]
    np.testing.assert_allclose(waste, (content_of(baseline) * rejected).sum(axis=1), rtol=1e-12)
    metals = (values("metals_new_scrap") + values("metals_new_scrap_lost"))[:, step]
    in_cells = metals_of(baseline, "electrode", "cell")
    np.testing.assert_allclose(metals, np.einsum("tkm,tk->tm", in_cells, rejected), rtol=1e-12)


def test_cans_enter_with_cells_and_housings_with_good_packs(baseline: lf.Run) -> None:
    values = baseline.ledger.values
    made = values("capacity_made")
    filled = made / (1.0 - parameter(baseline, "cells.cell_scrap", "1"))[:, None]
    coated = filled / (1.0 - parameter(baseline, "cells.electrode_scrap", "1"))[:, None]
    expected = sum(
        np.einsum("tkm,tk->tm", metals_of(baseline, part), capacity)
        for part, capacity in (("electrode", coated), ("cell", filled), ("pack", made))
    )
    np.testing.assert_allclose(values("metals_to_cells"), expected, rtol=1e-12)


def test_a_housing_is_in_no_scrap_of_cell_making(model: lf.Model, baseline: lf.Run) -> None:
    heavy = lf.Q_(5.0, "kg metal/kWh")
    run = model.run(overrides={"materials.other_metals_per_kwh.pack.Al": heavy})
    aluminium = labels(run, "metal").index("Al")
    for name in ("metals_new_scrap", "metals_new_scrap_lost"):
        np.testing.assert_array_equal(run.ledger.values(name), baseline.ledger.values(name))
    more = (run.ledger.values("metals_to_cells") - baseline.ledger.values("metals_to_cells"))[-1, aluminium]
    assert more > 4.0e-3 * run.ledger.values("capacity_made")[-1].sum()
    assert run.balance.worst.relative <= 1e-12
    foil = model.run(overrides={"materials.other_metals_per_kwh.electrode.Al": heavy})
    assert (foil.ledger.values("metals_new_scrap") > baseline.ledger.values("metals_new_scrap"))[-1, :, aluminium].all()


def test_graphite_follows_from_its_capacity_and_the_voltage(baseline: lf.Run) -> None:
    """A kWh needs at least 1 / (372 mAh/g × voltage); a fifth to a third more is usual."""
    graphite = labels(baseline, "metal").index("graphite")
    held = metals_of(baseline)[-1, :, graphite] * KG_PER_T
    voltage = parameter(baseline, "materials.cell_voltage", "V")
    for kind in ("NMC532", "NMC811", "LFP", "LMFP", "LMO"):
        place = labels(baseline, "chemistry").index(kind)
        least = 1.0 / (0.372 * voltage[place])
        assert 1.15 * least <= held[place] <= 1.35 * least, kind
    assert not held[[labels(baseline, "chemistry").index(kind) for kind in ("sodium_ion", "solid_state")]].any()


def test_electrolyte_is_lost_in_filling_and_nowhere_else(baseline: lf.Run) -> None:
    values = baseline.ledger.values
    spilt = parameter(baseline, "cells.electrolyte_loss", "1") * values("electrolyte_to_cells").sum(axis=1)
    np.testing.assert_allclose(values("electrolyte_spilt"), spilt, rtol=1e-12)


def test_what_recyclers_get_of_new_scrap_is_its_collected_share(model: lf.Model) -> None:
    of_steps = {"recycling.scrap_collection": {"values": {"electrode": 0.9, "cell": 0.6}}}
    values = model.run(overrides=of_steps).ledger.values
    for name in ("new_scrap", "metals_new_scrap"):
        waste = values(name) + values(f"{name}_lost")
        expected = np.moveaxis(np.moveaxis(waste, 1, -1) * [0.9, 0.6], -1, 1)
        np.testing.assert_allclose(values(name), expected, rtol=1e-12)


def test_no_scrap_no_new_scrap(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"cells.electrode_scrap": 0.0, "cells.cell_scrap": 0.0})
    assert not run.ledger.values("new_scrap").any()
    assert not run.ledger.values("batteries_treated")[:, labels(run, "scrap").index("new")].any()
    one = model.run(overrides={"cells.cell_scrap": 0.0})
    electrode, cell = (labels(one, "scrap_step").index(step) for step in ("electrode", "cell"))
    assert not one.ledger.values("new_scrap")[:, cell].any()
    assert one.ledger.values("new_scrap")[:, electrode].all()
    assert (demand_of(run) < demand_of(baseline)).all()


def demand_of(run: lf.Run) -> Array:
    return np.asarray(value(run["lithium_demand"], "t Li/year"))


def test_collection_and_hoard_share_out_what_ended(baseline: lf.Run) -> None:
    values = baseline.ledger.values
    rate, kept = parameter(baseline, "collection.rate", "1"), parameter(baseline, "collection.hoard_share", "1")
    devices = dict(zip(labels(baseline, "device"), values("device_batteries_ended").T, strict=True))
    ended = np.stack(
        [
            values("vehicle_batteries_ended") if use == "vehicle" else devices[use]
            for use in labels(baseline, "battery_use")
        ],
        axis=1,
    )
    released = values("batteries_released")
    np.testing.assert_allclose(values("batteries_collected").sum(axis=2), rate * (ended + released), rtol=1e-12)
    np.testing.assert_allclose(values("batteries_hoarded"), (1.0 - rate) * kept * ended, rtol=1e-12)
    np.testing.assert_allclose(values("batteries_lost"), (1.0 - rate) * ((1.0 - kept) * ended + released), rtol=1e-12)
    formal = labels(baseline, "channel").index("formal")
    collected = values("batteries_collected")
    share = parameter(baseline, "collection.formal_share", "1")
    np.testing.assert_allclose(collected[..., formal], share[:, None] * collected.sum(axis=2), rtol=1e-12)


def test_the_hoard_empties_with_its_mean_time(baseline: lf.Run) -> None:
    time = parameter(baseline, "collection.hoard_time", "year")
    hoarded, held = baseline.ledger.values("batteries_hoarded"), baseline.ledger.values("hoarded_batteries")
    at = baseline.years.index(2030)
    expected = sum(hoarded[c] * np.exp(-(at - c + 0.5) / time) for c in range(at + 1))
    np.testing.assert_allclose(held[at], expected, rtol=1e-10)


@pytest.mark.parametrize(("delay", "shift"), [(0.0, 0), (1.0, 1), (2.0, 2)])
def test_treatment_follows_collection_after_the_delay(model: lf.Model, delay: float, shift: int) -> None:
    run = model.run(overrides={"recycling.delay": lf.Q_(delay, "year")})
    arrived = run.ledger.values("new_scrap").sum(axis=1) + run.ledger.values("batteries_collected").sum(axis=(1, 2))
    treated = run.ledger.values("batteries_treated").sum(axis=(1, 2))
    np.testing.assert_allclose(treated[shift:], arrived[: len(arrived) - shift], rtol=1e-10)
    assert not treated[:shift].any()


def test_recycling_by_route_and_channel(baseline: lf.Run) -> None:
    values = baseline.ledger.values
    treated, old = values("batteries_treated"), labels(baseline, "scrap").index("old")
    black_mass = parameter(baseline, "recycling.black_mass_yield", "1") * treated[:, old]
    np.testing.assert_allclose(values("black_mass")[:, old], black_mass, rtol=1e-12)
    recovery = (
        parameter(baseline, "recycling.route_share", "1") * parameter(baseline, "recycling.lithium_recovery", "1")
    ).sum(axis=2)
    recovered = values("salts_recovered")[:, old].sum(axis=2) + values("cathode_repaired")[:, old]
    np.testing.assert_allclose(recovered, recovery * black_mass, rtol=1e-12)


def test_imported_black_mass_is_neither_old_nor_new_scrap(model: lf.Model) -> None:
    late = {"trade.black_mass_imports": {"from": 2030, "values": 5, "unit": "kt Li/year"}}
    run, without = model.run(overrides=late), model.run()
    for name in ("secondary_supply_old", "secondary_supply_new"):
        np.testing.assert_allclose(value(run[name], "t Li/year"), value(without[name], "t Li/year"), rtol=1e-12)
    imported = labels(run, "scrap").index("imported")
    assert run.ledger.values("salts_recovered")[-1, imported].sum() > 0.0
    assert run.ledger.values("concentrate_imported")[-1].sum() < without.ledger.values("concentrate_imported")[-1].sum()


def test_direct_recycling_gives_cathode_and_spares_salts(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run("direct_recycling")
    at = run.years.index(2045)
    assert run.ledger.values("cathode_repaired")[at].sum() > 0.0
    assert not baseline.ledger.values("cathode_repaired").any()
    assert run.ledger.values("salts_to_cathode")[at].sum() < baseline.ledger.values("salts_to_cathode")[at].sum()


def test_materials_lose_what_their_yields_say(baseline: lf.Run) -> None:
    values = baseline.ledger.values
    for losses, salts, name in (
        ("cathode_losses", values("salts_to_cathode").sum(axis=1), "cathode_yield"),
        ("anode_losses", values("salts_to_anode").sum(axis=1), "anode_yield"),
    ):
        lost = (1.0 - parameter(baseline, f"materials.{name}", "1")) * salts
        np.testing.assert_allclose(values(losses), lost, rtol=1e-12, err_msg=losses)


def test_each_salt_of_the_electrolyte_has_a_yield_of_its_own(model: lf.Model, baseline: lf.Run) -> None:
    yields = {"unit": "1", "values": {"LiPF6": 0.9, "LiFSI": 0.6}}
    run = model.run(overrides={"materials.electrolyte_yield": yields})
    assert run.balance.worst.relative <= 1e-12
    for each in (run, baseline):
        values = each.ledger.values
        kept = parameter(each, "materials.electrolyte_yield", "1")
        content = np.array([chemistry.content(salt, "Li") for salt in labels(each, "electrolyte_salt")])
        held = content * values("electrolyte_salt_used")
        delivered = values("electrolyte_to_cells").sum(axis=1) + values("electrolyte_exported")
        np.testing.assert_allclose(held.sum(axis=1), delivered, rtol=1e-12)
        np.testing.assert_allclose(values("electrolyte_losses"), (1.0 / kept - 1.0) * held, rtol=1e-9)
        np.testing.assert_allclose(values("salts_to_electrolyte").sum(axis=1), (held / kept).sum(axis=1), rtol=1e-12)
    assert (run.ledger.values("salts_to_electrolyte") >= baseline.ledger.values("salts_to_electrolyte")).all()


def test_cathode_output_is_lithium_over_the_content_of_the_formula(baseline: lf.Run) -> None:
    formulas = baseline.parameters["materials.cathode_formula"]
    at = baseline.years.index(2020)
    for label in ("LFP", "NMC811", "LCO"):
        place = labels(baseline, "chemistry").index(label)
        lithium = sum(baseline.ledger.values(name)[at, place] for name in ("cathode_to_cells", "cathode_exported"))
        stock = baseline.ledger.values("cathode_stock")
        lithium += stock[at, place] - stock[at - 1, place]
        made = baseline.ledger.values("cathode_output")[at, place]
        assert made == pytest.approx(lithium / chemistry.content(formulas[label], "Li"), rel=1e-12)

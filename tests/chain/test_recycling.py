"""Recyclers treat what they can, after a delay; what waits keeps mass and production year, and metals go with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lithflow as lf
from lithflow.arrays import value, wrap
from tests.chain.ledgers import Array, content_of, labels, metals_of, parameter

LITHIUM = ("batteries_collected", "new_scrap", "batteries_treated", "batteries_queued")
METALS = ("metals_collected", "metals_new_scrap", "metals_treated", "metals_queued")
NO_DELAY = {"recycling.delay": lf.Q_(0, "year")}
SMALL = {**NO_DELAY, "recycling.capacity": {"values": {"formal": 8, "informal": 6}, "unit": "kt Li/year"}}


@pytest.fixture(scope="module")
def scarce(model: lf.Model) -> lf.Run:
    """Recyclers can treat much less than arrives."""
    return model.run(overrides=SMALL)


@pytest.fixture(scope="module")
def plenty(model: lf.Model) -> lf.Run:
    """Recyclers treat all at once."""
    return model.run(overrides=NO_DELAY)


def arrived(run: lf.Run, names: tuple[str, ...]) -> Array:
    """Give old and new scrap that arrived at recyclers, (year, scrap, channel) and metal, if any."""
    collected, waste = run.ledger.values(names[0]).sum(axis=1), run.ledger.values(names[1]).sum(axis=1)
    old, new = (labels(run, "scrap").index(kind) for kind in ("old", "new"))
    result = np.zeros(run.ledger.values(names[2]).shape)
    result[:, old] = collected
    result[:, new, labels(run, "channel").index("formal")] = waste
    return result


@pytest.mark.parametrize("names", [LITHIUM, METALS], ids=["lithium", "metals"])
def test_what_arrived_is_treated_or_waits(model: lf.Model, baseline: lf.Run, scarce: lf.Run, names: Any) -> None:
    for run in (baseline, scarce):
        came = arrived(run, names).cumsum(axis=0)
        gone = run.ledger.values(names[2]).cumsum(axis=0) + run.ledger.values(names[3])
        np.testing.assert_allclose(came, gone, rtol=1e-12, atol=1e-12 * came.max())


def test_recyclers_treat_no_more_than_they_can(scarce: lf.Run, plenty: lf.Run) -> None:
    treated = scarce.ledger.values("batteries_treated").sum(axis=1)
    capacity = parameter(scarce, "recycling.capacity", "t Li/year")
    np.testing.assert_array_equal(scarce.ledger.values("recycling_capacity"), capacity)
    assert (treated <= capacity * (1.0 + 1e-12)).all()
    waiting = scarce.ledger.values("batteries_queued").sum(axis=1) > 1e-6
    np.testing.assert_allclose(treated[waiting], capacity[waiting], rtol=1e-12, err_msg="busy while anything waits")
    assert waiting[-1].all()
    assert not waiting[0].any()
    free = plenty.ledger.values("batteries_treated")
    np.testing.assert_allclose(free, arrived(plenty, LITHIUM), rtol=1e-12, atol=1e-9)
    assert not plenty.ledger.values("batteries_queued").any()


def test_the_queue_is_worked_off_evenly(scarce: lf.Run) -> None:
    """Worked out again with a loop over single years: of all that is there the same share is treated."""
    came, capacity = arrived(scarce, LITHIUM), parameter(scarce, "recycling.capacity", "t Li/year")
    left = np.zeros(came.shape[1:])
    for year in range(len(came)):
        there = left + came[year]
        share = np.minimum(1.0, capacity[year] / there.sum(axis=0).clip(1e-300))
        np.testing.assert_allclose(
            scarce.ledger.values("batteries_treated")[year], share * there, rtol=1e-10, atol=1e-9
        )
        left = (1.0 - share) * there
    np.testing.assert_allclose(scarce.ledger.values("batteries_queued")[-1], left, rtol=1e-10, atol=1e-9)


def test_a_queue_keeps_production_years(scarce: lf.Run, plenty: lf.Run) -> None:
    came = scarce.ledger.cohorts["batteries_collected"].copy()
    in_year = np.arange(len(scarce.years))
    came[in_year, in_year] += scarce.ledger.values("new_scrap").sum(axis=1)
    treated, waiting = (scarce.ledger.cohorts[name] for name in ("batteries_treated", "batteries_queued"))
    gone = treated.cumsum(axis=0) + waiting
    np.testing.assert_allclose(came.cumsum(axis=0), gone, rtol=1e-12, atol=1e-12 * gone.max())
    assert not np.triu(treated, 1).any(), "nothing is treated before it is made"
    assert (treated >= 0.0).all()
    age = np.subtract.outer(in_year, in_year)
    ages = [
        float((cohorts[-1] * age[-1]).sum() / cohorts[-1].sum())
        for cohorts in (treated, plenty.ledger.cohorts["batteries_treated"])
    ]
    assert ages[0] > ages[1], "what has waited is older"


def test_metals_wait_with_the_lithium_beside_them(scarce: lf.Run) -> None:
    def share(names: tuple[str, ...]) -> Array:
        treated, waiting = scarce.ledger.values(names[2]), scarce.ledger.values(names[3])
        old = labels(scarce, "scrap").index("old")
        there = treated[:, old] + waiting[:, old]
        done: Array = np.divide(treated[:, old], there, out=np.ones_like(there), where=there > 0.0)
        return done

    lithium, metals = share(LITHIUM), share(METALS)
    np.testing.assert_allclose(metals, np.broadcast_to(lithium[..., None], metals.shape), rtol=1e-9)
    assert lithium[-1].max() < 1.0


def test_less_capacity_delays_secondary_lithium_and_calls_for_more_primary(scarce: lf.Run, plenty: lf.Run) -> None:
    late, early = (value(run["secondary_supply_old"], "t Li/year") for run in (scarce, plenty))
    assert (late.cumsum() <= early.cumsum() * (1.0 + 1e-12)).all()
    assert late[-1] < early[-1]
    primary = [value(run["primary_supply"], "t Li/year") for run in (scarce, plenty)]
    assert primary[0][-1] > primary[1][-1]
    np.testing.assert_allclose(
        value(scarce["lithium_demand"], "t Li/year"), value(plenty["lithium_demand"], "t Li/year"), rtol=1e-12
    )


def test_a_queue_is_worked_off_when_capacity_comes(model: lf.Model, scarce: lf.Run) -> None:
    grown = {"values": {"formal": {2029: 8, 2030: 900}, "informal": {2029: 6, 2030: 900}}, "unit": "kt Li/year"}
    run = model.run(overrides={**NO_DELAY, "recycling.capacity": grown})
    at = run.years.index(2030)
    queued = run.ledger.values("batteries_queued").sum(axis=(1, 2))
    np.testing.assert_allclose(queued[:at], scarce.ledger.values("batteries_queued").sum(axis=(1, 2))[:at], rtol=1e-12)
    assert queued[at - 1] > 0.0
    assert not queued[at:].any()
    treated = run.ledger.values("batteries_treated")
    np.testing.assert_allclose(treated.sum(), arrived(run, LITHIUM).sum(), rtol=1e-12)
    assert np.isclose(treated[at].sum(), queued[at - 1] + arrived(run, LITHIUM)[at].sum(), rtol=1e-12)


def test_without_recyclers_everything_waits(model: lf.Model) -> None:
    run = model.run(overrides={"recycling.capacity": lf.Q_(0, "t Li/year")})
    for name in ("batteries_treated", "salts_recovered", "metals_recovered", "metals_treated"):
        assert not run.ledger.values(name).any()
    np.testing.assert_allclose(
        run.ledger.values("batteries_queued"), arrived(run, LITHIUM).cumsum(axis=0), rtol=1e-12, atol=1e-9
    )
    assert np.isnan(value(run["recycler_utilisation"], "1")).all()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    capacity=st.lists(st.just(0.0) | st.floats(0.1, 500.0), min_size=2, max_size=2),
    delay=st.lists(st.floats(0.0, 4.0), min_size=3, max_size=3),
)
def test_any_capacity_and_delay_keep_mass_and_cohorts(
    model: lf.Model, capacity: list[float], delay: list[float]
) -> None:
    run = model.run(
        overrides={
            "recycling.capacity": {
                "values": dict(zip(["formal", "informal"], capacity, strict=True)),
                "unit": "kt Li/year",
            },
            "recycling.delay": {"values": dict(zip(["old", "new", "imported"], delay, strict=True)), "unit": "year"},
        }
    )
    assert run.balance.worst.relative <= 1e-12
    assert (run.ledger.values("batteries_treated").sum(axis=1) <= np.array(capacity) * 1e3 * (1.0 + 1e-12)).all()


def test_old_and_new_scrap_have_delays_of_their_own(model: lf.Model) -> None:
    run = model.run(overrides={"recycling.delay": {"values": {"old": 3, "new": 1, "imported": 0}}})
    came, treated = arrived(run, LITHIUM), run.ledger.values("batteries_treated")
    old, new = (labels(run, "scrap").index(kind) for kind in ("old", "new"))
    np.testing.assert_allclose(treated[3:, old], came[:-3, old], rtol=1e-10)
    np.testing.assert_allclose(treated[1:, new], came[:-1, new], rtol=1e-10)
    assert not treated[:3, old].any()


# what comes out


def test_salts_recovered_are_split_by_salt(baseline: lf.Run) -> None:
    recovered = baseline.ledger.values("salts_recovered")
    share = parameter(baseline, "recycling.salt_share", "1")[:, None, None]
    np.testing.assert_allclose(recovered, share * recovered.sum(axis=3, keepdims=True), rtol=1e-12)


def test_metals_are_recovered_by_their_own_yields(model: lf.Model, baseline: lf.Run) -> None:
    for run in (baseline, model.run("direct_recycling")):
        values = run.ledger.values
        in_black_mass = parameter(run, "recycling.metal_black_mass_yield", "1")
        black_mass = in_black_mass * values("metals_treated")
        np.testing.assert_allclose(values("metals_in_black_mass"), black_mass, rtol=1e-12)
        recovery = np.einsum(
            "tcr,tcrm->tcm",
            parameter(run, "recycling.route_share", "1"),
            parameter(run, "recycling.metal_recovery", "1"),
        )
        np.testing.assert_allclose(values("metals_recovered"), recovery[:, None] * black_mass, rtol=1e-12)
        lost = sum(values(f"metals_{step}_residue").sum(axis=-1) for step in ("leaching", "pretreatment"))
        np.testing.assert_allclose(lost + values("metals_recovered"), values("metals_treated"), rtol=1e-12)
    graphite = labels(baseline, "metal").index("graphite")
    assert not baseline.ledger.values("metals_recovered")[..., graphite].any(), "leaching gives no graphite back"
    assert run.ledger.values("metals_recovered")[-1, ..., graphite].any(), "direct repair does"


@pytest.mark.parametrize("metal", ["Ni", "Co", "Mn", "Cu", "Al", "graphite"])
def test_metal_indicators_are_ratios_of_flows(baseline: lf.Run, metal: str) -> None:
    def by_year(name: str, **chosen: str) -> Array:
        array = baseline[name].sel(metal=metal, **chosen)
        rest = [dim for dim in array.dims if dim != "year"]
        amount: Array = value(array.sum(rest, skipna=False) if rest else array, "t metal/year")
        return amount

    def of(name: str) -> Array:
        ratio: Array = value(baseline[name].sel(metal=metal), "1")
        return ratio

    treated, from_old = by_year("metals_treated", scrap="old"), by_year("metals_recovered", scrap="old")
    some = treated > 0.0
    recovered = by_year("metals_recovered")
    np.testing.assert_allclose(of("metal_recovery")[some], (from_old / treated.clip(1e-300))[some])
    np.testing.assert_allclose(of("metal_recycled_content"), recovered / by_year("metals_to_cells"))
    ended = by_year("vehicle_metals_ended") + by_year("device_metals_ended")
    np.testing.assert_allclose(of("metal_eol_recycling_rate"), by_year("metals_recovered", scrap="old") / ended)
    assert (of("metal_recovery")[some] <= 1.0).all()


IMPORTED: dict[str, Any] = {"trade.black_mass_imports": {"from": 2030, "values": 5, "unit": "kt Li/year"}}
SHARE = "trade.black_mass_import_family_share"


def of_family(run: lf.Run, family: str) -> dict[str, Any]:
    """Make the override that imports black mass of one cathode family."""
    return IMPORTED | {SHARE: {"values": {label: float(label == family) for label in labels(run, "cathode_family")}}}


@pytest.mark.parametrize("family", ["ternary", "lfp", ""])
def test_imported_black_mass_brings_the_metals_of_its_chemistry(model: lf.Model, baseline: lf.Run, family: str) -> None:
    run = model.run(overrides=of_family(baseline, family) if family else IMPORTED, cohorts=True)
    assert run.balance.worst.relative <= 1e-12
    mixed = np.einsum("tf,tfm->tm", parameter(run, SHARE, "1"), parameter(run, "cells.grade_share", "1"))
    metals = np.einsum("tm,tme->te", mixed, metals_of(run, "electrode"))
    per_lithium = metals / np.einsum("tm,tm->t", mixed, content_of(run))[:, None]
    expected = parameter(run, "trade.black_mass_import_metal_share", "1") * per_lithium
    expected = expected * run.ledger.values("black_mass_imported")[:, None]
    came = run.ledger.values("metals_black_mass_imported")
    np.testing.assert_allclose(came, expected, rtol=1e-12)
    at, nickel = run.years.index(2030), labels(run, "metal").index("Ni")
    assert not came[:at].any()
    assert (came[at:, nickel] > 0.0).all() == (family != "lfp")
    # it is leached at listed recyclers, and counts apart from old and new scrap
    imported, formal = labels(run, "scrap").index("imported"), labels(run, "channel").index("formal")
    recovered, lost = (run.ledger.values(f"metals_{name}") for name in ("recovered", "leaching_residue"))
    recovery = np.einsum(
        "tr,trm->tm",
        parameter(run, "recycling.route_share", "1")[:, formal],
        parameter(run, "recycling.metal_recovery", "1")[:, formal],
    )
    np.testing.assert_allclose(recovered[:, imported, formal], recovery * came, rtol=1e-12)
    np.testing.assert_allclose(lost[:, imported, formal].sum(axis=-1), (1.0 - recovery) * came, rtol=1e-9, atol=1e-9)
    at_home = [labels(run, "scrap").index(kind) for kind in ("old", "new")]
    np.testing.assert_array_equal(recovered[:, at_home], baseline.ledger.values("metals_recovered")[:, at_home])


def test_imported_nmc811_holds_nickel_cobalt_and_manganese_as_its_formula_says(
    model: lf.Model, baseline: lf.Run
) -> None:
    """LiNi0.8Mn0.1Co0.1O2: 0.8 × 58.693, 0.1 × 58.933 and 0.1 × 54.938 g beside 6.94 g of lithium."""
    grades = {"from": 2030, "values": {"ternary": {**dict.fromkeys(labels(baseline, "chemistry"), 0.0), "NMC811": 1.0}}}
    dry = {"materials.electrolyte_per_kwh": {"from": 2030, "values": 0}}
    run = model.run(overrides={**of_family(baseline, "ternary"), **dry, "cells.grade_share": grades})
    came = value(run["metals_black_mass_imported"].sel(year=2040, metal=["Ni", "Co", "Mn"]), "t metal/year")
    np.testing.assert_allclose(came / 5e3, [6.7658, 0.84918, 0.79162], rtol=1e-4)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(imports=st.floats(1e-3, 9.0), ternary=st.floats(0.0, 1.0), share=st.floats(0.0, 3.0))
def test_any_imported_black_mass_keeps_mass_and_leaves_home_scrap_alone(
    model: lf.Model, baseline: lf.Run, imports: float, ternary: float, share: float
) -> None:
    run = model.run(
        overrides={
            "trade.black_mass_imports": {"from": 2030, "values": imports, "unit": "kt Li/year"},
            SHARE: {"values": {"ternary": ternary, "lfp": 1.0 - ternary}},
            "trade.black_mass_import_metal_share": share,
        }
    )
    assert run.balance.worst.relative <= 1e-12
    at_home = [labels(run, "scrap").index(kind) for kind in ("old", "new")]
    for name in ("salts_recovered", "metals_recovered", "metals_leaching_residue"):
        np.testing.assert_array_equal(run.ledger.values(name)[:, at_home], baseline.ledger.values(name)[:, at_home])
    came, recovered = (run.ledger.values(f"metals_{name}") for name in ("black_mass_imported", "recovered"))
    imported = recovered[:, labels(run, "scrap").index("imported")].sum(axis=1)
    assert (imported <= came * (1.0 + 1e-12)).all()


def test_lithium_of_imported_black_mass_comes_from_batteries_that_hold_some(model: lf.Model, baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match=r"black mass in 2030, but .* hold none; give trade.black_mass_import_fam"):
        model.run(overrides=of_family(baseline, "sodium_ion"))


def test_members_import_black_mass_of_their_own_chemistry(model: lf.Model, baseline: lf.Run) -> None:
    families = labels(baseline, "cathode_family")
    shares = np.zeros((len(baseline.years), len(families), 2))
    for member, ternary in enumerate((0.25, 1.0)):
        shares[:, families.index("ternary"), member] = ternary
        shares[:, families.index("lfp"), member] = 1.0 - ternary
    coords = {"year": list(baseline.years), "cathode_family": families, "member": [0, 1]}
    drawn = wrap(shares, ("year", "cathode_family", "member"), "1", coords)
    together = model.run(overrides={**IMPORTED, SHARE: drawn})
    assert together.balance.worst.relative <= 1e-12
    for member, ternary in enumerate((0.25, 1.0)):
        mix = {"values": {"ternary": ternary, "lfp": 1.0 - ternary}}
        alone = model.run(overrides={**IMPORTED, SHARE: mix}).ledger.values("metals_recovered")
        own = value(together["metals_recovered"].isel(member=member), "t metal/year")
        np.testing.assert_allclose(own, alone, rtol=1e-9, atol=1e-12 * alone.max())


def test_a_higher_metal_yield_gives_more_metal_and_no_other_lithium(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"recycling.metal_recovery": {"scale": 0.5}})
    assert not np.array_equal(run.ledger.values("metals_recovered"), baseline.ledger.values("metals_recovered"))
    np.testing.assert_allclose(
        run.ledger.values("metals_recovered"), 0.5 * baseline.ledger.values("metals_recovered"), rtol=1e-12
    )
    for name, variable in lf.VARIABLES.items():
        if variable.layer == "lithium":
            np.testing.assert_array_equal(run.ledger.values(name), baseline.ledger.values(name), err_msg=name)


# step by step


def test_losses_of_a_step_are_its_share_of_what_the_standard_s_step_loses(model: lf.Model, baseline: lf.Run) -> None:
    for run in (baseline, model.run("direct_recycling")):
        values = run.ledger.values
        by_step = parameter(run, "recycling.pretreatment_loss_share", "1")[:, :, None]
        lost = values("batteries_treated") - values("black_mass")
        np.testing.assert_allclose(values("pretreatment_residue"), by_step * lost[..., None], rtol=1e-9, atol=1e-6)
        taken_in = np.array(values("black_mass"))
        formal, imported = labels(run, "channel").index("formal"), labels(run, "scrap").index("imported")
        taken_in[:, imported, formal] += values("black_mass_imported")
        loss = np.einsum(
            "tcr,tcr,trs->tcs",
            parameter(run, "recycling.route_share", "1"),
            1.0 - parameter(run, "recycling.lithium_recovery", "1"),
            parameter(run, "recycling.recovery_loss_share", "1"),
        )
        np.testing.assert_allclose(
            values("leaching_residue"), loss[:, None] * taken_in[..., None], rtol=1e-12, atol=1e-9
        )


def test_steps_of_metals_lose_what_their_shares_say(model: lf.Model) -> None:
    run = model.run("direct_recycling")
    values = run.ledger.values
    loss = np.einsum(
        "tcr,tcrm,rms->tcms",
        parameter(run, "recycling.route_share", "1"),
        1.0 - parameter(run, "recycling.metal_recovery", "1"),
        parameter(run, "recycling.metal_recovery_loss_share", "1"),
    )
    expected = loss[:, None] * values("metals_in_black_mass")[..., None]
    np.testing.assert_allclose(values("metals_leaching_residue"), expected, rtol=1e-12, atol=1e-9)
    lost = values("metals_treated") - values("metals_in_black_mass")
    by_step = parameter(run, "recycling.metal_pretreatment_loss_share", "1")[None, :, None]
    np.testing.assert_allclose(values("metals_pretreatment_residue"), by_step * lost[..., None], rtol=1e-9, atol=1e-6)
    new, dismantling = labels(run, "scrap").index("new"), labels(run, "pretreatment_step").index("dismantling")
    assert not values("metals_pretreatment_residue")[:, new, ..., dismantling].any(), "waste is not taken apart"


CHAIN_OF_STEPS = {
    "black_mass_yield_formal": ("dismantling_yield_formal", "shredding_yield_formal"),
    "lithium_recovery_formal": ("leaching_yield_formal", "purification_yield_formal", "product_yield_formal"),
}


@pytest.mark.parametrize("name", list(CHAIN_OF_STEPS))
@pytest.mark.parametrize("scenario", ["baseline", "goals", "direct_recycling"])
def test_yields_of_the_steps_multiply_to_the_step_of_the_standard(model: lf.Model, name: str, scenario: str) -> None:
    run = model.run(scenario)
    whole = np.asarray(value(run[name], "1"))
    steps = [np.asarray(value(run[step], "1")) for step in CHAIN_OF_STEPS[name]]
    some = ~np.isnan(whole)
    assert some.any()
    np.testing.assert_allclose(np.prod(steps, axis=0)[some], whole[some], rtol=1e-12)
    assert all(((step[some] > 0.0) & (step[some] <= 1.0)).all() for step in steps)


def test_where_a_step_loses_more_does_not_change_what_is_recovered(model: lf.Model, baseline: lf.Run) -> None:
    all_in_one = {"values": {"default": {"leaching": 1, "purification": 0, "product": 0}}}
    run = model.run(overrides={"recycling.recovery_loss_share": all_in_one})
    np.testing.assert_array_equal(run.ledger.values("salts_recovered"), baseline.ledger.values("salts_recovered"))
    leaching = labels(run, "recovery_step").index("leaching")
    residue = run.ledger.values("leaching_residue")
    np.testing.assert_allclose(residue[..., leaching], residue.sum(axis=-1), rtol=1e-12)
    assert run.balance.worst.relative <= 1e-12


def test_losses_by_step_are_followed_by_production_year(model: lf.Model) -> None:
    run = model.run(cohorts=True)
    for name in ("pretreatment_residue", "leaching_residue", "metals_leaching_residue"):
        full = run.cohorts(name)
        unit = lf.VARIABLES[name].unit
        by_step = value(full.sum("production_year"), unit)
        np.testing.assert_allclose(by_step, run.ledger.values(name), rtol=1e-9, atol=1e-6)
        rest = tuple(i for i, dim in enumerate(full.dims) if dim not in ("year", "production_year", "metal"))
        np.testing.assert_allclose(value(full, unit).sum(axis=rest), run.ledger.cohorts[name], rtol=1e-9, atol=1e-6)


# repaired cathode


def test_repaired_cathode_is_of_the_chemistries_that_come_back(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run("direct_recycling")
    values = run.ledger.values
    repaired, new = values("cathode_repaired").sum(axis=2), labels(run, "scrap").index("new")
    retired = values("batteries_retired").sum(axis=2)
    cells = values("cathode_to_cells") + values("cathode_imported")
    expected = (repaired.sum(axis=1) - repaired[:, new])[:, None] * retired / retired.sum(axis=1, keepdims=True)
    expected = expected + repaired[:, [new]] * cells / cells.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(values("repaired_by_chemistry"), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(values("repaired_by_chemistry").sum(axis=1), repaired.sum(axis=1), rtol=1e-12)
    assert not baseline.ledger.values("repaired_by_chemistry").any()
    late = np.asarray(value(run["repaired_mismatch"], "t Li/year"))[run.years.index(2040) :]
    assert (late > 0.0).all()
    assert (late < repaired.sum(axis=1)[run.years.index(2040) :]).all()


def test_repaired_cathode_of_imported_black_mass_is_of_its_families(model: lf.Model, baseline: lf.Run) -> None:
    without, run = (model.run("direct_recycling", overrides=made) for made in ({}, of_family(baseline, "lfp")))
    imported = run.ledger.values("cathode_repaired")[:, labels(run, "scrap").index("imported")].sum(axis=1)
    assert (imported[run.years.index(2045) :] > 0.0).all()
    more = run.ledger.values("repaired_by_chemistry") - without.ledger.values("repaired_by_chemistry")
    np.testing.assert_allclose(more[:, labels(run, "chemistry").index("LFP")], imported, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(more.sum(axis=1), imported, rtol=1e-9, atol=1e-6)


def test_repaired_cathode_that_nobody_makes_any_more_is_unwanted(model: lf.Model) -> None:
    """From 2036 on all cells are ternary, and batteries of iron phosphate still come back."""
    ternary = {family: float(family == "ternary") for family in model.inputs.dimensions["cathode_family"]}
    turned = {"from": 2036, "values": {"default": ternary}, "unit": "1"}
    nothing = {"from": 2036, "values": 0}
    run = model.run(
        "direct_recycling",
        overrides={
            "fleet.family_share": turned,
            "uses.device_family_share": turned,
            "trade.cell_export_family_share": {"from": 2036, "values": ternary, "unit": "1"},
            "trade.cathode_exports": nothing,
            "trade.cathode_imports": nothing,
        },
    )
    assert run.balance.worst.relative <= 1e-12
    unwanted = run.ledger.values("repaired_unwanted")
    assert not unwanted[: run.years.index(2036)].any()
    assert (unwanted[run.years.index(2036) + 1 :] > 0.0).all()

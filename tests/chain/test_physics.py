"""What must hold whatever the numbers are: mass stays, cohorts stay apart, twice the sales are twice the batteries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import lithflow as lf
from lithflow.arrays import value, wrap
from lithflow.chain.variables import OUTSIDE, VARIABLES
from lithflow.inputs.declarations import PARAMETERS
from tests.chain.ledgers import LAYERS, POSTED, Array, content_of

FLEET = [
    "vehicles_registered",
    "vehicles_scrapped",
    "vehicles_in_use",
    "capacity_registered",
    "capacity_replacing",
    "capacity_retired",
    "fleet_capacity",
    "batteries_registered",
    "cells_replacing",
    "batteries_retired",
    "used_batteries_exported",
    "fleet_batteries",
    "retired_pack_mass",
]


VEHICLES = ("car_bev", "car_phev", "bus", "van", "truck")


def by_year(run: lf.Run, name: str) -> Array:
    """Give a variable or indicator by year, in canonical units."""
    values = run.ledger.values(name) if name in VARIABLES else np.asarray(value(run[name], lf.INDICATORS[name].unit))
    result: Array = values.sum(axis=tuple(range(1, values.ndim)))
    return result


def same(one: lf.Run, other: lf.Run, names: list[str] | None = None) -> None:
    """Check that two runs hold the same numbers, by label."""
    for name in names or list(POSTED):
        expected = one[name]
        own = other[name].sel({dim: expected[dim] for dim in expected.dims})
        unit = VARIABLES[name].unit
        scale = np.nanmax(np.abs(value(expected, unit)))
        np.testing.assert_allclose(value(own, unit), value(expected, unit), rtol=1e-9, atol=1e-12 * scale, err_msg=name)


def test_twice_the_registrations_are_twice_the_fleet(model: lf.Model, baseline: lf.Run) -> None:
    twice = model.run(overrides={"fleet.registrations": {"scale": 2}, "fleet.population": {"scale": 2}})
    for name in FLEET:
        np.testing.assert_allclose(
            twice.ledger.values(name), 2.0 * baseline.ledger.values(name), rtol=1e-12, err_msg=name
        )


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("scenario", ["baseline", "goals"])
def test_what_came_in_went_out_or_is_still_there(layer: str, scenario: str, request: pytest.FixtureRequest) -> None:
    run: lf.Run = request.getfixturevalue(scenario)
    came, gone, held = (np.zeros(len(run.years)) for _ in range(3))
    for name, variable in POSTED.items():
        if variable.layer == layer and variable.kind == "stock":
            held = held + by_year(run, name)
        elif variable.layer == layer:
            came = came + float(variable.source in OUTSIDE) * by_year(run, name).cumsum()
            gone = gone + float(variable.target in OUTSIDE) * by_year(run, name).cumsum()
    assert came[-1] > 0.0
    np.testing.assert_allclose(came, gone + held, rtol=1e-12)


FADING = [entry.name for entry in PARAMETERS if entry.unit == "usable"]
"""Everything that says how much of its capacity a battery still has."""


def test_lithium_in_batteries_does_not_fade(model: lf.Model, baseline: lf.Run) -> None:
    worn = model.run(overrides={name: {"scale": 0.97} for name in FADING})
    for name in ("batteries_retired", "fleet_batteries", "batteries_registered", "used_batteries_exported"):
        np.testing.assert_array_equal(worn.ledger.values(name), baseline.ledger.values(name), err_msg=name)
    entered, before = (run.ledger.values("reuse_capacity_entered") for run in (worn, baseline))
    assert not np.allclose(entered, before), "what a battery can deliver does change"
    for run in (worn, baseline):
        retired = by_year(run, "batteries_retired").cumsum()
        gone = sum(by_year(run, name).cumsum() for name in ("vehicle_batteries_ended", "reuse_lost") if name in run)
        np.testing.assert_allclose(retired, gone + by_year(run, "reuse_batteries"), rtol=1e-12)


def test_a_battery_in_second_use_keeps_the_lithium_of_its_production_year(model: lf.Model) -> None:
    """Of one chemistry alone, lithium per capacity depends on the production year and on nothing else."""
    iron = {family: float(family == "lfp") for family in model.inputs.dimensions["cathode_family"]}
    run = model.run(
        overrides={
            "fleet.family_share": {"unit": "1", "values": dict.fromkeys(VEHICLES, iron)},
            "trade.cathode_imports": {"scale": 0},
        }
    )
    content = content_of(run)[:, run.setting.axes.labels("chemistry").index("LFP")]
    for lithium, capacity in (("reuse_entered", "reuse_capacity_entered"), ("reuse_left", "reuse_capacity_left")):
        carried = run.ledger.cohorts[lithium]
        assert carried.sum() > 0.0
        np.testing.assert_allclose(carried, run.ledger.cohorts[capacity] * content, rtol=1e-12, err_msg=lithium)


def test_a_change_of_chemistry_in_one_year_comes_back_in_the_retirement_of_that_cohort(
    model: lf.Model, baseline: lf.Run
) -> None:
    changed = model.run(
        overrides={
            "fleet.family_share.car_bev": {
                "from": 2027,
                "until": 2027,
                "others": "rescale",
                "values": {"ternary": 0.9},
                "unit": "1",
            }
        }
    )
    at = baseline.years.index(2027)
    for name in ("batteries_retired", "fleet_batteries", "used_batteries_exported"):
        difference = changed.ledger.cohorts[name] - baseline.ledger.cohorts[name]
        size = np.abs(baseline.ledger.cohorts[name]).max()
        assert np.abs(np.delete(difference, at, axis=1)).max() <= 1e-12 * size
        assert np.abs(difference[:, at]).max() > 1e-6 * size
        assert np.abs(difference[:at]).max() <= 1e-12 * size, "before the year nothing changes"
    nickel = ["NMC111", "NMC532", "NMC622", "NMC811", "NCA"]
    retired = [
        value(run["capacity_retired"].sel(chemistry=nickel).sum(skipna=False), "kWh/year")
        for run in (baseline, changed)
    ]
    assert retired[1] > retired[0]


def test_more_collection_raises_secondary_supply_and_can_not_raise_primary(model: lf.Model, baseline: lf.Run) -> None:
    more = model.run(overrides={"collection.rate": lf.Q_(95, "percent")})
    assert (by_year(more, "secondary_supply_old") >= by_year(baseline, "secondary_supply_old")).all()
    assert by_year(more, "secondary_supply_old")[-1] > 1.2 * by_year(baseline, "secondary_supply_old")[-1]
    assert (by_year(more, "primary_supply") <= by_year(baseline, "primary_supply") * (1.0 + 1e-12)).all()
    np.testing.assert_allclose(by_year(more, "lithium_demand"), by_year(baseline, "lithium_demand"), rtol=1e-12)
    assert value(more["collection_rate"], "1")[-1] == pytest.approx(0.95, rel=0.05)


def test_no_collection_gives_no_old_scrap(model: lf.Model) -> None:
    none = model.run(overrides={"collection.rate": 0.0})
    assert not by_year(none, "secondary_supply_old").any()
    assert not by_year(none, "batteries_collected").any()
    assert by_year(none, "secondary_supply_new")[1:].all()
    assert value(none["collection_rate"], "1")[-1] == 0.0


def test_longer_lives_retire_less_at_first_and_the_same_lithium_stays_in_the_country(
    model: lf.Model, baseline: lf.Run
) -> None:
    longer = model.run(overrides={"fleet.vehicle_life": {"scale": 1.3}, "fleet.battery_life": {"scale": 1.3}})
    assert (by_year(longer, "capacity_retired") <= by_year(baseline, "capacity_retired") * (1.0 + 1e-12)).all()
    assert by_year(longer, "fleet_capacity")[-1] > by_year(baseline, "fleet_capacity")[-1]


def test_the_past_does_not_depend_on_the_future(model: lf.Model, baseline: lf.Run) -> None:
    other = model.run(
        overrides={
            "collection.rate": {"from": 2035, "values": 0.1},
            "cells.cell_scrap": {"from": 2035, "scale": 0.5},
            "trade.origin_available": {"from": 2036, "values": 0.5},
            "trade.substitution": {"from": 2035, "values": 1},
            "recycling.capacity": {"from": 2035, "scale": 0.02},
            "mining.ore_grade": {"from": 2035, "scale": 0.5},
            "mining.reserve_additions": {"from": 2036, "values": 100},
            "refining.reserve_cover": {"from": 2035, "values": 0.5},
            "footprint.cell_energy": {"from": 2035, "scale": 2},
            "trade.cell_exports": {"from": 2035, "scale": 0.5},
            "fleet.class_index.truck": {"from": 2035, "scale": 10},
        }
    )
    at = baseline.years.index(2035)
    for name in POSTED:
        np.testing.assert_array_equal(other.ledger.values(name)[:at], baseline.ledger.values(name)[:at], err_msg=name)
    assert by_year(other, "lithium_demand")[at] != by_year(baseline, "lithium_demand")[at]


def test_new_batteries_do_not_fail_before_they_age(model: lf.Model) -> None:
    """With separate lives, few batteries retire in their first year, and more with age."""
    run = model.run(overrides={"fleet.two_life_share": 1.0})
    retired = run.ledger.cohorts["capacity_retired"]
    made = run.years.index(2030)
    first = [retired[made + age, made] for age in range(6)]
    assert first == sorted(first)
    assert first[0] < 0.01 * by_year(run, "capacity_registered")[made]


REVERSED = (
    *("vehicle_class", "chemistry", "cathode_family", "origin", "resource", "channel", "route", "scrap", "salt"),
    *("scrap_step", "metal", "province", "project", "lake", "feed", "activity", "electrolyte_salt", "other_use"),
    *("trade_stage", "region"),
)


def test_the_order_of_labels_changes_nothing(model: lf.Model, baseline: lf.Run, tmp_path: Path) -> None:
    lines = ["years: {first: 2010, last: 2050, last_observed: 2024}"]
    for dim, labels in model.inputs.dimensions.items():
        if dim == "partner":
            continue
        lines.append(f"{dim}:")
        order = reversed(labels) if dim in REVERSED else labels
        lines += [f"  {label}: {model.inputs.meanings[dim][label]!r}" for label in order]
    (tmp_path / "dimensions.yaml").write_text("\n".join(lines), encoding="utf-8")
    turned = lf.load(tmp_path).run()
    assert turned.setting.axes.labels("chemistry") == baseline.setting.axes.labels("chemistry")[::-1]
    same(baseline, turned)
    for name in ("recycled_content", "import_hhi", "high_end_share"):
        np.testing.assert_allclose(value(turned[name], "1"), value(baseline[name], "1"), rtol=1e-12)


def test_a_country_without_plug_in_vehicles_runs(model: lf.Model) -> None:
    none = lf.Q_(0, "vehicle/year")
    run = model.run(overrides={"fleet.registrations": none, "fleet.nev_share": 0.0, "trade.vehicle_exports": none})
    for name in FLEET:
        assert not run.ledger.values(name).any(), name
    assert by_year(run, "device_batteries").all()
    assert run.balance.worst.relative <= 1e-12
    assert np.isnan(value(run["collected_of_retired"], "1")).all()
    assert isinstance(run._repr_html_(), str)
    assert len(run.targets()) > 0


def test_no_registrations_up_to_today_and_none_after(model: lf.Model) -> None:
    run = model.run(overrides={"fleet.registrations": lf.Q_(0, "vehicle/year")})
    assert not run.ledger.values("capacity_registered")[: run.years.index(2025)].any()
    assert run.balance.ok


RATES = [0.3, 0.5, 0.9]


def by_member(values: list[float], unit: str = "1", dim: str = "member") -> Any:
    labels = list(range(len(values))) if dim == "member" else [f"region {i}" for i in range(len(values))]
    return wrap(values, (dim,), unit, {dim: labels})


CASES: list[Mapping[str, tuple[list[float], str]]] = [
    {"collection.rate": (RATES, "1")},
    {"cells.electrode_scrap": ([0.02, 0.05, 0.1], "1"), "recycling.delay": ([0.5, 1.0, 2.5], "year")},
    {"cells.cell_scrap": ([0.0, 0.05, 0.2], "1"), "cells.electrolyte_loss": ([0.0, 0.05, 0.1], "1")},
    {"refining.converted_share": ([0.0, 0.4, 1.0], "1"), "refining.conversion_yield": ([1.0, 0.95, 0.9], "1")},
    {"recycling.capacity": ([0.0, 5e3, 1e6], "t Li/year"), "recycling.scrap_collection": ([0.5, 0.9, 1.0], "1")},
    {"recycling.metal_recovery": ([0.0, 0.5, 1.0], "1"), "recycling.metal_black_mass_yield": ([0.8, 0.9, 1.0], "1")},
    {
        "trade.origin_available": ([1.0, 0.5, 0.0], "1"),
        "trade.substitution": ([0.0, 0.3, 0.6], "1"),
        "trade.shortage_allowed": ([0.0, 1.0, 1.0], "1"),
    },
    {"refining.reserve_cover": ([0.0, 0.1, 0.5], "year"), "refining.reserve_fill": ([0.01, 0.05, 0.2], "1")},
    {"mining.project_size": ([0.0, 1e4, 2e4], "t Li/year"), "mining.project_start": ([2020.0, 2028.5, 2040.0], "year")},
    {"mining.project_ramp": ([0.5, 3.0, 10.0], "year"), "mining.project_probability": ([0.0, 0.5, 1.0], "1")},
    {"mining.magnesium_penalty": ([0.0, 0.1, 0.15], "1"), "mining.reference_ratio": ([50.0, 100.0, 200.0], "1")},
    {"mining.reserves": ([0.0, 1e5, 1e6], "t Li"), "mining.reserve_year": ([2005.0, 2023.0, 2040.0], "year")},
    {
        "footprint.cell_energy": ([50.0, 100.0, 200.0], "MJ/kWh"),
        "footprint.refining_emissions": ([1e0, 5e0, 9e0], "t CO2e/t Li"),
    },
    {"cells.capacity": ([1e8, 1e9, 4e9], "kWh/year"), "refining.capacity": ([1e5, 2e5, 3e5], "t Li/year")},
    {"fleet.vehicle_life": ([10.0, 14.0, 20.0], "year"), "fleet.battery_life_sd": ([2.0, 3.0, 4.0], "year")},
    {"fleet.first_life_shape": ([2.5, 3.5, 4.5], "1"), "fleet.replacement_share": ([0.0, 0.1, 0.5], "1")},
    {"fleet.two_life_share": ([0.0, 0.5, 1.0], "1"), "fleet.replacement_age_limit": ([4.0, 8.0, 12.0], "year")},
    {"materials.anode_lithium_per_kwh": ([0.0, 0.01, 0.05], "kg Li/kWh")},
    {"reuse.residence": ([2.0, 4.0, 6.0], "year"), "reuse.suitable_share": ([0.0, 0.3, 1.0], "1")},
    {"reuse.fade_exponent": ([0.6, 1.0, 1.4], "1"), "uses.device_life": ([3.0, 5.0, 8.0], "year")},
    {"fleet.car_ownership_growth": ([0.05, 0.1, 0.2], "1/year"), "fleet.nev_share": ([0.3, 0.6, 0.9], "1")},
    {"fleet.pack_size": ([30.0, 50.0, 70.0], "kWh/vehicle"), "fleet.used_export_share": ([0.0, 0.1, 0.3], "1")},
    {"mining.concentration_yield": ([0.5, 0.6, 0.7], "1"), "mining.capacity": ([0.0, 1e4, 1e7], "t Li/year")},
    {"mining.mining_yield": ([0.5, 0.9, 1.0], "1"), "mining.concentrate_grade": ([0.0, 0.02, 0.03], "t Li/t")},
    {"mining.reserves": ([1e5, 3e5, 1e6], "t Li"), "mining.reserve_additions": ([0.0, 1e4, 5e4], "t Li/year")},
    {"refining.yield": ([0.8, 0.85, 0.9], "1"), "trade.salt_import_share": ([0.1, 0.2, 0.3], "1")},
    {"collection.hoard_time": ([1.0, 3.0, 9.0], "year"), "collection.hoard_share": ([0.0, 0.5, 1.0], "1")},
    {
        "trade.black_mass_imports": ([0.0, 40.0, 300.0], "t Li/year"),
        "trade.black_mass_import_metal_share": ([0.0, 1.0, 1.5], "1"),
    },
]


@pytest.mark.parametrize("case", CASES, ids=[" and ".join(case) for case in CASES])
def test_members_give_the_same_as_single_runs(model: lf.Model, case: Mapping[str, tuple[list[float], str]]) -> None:
    together = model.run(overrides={name: by_member(values, unit) for name, (values, unit) in case.items()})
    assert together.balance.worst.relative <= 1e-12
    for member in range(3):
        alone = model.run(overrides={name: lf.Q_(values[member], unit) for name, (values, unit) in case.items()})
        for name, variable in POSTED.items():
            array = together[name]
            own = array.isel(member=member) if "member" in array.dims else array
            scale = np.nanmax(np.abs(alone.ledger.values(name)))
            np.testing.assert_allclose(
                value(own, variable.unit), alone.ledger.values(name), rtol=1e-9, atol=1e-13 * scale, err_msg=name
            )
        for name, indicator in lf.INDICATORS.items():
            array = together[name]
            own = array.isel(member=member) if "member" in array.dims else array
            single = value(alone[name], indicator.unit)
            # what is left of large amounts, such as idle capacity, is rounding where it is zero
            scale = max(1.0, float(np.abs(np.nan_to_num(single)).max()))
            np.testing.assert_allclose(value(own, indicator.unit), single, rtol=1e-9, atol=1e-12 * scale, err_msg=name)


REGIONAL: list[Mapping[str, tuple[float, str]]] = [
    {"collection.rate": (0.6, "1")},
    {"recycling.capacity": (5e3, "t Li/year"), "recycling.delay": (1.5, "year")},
    {
        "trade.origin_available": (0.6, "1"),
        "trade.shortage_allowed": (1.0, "1"),
        "refining.reserve_cover": (0.2, "year"),
    },
    {
        "mining.project_size": (8e3, "t Li/year"),
        "mining.magnesium_penalty": (0.1, "1"),
        "mining.reserves": (2e5, "t Li"),
        "mining.reserve_additions": (5e3, "t Li/year"),
        "mining.mining_yield": (0.8, "1"),
    },
    {
        "cells.electrode_scrap": (0.05, "1"),
        "refining.converted_share": (0.5, "1"),
        "recycling.metal_recovery": (0.9, "1"),
    },
    {"trade.black_mass_imports": (200.0, "t Li/year"), "trade.black_mass_import_metal_share": (0.8, "1")},
]


@pytest.mark.parametrize("case", REGIONAL, ids=[" and ".join(case) for case in REGIONAL])
def test_two_regions_alike_are_each_what_one_is(model: lf.Model, case: Mapping[str, tuple[float, str]]) -> None:
    regions = model.run(overrides={name: by_member([x, x], unit, dim="region") for name, (x, unit) in case.items()})
    alone = model.run(overrides={name: lf.Q_(x, unit) for name, (x, unit) in case.items()})
    for name, variable in POSTED.items():
        scale = np.nanmax(np.abs(alone.ledger.values(name)))
        for region in range(2):
            array = regions[name]
            own = array.isel(region=region) if "region" in array.dims else array
            np.testing.assert_allclose(
                value(own, variable.unit), alone.ledger.values(name), rtol=1e-12, atol=1e-14 * scale, err_msg=name
            )
    assert "region" in regions["salts_refined"].dims


def test_regions_and_members_may_come_together(model: lf.Model) -> None:
    run = model.run(
        overrides={
            "collection.rate": by_member(RATES),
            "fleet.vehicle_life": by_member([10.0, 15.0], "year", dim="region"),
        }
    )
    assert run["batteries_collected"].dims == ("year", "battery_use", "channel", "region", "member")
    one = model.run(overrides={"collection.rate": 0.5, "fleet.vehicle_life": lf.Q_(15.0, "year")})
    own = run["batteries_collected"].isel(region=1, member=1)
    expected = one.ledger.values("batteries_collected")
    np.testing.assert_allclose(value(own, "t Li/year"), expected, rtol=1e-9, atol=1e-12 * expected.max())
    content = run["recycled_content"]
    assert content.dims == ("year", "region", "member")


def test_one_member_alone_is_still_a_member(model: lf.Model) -> None:
    run = model.run(overrides={"collection.rate": by_member([0.5])})
    alone = model.run(overrides={"collection.rate": 0.5})
    np.testing.assert_allclose(
        by_year(run, "batteries_collected").ravel(), by_year(alone, "batteries_collected"), rtol=1e-12
    )


def test_a_wrong_member_is_found_among_good_ones(model: lf.Model) -> None:
    with pytest.raises(lf.NegativeFlowError, match=r"imported is negative: .* at year \d+, origin \w+, .*member 2"):
        model.run(overrides={"trade.black_mass_imports": by_member([0.0, 10.0, 1e6], "t Li/year")})


SHARES = [
    "collection.rate",
    "collection.formal_share",
    "collection.hoard_share",
    "reuse.suitable_share",
    "reuse.market_share",
    "reuse.onward_share",
    "fleet.two_life_share",
    "fleet.replacement_share",
    "fleet.used_export_share",
    "recycling.black_mass_yield",
    "recycling.scrap_collection",
    "recycling.metal_black_mass_yield",
    "refining.converted_share",
    "trade.origin_available",
    "trade.substitution",
    "refining.reserve_fill",
    "mining.project_probability",
]


FILLED = [float(name in ("reuse.suitable_share", "reuse.market_share")) for name in SHARES]
"""Second life fills all of its market, so that nothing but rounding is left open."""


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(shares=FILLED)
@given(shares=st.lists(st.just(0.0) | st.floats(1e-6, 1.0), min_size=len(SHARES), max_size=len(SHARES)))
def test_any_shares_give_a_chain_in_balance(model: lf.Model, shares: list[float]) -> None:
    drawn = dict(zip(SHARES, shares, strict=True))
    run = model.run(overrides={**drawn, "trade.shortage_allowed": 1.0, "refining.reserve_cover": lf.Q_(0.2, "year")})
    assert run.balance.worst.relative <= 1e-12
    used, primary = by_year(run, "lithium_demand"), by_year(run, "primary_supply")
    secondary = by_year(run, "secondary_supply_old") + by_year(run, "secondary_supply_new")
    np.testing.assert_allclose(used, primary + secondary, rtol=1e-10)

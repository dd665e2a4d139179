"""Energy, emissions and plant capacities: beside the chain, so nothing in it depends on them."""

from __future__ import annotations

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value
from tests.chain.ledgers import POSTED, Array, labels, parameter

INTENSITIES = [
    f"footprint.{activity}_{quantity}"
    for quantity in ("energy", "emissions")
    for activity in ("refining", "cell", "recycling")
]
QUANTITIES = [("energy_used", "energy", "MJ"), ("emissions", "emissions", "t CO2e")]


@pytest.mark.parametrize(("name", "quantity", "unit"), QUANTITIES, ids=["energy", "emissions"])
def test_what_is_made_is_multiplied_by_its_intensity(
    model: lf.Model, baseline: lf.Run, name: str, quantity: str, unit: str
) -> None:
    imports = {"trade.black_mass_imports": {"from": 2030, "values": 5, "unit": "kt Li/year"}}
    for run in (baseline, model.run("direct_recycling", imports), model.run("import_shock")):
        values, activity = run.ledger.values, labels(run, "activity")
        shown = run.ledger.values(name)
        made = parameter(run, "refining.yield", "1") * values("concentrate_mined")
        imported = values("salts_refined")[:, labels(run, "feed").index("imported")].sum(axis=1)
        made[:, labels(run, "resource").index("spodumene")] += imported
        of_salts = parameter(run, f"footprint.refining_{quantity}", f"{unit}/t Li")
        np.testing.assert_allclose(shown[:, activity.index("refining")], (of_salts * made).sum(axis=1), rtol=1e-10)
        of_cells = parameter(run, f"footprint.cell_{quantity}", f"{unit}/kWh")
        expected = of_cells * values("capacity_made").sum(axis=1)
        np.testing.assert_allclose(shown[:, activity.index("cells")], expected, rtol=1e-12)
        np.testing.assert_allclose(
            shown[:, activity.index("recycling")], by_route(run, quantity, unit), rtol=1e-10, atol=1e-9
        )


def by_route(run: lf.Run, quantity: str, unit: str) -> Array:
    """Value what each route recovers, of black mass from home and abroad."""
    black_mass = run.ledger.values("black_mass").sum(axis=1)
    black_mass[:, labels(run, "channel").index("formal")] += run.ledger.values("black_mass_imported")
    recovered = parameter(run, "recycling.route_share", "1") * parameter(run, "recycling.lithium_recovery", "1")
    intensity = parameter(run, f"footprint.recycling_{quantity}", f"{unit}/t Li")
    return np.einsum("tc,tcr,tr->t", black_mass, recovered, intensity)


def test_recovered_lithium_is_counted_once_by_route(model: lf.Model) -> None:
    run = model.run("direct_recycling", {"footprint.recycling_energy": lf.Q_(1, "MJ/t Li")})
    salts = run.ledger.values("salts_recovered").sum(axis=(1, 2, 3))
    recovered = salts + run.ledger.values("cathode_repaired").sum(axis=(1, 2))
    used = run.ledger.values("energy_used")[:, labels(run, "activity").index("recycling")]
    np.testing.assert_allclose(used, recovered, rtol=1e-10)


def test_nothing_in_the_chain_depends_on_intensities_or_plant_capacities(model: lf.Model, baseline: lf.Run) -> None:
    plants = [
        "refining.capacity",
        "cells.capacity",
        "materials.cathode_capacity",
        "materials.electrolyte_salt_capacity",
    ]
    run = model.run(overrides={name: {"scale": 2} for name in [*INTENSITIES, *plants, "mining.cost"]})
    doubled = {
        "energy_used",
        "emissions",
        "salt_capacity",
        "cell_capacity",
        "cathode_capacity",
        "electrolyte_salt_capacity",
    }
    for name in POSTED:
        factor = 2.0 if name in doubled else 1.0
        np.testing.assert_array_equal(run.ledger.values(name), factor * baseline.ledger.values(name), err_msg=name)


def test_second_life_stores_energy_by_cycles_and_gives_back_its_efficiency(model: lf.Model) -> None:
    run = model.run("strong_cascade", cohorts=True)
    stored, delivered = (run.ledger.values(f"second_life_energy_{name}") for name in ("stored", "delivered"))
    capacity = run.ledger.values("second_life_service")
    per_cycle = 3.6  # MJ per kWh
    expected = per_cycle * parameter(run, "footprint.cycles", "1/year") * capacity
    np.testing.assert_allclose(stored, expected, rtol=1e-12)
    np.testing.assert_allclose(delivered, parameter(run, "footprint.efficiency", "1") * stored, rtol=1e-12)
    assert stored[-1].sum() > 0.0


PLANTS = {
    "salt_utilisation": ("salts_refined", "refining.capacity", "t Li/year"),
    "cathode_utilisation": ("cathode_output", "materials.cathode_capacity", "t/year"),
    "cell_utilisation": ("capacity_made", "cells.capacity", "kWh/year"),
}


@pytest.mark.parametrize("name", PLANTS)
def test_utilisation_is_output_over_capacity(baseline: lf.Run, name: str) -> None:
    output, plants, unit = PLANTS[name]
    made = baseline.ledger.values(output)
    made = made.sum(axis=tuple(range(1, made.ndim)))
    np.testing.assert_allclose(value(baseline[name], "1"), made / parameter(baseline, plants, unit), rtol=1e-12)


def test_only_the_first_salt_counts_against_the_plants_that_make_it(baseline: lf.Run) -> None:
    salts = baseline.ledger.values("electrolyte_salt_used")[:, labels(baseline, "electrolyte_salt").index("LiPF6")]
    capacity = parameter(baseline, "materials.electrolyte_salt_capacity", "t/year")
    np.testing.assert_allclose(value(baseline["electrolyte_salt_utilisation"], "1"), salts / capacity, rtol=1e-12)


@pytest.mark.parametrize(
    ("idle", "utilisation", "capacity", "unit"),
    [
        ("cell_overcapacity", "cell_utilisation", "cells.capacity", "kWh/year"),
        ("salt_overcapacity", "salt_utilisation", "refining.capacity", "t Li/year"),
        ("cathode_overcapacity", "cathode_utilisation", "materials.cathode_capacity", "t/year"),
        (
            "electrolyte_salt_overcapacity",
            "electrolyte_salt_utilisation",
            "materials.electrolyte_salt_capacity",
            "t/year",
        ),
    ],
)
def test_what_stands_idle_is_what_is_not_utilised(
    baseline: lf.Run, idle: str, utilisation: str, capacity: str, unit: str
) -> None:
    rest = (1.0 - value(baseline[utilisation], "1")) * parameter(baseline, capacity, unit)
    np.testing.assert_allclose(value(baseline[idle], unit), rest, rtol=1e-9, atol=1e-3)


@pytest.mark.parametrize(("stage", "capacity"), [("mine", "mine_capacity"), ("recycler", "recycling_capacity")])
def test_idle_mines_and_recyclers_are_what_they_could_do_and_do_not(
    baseline: lf.Run, stage: str, capacity: str
) -> None:
    there = baseline.ledger.values(capacity).sum(axis=1)
    rest = (1.0 - value(baseline[f"{stage}_utilisation"], "1")) * there
    np.testing.assert_allclose(value(baseline[f"{stage}_overcapacity"], "t Li/year"), rest, rtol=1e-9, atol=1e-6)


def test_plants_do_not_limit_what_is_made(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"cells.capacity": {"scale": 0.1}})
    np.testing.assert_array_equal(run.ledger.values("capacity_made"), baseline.ledger.values("capacity_made"))
    assert value(run["cell_utilisation"], "1")[-1] > 1.0
    assert value(run["cell_overcapacity"], "kWh/year")[-1] < 0.0

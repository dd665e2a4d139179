"""Imports and exports of one region: they take the place of home making, and count in every balance and indicator."""

from __future__ import annotations

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value
from tests.chain.ledgers import number

YEAR = 2024


def by_year(run: lf.Run, name: str, unit: str) -> np.ndarray:
    array = run[name]
    rest = [dim for dim in array.dims if dim != "year"]
    return np.asarray(value(array.sum(rest, skipna=False) if rest else array, unit))


def test_an_imported_vehicle_is_registered_and_made_elsewhere(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"trade.vehicle_imports.car_bev": {"from": 2020, "values": 1e5}})
    at = run.years.index(2020)
    for name in ("vehicles_registered", "fleet_batteries", "batteries_retired", "vehicle_batteries_ended"):
        np.testing.assert_array_equal(run.ledger.values(name), baseline.ledger.values(name), err_msg=name)
    fewer = by_year(baseline, "vehicles_made", "vehicle/year") - by_year(run, "vehicles_made", "vehicle/year")
    np.testing.assert_allclose(fewer[at:], 1e5)
    assert not fewer[:at].any()
    pack = number(baseline, "capacity_registered", YEAR, "kWh/year", vehicle_class="car_bev") / number(
        baseline, "vehicles_registered", YEAR, "vehicle/year", vehicle_class="car_bev"
    )
    assert number(run, "vehicle_capacity_imported", YEAR, "kWh/year") == pytest.approx(1e5 * pack)
    held = number(run, "batteries_imported", YEAR, "t Li/year") / number(
        run, "vehicle_capacity_imported", YEAR, "kWh/year"
    )
    registered = number(run, "batteries_registered", YEAR, "t Li/year", vehicle_class="car_bev") / number(
        run, "capacity_registered", YEAR, "kWh/year", vehicle_class="car_bev"
    )
    assert held == pytest.approx(registered, rel=1e-12), "it holds what batteries of its year and class hold"
    assert number(run, "vehicle_metals_imported", YEAR, "t metal/year", metal="Cu") > 0.0
    less = by_year(baseline, "capacity_to_vehicles", "kWh/year") - by_year(run, "capacity_to_vehicles", "kWh/year")
    np.testing.assert_allclose(less, by_year(run, "vehicle_capacity_imported", "kWh/year"), rtol=1e-6, atol=1.0)
    assert run.balance.worst.relative <= 1e-12


def test_imported_cells_have_the_mix_of_home_vehicles(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"trade.cell_imports": {"unit": "GWh/year", "values": 10, "from": 2018}})
    wanted = value((baseline["capacity_to_vehicles"] + baseline["capacity_replacing"]).sel(year=YEAR), "kWh/year")
    imported = value(run["capacity_imported"].sel(year=YEAR), "kWh/year")
    np.testing.assert_allclose(imported, 1e7 * wanted / wanted.sum(), rtol=1e-12)
    made = number(run, "capacity_made", YEAR, "GWh/year")
    assert made == pytest.approx(number(baseline, "capacity_made", YEAR, "GWh/year") - 10)
    assert number(run, "lithium_demand", YEAR, "t Li/year") < number(baseline, "lithium_demand", YEAR, "t Li/year")
    assert number(run, "metals_imported", YEAR, "t metal/year", metal="Ni") > 0.0


def test_more_imports_than_use_are_an_error(model: lf.Model) -> None:
    cases = {
        "vehicles_made": {"trade.vehicle_imports": lf.Q_(1e7, "vehicle/year")},
        "capacity_made": {"trade.cell_imports": lf.Q_(1e4, "GWh/year")},
        "electrolyte_to_cells": {"trade.electrolyte_imports": lf.Q_(1e4, "kt/year")},
    }
    for name, overrides in cases.items():
        with pytest.raises(lf.NegativeFlowError, match=f"{name} is negative"):
            model.run(overrides=overrides)


def test_more_black_mass_than_there_is_can_not_be_exported(model: lf.Model) -> None:
    with pytest.raises(lf.InputError, match="more black mass is exported in 2010 than there is"):
        model.run(overrides={"trade.black_mass_exports": lf.Q_(1e6, "t Li/year")})


def test_imported_electrolyte_needs_no_salts(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"trade.electrolyte_imports": {"unit": "kt/year", "values": 10, "from": 2018}})
    ratio = number(run, "electrolyte_imported", YEAR, "t Li/year") / number(
        run, "electrolyte_to_cells", YEAR, "t Li/year"
    )
    assert 0.0 < ratio < 1.0
    output = number(baseline, "electrolyte_output", YEAR, "kt/year") - number(
        run, "electrolyte_output", YEAR, "kt/year"
    )
    assert output == pytest.approx(10.0)
    assert number(run, "salts_to_electrolyte", YEAR, "t Li/year") < number(
        baseline, "salts_to_electrolyte", YEAR, "t Li/year"
    )


def test_exported_concentrate_is_mined_or_bought(model: lf.Model, baseline: lf.Run) -> None:
    """In observed years mine output is data, so what is exported is bought; later idle mines deliver it first."""
    sold = {"trade.concentrate_exports": lf.Q_(2.0, "kt Li/year")}
    run = model.run(overrides=sold)
    more = by_year(run, "concentrate_imported", "kt Li/year") - by_year(baseline, "concentrate_imported", "kt Li/year")
    np.testing.assert_allclose(more, 2.0, rtol=1e-9)
    for name in ("salts_refined", "refining_residue", "concentrate_mined"):
        np.testing.assert_allclose(
            run.ledger.values(name), baseline.ledger.values(name), rtol=1e-9, atol=1e-9, err_msg=name
        )
    ample = {"mining.capacity": {"from": 2030, "scale": 30}}
    idle = model.run(overrides={**sold, **ample})
    at = run.years.index(2035)
    assert by_year(idle, "concentrate_imported", "kt Li/year")[at] == pytest.approx(0.0, abs=1e-9)
    mined = by_year(idle, "concentrate_mined", "kt Li/year") - by_year(
        model.run(overrides=ample), "concentrate_mined", "kt Li/year"
    )
    assert mined[at] == pytest.approx(2.0)


def test_what_nobody_takes_is_kept_only_where_it_may_be(model: lf.Model) -> None:
    nothing = lf.Q_(0, "t Li/year")
    much = {"mining.output": {"until": 2018, "scale": 6}, "refining.concentrate_inventory_build": nothing}
    with pytest.raises(lf.NegativeFlowError, match="imported is negative"):
        model.run(overrides=much)
    run = model.run(overrides={**much, "refining.surplus_kept": 1.0})
    stock = by_year(run, "concentrate_stock", "kt Li")
    imported = by_year(run, "concentrate_imported", "kt Li/year")
    assert stock.max() > 0.0
    assert stock[-1] == 0.0
    assert not imported[stock > 0.0].any(), "the stock is used before concentrate is bought"
    assert run.balance.worst.relative <= 1e-12


def test_exported_black_mass_takes_its_metals_along(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"trade.black_mass_exports": {"unit": "t Li/year", "values": 100, "from": 2020}})
    formed = number(run, "black_mass", YEAR, "t Li/year")
    share = 100.0 / formed
    assert number(run, "black_mass_exported", YEAR, "t Li/year") == pytest.approx(100.0)
    metals = number(run, "metals_black_mass_exported", YEAR, "t metal/year")
    assert metals == pytest.approx(share * number(run, "metals_in_black_mass", YEAR, "t metal/year"))
    assert number(run, "salts_recovered", YEAR, "t Li/year") == pytest.approx(
        (1.0 - share) * number(baseline, "salts_recovered", YEAR, "t Li/year")
    )
    np.testing.assert_allclose(
        value(run["lithium_recovery_formal"], "1"), value(baseline["lithium_recovery_formal"], "1"), rtol=1e-9
    )
    assert run.balance.worst.relative <= 1e-12


GOODS = {
    "trade.cell_imports": ("GWh/year", 10.0, "cells_imported", "import_reliance_cells"),
    "trade.device_cell_imports": ("GWh/year", 2.0, "device_cells_imported", "import_reliance_cells"),
    "trade.vehicle_imports.car_bev": ("vehicle/year", 2e4, "batteries_imported", "import_reliance_vehicles"),
    "trade.electrolyte_imports": ("kt/year", 10.0, "electrolyte_imported", "import_reliance_chain"),
}


@pytest.mark.parametrize("name", GOODS)
def test_imports_count_in_embodied_lithium_and_in_reliance(model: lf.Model, baseline: lf.Run, name: str) -> None:
    unit, amount, flow, reliance = GOODS[name]
    run = model.run(overrides={name: {"unit": unit, "values": amount, "from": 2020}})
    at = run.years.index(YEAR)
    imported = by_year(run, flow, "t Li/year")[at]
    assert imported > 0.0
    assert value(run[reliance], "1")[at] != value(baseline[reliance], "1")[at]
    # the good itself, less what is no longer bought to make it at home; its losses stay abroad
    saved = sum(
        by_year(baseline, raw, "t Li/year")[at] - by_year(run, raw, "t Li/year")[at]
        for raw in ("concentrate_imported", "salts_imported")
    )
    embodied = by_year(run, "embodied_net_imports", "t Li/year")[at]
    before = by_year(baseline, "embodied_net_imports", "t Li/year")[at]
    assert embodied - before == pytest.approx(imported - saved, rel=1e-6)
    assert imported < saved
    if reliance in ("import_reliance_cells", "import_reliance_vehicles"):
        assert value(run[reliance], "1")[at] > value(baseline[reliance], "1")[at]

"""What falls below zero is an error that names the year and the parameters to look at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value, wrap
from lithflow.chain.ledger import Ledger
from lithflow.chain.variables import DRIVERS
from lithflow.units import canonical_unit

STOCKED = {"carbonate": {2029: 0, 2030: 2000, 2031: -2000, 2032: 0}, "hydroxide": 0}
ALL_DIRECT = {"direct": 1.0, "hydrometallurgy": 0.0, "pyrometallurgy": 0.0}

CASES: list[tuple[str, dict[str, Any]]] = [
    ("vehicles_registered", {"fleet.population": {"from": 2025, "values": {2025: 1.4e9, 2030: 1e8}, "unit": "person"}}),
    ("vehicles_registered", {"fleet.car_ownership_saturation": {"scale": 0.01}}),
    ("vehicles_made", {"trade.vehicle_imports": lf.Q_(1e7, "vehicle/year")}),
    ("capacity_made", {"trade.cell_imports": lf.Q_(1e4, "GWh/year")}),
    ("electrolyte_to_cells", {"trade.electrolyte_imports": lf.Q_(1e4, "kt/year")}),
    ("cathode_to_cells", {"trade.cathode_imports": {"scale": 30}}),
    ("cathode_to_cells", {"materials.cathode_per_kwh": {"scale": 0.3}}),
    (
        "salts_to_cathode",
        {"recycling.route_share.formal": ALL_DIRECT, "materials.cathode_per_kwh": {"from": 2045, "scale": 0.12}},
    ),
    ("concentrate_inventory", {"refining.concentrate_inventory_build": lf.Q_(-1, "kt Li/year")}),
    ("salt_stock", {"refining.stockpile_build": lf.Q_(-1, "kt Li/year")}),
    ("salts_imported", {"refining.stockpile_build": {"values": STOCKED, "unit": "kt Li/year"}}),
    (
        "concentrate_imported",
        {"refining.stockpile_build": {"values": STOCKED, "unit": "kt Li/year"}, "trade.salt_import_share": 0.0},
    ),
    ("salts_from_conversion", {"trade.salt_imports": {"scale": 100}}),
    ("concentrate_imported", {"mining.output": {"scale": 50}}),
    ("concentrate_imported", {"uses.other_demand": {"scale": 0.0}}),
]


@pytest.mark.parametrize(("flow", "overrides"), CASES, ids=[f"{flow}-{next(iter(made))}" for flow, made in CASES])
def test_a_flow_below_zero_names_its_year_and_the_parameter(
    model: lf.Model, flow: str, overrides: dict[str, Any]
) -> None:
    with pytest.raises(
        lf.NegativeFlowError, match=rf"^{flow} is negative: .* at year 20\d\d.*Nothing is clipped"
    ) as told:
        model.run(overrides=overrides)
    changed = {".".join(path.split(".")[:2]) for path in overrides}
    named = str(told.value).partition("change what drives it (")[2].partition(")")[0].split(", ")
    assert changed & set(named)
    assert tuple(named) == DRIVERS[flow]


def test_a_flow_that_is_a_product_is_refused_without_naming_parameters() -> None:
    values = wrap([-1.0], ("year",), "t Li/year", {"year": [2020]})
    with pytest.raises(lf.NegativeFlowError, match=r"change the parameters that drive it$"):
        Ledger().post("refining_residue", values)


@pytest.mark.parametrize("flow", DRIVERS)
def test_drivers_are_declared_parameters_of_flows_that_can_not_be_negative(model: lf.Model, flow: str) -> None:
    assert lf.VARIABLES[flow].kind != "memo"
    assert DRIVERS[flow]
    assert len(set(DRIVERS[flow])) == len(DRIVERS[flow])
    for name in DRIVERS[flow]:
        assert name in model.inputs.declarations, f"{name} of {flow}"


HALF_DIRECT = {"direct": 0.5, "hydrometallurgy": 0.5, "pyrometallurgy": 0.0}
AT_WORK: dict[str, Any] = {
    "mining.magnesium_penalty": 0.05,
    "mining.capacity": {"from": 2025, "scale": 100},
    "trade.vehicle_imports": {"from": 2024, "values": {"car_bev": 1e4}},
    "trade.cell_imports": {"from": 2024, "unit": "GWh/year", "values": 5},
    "trade.device_cell_imports": {"unit": "GWh/year", "values": {"consumer": 1}},
    "trade.electrolyte_imports": {"from": 2024, "unit": "kt/year", "values": 5},
    "refining.stockpile_build": {"unit": "kt Li/year", "values": {"carbonate": 1, "hydroxide": 1}},
    "trade.black_mass_imports": {"unit": "t Li/year", "values": 100},
    "recycling.route_share": {"formal": HALF_DIRECT, "informal": HALF_DIRECT},
}
"""Magnesium, direct repair, imports and late stocks have no effect as shipped, and mines are never curtailed."""


@pytest.fixture(scope="module")
def at_work(model: lf.Model) -> lf.Run:
    """A run in which every driver has an effect."""
    return model.run(overrides=AT_WORK)


@pytest.mark.parametrize("name", sorted({name for names in DRIVERS.values() for name in names}))
def test_what_is_said_to_drive_a_flow_moves_it(model: lf.Model, at_work: lf.Run, name: str) -> None:
    declared = model.inputs.records[name].declaration
    unit = canonical_unit(declared.unit)
    values = np.asarray(value(at_work.parameters[name], unit))
    if declared.sums_to_one:
        values = np.roll(values, 1, axis=declared.dims.index(declared.sums_to_one))
    else:
        values = 0.99 * values if values.any() else values + 1e-3
    labels = {dim: at_work.setting.axes.labels(dim) for dim in declared.dims}
    others = {path: given for path, given in AT_WORK.items() if path != name}
    run = model.run(overrides={**others, name: wrap(values, declared.dims, unit, labels)})
    for flow in (flow for flow, names in DRIVERS.items() if name in names):
        assert not np.allclose(run.ledger.values(flow), at_work.ledger.values(flow), rtol=1e-9, atol=0.0), flow

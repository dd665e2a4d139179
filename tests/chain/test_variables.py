"""The variable table: each flow is known once, and each process has a way in and a way out."""

from __future__ import annotations

from collections import Counter

import pytest

import lithflow as lf
from lithflow.chain.ledger import COHORT, EXTRA
from lithflow.chain.variables import OUTSIDE, VARIABLES, Layer, process_variables
from lithflow.units import parse_unit, same_dimension
from tests.chain.ledgers import LAYERS

FLOW_UNITS = {"lithium": "t Li/year", "metals": "t metal/year", "capacity": "kWh/year", "vehicles": "vehicle/year"}
BALANCED = [(layer, process) for layer in LAYERS for process in process_variables(layer)]


def test_every_name_is_its_own_and_every_meaning_is_said_once() -> None:
    assert all(name == variable.name for name, variable in VARIABLES.items())
    twice = [text for text, count in Counter(variable.meaning for variable in VARIABLES.values()).items() if count > 1]
    assert twice == []
    assert not set(VARIABLES) & set(lf.INDICATORS)


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_has_the_unit_of_its_kind_and_layer(name: str) -> None:
    variable = VARIABLES[name]
    parse_unit(variable.unit)
    if variable.kind == "flow":
        assert variable.unit == FLOW_UNITS[variable.layer]
        assert variable.source != variable.target
    elif variable.kind == "stock":
        assert same_dimension(f"{variable.unit}/year", FLOW_UNITS[variable.layer])
        assert variable.source == variable.target
        assert variable.source not in OUTSIDE
    else:
        assert (variable.layer, variable.source, variable.target) == ("none", "", "")


@pytest.mark.parametrize("name", VARIABLES)
def test_year_comes_first_and_region_and_member_are_left_to_the_run(name: str) -> None:
    dims = VARIABLES[name].dims
    assert dims[0] == "year"
    assert len(set(dims)) == len(dims)
    assert not {*EXTRA, COHORT} & set(dims)


@pytest.mark.parametrize(("layer", "process"), BALANCED)
def test_every_process_has_a_way_in_and_a_way_out(layer: Layer, process: str) -> None:
    roles = process_variables(layer)[process]
    assert roles["inflow"], f"nothing enters {process}"
    assert roles["outflow"] or roles["stock"], f"nothing leaves {process}"
    assert all(variable.target == process for variable in roles["inflow"])
    assert all(variable.source == process for variable in roles["outflow"])
    assert all(variable.source == process for variable in roles["stock"])


@pytest.mark.parametrize("layer", LAYERS)
def test_every_flow_of_a_layer_is_in_the_balance_of_its_ends(layer: Layer) -> None:
    table = process_variables(layer)
    for variable in VARIABLES.values():
        if variable.layer == layer and variable.kind == "flow":
            for process, role in ((variable.source, "outflow"), (variable.target, "inflow")):
                assert process in OUTSIDE or variable in table[process][role]


def test_the_whole_chain_from_ore_to_recycled_salt_is_there() -> None:
    processes = {process for _, process in BALANCED}
    stages = {"mining", "concentration", "refining", "salt_market", "cathode_making", "electrolyte_making"}
    stages |= {"cell_making", "fleet"}
    assert stages | {"reuse", "collection", "hoard", "recycling_queue", "pretreatment", "leaching"} <= processes


def test_every_outside_process_is_used_and_has_a_meaning() -> None:
    used = {end for variable in VARIABLES.values() for end in (variable.source, variable.target)}
    assert set(OUTSIDE) <= used
    assert all(OUTSIDE.values())


def test_names_of_the_modelling_consortium_are_given_once() -> None:
    names = [variable.iamc for variable in VARIABLES.values() if variable.iamc]
    assert len(set(names)) == len(names)
    assert all("|" in name for name in names)

"""Scenarios and overrides: values, paths, scale and add, combined in order."""

import pickle

import numpy as np
import pytest

from lithflow.arrays import unit_of, value, wrap
from lithflow.errors import InputError, UnknownNameError
from lithflow.inputs.folders import Layers
from lithflow.inputs.loading import read
from lithflow.inputs.parameters import Changed
from lithflow.units import Q_
from tests.inputs.small import DECLARATIONS, SHIPPED

YEARS = list(range(2018, 2036))
HEAD = "title: Mine\nreason: r\nsource: assumption\n"


def made(overrides: str = "", **files: str):
    texts = {f"scenarios/{name}.yaml": text for name, text in files.items()}
    if overrides:
        texts["scenarios/mine.yaml"] = f"{HEAD}overrides:\n{overrides}\n"
    inputs, problems = read(Layers((SHIPPED, texts)), DECLARATIONS)
    assert [str(problem) for problem in problems] == []
    return inputs


def series(inputs, name, scenario="mine", overrides=None, unit="1"):
    return value(inputs.parameters(scenario, overrides)[name], unit)


@pytest.fixture(scope="module")
def inputs():
    return made()


def base(name, unit="1"):
    return series(made(), name, "baseline", unit=unit)


def test_a_value_replaces_all_years():
    assert (series(made("  collection.rate: 70"), "collection.rate") == 0.7).all()


def test_a_path_is_in_the_unit_of_the_record():
    found = series(made("  collection.rate: {2020: 50, 2030: 60}"), "collection.rate")
    assert found[YEARS.index(2025)] == pytest.approx(0.55)


def test_a_unit_of_its_own():
    found = series(
        made("  fleet.pack_size: {values: {car: 0.06}, unit: MWh/vehicle}"), "fleet.pack_size", unit="kWh/vehicle"
    )
    assert found.tolist() == [60.0, 200.0]


def test_only_named_labels_change():
    found = series(made("  recycling.lithium_recovery.informal: 40"), "recycling.lithium_recovery")
    assert found[0].tolist() == [[0.85, 0.0], [0.4, 0.4]]


def test_from_keeps_the_years_before_and_until_those_after():
    found = series(made("  collection.rate: {values: 95, from: 2030, until: 2035}"), "collection.rate")
    assert np.array_equal(found[:12], base("collection.rate")[:12])
    assert (found[12:] == 0.95).all()


def test_scale_and_add_start_from_what_was_there():
    scaled = series(made("  collection.rate: {scale: {2025: 1, 2035: 1.1}}"), "collection.rate")
    assert scaled[YEARS.index(2030)] == pytest.approx(0.9 * 1.05)
    added = series(made("  collection.rate: {add: 5}"), "collection.rate")
    assert added == pytest.approx(base("collection.rate") + 0.05)


def test_scale_of_labels():
    found = series(made("  fleet.pack_size: {scale: {bus: 1.5}}"), "fleet.pack_size", unit="kWh/vehicle")
    assert found.tolist() == [50.0, 300.0]


def test_others_make_room():
    text = "  recycling.route_share.formal: {values: {hydrometallurgy: 60}, others: rescale}"
    found = series(made(text), "recycling.route_share")
    assert found[0].tolist() == [pytest.approx([0.6, 0.4]), [1.0, 0.0]]


def test_texts_change_by_label():
    found = made("  materials.cathode_formula.LFP: LiMn0.6Fe0.4PO4").parameters("mine")["materials.cathode_formula"]
    assert found["LFP"] == "LiMn0.6Fe0.4PO4"
    assert found["NMC811"] == "LiNi0.8Mn0.1Co0.1O2"


def test_later_changes_win():
    inputs = _with_blocks()
    assert series(inputs, "fleet.life", unit="year") == 31.0
    assert series(inputs, "fleet.life", "yours", unit="year") == 20.0
    assert series(inputs, "fleet.pack_size", unit="kWh/vehicle")[0] == 60.0


def _with_blocks():
    blocks = (
        "one:\n  reason: r\n  source: assumption\n  overrides: {fleet.life: 20, fleet.pack_size.car: 60}\n"
        "two:\n  reason: r\n  source: miit-2024\n  includes: one\n  overrides: {fleet.life: {scale: 1.5}}\n"
        "more_collection:\n  reason: r\n  source: assumption\n  overrides: {collection.rate: 95}\n"
        "better_recovery:\n  reason: r\n  source: assumption\n"
    )
    return made(
        blocks=blocks,
        mine=f"{HEAD}blocks: [two]\noverrides: {{fleet.life: {{add: 1}}}}\n",
        yours="title: Yours\nreason: r\nsource: assumption\nbased_on: mine\nblocks: one\n",
    )


def test_sources_of_changes_count(inputs):
    parameters = inputs.parameters("goals")
    assert parameters["collection.rate"] is not None
    assert parameters.citations() == {"collection.rate": ("assumption", "miit-2024")}
    assert [source.id for source in parameters.sources()] == ["miit-2024"]
    assert set(parameters.changed) == {"collection.rate", "recycling.lithium_recovery"}


BOTH = "recycling.lithium_recovery.formal: {values: 90, source: miit-2024}"
BOTH += "\n  recycling.lithium_recovery.informal: {values: 50, source: miit-2024}"


@pytest.mark.parametrize(
    ("overrides", "name", "kept"),
    [
        ("fleet.life: {values: 20, source: miit-2024}", "fleet.life", False),
        ("fleet.life: {scale: 1.2, source: miit-2024}", "fleet.life", True),
        ("fleet.life: {add: 1, source: miit-2024}", "fleet.life", True),
        ("collection.rate: {values: {2020: 50, 2030: 90}, source: miit-2024}", "collection.rate", False),
        ("collection.rate: {values: 90, from: 2018, until: 2035, source: miit-2024}", "collection.rate", False),
        ("collection.rate: {values: 90, from: 2024, source: miit-2024}", "collection.rate", True),
        ("collection.rate: {values: 40, until: 2030, source: miit-2024}", "collection.rate", True),
        ("fleet.pack_size.car: {values: 60, source: miit-2024}", "fleet.pack_size", True),
        ("recycling.lithium_recovery.formal: {values: 90, source: miit-2024}", "recycling.lithium_recovery", True),
        (BOTH, "recycling.lithium_recovery", False),
        (
            "recycling.route_share.formal: {values: {hydrometallurgy: 70}, others: rescale, source: miit-2024}",
            "recycling.route_share",
            True,
        ),
        ("materials.cathode_formula.LFP: {values: LiMnPO4, source: miit-2024}", "materials.cathode_formula", True),
        (
            "materials.cathode_formula: {values: {default: LiMnPO4}, source: miit-2024}",
            "materials.cathode_formula",
            False,
        ),
    ],
)
def test_a_record_is_cited_as_long_as_something_of_it_is_left(overrides, name, kept):
    found = made(f"  {overrides}")
    record = found.records[name].sources
    parameters = found.parameters("mine")
    assert parameters.changed[name] == Changed(record if kept else (), ("miit-2024",))
    cited = parameters.citations([name])[name]
    assert cited == tuple(dict.fromkeys((*record, "miit-2024"))) if kept else ("miit-2024",)


def test_what_a_later_change_replaces_is_no_longer_cited():
    blocks = "first:\n  reason: r\n  source: assumption\n  overrides: {fleet.life: 20}\n"
    found = made(
        blocks=blocks,
        mine="title: Mine\nreason: r\nsource: miit-2024\nblocks: first\noverrides: {fleet.life: 25}\n",
        more="title: More\nreason: r\nsource: miit-2024\nblocks: first\noverrides: {fleet.life: {scale: 2}}\n",
    )
    assert found.parameters("mine").changed["fleet.life"] == Changed((), ("miit-2024",))
    assert found.parameters("more").changed["fleet.life"] == Changed((), ("assumption", "miit-2024"))
    assert found.parameters("mine", {"fleet.life": Q_(9, "year")}).citations(["fleet.life"]) == {
        "fleet.life": ("override",)
    }


def test_an_override_is_cited_beside_what_it_leaves(inputs):
    part = inputs.parameters("goals", {"collection.rate": {"from": 2030, "values": 0.97}})
    record = inputs.records["collection.rate"].sources
    assert part.changed["collection.rate"] == Changed(record, ("miit-2024", "override"))
    whole = inputs.parameters("goals", {"collection.rate": 0.97})
    assert whole.citations(["collection.rate"])["collection.rate"] == ("override",)
    labels = {"year": YEARS}
    array = inputs.parameters("goals", {"collection.rate": wrap([0.5] * len(YEARS), ("year",), "1", labels)})
    assert array.citations(["collection.rate"])["collection.rate"] == ("override",)


def test_baseline_is_there_without_a_file():
    texts = {
        path.relative_to(SHIPPED).as_posix(): path.read_text()
        for path in SHIPPED.rglob("*")
        if path.suffix in (".yaml", ".csv") and path.parent.name != "scenarios"
    }
    inputs, _ = read(Layers((texts,)), DECLARATIONS)
    assert inputs.parameters()["fleet.life"] is not None
    assert inputs.scenario("baseline").changes == ()


def test_unknown_scenario_and_parameter(inputs):
    with pytest.raises(UnknownNameError, match="unknown scenario `goal`; nearest: goals"):
        inputs.parameters("goal")
    with pytest.raises(KeyError, match=r"unknown parameter `collection\.rates`; nearest: collection\.rate"):
        inputs.parameters()["collection.rates"]
    with pytest.raises(UnknownNameError, match=r"unknown parameter `collection\.rates`"):
        inputs.parameters().citations(["collection.rates"])


# overrides


@pytest.mark.parametrize(
    ("overrides", "name", "expected"),
    [
        ({"collection.rate": Q_(95, "percent")}, "collection.rate", 0.95),
        ({"collection.rate": 0.95}, "collection.rate", 0.95),
        ({"collection.rate": np.float64(0.95)}, "collection.rate", 0.95),
        ({"collection.rate": {2035: 0.8, 2020: 0.8}}, "collection.rate", 0.80),
        ({"collection.rate": {"values": 0.8}}, "collection.rate", 0.80),
        ({"collection.rate": {"values": 80, "unit": "percent"}}, "collection.rate", 0.80),
        ({"collection.rate": {2020: Q_(0.8, "1")}}, "collection.rate", 0.80),
        ({"collection.rate": {2020: Q_(80, "percent")}}, "collection.rate", 0.80),
        ({"collection.rate": {"values": {2020: Q_(80, "percent")}, "unit": "1"}}, "collection.rate", 0.80),
        ({"recycling.lithium_recovery": {"default": 0.6}}, "recycling.lithium_recovery", 0.6),
        ({"collection.rate": 0.5, "fleet.life": Q_(12, "year")}, "collection.rate", 0.5),
        ({"recycling.lithium_recovery.formal.hydrometallurgy": 0.7}, "recycling.lithium_recovery", 0.7),
    ],
)
def test_overrides(inputs, overrides, name, expected):
    found = inputs.parameters("goals", overrides)
    assert value(found[name], "1").flat[0] == pytest.approx(expected)
    assert "override" in found.citations([name])[name]


def test_only_what_is_overridden_is_made_anew(inputs):
    one, other = inputs.parameters(), inputs.parameters("baseline", {"fleet.life": Q_(12, "year")})
    assert one["collection.rate"] is other["collection.rate"]
    assert one["fleet.life"] is not other["fleet.life"]
    assert value(one["fleet.life"], "year") == 16.0


def test_numbers_of_a_parameter_with_a_unit_are_in_that_of_its_record(inputs):
    found = inputs.parameters("baseline", {"fleet.pack_size": {"bus": 300, "car": Q_(0.06, "MWh/vehicle")}})
    assert value(found["fleet.pack_size"], "kWh/vehicle").tolist() == pytest.approx([60.0, 300.0])
    found = inputs.parameters("baseline", {"fleet.pack_size": {"values": {"bus": 0.3}, "unit": "MWh/vehicle"}})
    assert value(found["fleet.pack_size"], "kWh/vehicle")[1] == pytest.approx(300.0)


# a record restated in another unit


def test_restating_a_record_changes_no_scenario(inputs):
    before = {name: inputs.parameters(name) for name in inputs.scenarios}
    record = inputs.records["collection.rate"]
    assert record.unit == "percent"
    values = dict(zip(inputs.years.tolist(), record.array.tolist(), strict=True))
    text = f'rate:\n  description: d\n  unit: "1"\n  values: {values}\n  source: assumption\n  note: n\n'
    again, problems = read(Layers((SHIPPED, {"collection.yaml": text})), DECLARATIONS)
    assert [str(problem) for problem in problems] == []
    for name, parameters in before.items():
        own = again.parameters(name)
        for parameter in parameters:
            if parameter != "materials.cathode_formula":
                assert value(own[parameter], unit_of(parameters[parameter])) == pytest.approx(
                    value(parameters[parameter], unit_of(parameters[parameter])), rel=1e-12
                ), (name, parameter)


def test_a_users_scenario_is_in_the_unit_of_the_users_record():
    text = 'rate:\n  description: d\n  unit: "1"\n  values: 0.4\n  source: assumption\n  note: n\n'
    own = {"collection.yaml": text, "scenarios/mine.yaml": f"{HEAD}overrides:\n  collection.rate: 0.7\n"}
    inputs, problems = read(Layers((SHIPPED, own)), DECLARATIONS)
    assert [str(problem) for problem in problems] == []
    assert (series(inputs, "collection.rate") == 0.7).all()


def test_texts_can_be_overridden(inputs):
    found = inputs.parameters("baseline", {"materials.cathode_formula.LFP": "LiMnPO4"})
    assert found["materials.cathode_formula"]["LFP"] == "LiMnPO4"
    assert inputs.parameters()["materials.cathode_formula"]["LFP"] == "LiFePO4"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"collection.rat": 1}, r"override: unknown parameter `collection\.rat`; nearest: collection\.rate"),
        ({"recycling.lithium_recovery.formel": 1}, "expected channel or route; nearest: formal"),
        ({"collection.rate": 95}, r"override collection\.rate: 9500 percent is above 100 percent"),
        ({"collection.rate": Q_(-1, "percent")}, "-1 percent is below 0 percent"),
        ({"collection.rate": Q_(5, "kt")}, "expected a unit like percent, got kt"),
        ({"fleet.life": 12}, r"override fleet\.life: expected a quantity such as Q_\(…, 'year'\), got a plain number"),
        ({"fleet.life": "12"}, "expected a quantity .* got the text `12`"),
        ({"fleet.life": None}, "expected a quantity .* got None"),
        ({"fleet.life": True}, "expected a quantity .* got True"),
        ({"fleet.life": [1, 2]}, "expected a number, got a list"),
        ({"fleet.life": {2020: 12}}, "doesn't change over the years"),
        ({"collection.rate": float("nan")}, "expected a finite number, got `nan`"),
        ({"collection.rate": 10**400}, "expected a finite number"),
        ({"collection.rate": Q_(np.ones(3), "1")}, r"an array of shape \(3,\) has no labels"),
        (
            {"collection.rate": {"scale": 2}},
            r"after this change comes to 101.6 percent for 2022 .and 13 more values.; expected 0 to 100 percent",
        ),
        (
            {"recycling.route_share.formal.hydrometallurgy": 0.7},
            "the shares over route sum to 0.9 for 2018 × formal, expected 1",
        ),
        ({"materials.cathode_formula.LFP": Q_(3, "kt")}, "expected a text, got 3.0 kt"),
        ({"collection.rate": 0.5, "collection.rates": 1, "fleet.lives": 1}, r"collection\.rates(.|\n)*fleet\.lives"),
        ({3: 1}, "unknown parameter `3`"),
        (["a"], r"overrides: expected a mapping such as .*'collection\.rate': 0\.9.*, got list \['a'\]"),
        ("collection.rate", "overrides: expected a mapping .*, got str 'collection.rate'"),
        ([], "overrides: expected a mapping .*, got list"),
        ({"collection.rate": {2020: 41, 2030: 90}}, "41 is above 1; is it in percent"),
    ],
)
def test_overrides_that_cannot_be(inputs, overrides, message):
    with pytest.raises(InputError, match=message):
        inputs.parameters("baseline", overrides)


def test_arrays_with_members(inputs):
    axes = inputs.axes.extended({"member": [0, 1, 2]})
    array = axes.wrap(np.array([[0.5], [0.6], [0.7]]).repeat(18, axis=1).T, ("year", "member"), "1")
    found = inputs.parameters("baseline", {"collection.rate": array})
    assert found["collection.rate"].dims == ("year", "member")
    assert value(found["collection.rate"], "percent")[0].tolist() == pytest.approx([50.0, 60.0, 70.0])
    assert "member" in found.axes
    assert "member" not in inputs.axes


def test_arrays_are_put_into_order(inputs):
    array = inputs.axes.wrap(np.array([10.0, 20.0]), ("vehicle_class",), "kWh/vehicle")
    found = inputs.parameters("baseline", {"fleet.pack_size": array.isel(vehicle_class=[1, 0])})
    assert value(found["fleet.pack_size"], "kWh/vehicle").tolist() == [10.0, 20.0]
    one = inputs.axes.extended({"member": ["a", "b"]}).wrap(np.array([5.0, 6.0]), ("member",), "kWh/vehicle")
    found = inputs.parameters("baseline", {"fleet.pack_size": one})
    assert value(found["fleet.pack_size"], "kWh/vehicle").tolist() == [[5.0, 6.0], [5.0, 6.0]]


def test_arrays_that_cannot_be(inputs):
    axes = inputs.axes

    def refused(name, array, message, **more):
        with pytest.raises(InputError, match=message):
            inputs.parameters("baseline", {name: array, **more})

    size = axes.wrap(np.array([10.0, 20.0]), ("vehicle_class",), "kWh/vehicle")
    refused("fleet.pack_size.car", size, "an array is given for a whole parameter")
    refused("fleet.pack_size", size * Q_(1, "kg"), "expected a unit like kWh/vehicle")
    refused(
        "fleet.pack_size",
        size.isel(vehicle_class=[0]),
        r"labels of vehicle_class: expected all 2 labels once; the array lacks bus",
    )
    refused("fleet.pack_size", size.assign_coords(vehicle_class=["car", "buss"]), "lacks bus")
    refused("fleet.pack_size", size * -1.0, "comes to -10 kWh/vehicle for car .and 1 more values.; expected at least 0")
    refused(
        "fleet.life",
        axes.wrap(np.ones(18), ("year",), "year"),
        "unexpected dimension `year`; expected some of member, region",
    )
    refused("materials.cathode_formula", size, "expected a text, got an array")
    refused("fleet.pack_size", size.drop_vars("vehicle_class"), "the dimension vehicle_class has no labels")
    refused("fleet.pack_size", size, "overridden by an array already", **{"fleet.pack_size.car": Q_(3, "kWh/vehicle")})
    one = axes.extended({"member": [0, 1]}).wrap(np.ones(2), ("member",), "kWh/vehicle")
    other = axes.extended({"member": [0, 1, 2]}).wrap(np.ones(3), ("member",), "year")
    refused(
        "fleet.pack_size", one, "the labels of member differ from those of another override", **{"fleet.life": other}
    )


def test_inputs_travel_to_other_processes(inputs):
    assert inputs.parameters() is not None
    again = pickle.loads(pickle.dumps(inputs))
    assert again.hash == inputs.hash
    assert value(again.parameters("goals")["collection.rate"], "percent")[-1] == pytest.approx(95.0)
    assert repr(again) == "<Inputs: 12 parameters, 2 sources, 2 scenarios, 2018–2035>"


def test_reading_marks_as_used(inputs):
    parameters = inputs.parameters()
    assert "fleet.life" in parameters
    assert parameters.used == set()
    assert len(parameters) == len(list(parameters)) == 12
    parameters["fleet.life"]
    assert parameters.used == {"fleet.life"}
    assert repr(parameters) == "<Parameters of 'baseline': 12, 0 changed, 1 used>"

"""Regions in parameter files and overrides: what applies where, and in which order."""

import numpy as np
import pytest

from lithflow.arrays import value, wrap
from lithflow.errors import InputError
from lithflow.inputs import describe, documents
from lithflow.inputs.folders import Layers
from lithflow.inputs.loading import read
from lithflow.inputs.sampling import sample
from lithflow.units import Q_
from tests.inputs.small import DECLARATIONS, SHIPPED

HEAD = "title: Mine\nreason: r\nsource: assumption\n"
BLOCKS = "low:\n  reason: r\n  source: assumption\n  overrides: {collection.rate: 20}\n"


def made(mine: str, **files: str):
    texts = {
        "dimensions.yaml": "region: {north: a, south: b, east: c}\n",
        "scenarios/mine.yaml": HEAD + mine,
        **{f"regions/{name}.yaml": HEAD for name in ("north", "south", "east")},
        **{
            f"{'scenarios' if name in ('other', 'blocks') else 'regions'}/{name}.yaml": text
            for name, text in files.items()
        },
    }
    inputs, problems = read(Layers((SHIPPED, texts)), DECLARATIONS)
    assert [str(problem) for problem in problems] == []
    return inputs


def rates(inputs, overrides=None, scenario="mine"):
    """First value of the collection rate in each region."""
    array = inputs.parameters(scenario, overrides)["collection.rate"]
    values = value(array, "1")
    return values[0].tolist() if "region" in array.dims else [values[0]]


def test_regions_whose_files_change_nothing_have_the_records():
    inputs = made("regions: [north, south]\n")
    parameters = inputs.parameters("mine")
    assert parameters.axes.labels("region") == ("north", "south")
    assert "region" not in parameters["collection.rate"].dims
    assert "region" not in inputs.axes


def test_the_region_comes_first_then_the_scenario_then_what_it_says_of_the_region():
    south = HEAD + "overrides: {collection.rate: 50}\n"
    assert rates(made("regions: [north, south]\n", south=south)) == [0.41, 0.5]
    assert rates(
        made("regions: [north, south]\noverrides: {collection.rate: {add: 5}}\n", south=south)
    ) == pytest.approx([0.46, 0.55])
    both = "regions:\n  north:\n  south: {overrides: {collection.rate: {scale: 0.5}}}\n"
    both += "overrides: {collection.rate: {add: 5}}\n"
    assert rates(made(both, south=south)) == pytest.approx([0.46, 0.275])


def test_a_region_is_based_on_another():
    south = HEAD + "overrides: {collection.rate: 50, fleet.life: 12}\n"
    east = HEAD + "based_on: south\noverrides: {collection.rate: {add: 5}}\n"
    inputs = made("regions: [north, south, east]\n", south=south, east=east)
    assert rates(inputs) == pytest.approx([0.41, 0.5, 0.55])
    assert value(inputs.parameters("mine")["fleet.life"], "year").tolist() == [16, 12, 12]


def test_a_region_needs_no_file_where_the_scenario_says_what_differs():
    texts = {
        "dimensions.yaml": "region: {north: a, south: b}\n",
        "regions/north.yaml": HEAD,
        "scenarios/mine.yaml": HEAD + "regions: {north: , south: {overrides: {collection.rate: 50}}}\n",
    }
    inputs, problems = read(Layers((SHIPPED, texts)), DECLARATIONS)
    assert not problems
    assert rates(inputs) == [0.41, 0.5]


def test_a_region_takes_blocks():
    assert rates(made("regions: {north: , south: {blocks: low}}\n", blocks=BLOCKS)) == [0.41, 0.2]
    assert rates(made("regions: [north, south]\n", blocks=BLOCKS, north=HEAD + "blocks: low\n")) == [0.2, 0.41]


def test_a_scenario_inherits_the_regions_of_its_base():
    inputs = made(
        "based_on: other\nregions: {south: {overrides: {collection.rate: {add: 1}}}}\n",
        other=HEAD
        + "regions: {north: {overrides: {collection.rate: 30}}, south: {overrides: {collection.rate: 40}}}\n",
    )
    assert rates(inputs) == pytest.approx([0.3, 0.41])
    assert rates(inputs, scenario="other") == pytest.approx([0.3, 0.4])


def test_regions_come_in_the_order_of_the_dimension():
    inputs = made("regions: [east, north]\n", east=HEAD + "overrides: {collection.rate: 50}\n")
    assert inputs.parameters("mine").axes.labels("region") == ("north", "east")
    assert rates(inputs) == [0.41, 0.5]


def test_one_region_alone_needs_no_axis():
    inputs = made("regions: [south]\n", south=HEAD + "overrides: {collection.rate: 50}\n")
    assert "region" not in inputs.parameters("mine").axes
    assert rates(inputs) == [0.5]
    assert rates(inputs, {"south/collection.rate": 0.6}) == [0.6]


def test_only_what_differs_gets_the_region():
    parameters = made("regions: [north, south]\n", south=HEAD + "overrides: {fleet.life: 12}\n").parameters("mine")
    assert parameters["fleet.life"].dims == ("region",)
    assert [name for name in parameters if hasattr(parameters[name], "dims") and "region" in parameters[name].dims] == [
        "fleet.life"
    ]
    assert parameters.citations(["fleet.life"])["fleet.life"][-1] == "assumption"


def test_overrides_hold_for_all_regions_or_for_one():
    inputs = made("regions: [north, south]\n", south=HEAD + "overrides: {collection.rate: 50}\n")
    assert rates(inputs, {"collection.rate": 0.9}) == [0.9]
    assert rates(inputs, {"collection.rate": {"add": 1, "unit": "percent"}}) == pytest.approx([0.42, 0.51])
    assert rates(inputs, {"north/collection.rate": Q_(60, "percent")}) == [0.6, 0.5]
    array = wrap([0.1, 0.2], ("region",), "1", {"region": ["north", "south"]})
    assert rates(inputs, {"collection.rate": array}) == [0.1, 0.2]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"nroth/collection.rate": 0.5}, "unknown region `nroth` in `nroth/collection.rate`; nearest: north"),
        (
            {"north/collection.rate": wrap([0.1], ("region",), "1", {"region": ["north"]})},
            "an array is given for all regions; give it the dimension `region`",
        ),
        (
            {"collection.rate": wrap([0.1, 0.2], ("region",), "1", {"region": ["south", "north"]})},
            "the labels of region differ from those of the scenario",
        ),
        (
            {"collection.rate": {"add": 80, "unit": "percent"}},
            "override collection.rate: after this change comes to 1.. perc",
        ),
    ],
)
def test_wrong_overrides_are_refused(overrides, message):
    with pytest.raises(InputError, match=message) as caught:
        made("regions: [north, south]\n").parameters("mine", overrides)
    assert len(str(caught.value).splitlines()) == 1, "told once, not for each region"


def test_a_scenario_without_regions_knows_none():
    with pytest.raises(
        InputError, match=r"unknown region `north` in `north/collection.rate`; the scenario has no regions"
    ):
        made("").parameters("mine", {"north/collection.rate": 0.5})


def test_regions_of_a_folder_stand_beside_the_shipped_ones():
    texts = {
        "dimensions.yaml": "region: {a: one, b: two}\n",
        "regions/a.yaml": HEAD,
        "scenarios/x.yaml": HEAD + "regions: [a]\n",
    }
    more = {"dimensions.yaml": "region: {c: three, b: the second}\n"}
    inputs, problems = read(Layers((SHIPPED, texts, more)), DECLARATIONS)
    assert not problems
    assert inputs.dimensions["region"] == inputs.dimensions["partner"] == ("c", "b", "a")
    assert inputs.meanings["region"]["b"] == "the second"


def test_draws_are_around_the_values_of_each_region():
    inputs = made("regions: [north, south]\n", south=HEAD + "overrides: {fleet.pack_size: {scale: 0.5}}\n")
    ranged = [name for name, record in inputs.records.items() if record.uncertainty is not None]
    drawn = sample(inputs, 5, seed=1, scenario="mine")
    assert set(drawn) == set(ranged)
    with_regions = [name for name in drawn if "region" in drawn[name].dims]
    parameters = inputs.parameters("mine")
    assert with_regions == [name for name in ranged if "region" in parameters[name].dims]
    assert inputs.parameters("mine", drawn)


def test_schema_and_descriptions_know_regions():
    inputs = made("regions: [north, south]\n", south=HEAD + "overrides: {fleet.life: 12}\n")
    own = documents.schema(inputs, "scenario")["properties"]["regions"]["anyOf"]
    assert own[0]["items"]["enum"] == list(inputs.dimensions["region"])
    assert set(own[1]["properties"]) == set(inputs.dimensions["region"])
    assert documents.schema(inputs, "region")["required"] == ["title", "reason", "source"]
    assert describe.changed_by(inputs, "fleet.life") == ["mine"]
    plain = made("regions: [north, south]\n")
    assert "scenario mine: changed" in describe.difference(plain, inputs)


def test_ranges_of_regions_move_together():
    """A range in the unit of the record is that of its own values; a region's move in proportion."""
    from lithflow.inputs.loading import load

    inputs = load()
    drawn = sample(inputs, 9, seed=3, scenario="world", names=["fleet.car_ownership"])["fleet.car_ownership"]
    assert drawn.dims == ("region", "member")
    china, rest = value(drawn, "vehicle/person")
    np.testing.assert_allclose(rest / china, 0.16 / 0.22, rtol=1e-12)

"""The shipped parameter set: complete, quick to read, and every scenario runs and balances."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

import lithflow
from lithflow.inputs.checking import check
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.folders import Layers
from lithflow.inputs.loading import from_snapshot, load, read
from lithflow.inputs.seeds import load_seeds
from lithflow.inputs.sources import SEED, seed_disagreement
from tests.inputs.small import DECLARATIONS, SHIPPED

SCENARIOS = (
    "baseline",
    "goals",
    "frozen_2020",
    "high_nickel",
    "lfp_led",
    "solid_state",
    "sodium_ion",
    "manganese_rich",
    "long_life",
    "strong_cascade",
    "direct_recycling",
    "import_shock",
    "fast_electrification",
    "slow_electrification",
)


@pytest.fixture(scope="module")
def model():
    return lithflow.load()


def test_the_wanted_scenarios_are_there(model):
    assert set(SCENARIOS) <= set(model.inputs.scenarios)


def test_every_scenario_has_a_reason_and_a_source(model):
    for scenario in model.inputs.scenarios.values():
        assert len(scenario.reason) > 20
        assert scenario.sources


def test_every_scenario_runs_and_balances(model):
    for name in model.inputs.scenarios:
        assert model.run(name).balance.ok, name


def test_check_finds_nothing():
    text, status = check()
    assert status == 0
    assert text.endswith("no problems")


def test_cited_figures_agree():
    """The check does it as well; here it can be seen that there is something to check."""
    seeds = load_seeds()
    cited = [
        (record, seeds[source.removeprefix(SEED)])
        for record in load().records.values()
        for source in (*record.sources, *record.row_sources)
        if source.startswith(SEED)
    ]
    assert cited
    for record, seed in cited:
        values = record.row_sources.get(f"{SEED}{seed.id}") or [leaf.value for leaf in record.written]
        assert seed_disagreement(seed, values, record.unit) is None


def test_a_run_reopens_from_its_snapshot(model):
    again = from_snapshot(model.inputs.snapshot)
    assert again.hash == model.inputs.hash


def seconds(action) -> float:
    begin = time.process_time()
    action()
    return time.process_time() - begin


def test_loading_is_quick():
    load()
    assert min(seconds(load) for _ in range(3)) < 0.5


def many(count: int) -> tuple[tuple[Declaration, ...], dict[str, str]]:
    """A parameter table and its files, with records like those of recycling."""
    wanted = next(entry for entry in DECLARATIONS if entry.name == "recycling.lithium_recovery")
    table = tuple(replace(wanted, name=f"recycling.recovery_{number}") for number in range(count))
    text = (SHIPPED / "recycling.yaml").read_text().split("route_share:")[0]
    record = text[text.index("lithium_recovery:") :]
    files = {name: (SHIPPED / name).read_text() for name in ("dimensions.yaml", "sources.yaml")}
    files["recycling.yaml"] = "\n".join(record.replace("lithium_recovery:", f"{entry.key}:") for entry in table)
    return table, files


def test_two_thousand_parameters_are_read_in_a_second():
    table, files = many(2000)
    found, problems = read(Layers((files,)), table)
    assert found is not None, problems[:3]
    assert min(seconds(lambda: read(Layers((files,)), table)) for _ in range(3)) < 1.0


def test_the_folder_of_the_source_tree_is_the_shipped_one():
    assert load().folders == (Path(lithflow.__file__).parents[1] / "parameters",)

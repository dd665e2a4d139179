"""Values of the shipped parameters, held against published figures that they should reproduce."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lithflow.chemistry import content
from lithflow.inputs.inputs import Inputs
from lithflow.inputs.loading import load
from lithflow.report.figures import published_figures
from lithflow.units import conversion

ROOT = Path(__file__).parents[1]
Floats = NDArray[np.float64]


@lru_cache
def inputs() -> Inputs:
    return load()


def values(name: str, unit: str, scenario: str = "baseline") -> dict[tuple[str, ...], Floats]:
    """Values in a unit, by labels; arrays over years where the parameter has them."""
    record = inputs().records[name]
    own = [dim for dim in record.declaration.dims if dim != "year"]
    from lithflow.arrays import value

    wrapped = inputs().parameters(scenario)[name]
    array = value(wrapped, unit) if wrapped.ndim == 0 else value(wrapped.transpose(..., *own), unit)
    array = np.asarray(array, dtype=float)
    found = {}
    for places in np.ndindex(*array.shape[array.ndim - len(own) :]):
        labels = tuple(inputs().dimensions[dim][place] for dim, place in zip(own, places, strict=True))
        found[labels] = array[(..., *places)]
    return found


def at(year: int) -> int:
    return year - int(inputs().years[0])


def label(name: str, unit: str, *labels: str, year: int | None = None, scenario: str = "baseline") -> float:
    array = values(name, unit, scenario)[labels]
    return float(array if year is None else array[at(year)])


# records


def test_every_parameter_has_a_value_without_warnings() -> None:
    assert set(inputs().records) == set(inputs().declarations)
    assert not inputs().warnings


def test_an_assumption_says_why_and_how_far_it_may_be_off() -> None:
    definitions = {
        "materials.is_ternary",
        "materials.is_high_nickel",
        "mining.project_resource",
        "mining.project_province",
        "footprint.energy_per_capacity",
    }
    levers = {"trade.origin_available", "trade.shortage_allowed", "refining.reserve_cover", "refining.surplus_kept"}
    levers |= {"trade.import_partner_share", "trade.export_partner_share", "trade.black_mass_imports"}
    levers |= {"trade.unwanted_refused"}
    for name, record in inputs().records.items():
        if record.assumed and name not in definitions | levers:
            assert len(record.note) > 20, name
            assert record.uncertainty is not None or record.texts is not None, name


def test_every_source_is_used() -> None:
    cited = {source for record in inputs().records.values() for source in (*record.sources, *record.row_sources)}
    cited |= {source for target in inputs().targets for source in target.sources}
    cited |= {source for scenario in inputs().scenarios.values() for source in scenario.sources}
    cited |= {
        source
        for scenario in inputs().scenarios.values()
        for changes in (scenario.changes, *scenario.regions.values())
        for change in changes
        for source in change.sources
    }
    cited |= {figure.source for figure in published_figures().values()}
    notes = " ".join(record.note for record in inputs().records.values())
    unused = [name for name in inputs().sources if name not in cited and name not in notes]
    assert unused == []


@pytest.mark.parametrize("folder", ["parameters", "seeds"])
def test_files_say_nothing_about_how_they_were_made(folder: str) -> None:
    for path in sorted((ROOT / folder).rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"\bD\d{4}\b|published_figures|\.\./shared", text), path


def test_no_table_is_left_over() -> None:
    named = {record.table for record in inputs().records.values() if record.table}
    assert {f"tables/{path.name}" for path in (ROOT / "parameters/tables").glob("*.csv")} == named


# vehicles


def installed(year: int) -> dict[str, float]:
    """Capacity put into registered vehicles, GWh."""
    number, size = values("fleet.registrations", "vehicle/year"), values("fleet.pack_size", "GWh/vehicle")
    return {name: float(number[name,][at(year)] * size[name,][at(year)]) for (name,) in number}


@pytest.mark.parametrize(
    ("year", "cars", "buses", "vans", "trucks"),
    [
        (2015, 5, 9.8, 0.46, 1.7),
        (2016, 10, 16, 0.32, 5.6),
        (2018, 36, 16, 2.2, 4.4),
        (2020, 50, 12, 1.3, 2),
        (2021, 140, 9.5, 3.5, 1.9),
        (2022, 270, 9.1, 8.3, 7.8),
        (2023, 380, 6.6, 12, 11),
        (2024, 490, 8.6, 28, 20),
    ],
)
def test_capacity_agrees_with_battery_demand_by_class(
    year: int, cars: float, buses: float, vans: float, trucks: float
) -> None:
    got = installed(year)
    assert got["car_bev"] + got["car_phev"] == pytest.approx(cars, rel=0.03)
    assert got["bus"] == pytest.approx(buses, rel=0.01)
    assert got["van"] == pytest.approx(vans, rel=0.01)
    assert got["truck"] == pytest.approx(trucks, rel=0.01)


@pytest.mark.parametrize(("year", "wanted"), [(2018, 56.9), (2019, 62.2), (2020, 63.6), (2021, 154.5), (2022, 294.6)])
def test_capacity_agrees_with_installed_batteries(year: int, wanted: float) -> None:
    assert sum(installed(year).values()) == pytest.approx(wanted, rel=0.05)


@pytest.mark.parametrize(
    ("year", "iron_phosphate", "ternary"),
    [
        (2014, 0.81, None),
        (2017, 0.4944, 0.441),
        (2018, 0.390, 0.582),
        (2019, 0.325, 0.651),
        (2020, 0.384, 0.612),
        (2021, 0.517, 0.481),
        (2022, 0.624, 0.375),
        (2023, 0.673, 0.325),
        (2024, 0.746, 0.253),
    ],
)
def test_families_sum_to_the_national_totals(year: int, iron_phosphate: float, ternary: float | None) -> None:
    got = installed(year)
    share = values("fleet.family_share", "1")
    total = sum(got.values())

    def mean(family: str) -> float:
        return sum(float(share[name, family][at(year)]) * got[name] for name in got) / total

    assert mean("lfp") == pytest.approx(iron_phosphate, abs=0.003)
    if ternary is not None:
        assert mean("ternary") == pytest.approx(ternary, abs=0.003)


def test_shares_by_class_agree_with_the_year_that_publishes_them() -> None:
    share = "fleet.family_share"
    assert label(share, "percent", "car_bev", "ternary", year=2019) == pytest.approx(94, abs=1.5)
    assert label(share, "percent", "bus", "lfp", year=2019) == pytest.approx(95, abs=1)
    assert label(share, "percent", "truck", "lfp", year=2019) == pytest.approx(80, abs=2)


@pytest.mark.parametrize(("year", "wanted"), [(2020, 0.23), (2022, 0.447), (2025, 0.446)])
def test_high_nickel_share_of_ternary(year: int, wanted: float) -> None:
    high = [name for (name,), flag in values("materials.is_high_nickel", "1").items() if flag == 1]
    share = values("cells.grade_share", "1")
    assert sum(float(share["ternary", name][at(year)]) for name in high) == pytest.approx(wanted, abs=0.002)


def test_lives_are_those_of_the_study() -> None:
    cars = {"LFP": 9, "NMC111": 8, "NMC532": 9, "NMC622": 10, "NMC811": 10.5, "NCA": 11}
    commercial = {"LFP": 6.5, "NMC111": 5.5, "NMC532": 5.5, "NMC622": 6, "NMC811": 6.5, "NCA": 7}
    for chemistry, years in cars.items():
        assert label("fleet.first_life_scale", "year", "car_bev", chemistry) == years
        assert label("fleet.first_life_scale", "year", "car_phev", chemistry) == years + 1.5
    for chemistry, years in commercial.items():
        for vehicle in ("bus", "van", "truck"):
            assert label("fleet.first_life_scale", "year", vehicle, chemistry) == years


def test_sales_of_2030_keep_the_published_split() -> None:
    index = {name: float(array[at(2030)]) for (name,), array in values("fleet.class_index", "1").items()}
    last = {name: float(array[at(2024)]) for (name,), array in values("fleet.registrations", "vehicle/year").items()}
    cars = last["car_bev"] * index["car_bev"] + last["car_phev"] * index["car_phev"]
    assert cars == pytest.approx(last["car_bev"] + last["car_phev"], rel=1e-3)
    scale = 21.2e6 / cars
    for name, wanted in {"car_bev": 13e6, "car_phev": 8.2e6, "bus": 132.1e3, "van": 895e3, "truck": 607.5e3}.items():
        assert last[name] * index[name] * scale == pytest.approx(wanted, rel=2e-3)


# materials

PACKS = {  # BatPaC 5, kg Li/kWh
    "NMC111": 0.12351,
    "NMC532": 0.11254,
    "NMC622": 0.11025,
    "NMC811": 0.0998,
    "NCA": 0.10749,
    "NMCA": 0.10055,
    "LFP": 0.09149,
    "LMO": 0.10149,
    "LMFP": 0.083,
    "solid_state": 0.18944,
    "sodium_ion": 0.0,
}


def lithium_per_kwh(chemistry: str, year: int = 2020) -> float:
    formula = inputs().records["materials.cathode_formula"].texts
    assert isinstance(formula, dict)
    cathode = label("materials.cathode_per_kwh", "kg/kWh", chemistry, year=year)
    electrolyte = label("materials.electrolyte_per_kwh", "kg/kWh", chemistry, year=year)
    salts = {"LiPF6": "LiPF6", "LiFSI": "LiN(SO2F)2"}
    share = {salt: label("materials.electrolyte_salt_share", "1", salt, year=year) for salt in salts}
    dissolved = sum(share[salt] * content(compound, "Li") for salt, compound in salts.items())
    held = 0.0 if chemistry == "sodium_ion" else content(formula[chemistry], "Li")
    anode = label("materials.anode_lithium_per_kwh", "kg Li/kWh", chemistry, year=year)
    return cathode * held + electrolyte * dissolved + anode


@pytest.mark.parametrize("chemistry", PACKS)
def test_lithium_per_kwh_agrees_with_published_packs(chemistry: str) -> None:
    """Chinese cells hold more electrolyte than the plant model that the packs are from."""
    assert lithium_per_kwh(chemistry) == pytest.approx(PACKS[chemistry], rel=0.03)


def test_electrolyte_salt_content_is_that_of_2020() -> None:
    assert 0.10 <= label("materials.electrolyte_salt_share", "1", "LiPF6", year=2020) <= 0.136


def test_pack_density_lies_between_retired_and_new_packs() -> None:
    density = values("materials.pack_energy_density", "Wh/kg")
    assert 85 <= density["LFP",][at(2013)] <= 125
    assert 125 <= density["LFP",][at(2025)] <= 160
    for array in density.values():
        assert (array <= 350).all()


# other uses and trade


@pytest.mark.parametrize(
    ("device", "year", "wanted"),
    [
        ("consumer", 2020, 61),
        ("consumer", 2021, 72),
        ("consumer", 2023, 80),
        ("consumer", 2024, 84),
        ("storage", 2020, 13),
        ("storage", 2021, 32),
        ("storage", 2023, 185),
        ("storage", 2024, 260),
    ],
)
def test_cells_for_other_uses_sum_to_their_output(device: str, year: int, wanted: float) -> None:
    abroad = label("trade.device_cell_exports", "GWh/year", device, year=year)
    if device == "consumer":
        home = label("uses.consumer_demand", "GWh/year", year=year)
    else:
        steps = inputs().dimensions["reuse_step"]
        home = sum(
            label("uses.application_demand", "GWh usable/year", step, year=year)
            * label("uses.new_lithium_share", "1", step, year=year)
            for step in steps
        )
    assert home + abroad == pytest.approx(wanted, rel=0.06)


@pytest.mark.parametrize(
    ("year", "wanted"), [(2020, 76.6), (2021, 310), (2022, 679), (2023, 1203), (2024, 1284), (2025, 2014 / 10 * 12)]
)
def test_vehicle_exports(year: int, wanted: float) -> None:
    total = sum(float(array[at(year)]) for array in values("trade.vehicle_exports", "vehicle/year").values())
    assert total == pytest.approx(1e3 * wanted, rel=1e-3)


def test_traction_cells_leave_no_more_than_was_sold() -> None:
    sold = {2018: 62.3, 2019: 75.0, 2020: 80.0, 2021: 186.0}
    for year, wanted in sold.items():
        size = values("fleet.pack_size", "GWh/vehicle")
        shipped = sum(
            float(array[at(year)] * size[name,][at(year)])
            for (name,), array in values("trade.vehicle_exports", "vehicle/year").items()
        )
        cells = label("trade.cell_exports", "GWh/year", year=year)
        assert sum(installed(year).values()) + shipped + cells == pytest.approx(wanted, rel=0.05)


@pytest.mark.parametrize(
    ("name", "salt", "unit", "year", "wanted"),
    [
        ("imports", "carbonate", "kt LCE/year", 2020, 50),
        ("imports", "carbonate", "kt LCE/year", 2022, 136),
        ("imports", "carbonate", "kt LCE/year", 2024, 235.02),
        ("exports", "carbonate", "kt LCE/year", 2022, 10.4),
        ("exports", "hydroxide", "kt LiOH_H2O/year", 2017, 19.383),
        ("exports", "hydroxide", "kt LiOH_H2O/year", 2016, 9.835),
    ],
)
def test_salt_trade_is_that_of_customs(name: str, salt: str, unit: str, year: int, wanted: float) -> None:
    assert label(f"trade.salt_{name}", unit, salt, year=year) == pytest.approx(wanted)


def test_net_hydroxide_exports() -> None:
    unit = "kt LiOH_H2O/year"
    for year, wanted in {2021: 70.0, 2022: 90.3}.items():
        net = label("trade.salt_exports", unit, "hydroxide", year=year) - label(
            "trade.salt_imports", unit, "hydroxide", year=year
        )
        assert net == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize(("year", "wanted"), [(2022, 92), (2023, 83.2), (2024, 64.3), (2025, 50.1)])
def test_australia_in_concentrate(year: int, wanted: float) -> None:
    assert label("trade.concentrate_origin_share", "percent", "Australia", year=year) == pytest.approx(wanted, abs=0.1)


# mines and plants


@pytest.mark.parametrize(("year", "wanted"), [(2010, 3.95), (2015, 2.0), (2020, 13.3), (2021, 14.0), (2023, 33.0)])
def test_mine_output_sums_to_the_statistic(year: int, wanted: float) -> None:
    total = sum(float(array[at(year)]) for array in values("mining.output", "kt Li/year").values())
    assert total == pytest.approx(wanted, rel=1e-3)


def test_jiangxi_and_qinghai_give_four_fifths() -> None:
    output = {name: float(array[at(2020)]) for (name,), array in values("mining.output", "kt Li/year").items()}
    assert (output["lepidolite"] + output["brine"]) / sum(output.values()) == pytest.approx(0.80, abs=0.03)
    assert output["brine"] / sum(output.values()) == pytest.approx(0.44, abs=0.01)


def test_mines_use_no_more_than_reserves_by_2050() -> None:
    used = sum(float(array[at(2025) :].sum()) for array in values("mining.capacity", "Mt Li/year").values())
    assert used <= 3.0


def test_brine_recovery_is_pond_times_plant() -> None:
    for year, wanted in {2020: 0.377, 2035: 0.705}.items():
        pond, plant = (
            label(name, "1", "brine", year=year) for name in ("mining.concentration_yield", "refining.yield")
        )
        assert pond * plant == pytest.approx(wanted, abs=0.001)


@pytest.mark.parametrize("year", [2010, 2020, 2050])
def test_spodumene_concentrators_lie_within_what_is_published(year: int) -> None:
    assert 0.506 <= label("mining.concentration_yield", "1", "spodumene", year=year) <= 0.772


@pytest.mark.parametrize(("resource", "low", "high"), [("spodumene", 0.82, 0.90), ("lepidolite", 0.90, 0.94)])
def test_mines_yield_what_the_state_asks_of_them(resource: str, low: float, high: float) -> None:
    assert low <= label("mining.mining_yield", "1", resource, year=2024) <= high


@pytest.mark.parametrize(("year", "wanted"), [(2024, 10.37), (2025, 11.2)])
def test_imported_tonnes_per_carbonate_come_near_those_published(year: int, wanted: float) -> None:
    """The poorest grades are calibrated to these two."""
    tonnes = sum(
        float(share[at(year)]) / label("mining.imported_concentrate_grade", "t Li/t", origin, year=year)
        for (origin,), share in values("trade.concentrate_origin_share", "1").items()
    )
    per_tonne = tonnes * conversion("t LCE", "t Li") / label("refining.yield", "1", "spodumene", year=year)
    assert per_tonne == pytest.approx(wanted, rel=0.08)


def test_concentrate_per_carbonate() -> None:
    grade = 0.06 * conversion("Mt Li2O", "Mt Li")
    per_tonne = conversion("t LCE", "t Li") / (grade * label("refining.yield", "1", "spodumene", year=2022))
    assert per_tonne == pytest.approx(8.0, rel=0.08)


# collection and recycling


def test_collection_and_recovery() -> None:
    assert label("collection.rate", "percent", "vehicle", year=2020) == 41
    assert label("collection.rate", "percent", "vehicle", year=2021) == pytest.approx(236 / 5.91, abs=0.1)
    assert label("collection.rate", "percent", "vehicle", year=2022) == pytest.approx(415 / 7.62, abs=0.5)
    assert label("collection.formal_share", "1", year=2022) == pytest.approx(101.8 / 300, abs=0.001)
    smelting = "recycling.lithium_recovery"
    assert label(smelting, "1", "formal", "hydrometallurgy", year=2020) == 0.85
    assert label(smelting, "1", "formal", "hydrometallurgy", year=2025) == 0.90


# scenarios and goals


def test_the_goals_scenario_holds_what_the_documents_wrote() -> None:
    def goal(name: str, unit: str, *labels: str, year: int) -> float:
        return label(name, unit, *labels, year=year, scenario="goals")

    assert goal("collection.rate", "percent", "vehicle", year=2020) == 41
    assert goal("collection.rate", "percent", "vehicle", year=2025) > 95
    assert goal("collection.rate", "percent", "vehicle", year=2035) >= 95
    for year, least in {2025: 0.40, 2035: 0.70}.items():
        high = sum(goal("cells.grade_share", "1", "ternary", grade, year=year) for grade in ("NMC811", "NCA", "NMCA"))
        assert high > least
    for year in (2020, 2025, 2035):
        assert goal("recycling.lithium_recovery", "1", "formal", "hydrometallurgy", year=year) >= 0.85
    for name in ("trade.concentrate_origin_share", "trade.salt_origin_share"):
        squares = np.sum([array**2 for array in values(name, "1", "goals").values()], axis=0)
        assert squares[at(2035)] < squares[at(2025)] < squares[at(2020)]


@pytest.mark.parametrize("name", ["cells.grade_share", "collection.rate", "trade.salt_origin_share"])
def test_the_goals_scenario_starts_from_observed_2020(name: str) -> None:
    base, goals = values(name, "1"), values(name, "1", "goals")
    for labels, array in base.items():
        assert goals[labels][: at(2020) + 1] == pytest.approx(array[: at(2020) + 1]), labels


def test_every_scenario_changes_something() -> None:
    for name, scenario in inputs().scenarios.items():
        assert scenario.reason
        assert bool(scenario.changes or scenario.regions) == (name != "baseline")


def test_later_scenarios_leave_history_alone() -> None:
    history = {"goals", "frozen_2020", "cathode_as_used"}
    for name, scenario in inputs().scenarios.items():
        if name in history:
            continue
        for change in scenario.changes:
            if "year" not in inputs().declarations[change.name].dims:
                continue
            unit = inputs().declarations[change.name].unit
            before, after = values(change.name, unit), values(change.name, unit, name)
            for labels, array in before.items():
                assert after[labels][: at(2024) + 1] == pytest.approx(array[: at(2024) + 1]), (name, change.name)


# seeds


def seed_rows() -> list[dict[str, str]]:
    with (ROOT / "seeds/seed_figures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_seed_units_can_be_read() -> None:
    from lithflow.units import parse_unit

    for row in seed_rows():
        if row["unit_parsed"]:
            float(row["value"])
            parse_unit(row["unit_parsed"])


def test_seeds_are_complete() -> None:
    rows = seed_rows()
    assert max(Counter(row["id"] for row in rows).values()) == 1
    assert {row["seed"] for row in rows} == {"lithium_chain_2022", "battery_industry_2021"}
    notes = " ".join(row["notes"] for row in rows) + (ROOT / "seeds/README.md").read_text(encoding="utf-8")
    assert [number for number in range(1, 29) if f"INC-{number:02d}" not in notes] == []


def test_seeds_hold_the_figures_that_were_handed_over() -> None:
    handed = ROOT / "../shared/data/seed_figures.csv"
    if not handed.is_file():
        pytest.skip("the figures are not beside the project")
    with handed.open(encoding="utf-8", newline="") as file:
        wanted = list(csv.DictReader(file))
    got = seed_rows()
    assert [row["id"] for row in got] == [row["id"] for row in wanted]
    for mine, theirs in zip(got, wanted, strict=True):
        assert (mine["quantity"], mine["unit"]) == (theirs["quantity"], theirs["unit"])
        assert (mine["value"] and float(mine["value"])) == (theirs["value"] and float(theirs["value"]))

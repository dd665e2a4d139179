"""Loading, scenarios and overrides; the shipped files from wherever the package lies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import unit_of, value, wrap
from lithflow.inputs.declarations.labels import NEEDED_LABELS
from lithflow.units import canonical_unit


def rate(run: lf.Run, year: int, use: str = "vehicle") -> float:
    """Give the collection rate that a run used, in percent."""
    return float(value(run.parameters["collection.rate"].sel(year=year, battery_use=use), "percent"))


def test_the_shipped_model_has_the_scenarios_of_the_main_job(model: lf.Model) -> None:
    assert {"baseline", "goals"} <= set(model.scenarios)
    assert all(model.scenarios.values())
    assert "baseline" in repr(model)
    assert isinstance(model, lf.Model)


@pytest.mark.parametrize("name", ["long_life", "lfp_led", "frozen_2020", "import_shock", "strong_cascade"])
def test_other_scenarios_run(model: lf.Model, name: str) -> None:
    run = model.run(name)
    assert run.scenario == name
    assert run.title == model.scenarios[name]
    assert run.balance.ok


def test_every_parameter_of_a_run_has_the_canonical_unit_of_its_declaration(model: lf.Model, baseline: lf.Run) -> None:
    for name, declaration in model.inputs.declarations.items():
        array = baseline.parameters[name]
        if declaration.kind == "text":
            continue
        assert unit_of(array) == canonical_unit(declaration.unit), name
        assert array.dims == declaration.dims
        assert np.isfinite(value(array, declaration.unit)).all()


def test_parameters_can_not_be_changed_in_place(baseline: lf.Run) -> None:
    with pytest.raises(ValueError, match="read-only"):
        value(baseline.parameters["collection.rate"], "1")[0, 0] = 1.0


@pytest.mark.parametrize(
    "override", [lf.Q_(95, "percent"), lf.Q_(0.95, "1"), 0.95, {"values": 0.95}, {"unit": "percent", "values": 95}]
)
def test_an_override_may_be_a_quantity_a_number_or_what_a_file_would_say(model: lf.Model, override: Any) -> None:
    run = model.run("baseline", overrides={"collection.rate": override})
    assert rate(run, 2020) == pytest.approx(95.0, rel=1e-12)
    assert rate(run, 2050, "consumer") == pytest.approx(95.0, rel=1e-12)


def test_an_override_may_name_labels_and_years(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"collection.rate.vehicle": {"from": 2026, "values": {2025: 0.5, 2035: 0.9}}})
    assert rate(run, 2020) == rate(baseline, 2020)
    assert rate(run, 2030) == pytest.approx(70.0)
    assert rate(run, 2050) == pytest.approx(90.0)
    assert rate(run, 2050, "consumer") == rate(baseline, 2050, "consumer")


def nested(array: Any, labels: list[list[str]]) -> Any:
    """Write values as a file nests them, one level of labels for each dimension."""
    if not labels:
        return 100.0 * float(array)
    return {label: nested(part, labels[1:]) for label, part in zip(labels[0], array, strict=True)}


def test_restating_records_in_another_unit_changes_no_scenario(model: lf.Model, tmp_path: Path) -> None:
    changed = {change.name for name in model.scenarios for change in model.inputs.scenario(name).changes}
    names = sorted(name for name in changed if model.inputs.records[name].unit == "1")
    assert len(names) > 8
    labels = {**model.inputs.dimensions, "year": [str(year) for year in model.inputs.years]}
    for name in names:
        record = model.inputs.records[name]
        values = nested(record.array, [list(labels[dim]) for dim in record.declaration.dims])
        entry = {"description": "d", "unit": "percent", "values": values, "source": "assumption", "note": "n"}
        written = {key: json.dumps(part, indent=0) for key, part in {**entry, "path": record.path}.items()}
        lines = [f"  {key}: {text}".replace("\n", "\n    ") + "\n" for key, text in written.items()]
        with (tmp_path / f"{record.declaration.stage}.yaml").open("a", encoding="utf-8") as file:
            file.write(f"{record.declaration.key}:\n{''.join(lines)}")
    own = lf.load(tmp_path).inputs
    for scenario in model.scenarios:
        before, after = model.inputs.parameters(scenario), own.parameters(scenario)
        for name in names:
            np.testing.assert_allclose(value(after[name], "1"), value(before[name], "1"), rtol=1e-12, err_msg=name)


def test_years_without_data_are_warned_of(tmp_path: Path) -> None:
    years = "years: {first: 2015, last: 2050, last_observed: 2026}\n"
    (tmp_path / "dimensions.yaml").write_text(years, encoding="utf-8")
    found = [str(problem) for problem in lf.load(tmp_path).inputs.warnings]
    for name, table in (
        ("fleet.registrations", "registrations"),
        ("mining.output", "mine_output"),
        ("trade.salt_imports", "salt_imports"),
    ):
        text = f"2026 is called observed, but {name} (tables/{table}.csv) ends in 2024"
        assert sum(text in line for line in found) == 1
    assert sum("fleet.registrations (tables/registrations.csv) starts in 2010; vehicles" in line for line in found) == 1
    assert all(line.startswith("dimensions.yaml:1:1 years.") for line in found)
    assert lf.load().inputs.warnings == ()


def test_reserves_of_a_year_to_come_are_warned_of(tmp_path: Path) -> None:
    record = "reserve_year:\n  description: Year\n  unit: year\n  values: 2060\n  source: energy-institute-2024\n"
    (tmp_path / "mining.yaml").write_text(record, encoding="utf-8")
    (found,) = lf.load(tmp_path).inputs.warnings
    assert str(found).startswith("mining.yaml:1:1 mining.reserve_year: warning: reserves are stated as of 2060, after")


@pytest.mark.parametrize(
    ("dimension", "label"),
    [(needed.dimension, label) for needed in NEEDED_LABELS for label in needed.labels],
)
def test_a_label_that_the_chain_needs_can_not_be_renamed(
    repository: Path, tmp_path: Path, dimension: str, label: str
) -> None:
    lines = (repository / "parameters" / "dimensions.yaml").read_text(encoding="utf-8").splitlines()
    place = lines.index(f"{dimension}:")
    row = next(number for number in range(place, len(lines)) if lines[number].startswith(f"  {label}:"))
    lines[row] = lines[row].replace(label, "renamed", 1)
    (tmp_path / "dimensions.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(
        lf.InputErrors, match=f"the label `{label}` of `{dimension}` is missing; the chain needs it"
    ) as caught:
        lf.load(tmp_path)
    assert f"dimensions.yaml:{place + 1}:1 " in str(caught.value)


def test_an_override_may_scale_and_add(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"collection.rate": {"scale": 1.5}})
    assert rate(run, 2020) == pytest.approx(1.5 * rate(baseline, 2020))
    more = model.run(overrides={"collection.rate": {"add": 0.05}})
    assert rate(more, 2020) == pytest.approx(rate(baseline, 2020) + 5.0)


def test_an_override_comes_after_the_scenario(model: lf.Model) -> None:
    run = model.run("goals", overrides={"collection.rate.vehicle": lf.Q_(50, "percent")})
    assert rate(run, 2025) == pytest.approx(50.0)


def test_an_override_may_be_a_labelled_array(model: lf.Model, baseline: lf.Run) -> None:
    years = list(baseline.years)
    array = wrap(np.linspace(0.2, 0.8, len(years)), ("year",), "1", {"year": years})
    run = model.run(overrides={"collection.rate": array})
    assert rate(run, 2010) == pytest.approx(20.0)
    assert rate(run, 2050, "consumer") == pytest.approx(80.0)


def test_an_override_leaves_the_model_as_it_was(model: lf.Model, baseline: lf.Run) -> None:
    model.run(overrides={"collection.rate": 0.1})
    assert rate(model.run(), 2020) == rate(baseline, 2020)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"collection.rate": lf.Q_(95, "kWh")}, r"override collection.rate: expected a unit like percent, got kWh"),
    ({"collection.rate": lf.Q_(95, "t LCE")}, r"override collection.rate: expected a unit like percent, got t LCE"),
    ({"collection.rate": 95}, r"override collection.rate: 9500 percent is above 100 percent"),
    ({"collection.rate": {2020: 41, 2035: 95}}, r"41 is above 1; is it in percent"),
    (["collection.rate"], r"overrides: expected a mapping .*got list"),
    ("collection.rate", r"overrides: expected a mapping .*got str"),
    ({"collection.rate": -0.1}, r"override collection.rate: -10 percent is below 0 percent"),
    (
        {"collection.rate": {"scale": 3}},
        r"override collection.rate: after this change comes to 1\d\d percent for .*; expected 0 to 100 percent",
    ),
    ({"collection.rate": float("nan")}, r"override collection.rate: expected a finite number"),
    ({"collection.rate": float("inf")}, r"override collection.rate: "),
    ({"collection.rate": "high"}, r"override collection.rate: expected a quantity .*, got the text `high`"),
    ({"collection.rate": None}, r"override collection.rate: expected a quantity .*, got None"),
    ({"collection.rate": True}, r"override collection.rate: expected a quantity .*, got True"),
    ({"collection.rate": np.array([0.1, 0.2])}, r"override collection.rate: expected a number"),
    ({"collection.rate": {"values": {"vehicles": 50}}}, r"vehicles.*nearest: vehicle"),
    ({"colection.rate": 0.9}, r"override: unknown parameter `colection.rate`; nearest: collection.rate"),
    ({"collection.rate.vehicl": 0.9}, r"`vehicl` in `collection.rate.vehicl`: expected battery_use; nearest: vehicle"),
    ({"collection.rate.vehicle.car_bev": 0.9}, r"`car_bev` in .*expected no further label"),
    ({"rate": 0.9}, r"unknown parameter `rate`"),
    ({"": 0.9}, r"unknown parameter ``"),
    (
        {"fleet.pack_size": 50},
        r"override fleet.pack_size: expected a quantity such as Q_\(…, 'kWh/vehicle'\), got a plain number",
    ),
    ({"fleet.pack_size": lf.Q_(50, "kWh")}, r"override fleet.pack_size: expected a unit like kWh/vehicle, got kWh"),
    ({"recycling.route_share.formal.hydrometallurgy": 0.5}, r"recycling.route_share.*(sum|add)"),
    ({"materials.cathode_formula": 5}, r"materials.cathode_formula.*expected a text"),
    (
        {"collection.rate": {"from": 2030, "until": 2025, "values": 50}},
        r"`until` 2025, is before the start, `from` 2030",
    ),
    ({"collection.hoard_time": {"from": 2030, "values": 5}}, r"collection.hoard_time: .*doesn't change over the years"),
]


@pytest.mark.parametrize(("overrides", "message"), WRONG, ids=[str(index) for index in range(len(WRONG))])
def test_a_wrong_override_is_refused_with_what_was_expected(model: lf.Model, overrides: Any, message: str) -> None:
    with pytest.raises(lf.LithflowError, match=message) as caught:
        model.run(overrides=overrides)
    assert isinstance(caught.value, lf.InputError)


def test_a_formula_that_can_not_be_read_is_refused(model: lf.Model) -> None:
    with pytest.raises(lf.LithflowError, match="formula 'Xx' can't be read"):
        model.run(overrides={"materials.cathode_formula.LFP": "Xx"})


def test_all_wrong_overrides_are_reported_at_once(model: lf.Model) -> None:
    with pytest.raises(lf.InputError, match=r"collection\.rate") as caught:
        model.run(overrides={"collection.rate": 95, "fleet.pack_siz": 5})
    assert "fleet.pack_siz" in str(caught.value)


AT_THE_EDGE: list[tuple[str, Any]] = [
    ("collection.hoard_time", lf.Q_(0, "year")),
    ("fleet.first_life_scale", lf.Q_(0, "year")),
    ("fleet.first_life_shape", 0.0),
    ("fleet.vehicle_life", lf.Q_(0, "year")),
    ("fleet.battery_life", lf.Q_(0, "year")),
    ("fleet.car_ownership", lf.Q_(0, "vehicle/person")),
    ("cells.electrode_scrap", 1.0),
    ("cells.cell_scrap", 1.0),
    ("cells.electrolyte_loss", 1.0),
    ("mining.magnesium_lithium_ratio", 0.0),
    ("mining.reference_ratio", 0.0),
    ("mining.brine_density", lf.Q_(0, "t/m3")),
    ("mining.project_ramp", lf.Q_(0, "year")),
    ("refining.conversion_yield", 0.0),
    ("mining.mining_yield", 0.0),
    ("mining.concentration_yield", 0.0),
    ("mining.imported_concentrate_grade", lf.Q_(0, "percent Li2O")),
    ("mining.ore_grade", lf.Q_(0, "percent Li2O")),
    ("refining.yield", 0.0),
    ("materials.cathode_yield", 0.0),
    ("materials.electrolyte_yield", 0.0),
    ("materials.anode_yield", 0.0),
    ("materials.pack_energy_density", lf.Q_(0, "kWh/kg")),
]


@pytest.mark.parametrize(("name", "edge"), AT_THE_EDGE, ids=[name for name, _ in AT_THE_EDGE])
def test_a_value_that_nothing_can_be_divided_by_is_refused_by_name(model: lf.Model, name: str, edge: Any) -> None:
    with pytest.raises(lf.InputError, match=rf"override {name}: "):
        model.run(overrides={name: edge})


HARMLESS: list[tuple[str, Any]] = [
    ("cells.electrode_scrap", 0.0),
    ("cells.cell_scrap", 0.0),
    ("cells.electrolyte_loss", 0.0),
    ("refining.converted_share", 0.0),
    ("refining.converted_share", 1.0),
    ("refining.reserve_cover", lf.Q_(5, "year")),
    ("recycling.capacity", lf.Q_(0, "t Li/year")),
    ("mining.project_size", lf.Q_(0, "t Li/year")),
    ("mining.project_start", lf.Q_(1900, "year")),
    ("mining.reserve_year", lf.Q_(2000, "year")),
    ("mining.reserves", lf.Q_(0, "t Li")),
    ("mining.reserve_additions", lf.Q_(1, "Mt Li/year")),
    ("mining.concentrate_grade", lf.Q_(0, "percent Li2O")),
    ("mining.mining_yield", 1.0),
    ("mining.concentration_yield", 1.0),
    ("cells.capacity", lf.Q_(0, "kWh/year")),
    ("materials.cathode_capacity", lf.Q_(0, "t/year")),
    ("collection.rate", 1.0),
    ("recycling.delay", lf.Q_(0, "year")),
    ("recycling.delay", lf.Q_(100, "year")),
    ("fleet.replacement_age_limit", lf.Q_(0, "year")),
    ("fleet.vehicle_life_sd", lf.Q_(0.001, "year")),
    ("fleet.replacement_share", 1.0),
    ("fleet.used_export_share", 1.0),
    ("mining.capacity", lf.Q_(0, "t Li/year")),
    ("reuse.market_share", 0.0),
    ("trade.salt_exports", lf.Q_(0, "t Li/year")),
]


@pytest.mark.parametrize(("name", "edge"), HARMLESS, ids=[f"{name}={edge}" for name, edge in HARMLESS])
def test_an_extreme_but_possible_value_runs(model: lf.Model, name: str, edge: Any) -> None:
    run = model.run(overrides={name: edge})
    assert run.balance.worst.relative <= 1e-12


def test_an_unknown_scenario_is_refused_with_the_nearest(model: lf.Model) -> None:
    with pytest.raises(lf.InputError, match="unknown scenario `gaols`; nearest: goals"):
        model.run("gaols")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(lf.InputError, match=r"there is no folder `.*parametres`"):
        lf.load(tmp_path / "parametres")


def test_a_users_folder_may_hold_one_changed_record(baseline: lf.Run, tmp_path: Path) -> None:
    (tmp_path / "collection.yaml").write_text(
        "hoard_time:\n  description: Mean time in the hoard\n  unit: year\n"
        "  values: {vehicle: 1, storage: 1, two_wheeler: 1, consumer: 1}\n  source: assumption\n  note: A test.\n",
        encoding="utf-8",
    )
    run = lf.load(tmp_path).run()
    assert float(value(run.parameters["collection.hoard_time"].sel(battery_use="vehicle"), "year")) == 1.0
    assert rate(run, 2020) == rate(baseline, 2020)
    assert run.ledger.values("hoarded_batteries")[-1].sum() < baseline.ledger.values("hoarded_batteries")[-1].sum()
    assert run.provenance["inputs_sha256"] != baseline.provenance["inputs_sha256"]


def test_problems_of_a_users_folder_come_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "collection.yaml").write_text(
        "hoard_time:\n  description: d\n  unit: kWh\n  values: {vehicle: 1, default: 2}\n  source: nowhere\n"
        "rat:\n  description: d\n  unit: percent\n  values: 5\n  source: assumption\n  note: n\n",
        encoding="utf-8",
    )
    with pytest.raises(lf.InputErrors, match="problems in the parameter files") as caught:
        lf.load(tmp_path)
    text = str(caught.value)
    assert "collection.yaml:3:" in text
    assert "kWh" in text
    assert "nearest: rate" in text


def test_a_folder_may_be_given_as_text(tmp_path: Path) -> None:
    assert lf.load(str(tmp_path)).scenarios == lf.load().scenarios


SCRIPT = """
import sys
import lithflow as lf
print(lf.__file__)
run = lf.load().run()
assert run.balance.ok
print(run.balance.cells)
print(len(lf.load(sys.argv[1]).run("mine").sources()))
"""


@pytest.mark.slow
def test_the_shipped_files_are_found_from_a_wheel_installed_elsewhere(repository: Path, tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    [wheel] = (tmp_path / "dist").glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(site)
    assert "lithflow/data/parameters/collection.yaml" in names
    assert any(name.startswith("lithflow/data/seeds/") for name in names)
    assert "lithflow/units.txt" in names
    assert not any("tests/" in name or name.endswith(".pyc") for name in names)
    own = tmp_path / "own"
    (own / "scenarios").mkdir(parents=True)
    (own / "scenarios" / "mine.yaml").write_text("title: Mine\nreason: A test.\nsource: assumption\n", encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT, str(own)],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(site)},
    )
    assert done.returncode == 0, done.stderr
    place, *_ = done.stdout.splitlines()
    assert Path(place).is_relative_to(site)

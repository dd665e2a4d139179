"""A run goes into a file and comes back, in a fresh process, to the bit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import unit_of, value, wrap
from lithflow.units import canonical_unit
from tests.chain.ledgers import POSTED


@pytest.fixture(scope="module")
def file(goals: lf.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "run.nc"
    goals.to_netcdf(path)
    return path


def changed(file: Path, tmp_path: Path, group: str, name: str, factor: float) -> Path:
    """Copy a file and change the largest number of a variable in it; of an input all numbers."""
    copy = tmp_path / "changed.nc"
    shutil.copy(file, copy)
    with netCDF4.Dataset(copy, "a") as dataset:
        variable = dataset[group].variables[name]
        values = np.ma.getdata(variable[...])
        if group == "inputs":
            values *= factor
        else:
            values.reshape(-1)[int(np.abs(values).argmax())] *= factor
        variable[...] = values
    return copy


def test_a_run_comes_back_to_the_bit(file: Path, goals: lf.Run) -> None:
    again = lf.open_run(file)
    for name, variable in POSTED.items():
        assert again[name].dims == goals[name].dims
        assert unit_of(again[name]) == canonical_unit(variable.unit)
        np.testing.assert_array_equal(again.ledger.values(name), goals.ledger.values(name), err_msg=name)
    for name, indicator in lf.INDICATORS.items():
        np.testing.assert_array_equal(value(again[name], indicator.unit), value(goals[name], indicator.unit))
    assert set(again.ledger.cohorts) == set(goals.ledger.cohorts)
    for name, values in goals.ledger.cohorts.items():
        np.testing.assert_array_equal(again.ledger.cohorts[name], values)


def test_inputs_come_back_too(file: Path, goals: lf.Run) -> None:
    again = lf.open_run(file)
    assert set(again.parameters) == set(goals.parameters)
    for name in goals.parameters:
        array = goals.parameters[name]
        if not hasattr(array, "dims"):
            assert dict(again.parameters[name]) == dict(array)
            continue
        assert again.parameters[name].dims == array.dims
        assert unit_of(again.parameters[name]) == unit_of(array), name
        np.testing.assert_array_equal(value(again.parameters[name], unit_of(array)), value(array, unit_of(array)))


def test_goals_sources_and_provenance_come_back(file: Path, goals: lf.Run) -> None:
    import pandas as pd

    again = lf.open_run(file)
    assert (again.scenario, again.title, again.years) == (goals.scenario, goals.title, goals.years)
    assert again.last_observed == goals.last_observed
    assert again.provenance == goals.provenance
    assert again.snapshot == goals.snapshot
    pd.testing.assert_frame_equal(again.targets(), goals.targets())
    pd.testing.assert_frame_equal(again.sources(), goals.sources())
    assert again.changed == goals.changed
    assert again.changed["collection.rate"].changes == goals.changed["collection.rate"].changes
    pd.testing.assert_frame_equal(again.summary(), goals.summary())
    assert again._repr_html_() == goals._repr_html_()
    assert again.balance.worst.relative <= 1e-12
    assert again.balance.cells == goals.balance.cells


FRESH = """
import json, sys
import lithflow as lf
from lithflow.arrays import value
run = lf.open_run(sys.argv[1])
assert run.balance.ok
print(json.dumps({
    "balance": run.balance.worst.relative,
    "unit": str(run["salts_refined"].data.units),
    "values": {name: [float(each).hex() for each in run.ledger.values(name).flat[::7]] for name in run.ledger.arrays},
    "percent": value(run["recycled_content"], "percent")[25].item().hex(),
}))
"""


def test_a_fresh_process_reads_the_same_bits_and_proves_the_balance_again(
    file: Path, goals: lf.Run, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FRESH, str(file)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(lf.__file__).parents[1])},
    )
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert read["balance"] <= 1e-12
    assert read["unit"] == "t Li/year"
    assert set(read["values"]) == set(goals.ledger.arrays)
    for name, numbers in read["values"].items():
        assert numbers == [each.hex() for each in goals.ledger.values(name).ravel()[::7].tolist()], name
    assert read["percent"] == float(value(goals["recycled_content"], "percent")[25]).hex()


def test_a_file_holds_floats_and_units_as_text(file: Path) -> None:
    with netCDF4.Dataset(file) as dataset:
        assert dataset.Conventions.startswith("CF-")
        assert set(dataset.groups) >= {"inputs", "results", "cohorts"}
        for group in ("inputs", "results", "cohorts"):
            for variable in dataset[group].variables.values():
                assert variable.dtype == np.float64
                assert isinstance(variable.units, str)
        assert dataset["results"]["salts_refined"].units == "t Li/year"
        assert dataset["results"]["salts_refined"].long_name == lf.VARIABLES["salts_refined"].meaning
        assert dataset["year"].dtype.kind == "i"
        assert json.loads(dataset.provenance)["scenario"] == "goals"


def test_xarray_reads_the_results_without_lithflow(file: Path, goals: lf.Run) -> None:
    import xarray as xr

    with xr.open_datatree(file, engine="netcdf4") as tree:
        array = tree["results/batteries_collected"]
        assert array.attrs["units"] == "t Li/year"
        np.testing.assert_array_equal(array.to_numpy(), goals.ledger.values("batteries_collected"))
        assert list(tree["channel"].to_numpy()) == ["formal", "informal"]


@pytest.mark.parametrize(
    ("group", "name", "process"),
    [
        ("results", "salts_refined", "refining|salt_market"),
        ("results", "fleet_batteries", "fleet"),
        ("cohorts", "salts_recovered", "production year"),
    ],
)
def test_a_tampered_file_is_refused(file: Path, tmp_path: Path, group: str, name: str, process: str) -> None:
    copy = changed(file, tmp_path, group, name, 1.0 + 1e-6)
    with pytest.raises(lf.MassBalanceError, match=f"mass balance of ({process})"):
        lf.open_run(copy)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        lf.LithflowError, match=r"none.nc: no such file; expected one that run.to_netcdf or `lithflow run` wrote"
    ):
        lf.open_run(tmp_path / "none.nc")


def test_a_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(lf.LithflowError, match="no such file"):
        lf.open_run(tmp_path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.nc"
    text.write_text("no run", encoding="utf-8")
    with pytest.raises(lf.LithflowError, match=r"notes.nc: can't be read as netCDF"):
        lf.open_run(text)


def test_a_netcdf_file_that_is_no_run_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "weather.nc"
    with netCDF4.Dataset(other, "w") as dataset:
        dataset.createDimension("x", 2)
    with pytest.raises(
        lf.LithflowError, match=r"weather.nc: expected a file of format 'lithflow run 1', got 'another'"
    ):
        lf.open_run(other)


@pytest.mark.parametrize("group", ["inputs", "results", "cohorts"])
def test_a_file_in_which_something_is_missing_is_refused(file: Path, tmp_path: Path, group: str) -> None:
    copy = tmp_path / "partial.nc"
    with netCDF4.Dataset(file) as whole, netCDF4.Dataset(copy, "w") as part:
        part.setncatts({key: whole.getncattr(key) for key in whole.ncattrs()})
        for dim, size in whole.dimensions.items():
            part.createDimension(dim, len(size))
        for name, variable in whole.variables.items():
            made = part.createVariable(name, variable.dtype, variable.dimensions)
            made[:] = variable[:]
        for own in whole.groups.values():
            new = part.createGroup(own.name)
            for name, variable in own.variables.items():
                if own.name == group and name in ("materials.cathode_per_kwh", "salts_refined", "salts_recovered"):
                    continue
                made = new.createVariable(name, variable.dtype, variable.dimensions)
                made.units = variable.units
                made[...] = variable[...]
    with pytest.raises(
        lf.LithflowError, match=r"partial.nc.*(materials.cathode_per_kwh|salts_refined|salts_recovered)"
    ):
        lf.open_run(copy)


def test_inputs_changed_in_the_file_are_refused(file: Path, tmp_path: Path) -> None:
    copy = changed(file, tmp_path, "inputs", "collection.rate", 0.5)
    with pytest.raises(lf.LithflowError, match="inputs in the file were changed after the run"):
        lf.open_run(copy)


def test_a_cut_off_file_is_refused(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cut.nc"
    copy.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(lf.LithflowError, match=r"cut.nc: can't be read as netCDF"):
        lf.open_run(copy)


def test_a_file_that_can_not_be_written_leaves_nothing(goals: lf.Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(lf.LithflowError, match=r"run.nc: can't be written"):
        goals.to_netcdf(tmp_path / "file" / "run.nc")
    with pytest.raises(lf.LithflowError, match=r"run.nc: can't be written"):
        goals.to_netcdf(tmp_path / "missing" / "run.nc")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_existing_file_is_replaced_when_the_new_one_is_complete(
    goals: lf.Run, baseline: lf.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.nc"
    goals.to_netcdf(path)
    before = path.read_bytes()

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(netCDF4.Dataset, "createGroup", fail)
        with pytest.raises(lf.LithflowError, match=r"can't be written \(No space left on device\)"):
            baseline.to_netcdf(path)
    assert path.read_bytes() == before
    baseline.to_netcdf(path)
    assert lf.open_run(path).scenario == "baseline"
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.nc"]


def test_names_and_text_beyond_ascii_come_back(goals: lf.Run, model: lf.Model, tmp_path: Path) -> None:
    run = model.run()
    run.title = "Basislauf – 基准 ≥ 95 %"
    path = tmp_path / "基准 lauf.nc"
    run.to_netcdf(path)
    assert lf.open_run(path).title == run.title


@pytest.mark.parametrize("dim", ["member", "region"])
def test_members_and_regions_come_back(model: lf.Model, tmp_path: Path, dim: str) -> None:
    labels = [3, 5, 8] if dim == "member" else ["north", "south", "west"]
    run = model.run(overrides={"collection.rate": wrap([0.3, 0.6, 0.9], (dim,), "1", {dim: labels})})
    run.to_netcdf(tmp_path / "run.nc")
    again = lf.open_run(tmp_path / "run.nc")
    assert again["batteries_collected"].dims == run["batteries_collected"].dims
    assert list(again["batteries_collected"][dim].values) == labels
    for name in POSTED:
        np.testing.assert_array_equal(again.ledger.values(name), run.ledger.values(name))


def test_a_run_from_a_file_can_be_written_again(file: Path, tmp_path: Path) -> None:
    again = lf.open_run(file)
    again.to_netcdf(tmp_path / "second.nc")
    second = lf.open_run(tmp_path / "second.nc")
    np.testing.assert_array_equal(second.ledger.values("salts_refined"), again.ledger.values("salts_refined"))
    assert second.provenance == again.provenance


def test_a_renamed_run_keeps_its_name(model: lf.Model, tmp_path: Path) -> None:
    run = model.run(overrides={"collection.rate": 0.9})
    run.scenario = "more collection"
    run.to_netcdf(tmp_path / "run.nc")
    again = lf.open_run(tmp_path / "run.nc")
    assert again.scenario == "more collection"
    assert again.provenance["overrides"] == {"collection.rate": "0.9"}


def test_what_is_followed_by_production_year_comes_back(model: lf.Model, tmp_path: Path) -> None:
    run = model.run(cohorts=True)
    run.to_netcdf(tmp_path / "run.nc")
    again = lf.open_run(tmp_path / "run.nc")
    for name in ("batteries_retired", "fleet_capacity", "salts_recovered"):
        expected, own = run.cohorts(name), again.cohorts(name)
        assert own.dims == expected.dims
        np.testing.assert_array_equal(value(own, unit_of(expected)), value(expected, unit_of(expected)))
    assert set(again.ledger.arrays) == set(run.ledger.arrays)

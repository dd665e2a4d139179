"""Results as CSV: complete, in units that people read, and readable by anything."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lithflow as lf
from lithflow.arrays import value
from lithflow.chain.variables import SHOWN
from lithflow.io.csv import long_table, write_tables
from lithflow.units import same_dimension
from tests.chain.ledgers import POSTED, number


@pytest.fixture(scope="module")
def folder(baseline: lf.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables")
    write_tables(baseline, path)
    return path


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, keep_default_na=False, na_values={"value": [""]}, low_memory=False)


def test_four_tables_are_written(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "flows.csv",
        "indicators.csv",
        "stocks.csv",
        "targets.csv",
    ]


@pytest.mark.parametrize(("file", "kinds"), [("flows.csv", {"flow", "memo"}), ("stocks.csv", {"stock"})])
def test_every_value_of_every_variable_is_there(folder: Path, baseline: lf.Run, file: str, kinds: set[str]) -> None:
    table = read(folder, file)
    names = {name for name, variable in POSTED.items() if variable.kind in kinds}
    assert set(table["variable"]) == names
    counts = table.groupby("variable").size()
    for name in names:
        assert counts[name] == baseline.ledger.values(name).size
        rows = table[table["variable"] == name]
        unit = rows["unit"].iloc[0]
        assert (rows["unit"] == unit).all()
        expected = np.asarray(value(baseline[name], unit)).ravel()
        np.testing.assert_allclose(rows["value"].to_numpy(dtype=float), expected, rtol=1e-9, atol=1e-300)


def test_values_stand_beside_their_labels(folder: Path, baseline: lf.Run) -> None:
    table = read(folder, "flows.csv")
    row = table.query("variable == 'capacity_retired' and year == 2035 and chemistry == 'LFP' and cause == 'both'")
    assert len(row) == 1
    assert row["unit"].iloc[0] == "GWh/year"
    expected = number(baseline, "capacity_retired", 2035, "GWh/year", chemistry="LFP", cause="both")
    assert row["value"].iloc[0] == pytest.approx(expected, rel=1e-9)
    lithium = table.query("variable == 'new_scrap' and year == 2035 and scrap_step == 'cell'")
    assert lithium["unit"].iloc[0] == "kt LCE/year"
    expected = number(baseline, "new_scrap", 2035, "kt LCE/year", scrap_step="cell")
    assert lithium["value"].iloc[0] == pytest.approx(expected, rel=1e-9)


def test_indicators_are_in_percent_and_gaps_stay_empty(folder: Path, baseline: lf.Run) -> None:
    table = read(folder, "indicators.csv")
    assert set(table["variable"]) == set(lf.INDICATORS)
    row = table.query("variable == 'recycled_content' and year == 2035")
    assert row["unit"].iloc[0] == "percent"
    assert row["value"].iloc[0] == pytest.approx(100.0 * number(baseline, "recycled_content", 2035, "1"), rel=1e-9)
    gaps = table[table["variable"] == "old_scrap_ratio"]["value"].isna().to_numpy()
    np.testing.assert_array_equal(gaps, np.isnan(value(baseline["old_scrap_ratio"], "1")))


def test_goals_are_written_as_judged(folder: Path, baseline: lf.Run) -> None:
    table = pd.read_csv(folder / "targets.csv")
    judged = baseline.targets()
    assert list(table["target"]) == list(judged["target"])
    np.testing.assert_allclose(table["margin"], judged["margin"].astype(float), rtol=1e-9, atol=1e-12)
    assert table["met"].tolist() == judged["met"].tolist()


@pytest.mark.parametrize("file", ["flows.csv", "stocks.csv", "indicators.csv", "targets.csv"])
def test_every_row_has_as_many_cells_as_the_head(folder: Path, file: str) -> None:
    with (folder / file).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert "nan" not in (folder / file).read_text(encoding="utf-8").lower().split(",")


def test_shown_units_are_of_the_same_kind() -> None:
    units = {variable.unit for variable in lf.VARIABLES.values()} | {entry.unit for entry in lf.INDICATORS.values()}
    for unit in units:
        assert same_dimension(SHOWN.get(unit, unit), unit)


def test_a_long_table_has_a_column_for_each_dimension(baseline: lf.Run) -> None:
    names = {"refining_residue": "t Li/year", "cells_replacing": "kt Li/year"}
    table = long_table({name: baseline[name] for name in names}, names)
    assert list(table.columns) == ["variable", "year", "chemistry", "value", "unit"]
    assert table[table["variable"] == "refining_residue"]["chemistry"].isna().all()


def test_members_have_a_column_of_their_own(model: lf.Model, tmp_path: Path) -> None:
    from lithflow.arrays import wrap

    run = model.run(overrides={"collection.rate": wrap([0.4, 0.8], ("member",), "1", {"member": [7, 9]})})
    table = long_table({"batteries_lost": run["batteries_lost"]}, {"batteries_lost": "t Li/year"})
    assert set(table["member"]) == {7, 9}

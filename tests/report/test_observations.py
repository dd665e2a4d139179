"""The base year: published observations beside baseline, what each figure is to the model, and how it is printed."""

from __future__ import annotations

import copy
import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lithflow as lf
from lithflow.arrays import value
from lithflow.cli import main
from lithflow.inputs.folders import shipped_folder
from lithflow.report.comparing import TOLERANCE, verdict
from lithflow.report.figures import published_figures
from lithflow.report.observations import observations, observations_text
from lithflow.report.rows import read_observations
from lithflow.report.statements import Row
from tests.report.labels import TERNARY

ROWS = read_observations()


@pytest.fixture(scope="module")
def table(baseline: lf.Run) -> pd.DataFrame:
    return observations(baseline)


@pytest.fixture(scope="module")
def text(baseline: lf.Run) -> str:
    return observations_text(baseline)


@pytest.fixture(scope="module")
def judged(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that can prove something."""
    return table[table["role"].isin(["", "hold-out"])]


def folder_with(tmp_path: Path, rows: str) -> Path:
    for name in ("seed_figures.csv", "observations.csv"):
        shutil.copy(shipped_folder("seeds") / name, tmp_path)
    (tmp_path / "observations.yaml").write_text(rows, encoding="utf-8")
    return tmp_path


SERIES = """\
installed:
  section: Batteries
  label: batteries installed
  figures: [installed_2019, installed_2020]
  unit: GWh/year
  model: {sum: [{variable: capacity_registered}]}
"""


# how far the base year holds


def test_no_more_than_a_third_is_unexplained(table: pd.DataFrame, judged: pd.DataFrame) -> None:
    assert (table["verdict"] == "unexplained").mean() <= 1 / 3
    assert (judged["verdict"] == "unexplained").mean() <= 1 / 3


def test_consumption_reliance_and_retirements_hold(judged: pd.DataFrame) -> None:
    key = judged[judged["key_figure"]]
    assert set(key["section"]) == {"Lithium consumption", "Import reliance", "Retirements"}
    assert set(key["year"]) <= set(range(2015, 2023))
    assert (key["verdict"] == "unexplained").mean() <= 1 / 3
    for section, at_most in {"Lithium consumption": 3, "Import reliance": 0}.items():
        assert (key[key["section"] == section]["verdict"] == "unexplained").sum() <= at_most


def test_every_year_and_what_a_reader_looks_for_is_there(table: pd.DataFrame) -> None:
    assert set(table["year"]) == set(range(2015, 2025))
    assert {
        "Vehicles",
        "Batteries",
        "Lithium per kWh",
        "Cathode and electrolyte",
        "Lithium salts",
        "Mines, world series",
        "Trade",
        "Lithium consumption",
        "Import reliance",
        "Retirements",
        "Stocks in use",
        "Collection",
    } <= set(table["section"])


def test_the_verdicts_follow_from_the_numbers(table: pd.DataFrame) -> None:
    for row in table.itertuples():
        assert row.ratio == pytest.approx(row.baseline / row.published)
        after = None if math.isnan(row.corrected_ratio) else row.corrected_ratio
        assert row.verdict in (verdict(row.ratio, after, row.stated), "unexplained")
        if row.verdict == "explained":
            assert row.reason
            assert row.sources
            assert abs(row.corrected / row.published - 1) <= TOLERANCE


PASSED_ON = """\
installed:
  section: Batteries
  label: batteries installed
  figures: [installed_2017]
  unit: GWh/year
  model: {sum: [{variable: capacity_registered}]}
made:
  section: Batteries
  label: traction cells made
  figures: [power_cells_2017]
  unit: GWh/year
  model:
    sum:
      - {variable: capacity_to_vehicles}
      - {variable: capacity_replacing}
      - {variable: capacity_exported}
      - {variable: capacity_inventory, change: true}
  corrections:
    - text: fewer were installed
      change: add
      size: [{figure: installed_2017, unit: GWh/year, less: {sum: [{variable: capacity_registered}]}}]
"""


def test_a_gap_passed_on_from_an_open_row_explains_nothing(baseline: lf.Run, tmp_path: Path) -> None:
    """What is made follows what is installed; where that is open, so is this."""
    found = observations(baseline, folder_with(tmp_path, PASSED_ON))
    assert abs(found.loc["made_2017", "corrected_ratio"] - 1) <= TOLERANCE
    assert set(found["verdict"]) == {"unexplained"}


def test_the_gap_to_another_count_explains(baseline: lf.Run, tmp_path: Path) -> None:
    """Two published counts differ by what they differ, whichever the run follows."""
    other = "  input: fleet.registrations\n  follows: iea-gevo-2025\nmade:\n"
    found = observations(baseline, folder_with(tmp_path, PASSED_ON.replace("made:\n", other)))
    assert found.loc["installed_2017", "role"] == "other count"
    assert found.loc["made_2017", "verdict"] == "explained"


# what a figure is to the model


def test_a_row_says_that_a_calibrated_stock_moves_it(model: lf.Model, table: pd.DataFrame) -> None:
    name = "materials.cathode_inventory_build"
    without = observations(model.run(overrides={name: lf.Q_(0, "kt/year")}))
    moved = (table["baseline"] / without["baseline"] - 1).abs() > 1e-9
    judged = table["role"].isin(["", "hold-out"])
    assert set(table.index[table["moved_by"] == name]) == set(table.index[moved & judged])
    assert set(table["moved_by"]) == {"", name}
    assert set(table.loc[table["role"] == "calibrated"].index[moved[table["role"] == "calibrated"]]) == set(
        table.index[table["parameter"] == name]
    )


def test_what_moves_a_row_must_be_a_parameter(baseline: lf.Run, tmp_path: Path) -> None:
    with pytest.raises(lf.InputError, match=r"unknown parameter `materials\.cathode_stock_build`"):
        observations(baseline, folder_with(tmp_path, SERIES + "  moved_by: materials.cathode_stock_build\n"))


def test_hold_outs_rest_on_no_source_of_a_parameter(baseline: lf.Run, table: pd.DataFrame) -> None:
    cited = {source for sources in baseline.citations.values() for source in sources}
    declared = {row.id for row in ROWS if row.hold_out}
    found = set(table.index[table["role"] == "hold-out"])
    assert found == {name for name in declared if table.loc[name, "source"] not in cited}
    assert not cited & set(table.loc[list(found), "source"])
    assert len(found) >= 50


def test_a_hold_out_whose_source_a_parameter_cites_is_none(baseline: lf.Run, tmp_path: Path) -> None:
    rows = SERIES + "  hold_out: true\n"
    assert set(observations(baseline, folder_with(tmp_path, rows))["role"]) == {""}
    run = copy.copy(baseline)
    run.citations = {name: tuple(set(cited) - {"cabia"}) for name, cited in baseline.citations.items()}
    assert set(observations(run, tmp_path)["role"]) == {"hold-out"}


def test_an_input_equals_its_figure_or_is_named(baseline: lf.Run, table: pd.DataFrame) -> None:
    fed = table[table["role"].isin(["input", "calibrated", "other count"])]
    assert (fed["parameter"] != "").all()
    for name, row in fed[fed["role"] == "input"].iterrows():
        assert row["source"] in baseline.citations[row["parameter"]] or "press" in row["source"], name
    assert (table[~table.index.isin(fed.index)]["parameter"] == "").all()
    equal = table[(table["ratio"] - 1).abs() < 1e-9]
    assert set(equal["role"]) <= {"input"}


def test_mines_follow_one_statistic(baseline: lf.Run, table: pd.DataFrame) -> None:
    mines = table[table["section"].str.startswith("Mines")]
    world = mines[mines["source"] == "energy-institute-2024"]
    assert set(world["role"]) == {"input"}
    assert world["ratio"].to_numpy() == pytest.approx(np.ones(len(world)), rel=1e-3)
    others = mines.drop(world.index)
    assert set(others["role"]) == {"other count"}
    assert len(others) >= 3
    # the association's figures of output are in no parameter
    assert "cnia-2022" not in baseline.citations["mining.output"]
    assert "cnia-2022" in set(others["source"])


def test_a_count_that_is_not_followed_any_more_is_judged(baseline: lf.Run, tmp_path: Path) -> None:
    rows = SERIES + "  input: fleet.registrations\n  follows: iea-gevo-2025\n"
    folder = folder_with(tmp_path, rows)
    assert set(observations(baseline, folder)["role"]) == {"other count"}
    assert observations_text(baseline, folder).count("not followed") == 2
    run = copy.copy(baseline)
    run.citations = {**baseline.citations, "fleet.registrations": ("assumption",)}
    assert set(observations(run, folder)["role"]) == {""}


@pytest.mark.parametrize("row", [row for row in ROWS if row.corrections], ids=lambda row: row.id)
def test_no_correction_rests_on_its_own_figure(row: Row) -> None:
    for correction in row.corrections:
        assert correction.sources
        for factor in correction.size:
            assert factor.figure != row.figure
            assert factor.figure is None or published_figures()[factor.figure].status != "unverified"


# numbers by hand


def test_consumption_by_hand(baseline: lf.Run, table: pd.DataFrame) -> None:
    row = table.loc["consumption_2017"]
    used = sum(
        float(
            value(
                baseline[name].sel(year=2017).sum([dim for dim in baseline[name].dims if dim != "year"]), "kt LCE/year"
            )
        )
        for name in ("salts_to_cathode", "salts_to_electrolyte", "salts_to_other_uses", "salts_to_anode")
    )
    assert row["published"] == pytest.approx(124.7)
    assert row["baseline"] == pytest.approx(used, rel=1e-9)


def test_a_figure_brings_its_year_and_source(table: pd.DataFrame) -> None:
    row = table.loc["cathode_calibrated_2021"]
    assert (row["year"], row["source"], row["published"]) == (2021, "ggii-shipments", 1130)
    assert table.loc["consumption_2020_2020", "source"] == "seed:X002"
    assert table.loc["consumption_2020_2020", "published"] == pytest.approx(229)


def test_sums_over_years_by_hand(baseline: lf.Run, table: pd.DataFrame) -> None:
    years = slice(2017, 2021)
    mined = float(value(baseline["concentrate_mined"].sel(year=years).sum(["year", "resource"]), "kt Li/year"))
    assert table.loc["home_study_2021", "baseline"] == pytest.approx(mined)
    raw = mined
    for name, sign in {"concentrate_imported": 1, "salts_imported": 1, "salts_exported": -1}.items():
        array = baseline[name].sel(year=years)
        raw += sign * float(value(array.sum(list(array.dims)), "kt Li/year"))
    assert table.loc["apparent_study_2021", "baseline"] == pytest.approx(raw)
    assert table.loc["reliance_study_2021", "baseline"] == pytest.approx(100 * (raw - mined) / raw)


def test_a_stock_that_changes_by_hand(baseline: lf.Run, table: pd.DataFrame) -> None:
    flows = ("capacity_to_vehicles", "capacity_replacing", "capacity_exported")
    made = sum(float(value(baseline[name].sel(year=2018).sum("chemistry"), "GWh/year")) for name in flows)
    stock = value(baseline["capacity_inventory"], "GWh")
    at = baseline.years.index(2018)
    assert table.loc["power_cells_2018", "baseline"] == pytest.approx(made + stock[at] - stock[at - 1])


def test_lithium_per_kwh_by_hand(baseline: lf.Run, table: pd.DataFrame) -> None:
    def registered(name: str, unit: str) -> float:
        return float(value(baseline[name].sel(year=2020, chemistry=TERNARY).sum(["vehicle_class", "chemistry"]), unit))

    per_kwh = registered("batteries_registered", "kg Li/year") / registered("capacity_registered", "kWh/year")
    assert table.loc["lithium_ternary_2020", "baseline"] == pytest.approx(per_kwh)


def test_collected_mass_is_a_product_of_readings(baseline: lf.Run, table: pd.DataFrame) -> None:
    at = baseline.years.index(2022)
    mass = value(baseline["retired_pack_mass"], "kt/year")[at] * value(baseline["collected_of_retired"], "1")[at]
    assert table.loc["recovered_2022", "baseline"] == pytest.approx(mass)


def test_a_numerator_is_corrected_by_hand(baseline: lf.Run, table: pd.DataFrame) -> None:
    def of(name: str, unit: str, **where: object) -> float:
        array = baseline[name].sel(year=2022, **where)
        return float(value(array.sum(list(array.dims)) if array.ndim else array, unit))

    home = 241 - of("salts_refined", "kt LCE/year", feed="home")
    imported = of("salts_refined", "kt LCE/year", feed="imported")
    made = of("salts_refined", "kt LCE/year") + of("salts_recovered", "kt LCE/year")
    row = table.loc["reliance_2022_2022"]
    assert row["ratio"] == pytest.approx(100 * imported / made / 55)
    assert row["corrected"] == pytest.approx(100 * (imported - home) / made)
    assert "kt LCE/year of the numerator [cnia-2022]" in row["reason"]


def test_a_correction_may_hold_for_some_years_only(table: pd.DataFrame) -> None:
    assert math.isnan(table.loc["end_use_2015", "corrected"])
    assert table.loc["end_use_2021", "corrected"] > table.loc["end_use_2021", "baseline"]


def test_a_whole_ratio_may_be_corrected_after_its_parts(baseline: lf.Run, tmp_path: Path) -> None:
    rows = """\
share:
  section: Batteries
  label: share
  figures: [share_installed_2021]
  unit: percent
  model: {sum: [{variable: capacity_registered}], over: [{variable: capacity_made}]}
  corrections:
    - text: half
      change: subtract
      of: denominator
      unit: GWh/year
      size: [{value: 100, unit: GWh/year, source: cabia}]
    - text: more
      change: add
      size: [{value: 3, unit: percent, source: cabia}]
"""
    row = observations(baseline, folder_with(tmp_path, rows)).loc["share_2021"]
    made = float(value(baseline["capacity_made"].sel(year=2021).sum("chemistry"), "GWh/year"))
    assert row["corrected"] == pytest.approx(row["baseline"] * made / (made - 100) + 3)


# printing


def test_the_text_has_every_row_by_section(text: str, table: pd.DataFrame) -> None:
    lines = text.split("\n")
    assert max(map(len, lines)) <= 125
    assert lines[0].split() == ["year", "published", "baseline", "unit", "ratio", "corrected", "verdict"]
    assert [line for line in lines if line in set(table["section"])] == list(dict.fromkeys(table["section"]))
    printed = [line for line in lines if line.endswith(("agrees", "explained", "not followed"))]
    assert len(printed) == len(table)
    for line, row in zip(printed, table.itertuples(), strict=True):
        assert str(row.year) in line
        assert line.endswith("not followed" if row.role == "other count" else row.verdict)
    for source in set(table["source"]):
        assert source in text, source


def test_the_text_counts(text: str, judged: pd.DataFrame) -> None:
    counts = judged["verdict"].value_counts()
    share = 100 * counts["unexplained"] / len(judged)
    assert (
        f"all others: {len(judged)} rows: {counts['agrees']} agree within 15 %, {counts['explained']} explained, "
        f"{counts['unexplained']} unexplained ({share:.0f} %)"
    ) in text
    assert "of these, hold-outs: " in text


def test_marks_say_what_a_figure_is(text: str) -> None:
    lines = text.split("\n")
    marked = {
        "lithium mined": "1.00*",
        "cobalt-oxide cathode": "1.05c",
        "vehicles on the register": "1.04h",
        "batteries installed": "1.06 ",
    }
    for label, mark in marked.items():
        assert mark in next(line for line in lines if line.startswith(f"  {label}") and "20" in line), label
    assert "12,870,000?" in text
    assert "input of mining.output." in text
    assert "calibrated: materials.pack_energy_density." in text


def test_the_shell_prints_it(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["observations"]) == 0
    assert capsys.readouterr().out == text + "\n"


def test_runs_with_members_are_refused(baseline: lf.Run) -> None:
    run = copy.copy(baseline)
    run.setting = copy.copy(baseline.setting)
    run.setting.extra = ("member",)
    with pytest.raises(lf.InputError, match="the run has members; choose one"):
        observations(run)


# what is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("installed_2019", "instaled_2019"), r"yaml:2:3 installed: there is no figure `instaled_2019`; nearest: inst"),
        (("installed_2019", "seed:X001"), r"installed: `seed:X001` has no single year"),
        (("installed_2019", "mined_2020"), r"installed: .*Li"),
        (("[installed_2019, installed_2020]", "[]"), r"installed.figures"),
        (("registered}]", "registered}], against: 2019"), r"expected a year before 2019 to read against, got 2019"),
        (("section: Batteries", "sektion: Batteries"), r"unknown entry `sektion`; nearest: section"),
    ],
)
def test_a_series_that_cannot_be_used_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(lf.errors.InputErrors, match=message):
        read_observations(folder_with(tmp_path, SERIES.replace(*change)))


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        ("installed_2019", r"`installed_2019` is compared here and can't size a correction of itself"),
        ("installed_2016", r"`installed_2016` is unverified and can't size a correction"),
        ("instaled_2019", r"there is no number `instaled_2019`"),
        ("retired_mass_2020", r"installed: .*GWh"),
    ],
)
def test_a_figure_that_cannot_size_a_correction_is_refused(tmp_path: Path, figure: str, message: str) -> None:
    rows = f"""{SERIES}  corrections:
    - {{text: exports, change: add, size: [{{figure: "{figure}", unit: GWh/year}}]}}
"""
    with pytest.raises(lf.errors.InputErrors, match=message):
        read_observations(folder_with(tmp_path, rows))

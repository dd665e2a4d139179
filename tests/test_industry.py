"""The battery industry: firms, segments, capacities, shares and places, with bounds where the documents leave gaps."""

from __future__ import annotations

import csv
import doctest
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lithflow as lf
from lithflow import industry
from lithflow.cli import main
from lithflow.industry import bounds
from lithflow.inputs.folders import shipped_folder
from lithflow.inputs.seeds import load_seeds
from lithflow.units import Q_, parse_unit

TABLES: dict[str, Callable[..., pd.DataFrame]] = {
    name: getattr(industry, name) for name in industry.__all__ if name != "industry_text" and name not in bounds.__all__
}
SEEDS = shipped_folder("seeds")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the seeds, to be changed."""
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def row(table: pd.DataFrame, **where: object) -> pd.Series:
    """Find the one row with these cells."""
    for column, wanted in where.items():
        table = table[table[column] == wanted]
    assert len(table) == 1, where
    return table.iloc[0]


# bounds

weights = st.lists(st.floats(0.01, 1.0), min_size=1, max_size=25)


@given(weights, st.integers(1, 25), st.integers(1, 10))
def test_what_a_ranking_leaves_out_stays_within_the_bounds(sizes: list[float], listed: int, count: int) -> None:
    shares = np.sort(np.array(sizes) / math.fsum(sizes))[::-1]
    known = shares[:listed].tolist()
    low, high = industry.hhi_bounds(known)
    assert low - 1e-12 <= float((shares**2).sum()) <= high + 1e-9
    low, high = industry.top_share_bounds(known, count)
    assert low - 1e-12 <= float(shares[:count].sum()) <= high + 1e-9
    if listed >= len(shares):
        assert industry.hhi_bounds(known)[0] == pytest.approx(industry.hhi_bounds(known)[1], abs=1e-9)


@given(weights, st.integers(1, 10), st.integers(1, 10), st.floats(0.5, 1.0))
def test_what_a_joint_share_leaves_open_stays_within_the_bounds(
    sizes: list[float], largest: int, count: int, printed: float
) -> None:
    shares = np.sort(np.array(sizes) / math.fsum(sizes))[::-1]
    joint, top, hhi = float(shares[:largest].sum()), float(shares[:count].sum()), float((shares**2).sum())
    # "more than" may be printed for anything below the true share
    for share, at_least in ((min(joint, 1.0), False), (joint * printed, True)):
        low, high = industry.hhi_bounds_from_top_share(share, largest, at_least=at_least)
        assert low - 1e-9 <= hhi <= high + 1e-9
        low, high = industry.top_share_bounds_from_top_share(share, largest, count, at_least=at_least)
        assert low - 1e-9 <= top <= high + 1e-9


def test_bounds_are_reached() -> None:
    listed = [0.4, 0.2, 0.1]
    low, high = industry.hhi_bounds(listed)
    assert high == pytest.approx(0.16 + 0.04 + 0.01 + 3 * 0.01)
    thin = 100_000
    assert low == pytest.approx(0.21 + thin * (0.3 / thin) ** 2, abs=1e-5)
    assert industry.top_share_bounds(listed, 5) == pytest.approx((0.7, 0.9))
    assert industry.top_share_bounds(listed, 2) == pytest.approx((0.6, 0.6))
    assert industry.hhi_bounds(listed, rest_at_most=0.3)[1] == pytest.approx(0.21 + 0.09)
    assert industry.top_share_bounds(listed, 2, rest_at_most=0.3) == pytest.approx((0.6, 0.7))
    assert industry.hhi_bounds([]) == (0.0, 1.0)
    assert industry.hhi_bounds([1.0]) == (1.0, 1.0)
    assert industry.hhi_bounds([0.25] * 4) == (0.25, 0.25)
    assert industry.hhi_bounds_from_top_share(0.5, 1) == (0.25, 0.5)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: industry.hhi_bounds([41.3, 20.1]), "share: expected 0 to 1, got 41.3; divide percent by 100"),
        (lambda: industry.hhi_bounds([0.7, 0.4]), r"shares: expected at most 1 together, got 1\.1"),
        (lambda: industry.hhi_bounds([0.7, 0.0]), "rest_at_most: 0.3 belongs to firms .* leave out listed shares of 0"),
        (lambda: industry.hhi_bounds([math.nan]), "share: expected 0 to 1, got nan"),
        (lambda: industry.top_share_bounds([0.7, 0.4], 1), "shares: expected at most 1 together"),
        (lambda: industry.top_share_bounds([0.5], 0), "number of firms: expected 1 or more, got 0"),
        (lambda: industry.hhi_bounds_from_top_share(80, 5), "share: expected 0 to 1, got 80; divide percent by 100"),
        (lambda: industry.hhi_bounds_from_top_share(0.8, 0), "number of firms: expected 1 or more, got 0"),
        (lambda: industry.top_share_bounds_from_top_share(0.8, 0, 1), "number of firms: expected 1 or more"),
        (lambda: industry.top_share_bounds_from_top_share(0.8, 5, 0), "number of firms: expected 1 or more"),
        (lambda: industry.top_share_bounds_from_top_share(-0.1, 5, 1), "share: expected 0 to 1, got -0.1"),
    ],
)
def test_impossible_shares(call: Callable[[], object], match: str) -> None:
    with pytest.raises(lf.InputError, match=match):
        call()


@pytest.mark.parametrize("module", [bounds, industry])
def test_examples(module: object) -> None:
    failed, tried = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)  # type: ignore[arg-type]
    assert failed == 0
    assert tried > 0


# shares


def test_installed_adds_up_to_the_printed_totals() -> None:
    table = industry.installed()
    seeds = load_seeds()
    for year, total, ten in ((2018, "L152", "L151"), (2019, "L139", "L138"), (2020, "L126", "L125")):
        here = table[table["year"] == year]
        assert here["installed"].sum() == pytest.approx(seeds[total].value)
        assert here["share"].sum() == pytest.approx(100)
        listed = here[here["rank"] > 0]
        assert listed["installed"].sum() == pytest.approx(seeds[ten].value)
        assert listed["rank"].tolist() == list(range(1, 11))
        assert listed["installed"].is_monotonic_decreasing
    wide = table.pivot(index="year", columns="firm", values="installed")
    assert wide.loc[2020, "Gotion"] == 3.24
    assert wide.loc[2018, "EVE"] == 1.27


def test_concentration_of_cells() -> None:
    table = industry.concentration()
    seeds = load_seeds()
    for year, first, total in ((2018, 141, "L152"), (2019, 128, "L139"), (2020, 115, "L126")):
        found = row(table, product="power batteries", year=year)
        values = np.array([seeds[f"L{number:03d}"].value for number in range(first, first + 10)])
        shares = values / seeds[total].value
        for count in (1, 3, 5):
            assert found[f"CR{count}_low"] == found[f"CR{count}_high"] == pytest.approx(100 * shares[:count].sum())
        assert found["HHI_low"] == pytest.approx((shares**2).sum())
        assert found["HHI_low"] < found["HHI_high"] <= found["HHI_low"] + (1 - shares.sum()) * shares[-1]
        assert found["unlisted"] == pytest.approx(100 * (1 - shares.sum()))
        assert (found["basis"], found["firms"]) == ("ranking", 10)
    # what the notes of the seeds work out by hand
    assert row(table, product="power batteries", year=2019)["CR1_low"] == pytest.approx(51.8, abs=0.05)


def test_a_joint_venture_can_be_counted_with_its_owner() -> None:
    apart, merged = industry.concentration(), industry.concentration(groups=True)
    for year in (2018, 2020):
        one, other = (row(table, product="power batteries", year=year) for table in (apart, merged))
        assert one["HHI_low"] == other["HHI_low"]
    one, other = (row(table, product="power batteries", year=2019) for table in (apart, merged))
    assert (one["firms"], other["firms"]) == (10, 9)
    assert other["CR1_low"] == pytest.approx(100 * (32.31 + 0.74) / 62.38)
    share, extra = 32.31 / 62.38, 0.74 / 62.38
    assert other["HHI_low"] - one["HHI_low"] == pytest.approx(2 * share * extra)
    assert other["HHI_high"] - one["HHI_high"] == pytest.approx(2 * share * extra)


def test_joint_shares_give_bounds() -> None:
    table = industry.concentration()
    mined = row(table, product="lithium from domestic ore and brine")
    assert (mined["CR5_low"], mined["CR5_high"]) == (93, 93)
    assert (mined["CR1_low"], mined["CR1_high"]) == pytest.approx((18.6, 93))
    assert (mined["HHI_low"], mined["HHI_high"]) == pytest.approx((0.93**2 / 5, 0.93**2))
    salts = row(table, product="lithium salts")
    assert (salts["CR5_low"], salts["CR5_high"], salts["HHI_high"]) == (80, 100, 1)
    assert salts["HHI_low"] == pytest.approx(0.8**2 / 5)
    two = table[table["product"] == "electrolyte"]
    assert set(two["document"]) == {"lithium_chain_2022", "battery_industry_2021"}
    assert two["note"].str.contains("INC-12").all()


def test_printed_shares_beside_the_rankings() -> None:
    table = industry.printed_shares().set_index("figure")
    assert table.loc["L127", "listed_low"] == pytest.approx(92.33, abs=0.005)
    assert table.loc["L127", "note"].startswith("INC-26")
    assert table.loc["X053", "listed_low"] == pytest.approx(64.4, abs=0.05)
    assert table.loc["X053", "difference"] == pytest.approx(64.407 - 70, abs=0.001)
    assert table.loc["L078", "difference"] == 0
    for figure in ("L107", "L108", "L140", "L153"):
        assert abs(table.loc[figure, "difference"]) < 0.005
    assert math.isnan(table.loc["X049", "listed_low"])


def test_domestic_share() -> None:
    table = industry.domestic_share().set_index("year")
    assert table.loc[2020, "foreign_listed"] == pytest.approx(100 * 6.54 / 62.85)
    assert table.loc[2020, "domestic_low"] == pytest.approx(100 * (58.03 - 6.54) / 62.85)
    assert table.loc[2020, "domestic_high"] == pytest.approx(100 * (1 - 6.54 / 62.85))
    assert table.loc[2018, "domestic_high"] == 100
    assert np.allclose(table["domestic_high"] - table["domestic_low"], table["unlisted"])


def test_share_of_the_world() -> None:
    table = industry.world_share().set_index("figure")
    assert table.loc["L030", ["share_low", "share_high"]].tolist() == [73, 73]
    assert table.loc["X035", ["share_low", "share_high"]].tolist() == [50, 100]


# integration


def test_the_matrix_is_the_printed_table() -> None:
    table = industry.matrix()
    assert list(table.columns) == [
        *("mining", "materials", "cells", "powertrain", "assembly", "charging", "recycling", "storage")
    ]
    assert table.loc["CATL"].tolist() == ["backward", "backward", "origin", "", "", "", "forward", "forward"]
    assert table.loc["Huayou"].tolist() == ["origin", "forward", "", "", "", "", "forward", ""]
    assert table.loc["ZTE"].tolist() == [""] * 7 + ["entry"]
    with (SEEDS / "seed_firm_segments.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pairs = {(entry["firm"], entry["segment"]) for entry in rows}
    listed = industry.activities().query("listed")
    assert len(listed) == len(pairs) == len(set(zip(listed["firm"], listed["segment"], strict=True)))


def test_integration() -> None:
    table = industry.integration().set_index("firm")
    assert table.loc["BYD", ["origin", "covered", "coverage"]].tolist() == ["cells", 8, 100]
    assert table.loc["CATL", ["covered", "backward", "forward"]].tolist() == [5, 2, 2]
    assert table.loc["CATL", ["coverage", "backward_share", "forward_share"]].tolist() == [62.5, 100, 40]
    # a carmaker's own segment counts, though the table names it only where it went
    assert table.loc["BAIC", ["origin", "covered", "backward_share"]].tolist() == ["assembly", 3, 25]
    assert table.loc["GEM", ["origin", "backward", "forward_share"]].tolist() == ["recycling", 2, 100]
    assert math.isnan(table.loc["Huayou", "backward_share"])
    assert math.isnan(table.loc["Baoneng", "forward_share"])
    assert table.loc["Baoneng", ["origin", "covered"]].tolist() == ["", 4]
    assert "that of BYD alone" in table.loc["Sunwoda", "note"]
    assert table["covered"].is_monotonic_decreasing
    started = table[table["origin"] != ""]
    assert (started["backward"] + started["forward"] + 1 == started["covered"]).all()


def test_integration_without_shareholdings_and_by_group() -> None:
    table = industry.integration().set_index("firm")
    fewer = industry.integration(without=["equity investment or M&A"]).set_index("firm")
    assert (table.loc["Wanxiang", "covered"], fewer.loc["Wanxiang", "covered"]) == (2, 1)
    assert table.loc["Daimler", "covered"] == fewer.loc["Daimler", "covered"]  # it has a joint venture as well
    groups = industry.integration(groups=True).set_index("firm")
    assert "Brunp" not in groups.index
    assert "BJEV" not in groups.index
    assert groups.loc["CATL", "covered"] == 5
    with pytest.raises(lf.InputError, match=r"unknown entry route `equity`; known: equity investment or M&A, joint"):
        industry.integration(without=["equity"])


def test_segments_count_each_firm_once() -> None:
    table = industry.segments().set_index("segment")
    assert table.loc["cells", "firms"] == 30
    assert (table[["origin", "backward", "forward", "entry"]].sum(axis=1) == table["firms"]).all()
    assert table.loc["assembly", "foreign"] == 4  # BMW, Daimler, Tesla, VW
    assert table.loc["mining", "domestic_share"] == 100
    assert table["firms"].sum() == (industry.matrix() != "").to_numpy().sum()


def test_activities_carry_capacities() -> None:
    table = industry.activities()
    gotion = row(table, firm="Gotion", segment="cells")
    assert gotion[["capacity_low", "capacity_high", "capacity_unit", "capacity_year"]].tolist() == [
        *(20, 40, "GWh/year", 2020)
    ]
    panasonic = row(table, firm="Panasonic")
    assert (panasonic["capacity_low"], panasonic["capacity_high"]) == (65, 74)  # "up to" 9 at one of three sites
    assert (panasonic["category"], panasonic["listed"]) == ("", False)
    assert row(table, firm="BYD", segment="cells")["capacity_low"] == 90  # its site in Huizhou is part of that
    assert row(table, firm="CATL", segment="cells")["capacity_low"] == 54  # without the German plant
    assert math.isnan(row(table, firm="Samsung SDI")["capacity_high"])
    geely = row(table, firm="Geely", segment="cells")
    assert geely["route"] == "own battery firm; joint venture with LIB maker; equity investment or M&A"
    assert geely["target"] == "LG Chem"


# capacity and use


def test_utilisation_where_it_is_printed() -> None:
    table = industry.utilisation()
    whole = row(table, year=2017)
    assert whole["capacity_low"] == whole["capacity_high"] == pytest.approx(44.5 / 0.40)
    assert whole["overcapacity_low"] == pytest.approx(44.5 / 0.40 - 44.5)
    catl = row(table, firm="CATL", year=2018)
    assert catl["capacity_low"] == pytest.approx(23.52 / 0.76)
    others = row(table, firm="ranks 3-10", year=2018)
    assert others["output_low"] == pytest.approx(47.21 - 23.52 - 11.44)
    assert (others["capacity_low"], others["capacity_high"]) == pytest.approx((12.25 / 0.34, 12.25 / 0.06))
    assert (others["utilisation_low"], others["utilisation_high"]) == pytest.approx((6, 34))
    ten = row(table, firm="(together)", year=2018)
    assert ten["output_low"] == pytest.approx(47.21)
    assert ten["utilisation_high"] == pytest.approx(100 * 47.21 / (23.52 / 0.76 + 11.44 / 0.54 + 12.25 / 0.34))


def test_utilisation_of_planned_and_built_capacity() -> None:
    table = industry.utilisation()
    assert row(table, firm="BYD", year=2020)["utilisation_low"] == pytest.approx(10)
    assert row(table, firm="Gotion", year=2020)["utilisation_low"] == pytest.approx(100 * 3.24 / 40)
    unlisted = row(table, firm="BAK", year=2020)
    assert (unlisted["output_low"], unlisted["output_high"]) == (0, 0.57)  # the tenth of the ranking
    assert (unlisted["overcapacity_low"], unlisted["overcapacity_high"]) == pytest.approx((19.43, 40))
    cars = row(table, year=2019)
    assert (cars["utilisation_low"], cars["unit"], cars["output_is"]) == (60, "vehicle/year", "sales")
    assert "INC-21" in cars["note"]
    low, high = table["utilisation_low"], table["utilisation_high"]
    assert (low <= high).all()
    assert (table["overcapacity_low"] <= table["overcapacity_high"]).all()
    known = table["capacity_low"] == table["capacity_high"]
    spare = table["capacity_low"] - table["output_low"]
    assert np.allclose(spare[known], table["overcapacity_low"][known])


def test_capacity_as_stated() -> None:
    table = industry.capacity()
    assert row(table, figures="L059")[["capacity_low", "capacity_high"]].tolist() == [0, 9]
    assert math.isnan(row(table, figures="L113")["capacity_high"])
    assert row(table, figures="L008")["note"].startswith("INC-20")
    assert pd.isna(row(table, figures="L061")["year"])
    lows = [Q_(float(entry["capacity_low"]), entry["unit"]) for entry in table.to_dict("records")]
    assert all(quantity.dimensionality for quantity in lows)


# places


def test_provinces_and_regions() -> None:
    provinces, regions = industry.provinces(), industry.regions().set_index("region")
    assert provinces["firms"].sum() == regions["firms"].sum() == 192
    assert provinces["share"].sum() == pytest.approx(100)
    assert (regions["firms"] == regions["printed"]).all()
    assert np.allclose(provinces.groupby("region")["share_of_region"].sum(), 100)
    assert regions.loc["South China", "share"] == pytest.approx(100 * 28 / 192)
    assert regions.loc["South China", "share_printed"] == 13.68
    assert regions.loc["South China", "note"].startswith("INC-27")
    assert math.isnan(regions.loc["Northwest China", "share_printed"])
    seeds = load_seeds()
    printed = {seeds[f"L{number}"].quantity.split(", ")[1]: seeds[f"L{number}"].value for number in range(167, 190)}
    assert dict(zip(provinces["province"], provinces["firms"], strict=True)) == printed


def test_numbers_of_firms_and_the_cluster() -> None:
    counts = industry.firm_counts().set_index("figure")
    assert counts.loc[["L066", "L067"], "firms"].tolist() == [240, 69]
    assert "INC-22" in counts.loc["L067", "note"]
    table = industry.cluster()
    assert len(table) == counts.loc["L190", "firms"]
    assert table.loc["EVE", "Cells and modules"] == "LCO, NCM, LFP"
    assert (table["Mining ore"] == "").all()
    assert "nothing is legible" in table.attrs["notes"]["Battery NM"]


# all tables


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_ready_to_plot(name: str) -> None:
    table = TABLES[name]()
    assert len(table)
    assert table.attrs["title"]
    assert set(table.attrs["units"]) <= set(table.columns)
    for column, unit in table.attrs["units"].items():
        assert table[column].dtype == np.float64, column
        if unit.startswith("see "):
            for text in set(table[unit.removeprefix("see ")]) - {""}:
                parse_unit(text)
        else:
            parse_unit(unit)
    for column in set(table.columns) - set(table.attrs["units"]):
        assert table[column].dtype != np.float64 or column == "employees", column
    if "year" in table:
        assert pd.api.types.is_integer_dtype(table["year"])


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_another_folder(name: str, folder: Path) -> None:
    pd.testing.assert_frame_equal(TABLES[name](folder), TABLES[name]())
    (folder / "industry_firms.csv").unlink()
    TABLES[name](folder)  # a folder is read once
    other = Path(shutil.copytree(folder, folder.parent / "other"))
    with pytest.raises(lf.InputErrors, match=r"industry_firms\.csv: can't be read: No such file"):
        TABLES[name](other)


def test_figures_are_those_of_the_documents() -> None:
    """The unit read here is that of the seed; a quantity of one year has it by year."""
    with (SEEDS / "seed_figures.csv").open(encoding="utf-8", newline="") as file:
        seeds = {entry["id"]: entry for entry in csv.DictReader(file)}
    with (SEEDS / "industry_figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for entry in rows:
        seed = seeds[entry["figure"]]
        parsed = seed["unit_parsed"] or "1"
        assert entry["unit"] in (parsed, f"{parsed}/year"), entry["figure"]
        if entry["year"] and entry["measure"] not in ("mention", "employees"):
            years = {"2017", "2018", "2019", "2020", "2013", "2015", "2021", "2022", "2023", "2028"}
            assert entry["year"] in years
            plain = seed["year"].lstrip("~").split("-")[0]
            end = seed["year"].split("-")[-1]
            assert entry["year"].endswith(end) or plain == entry["year"] or entry["figure"] in ("L076", "L190")


def table_cells(path: Path) -> list[dict[str, str]]:
    """Read a table without its remarks."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: text for key, text in entry.items() if key != "note"} for entry in csv.DictReader(file)]


def test_the_tables_of_firms_are_those_handed_over(repository: Path) -> None:
    handed = repository / "../shared/data"
    if not handed.is_dir():
        pytest.skip("the tables are not beside the project")
    for name in ("seed_firm_segments.csv", "seed_province_counts.csv", "seed_huizhou_cluster.csv"):
        mine, theirs = (table_cells(place / name) for place in (SEEDS, handed))
        assert mine == theirs, name


def test_firms_and_notes() -> None:
    table = industry.firms().set_index("firm")
    assert table.loc["CATL", ["founded", "employees"]].tolist() == [2011, 19732]
    assert "INC-23" in table.loc["CATL", "note"]
    assert "INC-24" in table.loc["Gotion", "note"]
    assert table.loc["EVE", "also_named"] == "EVE Energy; EVE Lithium Energy"
    assert table.loc["CATL-SAIC", "group"] == "CATL"
    assert (table["basis"] != "").all()
    assert set(table.loc[~table["domestic"]].index) == {
        *("LG Chem", "Panasonic", "Samsung SDI", "SK Innovation", "VW", "Daimler", "BMW", "Tesla")
    }
    found = industry.notes()["inconsistency"].tolist()
    assert found == sorted(found)
    assert {"INC-12", "INC-13", "INC-14", "INC-20", "INC-22", "INC-26", "INC-27"} <= set(found)


# bad input


@pytest.mark.parametrize(
    ("file", "old", "new", "match"),
    [
        ("industry_figures.csv", "L019,capacity", "L999,capacity", "L999: there is no figure `L999` in the seeds"),
        ("industry_figures.csv", "L019,capacity", "L253,capacity", "L253: the figure L253 has no number"),
        ("industry_figures.csv", "L019,capacity", "L019,capacities", "unknown measure `capacities`; nearest: capacity"),
        ("industry_figures.csv", "L019,capacity,cells", "L019,capacity,cell", "unknown segment `cell`; nearest: cells"),
        ("industry_figures.csv", "power batteries,Lishen,China,2018", "power batteries,Lischen,China,2018",
         "unknown firm `Lischen`; nearest: Lishen"),
        ("industry_figures.csv", "high,,,of each", "higher,,,of each", "unknown reading `higher`; nearest: high"),
        ("industry_figures.csv", "China,2017,percent", "China,2017/18,percent", "L036: expected a year, got `2017/18`"),
        ("industry_figures.csv", "percent,,2,,CATL and BYD", "percent,,,,CATL and BYD",
         "X053: a top share needs the number of firms in `largest`"),
        ("industry_figures.csv", "L152,installed", "L152,output",
         r"installed, power batteries: expected one total in 2018, .* got 0 totals \(L141-L150\)"),
        ("industry_figures.csv", "L036,utilisation", "L050,utilisation", "expected a utilisation above 0, got -4"),
        ("industry_figures.csv", "figure,measure", "id,measure", "1:1: the column figure is missing"),
        ("seed_figures.csv", "China total\",56.98", "China total\",40", "got firms with 47.21 of 40"),
        ("industry_firms.csv", "Brunp,,China,CATL", "Brunp,,China,CALT", "Brunp: unknown firm `CALT`; nearest: CATL"),
        ("industry_firms.csv", "EVE Energy|", "BYD|", "the name `BYD` stands for two firms"),
        ("seed_firm_segments.csv", "\nTesla,", "\nTelsa,", "csv:76:1: unknown firm `Telsa`; nearest: Tesla"),
        ("seed_firm_segments.csv", "Battery charging station", "Charging", "unknown segment `Charging`"),
        ("seed_province_counts.csv", "Jiangsu,41", "Jiangsu,41x", "Jiangsu: companies: expected a number, got `41x`"),
        ("seed_huizhou_cluster.csv", "Kedali Precision", "Kedalli", "unknown firm `Kedalli`; nearest: Kedali"),
    ],
)  # fmt: skip
def test_bad_tables(folder: Path, file: str, old: str, new: str, match: str) -> None:
    change(folder, file, old, new)
    with pytest.raises(lf.InputErrors, match=match):
        industry.industry_text(folder=folder)


# printed


def test_the_command_prints_every_section(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["industry"]) == 0
    text = capsys.readouterr().out
    assert text.strip() == industry.industry_text()
    assert max(map(len, text.splitlines())) <= 120
    assert not {"nan", "NaN", "<NA>", "None"} & set(text.replace("-", " ").split())
    for wanted in ("0.289-0.290", "INC-26 (L127)", "Jiangsu 41", "(together)", "all firms", "HHI over provinces 0.100"):
        assert wanted in text
    text.encode("ascii")


def test_the_command_prints_what_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["industry", "places", "domestic", "places"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Makers of power batteries by region")
    assert text.count("Makers of power batteries by region") == 1
    assert "Vertical integration" not in text
    assert main(["industry", "concentrations"]) == 1
    assert capsys.readouterr().err == (
        "lithflow: unknown section `concentrations`; nearest: concentration, integration\n"
    )
    with pytest.raises(lf.InputError, match="unknown section `shares`"):
        industry.industry_text(["shares"])


def test_the_help_names_every_section(capsys: pytest.CaptureFixture[str]) -> None:
    from lithflow.industry.text import SECTIONS

    with pytest.raises(SystemExit):
        main(["industry", "--help"])
    assert ", ".join(SECTIONS) in " ".join(capsys.readouterr().out.split())


def test_public_access() -> None:
    assert lf.industry is industry
    assert "industry" in dir(lf)

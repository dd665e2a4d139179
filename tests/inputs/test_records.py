"""Records: values in any nesting, tables, units, and arrays in canonical units."""

import numpy as np
import pytest

from lithflow.errors import InputError, InputErrors
from lithflow.inputs.folders import Layers, shipped_folder
from lithflow.inputs.loading import from_snapshot, load, read
from lithflow.inputs.seeds import load_seeds
from lithflow.units import conversion
from tests.inputs.small import DECLARATIONS, SHIPPED


def inputs(**files: str):
    """Read the small set with some files in place of its own; `__` stands for a slash."""
    texts = {
        name.replace("__", "/").replace("_yaml", ".yaml").replace("_csv", ".csv"): text for name, text in files.items()
    }
    found, problems = read(Layers((SHIPPED, texts)), DECLARATIONS)
    assert [str(problem) for problem in problems if not problem.warning] == []
    return found


def trade(values: str, unit: str = "kt/year", more: str = "") -> str:
    return f"imports:\n  description: d\n  unit: {unit}\n  values: {values}\n  source: usgs-2024\n{more}"


def recovery(values: str) -> str:
    return f"lithium_recovery:\n  description: d\n  unit: percent\n  values: {values}\n  source: miit-2024\n"


def array(values: str, **options) -> np.ndarray:
    return inputs(trade_yaml=trade(values, **options)).records["trade.imports"].array


def test_norway_and_namibia_are_labels():
    assert array("{AU: 1, NO: 2, NA: 3}")[0].tolist() == [1e3, 2e3, 3e3]


def test_one_number_holds_for_all():
    assert (array("1e-3") == 1.0).all()


def test_default_fills_what_is_not_named():
    assert array("{NO: 2, default: 5}")[0].tolist() == [5e3, 2e3, 5e3]


def test_years_may_stand_above_or_below_labels():
    above = array("{2020: {AU: 1, NO: 2, NA: 3}, 2030: {AU: 5, NO: 2, NA: 3}}")
    below = array("{AU: {2020: 1, 2030: 5}, NO: 2, NA: 3}")
    assert np.array_equal(above, below)
    assert above.shape == (18, 3)


def test_dimensions_may_nest_in_any_order():
    one = inputs(recycling_yaml=recovery("{formal: {hydrometallurgy: 90}, informal: {hydrometallurgy: 50}}"))
    other = inputs(recycling_yaml=recovery("{hydrometallurgy: {formal: 90, informal: 50}}"))
    name = "recycling.lithium_recovery"
    assert np.array_equal(one.records[name].array, other.records[name].array)


def test_a_declared_fill_stands_for_what_is_not_named():
    found = (
        inputs(recycling_yaml=recovery("{formal: {hydrometallurgy: 90}}")).records["recycling.lithium_recovery"].array
    )
    assert found[0].tolist() == [[0.9, 0.0], [0.0, 0.0]]


def test_a_path_of_the_record_goes_before_the_declared_one():
    found = inputs(trade_yaml=trade("{AU: {2020: 1, 2030: 2}, default: 0}", more="  path: step\n")).records[
        "trade.imports"
    ]
    assert found.path == "step"
    assert found.array[:, 0].tolist() == [1e3] * 12 + [2e3] * 6


def test_arrays_are_canonical_and_read_only():
    found = inputs()
    record = found.records["mining.output"]
    assert record.array.dtype == np.float64
    assert record.array[0, 2] == pytest.approx(30 * conversion("kt LCE/year", "t Li/year"))
    assert found.records["recycling.lithium_recovery"].array[0, 0, 0] == pytest.approx(0.85)
    with pytest.raises(ValueError, match="read-only"):
        record.array[0, 0] = 1.0


def test_rows_of_a_table_may_have_units_and_sources_of_their_own():
    table = (
        "year,resource,value,unit,source,note\n"
        "2018,spodumene,1000,t LCE/year,usgs-2024,\n"
        "2018,lepidolite,10,,,\n"
        "2018,brine,30,,usgs-2024; miit-2024,both\n"
    )
    record = inputs(tables__mine_output_csv=table).records["mining.output"]
    assert record.array[0, 0] == pytest.approx(record.array[0, 1] / 10)
    assert dict(record.row_sources) == {"usgs-2024": (pytest.approx(1.0), 30.0), "miit-2024": (30.0,)}


def test_a_table_may_lack_a_dimension():
    record = inputs(tables__mine_output_csv="year,value\n2018,5\n2028,15\n").records["mining.output"]
    assert record.array[0].tolist() == [record.array[0, 0]] * 3
    assert record.array[5, 0] == pytest.approx(10 * conversion("kt LCE/year", "t Li/year"))


def test_empty_rows_and_quoted_cells():
    table = 'year,resource,value,note\n2018,spodumene,5,"a, ""b"""\n,,,\n\n2018,lepidolite,5,\n2018,brine,5,\n'
    record = inputs(tables__mine_output_csv=table).records["mining.output"]
    assert [row.note for row in record.table_rows] == ['a, "b"', "", ""]
    assert [row.line for row in record.table_rows] == [2, 5, 6]


def test_shares_written_with_few_decimals_are_made_exact():
    text = (
        "route_share:\n  description: d\n  unit: 1\n"
        "  values: {formal: {hydrometallurgy: 0.333333, pyrometallurgy: 0.666667}, "
        "informal: {hydrometallurgy: 0.9999999}}\n"
        "  source: miit-2024\n"
    )
    shares = inputs(recycling_yaml=text).records["recycling.route_share"].array
    assert abs(shares.sum(axis=2) - 1).max() < 1e-15


def test_texts():
    found = inputs()
    assert found.records["materials.cathode_formula"].texts["LFP"] == "LiFePO4"
    assert found.records["materials.cathode_formula"].array.size == 0


def test_a_folder_holds_only_what_differs():
    found = inputs(fleet_yaml="life:\n  description: d\n  unit: year\n  values: 20\n  source: assumption\n  note: n\n")
    assert found.records["fleet.life"].array == 20.0
    assert found.records["fleet.life"].file == "fleet.yaml"
    assert found.records["fleet.pack_size"].file == "(shipped) fleet.yaml"


def test_a_folder_may_bring_labels_sources_and_tables():
    found = inputs(
        dimensions_yaml="origin: {AU: Australia, CL: Chile}\n",
        sources_yaml="me-2025: {author: Me, year: 2025, title: T, publisher: P, covers: c, limits: l}\n",
        trade_yaml=trade("{AU: 1, CL: 2}").replace("usgs-2024", "me-2025"),
        tables__mine_output_csv="year,resource,value\n2018,spodumene,1\n2018,lepidolite,1\n2018,brine,1\n",
    )
    assert found.dimensions["origin"] == ("AU", "CL")
    assert found.records["trade.imports"].sources == ("me-2025",)
    assert "usgs-2024" in found.sources


def test_snapshot_reads_back_as_the_same():
    found = inputs(trade_yaml=trade("{AU: 1, default: 2}"))
    again = from_snapshot(found.snapshot, declarations=DECLARATIONS)
    assert again.hash == found.hash
    assert all(np.array_equal(again.records[name].array, record.array) for name, record in found.records.items())
    assert inputs().hash != found.hash


def test_a_snapshot_of_other_parameters_is_refused():
    text = inputs().snapshot.replace("pack_size", "pack_sizes")
    with pytest.raises(InputErrors, match="unknown parameter `pack_sizes`; nearest: pack_size"):
        from_snapshot(text, declarations=DECLARATIONS)


def test_missing_parameters_and_files_are_named():
    texts = {path.name: path.read_text() for path in SHIPPED.glob("*.yaml") if path.name != "fleet.yaml"}
    texts["collection.yaml"] = "# nothing\nrate_of_old:\n  description: d\n"
    texts["tables/mine_output.csv"] = (SHIPPED / "tables/mine_output.csv").read_text()
    found, problems = read(Layers((texts,)), DECLARATIONS)
    assert found is None
    assert [str(problem) for problem in problems] == [
        "fleet.yaml: the file is missing; expected 3 parameters: pack_size, electrification, life",
        "collection.yaml collection.rate: the parameter is missing; expected a plain number by year: "
        "Share of batteries collected",
        "collection.yaml:2:1 collection.rate_of_old: unknown parameter `rate_of_old`; nearest: rate",
    ]


def test_missing_dimensions_file():
    found, problems = read(Layers(({},)), DECLARATIONS)
    assert found is None
    assert str(problems[0]) == "dimensions.yaml years: missing; expected `years: {first: …, last: …, last_observed: …}`"


def test_the_message_of_a_failed_load_counts():
    with pytest.raises(InputErrors, match=r"(?s)unknown file.*\n1 problem in the parameter files"):
        load(declarations=DECLARATIONS, shipped={"x.yaml": "a: 1", **_texts()})


def _texts():
    return {
        path.relative_to(SHIPPED).as_posix(): path.read_text()
        for path in SHIPPED.rglob("*")
        if path.suffix in (".yaml", ".csv")
    }


def test_shipped_folder_of_an_installation(tmp_path, monkeypatch):
    monkeypatch.setattr("lithflow.inputs.folders._PACKAGE", tmp_path / "lithflow")
    with pytest.raises(InputError, match="the installed lithflow has no folder `parameters`; install it again"):
        shipped_folder()
    (tmp_path / "parameters").mkdir()
    assert shipped_folder() == tmp_path / "parameters"
    (tmp_path / "lithflow/data/parameters").mkdir(parents=True)
    assert shipped_folder() == tmp_path / "lithflow/data/parameters"


def test_seeds_by_id():
    seeds = load_seeds()
    assert seeds["X063"].value == 41.0
    assert seeds["X063"].year == "2020"


def test_seed_file_with_faults(tmp_path):
    (tmp_path / "seed_figures.csv").write_text("id,seed\nX1,a\n")
    with pytest.raises(InputErrors, match="the column section, quantity, value, unit, year, region, notes is missing"):
        load_seeds(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "seed_figures.csv").write_text(
        "id,seed,section,quantity,value,unit,year,region,notes\nX1,a,1,q,2,t,2020,China,\nX1,a,1,q,2,t,2020,China,\n"
    )
    with pytest.raises(InputErrors, match="the id is used twice"):
        load_seeds(other)

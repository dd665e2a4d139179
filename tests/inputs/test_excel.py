"""Spreadsheets: a round trip leaves files untouched, an edit changes only its own lines."""

import shutil
import subprocess
import sys
import zipfile
from datetime import date

import pytest

from lithflow.errors import InputError, InputErrors
from lithflow.inputs.describe import difference
from lithflow.inputs.excel import HEADER_ROW, rows_of, to_excel
from lithflow.inputs.excel_reading import from_excel
from lithflow.inputs.folders import shipped_folder
from lithflow.inputs.loading import load
from tests.inputs.small import DECLARATIONS, SHIPPED

openpyxl = pytest.importorskip("openpyxl")


@pytest.fixture
def folder(tmp_path):
    """A folder that holds everything, so that edits happen in place."""
    copied = tmp_path / "mine"
    shutil.copytree(SHIPPED, copied)
    return copied


class Book:
    """A spreadsheet in the hands of an expert."""

    def __init__(self, inputs, path):
        self.path = to_excel(inputs, path)
        self.book = openpyxl.load_workbook(self.path)

    def columns(self, stage):
        return {cell.value: cell.column for cell in self.book[stage][HEADER_ROW]}

    def find(self, stage, **wanted):
        sheet, columns = self.book[stage], self.columns(stage)
        for row in range(HEADER_ROW + 1, sheet.max_row + 1):
            found = {name: sheet.cell(row, column).value for name, column in columns.items()}
            keys = [name for name in columns if name not in ("value", *Book.TEXTS)]
            if all((found[name] or "") == wanted.get(name, "") for name in keys):
                return row
        raise KeyError(wanted)

    TEXTS = ("unit", "between years", "range", "source", "note", "description")

    def put(self, stage, column, content, **wanted):
        row = self.find(stage, **wanted)
        self.book[stage].cell(row, self.columns(stage)[column]).value = content
        return f"{stage}!{self.book[stage].cell(row, self.columns(stage)[column]).coordinate}"

    def add(self, stage, **content):
        sheet = self.book[stage]
        row = next(row for row in range(HEADER_ROW + 1, sheet.max_row + 1) if sheet.cell(row, 1).value is None)
        for name, value in content.items():
            sheet.cell(row, self.columns(stage)[name]).value = value
        return f"{stage}!{sheet.cell(row, self.columns(stage)['value']).coordinate}"

    def save(self):
        self.book.save(self.path)
        return self.path


def opened(folder, tmp_path):
    return Book(load(folder, declarations=DECLARATIONS, shipped=SHIPPED), tmp_path / "book.xlsx")


def taken(book, folder):
    return from_excel(book.save(), folder, declarations=DECLARATIONS, shipped=SHIPPED)


def changes(folder):
    """Lines that differ from the shipped files, by file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            old = (SHIPPED / path.relative_to(folder)).read_text().splitlines()
            new = path.read_text().splitlines()
            lines = [f"-{line}" for line in old if line not in new] + [f"+{line}" for line in new if line not in old]
            if lines or old != new:
                found[path.relative_to(folder).as_posix()] = lines
    return found


def test_a_round_trip_leaves_the_files_untouched(folder, tmp_path):
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}
    assert taken(opened(folder, tmp_path), folder) == []
    assert {
        path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()
    } == before


def test_a_round_trip_of_the_shipped_set(tmp_path):
    copied = tmp_path / "all"
    shutil.copytree(shipped_folder(), copied)
    book = to_excel(load(copied), tmp_path / "book.xlsx")
    assert from_excel(book, copied) == []
    assert difference(load(), load(copied)) == "nothing differs from the shipped files"


def test_a_changed_number_changes_its_line(folder, tmp_path):
    book = opened(folder, tmp_path)
    book.put(
        "recycling", "value", 91, parameter="lithium_recovery", channel="formal", route="hydrometallurgy", year=2025
    )
    book.put("mining", "value", 21.5, parameter="output", resource="spodumene", year=2018)
    assert taken(book, folder) == ["recycling.yaml", "tables/mine_output.csv"]
    assert changes(folder) == {
        "recycling.yaml": [
            "-      hydrometallurgy: {2020: 85, 2025: 90, 2035: 95}      # legal minima",
            "+      hydrometallurgy: {2020: 85, 2025: 91, 2035: 95}      # legal minima",
        ],
        "tables/mine_output.csv": ["-2018,spodumene,20", "+2018,spodumene,21.5"],
    }


def test_years_are_added_and_taken_away_in_place(folder, tmp_path):
    book = opened(folder, tmp_path)
    key = {"parameter": "lithium_recovery", "channel": "formal", "route": "hydrometallurgy"}
    book.put("recycling", "value", None, **key, year=2020)
    book.add("recycling", **key, year=2018, value=80)
    book.add("recycling", **key, year=2030, value=93)
    book.put("collection", "value", None, parameter="rate", year=2030)
    book.add("mining", parameter="output", resource="brine", year=2020, value=44)
    book.put("mining", "value", None, parameter="output", resource="lepidolite", year=2018)
    taken(book, folder)
    assert changes(folder) == {
        "collection.yaml": ["-  values: {2020: 41, 2030: 90}", "+  values: {2020: 41}"],
        "recycling.yaml": [
            "-      hydrometallurgy: {2020: 85, 2025: 90, 2035: 95}      # legal minima",
            "+      hydrometallurgy: {2018: 80, 2025: 90, 2030: 93, 2035: 95}      # legal minima",
        ],
        "tables/mine_output.csv": ["-2018,lepidolite,10", "+2020,brine,44"],
    }


def test_years_on_lines_of_their_own(folder, tmp_path):
    text = (folder / "collection.yaml").read_text()
    block = text.replace("{2020: 41, 2030: 90}", "\n    2020: 41   # the documents\n    2030: 90")
    (folder / "collection.yaml").write_text(block)
    book = opened(folder, tmp_path)
    book.add("collection", parameter="rate", year=2025, value=60)
    book.put("collection", "value", None, parameter="rate", year=2030)
    taken(book, folder)
    assert (folder / "collection.yaml").read_text() == block.replace("    2030: 90\n", "    2025: 60\n")


def test_other_labels_write_the_values_anew(folder, tmp_path):
    book = opened(folder, tmp_path)
    book.put("trade", "value", None, parameter="imports", origin="NA")
    book.add("trade", parameter="imports", origin="default", value=7)
    book.put("collection", "value", None, parameter="rate", year=2020)
    book.put("collection", "value", None, parameter="rate", year=2030)
    book.put("collection", "value", 50, parameter="rate")
    taken(book, folder)
    after = (folder / "trade.yaml").read_text()
    assert "  values: {AU: {2020: 900, 2030: 2000}, NO: 0.001, default: 7}\n  source: usgs-2024\n" in after
    assert "  values: 50\n" in (folder / "collection.yaml").read_text()


def test_units_ranges_sources_and_notes(folder, tmp_path):
    book = opened(folder, tmp_path)
    key = {"parameter": "life"}
    book.put("fleet", "range", "distribution: triangular, low: 14, high: 18", **key)
    book.put("fleet", "source", "assumption, usgs-2024", **key)
    book.put("fleet", "note", "Mean of the world: 16 years # rounded", **key)
    book.put("fleet", "range", "distribution: normal, sd: 0.1, relative: true", parameter="pack_size")
    book.put("fleet", "between years", "linear", parameter="electrification")
    book.put("materials", "range", None, parameter="cathode_per_kwh")
    book.put("materials", "value", "LiMn0.6Fe0.4PO4", parameter="cathode_formula", chemistry="LFP")
    taken(book, folder)
    found = changes(folder)
    assert found["fleet.yaml"] == [
        "-  uncertainty: {distribution: normal, sd: 2}",
        "-  note: World mean.",
        "+  uncertainty: {distribution: normal, sd: 0.1, relative: true}",
        "+  path: linear",
        "+  uncertainty: {distribution: triangular, low: 14, high: 18}",
        "+  source: [assumption, usgs-2024]",
        '+  note: "Mean of the world: 16 years # rounded"',
    ]
    assert found["materials.yaml"] == [
        "-  values: {LFP: LiFePO4, NMC811: LiNi0.8Mn0.1Co0.1O2, sodium_ion: NaNi1/3Fe1/3Mn1/3O2}",
        "-  uncertainty: {distribution: triangular, low: 0.9, high: 1.1, relative: true}",
        "+  values: {LFP: LiMn0.6Fe0.4PO4, NMC811: LiNi0.8Mn0.1Co0.1O2, sodium_ion: NaNi1/3Fe1/3Mn1/3O2}",
    ]


def test_long_notes_stay_folded(folder, tmp_path):
    path = folder / "collection.yaml"
    path.write_text(
        path.read_text().replace("note: Rising.", "note: >-\n    Rising, as the plans\n    ask for.\n\n# the end")
    )
    book = opened(folder, tmp_path)
    assert (
        book.book["collection"]
        .cell(book.find("collection", parameter="rate"), book.columns("collection")["note"])
        .value
    )
    book.put("collection", "note", "Rising more slowly. " * 12, parameter="rate")
    taken(book, folder)
    text = path.read_text()
    assert "  note: >-\n    Rising more slowly. Rising" in text
    assert text.endswith("slowly.\n\n# the end\n")


def test_windows_line_ends_and_the_mark_of_excel_are_kept(folder, tmp_path):
    for name in ("collection.yaml", "tables/mine_output.csv"):
        path = folder / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    book = opened(folder, tmp_path)
    book.put("collection", "value", 42, parameter="rate", year=2020)
    book.add("mining", parameter="output", resource="brine", year=2020, value=44)
    taken(book, folder)
    assert b"\xef\xbb\xbfrate:\r\n" in (folder / "collection.yaml").read_bytes()
    assert b"{2020: 42, 2030: 90}\r\n" in (folder / "collection.yaml").read_bytes()
    assert (folder / "tables/mine_output.csv").read_bytes().endswith(b"2023,brine,70\r\n2020,brine,44\r\n")


def test_a_new_folder_holds_only_what_was_edited(tmp_path):
    book = Book(load(declarations=DECLARATIONS, shipped=SHIPPED), tmp_path / "book.xlsx")
    book.put("fleet", "value", 17, parameter="life")
    book.put("mining", "value", 21, parameter="output", resource="spodumene", year=2018)
    target = tmp_path / "new"
    before = {path: path.read_bytes() for path in SHIPPED.rglob("*") if path.is_file()}
    assert taken(book, target) == ["fleet.yaml", "tables/mine_output.csv"]
    assert {path: path.read_bytes() for path in SHIPPED.rglob("*") if path.is_file()} == before
    assert (target / "fleet.yaml").read_text().startswith("life:\n  description: Mean life of a vehicle\n")
    found = load(target, declarations=DECLARATIONS, shipped=SHIPPED)
    assert found.records["fleet.life"].array == 17.0
    assert difference(load(declarations=DECLARATIONS, shipped=SHIPPED), found).splitlines() == [
        "mining.output (kt LCE/year)",
        "  spodumene  2018: 20 → 21",
        "fleet.life (year)",
        "  16 → 17",
    ]
    book.put("fleet", "value", 18, parameter="life")
    book.put("fleet", "value", 55, parameter="pack_size", vehicle_class="car")
    taken(book, target)
    assert [line for line in (target / "fleet.yaml").read_text().splitlines() if "values" in line] == [
        "  values: 18",
        "  values: {car: 55, bus: 200}",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("90,5", r"fleet!D\d+ fleet\.life: expected a number, got `90,5`; write 90\.5"),
        ("=8+8", r"expected a number, got `=8\+8`; formulas are not read"),
        (date(2020, 2, 1), "expected a number, got the date `2020-02-01 00:00:00`; write the number again"),
        (True, "expected a number, got TRUE"),
        (-3, r"fleet!D\d+ fleet\.life: -3 year is below 0 year"),
        ("sixteen", "expected a number, got `sixteen`"),
        (None, r"fleet!A\d+ fleet\.life: `values` is missing|expected"),
    ],
)
def test_a_bad_number_is_named_by_its_cell(folder, tmp_path, content, message):
    book = opened(folder, tmp_path)
    book.put("fleet", "value", content, parameter="life")
    before = (folder / "fleet.yaml").read_bytes()
    with pytest.raises(InputErrors, match=message):
        taken(book, folder)
    assert (folder / "fleet.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("column", "content", "message"),
    [
        ("unit", "kWhs", r"fleet!E\d+ fleet\.life\.unit: unit 'kWhs': unknown name 'kWhs'; nearest: kWh"),
        ("unit", "kWh", r"fleet!E\d+ fleet\.life\.unit: expected a unit like year, got kWh"),
        ("source", "nobody", r"fleet!H\d+ fleet\.life\.source: unknown source `nobody`"),
        ("source", None, r"fleet!A\d+ fleet\.life: `source` is missing"),
        ("note", None, r"fleet!H\d+ fleet\.life\.source: an assumption needs a `note`"),
        ("range", "distribution: normal", r"fleet!G\d+ fleet\.life\.uncertainty: `sd` is missing"),
        ("range", "wide", r"fleet!G\d+ fleet\.life\.uncertainty"),
        ("between years", "lineal", r"fleet!F\d+ fleet\.life\.path: expected one of step, linear, logistic"),
        ("note", "=1+1", r"fleet!I\d+ fleet\.life: expected a text, got `=1\+1`; formulas and dates are not read"),
    ],
)
def test_other_cells_are_named_too(folder, tmp_path, column, content, message):
    book = opened(folder, tmp_path)
    book.put("fleet", column, content, parameter="life")
    with pytest.raises(InputErrors, match=message):
        taken(book, folder)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"parameter": "lives", "value": 3}, r"fleet!A\d+: unknown parameter `lives`; nearest: life"),
        ({"vehicle_class": "car", "value": 3}, r"fleet!A\d+: a row with entries needs the name of a parameter"),
        (
            {"parameter": "pack_size", "vehicle_class": "cart", "value": 3},
            r"fleet!B\d+ fleet\.pack_size: unknown vehicle_class `cart`",
        ),
        (
            {"parameter": "life", "vehicle_class": "car", "value": 3},
            r"fleet\.life has no vehicle_class; leave the cell empty",
        ),
        ({"parameter": "life", "year": 2020, "value": 3}, r"fleet\.life doesn't change over the years"),
        (
            {"parameter": "electrification", "year": 20200, "value": 3},
            "expected a year between 1900 and 2200, got `20200`",
        ),
        (
            {"parameter": "pack_size", "vehicle_class": "car", "value": 3},
            r"fleet!A\d+ fleet\.pack_size\.car: repeats row \d+",
        ),
    ],
)
def test_bad_rows_are_named_by_their_cell(folder, tmp_path, row, message):
    book = opened(folder, tmp_path)
    book.add("fleet", **row)
    with pytest.raises(InputErrors, match=message):
        taken(book, folder)


def test_all_problems_are_reported_at_once(folder, tmp_path):
    book = opened(folder, tmp_path)
    book.put("fleet", "value", -1, parameter="life")
    book.put("collection", "value", "1,5", parameter="rate", year=2020)
    book.put("recycling", "unit", "kt", parameter="lithium_recovery")
    with pytest.raises(InputErrors, match="3 problems") as caught:
        taken(book, folder)
    assert {problem.file.split("!")[0] for problem in caught.value.problems} == {"fleet", "collection", "recycling"}


def test_a_value_beside_another(folder, tmp_path):
    book = opened(folder, tmp_path)
    cell = book.add("trade", parameter="imports", origin="NO", year=2020, value=5)
    with pytest.raises(InputError, match=f"{cell} trade.imports: this value stands beside another one"):
        taken(book, folder)


def test_a_table_takes_only_its_own_columns(folder, tmp_path):
    book = opened(folder, tmp_path)
    book.put("mining", "value", 5, parameter="output")
    with pytest.raises(
        InputError, match=r"mining!D4 mining\.output: the table .* has the columns year, resource, value"
    ):
        taken(book, folder)


def test_labels_and_names_are_locked_and_lists_offered(tmp_path):
    inputs = load(declarations=DECLARATIONS, shipped=SHIPPED)
    book = Book(inputs, tmp_path / "book.xlsx")
    sheet = book.book["recycling"]
    row = book.find("recycling", parameter="lithium_recovery", channel="formal", route="hydrometallurgy", year=2025)
    assert sheet.protection.sheet
    assert sheet.cell(row, 1).protection.locked
    assert sheet.cell(row, book.columns("recycling")["route"]).protection.locked
    assert not sheet.cell(row, book.columns("recycling")["value"]).protection.locked
    lists = [entry for entry in sheet.data_validations.dataValidation if entry.type == "list"]
    assert len(lists) >= 4
    assert book.book["lists"].sheet_state == "hidden"
    assert set(book.book.sheetnames) >= {"read me", "mining", "recycling", "sources"}


def test_texts_are_never_formulas(folder, tmp_path):
    path = folder / "fleet.yaml"
    path.write_text(path.read_text().replace("note: World mean.", "note: =HYPERLINK of the world"))
    inputs = load(folder, declarations=DECLARATIONS, shipped=SHIPPED)
    book = Book(inputs, tmp_path / "book.xlsx")
    row = book.find("fleet", parameter="life")
    assert book.book["fleet"].cell(row, book.columns("fleet")["note"]).data_type == "s"


def test_other_sheets(folder, tmp_path):
    book = opened(folder, tmp_path)
    book.book.create_sheet("fleets")
    with pytest.raises(InputErrors, match="fleets: unknown sheet; expected one for each stage; nearest: fleet"):
        taken(book, folder)
    book = opened(folder, tmp_path)
    del book.book["fleet"]
    assert taken(book, folder) == []
    book = opened(folder, tmp_path)
    book.book["fleet"].cell(HEADER_ROW, 1).value = "name"
    with pytest.raises(InputErrors, match="fleet!A3: the column `parameter` is missing"):
        taken(book, folder)


def test_what_is_no_spreadsheet(folder, tmp_path):
    path = tmp_path / "book.xlsx"
    with pytest.raises(InputError, match="there is no file"):
        from_excel(path, folder, declarations=DECLARATIONS, shipped=SHIPPED)
    path.write_text("a,b\n")
    with pytest.raises(InputError, match=r"is not a spreadsheet of the kind \.xlsx"):
        from_excel(path, folder, declarations=DECLARATIONS, shipped=SHIPPED)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(InputError, match="can't be read as a spreadsheet"):
        from_excel(path, folder, declarations=DECLARATIONS, shipped=SHIPPED)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "b">]><workbook/>')
    with pytest.raises(InputError, match="carries a document type definition"):
        from_excel(path, folder, declarations=DECLARATIONS, shipped=SHIPPED)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"0" * 1000)
    small = pytest.MonkeyPatch()
    small.setattr("lithflow.inputs.excel_sheets.LARGEST_UNPACKED", 100)
    with pytest.raises(InputError, match="unpacks to more than 100 bytes"):
        from_excel(path, folder, declarations=DECLARATIONS, shipped=SHIPPED)
    small.undo()
    small.setattr("lithflow.inputs.excel_sheets.LARGEST_BOOK", 10)
    with pytest.raises(InputError, match="a spreadsheet may have up to 10"):
        from_excel(path, folder, declarations=DECLARATIONS, shipped=SHIPPED)
    small.undo()


def test_writing_where_that_cannot_be(tmp_path):
    inputs = load(declarations=DECLARATIONS, shipped=SHIPPED)
    with pytest.raises(InputError, match=r"expected a file name that ends with \.xlsx"):
        to_excel(inputs, tmp_path / "book.ods")
    with pytest.raises(InputError, match="can't be written: No such file or directory"):
        to_excel(inputs, tmp_path / "nowhere" / "book.xlsx")
    book = to_excel(inputs, tmp_path / "book.xlsx")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="expected a folder for the changes, got the file"):
        from_excel(book, tmp_path / "file", declarations=DECLARATIONS, shipped=SHIPPED)


def test_links_out_of_the_folder_are_not_written_through(folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "target"
    target.mkdir()
    (target / "tables").symlink_to(outside)
    book = Book(load(declarations=DECLARATIONS, shipped=SHIPPED), tmp_path / "book.xlsx")
    book.put("mining", "value", 21, parameter="output", resource="spodumene", year=2018)
    with pytest.raises(InputError, match="is a link that leads out of the folder; nothing was written there"):
        taken(book, target)
    assert list(outside.iterdir()) == []


def test_folder_with_problems_is_refused_first(folder, tmp_path):
    book = opened(folder, tmp_path)
    (folder / "fleet.yaml").write_text("nonsense")
    with pytest.raises(InputErrors, match=r"fleet\.yaml:1:1"):
        taken(book, folder)


def test_rows_of_a_record():
    inputs = load(declarations=DECLARATIONS, shipped=SHIPPED)
    rows = rows_of(inputs, inputs.records["fleet.life"], ["vehicle_class"])
    assert [(row.key, row.value, row.unit, row.head) for row in rows] == [(("life", "", ""), 16.0, "year", True)]


def test_without_openpyxl(tmp_path):
    code = (
        "import sys; sys.modules['openpyxl'] = None\n"
        "from lithflow.inputs.excel import to_excel\n"
        "from lithflow.inputs.loading import load\n"
        f"to_excel(load(), {str(tmp_path / 'book.xlsx')!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'spreadsheets need openpyxl: pip install "lithflow[excel]"' in done.stderr

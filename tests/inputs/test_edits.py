"""Edits by line and column that leave the rest of a file as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lithflow.errors import InputError
from lithflow.inputs.edits import (
    FileEdits,
    cell_spans,
    csv_cell,
    flow_text,
    items_of,
    nested_text,
    number_text,
    record_block,
    yaml_text,
)
from lithflow.inputs.excel_reading import from_excel
from lithflow.inputs.reading import plain, read_yaml
from tests.inputs.small import DECLARATIONS, SHIPPED

TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp"]), max_size=20)


def read(text):
    problems = []
    top = read_yaml(text, "f", problems)
    assert problems == []
    return plain(top)


@given(TEXTS)
def test_texts_read_back(text):
    assert read(f"a: {yaml_text(text)}\nb: [{flow_text(text)}, x]\n") == {"a": text, "b": [text, "x"]}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back(number):
    assert read(f"a: {number_text(number)}")["a"] == number


@pytest.mark.parametrize(
    ("number", "text"), [(90.0, "90"), (0.1, "0.1"), (1e22, "1e+22"), (-3.5, "-3.5"), (1e-9, "1e-09")]
)
def test_numbers_are_brief(number, text):
    assert number_text(number) == text


def test_nested_values():
    tree = {"formal": {"2020": 85.0, "2025": 90.0}, "informal": "a, b"}
    assert nested_text(tree, 4) == ' {formal: {2020: 85, 2025: 90}, informal: "a, b"}'
    wide = {f"label_{number}": {"2020": 1.0, "2030": 2.0} for number in range(6)}
    text = nested_text(wide, 4)
    assert text.startswith("\n    label_0: {2020: 1, 2030: 2}\n    label_1:")
    assert read(f"a:\n  values:{text}\n")["a"]["values"]["label_5"] == {"2020": 1, "2030": 2}


def test_edits_keep_line_ends_and_the_mark_in_front():
    edits = FileEdits(b"\xef\xbb\xbfa: 1\r\nb: 2\r\nc: 3")
    edits.replace((2, 4), (2, 5), "55")
    edits.insert_line(3, "d: 4")
    edits.insert_line(1, "z: 9")
    edits.insert_line(0, "y: 9")
    assert edits.result() == b"\xef\xbb\xbfy: 9\r\na: 1\r\nz: 9\r\nb: 55\r\nc: 3\r\nd: 4"
    edits = FileEdits(b"a: 1\nb: 2\nc: 3\n")
    edits.delete_line(2)
    edits.replace((1, 1), (1, 2), "key")
    assert edits.result() == b"key: 1\nc: 3\n"


def test_lone_carriage_returns_cannot_be_kept():
    with pytest.raises(InputError, match="the lines of the file end with a carriage return alone"):
        FileEdits(b"a: 1\rb: 2\r")


def test_record_block_leaves_the_comment_of_the_next():
    text = "# first\na:\n  b: 1\n  # inside\n  c: 2\n\n# second\nd:\n  e: 3\n"
    assert record_block(text, "a") == "a:\n  b: 1\n  # inside\n  c: 2"
    assert record_block(text, "d") == "d:\n  e: 3"


def test_cells_of_a_line():
    assert cell_spans('2018,"a,""b",,3') == [(0, 4), (5, 12), (13, 13), (14, 15)]


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_cells_read_back(cells):
    import csv

    line = ",".join(csv_cell(cell) for cell in cells)
    assert [line[begin:end] for begin, end in cell_spans(line)] == [csv_cell(cell) for cell in cells]
    if line:
        assert next(csv.reader([line])) == cells


def test_items():
    problems = []
    top = read_yaml("a: [x, y]\nb: z\n", "f", problems)
    assert items_of(top.get("a")) == ["x", "y"]
    assert items_of(top.get("b")) == ["z"]
    assert items_of(None) == []


def test_a_row_over_several_lines_is_left_to_its_file(tmp_path):
    import shutil

    import openpyxl

    from lithflow.inputs.excel import to_excel
    from lithflow.inputs.loading import load

    folder = tmp_path / "mine"
    shutil.copytree(SHIPPED, folder)
    table = 'year,resource,value,note\n2018,spodumene,20,"two\nlines"\n2018,lepidolite,10,\n2018,brine,30,\n'
    (folder / "tables/mine_output.csv").write_text(table)
    book = to_excel(load(folder, declarations=DECLARATIONS, shipped=SHIPPED), tmp_path / "book.xlsx")
    changed = openpyxl.load_workbook(book)
    for row in changed["mining"].iter_rows(min_row=4):
        if row[1].value == "spodumene" and row[0].value == "output":
            row[3].value = 21
    changed.save(book)
    with pytest.raises(
        InputError, match=r"mining!D\d+ mining\.output: the row goes over several lines of tables/mine_output"
    ):
        from_excel(book, folder, declarations=DECLARATIONS, shipped=SHIPPED)

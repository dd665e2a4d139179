"""Every error has a bad folder; beside its files stands exactly what the check prints."""

import os
from pathlib import Path

import pytest

from lithflow.errors import InputErrors
from lithflow.inputs.checking import check
from lithflow.inputs.loading import load
from tests.inputs.small import DATA, DECLARATIONS, SHIPPED

BAD = sorted(folder for folder in (DATA / "bad_parameters").iterdir() if folder.is_dir())


def checked(folder: Path) -> tuple[str, int]:
    return check(folder, declarations=DECLARATIONS, shipped=SHIPPED)


@pytest.mark.parametrize("folder", BAD, ids=lambda folder: folder.name)
def test_bad_folder_gives_its_expected_message(folder):
    expected = (folder / "expected.txt").read_text(encoding="utf-8").rstrip("\n")
    text, status = checked(folder)
    assert text == expected
    assert status == (0 if text.rsplit("\n", 1)[-1].startswith("no problems") else 1)


def test_there_are_enough_bad_folders():
    assert len(BAD) >= 40


@pytest.mark.parametrize("folder", [folder for folder in BAD if "many" in folder.name], ids=lambda folder: folder.name)
def test_loading_raises_all_problems_at_once(folder):
    expected = (folder / "expected.txt").read_text(encoding="utf-8").splitlines()[:-1]
    with pytest.raises(InputErrors, match="5 problems in the parameter files") as caught:
        load(folder, declarations=DECLARATIONS, shipped=SHIPPED)
    assert [str(problem) for problem in caught.value.problems] == expected


def test_line_of_five_megabytes(tmp_path):
    (tmp_path / "collection.yaml").write_text("rate: " + "9" * 3_000_000 + "\n")
    (tmp_path / "fleet.yaml").write_text("life: " + "9" * 5_000_000 + "\n")
    text, status = checked(tmp_path)
    assert status == 1
    assert text.splitlines() == [
        "fleet.yaml: 5,000,007 bytes; a file may have up to 4,000,000",
        "collection.yaml:1:1: a line of 3,000,006 characters; a line may have up to 20,000",
        "2 problems",
    ]


def test_link_out_of_the_folder(tmp_path):
    (tmp_path / "secret.yaml").write_text("password: 1\n")
    folder = tmp_path / "mine"
    (folder / "scenarios").mkdir(parents=True)
    (folder / "collection.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "fleet.yaml").symlink_to(folder / "nothing.yaml")
    text, status = checked(folder)
    assert status == 1
    assert "password" not in text
    assert text.splitlines() == [
        "fleet.yaml: can't be read: No such file or directory",
        "collection.yaml: the file is a link that leads out of the folder; copy the file into the folder",
        "2 problems",
    ]


def test_link_within_the_folder_is_read(tmp_path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "one.yaml").write_text("title: One\nreason: To see.\nsource: assumption\n")
    (tmp_path / "scenarios" / "two.yaml").symlink_to(tmp_path / "scenarios" / "one.yaml")
    text, status = checked(tmp_path)
    assert status == 0
    assert "baseline, goals, one, two" in text


def test_link_to_a_folder_is_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine.yaml").write_text("nonsense")
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "scenarios").symlink_to(outside)
    text, status = checked(folder)
    assert status == 0
    assert "baseline, goals" in text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "collection.yaml")
    text, status = checked(tmp_path)
    assert status == 1
    assert text.splitlines()[0] == "collection.yaml: not an ordinary file"


def test_hidden_and_backup_files_are_left_alone(tmp_path):
    for name in (".collection.yaml.swp", "~$book.xlsx", "#fleet.yaml#", "README.md"):
        (tmp_path / name).write_text("nonsense: [")
    assert checked(tmp_path)[1] == 0


def test_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr("lithflow.inputs.folders.MOST_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.md").write_text("")
    assert "more than 3 files; is this a folder of parameter files?" in checked(tmp_path)[0]


def test_missing_folder_names_the_nearest(tmp_path):
    (tmp_path / "my-parameters").mkdir()
    with pytest.raises(ValueError, match=r"there is no folder .*my-parameter`; nearest: my-parameters"):
        checked(tmp_path / "my-parameter")


def test_file_for_folder(tmp_path):
    (tmp_path / "fleet.yaml").write_text("")
    with pytest.raises(ValueError, match=r"expected a folder of parameter files, got the file"):
        checked(tmp_path / "fleet.yaml")


def test_clean_folder_says_what_it_holds():
    text, status = check(None, declarations=DECLARATIONS, shipped=SHIPPED)
    assert status == 0
    assert text.splitlines() == [
        "years        2018 to 2035, observed to 2023",
        "parameters   12: mining 2, materials 3, fleet 3, collection 1, recycling 2, trade 1",
        "sources      2, and 0 figures of the source documents",
        "assumptions  9 of 12 (75 %) parameters rest on an assumption alone, 1 in part",
        "ranges       6 of 11 (55 %) parameters have no range",
        "scenarios    2: baseline, goals",
        "no problems",
    ]


def test_python_parser_gives_the_same_messages(monkeypatch):
    """The parser in C is an option; without it every message is the same."""
    monkeypatch.setattr("lithflow.inputs.reading.CParser", None)
    for folder in BAD:
        assert checked(folder)[0] == (folder / "expected.txt").read_text(encoding="utf-8").rstrip("\n")

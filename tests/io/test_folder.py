"""Output folders: complete results or none."""

from __future__ import annotations

from pathlib import Path

import pytest

import lithflow as lf
from lithflow.io.folder import complete_folder, write_results

FILES = {"run.nc", "flows.csv", "stocks.csv", "indicators.csv", "targets.csv"}


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_each_run_has_a_folder_of_its_name(baseline: lf.Run, goals: lf.Run, tmp_path: Path) -> None:
    out = tmp_path / "new" / "results"
    written = write_results([baseline, goals], out)
    assert written == [out / "baseline", out / "goals"]
    for folder in written:
        assert {path.name for path in folder.iterdir()} == FILES
    assert {path.name for path in out.iterdir()} == {"baseline", "goals"}
    assert lf.open_run(out / "goals" / "run.nc").scenario == "goals"


def test_files_of_an_earlier_run_are_replaced_and_others_stay(baseline: lf.Run, tmp_path: Path) -> None:
    (tmp_path / "baseline").mkdir()
    (tmp_path / "baseline" / "flows.csv").write_text("old", encoding="utf-8")
    (tmp_path / "baseline" / "notes.txt").write_text("mine", encoding="utf-8")
    write_results([baseline], tmp_path)
    assert (tmp_path / "baseline" / "flows.csv").read_text(encoding="utf-8").startswith("variable,year")
    assert (tmp_path / "baseline" / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_nothing_appears_when_a_run_fails_half_way(
    baseline: lf.Run, goals: lf.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import lithflow.io.csv as tables

    calls = []
    write = tables.write_tables

    def fail_at_the_second(run: lf.Run, folder: Path) -> None:
        calls.append(run.scenario)
        write(run, folder)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "write_tables", fail_at_the_second)
    (tmp_path / "baseline").mkdir()
    (tmp_path / "baseline" / "flows.csv").write_text("old", encoding="utf-8")
    with pytest.raises(lf.LithflowError, match=r"can't be written \(No space left on device\)"):
        write_results([baseline, goals], tmp_path)
    assert calls == ["baseline", "goals"]
    assert names(tmp_path) == {"baseline/flows.csv"}
    assert (tmp_path / "baseline" / "flows.csv").read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["baseline"]


def test_any_error_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupted() -> None:
        with complete_folder(tmp_path) as draft:
            (draft / "half.csv").write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_made_for_results_goes_again_when_there_are_none(tmp_path: Path) -> None:
    def failing() -> None:
        with complete_folder(tmp_path / "new" / "results"):
            raise ValueError("no results")

    with pytest.raises(ValueError, match="no results"):
        failing()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_below_a_file_can_not_be_written(baseline: lf.Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way", encoding="utf-8")
    with pytest.raises(lf.LithflowError, match=r"results: can't be written \(Not a directory\); choose another folder"):
        write_results([baseline], file / "results")
    with pytest.raises(lf.LithflowError, match=r"file: can't be written \(File exists\); choose another folder"):
        write_results([baseline], file)
    assert file.read_text(encoding="utf-8") == "in the way"


def test_a_file_where_a_results_folder_belongs_stops_all_of_them(
    baseline: lf.Run, goals: lf.Run, tmp_path: Path
) -> None:
    (tmp_path / "goals").write_text("in the way", encoding="utf-8")
    with pytest.raises(lf.LithflowError, match="can't be written"):
        write_results([baseline, goals], tmp_path)
    assert names(tmp_path) == {"goals"}


def test_a_name_with_a_slash_stays_inside_the_folder(model: lf.Model, tmp_path: Path) -> None:
    run = model.run()
    run.scenario = "../elsewhere"
    with pytest.raises(lf.LithflowError, match="elsewhere"):
        write_results([run], tmp_path / "results")
    assert not (tmp_path / "elsewhere").exists()

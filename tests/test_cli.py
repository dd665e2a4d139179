"""The command line: results in a folder, one clear message for an error, and nothing half-written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import lithflow as lf
from lithflow.cli import main

FILES = {"run.nc", "flows.csv", "stocks.csv", "indicators.csv", "targets.csv"}


class Done:
    """Exit status and what was printed."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


Shell = Callable[..., Done]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run words as the shell would, in this process."""

    def call(*words: str | Path) -> Done:
        try:
            status = main([str(word) for word in words])
        except SystemExit as end:
            status = int(end.code or 0)
        printed = capsys.readouterr()
        return Done(status, printed.out, printed.err)

    return call


def in_a_process(words: Sequence[str | Path], folder: Path) -> Done:
    """Run the installed command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "lithflow.cli", *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(lf.__file__).parents[1]), "PYTHONIOENCODING": "utf-8"},
    )
    return Done(done.returncode, done.stdout, done.stderr)


def refused(done: Done) -> str:
    """Check for exit status 1 and one clear message; return it."""
    assert done.status == 1
    assert done.err.startswith("lithflow: ")
    assert "Traceback" not in done.err
    assert done.out == ""
    return done.err.removeprefix("lithflow: ")


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_main_job(shell: Shell, tmp_path: Path) -> None:
    done = shell("run", "baseline", "goals", "--out", tmp_path / "results")
    assert (done.status, done.err) == (0, "")
    for scenario in ("baseline", "goals"):
        assert {path.name for path in (tmp_path / "results" / scenario).iterdir()} == FILES
        assert lf.open_run(tmp_path / "results" / scenario / "run.nc").scenario == scenario
        assert f"{tmp_path / 'results' / scenario}" in done.out
    for year in (2020, 2025, 2030, 2035, 2050):
        assert str(year) in done.out
    for word in (
        "plug-in vehicles registered",
        "plug-in vehicles in use",
        "batteries installed",
        "batteries retired",
        "lithium used",
        "primary",
        "secondary",
        "import reliance",
        "recycled content",
    ):
        assert done.out.count(word) >= 2, word
    assert done.out.count("balance proved") == 2
    assert "collection_2025" in done.out
    assert "missed" in done.out.split("goals:")[0]
    assert " missed " not in done.out.split("goals:")[1].split("EU 2023/1542: rules of another market")[0]
    assert max(len(line) for line in done.out.splitlines() if not line.startswith("written: ")) <= 130


def test_the_main_job_in_a_process_of_its_own_raises_no_warning(tmp_path: Path) -> None:
    done = in_a_process(["run", "baseline", "goals", "--out", "results"], tmp_path)
    assert (done.status, done.err) == (0, "")
    assert everything_in(tmp_path) == sorted(
        ["results", *(f"results/{name}" for name in ("baseline", "goals"))]
        + [f"results/{name}/{file}" for name in ("baseline", "goals") for file in FILES]
    )


def test_without_a_name_baseline_runs_and_nothing_is_written(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = shell("run")
    assert done.status == 0
    assert done.out.startswith("baseline: ")
    assert everything_in(tmp_path) == []


def test_a_scenario_named_twice_runs_once(shell: Shell) -> None:
    done = shell("run", "goals", "goals")
    assert done.out.count("balance proved") == 1


def test_scenarios_are_listed(shell: Shell, model: lf.Model) -> None:
    done = shell("scenarios")
    assert done.status == 0
    for name, title in model.scenarios.items():
        assert any(line.split() and line.startswith(name) and title in line for line in done.out.splitlines())
    reason = model.inputs.scenario("goals").reason.split()[:8]
    assert " ".join(reason) in " ".join(done.out.split())
    assert max(map(len, done.out.splitlines())) <= 110


def test_the_version_is_told(shell: Shell) -> None:
    done = shell("--version")
    assert (done.status, done.out.strip()) == (0, f"lithflow {lf.__version__}")


@pytest.mark.parametrize(
    "words",
    [[], ["runn"], ["run", "--nonsense"], ["run", "--out"], ["run", "baseline", "--parameters"], ["check", "a", "b"]]
    + [
        ["parameters", "collection.rate", *words]
        for words in (["--template", "fleet"], ["--reference"], ["--search", "x"])
    ]
    + [["parameters", "collection.rate", *words] for words in (["--schema", "fleet"], ["--diff", "."])]
    + [["parameters", "--search", "rate", "--to-excel", "book.xlsx"]],
)
def test_a_usage_error_ends_with_2(shell: Shell, words: list[str]) -> None:
    done = shell(*words)
    assert done.status == 2
    assert "usage: lithflow" in done.err
    assert "Traceback" not in done.err


def test_an_unknown_scenario_is_refused_before_anything_runs(shell: Shell, tmp_path: Path) -> None:
    message = refused(shell("run", "baseline", "gaols", "--out", tmp_path / "results"))
    assert message == "unknown scenario `gaols`; nearest: goals\n"
    assert everything_in(tmp_path) == []


def test_an_unknown_scenario_in_a_process_of_its_own(tmp_path: Path) -> None:
    message = refused(in_a_process(["run", "baselin"], tmp_path))
    assert message.count("\n") == 1
    assert "nearest: baseline" in message


def test_a_missing_parameter_folder_is_refused(shell: Shell, tmp_path: Path) -> None:
    for verb in (["run"], ["scenarios"]):
        message = refused(shell(*verb, "--parameters", tmp_path / "missing"))
        assert "there is no folder" in message
        assert "missing" in message
    file = tmp_path / "file.yaml"
    file.write_text("", encoding="utf-8")
    refused(shell("run", "--parameters", file))


def test_problems_of_parameter_files_are_shown_once_with_their_places(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "collection.yaml").write_text(
        "formal_share:\n  description: d\n  unit: percent\n  values: 190\n  source: assumption\n  note: n\n"
        "hoard_tim:\n  description: d\n  unit: year\n  values: 3\n  source: assumption\n  note: n\n",
        encoding="utf-8",
    )
    message = refused(shell("run", "--parameters", tmp_path))
    assert "collection.yaml:4:" in message
    assert "190" in message
    assert "collection.yaml:7:" in message
    assert "nearest: hoard_time" in message
    assert "2 problems in the parameter files" in message


def test_a_users_folder_counts(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "mine.yaml").write_text(
        "title: My own\nreason: A test.\nsource: assumption\noverrides:\n  collection.rate: {from: 2025, values: 90}\n",
        encoding="utf-8",
    )
    done = shell("run", "mine", "--parameters", tmp_path)
    assert done.status == 0
    assert done.out.startswith("mine: My own")


def test_an_output_folder_that_can_not_be_written_is_refused(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way", encoding="utf-8")
    message = refused_after_output(shell("run", "baseline", "--out", file / "results"))
    assert "can't be written" in message
    assert "choose another folder for --out" in message
    assert file.read_text(encoding="utf-8") == "in the way"


def refused_after_output(done: Done) -> str:
    """Check as `refused` does, but allow for tables that were printed before."""
    done.out = ""
    return refused(done)


def test_an_impossible_output_folder_is_refused_before_the_tables(shell: Shell, tmp_path: Path) -> None:
    """What was printed looks like success; so the folder is tried first."""
    file = tmp_path / "file"
    file.write_text("in the way", encoding="utf-8")
    refused(shell("run", "baseline", "--out", file / "results"))


def test_nothing_is_half_written_when_a_table_fails(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd

    out = tmp_path / "results"
    out.mkdir()
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    write, calls = pd.DataFrame.to_csv, []

    def fail_at_the_third(table: pd.DataFrame, *args: object, **kwargs: object) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        write(table, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail_at_the_third)
    message = refused_after_output(shell("run", "baseline", "goals", "--out", out))
    assert "No space left on device" in message
    assert everything_in(out) == ["notes.txt"]


def test_a_scenario_that_can_not_run_writes_nothing(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "flood.yaml").write_text(
        "title: Flood\nreason: A test.\nsource: assumption\noverrides:\n  mining.output: {scale: 100}\n",
        encoding="utf-8",
    )
    done = shell("run", "baseline", "flood", "--parameters", tmp_path, "--out", tmp_path / "results")
    message = refused(done)
    assert "is negative" in message
    assert "flood" in message
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    "words", [["--debug", "run", "gaols"], ["run", "--debug", "gaols"], ["run", "gaols", "--debug"]]
)
def test_debug_shows_where_an_error_comes_from(shell: Shell, words: list[str]) -> None:
    with pytest.raises(lf.InputError, match="unknown scenario `gaols`"):
        shell(*words)


def test_debug_prints_a_traceback(tmp_path: Path) -> None:
    done = in_a_process(["run", "gaols", "--debug"], tmp_path)
    assert done.status == 1
    assert "Traceback" in done.err
    assert "unknown scenario `gaols`" in done.err


def test_a_pipe_that_closes_early_is_no_error_to_read_about(tmp_path: Path) -> None:
    command = f"{sys.executable} -m lithflow.cli run baseline goals | head -n 1"
    environment = {**os.environ, "PYTHONPATH": str(Path(lf.__file__).parents[1])}
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )
    assert done.stdout.startswith("baseline: ")
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_knows_few_letters_still_gets_its_table(tmp_path: Path, encoding: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(lf.__file__).parents[1]), "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-m", "lithflow.cli", "run"], cwd=tmp_path, capture_output=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr.decode(encoding)
    assert b"recycled content" in done.stdout


def test_lives_milestones_mines_and_costs_are_shown_when_asked_for(shell: Shell) -> None:
    plain, full = shell("run", "baseline"), shell("run", "baseline", "--lives", "--milestones", "--mines", "--costs")
    assert full.status == 0
    for words in ("hoard", "peak of primary lithium", "concentrate as SC6: spodumene", "cost (USD/t LCE)"):
        assert words in full.out
        assert words not in plain.out


def test_an_indicator_is_explained_on_request(shell: Shell) -> None:
    done = shell("run", "goals", "--explain", "recycled_content", "--explain", "import_hhi")
    assert done.status == 0
    assert "\nrecycled_content: Old and new scrap" in done.out
    assert "concentrate_imported + salts_imported [Chile] × its share" in done.out
    assert max(map(len, done.out.splitlines())) <= 130
    assert "\nrecycled_content: " not in shell("run", "goals").out


def test_an_unknown_indicator_is_refused_before_anything_runs(shell: Shell, tmp_path: Path) -> None:
    message = refused(shell("run", "--explain", "recycled_contents", "--out", tmp_path / "results"))
    assert message.startswith("--explain: unknown indicator `recycled_contents`; nearest: recycled_content")
    assert everything_in(tmp_path) == []


def test_sources_of_a_scenario_say_what_it_changes(shell: Shell) -> None:
    done = shell("sources", "goals")
    assert "changed by goals, and what the changes rest on:" in done.out
    (line,) = [line for line in done.out.splitlines() if line.startswith("  collection.rate: ")]
    changes, _, record = line.partition(", beside its record (")
    assert "seed:X076" in changes
    assert "kotra-2023" in record
    assert "changed by" not in shell("sources").out


def test_a_run_tells_of_what_looks_like_a_slip(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "collection.yaml").write_text(
        "rate:\n  description: Share collected\n  unit: percent\n  values: 0.95\n"
        "  uncertainty: {distribution: triangular, low: 0.5, high: 1.0, relative: true}\n"
        "  source: assumption\n  note: A slip, as 95 percent were meant.\n",
        encoding="utf-8",
    )
    done = shell("run", "baseline", "--parameters", tmp_path)
    assert done.status == 0
    assert "collection.rate: warning: 0.95 percent is a small share" in done.err
    assert shell("run", "baseline").err == ""

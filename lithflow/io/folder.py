"""Output folders: complete results or none."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lithflow.errors import LithflowError

if TYPE_CHECKING:
    from lithflow.run import Run

__all__ = ["complete_folder", "write_results"]


@contextlib.contextmanager
def complete_folder(target: Path) -> Iterator[Path]:
    """Give a draft folder that takes the place of `target` once everything in it is written.

    Parameters
    ----------
    target
        The folder wanted; files of an earlier one are replaced only at the end, what else is in it stays.

    Raises
    ------
    LithflowError
        If the folder can't be written; nothing is left behind.
    """
    new = [folder for folder in (target, *target.parents) if not folder.exists()]
    try:
        target.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".lithflow-", dir=target))
    except OSError as error:
        reason = error.strerror or str(error)
        raise LithflowError(f"{target}: can't be written ({reason}); choose another folder for --out") from None
    done = False
    try:
        yield draft
        _move(draft, target)
        done = True
    except OSError as error:
        raise LithflowError(f"{target}: can't be written ({error.strerror or error})") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        for folder in [] if done else new:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _move(draft: Path, target: Path) -> None:
    """Move files into place, once it is sure that all of them can go there."""
    moves = [(file, target / file.relative_to(draft)) for file in sorted(draft.rglob("*")) if file.is_file()]
    for _, place in moves:
        in_the_way = [folder for folder in place.parents if folder.exists() and not folder.is_dir()]
        if in_the_way or place.is_dir():
            what = in_the_way[0] if in_the_way else place
            raise LithflowError(f"{place}: can't be written, as {what} is in the way; move it or choose another folder")
    for file, place in moves:
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)


def write_results(runs: Sequence[Run], target: Path) -> list[Path]:
    """Write each run into a folder of its name: ``run.nc`` and the CSV tables.

    Parameters
    ----------
    runs
        The runs.
    target
        Where the folders go.

    Returns
    -------
    list of pathlib.Path
        One folder a run.

    Raises
    ------
    LithflowError
        If the folder can't be written, or the name of a run is no name of a folder.
    """
    from lithflow.io.csv import write_tables

    for run in runs:
        if Path(run.scenario).name != run.scenario or run.scenario in ("", ".", "..") or "\\" in run.scenario:
            raise LithflowError(f"the run's name {run.scenario!r} is no name of a folder; set run.scenario to another")
    with complete_folder(target) as draft:
        for run in runs:
            folder = draft / run.scenario
            folder.mkdir()
            run.to_netcdf(folder / "run.nc")
            write_tables(run, folder)
    return [target / run.scenario for run in runs]

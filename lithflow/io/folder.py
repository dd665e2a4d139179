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
    try:
        target.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".lithflow-", dir=target))
    except OSError as error:
        raise LithflowError(
            f"{target}: can't be written ({error.strerror or error}); choose another folder for --out"
        ) from None
    try:
        yield draft
        for file in sorted(path for path in draft.rglob("*") if path.is_file()):
            place = target / file.relative_to(draft)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)
    except OSError as error:
        raise LithflowError(f"{target}: can't be written ({error.strerror or error})") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


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
    """
    from lithflow.io.csv import write_tables

    written = []
    with complete_folder(target) as draft:
        for run in runs:
            folder = draft / run.scenario
            folder.mkdir()
            run.to_netcdf(folder / "run.nc")
            write_tables(run, folder)
            written.append(target / run.scenario)
    return written

"""`lithflow check`: everything that is wrong with a folder, or what a clean one holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from lithflow.errors import Problem
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.folders import Layers, shipped_folder, user_folder
from lithflow.inputs.inputs import Inputs
from lithflow.inputs.loading import read

__all__ = ["check", "contents", "findings"]


def check(
    folder: str | os.PathLike[str] | None = None,
    *,
    declarations: Iterable[Declaration] | None = None,
    shipped: Path | Mapping[str, str] | None = None,
) -> tuple[str, int]:
    """Check a folder of parameter files.

    Parameters
    ----------
    folder
        The user's folder; None for the shipped files alone.
    declarations
        The parameter table; the model's own unless given.
    shipped
        Folder of the complete set; found by itself unless given.

    Returns
    -------
    tuple of str and int
        The text to print, and the exit status: 0 for a clean folder, 1 otherwise.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    base = shipped if shipped is not None else shipped_folder()
    own = () if folder is None else (user_folder(folder),)
    inputs, problems = read(Layers((base, *own)), declarations)
    lines = [str(problem) for problem in problems]
    if inputs is not None:
        lines += contents(inputs)
    lines.append(findings(problems))
    return "\n".join(lines), int(inputs is None)


def findings(problems: Iterable[Problem]) -> str:
    """Count problems and warnings, as the closing line.

    Parameters
    ----------
    problems
        What was found.

    Returns
    -------
    str
        Such as ``2 problems, 1 warning``.
    """
    found = list(problems)
    warnings = sum(problem.warning for problem in found)
    errors = len(found) - warnings
    text = f"{errors or 'no'} problem{'' if errors == 1 else 's'}"
    return f"{text}, {warnings} warning{'' if warnings == 1 else 's'}" if warnings else text


def contents(inputs: Inputs) -> list[str]:
    """Say what a clean folder holds.

    Parameters
    ----------
    inputs
        What was read.

    Returns
    -------
    list of str
        Lines: parameters by stage, sources, assumptions and their share, ranges, scenarios.
    """
    records = list(inputs.records.values())
    numbers = [record for record in records if record.texts is None]
    only = [record for record in records if set(record.sources) == {"assumption"} and not record.row_sources]
    partly = [record for record in records if record.assumed and record not in only]
    without = [record for record in numbers if record.uncertainty is None]
    seeds = {source for record in records for source in record.sources if source.startswith("seed:")}
    stages: dict[str, int] = {}
    for record in records:
        stages[record.declaration.stage] = stages.get(record.declaration.stage, 0) + 1

    def share(part: int, whole: int) -> str:
        return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "none"

    return [
        f"years        {inputs.years[0]} to {inputs.years[-1]}, observed to {inputs.last_observed}",
        f"parameters   {len(records)}: {', '.join(f'{stage} {count}' for stage, count in stages.items())}",
        f"sources      {len(inputs.sources)}, and {len(seeds)} figures of the source documents",
        f"assumptions  {share(len(only), len(records))} parameters rest on an assumption alone, {len(partly)} in part",
        f"ranges       {share(len(without), len(numbers))} parameters have no range",
        f"scenarios    {len(inputs.scenarios)}: {', '.join(inputs.scenarios)}",
    ]

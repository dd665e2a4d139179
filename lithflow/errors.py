"""The errors that lithflow raises on purpose: each one says what was expected, what was found, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["InputError", "InputErrors", "LithflowError", "Problem", "UnknownNameError", "nearest"]


class LithflowError(Exception):
    """Anything that lithflow refuses to do; its text is meant for the reader, without a traceback."""


class InputError(LithflowError, ValueError):
    """A single input (an override, a scenario name, a parameter name) that can't be used."""


class UnknownNameError(InputError, KeyError):
    """A name that nothing carries; the text gives the nearest ones."""

    def __str__(self) -> str:
        """Return the plain text (a KeyError would show it in quotes)."""
        return str(self.args[0]) if self.args else ""


@dataclass(frozen=True)
class Problem:
    """One thing wrong at one place of one file.

    Parameters
    ----------
    file
        Path of the file, relative to the parameter folder.
    line, column
        Position in the file, both counted from 1; 0 where the whole file is meant.
    path
        Dotted path of the entry, such as ``recycling.lithium_recovery.formal``; may be empty.
    text
        What is wrong: what was expected, what was found.
    warning
        True where the entry can be used but looks like a slip.
    """

    file: str
    line: int
    column: int
    path: str
    text: str
    warning: bool = False

    def __str__(self) -> str:
        """Return ``file:line:column path: text``."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        text = f"warning: {self.text}" if self.warning else self.text
        return f"{place} {self.path}: {text}" if self.path else f"{place}: {text}"


class InputErrors(LithflowError, ValueError):  # noqa: N818
    """All problems of all files, collected and raised once.

    Parameters
    ----------
    problems
        What was found, in the order of files and lines.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Return one line a problem and a closing count."""
        lines = [str(problem) for problem in self.problems]
        count = sum(not problem.warning for problem in self.problems)
        return "\n".join([*lines, f"{count} problem{'' if count == 1 else 's'} in the parameter files"])


def nearest(name: object, known: Iterable[object], *, limit: int = 3) -> str:
    """Say which known names are closest to a name that is unknown.

    Parameters
    ----------
    name
        What was written.
    known
        The names that exist.
    limit
        The most names to give.

    Returns
    -------
    str
        ``"; nearest: a, b"``; every name where there are few and none is close; empty where there are none at all.
    """
    names = [str(entry) for entry in known]
    found: Sequence[str] = difflib.get_close_matches(str(name), names, n=limit, cutoff=0.6)
    if not found:
        text = str(name).casefold()
        folded = {entry.casefold(): entry for entry in reversed(names)}
        found = [folded[key] for key in difflib.get_close_matches(text, list(folded), n=limit, cutoff=0.5)]
    if found:
        return f"; nearest: {', '.join(found)}"
    if 0 < len(names) <= 12:
        return f"; known: {', '.join(names)}"
    return ""

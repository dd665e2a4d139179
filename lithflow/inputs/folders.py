"""Where parameter files are found, and reading their text without leaving the folder."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lithflow.errors import InputError, Problem, nearest

__all__ = ["Layers", "shipped_folder", "user_folder"]

LARGEST = {".yaml": 4_000_000, ".csv": 20_000_000}
"""Bytes that a file may have."""
LONGEST_LINE = 20_000
"""Characters that a line may have."""
MOST_FILES = 2_000

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder(name: str = "parameters") -> Path:
    """Find a folder of shipped files: within an installed wheel, or beside the package in a source tree.

    Parameters
    ----------
    name
        ``parameters`` or ``seeds``.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If the installation lacks it.
    """
    for folder in (_PACKAGE / "data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise InputError(f"the installed lithflow has no folder `{name}`; install it again")


def user_folder(folder: str | os.PathLike[str]) -> Path:
    """Check that a folder given by the user is there.

    Parameters
    ----------
    folder
        Its path.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If there is no such folder, or it is a file.
    """
    path = Path(folder)
    try:
        if path.is_dir():
            return path
        exists = path.exists()
        beside = [entry.name for entry in path.parent.iterdir() if entry.is_dir()] if path.parent.is_dir() else []
    except (OSError, ValueError) as error:
        raise InputError(f"parameter folder `{folder}` can't be read: {error}") from None
    if exists:
        raise InputError(
            f"expected a folder of parameter files, got the file `{folder}`; give the folder that holds it"
        )
    close = nearest(path.name, beside)
    raise InputError(f"there is no folder `{folder}`{close if 'nearest' in close else ''}")


Folder = Path | Mapping[str, str]
"""A folder on disk, or file names and their texts in memory."""


@dataclass(frozen=True)
class Layers:
    """Folders of parameter files, the shipped one first; a later folder's entries replace an earlier one's.

    Parameters
    ----------
    folders
        The folders.
    """

    folders: tuple[Folder, ...]
    _texts: dict[tuple[int, str], str | None] = field(default_factory=dict, compare=False, repr=False)
    _names: dict[int, list[str]] = field(default_factory=dict, compare=False, repr=False)

    def shown(self, layer: int, name: str) -> str:
        """Return the name of a file as messages show it."""
        return f"(shipped) {name}" if layer == 0 and len(self.folders) > 1 else name

    def names(self, layer: int, problems: list[Problem]) -> list[str]:
        """List the files of one folder, as posix paths relative to it, without hidden files and those of editors."""
        if layer not in self._names:
            self._names[layer] = self._listed(self.folders[layer], problems)
        return self._names[layer]

    def _listed(self, root: Folder, problems: list[Problem]) -> list[str]:
        if isinstance(root, Mapping):
            return sorted(root)
        found: list[str] = []
        for place, directories, files in os.walk(root, followlinks=False):
            directories[:] = sorted(name for name in directories if not name.startswith((".", "_")))
            within = Path(place).relative_to(root)
            found += [(within / name).as_posix() for name in files if not name.startswith((".", "~", "#"))]
            if len(found) > MOST_FILES:
                text = f"more than {MOST_FILES} files; is this a folder of parameter files?"
                problems.append(Problem(str(root), 0, 0, "", text))
                return []
        return sorted(found)

    def find(self, name: str) -> int | None:
        """Return the last folder that holds a file, or None."""
        for layer in reversed(range(len(self.folders))):
            root = self.folders[layer]
            if name in root if isinstance(root, Mapping) else os.path.lexists(root / name):
                return layer
        return None

    def read(self, layer: int, name: str, problems: list[Problem]) -> str | None:
        """Read one file as text, once; None and a problem where that is refused."""
        if (layer, name) not in self._texts:
            self._texts[layer, name] = self._read(layer, name, problems)
        return self._texts[layer, name]

    def _read(self, layer: int, name: str, problems: list[Problem]) -> str | None:
        shown = self.shown(layer, name)

        def refuse(text: str, line: int = 0, column: int = 0) -> None:
            problems.append(Problem(shown, line, column, "", text))

        root = self.folders[layer]
        if isinstance(root, Mapping):
            return _checked_lines(root[name], refuse)
        try:
            actual = (root / name).resolve(strict=True)
            if not actual.is_relative_to(root.resolve()):
                refuse("the file is a link that leads out of the folder; copy the file into the folder")
                return None
            about = actual.stat()
            if not stat.S_ISREG(about.st_mode):
                refuse("not an ordinary file")
                return None
            largest = LARGEST.get(PurePosixPath(name).suffix, min(LARGEST.values()))
            if about.st_size > largest:
                refuse(f"{about.st_size:,} bytes; a file may have up to {largest:,}")
                return None
            content = actual.read_bytes()
        except (OSError, ValueError, RuntimeError) as error:
            refuse(f"can't be read: {getattr(error, 'strerror', None) or error}")
            return None
        text = decoded(content, refuse)
        return None if text is None else _checked_lines(text, refuse)


Refuse = Callable[..., None]


def decoded(content: bytes, refuse: Refuse) -> str | None:
    """Turn the bytes of a file into text with plain line ends; the mark that Excel puts in front is dropped.

    Parameters
    ----------
    content
        The bytes.
    refuse
        Called with a text, a line and a column where the bytes are no UTF-8.

    Returns
    -------
    str or None
        The text, or None where it was refused.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in content[:200]:
        refuse("not UTF-8 text (UTF-16, or not a text at all); save it as UTF-8, in Excel as `CSV UTF-8`")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        refuse("a character here is not UTF-8; save the file as UTF-8, in Excel as `CSV UTF-8`", line, column)
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def _checked_lines(text: str, refuse: Refuse) -> str | None:
    control = _CONTROL.search(text)
    if control:
        place = control.start()
        line, column = text.count("\n", 0, place) + 1, place - (text.rfind("\n", 0, place) + 1) + 1
        refuse(f"the control character U+{ord(control[0]):04X} does not belong in a text; delete it", line, column)
        return None
    if len(text) > LONGEST_LINE:
        for number, content in enumerate(text.split("\n"), 1):
            if len(content) > LONGEST_LINE:
                refuse(f"a line of {len(content):,} characters; a line may have up to {LONGEST_LINE:,}", number, 1)
                return None
    return text


def inside(name: str) -> bool:
    """Tell whether a relative path, as written in a file, stays within its folder."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name


def listing(names: Sequence[object], most: int = 6) -> str:
    """Return names separated by commas, cut after a few, with the number left off."""
    shown = ", ".join(str(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"

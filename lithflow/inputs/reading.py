"""YAML text to nodes that know their place in the file: YAML 1.2 values, no tags, no aliases, nothing run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from lithflow.errors import Problem

try:
    CParser: Any = import_module("ruamel.yaml.cyaml").CParser
except ImportError:  # the parser in C is quicker, the one in Python reads the same
    CParser = None

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "plain", "read_yaml"]

DEEPEST = 40
"""Levels of nesting that a file may have."""

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}

_WITHIN_WORD = re.compile(r"(?<=[\w]):(?=[\w/])")
_COLON = "\ue000"
"""Stands for a colon within a word while the parser in C reads."""

Value = None | bool | int | float | str


@dataclass(slots=True)
class Scalar:
    """One written value.

    Parameters
    ----------
    text
        The characters, quotes removed.
    quoted
        True where quotes or a block style make it a text whatever it looks like.
    line, column
        Place in the file, from 1.
    end_line, end_column
        Place after its last character.
    """

    text: str
    quoted: bool
    line: int
    column: int
    end_line: int = 0
    end_column: int = 0

    @property
    def value(self) -> Value:
        """The value by the YAML 1.2 core rules: ``NO`` is a text, ``1e-3`` a number."""
        text = self.text
        if self.quoted:
            return text
        if _INTEGER.match(text):
            return int(text) if len(text) < 400 else float("inf")
        if _FLOAT.match(text):
            return float(text)
        return _SPECIAL.get(text, text)


@dataclass(slots=True)
class Mapping:
    """Keys and their nodes, in the order of the file."""

    line: int
    column: int
    flow: bool = False
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    end_line: int = 0
    end_column: int = 0

    def __iter__(self) -> Iterator[tuple[str, Scalar, Node]]:
        """Go through (key text, key, node)."""
        for text, (key, node) in self.entries.items():
            yield text, key, node

    def __contains__(self, key: str) -> bool:
        """Tell whether a key is there."""
        return key in self.entries

    def __len__(self) -> int:
        """Count the keys."""
        return len(self.entries)

    def get(self, key: str) -> Node | None:
        """Return the node under a key, or None."""
        entry = self.entries.get(key)
        return entry[1] if entry else None


@dataclass(slots=True)
class Sequence:
    """Nodes in a list."""

    line: int
    column: int
    flow: bool = False
    items: list[Node] = field(default_factory=list)
    end_line: int = 0
    end_column: int = 0


Node = Scalar | Mapping | Sequence


def plain(node: Node) -> Any:
    """Return the node as a plain Python value (dict, list, number, text), for models that need no positions."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {text: plain(child) for text, _, child in node}


def read_yaml(text: str, file: str, problems: list[Problem]) -> Mapping | None:
    """Read one file into nodes.

    Parameters
    ----------
    text
        Content of the file.
    file
        Name to show in messages.
    problems
        Where problems are added.

    Returns
    -------
    Mapping or None
        The top level; None where the file is empty or can't be read (then a problem was added).
    """
    try:
        top = _built(text, file, problems)
    except YAMLError as error:
        problems.append(_syntax_problem(text, file, error))
        return None
    except _StopReadingError:
        return None
    if top is None or (isinstance(top, Scalar) and not top.quoted and top.text == ""):
        problems.append(Problem(file, 0, 0, "", "the file is empty; expected records, or no file at all"))
        return None
    if not isinstance(top, Mapping):
        found = "a list" if isinstance(top, Sequence) else f'the text "{shorten(top.text)}"'
        problems.append(Problem(file, top.line, top.column, "", f"expected `name: …` at the top level, got {found}"))
        return None
    return top


def shorten(text: object, length: int = 60) -> str:
    """Return a text on one line, cut to a length that fits a message."""
    line = " ".join(str(text).split())
    return line if len(line) <= length else line[: length - 1] + "…"


class _StopReadingError(Exception):
    """The rest of a file makes no sense after what was found; the problem is already noted."""


def _built(text: str, file: str, problems: list[Problem]) -> Node | None:
    """Read with the parser in C; where it fails, the one in Python has the say, so that messages are the same."""
    if CParser is not None and _COLON not in text:
        found: list[Problem] = []
        # the parser in C stumbles over `[seed:X063]`, where the colon belongs to the word
        parser = CParser(_WITHIN_WORD.sub(_COLON, text))
        try:
            top = _Builder(file, found, restore=True).build(iter(parser.get_event, None))
        except YAMLError:
            pass
        except _StopReadingError:
            problems += found
            raise
        else:
            problems += found
            return top
    return _Builder(file, problems).build(iter(YAML(typ="safe", pure=True).parse(text)))


def _syntax_problem(text: str, file: str, error: YAMLError) -> Problem:
    """Word a syntax error for someone who has never heard of scanners and tokens."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    what = error.problem if isinstance(error, MarkedYAMLError) else None
    what = shorten(what or str(error), 160)
    lines = text.splitlines()
    written = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())] or "'\\t'" in what:
        what = "a tab stands where spaces belong; indent with spaces"
    elif written.lstrip().startswith("%") or "'%'" in what:
        what = f"{what}; a text that starts with % needs quotes"
    elif "mapping values are not allowed" in what and ":" not in written[: max(column - 1, 0)]:
        what = "this line is indented other than its neighbours, or the line above lacks its colon"
    elif "mapping values are not allowed" in what:
        what = "a second colon in one line; put a text that contains `: ` in quotes"
    elif "could not find expected ':'" in what:
        what = "expected `name: value`; is a colon missing?"
    elif "expected <block end>" in what:
        what = "this line is not in line with the entries above it; check its indentation"
    elif "expected ',' or" in what:
        what = "a bracket is not closed, or a comma is missing"
    return Problem(file, line, column, "", f"not readable as YAML: {what}")


class _Builder:
    """Nodes from parser events, without recursion, so that deep nesting can't exhaust anything."""

    def __init__(self, file: str, problems: list[Problem], *, restore: bool = False) -> None:
        self.file = file
        self.problems = problems
        self.stand_in = _COLON if restore else ":"

    def stop(self, event: Any, text: str) -> None:
        mark = event.start_mark
        self.problems.append(Problem(self.file, mark.line + 1, mark.column + 1, "", text))
        raise _StopReadingError

    def build(self, events: Iterator[Any]) -> Node | None:
        top: Node | None = None
        documents = 0
        stack: list[tuple[Mapping | Sequence, list[Scalar]]] = []  # a container and, for mappings, the key that waits
        for event in events:
            kind = type(event).__name__
            if kind == "ScalarEvent":
                self.refuse_extras(event)
                mark, end = event.start_mark, event.end_mark
                value = event.value.replace(self.stand_in, ":")
                node: Node = Scalar(
                    value, not event.implicit[0], mark.line + 1, mark.column + 1, end.line + 1, end.column + 1
                )
                self.place(event, node, stack)
                if not stack:
                    top = node
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                self.refuse_extras(event)
                mark = event.start_mark
                line, column = mark.line + 1, mark.column + 1
                opened = (Mapping if kind[0] == "M" else Sequence)(line, column, bool(event.flow_style))
                self.place(event, opened, stack)
                if not stack:
                    top = opened
                stack.append((opened, []))
                if len(stack) > DEEPEST:
                    self.stop(event, f"more than {DEEPEST} levels of nesting")
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                closed, _ = stack.pop()
                closed.end_line, closed.end_column = event.end_mark.line + 1, event.end_mark.column + 1
            elif kind == "AliasEvent":
                self.stop(event, f"`*{event.anchor}` repeats another entry; aliases are not read: write the values out")
            elif kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    self.stop(event, "a second document (`---`) in one file; split it into two files")
        return top

    def refuse_extras(self, event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            tag = shorten(event.tag).replace(self.stand_in, ":")
            self.stop(event, f"the tag `{tag}` is not read: parameter files hold values only")
        if event.anchor is not None:
            self.stop(event, f"the anchor `&{event.anchor}` is not read: write the values out where they are needed")

    def place(self, event: Any, node: Node, stack: list[tuple[Mapping | Sequence, list[Scalar]]]) -> None:
        if not stack:
            return
        parent, waiting = stack[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return
        if waiting:
            key = waiting.pop()
            if isinstance(node, Scalar) and not node.text and not node.quoted:
                # parsers differ in where nothing stands
                node.line, node.column, node.end_line, node.end_column = key.line, key.column, key.line, key.column
            known = parent.entries.get(key.text)
            if known is None:
                parent.entries[key.text] = (key, node)
            else:
                text = f"`{shorten(key.text)}` is written twice; first in line {known[0].line}"
                self.problems.append(Problem(self.file, key.line, key.column, "", text))
            return
        if not isinstance(node, Scalar):
            self.stop(event, "a name was expected before the colon, got a list or a group in brackets")
        else:
            waiting.append(node)

"""Changing a file only where it was edited: everything else stays as it is, to the byte."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping as ReadMapping
from typing import Any

from lithflow.errors import InputError
from lithflow.inputs.reading import Mapping, Node, Scalar, Sequence, read_yaml

__all__ = [
    "FileEdits",
    "cell_spans",
    "csv_cell",
    "extent",
    "flow_text",
    "nested_text",
    "number_text",
    "record_block",
    "yaml_text",
]

Place = tuple[int, int]
WIDTH = 112
_PLAIN = re.compile(r"[^\W\d_](?:[\w./+%()=;:*,<>²³°×→–—'-]|[ ](?! *#))*\Z")
_FLOW_SAFE = re.compile(r"\w(?:[\w.:/+%-]*[\w.+%-])?\Z")


class FileEdits:
    """A text and the changes to it, by line and column.

    Parameters
    ----------
    content
        The file; its mark at the front and its line ends are kept.

    Raises
    ------
    InputError
        If the lines end in a way that can't be kept.
    """

    def __init__(self, content: bytes) -> None:
        self.text = content.decode("utf-8")
        if "\r" in self.text.replace("\r\n", ""):
            raise InputError("the lines of the file end with a carriage return alone; save it with ordinary line ends")
        self.start = 1 if self.text.startswith("\ufeff") else 0
        self.newline = "\r\n" if self.text.count("\r\n") * 2 > self.text.count("\n") else "\n"
        self.lines = [0]
        self.lines += [found.end() for found in re.finditer("\n", self.text)]
        self.changes: list[tuple[int, int, str]] = []

    def offset(self, place: Place) -> int:
        """Return the position of a line and column, both from 1."""
        line, column = place
        if line > len(self.lines):
            return len(self.text)
        return min(self.lines[line - 1] + column - 1 + (self.start if line == 1 else 0), len(self.text))

    def line(self, number: int) -> str:
        """Return a line without its end."""
        begin = self.offset((number, 1))
        end = self.lines[number] if number < len(self.lines) else len(self.text)
        return self.text[begin:end].rstrip("\r\n")

    def end_of(self, node: Node) -> Place:
        """Return the place after the last character of a node; block texts end before the empty lines after them."""
        line, column = extent(node)
        if column > 1 or line <= node.line:
            return line, column
        line -= 1
        while line > node.line and (not self.line(line).strip() or self.line(line).startswith("#")):
            line -= 1
        return line, len(self.line(line)) + 1

    def replace(self, begin: Place, end: Place, new: str) -> None:
        """Put a text in place of what stands between two places."""
        self.changes.append((self.offset(begin), self.offset(end), new.replace("\n", self.newline)))

    def delete_line(self, number: int) -> None:
        """Take a line away."""
        self.replace((number, 1), (number + 1, 1), "")

    def insert_line(self, after: int, new: str) -> None:
        """Put one or more lines after a line; 0 puts them in front."""
        place = self.offset((after + 1, 1))
        end = self.newline if place > self.start and self.text[place - 1] != "\n" else ""
        self.changes.append((place, place, end + new.replace("\n", self.newline) + ("" if end else self.newline)))

    def result(self) -> bytes:
        """Return the file with all changes."""
        text = self.text
        ordered = sorted(enumerate(self.changes), key=lambda item: (item[1][0], item[1][1], item[0]), reverse=True)
        for _, (begin, end, new) in ordered:
            text = text[:begin] + new + text[end:]
        return text.encode("utf-8")


def extent(node: Node) -> Place:
    """Return the place after the last character of a node, without the comments that follow it.

    Parameters
    ----------
    node
        A node that was read from a file.

    Returns
    -------
    tuple of int
        Line and column, from 1. Block texts end at the start of a later line.
    """
    if isinstance(node, Scalar) or node.flow:
        return node.end_line, node.end_column
    children = [child for _, _, child in node] if isinstance(node, Mapping) else node.items
    return extent(children[-1]) if children else (node.end_line, node.end_column)


def number_text(value: float) -> str:
    """Write a number as briefly as it can be read back."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(float(value))


def yaml_text(text: str) -> str:
    """Write a text as YAML, with quotes only where it needs them."""
    alone = Scalar(text, False, 0, 0)
    if _PLAIN.match(text) and isinstance(alone.value, str) and ": " not in text and not text.endswith((":", " ")):
        return text
    return json.dumps(text, ensure_ascii=False)


def flow_text(text: str) -> str:
    """Write a text that stands within brackets."""
    alone = Scalar(text, False, 0, 0)
    return text if _FLOW_SAFE.match(text) and isinstance(alone.value, str) else json.dumps(text, ensure_ascii=False)


def folded(text: str, indent: int) -> str:
    """Write a long text as a folded block, as notes are."""
    lines = textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return ">-\n" + "\n".join(" " * indent + line for line in lines)


def nested_text(tree: Any, indent: int) -> str:
    """Write nested values: what fits on a line in braces, the rest in a block.

    Parameters
    ----------
    tree
        A number, a text, or labels and years with such.
    indent
        Spaces in front of a block.

    Returns
    -------
    str
        What follows the colon, a block from its line break on.
    """
    inline = _inline(tree)
    if len(inline) + indent <= WIDTH - 20 or not isinstance(tree, ReadMapping):
        return " " + inline
    lines = [f"\n{' ' * indent}{key}:{nested_text(child, indent + 2)}" for key, child in tree.items()]
    return "".join(lines)


def _inline(tree: Any) -> str:
    if isinstance(tree, ReadMapping):
        return "{" + ", ".join(f"{key}: {_inline(child)}" for key, child in tree.items()) + "}"
    return flow_text(tree) if isinstance(tree, str) else number_text(tree)


def record_block(text: str, key: str) -> str:
    """Return the lines of one record of a file.

    Parameters
    ----------
    text
        Content of the file.
    key
        Name of the record.

    Returns
    -------
    str
        Its lines, without the comments in front of the next one.
    """
    top = read_yaml(text, "", [])
    assert top is not None
    first = top.entries[key][0].line
    lines = text.split("\n")
    end = first
    while end < len(lines) and (not lines[end] or lines[end][0] in " #"):
        end += 1
    while not lines[end - 1].strip() or lines[end - 1].startswith("#"):
        end -= 1
    return "\n".join(lines[first - 1 : end])


def cell_spans(line: str) -> list[tuple[int, int]]:
    """Find the cells of a line of CSV.

    Parameters
    ----------
    line
        The line.

    Returns
    -------
    list of tuple
        Begin and end of each cell, from 0, quotes included.
    """
    spans = []
    begin, quoted = 0, False
    for position, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            spans.append((begin, position))
            begin = position + 1
    return [*spans, (begin, len(line))]


def csv_cell(text: str) -> str:
    """Write a text as a cell of CSV."""
    return '"' + text.replace('"', '""') + '"' if re.search(r'[",\r\n]|^\s|\s$', text) else text


def items_of(node: Node | None) -> list[str]:
    """Return the texts of a list, or of a single text."""
    if isinstance(node, Sequence):
        return [item.text for item in node.items if isinstance(item, Scalar)]
    return [node.text] if isinstance(node, Scalar) else []

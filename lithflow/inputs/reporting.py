"""Problems of one file, collected with their places and worded for the person who edits it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Items
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from lithflow.errors import Problem, nearest
from lithflow.inputs.folders import Layers
from lithflow.inputs.reading import Mapping, Node, Scalar, Sequence, plain, read_yaml, shorten

__all__ = ["Checked", "Reporter", "describe", "in_every_folder", "validated"]


class Checked(BaseModel):
    """Base of everything that is read from a parameter file: strict types, no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=Checked)


class Reporter:
    """Notes what is wrong in one file.

    Parameters
    ----------
    file
        Name to show.
    problems
        The list, shared by all files, that problems are added to.
    """

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems

    def add(self, node: Node | None, path: str, text: str, *, warning: bool = False) -> None:
        """Note a problem at the place of a node (None: the file as a whole)."""
        line, column = (node.line, node.column) if node is not None else (0, 0)
        self.problems.append(Problem(self.file, line, column, path, text, warning))

    def at(self, line: int, column: int, path: str, text: str, *, warning: bool = False) -> None:
        """Note a problem at a line and column, counted from 1."""
        self.problems.append(Problem(self.file, line, column, path, text, warning))

    @property
    def count(self) -> int:
        """Number of errors so far, over all files."""
        return sum(not problem.warning for problem in self.problems)


def in_every_folder(layers: Layers, file: str, problems: list[Problem]) -> Iterator[tuple[Reporter, Mapping]]:
    """Read one YAML file in every folder that has it, the shipped one first.

    Parameters
    ----------
    layers
        The folders.
    file
        Name of the file.
    problems
        Where problems go; a file that can't be read is left out.

    Yields
    ------
    tuple of Reporter and Mapping
        What notes problems of the file, and its entries.
    """
    for layer in range(len(layers.folders)):
        if file not in layers.names(layer, problems):
            continue
        text = layers.read(layer, file, problems)
        shown = layers.shown(layer, file)
        top = read_yaml(text, shown, problems) if text is not None else None
        if top is not None:
            yield Reporter(shown, problems), top


def describe(node: Node) -> str:
    """Return what a node is, in a few words, for the "got" part of a message."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return f"the entries {shorten(', '.join(node.entries), 40)}" if len(node) else "an empty group"
    if node.text == "" and not node.quoted:
        return "nothing"
    return f"the text `{shorten(node.text)}`" if isinstance(node.value, str) else f"`{shorten(node.text)}`"


def validated(model: type[Model], node: Node, reporter: Reporter, path: str, skip: Items[str] = ()) -> Model | None:
    """Check a node against a model; every finding becomes a problem at its own place.

    Parameters
    ----------
    model
        What is expected.
    node
        What was written.
    reporter
        Where problems go.
    path
        Dotted path of the node, for messages.
    skip
        Keys that the caller reads by itself.

    Returns
    -------
    Model or None
        The checked model; None where there was a problem.
    """
    if not isinstance(node, Mapping):
        reporter.add(
            node, path, f"expected entries such as `{next(iter(model.model_fields))}: …`, got {describe(node)}"
        )
        return None
    try:
        return model.model_validate({key: _read(key, child) for key, _, child in node if key not in skip})
    except ValidationError as error:
        known = [*(field.alias or name for name, field in model.model_fields.items()), *skip]
        seen: set[tuple[int, int, str]] = set()
        for item in error.errors(include_url=False, include_context=True):
            place, trail, missing = _locate(node, item["loc"])
            text = _worded(item, place, _known(model, item["loc"], known), missing)
            where = ".".join([path, *trail] if path else trail)
            if (place.line, place.column, where) not in seen:  # a union reports each of its branches
                seen.add((place.line, place.column, where))
                reporter.add(place, where, text)
        return None


def _read(key: str, node: Node) -> Any:
    """Return the plain value; the unit 1 is a text like all units."""
    return node.text if key == "unit" and isinstance(node, Scalar) and node.text else plain(node)


def _locate(node: Node, location: tuple[int | str, ...]) -> tuple[Node, list[str], str | None]:
    """Follow pydantic's location; steps that name a union branch match no key and are passed over."""
    trail: list[str] = []
    missing = None
    for step in location:
        if isinstance(node, Mapping):
            entry = node.entries.get(str(step))
            if entry is None:
                missing = str(step)
                continue
            key, child = entry
            trail.append(str(step))
            node = key if isinstance(child, Mapping) and not len(child) else child
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
    return node, trail, missing


def _known(model: type[Checked], location: tuple[int | str, ...], top: list[str]) -> list[str]:
    """Find the entries that may stand where an unknown one was met, within a union by the name of its branch."""
    if len(location) < 3 or location[0] not in model.model_fields:
        return top
    branches: list[Any] = [model.model_fields[str(location[0])].annotation]
    while branches:
        branch = branches.pop()
        branches += get_args(branch)
        if isinstance(branch, type) and issubclass(branch, Checked):
            names = [get_args(field.annotation) for field in branch.model_fields.values()]
            if (location[1],) in names:
                return list(branch.model_fields)
    return top


def _worded(item: Any, place: Node, known: list[str], missing: str | None) -> str:
    kind = item["type"]
    if kind == "missing":
        return f"`{missing}` is missing"
    if kind == "extra_forbidden":
        return f"unknown entry `{shorten(item['loc'][-1])}`{nearest(item['loc'][-1], known)}"
    got = describe(place)
    if kind == "string_type":
        quotes = "; put it in quotes" if isinstance(place, Scalar) and place.text else ""
        return f"expected a text, got {got}{quotes}"
    if kind in ("float_type", "int_type", "float_parsing", "int_parsing", "int_from_float"):
        return f"expected a {'whole number' if 'int' in kind else 'number'}, got {got}"
    if kind == "finite_number":
        return f"expected a finite number, got {got}"
    bounds = {"greater_than": "above", "greater_than_equal": "of at least", "less_than": "below"}
    bounds["less_than_equal"] = "of at most"
    if kind in bounds:
        return f"expected a number {bounds[kind]} {next(iter(item['ctx'].values())):g}, got {got}"
    if kind == "bool_type":
        return f"expected true or false, got {got}"
    if kind == "literal_error":
        choices = str(item["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        return f"expected one of {', '.join(choices)}, got {got}{nearest(item['input'], choices, limit=1)}"
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"expected entries `name: value`, got {got}"
    if kind in ("list_type", "tuple_type"):
        return f"expected a list, got {got}"
    if kind == "union_tag_invalid":
        choices = str(item["ctx"]["expected_tags"]).replace("'", "").split(", ")
        tag = item["ctx"]["tag"]
        return f"unknown `{shorten(tag)}`; expected one of {', '.join(choices)}{nearest(tag, choices, limit=1)}"
    if kind == "union_tag_not_found":
        return "`distribution` is missing"
    message = str(item["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:] if not message.startswith("`") else message

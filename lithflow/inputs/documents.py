"""What is made from the parameter table: templates, JSON Schemas for editors, and the reference page."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lithflow.errors import UnknownNameError, nearest
from lithflow.inputs.bounds import bounds, factor_of
from lithflow.inputs.changes import Spec
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.dimensions import PARTNER, REGION, Years
from lithflow.inputs.inputs import Inputs
from lithflow.inputs.records import Record, RecordHead
from lithflow.inputs.reporting import Checked
from lithflow.inputs.scenarios import BlockHead, InRegion, RegionHead, ScenarioHead
from lithflow.inputs.sources import Source
from lithflow.inputs.targets import Target
from lithflow.units import UnitError, declared_units, same_dimension

__all__ = ["reference", "schema", "schemas", "template"]

WIDTH = 118
DIALECT = "https://json-schema.org/draft/2020-12/schema"
YEAR = "^(19|20|21)[0-9]{2}$"


def stages(declarations: Iterable[Declaration]) -> dict[str, list[Declaration]]:
    """Group the parameter table by file.

    Parameters
    ----------
    declarations
        The parameter table.

    Returns
    -------
    dict of str to list of Declaration
        Stage to its parameters.
    """
    found: dict[str, list[Declaration]] = {}
    for declaration in declarations:
        found.setdefault(declaration.stage, []).append(declaration)
    return found


def template(inputs: Inputs, stage: str) -> str:
    """Write a file of one stage with comments, ready to be edited in a folder of one's own.

    Parameters
    ----------
    inputs
        What was read; its values stand in the template.
    stage
        Name of the stage, such as ``recycling``.

    Returns
    -------
    str
        YAML: each parameter with its meaning, labels, unit and bounds as a comment, and its record as it is now.

    Raises
    ------
    UnknownNameError
        If there is no such stage.
    """
    known = stages(inputs.declarations.values())
    if stage not in known:
        raise UnknownNameError(f"unknown stage `{stage}`{nearest(stage, known)}")
    parts = [
        _comment(f"Parameters of the stage {stage}. Keep the records that you change and delete the rest."),
        _comment("A value is a number, or labels with numbers, or years with numbers, nested in any order."),
    ]
    for declaration in known[stage]:
        record = inputs.records.get(declaration.name)
        parts.append("\n" + _header(inputs, declaration))
        parts.append(_record_text(inputs, record) if record is not None else f"# {declaration.key}:")
    return "\n".join(parts) + "\n"


def _comment(text: str) -> str:
    return "\n".join(textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="#   ", break_long_words=False))


def _header(inputs: Inputs, declaration: Declaration) -> str:
    lines = [_comment(declaration.meaning)]
    for dim in declaration.dims:
        if dim == "year":
            lines.append(_comment(f"year: any years; {declaration.path} between them, flat outside them"))
        else:
            lines.append(_comment(f"{dim}: {', '.join(inputs.dimensions[dim])}"))
    if declaration.kind == "number":
        lines.append(_comment(f"unit: {declaration.unit}, or another that converts to it; {limits(declaration)}"))
    if declaration.sums_to_one:
        lines.append(_comment(f"The values sum to 1 over {declaration.sums_to_one}."))
    if declaration.fill is not None:
        lines.append(_comment(f"What is not named is {declaration.fill:g}."))
    return "\n".join(lines)


def limits(declaration: Declaration) -> str:
    """Say the physical bounds of a parameter, in its own unit.

    Parameters
    ----------
    declaration
        The parameter.

    Returns
    -------
    str
        Such as ``0 to 1``.
    """
    if declaration.kind == "text":
        return ", ".join(declaration.choices) or "any text"
    factor = factor_of(declaration.unit, declaration.unit)
    low, high = (bound / factor for bound in bounds(declaration))
    if np.isfinite(low + high):
        return f"{low:g} to {high:g}"
    return f"{low:g} and more" if np.isfinite(low) else f"up to {high:g}" if np.isfinite(high) else "any number"


def _record_text(inputs: Inputs, record: Record) -> str:
    """Return the lines of a record as they stand in its file."""
    layers = json.loads(inputs.snapshot)
    shipped = record.file.startswith("(shipped) ")
    text: str = layers[0 if shipped else -1][record.file.removeprefix("(shipped) ")]
    lines = text.split("\n")
    end = record.line
    while end < len(lines) and (not lines[end] or lines[end][0] in " #"):
        end += 1
    while not lines[end - 1].strip() or lines[end - 1].startswith("#"):
        end -= 1
    return "\n".join(lines[record.line - 1 : end])


def schemas(inputs: Inputs) -> dict[str, dict[str, Any]]:
    """Make the JSON Schemas of all kinds of files.

    Parameters
    ----------
    inputs
        What was read: its labels, sources and scenarios are what an editor offers.

    Returns
    -------
    dict of str to dict
        Name (a stage, ``sources``, ``targets``, ``dimensions``, ``scenario``, ``region`` or ``blocks``) to schema.
    """
    made = {stage: _stage_schema(inputs, stage, table) for stage, table in stages(inputs.declarations.values()).items()}
    made["sources"] = _file("sources", _keyed(_model(Source, without=("id",))))
    made["targets"] = _file("goals", _keyed(_model(Target, without=("id",))))
    labels: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
    made["dimensions"] = _file(
        "dimensions", {"type": "object", "properties": {"years": _model(Years)}, "additionalProperties": labels}
    )
    overrides = _overrides(inputs)
    scenario = _model(ScenarioHead)
    scenario["properties"]["overrides"] = overrides
    scenario["properties"]["regions"] = _regions(inputs, overrides)
    made["scenario"] = _file("a scenario", scenario)
    region = _model(RegionHead)
    region["properties"]["overrides"] = overrides
    made["region"] = _file("a region", region)
    block = _model(BlockHead)
    block["properties"]["overrides"] = overrides
    made["blocks"] = _file("blocks of changes", _keyed(block))
    return made


def _regions(inputs: Inputs, overrides: dict[str, Any]) -> dict[str, Any]:
    """Regions of a scenario: names in a list, or names with what differs in each."""
    own = _model(InRegion)
    own["properties"]["overrides"] = overrides
    own["type"] = ["object", "null"]
    meanings = inputs.meanings.get(REGION, {})
    named = {label: {**own, "description": meaning} for label, meaning in meanings.items()}
    listed = {"type": "array", "items": {"enum": list(meanings)}, "minItems": 1}
    return {
        "description": "regions that run side by side; what differs in one stands in regions/NAME.yaml, or here",
        "anyOf": [listed, {"type": "object", "properties": named, "additionalProperties": False}],
    }


def schema(inputs: Inputs, name: str) -> dict[str, Any]:
    """Make the JSON Schema of one kind of file.

    Parameters
    ----------
    inputs
        What was read.
    name
        A stage, ``sources``, ``targets``, ``dimensions``, ``scenario``, ``region`` or ``blocks``.

    Returns
    -------
    dict
        The schema.

    Raises
    ------
    UnknownNameError
        If there is no such kind.
    """
    made = schemas(inputs)
    if name not in made:
        raise UnknownNameError(f"unknown kind of file `{name}`{nearest(name, made)}")
    return made[name]


def _file(title: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DIALECT, "title": f"lithflow: {title}", **body}


def _keyed(body: dict[str, Any]) -> dict[str, Any]:
    definitions = body.pop("$defs", None)
    made: dict[str, Any] = {"type": "object", "additionalProperties": body}
    return {**made, "$defs": definitions} if definitions else made


def _model(model: type[Checked], without: tuple[str, ...] = ()) -> dict[str, Any]:
    made = model.model_json_schema(by_alias=True)
    for name in without:
        made["properties"].pop(name, None)
        made["required"] = [entry for entry in made.get("required", ()) if entry != name]
    made.pop("title", None)
    return made


def _stage_schema(inputs: Inputs, stage: str, table: list[Declaration]) -> dict[str, Any]:
    head = _model(RecordHead)
    definitions = head.pop("$defs", {})
    properties = {}
    cited = {"enum": [*inputs.sources, "assumption"]}
    definitions["source"] = {"anyOf": [cited, {"type": "string", "pattern": "^seed:[A-Za-z0-9]+$"}]}
    source = {"$ref": "#/$defs/source"}
    for declaration in table:
        own = {**head["properties"]}
        own["source"] = {"anyOf": [source, {"type": "array", "items": source, "minItems": 1}]}
        own["unit"] = {"anyOf": [{"enum": units_for(declaration)}, {"type": "string"}, {"const": 1}]}
        own["values"] = {"$ref": f"#/$defs/values of {declaration.key}"}
        own["table"] = {"type": "string", "pattern": r"\.csv$"}
        definitions[f"values of {declaration.key}"] = _values(inputs, declaration)
        required = ["description", "source"] + (["unit"] if declaration.kind == "number" else [])
        properties[declaration.key] = {
            "description": f"{declaration.meaning} ({declaration.unit}; {limits(declaration)})",
            "type": "object",
            "properties": own,
            "required": required,
            "additionalProperties": False,
        }
    body = {"type": "object", "properties": properties, "additionalProperties": False, "$defs": definitions}
    return _file(f"parameters of the stage {stage}", body)


def _values(inputs: Inputs, declaration: Declaration) -> dict[str, Any]:
    """Values nest in any order: below each label or year stands the same again, or a number."""
    again = {"$ref": f"#/$defs/values of {declaration.key}"}
    leaf: dict[str, Any] = {"type": "number" if declaration.kind == "number" else "string"}
    if declaration.choices:
        leaf = {"enum": list(declaration.choices)}
    own = [dim for dim in declaration.dims if dim != "year"]
    if not declaration.dims:
        return leaf
    labels = {
        label: {**again, "description": f"{dim}: {inputs.meanings[dim][label]}"}
        for dim in own
        for label in inputs.dimensions[dim]
    }
    group: dict[str, Any] = {"type": "object", "properties": {**labels}, "additionalProperties": False}
    if own:
        group["properties"]["default"] = {**again, "description": "for the labels that are not named"}
    if "year" in declaration.dims:
        group["patternProperties"] = {YEAR: again}
    return {"anyOf": [leaf, group]}


def _overrides(inputs: Inputs) -> dict[str, Any]:
    names = "|".join(name.replace(".", r"\.") for name in inputs.declarations)
    spec = _model(Spec)
    anything = {"type": ["number", "string", "object"]}
    for key in ("values", "scale", "add"):
        spec["properties"][key] = anything
    return {
        "type": "object",
        "properties": {
            name: {"description": declaration.meaning, "anyOf": [anything, spec]}
            for name, declaration in inputs.declarations.items()
        },
        "patternProperties": {rf"^({names})\.": {"anyOf": [anything, spec]}},
        "additionalProperties": False,
    }


COMMON_UNITS = (
    "percent", "1", "ppm", "t/year", "kt/year", "Mt/year", "kt", "t", "t Li/year", "kt Li/year", "t LCE/year",
    "kt LCE/year", "kt LCE", "t Li", "percent Li2O", "percent Li", "kg/kWh", "kg Li/kWh", "g/kWh", "kWh/kg", "Wh/kg",
    "kWh/vehicle", "MWh/vehicle", "kWh/year", "MWh/year", "GWh/year", "TWh/year", "GWh", "kWh", "vehicle/year",
    "vehicle", "vehicle/person", "person", "year", "1/year", "percent/year", "USD/t LCE", "USD/t", "USD/kWh", "USD",
    "V", "usable", "percent usable", "kWh usable/year", "GWh usable/year",
)  # fmt: skip


def units_for(declaration: Declaration) -> list[str]:
    """List the usual units that convert to that of a parameter, for drop-down lists and completion.

    Parameters
    ----------
    declaration
        The parameter.

    Returns
    -------
    list of str
        The declared unit first.
    """
    found = [declaration.unit]
    for unit in (*COMMON_UNITS, *declared_units()):
        try:
            fits = same_dimension(unit, declaration.unit)
        except UnitError:
            continue
        if fits and unit not in found:
            found.append(unit)
    return found


def reference(inputs: Inputs) -> str:
    """Write the reference page of all parameters.

    Parameters
    ----------
    inputs
        What was read.

    Returns
    -------
    str
        Markdown: a table a stage, then the labels of every dimension.
    """
    lines = ["# Parameters", "", "Made from the parameter table; each file of `parameters/` holds one stage.", ""]
    for stage, table in stages(inputs.declarations.values()).items():
        lines += [
            f"## {stage}",
            "",
            "| parameter | unit | dimensions | bounds | between years | meaning |",
            "|---|---|---|---|---|---|",
        ]
        for entry in table:
            sums = f", sums to 1 over {entry.sums_to_one}" if entry.sums_to_one else ""
            cells = (
                f"`{entry.name}`",
                "text" if entry.kind == "text" else f"`{entry.unit}`",
                ", ".join(entry.dims) or "–",
                limits(entry) + sums,
                entry.path if "year" in entry.dims else "–",
                entry.meaning,
            )
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    lines += ["# Labels", ""]
    for dim, meanings in used_dimensions(inputs).items():
        lines += [f"**{dim}**", ""]
        lines += [f"- `{label}`: {meaning}" for label, meaning in meanings.items()]
        lines.append("")
    return "\n".join(lines)


def used_dimensions(inputs: Inputs) -> Mapping[str, Mapping[str, str]]:
    """Return the dimensions that any parameter has, with their labels and meanings.

    Parameters
    ----------
    inputs
        What was read.

    Returns
    -------
    Mapping
        Dimension to label to meaning.
    """
    used = {REGION if dim == PARTNER else dim for entry in inputs.declarations.values() for dim in entry.dims}
    return {dim: meanings for dim, meanings in inputs.meanings.items() if dim in used}

"""`lithflow parameters`: what the command line offers around the parameter files."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from lithflow.errors import InputError
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.describe import difference, listing, show
from lithflow.inputs.documents import reference, schemas, template
from lithflow.inputs.loading import load

__all__ = ["add_arguments", "parameters"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the arguments of the verb `parameters`.

    Parameters
    ----------
    parser
        The verb's own parser.
    """
    parser.add_argument("name", nargs="?", help="show this parameter; unless given, all are listed")
    parser.add_argument(
        "--parameters", type=Path, metavar="FOLDER", help="parameter files that differ from the shipped ones"
    )
    actions = parser.add_mutually_exclusive_group()
    actions.add_argument("--search", metavar="WORDS", help="list the parameters in which these words occur")
    actions.add_argument("--template", metavar="STAGE", help="print a commented file of one stage, to start from")
    actions.add_argument("--diff", type=Path, metavar="FOLDER", help="show what a folder changes")
    actions.add_argument("--to-excel", type=Path, metavar="BOOK", help="write a spreadsheet")
    actions.add_argument(
        "--from-excel",
        type=Path,
        nargs=2,
        metavar=("BOOK", "FOLDER"),
        help="take over what was edited in a spreadsheet into a folder",
    )
    actions.add_argument("--schema", type=Path, metavar="DIR", help="write JSON Schemas, for editors that complete")
    actions.add_argument("--reference", action="store_true", help="print the reference page (Markdown)")
    actions.add_argument("--bibtex", action="store_true", help="print all sources as BibTeX")


def parameters(
    options: argparse.Namespace,
    *,
    declarations: Iterable[Declaration] | None = None,
    shipped: Path | None = None,
) -> tuple[str, int]:
    """Carry out the verb `parameters`.

    Parameters
    ----------
    options
        Parsed arguments, from `add_arguments`.
    declarations
        The parameter table; the model's own unless given.
    shipped
        Folder of the complete set; found by itself unless given.

    Returns
    -------
    tuple of str and int
        The text to print and the exit status.

    Raises
    ------
    InputError
        If a name or a file is not there.
    InputErrors
        If the parameter files have problems.
    """
    table = None if declarations is None else tuple(declarations)
    if options.from_excel:
        from lithflow.inputs.excel_reading import from_excel

        book, folder = options.from_excel
        written = from_excel(book, folder, declarations=table, shipped=shipped)
        return ("written: " + ", ".join(written) if written else "nothing was edited; no file was written"), 0
    if options.diff is not None:
        before = load(declarations=table, shipped=shipped)
        return difference(before, load(options.diff, declarations=table, shipped=shipped)), 0
    inputs = load(options.parameters, declarations=table, shipped=shipped)
    if options.to_excel is not None:
        from lithflow.inputs.excel import to_excel

        return f"written: {to_excel(inputs, options.to_excel)}", 0
    if options.template is not None:
        return template(inputs, options.template), 0
    if options.schema is not None:
        texts = {f"{name}.schema.json": json.dumps(made, indent=1) + "\n" for name, made in schemas(inputs).items()}
        return "written: " + ", ".join(write_texts(options.schema, texts)), 0
    if options.reference:
        return reference(inputs), 0
    if options.bibtex:
        from lithflow.inputs.sources import bibtex

        return bibtex(inputs.sources.values()), 0
    if options.name is not None:
        return show(inputs, options.name), 0
    return listing(inputs, options.search or ""), 0


def write_texts(folder: str | os.PathLike[str], texts: Mapping[str, str]) -> list[str]:
    """Write files into a folder, each complete or not at all.

    Parameters
    ----------
    folder
        Where to; made if it isn't there.
    texts
        File name to text.

    Returns
    -------
    list of str
        The names.

    Raises
    ------
    InputError
        If the folder can't be written.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            draft = target / f"{name}.part"
            draft.write_text(text, encoding="utf-8")
            draft.replace(target / name)
    except OSError as error:
        raise InputError(f"`{folder}` can't be written: {error.strerror or error}") from None
    return list(texts)

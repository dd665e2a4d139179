"""The stock library stands on its own."""

import ast
from pathlib import Path

import lithflow.stocks

ALLOWED = {
    "__future__",
    "abc",
    "collections",
    "dataclasses",
    "difflib",
    "importlib",
    "math",
    "typing",
    "numpy",
    "scipy",
}
COMPILED = "compiling.py"
"""The one module that imports numba; those that need it are imported where they are needed."""


def modules():
    return sorted(Path(lithflow.stocks.__file__).parent.glob("*.py"))


def test_imports_nothing_of_the_rest():
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, path
                names = [node.module]
            for name in names:
                inside = name.startswith("lithflow.stocks") or name.split(".")[0] in ALLOWED
                # xarray only where labelled arrays went in, so inside a function
                compiled = path.name == COMPILED and name == "numba"
                assert inside or compiled or (name == "xarray" and node.col_offset > 0), (path.name, name)


def test_knows_nothing_of_lithium():
    for path in modules():
        text = path.read_text().lower().replace("lithflow", "")
        assert "lithium" not in text.replace("nothing of lithium", ""), path.name


def test_public_names_are_documented():
    for name in lithflow.stocks.__all__:
        assert getattr(lithflow.stocks, name).__doc__, name

"""The rules of the house: who may import whom, where units come off, and what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

PACKAGE = Path(__file__).parents[1] / "lithflow"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "data" not in path.relative_to(PACKAGE).parts)


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE)).replace("\\", "/")


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Go through what a module calls: the name, without what stands before its dots, and the line."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            yield name, node.lineno


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom, inside functions as well, but not for type checking alone."""
    return grimp.build_graph("lithflow", exclude_type_checking_imports=True, cache_dir=None)


def below(graph: grimp.ImportGraph, name: str) -> set[str]:
    return {module for module in graph.modules if module == name or module.startswith(f"{name}.")}


FORBIDDEN = [
    ("lithflow.chain", ["report", "io", "ensemble", "run", "model", "indicators", "balance", "cli"]),
    ("lithflow.inputs", ["chain", "report", "io", "ensemble", "run", "model", "stocks", "cli"]),
    ("lithflow.indicators", ["report", "io", "ensemble", "run", "model", "cli"]),
    ("lithflow.balance", ["report", "io", "ensemble", "run", "model", "indicators", "cli"]),
    ("lithflow.units", ["chain", "inputs", "arrays", "axes", "stocks", "run", "model", "report", "io"]),
    ("lithflow.chemistry", ["chain", "inputs", "arrays", "stocks", "run", "model", "report", "io"]),
]


@pytest.mark.parametrize(("part", "others"), FORBIDDEN, ids=[part for part, _ in FORBIDDEN])
def test_lower_floors_do_not_know_the_upper_ones(graph: grimp.ImportGraph, part: str, others: list[str]) -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer in below(graph, part)
        for imported in graph.find_modules_directly_imported_by(importer)
        for other in others
        if imported == f"lithflow.{other}" or imported.startswith(f"lithflow.{other}.")
        if (importer, imported) not in ALLOWED
    ]
    assert wrong == []


ALLOWED = {
    # a goal in a parameter file names an indicator, so the reader asks for the names
    ("lithflow.inputs.loading", "lithflow.indicators.definitions"),
}


def test_stocks_know_nothing_of_lithium(graph: grimp.ImportGraph) -> None:
    wrong = [
        f"{importer} imports {imported}"
        for importer in below(graph, "lithflow.stocks")
        for imported in graph.find_modules_directly_imported_by(importer)
        if not imported.startswith("lithflow.stocks")
    ]
    assert wrong == []


def test_nothing_imports_the_command_line(graph: grimp.ImportGraph) -> None:
    assert graph.find_modules_that_directly_import("lithflow.cli") == set()


def test_no_module_imports_itself_by_a_detour_when_it_is_loaded() -> None:
    """Each module can be the first one imported."""
    names = [f"lithflow.{named(path)[:-3].replace('/', '.')}" for path in MODULES if path.name != "__init__.py"]
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    for loaded in [key for key in sys.modules if key.split('.')[0] == 'lithflow']:\n"
        "        if loaded.split('.')[-1] not in ('units', 'unit_text', 'quantity', 'errors'):\n"
        "            del sys.modules[loaded]\n"
        "    importlib.import_module(name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, check=False, cwd=PACKAGE.parent)
    assert done.returncode == 0, done.stderr


WHERE_UNITS_COME_OFF = {"units.py", "quantity.py", "arrays.py", "axes.py", "labelled.py"}
WITHOUT_UNITS = "stocks/"
"""The stocks take and give plain arrays, labelled if they were given so."""


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_magnitudes_are_read_in_one_place(path: Path) -> None:
    lines = [
        node.lineno
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in ("magnitude", "m", "_magnitude", "m_as")
    ]
    assert not lines or named(path) in WHERE_UNITS_COME_OFF, f"lines {lines}: read magnitudes by value(x, unit)"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_arrays_are_made_in_one_place(path: Path) -> None:
    lines = [line for name, line in calls(path) if name == "DataArray"]
    free = named(path) in WHERE_UNITS_COME_OFF or named(path).startswith(WITHOUT_UNITS)
    assert not lines or free, f"lines {lines}: make arrays by wrap"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_the_command_line_prints(path: Path) -> None:
    lines = [line for name, line in calls(path) if name == "print"]
    assert not lines or named(path) == "cli.py", f"lines {lines}: log, or return the text"


LOSING_UNITS = {"to_numpy", "zeros_like", "full_like", "ones_like", "empty_like", "to_pandas", "to_dataframe", "to_netcdf"}


@pytest.mark.parametrize("path", [path for path in MODULES if named(path).startswith(("chain/", "io/"))], ids=named)
def test_nothing_that_loses_units_in_silence_is_called(path: Path) -> None:
    wrong = {
        name: line
        for name, line in calls(path)
        if name in LOSING_UNITS and not (name in BARE_ONLY and named(path).startswith("chain/"))
        # a run's own way to a file, which takes the units off first
        if (named(path), name) != ("io/folder.py", "to_netcdf")
    }
    assert wrong == {}


BARE_ONLY = {"ones_like"}
"""Gives a plain one, of whatever it is given; a unit can't hide in it."""


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_catch_all_and_no_changed_settings(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "set_application_registry" not in text
    assert "simplefilter" not in text
    assert "filterwarnings" not in text
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: name what is caught"
            caught = getattr(node.type, "id", "")
            assert caught not in ("BaseException",), f"line {node.lineno}"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_module_grows_without_end(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


def test_stages_have_no_branches_on_dimensions() -> None:
    for path in (PACKAGE / "chain").glob("*.py"):
        if path.name in ("ledger.py", "setting.py", "variables.py", "batteries.py"):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.If):
                assert "dims" not in ast.unparse(node.test), f"{named(path)}:{node.lineno}"


LIGHT = """
import sys, time
start = time.process_time()
import lithflow
cost = time.process_time() - start
heavy = {"xarray", "pandas", "netCDF4", "periodictable", "pydantic", "ruamel", "matplotlib", "plotly", "jinja2"}
heavy |= {"scipy.special", "scipy.stats", "scipy.constants", "scipy.linalg"}  # pint itself loads the bare package
print(cost, *sorted(heavy & set(sys.modules)))
"""


def test_import_is_light() -> None:
    """Best of three; the bar of 0.5 s leaves room for a slow machine."""
    costs, loaded = [], set()
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
        cost, *heavy = done.stdout.split()
        costs.append(float(cost))
        loaded |= set(heavy)
    assert loaded == set()
    assert min(costs) < 0.5


def test_the_public_names_are_all_there() -> None:
    import lithflow as lf

    for name in lf.__all__:
        assert getattr(lf, name) is not None
    assert set(lf.__all__) <= set(dir(lf))
    with pytest.raises(AttributeError, match="module 'lithflow' has no attribute 'laod'"):
        lf.laod  # noqa: B018


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_everything_public_has_a_docstring(path: Path) -> None:
    tree = parsed(path)
    assert ast.get_docstring(tree) or path.stat().st_size < 10
    public = next(
        (
            [item.value for item in node.value.elts if isinstance(item, ast.Constant)]
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.List)
            and any(getattr(target, "id", "") == "__all__" for target in node.targets)
        ),
        [],
    )
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in public:
            assert ast.get_docstring(node), f"{named(path)}: {node.name}"

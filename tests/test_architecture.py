"""The rules of the house: who may import whom, where units come off, and what an import costs."""

from __future__ import annotations

import ast
import functools
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


@functools.cache
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
    assert graph.find_modules_that_directly_import("lithflow.cli") == {"lithflow.__main__"}


def imported_when_loaded(path: Path, names: set[str]) -> set[str]:
    """Give the modules of the package that a module needs at once, not those it imports in functions or for types."""
    found = set()
    for node in parsed(path).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            each = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (each & names) or {node.module} & names
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & names
    return found


def test_no_module_needs_itself_by_a_detour() -> None:
    """So that any module can be the first one imported."""
    paths = {f"lithflow.{named(path)[:-3].replace('/', '.')}".removesuffix(".__init__"): path for path in MODULES}
    needs = {name: imported_when_loaded(path, set(paths)) for name, path in paths.items()}
    assert needs["lithflow.model"]
    while free := [name for name, others in needs.items() if not others]:
        for name in free:
            del needs[name]
        for others in needs.values():
            others.difference_update(free)
    assert needs == {}, "each of these waits for another one"


WHERE_UNITS_COME_OFF = {"units.py", "quantity.py", "arrays.py", "axes.py", "labelled.py"}
WITHOUT_UNITS = "stocks/"
"""The stocks take and give plain arrays, labelled if they were given so."""


def test_magnitudes_are_read_in_one_place() -> None:
    """Everywhere else by ``value(x, unit)``, as the magnitude of a percent is a hundred times what was meant."""
    wrong = [
        f"{named(path)}:{node.lineno}"
        for path in MODULES
        if named(path) not in WHERE_UNITS_COME_OFF
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in ("magnitude", "m", "_magnitude", "m_as")
    ]
    assert wrong == []


def test_arrays_are_made_in_one_place() -> None:
    wrong = [
        f"{named(path)}:{line}"
        for path in MODULES
        if named(path) not in WHERE_UNITS_COME_OFF and not named(path).startswith(WITHOUT_UNITS)
        for name, line in calls(path)
        if name == "DataArray"
    ]
    assert wrong == []


def test_only_the_command_line_prints() -> None:
    wrong = [f"{named(path)}:{line}" for path in MODULES for name, line in calls(path) if name == "print"]
    assert [place for place in wrong if not place.startswith("cli.py:")] == []


LOSING_UNITS = {"to_numpy", "zeros_like", "full_like", "empty_like", "to_pandas", "to_dataframe"}
"""What strips a quantity of its unit without a warning."""


def test_nothing_that_loses_units_in_silence_is_called_in_stages_and_files() -> None:
    wrong = [
        f"{named(path)}:{line} {name}"
        for path in MODULES
        if named(path).startswith(("chain/", "io/"))
        for name, line in calls(path)
        if name in LOSING_UNITS
    ]
    assert wrong == []


def test_no_changed_settings_of_others_and_no_catch_all() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        for setting in ("set_application_registry", "simplefilter", "filterwarnings"):
            allowed = setting == "simplefilter" and "with warnings.catch_warnings" in text
            assert setting not in text or allowed, f"{named(path)}: {setting}"
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ExceptHandler):
                caught = getattr(node.type, "id", "") if node.type else "anything"
                assert caught not in ("anything", "BaseException"), f"{named(path)}:{node.lineno}: name what is caught"


TABLES = {"chain/variables.py", "inputs/declarations.py"}
"""One entry after the other, without logic; they grow with the model."""


def test_no_module_grows_without_end() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 500 and name not in TABLES} == {}


def test_stages_have_no_branches_on_dimensions() -> None:
    for path in (PACKAGE / "chain").glob("*.py"):
        if path.name in ("ledger.py", "setting.py", "variables.py", "batteries.py"):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.If):
                assert "dims" not in ast.unparse(node.test), f"{named(path)}:{node.lineno}"


def test_everything_public_has_a_docstring() -> None:
    for path in MODULES:
        tree = parsed(path)
        assert ast.get_docstring(tree) or path.stat().st_size < 10, named(path)
        public = exported(tree)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in public:
                assert ast.get_docstring(node), f"{named(path)}: {node.name}"


def exported(tree: ast.Module) -> list[str]:
    """Give the names in ``__all__``."""
    for node in tree.body:
        names = [getattr(target, "id", "") for target in node.targets] if isinstance(node, ast.Assign) else []
        if names == ["__all__"] and isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            return [str(item.value) for item in node.value.elts if isinstance(item, ast.Constant)]
    return []


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

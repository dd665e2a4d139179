"""Whatever stands in a file or a call, the answer is parameters or one of our own errors.

Thirty seconds in the ordinary test run; for longer: ``LITHFLOW_FUZZ_SECONDS=600 pytest tests/inputs/test_fuzz.py``.
"""

import os
import string
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lithflow.errors import LithflowError, Problem
from lithflow.inputs.excel import to_excel
from lithflow.inputs.excel_reading import from_excel
from lithflow.inputs.folders import Layers, decoded
from lithflow.inputs.loading import read
from lithflow.inputs.reading import read_yaml
from lithflow.units import Q_
from tests.inputs.small import DECLARATIONS, SHIPPED

SECONDS = float(os.environ.get("LITHFLOW_FUZZ_SECONDS", "30"))
FILES = {
    path.relative_to(SHIPPED).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(SHIPPED.rglob("*"))
    if path.suffix in (".yaml", ".csv")
}
PIECES = sorted(
    {word for text in FILES.values() for word in text.replace(",", " ").split()}
    | set("&*!|>'\"%@`{}[],:-?#\t\n\r\\~=+/. ")
    | {
        "{",
        "}",
        ": ",
        "\n  ",
        "\n    ",
        "- ",
        "null",
        "true",
        ".nan",
        "-.inf",
        "1e999",
        "-1",
        "0",
        "1_000",
        "0x1F",
        "2030:",
    }
    | {
        "&a",
        "*a",
        "!!python/name:os.system",
        "<<: ",
        "---\n",
        "...",
        "%YAML 1.1",
        "\ufeff",
        "\ue000",
        "\x00",
        "\x85",
        "\u2028",
    }
    | {"default:", "values:", "scale:", "add:", "from:", "until:", "unit: kt**999", "unit: ((((((", "others: rescale"}
    | {
        "kt LCE**-3/year**99999",
        "seed:X063",
        "assumption",
        "=1+1",
        "1,5",
        "99999999999999999999",
        "é",
        "中",
        "\U0001f600",
    }
)
in_batches = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), database=None)


@st.composite
def mutated(draw):
    """One shipped file with a few pieces put in, taken out, doubled or exchanged."""
    name = draw(st.sampled_from(sorted(FILES)))
    text = FILES[name]
    for _ in range(draw(st.integers(1, 6))):
        begin = draw(st.integers(0, len(text)))
        end = min(len(text), begin + draw(st.sampled_from([0, 0, 1, 2, 5, 20, 200])))
        piece = draw(st.sampled_from(PIECES) | st.text(max_size=8) | st.just(text[begin:end] * 2))
        text = text[:begin] + piece + text[end:]
    return name, text


def checked(files) -> None:
    inputs, problems = read(Layers((SHIPPED, files)), DECLARATIONS)
    assert all(isinstance(problem, Problem) and str(problem) for problem in problems)
    assert (inputs is None) == any(not problem.warning for problem in problems)
    if inputs is not None:
        for scenario in inputs.scenarios:
            inputs.parameters(scenario)


@in_batches
@given(mutated())
def mutated_files(case):
    name, text = case
    content = decoded(text.encode("utf-8", "surrogatepass"), lambda *_: None)
    if content is not None:
        checked({name: content})


@in_batches
@given(st.lists(st.sampled_from(PIECES) | st.text(string.printable, max_size=4), max_size=60).map("".join))
def yaml_of_random_pieces(text):
    problems: list[Problem] = []
    top = read_yaml(text, "any.yaml", problems)
    assert top is not None or problems
    assert all(str(problem) for problem in problems)
    checked({"recycling.yaml": text, "scenarios/mine.yaml": text})


plain_values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["percent", "rescale", "2030"])
    | st.builds(Q_, st.floats(-1e6, 1e6), st.sampled_from(["percent", "kWh/vehicle", "t Li/year", "kt", "1"]))
)
keys = (
    st.sampled_from(["formal", "informal", "hydrometallurgy", "car", "bus", "AU", "default", "values", "scale", "add"])
    | st.sampled_from(["unit", "from", "until", "others", "path", "LFP", 2020, 2030, 2035])
    | st.integers(1990, 2060)
    | st.text(max_size=4)
)
groups = plain_values | st.dictionaries(keys, plain_values, max_size=4) | st.lists(plain_values, max_size=3)
values = groups | st.dictionaries(keys, groups, max_size=4)
paths = st.sampled_from([entry.name for entry in DECLARATIONS]) | st.text(max_size=12)
labelled = st.builds(
    lambda name, labels: ".".join([name, *labels]), paths, st.lists(st.sampled_from(["formal", "car", "LFP"]))
)


@in_batches
@given(st.dictionaries(paths | labelled, values, max_size=3), st.sampled_from(["baseline", "goals"]))
def overrides_of_any_kind(overrides, scenario):
    inputs = SMALL[0]
    try:
        parameters = inputs.parameters(scenario, overrides)
    except LithflowError as error:
        message = str(error)
        assert message  # noqa: PT017 - any of our errors will do, and each says something
        return
    for name in parameters:
        assert parameters[name] is not None


@in_batches
@given(st.binary(max_size=400), st.sampled_from(["collection.yaml", "tables/mine_output.csv", "scenarios/blocks.yaml"]))
def bytes_of_any_kind(content, name):
    refused: list[str] = []
    text = decoded(content, lambda reason, *_: refused.append(reason))
    if text is None:
        assert refused
        return
    checked({name: text})


@in_batches
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255), st.integers(0, 30)), min_size=1, max_size=12))
def damaged_spreadsheets(damage):
    content = bytearray(BOOK)
    for place, byte, length in damage:
        place %= len(content)
        content[place : place + length] = bytes([byte])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        path.write_bytes(content)
        try:
            written = from_excel(path, Path(folder) / "mine", declarations=DECLARATIONS, shipped=SHIPPED)
        except LithflowError as error:
            message = str(error)
            assert message  # noqa: PT017 - any of our errors will do, and each says something
        else:
            assert isinstance(written, list)


ATTEMPTS = [mutated_files, yaml_of_random_pieces, overrides_of_any_kind, bytes_of_any_kind, damaged_spreadsheets]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_nothing_but_our_own_errors(attempt):
    until = time.monotonic() + SECONDS / len(ATTEMPTS)
    while time.monotonic() < until:
        attempt()


def _book() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return to_excel(SMALL[0], Path(folder) / "book.xlsx").read_bytes()


SMALL = [read(Layers((SHIPPED,)), DECLARATIONS)[0]]
BOOK = _book()

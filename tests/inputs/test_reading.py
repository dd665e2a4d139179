"""YAML 1.2 as the domain expert means it, with places, and nothing run."""

import pytest

from lithflow.errors import Problem
from lithflow.inputs import reading
from lithflow.inputs.edits import extent
from lithflow.inputs.reading import Mapping, Scalar, Sequence, plain, read_yaml, shorten


def read(text: str) -> tuple[Mapping | None, list[str]]:
    problems: list[Problem] = []
    top = read_yaml(text, "file.yaml", problems)
    return top, [str(problem) for problem in problems]


@pytest.fixture(params=["c", "python"])
def parser(request, monkeypatch):
    if request.param == "python":
        monkeypatch.setattr(reading, "CParser", None)
    elif reading.CParser is None:
        pytest.skip("the parser in C is not installed")
    return request.param


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("NA", "NA"),
        ("yes", "yes"),
        ("off", "off"),
        ("1e-3", 1e-3),
        ("1E5", 1e5),
        (".5", 0.5),
        ("5.", 5.0),
        ("-12", -12),
        ("+3", 3),
        ("007", 7),
        ("0o7", "0o7"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2020-01-02", "2020-01-02"),
        ("~", None),
        ("null", None),
        ("", None),
        ("true", True),
        ("False", False),
        (".inf", float("inf")),
        ("-.inf", float("-inf")),
        ("'12'", "12"),
        ('"NO"', "NO"),
        ("1,5", "1,5"),
        ("kt LCE/year", "kt LCE/year"),
        ("[seed:X063, b]", ["seed:X063", "b"]),
        ("{a: seed:X063}", {"a": "seed:X063"}),
        ("https://doi.org/10.1/x", "https://doi.org/10.1/x"),
    ],
)
def test_values_follow_yaml_1_2(parser, written, value):
    top, problems = read(f"a: {written}\n")
    assert problems == []
    assert plain(top) == {"a": value}


def test_not_a_number_is_a_number(parser):
    top, _ = read("a: .nan")
    value = plain(top)["a"]
    assert value != value


def test_places_count_from_one(parser):
    top, _ = read("a: 1  # note\nb:\n  c: {2020: 85, 2025: 90}\n  d: [x, y]\n")
    inner = top.get("b")
    leaf = inner.get("c").get("2025")
    assert (leaf.line, leaf.column, leaf.end_line, leaf.end_column) == (3, 23, 3, 25)
    assert (inner.get("d").line, inner.get("d").column) == (4, 6)
    assert extent(inner.get("d")) == (4, 12)
    assert extent(inner) == (4, 12)
    assert isinstance(inner.get("d"), Sequence)
    assert isinstance(leaf, Scalar)
    assert "c" in inner
    assert len(inner) == 2


def test_keys_keep_their_text(parser):
    top, _ = read("{2020: 1, NO: 2, true: 3, 811: 4}")
    assert list(top.entries) == ["2020", "NO", "true", "811"]


def test_a_private_character_is_left_alone():
    top, problems = read("a: 'x\ue000y:z'")
    assert problems == []
    assert plain(top) == {"a": "x\ue000y:z"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file.yaml: the file is empty; expected records, or no file at all"),
        ("just words", 'file.yaml:1:1: expected `name: …` at the top level, got the text "just words"'),
        ("a: 1\na: 2", "file.yaml:2:1: `a` is written twice; first in line 1"),
        ("a: *b", "file.yaml:1:4: `*b` repeats another entry; aliases are not read: write the values out"),
        ("a: !!int 3", "file.yaml:1:4: the tag `tag:yaml.org,2002:int` is not read: parameter files hold values only"),
        ("? {a: 1}\n: 2", "file.yaml:1:3: a name was expected before the colon, got a list or a group in brackets"),
        ("a:\n" + "  - " + "- " * 50, "file.yaml:2:81: more than 40 levels of nesting"),
        (
            "a: b: c",
            "file.yaml:1:5: not readable as YAML: a second colon in one line; put a text that contains `: ` in quotes",
        ),
        ("a: 'x", "file.yaml:1:6: not readable as YAML: found unexpected end of stream"),
    ],
)
def test_what_is_refused(parser, text, message):
    assert read(text)[1] == [message]


def test_aliases_cannot_blow_up(parser):
    text = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(50))
    top, problems = read(text)
    assert top is None
    assert len(problems) == 1


def test_shorten_keeps_to_one_line():
    assert shorten("a\n  b") == "a b"
    assert shorten("x" * 100) == "x" * 59 + "…"

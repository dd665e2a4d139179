"""Numbers and years as written, and what to do about what only looks like one."""

import math

import pytest

from lithflow.inputs.numbers import as_number, as_year, looks_like_year, scalar_number
from lithflow.inputs.reading import Scalar


@pytest.mark.parametrize(
    ("text", "value"), [("1e-3", 1e-3), ("-5", -5.0), (".5", 0.5), ("12.", 12.0), ("+1E3", 1000.0)]
)
def test_numbers(text, value):
    assert as_number(text) == (value, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1,5", "expected a number, got `1,5`; write 1.5: the decimal mark is a point"),
        ("1,500", "expected a number, got `1,500`; write 1.500 or 1500: a comma is not read in a number"),
        ("1 500", "expected a number, got `1 500`; write 1500, without marks between the digits"),
        ("1,500.5", "expected a number, got `1,500.5`; write 1500.5, without marks between the digits"),
        ("90%", "expected a number, got `90%`; write 90 alone: the unit stands in `unit`"),
        ("90 kt", "expected a number, got `90 kt`; write 90 alone: the unit stands in `unit`"),
        ("#N/A", "expected a number, got `#N/A`; this is an error value of a spreadsheet"),
        ("=A1", "expected a number, got `=A1`; formulas are not read: write their result"),
        (
            "Jan-20",
            "expected a number, got `Jan-20`; this looks like a date, as Excel makes of 1-2 or 3/4: "
            "write the number again",
        ),
        (
            "2020-03-01 00:00:00",
            "expected a number, got `2020-03-01 00:00:00`; this looks like a date, as Excel makes of 1-2 or "
            "3/4: write the number again",
        ),
        ("nan", "expected a finite number, got `nan`"),
        ("-.inf", "expected a finite number, got `-.inf`"),
        ("1e999", "expected a finite number, got `1e999`"),
        ("", "expected a number, got nothing"),
        ("ten", "expected a number, got `ten`"),
        ("0x1F", "expected a number, got `0x1F`"),
    ],
)
def test_what_is_no_number(text, problem):
    value, got = as_number(text)
    assert math.isnan(value)
    assert got == problem


def test_a_quoted_number_is_a_text():
    assert scalar_number(Scalar("90", True, 1, 1))[1] == 'expected a number, got the text "90"; take the quotes away'
    assert scalar_number(Scalar("90", False, 1, 1)) == (90.0, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2020", None),
        ("20", "expected a year between 1900 and 2200, got `20`"),
        ("2500", "expected a year between 1900 and 2200, got `2500`"),
        ("2020.5", "expected a year between 1900 and 2200, got `2020.5`"),
        ("2020-01", "expected a year such as 2025, got `2020-01`; this looks like a date: write the year alone"),
        ("later", "expected a year such as 2025, got `later`"),
    ],
)
def test_years(text, problem):
    year, got = as_year(text)
    assert got == problem
    assert year == (2020 if problem is None else 0)


def test_what_is_meant_as_a_year():
    assert looks_like_year("2020")
    assert looks_like_year("2020-01")
    assert not looks_like_year("NMC811")

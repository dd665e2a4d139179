"""Reading a number as it was written, and saying how to mend what only looks like one."""

from __future__ import annotations

import math
import re

from lithflow.inputs.reading import Scalar, shorten

__all__ = ["as_number", "as_year", "number_advice"]

_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?\Z")
_GROUPS = re.compile(r"[-+]?\d{1,3}(?:[ ,_'\u00a0\u202f]\d{3})+(?:\.\d+)?\Z")
_DATE = re.compile(
    r"(?:\d{4}-\d{1,2}|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}-[A-Za-z]{3}(?:-\d+)?|[A-Za-z]{3}-\d{2,4})(?:[ T].*)?\Z"
)
_EXCEL = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)\Z")
_WITH_UNIT = re.compile(r"([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*((?!0?x)[A-Za-z%].*)\Z")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_YEAR = re.compile(r"[0-9]{4}\Z")
_LIKE_A_YEAR = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?\Z")
EARLIEST, LATEST = 1900, 2200


def number_advice(text: str) -> str:
    """Say why a text is not a number and what to write instead.

    Parameters
    ----------
    text
        What was written.

    Returns
    -------
    str
        A clause that follows "expected a number, got …"; empty where nothing helpful is known.
    """
    if _GROUPS.match(text) and not _COMMA.match(text):
        return f"; write {re.sub('[^0-9.+-]', '', text)}, without marks between the digits"
    if _COMMA.match(text):
        meant = text.replace(",", ".")
        if _GROUPS.match(text):
            return f"; write {meant} or {text.replace(',', '')}: a comma is not read in a number"
        return f"; write {meant}: the decimal mark is a point"
    if _DATE.match(text):
        return "; this looks like a date, as Excel makes of 1-2 or 3/4: write the number again"
    if _EXCEL.match(text):
        return "; this is an error value of a spreadsheet"
    with_unit = _WITH_UNIT.match(text)
    if with_unit and with_unit[2].lower() not in ("e", "d", "x"):
        return f"; write {with_unit[1]} alone: the unit stands in `unit`"
    if text.startswith("="):
        return "; formulas are not read: write their result"
    return ""


def as_number(text: str) -> tuple[float, str | None]:
    """Read a number from a table's cell or a YAML scalar's text.

    Parameters
    ----------
    text
        What was written.

    Returns
    -------
    tuple of float and (str or None)
        The number, and the problem where there is one (the number is then NaN).
    """
    if _NUMBER.match(text):
        number = float(text)
        if math.isinf(number):
            return math.nan, f"expected a finite number, got `{shorten(text)}`"
        return number, None
    if text in ("", "~", "null", "Null", "NULL"):
        return math.nan, "expected a number, got nothing"
    if text.lstrip("+-.").lower() in ("nan", "inf", "infinity"):
        return math.nan, f"expected a finite number, got `{text}`"
    return math.nan, f"expected a number, got `{shorten(text)}`{number_advice(text)}"


def as_year(text: str) -> tuple[int, str | None]:
    """Read a year.

    Parameters
    ----------
    text
        What was written.

    Returns
    -------
    tuple of int and (str or None)
        The year, and the problem where there is one (the year is then 0).
    """
    if _YEAR.match(text) and EARLIEST <= int(text) <= LATEST:
        return int(text), None
    if _LIKE_A_YEAR.match(text):
        return 0, f"expected a year between {EARLIEST} and {LATEST}, got `{shorten(text)}`"
    advice = "; this looks like a date: write the year alone" if _DATE.match(text) else ""
    return 0, f"expected a year such as 2025, got `{shorten(text)}`{advice}"


def scalar_number(node: Scalar) -> tuple[float, str | None]:
    """Read a number from a YAML scalar; a quoted number is a text.

    Parameters
    ----------
    node
        What was written.

    Returns
    -------
    tuple of float and (str or None)
        As from :func:`as_number`.
    """
    number, problem = as_number(node.text)
    if problem is None and node.quoted:
        return math.nan, f'expected a number, got the text "{shorten(node.text)}"; take the quotes away'
    return number, problem


def looks_like_year(text: str) -> bool:
    """Tell whether a key is meant as a year.

    Parameters
    ----------
    text
        The key.

    Returns
    -------
    bool
        True for numbers and for dates.
    """
    return bool(_LIKE_A_YEAR.match(text) or _DATE.match(text))

"""Units as text: how ``USD/t LCE`` is read, and how it is written so that it reads back to the same unit.

Grammar: names are joined by ``*`` and ``/`` from left to right, with ``**`` for powers and brackets; ``1`` stands for a
plain number. A tag (Li, LCE, Ni …) after a blank belongs to the unit before it, also behind a ``/``. A unit is held
here as a mapping of name to power.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from typing import NoReturn, TypeAlias

from lithflow.errors import LithflowError

__all__ = ["Powers", "UnitError", "UnknownUnitError", "read", "write"]

Powers: TypeAlias = dict[str, float]


class UnitError(LithflowError, ValueError):
    """A unit that can't be used as it was."""


class UnknownUnitError(UnitError):
    """A unit whose name isn't in ``units.txt``, or whose text can't be read."""


_TOKEN = re.compile(r"\s*(?:(?P<name>[^\W\d]\w*|%)|(?P<number>\d+(?:\.\d+)?)|(?P<sign>\*\*|[-^*/()×·]))")
_SIGNS = {"^": "**", "×": "*", "·": "*"}
_SHAPE = "names joined by * and /, such as kt LCE/year or USD/t LCE"


def read(text: str, known: Mapping[str, str], is_tag: Callable[[str], bool]) -> Powers:
    """Read a unit.

    Parameters
    ----------
    text
        The unit as text.
    known
        Every name and alias to the name under which the unit is held.
    is_tag
        Tells whether a held name is a tag.

    Returns
    -------
    dict
        Held name to power, none of them zero.

    Raises
    ------
    UnknownUnitError
        If a name is unknown (the message gives the nearest ones) or the text can't be read.
    """
    if not isinstance(text, str) or not text.strip():
        raise UnknownUnitError(f"expected the text of a unit, got {text!r}; a plain number has the unit 1")
    tokens: list[str] = []
    text, position = text.strip(), 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UnknownUnitError(f"unit {text!r}: expected {_SHAPE}, got {text[position:].strip()[0]!r}")
        token = match[0].strip()
        tokens.append(_SIGNS.get(token, token))
        position = match.end()
    return _Reader(text, tokens, known, is_tag).whole()


def write(powers: Mapping[str, float], order: Mapping[str, int], is_tag: Callable[[str], bool]) -> str:
    """Write a unit.

    Parameters
    ----------
    powers
        Held name to power.
    order
        Held name to its place in ``units.txt``, in which the factors are written.
    is_tag
        Tells whether a held name is a tag.

    Returns
    -------
    str
        Such as ``kt LCE/year``, ``USD/t LCE`` or ``1``; `read` makes the same powers of it.
    """
    upper = {name: power for name, power in powers.items() if power > 0}
    lower = {name: -power for name, power in powers.items() if power < 0}
    over = "*".join(_groups(upper, order, is_tag)) or "1"
    return over + "".join(f"/{group}" for group in _groups(lower, order, is_tag))


def _groups(powers: Mapping[str, float], order: Mapping[str, int], is_tag: Callable[[str], bool]) -> list[str]:
    """Write factors, tags behind the first unit that isn't one."""
    names = sorted(powers, key=order.__getitem__)
    plain = [name for name in names if not is_tag(name)]
    tags = [name for name in names if is_tag(name)]
    texts = {name: name if powers[name] == 1 else f"{name}**{powers[name]}" for name in names}
    first = " ".join(texts[name] for name in [*plain[:1], *tags])
    return [text for text in (first, *(texts[name] for name in plain[1:])) if text]


def _product(one: Powers, other: Powers, sign: int = 1) -> Powers:
    names = dict.fromkeys([*one, *other])
    powers = {name: one.get(name, 0) + sign * other.get(name, 0) for name in names}
    return {name: power for name, power in powers.items() if power}


class _Reader:
    """Reads one unit by recursive descent."""

    def __init__(self, text: str, tokens: list[str], known: Mapping[str, str], is_tag: Callable[[str], bool]) -> None:
        self.text = text
        self.tokens = [*tokens, ""]
        self.known = known
        self.is_tag = is_tag
        self.next = 0

    @property
    def ahead(self) -> str:
        """Look at the next token; empty at the end."""
        return self.tokens[self.next]

    def take(self) -> str:
        """Take the next token, but never the end."""
        token = self.ahead
        self.next += bool(token)
        return token

    def fail(self, problem: str) -> NoReturn:
        """Refuse the text."""
        raise UnknownUnitError(f"unit {self.text!r}: {problem}")

    def whole(self) -> Powers:
        """Read all of it."""
        powers = self.product()
        if self.ahead:
            self.fail(f"expected {_SHAPE}, got {self.ahead!r}")
        return powers

    def product(self) -> Powers:
        """Read groups joined by ``*`` and ``/``."""
        powers = self.group()
        while self.ahead in ("*", "/"):
            sign = 1 if self.take() == "*" else -1
            powers = _product(powers, self.group(), sign)
        return powers

    def group(self) -> Powers:
        """Read one unit and the tags that belong to it."""
        powers = self.power()
        while self.ahead and self.ahead not in ("*", "/", "**", ")", "-"):
            if self.ahead == "(" or self.ahead[0].isdigit() or not self.is_tag(self.held()):
                self.fail(
                    f"write * or / before {self.ahead!r}: only a tag (Li, LCE, Ni …) follows a unit without a sign"
                )
            powers = _product(powers, self.power())
        return powers

    def power(self) -> Powers:
        """Read a name, a 1 or brackets, and a power."""
        powers = self.atom()
        if self.ahead != "**":
            return powers
        self.take()
        sign = -1 if self.ahead == "-" else 1
        if sign < 0:
            self.take()
        digits = self.take()
        if not digits[:1].isdigit():
            self.fail(f"expected a number as power, got {digits or 'the end'!r}")
        exponent = float(digits)
        exponent = int(exponent) if exponent.is_integer() else exponent
        return {name: power * sign * exponent for name, power in powers.items() if exponent}

    def atom(self) -> Powers:
        """Read a name, a 1 or brackets."""
        token = self.ahead
        if token == "(":
            self.take()
            powers = self.product()
            if self.take() != ")":
                self.fail("a bracket isn't closed")
            return powers
        if token[:1].isdigit():
            if float(token) != 1:
                self.fail(f"expected no number but 1, got {token}; put it into the value")
            self.take()
            return {}
        if token in ("", "*", "/", "**", ")", "-"):
            self.fail(f"expected the name of a unit, got {token or 'the end'!r}")
        if token == "dimensionless":  # pint's own word for 1
            self.take()
            return {}
        name = self.held()
        self.take()
        return {name: 1}

    def held(self) -> str:
        """Look up the name ahead."""
        if self.ahead not in self.known:
            self.fail(f"unknown name {self.ahead!r}; {self.suggestions(self.ahead)}")
        return self.known[self.ahead]

    def suggestions(self, name: str) -> str:
        """Give the nearest names; letter case first, as it is the likeliest slip."""
        same = [unit for unit in self.known if unit.casefold() == name.casefold()]
        close = difflib.get_close_matches(name, self.known, n=3, cutoff=0.5)
        found = list(dict.fromkeys([*same, *close]))
        return f"nearest: {', '.join(found)}" if found else f"known: {', '.join(self.known)}"

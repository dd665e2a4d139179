"""Chemical formulas turned into molar masses, contents and conversion factors.

Atomic masses come from periodictable, constants of nature from scipy.constants: nothing is typed in. Formulas are text
such as ``LiNi0.8Co0.15Al0.05O2``, ``LiOH·H2O`` or ``LiNi1/3Co1/3Mn1/3O2``; wherever a formula is expected, a name of
`COMPOUNDS` may be given instead.
"""

from __future__ import annotations

import functools
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lithflow.errors import LithflowError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

__all__ = [
    "COMPOUNDS",
    "FormulaError",
    "atoms",
    "content",
    "conversion_factor",
    "faraday_floor",
    "molar_mass",
]

COMPOUNDS: Mapping[str, str] = MappingProxyType(
    {
        "lithium": "Li",
        "carbonate": "Li2CO3",
        "hydroxide": "LiOH",
        "hydroxide monohydrate": "LiOH·H2O",
        "oxide": "Li2O",
        "chloride": "LiCl",
        "LiFSI": "LiN(SO2F)2",
        "spodumene": "LiAlSi2O6",
        # Lepidolite is a series from polylithionite, KLi2AlSi4O10F2 (3.56 % Li), to trilithionite, its member named
        # here (2.61 % Li); natural ores hold less, as OH takes the place of F and other micas grow in.
        "lepidolite": "KLi1.5Al1.5(Si3Al)O10F2",
        "LCO": "LiCoO2",
        "LFP": "LiFePO4",
        "LMFP": "LiMn0.6Fe0.4PO4",
        "LMO": "LiMn2O4",
        "NCA": "LiNi0.8Co0.15Al0.05O2",
        "NMC111": "LiNi1/3Mn1/3Co1/3O2",
        "NMC532": "LiNi0.5Mn0.3Co0.2O2",
        "NMC622": "LiNi0.6Mn0.2Co0.2O2",
        "NMC811": "LiNi0.8Mn0.1Co0.1O2",
    }
)
"""Name of a compound to its formula; the cathodes are the nominal compositions after which they are called."""

_WRITTEN = re.compile(r"[A-Za-z0-9.()+·/ ]+")
_FRACTION = re.compile(r"(\d+)/(\d+)")


class FormulaError(LithflowError, ValueError):
    """A formula that can't be read, or an element that isn't in it."""


def molar_mass(formula: str) -> float:
    """Give the mass of one mole of a compound.

    Parameters
    ----------
    formula
        A formula, or a name of `COMPOUNDS`.

    Returns
    -------
    float
        Molar mass in g/mol, from the standard atomic weights of periodictable.

    Raises
    ------
    FormulaError
        If the formula can't be read.

    Examples
    --------
    >>> round(molar_mass("Li2CO3"), 2)
    73.89
    """
    return sum(_atomic_mass(symbol) * count for symbol, count in _atoms(formula))


def atoms(formula: str) -> dict[str, float]:
    """Count the atoms of a formula.

    Parameters
    ----------
    formula
        A formula, or a name of `COMPOUNDS`.

    Returns
    -------
    dict
        Element symbol to the number of its atoms, in the order of the formula.

    Raises
    ------
    FormulaError
        If the formula can't be read.
    """
    return dict(_atoms(formula))


def content(formula: str, element: str = "Li") -> float:
    """Give the mass of an element in a mass of a compound.

    Parameters
    ----------
    formula
        A formula, or a name of `COMPOUNDS`.
    element
        Symbol of the element.

    Returns
    -------
    float
        Mass fraction, between 0 and 1.

    Raises
    ------
    FormulaError
        If the formula can't be read or the element isn't in it.

    Examples
    --------
    >>> round(content("LiPF6"), 5)
    0.04569
    """
    counts = atoms(formula)
    if element not in counts:
        raise FormulaError(f"formula {formula!r}: expected the element {element!r} in it, got {', '.join(counts)}")
    return _atomic_mass(element) * counts[element] / molar_mass(formula)


def conversion_factor(source: str, target: str, element: str = "Li") -> float:
    """Give the mass of one compound that holds as much of an element as a unit mass of another.

    Parameters
    ----------
    source, target
        Formulas, or names of `COMPOUNDS`.
    element
        Symbol of the element that both hold.

    Returns
    -------
    float
        Mass of `target` per mass of `source`.

    Raises
    ------
    FormulaError
        If a formula can't be read or the element isn't in it.

    Examples
    --------
    >>> round(conversion_factor("Li", "carbonate"), 4)
    5.3233
    """
    return content(source, element) / content(target, element)


def faraday_floor(voltage: npt.ArrayLike, element: str = "Li") -> Any:
    """Give the least mass of a charge carrier that a battery can hold per nameplate capacity.

    One electron passes for each atom, so a capacity E at a voltage V moves E/(V·F) moles: 3.6e6·M/(V·F) kg/kWh, with M
    in kg/mol and F, the Faraday constant, in C/mol. A real cell holds more, as not all of its lithium moves.

    Parameters
    ----------
    voltage
        Mean discharge voltage of the cell, V; a number or an array.
    element
        Symbol of the carrier, which takes one charge an atom.

    Returns
    -------
    float or numpy.ndarray
        kg of the element per kWh.

    Raises
    ------
    ValueError
        If a voltage is not above zero.
    FormulaError
        If the element is unknown.

    Examples
    --------
    >>> round(faraday_floor(3.7), 4)
    0.07
    """
    import numpy as np
    from scipy.constants import gram, hour, kilo, physical_constants

    volts: np.ndarray[Any, np.dtype[np.float64]] = np.asarray(voltage, dtype=float)
    if not (volts > 0).all():
        raise ValueError(f"voltage: expected a number above 0 V, got {voltage!r}")
    faraday = physical_constants["Faraday constant"][0]
    joule_per_kwh = kilo * hour
    floor = joule_per_kwh * _atomic_mass(element) * gram / (volts * faraday)
    return floor if floor.ndim else float(floor)


@functools.cache
def _atomic_mass(symbol: str) -> float:
    """Give the standard atomic weight of an element, g/mol."""
    import periodictable

    elements = {element.symbol: element for element in periodictable.elements if element.number > 0}
    if symbol not in elements:
        raise FormulaError(f"unknown element {symbol!r}{nearest(symbol, elements)}")
    return float(elements[symbol].mass)


@functools.lru_cache(maxsize=1024)
def _atoms(formula: str) -> tuple[tuple[str, float], ...]:
    """Read a formula into pairs of element symbol and count."""
    import periodictable

    text = COMPOUNDS.get(formula, formula)
    if not isinstance(text, str) or not _WRITTEN.fullmatch(text):
        raise FormulaError(
            f"formula {formula!r}: expected element symbols, counts and brackets, such as LiNi0.8Mn0.1Co0.1O2"
            f"{nearest(formula, COMPOUNDS)}"
        )
    try:
        text = _FRACTION.sub(lambda match: repr(int(match[1]) / int(match[2])), text)
        text = text.replace("·", "+").replace(" ", "")
        counts = periodictable.formula(text).atoms
    except Exception as error:  # the parser of periodictable raises several kinds
        raise FormulaError(f"formula {formula!r} can't be read: {error}{nearest(formula, COMPOUNDS)}") from None
    for atom in counts:
        _atomic_mass(atom.symbol)
        if not counts[atom] > 0:
            raise FormulaError(f"formula {formula!r}: expected a count of {atom.symbol} above 0, got {counts[atom]}")
    return tuple((atom.symbol, float(count)) for atom, count in counts.items())

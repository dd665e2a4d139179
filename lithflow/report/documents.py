"""What the two source documents state beside what a run gives, with ratio, reason and verdict."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from math import floor, isfinite, log10
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from lithflow.arrays import value
from lithflow.chain.variables import VARIABLES
from lithflow.errors import InputError, nearest
from lithflow.indicators.definitions import INDICATORS
from lithflow.indicators.terms import Term, total
from lithflow.inputs.seeds import load_seeds
from lithflow.report.statements import Correction, Factor, Part, Reading, Row, product, read_comparison, stated
from lithflow.report.tables import text_table
from lithflow.units import Q_, conversion

if TYPE_CHECKING:
    import pandas as pd

    from lithflow.run import Run
    from lithflow.units import Quantity

__all__ = ["TOLERANCE", "comparison", "comparison_text", "verdict"]

Array = npt.NDArray[np.float64]
Verdict = Literal["agrees", "explained", "unexplained"]

TOLERANCE = 0.15
"""Relative difference up to which a run agrees with a document."""
ROUNDING = 1e-9
WIDTH = 120
COLUMNS = [
    "label",
    "year",
    "figures",
    "stated",
    "documents",
    "baseline",
    "unit",
    "ratio",
    "corrected",
    "corrected_ratio",
    "verdict",
    "reason",
    "sources",
    "input",
]


def verdict(ratio: float, corrected_ratio: float | None = None, kind: str = "about") -> Verdict:
    """Judge a row.

    Parameters
    ----------
    ratio
        Run over document.
    corrected_ratio
        The same after the corrections; None where there are none.
    kind
        ``about``, or ``more than`` where the document gives a lower bound, which no value exceeds too far.

    Returns
    -------
    str
        ``agrees`` within `TOLERANCE`, ``explained`` where the corrected ratio lies within it, otherwise
        ``unexplained``.
    """
    if _within(ratio, kind):
        return "agrees"
    if corrected_ratio is not None and _within(corrected_ratio, kind):
        return "explained"
    return "unexplained"


def _within(ratio: float, kind: str) -> bool:
    least, most = 1.0 - TOLERANCE - ROUNDING, 1.0 + TOLERANCE + ROUNDING
    return isfinite(ratio) and ratio >= least and (kind == "more than" or ratio <= most)


@dataclass(frozen=True)
class _Compared:
    """A row with its numbers, in the row's unit; `corrected` is None where no correction is needed or known."""

    row: Row
    documents: float
    found: float
    corrected: float | None
    reasons: tuple[str, ...]

    @property
    def ratio(self) -> float:
        return self.found / self.documents

    @property
    def corrected_ratio(self) -> float | None:
        return None if self.corrected is None else self.corrected / self.documents

    @property
    def verdict(self) -> Verdict:
        return verdict(self.ratio, self.corrected_ratio, self.row.stated)


def comparison(run: Run, folder: str | Path | None = None) -> pd.DataFrame:
    """Compare a run with what the two source documents state.

    Parameters
    ----------
    run
        The run; the statements are about what `baseline` gives.
    folder
        Folder that holds ``comparison.yaml`` and ``seed_figures.csv``; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        One row a statement, by id. `documents`, `baseline` and `corrected` are in `unit`; `ratio` is baseline over
        documents, `corrected_ratio` the same after the corrections (NaN where there are none or none is needed).
        `verdict` as the function of that name gives it; `reason` and `sources` belong to the corrections; `input` names
        a parameter that was derived from the figure.

    Raises
    ------
    InputError
        If the run has members or regions, or lacks a year, label or parameter that a row asks for.
    InputErrors
        If ``comparison.yaml`` can't be used.
    """
    import pandas as pd

    rows = _compare(run, folder)
    nan = float("nan")
    table = {
        compared.row.id: [
            compared.row.label,
            compared.row.year,
            ", ".join(compared.row.figures),
            compared.row.stated,
            compared.documents,
            compared.found,
            compared.row.unit,
            compared.ratio,
            nan if compared.corrected is None else compared.corrected,
            nan if compared.corrected_ratio is None else compared.corrected_ratio,
            compared.verdict,
            "; ".join(compared.reasons),
            ", ".join(_sources(compared)),
            compared.row.input or "",
        ]
        for compared in rows
    }
    return pd.DataFrame.from_dict(table, orient="index", columns=COLUMNS).rename_axis("row")


def _sources(compared: _Compared) -> tuple[str, ...]:
    if compared.corrected is None:
        return ()
    return tuple(dict.fromkeys(source for correction in compared.row.corrections for source in correction.sources))


def _compare(run: Run, folder: str | Path | None) -> list[_Compared]:
    if run.setting.extra:
        raise InputError(f"comparison: the run has {' and '.join(run.setting.extra)}s; choose one")
    seeds = load_seeds(folder)
    compared = []
    for row in read_comparison(folder):
        if row.input is not None and row.input not in run.parameters:
            raise InputError(f"{row.id}: unknown parameter `{row.input}`{nearest(row.input, run.parameters)}")
        documents = stated(row, seeds)
        found = _read(run, row.model, row.year, row.unit, row.id)
        corrected, reasons = None, []
        if row.corrections and not _within(found / documents, row.stated):
            corrected = found
            for correction in row.corrections:
                corrected, reason = _corrected(run, row, correction, corrected)
                reasons.append(reason)
        compared.append(_Compared(row, documents, found, corrected, tuple(reasons)))
    return compared


def _corrected(run: Run, row: Row, correction: Correction, before: float) -> tuple[float, str]:
    """Apply a correction to a value of the run; give the new value and the reason in words."""
    factors = [(_quantity(run, row, factor), factor.per) for factor in correction.size]
    size = float(value(product(factors), row.unit, f"{row.id}: correction"))
    shown = "".join(
        (
            (("1 ÷ " if factor.per else "") if place == 0 else " ÷ " if factor.per else " × ")
            + _number(value(quantity, factor.unit))
            + f" {factor.unit}"
        )
        for place, (factor, (quantity, _)) in enumerate(zip(correction.size, factors, strict=True))
    )
    cited = ", ".join(correction.sources)
    if correction.change == "replace":
        return size, f"{correction.text}: {shown} = {_number(size)} {row.unit} in place of {_number(before)} [{cited}]"
    sign = 1.0 if correction.change == "add" else -1.0
    return (
        before + sign * size,
        f"{correction.text}: {'+' if sign > 0 else '−'} {shown} = {_number(sign * size)} {row.unit} [{cited}]",
    )


def _quantity(run: Run, row: Row, factor: Factor) -> Quantity:
    if factor.model is not None:
        return Q_(_read(run, factor.model, row.year, factor.unit, row.id), factor.unit)
    assert factor.value is not None, "a factor is a number or a reading"
    return Q_(factor.value, factor.unit)


def _read(run: Run, reading: Reading, year: int, unit: str, where: str) -> float:
    """Read a number off a run, in `unit`."""
    for asked in (year, reading.against, reading.growth_since):
        if asked is not None and asked not in run.years:
            raise InputError(f"{where}: the run has the years {run.years[0]} to {run.years[-1]}, not {asked}")
    place = run.years.index(year)
    series, own = _series(run, reading, where)
    if reading.over:
        below, other = _sum(run, reading.over, where)
        series, own = series / below * conversion(own, other, where), "1"
    if reading.to_date:
        return float(series[: place + 1].sum()) * conversion(own, f"{unit}/year", where)
    if reading.against is not None:
        return float(series[place] / series[run.years.index(reading.against)]) * conversion("1", unit, where)
    if reading.growth_since is not None:
        factor = series[place] / series[run.years.index(reading.growth_since)]
        return float(factor ** (1.0 / (year - reading.growth_since)) - 1.0) * conversion("1/year", unit, where)
    return float(series[place]) * conversion(own, unit, where)


def _series(run: Run, reading: Reading, where: str) -> tuple[Array, str]:
    if reading.indicator is None:
        return _sum(run, reading.sum, where)
    unit = INDICATORS[reading.indicator].unit
    return value(run[reading.indicator], unit), unit


def _sum(run: Run, parts: list[Part], where: str) -> tuple[Array, str]:
    """Add variables up by year; give the sum and its unit."""
    unit = VARIABLES[parts[0].variable].unit
    series: Array = np.zeros(len(run.years))
    for part in parts:
        for dim, labels in part.where.items():
            known = [str(label) for label in run.setting.axes.labels(dim)]
            for label in labels:
                if label not in known:
                    raise InputError(f"{where}: `{dim}` has no label `{label}`{nearest(label, known)}")
        term = Term(part.variable, tuple((dim, tuple(labels)) for dim, labels in part.where.items()))
        series = series + total(run.ledger, (term,))[:, 0, 0] * conversion(VARIABLES[part.variable].unit, unit, where)
    return series, unit


def comparison_text(run: Run, folder: str | Path | None = None) -> str:
    """Print the comparison: a table with the reasons below its rows, and the counts.

    Parameters
    ----------
    run
        The run.
    folder
        As for `comparison`.

    Raises
    ------
    InputError, InputErrors
        As `comparison`.
    """
    rows = _compare(run, folder)
    header = ["", "year", "figure", "documents", run.scenario, "unit", "ratio", "corrected", "verdict"]
    lines = text_table(header, [_cells(compared) for compared in rows]).split("\n")
    printed = [lines[0]]
    for line, compared in zip(lines[1:], rows, strict=True):
        printed.append(line)
        for text in (*compared.reasons, compared.row.note):
            if text:
                printed.extend(textwrap.wrap(text, WIDTH, initial_indent="      ", subsequent_indent="        "))
    counted = {name: sum(compared.verdict == name for compared in rows) for name in get_args(Verdict)}
    share = 100 * counted["unexplained"] / max(len(rows), 1)
    closing = (
        f"  corrected: ratio after the published flows and boundaries below a row; * an input of {run.scenario}",
        f"  {len(rows)} row{'' if len(rows) == 1 else 's'}: {counted['agrees']} agree within {100 * TOLERANCE:.0f} %, "
        f"{counted['explained']} explained, {counted['unexplained']} unexplained ({share:.0f} %)",
    )
    return "\n".join([*printed, "", *closing])


def _cells(compared: _Compared) -> list[str]:
    row = compared.row
    corrected = compared.corrected_ratio
    return [
        row.label,
        str(row.year),
        ", ".join(row.figures),
        ("> " if row.stated == "more than" else "") + _number(compared.documents),
        _number(compared.found),
        row.unit,
        f"{compared.ratio:.2f}{'*' if row.input else ' '}",
        "–" if corrected is None else f"{corrected:.2f}",
        compared.verdict,
    ]


def _number(number: float) -> str:
    """Write a number with four digits that count."""
    if not number or not isfinite(number):
        return "0" if number == 0 else "–"
    digits = 3 - floor(log10(abs(number)))
    text = f"{round(number, digits):,.{max(digits, 0)}f}".replace("-", "−")
    return text.rstrip("0").rstrip(".") if "." in text else text

"""Laying figures beside a run: what the run says, corrections of known size, ratio and verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor, isfinite, log10, nan
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from lithflow.arrays import value
from lithflow.errors import InputError, nearest
from lithflow.indicators.definitions import INDICATORS
from lithflow.indicators.terms import Term, total
from lithflow.inputs.sources import SEED
from lithflow.report.figures import Figure
from lithflow.report.rows import Figures, product, stated
from lithflow.report.statements import Correction, Factor, Part, Reading, Role, Row
from lithflow.units import Q_, conversion

if TYPE_CHECKING:
    from lithflow.run import Run
    from lithflow.units import Quantity

__all__ = ["RESULT", "TOLERANCE", "Compared", "Verdict", "compare", "counts", "in_digits", "verdict"]

Array = npt.NDArray[np.float64]
Verdict = Literal["agrees", "explained", "unexplained"]

TOLERANCE = 0.15
"""Relative difference up to which a run agrees with a figure."""
ROUNDING = 1e-9
RESULT = (
    *("baseline", "unit", "ratio", "corrected", "corrected_ratio"),
    *("verdict", "reason", "sources", "role", "parameter", "moved_by"),
)
"""Columns of `Compared.result`."""


def verdict(ratio: float, corrected_ratio: float | None = None, kind: str = "about") -> Verdict:
    """Judge a row.

    Parameters
    ----------
    ratio
        Run over figure.
    corrected_ratio
        The same after the corrections; None where there are none.
    kind
        ``about``, or ``more than`` where the figure is a lower bound, which no value exceeds too far.

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
class Compared:
    """A row with its numbers.

    Parameters
    ----------
    row
        The statement.
    source
        The figure that it rests on.
    figure, found, corrected
        The figure, the run's value and that value after the corrections, in the row's unit; `corrected` is None where
        no correction is needed or known.
    reasons
        The corrections in words.
    role
        What the figure is to the parameters of this run.
    parameter
        The parameter that it sets or calibrates, or several; empty where there is none.
    passed_on
        Whether a correction is sized by the gap between run and figure of another row that is itself unexplained: it
        says where the gap comes from, and explains nothing.
    """

    row: Row
    source: Figure
    figure: float
    found: float
    corrected: float | None
    reasons: tuple[str, ...]
    role: Role
    parameter: str
    passed_on: bool = False

    @property
    def proves(self) -> bool:
        """Whether the verdict says something, as the figure set no parameter."""
        return self.role in ("hold-out", "")

    @property
    def moved_by(self) -> str:
        """The calibrated parameter that moves the run's value; empty where none does, or the figure set one itself."""
        return (self.row.moved_by or "") if self.proves and self.row.year >= self.row.moved_since else ""

    @property
    def ratio(self) -> float:
        """Run over figure."""
        return self.found / self.figure

    @property
    def corrected_ratio(self) -> float | None:
        """The same after the corrections."""
        return None if self.corrected is None else self.corrected / self.figure

    @property
    def verdict(self) -> Verdict:
        """Whether they agree; what only passes another row's open gap on is unexplained too."""
        found = verdict(self.ratio, self.corrected_ratio, self.row.stated)
        return "unexplained" if self.passed_on and found == "explained" else found

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the sources of the corrections."""
        if self.corrected is None:
            return ()
        return tuple(dict.fromkeys(source for correction in self.row.corrections for source in correction.sources))

    @property
    def result(self) -> tuple[object, ...]:
        """What a table shows of the run, in the order of `RESULT`; NaN where no correction is needed or known."""
        return (
            *(self.found, self.row.unit, self.ratio),
            *(nan if number is None else number for number in (self.corrected, self.corrected_ratio)),
            *(self.verdict, "; ".join(self.reasons), ", ".join(self.sources), self.role, self.parameter, self.moved_by),
        )


def compare(run: Run, rows: Sequence[Row], figures: Figures) -> list[Compared]:
    """Lay figures beside a run.

    Parameters
    ----------
    run
        The run.
    rows
        What is compared.
    figures
        The figures by id.

    Returns
    -------
    list of Compared
        In the order of the rows.

    Raises
    ------
    InputError
        If the run has members or regions, or lacks a year, label or parameter that a row asks for.
    """
    run.setting.refuse_several("comparison")
    compared = []
    for row in rows:
        for name in (row.input, row.calibrated, row.moved_by):
            if name is not None and name not in run.parameters:
                raise InputError(f"{row.id}: unknown parameter `{name}`{nearest(name, run.parameters)}")
        figure = stated(row, figures)
        source = figures[row.figure]
        state = _State(*_fraction(run, row.model, row.year, row.id), row.unit, row.id)
        found, corrected, reasons = state.value, None, []
        if row.corrections and not _within(found / figure, row.stated):
            reasons = [_corrected(run, row, correction, state) for correction in row.corrections]
            corrected = state.value
        role, parameter = _role(run, row, source)
        compared.append(Compared(row, source, figure, found, corrected, tuple(reasons), role, parameter))
    # where a row follows another count, its distance from the run is one between two published counts
    judged = [one for one in compared if one.role != "other count"]
    unexplained = {one.row.figure for one in judged if one.verdict == "unexplained"}
    return [replace(one, passed_on=bool(unexplained & _gaps(one))) for one in compared]


def _gaps(compared: Compared) -> set[str]:
    """Give the figures whose gap to the run sizes a correction that was needed."""
    if compared.corrected is None:
        return set()
    corrections = compared.row.corrections
    factors = [factor for correction in corrections for factor in correction.size if factor.less is not None]
    return {factor.figure for factor in factors if factor.figure}


def _role(run: Run, row: Row, figure: Figure) -> tuple[Role, str]:
    """Say what a figure is to which parameters of this run; they may rest on other sources than the shipped ones."""
    declared = row.input or row.calibrated or ""
    own = {SEED + name.removeprefix(SEED) for name in row.figures if figure.source.startswith(SEED)}
    resting = [name for name, cited in run.citations.items() if own.intersection(cited)]
    if resting and not declared:
        return "input", ", ".join(resting)
    if row.hold_out and any(figure.source in cited for cited in run.citations.values()):
        return "", ""
    if row.follows is not None and row.follows not in run.citations.get(row.input or "", ()):
        return "", declared
    return row.role, declared


@dataclass
class _State:
    """A value on its way through the corrections, as numerator and, for a ratio, denominator."""

    above: Quantity
    below: Quantity | None
    unit: str
    where: str

    @property
    def value(self) -> float:
        ratio = self.above if self.below is None else self.above / self.below
        return float(value(ratio, self.unit, self.where))

    def change(self, of: str, by: Quantity, how: str) -> None:
        if of == "denominator":
            assert self.below is not None, "a row without `over` has no denominator"
            self.below = _changed(self.below, by, how)
        elif of == "numerator":
            self.above = _changed(self.above, by, how)
        else:
            whole = Q_(self.value, self.unit)
            self.above, self.below = _changed(whole, by, how), None


def _changed(before: Quantity, by: Quantity, how: str) -> Quantity:
    if how == "replace":
        return by
    result: Quantity = before + by if how == "add" else before - by
    return result


def _corrected(run: Run, row: Row, correction: Correction, state: _State) -> str:
    """Apply a correction, and say it in words."""
    factors = [(*_factor(run, row, factor), factor.per) for factor in correction.size]
    unit = correction.unit or row.unit
    size = Q_(float(value(product([(each, per) for each, _, per in factors]), unit, f"{row.id}: correction")), unit)
    before = state.value
    state.change(correction.of, size, correction.change)
    shown = "".join(
        (("1 ÷ " if per else "") if place == 0 else " ÷ " if per else " × ") + text
        for place, (_, text, per) in enumerate(factors)
    )
    changed = float(value(size, unit)) * (-1 if correction.change == "subtract" else 1)
    sign = {"add": "+ ", "subtract": "− ", "replace": ""}[correction.change]
    instead = f" in place of {in_digits(before)}" if correction.change == "replace" else ""
    of = "" if correction.of == "value" else f" of the {correction.of}"
    cited = ", ".join(correction.sources)
    return f"{correction.text}: {sign}{shown} = {in_digits(changed)} {unit}{instead}{of} [{cited}]"


def _factor(run: Run, row: Row, factor: Factor) -> tuple[Quantity, str]:
    """Give a factor, and how it is shown."""
    if factor.model is not None:
        number = _read(run, factor.model, row.year, factor.unit, row.id)
        return Q_(number, factor.unit), f"{in_digits(number)} {factor.unit}"
    assert factor.value is not None, "a factor is a number or a reading"
    if factor.less is None:
        return Q_(factor.value, factor.unit), f"{in_digits(factor.value)} {factor.unit}"
    less = _read(run, factor.less, row.year, factor.unit, row.id)
    shown = f"({in_digits(factor.value)} − {in_digits(less)}) {factor.unit}"
    return Q_(factor.value - less, factor.unit), shown


def _read(run: Run, reading: Reading, year: int, unit: str, where: str) -> float:
    """Read a number off a run, in `unit`."""
    return _State(*_fraction(run, reading, year, where), unit, where).value


def _fraction(run: Run, reading: Reading, year: int, where: str) -> tuple[Quantity, Quantity | None]:
    """Read a number off a run, as numerator and, where it is a ratio of sums, denominator."""
    for asked in (year, *reading.earlier):
        if asked not in run.years:
            raise InputError(f"{where}: the run has the years {run.years[0]} to {run.years[-1]}, not {asked}")
    above = _amount(run, reading, year, where)
    for other in reading.times:
        first, second = _fraction(run, other, year, where)
        above = above * (first if second is None else first / second)
    return above, _added(run, reading.over, reading, year, where) if reading.over else None


def _amount(run: Run, reading: Reading, year: int, where: str) -> Quantity:
    if reading.indicator is not None:
        unit = INDICATORS[reading.indicator].unit
        return _picked(run, value(run[reading.indicator], unit), unit, reading, year)
    return _added(run, reading.sum, reading, year, where)


def _added(run: Run, parts: list[Part], reading: Reading, year: int, where: str) -> Quantity:
    """Add variables up, and pick what the reading is about."""
    unit = parts[0].unit
    series: Array = np.zeros(len(run.years))
    for part in parts:
        for dim, labels in part.where.items():
            known = [str(label) for label in run.setting.axes.labels(dim)]
            for label in labels:
                if label not in known:
                    raise InputError(f"{where}: `{dim}` has no label `{label}`{nearest(label, known)}")
        chosen = tuple((dim, tuple(labels)) for dim, labels in part.where.items())
        term = Term(part.variable, chosen, sign=-1 if part.minus else 1, change=part.change)
        series = series + total(run.ledger, (term,))[:, 0, 0] * conversion(part.unit, unit, where)
    return _picked(run, series, unit, reading, year)


def _picked(run: Run, series: Array, unit: str, reading: Reading, year: int) -> Quantity:
    """Pick a year, a sum of years or the change between two from a series."""
    place = run.years.index(year)
    if reading.to_date or reading.since is not None:
        first = 0 if reading.since is None else run.years.index(reading.since)
        added: Quantity = Q_(float(series[first : place + 1].sum()), unit) * Q_(1.0, "year")
        return added
    if reading.against is not None:
        return Q_(float(series[place] / series[run.years.index(reading.against)]), "1")
    if reading.growth_since is not None:
        factor = series[place] / series[run.years.index(reading.growth_since)]
        return Q_(float(factor ** (1.0 / (year - reading.growth_since)) - 1.0), "1/year")
    return Q_(float(series[place]), unit)


def counts(rows: Sequence[Compared]) -> dict[Verdict, int]:
    """Count the verdicts."""
    verdicts: tuple[Verdict, ...] = ("agrees", "explained", "unexplained")
    return {name: sum(compared.verdict == name for compared in rows) for name in verdicts}


def in_digits(number: float) -> str:
    """Write a number with four digits that count."""
    if not number or not isfinite(number):
        return "0" if number == 0 else "–"
    digits = 3 - floor(log10(abs(number)))
    text = f"{round(number, digits):,.{max(digits, 0)}f}".replace("-", "−")
    return text.rstrip("0").rstrip(".") if "." in text else text

"""Lifetimes made of other lifetimes: changed in a calendar year, cut at a maximum age, given as a table, or mixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from lithflow.stocks.checks import (
    FloatArray,
    check_choice,
    check_finite,
    check_parameter,
    check_share,
    check_survival_falls,
)
from lithflow.stocks.survival import Align, Lifetime

_GAUSS_NODES, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(40)


class _Wrapped(Lifetime):
    """A lifetime that changes another one."""

    life: Lifetime

    @property
    def changes_with_calendar_year(self) -> bool:
        """If the life that it changes does."""
        return self.life.changes_with_calendar_year

    def _mean(self) -> FloatArray:
        return self.life._mean()

    def _sd(self) -> FloatArray:
        return self.life._sd()

    def _survival(self, age: FloatArray) -> FloatArray:
        return self.life._survival(age)

    def _distribution(self, age: FloatArray) -> FloatArray:
        return self.life._distribution(age)

    def _with(self, life: Lifetime, change: Callable[[str, Any], Any] = lambda _, value: value) -> Self:
        copy = self._copy(change)
        copy.life = life
        return copy

    def _bare(self) -> Lifetime:
        return self._with(self.life._bare(), lambda _, value: np.asarray(value, dtype=float))

    def _prepared(self, align: Align, years: FloatArray | None, count: int) -> Lifetime:
        return self._with(self.life._prepared(align, years, count), align)

    def _selected(self, cohort: Any, year: Any) -> Lifetime:
        return self._with(
            self.life._selected(cohort, year), lambda _, value: value if value.shape[0] == 1 else value[cohort]
        )

    def _varies_by_cohort(self) -> bool:
        return super()._varies_by_cohort() or self.life._varies_by_cohort()

    def _lanes(self) -> tuple[int, ...]:
        return np.broadcast_shapes(super()._lanes(), self.life._lanes())


class MaximumAge(_Wrapped):
    """A lifetime that nothing outlives: S(a) = 0 for a > maximum, so what is left then leaves.

    Parameters
    ----------
    life : Lifetime
    maximum : array_like
        Age in years, above 0.

    Raises
    ------
    ValueError
        A maximum age that is not above 0.
    """

    _names = ("maximum",)

    def __init__(self, life: Lifetime, maximum: ArrayLike) -> None:
        self.life = life
        self.maximum = check_parameter("with_maximum_age(age)", maximum, above=0.0, infinite=True)

    def _mean(self) -> FloatArray:
        return self._moments()[0]

    def _sd(self) -> FloatArray:
        first, second = self._moments()
        return np.sqrt(np.maximum(second - first**2, 0.0))

    def _moments(self) -> tuple[FloatArray, FloatArray]:
        """∫ S da and 2 ∫ a S da up to the maximum age, by Gauss–Legendre pieces that meet at the mean."""
        first, second = np.zeros(()), np.zeros(())
        limit = np.asarray(self.maximum, dtype=float)
        pieces = 64
        with np.errstate(invalid="ignore"):
            inner = np.where(np.isfinite(self.life._mean()), np.minimum(self.life._mean(), limit), limit)
        for low, high in ((np.zeros(()), inner), (inner, limit)):
            width = (high - low) / pieces
            for piece in range(pieces):
                for node, weight in zip(_GAUSS_NODES, _GAUSS_WEIGHTS, strict=True):
                    age = np.asarray(low + width * (piece + 0.5 * (node + 1.0)))
                    alive = 0.5 * weight * width * self.life._survival(age)
                    first, second = first + alive, second + 2 * age * alive
        return first, second

    def _survival(self, age: FloatArray) -> FloatArray:
        return np.where(age > self.maximum, 0.0, self.life._survival(age))

    def _distribution(self, age: FloatArray) -> FloatArray:
        return np.where(age > self.maximum, 1.0, self.life._distribution(age))


class Changed(_Wrapped):
    """A lifetime that becomes `factor` times as long from a calendar year on; made by :meth:`Lifetime.changed`.

    ``survival``, ``mean`` and ``sd`` are those before the change. ``factor_in(years)`` gives the path.
    """

    _names = ("factor",)

    def __init__(self, life: Lifetime, year: float, factor: ArrayLike, transition: float, shape: str) -> None:
        self.life = life
        self.year = float(check_finite("changed(year=)", year))
        self.factor = check_parameter("changed(factor=)", factor, above=0.0)
        self.transition = float(check_parameter("changed(transition=)", transition, minimum=0.0))
        self.shape = check_choice("changed(shape=)", shape, ("linear", "logistic"))
        self._path: FloatArray | None = None

    @property
    def changes_with_calendar_year(self) -> bool:
        """Always."""
        return True

    def factor_in(self, years: ArrayLike) -> FloatArray:
        """New life over old life in the given calendar years, (year, lanes of the factor)."""
        calendar = np.asarray(years, dtype=float)
        if self.transition == 0:
            progress = np.asarray(calendar >= self.year, dtype=float)
        else:
            progress = np.clip((calendar - self.year) / self.transition, 0.0, 1.0)
            if self.shape == "logistic":
                end = special.expit(_LOGISTIC_HALF_WIDTH)
                progress = (special.expit(_LOGISTIC_HALF_WIDTH * (2 * progress - 1)) - (1 - end)) / (2 * end - 1)
        factor = np.asarray(self.factor, dtype=float)
        return np.asarray(1.0 + (factor - 1.0) * progress.reshape(progress.shape + (1,) * factor.ndim))

    def _prepared(self, align: Align, years: FloatArray | None, count: int) -> Lifetime:
        if years is None:
            raise ValueError(f"years: a lifetime that changes in {self.year:g} needs the calendar years; give years=")
        prepared = self._with(self.life._prepared(align, years, count), align)
        if prepared.factor.shape[0] != 1:
            raise ValueError(
                "changed(factor=): expected a scalar or one value a lane, got an axis that meets the cohort"
            )
        prepared.factor = prepared.factor[0]
        prepared._path = prepared.factor_in(years)
        prepared.factor = prepared.factor[None]
        return prepared

    def _selected(self, cohort: Any, year: Any) -> Lifetime:
        assert self._path is not None
        return _Stretched(self.life._selected(cohort, year), self._path[year])


_LOGISTIC_HALF_WIDTH = float(np.log(99.0))  # from the 1 % to the 99 % point of the logistic curve


class _Stretched(_Wrapped):
    """A lifetime `factor` times as long: S(a/factor)."""

    def __init__(self, life: Lifetime, factor: FloatArray) -> None:
        self.life, self.stretch = life, factor

    def _survival(self, age: FloatArray) -> FloatArray:
        return self.life._survival(age / self.stretch)

    def _distribution(self, age: FloatArray) -> FloatArray:
        return self.life._distribution(age / self.stretch)


class ByCalendarYear(_Wrapped):
    """A lifetime whose first parameter axis is the calendar year; made by :meth:`Lifetime.by_calendar_year`."""

    def __init__(self, life: Lifetime) -> None:
        self.life = life

    @property
    def changes_with_calendar_year(self) -> bool:
        """Always."""
        return True

    def _selected(self, cohort: Any, year: Any) -> Lifetime:
        return self.life._selected(year, year)


class Table(Lifetime):
    """A given survival table, linear between its ages.

    Parameters
    ----------
    survival : array_like
        Survival at age 0, 1, 2, … (or at `ages`) on axis 0, then cohort and lanes as for any parameter. It lies in
        0–1 and never rises. A first value below 1 leaves on entry.
    ages : array_like, optional
        The ages of the rows in years, increasing, the first one 0.
    beyond : "leave" or "hold", optional
        What happens to survivors after the last age: they leave there, or stay for good. Needed only if the last
        survival is above 0 and an age beyond it is asked for.

    Raises
    ------
    ValueError
        Survival outside 0–1 or rising with age, ages that do not increase from 0, or an age beyond the table where
        some survive and `beyond` is not given.
    """

    _names = ("table",)

    def __init__(self, survival: ArrayLike, ages: ArrayLike | None = None, beyond: str | None = None) -> None:
        table = check_finite("Table(survival=)", survival, ("age",))
        if table.ndim == 0 or table.shape[0] < 2:
            raise ValueError(f"Table(survival=): expected two or more ages on axis 0, got shape {table.shape}")
        check_survival_falls("Table(survival=)", table)
        self.table = table
        self.ages = np.arange(table.shape[0], dtype=float) if ages is None else check_finite("Table(ages=)", ages)
        if self.ages.shape != (table.shape[0],) or self.ages[0] != 0 or (np.diff(self.ages) <= 0).any():
            raise ValueError(
                f"Table(ages=): expected {table.shape[0]} ages that increase from 0, one a row of survival, "
                f"got {self.ages.tolist()}"
            )
        self.beyond = None if beyond is None else check_choice("Table(beyond=)", beyond, ("leave", "hold"))

    def _mean(self) -> FloatArray:
        if np.any(self.table[-1] > 0) and self.beyond == "hold":
            return np.where(self.table[-1] > 0, np.inf, self._moments()[0])
        return self._moments()[0]

    def _sd(self) -> FloatArray:
        if np.any(self.table[-1] > 0) and self.beyond == "hold":
            return np.where(self.table[-1] > 0, np.inf, self._moments()[1])
        return self._moments()[1]

    def _moments(self) -> tuple[FloatArray, FloatArray]:
        """∫ S da and the spread of linear pieces; what is left at the last age leaves there."""
        trailing = (1,) * (self.table.ndim - 1)
        start, end = (part.reshape(-1, *trailing) for part in (self.ages[:-1], self.ages[1:]))
        alive, later = self.table[:-1], self.table[1:]
        first = ((end - start) * (alive + later) / 2).sum(axis=0)
        # 2 ∫ a S da over a linear piece
        second = ((end - start) * (alive * (2 * start + end) + later * (start + 2 * end)) / 3).sum(axis=0)
        return first, np.sqrt(np.maximum(second - first**2, 0.0))

    def _prepared(self, align: Align, years: FloatArray | None, count: int) -> Lifetime:
        return self._copy(lambda name, table: np.stack([align(name, row) for row in table]))

    def _selected(self, cohort: Any, year: Any) -> Lifetime:
        return self if self.table.shape[1] == 1 else self._copy(lambda _, table: table[:, cohort])

    def _varies_by_cohort(self) -> bool:
        return bool(self.table.shape[1] > 1)

    def _lanes(self) -> tuple[int, ...]:
        return self.table.shape[2:]

    def _survival(self, age: FloatArray) -> FloatArray:
        last = self.ages[-1]
        if self.beyond is None and np.any(age > last) and np.any(self.table[-1] > 0):
            raise ValueError(
                f"Table: age {np.max(age):g} lies beyond the last age {last:g}, where {np.max(self.table[-1]):g} "
                'still survive; give a longer table, or beyond="leave" or "hold"'
            )
        ages, rows = np.broadcast_arrays(age, np.empty(self.table.shape[1:]))
        upper = np.clip(np.searchsorted(self.ages, ages, side="right"), 1, len(self.ages) - 1)
        lanes: Any = np.indices(self.table.shape[1:], sparse=True)
        place: Any = tuple(np.broadcast_to(index, rows.shape) for index in lanes)
        before, after = self.table[(upper - 1, *place)], self.table[(upper, *place)]
        start, end = self.ages[upper - 1], self.ages[upper]
        values = before + (after - before) * np.clip((ages - start) / (end - start), 0.0, 1.0)
        return np.where(ages > last, 0.0, values) if self.beyond == "leave" else np.asarray(values)

    def _distribution(self, age: FloatArray) -> FloatArray:
        return 1.0 - self._survival(age)


class Mixture(Lifetime):
    """A cohort of several lives: S(a) = Σ share · S_i(a).

    Parameters
    ----------
    lifetimes : sequence of Lifetime
    shares : sequence of array_like
        One share a lifetime, by cohort and lanes as any parameter; they add to 1.

    Raises
    ------
    ValueError
        Shares outside 0–1, that do not add to 1, or not one a lifetime.
    """

    _names = ("shares",)

    def __init__(self, lifetimes: Sequence[Lifetime], shares: Sequence[Any] | FloatArray) -> None:
        self.lifetimes = list(lifetimes)
        parts = list(shares)
        if len(parts) != len(self.lifetimes) or not parts:
            raise ValueError(
                f"Mixture: got {len(self.lifetimes)} lifetimes and {len(parts)} shares; give one share a lifetime"
            )
        for index, part in enumerate(parts):
            check_share(f"Mixture(shares=)[{index}]", part)
        total = np.asarray(sum(parts[1:], start=parts[0]))
        if np.any(np.abs(total - 1.0) > 1e-9):
            raise ValueError(f"Mixture(shares=): the shares add to {total}, expected 1")
        self.shares = [part if hasattr(part, "dims") else np.asarray(part, dtype=float) for part in parts]

    @property
    def changes_with_calendar_year(self) -> bool:
        """If one of the lives does."""
        return any(life.changes_with_calendar_year for life in self.lifetimes)

    def _mean(self) -> FloatArray:
        return self._sum([life._mean() for life in self.lifetimes])

    def _sd(self) -> FloatArray:
        second = self._sum([life._sd() ** 2 + life._mean() ** 2 for life in self.lifetimes])
        return np.sqrt(np.maximum(second - self._mean() ** 2, 0.0))

    def _sum(self, parts: Sequence[FloatArray]) -> FloatArray:
        total: Any = 0.0
        for share, part in zip(self.shares, parts, strict=True):
            total = total + np.asarray(share) * part
        return np.asarray(total, dtype=float)

    def _survival(self, age: FloatArray) -> FloatArray:
        return self._sum([life._survival(age) for life in self.lifetimes])

    def _distribution(self, age: FloatArray) -> FloatArray:
        return self._sum([life._distribution(age) for life in self.lifetimes])

    def _bare(self) -> Lifetime:
        copy = self._copy(lambda _, shares: [np.asarray(share, dtype=float) for share in shares])
        copy.lifetimes = [life._bare() for life in self.lifetimes]
        return copy

    def _prepared(self, align: Align, years: FloatArray | None, count: int) -> Lifetime:
        copy = self._copy(lambda name, shares: [align(name, share) for share in shares])
        copy.lifetimes = [life._prepared(align, years, count) for life in self.lifetimes]
        return copy

    def _selected(self, cohort: Any, year: Any) -> Lifetime:
        copy = self._copy(lambda _, shares: [part if part.shape[0] == 1 else part[cohort] for part in shares])
        copy.lifetimes = [life._selected(cohort, year) for life in self.lifetimes]
        return copy

    def _varies_by_cohort(self) -> bool:
        return any(part.shape[0] > 1 for part in self.shares) or any(
            life._varies_by_cohort() for life in self.lifetimes
        )

    def _lanes(self) -> tuple[int, ...]:
        return np.broadcast_shapes(
            *(part.shape[1:] for part in self.shares), *(life._lanes() for life in self.lifetimes)
        )

    def __repr__(self) -> str:
        return f"Mixture({self.lifetimes!r}, shares={self.shares!r})"

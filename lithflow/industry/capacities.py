"""Plant capacity by firm, and how much of it is used where an output is known."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lithflow.industry.frames import cited, frame, interval, noted
from lithflow.industry.reading import HOME, RANKS, Figure, Industry, read_industry
from lithflow.industry.shares import Listing, listings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ABROAD", "Capacity", "capacities", "capacity", "utilisation"]

Interval = tuple[float, float]
Key = tuple[str, str, int | None, str]
ABROAD = "RoW-"
"""Begins the name of a place outside China."""
INSTALLED = "installed in vehicles"
TOGETHER = "(together)"


@dataclass(frozen=True)
class Capacity:
    """What a firm can make in China in a year.

    Parameters
    ----------
    firm, segment, product
        What it is about; an empty firm means all firms together.
    low, high, unit
        The capacity; `high` is infinite where only a lower bound is stated.
    year, status
        When, and whether it is planned or built; None and several where sites differ.
    figures
        What it rests on.
    """

    firm: str
    segment: str
    product: str
    low: float
    high: float
    unit: str
    year: int | None
    status: str
    figures: tuple[Figure, ...]


def _stated(industry: Industry) -> dict[tuple[str, ...], list[Figure]]:
    """Gather the capacities as stated; the two ends of a range belong together."""
    found: dict[tuple[str, ...], list[Figure]] = defaultdict(list)
    for figure in industry.of("capacity"):
        key = (figure.firm, figure.segment, figure.product, figure.place, str(figure.year), figure.status, figure.unit)
        found[key].append(figure)
    return found


def capacities(industry: Industry) -> list[Capacity]:
    """Give the capacity of each firm in China: as stated for the whole firm, otherwise its sites together.

    Parameters
    ----------
    industry
        The tables.

    Returns
    -------
    list of Capacity
        One for each firm and product, and each year of a whole firm. Plants abroad are left out.
    """
    whole, sites = [], defaultdict(list)
    for figures in _stated(industry).values():
        first = figures[0]
        if first.place == HOME:
            whole.append(_together([figures]))
        elif not first.place.startswith(ABROAD):
            sites[first.firm, first.segment, first.product].append(figures)
    named = {(entry.firm, entry.segment, entry.product) for entry in whole}
    return whole + [_together(each) for key, each in sites.items() if key not in named]


def _together(sites: list[list[Figure]]) -> Capacity:
    figures = tuple(figure for each in sites for figure in each)
    first = figures[0]
    bounds = [interval(each) for each in sites]
    years = {figure.year for figure in figures}
    return Capacity(
        first.firm,
        first.segment,
        first.product,
        math.fsum(low for low, _ in bounds),
        math.fsum(high for _, high in bounds),
        first.unit,
        years.pop() if len(years) == 1 else None,
        "; ".join(dict.fromkeys(figure.status for figure in figures)),
        figures,
    )


def capacity(folder: str | Path | None = None) -> pd.DataFrame:
    """Give capacities as the documents state them, site by site.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        ``segment``, ``product``, ``firm`` (empty: all together), ``country`` (of the firm), ``place`` (``China``: the
        whole firm), ``year`` (missing where none is named), ``status`` (``planned``, ``built``, ``expected`` …),
        ``capacity_low``, ``capacity_high`` (in ``unit``; 0 below where "up to" was printed, NaN above where "more
        than" was), ``unit``, ``figures``, ``note``. Sites are part of a firm's whole and must not be added to it.

    Raises
    ------
    InputErrors
        If the tables can't be read.
    """
    industry = read_industry(folder)
    rows: list[tuple[Any, ...]] = []
    for figures in _stated(industry).values():
        first = figures[0]
        low, high = interval(figures)
        country = industry.firms[first.firm].country if first.firm else ""
        rows.append(
            (
                *(first.segment, first.product, first.firm, country, first.place, first.year, first.status),
                *(low, high if math.isfinite(high) else math.nan, first.unit, cited(figures), noted(figures)),
            )
        )
    columns: tuple[str, ...] = (
        "segment",
        "product",
        "firm",
        "country",
        "place",
        "year",
        "status",
        "capacity_low",
        "capacity_high",
    )
    columns += ("unit", "figures", "note")
    units = {"capacity_low": "see unit", "capacity_high": "see unit"}
    return frame("Capacity as stated", {name: units.get(name, "") for name in columns}, rows)


@dataclass(frozen=True)
class _Use:
    """Output, capacity and utilisation of a firm, as least and most; one of the two last follows from the other."""

    firm: str
    known: str
    output_is: str
    capacity_is: str
    unit: str
    output: Interval
    capacity: Interval
    used: Interval
    spare: Interval
    figures: tuple[Figure, ...]


def utilisation(folder: str | Path | None = None) -> pd.DataFrame:
    """Give utilisation and overcapacity wherever an output is known beside a capacity or a utilisation.

    Where the utilisation is printed, capacity = output / utilisation; where the capacity is, utilisation = output /
    capacity. Overcapacity = capacity − output. A firm's output stands for itself only where the documents give it;
    otherwise what was installed in vehicles in China takes its place, which leaves out exports, storage and stock, so
    that the output is at least that. A maker that the ranking doesn't list made no more than the last one that it
    does.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        ``segment``, ``product``, ``year``, ``firm`` (empty: all of China; ``(together)``: the rows above of the same
        kind), ``known`` (``utilisation`` or ``capacity``), ``output_is``, ``capacity_is`` (``derived``, or its status,
        such as ``planned``), ``output_low``, ``output_high``, ``capacity_…``, ``overcapacity_…`` (in ``unit``),
        ``utilisation_low``, ``utilisation_high`` (percent), ``unit``, ``figures``, ``note``.

    Raises
    ------
    InputErrors
        If the tables can't be read or contradict one another.
    """
    industry = read_industry(folder)
    rankings = {(listing.segment, listing.product, listing.year): listing for listing in listings(industry)}
    used: dict[Key, list[Figure]] = defaultdict(list)
    for figure in industry.of("utilisation"):
        used[figure.segment, figure.product, figure.year, figure.firm].append(figure)
    stated = {(entry.segment, entry.product, entry.year, entry.firm): entry for entry in capacities(industry)}
    found: dict[tuple[str, str, int, str, str], list[_Use]] = defaultdict(list)
    for key in [*used, *(key for key in stated if key not in used)]:
        segment, product, year, firm = key
        if year is None or (output := _output(industry, key, rankings.get((segment, product, year)))) is None:
            continue
        use = _from_utilisation(firm, output, used[key]) if key in used else _from_capacity(firm, output, stated[key])
        found[segment, product, year, use.known, use.capacity_is].append(use)
    rows: list[tuple[Any, ...]] = []
    for (segment, product, year, *_), uses in sorted(found.items(), key=lambda item: item[0][:3]):
        for use in [*uses, _sum(uses)] if len(uses) > 1 else uses:
            bounds = (*use.output, *use.capacity, *(100 * share for share in use.used), *use.spare)
            rows.append(
                (
                    *(segment, product, year, use.firm, use.known, use.output_is, use.capacity_is),
                    *(bound if math.isfinite(bound) else math.nan for bound in bounds),
                    *(use.unit, cited(use.figures), noted(use.figures)),
                )
            )
    columns = dict.fromkeys(("segment", "product", "year", "firm", "known", "output_is", "capacity_is"), "")
    for name in ("output", "capacity", "utilisation", "overcapacity"):
        columns |= dict.fromkeys((f"{name}_low", f"{name}_high"), "percent" if name == "utilisation" else "see unit")
    columns |= {"unit": "", "figures": "", "note": ""}
    return frame("Utilisation and overcapacity", columns, rows)


Output = tuple[Interval, str, str, tuple[Figure, ...]]


def _output(industry: Industry, key: Key, ranking: Listing | None) -> Output | None:
    """Give least and most of an output, its unit, what it is, and the figures; None where nothing is known."""
    figures = [
        figure for figure in industry.of("output") if (figure.segment, figure.product, figure.year, figure.firm) == key
    ]
    if figures:
        return interval(figures), figures[0].unit, figures[0].remark or "output", tuple(figures)
    if ranking is None:
        return None
    firm = key[3]
    figure_of = {figure.firm: figure for figure in ranking.figures}
    ranks = RANKS.match(firm)
    names = ranking.firms[int(ranks[1]) - 1 : int(ranks[2])] if ranks else (firm,)
    if all(name in figure_of for name in names):
        used = tuple(figure_of[name] for name in names)
        value = math.fsum(figure.value for figure in used)
        return (value, value), ranking.unit, INSTALLED, used
    last = figure_of[ranking.firms[-1]]
    return (0.0, last.value), ranking.unit, INSTALLED, (last,)


def _from_utilisation(firm: str, output: Output, figures: list[Figure]) -> _Use:
    made, unit, what, others = output
    low, high = (bound / 100 for bound in interval(figures, 100.0))
    # overcapacity straight from the printed share: capacity and output move together here
    spare = made[0] * (1 / high - 1), made[1] * (1 / low - 1)
    capacity = made[0] / high, made[1] / low
    return _Use(firm, "utilisation", what, "derived", unit, made, capacity, (low, high), spare, (*others, *figures))


def _from_capacity(firm: str, output: Output, entry: Capacity) -> _Use:
    made, unit, what, others = output
    used = made[0] / entry.high, made[1] / entry.low if entry.low else math.inf
    spare = entry.low - made[1], entry.high - made[0]
    figures = (*others, *entry.figures)
    return _Use(firm, "capacity", what, entry.status, unit, made, (entry.low, entry.high), used, spare, figures)


def _sum(uses: list[_Use]) -> _Use:
    output, capacity, spare = (
        (math.fsum(low for low, _ in each), math.fsum(high for _, high in each))
        for each in ([use.output for use in uses], [use.capacity for use in uses], [use.spare for use in uses])
    )
    used = output[0] / capacity[1], output[1] / capacity[0] if capacity[0] else math.inf
    figures = tuple(figure for use in uses for figure in use.figures)
    first = uses[0]
    return _Use(
        TOGETHER, first.known, first.output_is, first.capacity_is, first.unit, output, capacity, used, spare, figures
    )

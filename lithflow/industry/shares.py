"""Who holds how much of a segment, how concentrated that is, and what share is Chinese."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lithflow.errors import InputErrors, Problem
from lithflow.industry.bounds import (
    ROUNDING,
    hhi_bounds,
    hhi_bounds_from_top_share,
    top_share_bounds,
    top_share_bounds_from_top_share,
)
from lithflow.industry.frames import cited, frame, interval, noted
from lithflow.industry.reading import Figure, Industry, read_industry

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "NOT_LISTED",
    "Listing",
    "concentration",
    "domestic_share",
    "installed",
    "listings",
    "printed_shares",
    "world_share",
]

NOT_LISTED = "(not listed)"
COUNTS = (1, 3, 5)


@dataclass(frozen=True)
class Listing:
    """The firms that a ranking of one year lists.

    Parameters
    ----------
    segment, product, year, unit
        What is ranked.
    firms
        The firms, largest first.
    values
        Theirs, in `unit`.
    total
        Of all firms, listed or not.
    figures
        What it rests on.
    """

    segment: str
    product: str
    year: int
    unit: str
    firms: tuple[str, ...]
    values: tuple[float, ...]
    total: float
    figures: tuple[Figure, ...]

    @property
    def shares(self) -> dict[str, float]:
        """Share of each listed firm, 0 to 1, largest first."""
        return {firm: value / self.total for firm, value in zip(self.firms, self.values, strict=True)}

    @property
    def rest_at_most(self) -> float:
        """The largest share that a firm can have that isn't listed."""
        return self.values[-1] / self.total

    def by_group(self, industry: Industry) -> dict[str, float]:
        """Share of each group of firms, 0 to 1, largest first."""
        shares: dict[str, float] = defaultdict(float)
        for firm, share in self.shares.items():
            shares[industry.group(firm)] += share
        return dict(sorted(shares.items(), key=lambda item: -item[1]))


def listings(industry: Industry) -> list[Listing]:
    """Gather the rankings, by year.

    Parameters
    ----------
    industry
        The tables.

    Returns
    -------
    list of Listing
        One a year.

    Raises
    ------
    InputErrors
        If a ranking lacks its total, or the firms hold more than that.
    """
    groups: dict[tuple[str, str, int, str], list[Figure]] = defaultdict(list)
    for figure in industry.of("installed"):
        groups[figure.segment, figure.product, figure.year or 0, figure.unit].append(figure)
    found, problems = [], []
    for (segment, product, year, unit), figures in sorted(groups.items()):
        ranked = sorted((figure for figure in figures if figure.firm), key=lambda figure: -figure.value)
        total = [figure.value for figure in figures if not figure.firm]
        listed = math.fsum(figure.value for figure in ranked)
        if len(total) != 1 or listed > total[0] * (1 + ROUNDING):
            got = f"firms with {listed:g} of {total[0]:g}" if len(total) == 1 else f"{len(total)} totals"
            text = f"expected one total in {year}, and firms that hold no more than it; got {got} ({cited(figures)})"
            problems.append(Problem("industry_figures.csv", 0, 0, f"installed, {product}", text))
            continue
        values = tuple(figure.value for figure in ranked)
        names = tuple(figure.firm for figure in ranked)
        found.append(Listing(segment, product, year, unit, names, values, total[0], tuple(figures)))
    if problems:
        raise InputErrors(problems)
    return found


def installed(folder: str | Path | None = None) -> pd.DataFrame:
    """Give the batteries that each listed maker's customers installed in vehicles in China, year by year.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        ``year``, ``segment``, ``rank``, ``firm``, ``group``, ``country``, ``installed`` (GWh/year), ``share``
        (percent), ``figure``; the firms that aren't listed stand together in one row a year, with rank 0. For a plot:
        ``installed().pivot(index="year", columns="firm", values="installed")``.

    Raises
    ------
    InputErrors
        If the tables can't be read or contradict one another.
    """
    industry = read_industry(folder)
    rows: list[tuple[Any, ...]] = []
    for listing in listings(industry):
        figure_of = {figure.firm: figure.seed.id for figure in listing.figures}
        for rank, (name, value) in enumerate(zip(listing.firms, listing.values, strict=True), start=1):
            firm = industry.firms[name]
            share = 100 * value / listing.total
            rows.append(
                (listing.year, listing.segment, rank, name, firm.group, firm.country, value, share, figure_of[name])
            )
        rest = max(listing.total - math.fsum(listing.values), 0.0)
        share = 100 * rest / listing.total
        rows.append(
            (
                listing.year,
                listing.segment,
                0,
                NOT_LISTED,
                NOT_LISTED,
                "",
                rest,
                share,
                figure_of[""] + " less the listed",
            )
        )
    columns = ("year", "segment", "rank", "firm", "group", "country", "installed", "share", "figure")
    units = {"installed": "GWh/year", "share": "percent"}
    return frame("Batteries installed in vehicles, by maker", {name: units.get(name, "") for name in columns}, rows)


def concentration(folder: str | Path | None = None, *, groups: bool = False) -> pd.DataFrame:
    """Give the concentration of each segment and year for which the documents list firms or print a joint share.

    Where a ranking lists only some firms, each of the others holds at most what the last listed one does; where only
    the joint share of some firms is printed, little more than that is known. Both give bounds, see `hhi_bounds` and
    `hhi_bounds_from_top_share`; columns that end in ``_low`` and ``_high`` are equal where a measure is known.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.
    groups
        True counts a joint venture with the firm that owns it, such as CATL-SAIC with CATL. Joint ventures that aren't
        listed stay apart.

    Returns
    -------
    pandas.DataFrame
        ``segment``, ``product``, ``year``, ``document``, ``basis`` (``ranking`` or ``joint share``), ``firms`` (how
        many are listed, or hold the joint share), ``unlisted`` (percent; of a joint share the most that the others
        have), ``CR1_low``, ``CR1_high``, ``CR3_…``, ``CR5_…`` (percent), ``HHI_low``, ``HHI_high`` (0 to 1),
        ``figures``, ``note``. Two documents that differ give two rows.

    Raises
    ------
    InputErrors
        If the tables can't be read or contradict one another.
    """
    industry = read_industry(folder)
    rows: list[tuple[Any, ...]] = []
    ranked = set()
    for listing in listings(industry):
        ranked.add((listing.segment, listing.product, listing.year))
        shares = list((listing.by_group(industry) if groups else listing.shares).values())
        bounds = [top_share_bounds(shares, count, listing.rest_at_most) for count in COUNTS]
        rows.append(
            (
                *(listing.segment, listing.product, listing.year, listing.figures[0].seed.document, "ranking"),
                *(len(shares), 100 * max(1 - math.fsum(shares), 0.0)),
                *(100 * bound for pair in bounds for bound in pair),
                *hhi_bounds(shares, listing.rest_at_most),
                *(cited(listing.figures), noted(listing.figures)),
            )
        )
    for figure in industry.of("top_share"):
        if (figure.segment, figure.product, figure.year) in ranked:
            continue
        share, at_least = figure.value / 100, figure.reading == "at least"
        bounds = [top_share_bounds_from_top_share(share, figure.largest, count, at_least=at_least) for count in COUNTS]
        rows.append(
            (
                *(figure.segment, figure.product, figure.year, figure.seed.document, "joint share"),
                *(figure.largest, 100 * (1 - share)),
                *(100 * bound for pair in bounds for bound in pair),
                *hhi_bounds_from_top_share(share, figure.largest, at_least=at_least),
                *(cited([figure]), noted([figure])),
            )
        )
    columns = {
        "segment": "",
        "product": "",
        "year": "",
        "document": "",
        "basis": "",
        "firms": "",
        "unlisted": "percent",
    }
    columns |= {f"CR{count}_{end}": "percent" for count in COUNTS for end in ("low", "high")}
    columns |= {"HHI_low": "1", "HHI_high": "1", "figures": "", "note": ""}
    return frame("Concentration by segment and year", columns, rows)


def printed_shares(folder: str | Path | None = None) -> pd.DataFrame:
    """Lay the joint shares that the documents print beside those that their rankings give.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        ``segment``, ``product``, ``year``, ``largest`` (how many firms), ``document``, ``reading``, ``printed``,
        ``listed_low``, ``listed_high`` (percent; NaN without a ranking), ``difference`` (percentage points from the
        printed share to the nearest that the ranking allows; 0 where a bound holds), ``figure``, ``note``.

    Raises
    ------
    InputErrors
        If the tables can't be read or contradict one another.
    """
    industry = read_industry(folder)
    rankings = {(listing.segment, listing.product, listing.year): listing for listing in listings(industry)}
    rows = []
    for figure in industry.of("top_share"):
        low = high = difference = math.nan
        listing = rankings.get((figure.segment, figure.product, figure.year or 0))
        if listing is not None:
            low, high = top_share_bounds(list(listing.shares.values()), figure.largest)
            low, high = 100 * low, 100 * high
            most = math.inf if figure.reading == "at least" else figure.value
            difference = max(low - most, 0.0) or min(high - figure.value, 0.0)
        rows.append(
            (
                *(figure.segment, figure.product, figure.year, figure.largest, figure.seed.document, figure.reading),
                *(figure.value, low, high, difference, figure.seed.id, noted([figure])),
            )
        )
    columns: tuple[str, ...] = (
        "segment",
        "product",
        "year",
        "largest",
        "document",
        "reading",
        "printed",
        "listed_low",
        "listed_high",
    )
    columns += ("difference", "figure", "note")
    percents = ("printed", "listed_low", "listed_high", "difference")
    units = {name: "percent" if name in percents else "" for name in columns}
    return frame("Joint shares as printed and as ranked", units, rows)


def domestic_share(folder: str | Path | None = None) -> pd.DataFrame:
    """Give the share of what is installed in China that comes from firms with their seat in China.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        ``segment``, ``product``, ``year``, ``domestic_low`` (the listed domestic firms alone), ``domestic_high`` (all
        but the listed foreign ones), ``foreign_listed``, ``unlisted`` (percent), ``figures``, ``note``. A firm counts
        by its seat, whoever holds its shares.

    Raises
    ------
    InputErrors
        If the tables can't be read or contradict one another.
    """
    industry = read_industry(folder)
    rows = []
    for listing in listings(industry):
        home, abroad = (
            100 * math.fsum(share for firm, share in listing.shares.items() if industry.firms[firm].domestic is here)
            for here in (True, False)
        )
        place = (listing.segment, listing.product, listing.year)
        rows.append(
            (*place, home, 100 - abroad, abroad, 100 - home - abroad, cited(listing.figures), noted(listing.figures))
        )
    percents = ("domestic_low", "domestic_high", "foreign_listed", "unlisted")
    columns = ("segment", "product", "year", *percents, "figures", "note")
    units = {name: "percent" if name in percents else "" for name in columns}
    return frame("Share of firms with their seat in China", units, rows)


def world_share(folder: str | Path | None = None) -> pd.DataFrame:
    """Give China's share of the world by segment, as the documents print it.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        ``segment``, ``product``, ``year``, ``share_low``, ``share_high`` (percent; 100 where only a lower bound was
        printed), ``reading``, ``document``, ``figure``, ``note``.

    Raises
    ------
    InputErrors
        If the tables can't be read.
    """
    columns = {"segment": "", "product": "", "year": "", "share_low": "percent", "share_high": "percent"}
    columns |= {"reading": "", "document": "", "figure": "", "note": ""}
    return frame(
        "China's share of the world",
        columns,
        (
            (
                *(figure.segment, figure.product, figure.year, *interval([figure], 100.0)),
                *(figure.reading, figure.seed.document, figure.seed.id, noted([figure])),
            )
            for figure in read_industry(folder).of("world_share")
        ),
    )

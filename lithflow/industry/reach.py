"""Which firm is active in which segments, and how far that reaches back and forth from where it started."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lithflow.errors import UnknownNameError, nearest
from lithflow.industry.capacities import Capacity, capacities
from lithflow.industry.frames import frame
from lithflow.industry.reading import Activity, Industry, read_industry

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["activities", "integration", "matrix", "segments"]


@dataclass(frozen=True)
class _Reach:
    """One firm, or group, in the chain: its categories, where it started, and its activities by segment."""

    firm: str
    categories: tuple[str, ...]
    origin: str
    by_segment: Mapping[str, tuple[Activity, ...]]

    def direction(self, segment: str, industry: Industry) -> str:
        if not self.origin:
            return "entry"
        step = industry.segments[segment].position - industry.segments[self.origin].position
        return "backward" if step < 0 else "forward" if step > 0 else "origin"


def _reaches(industry: Industry, without: Sequence[str], groups: bool) -> list[_Reach]:
    """Gather the firms in the order of the table.

    A firm starts where the table marks it, else where its category has its home. That segment counts as covered even
    where the table leaves it out: most carmakers are named only in the segments that they entered.
    """
    routes = sorted({activity.route for activity in industry.activities if activity.route})
    for route in without:
        if route not in routes:
            raise UnknownNameError(f"unknown entry route `{route}`{nearest(route, routes)}")
    homes = {segment.home_of: segment.name for segment in industry.segments.values() if segment.home_of}
    members: dict[str, list[Activity]] = defaultdict(list)
    for activity in industry.activities:
        members[industry.group(activity.firm) if groups else activity.firm].append(activity)
    found = []
    for firm, activities in members.items():
        own = [activity for activity in activities if activity.firm == firm] or activities
        categories = tuple(dict.fromkeys(activity.category for activity in own))
        starts = [activity.segment for activity in own if activity.origin]
        starts += [homes[category] for category in categories if category in homes]
        by_segment: dict[str, list[Activity]] = defaultdict(list)
        for activity in activities:
            if activity.route not in without:
                by_segment[activity.segment].append(activity)
        if starts:
            by_segment.setdefault(starts[0], [])
        covered = {name: tuple(by_segment[name]) for name in industry.segments if name in by_segment}
        found.append(_Reach(firm, categories, starts[0] if starts else "", covered))
    return found


def activities(folder: str | Path | None = None) -> pd.DataFrame:
    """Give firms × segments × capacity: one row for each segment that a firm is active in.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        ``firm``, ``group``, ``country``, ``category``, ``segment``, ``direction`` (``origin``; ``backward`` or
        ``forward`` of it; ``entry`` for a firm from outside the chain), ``listed`` (False where the source document's
        table leaves out the firm's own segment, or the firm), ``route``, ``target``, and where the documents state one
        its latest capacity in China, ``capacity_low``, ``capacity_high``, ``capacity_unit``, ``capacity_year``,
        ``capacity_status``. Firms that have a capacity but no place in the table follow at the end, with an empty
        category and direction.

    Raises
    ------
    InputErrors
        If the tables can't be read.
    """
    industry = read_industry(folder)
    stated: dict[tuple[str, str], Capacity] = {}
    for entry in sorted(capacities(industry), key=lambda entry: entry.year or 0):
        if entry.firm:
            stated[entry.firm, entry.segment] = entry
    rows: list[tuple[Any, ...]] = []
    for reach in _reaches(industry, (), groups=False):
        for segment, found in reach.by_segment.items():
            routes, targets = (
                "; ".join(dict.fromkeys(filter(None, texts)))
                for texts in ((entry.route for entry in found), (entry.target for entry in found))
            )
            rows.append(
                (
                    *_named(industry, reach.firm),
                    *("; ".join(reach.categories), segment, reach.direction(segment, industry), bool(found)),
                    *(routes, targets, *_capacity(stated.pop((reach.firm, segment), None))),
                )
            )
    for (firm, segment), entry in stated.items():
        rows.append((*_named(industry, firm), "", segment, "", False, "", "", *_capacity(entry)))
    columns: tuple[str, ...] = (
        "firm",
        "group",
        "country",
        "category",
        "segment",
        "direction",
        "listed",
        "route",
        "target",
    )
    columns += ("capacity_low", "capacity_high", "capacity_unit", "capacity_year", "capacity_status")
    units = {"capacity_low": "see capacity_unit", "capacity_high": "see capacity_unit"}
    return frame("Firms, segments and capacities", {name: units.get(name, "") for name in columns}, rows)


def _named(industry: Industry, firm: str) -> tuple[str, str, str]:
    return firm, industry.firms[firm].group, industry.firms[firm].country


def _capacity(entry: Capacity | None) -> tuple[float, float, str, int | None, str]:
    if entry is None:
        return math.nan, math.nan, "", None, ""
    return entry.low, entry.high if math.isfinite(entry.high) else math.nan, entry.unit, entry.year, entry.status


def matrix(folder: str | Path | None = None) -> pd.DataFrame:
    """Give the source document's table of firms and segments as a matrix.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        Index: firm; columns: segments, from the mines to storage; cells: ``origin``, ``backward``, ``forward``,
        ``entry`` or empty, see `activities`.

    Raises
    ------
    InputErrors
        If the tables can't be read.
    """
    import pandas as pd

    industry = read_industry(folder)
    reaches = _reaches(industry, (), groups=False)
    table = pd.DataFrame(
        [
            [reach.direction(name, industry) if name in reach.by_segment else "" for name in industry.segments]
            for reach in reaches
        ],
        index=pd.Index([reach.firm for reach in reaches], name="firm"),
        columns=pd.Index(list(industry.segments), name="segment"),
    )
    table.attrs = {"title": "Firms in the segments of the chain", "units": {}}
    return table


def integration(folder: str | Path | None = None, *, without: Sequence[str] = (), groups: bool = False) -> pd.DataFrame:
    """Give how much of the chain each firm covers, and in which direction from where it started.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.
    without
        Entry routes that don't count as covering a segment, such as ``equity investment or M&A``.
    groups
        True counts a firm with the one that owns it, such as Brunp with CATL.

    Returns
    -------
    pandas.DataFrame
        Most integrated first: ``firm``, ``country``, ``category``, ``origin`` (segment; empty for firms from outside
        the chain), ``covered`` (segments), ``coverage`` (percent of all segments), ``backward``, ``forward``
        (segments), ``backward_share``, ``forward_share`` (percent of the segments that lie on that side of the origin;
        NaN where none does, or without an origin), ``note``. The segment a firm comes from counts as covered.

    Raises
    ------
    UnknownNameError
        If an entry route is unknown.
    InputErrors
        If the tables can't be read.
    """
    industry = read_industry(folder)
    last = len(industry.segments) - 1
    rows: list[tuple[Any, ...]] = []
    for reach in _reaches(industry, without, groups):
        directions = [reach.direction(segment, industry) for segment in reach.by_segment]
        before = industry.segments[reach.origin].position if reach.origin else 0
        after = last - before if reach.origin else 0
        back, forth = directions.count("backward"), directions.count("forward")
        rows.append(
            (
                *(reach.firm, industry.firms[reach.firm].country, "; ".join(reach.categories), reach.origin),
                *(len(directions), 100 * len(directions) / (last + 1), back, forth),
                *(100 * back / before if before else math.nan, 100 * forth / after if after else math.nan),
                industry.firms[reach.firm].remark,
            )
        )
    rows.sort(key=lambda row: (-row[4], row[0].casefold()))
    columns: tuple[str, ...] = ("firm", "country", "category", "origin", "covered", "coverage", "backward", "forward")
    columns += ("backward_share", "forward_share", "note")
    percents = ("coverage", "backward_share", "forward_share")
    units = {name: "percent" if name in percents else "" for name in columns}
    return frame("Vertical integration", units, rows)


def segments(folder: str | Path | None = None) -> pd.DataFrame:
    """Give, for each segment, how many firms are active there, where they come from and where they have their seat.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        In the order of the chain: ``segment``, ``title``, ``firms`` (each counted once), ``origin``, ``backward``,
        ``forward``, ``entry`` (how many came which way), ``foreign`` (firms with their seat abroad), ``domestic_share``
        (percent of the firms; a share of names, not of output).

    Raises
    ------
    InputErrors
        If the tables can't be read.
    """
    industry = read_industry(folder)
    reaches = _reaches(industry, (), groups=False)
    rows: list[tuple[Any, ...]] = []
    for name, segment in industry.segments.items():
        here = [reach for reach in reaches if name in reach.by_segment]
        ways = [reach.direction(name, industry) for reach in here]
        abroad = sum(not industry.firms[reach.firm].domestic for reach in here)
        share = 100 * (len(here) - abroad) / len(here) if here else math.nan
        counts = (ways.count(way) for way in ("origin", "backward", "forward", "entry"))
        rows.append((name, segment.title, len(here), *counts, abroad, share))
    columns = ("segment", "title", "firms", "origin", "backward", "forward", "entry", "foreign", "domestic_share")
    units = {name: "percent" if name == "domestic_share" else "" for name in columns}
    return frame("Firms by segment", units, rows)

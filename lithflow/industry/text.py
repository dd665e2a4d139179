"""The tables of the industry as compact text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lithflow.errors import UnknownNameError, nearest
from lithflow.industry.bounds import hhi_bounds
from lithflow.industry.capacities import ABROAD, capacity, utilisation
from lithflow.industry.places import cluster, firm_counts, provinces, regions
from lithflow.industry.reach import integration, segments
from lithflow.industry.reading import HOME
from lithflow.industry.register import notes
from lithflow.industry.shares import (
    NOT_LISTED,
    concentration,
    domestic_share,
    installed,
    printed_shares,
    world_share,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SECTIONS", "industry_text"]

Folder = str | Path | None

WIDTH = 120
MOST_INTEGRATED = 3
"""Firms that cover fewer segments are not printed one by one."""


def industry_text(sections: Sequence[str] = (), folder: Folder = None) -> str:
    """Print the tables of the industry.

    Parameters
    ----------
    sections
        Which ones, of `SECTIONS`; all unless given.
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    str
        One block a section, with an empty line between.

    Raises
    ------
    UnknownNameError
        If a section is unknown.
    InputErrors
        If the tables can't be read or contradict one another.
    """
    for name in sections:
        if name not in SECTIONS:
            raise UnknownNameError(f"unknown section `{name}`{nearest(name, SECTIONS)}")
    return "\n\n".join(SECTIONS[name](folder) for name in dict.fromkeys(sections or SECTIONS))


def _installed(folder: Folder) -> str:
    table = installed(folder)
    years = sorted(table["year"].unique())
    values = table.pivot(index="firm", columns="year", values="installed")
    shares = table.pivot(index="firm", columns="year", values="share")
    order = [
        firm for firm in values.sort_values(years[-1:] + years[-2::-1], ascending=False).index if firm != NOT_LISTED
    ]
    rows = [
        [
            firm,
            *(_number(values.loc[firm, year], 2) for year in years),
            *(_number(shares.loc[firm, year]) for year in years),
        ]
        for firm in [*order, NOT_LISTED]
    ]
    totals = [_number(values[year].sum(), 2) for year in years]
    rows.append(["all firms", *totals, *[""] * len(years)])
    head = ["maker", *(f"{year}" for year in years), *(f"% {year}" for year in years)]
    return _block("Installed in vehicles in China, by maker, GWh/year and percent", head, rows)


def _concentration(folder: Folder) -> str:
    def rows(table: pd.DataFrame) -> list[list[str]]:
        return [
            [
                *(
                    row["product"],
                    str(row["year"]),
                    f"{row['firms']} {'ranked' if row['basis'] == 'ranking' else 'joint'}",
                ),
                *(_range(row[f"CR{count}_low"], row[f"CR{count}_high"]) for count in (1, 3, 5)),
                *(_range(row["HHI_low"], row["HHI_high"], 3), row["figures"]),
            ]
            for row in table.to_dict("records")
        ]

    apart, merged = concentration(folder), concentration(folder, groups=True)
    other = [new for old, new in zip(rows(apart), rows(merged), strict=True) if old != new]
    table = [*rows(apart), *([f"{row[0]}, by group", *row[1:]] for row in other)]
    head = ["product", "year", "firms", "CR1 %", "CR3 %", "CR5 %", "HHI", "figures"]
    text = _block("Concentration: share of the largest 1, 3, 5 firms, and Herfindahl-Hirschman index", head, table)
    compared = printed_shares(folder).dropna(subset=["listed_low"])
    compared = compared[compared["difference"].abs() >= 0.05]
    lines = [
        f"  {row['figure']} prints CR{row['largest']} {row['printed']:g} % for {row['year']}, "
        f"the ranking gives {_range(row['listed_low'], row['listed_high'], 2)} %"
        for row in compared.to_dict("records")
    ]
    return "\n".join([text, *lines])


def _integration(folder: Folder) -> str:
    table = integration(folder)
    rows = [
        [
            *(row["firm"], row["origin"] or "outside", f"{row['covered']}", _number(row["coverage"])),
            *(_number(row["backward_share"]), _number(row["forward_share"])),
        ]
        for row in table[table["covered"] >= MOST_INTEGRATED].to_dict("records")
    ]
    fewer = int((table["covered"] < MOST_INTEGRATED).sum())
    rows.append([f"{fewer} more firms", "", f"under {MOST_INTEGRATED}", "", "", ""])
    head = ["firm", "comes from", "segments", "% of all", "% backward", "% forward"]
    text = _block("Vertical integration: segments covered, of all and on either side of the origin", head, rows)
    text += "".join("\n" + _wrapped(f"{row['firm']}: {row['note']}") for row in table.to_dict("records") if row["note"])
    counted = [
        [row["segment"], *(str(row[way]) for way in ("firms", "origin", "backward", "forward", "entry", "foreign"))]
        for row in segments(folder).to_dict("records")
    ]
    head = ["segment", "firms", "from here", "came backward", "came forward", "from outside", "foreign"]
    return f"{text}\n\n{_block('Firms by segment', head, counted)}"


def _domestic(folder: Folder) -> str:
    rows = [
        [
            *(f"installed in China: {row['product']}", str(row["year"])),
            *(_range(row["domestic_low"], row["domestic_high"]), row["figures"]),
        ]
        for row in domestic_share(folder).to_dict("records")
    ]
    text = _block("Share of firms with their seat in China, percent", ["product", "year", "share", "figures"], rows)
    world = [
        [row["product"], str(row["year"]), _range(row["share_low"], row["share_high"]), row["figure"]]
        for row in world_share(folder).to_dict("records")
    ]
    return f"{text}\n\n{_block('Share of China in the world, percent', ['product', 'year', 'share', 'figure'], world)}"


def _capacity(folder: Folder) -> str:
    rows = [
        [
            *(_named(row["firm"], row["place"]), row["product"], _year(row["year"]), row["status"]),
            *(_range(row["capacity_low"], row["capacity_high"]), row["unit"], row["figures"]),
        ]
        for row in capacity(folder).to_dict("records")
    ]
    head = ["firm", "product", "year", "status", "capacity", "unit", "figures"]
    return _block("Capacity as stated; sites are part of the whole of a firm", head, rows)


def _named(firm: str, place: str) -> str:
    return (firm or "all firms") + ("" if place == HOME else f", {place.removeprefix(ABROAD)}")


def _utilisation(folder: Folder) -> str:
    rows = [
        [
            *(row["firm"] or "all firms", row["product"], str(row["year"])),
            *(_range(row["output_low"], row["output_high"]), _range(row["capacity_low"], row["capacity_high"])),
            *(row["capacity_is"], _range(row["utilisation_low"], row["utilisation_high"])),
            *(_range(row["overcapacity_low"], row["overcapacity_high"]), row["unit"]),
        ]
        for row in utilisation(folder).to_dict("records")
    ]
    head = ["firm", "product", "year", "output", "capacity", "", "used %", "overcapacity", "unit"]
    text = _block("Utilisation where an output is known", head, rows)
    return text + "\n  the output of single makers is what was installed in vehicles in China: they made at least that"


def _places(folder: Folder) -> str:
    by_region, by_province = regions(folder), provinces(folder)
    rows = [
        [
            *(
                row["region"].removesuffix(" China"),
                str(row["firms"]),
                _number(row["share"]),
                _number(row["share_printed"], 2),
            ),
            ", ".join(
                f"{one['province']} {one['firms']}"
                for one in by_province[by_province["region"] == row["region"]].to_dict("records")
            ),
        ]
        for row in by_region.to_dict("records")
    ]
    rows.append(["China", str(by_region["firms"].sum()), "", "", ""])
    title = f"Makers of power batteries by region and province, {by_region['year'].iloc[0]}"
    text = _block(title, ["region", "firms", "%", "printed", "provinces"], rows)
    hhi, _ = hhi_bounds(list(by_province["share"] / 100))
    text += f"\n  HHI over provinces {hhi:.3f}, as of {1 / hhi:.1f} provinces of one size"
    table = cluster(folder)
    covered = (table != "").sum()
    here = ", ".join(f"{section} {count}" for section, count in covered.items() if count)
    empty = ", ".join(str(section) for section, count in covered.items() if not count)
    text += "\n" + _wrapped(f"Huizhou, {len(table)} firms: {here}; none named: {empty}")
    counts = [
        [*(row["what"], row["place"], str(row["year"]), f"{row['reading']} {row['firms']}".strip(), row["figure"])]
        for row in firm_counts(folder).to_dict("records")
        if row["place"] not in set(by_region["region"])
    ]
    return f"{text}\n\n{_block('Numbers of firms', ['what', 'place', 'year', 'firms', 'figure'], counts)}"


def _notes(folder: Folder) -> str:
    rows = notes(folder).to_dict("records")
    return "\n".join(
        [
            "What can't be right as printed",
            *(_wrapped(f"{r['inconsistency']} ({r['figures']}): {r['note']}") for r in rows),
        ]
    )


SECTIONS: dict[str, Callable[[Folder], str]] = {
    "installed": _installed,
    "concentration": _concentration,
    "integration": _integration,
    "domestic": _domestic,
    "capacity": _capacity,
    "utilisation": _utilisation,
    "places": _places,
    "notes": _notes,
}
"""What can be printed, by name."""


def _block(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table: columns of numbers to the right, the others to the left."""
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    left = [any(cell[:1].isalpha() or cell[:1] == "(" for cell in column[1:]) for column in columns]
    lines = [
        "  "
        + "  ".join(
            cell.ljust(width) if to else cell.rjust(width) for cell, width, to in zip(row, widths, left, strict=True)
        )
        for row in (head, *rows)
    ]
    return "\n".join([title, *(line.rstrip() for line in lines)])


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _number(number: float, digits: int = 1) -> str:
    return "-" if number != number else f"{number:,.{digits}f}"


def _range(low: float, high: float, digits: int = 1) -> str:
    """Show least and most, once where they look alike; a missing upper bound as "and more"."""
    if low >= 1000:
        digits = 0
    first, last = f"{low:,.{digits}f}", f"{high:,.{digits}f}"
    if high != high:
        return f">{first}"
    return first if first == last else f"{first}-{last}"


def _year(year: object) -> str:
    return str(year) if isinstance(year, int) else "-"

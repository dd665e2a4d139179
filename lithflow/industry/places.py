"""Where the makers of batteries are: provinces, regions, one cluster, and how many firms there were."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lithflow.industry.frames import cited, frame, noted
from lithflow.industry.reading import Cells, Figure, read_industry

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cluster", "firm_counts", "provinces", "regions"]


def provinces(folder: str | Path | None = None) -> pd.DataFrame:
    """Give the makers of power batteries by province.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        Most firms first: ``province``, ``region``, ``year``, ``firms``, ``share`` (percent of the firms of all
        provinces), ``share_of_region`` (percent).

    Raises
    ------
    InputErrors
        If the tables can't be read.
    """
    rows = read_industry(folder).provinces
    total = sum(_firms(row) for row in rows)
    of_region: dict[str, float] = defaultdict(float)
    for row in rows:
        of_region[row["region"]] += _firms(row)
    counted = [
        (
            *(row["province"], row["region"], int(row["year"]), int(_firms(row))),
            *(_percent(_firms(row), total), _percent(_firms(row), of_region[row["region"]])),
        )
        for row in sorted(rows, key=lambda row: (-_firms(row), row["province"]))
    ]
    units = {"share": "percent", "share_of_region": "percent"}
    columns = ("province", "region", "year", "firms", "share", "share_of_region")
    return frame("Makers of power batteries by province", {name: units.get(name, "") for name in columns}, counted)


def regions(folder: str | Path | None = None) -> pd.DataFrame:
    """Give the makers of power batteries by region, beside what the document prints.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        Most firms first: ``region``, ``year``, ``provinces`` (how many have a firm), ``firms``, ``printed`` (the
        printed number of firms), ``share`` (percent of the firms of all provinces), ``share_printed`` (percent; NaN
        where none is printed), ``figures``, ``note``.

    Raises
    ------
    InputErrors
        If the tables can't be read.
    """
    industry = read_industry(folder)
    by_region: dict[str, list[Cells]] = defaultdict(list)
    for row in industry.provinces:
        by_region[row["region"]].append(row)
    about: dict[str, list[Figure]] = defaultdict(list)
    for figure in industry.of("firm_count"):
        about[figure.place].append(figure)
    total = sum(_firms(row) for row in industry.provinces)
    rows: list[tuple[Any, ...]] = []
    for region, found in by_region.items():
        firms = sum(_firms(row) for row in found)
        printed = found[0]["region_share_printed"].removesuffix("%")
        rows.append(
            (
                *(region, int(found[0]["year"]), len(found), int(firms), int(float(found[0]["region_total_printed"]))),
                *(_percent(firms, total), float(printed) if printed else math.nan),
                *(cited(about[region]), noted(about[region])),
            )
        )
    rows.sort(key=lambda row: (-row[3], row[0]))
    units = {"share": "percent", "share_printed": "percent"}
    columns = ("region", "year", "provinces", "firms", "printed", "share", "share_printed", "figures", "note")
    return frame("Makers of power batteries by region", {name: units.get(name, "") for name in columns}, rows)


def _firms(row: Cells) -> float:
    return float(row["companies"])


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else math.nan


def firm_counts(folder: str | Path | None = None) -> pd.DataFrame:
    """Give how many firms the documents count.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        ``segment``, ``what``, ``place``, ``year``, ``firms``, ``reading`` (``about``, ``at least`` or empty),
        ``document``, ``figure``, ``note``. Two counts may not mean the same firms: see the notes.

    Raises
    ------
    InputErrors
        If the tables can't be read.
    """
    columns = ("segment", "what", "place", "year", "firms", "reading", "document", "figure", "note")
    return frame(
        "Numbers of firms",
        dict.fromkeys(columns, ""),
        (
            (
                *(figure.segment, figure.product, figure.place, figure.year, int(figure.value), figure.reading),
                *(figure.seed.document, figure.seed.id, noted([figure])),
            )
            for figure in read_industry(folder).of("firm_count")
        ),
    )


def cluster(folder: str | Path | None = None) -> pd.DataFrame:
    """Give the firms of the Huizhou cluster by section of the chain.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    pandas.DataFrame
        Index: firm; columns: sections, from ore to recycling; cells: what the firm makes, empty where nothing. Remarks
        on firms stand in ``attrs["notes"]``. ``(cluster() != "").sum()`` counts the firms of each section.

    Raises
    ------
    InputErrors
        If the tables can't be read.
    """
    import pandas as pd

    rows = read_industry(folder).cluster
    sections = [name for name in (rows[0] if rows else ()) if name not in ("firm", "note")]
    table = pd.DataFrame(
        [[row[name] for name in sections] for row in rows],
        index=pd.Index([row["firm"] for row in rows], name="firm"),
        columns=pd.Index(sections, name="section"),
    )
    table.attrs = {
        "title": "Firms of the Huizhou cluster",
        "units": {},
        "notes": {row["firm"]: row["note"] for row in rows if row["note"]},
    }
    return table

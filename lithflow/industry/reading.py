"""The tables of firms, segments and figures, read from the seeds and checked against one another."""

from __future__ import annotations

import csv
import functools
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lithflow.errors import InputErrors, Problem, nearest
from lithflow.inputs.folders import Layers, shipped_folder
from lithflow.inputs.numbers import as_number
from lithflow.inputs.seeds import Seed, load_seeds

__all__ = ["HOME", "Activity", "Figure", "Firm", "Industry", "Segment", "read_industry"]

COLUMNS = {
    "industry_segments.csv": ("segment", "title", "home_of"),
    "industry_firms.csv": ("firm", "also_named", "country", "group", "basis", "remark"),
    "industry_figures.csv": (
        "figure",
        "measure",
        "segment",
        "product",
        "firm",
        "place",
        "year",
        "unit",
        "reading",
        "largest",
        "status",
        "remark",
    ),
    "seed_firm_segments.csv": ("firm", "firm_category", "segment", "origin_segment", "entry_route", "target"),
    "seed_province_counts.csv": (
        "region",
        "province",
        "companies",
        "region_total_printed",
        "region_share_printed",
        "year",
    ),
    "seed_huizhou_cluster.csv": ("firm", "note"),
}
MEASURES = (
    "installed",
    "output",
    "capacity",
    "utilisation",
    "top_share",
    "world_share",
    "firm_count",
    "employees",
    "founded",
    "mention",
)
READINGS = ("", "about", "at least", "at most", "low", "high")
RANKS = re.compile(r"ranks (\d+)-(\d+)\Z")

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Segment:
    """One segment of the value chain.

    Parameters
    ----------
    name
        The short name that all tables use, such as ``cells``.
    title
        Its name in the source document.
    position
        Its place in the chain, counted from 0 at the mines.
    home_of
        The category of firms that starts here; empty where none does.
    """

    name: str
    title: str
    position: int
    home_of: str


@dataclass(frozen=True)
class Firm:
    """A firm.

    Parameters
    ----------
    name
        The name that all tables use.
    country
        Where it has its seat.
    group
        The firm that owns it; its own name where none is known.
    basis
        Where seat and owner are stated.
    remark
        How it is counted, or where the source document contradicts itself; may be empty.
    """

    name: str
    country: str
    group: str
    basis: str
    remark: str

    @property
    def domestic(self) -> bool:
        """Whether its seat is in China."""
        return self.country == HOME


HOME = "China"


@dataclass(frozen=True)
class Activity:
    """One firm in one segment, as one cell of the source document's table says it.

    Parameters
    ----------
    firm, category, segment
        Who, what kind of firm, where.
    origin
        Whether the table marks the segment as the one the firm comes from.
    route
        How it came in: ``own battery firm``, ``joint venture with LIB maker``, ``equity investment or M&A``; may be
        empty.
    target
        The firm bought into; may be empty.
    """

    firm: str
    category: str
    segment: str
    origin: bool
    route: str
    target: str


@dataclass(frozen=True)
class Figure:
    """A figure of the source documents with what it is about.

    Parameters
    ----------
    seed
        The figure as printed.
    measure
        ``installed``, ``output``, ``capacity``, ``utilisation``, ``top_share``, ``world_share``, ``firm_count``,
        ``employees``, ``founded`` or ``mention``.
    segment, product, firm, place
        What it is about; an empty firm means all firms of the place.
    year
        Year it holds for; None where none is named.
    unit
        Unit of the value.
    reading
        How it was printed: empty, ``about``, ``at least``, ``at most``, or one end of a range, ``low`` or ``high``.
    largest
        Of a top share: how many firms hold it.
    status
        Of a capacity: ``planned``, ``built`` and so on.
    remark
        How the figure is read here.
    value
        The number, in `unit`.
    """

    seed: Seed
    measure: str
    segment: str
    product: str
    firm: str
    place: str
    year: int | None
    unit: str
    reading: str
    largest: int
    status: str
    remark: str
    value: float


@dataclass(frozen=True)
class Industry:
    """All tables, read and checked.

    Parameters
    ----------
    segments
        By name, from the mines to storage.
    firms
        By the name that all tables use.
    names
        From every printed name to the one that all tables use.
    figures
        In the order of the file.
    activities
        Firms in segments.
    provinces, cluster
        Rows of the tables of provinces and of the Huizhou cluster.
    """

    segments: Mapping[str, Segment]
    firms: Mapping[str, Firm]
    names: Mapping[str, str]
    figures: tuple[Figure, ...]
    activities: tuple[Activity, ...]
    provinces: tuple[Cells, ...]
    cluster: tuple[Cells, ...]

    def of(self, *measures: str) -> list[Figure]:
        """Give the figures of some measures."""
        return [figure for figure in self.figures if figure.measure in measures]

    def group(self, firm: str) -> str:
        """Give the group of a firm; a name that stands for several firms is its own."""
        return self.firms[firm].group if firm in self.firms else firm


def read_industry(folder: str | Path | None = None) -> Industry:
    """Read the tables of the battery industry.

    Parameters
    ----------
    folder
        Folder that holds the seeds; None for the shipped one.

    Returns
    -------
    Industry
        The tables; the same object for the same folder.

    Raises
    ------
    InputErrors
        If a file or a column is missing, a figure has no number, a number can't be read, or a name is unknown or
        doubled.
    """
    return _read(Path(folder) if folder is not None else shipped_folder("seeds"))


@functools.lru_cache(maxsize=8)
def _read(folder: Path) -> Industry:
    problems: list[Problem] = []
    files = {name: _rows(folder, name, problems) for name in COLUMNS}
    if problems:
        raise InputErrors(problems)
    segments = _segments(files["industry_segments.csv"])
    firms, names = _firms(files["industry_firms.csv"], problems)
    industry = Industry(
        segments,
        firms,
        names,
        tuple(_figures(files["industry_figures.csv"], load_seeds(folder), segments, names, problems)),
        tuple(_activities(files["seed_firm_segments.csv"], segments, names, problems)),
        tuple(_counted(files["seed_province_counts.csv"], problems)),
        tuple(_clustered(files["seed_huizhou_cluster.csv"], names, problems)),
    )
    if problems:
        raise InputErrors(problems)
    return industry


@dataclass(frozen=True)
class _Row:
    """One row of a file and where it stands."""

    file: str
    line: int
    cells: Cells

    def problem(self, text: str, path: str = "") -> Problem:
        return Problem(self.file, self.line, 1, path, text)


def _rows(folder: Path, file: str, problems: list[Problem]) -> list[_Row]:
    text = Layers((folder,)).read(0, file, problems)
    if text is None:
        return []
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in COLUMNS[file] if name not in (reader.fieldnames or ())]
    if missing:
        problems.append(Problem(file, 1, 1, "", f"the column {', '.join(missing)} is missing"))
        return []
    return [_Row(file, reader.line_num, {key: value or "" for key, value in cells.items() if key}) for cells in reader]


def _segments(rows: list[_Row]) -> dict[str, Segment]:
    return {
        row.cells["segment"]: Segment(row.cells["segment"], row.cells["title"], position, row.cells["home_of"])
        for position, row in enumerate(rows)
    }


def _firms(rows: list[_Row], problems: list[Problem]) -> tuple[dict[str, Firm], dict[str, str]]:
    firms: dict[str, Firm] = {}
    names: dict[str, str] = {}
    for row in rows:
        name = row.cells["firm"]
        firms[name] = Firm(
            name, row.cells["country"], row.cells["group"] or name, row.cells["basis"], row.cells["remark"]
        )
        for printed in (name, *filter(None, row.cells["also_named"].split("|"))):
            if printed in names:
                problems.append(row.problem(f"the name `{printed}` stands for two firms", name))
            names[printed] = name
    known = Counter(firm.name for firm in firms.values())
    for row in rows:
        group = row.cells["group"]
        if group and group not in known:
            problems.append(row.problem(f"unknown firm `{group}`{nearest(group, known)}", row.cells["firm"]))
    return firms, names


def _figures(
    rows: list[_Row],
    seeds: Mapping[str, Seed],
    segments: Mapping[str, Segment],
    names: Mapping[str, str],
    problems: list[Problem],
) -> Iterator[Figure]:
    for row in rows:
        cells = row.cells
        seed = seeds.get(cells["figure"])
        wrong = [
            f"unknown {what} `{got}`{nearest(got, known)}"
            for what, got, known in (
                ("measure", cells["measure"], MEASURES),
                ("reading", cells["reading"], READINGS),
                ("segment", cells["segment"], ["", *segments]),
            )
            if got not in known
        ]
        if seed is None:
            wrong.append(f"there is no figure `{cells['figure']}` in the seeds")
        elif seed.value is None:
            wrong.append(f"the figure {seed.id} has no number")
        elif cells["measure"] == "utilisation" and seed.value <= 0:
            wrong.append(f"expected a utilisation above 0, got {seed.value:g}")
        firm = names.get(cells["firm"], cells["firm"])
        if firm and firm not in names and not RANKS.match(firm):
            wrong.append(f"unknown firm `{firm}`{nearest(firm, names)}")
        year = _whole(cells["year"], "year", wrong)
        largest = _whole(cells["largest"], "number of firms", wrong)
        if cells["measure"] == "top_share" and not largest:
            wrong.append("a top share needs the number of firms in `largest`")
        problems += [row.problem(text, cells["figure"]) for text in wrong]
        if seed is not None and seed.value is not None and not wrong:
            yield Figure(
                seed,
                cells["measure"],
                cells["segment"],
                cells["product"],
                firm,
                cells["place"],
                year,
                cells["unit"],
                cells["reading"],
                largest or 0,
                cells["status"],
                cells["remark"],
                seed.value,
            )


def _whole(text: str, what: str, wrong: list[str]) -> int | None:
    if text == "":
        return None
    number, problem = as_number(text)
    if problem or number != int(number):
        wrong.append(f"expected a {what}, got `{text}`")
        return None
    return int(number)


def _activities(
    rows: list[_Row], segments: Mapping[str, Segment], names: Mapping[str, str], problems: list[Problem]
) -> Iterator[Activity]:
    titles = {segment.title: segment.name for segment in segments.values()}
    for row in rows:
        cells = row.cells
        if _known(row, "firm", names, problems) and _known(row, "segment", titles, problems):
            yield Activity(
                names[cells["firm"]],
                cells["firm_category"],
                titles[cells["segment"]],
                cells["origin_segment"] == "yes",
                cells["entry_route"],
                names.get(cells["target"], cells["target"]),
            )


def _known(row: _Row, column: str, known: Mapping[str, str], problems: list[Problem]) -> bool:
    name = row.cells[column]
    if name not in known:
        problems.append(row.problem(f"unknown {column} `{name}`{nearest(name, known)}"))
    return name in known


def _counted(rows: list[_Row], problems: list[Problem]) -> Iterator[Cells]:
    number: Callable[[str], tuple[float, str | None]] = as_number
    for row in rows:
        for column in ("companies", "region_total_printed", "year", "region_share_printed"):
            text = row.cells[column].removesuffix("%")
            _, problem = number(text)
            if problem and (text or column != "region_share_printed"):
                problems.append(row.problem(f"{column}: {problem}", row.cells["province"]))
        yield row.cells


def _clustered(rows: list[_Row], names: Mapping[str, str], problems: list[Problem]) -> Iterator[Cells]:
    for row in rows:
        if _known(row, "firm", names, problems):
            yield {**row.cells, "firm": names[row.cells["firm"]]}

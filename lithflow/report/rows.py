"""Reading the statements that a run is held against, with every problem at its place."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from lithflow.arrays import value
from lithflow.errors import InputErrors, Problem, nearest
from lithflow.inputs.folders import Layers, shipped_folder
from lithflow.inputs.reading import Node, read_yaml
from lithflow.inputs.reporting import Reporter, validated
from lithflow.inputs.seeds import load_seeds
from lithflow.inputs.sources import SEED, unknown_source
from lithflow.report.figures import Figure, document_figures, known_sources, published_figures
from lithflow.report.statements import Correction, Factor, Row, Series
from lithflow.units import Q_, Quantity, UnitError, conversion, same_dimension

__all__ = ["Figures", "product", "read_comparison", "read_observations", "stated"]

Figures = Mapping[str, Figure]


def read_comparison(folder: str | Path | None = None) -> tuple[Row, ...]:
    """Read the statements of the two source documents.

    Parameters
    ----------
    folder
        Folder that holds ``comparison.yaml`` and ``seed_figures.csv``; None for the shipped one.

    Returns
    -------
    tuple of Row
        In the order of the file.

    Raises
    ------
    InputErrors
        If the file can't be read, cites a figure or source that doesn't exist, or a unit doesn't fit; every problem
        with its place.
    """
    return _comparison(_folder(folder))


def read_observations(folder: str | Path | None = None) -> tuple[Row, ...]:
    """Read the published observations.

    Parameters
    ----------
    folder
        Folder that holds ``observations.yaml``, ``observations.csv`` and ``seed_figures.csv``; None for the shipped
        one. A figure of the documents is cited as ``seed:ID``.

    Returns
    -------
    tuple of Row
        One a figure, in the order of the file; its id is that of the series and the year.

    Raises
    ------
    InputErrors
        As `read_comparison`.
    """
    return _observations(_folder(folder))


def _folder(folder: str | Path | None) -> Path:
    return Path(folder) if folder is not None else shipped_folder("seeds")


@functools.lru_cache(maxsize=4)
def _comparison(folder: Path) -> tuple[Row, ...]:
    figures = document_figures(folder)
    cited = {SEED + name: figure for name, figure in figures.items()}
    problems: list[Problem] = []
    reader = _Reader("comparison.yaml", folder, problems, figures, cited)
    for name, node in reader.entries():
        row = validated(Row, node, reader.reporter, name)
        if row is not None:
            reader.accept(row.model_copy(update={"id": name}), node, name)
    return reader.rows()


@functools.lru_cache(maxsize=4)
def _observations(folder: Path) -> tuple[Row, ...]:
    cited = {SEED + name: figure for name, figure in document_figures(folder).items()}
    figures = {**published_figures(folder), **cited}
    problems: list[Problem] = []
    reader = _Reader("observations.yaml", folder, problems, figures, figures)
    for name, node in reader.entries():
        series = validated(Series, node, reader.reporter, name)
        for figure in series.figures if series is not None else ():
            if figure not in figures:
                reader.reporter.add(node, name, f"there is no figure `{figure}`{nearest(figure, figures)}")
                continue
            year = figures[figure].year
            if year is None:
                reader.reporter.add(node, name, f"`{figure}` has no single year")
                continue
            assert series is not None, "it has figures"
            try:
                reader.accept(_row(series, f"{name}_{year}", figure, year), node, name)
            except ValidationError as error:
                for item in error.errors(include_url=False):
                    reader.reporter.add(node, name, str(item["msg"]).removeprefix("Value error, "))
    return reader.rows()


def _row(series: Series, name: str, figure: str, year: int) -> Row:
    """Make the row of one of a series' figures."""
    shared = {field: getattr(series, field) for field in Series.model_fields if field != "figures"}
    shared["corrections"] = [each for each in series.corrections if not each.years or year in each.years]
    return Row(id=name, year=year, figure=figure, **shared)


class _Reader:
    """Collects the rows of one file and what is wrong with them."""

    def __init__(self, file: str, folder: Path, problems: list[Problem], figures: Figures, cited: Figures) -> None:
        self.reporter = Reporter(file, problems)
        self._folder, self._figures, self._cited = folder, figures, cited
        self._seeds = load_seeds(folder)
        self._rows: list[Row] = []

    def entries(self) -> list[tuple[str, Node]]:
        """Give the entries of the file."""
        text = Layers((self._folder,)).read(0, self.reporter.file, self.reporter.problems)
        top = read_yaml(text, self.reporter.file, self.reporter.problems) if text is not None else None
        return [(name, node) for name, _, node in top or ()]

    def accept(self, row: Row, node: Node, name: str) -> None:
        """Check what a row cites and its units, and keep it."""
        before = self.reporter.count
        for figure in row.figures:
            if figure not in self._figures or not self._figures[figure].value:
                known = nearest(figure, self._figures)
                self.reporter.add(node, name, f"there is no number `{figure}` in the seeds{known}")
        corrections = [self._resolved(correction, node, name) for correction in row.corrections]
        if self.reporter.count != before:
            return
        row = row.model_copy(update={"corrections": corrections})
        try:
            stated(row, self._figures)
            for correction in corrections:
                size = product([(Q_(1.0, factor.unit), factor.per) for factor in correction.size])
                value(size, correction.unit or row.unit, "correction")
        except UnitError as error:
            self.reporter.add(node, name, str(error))
        else:
            self._rows.append(row)

    def _resolved(self, correction: Correction, node: Node, name: str) -> Correction:
        """Put the numbers of figures in their place, and check the sources of the others."""
        size = []
        for factor in correction.size:
            if factor.figure is not None:
                factor = self._with_number(factor, factor.figure, node, name)
            elif factor.source is not None and (problem := unknown_source(factor.source, known_sources(), self._seeds)):
                self.reporter.add(node, name, problem)
            size.append(factor)
        return correction.model_copy(update={"size": size})

    def _with_number(self, factor: Factor, cited: str, node: Node, name: str) -> Factor:
        figure = self._cited.get(cited)
        if figure is None or figure.value is None or figure.unit is None:
            self.reporter.add(node, name, f"there is no number `{cited}`{nearest(cited, self._cited)}")
            return factor
        if figure.status == "unverified":
            self.reporter.add(node, name, f"`{cited}` is unverified and can't size a correction")
        try:
            number = figure.value * conversion(figure.unit, factor.unit, cited)
        except UnitError as error:
            self.reporter.add(node, name, str(error))
            return factor
        return factor.model_copy(update={"value": number, "source": figure.source})

    def rows(self) -> tuple[Row, ...]:
        """Give the rows, or raise what is wrong."""
        if self.reporter.problems:
            raise InputErrors(self.reporter.problems)
        return tuple(self._rows)


def stated(row: Row, figures: Figures, figure: str | None = None) -> float:
    """Give what was published, in the row's unit.

    Parameters
    ----------
    row
        The row.
    figures
        The figures by id.
    figure
        Another of the row's figures than its first.

    Returns
    -------
    float
        The figure, or, where the row names a growth, what it was a year earlier.

    Raises
    ------
    UnitError
        If the figure's unit can't be read, or doesn't fit the row's.
    """
    chosen = figures[figure or row.figure]
    unit = row.read_as or chosen.unit
    if unit is None:
        raise UnitError(f"{chosen.id}: `{chosen.printed_unit}` is not a unit; say in `read_as` how it is read")
    # documents give a year's flow in plain tonnes or GWh
    per_year = f"{unit}/year"
    unit = per_year if not same_dimension(unit, row.unit) and same_dimension(per_year, row.unit) else unit
    number = float(chosen.value or 0.0) * conversion(unit, row.unit, chosen.id)
    if row.growth is None:
        return number
    growth = figures[row.growth]
    return number / (1.0 + float(growth.value or 0.0) * conversion(growth.unit or "1", "1", growth.id))


def product(factors: list[tuple[Quantity, bool]]) -> Quantity:
    """Multiply quantities; True beside one divides by it."""
    result = Q_(1.0, "1")
    for quantity, divides in factors:
        result = result / quantity if divides else result * quantity
    return result

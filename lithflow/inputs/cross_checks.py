"""Checks that need more than one parameter."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lithflow.errors import Problem
from lithflow.inputs.dimensions import Dimensions
from lithflow.inputs.records import Record
from lithflow.inputs.values import Labels

__all__ = ["cross_checks", "observed_years"]

FORMULA = "materials.cathode_formula"
VOLTAGE = "materials.cell_voltage"
CATHODE = "materials.cathode_per_kwh"
REGISTRATIONS = "fleet.registrations"
RESERVE_YEAR = "mining.reserve_year"
OBSERVED = (REGISTRATIONS, "mining.output", "trade.salt_imports")
"""Parameters that drive the chain up to the last observed year."""


def cross_checks(
    records: Mapping[str, Record], labels: Labels, years: NDArray[np.int64], problems: list[Problem]
) -> None:
    """Check parameters against one another.

    Parameters
    ----------
    records
        Every parameter that was read.
    labels
        Labels of every dimension.
    years
        Model years.
    problems
        Where problems go.
    """
    if all(name in records for name in (FORMULA, VOLTAGE, CATHODE)):
        _faraday(records[FORMULA], records[VOLTAGE], records[CATHODE], labels, years, problems)
    _correlations(records, problems)


def observed_years(records: Mapping[str, Record], dimensions: Dimensions, problems: list[Problem]) -> None:
    """Warn where the years called observed have no data, or where data lie before the first model year.

    Parameters
    ----------
    records
        Every parameter that was read.
    dimensions
        Labels and years.
    problems
        Where warnings go.
    """
    years = dimensions.years
    for name in OBSERVED:
        dated = [leaf.year for leaf in records[name].written if leaf.year is not None] if name in records else []
        if not dated:
            continue
        place = records[name].table or records[name].file
        if years.last_observed > max(dated):
            text = (
                f"{years.last_observed} is called observed, but {name} ({place}) ends in {max(dated)}; "
                f"its last value is taken for the years after"
            )
            problems.append(Problem(*dimensions.years_place, "years.last_observed", text, True))
        if name == REGISTRATIONS and years.first > min(dated):
            text = (
                f"{name} ({place}) starts in {min(dated)}; vehicles and batteries of the years before "
                f"{years.first} are left out"
            )
            problems.append(Problem(*dimensions.years_place, "years.first", text, True))
    reserves = records.get(RESERVE_YEAR)
    if reserves is not None and (stated := float(reserves.array)) > years.last_observed:
        text = (
            f"reserves are stated as of {stated:g}, after the last observed year {years.last_observed}; mines aren't "
            "limited by them until then"
        )
        problems.append(Problem(reserves.file, reserves.line, 1, RESERVE_YEAR, text, True))


def _faraday(
    formula: Record, voltage: Record, cathode: Record, labels: Labels, years: NDArray[np.int64], problems: list[Problem]
) -> None:
    """Check that a kWh holds the lithium that its charge needs: 3.6e6·M/(V·F); cathodes without lithium are exempt."""
    from lithflow.chemistry import FormulaError, atoms, content, faraday_floor

    if not isinstance(formula.texts, dict) or cathode.declaration.dims[-1] != "chemistry":
        return
    for number, chemistry in enumerate(labels["chemistry"]):
        text = formula.texts[chemistry]
        try:
            lithium = content(text) if "Li" in atoms(text) else 0.0
        except FormulaError as error:
            problems.append(_at(formula, number, f"{FORMULA}.{chemistry}", str(error)))
            continue
        volts = float(voltage.array[..., number].min())
        if lithium == 0.0 or volts <= 0.0:
            continue
        floor = float(faraday_floor(volts))
        # canonical: t of cathode per kWh
        held = cathode.array[..., number] * 1e3 * lithium
        worst = int(np.argmin(held))
        if held.flat[worst] < floor:
            text = (
                f"{held.flat[worst]:.4f} kg Li/kWh in {years[worst]} is below the Faraday floor of "
                f"{floor:.4f} kg Li/kWh at {volts:g} V; is the mass, or the formula, wrong?"
            )
            problems.append(_at(cathode, number, f"{CATHODE}.{chemistry}", text))


def _correlations(records: Mapping[str, Record], problems: list[Problem]) -> None:
    """Check that correlations name parameters which have a range themselves."""
    from lithflow.errors import nearest

    ranged = [name for name, record in records.items() if record.uncertainty is not None]
    for name, record in records.items():
        for other in record.uncertainty.correlated_with if record.uncertainty is not None else ():
            path = f"{name}.uncertainty.correlated_with"
            if other == name:
                text = "a parameter is not correlated with itself"
            elif other in records and other not in ranged:
                text = f"`{other}` has no range, so nothing can be correlated with it"
            elif other not in records:
                text = f"unknown parameter `{other}`{nearest(other, ranged)}"
            else:
                continue
            problems.append(Problem(record.file, record.line, 1, path, text))


def _at(record: Record, position: int, path: str, text: str) -> Problem:
    """Place a problem at the value that was written for a chemistry."""
    for leaf in record.written:
        if position in leaf.chosen.get("chemistry", [position]) and leaf.node.line and record.table is None:
            return Problem(record.file, leaf.node.line, leaf.node.column, path, text)
    return Problem(record.file, record.line, 1, path, text)

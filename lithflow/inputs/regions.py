"""Parameters that differ by region: laid side by side, and trade between regions checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lithflow.errors import InputError
from lithflow.inputs.completing import Texts
from lithflow.inputs.dimensions import PARTNER
from lithflow.inputs.values import Labels

if TYPE_CHECKING:
    from lithflow.inputs.scenarios import Scenario

__all__ = ["PARTNER_SHARES", "partner_problem", "refuse_partners", "side_by_side"]

Floats = NDArray[np.float64]
Value = Floats | Texts
PARTNER_SHARES = ("trade.import_partner_share", "trade.export_partner_share")
ROUNDING = 1e-9
"""Shares of partners may sum to more than one by as much."""


def side_by_side(name: str, values: Mapping[str, Value]) -> tuple[Value, bool]:
    """Lay the values of a parameter in all regions side by side.

    Parameters
    ----------
    name
        The parameter.
    values
        Region to its values, in order.

    Returns
    -------
    tuple
        The values with the region last, and True; or, where all regions have the same, those of one, and False.

    Raises
    ------
    InputError
        If a text differs by region.
    """
    every = list(values.values())
    arrays = [value for value in every if isinstance(value, np.ndarray)]
    if not arrays:
        if any(value != every[0] for value in every):
            raise InputError(f"{name}: a text can't differ by region, as what is traded is the same everywhere")
        return every[0], False
    if all(np.array_equal(array, arrays[0]) for array in arrays):
        return arrays[0], False
    return np.stack(arrays, axis=-1), True


def partner_problem(shares: Floats, region: str, labels: Labels, years: NDArray[np.int64]) -> str | None:
    """Check the shares of the partners of a region.

    Parameters
    ----------
    shares
        (year, stage, partner).
    region
        The region whose partners they are.
    labels, years
        What the model expects.

    Returns
    -------
    str or None
        What is wrong: the region is its own partner, or shares sum to more than one.
    """
    partners = labels[PARTNER]
    if region in partners and shares[:, :, partners.index(region)].any():
        return f"{region} is a partner of itself; leave it out among its own partners"
    total = shares.sum(axis=2)
    if (total > 1.0 + ROUNDING).any():
        year, stage = np.argwhere(total > 1.0 + ROUNDING)[0]
        return (
            f"partners of {region} come to {total[year, stage]:.6g} of {labels['trade_stage'][stage]} in {years[year]}"
            "; expected 1 at most"
        )
    return None


def refuse_partners(
    scenario: Scenario,
    values: Mapping[str, Mapping[str, Value]],
    labels: Labels,
    years: NDArray[np.int64],
) -> None:
    """Note wrong shares of partners where the scenario states them.

    Parameters
    ----------
    scenario
        A scenario with regions.
    values
        Region to the parameters that are changed in it.
    labels, years
        What the model expects.
    """
    for name in PARTNER_SHARES:
        for region, changed in values.items():
            shares = changed.get(name)
            problem = partner_problem(shares, region, labels, years) if isinstance(shares, np.ndarray) else None
            if problem:
                last = [change for change in scenario.regions[region] if change.name == name][-1]
                last.reporter.add(last.place, last.written_path, problem)

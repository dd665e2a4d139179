"""Mining: the ore and brine behind what home mines deliver, and what is left in the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting

__all__ = ["Mines", "brine_recovery", "open_mines", "run_mining"]


@dataclass(frozen=True)
class Mines:
    """What home mines can deliver, t Li/year.

    Parameters
    ----------
    capacity
        Mines in operation and the expected part of projects, (year, resource).
    projects
        The part of projects, (year, resource, province).
    """

    capacity: xr.DataArray
    projects: xr.DataArray


def open_mines(p: Setting) -> Mines:
    """Add the expected capacity of projects to that of mines in operation.

    A project starts in its year, grows evenly to its full size over its ramp, and counts with its probability.
    """
    since = _years(p) - p["mining.project_start"]
    ramp = (since + p.axes.wrap(1.0, (), "year")) / p["mining.project_ramp"]
    running = p.wrap(np.clip(p.lanes(ramp, "1", ("year", "project")), 0.0, 1.0), ("year", "project"), "1")
    expected = p["mining.project_size"] * p["mining.project_probability"] * running
    places = p["mining.project_resource"] * p["mining.project_province"]
    projects = (places * expected).sum("project", skipna=False)
    return Mines(p["mining.capacity"] + projects.sum("province", skipna=False), projects)


def run_mining(mined: xr.DataArray, mines: Mines, p: Setting, ledger: Ledger) -> None:
    """Extract the ore and brine behind what home mines deliver.

    Parameters
    ----------
    mined
        Lithium in concentrate and plant brine, t Li/year, (year, resource).
    mines
        What mines can deliver.
    """
    recovery = brine_recovery(p)
    extracted = ledger.post("ore_extracted", mined / recovery)
    ledger.post("tailings", (1.0 - recovery) * extracted)
    mass = ledger.post("ore_mass", extracted / p["mining.ore_grade"])
    brine = (p.only("resource", "brine") * mass).sum("resource", skipna=False)
    ledger.post("brine_volume", brine / p["mining.brine_density"])
    ledger.post("mine_capacity", mines.capacity)
    ledger.post("mined_by_province", _by_province(mined, mines, p))
    ledger.post("reserves_left", _left(extracted, p))


def brine_recovery(p: Setting) -> xr.DataArray:
    """Give recoveries, that of brine lowered where lakes hold much magnesium.

    recovery = given × (1 − penalty × log10(ratio / reference)), with the mean of log10(ratio) over the lakes pumped.

    Returns
    -------
    xarray.DataArray
        Lithium in concentrate or plant brine per lithium in ore or brine, (year, resource).
    """
    decades = np.log10(p["mining.magnesium_lithium_ratio"] / p["mining.reference_ratio"])
    mean = (p["mining.lake_share"] * decades).sum("lake", skipna=False)
    loss = p["mining.magnesium_penalty"] * mean
    return (1.0 - p.only("resource", "brine") * loss) * p["mining.recovery"]


def _by_province(mined: xr.DataArray, mines: Mines, p: Setting) -> xr.DataArray:
    """Split deliveries by province: projects where they are, by capacity, mines in operation by their shares."""
    of_projects = p.projected * p.share(mines.projects, mines.capacity)
    in_operation = 1.0 - of_projects.sum("province", skipna=False)
    return mined * (of_projects + in_operation * p["mining.province_share"])


def _left(extracted: xr.DataArray, p: Setting) -> xr.DataArray:
    """Take what is extracted after the reserve year off the reserves; below zero where more than these is taken."""
    since = p.lanes(_years(p) - p["mining.reserve_year"], "year", ("year",))
    after = p.wrap((since > 0.0).astype(float), ("year",), "1")
    taken = (after * extracted).cumsum("year", skipna=False) * p.axes.wrap(1.0, (), "year")
    return p["mining.reserves"] - taken


def _years(p: Setting) -> xr.DataArray:
    """Give the calendar years as quantities."""
    return p.wrap(np.asarray(p.years, dtype=float), ("year",), "year")

"""Mining: the ore and brine behind what home mines deliver, and what is left in the ground."""

from __future__ import annotations

import numpy as np
import xarray as xr

from lithflow.chain.ledger import Ledger
from lithflow.chain.refining import mine_capacity
from lithflow.chain.setting import Setting

__all__ = ["brine_recovery", "run_mining"]


def run_mining(mined: xr.DataArray, p: Setting, ledger: Ledger) -> None:
    """Extract the ore and brine behind what home mines deliver.

    Parameters
    ----------
    mined
        Lithium in concentrate and plant brine, t Li/year, (year, resource).
    """
    recovery = brine_recovery(p)
    extracted = ledger.post("ore_extracted", mined / recovery)
    ledger.post("tailings", (1.0 - recovery) * extracted)
    mass = ledger.post("ore_mass", extracted / p["mining.ore_grade"])
    ledger.post(
        "brine_volume", (p.only("resource", "brine") * mass).sum("resource", skipna=False) / p["mining.brine_density"]
    )
    ledger.post("mine_capacity", mine_capacity(p))
    ledger.post("mined_by_province", _by_province(mined, p))
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


def _by_province(mined: xr.DataArray, p: Setting) -> xr.DataArray:
    """Split deliveries by province: mines in operation by their shares, projects where they are, by capacity."""
    capacity = mine_capacity(p)
    from_projects = p.share(capacity - p["mining.capacity"], capacity) * p.projected
    of_projects = (p["mining.project_province"] * p["mining.project_resource"] * p["mining.project_size"]).sum(
        "project", skipna=False
    )
    share = p.share(of_projects, of_projects.sum("province", skipna=False))
    return (1.0 - from_projects) * mined * p["mining.province_share"] + from_projects * mined * share


def _left(extracted: xr.DataArray, p: Setting) -> xr.DataArray:
    """Take what is extracted after the reserve year off the reserves; nothing is left of what is exhausted."""
    years = p.wrap(np.asarray(p.years, dtype=float), ("year",), "year")
    after = p.wrap((p.lanes(years - p["mining.reserve_year"], "year", ("year",)) > 0.5).astype(float), ("year",), "1")
    taken = (after * extracted).cumsum("year", skipna=False) * p.axes.wrap(1.0, (), "year")
    return p["mining.reserves"] - taken

"""Recycling: collected batteries and new scrap become black mass, salts, repaired cathode and residues."""

from __future__ import annotations

import xarray as xr

from lithflow import stocks
from lithflow.chain.ledger import COHORT, Ledger
from lithflow.chain.setting import Setting

__all__ = ["run_recycling"]


def run_recycling(collected: xr.DataArray, new_scrap: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Treat what was collected, after a delay, by channel and route.

    Old scrap (end-of-life batteries), new scrap (waste of cell making) and imported black mass stay apart throughout;
    new scrap and imported black mass go to listed recyclers and carry the year in which they arose.

    Parameters
    ----------
    collected
        Lithium in batteries collected, t Li/year, (year, production_year, channel).
    new_scrap
        Lithium in waste of cell making that reaches recyclers, t Li/year, (year).

    Returns
    -------
    xarray.DataArray
        Lithium in cathode material from direct recycling, t Li/year, (year). Salts go to the market by the ledger.
    """
    listed = p.only("channel", "formal") * p.this_year
    arriving = p.only("scrap", "old") * collected + p.only("scrap", "new") * listed * new_scrap
    treated = _queue(arriving, p, ledger)
    black_mass = p["recycling.black_mass_yield"] * treated
    imported = ledger.post("black_mass_imported", p["trade.black_mass_imports"])
    leached = p["recycling.route_share"] * (black_mass + p.only("scrap", "imported") * listed * imported)
    recovery = p["recycling.lithium_recovery"]
    recovered = recovery * leached
    as_cathode = p["recycling.cathode_share"]
    repaired = ledger.post("cathode_repaired", (as_cathode * recovered).sum("route", skipna=False))
    ledger.post("black_mass", black_mass)
    ledger.post("pretreatment_residue", (1.0 - p["recycling.black_mass_yield"]) * treated)
    ledger.post("salts_recovered", ((1.0 - as_cathode) * recovered).sum("route", skipna=False))
    ledger.post("leaching_residue", ((1.0 - recovery) * leached).sum("route", skipna=False))
    return repaired.sum(["scrap", "channel"], skipna=False)


def _queue(arriving: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Hold what arrives until it is treated."""
    dims = ("year", COHORT, "scrap", "channel")
    delay = stocks.Fixed(mean=p.lanes(p["recycling.delay"], "year", ()))
    queue = stocks.inflow_driven(p.lanes(arriving, "t Li/year", dims), delay)
    ledger.post("batteries_queued", p.wrap(queue.stock, dims, "t Li"))
    treated = p.wrap(queue.outflow, dims, "t Li/year")
    ledger.post("batteries_treated", treated)
    return treated

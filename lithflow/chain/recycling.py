"""Recycling: collected batteries and new scrap become black mass, salts, metals, repaired cathode and residues."""

from __future__ import annotations

import xarray as xr

from lithflow import stocks
from lithflow.arrays import unit_of
from lithflow.chain.ledger import COHORT, Ledger
from lithflow.chain.setting import Setting

__all__ = ["recycle_lithium", "recycle_metals"]


def recycle_lithium(collected: xr.DataArray, new_scrap: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Treat the lithium in what was collected, after a delay, by channel and route.

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
    treated = _treated(collected, new_scrap, ("batteries_queued", "batteries_treated"), p, ledger)
    in_black_mass = p["recycling.black_mass_yield"]
    black_mass = in_black_mass * treated
    ledger.post("black_mass", black_mass)
    ledger.post("pretreatment_residue", (1.0 - in_black_mass) * treated)
    imported = ledger.post("black_mass_imported", p["trade.black_mass_imports"])
    from_abroad = p.only("scrap", "imported") * p.only("channel", "formal") * p.this_year * imported
    leached = p["recycling.route_share"] * (black_mass + from_abroad)
    recovery = p["recycling.lithium_recovery"]
    recovered = recovery * leached
    as_cathode = p["recycling.cathode_share"]
    ledger.post("salts_recovered", ((1.0 - as_cathode) * recovered).sum("route", skipna=False))
    ledger.post("leaching_residue", ((1.0 - recovery) * leached).sum("route", skipna=False))
    repaired = ledger.post("cathode_repaired", (as_cathode * recovered).sum("route", skipna=False))
    return repaired.sum(["scrap", "channel"], skipna=False)


def recycle_metals(collected: xr.DataArray, new_scrap: xr.DataArray, p: Setting, ledger: Ledger) -> None:
    """Treat the metals in what was collected as the lithium beside them, with their own yields.

    Parameters
    ----------
    collected
        Metals in batteries collected, t metal/year, (year, production_year, channel, metal).
    new_scrap
        Metals in waste of cell making that reaches recyclers, t metal/year, (year, metal).
    """
    treated = _treated(collected, new_scrap, ("metals_queued", "metals_treated"), p, ledger)
    in_black_mass = p["recycling.metal_black_mass_yield"]
    ledger.post("metals_pretreatment_residue", (1.0 - in_black_mass) * treated)
    black_mass = in_black_mass * treated
    ledger.post("metals_in_black_mass", black_mass)
    recovery = (p["recycling.route_share"] * p["recycling.metal_recovery"]).sum("route", skipna=False)
    ledger.post("metals_recovered", recovery * black_mass)
    ledger.post("metals_leaching_residue", (1.0 - recovery) * black_mass)


def _treated(
    collected: xr.DataArray, new_scrap: xr.DataArray, names: tuple[str, str], p: Setting, ledger: Ledger
) -> xr.DataArray:
    """Hold what arrives until it is treated."""
    listed = p.only("channel", "formal") * p.this_year
    arriving = p.only("scrap", "old") * collected + p.only("scrap", "new") * (listed * new_scrap)
    unit = unit_of(arriving)
    dims = ("year", COHORT, "scrap", "channel", *(dim for dim in ("metal",) if dim in arriving.dims))
    delay = stocks.Fixed(mean=p.lanes(p["recycling.delay"], "year", ()))
    queue = stocks.inflow_driven(p.lanes(arriving, unit, dims), delay)
    treated = p.wrap(queue.outflow, dims, unit)
    ledger.post(names[0], p.wrap(queue.stock, dims, unit) * p.axes.wrap(1.0, (), "year"))
    ledger.post(names[1], treated)
    return treated

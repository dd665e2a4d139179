"""The salt market: what recycling and trade don't deliver, refining must, carbonate and hydroxide apart."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from lithflow.arrays import value
from lithflow.chain.ledger import Ledger
from lithflow.chain.mining import Mines
from lithflow.chain.refining import Refining, plan_refining, post_refining
from lithflow.chain.reserve import hold_reserve
from lithflow.chain.setting import Setting
from lithflow.chain.trade import Origins, concentrate_origins, salt_origins

__all__ = ["run_market"]


def run_market(wanted: xr.DataArray, mines: Mines, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Clear the salt market: what recycling and imports don't deliver, refining must, and mines and imports behind it.

    Imports are data up to the last observed year; after it they are a share of the primary salts wanted. Where an
    origin doesn't deliver, the reserve does while it lasts; what is missing then comes from the virtual process
    `shortage`, if the scenario allows it, and downstream stays as wanted.

    Parameters
    ----------
    wanted
        Lithium in the salts wanted by makers of battery materials, t Li/year, (year, salt).
    mines
        What home mines can deliver.

    Returns
    -------
    xarray.DataArray
        Lithium delivered by home mines, t Li/year, (year, resource).
    """
    build = p["refining.stockpile_build"]
    one_year = p.axes.wrap(1.0, (), "year")
    ledger.post("salt_stock", build.cumsum("year", skipna=False) * one_year, driven_by="refining.stockpile_build")
    exported = ledger.post("salts_exported", p["trade.salt_exports"])
    recovered = ledger["salts_recovered"].sum(["scrap", "channel"], skipna=False)
    others = ledger["salts_to_other_uses"].sum("other_use", skipna=False)
    used = wanted + others
    primary = used + exported + build - recovered

    origins, ores = salt_origins(p), concentrate_origins(p)
    plan = _plan(primary, mines, p)
    filling = hold_reserve(plan.missing(origins, ores), used, p, ledger)
    if value(filling, "t Li/year").any():
        plan = _plan(primary + filling, mines, p)
    ledger.post("salts_imported", origins.delivered * plan.imported)
    ledger.post("salts_from_conversion", plan.from_carbonate)
    ledger.post("salts_converted", plan.converted)
    spent = plan.converted.sum("salt", skipna=False)
    ledger.post("conversion_losses", (1.0 - p["refining.conversion_yield"]) * spent)
    post_refining(plan.refining, ores, ledger, p)
    return plan.refining.mined


@dataclass(frozen=True)
class _Plan:
    """Salts wanted from abroad, from conversion and from refining, t Li/year, (year, salt)."""

    imported: xr.DataArray
    from_carbonate: xr.DataArray
    converted: xr.DataArray
    refining: Refining

    def missing(self, origins: Origins, ores: Origins) -> xr.DataArray:
        """Give what origins don't deliver, as lithium in salts, (year, salt)."""
        return origins.missing * self.imported + ores.missing * self.refining.from_imports


def _plan(primary: xr.DataArray, mines: Mines, p: Setting) -> _Plan:
    """Part the primary salts wanted among imports, conversion of carbonate and refining."""
    imported = p.observed * p["trade.salt_imports"] + p.projected * p["trade.salt_import_share"] * primary
    at_home = primary - imported
    hydroxide = p["refining.converted_share"] * p.only("salt", "hydroxide") * at_home
    converted = p.only("salt", "carbonate") * (hydroxide.sum("salt", skipna=False) / p["refining.conversion_yield"])
    return _Plan(imported, hydroxide, converted, plan_refining(at_home - hydroxide + converted, mines, p))

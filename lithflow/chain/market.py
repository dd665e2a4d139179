"""The salt market: what recycling and trade don't deliver, refining must, carbonate and hydroxide apart."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from lithflow.arrays import value
from lithflow.chain.ledger import Ledger
from lithflow.chain.mining import MineDeliveries, Mines
from lithflow.chain.refining import Refining, plan_refining, post_refining
from lithflow.chain.reserve import hold_reserve
from lithflow.chain.setting import Array, Setting
from lithflow.chain.trade import Origins, Partners, concentrate_origins, salt_origins

__all__ = ["run_market"]


def run_market(wanted: xr.DataArray, mines: Mines, p: Setting, partners: Partners, ledger: Ledger) -> MineDeliveries:
    """Clear the salt market: what recycling and imports don't deliver, refining must, and mines and imports behind it.

    Imports are data up to the last observed year; after it they are a share of the primary salts wanted. Where an
    origin doesn't deliver, the reserve does while it lasts; what is missing then comes from the virtual process
    `shortage`, if the scenario allows it, and downstream stays as wanted. What partner regions import is added once
    imports are settled: a region imports for its own use and the exports that it states itself.

    Parameters
    ----------
    wanted
        Lithium in the salts wanted by makers of battery materials, t Li/year, (year, salt).
    mines
        What home mines can deliver.

    Returns
    -------
    MineDeliveries
        What home mines deliver.
    """
    build = p["refining.stockpile_build"]
    ledger.post("salt_stock", p.accumulated(build))
    recovered = ledger["salts_recovered"].sum(["scrap", "channel"], skipna=False)
    others = ledger["salts_to_other_uses"].sum("other_use", skipna=False)
    used = wanted + others
    at_home = used + build - recovered
    nothing, stated = p.axes.zeros(("year", "salt"), "t Li/year"), p["trade.salt_exports"]
    limit = partners.limit("salts", nothing, stated, at_home)
    received, exported = partners.settle("salts", nothing, stated, limit=limit)
    primary = partners.left(at_home, received) + exported

    origins, ores = salt_origins(p), concentrate_origins(p)
    plan = _plan(primary, mines, origins, ores, p, partners)
    filling = hold_reserve(plan.missing(origins, ores), used, p, ledger)
    if value(filling, "t Li/year").any():
        plan = _plan(primary + filling, mines, origins, ores, p, partners)
    _, sent = partners.settle("salts", origins.arriving * plan.stated, nothing, limit=plan.limit)
    ledger.post("salts_exported", partners.plus(exported, sent))
    from_origins = origins.delivered * plan.imported
    ledger.post("salts_imported", partners.plus(from_origins, received, p["trade.salt_origin_share"]))
    ledger.post("salts_from_conversion", plan.from_carbonate)
    ledger.post("salts_converted", plan.converted)
    spent = plan.converted.sum("salt", skipna=False)
    ledger.post("conversion_losses", (1.0 - p["refining.conversion_yield"]) * spent)
    post_refining(plan.refining, ores, p, partners, ledger)
    return plan.refining.mined


@dataclass(frozen=True)
class _Plan:
    """Salts wanted from abroad, from conversion and from refining, t Li/year, (year, salt).

    Imports are those that are stated, cut by the limit to what partners send.
    """

    stated: xr.DataArray
    limit: Array | None
    imported: xr.DataArray
    from_carbonate: xr.DataArray
    converted: xr.DataArray
    refining: Refining

    def missing(self, origins: Origins, ores: Origins) -> xr.DataArray:
        """Give what origins don't deliver, as lithium in salts, (year, salt)."""
        return origins.missing * self.imported + ores.missing * self.refining.from_imports


def _plan(
    primary: xr.DataArray, mines: Mines, origins: Origins, ores: Origins, p: Setting, partners: Partners
) -> _Plan:
    """Part the primary salts wanted among imports, conversion of carbonate and refining."""
    stated = p.observed * p["trade.salt_imports"] + p.projected * p["trade.salt_import_share"] * primary
    nothing = p.axes.zeros(("year", "salt"), "t Li/year")
    limit = partners.limit("salts", stated, nothing, primary)
    imported, _ = partners.settle("salts", stated, nothing, limit=limit, recorded=False)
    _, sent = partners.settle("salts", origins.arriving * stated, nothing, limit=limit, recorded=False)
    at_home = partners.plus(partners.left(primary, imported), sent)
    hydroxide = p["refining.converted_share"] * p.only("salt", "hydroxide") * at_home
    converted = p.only("salt", "carbonate") * (hydroxide.sum("salt", skipna=False) / p["refining.conversion_yield"])
    refining = plan_refining(at_home - hydroxide + converted, mines, ores, p, partners)
    return _Plan(stated, limit, imported, hydroxide, converted, refining)

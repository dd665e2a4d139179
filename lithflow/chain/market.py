"""The salt market: what recycling and trade don't deliver, refining must."""

from __future__ import annotations

import xarray as xr

from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting

__all__ = ["run_market"]


def run_market(wanted: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Clear the salt market: what recycling and imports don't deliver, refining must.

    Imports are data up to the last observed year; after it they are a share of the primary salts wanted.

    Parameters
    ----------
    wanted
        Lithium in the salts wanted by makers of battery materials, t Li/year, (year).

    Returns
    -------
    xarray.DataArray
        Lithium in the salts to be refined, t Li/year, (year).
    """
    one_year = p.axes.wrap(1.0, (), "year")
    exported = ledger.post("salts_exported", p["trade.salt_exports"]).sum("salt", skipna=False)
    build = p["refining.stockpile_build"]
    ledger.post("salt_stock", build.cumsum("year", skipna=False) * one_year)
    recovered = ledger["salts_recovered"].sum(["scrap", "channel"], skipna=False)
    others = ledger["salts_to_other_uses"].sum("other_use", skipna=False)
    primary = wanted + others + exported + build - recovered
    observed = p["trade.salt_imports"].sum("salt", skipna=False)
    imported = p.observed * observed + p.projected * p["trade.salt_import_share"] * primary
    ledger.post("salts_imported", p["trade.salt_origin_share"] * imported)
    return primary - imported

"""The salt market: what recycling and trade don't deliver, refining must, carbonate and hydroxide apart."""

from __future__ import annotations

import xarray as xr

from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting

__all__ = ["run_market"]


def run_market(wanted: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Clear the salt market: what recycling and imports don't deliver, refining must.

    Imports are data up to the last observed year; after it they are a share of the primary salts wanted. Part of the
    hydroxide is made from carbonate, which counts once: as carbonate refined and hydroxide converted.

    Parameters
    ----------
    wanted
        Lithium in the salts wanted by makers of battery materials, t Li/year, (year, salt).

    Returns
    -------
    xarray.DataArray
        Lithium in the salts to be refined, t Li/year, (year, salt).
    """
    one_year = p.axes.wrap(1.0, (), "year")
    exported = ledger.post("salts_exported", p["trade.salt_exports"])
    build = p["refining.stockpile_build"]
    ledger.post("salt_stock", build.cumsum("year", skipna=False) * one_year)
    recovered = ledger["salts_recovered"].sum(["scrap", "channel"], skipna=False)
    others = ledger["salts_to_other_uses"].sum("other_use", skipna=False)
    primary = wanted + others + exported + build - recovered
    imported = p.observed * p["trade.salt_imports"] + p.projected * p["trade.salt_import_share"] * primary
    ledger.post("salts_imported", p["trade.salt_origin_share"] * imported)
    return _convert(primary - imported, p, ledger)


def _convert(wanted: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Make part of the hydroxide wanted from carbonate; return what is to be refined directly, by salt."""
    made = ledger.post(
        "salts_from_conversion", p["refining.converted_share"] * p.only("salt", "hydroxide") * wanted
    ).sum("salt", skipna=False)
    used = made / p["refining.conversion_yield"]
    converted = ledger.post("salts_converted", p.only("salt", "carbonate") * used)
    ledger.post("conversion_losses", (1.0 - p["refining.conversion_yield"]) * used)
    return wanted - ledger["salts_from_conversion"] + converted

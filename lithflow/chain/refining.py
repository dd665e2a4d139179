"""Refining: concentrate and brine of home mines first, imported concentrate for the rest."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from lithflow.chain.concentrate_trade import Concentrate, open_books
from lithflow.chain.ledger import Ledger
from lithflow.chain.mining import MineDeliveries, Mines, deliver
from lithflow.chain.setting import Setting
from lithflow.chain.trade import Origins, Partners

__all__ = ["Refining", "import_yield", "plan_refining", "post_refining"]


@dataclass(frozen=True)
class Refining:
    """What refining takes and makes, t Li/year.

    Parameters
    ----------
    mined
        What home mines deliver, (year, resource).
    from_home, from_imports
        Lithium in the salts made from them and from imported concentrate, (year, salt).
    concentrate
        Lithium in the concentrate wanted from abroad for use at home and for the stock of converters, (year).
    by_salt
        Share of a salt in what is refined, (year, salt).
    trade
        What else concentrate does than be used at home.
    """

    mined: MineDeliveries
    from_home: xr.DataArray
    from_imports: xr.DataArray
    concentrate: xr.DataArray
    by_salt: xr.DataArray
    trade: Concentrate | None = None


def plan_refining(refined: xr.DataArray, mines: Mines, ores: Origins, p: Setting, partners: Partners) -> Refining:
    """Refine home concentrate and brine first, and import the concentrate that is still wanted.

    What mines deliver is theirs to say (`lithflow.chain.mining.deliver`). Imported concentrate is the only residual;
    where concentrate is exported or kept, see `lithflow.chain.concentrate_trade`.

    Parameters
    ----------
    refined
        Lithium in the salts to be refined, t Li/year, (year, salt).
    mines
        What home mines can deliver.
    ores
        How much of the concentrate wanted arrives.
    """
    total = refined.sum("salt", skipna=False)
    by_salt = p.share(refined, total)
    yields = p["refining.yield"]
    books = open_books(total, ores, p, partners)
    mined = deliver(total, mines, p, books)
    if books is None:
        from_home = (yields * mined.delivered).sum("resource", skipna=False)
        from_imports = total - from_home
        wanted = from_imports / import_yield(p) + p["refining.concentrate_inventory_build"]
        return Refining(mined, by_salt * from_home, by_salt * from_imports, wanted, by_salt)
    trade = books.closed()
    from_home = (yields * (mined.delivered - trade.aside)).sum("resource", skipna=False)
    from_imports = import_yield(p) * (trade.wanted - p["refining.concentrate_inventory_build"])
    return Refining(mined, by_salt * from_home, by_salt * from_imports, trade.wanted, by_salt, trade)


def post_refining(plan: Refining, ores: Origins, p: Setting, partners: Partners, ledger: Ledger) -> None:
    """Enter what refining takes in, makes and loses.

    Parameters
    ----------
    plan
        From `plan_refining`.
    ores
        How much of the concentrate wanted each origin delivers.
    """
    mined = ledger.post("concentrate_mined", plan.mined.delivered)
    imported = ores.delivered * plan.concentrate
    kept = ores.arriving * p["refining.concentrate_inventory_build"]
    ledger.post("concentrate_inventory", p.accumulated(kept))
    made = p.only("feed", "home") * plan.from_home + p.only("feed", "imported") * (ores.arriving * plan.from_imports)
    used_at_home = mined if plan.trade is None else mined - plan.trade.aside
    lost_at_home = ((1.0 - p["refining.yield"]) * used_at_home).sum("resource", skipna=False)
    lost = lost_at_home + (1.0 - import_yield(p)) * (imported.sum("origin", skipna=False) - kept)
    exported, stock = p.axes.zeros(("year",), "t Li/year"), p.axes.zeros(("year",), "t Li")
    if plan.trade is not None:
        trade = plan.trade
        partners.record(
            "concentrate", ores.arriving * trade.wanted, p["trade.concentrate_exports"], beside=trade.passed_on
        )
        imported = imported + p["trade.concentrate_origin_share"] * (trade.received + trade.passed_on)
        made = made + p.only("feed", "imported") * plan.by_salt * (import_yield(p) * trade.received)
        lost = lost + (1.0 - import_yield(p)) * trade.received
        exported, stock = trade.exported, p.accumulated(trade.build)
    ledger.post("concentrate_imported", imported)
    ledger.post("concentrate_exported", exported)
    ledger.post("concentrate_stock", stock)
    ledger.post("salts_refined", made)
    ledger.post("refining_residue", lost)


def import_yield(p: Setting) -> xr.DataArray:
    """Give the lithium in salts per lithium in imported concentrate, that of spodumene, (year)."""
    return p["refining.yield"].sel(resource="spodumene", drop=True)

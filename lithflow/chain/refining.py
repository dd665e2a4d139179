"""Refining: concentrate and brine of home mines first, imported concentrate for the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow.chain.concentrate import import_yield
from lithflow.chain.concentrate_trade import Books, Concentrate
from lithflow.chain.ledger import Ledger
from lithflow.chain.mining import MineDeliveries, Mines, deliver
from lithflow.chain.setting import Setting
from lithflow.chain.trade import Origins, Partners

__all__ = ["Refining", "plan_refining", "post_refining"]


@dataclass(frozen=True)
class Refining:
    """What refining takes and makes, t Li/year.

    Parameters
    ----------
    mined
        What home mines deliver, (year, resource).
    concentrate
        What concentrate is wanted, exported and left.
    put_aside, drawn
        Lithium in imported concentrate that converters want to put into their stock, and that they take out, (year).
    from_home, from_imports
        Lithium in the salts made from what mines deliver, and from concentrate imported in the year as wanted,
        (year, salt).
    by_salt
        Share of a salt in what is refined, (year, salt).
    """

    mined: MineDeliveries
    concentrate: Concentrate
    put_aside: xr.DataArray
    drawn: xr.DataArray
    from_home: xr.DataArray
    from_imports: xr.DataArray
    by_salt: xr.DataArray


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
    books = Books(total, ores, p, partners)
    mined = deliver(total, mines, p, books)
    trade = books.closed()
    from_home = (p["refining.yield"] * (mined.delivered - trade.aside)).sum("resource", skipna=False)
    change = p.lanes(p["refining.concentrate_inventory_build"], "t Li/year", ("year",))
    put_aside, drawn = (p.wrap(np.maximum(part, 0.0), ("year",), "t Li/year") for part in (change, -change))
    from_imports = import_yield(p) * (trade.wanted - put_aside)
    return Refining(mined, trade, put_aside, drawn, by_salt * from_home, by_salt * from_imports, by_salt)


def post_refining(plan: Refining, ores: Origins, p: Setting, partners: Partners, ledger: Ledger) -> None:
    """Enter what refining takes in, makes and loses.

    Parameters
    ----------
    plan
        From `plan_refining`.
    ores
        How much of the concentrate wanted each origin delivers.
    """
    concentrate, conversion = plan.concentrate, import_yield(p)
    mined = ledger.post("concentrate_mined", plan.mined.delivered)
    partners.record(
        "concentrate", ores.arriving * concentrate.wanted, p["trade.concentrate_exports"], beside=concentrate.passed_on
    )
    # what an origin doesn't deliver can't be put aside; what lies in stock can be used all the same
    kept = ores.arriving * plan.put_aside - plan.drawn
    ledger.post("concentrate_inventory", p.accumulated(kept))
    bought = ores.delivered * concentrate.wanted
    others = p["trade.concentrate_origin_share"] * (concentrate.received + concentrate.passed_on)
    ledger.post("concentrate_imported", bought + others)
    ledger.post("concentrate_exported", concentrate.exported)
    ledger.post("concentrate_stock", p.accumulated(concentrate.build))
    from_elsewhere = plan.by_salt * (conversion * (plan.drawn + concentrate.received))
    from_abroad = ores.arriving * plan.from_imports + from_elsewhere
    ledger.post("salts_refined", p.only("feed", "home") * plan.from_home + p.only("feed", "imported") * from_abroad)
    used_from_abroad = bought.sum("origin", skipna=False) - kept + concentrate.received
    lost = ((1.0 - p["refining.yield"]) * (mined - concentrate.aside)).sum("resource", skipna=False)
    ledger.post("refining_residue", lost + (1.0 - conversion) * used_from_abroad)

"""Refining: concentrate and brine of home mines first, imported concentrate for the rest."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from lithflow.chain.ledger import Ledger
from lithflow.chain.mining import Deliveries, Mines, deliver
from lithflow.chain.setting import Setting
from lithflow.chain.trade import Origins

__all__ = ["Refining", "plan_refining", "post_refining"]


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
        Lithium in the concentrate wanted from abroad, (year).
    """

    mined: Deliveries
    from_home: xr.DataArray
    from_imports: xr.DataArray
    concentrate: xr.DataArray


def plan_refining(refined: xr.DataArray, mines: Mines, p: Setting) -> Refining:
    """Refine home concentrate and brine first, and import the concentrate that is still wanted.

    What mines deliver is theirs to say (`lithflow.chain.mining.deliver`). Imported concentrate is the only residual.

    Parameters
    ----------
    refined
        Lithium in the salts to be refined, t Li/year, (year, salt).
    mines
        What home mines can deliver.
    """
    total = refined.sum("salt", skipna=False)
    by_salt = p.share(refined, total)
    yields = p["refining.yield"]
    mined = deliver(total, mines, p)
    from_home = (yields * mined.delivered).sum("resource", skipna=False)
    from_imports = total - from_home
    return Refining(mined, by_salt * from_home, by_salt * from_imports, from_imports / _import_yield(p))


def post_refining(plan: Refining, ores: Origins, ledger: Ledger, p: Setting) -> None:
    """Enter what refining takes in, makes and loses.

    Parameters
    ----------
    plan
        From `plan_refining`.
    ores
        How much of the concentrate wanted each origin delivers.
    """
    mined = ledger.post("concentrate_mined", plan.mined.delivered)
    imported = ledger.post("concentrate_imported", ores.delivered * plan.concentrate).sum("origin", skipna=False)
    made = p.only("feed", "home") * plan.from_home + p.only("feed", "imported") * (ores.arriving * plan.from_imports)
    ledger.post("salts_refined", made)
    lost_at_home = ((1.0 - p["refining.yield"]) * mined).sum("resource", skipna=False)
    ledger.post("refining_residue", lost_at_home + (1.0 - _import_yield(p)) * imported)


def _import_yield(p: Setting) -> xr.DataArray:
    return p["refining.yield"].sel(resource="spodumene", drop=True)

"""Refining: concentrate and brine of home mines first, imported concentrate for the rest."""

from __future__ import annotations

import numpy as np
import xarray as xr

from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting

__all__ = ["run_refining"]


def run_refining(refined: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Refine home concentrate and brine first, and import the concentrate that is still wanted.

    Up to the last observed year home mines deliver what statistics say; after it they deliver capacity × utilisation,
    all of them curtailed in proportion where that is more than the chain can use. Imported concentrate is the only
    residual.

    Parameters
    ----------
    refined
        Lithium in the salts to be refined, t Li/year, (year, salt).

    Returns
    -------
    xarray.DataArray
        Lithium delivered by home mines, t Li/year, (year, resource).
    """
    by_salt = p.share(refined, refined.sum("salt", skipna=False))
    refined = refined.sum("salt", skipna=False)
    yields = p["refining.yield"]
    potential = p["mining.capacity"] * p["mining.utilisation"]
    used = _share_used(refined, (yields * potential).sum("resource", skipna=False), p)
    mined = p.observed * p["mining.output"] + p.projected * used * potential
    ledger.post("concentrate_mined", mined)
    from_home = (yields * mined).sum("resource", skipna=False)
    of_import = yields.sel(resource="spodumene", drop=True)
    imported = (refined - from_home) / of_import
    ledger.post("concentrate_imported", p["trade.concentrate_origin_share"] * imported)
    from_imports = of_import * imported
    by_feed = p.stack({"home": from_home, "imported": from_imports}, "feed", ("year",), "t Li/year")
    ledger.post("salts_refined", by_salt * by_feed)
    lost_at_home = ((1.0 - yields) * mined).sum("resource", skipna=False)
    ledger.post("refining_residue", lost_at_home + (1.0 - of_import) * imported)
    return mined


def _share_used(wanted: xr.DataArray, potential: xr.DataArray, p: Setting) -> xr.DataArray:
    """Give the share of the mines' potential that the chain can use."""
    most = p.lanes(potential, "t Li/year", ("year",))
    need = p.lanes(wanted, "t Li/year", ("year",))
    share = np.divide(need, most, out=np.ones(np.broadcast(need, most).shape), where=most > 0.0)
    return p.wrap(np.minimum(share, 1.0), ("year",), "1")

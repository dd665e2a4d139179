"""Origins of imports: who delivers how much, and what is missing when one doesn't."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from lithflow.chain.setting import Setting

__all__ = ["Origins", "concentrate_origins", "salt_origins"]


@dataclass(frozen=True)
class Origins:
    """Shares of an import that origins deliver.

    Parameters
    ----------
    delivered
        Share of what is wanted in all that an origin delivers, (year, origin).
    arriving, missing
        Share of what is wanted that arrives, and that doesn't; they sum to one, (year).
    """

    delivered: xr.DataArray
    arriving: xr.DataArray
    missing: xr.DataArray


def salt_origins(p: Setting) -> Origins:
    """Give the origins of imported salts."""
    return _origins(p["trade.salt_origin_share"], p)


def concentrate_origins(p: Setting) -> Origins:
    """Give the origins of imported concentrate."""
    return _origins(p["trade.concentrate_origin_share"], p)


def _origins(share: xr.DataArray, p: Setting) -> Origins:
    """Let the origins that deliver make up for part of what others don't, in proportion to what they send."""
    sent = share * p["trade.origin_available"]
    held_back = ((1.0 - p["trade.origin_available"]) * share).sum("origin", skipna=False)
    total = sent.sum("origin", skipna=False)
    replaced = p["trade.substitution"] * held_back
    delivered = sent + replaced * p.share(sent, total)
    # not one less what arrives, so that nothing is missing to the bit where nothing is held back
    missing = held_back - replaced * p.share(total, total)
    return Origins(delivered, delivered.sum("origin", skipna=False), missing)

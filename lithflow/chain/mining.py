"""Mining: the ore and brine behind what home mines deliver."""

from __future__ import annotations

import xarray as xr

from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting

__all__ = ["run_mining"]


def run_mining(mined: xr.DataArray, p: Setting, ledger: Ledger) -> None:
    """Extract the ore and brine behind what home mines deliver.

    Parameters
    ----------
    mined
        Lithium in concentrate and plant brine, t Li/year, (year, resource).
    """
    extracted = ledger.post("ore_extracted", mined / p["mining.recovery"])
    ledger.post("tailings", (1.0 - p["mining.recovery"]) * extracted)
    ledger.post("ore_mass", extracted / p["mining.ore_grade"])

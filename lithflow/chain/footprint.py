"""Energy and emissions of refining, cells and recycling, and the energy that second life delivers."""

from __future__ import annotations

import xarray as xr

from lithflow.chain.concentrate import IMPORTED_AS
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting

__all__ = ["run_footprint"]


def run_footprint(p: Setting, ledger: Ledger) -> None:
    """Multiply what is made by intensities per unit; nothing else in the chain depends on them.

    Imported concentrate counts as spodumene; recycling counts by route, what is recovered by lithium.
    """
    for name, quantity, unit in (("energy_used", "energy", "MJ/year"), ("emissions", "emissions", "t CO2e/year")):
        parts = {
            "refining": _refining(p[f"footprint.refining_{quantity}"], p, ledger),
            "cells": p[f"footprint.cell_{quantity}"] * ledger["capacity_made"].sum("chemistry", skipna=False),
            "recycling": _recycling(p[f"footprint.recycling_{quantity}"], p, ledger),
        }
        ledger.post(name, p.stack(parts, "activity", ("year",), unit))
    if "second_life_service" in ledger:
        stored = p["footprint.cycles"] * p["footprint.energy_per_capacity"] * p.axes.wrap(1.0, (), "1/usable")
        energy = stored * ledger["second_life_service"]
        ledger.post("second_life_energy_stored", energy)
        ledger.post("second_life_energy_delivered", p["footprint.efficiency"] * energy)


def _refining(intensity: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Value salts by the resource they are made from; what mines deliver and others refine, or nobody yet, isn't."""
    refined = ledger["salts_refined"].sum("salt", skipna=False)
    at_home, imported = ((p.only("feed", feed) * refined).sum("feed", skipna=False) for feed in ("home", "imported"))
    deliverable = p["refining.yield"] * ledger["concentrate_mined"]
    used = p.share(at_home, deliverable.sum("resource", skipna=False))
    made = used * deliverable + p.only("resource", IMPORTED_AS) * imported
    return (intensity * made).sum("resource", skipna=False)


def _recycling(intensity: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Value recovered lithium by the route it came."""
    imported = p.only("channel", "formal") * ledger["black_mass_imported"]
    at_home = (ledger["black_mass"] - ledger["black_mass_exported"]).sum("scrap", skipna=False)
    leached = p["recycling.route_share"] * (at_home + imported)
    recovered = (p["recycling.lithium_recovery"] * leached).sum("channel", skipna=False)
    return (intensity * recovered).sum("route", skipna=False)

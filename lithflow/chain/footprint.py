"""Energy and emissions of refining, cells and recycling, and the energy that second life delivers."""

from __future__ import annotations

import xarray as xr

from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting

__all__ = ["run_footprint"]


def run_footprint(p: Setting, ledger: Ledger) -> None:
    """Multiply what is made by intensities per unit; nothing else in the chain depends on them.

    Imported concentrate counts as spodumene; recycling counts by route, what is recovered by lithium.
    """
    for quantity, unit in (("energy", "MJ"), ("emissions", "t CO2e")):
        parts = {
            "refining": _refining(p[f"footprint.refining_{quantity}"], p, ledger),
            "cells": p[f"footprint.cell_{quantity}"] * ledger["capacity_made"].sum("chemistry", skipna=False),
            "recycling": _recycling(p[f"footprint.recycling_{quantity}"], p, ledger),
        }
        ledger.post(
            f"{quantity}_used" if quantity == "energy" else quantity,
            p.stack(parts, "activity", ("year",), f"{unit}/year"),
        )
    if "second_life_service" in ledger:
        stored = p["footprint.cycles"] * p["footprint.energy_per_capacity"] * p.axes.wrap(1.0, (), "1/usable")
        energy = stored * ledger["second_life_service"]
        ledger.post("second_life_energy_stored", energy)
        ledger.post("second_life_energy_delivered", p["footprint.efficiency"] * energy)


def _refining(intensity: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    made = ledger["salts_refined"].sum("salt", skipna=False)
    at_home = (p.only("feed", "home") * made).sum("feed", skipna=False)
    imported = (p.only("feed", "imported") * made).sum("feed", skipna=False)
    mined = p["refining.yield"] * ledger["concentrate_mined"]
    by_resource = (
        p.share(mined, mined.sum("resource", skipna=False)) * at_home + p.only("resource", "spodumene") * imported
    )
    return (intensity * by_resource).sum("resource", skipna=False)


def _recycling(intensity: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    black_mass = ledger["black_mass"].sum("scrap", skipna=False)
    recovered = (p["recycling.route_share"] * p["recycling.lithium_recovery"] * black_mass).sum("channel", skipna=False)
    return (intensity * recovered).sum("route", skipna=False)

"""Recycling: collected batteries and new scrap become black mass, salts, metals, repaired cathode and residues."""

from __future__ import annotations

import numpy as np
import xarray as xr

from lithflow import stocks
from lithflow.arrays import unit_of
from lithflow.chain.ledger import COHORT, Ledger
from lithflow.chain.setting import Array, Setting

__all__ = ["METALS_QUEUE", "QUEUE", "Treatment", "recycle_lithium", "recycle_metals"]


class Treatment:
    """When recyclers treat what arrives: after a delay, and not more in a year than they can.

    Parameters
    ----------
    collected
        Lithium in batteries collected, t Li/year, (year, production_year, channel).
    new_scrap
        Lithium in waste of cell making that reaches recyclers, t Li/year, (year).
    p
        The setting.
    """

    def __init__(self, collected: xr.DataArray, new_scrap: xr.DataArray, p: Setting, ledger: Ledger) -> None:
        self.p = p
        ready = self._ready(_arriving(collected, new_scrap, p))
        total = ready.sum(axis=(1, 2))
        capacity = p.lanes(p["recycling.capacity"], "t Li/year", ("year", "channel"))
        self.share = _shares_treated(total, capacity)
        ledger.post("recycling_capacity", p["recycling.capacity"])

    def treat(
        self, collected: xr.DataArray, new_scrap: xr.DataArray, names: tuple[str, str], ledger: Ledger
    ) -> xr.DataArray:
        """Post the queue and what is treated, of lithium or of the metals beside it.

        Parameters
        ----------
        collected
            What is in batteries collected, (year, production_year, channel) and metal, if any.
        new_scrap
            What is in waste of cell making that reaches recyclers, (year) and metal, if any.
        names
            Variables of the queue and of what is treated.

        Returns
        -------
        xarray.DataArray
            What is treated, (year, production_year, scrap, channel) and metal, if any.
        """
        p = self.p
        arriving = _arriving(collected, new_scrap, p)
        unit = unit_of(arriving)
        dims = (*DIMS, *(dim for dim in ("metal",) if dim in arriving.dims))
        ready = self._ready(arriving)
        inner = (1,) * (len(dims) - len(DIMS))
        share = self.share.reshape((len(self.share), 1, 1, self.share.shape[1], *inner, *self.share.shape[2:]))
        treated, waiting = _worked_off(ready, share)
        delayed = _delayed(arriving, dims, p).stock
        ledger.post(names[0], p.wrap(delayed + waiting, dims, unit) * p.axes.wrap(1.0, (), "year"))
        done = p.wrap(treated, dims, unit)
        ledger.post(names[1], done)
        return done

    def _ready(self, arriving: xr.DataArray) -> Array:
        dims = (*DIMS, *(dim for dim in ("metal",) if dim in arriving.dims))
        ready: Array = _delayed(arriving, dims, self.p).outflow
        return ready


DIMS = ("year", COHORT, "scrap", "channel")
QUEUE = ("batteries_queued", "batteries_treated")
METALS_QUEUE = ("metals_queued", "metals_treated")


def _arriving(collected: xr.DataArray, new_scrap: xr.DataArray, p: Setting) -> xr.DataArray:
    """Put old and new scrap side by side; new scrap goes to listed recyclers and carries the year in which it arose."""
    listed = p.only("channel", "formal") * p.this_year
    return p.only("scrap", "old") * collected + p.only("scrap", "new") * (listed * new_scrap)


def _delayed(arriving: xr.DataArray, dims: tuple[str, ...], p: Setting) -> stocks.CohortStock:
    delay = p.lanes(p["recycling.delay"], "year", ("scrap",))
    lanes = delay.reshape((1, len(delay), 1, *((1,) * (len(dims) - len(DIMS))), *delay.shape[1:]))
    return stocks.inflow_driven(p.lanes(arriving, unit_of(arriving), dims), stocks.Fixed(mean=lanes))


def _shares_treated(ready: Array, capacity: Array) -> Array:
    """Give the share of what is ready or waiting that is treated each year, (year, channel, region, member)."""
    shape = np.broadcast_shapes(ready.shape, capacity.shape)
    ready, capacity = np.broadcast_to(ready, shape), np.broadcast_to(capacity, shape)
    share = np.ones(shape)
    waiting = np.zeros(shape[1:])
    for year in range(shape[0]):
        there = waiting + ready[year]
        np.divide(capacity[year], there, out=share[year], where=there > capacity[year])
        waiting = (1.0 - share[year]) * there
    return share


def _worked_off(ready: Array, share: Array) -> tuple[Array, Array]:
    """Treat a share of what is ready or waiting in each year; the rest waits, oldest and newest alike."""
    treated, waiting = (
        np.empty(np.broadcast_shapes(ready.shape, share.shape)),
        np.empty(np.broadcast_shapes(ready.shape, share.shape)),
    )
    left = np.zeros(treated.shape[1:])
    for year in range(len(treated)):
        there = left + ready[year]
        np.multiply(share[year], there, out=treated[year])
        left = np.multiply(1.0 - share[year], there, out=waiting[year])
    return treated, waiting


def recycle_lithium(treated: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Turn the lithium in what is treated into salts and repaired cathode, by channel and route.

    Old scrap (end-of-life batteries), new scrap (waste of cell making) and imported black mass stay apart throughout;
    imported black mass goes to listed recyclers.

    Parameters
    ----------
    treated
        Lithium in batteries and scrap treated, t Li/year, (year, production_year, scrap, channel).

    Returns
    -------
    xarray.DataArray
        Lithium in cathode material from direct recycling, t Li/year, (year). Salts go to the market by the ledger.
    """
    in_black_mass = p["recycling.black_mass_yield"]
    black_mass = in_black_mass * treated
    ledger.post("black_mass", black_mass)
    ledger.post("pretreatment_residue", (1.0 - in_black_mass) * treated)
    imported = ledger.post("black_mass_imported", p["trade.black_mass_imports"])
    from_abroad = p.only("scrap", "imported") * p.only("channel", "formal") * p.this_year * imported
    leached = p["recycling.route_share"] * (black_mass + from_abroad)
    recovery = p["recycling.lithium_recovery"]
    recovered = recovery * leached
    as_cathode = p["recycling.cathode_share"]
    salts = ((1.0 - as_cathode) * recovered).sum("route", skipna=False)
    ledger.post("salts_recovered", p["recycling.salt_share"] * salts)
    ledger.post("leaching_residue", ((1.0 - recovery) * leached).sum("route", skipna=False))
    repaired = ledger.post("cathode_repaired", (as_cathode * recovered).sum("route", skipna=False))
    return repaired.sum(["scrap", "channel"], skipna=False)


def recycle_metals(treated: xr.DataArray, p: Setting, ledger: Ledger) -> None:
    """Recover the metals in what is treated, as the lithium beside them but with their own yields.

    Parameters
    ----------
    treated
        Metals in batteries and scrap treated, t metal/year, (year, production_year, scrap, channel, metal).
    """
    in_black_mass = p["recycling.metal_black_mass_yield"]
    ledger.post("metals_pretreatment_residue", (1.0 - in_black_mass) * treated)
    black_mass = in_black_mass * treated
    ledger.post("metals_in_black_mass", black_mass)
    recovery = (p["recycling.route_share"] * p["recycling.metal_recovery"]).sum("route", skipna=False)
    ledger.post("metals_recovered", recovery * black_mass)
    ledger.post("metals_leaching_residue", (1.0 - recovery) * black_mass)

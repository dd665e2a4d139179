"""Inventories of makers: what they hold, what a year's deliveries draw from it, and what the drawn cells hold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from lithflow import stocks
from lithflow.arrays import unit_of
from lithflow.chain.batteries import Contents, chemistry_share
from lithflow.chain.ledger import COHORT, ROUNDING, Ledger, NegativeFlowError
from lithflow.chain.mixes import Held, mix_with_partners
from lithflow.chain.setting import Array, Setting
from lithflow.chain.trade import Partners
from lithflow.chain.variables import SHOWN
from lithflow.chain.vehicles import trade_new_vehicles
from lithflow.errors import InputError
from lithflow.units import conversion

__all__ = ["CellDeliveries", "deliver_cells", "split_change"]


@dataclass(frozen=True)
class CellDeliveries:
    """Traction cells delivered in a year, some of them made before it.

    Parameters
    ----------
    to_vehicles
        Capacity of cells for new vehicles, kWh/year, (year, chemistry).
    vehicles_imported, vehicles_exported
        Capacity in imported and exported vehicles, kWh/year, (year, vehicle_class, chemistry).
    imported, exported
        Capacity of imported and exported cells and packs, kWh/year, (year, chemistry).
    made
        Capacity of traction cells made, kWh/year, (year, chemistry).
    held
        What cells delivered in a year hold: those drawn from stock as in the year they were made, those of partner
        regions as there.
    """

    to_vehicles: xr.DataArray
    vehicles_imported: xr.DataArray
    vehicles_exported: xr.DataArray
    imported: xr.DataArray
    exported: xr.DataArray
    made: xr.DataArray
    held: Held


def deliver_cells(
    registered: xr.DataArray,
    replacing: xr.DataArray,
    share: xr.DataArray,
    contents: Contents,
    p: Setting,
    partners: Partners,
    ledger: Ledger,
) -> CellDeliveries:
    """Deliver the traction cells wanted, out of what the makers hold in a year in which their stock falls.

    The stock is followed by the year in which cells were made and by chemistry. In a year in which it falls, the oldest
    cells of each chemistry go first; in the others all cells delivered are of the year. Every vehicle has the
    chemistry that its buyers want, so draws change when its cells were made and not what they are. All who take cells
    of a chemistry in a year take the same mix of production years. A traded vehicle has the battery that vehicles of
    its class have in the region that states the trade; imported cells are of the year, or as partner regions deliver
    them, and of the chemistries that home vehicles want.

    Parameters
    ----------
    registered
        Capacity in newly registered vehicles, kWh/year, (year, vehicle_class, chemistry).
    replacing
        Capacity of replacement batteries, kWh/year, (year, chemistry).
    share
        Chemistry shares of the capacity in new vehicles, (year, vehicle_class, chemistry).
    contents
        What cells made in a year hold.

    Raises
    ------
    InputError
        If the stock is to rise in a year without deliveries, or partner regions that draw on theirs send more than is
        used.
    NegativeFlowError
        If more is to be drawn than the stock holds of what is wanted.
    """
    imported_vehicles, exported_vehicles = trade_new_vehicles(registered, share, contents, p, partners, ledger)
    sold_in_vehicles, bought_in_vehicles, for_vehicles = (
        capacity.sum("vehicle_class", skipna=False) for capacity in (exported_vehicles, imported_vehicles, registered)
    )
    to_vehicles = partners.left(for_vehicles + sold_in_vehicles, bought_in_vehicles)
    at_home = to_vehicles + replacing
    bought = p["trade.cell_imports"] * p.share(at_home, at_home.sum("chemistry", skipna=False))
    sold = p["trade.cell_exports"] * chemistry_share(p, p["trade.cell_export_family_share"])
    used = partners.left(for_vehicles, bought_in_vehicles) + replacing
    imported, exported = partners.settle("cells", bought, sold, contents, partners.limit("cells", bought, sold, used))
    delivered = at_home + exported
    from_plants = partners.left(delivered, imported)
    change = split_change(
        p["cells.inventory_build"], delivered, "kWh/year", "cells.inventory_build", "capacity_inventory", p, from_plants
    )
    made = from_plants + change
    held = Held.alike(contents, contents)
    taken_in = CellDeliveries(to_vehicles, imported_vehicles, exported_vehicles, imported, exported, made, held)
    build = p.lanes(change, "kWh/year", ("year", "chemistry"))
    if (build >= 0.0).all():
        _keep(change, contents, p, ledger)
        for stage in ("vehicles", "cells"):
            partners.hold(stage, contents, contents)
        return taken_in
    store = stocks.first_in_first_out(np.maximum(build, 0.0), np.maximum(-build, 0.0))
    by_cohort = ("year", COHORT, "chemistry")
    contents.post("inventory", p.wrap(store.stock_by_cohort, by_cohort, "kWh/year") * p.one_year, ledger)
    if ledger.keep_details:
        drawn = p.wrap(store.outflow_by_cohort, by_cohort, "kWh/year")
    else:
        drawn = p.wrap(store.outflow_by_age.sum(axis=0), ("year", "chemistry"), "kWh/year")
    ledger.post("capacity_drawn", drawn)
    of_makers = delivered
    if partners.active:
        sent = p.wrap(partners.sent("cells").sum(axis=2), ("year", "chemistry"), "kWh/year")
        of_makers = partners.left(delivered, sent)
    older = contents.mapped(lambda content: _delivered(content, of_makers, store, p))
    if not partners.active:
        return replace(taken_in, held=Held.alike(older, contents))
    partners.hold("vehicles", older, older)
    partners.hold("cells", contents, older)
    capacity = {
        "registered": for_vehicles,
        "replacing": replacing,
        "vehicles": bought_in_vehicles,
        "cells": imported,
        "exported": sold_in_vehicles,
    }
    return replace(taken_in, held=mix_with_partners(older, contents, capacity, p, partners))


def _keep(change: xr.DataArray, contents: Contents, p: Setting, ledger: Ledger) -> None:
    """Post a stock from which nothing is drawn, by production year where the run follows it."""
    ledger.post("capacity_drawn", 0.0 * change)
    if p.cohort:
        contents.post("inventory", p.up_to_now * p.by_production_year(change) * p.one_year, ledger)
        return
    for name, amount in contents.valued("inventory", change).items():
        ledger.post(name, p.accumulated(amount))


def split_change(
    build: xr.DataArray,
    delivered: xr.DataArray,
    unit: str,
    parameter: str,
    stock: str,
    p: Setting,
    from_plants: xr.DataArray | None = None,
    belongs: Array | None = None,
) -> xr.DataArray:
    """Split the change of an inventory among chemistries: a rise as deliveries are, a fall as what can be drawn is.

    What can be drawn of a chemistry is what the stock holds of it, and no more than the year's deliveries want of
    makers, who hold it.

    Parameters
    ----------
    build
        Change of the inventory, below zero where it falls, (year), or (year, cathode_family) with `belongs`.
    delivered
        What is delivered in the year, (year, chemistry).
    unit
        Unit of both.
    parameter, stock
        Names of the parameter and of the stock, for the error.
    from_plants
        What of it makers deliver, out of their plants and their stock; all unless given.
    belongs
        One where a chemistry is of a family, (cathode_family, chemistry).

    Raises
    ------
    InputError
        If the inventory is to rise in a year without deliveries, so that nothing says of what.
    NegativeFlowError
        If more is to be drawn than is there.
    """
    wanted = p.lanes(delivered, unit, ("year", "chemistry"))
    of_makers = wanted if from_plants is None else p.lanes(from_plants, unit, ("year", "chemistry"))
    if belongs is None:
        names, belongs = [parameter], np.ones((1, wanted.shape[1]))
        change = p.lanes(build, unit, ("year",))[:, None]
    else:
        names = [f"{parameter}.{family}" for family in p.axes.labels("cathode_family")]
        change = p.lanes(build, unit, ("year", "cathode_family"))
    total = np.einsum("tc...,gc->tg...", wanted, belongs)
    unknown = (total <= 0.0) & (change > 0.0)
    if unknown.any():
        year, group, *_ = np.argwhere(unknown)[0]
        raise InputError(
            f"{names[group]} puts goods into stock in {p.years[year]}, when none are delivered, so their chemistry is "
            f"unknown; set it to zero in {p.years[year]}"
        )
    split = wanted * np.einsum("tg...,gc->tc...", _rate(change, total), belongs)
    falling = change < 0.0
    for year in np.flatnonzero(falling.reshape(len(change), -1).any(axis=1)):
        held = np.maximum(split[:year].sum(axis=0), 0.0)
        there = np.minimum(held, of_makers[year])
        whole = np.einsum("c...,gc->g...", there, belongs)
        short = falling[year] & (-change[year] > (1.0 + ROUNDING) * whole)
        if short.any():
            at = tuple(np.argwhere(short)[0])
            shown, name = SHOWN[unit], names[at[0]]
            amounts = (-change[year], np.einsum("c...,gc->g...", held, belongs), whole)
            draw, all_held, fitting = (
                float(np.broadcast_to(amount, short.shape)[at]) * conversion(unit, shown, parameter)
                for amount in amounts
            )
            raise NegativeFlowError(
                f"{stock} would fall below zero in {p.years[year]}: {name} takes {draw:.6g} {shown} out, where "
                f"the stock holds {all_held:.6g}, and {fitting:.6g} of chemistries that the deliveries of the year "
                f"want; raise {name} in {p.years[year]} or in the years before"
            )
        drawn = there * np.einsum("g...,gc->c...", _rate(change[year], whole), belongs)
        drawing = np.einsum("g...,gc->c...", falling[year].astype(float), belongs) > 0.0
        split[year] = np.where(drawing, drawn, split[year])
    return p.wrap(split, ("year", "chemistry"), unit)


def _rate(change: Array, whole: Array) -> Array:
    """Give a change per amount that it is spread over; zero where there is none."""
    change, whole = np.broadcast_arrays(change, whole)
    rate: Array = np.divide(change, whole, out=np.zeros(whole.shape), where=whole > 0.0)
    return rate


def _delivered(content: xr.DataArray, delivered: xr.DataArray, store: stocks.Store, p: Setting) -> xr.DataArray:
    """Give the content of cells delivered in a year, some drawn from the stock and the others made in the year."""
    dims = ("year", "chemistry", *(dim for dim in ("metal",) if dim in content.dims))
    inner = (1,) * (len(dims) - 2)
    made = p.lanes(content, unit_of(content), dims)
    wanted = p.lanes(delivered, "kWh/year", ("year", "chemistry"))
    ages = store.outflow_by_age

    def aligned(values: Array, lead: int) -> Array:
        return values.reshape(*values.shape[:lead], *inner, *values.shape[lead:])

    drawn = stocks.Store(aligned(ages, 3), aligned(store.stock_by_cohort, 3))
    share = np.divide(1.0, wanted, out=np.zeros(wanted.shape), where=wanted > 0.0)
    own = made * aligned(1.0 - ages.sum(axis=0) * share, 2)
    return p.wrap(own + drawn.carried(made) * aligned(share, 2), dims, unit_of(content))

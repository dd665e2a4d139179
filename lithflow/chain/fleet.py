"""Vehicles and their batteries: in use, replaced, retired, and exported with used vehicles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from lithflow import stocks
from lithflow.chain.batteries import Contents, chemistry_share
from lithflow.chain.inventory import CellDeliveries, deliver_cells
from lithflow.chain.ledger import COHORT, Ledger
from lithflow.chain.setting import Array, Setting
from lithflow.chain.trade import Partners

__all__ = ["Retired", "equip", "good_life", "lives", "post_vehicles", "run_fleet"]


@dataclass(frozen=True)
class Retired:
    """What the fleet hands to second life.

    Parameters
    ----------
    capacity
        Nameplate capacity retired, kWh/year, (year, production_year, chemistry, cause).
    battery_life
        Life of batteries by chemistry, vehicle apart: the lives of the vehicle classes, mixed as the capacity is.
    """

    capacity: xr.DataArray
    battery_life: stocks.Lifetime


@dataclass(frozen=True)
class Lives:
    """Lives of vehicles and batteries; lanes are vehicle class (the single one: and chemistry), region and member.

    Parameters
    ----------
    single
        One life that ends vehicle and battery together.
    vehicle, battery
        Separate lives.
    replacement
        Which worn batteries are replaced.
    """

    single: stocks.Lifetime
    vehicle: stocks.Lifetime
    battery: stocks.Lifetime
    replacement: stocks.Replacement


def run_fleet(
    registered: xr.DataArray, contents: Contents, p: Setting, partners: Partners, ledger: Ledger
) -> tuple[CellDeliveries, Retired]:
    """Carry vehicles and batteries through use, cohort by cohort.

    A share of each cohort has one life, which ends vehicle and battery together (Weibull, the family of Chinese battery
    lives); the rest has separate lives of vehicle (normal) and battery (logistic), none below zero, and replacement.
    The two families describe different things and are never multiplied; `fleet.two_life_share` says which cohort uses
    which.

    Parameters
    ----------
    registered
        Vehicles registered, vehicle/year, (year, vehicle_class).
    contents
        What cells made in a year hold per capacity.

    Returns
    -------
    CellDeliveries
        The traction cells delivered, with what they hold by the year in which they enter use.
    Retired
        What second life is given.
    """
    share = chemistry_share(p, p["fleet.family_share"])
    count = _Batteries(p, registered, share)
    pack = p.lanes(p["fleet.pack_size"], "kWh/vehicle", ("year", "vehicle_class"))
    exported_share = p.lanes(p["fleet.used_export_share"], "1", ("year", "vehicle_class"))
    abroad = exported_share[:, None] * pack
    at_home = (1.0 - exported_share)[:, None] * pack

    by_cohort = ("year", COHORT, "chemistry")
    causes = p.axes.labels("cause")
    retired = [_capacity(count.removed[cause], at_home if _leaves(cause) else pack[None]) for cause in causes]
    exported = _capacity(sum(count.removed[cause] for cause in causes if _leaves(cause)), abroad)
    by_cause = np.stack(np.broadcast_arrays(*retired), axis=2)
    capacity_retired = p.wrap(by_cause, ("year", COHORT, "cause", "chemistry"), "kWh/year")
    capacity_exported = p.wrap(exported, by_cohort, "kWh/year")
    capacity_in_use = p.wrap(_capacity(count.in_use, pack[None]), by_cohort, "kWh")
    capacity_registered = registered * p["fleet.pack_size"] * share
    cells = equip(capacity_registered, count.replaced, share, contents, p, partners, ledger)
    contents = cells.held.in_use

    post_vehicles(registered, count.vehicles_leaving, count.vehicles_in_use, p, ledger)
    contents.post("retired", capacity_retired, ledger)
    contents.post("used_exported", capacity_exported, ledger)
    contents.post("in_fleet", capacity_in_use, ledger)
    by_chemistry = capacity_retired.sum("cause", skipna=False)
    density = p.by_production_year(p["materials.pack_energy_density"])
    ledger.post("retired_pack_mass", (by_chemistry / density).sum([COHORT, "chemistry"], skipna=False))
    return cells, Retired(capacity_retired, good_life(capacity_registered, p))


def equip(
    registered: xr.DataArray,
    replaced: Array,
    share: xr.DataArray,
    contents: Contents,
    p: Setting,
    partners: Partners,
    ledger: Ledger,
) -> CellDeliveries:
    """Deliver the cells of newly registered vehicles and of replacement batteries, and enter both.

    Parameters
    ----------
    registered
        Capacity in newly registered vehicles, kWh/year, (year, vehicle_class, chemistry).
    replaced
        Vehicles that get a new battery, bare, vehicle/year, (year, vehicle_class, region, member).
    share
        Chemistry shares of the capacity in new vehicles, (year, vehicle_class, chemistry).
    contents
        What cells made in a year hold per capacity.
    """
    vehicles = p.wrap(replaced, ("year", "vehicle_class"), "vehicle/year")
    replacing = (vehicles * p["fleet.pack_size"] * share).sum("vehicle_class", skipna=False)
    cells = deliver_cells(registered, replacing, share, contents, p, partners, ledger)
    cells.held.registered.post("registered", registered, ledger)
    cells.held.replacing.post("replacing", replacing, ledger)
    return cells


def _leaves(cause: str) -> bool:
    """Tell whether the vehicle leaves with its battery."""
    return cause != "battery_replaced"


def _capacity(batteries: Array, pack: Array) -> Array:
    """Sum batteries × pack size over vehicle classes, (year, production year, chemistry)."""
    capacity: Array = np.einsum("tkcm...,tkc...->tkm...", batteries, pack)
    return capacity


def good_life(registered: xr.DataArray, p: Setting) -> stocks.Lifetime:
    """Mix the battery lives of vehicle classes by chemistry, as the capacity installed in observed years is.

    Only the past counts, so that what is done with an old battery doesn't depend on vehicles yet to be sold.
    """
    capacity = p.lanes(registered, "kWh/year", ("year", "vehicle_class", "chemistry"))[: p.last + 1].sum(axis=0)
    of_all = np.broadcast_to(capacity.sum(axis=1, keepdims=True), capacity.shape)
    known = np.where(capacity.sum(axis=0) > 0.0, capacity, np.where(of_all.sum(axis=0) > 0.0, of_all, 1.0))
    shares = known / known.sum(axis=0)
    by_class = [_battery_life(p, place) for place in range(len(shares))]
    return stocks.Mixture(by_class, shares=list(shares))


class _Batteries:
    """Numbers of vehicles and batteries, bare: (year, production year, vehicle class, chemistry, region, member)."""

    def __init__(self, p: Setting, registered: xr.DataArray, share: xr.DataArray) -> None:
        new = p.lanes(registered, "vehicle/year", ("year", "vehicle_class"), full=True)
        two = p.lanes(p["fleet.two_life_share"], "1", ("year",))[:, None]
        mix = p.lanes(share, "1", ("year", "vehicle_class", "chemistry"))
        life = lives(p)
        one = stocks.inflow_driven((new * (1.0 - two))[:, :, None] * mix, life.single, cohorts=True)
        # the type of a component, here its chemistry, is the last axis there
        both = stocks.product_component(
            inflow=new * two,
            product=life.vehicle,
            component=_battery_life(p, (..., None)),
            replacement=life.replacement,
            type_share=np.moveaxis(mix, 2, -1),
            cohorts=True,
        )
        removed = {cause: np.moveaxis(array, -1, 3) for cause, array in both.removed_by_cohort.items()}
        self.removed = {
            "one_life": one.outflow_by_cohort,
            "vehicle_scrapped": removed["product_scrapped"],
            "battery_replaced": removed["component_replaced"],
            "battery_worn": removed["component_worn"],
            "both": removed["both"],
        }
        self.in_use = one.stock_by_cohort + np.moveaxis(both.components_stock_by_cohort, -1, 3)
        self.replaced = both.components_replacements.sum(axis=-1)
        self.vehicles_in_use = one.stock.sum(axis=2) + both.products_stock
        self.vehicles_leaving = one.outflow.sum(axis=2) + both.products_outflow


def _by_class(p: Setting, name: str) -> Array:
    return p.lanes(p[name], "year", ("vehicle_class",))


def _battery_life(p: Setting, place: Any = ...) -> stocks.Lifetime:
    """Give the life of batteries apart from their vehicles, with further axes for lanes it doesn't vary on."""
    means, sds = _by_class(p, "fleet.battery_life"), _by_class(p, "fleet.battery_life_sd")
    return stocks.Logistic(mean=means[place], sd=sds[place], truncated=True)


def lives(p: Setting) -> Lives:
    """Give the lives of both families, and the rule of replacement."""
    return Lives(
        single=stocks.Weibull(
            shape=p.lanes(p["fleet.first_life_shape"], "1", ()),
            scale=p.lanes(p["fleet.first_life_scale"], "year", ("vehicle_class", "chemistry")),
        ),
        vehicle=stocks.Normal(
            mean=_by_class(p, "fleet.vehicle_life"), sd=_by_class(p, "fleet.vehicle_life_sd"), truncated=True
        ),
        battery=_battery_life(p),
        replacement=stocks.Replacement(
            share=p.lanes(p["fleet.replacement_share"], "1", ("vehicle_class",)),
            below_age=p.lanes(p["fleet.replacement_age_limit"], "year", ()),
        ),
    )


def post_vehicles(registered: xr.DataArray, leaving: Array, in_use: Array, p: Setting, ledger: Ledger) -> None:
    """Post the vehicles themselves; those that leave are scrapped at home or exported.

    Parameters
    ----------
    registered
        Vehicles registered, vehicle/year, (year, vehicle_class).
    leaving, in_use
        Vehicles that leave in a year and that are there at its end, bare, (year, vehicle_class, region, member).
    """
    gone = p.wrap(leaving, ("year", "vehicle_class"), "vehicle/year")
    ledger.post("used_vehicles_exported", p["fleet.used_export_share"] * gone)
    ledger.post("vehicles_scrapped", (1.0 - p["fleet.used_export_share"]) * gone)
    ledger.post("vehicles_in_use", p.wrap(in_use, ("year", "vehicle_class"), "vehicle"))

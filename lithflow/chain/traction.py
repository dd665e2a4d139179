"""Fleet and second life of many members: what `fleet` and `reuse` give by production year, as totals by year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from lithflow import stocks
from lithflow.chain.batteries import Contents, chemistry_share
from lithflow.chain.fleet import equip, good_life, lives, post_vehicles, run_fleet
from lithflow.chain.inventory import CellDeliveries
from lithflow.chain.ledger import Ledger
from lithflow.chain.reuse import POINTS, SecondLife, reuse_fade, reuse_steps, run_reuse
from lithflow.chain.setting import Array, Setting
from lithflow.chain.trade import Partners
from lithflow.chain.variables import BATTERIES, VARIABLES

__all__ = ["run_traction"]

CAUSES = ("one_life", "vehicle_scrapped", "battery_replaced", "battery_worn", "both")
"""Causes in the order of `lithflow.stocks.use_totals`."""


def run_traction(
    registered: xr.DataArray, contents: Contents, p: Setting, partners: Partners, ledger: Ledger
) -> tuple[CellDeliveries, SecondLife]:
    """Carry traction batteries through fleet and second life.

    Runs that follow production years take `run_fleet` and `run_reuse`; the others take the same lives, rules and steps
    through compiled loops, where these can follow them.

    Parameters
    ----------
    registered
        Vehicles registered, vehicle/year, (year, vehicle_class).
    contents
        What batteries hold per capacity.
    """
    steps = reuse_steps(p)
    if p.cohort or not stocks.can_follow(steps):
        cells, retired = run_fleet(registered, contents, p, partners, ledger)
        return cells, run_reuse(retired, cells.held.in_use, p, ledger)
    share = chemistry_share(p, p["fleet.family_share"])
    capacity = registered * p["fleet.pack_size"] * share
    totals = _followed(registered, share, capacity, steps, contents, p)
    cells = equip(capacity, _years_first(totals.replacements, 1), share, contents, p, partners, ledger)
    if cells.held.in_use is not contents:
        # what is drawn from inventories holds what it held when it was made; how many are wanted had to be known first
        contents = cells.held.in_use
        totals = _followed(registered, share, capacity, steps, contents, p)

    leaving, in_use = _years_first(totals.products_leaving, 1), _years_first(totals.products, 1)
    post_vehicles(registered, leaving, in_use, p, ledger)
    held = np.cumsum(totals.entered - totals.left, axis=2)
    for kind, values, dims in (
        ("retired", totals.removed[[CAUSES.index(cause) for cause in p.axes.labels("cause")]], ("cause", "chemistry")),
        ("used_exported", totals.abroad, ("chemistry",)),
        ("in_fleet", totals.in_use, ("chemistry",)),
        ("reuse_entered", totals.entered, ("reuse_step",)),
        ("reuse_left", totals.left, ("reuse_step",)),
        ("in_reuse", held, ("reuse_step",)),
        ("reuse_lost", totals.lost, ()),
        ("vehicles_ended", totals.ended, ()),
    ):
        _post(kind, values, dims, p, ledger)
    mass = totals.removed[:, :, -1].sum(axis=(0, 1))
    ledger.post("retired_pack_mass", p.wrap(mass, ("year",), "t/year"))
    displaced = p.wrap(_years_first(totals.usable, 1), ("year", "reuse_step"), "kWh usable/year")
    ledger.post("second_life_displaced", displaced)
    _, lithium, metals = BATTERIES["vehicles_ended"]
    return cells, SecondLife(ledger[lithium], ledger[metals], displaced)


def _followed(
    registered: xr.DataArray,
    share: xr.DataArray,
    capacity: xr.DataArray,
    steps: Sequence[stocks.Step],
    contents: Contents,
    p: Setting,
) -> stocks.Totals:
    """Follow capacity, its lithium, its metals and the mass of its packs."""

    def bare(array: xr.DataArray, unit: str, *dims: str) -> Array:
        return p.lanes(array, unit, dims)

    life = lives(p)
    by_class, causes = ("year", "vehicle_class"), p.axes.labels("cause")
    products = stocks.Products(
        inflow=bare(registered, "vehicle/year", *by_class),
        two_lives=bare(p["fleet.two_life_share"], "1", "year")[:, None],
        type_share=bare(share, "1", *by_class, "chemistry"),
        size=bare(p["fleet.pack_size"], "kWh/vehicle", *by_class),
        abroad=bare(p["fleet.used_export_share"], "1", *by_class),
        single=life.single,
        product=life.vehicle,
        component=life.battery,
        replacement=life.replacement,
    )
    suitable = bare(p["reuse.suitable_share"], "1", "year", "chemistry", "cause")
    later = stocks.Later(
        steps=steps,
        fade=reuse_fade(p),
        life=good_life(capacity, p),
        suitable=suitable[:, :, [causes.index(cause) for cause in CAUSES]],
        points=POINTS,
    )
    lithium = bare(contents.lithium, "t Li/kWh", "year", "chemistry")[None]
    metals = bare(contents.metals, "t metal/kWh", "metal", "year", "chemistry")
    mass = 1.0 / bare(p["materials.pack_energy_density"], "kWh/t", "year", "chemistry")[None]
    shape = np.broadcast_shapes(lithium.shape[1:], metals.shape[1:], mass.shape[1:])
    worth = [np.broadcast_to(part, (len(part), *shape)) for part in (lithium, metals, mass)]
    return stocks.use_totals(products, later, np.concatenate(worth))


def _years_first(values: Array, place: int) -> Array:
    """Move the axis of years to the front."""
    return np.moveaxis(values, place, 0)


def _post(kind: str, values: Array, dims: tuple[str, ...], p: Setting, ledger: Ledger) -> None:
    """Enter what was followed, (dims, worth, year, region and member), as capacity, as lithium and as metals."""
    by_year = np.moveaxis(values, (len(dims) + 1, len(dims)), (0, 1))
    stored = VARIABLES[BATTERIES[kind][0]].kind == "stock"
    per_year = "" if stored else "/year"
    capacity, lithium, metals = BATTERIES[kind]
    for name, part, further, unit in (
        (capacity, by_year[:, 0], (), "kWh"),
        (lithium, by_year[:, 1], (), "t Li"),
        (metals, by_year[:, 2:-1], ("metal",), "t metal"),
    ):
        array = p.wrap(part, ("year", *further, *dims), f"{unit}{per_year}")
        away = [dim for dim in dims if dim not in VARIABLES[name].dims]
        ledger.post(name, array.sum(away, skipna=False) if away else array)

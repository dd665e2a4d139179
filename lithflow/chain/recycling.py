"""Recycling: collected batteries and new scrap become black mass, salts, metals, repaired cathode and residues."""

from __future__ import annotations

import numpy as np
import xarray as xr

from lithflow import stocks
from lithflow.arrays import unit_of, value
from lithflow.chain.batteries import Contents, chemistry_share
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Array, Setting
from lithflow.chain.trade import Partners
from lithflow.errors import InputError

__all__ = ["recycle_lithium", "recycle_metals", "treat_lithium", "treat_metals"]

ROUNDED_EXPORTS = 1e-9
"""Exports may be above what there is by as much, relative to it, as they are written with so many digits."""


def treat_lithium(
    collected: xr.DataArray, new_scrap: xr.DataArray, p: Setting, ledger: Ledger
) -> tuple[xr.DataArray, xr.DataArray]:
    """Treat what arrives after a delay, and not more in a year than recyclers can; the rest waits.

    Parameters
    ----------
    collected
        Lithium in batteries collected, t Li/year, (year, production_year, channel).
    new_scrap
        Lithium in waste of cell making that reaches recyclers, t Li/year, (year).

    Returns
    -------
    treated
        Lithium in what is treated, t Li/year, (year, production_year, scrap, channel).
    share
        Share of what is ready or waiting that is treated in the year, (year, channel).
    """
    capacity = ledger.post("recycling_capacity", p["recycling.capacity"])
    arriving = _arriving(collected, new_scrap, p)
    delayed = _delayed(arriving, p)
    beside = tuple(_dims(arriving, p).index(dim) for dim in (*p.cohort, "scrap"))
    share = _shares_treated(delayed.outflow.sum(axis=beside), p.lanes(capacity, "t Li/year", ("year", "channel")))
    treated, queued = _worked_off(arriving, delayed, share, p)
    ledger.post("batteries_queued", queued)
    ledger.post("batteries_treated", treated)
    return treated, p.wrap(share, ("year", "channel"), "1")


def treat_metals(
    collected: xr.DataArray, new_scrap: xr.DataArray, share: xr.DataArray, p: Setting, ledger: Ledger
) -> xr.DataArray:
    """Treat the metals beside the lithium: the same batteries wait and are treated.

    Parameters
    ----------
    collected
        Metals in batteries collected, t metal/year, (year, production_year, channel, metal).
    new_scrap
        Metals in waste of cell making that reaches recyclers, t metal/year, (year, metal).
    share
        From `treat_lithium`.

    Returns
    -------
    xarray.DataArray
        Metals in what is treated, t metal/year, (year, production_year, scrap, channel, metal).
    """
    arriving = _arriving(collected, new_scrap, p)
    treated, queued = _worked_off(arriving, _delayed(arriving, p), p.lanes(share, "1", ("year", "channel")), p)
    ledger.post("metals_queued", queued)
    ledger.post("metals_treated", treated)
    return treated


def _arriving(collected: xr.DataArray, new_scrap: xr.DataArray, p: Setting) -> xr.DataArray:
    """Put old and new scrap side by side; new scrap goes to listed recyclers and carries the year in which it arose."""
    listed = p.only("channel", "formal") * p.this_year
    return p.only("scrap", "old") * collected + p.only("scrap", "new") * (listed * new_scrap)


def _dims(arriving: xr.DataArray, p: Setting) -> tuple[str, ...]:
    return ("year", *p.cohort, "scrap", "channel", *(dim for dim in ("metal",) if dim in arriving.dims))


def _delayed(arriving: xr.DataArray, p: Setting) -> stocks.CohortStock:
    """Keep what arrives until it is ready for treatment."""
    dims = _dims(arriving, p)
    delay = p.lanes(p["recycling.delay"], "year", ("scrap",))
    lanes = _beside(delay, ("scrap",), dims[1:])
    return stocks.inflow_driven(p.lanes(arriving, unit_of(arriving), dims), stocks.Fixed(mean=lanes))


def _shares_treated(ready: Array, capacity: Array) -> Array:
    """Give the share of what is ready or waiting that is treated in a year, (year, channel, region, member)."""
    shape = np.broadcast_shapes(ready.shape, capacity.shape)
    ready, capacity = np.broadcast_to(ready, shape), np.broadcast_to(capacity, shape)
    share = np.ones(shape)
    waiting: Array = np.zeros(shape[1:])
    for year in range(shape[0]):
        there = waiting + ready[year]
        np.divide(capacity[year], there, out=share[year], where=there > capacity[year])
        waiting = (1.0 - share[year]) * there
    return share


def _beside(values: Array, own: tuple[str, ...], dims: tuple[str, ...]) -> Array:
    """Give values by some dimensions, then region and member, the axes of others, of length 1 where they lack one."""
    sizes = dict(zip(own, values.shape, strict=False))
    return values.reshape((*(sizes.get(dim, 1) for dim in dims), *values.shape[len(own) :]))


def _worked_off(
    arriving: xr.DataArray, delayed: stocks.CohortStock, share: Array, p: Setting
) -> tuple[xr.DataArray, xr.DataArray]:
    """Treat a share of what is ready or waiting in each year, oldest and newest alike.

    Returns
    -------
    treated, queued
        What is treated in a year, and what is delayed or waits at its end.
    """
    dims, unit, ready = _dims(arriving, p), unit_of(arriving), np.asarray(delayed.outflow)
    by_lane = _beside(share, ("year", "channel"), dims)
    treated = np.empty(np.broadcast_shapes(ready.shape, by_lane.shape))
    waiting = np.empty(treated.shape)
    left: Array = np.zeros(treated.shape[1:])
    for year in range(len(treated)):
        there = left + ready[year]
        np.multiply(by_lane[year], there, out=treated[year])
        left = np.multiply(1.0 - by_lane[year], there, out=waiting[year])
    return p.wrap(treated, dims, unit), p.wrap(delayed.stock + waiting, dims, unit) * p.one_year


def recycle_lithium(
    treated: xr.DataArray, p: Setting, partners: Partners, ledger: Ledger
) -> tuple[xr.DataArray, xr.DataArray]:
    """Turn the lithium in what is treated into salts and repaired cathode, by channel and route.

    Old scrap (end-of-life batteries), new scrap (waste of cell making) and imported black mass stay apart throughout;
    imported black mass goes to listed recyclers. Black mass is exported in the mix of the year, and what is imported
    isn't exported again; metals go with it, see `recycle_metals`.

    Parameters
    ----------
    treated
        Lithium in batteries and scrap treated, t Li/year, (year, production_year, scrap, channel).

    Returns
    -------
    repaired
        Lithium in cathode material from direct recycling, t Li/year, (year). Salts go to the market by the ledger.
    sold
        Share of black mass that is exported, (year).
    """
    in_black_mass = p["recycling.black_mass_yield"]
    black_mass = in_black_mass * treated
    ledger.post("black_mass", black_mass)
    by_step = p["recycling.pretreatment_loss_share"]
    ledger.post("pretreatment_residue", (1.0 - in_black_mass) * treated, split=by_step)
    imported, exported = partners.settle("black_mass", p["trade.black_mass_imports"], p["trade.black_mass_exports"])
    ledger.post("black_mass_imported", imported)
    formed = black_mass.sum([*p.cohort, "scrap", "channel"], skipna=False)
    _refuse_more(exported, formed, p)
    # what is exported to the last bit may be above what there is by rounding
    sold = p.share(exported, formed).clip(max=1.0)
    at_home = _less_exported("black_mass_exported", black_mass, sold, ledger)
    taken_in = at_home + _to_listed(imported, p)
    leached = p["recycling.route_share"] * taken_in
    recovery = p["recycling.lithium_recovery"]
    recovered = recovery * leached
    as_cathode = p["recycling.cathode_share"]
    salts = ((1.0 - as_cathode) * recovered).sum("route", skipna=False)
    ledger.post("salts_recovered", p["recycling.salt_share"] * salts)
    lost, by_step = _losses(recovery, p["recycling.recovery_loss_share"], p)
    ledger.post("leaching_residue", lost * taken_in, split=by_step)
    repaired = ledger.post("cathode_repaired", (as_cathode * recovered).sum("route", skipna=False))
    return repaired.sum(["scrap", "channel"], skipna=False), sold


def _to_listed(imported: xr.DataArray, p: Setting) -> xr.DataArray:
    """Give imported black mass to listed recyclers; it carries the year in which it comes."""
    return p.only("scrap", "imported") * p.only("channel", "formal") * p.this_year * imported


def _refuse_more(exported: xr.DataArray, formed: xr.DataArray, p: Setting) -> None:
    """Refuse to export more black mass than there is."""
    wanted, most = (p.lanes(array, "t Li/year", ("year",)) for array in (exported, formed))
    beyond = wanted > most * (1.0 + ROUNDED_EXPORTS)
    if beyond.any():
        year = p.years[int(np.argwhere(beyond)[0, 0])]
        raise InputError(
            f"more black mass is exported in {year} than there is; lower trade.black_mass_exports, or what partner "
            "regions import of it (trade.black_mass_imports and trade.import_partner_share)"
        )


def _less_exported(name: str, black_mass: xr.DataArray, sold: xr.DataArray, ledger: Ledger) -> xr.DataArray:
    """Enter the share of black mass that is exported, and give what stays; nothing to compute where none is sold."""
    if value(sold, "1").any():
        ledger.post(name, sold * black_mass)
        return (1.0 - sold) * black_mass
    ledger.post(name, 0.0 * black_mass)
    return black_mass


def recycle_metals(
    treated: xr.DataArray, sold: xr.DataArray, contents: Contents, p: Setting, partners: Partners, ledger: Ledger
) -> None:
    """Recover the metals in what is treated, as the lithium beside them but with their own yields.

    Parameters
    ----------
    treated
        Metals in batteries and scrap treated, t metal/year, (year, production_year, scrap, channel, metal).
    sold
        From `recycle_lithium`.
    contents
        What cells made in a year hold per capacity.

    Raises
    ------
    InputError
        If black mass is imported that is of batteries without lithium.
    """
    in_black_mass = p["recycling.metal_black_mass_yield"]
    by_step = p["recycling.metal_pretreatment_loss_share"]
    ledger.post("metals_pretreatment_residue", (1.0 - in_black_mass) * treated, split=by_step)
    black_mass = in_black_mass * treated
    ledger.post("metals_in_black_mass", black_mass)
    at_home = _less_exported("metals_black_mass_exported", black_mass, sold, ledger)
    if partners.active:
        stated = value(p["trade.black_mass_imports"], "t Li/year").any()
        none = p.axes.zeros(("year", "metal"), "t metal/t Li")
        bought = _beside_lithium_abroad(contents, p) if stated else none
        partners.hold_metals("black_mass", bought, _beside_lithium_at_home(p, ledger))
    taken_in = _with_imported(at_home, contents, p, partners, ledger)
    recovery = p["recycling.metal_recovery"]
    ledger.post("metals_recovered", (p["recycling.route_share"] * recovery).sum("route", skipna=False) * taken_in)
    lost, by_step = _losses(recovery, p["recycling.metal_recovery_loss_share"], p)
    ledger.post("metals_leaching_residue", lost * taken_in, split=by_step)


def _with_imported(
    at_home: xr.DataArray, contents: Contents, p: Setting, partners: Partners, ledger: Ledger
) -> xr.DataArray:
    """Add the metals that come with the lithium of imported black mass; nothing to compute where none comes."""
    if not value(ledger["black_mass_imported"], "t Li/year").any():
        ledger.post("metals_black_mass_imported", p.axes.zeros(("year", "metal"), "t metal/year"))
        return at_home
    imported = _metals_imported(contents, p, partners, ledger)
    return at_home + _to_listed(ledger.post("metals_black_mass_imported", imported), p)


def _metals_imported(contents: Contents, p: Setting, partners: Partners, ledger: Ledger) -> xr.DataArray:
    """Give the metals in imported black mass, (year, metal)."""
    stated = p["trade.black_mass_imports"]
    if not partners.active:
        return _metals_from_abroad(stated, contents, p)
    outside = p.wrap(partners.outside_share("black_mass", "import"), ("year",), "1")
    return _metals_from_abroad(outside * stated, contents, p) + _metals_from_partners(p, partners, ledger)


def _metals_from_abroad(lithium: xr.DataArray, contents: Contents, p: Setting) -> xr.DataArray:
    """Give the metals beside the lithium in black mass of the stated families."""
    mixed = chemistry_share(p, p["trade.black_mass_import_family_share"])
    per_capacity = (mixed * contents.lithium).sum("chemistry", skipna=False)
    empty = p.lanes(per_capacity, "t Li/kWh", ("year",)) <= 0.0
    wanting = empty & (p.lanes(lithium, "t Li/year", ("year",)) > 0.0)
    if wanting.any():
        raise InputError(
            f"lithium is imported in black mass in {p.years[int(np.argwhere(wanting)[0, 0])]}, but the batteries it is "
            "of hold none; give trade.black_mass_import_family_share a family with lithium"
        )
    return _beside_lithium_abroad(contents, p) * lithium


def _beside_lithium_abroad(contents: Contents, p: Setting) -> xr.DataArray:
    """Give the metals per lithium in black mass of the stated families, t metal/t Li, (year, metal)."""
    mixed = chemistry_share(p, p["trade.black_mass_import_family_share"])
    electrodes = contents.metals_by_part.sel(battery_part="electrode", drop=True)
    metals = p["trade.black_mass_import_metal_share"] * (mixed * electrodes).sum("chemistry", skipna=False)
    return p.share(metals, (mixed * contents.lithium).sum("chemistry", skipna=False))


def _beside_lithium_at_home(p: Setting, ledger: Ledger) -> xr.DataArray:
    """Give the metals per lithium in black mass of home recyclers, t metal/t Li, (year, metal)."""
    beside = ["scrap", "channel"]
    metals, lithium = (ledger[name].sum(beside, skipna=False) for name in ("metals_in_black_mass", "black_mass"))
    return p.share(metals, lithium)


def _metals_from_partners(p: Setting, partners: Partners, ledger: Ledger) -> xr.DataArray:
    """Give the metals beside the lithium in black mass that partner regions deliver: as much as theirs holds."""
    held = p.lanes(_beside_lithium_at_home(p, ledger), "t metal/t Li", ("year", "metal"), full=True)
    received = np.einsum("tsb...,tms...->tmb...", partners.sent_lithium("black_mass"), held)
    return p.wrap(received, ("year", "metal"), "t metal/year")


def _losses(recovery: xr.DataArray, by_step: xr.DataArray, p: Setting) -> tuple[xr.DataArray, xr.DataArray]:
    """Give the share of black mass that all routes together lose, and the share of each step in this loss.

    Parameters
    ----------
    recovery
        What leaves as product, (year, channel, route) and, for metals, metal.
    by_step
        Shares of the steps in the loss of a route, (route, recovery_step) and, for metals, metal.
    """
    of_route = p["recycling.route_share"] * (1.0 - recovery)
    lost = of_route.sum("route", skipna=False)
    return lost, p.share((by_step * of_route).sum("route", skipna=False), lost)

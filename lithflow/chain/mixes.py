"""What traction cells hold by where they go, where some are of earlier years or of partner regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow.arrays import unit_of
from lithflow.chain.batteries import Contents
from lithflow.chain.ledger import ROUNDING
from lithflow.chain.setting import Array, Setting
from lithflow.chain.trade import Partners
from lithflow.errors import InputError

__all__ = ["Held", "mix_with_partners"]

MIXED = ("cathode", "electrolyte", "anode", "lithium", "metals")
"""Contents that are mixed; parts of batteries stay as they are made."""


@dataclass(frozen=True)
class Held:
    """What cells hold per capacity, by the year in which they are delivered.

    Parameters
    ----------
    sold
        Exported cells and batteries of exported vehicles.
    bought, bought_in_vehicles
        Imported cells and batteries of imported vehicles.
    to_vehicles
        Cells for vehicles made at home.
    replacing
        Replacement batteries.
    registered
        Batteries of vehicles registered.
    in_use
        Batteries that enter use in vehicles, registered and replacing together.
    """

    sold: Contents
    bought: Contents
    bought_in_vehicles: Contents
    to_vehicles: Contents
    replacing: Contents
    registered: Contents
    in_use: Contents

    @classmethod
    def alike(cls, delivered: Contents, bought: Contents) -> Held:
        """Let all that is delivered hold the same, and imported cells something else."""
        return cls(delivered, bought, delivered, delivered, delivered, delivered, delivered)


def mix_with_partners(
    own: Contents,
    made: Contents,
    capacity: dict[str, xr.DataArray],
    p: Setting,
    partners: Partners,
) -> Held:
    """Mix what partner regions send into what home makers deliver; it holds what it holds in the region that sells it.

    Exports are of home makers. What partners send is for use at home: cells for new vehicles and for replacement take
    the same mix of home cells and imported ones, and registered vehicles are those made at home and imported ones.

    Parameters
    ----------
    own
        What home makers deliver, out of plants and stock, holds.
    made
        What cells made in the year hold, which imports from countries outside the run do.
    capacity
        Capacity ``registered``, ``replacing``, imported in ``vehicles`` and as ``cells``, and ``exported`` in vehicles,
        kWh/year, (year, chemistry).

    Raises
    ------
    InputError
        If a region imports more of a chemistry than it uses.
    """

    def bare(name: str) -> Array:
        return p.lanes(capacity[name], "kWh/year", ("year", "chemistry"), full=True)

    in_vehicles, as_cells = partners.sent("vehicles"), partners.sent("cells")
    registered, replacing = bare("registered"), bare("replacing")
    made_at_home = _rest(registered, bare("vehicles"), "vehicles", p)
    used = made_at_home + replacing
    # seller comes before buyer
    home_cells = _rest(used, as_cells.sum(axis=2), "cells", p)
    for_use = _mixed_contents([(home_cells, own)], [(as_cells, own)], p)
    vehicles_outside = _left(bare("vehicles"), in_vehicles.sum(axis=2))
    of_vehicles = _mixed_contents([(made_at_home, for_use), (vehicles_outside, own)], [(in_vehicles, own)], p)
    return Held(
        sold=own,
        bought=_mixed_contents([(_left(bare("cells"), as_cells.sum(axis=2)), made)], [(as_cells, own)], p),
        bought_in_vehicles=_mixed_contents([(vehicles_outside, own)], [(in_vehicles, own)], p),
        to_vehicles=_mixed_contents([(made_at_home, for_use), (bare("exported"), own)], [], p),
        replacing=for_use,
        registered=of_vehicles,
        in_use=_mixed_contents([(registered, of_vehicles), (replacing, for_use)], [], p),
    )


def _left(whole: Array, part: Array) -> Array:
    """Take off a whole what is part of it."""
    return np.maximum(whole - part, 0.0)


def _rest(used: Array, imported: Array, what: str, p: Setting) -> Array:
    """Take imports off what is used at home, which they must not exceed."""
    beyond = used - imported < -ROUNDING * used
    if beyond.any():
        year, chemistry, region = np.argwhere(beyond)[0, :3].tolist()
        good = what.removesuffix("s")
        raise InputError(
            f"{p.axes.labels('region')[region]} imports more {p.axes.labels('chemistry')[chemistry]} {what} in "
            f"{p.years[year]} than it uses, while older ones are drawn from stock (cells.inventory_build), so that "
            f"nothing says what those hold that are sold again; lower trade.{good}_imports, or what partners send "
            f"(trade.{good}_exports and trade.export_partner_share), or let regions refuse what they don't use "
            "(trade.unwanted_refused: 1)"
        )
    return _left(used, imported)


def _mixed_contents(
    parts: Sequence[tuple[Array, Contents]], sent: Sequence[tuple[Array, Contents]], p: Setting
) -> Contents:
    """Mix contents by capacity; what is sent holds what it does at the seller.

    What is sent has the axes (year, chemistry, seller, buyer, member). Where there is no capacity, the first content
    stands.
    """
    total = sum((weight for weight, _ in parts), np.zeros(1)) + sum(
        (array.sum(axis=2) for array, _ in sent), np.zeros(1)
    )
    whole = np.where(total > 0.0, total, 1.0)
    first = parts[0][1]

    def field(name: str) -> xr.DataArray:
        content = getattr(first, name)
        dims = ("year", "chemistry", *(dim for dim in ("metal",) if dim in content.dims))
        unit, inner = unit_of(content), len(dims) - 2

        def held(contents: Contents) -> Array:
            return p.lanes(getattr(contents, name), unit, dims, full=True)

        def aligned(values: Array) -> Array:
            return values.reshape(*values.shape[:2], *(1,) * inner, *values.shape[2:])

        amount: Array = np.zeros(1)
        for weight, contents in parts:
            amount = amount + aligned(weight) * held(contents)
        for array, contents in sent:
            at_seller = np.expand_dims(held(contents), len(dims) + 1)
            amount = amount + (aligned(array) * at_seller).sum(axis=len(dims))
        return p.wrap(np.where(aligned(total) > 0.0, amount / aligned(whole), held(first)), dims, unit)

    cathode, electrolyte, anode, lithium, metals = (field(name) for name in MIXED)
    return Contents(cathode, electrolyte, anode, lithium, metals, first.metals_by_part, p)

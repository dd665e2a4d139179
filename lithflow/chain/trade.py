"""Trade: origins of imports and what is missing when one doesn't deliver; and trade between the regions of a run.

A region states its imports and its exports at each step of the chain. A share of its imports comes from each partner
region (`trade.import_partner_share`), and a share of its exports goes to each (`trade.export_partner_share`); the rest
is with countries outside the run. What one side states is added to the other side's: a pair of regions may so trade by
the importer's figures (concentrate and salts that China buys) or by the exporter's (cells and vehicles that it sells),
but what is stated once should not be stated again by the other. Demand is pulled step by step, so that no iteration is
needed.

What partners send is for use in the region that gets it. Where they would send more of a chemistry or a salt than is
used there beside what comes from countries outside the run, its makers would have to make less than nothing, which is
an error; if `trade.unwanted_refused` says so, all that partners would send of it is cut in one proportion to what is
used instead, and its sellers make so much less. What was cut is in ``trade_refused``.

Used vehicles that leave a region leave the run with it, as no record says which fleet they join.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow.arrays import unit_of
from lithflow.chain.batteries import Contents
from lithflow.chain.ledger import EXTRA, Ledger
from lithflow.chain.setting import Array, Setting
from lithflow.errors import InputError
from lithflow.units import Unit

__all__ = ["METALS_TRADED", "TRADED", "Origins", "Partners", "concentrate_origins", "salt_origins"]

TRADED = {
    "concentrate": ("concentrate_imported", "concentrate_exported"),
    "salts": ("salts_imported", "salts_exported"),
    "cathode": ("cathode_imported", "cathode_exported"),
    "electrolyte": ("electrolyte_imported", "electrolyte_exported"),
    "cells": ("cells_imported", "cells_exported"),
    "device_cells": ("device_cells_imported", "device_cells_exported"),
    "vehicles": ("batteries_imported", "batteries_exported"),
    "black_mass": ("black_mass_imported", "black_mass_exported"),
}
"""What regions trade: label of ``trade_stage`` → the flows of lithium into and out of a region."""

METALS_TRADED = {
    "cells": ("metals_imported", "metals_exported"),
    "device_cells": ("device_metals_imported", "device_metals_exported"),
    "vehicles": ("vehicle_metals_imported", "vehicle_metals_exported"),
    "black_mass": ("metals_black_mass_imported", "metals_black_mass_exported"),
}
"""What of it holds metals: label of ``trade_stage`` → the flows of metals into and out of a region."""


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


CUT_TO_USE = 1e-14
"""What is left of a use to which imports are cut, relative to it, below which nothing is."""

SUMMED_SHARES = 1e-14
"""What a sum of shares may differ from one."""


class Partners:
    """Trade between the regions of a run; in a run without regions everything passes through unchanged.

    Bare arrays of what goes between regions have the axes (year, further dimensions, seller, buyer, member).

    Parameters
    ----------
    p
        Parameters on shared axes.
    """

    def __init__(self, p: Setting) -> None:
        self.p = p
        self.active = "region" in p.extra
        self._lithium: dict[str, list[Array]] = {}
        self._batteries: dict[str, list[Array]] = {}
        self._held: dict[str, tuple[Contents, Contents]] = {}
        self._metals: dict[str, tuple[xr.DataArray, xr.DataArray]] = {}
        if self.active:
            self.regions: tuple[str, ...] = p.axes.labels("region")
            self._of_imports = self._shares("trade.import_partner_share")
            self._of_exports = self._shares("trade.export_partner_share")
            self._refuses = p.lanes(p["trade.unwanted_refused"], "1", ()) > 0.0

    def settle(
        self,
        stage: str,
        imported: xr.DataArray,
        exported: xr.DataArray,
        contents: Contents | None = None,
        limit: Array | None = None,
        recorded: bool = True,
    ) -> tuple[xr.DataArray, xr.DataArray]:
        """Add what partners state to what a region states itself, and keep who delivers to whom.

        Parameters
        ----------
        stage
            A label of ``trade_stage``.
        imported, exported
            What regions state, in the same dimensions.
        contents
            What batteries made in the year hold, where capacity is traded; see `hold` for those that are sent.
        limit
            From `limit`: the share that is sent of what partners would send.
        recorded
            Whether to keep it; not so for what is counted in another unit than lithium and capacity, such as vehicles.

        Returns
        -------
        imported, exported
            All imports and exports.

        Raises
        ------
        InputError
            If regions trade batteries that hold more in one of them than in the other.
        """
        if not self.active:
            return imported, exported
        dims, unit = _own(imported), unit_of(imported)
        stated = self._between(stage, imported, exported, dims, unit)
        bought, sold = self._outside(stage, imported, exported, dims, unit)
        seller = len(dims)
        sent, refused = stated, None
        if limit is not None:
            taken = np.expand_dims(limit, seller)
            sent, refused = taken * stated, (1.0 - taken) * stated
        if recorded:
            if contents is not None:
                self._refuse_other_contents(stage, contents)
            self._keep(stage, sent, (bought, sold), refused, dims, batteries=contents is not None)
        return (
            self.p.wrap(bought + sent.sum(axis=seller), dims, unit),
            self.p.wrap(sold + sent.sum(axis=seller + 1), dims, unit),
        )

    def limit(self, stage: str, imported: xr.DataArray, exported: xr.DataArray, used: xr.DataArray) -> Array | None:
        """Give the share that a region takes of what partners would send: all of it up to what it uses itself.

        Parameters
        ----------
        stage
            A label of ``trade_stage``.
        imported, exported
            What regions state, in the same dimensions.
        used
            What a region uses at home, in some of these dimensions; the others are taken together.

        Returns
        -------
        numpy.ndarray or None
            (year, dimensions of `imported`, region, member), of length 1 for those that `used` lacks; None if all is
            taken, or `trade.unwanted_refused` doesn't ask for more than that.
        """
        if not self.active or not self._refuses.any():
            return None
        dims, unit = _own(imported), unit_of(imported)
        together = tuple(axis for axis, dim in enumerate(dims) if dim not in used.dims)
        stated = self._between(stage, imported, exported, dims, unit).sum(axis=len(dims))
        beside, _ = self._outside(stage, imported, exported, dims, unit)
        offered, beside = (values.sum(axis=together, keepdims=True) for values in (stated, beside))
        own = self.p.lanes(used, unit, [dim for dim in dims if dim in used.dims])
        room = np.maximum(np.expand_dims(own, together) - beside, 0.0)
        beyond = self._refuses & (offered > room)
        if not beyond.any():
            return None
        room, offered = np.broadcast_arrays(room, offered)
        limit: Array = np.divide(room, offered, out=np.ones(beyond.shape), where=beyond)
        return limit

    def left(self, whole: xr.DataArray, imported: xr.DataArray) -> xr.DataArray:
        """Take imports off a whole; where they are cut to it, nothing is left, whatever rounding says.

        Parameters
        ----------
        whole, imported
            In the same dimensions.
        """
        rest = whole - imported
        if not self.active or not self._refuses.any():
            return rest
        dims, unit = _own(rest), unit_of(rest)
        values, most = self.p.lanes(rest, unit, dims), self.p.lanes(whole, unit, dims)
        return self.p.wrap(np.where(np.abs(values) <= CUT_TO_USE * np.abs(most), 0.0, values), dims, unit)

    def plus(self, amount: xr.DataArray, traded: xr.DataArray, share: xr.DataArray | None = None) -> xr.DataArray:
        """Add what goes between regions, or shares of it, to an amount that a region states itself."""
        if not self.active:
            return amount
        return amount + (traded if share is None else share * traded)

    def received(self, stage: str, exported: xr.DataArray) -> xr.DataArray:
        """Give what regions get of the exports that their partners state; nothing in a run without regions."""
        if not self.active:
            return 0.0 * exported
        dims, unit = _own(exported), unit_of(exported)
        between = self._between(stage, 0.0 * exported, exported, dims, unit)
        return self.p.wrap(between.sum(axis=len(dims)), dims, unit)

    def shares(self, stage: str, side: str) -> Array:
        """Give the shares of partners in a trade, (year, partner, region, member), partners in the order of regions."""
        shares = self._of_imports if side == "import" else self._of_exports
        return shares[:, self.p.axes.labels("trade_stage").index(stage)]

    def outside_share(self, stage: str, side: str) -> Array:
        """Give the share of a trade that is with countries outside the run, (year, region, member); arguments as above.

        Shares of partners that sum to one leave nothing, whatever rounding says.
        """
        rest = 1.0 - self.shares(stage, side).sum(axis=1)
        return np.where(np.abs(rest) <= SUMMED_SHARES, 0.0, rest)

    def hold(self, stage: str, bought: Contents, sold: Contents) -> None:
        """Note what batteries hold that come from outside the run, and those that regions sell."""
        self._held[stage] = bought, sold

    def hold_metals(self, stage: str, bought: xr.DataArray, sold: xr.DataArray) -> None:
        """Note the metals per lithium in what comes from outside the run and in what regions sell, where no battery is.

        Parameters
        ----------
        stage
            A label of ``trade_stage``.
        bought, sold
            t metal/t Li, (year, metal).
        """
        self._metals[stage] = bought, sold

    def sent(self, stage: str) -> Array:
        """Give the capacity of batteries that regions send each other, (year, chemistry, seller, buyer, member)."""
        return self._batteries[stage][0]

    def sent_lithium(self, stage: str) -> Array:
        """Give the lithium that regions send each other where none is in batteries, (year, seller, buyer, member)."""
        return self._lithium[stage][0]

    def record(self, stage: str, imported: xr.DataArray, exported: xr.DataArray, beside: xr.DataArray) -> None:
        """Keep who delivers to whom where imports and exports are settled already.

        Parameters
        ----------
        stage, imported, exported
            As for `settle`, (year).
        beside
            What is imported from outside the run beside that.
        """
        if not self.active:
            return
        dims, unit = _own(imported), unit_of(imported)
        bought, sold = self._outside(stage, imported, exported, dims, unit)
        outside = bought + self._full(beside, dims, unit), sold
        self._keep(stage, self._between(stage, imported, exported, dims, unit), outside, None, dims)

    def post(self, ledger: Ledger) -> None:
        """Enter who delivers to whom, what is refused, and what regions trade with countries outside the run."""
        if not self.active:
            return
        stages = self.p.axes.labels("trade_stage")
        capacity = {stage: [part.sum(axis=1) for part in parts] for stage, parts in self._batteries.items()}
        lithium = self._lithium | {stage: self._lithium_in(stage) for stage in self._batteries}
        for name, kept, part, unit in (
            ("trade_between_regions", lithium, 0, "t Li/year"),
            ("capacity_between_regions", capacity, 0, "kWh/year"),
            ("imports_from_outside", lithium, 1, "t Li/year"),
            ("exports_to_outside", lithium, 2, "t Li/year"),
            ("trade_refused", lithium, 3, "t Li/year"),
        ):
            none = np.zeros(next(iter(kept.values()))[part].shape)
            arrays = [kept[stage][part] if stage in kept else none for stage in stages]
            dims = ("partner",) if part in (0, 3) else ()
            arrays = [self._by_label(array) for array in arrays] if dims else arrays
            values = np.stack(np.broadcast_arrays(*arrays), axis=1)
            ledger.post(name, self.p.wrap(values, ("year", "trade_stage", *dims), unit))
        for name, side in (("metals_from_outside", 0), ("metals_to_outside", 1)):
            by_stage = self._metals_outside(side)
            none = np.zeros(next(iter(by_stage.values())).shape)
            values = np.stack(np.broadcast_arrays(*(by_stage.get(stage, none) for stage in stages)), axis=1)
            ledger.post(name, self.p.wrap(values, ("year", "trade_stage", "metal"), "t metal/year"))
        received = self.sent("cells").sum(axis=2)
        ledger.post("capacity_from_partners", self.p.wrap(received, ("year", "chemistry"), "kWh/year"))

    def _shares(self, name: str) -> Array:
        """Take shares to (year, stage, partner, region, member), the partners being the regions of the run."""
        p = self.p
        given = p.lanes(p[name], "1", ("year", "trade_stage", "partner"))
        given = np.broadcast_to(given, (*given.shape[:3], len(self.regions), *given.shape[4:]))
        labels = p.axes.labels("partner")
        shares = np.zeros((*given.shape[:2], len(self.regions), *given.shape[3:]))
        for place, region in enumerate(self.regions):
            if region in labels:
                shares[:, :, place] = given[:, :, labels.index(region)]
        return shares

    def _full(self, array: xr.DataArray, dims: Sequence[str], unit: Unit) -> Array:
        """Take the unit off, and repeat values over every region."""
        values = self.p.lanes(array, unit, dims)
        lead = values.shape[: len(dims)]
        return np.broadcast_to(values, (*lead, len(self.regions), *values.shape[len(dims) + 1 :]))

    def _between(
        self, stage: str, imported: xr.DataArray, exported: xr.DataArray, dims: Sequence[str], unit: Unit
    ) -> Array:
        """Give what regions state to buy of each other and to sell to each other."""
        inner = (slice(None), *(None,) * (len(dims) - 1))
        of_imports, of_exports = (self.shares(stage, side)[inner] for side in ("import", "export"))
        bought, sold = self._full(imported, dims, unit), self._full(exported, dims, unit)
        seller = len(dims)
        by_buyer = of_imports * np.expand_dims(bought, seller)
        by_seller = np.swapaxes(of_exports, seller, seller + 1) * np.expand_dims(sold, seller + 1)
        between: Array = by_buyer + by_seller
        return between

    def _outside(
        self, stage: str, imported: xr.DataArray, exported: xr.DataArray, dims: Sequence[str], unit: Unit
    ) -> tuple[Array, Array]:
        """Give what regions state to buy from and to sell to countries outside the run."""
        inner = (slice(None), *(None,) * (len(dims) - 1))
        bought, sold = (
            self.outside_share(stage, side)[inner] * self._full(array, dims, unit)
            for side, array in (("import", imported), ("export", exported))
        )
        return bought, sold

    def _keep(
        self,
        stage: str,
        between: Array,
        outside: tuple[Array, Array],
        refused: Array | None,
        dims: Sequence[str],
        batteries: bool = False,
    ) -> None:
        """Add to the record of a step, summed over all but year, chemistry of batteries, regions and member."""
        own = ("year", "chemistry") if batteries else ("year",)
        away = tuple(axis for axis, dim in enumerate(dims) if dim not in own)
        parts = [array.sum(axis=away) for array in (between, *outside)]
        parts.append(np.zeros(parts[0].shape) if refused is None else refused.sum(axis=away))
        before = self._batteries if batteries else self._lithium
        if stage in before:
            parts = [kept + more for kept, more in zip(before[stage], parts, strict=True)]
        before[stage] = parts

    def _lithium_in(self, stage: str) -> list[Array]:
        """Value batteries traded: what comes from outside as made in the year, the others with what they hold."""
        made, sold = (self.p.lanes(held.lithium, "t Li/kWh", ("year", "chemistry")) for held in self._held[stage])
        by_seller = np.expand_dims(sold, 3)
        between, from_outside, to_outside, refused = self._batteries[stage]
        return [
            (held * part).sum(axis=1)
            for held, part in ((by_seller, between), (made, from_outside), (sold, to_outside), (by_seller, refused))
        ]

    def _metals_outside(self, side: int) -> dict[str, Array]:
        """Value what is bought outside the run (side 0) or sold there (1) in metals, (year, metal, region, member)."""
        values: dict[str, Array] = {}
        for stage, parts in self._batteries.items():
            held = self.p.lanes(self._held[stage][side].metals, "t metal/kWh", ("year", "chemistry", "metal"))
            values[stage] = np.einsum("tm...,tmk...->tk...", parts[1 + side], held)
        for stage, per_lithium in self._metals.items():
            held = self.p.lanes(per_lithium[side], "t metal/t Li", ("year", "metal"))
            values[stage] = self._lithium[stage][1 + side][:, None] * held
        return values

    def _refuse_other_contents(self, stage: str, contents: Contents) -> None:
        lithium = self.p.lanes(contents.lithium, "t Li/kWh", ("chemistry", "year"))
        metals = self.p.lanes(contents.metals, "t metal/kWh", ("chemistry", "year", "metal"))
        differs = (lithium != lithium[:, :, :1]).any() or (metals != metals[:, :, :, :1]).any()
        if differs and any(self.shares(stage, side).any() for side in ("import", "export")):
            raise InputError(
                f"regions trade {stage} that don't hold the same: give materials.cathode_per_kwh and what else a "
                "battery holds one value for all regions, or leave out this trade"
            )

    def _by_label(self, delivered: Array) -> Array:
        """Take what each partner delivers from the regions of the run to all labels of ``partner``."""
        labels = self.p.axes.labels("partner")
        values = np.zeros((delivered.shape[0], len(labels), *delivered.shape[2:]))
        for place, region in enumerate(self.regions):
            if region in labels:
                values[:, labels.index(region)] = delivered[:, place]
        return values


def _own(array: xr.DataArray) -> tuple[str, ...]:
    """Give the dimensions of an array but region and member, the year first."""
    return ("year", *(str(dim) for dim in array.dims if dim not in ("year", *EXTRA)))

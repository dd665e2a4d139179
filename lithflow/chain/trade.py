"""Trade: origins of imports and what is missing when one doesn't deliver; and trade between the regions of a run.

A region states its imports and its exports at each step of the chain. A share of its imports comes from each partner
region (`trade.import_partner_share`), and a share of its exports goes to each (`trade.export_partner_share`); the rest
is with countries outside the run. What one side states is added to the other side's: a pair of regions may so trade by
the importer's figures (concentrate and salts that China buys) or by the exporter's (cells and vehicles that it sells),
but what is stated once should not be stated again by the other. Demand is pulled step by step, so that no iteration is
needed.

Used vehicles that leave a region leave the run with it, as no record says which fleet they join.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow.arrays import unit_of
from lithflow.chain.batteries import Contents
from lithflow.chain.ledger import EXTRA, Ledger
from lithflow.chain.setting import Array, Setting
from lithflow.errors import InputError
from lithflow.units import UnitLike

__all__ = ["TRADED", "Origins", "Partners", "concentrate_origins", "salt_origins"]

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


class Partners:
    """Trade between the regions of a run; in a run without regions everything passes through unchanged.

    Parameters
    ----------
    p
        Parameters on shared axes.
    """

    def __init__(self, p: Setting) -> None:
        self.p = p
        self.active = "region" in p.extra
        self._lithium: dict[str, list[Array]] = {}
        self._capacity: dict[str, list[Array]] = {}
        if self.active:
            self.regions: tuple[str, ...] = p.axes.labels("region")
            self._of_imports = self._shares("trade.import_partner_share")
            self._of_exports = self._shares("trade.export_partner_share")

    def settle(
        self, stage: str, imported: xr.DataArray, exported: xr.DataArray, contents: Contents | None = None
    ) -> tuple[xr.DataArray, xr.DataArray]:
        """Add what partners state to what a region states itself.

        Parameters
        ----------
        stage
            A label of ``trade_stage``.
        imported, exported
            What regions state, in the same dimensions.
        contents
            What batteries hold, where capacity is traded.

        Returns
        -------
        imported, exported
            All imports and exports.
        """
        self.record(stage, imported, exported, contents)
        return self.add(stage, imported, exported)

    def add(self, stage: str, imported: xr.DataArray, exported: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
        """Do as `settle` for what is counted in another unit than lithium and capacity, such as vehicles."""
        if not self.active:
            return imported, exported
        return imported + self.passed(stage, exported, "export"), exported + self.passed(stage, imported, "import")

    def passed(self, stage: str, stated: xr.DataArray, side: str) -> xr.DataArray:
        """Give what partners get when the imports, or the exports, that regions state are theirs on the other side.

        Parameters
        ----------
        stage
            A label of ``trade_stage``.
        stated
            What regions state: imports for the side ``import``, which are then exports of partners, and the reverse.
        side
            ``import`` or ``export``.
        """
        dims = ("year", *(str(dim) for dim in stated.dims if dim not in ("year", *EXTRA)))
        unit = unit_of(stated)
        share = self.shares(stage, side)
        amount = self._full(stated, dims, unit_of(stated))
        between = (slice(None), *(None,) * (len(dims) - 1))
        passed = (share[between] * amount[(slice(None),) * len(dims) + (None,)]).sum(axis=len(dims) + 1)
        return self.p.wrap(passed, dims, unit)

    def received(self, stage: str, exported: xr.DataArray) -> xr.DataArray:
        """Give what regions get of the exports that their partners state; nothing in a run without regions."""
        return self.passed(stage, exported, "export") if self.active else 0.0 * exported

    def shares(self, stage: str, side: str) -> Array:
        """Give the shares of partners in a trade, (year, partner, region, member), partners in the order of regions."""
        shares = self._of_imports if side == "import" else self._of_exports
        return shares[:, self.p.axes.labels("trade_stage").index(stage)]

    def add_sent(self, stage: str, wanted: xr.DataArray, imported: xr.DataArray) -> xr.DataArray:
        """Add to what is wanted of a region what its partners import from it."""
        return wanted + self.passed(stage, imported, "import") if self.active else wanted

    def less_received(self, stage: str, wanted: xr.DataArray, exported: xr.DataArray) -> xr.DataArray:
        """Take off what is wanted what partners export to a region."""
        return wanted - self.passed(stage, exported, "export") if self.active else wanted

    def add_received(
        self, stage: str, imported: xr.DataArray, exported: xr.DataArray, share: xr.DataArray
    ) -> xr.DataArray:
        """Add what partners export to a region to its imports, split by the shares of origins."""
        return imported + share * self.passed(stage, exported, "export") if self.active else imported

    def record(
        self,
        stage: str,
        imported: xr.DataArray,
        exported: xr.DataArray,
        contents: Contents | None = None,
        beside: xr.DataArray | None = None,
        sold: Contents | None = None,
    ) -> None:
        """Keep who delivers to whom, from the imports and exports that regions state.

        Parameters
        ----------
        stage, imported, exported, contents
            As for `settle`.
        beside
            What is imported from outside the run beside that.
        sold
            What exported batteries hold, where that is something else.

        Raises
        ------
        InputError
            If regions trade batteries that hold more in one of them than in the other.
        """
        if not self.active:
            return
        if contents is not None:
            self._capacity[stage] = self._sides(stage, imported, exported, "kWh/year")
            self._refuse_other_contents(stage, contents)
            imported, exported = contents.lithium * imported, (sold or contents).lithium * exported
        self._lithium[stage] = self._sides(stage, imported, exported, "t Li/year")
        if beside is not None:
            self._lithium[stage][1] = self._lithium[stage][1] + self._total(beside, "t Li/year")

    def post(self, ledger: Ledger) -> None:
        """Enter who delivers to whom, and what regions trade with countries outside the run."""
        if not self.active:
            return
        for name, sides in (("trade_between_regions", self._lithium), ("capacity_between_regions", self._capacity)):
            unit = "t Li/year" if sides is self._lithium else "kWh/year"
            ledger.post(
                name, self._stacked([self._by_label(side[0]) for side in self._by_stage(sides)], ("partner",), unit)
            )
        for place, name in ((1, "imports_from_outside"), (2, "exports_to_outside")):
            ledger.post(name, self._stacked([side[place] for side in self._by_stage(self._lithium)], (), "t Li/year"))

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

    def _full(self, array: xr.DataArray, dims: tuple[str, ...], unit: UnitLike) -> Array:
        """Take the unit off, and repeat values over every region."""
        values = self.p.lanes(array, unit, dims)
        lead = values.shape[: len(dims)]
        return np.broadcast_to(values, (*lead, len(self.regions), *values.shape[len(dims) + 1 :]))

    def _sides(self, stage: str, imported: xr.DataArray, exported: xr.DataArray, unit: str) -> list[Array]:
        """Give what comes from each partner, (year, partner, region), and from and to others, (year, region)."""
        bought, sold = (self._total(array, unit) for array in (imported, exported))
        of_imports, of_exports = (self.shares(stage, side) for side in ("import", "export"))
        delivered = of_imports * bought[:, None] + np.swapaxes(of_exports * sold[:, None], 1, 2)
        outside = [(1.0 - of_imports.sum(axis=1)) * bought, (1.0 - of_exports.sum(axis=1)) * sold]
        return [delivered, *outside]

    def _total(self, array: xr.DataArray, unit: str) -> Array:
        """Sum over all but year, region and member."""
        rest = [dim for dim in array.dims if dim not in ("year", *EXTRA)]
        return self._full(array.sum(rest, skipna=False) if rest else array, ("year",), unit)

    def _refuse_other_contents(self, stage: str, contents: Contents) -> None:
        lithium = self.p.lanes(contents.lithium, "t Li/kWh", ("chemistry", "year"))
        metals = self.p.lanes(contents.metals, "t metal/kWh", ("chemistry", "year", "metal"))
        differs = (lithium != lithium[:, :, :1]).any() or (metals != metals[:, :, :, :1]).any()
        if differs and any(self.shares(stage, side).any() for side in ("import", "export")):
            raise InputError(
                f"regions trade {stage} that don't hold the same: give materials.cathode_per_kwh and what else a "
                "battery holds one value for all regions, or leave out this trade"
            )

    def refuse_older_cells(self) -> None:
        """Refuse to trade cells and vehicles where a region draws on its stock of cells, which hold what they held.

        Raises
        ------
        InputError
            If regions trade either.
        """
        sides = [(stage, side) for stage in ("cells", "vehicles") for side in ("import", "export")]
        if self.active and any(self.shares(stage, side).any() for stage, side in sides):
            raise InputError(
                "a region draws on its stock of cells (cells.inventory_build), so that what it sells isn't what others "
                "make in the year; leave out the draw, or the trade in cells and vehicles"
            )

    def _by_stage(self, sides: dict[str, list[Array]]) -> list[list[Array]]:
        nothing = [np.zeros(array.shape) for array in next(iter(sides.values()))]
        return [sides.get(stage, nothing) for stage in self.p.axes.labels("trade_stage")]

    def _stacked(self, parts: list[Array], dims: tuple[str, ...], unit: str) -> xr.DataArray:
        values = np.stack(np.broadcast_arrays(*parts), axis=1)
        return self.p.wrap(values, ("year", "trade_stage", *dims), unit)

    def _by_label(self, delivered: Array) -> Array:
        """Take what each partner delivers from the regions of the run to all labels of ``partner``."""
        labels = self.p.axes.labels("partner")
        values = np.zeros((delivered.shape[0], len(labels), *delivered.shape[2:]))
        for place, region in enumerate(self.regions):
            if region in labels:
                values[:, labels.index(region)] = delivered[:, place]
        return values

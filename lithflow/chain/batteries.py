"""What a battery is made of: shares of chemistries, lithium and metals per nameplate capacity by production year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from lithflow import chemistry
from lithflow.arrays import unit_of, value
from lithflow.chain.ledger import COHORT, EXTRA, Ledger
from lithflow.chain.setting import Array, Setting
from lithflow.chain.variables import BATTERIES, VARIABLES
from lithflow.errors import InputError

__all__ = ["Contents", "battery_contents", "chemistry_share"]

CATHODE_METALS = ("Ni", "Co", "Mn")
"""Metals counted in cathodes; the aluminium of a cathode isn't recovered as metal."""


def chemistry_share(p: Setting, by_family: xr.DataArray) -> xr.DataArray:
    """Split cathode families into chemistries, by the grades made in a year.

    Parameters
    ----------
    by_family
        Share or amount of each cathode family, with the dimension ``cathode_family``.

    Returns
    -------
    xarray.DataArray
        Share or amount of each chemistry, (year, …, chemistry).
    """
    rest = tuple(str(dim) for dim in by_family.dims if dim not in ("year", "cathode_family", *EXTRA))
    unit = unit_of(by_family)
    families = p.lanes(by_family, unit, ("year", *rest, "cathode_family"))
    grades = p.lanes(p["cells.grade_share"], "1", ("year", "cathode_family", "chemistry"))
    axes = "abcd"[: len(rest)]
    # one sum instead of an array with families and chemistries both
    values = np.einsum(f"t{axes}f...,tfm...->t{axes}m...", families, grades)
    return p.wrap(values, ("year", *rest, "chemistry"), unit)


@dataclass(frozen=True)
class Contents:
    """What batteries hold per nameplate capacity, by the year they are made and chemistry.

    Parameters
    ----------
    cathode, electrolyte, anode
        Lithium by where it is, t Li/kWh, (year, chemistry).
    lithium
        All of it.
    metals
        Nickel, cobalt, manganese and the rest, t metal/kWh, (year, chemistry, metal).
    metals_by_part
        The same by part of a battery, for cells made in the year, t metal/kWh, (battery_part, chemistry, metal) and
        year.
    p
        The setting, whose labels they have.
    """

    cathode: xr.DataArray
    electrolyte: xr.DataArray
    anode: xr.DataArray
    lithium: xr.DataArray
    metals: xr.DataArray
    metals_by_part: xr.DataArray
    p: Setting

    @cached_property
    def lithium_made(self) -> xr.DataArray:
        """Lithium per capacity by production year."""
        return self.p.by_production_year(self.lithium)

    def mapped(self, function: Callable[[xr.DataArray], xr.DataArray]) -> Contents:
        """Give these contents with a function applied to each; parts stay as they are made."""
        cathode, electrolyte, anode = function(self.cathode), function(self.electrolyte), function(self.anode)
        lithium, metals = function(self.lithium), function(self.metals)
        return Contents(cathode, electrolyte, anode, lithium, metals, self.metals_by_part, self.p)

    def post(self, kind: str, capacity: xr.DataArray, ledger: Ledger) -> tuple[xr.DataArray, xr.DataArray]:
        """Enter a flow or stock of whole batteries as capacity, as lithium and as metals.

        Parameters
        ----------
        kind
            A key of `lithflow.chain.variables.BATTERIES`.
        capacity
            Nameplate capacity by year, chemistry and more; valued with what batteries of their production year hold
            where it has that dimension, else with what those made in the year hold.
        ledger
            Where to enter.

        Returns
        -------
        lithium, metals
            What was entered, by production year where the capacity has it and the run follows it.
        """
        entered = self.valued(kind, capacity)
        for name, amount in entered.items():
            ledger.post(name, amount)
        _, lithium, metals = entered.values()
        return lithium, metals

    def valued(self, kind: str, capacity: xr.DataArray) -> dict[str, xr.DataArray]:
        """Give whole batteries as capacity, as lithium and as metals, by the name of the variable.

        Parameters
        ----------
        kind, capacity
            As for `post`.
        """
        amounts = (capacity, self._lithium(capacity, kind), self._held(self.metals, capacity, kind, "metal"))
        return {
            name: _summed(amount, (*VARIABLES[name].dims, *self.p.cohort))
            for name, amount in zip(BATTERIES[kind], amounts, strict=True)
        }

    def _lithium(self, capacity: xr.DataArray, kind: str) -> xr.DataArray:
        """Value capacity in lithium, by chemistry where the variable has it."""
        if "chemistry" in VARIABLES[BATTERIES[kind][1]].dims:
            return (self.lithium_made if COHORT in capacity.dims else self.lithium) * capacity
        return self._held(self.lithium, capacity, kind)

    def _held(self, content: xr.DataArray, capacity: xr.DataArray, kind: str, *element: str) -> xr.DataArray:
        """Sum capacity × content over chemistries, in one kernel; axes are year, production year, others, element."""
        lead = ("year", COHORT) if COHORT in capacity.dims else ("year",)
        wanted = VARIABLES[BATTERIES[kind][2]].dims
        rest = tuple(dim for dim in wanted[1:] if dim in capacity.dims)
        amount = self.p.lanes(
            _summed(capacity, (*lead, *rest, "chemistry")), unit_of(capacity), (*lead, *rest, "chemistry")
        )
        held = self.p.lanes(content, unit_of(content), ("year", "chemistry", *element))
        values = _contracted(amount, held, len(lead) - 1, len(lead) + len(rest), bool(element))
        return self.p.wrap(values, (*lead, *rest, *element), unit_of(content) * unit_of(capacity))


def _contracted(amount: Array, held: Array, made: int, chemistry: int, element: bool) -> Array:
    """Sum amount × content over chemistries.

    Parameters
    ----------
    amount
        (year, production year, others, chemistry, region and member).
    held
        (production year, chemistry, element, region and member).
    made, chemistry
        Axis of `amount` that is the year of production, and the one that is chemistry.
    element
        Whether the content has an axis for the element.
    """
    if amount.ndim > chemistry + 1:
        axes = "tkabcd"[:chemistry]
        ends = "f" if element else ""
        values: Array = np.einsum(f"{axes}m...,{axes[made]}m{ends}...->{axes}{ends}...", amount, held)
        return values
    # one matrix product for each year of production
    by_year = np.moveaxis(amount, made, 0)
    rows = by_year.reshape(len(by_year), -1, by_year.shape[-1])
    product: Array = np.matmul(rows, held if element else held[..., None])
    product = np.moveaxis(product.reshape(*by_year.shape[:-1], -1), 0, made)
    return product if element else product[..., 0]


def _summed(array: xr.DataArray, dims: Sequence[str]) -> xr.DataArray:
    """Sum over all but the given dimensions, region and member."""
    away = [dim for dim in array.dims if dim not in (*dims, *EXTRA)]
    return array.sum(away, skipna=False) if away else array


def cathode_lithium_share(p: Setting) -> xr.DataArray:
    """Compute the lithium in each cathode material from its formula, t Li/t, (chemistry)."""
    shares = [_mass_share(p, label, "Li") for label in p.axes.labels("chemistry")]
    return p.axes.wrap(np.array(shares), ("chemistry",), "Li")


def electrolyte_lithium(p: Setting) -> xr.DataArray:
    """Compute the lithium in electrolyte by the salt that holds it, t Li/t, (year, electrolyte_salt)."""
    shares = [chemistry.content(label, "Li") for label in p.axes.labels("electrolyte_salt")]
    return p.axes.wrap(np.array(shares), ("electrolyte_salt",), "Li") * p["materials.electrolyte_salt_share"]


def _mass_share(p: Setting, label: str, element: str) -> float:
    """Give the mass share of an element in a cathode, zero where its formula has none of it."""
    formula = p.texts("materials.cathode_formula")[label]
    try:
        return chemistry.content(formula, element) if element in chemistry.atoms(formula) else 0.0
    except chemistry.FormulaError as error:
        raise InputError(f"materials.cathode_formula.{label}: {error}") from None


def metal_contents(p: Setting) -> xr.DataArray:
    """Compute metals per nameplate capacity by part: those of the cathode from its formula, the others as given.

    Returns
    -------
    xarray.DataArray
        t metal/kWh, (year, battery_part, chemistry, metal).
    """
    shares = [
        [_mass_share(p, label, metal) if metal in CATHODE_METALS else 0.0 for metal in p.axes.labels("metal")]
        for label in p.axes.labels("chemistry")
    ]
    in_cathode = p.axes.wrap(np.array(shares), ("chemistry", "metal"), "metal")
    coated = p.only("battery_part", "electrode") * (in_cathode * p["materials.cathode_per_kwh"])
    return coated + p["materials.other_metals_per_kwh"]


def battery_contents(p: Setting) -> Contents:
    """Compute what batteries hold per nameplate capacity, from materials per kWh and their formulas.

    Cells without lithium in the cathode have an electrolyte of another salt, and so no lithium at all.
    """
    share = cathode_lithium_share(p)
    holds_lithium = p.axes.wrap((value(share, "Li") > 0.0).astype(float), ("chemistry",), "1")
    cathode = p["materials.cathode_per_kwh"] * share
    in_electrolyte = electrolyte_lithium(p).sum("electrolyte_salt", skipna=False)
    electrolyte = holds_lithium * p["materials.electrolyte_per_kwh"] * in_electrolyte
    anode = p["materials.anode_lithium_per_kwh"]
    by_part = metal_contents(p)
    metals = by_part.sum("battery_part", skipna=False)
    return Contents(cathode, electrolyte, anode, cathode + electrolyte + anode, metals, by_part, p)

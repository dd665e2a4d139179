"""What a battery is made of: shares of chemistries, and lithium per nameplate capacity by production year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from lithflow import chemistry
from lithflow.arrays import value
from lithflow.chain.setting import Setting

__all__ = ["LithiumContent", "chemistry_share", "lithium_content"]


def chemistry_share(p: Setting, by_family: xr.DataArray) -> xr.DataArray:
    """Split cathode families into chemistries, by the grades made in a year.

    Parameters
    ----------
    by_family
        Share or amount of each cathode family, with the dimension ``cathode_family``.

    Returns
    -------
    xarray.DataArray
        Share or amount of each chemistry, (…, chemistry).
    """
    return (by_family * p["cells.grade_share"]).sum("cathode_family", skipna=False)


@dataclass(frozen=True)
class LithiumContent:
    """Lithium per nameplate capacity of a battery, by the year it is made and chemistry, t Li/kWh.

    Parameters
    ----------
    cathode, electrolyte, anode
        Where the lithium is.
    total
        All of it.
    """

    cathode: xr.DataArray
    electrolyte: xr.DataArray
    anode: xr.DataArray
    total: xr.DataArray


def cathode_lithium_share(p: Setting) -> xr.DataArray:
    """Compute the lithium in each cathode material from its formula, t Li/t, (chemistry)."""
    formulas = p.texts("materials.cathode_formula")
    shares = [lithium_share(formulas[label]) for label in p.axes.labels("chemistry")]
    return p.axes.wrap(np.array(shares), ("chemistry",), "Li")


def electrolyte_lithium_share(p: Setting) -> xr.DataArray:
    """Compute the lithium in electrolyte from its salts, t Li/t, (year)."""
    shares = [lithium_share(label) for label in p.axes.labels("electrolyte_salt")]
    content = p.axes.wrap(np.array(shares), ("electrolyte_salt",), "Li")
    return (content * p["materials.electrolyte_salt_share"]).sum("electrolyte_salt", skipna=False)


def lithium_share(formula: str) -> float:
    """Give the mass share of lithium in a compound, zero where it has none (sodium-ion cathodes)."""
    return chemistry.content(formula, "Li") if "Li" in chemistry.atoms(formula) else 0.0


def lithium_content(p: Setting) -> LithiumContent:
    """Compute lithium per nameplate capacity from materials per kWh and their formulas.

    Cells without lithium in the cathode have an electrolyte of another salt, and so no lithium at all.

    Returns
    -------
    LithiumContent
        Arrays (year, chemistry).
    """
    share = cathode_lithium_share(p)
    holds_lithium = p.axes.wrap((value(share, "Li") > 0.0).astype(float), ("chemistry",), "1")
    cathode = p["materials.cathode_per_kwh"] * share
    electrolyte = holds_lithium * p["materials.electrolyte_per_kwh"] * electrolyte_lithium_share(p)
    anode = p["materials.anode_lithium_per_kwh"]
    return LithiumContent(cathode, electrolyte, anode, cathode + electrolyte + anode)

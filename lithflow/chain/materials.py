"""Cathode, electrolyte and anode making: lithium salts turned into battery materials."""

from __future__ import annotations

import numpy as np
import xarray as xr

from lithflow.chain.batteries import cathode_lithium_share, chemistry_share, electrolyte_lithium
from lithflow.chain.cells import CellMaking
from lithflow.chain.inventory import split_change
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Array, Setting
from lithflow.chain.trade import Partners

__all__ = ["run_materials"]


def run_materials(
    cells: CellMaking, repaired: xr.DataArray, p: Setting, partners: Partners, ledger: Ledger
) -> xr.DataArray:
    """Make the materials that cell makers at home and abroad want.

    Parameters
    ----------
    cells
        Lithium entering cell making.
    repaired
        Lithium in cathode material from direct recycling, t Li/year, (year).

    Returns
    -------
    xarray.DataArray
        Lithium in the salts wanted, t Li/year, (year, salt).
    """
    wanted = _make_cathode(cells.cathode, repaired, p, partners, ledger)
    wanted = wanted + _make_electrolyte(cells.electrolyte, p, partners, ledger)
    return wanted + _make_anode(cells.anode, p, ledger)


def _make_cathode(
    entering: xr.DataArray, repaired: xr.DataArray, p: Setting, partners: Partners, ledger: Ledger
) -> xr.DataArray:
    share = cathode_lithium_share(p)
    stated = (
        share * chemistry_share(p, p["trade.cathode_imports"]),
        share * chemistry_share(p, p["trade.cathode_exports"]),
    )
    limit = partners.limit("cathode", *stated, entering)
    imported, exported = partners.settle("cathode", *stated, limit=limit)
    ledger.post("cathode_imported", imported)
    ledger.post("cathode_exported", exported)
    at_home = ledger.post("cathode_to_cells", partners.left(entering, imported))
    delivered = at_home + exported
    # a cathode without lithium has a share of zero, and its mass is no output of this chain
    mass = p.share(delivered, share)
    put_in_stock = _change_stock(mass, share, p, ledger)
    ledger.post("cathode_output", mass + put_in_stock)
    made = delivered + share * put_in_stock
    _show_mismatch(entering, made, p, ledger)
    repaired_share = p.share(repaired, made.sum("chemistry", skipna=False))
    salts = (1.0 - repaired_share) * made / p["materials.cathode_yield"]
    by_salt = (p["materials.cathode_salt_share"] * salts).sum("chemistry", skipna=False)
    ledger.post("salts_to_cathode", by_salt)
    ledger.post("cathode_losses", (1.0 - p["materials.cathode_yield"]) * salts.sum("chemistry", skipna=False))
    return by_salt


def _show_mismatch(entering: xr.DataArray, made: xr.DataArray, p: Setting, ledger: Ledger) -> None:
    """Show of which chemistries repaired cathode is, and how much of it is of chemistries hardly made any more.

    Repair keeps the chemistry of the year in which a battery was made. Batteries retired in the year stand for those
    repaired in it; waste is of what the year's cells are made of, imported black mass of the stated families, whoever
    sends it, as black mass is not followed by chemistry.
    """
    dims, unit = ("year", "chemistry"), "t Li/year"
    by_scrap = p.lanes(ledger["cathode_repaired"].sum("channel", skipna=False), unit, ("year", "scrap"))
    old, new, imported = (by_scrap[:, p.axes.labels("scrap").index(label)] for label in ("old", "new", "imported"))
    retired = p.lanes(ledger["batteries_retired"].sum("cause", skipna=False), unit, dims)
    repaired = _mixed(old, retired) + _mixed(new, p.lanes(entering, unit, dims))
    if imported.any():
        capacity = chemistry_share(p, p["trade.black_mass_import_family_share"])
        of_imported = cathode_lithium_share(p) * p["materials.cathode_per_kwh"] * capacity
        repaired = repaired + _mixed(imported, p.lanes(of_imported, "t Li/kWh", dims))
    ledger.post("repaired_by_chemistry", p.wrap(repaired, dims, unit))
    above = np.maximum(repaired - p.lanes(made, unit, dims), 0.0)
    ledger.post("repaired_unwanted", p.wrap(above.sum(axis=1), ("year",), unit))


def _mixed(amount: Array, like: Array) -> Array:
    """Split an amount, (year), among chemistries as another, (year, chemistry), is; zero where there is none of it."""
    total = like.sum(axis=1, keepdims=True)
    share: Array = np.divide(like, total, out=np.zeros(like.shape), where=total > 0.0)
    return amount[:, None] * share


def _change_stock(delivered: xr.DataArray, share: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    """Give the material that goes into the stock of cathode, below zero where it is drawn on.

    The grades of a family are those of the year's deliveries. What a cathode holds follows from its formula, whatever
    its year, so its age doesn't matter.
    """
    name = "materials.cathode_inventory_build"
    grades = p.lanes(p["cells.grade_share"], "1", ("cathode_family", "chemistry", "year"))
    belongs = grades.any(axis=tuple(range(2, grades.ndim))).astype(float)
    change = split_change(p[name], delivered, "t/year", name, "cathode_stock", p, belongs=belongs)
    ledger.post("cathode_stock", share * p.accumulated(change))
    return change


def _make_electrolyte(entering: xr.DataArray, p: Setting, partners: Partners, ledger: Ledger) -> xr.DataArray:
    by_salt = electrolyte_lithium(p)
    share = by_salt.sum("electrolyte_salt", skipna=False)
    total = entering.sum("chemistry", skipna=False)
    stated = (share * p["trade.electrolyte_imports"], share * p["trade.electrolyte_exports"])
    limit = partners.limit("electrolyte", *stated, total)
    imported, exported = partners.settle("electrolyte", *stated, limit=limit)
    ledger.post("electrolyte_exported", exported)
    by_chemistry, at_home = p.share(entering, total), partners.left(total, imported)
    ledger.post("electrolyte_imported", by_chemistry * imported)
    ledger.post("electrolyte_to_cells", by_chemistry * at_home)
    made = at_home + exported
    mass = ledger.post("electrolyte_output", made / share)
    ledger.post("electrolyte_salt_used", mass * p["materials.electrolyte_salt_share"])
    salts = by_salt * mass / p["materials.electrolyte_yield"]
    ledger.post("electrolyte_losses", (1.0 - p["materials.electrolyte_yield"]) * salts)
    return ledger.post(
        "salts_to_electrolyte", p.only("salt", "carbonate") * salts.sum("electrolyte_salt", skipna=False)
    )


def _make_anode(entering: xr.DataArray, p: Setting, ledger: Ledger) -> xr.DataArray:
    ledger.post("anode_to_cells", entering)
    salts = entering.sum("chemistry", skipna=False) / p["materials.anode_yield"]
    ledger.post("anode_losses", (1.0 - p["materials.anode_yield"]) * salts)
    return ledger.post("salts_to_anode", p.only("salt", "carbonate") * salts)

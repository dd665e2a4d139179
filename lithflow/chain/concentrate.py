"""Concentrate in tonnes: as shipped and at the benchmark grade, and the tailings of concentrators."""

from __future__ import annotations

import numpy as np
import xarray as xr

from lithflow.chain.ledger import ROUNDING, Ledger
from lithflow.chain.setting import Setting
from lithflow.errors import InputError

__all__ = ["BENCHMARK_GRADE", "IMPORTED_AS", "import_yield", "run_concentrate"]

BENCHMARK_GRADE = 6.0
"""Li2O in SC6, the spodumene concentrate by which the trade counts and prices, in percent; a definition."""

IMPORTED_AS = "spodumene"
"""The resource that imported concentrate counts as, and whose concentrate is exported."""


def import_yield(p: Setting) -> xr.DataArray:
    """Give the lithium in salts per lithium in imported concentrate, (year)."""
    return p["refining.yield"].sel(resource=IMPORTED_AS, drop=True)


def run_concentrate(p: Setting, ledger: Ledger) -> None:
    """Turn the lithium in concentrate into tonnes, and enter what concentrators throw away.

    A resource with a concentrate grade of zero gives no concentrate: brine stays brine, and clay is leached as it is.
    """
    benchmark = p.axes.wrap(BENCHMARK_GRADE, (), "percent Li2O")
    grade = p["mining.concentrate_grade"]
    concentrated = p.share(grade, grade)
    home = concentrated * ledger["concentrate_mined"]
    mass = ledger.post("concentrate_mass", p.share(home, grade))
    ledger.post("concentrate_sc6", home / benchmark)
    ore = concentrated * ledger["ore_mass"]
    tailings = ledger.post("tailings_mass", ore - mass)
    _refuse_more_concentrate_than_ore(tailings, ore, p)
    imported = ledger["concentrate_imported"]
    ledger.post("imported_concentrate_mass", imported / p["mining.imported_concentrate_grade"])
    ledger.post("imported_concentrate_sc6", imported / benchmark)


def _refuse_more_concentrate_than_ore(tailings: xr.DataArray, ore: xr.DataArray, p: Setting) -> None:
    dims = ("year", "resource")
    less, most = p.lanes(tailings, "t/year", dims), p.lanes(ore, "t/year", dims)
    refused = less < -ROUNDING * most
    if refused.any():
        year, resource = np.argwhere(refused)[0, :2].tolist()
        label = p.axes.labels("resource")[resource]
        raise InputError(
            f"concentrate of {label} weighs more than its ore in {p.years[year]}: mining.concentrate_grade is below "
            "mining.ore_grade × mining.concentration_yield; is one of them wrong?"
        )

"""The indicators: one definition each.

A bare "recycling rate" does not exist here: collection, recovery, end-of-life recycling, recycled content and recycling
input are different ratios, each under its own name. Definitions follow UNEP (2011), *Recycling Rates of Metals*.
"""

from __future__ import annotations

from dataclasses import replace

from lithflow.indicators.active_materials import lithium_content, metal_content
from lithflow.indicators.concentration import herfindahl_hirschman, share_of_largest, without_largest
from lithflow.indicators.indicator import Indicator
from lithflow.indicators.mismatch import chemistry_mismatch
from lithflow.indicators.plants import PLANTS
from lithflow.indicators.recycling import SCRAP, Recycled, recovered, recycling_indicators
from lithflow.indicators.terms import Term

__all__ = ["INDICATORS"]

_HOME_SCRAP = recovered("lithium", "old", "new")
_SALTS_WANTED = (
    Term.of("salts_to_cathode"),
    Term.of("salts_to_electrolyte"),
    Term.of("salts_to_anode"),
    Term.of("salts_to_other_uses"),
)
_UNMET = Term.of("salts_unmet", sign=-1)
_SALTS_USED = (*_SALTS_WANTED, _UNMET)
_WANTED = (*_SALTS_WANTED, *(Term.of("cathode_repaired", scrap=kind) for kind in SCRAP))
_USED = (*_WANTED, _UNMET)
_PRIMARY = (
    Term.of("salts_refined"),
    Term.of("salts_imported"),
    Term.of("salts_exported", sign=-1),
    Term.of("salt_stock", sign=-1, change=True),
    Term.of("salt_reserve", sign=-1, change=True),
    Term.of("conversion_losses", sign=-1),
)
_MINED = (Term.of("concentrate_mined"),)
_NET_CATHODE_IMPORTS = (Term.of("cathode_imported"), Term.of("cathode_exported", sign=-1))
_CATHODE_MADE = (Term.of("cathode_to_cells"), Term.of("cathode_exported"))
_NET_ELECTROLYTE_IMPORTS = (Term.of("electrolyte_imported"), Term.of("electrolyte_exported", sign=-1))
_ELECTROLYTE_MADE = (Term.of("electrolyte_to_cells"), Term.of("electrolyte_exported"))
_NET_CELL_IMPORTS = (
    Term.of("cells_imported"),
    Term.of("device_cells_imported"),
    Term.of("cells_exported", sign=-1),
    Term.of("device_cells_exported", sign=-1),
)
_NET_VEHICLE_IMPORTS = (
    Term.of("batteries_imported"),
    Term.of("batteries_exported", sign=-1),
    Term.of("used_batteries_exported", sign=-1),
)
_NET_CONCENTRATE_IMPORTS = (Term.of("concentrate_imported"), Term.of("concentrate_exported", sign=-1))
_CELLS_MADE = (
    Term.of("cells_to_vehicles"),
    Term.of("cells_replacing"),
    Term.of("cells_to_devices"),
    Term.of("cells_exported"),
    Term.of("device_cells_exported"),
    Term.of("cells_imported", sign=-1),
    Term.of("device_cells_imported", sign=-1),
)
_NET_EMBODIED = (
    *_NET_CONCENTRATE_IMPORTS,
    Term.of("salts_imported"),
    Term.of("salts_exported", sign=-1),
    *_NET_CATHODE_IMPORTS,
    *_NET_ELECTROLYTE_IMPORTS,
    *_NET_CELL_IMPORTS,
    *_NET_VEHICLE_IMPORTS,
    Term.of("black_mass_imported"),
    Term.of("black_mass_exported", sign=-1),
)
_RAW_IMPORTS = (Term.of("concentrate_imported"), Term.of("salts_imported"))
_NET_SALT_IMPORTS = (Term.of("salts_imported"), Term.of("salts_exported", sign=-1))
_TREATED_FORMAL = (Term.of("batteries_treated", channel="formal"),)
_NOT_DISMANTLED = (Term.of("pretreatment_residue", sign=-1, channel="formal", pretreatment_step="dismantling"),)
_NOT_LEACHED = (Term.of("leaching_residue", sign=-1, channel="formal", recovery_step="leaching"),)
_NOT_PURIFIED = (Term.of("leaching_residue", sign=-1, channel="formal", recovery_step="purification"),)

_LITHIUM = Recycled(
    word="lithium",
    prefix="",
    recovery="recovery",
    supply="secondary_supply",
    retired="batteries_retired",
    ended=("vehicle_batteries_ended", "device_batteries_ended"),
    released="batteries_released",
    collected="batteries_collected",
    reused=(Term.of("reuse_entered"), Term.of("reuse_left", sign=-1)),
    treated="batteries_treated",
    black_mass="black_mass",
    black_mass_imported="black_mass_imported",
    black_mass_exported="black_mass_exported",
    used=_USED,
    unit="t Li/year",
    retired_note="; 41 % in 2020 by the source documents",
)
_LEACHED_FORMAL = _LITHIUM.leached_formal
_METALS = Recycled(
    word="metal",
    prefix="metal_",
    recovery="metal_recovery",
    supply="secondary_metals",
    retired="metals_retired",
    ended=("vehicle_metals_ended", "device_metals_ended"),
    released="metals_released",
    collected="metals_collected",
    reused=(Term.of("reuse_metals_entered"), Term.of("reuse_metals_left", sign=-1)),
    treated="metals_treated",
    black_mass="metals_in_black_mass",
    black_mass_imported="metals_black_mass_imported",
    black_mass_exported="metals_black_mass_exported",
    used=(Term.of("metals_to_cells"),),
    unit="t metal/year",
    keep=("metal",),
    beyond="; U is what cells take, with imported cathode and without exported; above one where more returns",
)

_TABLE = (
    *recycling_indicators(_LITHIUM),
    Indicator(
        "dismantling_yield_formal",
        "Lithium left after discharge and dismantling, of lithium treated, at listed recyclers",
        (*_TREATED_FORMAL, *_NOT_DISMANTLED),
        _TREATED_FORMAL,
    ),
    Indicator(
        "shredding_yield_formal",
        "Lithium in black mass, of lithium left after dismantling, at listed recyclers",
        _LEACHED_FORMAL[:1],
        (*_TREATED_FORMAL, *_NOT_DISMANTLED),
    ),
    Indicator(
        "leaching_yield_formal",
        "Lithium leached, of lithium in black mass, at listed recyclers",
        (*_LEACHED_FORMAL, *_NOT_LEACHED),
        _LEACHED_FORMAL,
    ),
    Indicator(
        "purification_yield_formal",
        "Lithium left after purification, of lithium leached, at listed recyclers",
        (*_LEACHED_FORMAL, *_NOT_LEACHED, *_NOT_PURIFIED),
        (*_LEACHED_FORMAL, *_NOT_LEACHED),
    ),
    Indicator(
        "product_yield_formal",
        "Lithium in products, of lithium left after purification, at listed recyclers",
        recovered("lithium", *SCRAP, channel="formal"),
        (*_LEACHED_FORMAL, *_NOT_LEACHED, *_NOT_PURIFIED),
    ),
    Indicator(
        "repaired_mismatch",
        "Chemistry mismatch of repaired cathode with the cathode made now",
        unit="t Li/year",
        compute=chemistry_mismatch(Term.of("repaired_by_chemistry"), _CATHODE_MADE),
    ),
    Indicator(
        "import_reliance",
        "Net imports of raw lithium (concentrate and salts), of home mines and net imports",
        (*_NET_CONCENTRATE_IMPORTS, *_NET_SALT_IMPORTS),
        (*_MINED, *_NET_CONCENTRATE_IMPORTS, *_NET_SALT_IMPORTS),
    ),
    Indicator(
        "import_reliance_concentrate",
        "Net imports of concentrate, of home mines and net imports; negative for a net exporter",
        _NET_CONCENTRATE_IMPORTS,
        (*_MINED, *_NET_CONCENTRATE_IMPORTS),
    ),
    Indicator(
        "import_reliance_salts",
        "Net imports of salts, of refining and net imports; negative for a net exporter",
        _NET_SALT_IMPORTS,
        (Term.of("salts_refined"), *_NET_SALT_IMPORTS),
    ),
    Indicator(
        "self_sufficiency",
        "Salts from home mines, and old and new scrap, of all lithium used; imported black mass is no source at home",
        (Term.of("salts_refined", feed="home"), *_HOME_SCRAP),
        _USED,
    ),
    Indicator(
        "import_hhi",
        "Concentration of imports by origin (Herfindahl–Hirschman index)",
        compute=herfindahl_hirschman(_RAW_IMPORTS),
    ),
    Indicator("import_cr1", "Share of the largest origin in imports", compute=share_of_largest(1, _RAW_IMPORTS)),
    Indicator("import_cr3", "Share of the three largest origins in imports", compute=share_of_largest(3, _RAW_IMPORTS)),
    Indicator("import_cr5", "Share of the five largest origins in imports", compute=share_of_largest(5, _RAW_IMPORTS)),
    Indicator(
        "supply_without_largest",
        "Raw lithium left without the largest origin (N−1)",
        compute=without_largest(_RAW_IMPORTS, _MINED),
    ),
    Indicator(
        "high_end_share",
        "High-nickel share of the ternary cathode made at home, by mass",
        (Term.of("cathode_output"),),
        (Term.of("cathode_output"),),
        weights=("high_nickel", "ternary"),
    ),
    Indicator(
        "lithium_demand",
        "Lithium used by home makers of battery materials and other goods (U)",
        _USED,
        unit="t Li/year",
    ),
    Indicator("primary_supply", "Lithium used that is from ore and brine (P)", _PRIMARY, unit="t Li/year"),
    Indicator(
        "primary_demand_cumulative",
        "Lithium from ore and brine used in all years so far",
        _PRIMARY,
        unit="t Li",
        cumulative=True,
    ),
    Indicator(
        "unmet_share",
        "Salts that nobody delivers, of what is wanted; a year above zero is infeasible",
        (Term.of("salts_unmet"),),
        _WANTED,
    ),
    Indicator(
        "import_reliance_cathode",
        "Net imports of cathode material, of home output for home use and net imports; negative for a net exporter",
        _NET_CATHODE_IMPORTS,
        (*_CATHODE_MADE, *_NET_CATHODE_IMPORTS),
    ),
    Indicator(
        "import_reliance_cells",
        "Net imports of cells, by lithium, of home output and net imports; negative for a net exporter",
        _NET_CELL_IMPORTS,
        (*_CELLS_MADE, *_NET_CELL_IMPORTS),
    ),
    Indicator(
        "import_reliance_vehicles",
        "Net imports of vehicles, by lithium, of those made at home and net imports; negative for a net exporter",
        _NET_VEHICLE_IMPORTS,
        (Term.of("batteries_registered"), Term.of("used_batteries_exported", sign=-1)),
    ),
    Indicator(
        "import_reliance_chain",
        "Net imports of lithium in all goods of the chain, of home mines and these net imports",
        _NET_EMBODIED,
        (*_MINED, *_NET_EMBODIED),
    ),
    Indicator(
        "embodied_net_imports",
        "Net imports of lithium in all goods of the chain, from concentrate to used vehicles",
        _NET_EMBODIED,
        unit="t Li/year",
    ),
    Indicator(
        "import_reliance_electrolyte",
        "Net imports of electrolyte, by lithium, of home output and net imports; negative for a net exporter",
        _NET_ELECTROLYTE_IMPORTS,
        (*_ELECTROLYTE_MADE, *_NET_ELECTROLYTE_IMPORTS),
    ),
    *PLANTS,
    *recycling_indicators(_METALS),
    Indicator(
        "primary_metals",
        "Metal for cells that isn't recovered (P); below zero where more returns than cells take, as makers of "
        "exported cathode are left out",
        (Term.of("metals_to_cells"), *(replace(term, sign=-1) for term in recovered("metal", *SCRAP))),
        unit="t metal/year",
        keep=("metal",),
    ),
    Indicator(
        "eu_recycled_content_lithium",
        "Lithium from battery waste in active materials entering cells (EU 2023/1542, Art. 8)",
        compute=lithium_content(_SALTS_USED),
    ),
    Indicator(
        "eu_recycled_content_metal",
        "Metal from battery waste in active materials entering cells (EU 2023/1542, Art. 8: nickel and cobalt)",
        keep=("metal",),
        compute=metal_content,
        amounts_in="t metal/year",
    ),
)

_DELAYED = (
    "collection_rate",
    "collection_rate_formal",
    "collected_of_retired",
    "collected_or_reused",
    "eol_recycling_rate",
)
"""Ratios with a hoard, a second use or a queue between what is below and what is above the line."""

_BY_NAME = {indicator.name: indicator for indicator in _TABLE}

INDICATORS: dict[str, Indicator] = _BY_NAME | {
    f"{name}_cumulative": _BY_NAME[name].of_all_years(f"{name}_cumulative")
    for name in (f"{element.prefix}{rate}" for element in (_LITHIUM, _METALS) for rate in _DELAYED)
}
"""The indicators, by name."""

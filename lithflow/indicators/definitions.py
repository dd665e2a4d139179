"""The indicators: one definition each.

A bare "recycling rate" does not exist here: collection, recovery, end-of-life recycling, recycled content and recycling
input are different ratios, each under its own name. Definitions follow UNEP (2011), *Recycling Rates of Metals*.
"""

from __future__ import annotations

from lithflow.indicators.active_materials import lithium_content, metal_content
from lithflow.indicators.concentration import herfindahl_hirschman, share_of_largest, without_largest
from lithflow.indicators.indicator import Indicator
from lithflow.indicators.mismatch import chemistry_mismatch
from lithflow.indicators.plants import PLANTS
from lithflow.indicators.terms import Term

__all__ = ["INDICATORS"]

_ENDED = (Term.of("vehicle_batteries_ended"), Term.of("device_batteries_ended"))
_COLLECTED = (Term.of("batteries_collected"),)
_OLD = (Term.of("salts_recovered", scrap="old"), Term.of("cathode_repaired", scrap="old"))
_NEW = (Term.of("salts_recovered", scrap="new"), Term.of("cathode_repaired", scrap="new"))
_FORMAL = (Term.of("salts_recovered", channel="formal"), Term.of("cathode_repaired", channel="formal"))
_SALTS_WANTED = (
    Term.of("salts_to_cathode"),
    Term.of("salts_to_electrolyte"),
    Term.of("salts_to_anode"),
    Term.of("salts_to_other_uses"),
)
_UNMET = Term.of("salts_unmet", sign=-1)
_SALTS_USED = (*_SALTS_WANTED, _UNMET)
_WANTED = (*_SALTS_WANTED, Term.of("cathode_repaired"))
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
_REUSED = (Term.of("reuse_entered"), Term.of("reuse_left", sign=-1))
_VEHICLE_COLLECTED = (Term.of("batteries_collected", battery_use="vehicle"),)
_TREATED_FORMAL = (Term.of("batteries_treated", channel="formal"),)
_BLACK_MASS_FORMAL = (
    Term.of("black_mass", channel="formal"),
    Term.of("black_mass_imported"),
    Term.of("black_mass_exported", channel="formal", sign=-1),
)
_NOT_DISMANTLED = (Term.of("pretreatment_residue", sign=-1, channel="formal", pretreatment_step="dismantling"),)
_NOT_LEACHED = (Term.of("leaching_residue", sign=-1, channel="formal", recovery_step="leaching"),)
_NOT_PURIFIED = (Term.of("leaching_residue", sign=-1, channel="formal", recovery_step="purification"),)
_OLD_SCRAP_TREATED = (Term.of("batteries_treated", scrap="old"),)

_TABLE = (
    Indicator(
        "collection_rate",
        "Collected, of what left its last use (C / G); above one in a year in which the hoard empties",
        _COLLECTED,
        _ENDED,
    ),
    Indicator(
        "collection_rate_formal",
        "Collected by listed recyclers, of what left its last use (C_f / G)",
        (Term.of("batteries_collected", channel="formal"),),
        _ENDED,
    ),
    Indicator(
        "collection_rate_vehicle",
        "Traction batteries collected, of those that left their last use or the hoard; never above one",
        _VEHICLE_COLLECTED,
        (*_ENDED[:1], Term.of("batteries_released", battery_use="vehicle")),
    ),
    Indicator(
        "collected_of_retired",
        "Traction batteries collected, of those retired from vehicles (the source documents' 41 % of 2020)",
        _VEHICLE_COLLECTED,
        (Term.of("batteries_retired"),),
    ),
    Indicator(
        "collected_or_reused",
        "Traction batteries collected or newly in second use, of those retired from vehicles",
        (*_VEHICLE_COLLECTED, *_REUSED),
        (Term.of("batteries_retired"),),
    ),
    Indicator(
        "recovery", "Recovery of the process: old scrap out, of old scrap treated (O / C_R)", _OLD, _OLD_SCRAP_TREATED
    ),
    Indicator(
        "black_mass_yield_formal",
        "Lithium in black mass, of lithium treated, at listed recyclers",
        _BLACK_MASS_FORMAL[:1],
        _TREATED_FORMAL,
    ),
    Indicator(
        "dismantling_yield_formal",
        "Lithium left after discharge and dismantling, of lithium treated, at listed recyclers",
        (*_TREATED_FORMAL, *_NOT_DISMANTLED),
        _TREATED_FORMAL,
    ),
    Indicator(
        "shredding_yield_formal",
        "Lithium in black mass, of lithium left after dismantling, at listed recyclers",
        _BLACK_MASS_FORMAL[:1],
        (*_TREATED_FORMAL, *_NOT_DISMANTLED),
    ),
    Indicator(
        "lithium_recovery_formal",
        "Lithium in products, of lithium in black mass (the smelting step), at listed recyclers",
        _FORMAL,
        _BLACK_MASS_FORMAL,
    ),
    Indicator(
        "leaching_yield_formal",
        "Lithium leached, of lithium in black mass, at listed recyclers",
        (*_BLACK_MASS_FORMAL, *_NOT_LEACHED),
        _BLACK_MASS_FORMAL,
    ),
    Indicator(
        "purification_yield_formal",
        "Lithium left after purification, of lithium leached, at listed recyclers",
        (*_BLACK_MASS_FORMAL, *_NOT_LEACHED, *_NOT_PURIFIED),
        (*_BLACK_MASS_FORMAL, *_NOT_LEACHED),
    ),
    Indicator(
        "product_yield_formal",
        "Lithium in products, of lithium left after purification, at listed recyclers",
        _FORMAL,
        (*_BLACK_MASS_FORMAL, *_NOT_LEACHED, *_NOT_PURIFIED),
    ),
    Indicator(
        "lithium_recovery_chain_formal",
        "Lithium in products, of lithium treated, at listed recyclers (both steps)",
        (
            Term.of("salts_recovered", scrap=("old", "new"), channel="formal"),
            Term.of("cathode_repaired", scrap=("old", "new"), channel="formal"),
        ),
        _TREATED_FORMAL,
    ),
    Indicator(
        "repaired_mismatch",
        "Chemistry mismatch of repaired cathode with the cathode made now",
        unit="t Li/year",
        compute=chemistry_mismatch(Term.of("repaired_by_chemistry"), _CATHODE_MADE),
    ),
    Indicator(
        "eol_recycling_rate",
        "End-of-life recycling rate: old scrap out, of what left its last use (O / G)",
        _OLD,
        _ENDED,
    ),
    Indicator("recycled_content", "Old and new scrap, of all lithium used ((O + N) / U)", (*_OLD, *_NEW), _USED),
    Indicator("eol_recycling_input_rate", "Old scrap, of all lithium used (O / U)", _OLD, _USED),
    Indicator("old_scrap_ratio", "Old scrap, of old and new scrap (O / (O + N))", _OLD, (*_OLD, *_NEW)),
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
        "Salts from home mines, and old and new scrap, of all lithium used",
        (Term.of("salts_refined", feed="home"), *_OLD, *_NEW),
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
    Indicator("secondary_supply_old", "Lithium recovered from old scrap (O)", _OLD, unit="t Li/year"),
    Indicator("secondary_supply_new", "Lithium recovered from new scrap (N)", _NEW, unit="t Li/year"),
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
    Indicator(
        "metal_recovery",
        "Metal leaving as usable product, of metal treated",
        (Term.of("metals_recovered"),),
        (Term.of("metals_treated"),),
        keep=("metal",),
    ),
    Indicator(
        "metal_recovery_old_scrap",
        "Metal leaving as usable product, of metal treated, old scrap only",
        (Term.of("metals_recovered", scrap="old"),),
        (Term.of("metals_treated", scrap="old"),),
        keep=("metal",),
    ),
    Indicator(
        "metal_black_mass_yield_formal",
        "Metal in black mass, of metal treated, at listed recyclers",
        (Term.of("metals_in_black_mass", channel="formal"),),
        (Term.of("metals_treated", channel="formal"),),
        keep=("metal",),
    ),
    Indicator(
        "metal_recovery_formal",
        "Metal leaving as usable product, of metal in black mass (the smelting step), at listed recyclers",
        (Term.of("metals_recovered", channel="formal"),),
        (
            Term.of("metals_in_black_mass", channel="formal"),
            Term.of("metals_black_mass_exported", channel="formal", sign=-1),
        ),
        keep=("metal",),
    ),
    Indicator(
        "metal_recovery_chain_formal",
        "Metal leaving as usable product, of metal treated, at listed recyclers (both steps)",
        (Term.of("metals_recovered", channel="formal"),),
        (Term.of("metals_treated", channel="formal"),),
        keep=("metal",),
    ),
    Indicator(
        "metal_eol_recycling_rate",
        "Metal recovered from old scrap, of metal in batteries that left their last use",
        (Term.of("metals_recovered", scrap="old"),),
        (Term.of("vehicle_metals_ended"), Term.of("device_metals_ended")),
        keep=("metal",),
    ),
    Indicator(
        "secondary_metals_old",
        "Metal recovered from old scrap",
        (Term.of("metals_recovered", scrap="old"),),
        unit="t metal/year",
        keep=("metal",),
    ),
    Indicator(
        "secondary_metals_new",
        "Metal recovered from new scrap",
        (Term.of("metals_recovered", scrap="new"),),
        unit="t metal/year",
        keep=("metal",),
    ),
    Indicator(
        "metal_recycled_content",
        "Metal recovered, of metal entering cell making; above one where more returns than is needed",
        (Term.of("metals_recovered", scrap="old"), Term.of("metals_recovered", scrap="new")),
        (Term.of("metals_to_cells"),),
        keep=("metal",),
    ),
    Indicator(
        "eu_recycled_content_lithium",
        "Lithium from battery waste in active materials entering cells (EU 2023/1542, Art. 8)",
        compute=lithium_content(Term.of("salts_recovered"), _SALTS_USED),
    ),
    Indicator(
        "eu_recycled_content_metal",
        "Metal from battery waste in active materials entering cells (EU 2023/1542, Art. 8: nickel and cobalt)",
        keep=("metal",),
        compute=metal_content,
        amounts_in="t metal/year",
    ),
)

_DELAYED = {
    "collection_rate": "Collected, of what left its last use, in all years so far",
    "collection_rate_formal": "Collected by listed recyclers, of what left its last use, in all years so far",
    "collected_of_retired": "Traction batteries collected, of those retired from vehicles, in all years so far",
    "collected_or_reused": "Traction batteries collected or newly in second use, of those retired, in all years so far",
    "eol_recycling_rate": "Old scrap out, of what left its last use, in all years so far",
    "metal_eol_recycling_rate": "Metal from old scrap, of metal that left its last use, in all years so far",
}
"""Ratios with a hoard, a second use or a queue between what is below and what is above the line."""

_BY_NAME = {indicator.name: indicator for indicator in _TABLE}

INDICATORS: dict[str, Indicator] = _BY_NAME | {
    f"{name}_cumulative": _BY_NAME[name].of_all_years(f"{name}_cumulative", meaning)
    for name, meaning in _DELAYED.items()
}
"""The indicators, by name."""

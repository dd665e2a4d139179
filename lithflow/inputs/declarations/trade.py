"""Trade: the parameters of ``trade.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["TRADE"]

TRADE = (
    Declaration(
        "trade.vehicle_exports",
        ("year", "vehicle_class"),
        "vehicle/year",
        "New vehicles exported, with their batteries",
        fill=0.0,
    ),
    Declaration(
        "trade.vehicle_imports",
        ("year", "vehicle_class"),
        "vehicle/year",
        "New plug-in vehicles imported, with their batteries: registered at home and made elsewhere",
        fill=0.0,
    ),
    Declaration("trade.cell_exports", ("year",), "kWh/year", "Traction cells and packs exported, outside vehicles"),
    Declaration("trade.cell_imports", ("year",), "kWh/year", "Traction cells and packs imported, outside vehicles"),
    Declaration(
        "trade.cell_export_family_share",
        ("year", "cathode_family"),
        "1",
        "Share of a cathode family in them",
        maximum=1.0,
        sums_to_one="cathode_family",
        fill=0.0,
    ),
    Declaration(
        "trade.device_cell_exports",
        ("year", "device"),
        "kWh/year",
        "Cells exported for a use outside vehicles, in devices as well",
    ),
    Declaration(
        "trade.device_cell_imports",
        ("year", "device"),
        "kWh/year",
        "Cells imported for a use outside vehicles, in devices as well",
        fill=0.0,
    ),
    Declaration("trade.cathode_exports", ("year", "cathode_family"), "t/year", "Cathode material exported", fill=0.0),
    Declaration("trade.cathode_imports", ("year", "cathode_family"), "t/year", "Cathode material imported", fill=0.0),
    Declaration("trade.electrolyte_exports", ("year",), "t/year", "Electrolyte exported"),
    Declaration("trade.electrolyte_imports", ("year",), "t/year", "Electrolyte imported"),
    Declaration("trade.salt_exports", ("year", "salt"), "t Li/year", "Lithium salts exported"),
    Declaration(
        "trade.salt_imports", ("year", "salt"), "t Li/year", "Lithium salts imported; used up to the last observed year"
    ),
    Declaration(
        "trade.salt_import_share",
        ("year", "salt"),
        "1",
        "Share of imports in the primary salt wanted, after the last observed year",
        maximum=1.0,
    ),
    Declaration(
        "trade.salt_origin_share",
        ("year", "origin"),
        "1",
        "Share of an origin in imported salts",
        maximum=1.0,
        sums_to_one="origin",
        fill=0.0,
    ),
    Declaration(
        "trade.concentrate_origin_share",
        ("year", "origin"),
        "1",
        "Share of an origin in imported concentrate, by lithium",
        maximum=1.0,
        sums_to_one="origin",
        fill=0.0,
    ),
    Declaration(
        "trade.concentrate_cost",
        ("year", "origin"),
        "USD/t LCE",
        "Cost of lithium in salts made at home from concentrate of an origin, from the mine to the conversion",
    ),
    Declaration(
        "trade.salt_cost",
        ("year", "origin"),
        "USD/t LCE",
        "Cost of lithium in salts imported from an origin, with what is paid to the state there",
    ),
    Declaration(
        "trade.concentrate_exports",
        ("year",),
        "t Li/year",
        "Lithium in concentrate exported, beside what partner regions import",
    ),
    Declaration("trade.black_mass_imports", ("year",), "t Li/year", "Lithium in black mass imported"),
    Declaration(
        "trade.black_mass_import_family_share",
        ("year", "cathode_family"),
        "1",
        "Share of a cathode family in black mass imported, by the capacity of the batteries or waste it is of",
        maximum=1.0,
        sums_to_one="cathode_family",
        fill=0.0,
    ),
    Declaration(
        "trade.black_mass_import_metal_share",
        ("metal",),
        "1",
        "Metal per lithium in black mass imported, over metal per lithium in the electrodes it is of",
    ),
    Declaration(
        "trade.black_mass_exports",
        ("year",),
        "t Li/year",
        "Lithium in black mass exported, beside what partner regions import",
    ),
    Declaration(
        "trade.origin_available",
        ("year", "origin"),
        "1",
        "Share of what is wanted of an origin that it delivers",
        maximum=1.0,
        fill=1.0,
        path="step",
    ),
    Declaration(
        "trade.substitution",
        ("year",),
        "1",
        "Share of what an origin doesn't deliver that the others send instead in the same year",
        maximum=1.0,
    ),
    Declaration(
        "trade.shortage_allowed",
        (),
        "1",
        "One where demand may stay unmet, zero where that is an error",
        maximum=1.0,
    ),
    Declaration(
        "trade.unwanted_refused",
        (),
        "1",
        "One where a region refuses what partner regions would send of a chemistry or salt beyond its own use, zero "
        "where that is an error",
        maximum=1.0,
    ),
    Declaration(
        "trade.import_partner_share",
        ("year", "trade_stage", "partner"),
        "1",
        "Share of the imports that a region states which a partner region delivers; the rest is from outside the run",
        maximum=1.0,
        fill=0.0,
    ),
    Declaration(
        "trade.export_partner_share",
        ("year", "trade_stage", "partner"),
        "1",
        "Share of the exports that a region states which go to a partner region; the rest leaves the run",
        maximum=1.0,
        fill=0.0,
    ),
)

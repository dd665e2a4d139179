"""Cathode, electrolyte and anode: the parameters of ``materials.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["MATERIALS"]

MATERIALS = (
    Declaration(
        "materials.cathode_formula", ("chemistry",), "1", "Chemical formula of the cathode material", kind="text"
    ),
    Declaration(
        "materials.cell_voltage",
        ("chemistry",),
        "V",
        "Mean discharge voltage; sets the least lithium that a kWh needs",
        positive=True,
    ),
    Declaration(
        "materials.cathode_per_kwh",
        ("year", "chemistry"),
        "kg/kWh",
        "Cathode material in a pack per nameplate capacity",
    ),
    Declaration(
        "materials.electrolyte_per_kwh", ("year", "chemistry"), "kg/kWh", "Electrolyte in a pack per nameplate capacity"
    ),
    Declaration(
        "materials.electrolyte_salt_share",
        ("year", "electrolyte_salt"),
        "1",
        "Mass share of a lithium salt in electrolyte",
        maximum=1.0,
    ),
    Declaration(
        "materials.anode_lithium_per_kwh",
        ("year", "chemistry"),
        "kg Li/kWh",
        "Lithium of metal anodes and solid electrolytes per nameplate capacity",
        fill=0.0,
    ),
    Declaration(
        "materials.other_metals_per_kwh",
        ("battery_part", "chemistry", "metal"),
        "kg metal/kWh",
        "Metals outside the cathode (copper, aluminium, graphite) in a pack per nameplate capacity, by part",
        fill=0.0,
    ),
    Declaration(
        "materials.cathode_yield",
        ("year",),
        "1",
        "Lithium in cathode material per lithium in the salts used",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "materials.cathode_inventory_build",
        ("year", "cathode_family"),
        "t/year",
        "Change of the stock of cathode material at its makers and on its way into cells; below zero it is drawn on",
        minimum=None,
        fill=0.0,
    ),
    Declaration(
        "materials.electrolyte_yield",
        ("year", "electrolyte_salt"),
        "1",
        "Lithium in electrolyte per lithium in the salts used, synthesis of its salt included, for each such salt",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "materials.anode_yield",
        ("year",),
        "1",
        "Lithium in metal anodes and solid electrolytes per lithium in the salts used",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "materials.cathode_salt_share",
        ("chemistry", "salt"),
        "1",
        "Share of a salt in the lithium that a cathode is made from",
        maximum=1.0,
        sums_to_one="salt",
        fill=0.0,
    ),
    Declaration(
        "materials.is_ternary",
        ("chemistry",),
        "1",
        "One for the chemistries counted as ternary cathode, zero for the rest",
        maximum=1.0,
        fill=0.0,
    ),
    Declaration(
        "materials.is_high_nickel",
        ("chemistry",),
        "1",
        "One for the ternary cathodes counted as high-end (high-nickel), zero for the rest",
        maximum=1.0,
        fill=0.0,
    ),
    Declaration(
        "materials.pack_energy_density",
        ("year", "chemistry"),
        "kWh/kg",
        "Nameplate capacity per mass of pack, to state masses of packs",
        positive=True,
    ),
    Declaration("materials.cathode_capacity", ("year",), "t/year", "Cathode material that plants at home can make"),
    Declaration("materials.electrolyte_salt_capacity", ("year",), "t/year", "LiPF6 that plants at home can make"),
)

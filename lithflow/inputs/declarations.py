"""The parameter table: every parameter of the model, declared once.

This table validates the files, makes the reference page and tells an editor what may be written.
Values, sources and ranges are in ``parameters/``.
"""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

FLEET = (
    Declaration(
        "fleet.registrations",
        ("year", "vehicle_class"),
        "vehicle/year",
        "New vehicles registered; used up to the last observed year",
    ),
    Declaration(
        "fleet.car_classes",
        ("vehicle_class",),
        "1",
        "One for the classes that count as passenger cars, zero for the rest",
        maximum=1.0,
        fill=0.0,
    ),
    Declaration("fleet.population", ("year",), "person", "People living in the country"),
    Declaration(
        "fleet.car_ownership",
        (),
        "vehicle/person",
        "Passenger cars in use per person in the last observed year",
        positive=True,
    ),
    Declaration(
        "fleet.car_ownership_saturation",
        (),
        "vehicle/person",
        "Passenger cars per person that ownership tends to",
        positive=True,
    ),
    Declaration("fleet.car_ownership_growth", (), "1/year", "Growth rate of car ownership far below saturation"),
    Declaration(
        "fleet.car_scrappage",
        ("year",),
        "1/year",
        "Passenger cars of any drive that leave use, per car in use",
        maximum=1.0,
    ),
    Declaration(
        "fleet.nev_share",
        ("year",),
        "1",
        "Share of plug-in cars in all car registrations after the last observed year",
        maximum=1.0,
        path="logistic",
    ),
    Declaration(
        "fleet.class_index",
        ("year", "vehicle_class"),
        "1",
        "Registrations of a class relative to cars, as a multiple of the last observed split",
    ),
    Declaration(
        "fleet.pack_size",
        ("year", "vehicle_class"),
        "kWh/vehicle",
        "Nameplate capacity of the battery of a vehicle made in a year",
        positive=True,
    ),
    Declaration(
        "fleet.family_share",
        ("year", "vehicle_class", "cathode_family"),
        "1",
        "Share of a cathode family in the capacity installed in a class",
        maximum=1.0,
        sums_to_one="cathode_family",
        fill=0.0,
    ),
    Declaration(
        "fleet.first_life_scale",
        ("vehicle_class", "chemistry"),
        "year",
        "Weibull scale of the time until a battery leaves its vehicle, whatever the cause (one life)",
        positive=True,
    ),
    Declaration("fleet.first_life_shape", (), "1", "Weibull shape of that time", positive=True),
    Declaration(
        "fleet.two_life_share",
        ("year",),
        "1",
        "Share of a cohort whose vehicle and battery have separate lives; the rest has one life",
        maximum=1.0,
    ),
    Declaration(
        "fleet.vehicle_life", ("vehicle_class",), "year", "Mean life of a vehicle, battery apart", positive=True
    ),
    Declaration("fleet.vehicle_life_sd", ("vehicle_class",), "year", "Standard deviation of the vehicle life"),
    Declaration(
        "fleet.battery_life",
        ("vehicle_class",),
        "year",
        "Mean life of a battery in its vehicle, vehicle apart",
        positive=True,
    ),
    Declaration("fleet.battery_life_sd", ("vehicle_class",), "year", "Standard deviation of the battery life"),
    Declaration(
        "fleet.replacement_share",
        ("vehicle_class",),
        "1",
        "Share of worn batteries that are replaced in a vehicle below the age limit",
        maximum=1.0,
    ),
    Declaration(
        "fleet.replacement_age_limit",
        (),
        "year",
        "Vehicle age from which a worn battery is not replaced",
    ),
    Declaration(
        "fleet.used_export_share",
        ("year", "vehicle_class"),
        "1",
        "Share of the vehicles leaving the fleet that leave the country with their battery",
        maximum=1.0,
    ),
)

REUSE = (
    Declaration(
        "reuse.suitable_share",
        ("year", "chemistry", "cause"),
        "1",
        "Share of retired batteries offered to second use",
        maximum=1.0,
    ),
    Declaration(
        "reuse.first_floor",
        (),
        "usable",
        "State of health at which a battery is worn for its vehicle",
        maximum=0.99,
        positive=True,
    ),
    Declaration(
        "reuse.fade_exponent",
        ("chemistry",),
        "1",
        "Exponent z of fade, state of health = 1 − (1 − first floor)·(age/life)^z; 1 is linear, below 1 is fast at first",
        positive=True,
    ),
    Declaration(
        "reuse.basis",
        ("reuse_step",),
        "1",
        "What ends a step: fade to its floor, or a residence time of its own",
        kind="text",
        choices=("fade", "residence"),
    ),
    Declaration(
        "reuse.entry_state_of_health",
        ("reuse_step",),
        "usable",
        "State of health that a battery needs to enter a step; not above the floor of the step before",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "reuse.floor",
        ("reuse_step",),
        "usable",
        "State of health at which a battery leaves a step",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "reuse.stress",
        ("reuse_step",),
        "1",
        "Fade in a step over fade in the vehicle in the same time",
        positive=True,
    ),
    Declaration(
        "reuse.residence", ("reuse_step",), "year", "Mean time in a step whose basis is residence", positive=True
    ),
    Declaration(
        "reuse.residence_sd",
        ("reuse_step",),
        "year",
        "Standard deviation of the time in a step whose basis is residence",
    ),
    Declaration(
        "reuse.market_share",
        ("year", "reuse_step"),
        "1",
        "Largest share of a demand that second-life batteries fill",
        maximum=1.0,
    ),
    Declaration(
        "reuse.onward_share",
        ("reuse_step",),
        "1",
        "Share of the batteries leaving a step that are offered to the next; without effect for the last",
        maximum=1.0,
    ),
    Declaration(
        "reuse.lost_share",
        ("reuse_step",),
        "1",
        "Share of the batteries leaving a step, and not offered to the next, that nobody can collect",
        maximum=1.0,
    ),
)

USES = (
    Declaration(
        "uses.application_demand",
        ("year", "reuse_step"),
        "kWh usable/year",
        "Usable battery capacity wanted each year for low-speed vehicles, grid and home storage, new or second-life",
    ),
    Declaration(
        "uses.new_lithium_share",
        ("year", "reuse_step"),
        "1",
        "Share of the demand left by second life that new lithium cells fill; the rest is lead-acid or other",
        maximum=1.0,
    ),
    Declaration(
        "uses.two_wheeler_demand",
        ("year",),
        "kWh/year",
        "Batteries of electric two- and three-wheelers sold, all chemistries",
    ),
    Declaration("uses.two_wheeler_lithium_share", ("year",), "1", "Share of lithium cells in them", maximum=1.0),
    Declaration("uses.consumer_demand", ("year",), "kWh/year", "Cells in consumer devices sold in the country"),
    Declaration(
        "uses.device_family_share",
        ("year", "device", "cathode_family"),
        "1",
        "Share of a cathode family in the cells of a use",
        maximum=1.0,
        sums_to_one="cathode_family",
        fill=0.0,
    ),
    Declaration("uses.device_life", ("device",), "year", "Mean life of these batteries", positive=True),
    Declaration("uses.device_life_sd", ("device",), "year", "Standard deviation of that life"),
    Declaration(
        "uses.other_demand", ("year", "other_use"), "t Li/year", "Lithium in salts bought by makers of other goods"
    ),
    Declaration(
        "uses.other_salt_share",
        ("other_use", "salt"),
        "1",
        "Share of a salt in that lithium",
        maximum=1.0,
        sums_to_one="salt",
        fill=0.0,
    ),
)

CELLS = (
    Declaration(
        "cells.grade_share",
        ("year", "cathode_family", "chemistry"),
        "1",
        "Share of a chemistry within its cathode family, by capacity",
        maximum=1.0,
        sums_to_one="chemistry",
        fill=0.0,
    ),
    Declaration(
        "cells.scrap_rate",
        ("year",),
        "1",
        "Share of the cathode, electrolyte and anode lithium entering cell making that leaves as new scrap",
        maximum=0.9,
    ),
    Declaration(
        "cells.inventory_build",
        ("year",),
        "kWh/year",
        "Change of the stock of finished traction cells at makers and vehicle plants",
        minimum=None,
    ),
)

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
        ("chemistry", "metal"),
        "kg metal/kWh",
        "Metals outside the cathode (copper, aluminium, graphite) in a pack per nameplate capacity",
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
        "materials.electrolyte_yield",
        ("year",),
        "1",
        "Lithium in electrolyte per lithium in the salts used, synthesis of the electrolyte salt included",
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
)

TRADE = (
    Declaration(
        "trade.vehicle_exports",
        ("year", "vehicle_class"),
        "vehicle/year",
        "New vehicles exported less imported, with their batteries",
        fill=0.0,
    ),
    Declaration(
        "trade.cell_exports", ("year",), "kWh/year", "Traction cells and packs exported less imported, outside vehicles"
    ),
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
    Declaration("trade.cathode_exports", ("year", "cathode_family"), "t/year", "Cathode material exported", fill=0.0),
    Declaration("trade.cathode_imports", ("year", "cathode_family"), "t/year", "Cathode material imported", fill=0.0),
    Declaration("trade.electrolyte_exports", ("year",), "t/year", "Electrolyte exported"),
    Declaration("trade.salt_exports", ("year", "salt"), "t Li/year", "Lithium salts exported"),
    Declaration(
        "trade.salt_imports", ("year", "salt"), "t Li/year", "Lithium salts imported; used up to the last observed year"
    ),
    Declaration(
        "trade.salt_import_share",
        ("year",),
        "1",
        "Share of imports in the primary salts wanted, after the last observed year",
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
    Declaration("trade.black_mass_imports", ("year",), "t Li/year", "Lithium in black mass imported"),
)

COLLECTION = (
    Declaration(
        "collection.rate",
        ("year", "battery_use"),
        "1",
        "Share of end-of-life batteries, and of those leaving the hoard, that reach a recycling channel",
        maximum=1.0,
    ),
    Declaration(
        "collection.formal_share", ("year",), "1", "Share of listed recyclers in what is collected", maximum=1.0
    ),
    Declaration(
        "collection.hoard_share",
        ("year", "battery_use"),
        "1",
        "Share of the batteries not collected at first that their owners keep",
        maximum=1.0,
    ),
    Declaration("collection.hoard_time", ("battery_use",), "year", "Mean time in the hoard", positive=True),
)

RECYCLING = (
    Declaration("recycling.delay", (), "year", "Time from collection to treatment"),
    Declaration(
        "recycling.scrap_collection", ("year",), "1", "Share of new scrap that reaches a recycler", maximum=1.0
    ),
    Declaration(
        "recycling.route_share",
        ("year", "channel", "route"),
        "1",
        "Share of a route in what a channel treats",
        maximum=1.0,
        sums_to_one="route",
        fill=0.0,
    ),
    Declaration(
        "recycling.black_mass_yield",
        ("year", "channel"),
        "1",
        "Lithium in black mass per lithium in the batteries treated",
        maximum=1.0,
    ),
    Declaration(
        "recycling.lithium_recovery",
        ("year", "channel", "route"),
        "1",
        "Lithium leaving as salt or cathode per lithium in black mass",
        maximum=1.0,
        fill=0.0,
    ),
    Declaration(
        "recycling.metal_black_mass_yield",
        ("channel", "metal"),
        "1",
        "Metal going on to recovery per metal in the batteries treated",
        maximum=1.0,
    ),
    Declaration(
        "recycling.metal_recovery",
        ("year", "channel", "route", "metal"),
        "1",
        "Metal leaving as usable product per metal going on to recovery",
        maximum=1.0,
        fill=0.0,
    ),
    Declaration(
        "recycling.cathode_share",
        ("route",),
        "1",
        "Share of the recovered lithium that leaves as cathode material; the rest leaves as salts",
        maximum=1.0,
        fill=0.0,
    ),
)

REFINING = (
    Declaration(
        "refining.yield",
        ("year", "resource"),
        "1",
        "Lithium in salts per lithium in concentrate or brine",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "refining.stockpile_build",
        ("year",),
        "t Li/year",
        "Change of the stock of salts at traders and plants",
        minimum=None,
    ),
)

MINING = (
    Declaration(
        "mining.output",
        ("year", "resource"),
        "t Li/year",
        "Lithium in concentrate and brine of home mines; used up to the last observed year",
    ),
    Declaration(
        "mining.capacity",
        ("year", "resource"),
        "t Li/year",
        "Lithium that home mines can deliver, after the last observed year",
    ),
    Declaration(
        "mining.utilisation",
        ("year", "resource"),
        "1",
        "Share of that capacity that is used while there is demand",
        maximum=1.0,
    ),
    Declaration(
        "mining.ore_grade",
        ("year", "resource"),
        "percent Li2O",
        "Lithium content of ore or brine, by mass",
        positive=True,
    ),
    Declaration(
        "mining.recovery",
        ("year", "resource"),
        "1",
        "Lithium in concentrate, or in plant brine, per lithium in ore or brine",
        maximum=1.0,
        positive=True,
    ),
)

PARAMETERS: tuple[Declaration, ...] = (
    *MINING,
    *REFINING,
    *MATERIALS,
    *CELLS,
    *FLEET,
    *REUSE,
    *USES,
    *COLLECTION,
    *RECYCLING,
    *TRADE,
)

"""A small parameter table of its own, so that the tests of reading don't depend on the model's numbers."""

from pathlib import Path

from lithflow.inputs.declaration import Declaration

DATA = Path(__file__).parents[1] / "data"
SHIPPED = DATA / "parameters"

DECLARATIONS = (
    Declaration("mining.output", ("year", "resource"), "t Li/year", "Lithium in concentrate and brine of home mines"),
    Declaration("mining.ore_grade", ("resource",), "percent Li2O", "Lithium content of the ore", maximum=100.0),
    Declaration("materials.cathode_formula", ("chemistry",), "1", "Formula of the cathode material", kind="text"),
    Declaration("materials.cell_voltage", ("chemistry",), "V", "Mean discharge voltage"),
    Declaration("materials.cathode_per_kwh", ("year", "chemistry"), "kg/kWh", "Cathode material per capacity"),
    Declaration("fleet.pack_size", ("vehicle_class",), "kWh/vehicle", "Nameplate capacity of a battery"),
    Declaration("fleet.electrification", ("year",), "1", "Plug-in cars in sales", maximum=1.0, path="logistic"),
    Declaration("fleet.life", (), "year", "Mean life of a vehicle"),
    Declaration("collection.rate", ("year",), "1", "Share of batteries collected", maximum=1.0, nondecreasing=True),
    Declaration(
        "recycling.lithium_recovery",
        ("year", "channel", "route"),
        "1",
        "Lithium leaving as salt per lithium in black mass",
        maximum=1.0,
        fill=0.0,
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
    Declaration("trade.imports", ("year", "origin"), "t/year", "Concentrate imported"),
)

"""Other batteries and other uses of lithium: the parameters of ``uses.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["USES"]

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

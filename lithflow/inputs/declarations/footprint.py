"""Energy and emissions: the parameters of ``footprint.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["FOOTPRINT"]

FOOTPRINT = (
    Declaration("footprint.refining_energy", ("year", "resource"), "MJ/t LCE", "Energy for salts from ore or brine"),
    Declaration("footprint.cell_energy", ("year",), "MJ/kWh", "Energy for making cells per nameplate capacity"),
    Declaration("footprint.recycling_energy", ("year", "route"), "MJ/t Li", "Energy for recovering lithium"),
    Declaration(
        "footprint.refining_emissions", ("year", "resource"), "t CO2e/t LCE", "Emissions of salts from ore or brine"
    ),
    Declaration(
        "footprint.cell_emissions", ("year",), "kg CO2e/kWh", "Emissions of making cells per nameplate capacity"
    ),
    Declaration("footprint.recycling_emissions", ("year", "route"), "t CO2e/t Li", "Emissions of recovering lithium"),
    Declaration("footprint.cycles", ("reuse_step",), "1/year", "Full cycles a year of a battery in second use"),
    Declaration("footprint.energy_per_capacity", (), "MJ/kWh", "Energy of one cycle per usable capacity"),
    Declaration("footprint.efficiency", ("reuse_step",), "1", "Energy delivered per energy stored", maximum=1.0),
)

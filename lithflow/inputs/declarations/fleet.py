"""Vehicles: registrations, car market, batteries and lives: the parameters of ``fleet.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["FLEET"]

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

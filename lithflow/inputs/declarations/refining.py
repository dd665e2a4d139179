"""Refining: the parameters of ``refining.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["REFINING"]

REFINING = (
    Declaration(
        "refining.yield",
        ("year", "resource"),
        "1",
        "Lithium in salts per lithium in concentrate or plant brine: conversion, or the plant step of brine",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "refining.concentrate_inventory_build",
        ("year",),
        "t Li/year",
        "Change of the stock of imported concentrate at converters, bought as far as origins deliver; below zero it is "
        "used in place of imports",
        minimum=None,
    ),
    Declaration(
        "refining.stockpile_build",
        ("year", "salt"),
        "t Li/year",
        "Change of the stock of salts at traders and plants",
        minimum=None,
    ),
    Declaration(
        "refining.converted_share",
        ("year",),
        "1",
        "Share of the hydroxide made at home that is made from carbonate, not from ore",
        maximum=1.0,
    ),
    Declaration(
        "refining.conversion_yield",
        ("year",),
        "1",
        "Lithium in hydroxide per lithium in the carbonate it is made from",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "refining.reserve_cover",
        ("year",),
        "year",
        "Salts wanted in the product reserve, as the time of home use that they cover",
    ),
    Declaration(
        "refining.reserve_fill",
        ("year",),
        "1",
        "Largest share of a year's home use that is bought for the reserve in a year",
        maximum=1.0,
    ),
    Declaration("refining.capacity", ("year",), "t Li/year", "Lithium in the salts that plants at home can make"),
    Declaration(
        "refining.surplus_kept",
        (),
        "1",
        "One where concentrate that home mines deliver and nobody takes is kept, zero where that is an error",
        maximum=1.0,
    ),
)

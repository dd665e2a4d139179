"""Recycling: the parameters of ``recycling.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["RECYCLING"]

RECYCLING = (
    Declaration("recycling.delay", ("scrap",), "year", "Time from collection to treatment"),
    Declaration(
        "recycling.scrap_collection",
        ("year", "scrap_step"),
        "1",
        "Share of new scrap that reaches a recycler",
        maximum=1.0,
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
        "Lithium in black mass per lithium in the batteries treated, over discharge, dismantling and shredding",
        maximum=1.0,
    ),
    Declaration(
        "recycling.pretreatment_loss_share",
        ("year", "scrap", "pretreatment_step"),
        "1",
        "Share of a step in the lithium that pretreatment loses",
        maximum=1.0,
        sums_to_one="pretreatment_step",
    ),
    Declaration(
        "recycling.lithium_recovery",
        ("year", "channel", "route"),
        "1",
        "Lithium leaving as salt or cathode per lithium in black mass, over leaching, purification and product",
        maximum=1.0,
        fill=0.0,
    ),
    Declaration(
        "recycling.recovery_loss_share",
        ("year", "route", "recovery_step"),
        "1",
        "Share of a step in the lithium that is lost between black mass and product",
        maximum=1.0,
        sums_to_one="recovery_step",
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
        "recycling.metal_pretreatment_loss_share",
        ("scrap", "metal", "pretreatment_step"),
        "1",
        "Share of a step in the metal that pretreatment loses",
        maximum=1.0,
        sums_to_one="pretreatment_step",
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
        "recycling.metal_recovery_loss_share",
        ("route", "metal", "recovery_step"),
        "1",
        "Share of a step in the metal that is lost between black mass and product",
        maximum=1.0,
        sums_to_one="recovery_step",
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
    Declaration(
        "recycling.salt_share",
        ("year", "salt"),
        "1",
        "Share of a salt in the lithium recovered as salts",
        maximum=1.0,
        sums_to_one="salt",
        fill=0.0,
    ),
    Declaration(
        "recycling.capacity",
        ("year", "channel"),
        "t Li/year",
        "Lithium in batteries and scrap that recyclers can treat; what is above waits",
    ),
)

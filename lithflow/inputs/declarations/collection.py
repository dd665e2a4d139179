"""Collection: the parameters of ``collection.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["COLLECTION"]

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

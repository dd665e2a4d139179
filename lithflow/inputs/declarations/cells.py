"""Cell making: the parameters of ``cells.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["CELLS"]

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

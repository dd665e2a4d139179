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
        "cells.electrode_scrap",
        ("year",),
        "1",
        "Share of the cathode and metals entering electrode making that leaves as scrap before cells are filled",
        maximum=0.9,
    ),
    Declaration(
        "cells.cell_scrap",
        ("year",),
        "1",
        "Share of the cells assembled and filled that are rejected, with all that is in them",
        maximum=0.9,
    ),
    Declaration(
        "cells.electrolyte_loss",
        ("year",),
        "1",
        "Share of the electrolyte entering cell making that is lost in filling and degassing",
        maximum=0.9,
    ),
    Declaration(
        "cells.inventory_build",
        ("year",),
        "kWh/year",
        "Change of the stock of finished traction cells at makers and vehicle plants; below zero the oldest go",
        minimum=None,
    ),
    Declaration(
        "cells.capacity", ("year",), "kWh/year", "Nameplate capacity of the cells that plants at home can make"
    ),
)

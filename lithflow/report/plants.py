"""Utilisation and overcapacity of the plants, stage by stage, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lithflow.report.tables import mine_capacity_note, year_table, year_text, yearly

if TYPE_CHECKING:
    import pandas as pd

    from lithflow.run import Run

__all__ = ["STAGES", "plants", "plants_text"]

STAGES = {
    "mines": ("mine", "kt LCE/year"),
    "salt plants": ("salt", "kt LCE/year"),
    "cathode plants": ("cathode", "kt/year"),
    "LiPF6 plants": ("electrolyte_salt", "kt/year"),
    "cell plants": ("cell", "GWh/year"),
    "recyclers": ("recycler", "kt LCE/year"),
}
"""Stage as shown: the name that its indicators begin with, and the unit of what stands idle."""


def plants(run: Run, years: Sequence[int]) -> pd.DataFrame:
    """Lay out utilisation and overcapacity by stage; overcapacity below zero is capacity that is missing.

    Parameters
    ----------
    run
        The run.
    years
        Columns.

    Returns
    -------
    pandas.DataFrame
        Index: what, unit; columns: years; NaN where there are no plants, and for mines up to the last observed year.

    Raises
    ------
    InputError
        If a year is outside the model years, or the run has members or regions.
    """
    run.setting.refuse_several("plants")
    used = [
        (f"{stage}: utilisation", "percent", yearly(run[f"{name}_utilisation"], "percent"))
        for stage, (name, _) in STAGES.items()
    ]
    idle = [
        (f"{stage}: overcapacity", unit, yearly(run[f"{name}_overcapacity"], unit))
        for stage, (name, unit) in STAGES.items()
    ]
    return year_table(run, [*used, *idle], years, "plants")


def plants_text(run: Run, years: Sequence[int]) -> str:
    """Print the table of plants."""
    return year_text(plants(run, years)) + mine_capacity_note(run, years)

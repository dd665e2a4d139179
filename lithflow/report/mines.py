"""What home mines can deliver, take from the ground and lose, in tonnes and as lithium, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lithflow.report.tables import mine_capacity_note, row_of, rows_by, year_table, year_text, yearly

if TYPE_CHECKING:
    import pandas as pd

    from lithflow.run import Run

__all__ = ["mines", "mines_text"]

MILLION = 1e6


def mines(run: Run, years: Sequence[int]) -> pd.DataFrame:
    """Lay out capacity, output by resource and province, ore, concentrate, tailings, losses by step and reserves.

    What is never there is left out.

    Parameters
    ----------
    run
        The run.
    years
        Columns.

    Returns
    -------
    pandas.DataFrame
        Index: what, unit; columns: years. Capacity is not a number up to the last observed year.

    Raises
    ------
    InputError
        If a year is outside the model years, or the run has members or regions.
    """
    run.setting.refuse_several("mines")
    rows = [
        *rows_by(run, "mine_capacity", "resource", "capacity, in concentrate or brine", "kt LCE/year"),
        *rows_by(run, "concentrate_mined", "resource", "delivered, in concentrate or brine", "kt LCE/year"),
        *rows_by(run, "mined_by_province", "province", "delivered, of this", "kt LCE/year"),
        *rows_by(run, "ore_mass", "resource", "ore and brine", "kt/year"),
        ("brine pumped", "million m3/year", yearly(run["brine_volume"], "m3/year") / MILLION),
        *rows_by(run, "concentrate_mass", "resource", "concentrate as shipped", "kt/year"),
        *rows_by(run, "concentrate_sc6", "resource", "concentrate as SC6", "kt/year"),
        *rows_by(run, "tailings_mass", "resource", "tailings", "kt/year"),
        row_of(run, "imported_concentrate_mass", "imported concentrate as shipped", "kt/year"),
        row_of(run, "imported_concentrate_sc6", "imported concentrate as SC6", "kt/year"),
        *rows_by(run, "mining_losses", "resource", "left behind in mining", "kt LCE/year"),
        *rows_by(run, "tailings", "resource", "lost in concentration or ponds", "kt LCE/year"),
        row_of(run, "refining_residue", "lost in conversion or brine plants", "kt LCE/year"),
        *rows_by(run, "reserves_left", "resource", "reserves left", "kt LCE"),
    ]
    return year_table(run, [row for row in rows if np.nan_to_num(row[2]).any()], years, "mines")


def mines_text(run: Run, years: Sequence[int]) -> str:
    """Print the table of mines."""
    return year_text(mines(run, years)) + mine_capacity_note(run, years)

"""Energy and greenhouse gas of refining, cells and recycling, and what second use stores and delivers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lithflow.report.tables import row_of, rows_by, year_table, year_text

if TYPE_CHECKING:
    import pandas as pd

    from lithflow.run import Run

__all__ = ["energy", "energy_text"]


def energy(run: Run, years: Sequence[int]) -> pd.DataFrame:
    """Lay out energy and greenhouse gas by activity, and the energy that batteries in second use store and deliver.

    Parameters
    ----------
    run
        The run; what second life stores and delivers is left out unless it was made with ``cohorts=True``.
    years
        Columns.

    Returns
    -------
    pandas.DataFrame
        Index: what, unit; columns: years.

    Raises
    ------
    InputError
        If a year is outside the model years, or the run has members or regions.
    """
    run.setting.refuse_several("energy")
    rows = [
        *rows_by(run, "energy_used", "activity", "energy used", "PJ/year"),
        row_of(run, "energy_used", "energy used, together", "PJ/year"),
        *rows_by(run, "emissions", "activity", "greenhouse gas", "kt CO2e/year"),
        row_of(run, "emissions", "greenhouse gas, together", "kt CO2e/year"),
    ]
    for name, label in (("stored", "stored in second use"), ("delivered", "delivered by second use")):
        if f"second_life_energy_{name}" in run:
            rows += rows_by(run, f"second_life_energy_{name}", "reuse_step", label, "PJ/year")
    return year_table(run, rows, years, "energy")


def energy_text(run: Run, years: Sequence[int]) -> str:
    """Print the table of energy."""
    return year_text(energy(run, years))

"""Runs as CSV files that open in any spreadsheet: long tables, the unit in each row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lithflow.arrays import dequantify
from lithflow.chain.variables import SHOWN, VARIABLES
from lithflow.indicators.definitions import INDICATORS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    import xarray as xr

    from lithflow.run import Run

__all__ = ["long_table", "write_tables"]


INDICATOR_FILE = "indicators.csv"
"""Its rows say whether demand stays unmet in their year."""


def long_table(arrays: Mapping[str, xr.DataArray], units: Mapping[str, str]) -> pd.DataFrame:
    """Lay arrays out as one row a value.

    Parameters
    ----------
    arrays
        Name → array of quantities.
    units
        Name → unit of the values written.

    Returns
    -------
    pandas.DataFrame
        Columns: variable, year, the dimensions that occur, value, unit.
    """
    import pandas as pd

    dataset = dequantify(arrays, units)
    parts = []
    for name in arrays:
        part = dataset[name].to_series().reset_index(name="value")
        part.insert(0, "variable", name)
        part["unit"] = units[name]
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    dims = [column for column in table.columns if column not in ("variable", "year", "value", "unit")]
    return table[["variable", "year", *dims, "value", "unit"]]


def _by_region(run: Run, names: Sequence[str], units: Mapping[str, str], flagged: bool) -> pd.DataFrame:
    """Lay results out, for each region of the run if it has any, named in the third column; flag years if wanted."""
    import pandas as pd

    if run.regions:
        parts = []
        for region in run.regions:
            part = _by_region(run.region(region), names, units, flagged)
            part.insert(2, "region", region)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)
    table = long_table({name: run[name] for name in names}, units)
    if flagged:
        table["infeasible"] = table["year"].isin(run.infeasible_years)
    return table


def write_tables(run: Run, folder: Path) -> None:
    """Write ``flows.csv``, ``stocks.csv``, ``indicators.csv`` and ``targets.csv``.

    Parameters
    ----------
    run
        The run.
    folder
        An existing folder.

    Raises
    ------
    InputError
        If the run has members, for which no goal can be judged.
    """
    judged = run.targets()

    def write(file: str, names: Iterable[str], units: Mapping[str, str]) -> None:
        table = _by_region(run, list(names), units, file == INDICATOR_FILE)
        table.to_csv(folder / file, index=False, float_format="%.10g")

    units = {name: SHOWN.get(variable.unit, variable.unit) for name, variable in VARIABLES.items()}
    flows = [name for name, variable in VARIABLES.items() if variable.kind != "stock" and name in run.ledger]
    write("flows.csv", flows, {name: units[name] for name in flows})
    stocks = [name for name, variable in VARIABLES.items() if variable.kind == "stock"]
    write("stocks.csv", stocks, {name: units[name] for name in stocks})
    write(INDICATOR_FILE, INDICATORS, {name: SHOWN.get(entry.unit, entry.unit) for name, entry in INDICATORS.items()})
    judged.to_csv(folder / "targets.csv", index=False, float_format="%.10g")

"""Results of several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lithflow.arrays import value
from lithflow.chain.variables import VARIABLES
from lithflow.errors import InputError
from lithflow.indicators.definitions import INDICATORS
from lithflow.run import Run

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare"]


def compare(runs: Sequence[Run], name: str, unit: str | None = None) -> pd.DataFrame:
    """Put one result of several runs side by side.

    Parameters
    ----------
    runs
        Runs over the same years.
    name
        A flow, stock, memo or indicator; amounts with further dimensions are summed over them.
    unit
        Unit of the numbers; that of the variable table unless given.

    Returns
    -------
    pandas.DataFrame
        Years in rows, scenarios in columns; the unit is in ``attrs["unit"]``, and the years in which demand stays unmet
        in ``attrs["infeasible"]``, by scenario.

    Raises
    ------
    InputError
        If the name is unknown or an indicator of more than one ratio a year, the runs have different years, members or
        regions, or two runs bear the same name.
    """
    import pandas as pd

    names = [run.scenario for run in runs]
    if len({run.years for run in runs}) > 1:
        raise InputError("compare: the runs have different years; compare runs of the same model years")
    for run in runs:
        run.setting.refuse_several("compare")
    if len(set(names)) < len(names):
        raise InputError(
            f"compare: expected runs of different names, got {', '.join(names)}; set run.scenario to tell them apart"
        )
    if name in INDICATORS and INDICATORS[name].keep:
        raise InputError(
            f"compare: {name} is a ratio for each {INDICATORS[name].keep[0]}; take them from run[{name!r}]"
        )
    columns = {}
    shown = unit or ""
    for run in runs:
        array = run[name]
        shown = unit or (VARIABLES[name].unit if name in VARIABLES else INDICATORS[name].unit)
        rest = [dim for dim in array.dims if dim != "year"]
        columns[run.scenario] = value(array.sum(rest, skipna=False) if rest else array, shown)
    table = pd.DataFrame(columns, index=pd.Index(runs[0].years if runs else (), name="year"))
    table.attrs |= {"unit": shown, "infeasible": {run.scenario: run.infeasible_years for run in runs}}
    return table

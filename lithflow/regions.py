"""One region of a run that has several, as a run of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lithflow.arrays import options
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.errors import InputError, nearest

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from lithflow.run import Run

__all__ = ["REGION", "Regional", "of_region"]

REGION = "region"


class Regional:
    """What a run can say of its regions."""

    setting: Setting

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions of the run, in order; none for most scenarios."""
        return self.setting.axes.labels(REGION) if REGION in self.setting.extra else ()

    def region(self, name: str) -> Run:
        """Take one of `regions` as a run of its own, which can do all that a run can; see `of_region`."""
        if name not in self._views:
            self._views[name] = of_region(self, name)  # type: ignore[arg-type]
        return self._views[name]

    @cached_property
    def _views(self) -> dict[str, Run]:
        return {}

    def trade(self, years: Sequence[int] | None = None) -> pd.DataFrame:
        """Show who delivers how much lithium to whom, in a run with regions; see `lithflow.report.regions.trade`.

        Parameters
        ----------
        years
            Years to show; `shown_years` unless given.
        """
        from lithflow.report.regions import trade

        return trade(self, years)  # type: ignore[arg-type]


def of_region(run: Run, region: str) -> Run:
    """Take one region out of a run; its balance is proved again, alone.

    Parameters
    ----------
    run
        A run with regions.
    region
        Which.

    Returns
    -------
    Run
        With the flows, stocks, parameters and cohorts of the region, the sources that its values rest on, the goals
        that hold in it, and its record of trade with partners.

    Raises
    ------
    InputError
        If the run has no regions, or no such one.
    """
    from lithflow.run import Run, prove

    if REGION not in run.setting.extra:
        raise InputError(f"region: the run of {run.scenario} has no regions")
    labels = run.setting.axes.labels(REGION)
    if region not in labels:
        raise InputError(f"region: unknown region {region!r}{nearest(region, labels)}")
    place = labels.index(region)

    def own(array: xr.DataArray) -> xr.DataArray:
        return array.isel({REGION: place}, drop=True) if REGION in array.dims else array

    with options():
        parameters: dict[str, Any] = {
            name: own(parameter) if hasattr(parameter, "dims") else parameter
            for name, parameter in run.parameters.items()
        }
        axes = run.setting.axes.without(REGION)
        setting = Setting(parameters, axes, run.last_observed, bool(run.setting.cohort))
        ledger = Ledger(keep_details=bool(run.ledger.details))
        for name, values in run.ledger.cohorts.items():
            dims = run.ledger.cohort_dims(name)
            ledger.cohorts[name] = np.take(values, place, axis=dims.index(REGION)) if REGION in dims else values
        ledger.arrays = {name: own(array) for name, array in run.ledger.arrays.items()}
        ledger.details = {name: own(array) for name, array in run.ledger.details.items()}
        # regions that only an override knows have no files of their own
        own_changes = run.by_region.get(region, run.changed)
        citations = {
            name: tuple(dict.fromkeys(source for part in own_changes.get(name, (everywhere,)) for source in part))
            for name, everywhere in run.citations.items()
        }
        cited = {source for sources in citations.values() for source in sources}
        return Run(
            setting,
            ledger,
            scenario=f"{run.scenario}.{region}",
            title=f"{run.title}: {region}",
            targets=[target for target in run.goals if target.holds_in(region)],
            citations=citations,
            changed={name: parts for name, parts in own_changes.items() if parts.changes},
            by_region={},
            sources=[source for source in run.source_list if source.id in cited],
            provenance={**run.provenance, "region": region},
            snapshot=run.snapshot,
            balance=prove(setting, ledger),
        )

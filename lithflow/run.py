"""A run: what one scenario gave, with what it rests on and the proof that it balances."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lithflow.arrays import dequantify, unit_of, value
from lithflow.balance import Certificate, certify
from lithflow.chain.batteries import battery_contents
from lithflow.chain.ledger import EXTRA, Ledger
from lithflow.chain.setting import Setting
from lithflow.chain.variables import VARIABLES, Layer
from lithflow.errors import InputError, LithflowError, nearest
from lithflow.indicators.definitions import INDICATORS, evaluate
from lithflow.indicators.feasibility import infeasible
from lithflow.indicators.targets import judge
from lithflow.inputs.sources import Source
from lithflow.inputs.targets import Target

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import xarray as xr

__all__ = ["Run", "compare"]

YEARS = (2020, 2025, 2030, 2035, 2050)
"""Past, the years of the goals, and the end, which tables show by themselves."""


class Run:
    """Flows, stocks and indicators of one scenario.

    ``run["salts_refined"]`` gives a flow, stock, memo or indicator as an `xarray.DataArray` of quantities in canonical
    units (t Li, kWh, vehicle, year). Indicators carry the coordinate ``infeasible``: true in years in which demand
    stays unmet.

    Attributes
    ----------
    scenario, title
        Name and title of the scenario.
    parameters
        Every parameter as it was used: name → array of quantities, or text by label.
    ledger
        What the stages posted.
    balance
        The certificate; a run that doesn't balance doesn't come into being.
    provenance
        Versions, scenario, overrides and the hash of the parameter files.
    """

    def __init__(
        self,
        setting: Setting,
        ledger: Ledger,
        *,
        scenario: str,
        title: str,
        targets: Sequence[Target],
        citations: Mapping[str, tuple[str, ...]],
        sources: Sequence[Source],
        provenance: Mapping[str, Any],
        snapshot: str,
    ) -> None:
        self.scenario = scenario
        self.title = title
        self.setting = setting
        self.ledger = ledger
        self.provenance = dict(provenance)
        self.snapshot = snapshot
        self.citations = dict(citations)
        self.goals = tuple(targets)
        self._sources = tuple(sources)
        contents = battery_contents(setting)
        held: dict[Layer, npt.NDArray[np.float64]] = {
            "lithium": setting.lanes(contents.lithium, "t Li/kWh", ("year", "chemistry")),
            "metals": setting.lanes(contents.metals, "t metal/kWh", ("year", "chemistry", "metal")),
        }
        self.balance: Certificate = certify(ledger, setting.years, held)

    @property
    def years(self) -> tuple[int, ...]:
        """The model years."""
        return self.setting.years

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Every parameter as it was used."""
        return self.setting.parameters

    def __getitem__(self, name: str) -> xr.DataArray:
        if name in self.ledger:
            return self.ledger[name]
        if name in INDICATORS:
            return self._indicator(name)
        if name in VARIABLES:
            raise InputError(f"{name} is in runs made with cohorts=True only, as it takes long to compute")
        raise _unknown(name)

    def __contains__(self, name: object) -> bool:
        return name in self.ledger.arrays or name in INDICATORS

    def _indicator(self, name: str) -> xr.DataArray:
        indicator = INDICATORS[name]
        values = evaluate(indicator, self.ledger, self._weights)
        array = self._wrapped(values, ("year", *indicator.keep), indicator.unit)
        lacking = [dim for dim in self.infeasible.dims if dim not in array.dims]
        flagged = self.infeasible.any(lacking) if lacking else self.infeasible
        return array.assign_coords(infeasible=flagged.variable)

    def _wrapped(self, values: npt.NDArray[np.float64], dims: tuple[str, ...], unit: str) -> xr.DataArray:
        """Label values whose last two axes are region and member, of length 1 where the run doesn't have them."""
        lead = values.shape[: len(dims)]
        sizes = dict(zip(EXTRA, values.shape[len(dims) :], strict=False))
        return self.setting.wrap(values.reshape(*lead, *(sizes.get(dim, 1) for dim in self.setting.extra)), dims, unit)

    @cached_property
    def infeasible(self) -> xr.DataArray:
        """Whether demand stays unmet in a year, (year) and region and member where this depends on them."""
        flagged = self._wrapped(infeasible(self.ledger).astype(float), ("year",), "1")
        array: xr.DataArray = dequantify({"infeasible": flagged})["infeasible"] > 0.0
        return array.assign_attrs(long_name="demand stays unmet")

    @cached_property
    def _weights(self) -> dict[str, dict[str, Any]]:
        """Which chemistries count for the indicators that count only some."""
        counted = {
            "ternary": self.setting["materials.is_ternary"],
            "high_nickel": self.setting["materials.is_high_nickel"],
        }
        return {
            name: {"chemistry": self.setting.lanes(flag, "1", ("chemistry",)).ravel()} for name, flag in counted.items()
        }

    def _dataset(self, names: Iterable[str]) -> xr.Dataset:
        return dequantify({name: self[name] for name in names})

    @cached_property
    def flows(self) -> xr.Dataset:
        """All flows as float64, units and meaning in the attributes."""
        return _described(self._dataset(name for name, variable in VARIABLES.items() if variable.kind == "flow"))

    @cached_property
    def stocks(self) -> xr.Dataset:
        """All stocks at the end of each year, as `flows`."""
        return _described(self._dataset(name for name, variable in VARIABLES.items() if variable.kind == "stock"))

    @cached_property
    def memos(self) -> xr.Dataset:
        """What is beside the balance: masses of ore and materials, second life displaced; as `flows`."""
        return _described(
            self._dataset(
                name for name, variable in VARIABLES.items() if variable.kind == "memo" and name in self.ledger
            )
        )

    @cached_property
    def indicators(self) -> xr.Dataset:
        """All indicators, definition and formula in the attributes; NaN where a denominator is zero.

        The coordinate ``infeasible`` is true in years in which demand stays unmet.
        """
        plain = {name: self[name].drop_vars("infeasible") for name in INDICATORS}
        dataset = dequantify(plain).assign_coords(infeasible=self.infeasible)
        for name, indicator in INDICATORS.items():
            dataset[name].attrs |= {"long_name": indicator.meaning, "formula": indicator.formula()}
        return dataset

    def cohorts(self, name: str) -> xr.DataArray:
        """Give a flow or stock of batteries by year and production year.

        Cells drawn from inventories stand under the year in which they enter use, with what cells of the year they were
        made in hold; ``capacity_drawn`` of a run made with ``cohorts=True`` says when that was.

        Parameters
        ----------
        name
            A flow or stock that follows batteries by production year.

        Returns
        -------
        xarray.DataArray
            (year, production_year), and the variable's own dimensions if the run was made with ``cohorts=True``.

        Raises
        ------
        InputError
            If the name is unknown or not followed by production year.
        """
        if name in self.ledger.details:
            return self.ledger.details[name]
        if name in self.ledger.cohorts:
            dims = self.ledger.cohort_dims(name)
            return self.setting.axes.wrap(self.ledger.cohorts[name], dims, unit_of(self.ledger[name]))
        followed = tuple(self.ledger.cohorts)
        raise InputError(f"cohorts: {name!r} isn't followed by production year{nearest(name, followed)}")

    def lives(self, years: Sequence[int] | None = None) -> pd.DataFrame:
        """Show how batteries leave: removals by cause, age at retirement, second use, hoard, used-vehicle exports.

        Parameters
        ----------
        years
            Years to show; `shown_years` unless given.
        """
        from lithflow.report.lives import lives

        return lives(self, self.shown_years if years is None else years)

    def plants(self, years: Sequence[int] | None = None) -> pd.DataFrame:
        """Show utilisation and overcapacity of plants, stage by stage.

        Parameters
        ----------
        years
            Years to show; `shown_years` unless given.
        """
        from lithflow.report.plants import plants

        return plants(self, self.shown_years if years is None else years)

    def targets(self) -> pd.DataFrame:
        """Judge the goals.

        Returns
        -------
        pandas.DataFrame
            One row a goal: target, year, indicator, wanted, reached, met, margin (positive where met), first_year_met,
            and whether the year is infeasible, as demand stays unmet in it.
        """
        return judge(
            self.goals,
            lambda name: value(self[name], INDICATORS[name].unit),
            self.years,
            self.last_observed,
            lambda name: INDICATORS[name].unit,
            self.infeasible_years,
        )

    @property
    def infeasible_years(self) -> tuple[int, ...]:
        """The years in which demand stays unmet, in any region or member."""
        rest = [dim for dim in self.infeasible.dims if dim != "year"]
        flagged = self.infeasible.any(rest).values
        return tuple(year for year, unmet in zip(self.years, flagged.tolist(), strict=True) if unmet)

    def milestones(self) -> pd.DataFrame:
        """Give the years in which something turns: break-even, peak of primary lithium, reserves exhausted, shortage.

        Returns
        -------
        pandas.DataFrame
            Columns: milestone, year (NA if it isn't reached), value (in that year, or in the last one), unit, and
            whether demand stays unmet in the year.

        Raises
        ------
        InputError
            If the run has members or regions.
        """
        from lithflow.indicators.milestones import milestones

        self.setting.refuse_several("milestones")

        def values(name: str, unit: str) -> npt.NDArray[np.float64]:
            array: npt.NDArray[np.float64] = value(self[name], unit)
            return array

        table = milestones(values, self.setting.axes.labels("resource"), self.years)
        return table.assign(infeasible=table["year"].isin(self.infeasible_years))

    def supply_costs(self, years: Sequence[int] | None = None) -> pd.DataFrame:
        """Give the supply cost curve of home mines: resources by cost, with what each can deliver and delivers.

        Parameters
        ----------
        years
            Years to show; `shown_years` unless given.

        Returns
        -------
        pandas.DataFrame
            One row a year and resource, cheapest first. Columns: year, resource, cost (USD/t LCE), capacity,
            capacity_cumulative and delivered (kt LCE/year, in salts), and whether demand stays unmet in the year. Mines
            are not chosen by cost.

        Raises
        ------
        InputError
            If the run has members or regions, or a year isn't a model year.
        """
        from lithflow.indicators.supply_costs import supply_costs

        self.setting.refuse_several("supply_costs")
        years = self.shown_years if years is None else years
        for year in years:
            if year not in self.years:
                raise InputError(f"supply_costs: {year} isn't a model year ({self.years[0]}-{self.years[-1]})")
        chosen = [self.years.index(year) for year in years]

        def table(array: xr.DataArray, unit: str) -> npt.NDArray[np.float64]:
            return self.setting.lanes(array, unit, ("year", "resource"))[chosen]

        yields = self.setting["refining.yield"]
        costs = supply_costs(
            table(self.setting["mining.cost"], "USD/t LCE"),
            table(yields * self["mine_capacity"], "kt LCE/year"),
            table(yields * self["concentrate_mined"], "kt LCE/year"),
            self.setting.axes.labels("resource"),
            years,
        )
        return costs.assign(infeasible=costs["year"].isin(self.infeasible_years))

    @property
    def shown_years(self) -> tuple[int, ...]:
        """The years that tables show unless others are asked for: those of `YEARS`, or the first and the last."""
        return tuple(year for year in YEARS if year in self.years) or (self.years[0], self.years[-1])

    @property
    def last_observed(self) -> int:
        """The last year of observed history."""
        return self.years[self.setting.last]

    def sources(self) -> pd.DataFrame:
        """List the sources that this run used, with the parameters that rest on each."""
        import pandas as pd

        resting: dict[str, list[str]] = {}
        for parameter, cited in self.citations.items():
            for source in cited:
                resting.setdefault(source, []).append(parameter)
        rows = [
            {**source.model_dump(), "parameters": ", ".join(resting.get(source.id, ()))} for source in self._sources
        ]
        return pd.DataFrame(rows)

    def bibtex(self) -> str:
        """Give the sources as BibTeX."""
        from lithflow.inputs.sources import bibtex

        return bibtex(self._sources)

    @property
    def source_list(self) -> tuple[Source, ...]:
        """The sources as records."""
        return self._sources

    def to_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Write the run: inputs, results and provenance; `lithflow.open_run` reads it back.

        Raises
        ------
        LithflowError
            If the file can't be written.
        """
        from lithflow.io.netcdf import write_run

        write_run(self, path)

    def summary(self, years: Sequence[int] | None = None) -> pd.DataFrame:
        """Give the compact table of the main results.

        Parameters
        ----------
        years
            Years to show; `shown_years` unless given.
        """
        from lithflow.report.tables import summary

        return summary(self, self.shown_years if years is None else years)

    def __repr__(self) -> str:
        """Return a line on scenario, years and balance."""
        return f"<Run {self.scenario!r}, {self.years[0]}–{self.years[-1]}, {self.balance}>"

    def _repr_html_(self) -> str:
        from lithflow.report.html import run_card

        return run_card(self)


def _described(dataset: xr.Dataset) -> xr.Dataset:
    for name in dataset.data_vars:
        variable = VARIABLES[str(name)]
        dataset[name].attrs |= {"long_name": variable.meaning, "from": variable.source, "to": variable.target}
        if variable.iamc:
            dataset[name].attrs["iamc"] = variable.iamc
    return dataset


def _unknown(name: str) -> LithflowError:
    known = [*VARIABLES, *INDICATORS]
    return InputError(
        f"unknown result {name!r}{nearest(name, known)}; all names: lithflow.VARIABLES, lithflow.INDICATORS"
    )


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

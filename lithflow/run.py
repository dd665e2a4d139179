"""A run: what one scenario gave, with what it rests on and the proof that it balances."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lithflow.arrays import dequantify, unit_of, value
from lithflow.balance import certify
from lithflow.certificate import Certificate
from lithflow.chain.batteries import battery_contents
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.chain.variables import VARIABLES, Layer
from lithflow.errors import InputError, LithflowError, nearest
from lithflow.indicators.definitions import INDICATORS
from lithflow.indicators.evaluation import indicator_of, labelled_values, weights_of
from lithflow.indicators.feasibility import infeasible
from lithflow.indicators.indicator import Weights, parts
from lithflow.indicators.targets import judge
from lithflow.inputs.parameters import Changed
from lithflow.inputs.sources import Source
from lithflow.inputs.targets import Target
from lithflow.regions import Regional

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import xarray as xr

__all__ = ["Run", "prove"]

YEARS = (2020, 2025, 2030, 2035, 2050)
"""Past, the years of the goals, and the end, which tables show by themselves."""


def prove(setting: Setting, ledger: Ledger) -> Certificate:
    """Take all balances of a ledger, by production year where the run follows it.

    Raises
    ------
    MassBalanceError
        If it doesn't balance.
    """
    held: dict[Layer, npt.NDArray[np.float64]] = {}
    if setting.cohort:
        contents = battery_contents(setting)
        held["lithium"] = setting.lanes(contents.lithium, "t Li/kWh", ("year", "chemistry"))
        held["metals"] = setting.lanes(contents.metals, "t metal/kWh", ("year", "chemistry", "metal"))
    return certify(ledger, setting.years, held, setting.years[setting.last])


class Run(Regional):
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
    citations
        Parameter → the ids of its sources.
    changed, by_region
        Parameter that the scenario or an override changed → the sources kept of its record, and those of the changes;
        and region → the same in it, without changes where it keeps the record.
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
        changed: Mapping[str, Changed],
        by_region: Mapping[str, Mapping[str, Changed]],
        sources: Sequence[Source],
        provenance: Mapping[str, Any],
        snapshot: str,
        balance: Certificate,
    ) -> None:
        self.scenario, self.title = scenario, title
        self.setting, self.ledger = setting, ledger
        self.provenance = dict(provenance)
        self.snapshot = snapshot
        self.citations = dict(citations)
        self.changed, self.by_region = dict(changed), dict(by_region)
        self.goals = tuple(targets)
        self._sources = tuple(sources)
        self.balance = balance

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
            raise InputError(f"{name} is in {VARIABLES[name].where_found} only")
        raise _unknown(name)

    def __contains__(self, name: object) -> bool:
        return name in self.ledger.arrays or name in INDICATORS

    def _indicator(self, name: str) -> xr.DataArray:
        array = indicator_of(name, self.setting, self.ledger, self._weights)
        lacking = [dim for dim in self.infeasible.dims if dim not in array.dims]
        flagged = self.infeasible.any(lacking) if lacking else self.infeasible
        return array.assign_coords(infeasible=flagged.variable)

    @cached_property
    def infeasible(self) -> xr.DataArray:
        """Whether demand stays unmet in a year, (year) and region and member where this depends on them."""
        flagged = labelled_values(infeasible(self.ledger).astype(float), ("year",), "1", self.setting)
        array: xr.DataArray = dequantify({"infeasible": flagged})["infeasible"] > 0.0
        return array.assign_attrs(long_name="demand stays unmet")

    @cached_property
    def _weights(self) -> Weights:
        return weights_of(self.setting)

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

    def indicator_flows(self, name: str, years: Sequence[int] | None = None) -> pd.DataFrame:
        """Show what an indicator is made of: the flows of numerator and denominator, and the value that follows.

        Parameters
        ----------
        name
            The indicator.
        years
            Years to show; `shown_years` unless given.

        Returns
        -------
        pandas.DataFrame
            Index: part (numerator, denominator, value), flow, the dimension that the indicator keeps if any, unit;
            columns: years. What is taken off is negative; the flows of a part add up to its `sum`.

        Raises
        ------
        InputError
            If there is no such indicator, the run has members or regions, or a year isn't a model year.
        """
        from lithflow.indicators.flows import indicator_flows

        self.setting.refuse_several("indicator_flows")
        if name not in INDICATORS:
            raise InputError(f"indicator_flows: unknown indicator {name!r}{nearest(name, INDICATORS)}")
        years = self._model_years("indicator_flows", years)
        indicator = INDICATORS[name]
        labels = {dim: self.setting.axes.labels(dim) for dim in indicator.keep}
        found = parts(indicator, self.ledger, self._weights)
        return indicator_flows(indicator, found, labels, self.years)[list(years)]

    def _model_years(self, where: str, years: Sequence[int] | None) -> Sequence[int]:
        """Take the years to show, all of them model years."""
        chosen = self.shown_years if years is None else years
        for year in chosen:
            if year not in self.years:
                raise InputError(f"{where}: {year} isn't a model year ({self.years[0]}-{self.years[-1]})")
        return chosen

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

    def energy(self, years: Sequence[int] | None = None) -> pd.DataFrame:
        """Show energy and greenhouse gas; `years` as for `plants`, second life only if made with ``cohorts=True``."""
        from lithflow.report.energy import energy

        return energy(self, self.shown_years if years is None else years)

    def targets(self) -> pd.DataFrame:
        """Judge the goals.

        Returns
        -------
        pandas.DataFrame
            One row a goal, see `lithflow.indicators.targets.judge`: target, year, indicator, where, unit, wanted,
            reached, reached_in, met, margin (positive where met), first_year_met, observed, infeasible (whether demand
            stays unmet in the year), group, meaning, source, definition; for each region, named in the first column,
            where the run has regions.
        """
        if self.regions:
            from lithflow.report.regions import by_region

            return by_region(self, Run.targets).reset_index(level="region").reset_index(drop=True)

        def measured(target: Target) -> npt.NDArray[np.float64]:
            array = self[target.indicator].sel(target.where, drop=True)
            values: npt.NDArray[np.float64] = value(array, INDICATORS[target.indicator].unit)
            return values

        table = judge(
            self.goals,
            measured,
            self.years,
            self.last_observed,
            lambda name: INDICATORS[name].unit,
            self.infeasible_years,
        )
        table["definition"] = [INDICATORS[name].formula() for name in table["indicator"]]
        return table

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

        reserves: npt.NDArray[np.float64] = value(self.setting["mining.reserves"], "kt LCE")
        stated = float(value(self.setting["mining.reserve_year"], "year"))
        table = milestones(values, self.setting.axes.labels("resource"), self.years, reserves, stated)
        return table.assign(infeasible=table["year"].isin(self.infeasible_years))

    def mines(self, years: Sequence[int] | None = None) -> pd.DataFrame:
        """Give capacity, output by resource and province, ore, tailings, losses and reserves of home mines.

        Imported concentrate stands beside them.

        Parameters
        ----------
        years
            Years to show; `shown_years` unless given.

        Returns
        -------
        pandas.DataFrame
            Index: what, unit; columns: years. Capacity is NaN up to the last observed year, for which none is stated.

        Raises
        ------
        InputError
            If the run has members or regions, or a year isn't a model year.
        """
        from lithflow.report.mines import mines

        return mines(self, self.shown_years if years is None else years)

    def supply_costs(self, years: Sequence[int] | None = None) -> pd.DataFrame:
        """Give the supply cost curve: home mines by resource and imports by origin, by cost, with what each delivers.

        Parameters
        ----------
        years
            Years to show; `shown_years` unless given.

        Returns
        -------
        pandas.DataFrame
            One row a year and source of lithium, cheapest first, see `lithflow.indicators.supply_costs.cost_curve`;
            and whether demand stays unmet in the year (infeasible). Neither mines nor origins are chosen by cost.

        Raises
        ------
        InputError
            If the run has members or regions, or a year isn't a model year.
        """
        from lithflow.indicators.supply_costs import cost_curve, supplies

        self.setting.refuse_several("supply_costs")
        years = self._model_years("supply_costs", years)
        curve = cost_curve(supplies(self.setting, self.ledger), self.years, years)
        return curve.assign(infeasible=curve["year"].isin(self.infeasible_years))

    @property
    def shown_years(self) -> tuple[int, ...]:
        """The years that tables show unless others are asked for: those of `YEARS`, or the first and the last."""
        return tuple(year for year in YEARS if year in self.years) or (self.years[0], self.years[-1])

    @property
    def last_observed(self) -> int:
        """The last year of observed history."""
        return self.years[self.setting.last]

    def sources(self) -> pd.DataFrame:
        """List the sources that this run used, with what rests on each.

        Returns
        -------
        pandas.DataFrame
            One row a source: its entries, `parameters` whose records rest on it, and those of which values `changed` by
            the scenario or an override do.
        """
        import pandas as pd

        resting: dict[str, list[str]] = {}
        changing: dict[str, list[str]] = {}
        for parameter, cited in self.citations.items():
            kept, changes = self.changed.get(parameter, (cited, ()))
            for source in kept:
                resting.setdefault(source, []).append(parameter)
            for source in changes:
                changing.setdefault(source, []).append(parameter)
        rows = [
            {
                **source.model_dump(),
                "parameters": ", ".join(resting.get(source.id, ())),
                "changed": ", ".join(changing.get(source.id, ())),
            }
            for source in self._sources
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
        """Give the compact table of the main results, for each region and for all together where the run has regions.

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

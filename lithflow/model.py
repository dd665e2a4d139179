"""The model: the order of the stages, and one call that runs them."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from typing import Any

import lithflow
from lithflow.arrays import options
from lithflow.chain.batteries import battery_contents
from lithflow.chain.capacities import run_capacities
from lithflow.chain.cells import run_cells
from lithflow.chain.collection import LITHIUM, METALS, run_collection
from lithflow.chain.fleet import run_fleet
from lithflow.chain.footprint import run_footprint
from lithflow.chain.ledger import Ledger
from lithflow.chain.market import run_market
from lithflow.chain.materials import run_materials
from lithflow.chain.mining import open_mines, run_mining
from lithflow.chain.recycling import recycle_lithium, recycle_metals, treat_lithium, treat_metals
from lithflow.chain.reuse import run_reuse
from lithflow.chain.sales import registrations
from lithflow.chain.setting import Setting
from lithflow.chain.uses import run_uses
from lithflow.errors import InputError, LithflowError
from lithflow.inputs.inputs import Inputs
from lithflow.inputs.loading import load as load_inputs
from lithflow.inputs.parameters import Parameters
from lithflow.run import Run

__all__ = ["Model", "load", "run_chain"]


def run_chain(p: Setting, cohorts: bool = False) -> Ledger:
    """Run all stages in order; demand pulls, stock pushes, and nothing is iterated.

    Parameters
    ----------
    p
        Parameters on shared axes.
    cohorts
        Whether to keep what is followed by production year with all its dimensions.

    Returns
    -------
    Ledger
        Every variable of the table.
    """
    ledger = Ledger(keep_details=cohorts)
    contents = battery_contents(p)
    fleet = run_fleet(registrations(p), contents, p, ledger)
    second = run_reuse(fleet, fleet.cells.contents, p, ledger)
    devices = run_uses(second.displaced, contents, p, ledger)
    cells = run_cells(fleet, devices, contents, p, ledger)
    collected = run_collection(second.lithium, devices.lithium, LITHIUM, p, ledger)
    metals = run_collection(second.metals, devices.metals, METALS, p, ledger)
    treated, share = treat_lithium(collected, cells.new_scrap, p, ledger)
    repaired = recycle_lithium(treated, p, ledger)
    recycle_metals(treat_metals(metals, cells.metals_new_scrap, share, p, ledger), p, ledger)
    wanted = run_materials(cells, repaired, p, ledger)
    mines = open_mines(p)
    mined = run_market(wanted, mines, p, ledger)
    run_mining(mined, mines, p, ledger)
    run_capacities(p, ledger)
    run_footprint(p, ledger)
    ledger.complete()
    return ledger


class Model:
    """Checked inputs, ready to run.

    Parameters
    ----------
    inputs
        What was read from the parameter files.
    """

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs

    @property
    def scenarios(self) -> dict[str, str]:
        """Name and title of every scenario."""
        return {name: scenario.title for name, scenario in self.inputs.scenarios.items()}

    def run(
        self, scenario: str = "baseline", overrides: Mapping[str, Any] | None = None, *, cohorts: bool = False
    ) -> Run:
        """Run the whole chain for one scenario.

        Parameters
        ----------
        scenario
            Name of a scenario.
        overrides
            Dotted path → value that replaces the scenario's, such as
            ``{"collection.rate": lf.Q_(95, "percent")}``. Numbers for a share are plain ones, alone or by label and
            year: ``0.95``, ``{2025: 0.6, 2035: 0.95}``; a mapping may give their unit:
            ``{"unit": "percent", "values": {2025: 60, 2035: 95}}``. Numbers for a parameter with a unit stand in a
            mapping, in its ``unit`` or else in the record's. ``{"from": 2026, "values": …}`` keeps the years before.
        cohorts
            Whether `Run.cohorts` shall keep chemistry, cause and step, and not year and production year only.

        Returns
        -------
        Run
            Flows, stocks, indicators, goals and the balance certificate.

        Raises
        ------
        lithflow.InputError
            If the scenario or an override can't be used.
        lithflow.MassBalanceError
            If the result doesn't balance.
        lithflow.NegativeFlowError
            If a flow or stock falls below zero.
        """
        parameters = self.inputs.parameters(scenario, overrides)
        with options():
            setting = Setting(parameters, parameters.axes, self.inputs.last_observed)
            ledger = _run_or_explain(setting, cohorts)
            return Run(
                setting,
                ledger,
                scenario=scenario,
                title=self.inputs.scenario(scenario).title,
                targets=self.inputs.targets,
                citations=parameters.citations(),
                sources=parameters.sources(),
                provenance=self._provenance(parameters, overrides or {}),
                snapshot=self.inputs.snapshot,
            )

    def _provenance(self, parameters: Parameters, overrides: Mapping[str, Any]) -> dict[str, Any]:
        import numpy as np
        import pint
        import xarray as xr

        versions = {"numpy": np.__version__, "xarray": xr.__version__, "pint": pint.__version__}
        return {
            "lithflow": lithflow.__version__,
            "python": platform.python_version(),
            "libraries": versions,
            "scenario": parameters.scenario,
            "overrides": {path: str(value) for path, value in overrides.items()},
            "inputs_sha256": self.inputs.hash,
        }

    def __repr__(self) -> str:
        """Name the scenarios."""
        return f"<Model of {len(self.inputs.records)} parameters; scenarios: {', '.join(self.scenarios)}>"


def _run_or_explain(setting: Setting, cohorts: bool) -> Ledger:
    """Run the chain; what the stocks can't compute is an error of the parameters."""
    try:
        return run_chain(setting, cohorts)
    except LithflowError:
        raise
    except ValueError as error:
        raise InputError(f"these parameters can't be computed with: {error}") from error


def load(folder: str | os.PathLike[str] | None = None) -> Model:
    """Load the shipped parameters, or a folder of the user's.

    Parameters
    ----------
    folder
        A folder that may hold only what differs from the shipped files; None for these alone.

    Returns
    -------
    Model
        Ready to run.

    Raises
    ------
    lithflow.InputErrors
        With every problem of every file, if there is any.
    """
    return Model(load_inputs(folder))

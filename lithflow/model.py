"""The model: the order of the stages, and one call that runs them."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable, Mapping
from typing import Any

import lithflow
from lithflow.arrays import bare, options, unit_of
from lithflow.certificate import Certificate
from lithflow.chain.batteries import battery_contents
from lithflow.chain.capacities import run_capacities
from lithflow.chain.cells import run_cells
from lithflow.chain.collection import LITHIUM, METALS, run_collection
from lithflow.chain.concentrate import run_concentrate
from lithflow.chain.footprint import run_footprint
from lithflow.chain.ledger import Ledger
from lithflow.chain.market import run_market
from lithflow.chain.materials import run_materials
from lithflow.chain.mining import open_mines, run_mining
from lithflow.chain.recycling import recycle_lithium, recycle_metals, treat_lithium, treat_metals
from lithflow.chain.sales import registrations
from lithflow.chain.setting import Setting
from lithflow.chain.traction import run_traction
from lithflow.chain.trade import Partners
from lithflow.chain.uses import run_uses
from lithflow.ensemble.blocks import run_members
from lithflow.ensemble.members import Ensemble
from lithflow.errors import InputError, LithflowError
from lithflow.inputs.inputs import Inputs
from lithflow.inputs.loading import load as load_inputs
from lithflow.inputs.parameters import Changed, Parameters
from lithflow.inputs.sampling import sample
from lithflow.run import Run, prove
from lithflow.units import format_unit

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
    partners = Partners(p)
    registered = registrations(p, ledger)
    traction, second = run_traction(registered, contents, p, partners, ledger)
    devices = run_uses(second.displaced, contents, p, ledger)
    cells = run_cells(traction, devices, contents, p, partners, ledger)
    collected = run_collection(second.lithium, devices.lithium, LITHIUM, p, ledger)
    metals = run_collection(second.metals, devices.metals, METALS, p, ledger)
    treated, share = treat_lithium(collected, cells.new_scrap, p, ledger)
    repaired, sold = recycle_lithium(treated, p, partners, ledger)
    metals_treated = treat_metals(metals, cells.metals_new_scrap, share, p, ledger)
    recycle_metals(metals_treated, sold, contents, p, partners, ledger)
    wanted = run_materials(cells, repaired, p, partners, ledger)
    mines = open_mines(p)
    mined = run_market(wanted, mines, p, partners, ledger)
    run_mining(mined, mines, p, ledger)
    partners.post(ledger)
    run_concentrate(p, ledger)
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
            Where the scenario has regions, a path holds for all of them, ``"China/collection.rate"`` for one, and an
            array with the dimension ``region`` gives each its own.
        cohorts
            Whether `Run.cohorts` shall keep chemistry, cause and step, and not year and production year only. Runs with
            members follow production years only if this is asked for, as it takes them 20 times as long and 5 MB each.

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
        regions = tuple(self.inputs.scenario(scenario).regions)
        alone = regions[0] if len(regions) == 1 else ""
        with options():
            by_cohort = cohorts or "member" not in parameters.axes
            setting = Setting(parameters, parameters.axes, self.inputs.last_observed, by_cohort)
            ledger, balance = _proved(setting, cohorts) if by_cohort else run_members(setting, _proved)
            return Run(
                setting,
                ledger,
                scenario=scenario,
                title=self.inputs.scenario(scenario).title,
                targets=[target for target in self.inputs.targets if not alone or target.holds_in(alone)],
                citations=parameters.citations(),
                changed=_used(parameters.changed, parameters),
                by_region={region: _used(own, parameters) for region, own in parameters.by_region.items()},
                sources=parameters.sources(),
                provenance=self._provenance(parameters, overrides or {}),
                snapshot=self.inputs.snapshot,
                balance=balance,
            )

    def ensemble(
        self, scenario: str = "baseline", *, members: int, seed: int, parameters: Iterable[str] | None = None
    ) -> Ensemble:
        """Draw members of the uncertain parameters, each within its stated range.

        Parameters
        ----------
        scenario
            Name of a scenario, whose values are the middle of the ranges.
        members
            How many draws, stratified over all of them (Latin hypercube).
        seed
            Start of the random numbers; the same seed gives the same draws.
        parameters
            Names of those to vary; all that have a range unless given.

        Returns
        -------
        Ensemble
            Ready to run: ``model.ensemble("goals", members=1000, seed=1).run().quantiles([0.05, 0.5, 0.95])``.

        Raises
        ------
        lithflow.InputError
            If the scenario or a name can't be used, a named parameter has no range, or `members` or `seed` is none.
        """
        draws = sample(self.inputs, members, seed=seed, scenario=scenario, names=parameters)
        drawn = self.inputs.parameters(scenario, draws)
        setting = Setting(drawn, drawn.axes, self.inputs.last_observed, by_cohort=False)
        # seed and names say all of the draws; digests of so many numbers would take longer than some stages
        origin = self._provenance(drawn, {}) | {"members": members, "seed": seed, "drawn": list(draws)}
        return Ensemble(setting, _proved, scenario=scenario, drawn=tuple(draws), provenance=origin)

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
            "overrides": {path: _text(value) for path, value in overrides.items()},
            "inputs_sha256": self.inputs.hash,
        }

    def __repr__(self) -> str:
        """Name the scenarios."""
        return f"<Model of {len(self.inputs.records)} parameters; scenarios: {', '.join(self.scenarios)}>"


def _proved(setting: Setting, cohorts: bool = False) -> tuple[Ledger, Certificate]:
    """Run the chain and prove it; what the stocks can't compute is an error of the parameters."""
    try:
        ledger = run_chain(setting, cohorts)
        return ledger, prove(setting, ledger)
    except LithflowError:
        raise
    except ValueError as error:
        raise InputError(f"these parameters can't be computed with: {error}") from error


def _used(changed: Mapping[str, Changed], parameters: Parameters) -> dict[str, Changed]:
    return {name: parts for name, parts in changed.items() if name in parameters.used}


def _text(value: Any) -> str:
    """Write an override for the record; of an array its shape and digest, as its text takes longer than a run."""
    dims = getattr(value, "dims", None)
    if dims is None:
        return str(value)
    unit = unit_of(value)
    digest = hashlib.sha256(bare(value, unit, dims).tobytes()).hexdigest()
    shape = ", ".join(f"{dim}: {size}" for dim, size in zip(dims, value.shape, strict=True))
    return f"array ({shape}) in {format_unit(unit)}, sha256 {digest[:16]}"


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

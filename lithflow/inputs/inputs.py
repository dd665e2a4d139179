"""What was read from the parameter files: checked, in canonical units, never changed."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lithflow.errors import Problem, UnknownNameError, nearest
from lithflow.inputs.declaration import Declaration
from lithflow.inputs.dimensions import REGION
from lithflow.inputs.records import Record
from lithflow.inputs.scenarios import BASELINE, Scenario
from lithflow.inputs.sources import Source
from lithflow.inputs.targets import Target

if TYPE_CHECKING:
    from lithflow.arrays import Axes
    from lithflow.inputs.parameters import Parameters

__all__ = ["Inputs"]


@dataclass(frozen=True, eq=False)
class Inputs:
    """A checked set of parameter files.

    Parameters
    ----------
    dimensions
        Dimension to its labels, in order; ``year`` is in `years`.
    meanings
        Dimension to label to meaning.
    years
        Model years, read-only.
    last_observed
        Last year that is data.
    declarations
        The parameter table.
    records
        Parameter name to its record.
    sources
        Sources by id.
    scenarios
        Scenarios by name.
    targets
        Goals, in the order of their file.
    folders
        The folders that were read, the shipped one first.
    warnings
        What looks like a slip but could be used.
    snapshot
        Text of all files, as JSON; `from_snapshot` reads it.
    """

    dimensions: Mapping[str, tuple[str, ...]]
    meanings: Mapping[str, Mapping[str, str]]
    years: NDArray[np.int64]
    last_observed: int
    declarations: Mapping[str, Declaration]
    records: Mapping[str, Record]
    sources: Mapping[str, Source]
    scenarios: Mapping[str, Scenario]
    targets: tuple[Target, ...]
    folders: tuple[Path | Mapping[str, str], ...]
    warnings: tuple[Problem, ...]
    snapshot: str

    @functools.cached_property
    def axes(self) -> Axes:
        """Index objects that all arrays made from these inputs share."""
        from lithflow.arrays import Axes

        # the axis `region` is there only in runs of scenarios with regions
        return Axes({"year": self.years, **{dim: own for dim, own in self.dimensions.items() if dim != REGION}})

    @functools.cached_property
    def _base(self) -> dict[str, Any]:
        """Arrays of the records, wrapped once."""
        from lithflow.inputs.parameters import wrapped

        return {name: wrapped(record, record.array, self.axes) for name, record in self.records.items()}

    @functools.cached_property
    def hash(self) -> str:
        """SHA-256 of the text of all files."""
        from lithflow.inputs.loading import fingerprint

        return fingerprint(self.snapshot)

    def scenario(self, name: str) -> Scenario:
        """Find a scenario.

        Parameters
        ----------
        name
            Name of its file; ``baseline`` is there even without a file.

        Returns
        -------
        Scenario
            The scenario.

        Raises
        ------
        UnknownNameError
            If there is none of that name.
        """
        found = self.scenarios.get(name)
        if found is not None:
            return found
        if name == BASELINE:
            return Scenario(BASELINE, "Baseline", "The parameters as they are.", (), (), (), (), "")
        raise UnknownNameError(f"unknown scenario `{name}`{nearest(name, self.scenarios)}")

    def parameters(self, scenario: str = BASELINE, overrides: Mapping[str, Any] | None = None) -> Parameters:
        """Return the values that a run uses.

        Parameters
        ----------
        scenario
            Name of a scenario.
        overrides
            Dotted path, after ``REGION/`` where one region of the scenario is meant, to a quantity, a number, a mapping
            as in a file, an array of quantities, which may have further dimensions such as ``member``, or a text.
            Numbers for a share are plain ones, alone or within a mapping: 0.9 is 90 percent in whatever unit the record
            is written, unless the mapping gives a ``unit``. For parameters with a unit a number alone is refused;
            within a mapping it is in the mapping's ``unit``, or else in the record's.

        Returns
        -------
        Parameters
            Parameter name to array.

        Raises
        ------
        UnknownNameError
            If the scenario is unknown.
        InputError
            If the overrides are no mapping, or if one names nothing, has the wrong unit, or leads out of the physical
            bounds.
        """
        from lithflow.inputs.parameters import make_parameters

        return make_parameters(self, scenario, {} if overrides is None else overrides)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what carries units: it is made again where the inputs arrive."""
        state = {key: value for key, value in self.__dict__.items() if key not in ("_base", "axes", "hash")}
        for key in ("dimensions", "declarations", "records", "sources", "scenarios"):
            state[key] = dict(state[key])
        return state

    def __repr__(self) -> str:
        """Name the size."""
        return (
            f"<Inputs: {len(self.records)} parameters, {len(self.sources)} sources, {len(self.scenarios)} scenarios, "
            f"{self.years[0]}–{self.years[-1]}>"
        )

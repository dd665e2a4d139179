"""Runs as netCDF files: inputs, results and provenance in, the same run out, to the bit."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lithflow.arrays import Axes, bare, options, unit_of
from lithflow.chain.ledger import COHORT, Ledger, LedgerError
from lithflow.chain.setting import Setting
from lithflow.errors import LithflowError
from lithflow.inputs.parameters import Changed
from lithflow.inputs.sources import Source
from lithflow.inputs.targets import Target
from lithflow.run import Run, prove
from lithflow.units import format_unit

if TYPE_CHECKING:
    import netCDF4
    import xarray as xr

__all__ = ["open_run", "write_run"]

FORMAT = "lithflow run 1"


def write_run(run: Run, path: str | os.PathLike[str]) -> None:
    """Write a run.

    Groups: ``inputs`` holds every parameter, ``results`` every flow, stock and memo, ``cohorts`` what is needed to
    prove the balance again, ``details`` what `cohorts=True` keeps; all float64 with the unit as text. Attributes hold
    provenance and sources as JSON.

    Parameters
    ----------
    run
        The run.
    path
        The file; an existing one is replaced once the new one is complete.

    Raises
    ------
    LithflowError
        If the file can't be written.
    """
    import netCDF4

    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with netCDF4.Dataset(draft, "w", format="NETCDF4") as file:
            _fill(file, run)
        draft.replace(target)
    except OSError as error:
        raise LithflowError(f"{target}: can't be written ({error.strerror or error})") from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _fill(file: netCDF4.Dataset, run: Run) -> None:
    axes = run.setting.axes
    file.Conventions = "CF-1.11"
    file.format = FORMAT
    file.title = run.title
    file.last_observed = int(run.last_observed)
    file.provenance = json.dumps({**run.provenance, "scenario": run.scenario}, ensure_ascii=False)
    file.citations = json.dumps(run.citations, ensure_ascii=False)
    file.changed = json.dumps(run.changed, ensure_ascii=False)
    file.changed_by_region = json.dumps(run.by_region, ensure_ascii=False)
    file.sources = json.dumps([source.model_dump() for source in run.source_list], ensure_ascii=False)
    file.targets = json.dumps([target.model_dump() for target in run.goals], ensure_ascii=False)
    file.parameter_files = run.snapshot
    texts = {
        name: dict(run.setting.texts(name)) for name in run.parameters if not hasattr(run.parameters[name], "dims")
    }
    file.text_parameters = json.dumps(texts, ensure_ascii=False)
    for dim, size in axes.sizes.items():
        labels = axes.labels(dim)
        file.createDimension(dim, size)
        integer = isinstance(labels[0], int)
        variable = file.createVariable(dim, "i4" if integer else str, (dim,))
        variable[:] = np.array(labels, dtype="i4" if integer else object)
    file.inputs_digest = _digest(run.parameters)
    file.input_names = json.dumps(sorted(run.parameters))
    inputs = file.createGroup("inputs")
    for name, parameter in run.parameters.items():
        if name not in texts:
            _put(inputs, name, parameter)
    results = file.createGroup("results")
    described = {**run.flows.data_vars, **run.stocks.data_vars, **run.memos.data_vars}
    for name, array in run.ledger.arrays.items():
        _put(results, name, array, {key: str(text) for key, text in described[name].attrs.items() if key != "units"})
    cohorts = file.createGroup("cohorts")
    for name, values in run.ledger.cohorts.items():
        variable = cohorts.createVariable(name, "f8", run.ledger.cohort_dims(name))
        variable.units = format_unit(unit_of(run.ledger.arrays[name]))
        variable[:] = values
    details = file.createGroup("details")
    for name, array in run.ledger.details.items():
        _put(details, name, array)


def _digest(parameters: Mapping[str, Any]) -> str:
    """Give the SHA-256 of all parameters, texts too, by which changed inputs are told."""
    digest = hashlib.sha256()
    for name in sorted(parameters):
        parameter = parameters[name]
        if hasattr(parameter, "dims"):
            unit = unit_of(parameter)
            digest.update(f"{name} {format_unit(unit)} {' '.join(map(str, parameter.dims))}".encode())
            digest.update(np.ascontiguousarray(bare(parameter, unit, tuple(map(str, parameter.dims)))).tobytes())
        else:
            digest.update(f"{name} {json.dumps(dict(parameter), sort_keys=True)}".encode())
    return digest.hexdigest()


def _put(group: netCDF4.Group, name: str, array: xr.DataArray, attributes: dict[str, str] | None = None) -> None:
    unit = unit_of(array)
    dims = tuple(map(str, array.dims))
    variable = group.createVariable(name, "f8", dims)
    variable.units = format_unit(unit)
    variable.setncatts(attributes or {})
    variable[...] = bare(array, unit, dims)


def open_run(path: str | os.PathLike[str]) -> Run:
    """Open a run that `Run.to_netcdf` wrote; its balance is proved again.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Run
        With the same values, to the bit.

    Raises
    ------
    LithflowError
        If there is no such file, or it is no run of lithflow.
    MassBalanceError
        If the file was changed and no longer balances.
    """
    import netCDF4

    if not Path(path).is_file():
        raise LithflowError(f"{path}: no such file; expected one that run.to_netcdf or `lithflow run` wrote")
    try:
        file = netCDF4.Dataset(path)
    except OSError as error:
        raise LithflowError(f"{path}: can't be read as netCDF ({error.strerror or error})") from None
    with file, options():
        if getattr(file, "format", "") != FORMAT:
            raise LithflowError(
                f"{path}: expected a file of format {FORMAT!r}, got {getattr(file, 'format', 'another')!r}"
            )
        try:
            return _read(file)
        except (KeyError, IndexError, AttributeError) as error:
            raise LithflowError(f"{path}: {error.args[0]!s} is missing; the file isn't complete") from None


def _read(file: netCDF4.Dataset) -> Run:
    labels: dict[str, Any] = {dim: file.variables[dim][:].tolist() for dim in file.dimensions if dim != COHORT}
    axes = Axes(labels)
    texts: dict[str, Any] = json.loads(file.text_parameters)
    parameters: dict[str, Any] = {**texts}
    for name, variable in file["inputs"].variables.items():
        parameters[name] = axes.wrap(_values(variable), variable.dimensions, variable.units)
    for name in set(json.loads(file.input_names)) - set(parameters):
        raise KeyError(name)
    if _digest(parameters) != file.inputs_digest:
        raise LithflowError("the inputs in the file were changed after the run; its results don't follow from them")
    by_cohort = bool(file["cohorts"].variables)
    setting = Setting(parameters, axes, int(file.last_observed), by_cohort)
    ledger = Ledger()
    for name, variable in file["results"].variables.items():
        ledger.arrays[name] = setting.axes.wrap(_values(variable), variable.dimensions, variable.units)
    for name, variable in file["cohorts"].variables.items():
        ledger.cohorts[name] = _values(variable)
    for name, variable in file["details"].variables.items():
        ledger.details[name] = setting.axes.wrap(_values(variable), variable.dimensions, variable.units)
    try:
        ledger.complete()
    except LedgerError as error:
        raise KeyError(str(error)) from None
    provenance = json.loads(file.provenance)
    return Run(
        setting,
        ledger,
        scenario=provenance["scenario"],
        title=file.title,
        targets=[Target(**target) for target in json.loads(file.targets)],
        citations={name: tuple(cited) for name, cited in json.loads(file.citations).items()},
        changed=_changed(json.loads(file.changed)),
        by_region={region: _changed(own) for region, own in json.loads(file.changed_by_region).items()},
        sources=[Source(**source) for source in json.loads(file.sources)],
        provenance=provenance,
        snapshot=file.parameter_files,
        balance=prove(setting, ledger),
    )


def _changed(written: Mapping[str, Any]) -> dict[str, Changed]:
    return {name: Changed(*map(tuple, parts)) for name, parts in written.items()}


def _values(variable: netCDF4.Variable[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    variable.set_auto_mask(False)
    return np.asarray(variable[...], dtype=np.float64)

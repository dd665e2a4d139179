"""Ledgers for tests: copies that can be tampered with, and small ones made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

import lithflow as lf
from lithflow import chemistry
from lithflow.arrays import value
from lithflow.axes import Axes
from lithflow.balance import certify
from lithflow.certificate import Certificate
from lithflow.chain.ledger import Ledger
from lithflow.chain.variables import VARIABLES, Layer, Variable
from lithflow.units import canonical_unit

Array = npt.NDArray[np.float64]
KG_PER_T = 1000.0
LAYERS: list[Layer] = sorted({variable.layer for variable in VARIABLES.values() if variable.layer != "none"})

POSTED = {name: variable for name, variable in VARIABLES.items() if not variable.on_request}
"""What every run holds; the rest is there on request."""


def content_of(run: lf.Run) -> Array:
    """Work out from masses and formulas what lithium batteries hold, (production year, chemistry), t Li/kWh."""
    formulas = run.parameters["materials.cathode_formula"]
    cathodes = [_lithium_share(formulas[label]) for label in run.setting.axes.labels("chemistry")]
    salts = [_lithium_share(label) for label in run.setting.axes.labels("electrolyte_salt")]
    in_electrolyte = value(run.parameters["materials.electrolyte_salt_share"], "1") @ salts
    kilograms = (
        value(run.parameters["materials.cathode_per_kwh"], "kg/kWh") * cathodes
        + value(run.parameters["materials.electrolyte_per_kwh"], "kg/kWh")
        * np.outer(in_electrolyte, np.array(cathodes) > 0.0)
        + value(run.parameters["materials.anode_lithium_per_kwh"], "kg Li/kWh")
    )
    return np.asarray(kilograms / KG_PER_T)


def metals_of(run: lf.Run, *parts: str) -> Array:
    """Work out what metals batteries, or some parts, hold, (production year, chemistry, metal), t metal/kWh."""
    chosen = parts or tuple(run.setting.axes.labels("battery_part"))
    formulas = run.parameters["materials.cathode_formula"]
    shares = [
        [
            chemistry.content(formulas[label], metal) if metal in chemistry.atoms(formulas[label]) else 0.0
            for metal in METALS
        ]
        for label in run.setting.axes.labels("chemistry")
    ]
    by_part = run.parameters["materials.other_metals_per_kwh"].sel(battery_part=list(chosen)).sum("battery_part")
    others = value(by_part.transpose(..., "chemistry", "metal"), "kg metal/kWh")
    kilograms = np.array(np.broadcast_to(others, (len(run.years), *others.shape[-2:])))
    places = [run.setting.axes.labels("metal").index(metal) for metal in METALS]
    cathode = value(run.parameters["materials.cathode_per_kwh"], "kg/kWh")[..., None] * ("electrode" in chosen)
    kilograms[..., places] += cathode * shares
    return kilograms / KG_PER_T


METALS = ("Ni", "Co", "Mn")
"""What of the cathode is followed beside lithium."""


def _lithium_share(formula: str) -> float:
    return chemistry.content(formula, "Li") if "Li" in chemistry.atoms(formula) else 0.0


def certified(run: lf.Run, ledger: Ledger) -> Certificate:
    """Take the balance of a ledger of this run."""
    return certify(ledger, run.years, {"lithium": content_of(run), "metals": metals_of(run)}, run.last_observed)


def copied(run: lf.Run) -> Ledger:
    """Copy a ledger; the arrays are shared until `tampered` replaces one."""
    ledger = Ledger()
    ledger.arrays = dict(run.ledger.arrays)
    ledger.cohorts = {name: values.copy() for name, values in run.ledger.cohorts.items()}
    return ledger


def with_values(ledger: Ledger, axes: Axes, name: str, values: Array) -> None:
    """Put other values into a ledger, past its checks."""
    ledger.arrays[name] = axes.wrap(values, ledger.dims(name), canonical_unit(VARIABLES[name].unit))


def tampered(run: lf.Run, name: str, place: Any, factor: float = 1.0, *, to: float | None = None) -> Ledger:
    """Copy a run's ledger and change some cells of one variable by a factor, or to a value."""
    ledger = copied(run)
    values = np.array(ledger.values(name))
    values[place] = values[place] * factor if to is None else to
    with_values(ledger, run.setting.axes, name, values)
    return ledger


def touched(variable: Variable) -> set[str]:
    """Give the processes that a flow or stock belongs to, and the whole."""
    return {variable.source, variable.target}


def by_hand(amounts: Mapping[str, Mapping[Any, float]], labels: Mapping[str, list[Any]]) -> Ledger:
    """Make a ledger in which all is zero but a few amounts.

    Parameters
    ----------
    amounts
        Variable → labels of its dimensions after the year, in order → amount of every year, in the table's unit.
    labels
        Dimension → labels; dimensions that aren't named have the labels of `DIMENSIONS`.
    """
    others = {dim: ["one", "two"] for variable in VARIABLES.values() for dim in variable.dims}
    axes = Axes({**others, **DIMENSIONS, **labels})
    ledger = Ledger()
    for name, variable in VARIABLES.items():
        values = np.zeros(axes.shape(variable.dims))
        for chosen, amount in amounts.get(name, {}).items():
            places = (axes.labels(dim).index(label) for dim, label in zip(variable.dims[1:], chosen, strict=True))
            place: tuple[Any, ...] = (slice(None), *places)
            values[place] = amount
        ledger.post(name, axes.wrap(values, variable.dims, variable.unit))
    return ledger


def number(run: lf.Run, name: str, year: int, unit: str, **labels: str) -> float:
    """Read the sum of a variable in one year, at labels if any are given."""
    array = run[name].sel({"year": year, **labels})
    return float(value(array.sum(skipna=False), unit))


def parameter(run: lf.Run, name: str, unit: str) -> Array:
    """Give a parameter as the run used it."""
    return np.asarray(value(run.parameters[name], unit))


def labels(run: lf.Run, dim: str) -> list[Any]:
    """Give the labels of a dimension."""
    return list(run.setting.axes.labels(dim))


DIMENSIONS: dict[str, list[Any]] = {
    "year": [2020, 2021],
    "vehicle_class": ["car_bev", "bus"],
    "chemistry": ["NMC811", "LFP"],
    "electrolyte_salt": ["LiPF6"],
    "salt": ["carbonate", "hydroxide"],
    "resource": ["spodumene", "brine"],
    "feed": ["home", "imported"],
    "origin": ["Australia", "Chile", "Argentina", "Zimbabwe", "other", "Brazil"],
    "battery_use": ["vehicle", "storage"],
    "device": ["storage"],
    "other_use": ["grease"],
    "cause": ["one_life"],
    "scrap_step": ["electrode", "cell"],
    "pretreatment_step": ["dismantling", "shredding"],
    "recovery_step": ["leaching", "purification", "product"],
    "battery_part": ["electrode", "cell", "pack"],
    "metal": ["Ni", "Co", "Mn", "Cu"],
    "reuse_step": ["grid"],
    "channel": ["formal", "informal"],
    "route": ["hydrometallurgy"],
    "scrap": ["old", "new", "imported"],
}

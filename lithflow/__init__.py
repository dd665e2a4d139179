"""lithflow carries lithium through the electric-vehicle battery chain, year by year.

>>> import lithflow as lf
>>> run = lf.load().run("baseline")                     # doctest: +SKIP
>>> run.targets()                                       # doctest: +SKIP

Heavy parts load when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lithflow.errors import InputError, InputErrors, LithflowError
from lithflow.units import Q_, UnitError

if TYPE_CHECKING:
    from lithflow import industry, stocks
    from lithflow.certificate import Certificate, MassBalanceError
    from lithflow.chain.ledger import NegativeFlowError
    from lithflow.chain.variables import VARIABLES
    from lithflow.comparison import compare
    from lithflow.ensemble.members import Ensemble, EnsembleRun
    from lithflow.indicators.definitions import INDICATORS
    from lithflow.io.netcdf import open_run
    from lithflow.model import Model, load
    from lithflow.run import Run

__version__ = "0.1.0"

__all__ = [
    "INDICATORS",
    "Q_",
    "VARIABLES",
    "Certificate",
    "Ensemble",
    "EnsembleRun",
    "InputError",
    "InputErrors",
    "LithflowError",
    "MassBalanceError",
    "Model",
    "NegativeFlowError",
    "Run",
    "UnitError",
    "compare",
    "industry",
    "load",
    "open_run",
    "stocks",
]

_LAZY = {
    "Certificate": "lithflow.certificate",
    "Ensemble": "lithflow.ensemble.members",
    "EnsembleRun": "lithflow.ensemble.members",
    "INDICATORS": "lithflow.indicators.definitions",
    "MassBalanceError": "lithflow.certificate",
    "Model": "lithflow.model",
    "NegativeFlowError": "lithflow.chain.ledger",
    "Run": "lithflow.run",
    "VARIABLES": "lithflow.chain.variables",
    "compare": "lithflow.comparison",
    "load": "lithflow.model",
    "open_run": "lithflow.io.netcdf",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    if name in ("industry", "stocks", "units"):
        return importlib.import_module(f"lithflow.{name}")
    raise AttributeError(f"module 'lithflow' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

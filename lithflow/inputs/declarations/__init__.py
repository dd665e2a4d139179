"""The parameter table: every parameter of the model, declared once, in one module for each file of parameters.

This table validates the files, makes the reference page and tells an editor what may be written.
Values, sources and ranges are in ``parameters/``.
"""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration
from lithflow.inputs.declarations.cells import CELLS
from lithflow.inputs.declarations.collection import COLLECTION
from lithflow.inputs.declarations.fleet import FLEET
from lithflow.inputs.declarations.footprint import FOOTPRINT
from lithflow.inputs.declarations.materials import MATERIALS
from lithflow.inputs.declarations.mining import MINING
from lithflow.inputs.declarations.recycling import RECYCLING
from lithflow.inputs.declarations.refining import REFINING
from lithflow.inputs.declarations.reuse import REUSE
from lithflow.inputs.declarations.trade import TRADE
from lithflow.inputs.declarations.uses import USES

__all__ = ["PARAMETERS"]

PARAMETERS: tuple[Declaration, ...] = (
    *MINING,
    *REFINING,
    *MATERIALS,
    *CELLS,
    *FLEET,
    *REUSE,
    *USES,
    *COLLECTION,
    *RECYCLING,
    *TRADE,
    *FOOTPRINT,
)

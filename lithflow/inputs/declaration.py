"""What a parameter is: its name, dimensions, unit, bounds and meaning, stated once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Declaration", "PathKind"]

PathKind = Literal["step", "linear", "logistic"]


@dataclass(frozen=True)
class Declaration:
    """One parameter of the model.

    Parameters
    ----------
    name
        Full name, ``stage.parameter``; the stage is the name of the file that holds it.
    dims
        Dimensions in order; ``year`` stands for a path over the model years and comes first.
    unit
        A unit of the right dimension, as text; a file may use any unit that converts to it.
    meaning
        What the number says, in one sentence that a domain expert can act on.
    minimum, maximum
        Physical bounds in ``unit``; None where there is none.
    positive
        Whether zero is impossible too: the number divides, or is a time that must pass.
    path
        How values between the given years are found, unless the record says otherwise.
    sums_to_one
        The dimension along which the values must sum to one.
    fill
        The value, in ``unit``, of combinations that a file doesn't name; None makes each of them an error.
    kind
        ``number``, or ``text`` for formulas and the like.
    nonincreasing, nondecreasing
        True where the values may not rise, or fall, from one year to the next.
    choices
        For texts: the only texts allowed; empty where any is.
    optional
        True where a folder may leave the parameter out although it has no ``fill``; its array is then not there.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    meaning: str
    minimum: float | None = 0.0
    maximum: float | None = None
    positive: bool = False
    path: PathKind = "linear"
    sums_to_one: str | None = None
    fill: float | None = None
    kind: Literal["number", "text"] = "number"
    nonincreasing: bool = False
    nondecreasing: bool = False
    choices: tuple[str, ...] = ()
    optional: bool = False

    @property
    def stage(self) -> str:
        """Name of the file, without its ending, that holds the parameter."""
        return self.name.partition(".")[0]

    @property
    def key(self) -> str:
        """Name of the record within its file."""
        return self.name.partition(".")[2]

"""How loops are compiled: the one place that needs numba."""

from __future__ import annotations

from typing import Any

from numba import njit

from lithflow.stocks.checks import FloatArray

__all__ = ["add", "compiled"]


def compiled(function: Any) -> Any:
    """Compile when first called, and keep it on disk where there is a place to write."""
    chosen: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    try:
        return njit(cache=True, **chosen)(function)
    except RuntimeError:
        return njit(**chosen)(function)


@compiled
def add(amounts: FloatArray, factor: float, into: FloatArray) -> None:
    """Add as much of the amounts, times a factor, as there is room for."""
    for i in range(min(len(amounts), len(into))):
        into[i] += factor * amounts[i]

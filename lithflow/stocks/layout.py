"""The seam between what users pass (NumPy by position, xarray by label) and what the kernels compute on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.checks import FloatArray, as_floats, check_bare
from lithflow.stocks.survival import Lifetime
from lithflow.stocks.timeline import Timeline

_AGES = ("age", "product_age", "component_age")  # dimensions of an age structure, never lanes


def is_labelled(values: Any) -> bool:
    """Whether values carry dimension names, as an xarray.DataArray does."""
    return hasattr(values, "dims") and hasattr(values, "coords")


@dataclass(frozen=True)
class Layout:
    """Axes of a stock: year, then lanes.

    Attributes
    ----------
    count : int
        Number of steps.
    lanes : tuple of int
        Lane shape of the driver and its lifetimes together.
    names : tuple of str, or None
        Names of the lanes of a labelled driver; None for plain arrays.
    coordinates : dict
        Labels by dimension, for those that have any.
    """

    count: int
    lanes: tuple[int, ...]
    names: tuple[str, ...] | None
    coordinates: dict[str, Any]
    years: FloatArray | None

    @classmethod
    def of(
        cls,
        name: str,
        driver: Any,
        beside: Sequence[tuple[str, Any]] = (),
        lives: Sequence[Lifetime] = (),
        years: ArrayLike | None = None,
        last: Sequence[str] = (),
    ) -> Layout:
        """The layout of a driver (inflow or stock) with the other arrays and lifetimes beside it.

        `last` : dimension names that come after all others (the type axis of the components).
        """
        for other, array in ((name, driver), *beside):
            check_bare(other, array)
        if is_labelled(driver):
            return cls._labelled(name, driver, beside, lives, years, tuple(last))
        values = np.asarray(driver)
        if values.ndim == 0:
            raise ValueError(f"{name}: expected an array with the year on axis 0, got a scalar")
        for other, array in beside:
            if is_labelled(array):
                raise TypeError(
                    f"{other}: is labelled but {name} is not; pass {name} as xarray.DataArray, or {other}.values"
                )
        if values.shape[0] == 0:
            raise ValueError(f"{name}: expected one year or more on axis 0, got shape {values.shape}")
        given = None if years is None else as_floats("years", years)
        return cls(values.shape[0], values.shape[1:], None, {}, given)

    @classmethod
    def _labelled(
        cls,
        name: str,
        driver: Any,
        beside: Sequence[tuple[str, Any]],
        lives: Sequence[Lifetime],
        years: ArrayLike | None,
        last: tuple[str, ...],
    ) -> Layout:
        if "year" not in driver.dims:
            raise ValueError(
                f'{name}: expected a dimension "year", got {tuple(driver.dims)}; rename it with .rename(...)'
            )
        arrays = [(name, driver), *((other, array) for other, array in beside if is_labelled(array))]

        def note(parameter: str, value: Any) -> FloatArray:
            if is_labelled(value):
                arrays.append((parameter, value))
            return np.ones((1, 1))

        for life in lives:
            life._prepared(note, np.zeros(1), 1)
        sizes: dict[str, int] = {}
        coordinates: dict[str, Any] = {}
        for other, array in arrays:
            for dimension in array.dims:
                known = "year" if dimension == "cohort" else dimension
                size = array.sizes[dimension]
                if sizes.setdefault(known, size) != size:
                    raise ValueError(
                        f"{other}: dimension {dimension!r} has {size} entries, {name} has {sizes[known]}; "
                        "select or reindex it first"
                    )
                if dimension in array.coords:
                    found = np.asarray(array.coords[dimension])
                    if known not in coordinates:
                        coordinates[known] = found
                    elif not np.array_equal(coordinates[known], found):
                        raise ValueError(
                            f"{other}: labels of {dimension!r} differ: expected {_short(coordinates[known])}, "
                            f"got {_short(found)}; reindex or sort it first"
                        )
        names = tuple(n for n in sizes if n not in ("year", *_AGES, *last)) + tuple(n for n in last if n in sizes)
        labels: Any = coordinates.get("year")
        if labels is not None and not np.issubdtype(np.asarray(labels).dtype, np.number):
            raise TypeError(f"{name}: expected numbers as labels of 'year', got {np.asarray(labels).dtype}")
        if years is not None:
            labels = as_floats("years", years)
        lanes = tuple(sizes[n] for n in names)
        return cls(
            sizes["year"], lanes, names, coordinates, None if labels is None else np.asarray(labels, dtype=float)
        )

    def timeline(self, inflow_at: str, points: int) -> Timeline:
        """The timeline of these years."""
        return Timeline.of(self.count, self.years, inflow_at, points)

    def array(self, name: str, values: Any, leading: Sequence[str] = ("year",), exact: bool = False) -> FloatArray:
        """An input as float64 with axes (leading..., lanes...), size 1 where it does not vary.

        `exact` : a plain array must have all leading axes; otherwise it may leave them out, as NumPy broadcasts.
        """
        wanted = len(leading) + len(self.lanes)
        if is_labelled(values):
            check_bare(name, values)
            numbers = as_floats(name, values.values, values.dims)
            if self.names is None:
                raise TypeError(f"{name}: is labelled but the driver is not; pass {name}.values, or label the driver")
            order = [*leading, *self.names]
            named = ["year" if n == "cohort" and "cohort" not in leading else n for n in values.dims]
            unknown = [n for n in named if n not in order]
            if unknown:
                raise ValueError(f"{name}: dimension {unknown[0]!r} is not one of {order}")
            self._check_labels(name, values)
            numbers = numbers.transpose([named.index(n) for n in order if n in named])
            shape = iter(numbers.shape)
            return numbers.reshape([next(shape) if n in named else 1 for n in order])
        numbers = as_floats(name, values, leading if exact else ())
        if numbers.ndim > wanted or (exact and numbers.ndim < len(leading)):
            raise ValueError(
                f"{name}: expected axes ({', '.join(leading)}, lanes...) beside lanes of shape {self.lanes}, "
                f"got shape {numbers.shape}; add axes of length 1 to the driver, as in driver[:, None]"
            )
        if exact:
            missing = wanted - numbers.ndim
            return numbers.reshape(numbers.shape[: len(leading)] + (1,) * missing + numbers.shape[len(leading) :])
        return numbers.reshape((1,) * (wanted - numbers.ndim) + numbers.shape)

    def _check_labels(self, name: str, values: Any) -> None:
        for dimension in values.dims:
            known = "year" if dimension == "cohort" else dimension
            if known not in self.coordinates or dimension not in values.coords:
                continue
            expected, found = self.coordinates[known], np.asarray(values.coords[dimension])
            if not np.array_equal(expected, found):
                raise ValueError(
                    f"{name}: labels of {dimension!r} differ: expected {_short(expected)}, got {_short(found)}; "
                    "reindex or sort it first"
                )

    def align(self, name: str, value: Any) -> FloatArray:
        """A lifetime parameter on the axes (cohort, lanes...)."""
        numbers = self.array(name, value)
        if numbers.shape[0] not in (1, self.count):
            raise ValueError(
                f"lifetime parameter {name}: axis of {numbers.shape[0]} meets the {self.count} years; "
                f"expected one value a cohort, shape {(self.count, *(1 for _ in self.lanes))}, or lanes that broadcast "
                f"with {self.lanes}"
            )
        try:
            np.broadcast_shapes(numbers.shape[1:], self.lanes)
        except ValueError:
            raise ValueError(
                f"lifetime parameter {name}: lanes {numbers.shape[1:]} do not broadcast with lanes {self.lanes}"
            ) from None
        return numbers

    def prepare(self, life: Lifetime) -> Lifetime:
        """A lifetime with its parameters on the axes (cohort, lanes...)."""
        if not isinstance(life, Lifetime):
            raise TypeError(f"lifetime: expected a Lifetime such as Weibull(shape=, scale=), got {type(life).__name__}")
        return life._prepared(self.align, self.years, self.count)

    def wrap(self, values: Any, leading: Sequence[str] = ("year",), drop: Sequence[str] = ()) -> Any:
        """A result as the user's kind of array; `drop`: lanes that it does not have."""
        if self.names is None or values is None:
            return values
        import xarray as xr

        names = (*leading, *(n for n in self.names if n not in drop))
        coordinates = {n: self.coordinates[n] for n in names if n in self.coordinates}
        if "cohort" in leading and "year" in self.coordinates:
            coordinates["cohort"] = self.coordinates["year"]
        return xr.DataArray(values, dims=names, coords=coordinates)


def _short(labels: Any) -> str:
    shown = [str(label) for label in labels[:4]]
    return ", ".join(shown) + (f", … ({len(labels)})" if len(labels) > 4 else "")

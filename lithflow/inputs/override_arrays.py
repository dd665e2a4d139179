"""Overrides that are arrays of quantities, which may have members and regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lithflow.errors import nearest
from lithflow.inputs.bounds import canonical_text
from lithflow.inputs.changes import check_changed
from lithflow.inputs.records import Record
from lithflow.inputs.reporting import Reporter
from lithflow.units import UnitError

if TYPE_CHECKING:
    import xarray as xr

    from lithflow.inputs.inputs import Inputs

__all__ = ["from_array"]

Floats = NDArray[np.float64]
FURTHER = ("member", "region")
"""Dimensions that an override may add to any parameter."""


def from_array(
    dotted: str,
    given: xr.DataArray,
    record: Record,
    places: Mapping[str, list[int]],
    inputs: Inputs,
    reporter: Reporter,
) -> tuple[Floats, tuple[str, ...], dict[str, Any]] | None:
    """Take an array of quantities that may have further dimensions."""
    from lithflow.arrays import value

    declaration = record.declaration
    if places:
        reporter.add(None, dotted, "an array is given for a whole parameter; take the labels off the path")
        return None
    if declaration.kind == "text":
        reporter.add(None, dotted, "expected a text, got an array")
        return None
    unit = canonical_text(declaration.unit)
    try:
        array = np.asarray(value(given, unit), dtype=np.float64)
    except UnitError as error:
        reporter.add(None, dotted, str(error).removeprefix("array: "))
        return None
    own = [str(dim) for dim in given.dims]
    unknown = [dim for dim in own if dim not in declaration.dims and dim not in FURTHER]
    if unknown:
        allowed = [*declaration.dims, *FURTHER]
        reporter.add(None, dotted, f"unexpected dimension `{unknown[0]}`; expected some of {', '.join(allowed)}")
        return None
    extra = [dim for dim in FURTHER[::-1] if dim in own]
    dims = (*declaration.dims, *extra)
    index: dict[str, Any] = {}
    order: list[Any] = []
    for dim in own:
        if dim not in given.coords:
            if dim in extra:
                index[dim] = np.arange(given.sizes[dim])
                order.append(slice(None))
                continue
            reporter.add(None, dotted, f"the dimension {dim} has no labels")
            return None
        labels = given.coords[dim].to_numpy().tolist()
        if dim in extra:
            index[dim] = given.coords[dim].to_numpy()
            order.append(slice(None))
            continue
        wanted = [int(year) for year in inputs.years] if dim == "year" else list(inputs.dimensions[dim])
        if sorted(map(str, labels)) != sorted(map(str, wanted)):
            lacking = [label for label in wanted if label not in labels]
            surplus = [label for label in labels if label not in wanted]
            what = f"lacks {lacking[0]}" if lacking else f"has {surplus[0]}{nearest(surplus[0], wanted)}"
            reporter.add(None, dotted, f"labels of {dim}: expected all {len(wanted)} labels once; the array {what}")
            return None
        order.append([labels.index(label) for label in wanted])
    for axis, places_ in enumerate(order):
        if isinstance(places_, list) and places_ != list(range(len(places_))):
            array = np.take(array, places_, axis=axis)
    present = [dim for dim in dims if dim in own]
    array = array.transpose([own.index(dim) for dim in present])
    sizes = dict(zip(present, array.shape, strict=True))
    full = {"year": len(inputs.years), **{dim: len(labels) for dim, labels in inputs.dimensions.items()}, **sizes}
    array = np.broadcast_to(array.reshape([sizes.get(dim, 1) for dim in dims]), [full[dim] for dim in dims])
    if array.base is None or array.base.flags.writeable or not array.flags.c_contiguous:
        # one that nobody can write to is shared: of a thousand members a copy would take as much again
        array = np.array(array, order="C")
    axes_labels = {**inputs.dimensions, **{dim: tuple(map(str, names)) for dim, names in index.items()}}
    array, problem = check_changed(array, dims, record, axes_labels, inputs.years)
    if problem:
        reporter.add(None, dotted, problem)
        return None
    return array, dims, index

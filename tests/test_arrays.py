"""Labelled arrays: made in one place, on shared labels; units and labels stay through the arithmetic."""

from __future__ import annotations

import doctest
import pickle
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pint
import pytest
import xarray as xr

from lithflow import axes as axes_module
from lithflow.arrays import (
    Axes,
    AxisError,
    bare,
    dequantify,
    in_unit,
    options,
    quantify,
    unit_of,
    value,
    with_values,
    wrap,
    zeros,
)
from lithflow.units import Q_, DimensionError, Quantity, UnitError, UnknownUnitError, canonical, parse_unit

YEARS = [2019, 2020, 2021]
CLASSES = ["car_bev", "bus"]
VALUES = np.arange(1.0, 7.0).reshape(3, 2)


@pytest.fixture
def axes() -> Axes:
    return Axes({"year": YEARS, "vehicle_class": CLASSES})


@pytest.fixture
def flow(axes: Axes) -> xr.DataArray:
    return axes.wrap(VALUES, ("year", "vehicle_class"), "t Li/year")


@pytest.fixture
def inside() -> Iterator[None]:
    with options():
        yield


# making


def test_wrap_equals_the_public_constructor(axes: Axes, flow: xr.DataArray) -> None:
    public = xr.DataArray(
        Q_(VALUES, "t Li/year"), {"year": YEARS, "vehicle_class": CLASSES}, ("year", "vehicle_class"), name=""
    )
    xr.testing.assert_identical(xr.DataArray(flow), public)
    assert flow.name == ""
    assert flow.attrs == {}
    assert isinstance(flow.data, Quantity)
    assert list(flow.indexes) == list(public.indexes)
    assert flow.coords["year"].dtype == np.int64


def test_float64_is_not_copied(axes: Axes) -> None:
    assert axes.wrap(VALUES, ("year", "vehicle_class"), "t").data.magnitude is VALUES
    assert axes.wrap([1, 2], ("vehicle_class",), "t").dtype == np.float64


def test_arrays_share_their_index_objects(axes: Axes, flow: xr.DataArray) -> None:
    other = axes.wrap([1, 2, 3], ("year",), "percent")
    assert other.xindexes["year"] is flow.xindexes["year"]
    further = axes.extended({"member": range(4)})
    assert further.zeros(("year", "member"), "t").xindexes["year"] is flow.xindexes["year"]
    assert further.sizes == {"year": 3, "vehicle_class": 2, "member": 4}
    assert "member" not in axes
    assert further.labels("member") == (0, 1, 2, 3)


def test_axes_know_their_labels(axes: Axes) -> None:
    assert axes.dims == ("year", "vehicle_class")
    assert axes.labels("year") == tuple(YEARS)
    assert axes.labels("vehicle_class") == tuple(CLASSES)
    assert axes.shape(("vehicle_class", "year")) == (2, 3)
    assert repr(axes) == "Axes(year: 3, vehicle_class: 2)"


def test_a_single_number(axes: Axes) -> None:
    number = axes.wrap(5, (), "kt")
    assert number.shape == ()
    assert value(number + Q_(1, "t"), "t") == 5001
    assert value(wrap(5, (), "t"), "t") == 5


def test_changing_labels_of_one_array_leaves_the_others(axes: Axes, flow: xr.DataArray) -> None:
    changed = flow.assign_coords(year=[1, 2, 3])
    changed.coords["year"].attrs["note"] = "x"
    flow.rename(year="time")
    again = axes.wrap(VALUES, ("year", "vehicle_class"), "t Li/year")
    xr.testing.assert_identical(again, flow)
    assert again.coords["year"].attrs == {}


def test_wrap_without_axes() -> None:
    assert wrap(VALUES, ("a", "b"), "t").coords == {}
    labelled = wrap(VALUES, ("year", "b"), "t", {"year": YEARS, "b": CLASSES})
    assert labelled.sel(year=2020, b="bus").data == Q_(4, "t")
    axes = Axes({"year": YEARS})
    assert wrap([1, 2, 3], ("year",), "t", axes).xindexes["year"] is zeros(("year",), "t", axes).xindexes["year"]
    assert value(zeros(("b",), "kt LCE", {"b": CLASSES}), "t Li").tolist() == [0, 0]


def test_what_axes_refuse(axes: Axes) -> None:
    with pytest.raises(AxisError, match="'year': expected at least one label, got none"):
        Axes({"year": []})
    with pytest.raises(AxisError, match=r"'c': expected each label once, got \['a'\] more than once"):
        Axes({"c": ["a", "b", "a"]})
    with pytest.raises(AxisError, match=r"expected the shape \(3, 2\) of \(year, vehicle_class\), got \(2, 3\)"):
        axes.wrap(VALUES.T, ("year", "vehicle_class"), "t")
    with pytest.raises(AxisError, match="unknown dimension 'vehicle_clas'; nearest: vehicle_class"):
        axes.wrap(VALUES, ("year", "vehicle_clas"), "t")
    with pytest.raises(AxisError, match="unknown dimension 'month'"):
        axes.labels("month")
    with pytest.raises(AxisError, match="unknown dimension 'month'"):
        axes.zeros(("month",), "t")
    with pytest.raises(AxisError, match="unknown dimension 'month'"):
        axes.shape(("month",))
    with pytest.raises(AxisError, match="expected each dimension once"):
        axes.wrap(np.zeros((3, 3)), ("year", "year"), "t")
    with pytest.raises(AxisError, match=r"as many dimensions as the values have, got \(year\) for \(3, 2\)"):
        wrap(VALUES, ("year",), "t")
    with pytest.raises(AxisError, match="unknown dimension 'year'"):
        zeros(("year",), "t", {"b": CLASSES})
    with pytest.raises(UnknownUnitError, match="unknown name 'mt'"):
        axes.wrap([1, 2, 3], ("year",), "mt")
    with pytest.raises(UnitError, match="expected a number"):
        axes.wrap(["a", "b", "c"], ("year",), "t")


# taking the units off


def test_bare_is_checked_transposed_float64(flow: xr.DataArray) -> None:
    kernel = bare(flow, "kg Li/year", ("vehicle_class", "year"))
    assert type(kernel) is np.ndarray
    assert kernel.dtype == np.float64
    assert kernel.tolist() == (VALUES.T * 1000).tolist()
    assert bare(flow, "t Li/year", ("year", "vehicle_class")) is VALUES
    assert bare(Q_(95, "percent"), "1", ()) == 0.95


def test_bare_refuses(flow: xr.DataArray) -> None:
    with pytest.raises(DimensionError, match=r"sales: expected a unit like t/year, got t Li/year; contained lithium"):
        bare(flow, "t/year", ("year", "vehicle_class"), "sales")
    for dims in (("year",), ("year", "chemistry"), ("year", "vehicle_class", "member"), ("year", "year")):
        with pytest.raises(AxisError, match=r"expected \(year.*\), got \(year, vehicle_class\)"):
            bare(flow, "t Li/year", dims)
    with pytest.raises(AxisError, match=r"array: expected \(\), got \(year, vehicle_class\)"):
        bare(flow, "t Li/year", ())
    with pytest.raises(AxisError, match=r"expected \(year\), got \(\)"):
        bare(Q_([1, 2, 3], "t"), "t", ("year",))
    with pytest.raises(UnitError, match="sales: expected quantities, got bare ndarray; make them by wrap or Q_"):
        bare(xr.DataArray(VALUES), "t", ("dim_0", "dim_1"), "sales")


def test_value(flow: xr.DataArray) -> None:
    assert value(flow, "kt LCE/year")[0, 0] == pytest.approx(5.3233e-3, rel=1e-5)
    assert value(Q_(95, "percent"), "1") == 0.95
    assert isinstance(value(flow[0, 0], "t Li/year"), float)
    with pytest.raises(DimensionError, match="array: expected a unit like t/year"):
        value(flow, "t/year")
    with pytest.raises(UnitError, match="expected quantities, got bare float"):
        value(5.0, "1")  # type: ignore[arg-type]


def test_unit_of_and_in_unit(flow: xr.DataArray) -> None:
    assert unit_of(flow) == parse_unit("t Li/year")
    assert unit_of(flow[0, 0].data) == parse_unit("t Li/year")
    with pytest.raises(UnitError, match="share: expected quantities"):
        unit_of(xr.DataArray([1.0]), "share")
    shown = in_unit(flow, "kt LCE/year")
    assert str(unit_of(shown)) == "kt LCE/year"
    assert shown.xindexes["year"] is flow.xindexes["year"]
    xr.testing.assert_allclose(dequantify({"x": in_unit(shown, "t Li/year")}), dequantify({"x": flow}))
    with pytest.raises(DimensionError, match="array: expected"):
        in_unit(flow, "kWh")
    with pytest.raises(UnitError, match="expected quantities"):
        in_unit(xr.DataArray([1.0]), "1")


def test_other_values_on_the_same_labels(flow: xr.DataArray) -> None:
    doubled = with_values(flow, 2.0 * VALUES, "kt LCE/year")
    assert doubled.dims == flow.dims
    assert all(doubled.xindexes[dim] is flow.xindexes[dim] for dim in flow.dims)
    np.testing.assert_array_equal(value(doubled, "kt LCE/year"), 2.0 * VALUES)
    with pytest.raises(AxisError, match=r"expected the shape \(3, 2\) of \(year, vehicle_class\), got \(2, 3\)"):
        with_values(flow, VALUES.T, "t Li/year")


def test_single_numbers_calculate_with_arrays_and_keep_their_labels(axes: Axes, flow: xr.DataArray) -> None:
    number, share = axes.wrap(2.0, (), "year"), axes.wrap(0.5, (), "1")
    for product in (flow * number, number * flow):
        assert product.dims == flow.dims
        assert all(product.xindexes[dim] is flow.xindexes[dim] for dim in flow.dims)
        np.testing.assert_array_equal(value(product, "t Li"), 2.0 * VALUES)
    np.testing.assert_array_equal(value((1.0 - share) * flow, "t Li/year"), 0.5 * VALUES)
    both = number / share
    assert both.dims == ()
    assert value(both, "year") == 4.0
    with pytest.raises(DimensionError, match="adding"):
        _ = number + flow


def test_a_round_trip_through_plain_numbers(axes: Axes, flow: xr.DataArray) -> None:
    share = axes.wrap([1, 2, 3], ("year",), "percent")
    plain = dequantify({"flow": flow, "share": share, "flag": share > Q_(1, "percent")}, {"flow": "kt LCE/year"})
    assert plain["flow"].attrs == {"units": "kt LCE/year"}
    assert plain["share"].attrs == {"units": "percent"}
    assert plain["flag"].dtype == bool
    assert plain["flow"].dtype == np.float64
    assert plain["flow"].dims == ("year", "vehicle_class")
    assert type(plain["flow"].variable._data) is np.ndarray
    back = quantify(pickle.loads(pickle.dumps(plain)))
    assert value(back["flow"], "t Li/year") == pytest.approx(VALUES)
    assert back["flow"].attrs == {}
    assert back["share"].data.units == parse_unit("percent")
    assert back["flag"].dtype == bool
    again = dequantify(back.assign_attrs(title="run"))
    xr.testing.assert_identical(again, plain.assign_attrs(title="run"))


def test_what_dequantify_and_quantify_refuse(axes: Axes, flow: xr.DataArray) -> None:
    with pytest.raises(AxisError, match="units: no array is called 'flwo'; nearest: flow"):
        dequantify({"flow": flow}, {"flwo": "t"})
    with pytest.raises(AxisError, match="part: expected the labels of 'year' to be those of the other arrays"):
        dequantify({"flow": flow, "part": flow.isel(year=[0])})
    with pytest.raises(DimensionError, match="flow: expected a unit like GWh, got t Li/year"):
        dequantify({"flow": flow}, {"flow": "GWh"})
    with pytest.raises(UnitError, match="x: expected an attribute 'units', got no attributes"):
        quantify(xr.Dataset({"x": 1.0}))
    with pytest.raises(UnknownUnitError, match="unknown name 'mt'"):
        quantify(xr.Dataset({"x": ((), 1.0, {"units": "mt"})}))


def test_labelled_quantities_are_never_pickled(flow: xr.DataArray) -> None:
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(flow)


# through the arithmetic

LITHIUM = "t Li/year"
ONLY_NUMBERS: dict[str, Any] = {
    "sum": lambda x: x.sum("vehicle_class", skipna=False),
    "sum of all": lambda x: x.sum(skipna=False),
    "sum over gaps": lambda x: x.sum("year"),
    "mean": lambda x: x.mean("year"),
    "max": lambda x: x.max("year"),
    "cumsum": lambda x: x.cumsum("year", skipna=False),
    "diff": lambda x: x.diff("year"),
    "shift": lambda x: x.shift(year=1),
    "where zero": lambda x: x.where(x > 0, 0),
    "xr.where": lambda x: xr.where(x > x.mean(), x, 2 * x),
    "minimum": lambda x: np.minimum(x, 2 * x),
    "concat": lambda x: xr.concat([x, x], "member"),
    "concat along": lambda x: xr.concat([x.sel(year=[2019]), x.sel(year=[2020])], "year"),
    "sel": lambda x: x.sel(year=2020),
    "isel": lambda x: x.isel(year=slice(1, None)),
    "loc": lambda x: x.loc[2020:],
    "reindex": lambda x: x.reindex(year=[2020, 2030]),
    "fillna": lambda x: x.shift(year=1).fillna(0),
    "stack": lambda x: x.stack(lane=("year", "vehicle_class")),
    "unstack": lambda x: x.stack(lane=("year", "vehicle_class")).unstack("lane"),
    "groupby": lambda x: x.groupby("vehicle_class").sum(),
    "quantile": lambda x: x.quantile([0.1, 0.9], "year"),
    "transpose": lambda x: x.transpose("vehicle_class", "year"),
    "expand_dims": lambda x: x.expand_dims(member=2),
    "broadcast": lambda x: xr.broadcast(x.isel(year=0, drop=True), x)[0],
    "rename": lambda x: x.rename(year="time"),
    "copy": lambda x: x.copy(deep=True),
    "abs": abs,
    "minus": lambda x: -x,
    "twice": lambda x: 2 * x,
    "dataset": lambda x: x.to_dataset(name="x")["x"],
    "apply_ufunc": lambda x: xr.apply_ufunc(lambda q: q.sum(-1), x, input_core_dims=[["year"]]),
    "sorted": lambda x: x.sortby("year", ascending=False),
}
WITH_QUANTITIES: dict[str, tuple[Any, list[list[float]]]] = {
    "shift": (lambda x: x.shift(year=1, fill_value=Q_(9, LITHIUM)), [[9, 9], [1, 2], [3, 4]]),
    "where else": (lambda x: x.where(x > Q_(2, LITHIUM), Q_(1, "kt Li/year")), [[1000, 1000], [3, 4], [5, 6]]),
    "clip": (lambda x: x.clip(min=Q_(0.002, "kt Li/year")), [[2, 2], [3, 4], [5, 6]]),
    "minimum": (lambda x: np.minimum(x, Q_(0.004, "kt Li/year")), [[1, 2], [3, 4], [4, 4]]),
    "sum": (lambda x: x + Q_(1, "kg Li/year"), [[1.001, 2.001], [3.001, 4.001], [5.001, 6.001]]),
}


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("name", ONLY_NUMBERS)
def test_what_keeps_the_unit(name: str, flow: xr.DataArray) -> None:
    result = ONLY_NUMBERS[name](flow)
    plain = ONLY_NUMBERS[name](xr.DataArray(VALUES, flow.coords, flow.dims))
    assert unit_of(result) == parse_unit(LITHIUM)
    assert value(result, LITHIUM) == pytest.approx(plain.to_numpy(), nan_ok=True)
    assert result.dims == plain.dims


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("name", WITH_QUANTITIES)
def test_what_converts_other_units(name: str, flow: xr.DataArray) -> None:
    function, wanted = WITH_QUANTITIES[name]
    result = function(flow)
    assert unit_of(result) == parse_unit(LITHIUM)
    assert value(result, LITHIUM) == pytest.approx(np.array(wanted))


@pytest.mark.usefixtures("inside")
def test_products_carry_units(axes: Axes, flow: xr.DataArray) -> None:
    share = axes.wrap([10, 20], ("vehicle_class",), "percent")
    product = share * flow
    assert product.dims == ("vehicle_class", "year")
    assert str(canonical(product.data).units) == "t Li/year"
    assert value(product, "t Li/year")[1].tolist() == pytest.approx([0.4, 0.8, 1.2])
    assert str(unit_of(flow * Q_(1, "year"))) == "t Li"
    assert str(unit_of(Q_(1, "year") * flow)) == "t Li"
    assert str(unit_of(Q_(1, "t") / flow)) == "year/Li"
    assert value(1 - share, "1").tolist() == pytest.approx([0.9, 0.8])
    assert str(unit_of(xr.dot(share, flow, dim="vehicle_class"))) == "t Li*percent/year"
    assert str(unit_of(flow / flow)) == "1"


@pytest.mark.usefixtures("inside")
def test_items_are_set_with_conversion(flow: xr.DataArray) -> None:
    changed = flow.copy(deep=True)
    changed[0, 0] = Q_(1, "kt Li/year")
    changed.loc[{"year": 2020}] = Q_(0, "t Li/year")
    assert value(changed, "t Li/year").tolist() == [[1000, 2], [0, 0], [5, 6]]
    with pytest.raises(DimensionError, match="setting items"):
        changed[0, 0] = Q_(1, "kWh")


@pytest.mark.usefixtures("inside")
def test_units_and_labels_are_checked_in_every_operation(axes: Axes, flow: xr.DataArray) -> None:
    with pytest.raises(DimensionError, match="adding: expected a unit like t Li/year, got t Li"):
        flow + flow * Q_(1, "year")
    with pytest.raises(DimensionError, match="comparing"):
        _ = flow > axes.wrap([1, 2, 3], ("year",), "GWh")
    for other in (flow.isel(year=[0, 1]), flow.isel(vehicle_class=[1, 0]), flow.assign_coords(year=[1, 2, 3])):
        with pytest.raises(ValueError, match="join='exact'"):
            flow + other


@pytest.mark.usefixtures("inside")
def test_attributes_are_not_carried_on(flow: xr.DataArray) -> None:
    named = flow.assign_attrs(units="x")
    assert (named + named).attrs == {}
    assert named.sum("year").attrs == {}


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("lose", [lambda x: x.values, np.asarray, lambda x: x.to_pandas(), lambda x: float(x[0, 0])])
def test_no_unit_is_lost_inside(lose: Any, flow: xr.DataArray) -> None:
    with pytest.raises(pint.UnitStrippedWarning, match="the unit t Li/year would be lost"):
        lose(flow)


def test_options_end_with_the_block(flow: xr.DataArray) -> None:
    before = dict(xr.get_options())
    filters = list(warnings.filters)
    with options():
        assert xr.get_options()["arithmetic_join"] == "exact"
        with options():
            pass
        assert xr.get_options()["arithmetic_join"] == "exact"
        with pytest.raises(pint.UnitStrippedWarning):
            _ = flow.values
    assert dict(xr.get_options()) == before
    assert warnings.filters == filters
    with pytest.warns(pint.UnitStrippedWarning):
        _ = flow.values
    with pytest.raises(RuntimeError, match="inner"), options():
        raise RuntimeError("inner")
    assert dict(xr.get_options()) == before


def test_options_in_threads() -> None:
    before = dict(xr.get_options())
    started, stop, joins = threading.Barrier(4), threading.Event(), []

    def work(last: bool) -> None:
        with options():
            started.wait(10)
            if last:
                stop.wait(10)
            joins.append(xr.get_options()["arithmetic_join"])

    threads = [threading.Thread(target=work, args=(number == 0,)) for number in range(3)]
    for thread in threads:
        thread.start()
    started.wait(10)
    for thread in threads[1:]:
        thread.join(10)
    assert xr.get_options()["arithmetic_join"] == "exact"
    stop.set()
    threads[0].join(10)
    assert joins == ["exact"] * 3
    assert dict(xr.get_options()) == before


def test_listings(flow: xr.DataArray) -> None:
    with options():
        assert "'t Li/year'" in repr(flow)
        assert "[t Li/year] 1 2 3" in repr(flow.to_dataset(name="x"))
        assert "t Li/year" in flow._repr_html_()


def test_examples_of_the_docstrings() -> None:
    assert doctest.testmod(axes_module).failed == 0

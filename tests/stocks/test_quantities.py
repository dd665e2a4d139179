"""Quantities are refused by name; labels of years are used as years."""

import numpy as np
import pint
import pytest
import xarray as xr

from lithflow import stocks
from lithflow.stocks import Fade, Replacement, Step, kernels

UNITS = pint.UnitRegistry()
LIFE = stocks.Weibull(3, 9)
FLOW = UNITS.Quantity(np.ones(5), "kg")
SHARE, YEARS = UNITS.Quantity(0.5, "dimensionless"), UNITS.Quantity(9.0, "year")
ENTERING = np.tri(6)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: stocks.inflow_driven(FLOW, LIFE), "inflow"),
        (lambda: stocks.inflow_driven(list(FLOW), LIFE), "inflow"),
        (lambda: stocks.inflow_driven(xr.DataArray(FLOW, dims="year"), LIFE), "inflow"),
        (lambda: stocks.inflow_driven(np.ones(5), LIFE, initial=FLOW), "initial"),
        (lambda: stocks.stock_driven(FLOW, LIFE), "stock"),
        (lambda: stocks.product_component(product=LIFE, component=LIFE, inflow=FLOW), "inflow"),
        (lambda: stocks.Weibull(3, YEARS), r"Weibull\(scale=\)"),
        (lambda: LIFE.survival(YEARS), "age"),
        (lambda: LIFE.with_maximum_age(YEARS), r"with_maximum_age\(age\)"),
        (lambda: Replacement(0.5, below_age=YEARS), r"Replacement\(below_age=\)"),
        (lambda: Fade(0.75, SHARE), r"Fade\(first_floor=\)"),
        (lambda: Step("a", floor=SHARE), "Step 'a' floor="),
        (lambda: Step("a", floor=0.5, stress=SHARE), "Step 'a' stress="),
        (lambda: stocks.cascade(UNITS.Quantity(ENTERING, "kg"), [Step("a", residence=LIFE)]), r"entering\['worn'\]"),
        (lambda: stocks.cascade(ENTERING, [Step("a", residence=LIFE, demand=SHARE)]), "Step 'a' demand="),
        (lambda: stocks.fill(SHARE, ENTERING), "demand"),
        (lambda: stocks.fill(1.0, ENTERING, usable=SHARE), "usable"),
    ],
)
def test_quantities_are_refused(call, name):
    with pytest.raises(TypeError, match=f"^{name}: expected bare numbers, got a quantity in"):
        call()


def test_a_unit_as_an_attribute_is_not_a_quantity():
    labelled = xr.DataArray(np.ones(5), dims="year", attrs={"units": "kg"})
    np.testing.assert_array_equal(
        stocks.inflow_driven(labelled, LIFE).stock.values, stocks.inflow_driven(np.ones(5), LIFE).stock
    )


def test_labels_of_years_are_the_years():
    years = [2010, 2012, 2013, 2018]
    labelled = xr.DataArray(np.ones(4), dims="year", coords={"year": years})
    expected = stocks.inflow_driven(np.ones(4), LIFE, years=years)
    found = stocks.inflow_driven(labelled, LIFE)
    np.testing.assert_array_equal(found.length, [2, 2, 1, 5])
    np.testing.assert_array_equal(found.stock.values, expected.stock)


@pytest.mark.parametrize("columns", [1, 155, 156, 700])
def test_products_in_blocks_of_columns(columns):
    rng = np.random.default_rng(0)
    unit, amounts = rng.random((41, 1, 3)), rng.random((41, columns, 3))
    expected = np.einsum("tcb,cab->tab", kernels.toeplitz(unit[:, 0]), amounts)
    np.testing.assert_allclose(kernels._product(unit, amounts, (columns, 3)), expected, rtol=1e-12)

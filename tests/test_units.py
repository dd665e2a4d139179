"""Units: what they mean, how they are read and written, what they refuse."""

from __future__ import annotations

import copy
import doctest
import operator
import pickle
import threading

import numpy as np
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lithflow import chemistry, units
from lithflow.errors import LithflowError
from lithflow.units import (
    Q_,
    DimensionError,
    UnitError,
    UnknownUnitError,
    canonical,
    canonical_unit,
    conversion,
    declared_units,
    format_unit,
    parse_unit,
    rescale,
    same_dimension,
)

DECLARED = declared_units()

compound = st.lists(
    st.tuples(st.sampled_from(DECLARED), st.sampled_from([-3, -2, -1, 1, 2, 3, 0.5])), min_size=1, max_size=5
)


# what a unit means


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "target"),
    [
        (1, "kt", 1000, "t"),
        (1, "Mt", 1e9, "kg"),
        (1, "kg", 1e6, "mg"),
        (1, "TWh", 1e9, "kWh"),
        (1, "PJ", 1e9, "MJ"),
        (1, "m3", 1000, "L"),
        (1, "MUSD", 1e6, "USD"),
        (1, "percent", 0.01, "1"),
        (1, "%", 1e4, "ppm"),
        (1, "kg Li/kWh", 1e-3, "t Li/kWh"),
        (100, "kt LCE", 18.785188, "kt Li"),
        (1, "t Li", 5.3233, "t LCE"),
        (1, "t Li", 2.1527, "t Li2O"),
        (1, "t Li2O", 2.4729, "t LCE"),
        (1, "t LiOH_H2O", 0.8804, "t LCE"),
        (100, "t LiPF6", 4.569, "t Li"),
        (1, "USD/t LCE", 5.3233, "USD/t Li"),
        (1, "kWh/kg Li", 1000, "kWh/t Li"),
    ],
)
def test_conversions(value: float, unit: str, wanted: float, target: str) -> None:
    digits = len(str(wanted).partition(".")[2]) if isinstance(wanted, float) and 0.1 < wanted < 1e3 else 12
    assert Q_(value, unit).to(target).magnitude == pytest.approx(wanted, abs=0.6 * 10**-digits, rel=1e-14)


@pytest.mark.parametrize(("source", "target", "factor"), [("kt", "t", 1000.0), ("t", "kt", 0.001), ("kg", "mg", 1e6)])
def test_powers_of_ten_are_exact(source: str, target: str, factor: float) -> None:
    assert conversion(source, target) == factor


@pytest.mark.parametrize("share", [1, 5, 29, 57, 58, 95])
def test_decimals_are_kept(share: int) -> None:
    assert canonical(Q_(share, "percent")).magnitude == Q_(share, "percent").to("1").magnitude == share / 100
    assert rescale(0.7, "kg Li/kWh", "t Li/kWh") == 0.0007
    assert rescale(5.0, "t", "t") == 5.0
    with pytest.raises(DimensionError, match=r"fleet\.size: expected a unit like vehicle, got kWh"):
        rescale(5.0, "kWh", "vehicle", "fleet.size")


def test_a_tag_belongs_to_the_unit_before_it() -> None:
    assert parse_unit("USD/t LCE") == parse_unit("USD/(t*LCE)")
    assert parse_unit("kWh/kg Li") == parse_unit("kWh/(kg*Li)")
    assert parse_unit("t/t LCE") == parse_unit("1/LCE")
    assert parse_unit("kt LCE/year") == parse_unit("kt*LCE/year")
    assert parse_unit("USD/t*LCE") == parse_unit("USD*LCE/t")


def test_ore_times_content_is_contained_lithium() -> None:
    contained = Q_(1000, "kt/year") * Q_(6, "percent Li2O")
    assert contained.to("kt Li/year").magnitude == pytest.approx(60 / 2.1527, rel=2e-5)


def test_state_of_health_keeps_capacity_usable() -> None:
    usable = Q_(100, "kWh") * Q_(80, "percent usable")
    assert usable.to("kWh usable").magnitude == pytest.approx(80)
    with pytest.raises(DimensionError, match=r"`usable`.*left over"):
        usable.to("kWh")


def test_canonical_units() -> None:
    wanted = {
        "kt LCE/year": "t Li/year",
        "GWh/year": "kWh/year",
        "kg Li/kWh": "t Li/kWh",
        "percent": "1",
        "percent Li2O": "Li",
        "ppm": "1",
        "kt Ni": "t Ni",
        "kUSD/t LCE": "USD/t Li",
        "GJ/t": "MJ/t",
        "vehicles/yr": "vehicle/year",
        "people": "person",
        "L": "m3",
        "% usable": "usable",
        "t/kt": "1",
    }
    assert {unit: format_unit(canonical_unit(unit)) for unit in wanted} == wanted


def test_canonical_quantity_is_a_view_where_nothing_changes() -> None:
    values = np.array([1.0, 2.0])
    assert canonical(Q_(values, "t Li")).magnitude is values
    assert canonical(Q_(values, "kt")).magnitude == pytest.approx([1000, 2000])
    assert str(canonical(Q_(95, "percent"))) == "0.95 1"


def test_percent_is_a_hundredth_in_sums() -> None:
    assert (1 - Q_(95, "percent")).to("1").magnitude == pytest.approx(0.05)
    assert canonical(Q_(50, "percent") + Q_(0.25, "1")).magnitude == pytest.approx(0.75)


def test_same_dimension() -> None:
    assert same_dimension("kt LCE", "t Li")
    assert not same_dimension("kt LCE", "kt")


# reading and writing


@pytest.mark.parametrize("name", DECLARED)
def test_every_declared_unit_reads_back(name: str) -> None:
    unit = parse_unit(name)
    assert parse_unit(str(unit)) == unit
    assert parse_unit(f"{unit:~P}") == unit


@given(compound)
def test_every_compound_unit_reads_back(factors: list[tuple[str, float]]) -> None:
    unit = parse_unit("1")
    for name, power in factors:
        unit = unit * parse_unit(name) ** power
    text = format_unit(unit)
    assert parse_unit(text) == unit
    assert format_unit(parse_unit(text)) == text


@given(compound, st.floats(1e-6, 1e6))
def test_canonical_values_come_back(factors: list[tuple[str, float]], value: float) -> None:
    text = "*".join(f"{name}**{power}" for name, power in factors)
    there = canonical(Q_(value, text))
    assert there.units == canonical_unit(text)
    assert there.to(text).magnitude == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("kt*LCE/year", "kt LCE/year"),
        ("tonne", "t"),
        ("%Li2O", "percent Li2O"),
        ("%/yr", "percent/year"),
        ("LCE*USD/t/LCE**2", "USD/t LCE"),
        ("Li2CO3", "LCE"),
        (" kg / kWh ", "kg/kWh"),
        ("1", "1"),
        ("dimensionless", "1"),
        ("1/year", "1/year"),
        ("year**-1", "1/year"),
        ("t^2", "t**2"),
        ("(t Li)**2", "t**2 Li**2"),
        ("USD/(kWh*year)", "USD/kWh/year"),
        ("t·kWh", "t*kWh"),
    ],
)
def test_writing(text: str, written: str) -> None:
    assert format_unit(text) == written


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("mt", "Mt, t"),
        ("kLi", "Li"),
        ("knot", "kt"),
        ("units", "known: t, tonne"),
        ("ton", "tonne"),
        ("gwh", "GWh"),
        ("USD/mt LCE", "Mt"),
        ("LiOH.H2O", "expected names joined"),
        ("carbonate", "unknown name 'carbonate'"),
        ("zz", "known: t, tonne"),
    ],
)
def test_unknown_names_give_the_nearest(text: str, nearest: str) -> None:
    with pytest.raises(UnknownUnitError) as caught:
        parse_unit(text)
    assert text in str(caught.value)
    assert nearest in str(caught.value)


@pytest.mark.parametrize("name", ["mt", "kLi", "knot", "units", "ton", "kvehicle", "mkWh", "lb", "years2", "pcs"])
def test_nothing_is_guessed(name: str) -> None:
    with pytest.raises(UnknownUnitError, match="unknown name"):
        parse_unit(name)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a plain number has the unit 1"),
        ("  ", "a plain number has the unit 1"),
        (None, "expected the text of a unit, got None"),
        ("5 t", "expected no number but 1, got 5"),
        ("t kWh", r"write \* or / before 'kWh'"),
        ("t (Li)", r"write \* or / before '\('"),
        ("t 1", r"write \* or / before '1'"),
        ("kt LCE/", "expected the name of a unit, got 'the end'"),
        ("t/(kWh", "a bracket isn't closed"),
        ("t)", r"expected names joined by \* and /.*got '\)'"),
        ("t**x", "expected a number as power, got 'x'"),
        ("t**", "expected a number as power, got 'the end'"),
        ("t $", "expected names joined by .* got '\\$'"),
    ],
)
def test_text_that_cannot_be_read(text: str, problem: str) -> None:
    with pytest.raises(UnknownUnitError, match=problem):
        parse_unit(text)


def test_printing_quantities() -> None:
    assert str(Q_(2, "kt LCE")) == "2.0 kt LCE"
    assert f"{Q_([1, 2.25], 'kWh'):.1f}" == "[1.0 2.2] kWh"
    assert repr(Q_(2, "t")) == "<Quantity(2.0, 't')>"
    assert repr(parse_unit("USD/t LCE")) == "<Unit('USD/t LCE')>"
    assert Q_([1.0], "t")._repr_inline_(20) == "[t] 1"


# what is refused


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("kt", "kt LCE", "adding: expected a unit like kt, got kt LCE; contained lithium .* multiply .* content"),
        ("GWh", "kWh/vehicle", "expected a unit like GWh, got kWh/vehicle; .* multiply by a number of vehicles"),
        ("t Li", "t Li/year", "a stock change is a flow times 1 year"),
        ("MWh", "GJ", "nameplate capacity .* is neither energy"),
        ("kt", "kt Ni", "contained nickel"),
        ("kt LCE", "kt Co", "contained"),
        ("USD", "person", "the two differ by person/USD"),
        ("t Li/year", "percent", "a plain number or a share has no dimension"),
    ],
)
def test_sums_of_different_dimensions(one: str, other: str, message: str) -> None:
    with pytest.raises(DimensionError, match=message):
        Q_(1, one) + Q_(1, other)
    with pytest.raises(DimensionError):
        Q_([1, 2], one) - Q_([1, 2], other)
    with pytest.raises(DimensionError, match="comparing"):
        _ = Q_(1, one) < Q_(1, other)
    with pytest.raises(DimensionError):
        Q_(1, one).to(other)
    with pytest.raises(DimensionError):
        np.maximum(Q_([1, 2], one), Q_([1, 2], other))
    with pytest.raises(DimensionError, match="adding in place"):
        operator.iadd(Q_([1, 2], one), Q_([1, 2], other))


def test_state_of_health_times_content_is_not_a_content() -> None:
    faded = Q_(80, "percent usable") * Q_(0.1, "kg Li/kWh")
    with pytest.raises(DimensionError, match=r"`usable` .* never the lithium in a battery"):
        conversion(faded, "t Li/kWh")
    with pytest.raises(DimensionError, match="`usable`"):
        faded + Q_(0.1, "kg Li/kWh")


def test_numbers_without_unit() -> None:
    with pytest.raises(DimensionError, match=r"adding a plain number: .* Q_\(number, unit\)"):
        Q_(1, "t") + 5
    with pytest.raises(DimensionError, match="making a plain number"):
        float(Q_(1, "t"))
    with pytest.raises(DimensionError, match="expected a unit like 1, got kt"):
        np.exp(Q_([1.0], "kt"))
    assert float(Q_(50, "percent")) == 0.5
    assert (Q_(1, "t") + 0).magnitude == 1


@pytest.mark.parametrize("value", ["5 kt", b"5", True, Q_(1, "t"), [1, "x"], [[1], [1, 2]]])
def test_values_that_are_no_numbers(value: object) -> None:
    with pytest.raises(UnitError, match="Q_: expected a number or a"):
        Q_(value, "t")  # type: ignore[arg-type]


def test_units_of_elsewhere() -> None:
    elsewhere = pint.UnitRegistry(None)
    elsewhere.define("kt = [length]")
    with pytest.raises(UnitError, match="expected a unit of lithflow or its text, got Unit"):
        format_unit(elsewhere.Unit("kt"))
    with pytest.raises(UnitError, match="expected a unit of lithflow or its text, got float"):
        format_unit(5.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="different registries"):
        Q_(1, "kt") + elsewhere.Quantity(1, "kt")


def test_text_is_no_quantity() -> None:
    with pytest.raises(UnitError, match="write the number and the unit apart"):
        type(Q_(1, "t"))("5 kt")


def test_quantities_are_never_pickled() -> None:
    for thing in (Q_(1, "t"), Q_([1, 2], "t"), parse_unit("t")):
        with pytest.raises(TypeError, match=r"can't be pickled.*float64 and the unit as text"):
            pickle.dumps(thing)


def test_errors_come_back_from_another_process() -> None:
    with pytest.raises(DimensionError) as dimension:
        Q_(1, "kt").to("kt LCE")
    with pytest.raises(UnknownUnitError) as unknown:
        parse_unit("mt")
    for error in (dimension.value, unknown.value):
        assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_errors_are_of_one_family() -> None:
    assert issubclass(UnknownUnitError, UnitError)
    assert issubclass(UnitError, LithflowError)
    assert issubclass(DimensionError, pint.DimensionalityError)


def test_a_quantity_hands_on_nothing_without_its_unit() -> None:
    quantity = Q_(np.arange(3.0), "t")
    for name in ("data", "view", "tobytes", "name", "attrs", "chunks", "dims", "coords", "_repr_x_"):
        with pytest.raises(AttributeError, match=f"a Quantity has no attribute '{name}'"):
            getattr(quantity, name)
    with pytest.warns(pint.UnitStrippedWarning):
        assert np.asarray(quantity).tolist() == [0, 1, 2]
    with units.strict(), pytest.raises(pint.UnitStrippedWarning, match="the unit t would be lost"):
        np.asarray(quantity)


# arithmetic


def test_arithmetic_is_that_of_numbers() -> None:
    one, other = Q_([1.0, 2.0], "kt LCE"), Q_([4.0, 8.0], "t LCE")
    assert (one + other).to("t LCE").magnitude == pytest.approx([1004, 2008])
    assert (one / other).to("1").magnitude == pytest.approx([250, 250])
    assert str((one * other).units) == "t LCE**2*kt"
    assert (6 / other).units == parse_unit("1/t LCE")
    assert (np.array([4.0, 8.0]) / other).magnitude == pytest.approx([1, 1])
    assert (one * 2).magnitude == pytest.approx([2, 4])
    assert one.sum().magnitude == 3
    assert np.concatenate([one, other]).to("t LCE").magnitude == pytest.approx([1000, 2000, 4, 8])
    assert (one > other).all()
    assert Q_(1, "kt") == Q_(1000, "t")
    assert Q_(1, "kt") != Q_(1000, "t LCE")
    assert hash(Q_(1, "kt")) == hash(Q_(1000, "t"))


def test_arrays_that_are_read_only_stay_so() -> None:
    locked = np.array([1.0])
    locked.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        operator.iadd(Q_(locked, "t"), Q_(1, "t"))


def test_short_ways_agree_with_numpy() -> None:
    values = np.arange(6.0).reshape(2, 3)
    quantity = Q_(values, "t")
    for function in (np.sum, np.mean, np.max, np.min, np.cumsum):
        for axis in (0, 1):
            result = function(quantity, axis=axis)
            assert result.units == quantity.units
            assert result.magnitude == pytest.approx(function(values, axis=axis))
    assert np.transpose(quantity).magnitude.shape == quantity.T.shape == (3, 2)
    assert quantity[1, 2].magnitude == 5
    assert quantity.real is quantity
    assert not quantity.imag.magnitude.any()
    assert (quantity.ndim, quantity.dtype, Q_(1, "t").shape) == (2, np.float64, ())
    assert np.sum(quantity, where=values > 2).magnitude == 12


def test_copies() -> None:
    quantity = Q_([1.0], "t")
    for twin in (copy.copy(quantity), copy.deepcopy(quantity)):
        twin[0] = Q_(1, "kt")
        assert twin.magnitude[0] == 1000
    assert quantity.magnitude[0] == 1
    unit = parse_unit("t")
    assert copy.copy(unit) is copy.deepcopy(unit) is unit


def test_one_registry_for_all_threads() -> None:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(Q_(1, "t")._REGISTRY)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_the_registry_has_no_short_cuts() -> None:
    registry = Q_(1, "t")._REGISTRY
    assert "kt" in registry
    assert "mt" not in registry
    with pytest.raises(AttributeError, match="read by parse_unit"):
        _ = registry.kt
    assert pint.get_application_registry().get() is not registry


@pytest.mark.parametrize("module", [units, chemistry])
def test_examples_of_the_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]

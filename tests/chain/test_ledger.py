"""The ledger takes what the variable table knows, and says what is wrong with the rest."""

from __future__ import annotations

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import unit_of, value
from lithflow.axes import Axes
from lithflow.chain.ledger import COHORT, Ledger, LedgerError
from lithflow.quantity import DimensionError
from lithflow.units import UnitError, canonical_unit
from tests.chain.ledgers import DIMENSIONS, POSTED

AXES = Axes({**DIMENSIONS, COHORT: DIMENSIONS["year"], "member": [0, 1, 2], "region": ["north", "south"]})


def test_what_is_posted_comes_back_in_table_order_and_canonical_units() -> None:
    ledger = Ledger()
    values = np.arange(12.0).reshape(2, 3, 2)
    posted = ledger.post("batteries_treated", AXES.wrap(values, ("channel", "scrap", "year"), "kg Li/year"))
    assert posted.dims == ("year", "scrap", "channel")
    np.testing.assert_allclose(ledger.values("batteries_treated"), values.transpose(2, 1, 0) / 1000.0, rtol=1e-15)
    assert "batteries_treated" in ledger
    assert ledger["batteries_treated"] is ledger.arrays["batteries_treated"]
    assert ledger.dims("batteries_treated") == ("year", "scrap", "channel")


def test_what_is_posted_is_held_in_canonical_units() -> None:
    ledger = Ledger()
    posted = ledger.post("cell_inventory", AXES.wrap([1.0, 2.0], ("year",), "kt LCE"))
    assert unit_of(posted) == canonical_unit("t Li")
    assert unit_of(ledger["cell_inventory"]) == canonical_unit("t Li")


def test_region_and_member_follow_the_dimensions_of_the_table() -> None:
    ledger = Ledger()
    posted = ledger.post("refining_residue", AXES.wrap(np.ones((3, 2, 2)), ("member", "region", "year"), "t Li/year"))
    assert posted.dims == ("year", "region", "member")


def test_production_years_are_kept_apart_and_summed() -> None:
    ledger = Ledger()
    values = np.arange(4.0).reshape(2, 2, 1)
    posted = ledger.post("reuse_left", AXES.wrap(values, ("year", COHORT, "reuse_step"), "t Li/year"))
    assert posted.dims == ("year", "reuse_step")
    np.testing.assert_array_equal(value(posted, "t Li/year"), [[1.0], [5.0]])
    np.testing.assert_array_equal(ledger.cohorts["reuse_left"], [[0.0, 1.0], [2.0, 3.0]])


def test_an_unknown_name_is_refused_with_the_nearest_ones() -> None:
    with pytest.raises(LedgerError, match=r"unknown variable 'batteries_retried'; nearest: .*batteries_retired"):
        Ledger().post("batteries_retried", AXES.zeros(("year",), "t Li/year"))
    with pytest.raises(LedgerError, match=r"unknown variable 'tailing'; nearest: tailings"):
        Ledger()["tailing"]


def test_what_was_not_posted_is_said_to_be_missing() -> None:
    with pytest.raises(LedgerError, match="tailings has not been posted in this run"):
        Ledger()["tailings"]


def test_posting_twice_is_refused() -> None:
    ledger = Ledger()
    ledger.post("refining_residue", AXES.zeros(("year",), "t Li/year"))
    with pytest.raises(LedgerError, match="refining_residue is posted twice"):
        ledger.post("refining_residue", AXES.zeros(("year",), "t Li/year"))


def test_a_dimension_too_many_is_refused() -> None:
    with pytest.raises(
        LedgerError, match=r"refining_residue: expected the dimensions year; got year, chemistry: sum or broadcast"
    ):
        Ledger().post("refining_residue", AXES.zeros(("year", "chemistry"), "t Li/year"))


def test_a_dimension_too_few_is_refused() -> None:
    with pytest.raises(LedgerError, match=r"tailings: expected the dimensions year, resource; got year"):
        Ledger().post("tailings", AXES.zeros(("year",), "t Li/year"))


@pytest.mark.parametrize("unit", ["t LCE/year", "t/year", "t Li", "kWh/year", "vehicle/year"])
def test_another_unit_is_refused_unless_it_is_of_the_same_kind(unit: str) -> None:
    array = AXES.zeros(("year",), unit)
    if unit == "t LCE/year":
        Ledger().post("refining_residue", array)
        return
    with pytest.raises(DimensionError, match=r"expected a unit like t Li/year, got"):
        Ledger().post("refining_residue", array)


def test_bare_numbers_are_refused() -> None:
    import xarray as xr

    with pytest.raises(UnitError, match="expected quantities, got bare ndarray"):
        Ledger().post("refining_residue", xr.Dataset({"a": ("year", np.zeros(2))})["a"])


def test_a_negative_flow_names_variable_size_year_and_labels() -> None:
    values = np.ones((2, 3, 2))
    values[1, 0, 1] = -2.5
    with pytest.raises(
        lf.NegativeFlowError,
        match=r"batteries_treated is negative: -2.5 t Li/year at year 2021, scrap old, channel informal .*"
        "Nothing is clipped in silence",
    ):
        Ledger().post("batteries_treated", AXES.wrap(values, ("year", "scrap", "channel"), "t Li/year"))


def test_a_negative_stock_is_refused_too() -> None:
    with pytest.raises(lf.NegativeFlowError, match=r"cell_inventory is negative: -1 t Li at year 2020"):
        Ledger().post("cell_inventory", AXES.wrap([-1.0, 1.0], ("year",), "t Li"))


def test_a_memo_takes_part_in_no_balance_and_may_be_negative() -> None:
    posted = Ledger().post("reserves_left", AXES.wrap([[1.0, -2.0]] * 2, ("year", "resource"), "t Li"))
    assert float(value(posted.min(), "t Li")) == -2.0


def test_rounding_below_zero_is_no_negative_flow() -> None:
    Ledger().post("refining_residue", AXES.wrap([1.0, -1e-13], ("year",), "t Li/year"))
    with pytest.raises(lf.NegativeFlowError, match="year 2021"):
        Ledger().post("refining_residue", AXES.wrap([1.0, -1e-11], ("year",), "t Li/year"))


def test_a_negative_flow_of_one_member_is_seen_beside_large_ones() -> None:
    values = np.full((2, 3), 1e6)
    values[0, 2] = -1.0
    with pytest.raises(lf.NegativeFlowError, match=r"at year 2020, member 2"):
        Ledger().post("refining_residue", AXES.wrap(values, ("year", "member"), "t Li/year"))


def test_a_ledger_with_gaps_is_not_complete() -> None:
    ledger = Ledger()
    with pytest.raises(LedgerError, match="no stage posted deposits_worked, mining_losses, ore_extracted, tailings"):
        ledger.complete()


def test_a_run_posts_every_variable_in_table_order(baseline: lf.Run) -> None:
    assert list(baseline.ledger.complete()) == list(POSTED)

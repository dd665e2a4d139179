"""The certificate: it holds for every scenario, and sees a change of one part in a million."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

import lithflow as lf
from lithflow.balance import certify
from lithflow.certificate import TOLERANCE
from lithflow.chain.ledger import Ledger
from lithflow.chain.variables import OUTSIDE, PROJECTED, VARIABLES, Variable, process_variables
from tests.chain.ledgers import LAYERS, POSTED, Array, certified, content_of, copied, tampered, touched, with_values

ONE_IN_A_MILLION = 1.0 + 1e-6
SMALLEST = 1e-3
"""Flows below this share of the largest of their processes may hide in rounding."""

FLOWS = [name for name, variable in VARIABLES.items() if variable.kind == "flow"]
STOCKS = [name for name, variable in VARIABLES.items() if variable.kind == "stock"]
YEARS = (2012, 2035)


def totals(run: lf.Run, variable: Variable) -> Array:
    """Give a flow, or the change of a stock, by year."""
    values = run.ledger.values(variable.name)
    by_year: Array = values.sum(axis=tuple(range(1, values.ndim)))
    return np.diff(by_year, prepend=0.0) if variable.kind == "stock" else by_year


def largest_of(run: lf.Run, variable: Variable, at: int) -> float:
    """Give the largest flow of that of a variable's processes in which the variable counts most."""
    table = process_variables(variable.layer)
    sizes = []
    for process in touched(variable) - set(OUTSIDE):
        roles = table[process]
        members = [*roles["inflow"], *roles["outflow"], *roles["stock"]]
        sizes.append(max(abs(totals(run, member)[at]) for member in members))
    return float(min(sizes))


def cells_that_count(run: lf.Run, year: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Go through every single flow that is large enough to matter in its process."""
    at = run.years.index(year)
    for name in FLOWS:
        smallest = SMALLEST * largest_of(run, VARIABLES[name], at)
        values = run.ledger.values(name)[at]
        for place in zip(*np.nonzero(values >= max(smallest, 1e-300)), strict=True) if values.ndim else [()]:
            if values[place] >= max(smallest, 1e-300):
                yield name, (at, *map(int, place))


def check_found(error: lf.MassBalanceError, variable: Variable, year: int) -> None:
    """Check that an error names a process of the flow, the year and the size."""
    assert error.process in touched(variable)
    assert error.year == year
    assert error.layer == variable.layer
    assert TOLERANCE < error.size <= 1e-6 * (1 + 1e-3)
    assert f"mass balance of {error.process} in {year}" in str(error)
    assert f"{error.size:.2e} of its largest flow" in str(error)


@pytest.mark.parametrize("year", YEARS)
def test_one_part_in_a_million_of_any_flow_is_seen(baseline: lf.Run, year: int) -> None:
    tried = set()
    for name, place in cells_that_count(baseline, year):
        ledger = tampered(baseline, name, place, ONE_IN_A_MILLION)
        with pytest.raises(lf.MassBalanceError, match=str(year)) as caught:
            certified(baseline, ledger)
        check_found(caught.value, VARIABLES[name], year)
        tried.add(name)
    assert len(tried) >= (35 if year == 2012 else 60)


@pytest.mark.parametrize("year", YEARS)
def test_one_part_in_a_million_of_a_whole_flow_is_seen(baseline: lf.Run, year: int) -> None:
    at = baseline.years.index(year)
    for name in FLOWS:
        variable = VARIABLES[name]
        amount = totals(baseline, variable)[at]
        if amount > 0.0 and amount >= SMALLEST * largest_of(baseline, variable, at):
            with pytest.raises(lf.MassBalanceError, match=str(year)) as caught:
                certified(baseline, tampered(baseline, name, at, ONE_IN_A_MILLION))
            check_found(caught.value, variable, year)


@pytest.mark.parametrize("name", STOCKS)
def test_a_tampered_stock_is_seen_in_its_process(baseline: lf.Run, name: str) -> None:
    at = baseline.years.index(2035)
    if not baseline.ledger.values(name)[at].any():
        pytest.skip("an empty stock")
    with pytest.raises(lf.MassBalanceError) as caught:
        certified(baseline, tampered(baseline, name, at, 1.001))
    assert caught.value.process == VARIABLES[name].source
    assert caught.value.year in (2035, 2036)
    assert caught.value.layer == VARIABLES[name].layer


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_an_error_and_no_pass(baseline: lf.Run, wrong: float) -> None:
    at = baseline.years.index(2035)
    for name in (*FLOWS, *STOCKS):
        place = (at, *(0 for _ in VARIABLES[name].dims[1:]))
        message = rf"2035, layer \w+: {name} is -?(nan|inf), not a finite number"
        with pytest.raises(lf.MassBalanceError, match=message) as caught:
            certified(baseline, tampered(baseline, name, place, to=wrong))
        assert caught.value.process in touched(VARIABLES[name]) - set(OUTSIDE)
        assert caught.value.year == 2035
        assert math.isnan(caught.value.size)


@pytest.mark.parametrize("name", [name for name, variable in POSTED.items() if variable.kind == "memo"])
def test_a_memo_that_is_not_finite_is_seen_too(baseline: lf.Run, name: str) -> None:
    at = baseline.years.index(2035 if name in PROJECTED else 2013)
    with pytest.raises(lf.MassBalanceError, match=f"in {baseline.years[at]}, .*{name} is nan, not a finite number"):
        certified(baseline, tampered(baseline, name, (at, *(0 for _ in VARIABLES[name].dims[1:])), to=math.nan))


@pytest.mark.parametrize("name", sorted(PROJECTED))
def test_observed_years_need_no_number_where_none_is_stated(baseline: lf.Run, name: str) -> None:
    known = baseline.years.index(baseline.last_observed) + 1
    values = baseline.ledger.values(name)
    assert np.isnan(values[:known]).all()
    assert np.isfinite(values[known:]).all()
    for place, wrong in ((known, math.inf), (0, math.inf)):
        with pytest.raises(lf.MassBalanceError, match=f"{name} is inf, not a finite number"):
            certified(baseline, tampered(baseline, name, (place, 0), to=wrong))
    with pytest.raises(lf.MassBalanceError, match=f"in {baseline.years[known]}, .*{name} is nan, not a finite number"):
        certified(baseline, tampered(baseline, name, slice(None), to=math.nan))


GONE = ["used_batteries_exported", "batteries_lost", "pretreatment_residue", "leaching_residue", "salts_recovered"]
HELD = ["fleet_batteries", "device_batteries", "reuse_batteries", "hoarded_batteries", "batteries_queued"]


@pytest.mark.parametrize("name", GONE)
@pytest.mark.parametrize("wrong", ["a millionth", "not a number"])
def test_lithium_that_changes_its_production_year_is_seen(baseline: lf.Run, name: str, wrong: str) -> None:
    ledger = copied(baseline)
    made = baseline.years.index(2018)
    left = ledger.cohorts[name][:, made].sum()
    assert left > 0.0
    if wrong == "a millionth":
        ledger.cohorts[name][:, made] *= 1.0 + 1e-6 * max(1.0, fate(baseline, made) / left * SMALLEST)
        message = "mass balance of production year in 2018, layer lithium"
    else:
        ledger.cohorts[name][30, made] = math.nan
        message = r"mass balance of production year in 20\d\d|not a finite number"
    with pytest.raises(lf.MassBalanceError, match=message) as caught:
        certified(baseline, ledger)
    if wrong == "a millionth":
        assert caught.value.size == pytest.approx(1e-6 * max(left / fate(baseline, made), SMALLEST), rel=0.2)


def fate(run: lf.Run, made: int) -> float:
    """Give the lithium of one production year that has left, wherever to."""
    return float(sum(run.ledger.cohorts[name][:, made].sum() for name in GONE))


@pytest.mark.parametrize("name", HELD)
def test_lithium_held_at_the_horizon_counts_by_production_year(baseline: lf.Run, name: str) -> None:
    ledger = copied(baseline)
    made = int(ledger.cohorts[name][-1].argmax())
    assert ledger.cohorts[name][-1, made] > 0.0
    ledger.cohorts[name][-1, made] *= 1.001
    with pytest.raises(lf.MassBalanceError, match=f"production year in {baseline.years[made]}"):
        certified(baseline, ledger)


def test_lithium_moved_between_production_years_leaves_the_processes_in_balance_and_is_still_seen(
    baseline: lf.Run,
) -> None:
    ledger = copied(baseline)
    at, young, old = (baseline.years.index(year) for year in (2040, 2030, 2029))
    moved = 1e-5 * ledger.cohorts["salts_recovered"][at, old]
    ledger.cohorts["salts_recovered"][at, old] -= moved
    ledger.cohorts["salts_recovered"][at, young] += moved
    with pytest.raises(lf.MassBalanceError, match=r"production year in (2029|2030)"):
        certified(baseline, ledger)


def test_another_lithium_content_than_the_inputs_say_is_seen(baseline: lf.Run) -> None:
    content = content_of(baseline).copy()
    content[baseline.years.index(2030)] *= ONE_IN_A_MILLION
    with pytest.raises(lf.MassBalanceError, match="production year in 2030"):
        certify(baseline.ledger, baseline.years, {"lithium": content}, baseline.last_observed)


def test_a_lithium_content_that_is_not_a_number_is_no_pass(baseline: lf.Run) -> None:
    content = content_of(baseline).copy()
    content[3, 0] = math.nan
    with pytest.raises(lf.MassBalanceError, match=r"production year in 2013|not a finite number"):
        certify(baseline.ledger, baseline.years, {"lithium": content}, baseline.last_observed)


def test_a_flow_posted_from_one_process_to_another_by_mistake_is_seen(baseline: lf.Run) -> None:
    ledger = copied(baseline)
    for name, sign in (("batteries_lost", -1.0), ("batteries_hoarded", 1.0)):
        values = np.array(ledger.values(name))
        values[30, 0] += sign * 1e-3 * baseline.ledger.values("batteries_lost")[30, 0]
        with_values(ledger, baseline.setting.axes, name, values)
    with pytest.raises(lf.MassBalanceError, match="mass balance of hoard in 2040"):
        certified(baseline, ledger)


def test_every_scenario_is_healthy(model: lf.Model) -> None:
    for scenario in model.scenarios:
        certificate = model.run(scenario).balance
        assert certificate.ok
        assert certificate.worst.relative <= 1e-12, scenario


def test_the_certificate_says_what_was_proved(baseline: lf.Run) -> None:
    balance = baseline.balance
    processes = {(layer, process) for layer in LAYERS for process in process_variables(layer)}
    shown = {(entry.layer, entry.name) for entry in balance.entries if entry.route == "process"}
    assert shown == processes
    assert {entry.route for entry in balance.entries} == {"process", "cohort", "whole"}
    assert {entry.layer for entry in balance.entries if entry.route == "whole"} == set(LAYERS)
    assert balance.cells > len(processes) * len(baseline.years)
    assert str(balance).startswith(f"balance proved: {balance.cells:,} balances of {len(balance.entries)} kinds")
    assert balance.worst.name in str(balance)
    table = balance.table()
    assert list(table.columns)[:6] == ["route", "name", "layer", "year", "residual", "relative"]
    assert len(table) == len(balance.entries)
    assert table["relative"].max() == balance.worst.relative
    assert np.isfinite(table["residual"]).all()


def test_the_worst_cell_is_named_by_its_labels(baseline: lf.Run) -> None:
    place = (25, baseline.setting.axes.labels("chemistry").index("LFP"))
    with pytest.raises(lf.MassBalanceError, match=r"fleet in 2035, layer lithium: .* t Li/year at chemistry LFP, "):
        certified(baseline, tampered(baseline, "cells_replacing", place, 1.01))


def test_a_certificate_with_a_residual_that_is_not_a_number_is_not_ok() -> None:
    entry = lf.balance.Entry("process", "mining", "lithium", 2020, math.nan, math.nan)
    assert not lf.Certificate((entry,), 1).ok


def test_an_empty_chain_balances(baseline: lf.Run) -> None:
    ledger = Ledger()
    for name in POSTED:
        ledger.arrays[name] = 0.0 * baseline[name]
    ledger.cohorts = {name: 0.0 * values for name, values in baseline.ledger.cohorts.items()}
    certificate = certified(baseline, ledger)
    assert certificate.ok
    assert certificate.worst.relative == 0.0


def test_something_from_nothing_is_seen(baseline: lf.Run) -> None:
    ledger = Ledger()
    for name in POSTED:
        ledger.arrays[name] = 0.0 * baseline[name]
    ledger.cohorts = {name: 0.0 * values for name, values in baseline.ledger.cohorts.items()}
    values: npt.NDArray[np.float64] = np.zeros(ledger.values("salt_stock").shape)
    values[7, 0] = 1e-9
    with_values(ledger, baseline.setting.axes, "salt_stock", values)
    with pytest.raises(lf.MassBalanceError, match="mass balance of salt_market in 2017"):
        certified(baseline, ledger)

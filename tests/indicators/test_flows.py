"""What indicators are made of: flows that add up, and give the value."""

from __future__ import annotations

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value, wrap
from lithflow.chain.variables import SHOWN
from lithflow.report.explained import explained_text
from lithflow.units import conversion, same_dimension
from tests.chain.ledgers import number


@pytest.mark.parametrize("name", lf.INDICATORS)
def test_flows_add_up_and_give_the_indicator(baseline: lf.Run, name: str) -> None:
    indicator = lf.INDICATORS[name]
    table = baseline.indicator_flows(name, baseline.years)
    assert table.index.names == ["part", "flow", *indicator.keep, "unit"]
    unit = SHOWN.get(indicator.unit, indicator.unit)
    expected = value(baseline[name], unit)
    labels = baseline.setting.axes.labels(indicator.keep[0]) if indicator.keep else ("",)
    for i, label in enumerate(labels):
        own = table.xs(label, level=indicator.keep[0]) if indicator.keep else table
        sums = {}
        for part in {"numerator", "denominator"} & {*own.index.get_level_values("part")}:
            side = own.loc[part]
            flows = side.drop(index="sum", level="flow")
            assert len(flows) >= 1
            sums[part] = side.xs("sum", level="flow").to_numpy().ravel()
            np.testing.assert_allclose(flows.to_numpy().sum(axis=0), sums[part], rtol=1e-9, atol=1e-9)
        shown = own.xs("value", level="part").to_numpy().ravel()
        np.testing.assert_allclose(shown, expected[:, i] if indicator.keep else expected, rtol=1e-12, equal_nan=True)
        if "denominator" in sums:
            whole = sums["denominator"] != 0.0
            factor = conversion("1", unit)
            given = factor * sums["numerator"][whole] / sums["denominator"][whole]
            np.testing.assert_allclose(given, shown[whole], rtol=1e-9)


def test_each_flow_is_that_of_the_run_in_the_unit_shown(baseline: lf.Run) -> None:
    table = baseline.indicator_flows("recycled_content", [2030])
    old = table.loc[("numerator", "salts_recovered[old]", "kt LCE/year"), 2030]
    assert old == pytest.approx(number(baseline, "salts_recovered", 2030, "kt LCE/year", scrap="old"))
    unmet = table.loc[("denominator", "salts_unmet", "kt LCE/year"), 2030]
    assert unmet == 0.0
    used = table.loc[("denominator", "sum", "kt LCE/year"), 2030]
    assert used == pytest.approx(number(baseline, "lithium_demand", 2030, "kt LCE/year"))
    assert table.loc[("value", "recycled_content", "percent"), 2030] == pytest.approx(
        100 * number(baseline, "recycled_content", 2030, "1")
    )


def test_what_is_taken_off_is_negative(baseline: lf.Run) -> None:
    table = baseline.indicator_flows("primary_supply", [2030])
    exported = table.loc[("numerator", "salts_exported", "kt LCE/year"), 2030]
    assert exported == pytest.approx(-number(baseline, "salts_exported", 2030, "kt LCE/year"))


def test_amounts_of_all_years_so_far_are_no_amounts_a_year(baseline: lf.Run) -> None:
    table = baseline.indicator_flows("collection_rate_cumulative", [2050])
    assert table.index.get_level_values("unit").tolist() == ["kt LCE"] * 5 + ["percent"]


def test_metals_stand_apart(baseline: lf.Run) -> None:
    table = baseline.indicator_flows("metal_recovery_formal", [2030])
    assert set(table.index.get_level_values("metal")) == set(baseline.setting.axes.labels("metal"))
    for scrap in ("old", "new", "imported"):
        recovered = table.loc[("numerator", f"metals_recovered[{scrap}, formal]", "Ni", "kt metal/year"), 2030]
        assert recovered == pytest.approx(
            number(baseline, "metals_recovered", 2030, "kt metal/year", scrap=scrap, channel="formal", metal="Ni")
        )


def test_without_years_those_of_the_tables_are_shown(baseline: lf.Run) -> None:
    assert tuple(baseline.indicator_flows("recovery").columns) == baseline.shown_years


def test_largest_origins_stand_above_the_line_and_all_below(baseline: lf.Run) -> None:
    table = baseline.indicator_flows("import_cr1", [2030])
    above = table.loc["numerator"].drop(index="sum", level="flow")[2030]
    below = table.loc["denominator"].drop(index="sum", level="flow")[2030]
    assert (above > 0.0).sum() == 1
    assert above.max() == below.max()
    assert above.idxmax() == below.idxmax() == ("concentrate_imported + salts_imported [Chile]", "kt LCE/year")


@pytest.mark.parametrize("name", lf.INDICATORS)
def test_parts_are_in_a_unit_of_the_chain(name: str) -> None:
    indicator = lf.INDICATORS[name]
    if not indicator.denominator and indicator.compute is None:
        assert same_dimension(indicator.unit_of_parts, indicator.unit)
    for term in (*indicator.numerator, *indicator.denominator):
        own = lf.VARIABLES[term.variable].unit
        assert term.change or indicator.cumulative or same_dimension(own, indicator.unit_of_parts)


def test_what_is_no_indicator_or_year_is_refused(model: lf.Model, baseline: lf.Run) -> None:
    with pytest.raises(
        lf.InputError, match="indicator_flows: unknown indicator 'recycled_contents'; nearest: recycled_c"
    ):
        baseline.indicator_flows("recycled_contents")
    with pytest.raises(lf.InputError, match=r"indicator_flows: 2051 isn't a model year \(2010-2050\)"):
        baseline.indicator_flows("recycled_content", [2051])
    run = model.run(overrides={"collection.rate": wrap([0.4, 0.6], ("member",), "1", {"member": [0, 1]})})
    with pytest.raises(lf.InputError, match="indicator_flows: the run has members; choose one"):
        run.indicator_flows("recycled_content")


def test_an_indicator_is_explained_in_text(baseline: lf.Run) -> None:
    lines = explained_text(baseline, "recycled_content", [2030, 2050]).splitlines()
    assert lines[0].startswith("recycled_content: Old and new scrap")
    assert lines[1].startswith("  (salts_recovered[old] + ")
    assert [line.strip() for line in lines if line.strip() in ("numerator", "denominator")] == [
        "numerator",
        "denominator",
    ]
    shown = next(line for line in lines if "salts_recovered[old] " in line and "kt LCE/year" in line)
    assert shown.split()[-2] == f"{number(baseline, 'salts_recovered', 2030, 'kt LCE/year', scrap='old'):,.1f}"
    assert lines[-1].split()[:2] == ["recycled_content", "percent"]
    assert "-0.0" not in "\n".join(lines)


@pytest.mark.parametrize("name", ["lithium_demand", "eu_recycled_content_lithium", "metal_recovery_formal"])
def test_imported_black_mass_has_rows_where_there_is_some(model: lf.Model, baseline: lf.Run, name: str) -> None:
    run = model.run(overrides={"trade.black_mass_imports": {"from": 2030, "values": 4, "unit": "kt Li/year"}})
    formula = lf.INDICATORS[name].formula()
    shown, without = (
        [line for line in explained_text(each, name, [2030]).splitlines() if "/year" in line and "_re" in line]
        for each in (run, baseline)
    )
    of_imports = [line for line in shown if "recovered[imported" in line or "repaired[imported" in line]
    assert of_imports
    assert not any("[imported" in line for line in without)
    assert len(without) == len(shown) - len(of_imports)
    assert name.startswith("eu") or "[imported" in formula


def test_the_sum_of_one_flow_is_not_repeated(baseline: lf.Run) -> None:
    text = explained_text(baseline, "cell_utilisation", [2030])
    assert "sum" not in text
    assert "sum" in explained_text(baseline, "recycled_content", [2030])

"""Home mines: output, projects, provinces, lakes and what is left in the ground."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lithflow as lf
from lithflow import chemistry
from lithflow.arrays import value, wrap
from lithflow.chain.mining import open_mines
from lithflow.report.mines import mines_text
from tests.chain.ledgers import POSTED, Array, labels, parameter

PLENTY: dict[str, Any] = {"mining.reserves": lf.Q_(100, "Mt Li")}
"""More of every resource than its mines can take by 2050."""
NO_PROJECTS: dict[str, Any] = {"mining.project_size": lf.Q_(0, "t Li/year")}


def expected_projects(run: lf.Run) -> Array:
    """Work out what projects may be expected to deliver, (year, project), t Li/year."""
    years = np.array(run.years)[:, None]
    running = (years - parameter(run, "mining.project_start", "year") + 1.0) / parameter(
        run, "mining.project_ramp", "year"
    )
    full = parameter(run, "mining.project_size", "t Li/year") * parameter(run, "mining.project_probability", "1")
    return np.asarray(full * np.minimum(np.maximum(running, 0.0), 1.0))


def capacity(run: lf.Run) -> Array:
    """Work out what mines and projects can deliver, (year, resource), t Li/year."""
    projects = expected_projects(run) @ parameter(run, "mining.project_resource", "1")
    return np.asarray(parameter(run, "mining.capacity", "t Li/year") + projects)


def changed(one: lf.Run, other: lf.Run) -> set[str]:
    """Name the variables that differ between two runs."""
    pairs = ((each, one.ledger.values(each), other.ledger.values(each)) for each in POSTED)
    return {each for each, first, second in pairs if not np.array_equal(first, second, equal_nan=True)}


def test_home_mines_are_data_and_then_capacity_times_utilisation(model: lf.Model) -> None:
    run = model.run(overrides=PLENTY)
    known = run.years.index(run.last_observed) + 1
    mined = run.ledger.values("concentrate_mined")
    np.testing.assert_allclose(mined[:known], parameter(run, "mining.output", "t Li/year")[:known], rtol=1e-12)
    np.testing.assert_allclose(run.ledger.values("mine_capacity")[known:], capacity(run)[known:], rtol=1e-12)
    assert np.isnan(run.ledger.values("mine_capacity")[:known]).all(), "only what mines delivered is known"
    potential = capacity(run) * parameter(run, "mining.utilisation", "1")
    np.testing.assert_allclose(mined[known:], potential[known:], rtol=1e-12)
    np.testing.assert_array_equal(run.ledger.values("mine_potential"), mined)


def test_mines_that_could_give_more_than_is_wanted_are_curtailed(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={**PLENTY, "mining.capacity": {"scale": 100}})
    known = run.years.index(run.last_observed) + 1
    imports = run.ledger.values("concentrate_imported").sum(axis=1)
    np.testing.assert_allclose(imports[known:], 0.0, atol=1e-6)
    refined = [each.ledger.values("salts_refined").sum(axis=1) for each in (run, baseline)]
    np.testing.assert_allclose(*refined, rtol=1e-10)
    share = run.ledger.values("concentrate_mined")[-1] / (
        capacity(run)[-1] * parameter(run, "mining.utilisation", "1")[-1]
    )
    spodumene, lepidolite, brine, clay = share
    assert 0.0 < brine < 1.0
    assert clay == pytest.approx(brine, rel=1e-12), "within a group all are curtailed in proportion"
    assert spodumene == lepidolite == 0.0, "what others could use isn't dug where brine is enough"
    some = model.run(overrides={**PLENTY, "mining.capacity": {"scale": 3.5}, "mining.project_size": {"scale": 2.5}})
    at = some.years.index(2035)
    used = (some.ledger.values("concentrate_mined")[at] / some.ledger.values("mine_potential").clip(1e-9)[at])[:3]
    assert used[2] == pytest.approx(1.0)
    assert 0.0 < used[0] < 1.0
    assert used[0] == pytest.approx(used[1], rel=1e-12)


@pytest.mark.parametrize("year", [2020, 2030, 2050])
def test_ore_and_brine_follow_from_yields_and_grade(baseline: lf.Run, year: int) -> None:
    values, at = baseline.ledger.values, baseline.years.index(year)
    grade = parameter(baseline, "mining.ore_grade", "percent Li2O")[at] / 100.0
    lithium_per_oxide = chemistry.content("Li2O", "Li")
    mined = values("concentrate_mined")[at]
    extracted = mined / parameter(baseline, "mining.concentration_yield", "1")[at]
    worked = extracted / parameter(baseline, "mining.mining_yield", "1")[at]
    np.testing.assert_allclose(values("ore_extracted")[at], extracted, rtol=1e-12)
    np.testing.assert_allclose(values("tailings")[at], extracted - mined, rtol=1e-9)
    np.testing.assert_allclose(values("deposits_worked")[at], worked, rtol=1e-12)
    np.testing.assert_allclose(values("mining_losses")[at], worked - extracted, rtol=1e-9)
    np.testing.assert_allclose(values("ore_mass")[at], extracted / (grade * lithium_per_oxide), rtol=1e-9)
    brine = values("ore_mass")[at, labels(baseline, "resource").index("brine")]
    density = parameter(baseline, "mining.brine_density", "t/m3")
    assert values("brine_volume")[at] == pytest.approx(brine / density, rel=1e-12)


def test_each_step_has_its_own_yield_and_its_own_losses(model: lf.Model) -> None:
    """From 1,000 t Li worked: 200 left behind, 320 in tailings, and of the 480 in concentrate a tenth in residues."""
    steps: dict[str, Any] = {
        "mining.mining_yield": 0.8,
        "mining.concentration_yield": 0.6,
        "refining.yield": 0.9,
        "mining.output": {"values": {"spodumene": 0.48, "lepidolite": 0, "brine": 0, "clay": 0}},
    }
    run = model.run(overrides=steps)
    at, spodumene = run.years.index(2020), labels(run, "resource").index("spodumene")
    flows = ("deposits_worked", "mining_losses", "ore_extracted", "tailings", "concentrate_mined")
    amounts = [run.ledger.values(name)[at, spodumene] for name in flows]
    np.testing.assert_allclose(amounts, [1000.0, 200.0, 800.0, 320.0, 480.0], rtol=1e-12)
    home = value(run["salts_refined"].sel(feed="home", year=2020).sum("salt"), "t Li/year")
    assert home == pytest.approx(432.0, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "flows"),
    [
        ("mining.mining_yield", {"deposits_worked", "mining_losses"}),
        (
            "mining.concentration_yield",
            {*("deposits_worked", "mining_losses", "ore_extracted", "tailings", "ore_mass", "brine_volume")}
            | {"tailings_mass", "reserves_left"},
        ),
    ],
)
def test_a_yield_changes_what_comes_before_it_and_nothing_else(model: lf.Model, name: str, flows: set[str]) -> None:
    plenty, better = model.run(overrides=PLENTY), model.run(overrides={**PLENTY, name: {"scale": 1.05}})
    assert changed(plenty, better) == flows
    assert (better.ledger.values("deposits_worked") <= plenty.ledger.values("deposits_worked")).all()


# concentrate


@pytest.fixture(scope="module")
def shipped(model: lf.Model) -> lf.Run:
    """A run whose concentrate is SC6 as shipped."""
    six = lf.Q_(6, "percent Li2O")
    return model.run(
        overrides={
            "mining.concentrate_grade": {"unit": "percent Li2O", "values": {"spodumene": 6, "lepidolite": 3}},
            "mining.imported_concentrate_grade": six,
        }
    )


def test_a_tonne_of_sc6_holds_six_percent_of_lithium_oxide(shipped: lf.Run) -> None:
    """Li2O per Li is 2.1527, so a tonne of SC6 holds 27.87 kg of lithium."""
    held = 0.06 / 2.1527
    imported = shipped.ledger.values("concentrate_imported")
    np.testing.assert_allclose(shipped.ledger.values("imported_concentrate_sc6"), imported / held, rtol=1e-4)
    hard = [labels(shipped, "resource").index(label) for label in ("spodumene", "lepidolite")]
    mined = shipped.ledger.values("concentrate_mined")
    np.testing.assert_allclose(shipped.ledger.values("concentrate_sc6")[:, hard], mined[:, hard] / held, rtol=1e-4)


def test_concentrate_as_shipped_weighs_what_its_grade_says(shipped: lf.Run) -> None:
    mass, sc6 = shipped.ledger.values("concentrate_mass"), shipped.ledger.values("concentrate_sc6")
    spodumene, lepidolite = (labels(shipped, "resource").index(label) for label in ("spodumene", "lepidolite"))
    np.testing.assert_allclose(mass[:, spodumene], sc6[:, spodumene], rtol=1e-12)
    np.testing.assert_allclose(mass[:, lepidolite], 2.0 * sc6[:, lepidolite], rtol=1e-12)
    imported = [shipped.ledger.values(f"imported_concentrate_{kind}") for kind in ("mass", "sc6")]
    np.testing.assert_allclose(*imported, rtol=1e-12)


def test_sc6_does_not_depend_on_the_grade_shipped(baseline: lf.Run, shipped: lf.Run) -> None:
    for name in ("concentrate_sc6", "imported_concentrate_sc6"):
        np.testing.assert_array_equal(baseline.ledger.values(name), shipped.ledger.values(name))


def test_ore_is_concentrate_and_tailings(baseline: lf.Run) -> None:
    values = baseline.ledger.values
    parts = values("concentrate_mass") + values("tailings_mass")
    hard = [labels(baseline, "resource").index(label) for label in ("spodumene", "lepidolite")]
    np.testing.assert_allclose(parts[:, hard], values("ore_mass")[:, hard], rtol=1e-12)
    assert (values("tailings_mass")[:, hard] >= 0.0).all()


def test_brine_and_clay_give_no_concentrate(baseline: lf.Run) -> None:
    others = [labels(baseline, "resource").index(label) for label in ("brine", "clay")]
    assert baseline.ledger.values("concentrate_mined")[-1, others].all()
    for name in ("concentrate_mass", "concentrate_sc6", "tailings_mass"):
        assert not baseline.ledger.values(name)[:, others].any(), name


def test_poorer_concentrate_weighs_more_and_holds_the_same(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"mining.imported_concentrate_grade": {"scale": 0.8}})
    np.testing.assert_allclose(
        0.8 * run.ledger.values("imported_concentrate_mass"),
        baseline.ledger.values("imported_concentrate_mass"),
        rtol=1e-12,
    )
    assert changed(run, baseline) == {"imported_concentrate_mass"}


def test_concentrate_that_weighs_more_than_its_ore_is_refused(model: lf.Model) -> None:
    with pytest.raises(lf.InputError, match=r"concentrate of lepidolite weighs more than its ore in 2030: .*_grade is"):
        model.run(overrides={"mining.concentrate_grade.lepidolite": {"from": 2030, "values": 0.2}})


def test_ore_that_is_shipped_as_it_is_leaves_no_tailings(model: lf.Model) -> None:
    raw = {"mining.ore_grade": lf.Q_(0.9, "percent Li2O"), "mining.concentrate_grade": lf.Q_(0.9, "percent Li2O")}
    run = model.run(overrides={**raw, "mining.concentration_yield": 1.0})
    np.testing.assert_allclose(run.ledger.values("concentrate_mass"), run.ledger.values("ore_mass"), rtol=1e-12)
    np.testing.assert_allclose(run.ledger.values("tailings_mass"), 0.0, atol=1e-6)


def test_the_table_of_mines_holds_what_the_run_holds(baseline: lf.Run) -> None:
    table = baseline.mines([2020, 2050])
    assert list(table.columns) == [2020, 2050]
    assert table.loc[("tailings: lepidolite", "kt/year"), 2020] == pytest.approx(
        value(baseline["tailings_mass"].sel(year=2020, resource="lepidolite"), "kt/year")
    )
    assert table.loc[("brine pumped", "million m3/year"), 2050] == pytest.approx(
        value(baseline["brine_volume"].sel(year=2050), "m3/year") / 1e6
    )
    assert table.loc[("reserves left: lepidolite", "kt LCE"), 2050] == 0.0
    assert "concentrate as shipped: brine" not in table.index.get_level_values("what")
    capacities = table.loc[("capacity, in concentrate or brine: brine", "kt LCE/year")]
    assert np.isnan(capacities[2020])
    assert capacities[2050] == pytest.approx(
        value(baseline["mine_capacity"].sel(year=2050, resource="brine"), "kt LCE/year")
    )
    places = [label for label, _ in table.index if label.startswith("delivered, of this: ")]
    mined = value(baseline["concentrate_mined"].sel(year=2020).sum("resource"), "kt LCE/year")
    assert table.loc[places, 2020].sum() == pytest.approx(mined)
    assert len(places) == len(labels(baseline, "province"))
    assert "imported concentrate as SC6" in mines_text(baseline, [2020])
    assert "not known, up to 2024" in mines_text(baseline, [2020, 2030])
    assert "not known" not in mines_text(baseline, [2030])


def test_the_table_of_mines_refuses_members_and_years_outside(model: lf.Model, baseline: lf.Run) -> None:
    with pytest.raises(lf.InputError, match="mines: years 2010 to 2050 are there, got 1999"):
        baseline.mines([1999])
    run = model.run(overrides={"collection.rate": wrap([0.4, 0.6], ("member",), "1", {"member": [0, 1]})})
    with pytest.raises(lf.InputError, match="mines: the run has members; choose one"):
        run.mines()


# projects


def one_project(model: lf.Model, **entries: Any) -> lf.Run:
    """Run with one project of 12 kt Li a year from 2030, ramped over four years; no other one is built."""
    wanted: dict[str, Any] = {"size": lf.Q_(12, "kt Li/year"), "start": lf.Q_(2030, "year"), "ramp": lf.Q_(4, "year")}
    entries = {**wanted, "probability": 1.0, **entries}
    changes = {f"mining.project_{name}.Sichuan_spodumene": entry for name, entry in entries.items()}
    return model.run(overrides={**NO_PROJECTS, **changes})


def added(run: lf.Run, without: lf.Run) -> Array:
    """Give the size that a project adds to mines, by year."""
    size, before = (value(open_mines(each.setting).size, "t Li/year") for each in (run, without))
    return np.asarray((size - before).sum(axis=1))


@pytest.fixture(scope="module")
def without(model: lf.Model) -> lf.Run:
    return model.run(overrides=NO_PROJECTS)


def test_a_project_ramps_evenly_from_its_start_to_its_size(model: lf.Model, without: lf.Run) -> None:
    grown = added(one_project(model), without)
    start = without.years.index(2030)
    assert not grown[:start].any()
    np.testing.assert_allclose(grown[start : start + 4], [3_000.0, 6_000.0, 9_000.0, 12_000.0], rtol=1e-12)
    np.testing.assert_allclose(grown[start + 4 :], 12_000.0, rtol=1e-12)


def test_a_project_counts_with_its_probability(model: lf.Model, without: lf.Run) -> None:
    likely = added(one_project(model, probability=0.25), without)
    np.testing.assert_allclose(likely, 0.25 * added(one_project(model), without), rtol=1e-9, atol=1e-9)
    assert not added(one_project(model, probability=0.0), without).any()


def test_a_delay_shifts_a_project(model: lf.Model, without: lf.Run) -> None:
    late = added(one_project(model, start=lf.Q_(2033, "year")), without)
    np.testing.assert_allclose(late[3:], added(one_project(model), without)[:-3], rtol=1e-9, atol=1e-9)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.floats(2012.0, 2048.0), ramp=st.floats(0.1, 30.0))
def test_a_ramp_never_falls_nor_passes_the_size(model: lf.Model, without: lf.Run, start: float, ramp: float) -> None:
    grown = added(one_project(model, start=lf.Q_(start, "year"), ramp=lf.Q_(ramp, "year")), without)
    assert (np.diff(grown) >= -1e-6).all()
    assert grown.max() <= 12_000.0 * (1.0 + 1e-9)
    before = np.array(without.years) + 1.0 <= start
    assert not grown[before].any(), "nothing before the start"
    assert (grown[~before] > 0.0).all()


def test_projects_take_the_place_of_imports(model: lf.Model, baseline: lf.Run, without: lf.Run) -> None:
    at = baseline.years.index(2040)
    mined, imported = (
        [run.ledger.values(name)[at].sum() for run in (without, baseline)]
        for name in ("concentrate_mined", "concentrate_imported")
    )
    assert mined[1] > mined[0]
    assert imported[1] < imported[0]
    same = [run.ledger.values("salts_refined")[at].sum() for run in (without, baseline)]
    assert same[0] == pytest.approx(same[1], rel=1e-12)


# provinces


def test_provinces_add_up_to_the_country(baseline: lf.Run) -> None:
    values = baseline.ledger.values
    np.testing.assert_allclose(values("mined_by_province").sum(axis=2), values("concentrate_mined"), rtol=1e-12)


def test_provinces_follow_their_share_and_then_their_projects(baseline: lf.Run) -> None:
    known = baseline.years.index(baseline.last_observed) + 1
    share = parameter(baseline, "mining.province_share", "1")
    mined = baseline.ledger.values("concentrate_mined")[:, :, None]
    split = baseline.ledger.values("mined_by_province")
    np.testing.assert_allclose(split[:known], (share * mined)[:known], rtol=1e-12)
    places = np.einsum(
        "tp,pr,pv->trv",
        expected_projects(baseline),
        parameter(baseline, "mining.project_resource", "1"),
        parameter(baseline, "mining.project_province", "1"),
    )
    operating = parameter(baseline, "mining.capacity", "t Li/year")[:, :, None] * share
    used = mined[:, :, 0] / capacity(baseline).clip(1e-300)
    np.testing.assert_allclose(split[known:], (used[:, :, None] * (places + operating))[known:], rtol=1e-9, atol=1e-9)


def test_a_project_elsewhere_moves_its_lithium_and_no_more(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"mining.project_province.Xinjiang_spodumene": {"values": {"Tibet": 1, "Xinjiang": 0}}})
    np.testing.assert_array_equal(run.ledger.values("concentrate_mined"), baseline.ledger.values("concentrate_mined"))
    moved = (run.ledger.values("mined_by_province") - baseline.ledger.values("mined_by_province"))[-1].sum(axis=0)
    places = labels(run, "province")
    assert moved[places.index("Tibet")] == pytest.approx(-moved[places.index("Xinjiang")], rel=1e-9)
    assert moved[places.index("Tibet")] > 0.0
    others = [place for place in places if place not in ("Tibet", "Xinjiang")]
    np.testing.assert_allclose(moved[[places.index(place) for place in others]], 0.0, atol=1e-9)


# lakes

BRINE_OF = "mining.lake_share"


def pond_yield(run: lf.Run) -> Array:
    """Give the yield of ponds that a run came to, by year."""
    at = labels(run, "resource").index("brine")
    return np.asarray(run.ledger.values("concentrate_mined")[:, at] / run.ledger.values("ore_extracted")[:, at])


def test_without_a_penalty_magnesium_changes_nothing(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"mining.magnesium_lithium_ratio": {"scale": 10}})
    for name in ("ore_extracted", "brine_volume", "tailings"):
        np.testing.assert_array_equal(run.ledger.values(name), baseline.ledger.values(name))


def test_magnesium_lowers_the_yield_of_ponds_as_documented(model: lf.Model) -> None:
    """Reserves are plenty, or lower yields would end them sooner."""
    baseline = model.run(overrides=PLENTY)
    salty: dict[str, Any] = {"mining.magnesium_penalty": 0.1, "mining.magnesium_lithium_ratio": {"scale": 10}}
    run = model.run(overrides={**PLENTY, **salty})
    ratio = parameter(run, "mining.magnesium_lithium_ratio", "1") / parameter(run, "mining.reference_ratio", "1")
    decades = parameter(run, BRINE_OF, "1") @ np.log10(ratio)
    given_yield = parameter(run, "mining.concentration_yield", "1")[:, labels(run, "resource").index("brine")]
    lost_per_kept = (1.0 - given_yield) / given_yield * 10.0 ** (0.1 * decades)
    np.testing.assert_allclose(pond_yield(run), 1.0 / (1.0 + lost_per_kept), rtol=1e-12)
    assert (pond_yield(run) < pond_yield(baseline)).all()
    assert (run.ledger.values("brine_volume") > baseline.ledger.values("brine_volume")).all()
    np.testing.assert_array_equal(run.ledger.values("concentrate_mined"), baseline.ledger.values("concentrate_mined"))
    rock = [at for at, label in enumerate(labels(run, "resource")) if label != "brine"]
    np.testing.assert_array_equal(
        run.ledger.values("ore_extracted")[:, rock], baseline.ledger.values("ore_extracted")[:, rock]
    )


def test_a_penalty_leaves_lakes_at_the_reference_as_they_are(model: lf.Model, baseline: lf.Run) -> None:
    alike = {"mining.magnesium_penalty": 0.15, "mining.magnesium_lithium_ratio": 50.0, "mining.reference_ratio": 50.0}
    np.testing.assert_allclose(pond_yield(model.run(overrides=alike)), pond_yield(baseline), rtol=1e-12)


def test_the_reference_is_about_the_mean_of_the_lakes_pumped(model: lf.Model, baseline: lf.Run) -> None:
    """Or a penalty would change yields that were measured on these lakes."""
    run = model.run(overrides={"mining.magnesium_penalty": 0.15})
    np.testing.assert_allclose(pond_yield(run), pond_yield(baseline), rtol=0.01)


def test_a_lake_with_more_magnesium_gives_less(model: lf.Model) -> None:
    def of(lake: str) -> Array:
        shares = dict.fromkeys(model.inputs.dimensions["lake"], 0.0) | {lake: 1.0}
        lakes = {BRINE_OF: {"values": shares}, "mining.magnesium_penalty": 0.1}
        return pond_yield(model.run(overrides={**PLENTY, **lakes}))

    poor, middle, rich = of("Qarhan"), of("Yiliping"), of("East_Taijinar")
    assert (poor < middle).all()
    assert (middle < rich).all()


# reserves


def test_reserves_are_stated_for_their_year_and_fall_by_what_is_extracted(baseline: lf.Run) -> None:
    left, stated = baseline.ledger.values("reserves_left"), parameter(baseline, "mining.reserves", "t Li")
    at = baseline.years.index(int(parameter(baseline, "mining.reserve_year", "year")))
    np.testing.assert_array_equal(left[at], stated)
    extracted = baseline.ledger.values("ore_extracted")
    np.testing.assert_allclose(-np.diff(left, axis=0), extracted[1:], rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(left[0], stated + extracted[1 : at + 1].sum(axis=0), rtol=1e-12)


@pytest.mark.parametrize(("year", "as_of"), [(2009, 2009), (2018, 2018), (2023.4, 2023), (2040, 2040), (2060, 2060)])
def test_reserves_of_any_year_are_what_was_stated_then(model: lf.Model, year: float, as_of: int) -> None:
    """What is added counts after the year, and what is extracted until then was in the ground before."""
    more: dict[str, Any] = {"mining.reserves": lf.Q_(3, "Mt Li"), "mining.reserve_additions": lf.Q_(2, "kt Li/year")}
    run = model.run(overrides={**more, "mining.reserve_year": lf.Q_(year, "year")})
    left, extracted = run.ledger.values("reserves_left"), run.ledger.values("ore_extracted")
    after = np.array(run.years) > as_of
    before = extracted[~after][1:].sum(axis=0) if not after[0] else 2e3 - extracted[0]
    np.testing.assert_allclose(left[0], 3e6 + before, rtol=1e-12)
    gained = np.where(after, 2e3, 0.0)[:, None]
    np.testing.assert_allclose(np.diff(left, axis=0), (gained - extracted)[1:], rtol=1e-9, atol=1e-6)


def test_reserve_years_of_members_give_what_single_runs_give(model: lf.Model) -> None:
    years = [2015.0, 2023.0, 2040.0]
    together = model.run(overrides={"mining.reserve_year": wrap(years, ("member",), "year", {"member": [0, 1, 2]})})
    for place, year in enumerate(years):
        alone = model.run(overrides={"mining.reserve_year": lf.Q_(year, "year")})
        for name in ("concentrate_mined", "mine_capacity", "reserves_left"):
            array = together[name]
            own = array.isel(member=place) if "member" in array.dims else array
            np.testing.assert_allclose(value(own, lf.VARIABLES[name].unit), alone.ledger.values(name), rtol=1e-12)


def test_mines_without_reserves_are_no_capacity(baseline: lf.Run) -> None:
    """In the year in which they end, they are what is left for them."""
    lepidolite = labels(baseline, "resource").index("lepidolite")
    ends, known = baseline.years.index(2037), baseline.years.index(baseline.last_observed) + 1
    there = baseline.ledger.values("mine_capacity")
    np.testing.assert_allclose(there[known:ends], capacity(baseline)[known:ends], rtol=1e-12)
    last = baseline.ledger.values("reserves_left")[ends - 1, lepidolite] * 0.60
    assert there[ends, lepidolite] == pytest.approx(last, rel=1e-12)
    assert last < capacity(baseline)[ends, lepidolite]
    assert not there[ends + 1 :, lepidolite].any()
    used = value(baseline["mine_utilisation"], "1")
    np.testing.assert_allclose(used[ends + 1 :], 0.9, rtol=1e-12)
    assert np.isnan(used[:known]).all()
    assert np.isnan(value(baseline["mine_overcapacity"], "t Li/year")[:known]).all()


def test_what_is_added_after_exhaustion_is_all_the_capacity_there_is(model: lf.Model) -> None:
    few = lf.Q_(10, "kt Li/year")
    run = model.run(overrides={"mining.reserves": lf.Q_(100, "kt Li"), "mining.reserve_additions": few})
    lepidolite = labels(run, "resource").index("lepidolite")
    assert run.ledger.values("mine_capacity")[-1, lepidolite] == pytest.approx(6e3, rel=1e-12)
    assert run.ledger.values("concentrate_mined")[-1, lepidolite] == pytest.approx(6e3, rel=1e-12)


def taken(run: lf.Run) -> Array:
    """Add up what is extracted after the reserve year, (resource)."""
    after = np.array(run.years) > parameter(run, "mining.reserve_year", "year")
    return np.asarray(run.ledger.values("ore_extracted")[after].sum(axis=0))


@pytest.mark.parametrize("scenario", lf.load().scenarios)
def test_projected_mines_never_take_more_than_is_left(model: lf.Model, scenario: str) -> None:
    run = model.run(scenario)
    left, extracted = run.ledger.values("reserves_left"), run.ledger.values("ore_extracted")
    known = run.years.index(run.last_observed) + 1
    assert (left >= 0.0).all()
    assert (extracted[known:] <= left[known - 1 : -1] * (1.0 + 1e-12)).all()
    after = np.array(run.years) > parameter(run, "mining.reserve_year", "year")
    found = parameter(run, "mining.reserve_additions", "t Li/year")[after].sum(axis=0)
    assert (taken(run) <= (parameter(run, "mining.reserves", "t Li") + found) * (1.0 + 1e-12)).all()
    assert run.balance.worst.relative <= 1e-12


@pytest.mark.parametrize("scale", [0.1, 0.25, 0.5])
def test_what_is_exhausted_has_given_all_its_reserves(model: lf.Model, scale: float) -> None:
    run = model.run(overrides={"mining.reserves": {"scale": scale}})
    stated, left = parameter(run, "mining.reserves", "t Li"), run.ledger.values("reserves_left")
    out = left[-1] == 0.0
    assert out.any()
    np.testing.assert_allclose(taken(run)[out], stated[out], rtol=1e-12)
    assert (taken(run)[~out] < stated[~out]).all()
    ends = run.milestones().set_index("milestone")["year"]
    for i in np.flatnonzero(out):
        first = int((left[:, i] == 0.0).argmax())
        assert ends[f"home reserves of {labels(run, 'resource')[i]} exhausted"] == run.years[first]
        assert run.ledger.values("concentrate_mined")[first, i] > 0.0
        assert not run.ledger.values("concentrate_mined")[first + 1 :, i].any()


def test_imports_take_the_place_of_what_is_exhausted(model: lf.Model, baseline: lf.Run) -> None:
    plenty = model.run(overrides=PLENTY)
    first = baseline.years.index(2037)
    lepidolite = labels(baseline, "resource").index("lepidolite")
    for name in POSTED:
        np.testing.assert_array_equal(
            baseline.ledger.values(name)[:first] if name != "reserves_left" else 0.0,
            plenty.ledger.values(name)[:first] if name != "reserves_left" else 0.0,
            err_msg=name,
        )
    missing, more = (
        (longer.ledger.values(name) - shorter.ledger.values(name))[first:].sum(axis=1)
        for name, longer, shorter in (
            ("concentrate_mined", plenty, baseline),
            ("concentrate_imported", baseline, plenty),
        )
    )
    yields = parameter(baseline, "refining.yield", "1")[first:]
    spodumene = labels(baseline, "resource").index("spodumene")
    assert (missing > 0.0).all()
    np.testing.assert_allclose(more * yields[:, spodumene], missing * yields[:, lepidolite], rtol=1e-9)
    np.testing.assert_allclose(
        baseline.ledger.values("salts_refined").sum(axis=1),
        plenty.ledger.values("salts_refined").sum(axis=1),
        rtol=1e-12,
    )


def test_what_is_added_to_reserves_can_be_mined_in_its_year(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"mining.reserve_additions": lf.Q_(10, "kt Li/year")})
    lepidolite = labels(run, "resource").index("lepidolite")
    years = sum(year > 2023 for year in run.years)
    assert run.ledger.values("reserves_left")[-1, lepidolite] == 0.0
    assert taken(run)[lepidolite] == pytest.approx(600e3 + 10e3 * years, rel=1e-12)
    assert run.ledger.values("ore_extracted")[-1, lepidolite] == pytest.approx(10e3, rel=1e-12)
    before = baseline.years.index(2023) + 1
    np.testing.assert_allclose(
        run.ledger.values("reserves_left")[:before], baseline.ledger.values("reserves_left")[:before], rtol=1e-12
    )


def test_large_additions_switch_the_limit_off(model: lf.Model) -> None:
    added = model.run(overrides={"mining.reserve_additions": lf.Q_(1, "Mt Li/year")})
    plenty = model.run(overrides=PLENTY)
    for name in POSTED:
        if name != "reserves_left":
            np.testing.assert_array_equal(added.ledger.values(name), plenty.ledger.values(name), err_msg=name)


def test_observed_mines_are_data_whatever_reserves_are_stated(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"mining.reserves": lf.Q_(1, "kt Li")})
    known = run.years.index(run.last_observed) + 1
    mined = run.ledger.values("concentrate_mined")
    np.testing.assert_array_equal(mined[:known], baseline.ledger.values("concentrate_mined")[:known])
    clay = labels(run, "resource").index("clay")
    rest = [at for at in range(mined.shape[1]) if at != clay]
    assert (run.ledger.values("reserves_left")[known - 1, rest] < 0.0).all()
    assert not mined[known:, rest].any()
    np.testing.assert_array_equal(
        run.ledger.values("reserves_left")[known:, rest],
        np.broadcast_to(run.ledger.values("reserves_left")[known - 1, rest], mined[known:, rest].shape),
    )


def test_reserves_do_not_limit_before_their_year(model: lf.Model) -> None:
    late = model.run(overrides={"mining.reserves": lf.Q_(0, "t Li"), "mining.reserve_year": lf.Q_(2040, "year")})
    plenty = model.run(overrides=PLENTY)
    at = late.years.index(2040) + 1
    mined = late.ledger.values("concentrate_mined")
    np.testing.assert_array_equal(mined[:at], plenty.ledger.values("concentrate_mined")[:at])
    assert not mined[at:].any()


def test_curtailed_mines_leave_the_rest_in_the_ground(model: lf.Model) -> None:
    """Curtailment and reserves at once: what is curtailed in a year is there in the next."""
    run = model.run(overrides={"mining.capacity": {"from": 2025, "scale": 100}, "mining.reserves": lf.Q_(1, "Mt Li")})
    known = run.years.index(run.last_observed) + 1
    mined, could = run.ledger.values("concentrate_mined")[known:], run.ledger.values("mine_potential")[known:]
    used, all_of_it = mined.sum(axis=1, keepdims=True), could.sum(axis=1, keepdims=True)
    assert (used < all_of_it * (1.0 - 1e-9)).any()
    assert ((used == all_of_it) & (could < capacity(run)[known:])).any(), "reserves set the limit in some year"
    hard, others = slice(0, 2), slice(2, 4)
    for group in (hard, others):
        own, most = (each[:, group].sum(axis=1, keepdims=True) for each in (mined, could))
        np.testing.assert_allclose(mined[:, group] * most, could[:, group] * own, rtol=1e-12, err_msg="in proportion")
    curtailed = mined[:, hard].sum(axis=1) < could[:, hard].sum(axis=1) * (1.0 - 1e-9)
    idle = mined[:, others].sum(axis=1) < could[:, others].sum(axis=1) * (1.0 - 1e-9)
    assert not (idle & (mined[:, hard].sum(axis=1) > 0.0)).any(), "brine and clay first"
    assert curtailed.any()
    left = run.ledger.values("reserves_left")
    assert (left >= 0.0).all()
    np.testing.assert_allclose(taken(run) + left[-1], 1e6, rtol=1e-12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reserves=st.floats(1e4, 2e6),
    added=st.just(0.0) | st.floats(1e-3, 5e4),
    scale=st.floats(0.5, 50.0),
    yields=st.floats(0.3, 1.0),
)
def test_reserves_bound_any_mines(model: lf.Model, reserves: float, added: float, scale: float, yields: float) -> None:
    run = model.run(
        overrides={
            "mining.reserves": lf.Q_(reserves, "t Li"),
            "mining.reserve_additions": lf.Q_(added, "t Li/year"),
            "mining.capacity": {"from": 2025, "scale": scale},
            "mining.concentration_yield": yields,
        }
    )
    known = run.years.index(run.last_observed) + 1
    left = run.ledger.values("reserves_left")
    assert (np.diff(left[known - 1 :], axis=0) <= added + 1e-9).all()
    assert (left[known:] >= np.minimum(left[known - 1], 0.0)).all()
    years = len(run.years) - run.years.index(2023) - 1
    np.testing.assert_allclose(taken(run) + left[-1], reserves + added * years, rtol=1e-10)
    assert run.balance.worst.relative <= 1e-12


@pytest.mark.parametrize("dim", ["member", "region"])
def test_reserves_of_members_and_regions_end_as_those_of_single_runs(model: lf.Model, dim: str) -> None:
    amounts = [50e3, 300e3, 3e6]
    names = list(range(3)) if dim == "member" else ["east", "middle", "west"]
    given_reserves = wrap(amounts, (dim,), "t Li", {dim: names})
    together = model.run(overrides={"mining.reserves": given_reserves, "mining.capacity": {"from": 2025, "scale": 3}})
    for place, amount in enumerate(amounts):
        alone = model.run(
            overrides={"mining.reserves": lf.Q_(amount, "t Li"), "mining.capacity": {"from": 2025, "scale": 3}}
        )
        for name in ("concentrate_mined", "mine_potential", "reserves_left", "ore_extracted", "concentrate_imported"):
            own = together[name].isel({dim: place})
            np.testing.assert_allclose(
                value(own, lf.VARIABLES[name].unit), alone.ledger.values(name), rtol=1e-12, atol=1e-6, err_msg=name
            )


def test_all_mines_together_take_no_more_than_they_can(baseline: lf.Run) -> None:
    known = baseline.years.index(baseline.last_observed) + 1
    mined, most = baseline.ledger.values("concentrate_mined"), baseline.ledger.values("mine_capacity")
    assert (mined[known:] <= most[known:] * (1.0 + 1e-12)).all()
    assert not (mined[:known] > most[:known]).any(), "no capacity is shown that output exceeds"


@pytest.mark.parametrize("reference", [1.0, 100.0, 5e4])
def test_magnesium_can_not_take_a_yield_out_of_bounds(model: lf.Model, reference: float) -> None:
    given = {"mining.magnesium_penalty": 1.0, "mining.reference_ratio": reference}
    yields = pond_yield(model.run(overrides={**PLENTY, **given}))
    assert ((yields > 0.0) & (yields < 1.0)).all()

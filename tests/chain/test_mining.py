"""Home mines: output, projects, provinces, lakes and what is left in the ground."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lithflow as lf
from lithflow import chemistry
from tests.chain.ledgers import Array, labels, parameter

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


def test_home_mines_are_data_and_then_capacity_times_utilisation(baseline: lf.Run) -> None:
    known = baseline.years.index(baseline.last_observed) + 1
    mined = baseline.ledger.values("concentrate_mined")
    np.testing.assert_allclose(mined[:known], parameter(baseline, "mining.output", "t Li/year")[:known], rtol=1e-12)
    np.testing.assert_allclose(baseline.ledger.values("mine_capacity"), capacity(baseline), rtol=1e-12)
    potential = capacity(baseline) * parameter(baseline, "mining.utilisation", "1")
    np.testing.assert_allclose(mined[known:], potential[known:], rtol=1e-12)


def test_mines_that_could_give_more_than_is_wanted_are_curtailed(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"mining.capacity": {"scale": 100}})
    known = run.years.index(run.last_observed) + 1
    imports = run.ledger.values("concentrate_imported").sum(axis=1)
    np.testing.assert_allclose(imports[known:], 0.0, atol=1e-6)
    refined = [each.ledger.values("salts_refined").sum(axis=1) for each in (run, baseline)]
    np.testing.assert_allclose(*refined, rtol=1e-10)
    share = run.ledger.values("concentrate_mined")[-1] / (
        capacity(run)[-1] * parameter(run, "mining.utilisation", "1")[-1]
    )
    np.testing.assert_allclose(share, share[0], rtol=1e-12, err_msg="all are curtailed in proportion")
    assert share[0] < 1.0


def test_ore_follows_from_recovery_and_grade(baseline: lf.Run) -> None:
    values, at = baseline.ledger.values, baseline.years.index(2020)
    grade = parameter(baseline, "mining.ore_grade", "percent Li2O")[at] / 100.0
    lithium_per_oxide = chemistry.content("Li2O", "Li")
    extracted = values("concentrate_mined")[at] / parameter(baseline, "mining.recovery", "1")[at]
    np.testing.assert_allclose(values("ore_extracted")[at], extracted, rtol=1e-12)
    np.testing.assert_allclose(values("tailings")[at], extracted - values("concentrate_mined")[at], rtol=1e-9)
    np.testing.assert_allclose(values("ore_mass")[at], extracted / (grade * lithium_per_oxide), rtol=1e-9)
    brine = values("ore_mass")[at, labels(baseline, "resource").index("brine")]
    density = parameter(baseline, "mining.brine_density", "t/m3")
    assert values("brine_volume")[at] == pytest.approx(brine / density, rel=1e-12)


# projects


def one_project(model: lf.Model, **entries: Any) -> lf.Run:
    """Run with one project of 12 kt Li a year from 2030, ramped over four years; no other one is built."""
    wanted: dict[str, Any] = {"size": lf.Q_(12, "kt Li/year"), "start": lf.Q_(2030, "year"), "ramp": lf.Q_(4, "year")}
    entries = {**wanted, "probability": 1.0, **entries}
    changes = {f"mining.project_{name}.Sichuan_spodumene": entry for name, entry in entries.items()}
    return model.run(overrides={**NO_PROJECTS, **changes})


def added(run: lf.Run, without: lf.Run) -> Array:
    """Give the capacity that a project adds, by year."""
    more = run.ledger.values("mine_capacity") - without.ledger.values("mine_capacity")
    return np.asarray(more.sum(axis=1))


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


def brine_recovery(run: lf.Run) -> Array:
    """Give the recovery from brine that a run came to, by year."""
    at = labels(run, "resource").index("brine")
    return np.asarray(run.ledger.values("concentrate_mined")[:, at] / run.ledger.values("ore_extracted")[:, at])


def test_without_a_penalty_magnesium_changes_nothing(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"mining.magnesium_lithium_ratio": {"scale": 10}})
    for name in ("ore_extracted", "brine_volume", "tailings"):
        np.testing.assert_array_equal(run.ledger.values(name), baseline.ledger.values(name))


def test_magnesium_lowers_the_recovery_from_brine_as_documented(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"mining.magnesium_penalty": 0.1, "mining.magnesium_lithium_ratio": {"scale": 10}})
    ratio = parameter(run, "mining.magnesium_lithium_ratio", "1") / parameter(run, "mining.reference_ratio", "1")
    decades = parameter(run, BRINE_OF, "1") @ np.log10(ratio)
    given_recovery = parameter(run, "mining.recovery", "1")[:, labels(run, "resource").index("brine")]
    np.testing.assert_allclose(brine_recovery(run), given_recovery * (1.0 - 0.1 * decades), rtol=1e-12)
    assert (brine_recovery(run) < brine_recovery(baseline)).all()
    assert (run.ledger.values("brine_volume") > baseline.ledger.values("brine_volume")).all()
    np.testing.assert_array_equal(run.ledger.values("concentrate_mined"), baseline.ledger.values("concentrate_mined"))
    rock = [at for at, label in enumerate(labels(run, "resource")) if label != "brine"]
    np.testing.assert_array_equal(
        run.ledger.values("ore_extracted")[:, rock], baseline.ledger.values("ore_extracted")[:, rock]
    )


def test_a_penalty_leaves_lakes_at_the_reference_as_they_are(model: lf.Model, baseline: lf.Run) -> None:
    alike = {"mining.magnesium_penalty": 0.15, "mining.magnesium_lithium_ratio": 50.0, "mining.reference_ratio": 50.0}
    np.testing.assert_allclose(brine_recovery(model.run(overrides=alike)), brine_recovery(baseline), rtol=1e-12)


def test_the_reference_is_about_the_mean_of_the_lakes_pumped(model: lf.Model, baseline: lf.Run) -> None:
    """Or a penalty would change recoveries that were measured on these lakes."""
    run = model.run(overrides={"mining.magnesium_penalty": 0.15})
    np.testing.assert_allclose(brine_recovery(run), brine_recovery(baseline), rtol=0.01)


def test_a_lake_with_more_magnesium_gives_less(model: lf.Model) -> None:
    def of(lake: str) -> Array:
        shares = dict.fromkeys(model.inputs.dimensions["lake"], 0.0) | {lake: 1.0}
        return brine_recovery(model.run(overrides={BRINE_OF: {"values": shares}, "mining.magnesium_penalty": 0.1}))

    poor, middle, rich = of("Qarhan"), of("Yiliping"), of("East_Taijinar")
    assert (poor < middle).all()
    assert (middle < rich).all()


# reserves


def test_reserves_are_stated_for_their_year_and_fall_by_what_is_extracted(baseline: lf.Run) -> None:
    left, stated = baseline.ledger.values("reserves_left"), parameter(baseline, "mining.reserves", "t Li")
    at = baseline.years.index(int(parameter(baseline, "mining.reserve_year", "year")))
    np.testing.assert_allclose(left[: at + 1], np.broadcast_to(stated, left[: at + 1].shape), rtol=1e-12)
    extracted = baseline.ledger.values("ore_extracted")
    np.testing.assert_allclose(-np.diff(left, axis=0)[at:], extracted[at + 1 :], rtol=1e-9, atol=1e-6)


def test_reserves_do_not_limit_mines_but_say_when_they_end(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={"mining.reserves": {"scale": 0.25}})
    np.testing.assert_array_equal(run.ledger.values("ore_extracted"), baseline.ledger.values("ore_extracted"))
    assert (run.ledger.values("reserves_left")[-1] < 0.0).any()
    ends = run.milestones().set_index("milestone")["year"]
    lepidolite = run.ledger.values("reserves_left")[:, labels(run, "resource").index("lepidolite")]
    assert ends["home reserves of lepidolite exhausted"] == run.years[int((lepidolite <= 0.0).argmax())]
    assert (
        ends["home reserves of lepidolite exhausted"]
        < baseline.milestones().set_index("milestone")["year"].loc["home reserves of lepidolite exhausted"]
    )


def test_all_mines_together_take_no_more_than_they_can(baseline: lf.Run) -> None:
    known = baseline.years.index(baseline.last_observed) + 1
    mined, most = baseline.ledger.values("concentrate_mined"), baseline.ledger.values("mine_capacity")
    assert (mined[known:] <= most[known:] * (1.0 + 1e-12)).all()

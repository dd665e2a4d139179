"""Origins that don't deliver: substitution, the product reserve, and unmet demand with all downstream as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lithflow as lf
from lithflow.arrays import value, wrap
from lithflow.chain.variables import VARIABLES
from tests.chain.ledgers import POSTED, Array, labels, parameter

LOST = (2028, 2031)


def losing(*origins: str, available: float = 0.0, years: tuple[int, int] = LOST) -> dict[str, Any]:
    """Let origins deliver a share only, in some years."""
    change = {"from": years[0], "until": years[1], "values": available}
    return {f"trade.origin_available.{origin}": change for origin in origins}


SHOCK = {**losing("Australia", "Chile"), "trade.shortage_allowed": 1.0}
RESERVE = {
    "refining.reserve_cover": {"from": 2025, "values": 0.25},
    "refining.reserve_fill": {"from": 2025, "values": 0.1},
}


@pytest.fixture(scope="module")
def shock(model: lf.Model) -> lf.Run:
    return model.run(overrides=SHOCK)


@pytest.fixture(scope="module")
def reserve(model: lf.Model) -> lf.Run:
    return model.run(overrides={**SHOCK, **RESERVE})


def in_shock(run: lf.Run) -> Array:
    years = np.array(run.years)
    return np.asarray((years >= LOST[0]) & (years <= LOST[1]))


def flow(run: lf.Run, name: str) -> Array:
    return np.asarray(value(run[name], lf.INDICATORS[name].unit))


def undelivered(run: lf.Run, shares: str) -> Array:
    """Work out the share of an import that nobody delivers, (year)."""
    share, available = parameter(run, shares, "1"), parameter(run, "trade.origin_available", "1")
    held_back = ((1.0 - available) * share).sum(axis=1)
    someone = (available * share).sum(axis=1) > 0.0
    return np.asarray(held_back * (1.0 - someone * parameter(run, "trade.substitution", "1")))


def short_of(run: lf.Run, undisturbed: lf.Run) -> Array:
    """Work out what origins don't deliver of what the chain would have bought, as salts, (year, salt), t Li/year."""
    salts = undisturbed.ledger.values("salts_imported").sum(axis=1)
    ores = undisturbed.ledger.values("salts_refined")[:, labels(run, "feed").index("imported")]
    missing = undelivered(run, "trade.salt_origin_share")[:, None] * salts
    return np.asarray(missing + undelivered(run, "trade.concentrate_origin_share")[:, None] * ores)


def used_at_home(run: lf.Run) -> Array:
    makers = sum(run.ledger.values(f"salts_to_{maker}") for maker in ("cathode", "electrolyte", "anode"))
    return np.asarray(makers + run.ledger.values("salts_to_other_uses").sum(axis=1))


# not allowed


@pytest.mark.parametrize(("year", "origin"), [(2028, "Australia"), (2040, "Chile"), (2015, "Argentina")])
def test_a_shortage_that_is_not_allowed_is_an_error_that_names_the_year(
    model: lf.Model, year: int, origin: str
) -> None:
    message = rf"salts are short from {year} on, .*trade\.origin_available.*trade\.substitution.*"
    with pytest.raises(lf.InputError, match=message + r"refining\.reserve_cover.*trade\.shortage_allowed: 1"):
        model.run(overrides=losing(origin, years=(year, year + 2)))


def test_what_others_make_up_for_in_full_is_no_shortage(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides={**losing("Australia", "Chile"), "trade.substitution": 1.0})
    assert not run.ledger.values("salts_unmet").any()
    assert not np.nan_to_num(flow(run, "unmet_share")).any()
    for name in ("concentrate_imported", "salts_imported"):
        own, before = run.ledger.values(name), baseline.ledger.values(name)
        np.testing.assert_allclose(own.sum(axis=1), before.sum(axis=1), rtol=1e-12)
        np.testing.assert_array_equal(own[~in_shock(run)], before[~in_shock(run)])
        for origin in ("Australia", "Chile"):
            assert not own[in_shock(run), labels(run, "origin").index(origin)].any()
    assert (flow(run, "import_hhi") != flow(baseline, "import_hhi"))[in_shock(run)].all()


def test_an_origin_without_a_share_is_not_missed(model: lf.Model) -> None:
    never = {"trade.salt_origin_share": {"values": {"Chile": 0, "Argentina": 1, "other": 0}}}
    run = model.run(overrides={**never, **losing("Chile")})
    assert not run.ledger.values("salts_unmet").any()


def test_a_salt_that_is_imported_only_to_be_exported_is_not_short_by_rounding(model: lf.Model) -> None:
    """Without any use at home, what is missing must be nothing to the bit."""
    carbonate_only: dict[str, Any] = {
        "materials.cathode_salt_share": {"values": {"carbonate": 1, "hydroxide": 0}},
        "uses.other_salt_share": {"values": {"carbonate": 1, "hydroxide": 0}},
    }
    run = model.run(overrides=carbonate_only)
    hydroxide = labels(run, "salt").index("hydroxide")
    assert not used_at_home(run)[:, hydroxide].any()
    assert run.ledger.values("salts_imported")[..., hydroxide].any()
    assert not run.ledger.values("salts_unmet").any()


# allowed

SUPPLY = {
    "concentrate_imported",
    "imported_concentrate_mass",
    "imported_concentrate_sc6",
    "salts_imported",
    "salts_refined",
    "salts_unmet",
    "refining_residue",
    "energy_used",
    "emissions",
}
"""What a lost origin may change while it is lost; a reserve changes home mines never, and the reserve itself."""


@pytest.mark.parametrize("kept", ["none", "reserve"])
def test_downstream_stays_as_wanted(baseline: lf.Run, shock: lf.Run, reserve: lf.Run, kept: str) -> None:
    run = reserve if kept == "reserve" else shock
    pairs = {name: (run.ledger.values(name), baseline.ledger.values(name)) for name in POSTED}
    different = {name for name, pair in pairs.items() if not np.array_equal(*pair, equal_nan=True)}
    bought = {"salt_reserve", "salts_converted", "salts_from_conversion", "conversion_losses"}
    assert different == (SUPPLY | bought if kept == "reserve" else SUPPLY)
    lost = in_shock(run)
    if kept == "none":
        for name in different:
            own, before = run.ledger.values(name), baseline.ledger.values(name)
            np.testing.assert_array_equal(own[~lost], before[~lost], err_msg=name)


def test_unmet_demand_is_what_no_origin_delivers(baseline: lf.Run, shock: lf.Run) -> None:
    expected = short_of(shock, baseline)
    assert (expected[in_shock(shock)] > 0.0).all()
    np.testing.assert_allclose(shock.ledger.values("salts_unmet"), expected, rtol=1e-10)
    values = shock.ledger.values
    delivered = values("salts_imported").sum(axis=1) + values("salts_refined").sum(axis=1)
    before = baseline.ledger.values("salts_imported").sum(axis=1) + baseline.ledger.values("salts_refined").sum(axis=1)
    np.testing.assert_allclose(delivered + expected, before, rtol=1e-12)


def test_years_with_unmet_demand_are_flagged(baseline: lf.Run, shock: lf.Run) -> None:
    share = flow(shock, "unmet_share")
    np.testing.assert_array_equal(share > 0.0, in_shock(shock))
    wanted = used_at_home(shock).sum(axis=1) + shock.ledger.values("cathode_repaired").sum(axis=(1, 2))
    np.testing.assert_allclose(share, shock.ledger.values("salts_unmet").sum(axis=1) / wanted, rtol=1e-12)
    assert not flow(baseline, "unmet_share").any()
    table = shock.milestones().set_index("milestone")
    assert table.loc["demand unmet", "year"] == LOST[0]
    assert table.loc["demand unmet", "value"] == pytest.approx(100.0 * share[shock.years.index(LOST[0])])


def test_unmet_demand_is_outside_use_and_imports(baseline: lf.Run, shock: lf.Run) -> None:
    unmet = shock.ledger.values("salts_unmet").sum(axis=1)
    np.testing.assert_allclose(flow(shock, "lithium_demand") + unmet, flow(baseline, "lithium_demand"), rtol=1e-12)
    np.testing.assert_allclose(flow(shock, "primary_supply") + unmet, flow(baseline, "primary_supply"), rtol=1e-12)
    parts = [flow(shock, name) for name in ("primary_supply", "secondary_supply_old", "secondary_supply_new")]
    np.testing.assert_allclose(flow(shock, "lithium_demand"), sum(parts), rtol=1e-10, err_msg="U = P + O + N")
    lost = in_shock(shock)
    assert (flow(shock, "import_reliance") < flow(baseline, "import_reliance"))[lost].all()
    assert (flow(shock, "recycled_content") > flow(baseline, "recycled_content"))[lost].all()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    available=st.just(0.0) | st.floats(1e-3, 1.0),
    substitution=st.just(1.0) | st.floats(0.0, 1.0),
    origins=st.lists(st.sampled_from(["Australia", "Chile", "Argentina", "Zimbabwe", "other"]), unique=True),
)
def test_what_arrives_and_what_is_unmet_make_up_what_is_wanted(
    model: lf.Model, baseline: lf.Run, available: float, substitution: float, origins: list[str]
) -> None:
    lever = {"trade.substitution": substitution, "trade.shortage_allowed": 1.0}
    run = model.run(overrides={**losing(*origins, available=available), **lever})
    assert run.balance.worst.relative <= 1e-12
    expected = short_of(run, baseline)
    np.testing.assert_allclose(run.ledger.values("salts_unmet"), expected, rtol=1e-9, atol=1e-9)
    for name, shares in (("salts_imported", "trade.salt_origin_share"), ("concentrate_imported", None)):
        imported = run.ledger.values(name)
        none = parameter(run, shares or "trade.concentrate_origin_share", "1") == 0.0
        assert not imported[none].any(), "nobody delivers who had no share"
        for origin in origins:
            at = labels(run, "origin").index(origin)
            before = baseline.ledger.values(name)[in_shock(run), at]
            assert (imported[in_shock(run), at] >= available * before * (1.0 - 1e-12)).all()


def test_nobody_makes_up_for_anything_when_all_origins_are_lost(model: lf.Model, baseline: lf.Run) -> None:
    everyone = labels(baseline, "origin")
    full = {"trade.substitution": 1.0, "trade.shortage_allowed": 1.0}
    run = model.run(overrides={**losing(*everyone), **full})
    lost = in_shock(run)
    for name in ("salts_imported", "concentrate_imported"):
        assert not run.ledger.values(name)[lost].any()
    np.testing.assert_allclose(run.ledger.values("salts_unmet"), short_of(run, baseline), rtol=1e-10)
    assert np.isnan(flow(run, "import_hhi")[lost]).all()


def test_more_substitution_leaves_less_unmet(model: lf.Model) -> None:
    unmet = [
        model.run(overrides={**SHOCK, "trade.substitution": share}).ledger.values("salts_unmet").sum()
        for share in (0.0, 0.4, 0.8)
    ]
    assert unmet[0] - unmet[1] == pytest.approx(unmet[1] - unmet[2], rel=1e-9), "in proportion"
    assert unmet[2] > 0.0


# the reserve


def test_the_reserve_fills_and_empties_by_its_rule(baseline: lf.Run, reserve: lf.Run) -> None:
    use = used_at_home(reserve)
    target = parameter(reserve, "refining.reserve_cover", "year")[:, None] * use
    pace = parameter(reserve, "refining.reserve_fill", "1")[:, None] * use
    missing = short_of(reserve, baseline)
    stock = np.zeros(use.shape[1])
    for year in range(len(use)):
        if missing[year].sum() > 0.0:
            given_out = np.minimum(stock, missing[year])
            expected, bought = missing[year] - given_out, np.zeros_like(stock)
        else:
            given_out, expected = np.zeros_like(stock), np.zeros_like(stock)
            bought = np.maximum(np.minimum(target[year] - stock, pace[year]), 0.0)
        stock = stock - given_out + bought
        np.testing.assert_allclose(reserve.ledger.values("salt_reserve")[year], stock, rtol=1e-9, atol=1e-6)
        np.testing.assert_allclose(reserve.ledger.values("salts_unmet")[year], expected, rtol=1e-9, atol=1e-6)


def test_the_reserve_gives_back_what_was_bought_for_it(baseline: lf.Run, shock: lf.Run, reserve: lf.Run) -> None:
    held = reserve.ledger.values("salt_reserve")
    change = np.diff(held, axis=0, prepend=0.0)
    filling, released = np.maximum(change, 0.0), np.maximum(-change, 0.0)
    lost = in_shock(reserve)
    assert not filling[lost].any(), "nothing is bought while something is missing"
    assert not released[~lost].any(), "nothing is given out while nothing is missing"
    np.testing.assert_allclose(filling.cumsum(axis=0) - released.cumsum(axis=0), held, rtol=1e-12, atol=1e-6)
    spared = shock.ledger.values("salts_unmet") - reserve.ledger.values("salts_unmet")
    np.testing.assert_allclose(spared, released, rtol=1e-9, atol=1e-6)

    def supply(run: lf.Run) -> Array:
        salts = run.ledger.values("salts_refined").sum(axis=1) + run.ledger.values("salts_imported").sum(axis=1)
        return np.asarray(salts + run.ledger.values("salts_from_conversion") - run.ledger.values("salts_converted"))

    np.testing.assert_allclose(supply(reserve) - supply(shock), filling, rtol=1e-6, atol=1e-6)
    assert filling[~lost].sum() > 0.0


def test_a_reserve_puts_a_shortage_off(shock: lf.Run, reserve: lf.Run) -> None:
    called_on = "reserve called on, months until shortage"
    tables = [run.milestones().set_index("milestone") for run in (shock, reserve)]
    assert [table.loc[called_on, "year"] for table in tables] == [LOST[0]] * 2
    assert tables[0].loc[called_on, "value"] == 0.0
    at = reserve.years.index(LOST[0])
    before = reserve.ledger.values("salt_reserve")[at - 1].sum()
    missing = shock.ledger.values("salts_unmet")[at].sum()
    assert tables[1].loc[called_on, "value"] == pytest.approx(12.0 * before / missing, rel=1e-9)
    assert reserve.ledger.values("salts_unmet")[at].sum() < shock.ledger.values("salts_unmet")[at].sum()


def test_a_reserve_that_is_never_called_on_only_grows_with_use(model: lf.Model, baseline: lf.Run) -> None:
    run = model.run(overrides=RESERVE)
    held, use = run.ledger.values("salt_reserve"), used_at_home(run)
    assert not run.ledger.values("salts_unmet").any()
    assert not held[: run.years.index(2025)].any()
    np.testing.assert_allclose(held[-1], np.maximum.accumulate(0.25 * use)[-1], rtol=1e-9)
    assert (np.diff(held, axis=0) >= -1e-9).all()
    assert (held <= np.maximum.accumulate(0.25 * use) * (1.0 + 1e-12)).all()
    np.testing.assert_allclose(flow(run, "primary_supply"), flow(baseline, "primary_supply"), rtol=1e-10)


def test_a_reserve_large_enough_leaves_nothing_unmet(model: lf.Model) -> None:
    large = {
        "refining.reserve_cover": {"from": 2018, "values": 3},
        "refining.reserve_fill": {"from": 2018, "values": 0.5},
    }
    run = model.run(overrides={**losing("Australia", "Chile"), **large})
    assert not run.ledger.values("salts_unmet").any()
    assert np.diff(run.ledger.values("salt_reserve").sum(axis=1))[in_shock(run)[1:]].max() < 0.0


# members and regions


def of(values: list[float], unit: str = "1", dim: str = "member") -> Any:
    return wrap(values, (dim,), unit, {dim: [f"{dim} {i}" for i in range(len(values))]})


@pytest.mark.parametrize("dim", ["member", "region"])
def test_where_a_shortage_is_allowed_is_known_for_each(model: lf.Model, dim: str) -> None:
    available = of([0.5, 1.0], dim=dim)
    run = model.run(overrides={"trade.origin_available": available, "trade.shortage_allowed": of([1.0, 0.0], dim=dim)})
    unmet = run["unmet_share"]
    assert (value(unmet.isel({dim: 0}), "1") > 0.0).all()
    assert not value(unmet.isel({dim: 1}), "1").any()
    with pytest.raises(lf.InputError, match="salts are short from 2010 on"):
        model.run(overrides={"trade.origin_available": available, "trade.shortage_allowed": of([0.0, 1.0], dim=dim)})


def test_the_scenarios_are_what_their_reasons_say(model: lf.Model, baseline: lf.Run) -> None:
    shocked, kept = model.run("import_shock"), model.run("import_shock_reserve")
    lost = in_shock(shocked)
    share = [value(run["unmet_share"], "1") for run in (shocked, kept)]
    np.testing.assert_array_equal(share[0] > 0.0, lost)
    assert share[1][lost][0] < 0.5 * share[0][lost][0], "the reserve helps in the first year"
    np.testing.assert_allclose(share[1][lost][1:], share[0][lost][1:], rtol=1e-9, err_msg="and is empty then")
    for run in (shocked, kept):
        for origin, name in (("Australia", "concentrate_imported"), ("Chile", "salts_imported")):
            amount = value(run[name].sel(origin=origin), VARIABLES[name].unit)
            before = value(baseline[name].sel(origin=origin), VARIABLES[name].unit)
            assert before.reshape(len(lost), -1).sum(axis=1)[lost].all()
            assert not amount[lost].any()
    wanted = value(shocked["lithium_demand"], "t Li/year") + shocked.ledger.values("salts_unmet").sum(axis=1)
    np.testing.assert_allclose(wanted, value(baseline["lithium_demand"], "t Li/year"), rtol=1e-12)

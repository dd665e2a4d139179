"""Ensembles: drawn within ranges, run in blocks, and how they spread."""

from __future__ import annotations

import numpy as np
import pytest

import lithflow as lf
from lithflow.arrays import value
from lithflow.ensemble import blocks
from lithflow.inputs.sampling import sample

MEMBERS, SEED = 12, 7


@pytest.fixture(scope="module")
def spread(model: lf.Model) -> lf.EnsembleRun:
    return model.ensemble("goals", members=MEMBERS, seed=SEED).run(keep=["salts_recovered", "recycled_content"])


def test_it_is_the_run_of_the_draws(model: lf.Model, spread: lf.EnsembleRun) -> None:
    run = model.run("goals", sample(model.inputs, MEMBERS, seed=SEED, scenario="goals"))
    for name in ("recycled_content", "salts_recovered", "metal_recycled_content", "import_hhi"):
        unit = lf.INDICATORS[name].unit if name in lf.INDICATORS else "t Li/year"
        np.testing.assert_allclose(value(spread[name], unit), value(run[name], unit), rtol=1e-9, atol=1e-12)
    assert spread.balance.worst.relative <= 1e-12


def test_quantiles_are_of_the_members(spread: lf.EnsembleRun) -> None:
    found = spread.quantiles([0.05, 0.5, 0.95])
    own = value(spread["recycled_content"], "1")
    assert found["recycled_content"].dims == ("quantile", "year")
    assert found["recycled_content"].attrs["units"] == "1"
    np.testing.assert_allclose(found["recycled_content"].sel(quantile=0.5), np.median(own, axis=-1))
    low, _, high = found["recycled_content"].sel(year=2040).to_numpy()
    assert low < high
    assert found["salts_recovered"].attrs["units"] == "t Li/year"
    assert spread.quantiles(0.5, ["recycled_content"])["recycled_content"].equals(
        found["recycled_content"].sel(quantile=[0.5])
    )


def test_quantiles_leave_out_what_has_no_value(spread: lf.EnsembleRun) -> None:
    values = np.array([[np.nan, 1.0, 3.0], [np.nan, np.nan, np.nan]])
    from lithflow.ensemble.members import _quantiles

    np.testing.assert_array_equal(_quantiles(values, [0.5]), [[2.0, np.nan]])
    assert spread.quantiles([0.5], ["recycled_content"])["recycled_content"].sizes == {"quantile": 1, "year": 41}


def test_the_same_seed_gives_the_same_and_another_another(model: lf.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["collection.rate", "fleet.pack_size"]
    one = model.ensemble(members=4, seed=1, parameters=names)
    assert set(one.drawn) == set(names)
    monkeypatch.setattr(blocks, "BLOCK", 2)
    first, again = one.run(), model.ensemble(members=4, seed=1, parameters=names).run()
    other = model.ensemble(members=4, seed=2, parameters=names).run()
    content = [value(run["recycled_content"], "1") for run in (first, again, other)]
    np.testing.assert_array_equal(content[0], content[1])
    assert np.abs(content[0] - content[2]).max() > 1e-4


def test_what_was_not_kept_is_not_there(spread: lf.EnsembleRun) -> None:
    assert "tailings" not in spread
    with pytest.raises(lf.InputError, match=r"'tailings' was not kept; run the ensemble with keep="):
        spread["tailings"]
    with pytest.raises(lf.InputError, match="'recycled_contents' was not kept; nearest: recycled_content"):
        spread["recycled_contents"]


def test_wrong_requests_are_refused(model: lf.Model, spread: lf.EnsembleRun) -> None:
    ensemble = model.ensemble(members=2, seed=1, parameters=["collection.rate"])
    with pytest.raises(lf.InputError, match="keep: unknown flow, stock or memo 'tailing'; nearest: tailings"):
        ensemble.run(keep=["tailing"])
    with pytest.raises(lf.InputError, match="quantiles: expected shares from 0 to 1, got 5, 50"):
        spread.quantiles([5, 50])
    with pytest.raises(lf.InputError, match="members: expected a whole number of one or more, got 0"):
        model.ensemble(members=0, seed=1)
    with pytest.raises(lf.InputError, match=r"members: expected a whole number of one or more, got 2\.5"):
        model.ensemble(members=2.5, seed=1)  # type: ignore[arg-type]
    with pytest.raises(lf.InputError, match="seed: expected a whole number of zero or more, got -1"):
        model.ensemble(members=2, seed=-1)
    with pytest.raises(lf.InputError, match=r"unknown parameter `collection\.rates`"):
        model.ensemble(members=2, seed=1, parameters=["collection.rates"])


def test_it_says_what_it_is(model: lf.Model, spread: lf.EnsembleRun) -> None:
    assert repr(spread).startswith("<EnsembleRun of 'goals': 12 members, balance proved")
    assert repr(spread.ensemble).startswith("<Ensemble of 'goals': 12 members, ")
    assert spread.ensemble.provenance["seed"] == SEED
    assert spread.ensemble.provenance["drawn"] == list(spread.ensemble.drawn)
    assert "member" in spread.ensemble.parameters["collection.rate"].dims


def test_years_of_unmet_demand_are_flagged_with_the_share_of_members(model: lf.Model) -> None:
    names = ["trade.substitution"]
    shocked = model.ensemble("import_shock", members=3, seed=1, parameters=names).run()
    found = shocked.quantiles([0.5], ["recycled_content"])
    assert found["infeasible"].sel(year=2030) == 1.0
    assert found["infeasible"].sel(year=2040) == 0.0
    assert not model.ensemble(members=2, seed=1, parameters=["collection.rate"]).run().infeasible.any()


def test_calibrated_stocks_keep_the_base_year_within_the_ensemble(model: lf.Model, baseline: lf.Run) -> None:
    """What was set so that the base year holds must not lie at the edge of its own range."""
    drawn = ["materials.cathode_inventory_build", "cells.inventory_build", "refining.stockpile_build"]
    spread = model.ensemble(members=100, seed=SEED, parameters=drawn).run().quantiles([0.05, 0.95])["lithium_demand"]
    for year in (2020, 2021, 2022, 2024):
        low, high = spread.sel(year=year).to_numpy()
        assert low < value(baseline["lithium_demand"].sel(year=year), "t Li/year") < high

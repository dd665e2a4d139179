"""Totals of many members at once against the same members by production year."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lithflow import stocks
from lithflow.stocks import members as module

YEARS, PRODUCTS, TYPES, MEMBERS = 24, 2, 3, 4

pytestmark = pytest.mark.skipif(not module.find_spec("numba"), reason="numba isn't there")


@pytest.fixture
def case() -> dict[str, Any]:
    random = np.random.default_rng(5)

    def between(low: float, high: float, *shape: int) -> Any:
        return random.uniform(low, high, shape)

    mix = between(0, 1, YEARS, PRODUCTS, TYPES, MEMBERS)
    mix[:, 1, 2] = 0.0
    inflow = between(0, 100, YEARS, PRODUCTS, MEMBERS)
    inflow[:4] = 0.0
    suitable = between(0, 1, YEARS, TYPES, 5, MEMBERS)
    suitable[:8] = 0.0
    return {
        "inflow": inflow,
        "two": np.linspace(0, 1, YEARS)[:, None, None] * np.ones((1, 1, MEMBERS)),
        "mix": mix / mix.sum(axis=2, keepdims=True),
        "size": between(20, 90, YEARS, PRODUCTS, MEMBERS),
        "abroad": between(0, 0.3, YEARS, PRODUCTS, MEMBERS),
        "single": stocks.Weibull(shape=between(2, 5, MEMBERS), scale=between(4, 12, PRODUCTS, TYPES, MEMBERS)),
        "product": (between(8, 16, PRODUCTS, MEMBERS), between(2, 5, PRODUCTS, MEMBERS)),
        "component": (between(6, 14, PRODUCTS, MEMBERS), between(2, 4, PRODUCTS, MEMBERS)),
        "replaced": (between(0, 0.9, PRODUCTS, MEMBERS), between(3, 9, MEMBERS)),
        "life": stocks.Weibull(shape=between(2, 4, TYPES, MEMBERS), scale=between(5, 14, TYPES, MEMBERS)),
        "suitable": suitable,
        "exponent": between(0.6, 1.4, TYPES, MEMBERS),
        "first": between(0.78, 0.84, MEMBERS),
        "worth": between(0, 2, 2, YEARS, TYPES, MEMBERS),
        "stress": between(0.6, 1.6, 3, MEMBERS),
        "onward": between(0, 0.9, 3, MEMBERS),
        "demand": between(0, 4e3, 3, YEARS, 1, MEMBERS),
    }


def steps(case: dict[str, Any], demand: float = 1.0) -> list[stocks.Step]:
    names, floors = ("first", "second", "third"), (0.7, 0.6, 0.5)
    return [
        stocks.Step(
            name,
            floor=floors[i],
            entry_soh=floors[i] + (0.06, 0.02, 0.05)[i],
            stress=case["stress"][i],
            onward=case["onward"][i] if i < 2 else 0.0,
            lost=0.1,
            demand=demand * case["demand"][i],
            refused="next" if i < 2 else "collected",
        )
        for i, name in enumerate(names)
    ]


def together(case: dict[str, Any], demand: float = 1.0) -> stocks.Totals:
    products = stocks.Products(
        inflow=case["inflow"],
        two_lives=case["two"],
        type_share=case["mix"],
        size=case["size"],
        abroad=case["abroad"],
        single=case["single"],
        product=stocks.Normal(*case["product"], truncated=True),
        component=stocks.Logistic(*case["component"], truncated=True),
        replacement=stocks.Replacement(*case["replaced"]),
    )
    later = stocks.Later(
        steps(case, demand), stocks.Fade(case["exponent"], case["first"]), case["life"], case["suitable"], points=5
    )
    return stocks.use_totals(products, later, case["worth"])


def by_production_year(case: dict[str, Any], demand: float = 1.0) -> dict[str, Any]:
    """The same through `inflow_driven`, `product_component` and `cascade`."""
    one = stocks.inflow_driven(
        (case["inflow"] * (1 - case["two"]))[:, :, None] * case["mix"], case["single"], cohorts=True
    )
    mean, sd = case["component"]
    both = stocks.product_component(
        inflow=case["inflow"] * case["two"],
        product=stocks.Normal(*case["product"], truncated=True),
        component=stocks.Logistic(mean[..., None], sd[..., None], truncated=True),
        replacement=stocks.Replacement(*case["replaced"]),
        type_share=np.moveaxis(case["mix"], 2, -1),
        cohorts=True,
        method="marching",
    )
    causes = ("product_scrapped", "component_replaced", "component_worn", "both")
    left = [one.outflow_by_cohort, *(np.moveaxis(both.removed_by_cohort[cause], -1, 3) for cause in causes)]
    home, away = 1 - case["abroad"][:, None, :, None], case["abroad"][:, None, :, None]
    size = case["size"][None, :, :, None]
    removed = [(batteries * size * (1.0 if cause == 2 else home)).sum(axis=2) for cause, batteries in enumerate(left)]
    stays = one.stock_by_cohort + np.moveaxis(both.components_stock_by_cohort, -1, 3)
    suitable = np.moveaxis(case["suitable"], 2, 0)[:, :, None]
    offered = [share * amount for share, amount in zip(suitable, removed, strict=True)]
    cascade = stocks.cascade(
        {"worn": offered[0] + offered[2] + offered[3] + offered[4], "good": offered[1]},
        steps(case, demand),
        fade=stocks.Fade(case["exponent"], case["first"]),
        life=case["life"],
        pooled=(0,),
        points=5,
    )
    unsuitable = sum((1 - share) * amount for share, amount in zip(suitable, removed, strict=True))
    return {
        "removed": np.stack(removed),
        "abroad": sum((left[cause] * size * away).sum(axis=2) for cause in (0, 1, 3, 4)),
        "in_use": (stays * size).sum(axis=2),
        "entered": np.stack([step.inflow for step in cascade.steps]),
        "left": np.stack([step.outflow for step in cascade.steps]),
        "lost": cascade.lost,
        "ended": unsuitable + cascade.collected,
        "usable": np.stack([step.usable_inflow.sum(axis=1) for step in cascade.steps]),
        "products": one.stock.sum(axis=2) + both.products_stock,
        "products_leaving": one.outflow.sum(axis=2) + both.products_outflow,
        "replacements": both.components_replacements.sum(axis=-1),
        "held": np.stack([step.held.sum(axis=(0, 1)) for step in cascade.steps]),
    }


@pytest.mark.parametrize("demand", [0.0, 0.2, 1.0, 1e9], ids=["none", "little", "some", "all"])
def test_totals_are_the_sums_over_production_years(case: dict[str, Any], demand: float) -> None:
    found, wanted = together(case, demand), by_production_year(case, demand)
    worth = np.concatenate([np.ones((1, YEARS, TYPES, MEMBERS)), case["worth"]])
    for name in ("removed", "abroad", "in_use", "entered", "left", "lost", "ended"):
        by_type = name in ("removed", "abroad", "in_use")
        letters = "a" if wanted[name].ndim == 5 else ""
        valued = np.einsum(f"{letters}tkmx,wkmx->{letters}{'m' if by_type else ''}wtx", wanted[name], worth)
        scale = np.abs(valued).max(initial=1e-300)
        np.testing.assert_allclose(getattr(found, name), valued, rtol=1e-9, atol=1e-13 * scale, err_msg=name)
    for name, axis in (("usable", 1), ("products", 1), ("products_leaving", 1), ("replacements", 1), ("held", None)):
        own = getattr(found, name) if axis is None else np.moveaxis(getattr(found, name), axis, 0)
        full = wanted[name] if name != "usable" else np.moveaxis(wanted[name], 1, 0)
        np.testing.assert_allclose(own, full, rtol=1e-9, atol=1e-12 * np.abs(full).max(initial=1.0), err_msg=name)


def test_capacity_closes_over_all_years(case: dict[str, Any]) -> None:
    found = together(case)
    entered = (case["inflow"][:, :, None] * case["mix"] * case["size"][:, :, None]).sum(axis=(0, 1))
    fitted = (np.moveaxis(found.replacements, 1, 0)[:, :, None] * case["mix"] * case["size"][:, :, None]).sum(
        axis=(0, 1)
    )
    out = found.removed[:, :, 0].sum(axis=(0, 2)) + found.abroad[:, 0].sum(axis=1)
    np.testing.assert_allclose(entered + fitted, out + found.in_use[:, 0, -1], rtol=1e-12)


def test_members_may_have_several_axes(case: dict[str, Any]) -> None:
    def folded(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(folded(each) for each in value)
        if isinstance(value, stocks.Weibull):
            return stocks.Weibull(folded(value.shape), folded(value.scale))
        return value.reshape(*value.shape[:-1], 2, 2)

    flat, deep = together(case), together({name: folded(value) for name, value in case.items()})
    assert deep.ended.shape == (3, YEARS, 2, 2)
    np.testing.assert_array_equal(deep.ended.reshape(flat.ended.shape), flat.ended)


def test_steps_by_residence_are_left_to_the_cascade() -> None:
    assert stocks.can_follow([stocks.Step("only", floor=0.7)])
    assert not stocks.can_follow([stocks.Step("only", residence=stocks.Fixed(3.0))])
    assert not stocks.can_follow([stocks.Step("first", floor=0.7), stocks.Step("second", floor=0.6)])
    assert not stocks.can_follow([stocks.Step("only", floor=0.7, order="oldest")])


def test_without_numba_nothing_can_be_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert not stocks.can_follow([stocks.Step("only", floor=0.7)])


def test_refuses_what_it_cannot_follow(case: dict[str, Any]) -> None:
    case["inflow"] = -case["inflow"]
    with pytest.raises(ValueError, match="inflow"):
        together(case)


def test_refuses_other_steps(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "can_follow", lambda steps: False)
    with pytest.raises(ValueError, match="takes steps by fade that refuse to the next one"):
        together(case)


def test_refuses_shares_that_change_with_the_year(case: dict[str, Any]) -> None:
    share, age = case["replaced"]
    case["replaced"] = (np.broadcast_to(share, (YEARS, *share.shape)), age)
    with pytest.raises(ValueError, match="on the age of the product, not on the year"):
        together(case)


def test_refuses_lives_by_cohort(case: dict[str, Any]) -> None:
    case["component"] = tuple(np.broadcast_to(value, (YEARS, *value.shape)) * 1.0 for value in case["component"])
    with pytest.raises(ValueError, match="may not differ by cohort"):
        together(case)


def test_refuses_replacements_that_never_end(case: dict[str, Any]) -> None:
    mean, sd = case["component"]
    case["component"] = (np.full_like(mean, 0.01), np.full_like(sd, 0.0))
    case["replaced"] = (np.ones_like(case["replaced"][0]), case["replaced"][1])
    with pytest.raises(ValueError, match="replacements never end"):
        together(case)


def test_sees_a_step_that_does_not_close() -> None:
    totals = stocks.Totals(*(np.zeros((1,) * 5) for _ in stocks.Totals._fields))
    entered = np.ones((1, 1, 1, 1))
    with pytest.raises(ValueError, match="a step of later use does not close"):
        module._check_closure(totals._replace(entered=entered, left=0.5 * entered, held=np.zeros((1, 1))))

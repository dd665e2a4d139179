"""Sums of ledger variables."""

from __future__ import annotations

import numpy as np
import pytest

from lithflow.axes import Axes
from lithflow.chain.ledger import Ledger
from lithflow.indicators.terms import Term, total
from tests.chain.ledgers import DIMENSIONS, by_hand


def test_a_term_sums_what_is_asked_for() -> None:
    amounts = {
        ("old", "formal", "carbonate"): 1.0,
        ("old", "informal", "hydroxide"): 2.0,
        ("new", "formal", "carbonate"): 4.0,
        ("imported", "formal", "carbonate"): 8.0,
    }
    ledger = by_hand({"salts_recovered": amounts}, {})
    assert total(ledger, [Term.of("salts_recovered")]).ravel()[0] == 15.0
    assert total(ledger, [Term.of("salts_recovered", scrap="old")]).ravel()[0] == 3.0
    assert total(ledger, [Term.of("salts_recovered", scrap=("old", "new"), channel="formal")]).ravel()[0] == 5.0
    assert (
        total(ledger, [Term.of("salts_recovered"), Term.of("salts_recovered", scrap="old", sign=-1)]).ravel()[0] == 12.0
    )


def test_the_change_of_a_stock_starts_from_nothing() -> None:
    ledger = by_hand({"salt_stock": {("carbonate",): 5.0}}, {})
    np.testing.assert_array_equal(total(ledger, [Term.of("salt_stock", change=True)]).ravel(), [5.0, 0.0])


def test_an_unknown_label_is_an_error() -> None:
    with pytest.raises(ValueError, match="'older' is not in list"):
        total(by_hand({}, {}), [Term.of("salts_recovered", scrap="older")])


def test_weights_count_by_label() -> None:
    ledger = by_hand({"cathode_output": {("NMC811",): 10.0, ("LFP",): 100.0}}, {})
    weighted = total(ledger, [Term.of("cathode_output")], {"chemistry": np.array([0.5, 0.0])})
    assert weighted.ravel()[0] == 5.0


def test_regions_and_members_are_kept() -> None:
    axes = Axes({**DIMENSIONS, "region": ["north", "south"], "member": [0, 1, 2]})
    ledger = Ledger()
    ledger.post(
        "refining_residue", axes.wrap(np.arange(12.0).reshape(2, 2, 3), ("year", "region", "member"), "t Li/year")
    )
    ledger.post("tailings", axes.wrap(np.ones((2, 2, 3)), ("year", "resource", "member"), "t Li/year"))
    assert total(ledger, [Term.of("refining_residue")]).shape == (2, 2, 3)
    assert total(ledger, [Term.of("tailings")]).shape == (2, 1, 3)
    both = total(ledger, [Term.of("refining_residue"), Term.of("tailings")])
    np.testing.assert_array_equal(both, np.arange(12.0).reshape(2, 2, 3) + 2.0)


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (Term.of("tailings"), "+ tailings"),
        (Term.of("salts_recovered", scrap="old"), "+ salts_recovered[old]"),
        (Term.of("salts_recovered", scrap=("old", "new"), channel="formal"), "+ salts_recovered[old+new, formal]"),
        (Term.of("salt_stock", sign=-1, change=True), "− change of salt_stock"),
    ],
)
def test_terms_read_as_formulas(term: Term, text: str) -> None:
    assert str(term) == text

"""Collection, recovery and secondary supply of lithium, and of each metal beside it, by the same definitions but for U.

G is what left its last use, C is collected, C_R is recycled at home, O is recovered from old scrap, N from new scrap
and M from imported black mass, P is primary, and U = P + O + N + M is what makers use. U of lithium is what makers of
cathode and other goods take, exported cathode, losses and what goes into the stock of cathode with it, imported
cathode without. U of metals is what cell makers take, so the other way round: contents of the two are not to be
compared. Rates of end-of-life batteries, the old scrap ratio and the recycled content are of scrap that arose at
home, so that M stands below their line only, in U; the recycled content of M has a name of its own. What
`lithflow.indicators.active_materials` gives counts recovered material of any origin, as the regulation does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lithflow.chain.ledger import Ledger
from lithflow.indicators.indicator import Indicator, Parts
from lithflow.indicators.terms import Term, amount, ratio

__all__ = ["RECOVERED", "SCRAP", "Recycled", "recovered", "recycling_indicators"]

SCRAP = ("old", "new", "imported")
"""What secondary supply comes from; it is never shown without these apart."""

RECOVERED = {"lithium": ("salts_recovered", "cathode_repaired"), "metal": ("metals_recovered",)}
"""Flows of secondary supply."""


@dataclass(frozen=True)
class Recycled:
    """Lithium or the metals beside it, by the names of their flows.

    Parameters
    ----------
    word
        ``lithium`` or ``metal``, as in texts and in some names of indicators.
    prefix
        What the other names begin with.
    recovery, supply
        Names of the recovery of the process, and of what secondary supply begins with.
    retired, ended, released, collected
        Flows to collection.
    reused
        Batteries that newly are in second use.
    treated, black_mass, black_mass_imported, black_mass_exported
        Flows through recyclers.
    used
        What makers use (U).
    unit
        Unit of an amount.
    keep
        Dimensions that are not summed.
    beyond
        Said of rates of what makers use.
    retired_note
        Said of what is collected in a year of batteries retired in it.
    """

    word: str
    prefix: str
    recovery: str
    supply: str
    retired: str
    ended: tuple[str, ...]
    released: str
    collected: str
    reused: tuple[Term, ...]
    treated: str
    black_mass: str
    black_mass_imported: str
    black_mass_exported: str
    used: tuple[Term, ...]
    unit: str
    keep: tuple[str, ...] = ()
    beyond: str = ""
    retired_note: str = ""

    @property
    def leached_formal(self) -> tuple[Term, ...]:
        """What listed recyclers leach: their black mass and what is imported, less what is exported."""
        return (
            Term.of(self.black_mass, channel="formal"),
            Term.of(self.black_mass_imported),
            Term.of(self.black_mass_exported, channel="formal", sign=-1),
        )


def recovered(word: str, *scrap: str, channel: str | None = None) -> tuple[Term, ...]:
    """Give what recyclers recover, each kind of scrap by itself.

    Parameters
    ----------
    word
        ``lithium`` or ``metal``.
    scrap
        Labels of `SCRAP`.
    channel
        The channel that counts; all unless given.
    """
    of_channel = () if channel is None else (("channel", (channel,)),)
    return tuple(Term(flow, (("scrap", (kind,)), *of_channel)) for kind in scrap for flow in RECOVERED[word])


def recycling_indicators(of: Recycled) -> tuple[Indicator, ...]:
    """Define the indicators of an element.

    Parameters
    ----------
    of
        The element's flows.
    """
    return (*_collection(of), *_process(of), *_content(of), *_supply(of))


def _rate(
    of: Recycled, name: str, meaning: str, above: tuple[Term, ...], below: tuple[Term, ...], yearly: str = ""
) -> Indicator:
    return Indicator(name, meaning + yearly, above, below, keep=of.keep, yearly=yearly)


def _ended(of: Recycled) -> tuple[Term, ...]:
    return tuple(Term.of(flow) for flow in of.ended)


def _collection(of: Recycled) -> tuple[Indicator, ...]:
    """Define what is collected of what is discarded."""
    word, capital, ended = of.word, of.word.capitalize(), _ended(of)
    retired, from_vehicles = (Term.of(of.retired),), (Term.of(of.collected, battery_use="vehicle"),)
    return (
        _rate(
            of,
            f"{of.prefix}collection_rate",
            f"{capital} collected, of {word} in batteries that left their last use (C / G)",
            (Term.of(of.collected),),
            ended,
            yearly="; above one in a year in which the hoard empties",
        ),
        _rate(
            of,
            f"{of.prefix}collection_rate_formal",
            f"{capital} collected by listed recyclers, of {word} in batteries that left their last use (C_f / G)",
            (Term.of(of.collected, channel="formal"),),
            ended,
        ),
        _rate(
            of,
            f"{of.prefix}collection_rate_vehicle",
            f"{capital} in traction batteries collected, of those that left their last use or the hoard; never above "
            "one",
            from_vehicles,
            (*ended[:1], Term.of(of.released, battery_use="vehicle")),
        ),
        _rate(
            of,
            f"{of.prefix}collected_of_retired",
            f"{capital} in traction batteries collected, of those retired from vehicles",
            from_vehicles,
            retired,
            yearly=of.retired_note,
        ),
        _rate(
            of,
            f"{of.prefix}collected_or_reused",
            f"{capital} in traction batteries collected or newly in second use, of those retired from vehicles",
            (*from_vehicles, *of.reused),
            retired,
        ),
    )


def _process(of: Recycled) -> tuple[Indicator, ...]:
    """Define what recyclers recover of what they treat, step by step and over all steps."""
    word, capital = of.word, of.word.capitalize()
    return (
        Indicator(
            of.recovery,
            "Recovery of the process: old scrap out, of old scrap treated (O / C_R); what of it is exported as black "
            "mass doesn't count",
            keep=of.keep,
            compute=_recovered_of_treated(of, "old"),
            amounts_in=of.unit,
        ),
        _rate(
            of,
            f"{of.prefix}black_mass_yield_formal",
            f"{capital} in black mass, of {word} treated, at listed recyclers",
            of.leached_formal[:1],
            (Term.of(of.treated, channel="formal"),),
        ),
        _rate(
            of,
            f"{word}_recovery_formal",
            f"{capital} in products, of {word} in black mass (the smelting step), at listed recyclers; imported black "
            "mass on both sides",
            recovered(word, *SCRAP, channel="formal"),
            of.leached_formal,
        ),
        Indicator(
            f"{word}_recovery_chain_formal",
            f"{capital} in products, of {word} treated, at listed recyclers (both steps); black mass that is "
            "imported or exported doesn't count",
            keep=of.keep,
            compute=_recovered_of_treated(of, "old", "new", channel="formal"),
            amounts_in=of.unit,
        ),
        _rate(
            of,
            f"{of.prefix}eol_recycling_rate",
            f"End-of-life recycling rate: old scrap out, of {word} in batteries that left their last use (O / G)",
            recovered(word, "old"),
            _ended(of),
        ),
    )


def _recovered_of_treated(of: Recycled, *scrap: str, channel: str | None = None) -> Callable[[Ledger], Parts]:
    """Make what is recovered of what was treated for it, at home."""
    above = recovered(of.word, *scrap, channel=channel)
    where = {"scrap": scrap} if channel is None else {"scrap": scrap, "channel": channel}
    treated, black_mass, exported = (
        Term.of(flow, **where) for flow in (of.treated, of.black_mass, of.black_mass_exported)
    )

    def content(ledger: Ledger) -> Parts:
        """Products of home recyclers, of what was treated for them: treated × (1 − exported / all black mass), as what
        is exported becomes a product elsewhere."""
        whole, made, sold = (
            amount(ledger, term, keep=("scrap", "channel", *of.keep)) for term in (treated, black_mass, exported)
        )
        kept = whole * (1.0 - np.nan_to_num(ratio(sold, made)))
        below = (f"{treated.flow} × (1 − {exported.flow} / {black_mass.flow})", kept.sum(axis=(1, 2)))
        return [(term.flow, amount(ledger, term, keep=of.keep)) for term in above], [below]

    return content


def _content(of: Recycled) -> tuple[Indicator, ...]:
    """Define what secondary supply is of what makers use."""
    word = of.word
    old, new, imported = (recovered(word, kind) for kind in SCRAP)
    return (
        _rate(
            of,
            f"{of.prefix}recycled_content",
            f"Old and new scrap, of all {word} used ((O + N) / U); what comes from imported black mass is in U only"
            + of.beyond,
            (*old, *new),
            of.used,
        ),
        _rate(
            of,
            f"{of.prefix}recycled_content_imported",
            f"Recovered from imported black mass, of all {word} used (M / U); beside the recycled content of home scrap"
            + of.beyond,
            imported,
            of.used,
        ),
        _rate(
            of,
            f"{of.prefix}eol_recycling_input_rate",
            f"End-of-life recycling input rate: old scrap, of all {word} used (O / U)" + of.beyond,
            old,
            of.used,
        ),
        _rate(
            of,
            f"{of.prefix}old_scrap_ratio",
            "Old scrap, of old and new scrap that arose at home (O / (O + N))",
            old,
            (*old, *new),
        ),
    )


def _supply(of: Recycled) -> tuple[Indicator, ...]:
    """Define secondary supply by what it comes from."""
    texts = ("old scrap (O)", "new scrap (N)", "imported black mass (M)")
    return tuple(
        Indicator(
            f"{of.supply}_{kind}",
            f"{of.word.capitalize()} recovered from {text}",
            recovered(of.word, kind),
            unit=of.unit,
            keep=of.keep,
        )
        for kind, text in zip(SCRAP, texts, strict=True)
    )

"""Collection, recovery and secondary supply of lithium, and of each metal beside it, by the same definitions.

G is what left its last use, C is collected, C_R goes to recycling, O is recovered from old scrap, N from new scrap and
M from imported black mass, P is primary, and U = P + O + N + M is what makers use. Rates of end-of-life batteries, the
old scrap ratio and the recycled content are of scrap that arose at home, so that M stands below their line only, in U;
the recycled content of M has a name of its own. What `lithflow.indicators.active_materials` gives counts recovered
material of any origin, as the regulation does.
"""

from __future__ import annotations

from dataclasses import dataclass

from lithflow.indicators.indicator import Indicator
from lithflow.indicators.terms import Term

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
        Said of rates in which supply may be more than use.
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
    word, capital = of.word, of.word.capitalize()
    ended = tuple(Term.of(flow) for flow in of.ended)
    retired = (Term.of(of.retired),)
    collected_from_vehicles = (Term.of(of.collected, battery_use="vehicle"),)
    treated, treated_formal = (Term.of(of.treated, scrap="old"),), (Term.of(of.treated, channel="formal"),)
    old, new, imported = (recovered(word, kind) for kind in SCRAP)
    black_mass_formal = (Term.of(of.black_mass, channel="formal"),)
    leached_formal = (
        *black_mass_formal,
        Term.of(of.black_mass_imported),
        Term.of(of.black_mass_exported, channel="formal", sign=-1),
    )
    entries = (
        (
            f"{of.prefix}collection_rate",
            f"{capital} collected, of {word} in batteries that left their last use (C / G); above one in a year in "
            "which the hoard empties",
            (Term.of(of.collected),),
            ended,
        ),
        (
            f"{of.prefix}collection_rate_formal",
            f"{capital} collected by listed recyclers, of {word} in batteries that left their last use (C_f / G)",
            (Term.of(of.collected, channel="formal"),),
            ended,
        ),
        (
            f"{of.prefix}collection_rate_vehicle",
            f"{capital} in traction batteries collected, of those that left their last use or the hoard; never above "
            "one",
            collected_from_vehicles,
            (*ended[:1], Term.of(of.released, battery_use="vehicle")),
        ),
        (
            f"{of.prefix}collected_of_retired",
            f"{capital} in traction batteries collected, of those retired from vehicles (for lithium, the source "
            "documents' 41 % of 2020)",
            collected_from_vehicles,
            retired,
        ),
        (
            f"{of.prefix}collected_or_reused",
            f"{capital} in traction batteries collected or newly in second use, of those retired from vehicles",
            (*collected_from_vehicles, *of.reused),
            retired,
        ),
        (of.recovery, "Recovery of the process: old scrap out, of old scrap treated (O / C_R)", old, treated),
        (
            f"{of.prefix}black_mass_yield_formal",
            f"{capital} in black mass, of {word} treated, at listed recyclers",
            black_mass_formal,
            treated_formal,
        ),
        (
            f"{word}_recovery_formal",
            f"{capital} in products, of {word} in black mass (the smelting step), at listed recyclers; imported black "
            "mass on both sides",
            recovered(word, *SCRAP, channel="formal"),
            leached_formal,
        ),
        (
            f"{word}_recovery_chain_formal",
            f"{capital} in products, of {word} treated, at listed recyclers (both steps); without imported black mass",
            recovered(word, "old", "new", channel="formal"),
            treated_formal,
        ),
        (
            f"{of.prefix}eol_recycling_rate",
            f"End-of-life recycling rate: old scrap out, of {word} in batteries that left their last use (O / G)",
            old,
            ended,
        ),
        (
            f"{of.prefix}recycled_content",
            f"Old and new scrap, of all {word} used ((O + N) / U); what comes from imported black mass is in U only"
            + of.beyond,
            (*old, *new),
            of.used,
        ),
        (
            f"{of.prefix}recycled_content_imported",
            f"Recovered from imported black mass, of all {word} used (M / U); beside the recycled content of home scrap"
            + of.beyond,
            imported,
            of.used,
        ),
        (
            f"{of.prefix}eol_recycling_input_rate",
            f"End-of-life recycling input rate: old scrap, of all {word} used (O / U)" + of.beyond,
            old,
            of.used,
        ),
        (
            f"{of.prefix}old_scrap_ratio",
            "Old scrap, of old and new scrap that arose at home (O / (O + N))",
            old,
            (*old, *new),
        ),
    )
    rates = (Indicator(*entry, keep=of.keep) for entry in entries)
    supplies = zip(
        SCRAP, ("old scrap (O)", "new scrap (N)", "imported black mass (M)"), (old, new, imported), strict=True
    )
    amounts = (
        Indicator(f"{of.supply}_{kind}", f"{capital} recovered from {text}", terms, unit=of.unit, keep=of.keep)
        for kind, text, terms in supplies
    )
    return (*rates, *amounts)

"""Second life: the parameters of ``reuse.yaml``."""

from __future__ import annotations

from lithflow.inputs.declaration import Declaration

__all__ = ["REUSE"]

REUSE = (
    Declaration(
        "reuse.suitable_share",
        ("year", "chemistry", "cause"),
        "1",
        "Share of retired batteries offered to second use",
        maximum=1.0,
    ),
    Declaration(
        "reuse.first_floor",
        (),
        "usable",
        "State of health at which a battery is worn for its vehicle",
        maximum=0.99,
        positive=True,
    ),
    Declaration(
        "reuse.fade_exponent",
        ("chemistry",),
        "1",
        "Exponent z of fade: health = 1 − (1 − first floor)·(age/life)^z; 1 is linear, below 1 is fast at first",
        positive=True,
    ),
    Declaration(
        "reuse.basis",
        ("reuse_step",),
        "1",
        "What ends a step: fade to its floor, or a residence time of its own",
        kind="text",
        choices=("fade", "residence"),
    ),
    Declaration(
        "reuse.entry_state_of_health",
        ("reuse_step",),
        "usable",
        "State of health that a battery needs to enter a step; not above the floor of the step before",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "reuse.floor",
        ("reuse_step",),
        "usable",
        "State of health at which a battery leaves a step",
        maximum=1.0,
        positive=True,
    ),
    Declaration(
        "reuse.stress",
        ("reuse_step",),
        "1",
        "Fade in a step over fade in the vehicle in the same time",
        positive=True,
    ),
    Declaration(
        "reuse.residence", ("reuse_step",), "year", "Mean time in a step whose basis is residence", positive=True
    ),
    Declaration(
        "reuse.residence_sd",
        ("reuse_step",),
        "year",
        "Standard deviation of the time in a step whose basis is residence",
    ),
    Declaration(
        "reuse.market_share",
        ("year", "reuse_step"),
        "1",
        "Largest share of a demand that second-life batteries fill",
        maximum=1.0,
    ),
    Declaration(
        "reuse.onward_share",
        ("reuse_step",),
        "1",
        "Share of the batteries leaving a step that are offered to the next; without effect for the last",
        maximum=1.0,
    ),
    Declaration(
        "reuse.lost_share",
        ("reuse_step",),
        "1",
        "Share of the batteries leaving a step, and not offered to the next, that nobody can collect",
        maximum=1.0,
    ),
)

"""What a reader must know of home reserves: which end, and which observed mines took more of than was stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lithflow.arrays import bare, value
from lithflow.indicators.milestones import exhausted_in, used_up_in

if TYPE_CHECKING:
    from lithflow.run import Run

__all__ = ["reserve_remarks"]


def reserve_remarks(run: Run) -> list[str]:
    """Say which reserves run out or are used up for a time, and which were overdrawn by what was observed.

    Parameters
    ----------
    run
        A run without members and regions.
    """
    stated = value(run.setting["mining.reserve_year"], "year")
    left, mined, potential = (
        bare(run[name], unit, ("year", "resource"))
        for name, unit in (
            ("reserves_left", "t Li"),
            ("concentrate_mined", "t Li/year"),
            ("mine_potential", "t Li/year"),
        )
    )
    ends, used_up = exhausted_in(left, potential, run.years), used_up_in(left, run.years)
    observed = [year <= run.last_observed for year in run.years]
    told = []
    for i, resource in enumerate(run.setting.axes.labels("resource")):
        overdrawn = (left[:, i] < 0.0) & observed
        if overdrawn.any():
            year = run.years[int(overdrawn.argmax())]
            told.append(f"observed mines took more {resource} by {year} than mining.reserves states")
        if not mined[:, i].any():
            continue
        if ends[i] is not None:
            told.append(
                f"home mines run out of {resource} in {ends[i]}: reserves as stated in {stated:.0f}, with what "
                "mining.reserve_additions adds"
            )
        elif used_up[i] is not None:
            told.append(
                f"home mines use up their {resource} by the end of {used_up[i]}; what mining.reserve_additions adds "
                "later can be mined"
            )
    return told

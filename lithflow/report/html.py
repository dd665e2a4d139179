"""The card that a notebook shows for a run."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from lithflow.report.tables import flagged_year, remarks, summary

if TYPE_CHECKING:
    from lithflow.run import Run

__all__ = ["run_card"]


def run_card(run: Run) -> str:
    """Make a small piece of HTML: title, main results, goals and balance.

    Parameters
    ----------
    run
        The run.
    """
    single = "member" not in run.setting.extra
    table = ""
    if single:
        shown = summary(run, run.shown_years)
        flagged = shown.attrs.get("infeasible", ())
        shown.columns = [flagged_year(year, year in flagged) for year in run.shown_years]
        table = shown.to_html(float_format=lambda number: f"{number:,.1f}", na_rep="–")
    goals = _goals(run) if single and not run.regions else ""
    told = "".join(f"<p>{escape(remark)}</p>" for remark in remarks(run))
    return (
        f"<div><h4>{escape(run.title)} <small>({escape(run.scenario)}, {run.years[0]}–{run.years[-1]})</small></h4>"
        f"{table}{told}{goals}<p><small>{escape(str(run.balance))}</small></p></div>"
    )


def _goals(run: Run) -> str:
    """Say of each group of goals how many are met, and which are not."""
    lines = []
    for group, judged in run.targets().groupby("group", sort=False):
        met = int(judged["met"].sum())
        missed = ", ".join(judged.loc[~judged["met"].astype(bool), "target"])
        name = f"{escape(str(group))}: " if group else ""
        lines.append(f"{name}{met} of {len(judged)} goals met{'; missed: ' + escape(missed) if missed else ''}.")
    return f"<p>{'<br>'.join(lines)}</p>" if lines else ""

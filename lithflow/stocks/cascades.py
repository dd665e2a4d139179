"""A cascade of later uses, such as low-speed vehicle, grid storage, home storage, for what leaves its first use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lithflow.stocks.cascade_run import Tables, pass_through
from lithflow.stocks.cascade_setting import Setting, acceptance
from lithflow.stocks.checks import FloatArray, as_floats, check_choice, check_not_negative, check_share
from lithflow.stocks.health import Fade, YearlyFade
from lithflow.stocks.layout import is_labelled
from lithflow.stocks.survival import Lifetime


@dataclass(frozen=True)
class Step:
    """One use in a cascade.

    What leaves it goes on to the next step (``onward``), is lost (``lost``), or is collected (the rest). What does not
    have the SOH needed at entry is collected; what its demand does not take is collected or offered to the next step
    (``refused``).

    Parameters
    ----------
    name : str
    floor : array_like, optional
        SOH at which it leaves this use. Needed with fade; with a residence it is the SOH with which it goes on, and
        below which it is not valued in use.
    stress : array_like
        ρ: fade in this use over fade in first use at the same time.
    residence : Lifetime, optional
        Years in this use, in place of fade.
    from_production : bool
        The residence is a life that counts from production: of age a it stays with S(a + years)/S(a).
    entry_soh : array_like, optional
        SOH needed to enter; the floor unless given. By the life carried on with :class:`Fade`, by age with
        :class:`YearlyFade`; one of them must be given.
    onward, lost : array_like
        Shares of what leaves, by year and lane; together not above 1.
    demand : array_like, optional
        Usable capacity that this use takes in a year, (year, lanes...); all that is offered unless given.
    order : "proportional", "youngest" or "oldest"
        What is taken first if more is offered than is wanted.
    refused : "collected" or "next"
        Where what the demand does not take goes: it is collected, or offered to the next step in the same year as it
        is, with its SOH and the life it carries. What the last step does not take is collected.

    Raises
    ------
    TypeError
        Something that is not bare numbers.
    ValueError
        Shares outside 0–1 or above 1 together; a stress that is not above 0; neither floor nor residence.
    """

    name: str
    floor: Any = None
    stress: Any = 1.0
    residence: Lifetime | None = None
    from_production: bool = False
    entry_soh: Any = None
    onward: Any = 0.0
    lost: Any = 0.0
    demand: Any = None
    order: str = "proportional"
    refused: str = "collected"

    def __post_init__(self) -> None:
        place = f"Step {self.name!r}"
        if self.floor is None and self.residence is None:
            raise ValueError(f"{place}: give floor= (with fade) or residence=")
        for name in ("floor", "entry_soh"):
            if getattr(self, name) is not None:
                check_share(f"{place} {name}=", getattr(self, name))
        onward, lost = check_share(f"{place} onward=", self.onward), check_share(f"{place} lost=", self.lost)
        if not is_labelled(self.onward) and not is_labelled(self.lost) and np.any(onward + lost > 1 + 1e-12):
            raise ValueError(
                f"{place}: onward + lost = {np.max(onward + lost):g}; expected 1 or less, the rest is collected"
            )
        if np.any(as_floats(f"{place} stress=", self.stress) <= 0):
            raise ValueError(f"{place} stress=: expected a number above 0, got {self.stress}")
        check_choice(f"{place} order=", self.order, ("proportional", "youngest", "oldest"))
        check_choice(f"{place} refused=", self.refused, ("collected", "next"))


@dataclass
class StepFlows:
    """What passes through one use, each (year, production year, lanes...) in units of what entered the cascade.

    Attributes
    ----------
    offered, inflow : what arrived (for the first step what was suitable), and what entered
    passed : of the difference, what is offered to the next step; the rest of it is collected
    outflow, stock : what left by its life, and what is there at the end of the year
    onward, collected, lost : where the outflow went
    usable_inflow : (year, lanes...)
        Usable capacity that entered: amount × SOH at entry (the amount, if no fade is given).
    usable_stock : (year, lanes...) or None
        Usable capacity in service at the end of the year, if asked for. In a residence SOH falls as the fade says, at
        the stress of the step, but not below its floor.
    held : (cohort, lanes...)
        What is there at the horizon, summed from what has not left, not from the stock equation.
    """

    name: str
    offered: Any
    inflow: Any
    outflow: Any
    stock: Any
    onward: Any
    collected: Any
    lost: Any
    passed: Any
    usable_inflow: Any
    usable_stock: Any
    held: Any = field(repr=False)

    @property
    def not_taken(self) -> Any:
        """Offered, but not wanted or, after the first step, below the SOH needed: collected at once or passed on."""
        return self.offered - self.inflow


@dataclass
class Cascade:
    """All steps, and what left the cascade, (year, production year, lanes...).

    Attributes
    ----------
    steps : list of StepFlows
    entered : what was removed from first use
    unsuitable : of that, what was collected at once
    collected, lost : all that left, over all steps
    """

    steps: list[StepFlows]
    entered: Any
    unsuitable: Any
    collected: Any
    lost: Any

    def __getitem__(self, name: str) -> StepFlows:
        """A step by name."""
        found = {step.name: step for step in self.steps}
        return found[check_choice("step", name, found)]

    def closure(self) -> float:
        """Worst |entered − collected − lost − held| by production year and lane, over what entered."""
        entered = np.asarray(self.entered).sum(axis=0)
        left = (np.asarray(self.collected) + np.asarray(self.lost)).sum(axis=0)
        held = sum(np.asarray(step.held) for step in self.steps)
        scale = np.where(entered > 0, entered, 1.0)
        return float(np.max(np.abs(entered - left - held) / scale, initial=0.0))


def fill(
    demand: ArrayLike, offered: ArrayLike, usable: ArrayLike = 1.0, order: str = "youngest"
) -> tuple[FloatArray, FloatArray]:
    """Meet a demand from what is offered by production year, the youngest (or oldest) first.

    Parameters
    ----------
    demand : array_like (year, lanes...)
        Usable capacity wanted in a year.
    offered : array_like (year, cohort, lanes...)
        Nameplate amounts on offer.
    usable : array_like
        SOH of what is offered, broadcast with it; ``YearlyFade(0.02).soh(age)`` for 2 % of nameplate a year.
    order : "youngest", "oldest" or "proportional"

    Returns
    -------
    taken : (year, cohort, lanes...)
        Nameplate amounts taken.
    unmet : (year, lanes...)
        Usable capacity still wanted.

    Raises
    ------
    ValueError
        A negative demand or offer, a shape that does not fit, or an unknown order.
    """
    check_choice("order", order, ("youngest", "oldest", "proportional"))
    amounts = check_not_negative("offered", offered, ("year", "cohort"))
    wanted = _broadcast("demand", check_not_negative("demand", demand, ("year",)), (len(amounts), *amounts.shape[2:]))
    capacity = amounts * _broadcast("usable", as_floats("usable", usable), amounts.shape)
    accepted = acceptance(wanted, capacity, order)
    taken = amounts * accepted
    return taken, np.maximum(wanted - (capacity * accepted).sum(axis=1), 0.0)


def _broadcast(name: str, values: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    try:
        return np.broadcast_to(values, shape)
    except ValueError:
        raise ValueError(f"{name}: expected a shape that broadcasts with {shape}, got {values.shape}") from None


def cascade(
    entering: Any,
    steps: Sequence[Step],
    *,
    fade: Fade | YearlyFade | None = None,
    life: Lifetime | None = None,
    suitable: Any = 1.0,
    independent: bool = False,
    pooled: Sequence[str | int] = (),
    usable_stock: bool = False,
    inflow_at: str = "middle",
    years: ArrayLike | None = None,
    points: int = 8,
) -> Cascade:
    """Pass what leaves its first use through later uses, by production year.

    With :class:`Fade`, the age at removal carries the first life T: a worn component has T = its age and enters at
    θ₁; a good one, removed at age a, has T with the density f(T | T > a). Later lives follow from the same T, so they
    are correlated with the first. What changes x years after removal does so partly in year ⌊x⌋ and partly in the
    next.

    Parameters
    ----------
    entering : mapping of (year, cohort, lanes...) arrays, or one array
        Amounts removed by year and production year, by cause: ``worn`` and ``good``. One array counts as worn.
    steps : sequence of Step
        The uses in order.
    fade : Fade or YearlyFade, optional
        :class:`Fade` drives steps without a residence; either values usable capacity.
    life : Lifetime, optional
        First life in use, for the T of good components; needed with fade if there are any, or if `independent`.
    suitable : array_like or mapping by cause
        Share that may enter the first step, by year and lane; the rest is collected.
    independent : bool
        Draw T afresh from the life of the production year for each step, instead of carrying it on. A good one keeps
        T > a in its first step.
    pooled : sequence of str or int
        Lanes (names, or positions among the lanes) that share the demand of a step.
    usable_stock : bool
        Also compute the usable capacity in service at the end of each year, which takes longer than all the rest. Needs
        `fade`; after a step with a residence, :class:`Fade` also needs the floor of that step and `life`.
    inflow_at : "middle", "start", "end" or "spread"
        Moment of entry into first use, which gives the age at removal.
    years : array_like, optional
        Calendar years; they must follow one another.
    points : int
        Gauss–Legendre points over T for good components.

    Returns
    -------
    Cascade

    Raises
    ------
    TypeError
        Quantities in place of bare numbers.
    ValueError
        Negative amounts, something removed before it was made, shares outside 0–1, no steps, a step, an entry SOH or
        `usable_stock` that needs fade without it, an SOH at entry that is unknown, an entry SOH above the floor of the
        step before (unless that step passes on what it refuses), shapes or labels that do not fit, uneven years.
    """
    if not steps:
        raise ValueError("steps: expected one step or more, got none")
    causes = dict(entering) if isinstance(entering, Mapping) else {"worn": entering}
    for name in causes:
        check_choice("entering", name, ("worn", "good"))
    setting = Setting(
        causes, list(steps), fade, life, suitable, independent, pooled, usable_stock, inflow_at, years, points
    )
    return _result(setting)


def _result(setting: Setting) -> Cascade:
    out = setting.out
    tables, unsuitable = pass_through(setting)
    collected, lost = unsuitable.copy(), np.zeros_like(unsuitable)
    for step in tables:
        collected += step.collected
        collected += step.offered - step.inflow - step.passed
        lost += step.lost
    return Cascade(
        steps=[_wrapped(setting, step) for step in tables],
        entered=out(sum(setting.entered.values())),
        unsuitable=out(unsuitable),
        collected=out(collected),
        lost=out(lost),
    )


def _wrapped(setting: Setting, tables: Tables) -> StepFlows:
    names = ("offered", "inflow", "outflow", "stock", "onward", "collected", "lost", "passed")
    return StepFlows(
        name=tables.name,
        **{name: setting.out(getattr(tables, name)) for name in names},
        usable_inflow=setting.out(tables.usable_inflow, ("year",)),
        usable_stock=None if tables.usable_stock is None else setting.out(tables.usable_stock, ("year",)),
        held=setting.out(tables.held, ("cohort",)),
    )

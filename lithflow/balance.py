"""The balances behind the certificate that every run carries; they can't be switched off.

Three routes, design and tests apart from the stages, and two more where a run has regions:

(a) each process, year and layer: inflows − outflows − stock change = 0;
(b) each production year: nameplate capacity put into first use × lithium per capacity = what became of it;
(c) the whole: extraction + imports + unmet = exports + losses + stock change;
(d) trade: what a region imports or exports = what its partners deliver or get + what it trades with countries outside;
(e) the world: all regions together, with what they trade with countries outside alone, lithium and metals.

A process that makes what is wanted less what is imported (vehicles, cells, cathode for cells) balances as it is
computed; that what it makes isn't negative is the ledger's to check, and that it is right is for (b) and for tests.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from lithflow.certificate import TOLERANCE, Certificate, Entry, MassBalanceError
from lithflow.chain.ledger import EXTRA, Ledger
from lithflow.chain.trade import METALS_TRADED, TRADED
from lithflow.chain.variables import FLOW_UNITS, OUTSIDE, PROJECTED, VARIABLES, Layer, Variable, process_variables

__all__ = ["certify"]

Array = npt.NDArray[np.float64]
ROUTES = ("process", "trade", "cohort", "whole", "world")
LAYERS: tuple[Layer, ...] = tuple(layer for layer in get_args(Layer) if layer != "none")


def certify(ledger: Ledger, years: Sequence[int], contents: Mapping[Layer, Array], last_observed: int) -> Certificate:
    """Take all balances of a ledger.

    Parameters
    ----------
    ledger
        Everything that the stages posted.
    years
        The model years.
    contents
        From the inputs, what batteries hold per nameplate capacity by production year and chemistry: for ``lithium``
        t Li/kWh, for ``metals`` t metal/kWh with a further axis for the metal; region and member may follow. Empty for
        runs that don't follow production years.
    last_observed
        The last year up to which the variables of `PROJECTED` need no number.

    Returns
    -------
    Certificate
        Only if all is well.

    Raises
    ------
    MassBalanceError
        If a residual is above `TOLERANCE`, or a value is infinite or NaN; that it may be in observed years of
        `PROJECTED`.
    """
    balances = _Balances(ledger)
    _refuse_non_finite(balances.values, years, last_observed)
    _refuse_non_finite(ledger.cohorts, years, last_observed)
    residuals = [balances.process(layer, process) for layer in LAYERS for process in process_variables(layer)]
    residuals += [balances.whole(layer) for layer in LAYERS]
    residuals += [balances.cohorts(layer, content) for layer, content in contents.items()]
    if "trade_between_regions" in ledger and "region" in ledger["trade_between_regions"].dims:
        residuals += [balances.trade(stage, side) for stage in TRADED for side in (0, 1)]
        residuals += [balances.world(layer) for layer in OUTSIDE_MEMOS]
    entries = tuple(_worst(residual, years) for residual in residuals)
    certificate = Certificate(entries, sum(residual.values.size for residual in residuals))
    if not certificate.ok:
        # a process says best where to look; the whole and the cohorts only where every process balances
        worst = max(
            (i for i, entry in enumerate(entries) if not entry.relative <= TOLERANCE),
            key=lambda i: (-ROUTES.index(entries[i].route), entries[i].relative),
        )
        raise _error(entries[worst], residuals[worst], ledger)
    return certificate


def _refuse_non_finite(arrays: Mapping[str, Array], years: Sequence[int], last_observed: int) -> None:
    known = years.index(last_observed) + 1
    for name, values in arrays.items():
        if np.isfinite(values.sum()):
            continue
        wrong = ~np.isfinite(values)
        if name in PROJECTED:
            wrong[:known] = np.isinf(values[:known])
        if not wrong.any():
            continue
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        variable = VARIABLES[name]
        process = variable.source if variable.source not in OUTSIDE else variable.target
        detail = f"{name} is {values[place]}, not a finite number"
        raise MassBalanceError(process or name, int(years[place[0]]), variable.layer, float("nan"), detail)


@dataclass(frozen=True)
class _Residual:
    """Inflows − outflows − stock change of one balance, and the largest flow to measure it by."""

    route: str
    name: str
    layer: Layer
    values: Array
    scale: Array
    dims: tuple[str, ...]
    variables: tuple[str, ...] = ()


class _Balances:
    """Balances of one ledger; sums that several of them need are made once."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.values = {name: ledger.values(name) for name in ledger.arrays}
        self.dims = {name: ledger.dims(name) for name in ledger.arrays}
        self.extra = tuple(dim for dim in EXTRA if any(dim in dims for dims in self.dims.values()))
        self.sums: dict[tuple[str, tuple[str, ...]], Array] = {}

    def process(self, layer: Layer, process: str) -> _Residual:
        """Balance one process along all the dimensions that its variables share."""
        roles = process_variables(layer)[process]
        members = [variable for role in roles.values() for variable in role]
        shared = tuple(dim for dim in members[0].dims if all(dim in variable.dims for variable in members))
        dims = (*shared, *self.extra)
        inner = tuple(range(1, len(shared)))
        total: Array = np.zeros(1)
        largest: Array = np.zeros(1)
        for role, sign in (("inflow", 1.0), ("outflow", -1.0), ("stock", -1.0)):
            for variable in roles[role]:
                amount = self.amount(variable, dims)
                total = total + amount if sign > 0.0 else total - amount
                # flows are never negative, changes of stocks may be
                size = np.abs(amount) if variable.kind == "stock" else amount
                largest = np.maximum(largest, size.max(axis=inner, keepdims=True))
        names = tuple(variable.name for variable in members)
        return _Residual("process", process, layer, total, np.broadcast_to(largest, total.shape), dims, names)

    def whole(self, layer: Layer) -> _Residual:
        """Balance all processes together: what crosses the border of the system, and all stocks."""
        dims = ("year", *self.extra)
        total: Array = np.zeros(1)
        largest: Array = np.zeros(1)
        for variable in VARIABLES.values():
            sign = float(variable.source in OUTSIDE) - float(variable.target in OUTSIDE)
            sign = -1.0 if variable.kind == "stock" else sign
            if variable.layer == layer and sign:
                amount = self.amount(variable, dims)
                total = total + sign * amount
                largest = np.maximum(largest, np.abs(amount))
        return _Residual("whole", "the whole", layer, total, np.broadcast_to(largest, total.shape), dims)

    def trade(self, stage: str, side: int) -> _Residual:
        """Compare the imports (side 0) or exports (1) of each region with the record of who delivers to whom."""
        flow = TRADED[stage][side]
        memos = self.ledger.arrays["trade_between_regions"]
        place = memos["trade_stage"].values.tolist().index(stage)
        dims = ("year", *self.extra)
        total = self.reduced(flow, dims)
        of_stage = self.reduced("trade_between_regions", ("year", "trade_stage", "partner", *self.extra))[:, place]
        outside = OUTSIDE_MEMOS["lithium"][side]
        beyond = self.reduced(outside, ("year", "trade_stage", *self.extra))[:, place]
        between: Array = of_stage.sum(axis=1)
        if side == 1:
            partners = memos["partner"].values.tolist()
            regions = memos["region"].values.tolist()
            sent = of_stage.sum(axis=2)
            none = np.zeros_like(sent[:, 0])
            parts = [sent[:, partners.index(region)] if region in partners else none for region in regions]
            between = np.stack(parts, axis=1)
        residual = total - between - beyond
        scale = np.broadcast_to(np.maximum(np.abs(total), np.abs(beyond)), residual.shape)
        return _Residual("trade", f"{stage} {('imported', 'exported')[side]}", "lithium", residual, scale, dims)

    def world(self, layer: Layer) -> _Residual:
        """Balance the lithium or the metals of all regions together: what one sends to another stays within."""
        by_metal = ("metal",) if layer == "metals" else ()
        dims = ("year", *by_metal, *self.extra)
        axis = dims.index("region")
        traded = {name for stages in (TRADED, METALS_TRADED) for pair in stages.values() for name in pair}
        count = self.ledger.arrays["trade_between_regions"].sizes["region"]
        terms = list(zip(OUTSIDE_MEMOS[layer], (1.0, -1.0), strict=True))
        for variable in VARIABLES.values():
            sign = float(variable.source in OUTSIDE) - float(variable.target in OUTSIDE)
            sign = -1.0 if variable.kind == "stock" else sign
            if variable.layer == layer and sign and variable.name not in traded:
                terms.append((variable.name, sign))
        total: Array = np.zeros(1)
        largest: Array = np.zeros(1)
        for name, sign in terms:
            amount = self.amount(VARIABLES[name], dims)
            # what is the same in all regions has no axis for them
            amount = (count if amount.shape[axis] == 1 else 1) * amount.sum(axis=axis)
            total = total + sign * amount
            largest = np.maximum(largest, np.abs(amount))
        rest = tuple(dim for dim in dims if dim != "region")
        largest = largest.max(axis=1, keepdims=True) if by_metal else largest
        return _Residual("world", "the world", layer, total, np.broadcast_to(largest, total.shape), rest)

    def cohorts(self, layer: Layer, content: Array) -> _Residual:
        """Compare what was put into first use, or fell as scrap, in a year with what became of it."""
        route = COHORT_ROUTES[layer]
        dims = ("year", *(("metal",) if layer == "metals" else ()), *self.extra)
        made: Array = np.zeros(1)
        inner = len(dims) - 1 - len(self.extra)
        delivered = self.delivered(content, inner)
        for names, per_capacity in ((FROM_STOCK, delivered), (FROM_PLANTS, content)):
            for name in names:
                made = made + self.valued(self.by_chemistry(name), per_capacity, inner)
        if FROM_PARTNERS in self.values:
            # they hold what they hold at the partner: all imports as posted, less those from outside the run
            cells, bought = self.by_chemistry(FROM_PARTNERS), self.by_chemistry("capacity_imported")
            vehicles = self.by_chemistry("vehicle_capacity_imported")
            made = made - self.valued(cells + vehicles, delivered, inner) - self.valued(bought - cells, content, inner)
        for name in (*route.scrap, *(route.bought if FROM_PARTNERS in self.values else ())):
            made = made + self.reduced(name, dims)
        gone: Array = np.zeros(1)
        for name in route.gone:
            gone = gone + self.by_cohort(name, dims).sum(axis=0)
        held: Array = np.zeros(1)
        for name in route.held:
            held = held + self.by_cohort(name, dims)[-1]
        residual = made - gone - held
        scale = np.maximum(np.abs(made), np.abs(gone))
        scale = scale.max(axis=1, keepdims=True) if layer == "metals" else scale
        return _Residual("cohort", "production year", layer, residual, np.broadcast_to(scale, residual.shape), dims)

    def delivered(self, content: Array, inner: int) -> Array:
        """Give what traction cells delivered in a year hold, where some are drawn from inventories, oldest first."""
        drawn = self.by_chemistry("capacity_drawn")
        if not drawn.any():
            return content
        wanted, others, came = (
            sum((self.by_chemistry(name) for name in names), np.zeros(1)) for names in (TAKEN, PASSED_BY, CAME)
        )
        left = np.array(np.broadcast_arrays(came - others - wanted + drawn)[0])
        # what partners send isn't in the mix of home makers
        wanted = wanted - (self.by_chemistry(FROM_PARTNERS) if FROM_PARTNERS in self.values else 0.0)
        share = np.divide(1.0, wanted, out=np.zeros(wanted.shape), where=wanted > 0.0)
        result = np.array(np.broadcast_to(*_same_shape(content, left, inner)))
        for year in np.flatnonzero(drawn.reshape(len(drawn), -1).any(axis=1)):
            wanting = np.broadcast_to(drawn[year], left.shape[1:]).copy()
            for cohort in range(year):
                taken = np.minimum(left[cohort], wanting)
                left[cohort] -= taken
                wanting -= taken
                part, difference = _aligned((taken * share[year])[None], content[[cohort]] - content[[year]], inner)
                result[year] += (part * difference)[0]
        return result

    def by_chemistry(self, name: str) -> Array:
        """Sum a variable to year, chemistry, region and member."""
        return self.reduced(name, ("year", "chemistry", *self.extra))

    def valued(self, capacity: Array, content: Array, inner: int) -> Array:
        """Sum capacity × content over chemistries."""
        values: Array = np.einsum("km...,km...->k...", *_aligned(capacity, content, inner))
        return values

    def amount(self, variable: Variable, dims: tuple[str, ...]) -> Array:
        """Give a flow, or the yearly change of a stock, which is zero before the first year."""
        values = self.reduced(variable.name, dims)
        return np.diff(values, axis=0, prepend=0.0) if variable.kind == "stock" else values

    def reduced(self, name: str, dims: tuple[str, ...]) -> Array:
        """Sum a variable to some dimensions, with length 1 where it lacks region or member."""
        made = self.sums.get((name, dims))
        if made is None:
            own, values = self.dims[name], self.values[name]
            away = tuple(axis for axis, dim in enumerate(own) if dim not in dims)
            values = values.sum(axis=away) if away else values
            sizes = dict(zip((dim for dim in own if dim in dims), values.shape, strict=True))
            made = self.sums[name, dims] = values.reshape([sizes.get(dim, 1) for dim in dims])
        return made

    def by_cohort(self, name: str, dims: tuple[str, ...]) -> Array:
        """Give an array by production year all dimensions, (year, production year, …)."""
        values, own = self.ledger.cohorts[name], self.ledger.cohort_dims(name)
        sizes = dict(zip(own[2:], values.shape[2:], strict=True))
        return values.reshape((*values.shape[:2], *(sizes.get(dim, 1) for dim in dims[1:])))


def _aligned(capacity: Array, content: Array, inner: int) -> tuple[Array, Array]:
    """Give capacity (year, chemistry, extra) the axes of a content with `inner` axes before the extra ones."""
    capacity = capacity.reshape(capacity.shape[:2] + (1,) * inner + capacity.shape[2:])
    return capacity, content.reshape(content.shape + (1,) * (capacity.ndim - content.ndim))


def _same_shape(content: Array, capacity: Array, inner: int) -> tuple[Array, tuple[int, ...]]:
    """Give a content the axes of a capacity, and the shape that both have together."""
    amount, held = _aligned(capacity, content, inner)
    return held, np.broadcast_shapes(amount.shape, held.shape)


@dataclass(frozen=True)
class _CohortRoute:
    """What route (b) sums for a layer: what is bought, scrap that joins, where batteries end and still are."""

    bought: tuple[str, ...]
    scrap: tuple[str, ...]
    gone: tuple[str, ...]
    held: tuple[str, ...]


FROM_STOCK = ("capacity_registered", "capacity_replacing")
"""What enters use at home out of what makers hold and make."""

FROM_PLANTS = ("capacity_to_devices",)
"""What enters use at home as it is made."""

TAKEN = ("capacity_to_vehicles", "capacity_replacing", "capacity_exported")
PASSED_BY = ("capacity_to_devices", "device_capacity_exported")
"""Flows of cells out of the plants: those that draw on inventories, and those that don't."""

CAME = ("capacity_made", "capacity_imported", "device_capacity_imported")
"""Flows of cells into the plants."""

FROM_PARTNERS = "capacity_from_partners"
"""Traction cells that partner regions send, vehicles apart."""

OUTSIDE_MEMOS: dict[Layer, tuple[str, str]] = {
    "lithium": ("imports_from_outside", "exports_to_outside"),
    "metals": ("metals_from_outside", "metals_to_outside"),
}
"""What regions buy from and sell to countries outside the run, by layer."""

COHORT_ROUTES: dict[Layer, _CohortRoute] = {
    "lithium": _CohortRoute(
        bought=("cells_imported", "batteries_imported"),
        scrap=("new_scrap", "black_mass_imported"),
        gone=(
            "used_batteries_exported",
            "black_mass_exported",
            "reuse_lost",
            "batteries_lost",
            "pretreatment_residue",
            "leaching_residue",
            "salts_recovered",
            "cathode_repaired",
        ),
        held=("fleet_batteries", "reuse_batteries", "device_batteries", "hoarded_batteries", "batteries_queued"),
    ),
    "metals": _CohortRoute(
        bought=("metals_imported", "vehicle_metals_imported"),
        scrap=("metals_new_scrap", "metals_black_mass_imported"),
        gone=(
            "used_metals_exported",
            "metals_black_mass_exported",
            "reuse_metals_lost",
            "metals_lost",
            "metals_pretreatment_residue",
            "metals_leaching_residue",
            "metals_recovered",
        ),
        held=("fleet_metals", "reuse_metals", "device_metals", "hoarded_metals", "metals_queued"),
    ),
}


def _worst(residual: _Residual, years: Sequence[int]) -> Entry:
    size = np.abs(residual.values)
    empty = residual.scale <= 0.0
    relative = size / np.where(empty, 1.0, residual.scale)
    relative = np.where(empty & (size > 0.0), np.inf, relative) if empty.any() else relative
    place = tuple(int(i) for i in np.unravel_index(int(relative.argmax()), relative.shape))
    absolute, share = float(residual.values[place]), float(relative[place])
    by_member = "member" in residual.dims
    year = int(years[place[0]])
    return Entry(residual.route, residual.name, residual.layer, year, absolute, share, place[1:], by_member)


def _error(entry: Entry, residual: _Residual, ledger: Ledger) -> MassBalanceError:
    unit = FLOW_UNITS[entry.layer]
    coords: dict[Hashable, Any] = {}
    for name in residual.variables or tuple(ledger.arrays):
        coords |= dict(ledger.arrays[name].coords.items())
    names = [
        f"{dim} {coords[dim].values[i]}" for dim, i in zip(residual.dims[1:], entry.place, strict=True) if dim in coords
    ]
    where = f" at {', '.join(names)}" if names else ""
    return MassBalanceError(
        entry.name,
        entry.year,
        entry.layer,
        entry.relative,
        f"inflows − outflows − stock change = {entry.residual:.6g} {unit}{where}, "
        f"{entry.relative:.2e} of its largest flow; allowed {TOLERANCE:.0e}",
    )

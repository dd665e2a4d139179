"""Mining: what home mines deliver, the ore and brine behind it, and what is left in the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from lithflow.chain.concentrate_trade import Books
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Array, Setting

__all__ = ["MineDeliveries", "Mines", "concentration_yield", "deliver", "open_mines", "run_mining"]


@dataclass(frozen=True)
class Mines:
    """What home mines can deliver.

    Parameters
    ----------
    size
        Mines in operation and the expected part of projects, t Li/year, (year, resource).
    projects
        The part of projects, t Li/year, (year, resource, province).
    concentration
        Lithium in concentrate or plant brine per lithium in ore or brine, (year, resource).
    """

    size: xr.DataArray
    projects: xr.DataArray
    concentration: xr.DataArray


@dataclass(frozen=True)
class MineDeliveries:
    """What home mines deliver, (year, resource).

    Parameters
    ----------
    delivered
        Lithium in concentrate and plant brine, t Li/year.
    potential
        What they would deliver if all of it were wanted, t Li/year.
    capacity
        What they could deliver by their size, as far as there is something in the ground for them, t Li/year; not a
        number up to the last observed year, for which only what they delivered is known.
    reserves_left
        Lithium left in the reserves at the end of the year, t Li.
    """

    delivered: xr.DataArray
    potential: xr.DataArray
    capacity: xr.DataArray
    reserves_left: xr.DataArray


def open_mines(p: Setting) -> Mines:
    """Add the expected capacity of projects to that of mines in operation.

    A project starts in its year, grows evenly to its full size over its ramp, and counts with its probability.
    """
    since = _years(p) - p["mining.project_start"]
    ramp = (since + p.one_year) / p["mining.project_ramp"]
    running = p.wrap(np.clip(p.lanes(ramp, "1", ("year", "project")), 0.0, 1.0), ("year", "project"), "1")
    expected = p["mining.project_size"] * p["mining.project_probability"] * running
    places = p["mining.project_resource"] * p["mining.project_province"]
    projects = (places * expected).sum("project", skipna=False)
    return Mines(p["mining.capacity"] + projects.sum("province", skipna=False), projects, concentration_yield(p))


def concentration_yield(p: Setting) -> xr.DataArray:
    """Give the yields of concentrators and ponds, that of ponds changed by the magnesium of lakes.

    What ponds lose per lithium that they keep goes with the ratio of magnesium to lithium:
    (1 − yield) / yield = (1 − given) / given × (ratio / reference)^penalty, the ratio being the geometric mean of the
    lakes pumped. So a yield stays between nothing and all, whatever is given.

    Returns
    -------
    xarray.DataArray
        Lithium in concentrate or plant brine per lithium in ore or brine, (year, resource).
    """
    given = p["mining.concentration_yield"]
    reference, penalty = (p.lanes(p[f"mining.{name}"], "1", ()) for name in ("reference_ratio", "magnesium_penalty"))
    decades = np.log10(p.lanes(p["mining.magnesium_lithium_ratio"], "1", ("lake",)) / reference)
    mean = (p.lanes(p["mining.lake_share"], "1", ("year", "lake")) * decades).sum(axis=1)
    more = p.wrap(10.0 ** (penalty * mean) - 1.0, ("year",), "1")
    yields: xr.DataArray = given / (1.0 + p.only("resource", "brine") * more * (1.0 - given))
    return yields


def deliver(wanted: xr.DataArray, mines: Mines, p: Setting, books: Books) -> MineDeliveries:
    """Let home mines deliver what is wanted, as far as capacity and reserves go.

    Up to the last observed year they deliver what statistics say, whatever reserves are stated. After it they deliver
    size × utilisation, after the reserve year no more than what is left in the reserves with what is added to them
    in the year. Where that is more than the chain can use, brine and other resources that give no concentrate come
    first, as nobody else can use them, and all within these two groups are curtailed in proportion.

    Reserves at the end of a year after the reserve year are those stated with what was added, less what was extracted
    since. At the end of an earlier year they are those stated and what was extracted from then to the reserve year:
    what is known of them now, not what was stated then. Nothing is added before the reserve year, as what was found by
    then is in the figure. A mine whose reserves are gone is no capacity.

    Parameters
    ----------
    wanted
        Lithium in the salts to be refined, t Li/year, (year).
    mines
        What home mines can deliver.
    books
        They settle each year what becomes of concentrate; spodumene mines give what exports want more.
    """
    dims, flow = ("year", "resource"), "t Li/year"
    since = p.lanes(_years(p) - p["mining.reserve_year"], "year", ("year",))
    delivered, potential, capacity, left = _march(
        size=p.lanes(mines.size, flow, dims),
        utilisation=p.lanes(p["mining.utilisation"], "1", dims),
        observed=p.lanes(p["mining.output"], flow, dims)[: p.last + 1],
        concentration=p.lanes(mines.concentration, "1", dims),
        refining=p.lanes(p["refining.yield"], "1", dims),
        wanted=p.lanes(wanted, flow, ("year",)),
        reserves=p.lanes(p["mining.reserves"], "t Li", ("resource",)),
        added=p.lanes(p["mining.reserve_additions"], flow, dims),
        counted=since > 0.0,
        shipped=p.lanes(p["mining.concentrate_grade"], "percent Li2O", dims) > 0.0,
        books=books,
    )
    return MineDeliveries(
        p.wrap(delivered, dims, flow),
        p.wrap(potential, dims, flow),
        p.wrap(capacity, dims, flow),
        p.wrap(left, dims, "t Li"),
    )


def run_mining(mined: MineDeliveries, mines: Mines, p: Setting, ledger: Ledger) -> None:
    """Extract the ore and brine behind what home mines deliver.

    Reserves are stated as what can be extracted, so that what mining leaves behind isn't taken off them.

    Parameters
    ----------
    mined
        What home mines deliver.
    mines
        What they can deliver.
    """
    extracted = ledger.post("ore_extracted", mined.delivered / mines.concentration)
    ledger.post("tailings", (1.0 - mines.concentration) * extracted)
    worked = ledger.post("deposits_worked", extracted / p["mining.mining_yield"])
    ledger.post("mining_losses", (1.0 - p["mining.mining_yield"]) * worked)
    mass = ledger.post("ore_mass", extracted / p["mining.ore_grade"])
    brine = (p.only("resource", "brine") * mass).sum("resource", skipna=False)
    ledger.post("brine_volume", brine / p["mining.brine_density"])
    ledger.post("mine_capacity", mined.capacity)
    ledger.post("mine_potential", mined.potential)
    ledger.post("mined_by_province", _by_province(mined.delivered, mines, p))
    ledger.post("reserves_left", mined.reserves_left)


def _march(
    *,
    size: Array,
    utilisation: Array,
    observed: Array,
    concentration: Array,
    refining: Array,
    wanted: Array,
    reserves: Array,
    added: Array,
    counted: npt.NDArray[np.bool_],
    shipped: npt.NDArray[np.bool_],
    books: Books,
) -> tuple[Array, Array, Array, Array]:
    """Go through the years: what mines deliver, what they could as used and by size, and what is left at the end.

    Axes: year, resource, then region and member; `observed` ends with the last observed year, `wanted` and `counted`
    (whether the year is after that of the reserves) have no resource, `reserves` has no year. `shipped` tells which
    resources give concentrate.
    """
    able = utilisation * size
    years = (able, concentration, refining, added, shipped, wanted[:, None], counted[:, None])
    shape = (len(able), *np.broadcast_shapes(*(each.shape[1:] for each in years), observed.shape[1:], reserves.shape))
    shape = (*shape[:2], *np.broadcast_shapes(shape[2:], books.stock.shape))
    delivered, potential, left, before = np.empty(shape), np.empty(shape), np.empty(shape), np.empty(shape)
    # no capacity is stated for observed years
    capacity = np.full(shape, np.nan)
    stock: Array = np.broadcast_to(reserves, shape[1:])
    for year, counts in enumerate(counted):
        available = stock + added[year]
        # none is left where statistics took more than was stated
        most = np.maximum(available, 0.0)
        if year < len(observed):
            could = observed[year]
            share, ore = np.ones(()), could / concentration[year]
        else:
            lasting = most * concentration[year]
            short = counts & (lasting < able[year])
            could = np.where(short, lasting, able[year])
            capacity[year] = np.where(counts, np.minimum(lasting, size[year]), size[year])
            share = _share_used(wanted[year], refining[year] * could, shipped[year])
            # where reserves set the limit, exactly what is left is taken
            ore = np.where(short, most, able[year] / concentration[year])
        potential[year] = could
        delivered[year] = share * could
        delivered[year] = books.settle(year, delivered[year], could)
        used = delivered[year] / np.where(potential[year] > 0.0, potential[year], 1.0)
        share = np.where(potential[year] > 0.0, used, share)
        stock = np.where(counts, available - share * ore, stock)
        left[year] = stock
        before[year] = np.where(counts, 0.0, share * ore)
    # reserves of years before that of the figure are those stated and what was taken since
    left[:-1] += before[:0:-1].cumsum(axis=0)[::-1]
    return delivered, potential, capacity, left


def _share_used(wanted: Array, most: Array, shipped: npt.NDArray[np.bool_]) -> Array:
    """Give the share of what mines could deliver that the chain can use, of a year, by resource.

    wanted : (region and member), in salts; most : (resource, region and member), in salts; shipped : as `most`, whether
    a resource gives concentrate, which others could use
    """
    at_home, others = (np.where(group, most, 0.0).sum(axis=0) for group in (~shipped, shipped))
    first = _covered(wanted, at_home)
    return np.where(shipped, _covered(wanted - first * at_home, others), first)


def _covered(wanted: Array, most: Array) -> Array:
    """Give the share of what there is that is wanted, one where there is nothing."""
    share = np.divide(wanted, most, out=np.ones(np.broadcast(wanted, most).shape), where=most > 0.0)
    return np.clip(share, 0.0, 1.0)


def _by_province(mined: xr.DataArray, mines: Mines, p: Setting) -> xr.DataArray:
    """Split deliveries by province: projects where they are, by size, mines in operation by their shares."""
    of_projects = p.projected * p.share(mines.projects, mines.size)
    in_operation = 1.0 - of_projects.sum("province", skipna=False)
    return mined * (of_projects + in_operation * p["mining.province_share"])


def _years(p: Setting) -> xr.DataArray:
    """Give the calendar years as quantities."""
    return p.wrap(np.asarray(p.years, dtype=float), ("year",), "year")

"""An ensemble: many members of one scenario, and how their results spread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lithflow.arrays import bare, dequantify, options, unit_of
from lithflow.certificate import Certificate
from lithflow.chain.ledger import Ledger
from lithflow.chain.setting import Setting
from lithflow.chain.variables import VARIABLES
from lithflow.ensemble.blocks import Gathered, Work, run_blocks
from lithflow.errors import InputError, nearest
from lithflow.indicators.definitions import INDICATORS
from lithflow.indicators.evaluation import indicator_of, weights_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Ensemble", "EnsembleRun"]


class Ensemble:
    """Members of one scenario, drawn and ready to run; made by `lithflow.Model.ensemble`.

    Attributes
    ----------
    scenario
        Name of the scenario.
    members
        How many there are.
    drawn
        Names of the parameters that differ between members.
    provenance
        Versions, scenario, seed and the hash of the parameter files.
    """

    def __init__(
        self, setting: Setting, work: Work, *, scenario: str, drawn: Sequence[str], provenance: Mapping[str, Any]
    ) -> None:
        self.scenario = scenario
        self.drawn = tuple(drawn)
        self.provenance = dict(provenance)
        self._setting = setting
        self._work = work

    @property
    def members(self) -> int:
        """How many members there are."""
        return len(self._setting.axes.labels("member"))

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Every parameter as it is used: name → array of quantities, those drawn with the dimension ``member``."""
        return self._setting.parameters

    def run(self, keep: Iterable[str] = ()) -> EnsembleRun:
        """Run all members in blocks, on all processors; the indicators are kept, and what is named.

        Parameters
        ----------
        keep
            Flows, stocks and memos to keep beside the indicators. All of them for 1,000 members take 0.6 GB.

        Returns
        -------
        EnsembleRun
            What was kept, and the certificate of all members.

        Raises
        ------
        lithflow.InputError
            If a name is unknown.
        lithflow.MassBalanceError
            If a member doesn't balance.
        lithflow.NegativeFlowError
            If a flow or stock of a member falls below zero.
        """
        kept = [name for name in dict.fromkeys(keep) if name not in INDICATORS]
        for name in kept:
            if name not in VARIABLES:
                raise InputError(f"keep: unknown flow, stock or memo {name!r}{nearest(name, VARIABLES)}")
            found = {"", "regions"} if "region" in self._setting.extra else {""}
            if VARIABLES[name].on_request not in found:
                raise InputError(f"keep: {name} is in {VARIABLES[name].where_found} only")
        gathered = Gathered(self._setting)

        def take(setting: Setting, ledger: Ledger, block: slice) -> None:
            weights = weights_of(setting)
            arrays = {name: indicator_of(name, setting, ledger, weights) for name in INDICATORS}
            gathered.take(arrays | {name: ledger[name] for name in kept}, block)

        with options():
            balance = run_blocks(self._setting, self._work, take)
            return EnsembleRun(self, gathered.arrays(), balance)

    def __repr__(self) -> str:
        """Name the scenario and the size."""
        return f"<Ensemble of {self.scenario!r}: {self.members:,} members, {len(self.drawn)} parameters drawn>"


class EnsembleRun:
    """What was kept of all members.

    ``run["recycled_content"]`` gives an indicator, or a flow, stock or memo that was kept, as an `xarray.DataArray` of
    quantities with the dimension ``member`` last.

    Attributes
    ----------
    ensemble
        What was run.
    names
        What was kept.
    balance
        The certificate of all members.
    """

    def __init__(self, ensemble: Ensemble, arrays: Mapping[str, xr.DataArray], balance: Certificate) -> None:
        self.ensemble = ensemble
        self.balance = balance
        self._arrays = dict(arrays)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what was kept."""
        return tuple(self._arrays)

    def __getitem__(self, name: str) -> xr.DataArray:
        if name not in self._arrays:
            more = "; run the ensemble with keep=[…]" if name in VARIABLES else nearest(name, self._arrays)
            raise InputError(f"{name!r} was not kept{more}")
        return self._arrays[name]

    @property
    def infeasible(self) -> xr.DataArray:
        """Share of the members in which demand stays unmet, (year), and region where the run has regions."""
        unmet = dequantify({"unmet": self._arrays["unmet_share"]})["unmet"] > 0.0
        share: xr.DataArray = unmet.mean("member") if "member" in unmet.dims else unmet.astype(float)
        return share.assign_attrs(long_name="share of members in which demand stays unmet", units="1")

    def __contains__(self, name: object) -> bool:
        return name in self._arrays

    def quantiles(
        self, shares: float | Sequence[float] = (0.05, 0.5, 0.95), names: Iterable[str] | None = None
    ) -> xr.Dataset:
        """Give the values below which shares of the members lie, each year by itself.

        Parameters
        ----------
        shares
            From 0 to 1, one or several.
        names
            What to give them of; all that was kept unless given.

        Returns
        -------
        xarray.Dataset
            float64, (quantile, year, …), the unit in the attributes. Members without a value, as where a denominator is
            zero, are left out; NaN where no member has one. The coordinate ``infeasible`` is the share of members in
            which demand stays unmet.

        Raises
        ------
        lithflow.InputError
            If a share is outside 0 to 1, or a name was not kept.
        """
        shares = (shares,) if isinstance(shares, (int, float)) else tuple(shares)
        if any(not 0.0 <= share <= 1.0 for share in shares):
            raise InputError(
                f"quantiles: expected shares from 0 to 1, got {', '.join(f'{share:g}' for share in shares)}"
            )
        axes = self.ensemble._setting.axes.extended({"quantile": tuple(shares)})
        found = {}
        with options():
            for name in self._arrays if names is None else names:
                array = self[name]
                unit, dims = unit_of(array), tuple(map(str, array.dims))
                values = bare(array, unit, dims)
                if "member" in dims:
                    dims, lead = dims[:-1], _quantiles(values, shares)
                else:
                    lead = np.broadcast_to(values, (len(shares), *values.shape))
                found[name] = axes.wrap(np.array(lead), ("quantile", *dims), unit)
            dataset = dequantify(found)
        for name in found:
            entry = INDICATORS[name] if name in INDICATORS else VARIABLES[name]
            dataset[name].attrs["long_name"] = entry.meaning
        return dataset.assign_coords(infeasible=self.infeasible)

    def __repr__(self) -> str:
        """Say what was run and that it balances."""
        return f"<EnsembleRun of {self.ensemble.scenario!r}: {self.ensemble.members:,} members, {self.balance}>"


def _quantiles(values: np.ndarray[Any, np.dtype[np.float64]], shares: Sequence[float]) -> Any:
    """Take quantiles over the last axis, of what is a number."""
    missing = np.isnan(values)
    if not missing.any():
        return np.quantile(values, shares, axis=-1)
    empty = missing.all(axis=-1)
    found = np.nanquantile(np.where(empty[..., None], 0.0, values), shares, axis=-1)
    return np.where(empty, np.nan, found)

"""How long a run takes; skipped unless asked for with ``pytest --benchmark-only``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lithflow as lf
from lithflow.balance import certify
from lithflow.chain.variables import Layer
from tests.chain.ledgers import Array, content_of, metals_of

pytestmark = pytest.mark.benchmark(group="chain")

RUN = 0.070
"""Seconds that one scenario may take after loading."""

MEMBERS = 3.0
"""Seconds that a thousand members with every uncertain parameter drawn may take, once the loops are compiled."""

MEMORY = 2**30
"""Bytes that they may take at most, the interpreter and its libraries with them."""

BOTH = 5.0
"""Seconds that the main job may take from the shell."""

BALANCE = 0.010
"""Seconds that all balances of a run may take."""


def test_one_scenario_of_the_full_chain(benchmark: Any, model: lf.Model) -> None:
    benchmark.pedantic(model.run, ("baseline",), rounds=20, warmup_rounds=3)
    assert benchmark.stats.stats.min < RUN


def test_a_run_with_an_override(benchmark: Any, model: lf.Model) -> None:
    overrides = {"collection.rate": lf.Q_(95, "percent")}
    benchmark.pedantic(model.run, ("baseline", overrides), rounds=20, warmup_rounds=3)
    assert benchmark.stats.stats.min < RUN


def test_a_thousand_members(benchmark: Any, model: lf.Model) -> None:
    model.ensemble(members=2, seed=1).run()
    ensemble = model.ensemble(members=1000, seed=1)
    benchmark.pedantic(ensemble.run, rounds=3)
    assert benchmark.stats.stats.min < MEMBERS


THOUSAND = """
import resource
import lithflow as lf
run = lf.load().ensemble(members=1000, seed=1).run()
run.quantiles()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_the_memory_of_a_thousand_members(benchmark: Any) -> None:
    words = [sys.executable, "-c", THOUSAND]
    done = benchmark.pedantic(subprocess.run, (words,), {"check": True, "capture_output": True, "text": True}, rounds=1)
    kilobytes = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * kilobytes < MEMORY


def test_the_certificate_is_never_a_reason_to_leave_it_out(benchmark: Any, baseline: lf.Run) -> None:
    contents: dict[Layer, Array] = {"lithium": content_of(baseline), "metals": metals_of(baseline)}
    benchmark(lambda: certify(baseline.ledger, baseline.years, contents, baseline.last_observed))
    assert benchmark.stats.stats.min < BALANCE


def test_loading_the_parameters(benchmark: Any) -> None:
    benchmark.pedantic(lf.load, rounds=3)


def test_the_main_job_from_the_shell(benchmark: Any, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "lithflow.cli", "run", "baseline", "goals", "--out", str(tmp_path)]
    benchmark.pedantic(subprocess.run, (words,), {"check": True, "capture_output": True}, rounds=2)
    assert benchmark.stats.stats.min < BOTH


def test_writing_and_opening_a_run(benchmark: Any, baseline: lf.Run, tmp_path: Path) -> None:
    def there_and_back() -> lf.Run:
        baseline.to_netcdf(tmp_path / "run.nc")
        return lf.open_run(tmp_path / "run.nc")

    assert benchmark.pedantic(there_and_back, rounds=3).balance.ok

"""The command line: ``lithflow run | check | seeds | parameters | scenarios``."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import lithflow
from lithflow.errors import InputError, LithflowError

if TYPE_CHECKING:
    from lithflow.model import Model
    from lithflow.run import Run

__all__ = ["main"]

YEARS = (2020, 2025, 2030, 2035, 2050)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        Words after ``lithflow``; those of the shell unless given.

    Returns
    -------
    int
        Exit status: 0, or 1 after an error; a usage error exits with 2.
    """
    for stream in (sys.stdout, sys.stderr):
        # a terminal that knows few letters gets question marks, not an error
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    try:
        status: int = options.action(options)
        return status
    except LithflowError as error:
        if options.debug:
            raise
        print(f"lithflow: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    debug = {"action": "store_true", "help": "show the traceback of an error"}
    common.add_argument("--debug", default=argparse.SUPPRESS, **debug)  # type: ignore[arg-type]
    parser = argparse.ArgumentParser(
        prog="lithflow",
        description="Carry lithium through the electric-vehicle battery chain, year by year, and judge the goals.",
    )
    parser.add_argument("--debug", **debug)  # type: ignore[arg-type]
    parser.add_argument("--version", action="version", version=f"lithflow {lithflow.__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    run = verbs.add_parser("run", help="run scenarios and write their results", parents=[common])
    run.add_argument(
        "scenarios", nargs="*", default=["baseline"], metavar="SCENARIO", help="names; baseline unless given"
    )
    run.add_argument("--out", type=Path, metavar="DIR", help="folder for run.nc and the CSV tables")
    run.add_argument(
        "--parameters", type=Path, metavar="FOLDER", help="parameter files that differ from the shipped ones"
    )
    run.add_argument("--lives", action="store_true", help="show how batteries leave: causes, ages, second use, hoard")
    run.set_defaults(action=_run)

    seeds = verbs.add_parser(
        "seeds", help="what the source documents state beside what baseline gives", parents=[common]
    )
    seeds.add_argument(
        "--parameters", type=Path, metavar="FOLDER", help="parameter files that differ from the shipped ones"
    )
    seeds.set_defaults(action=_seeds)

    check = verbs.add_parser("check", help="read parameter files and report every problem", parents=[common])
    check.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the shipped files unless given")
    check.set_defaults(action=_check)

    scenarios = verbs.add_parser("scenarios", help="list the scenarios", parents=[common])
    scenarios.add_argument(
        "--parameters", type=Path, metavar="FOLDER", help="parameter files that differ from the shipped ones"
    )
    scenarios.set_defaults(action=_scenarios)

    industry = verbs.add_parser(
        "industry", help="firms, segments, capacities and places of the battery industry", parents=[common]
    )
    industry.add_argument(
        "sections",
        nargs="*",
        metavar="SECTION",
        help="installed, concentration, integration, domestic, capacity, utilisation, places, notes; all unless given",
    )
    industry.set_defaults(action=_industry)
    return parser


def _run(options: argparse.Namespace) -> int:
    from lithflow.io.folder import write_results
    from lithflow.report.lives import lives_text
    from lithflow.report.tables import goal_lines, summary_text

    model = lithflow.load(options.parameters)
    names = list(dict.fromkeys(options.scenarios))
    for name in names:
        model.inputs.scenario(name)
    runs = [_named(name, model) for name in names]
    written = write_results(runs, options.out) if options.out is not None else []
    for run in runs:
        years = [year for year in YEARS if year in run.years]
        print(f"{run.scenario}: {run.title}")
        print(summary_text(run, years))
        print()
        print(goal_lines(run))
        if options.lives:
            print(lives_text(run, years))
            print()
        print(f"  observed to {run.last_observed}; a year with * is judged on the scenario")
        print(f"  {run.balance}")
        print()
    for folder in written:
        print(f"written: {folder}/run.nc, flows.csv, stocks.csv, indicators.csv, targets.csv")
    return 0


def _named(name: str, model: Model) -> Run:
    """Run a scenario; an error says which."""
    try:
        return model.run(name)
    except InputError:
        raise
    except LithflowError as error:
        raise LithflowError(f"scenario {name}: {error}") from error


def _seeds(options: argparse.Namespace) -> int:
    from lithflow.report.documents import comparison_text

    print(comparison_text(lithflow.load(options.parameters).run("baseline")))
    return 0


def _check(options: argparse.Namespace) -> int:
    from lithflow.inputs.checking import check

    text, status = check(options.folder)
    print(text)
    return status


def _scenarios(options: argparse.Namespace) -> int:
    scenarios = lithflow.load(options.parameters).inputs.scenarios
    width = max(map(len, scenarios), default=0)
    for name, scenario in scenarios.items():
        print(f"{name.ljust(width)}  {scenario.title}")
    return 0


def _industry(options: argparse.Namespace) -> int:
    print(lithflow.industry.industry_text(options.sections))
    return 0


if __name__ == "__main__":
    sys.exit(main())

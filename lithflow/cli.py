"""The command line: ``lithflow run | check | seeds | observations | parameters | scenarios``."""

from __future__ import annotations

import argparse
import io
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import lithflow
from lithflow.errors import InputError, LithflowError, nearest

if TYPE_CHECKING:
    from lithflow.inputs.inputs import Inputs
    from lithflow.model import Model
    from lithflow.run import Run

__all__ = ["main"]


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
    run.add_argument(
        "--milestones",
        action="store_true",
        help="show break-even, peak of primary lithium, exhausted reserves, shortage",
    )
    run.add_argument("--region", metavar="NAME", help="one region of scenarios that have several, as a run of its own")
    run.add_argument(
        "--mines",
        action="store_true",
        help="show capacity, output by resource and province, ore, concentrate and tailings, losses and reserves",
    )
    run.add_argument("--plants", action="store_true", help="show utilisation and overcapacity of plants by stage")
    run.add_argument(
        "--energy",
        action="store_true",
        help="show energy and greenhouse gas of refining, cells and recycling, and the energy of second use",
    )
    run.add_argument(
        "--costs", action="store_true", help="show the supply cost curve of home mines and of imports by origin"
    )
    run.add_argument(
        "--explain",
        action="append",
        default=[],
        metavar="INDICATOR",
        help="show the flows of its numerator and denominator; may be given several times",
    )
    run.set_defaults(action=_run)

    seeds = verbs.add_parser(
        "seeds", help="what the source documents state beside what baseline gives", parents=[common]
    )
    seeds.add_argument(
        "--parameters", type=Path, metavar="FOLDER", help="parameter files that differ from the shipped ones"
    )
    seeds.set_defaults(action=_seeds)

    observations = verbs.add_parser(
        "observations", help="what is published for 2015-2024 beside what baseline gives", parents=[common]
    )
    observations.add_argument(
        "--parameters", type=Path, metavar="FOLDER", help="parameter files that differ from the shipped ones"
    )
    observations.set_defaults(action=_observations)

    check = verbs.add_parser("check", help="read parameter files and report every problem", parents=[common])
    check.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the shipped files unless given")
    check.set_defaults(action=_check)

    scenarios = verbs.add_parser("scenarios", help="list the scenarios", parents=[common])
    scenarios.add_argument(
        "--parameters", type=Path, metavar="FOLDER", help="parameter files that differ from the shipped ones"
    )
    scenarios.set_defaults(action=_scenarios)

    parameters = verbs.add_parser("parameters", help="list, show, compare and edit parameters", parents=[common])
    parameters.add_argument("name", nargs="?", metavar="NAME", help="show one; all are listed unless given")
    parameters.add_argument("--search", metavar="TEXT", default="", help="list those that speak of it")
    parameters.add_argument(
        "--parameters", type=Path, metavar="FOLDER", help="parameter files that differ from the shipped ones"
    )
    one = parameters.add_mutually_exclusive_group()
    one.add_argument("--diff", type=Path, metavar="FOLDER", help="what a folder changes against the shipped files")
    one.add_argument("--template", metavar="STAGE", help="a commented file of a stage, to copy and edit")
    one.add_argument("--reference", action="store_true", help="the reference page of all parameters, in Markdown")
    one.add_argument(
        "--schema", metavar="KIND", help="the JSON Schema of a stage, sources, targets, scenario, region or blocks"
    )
    one.add_argument("--to-excel", type=Path, metavar="BOOK", help="write a spreadsheet, one sheet a stage")
    one.add_argument(
        "--from-excel", type=Path, metavar="BOOK", help="take over what was edited in it into the --parameters folder"
    )
    parameters.set_defaults(action=_parameters, refuse=parameters.error)

    sources = verbs.add_parser("sources", help="what a scenario rests on", parents=[common])
    sources.add_argument("scenario", nargs="?", default="baseline", metavar="SCENARIO", help="baseline unless given")
    sources.add_argument(
        "--parameters", type=Path, metavar="FOLDER", help="parameter files that differ from the shipped ones"
    )
    sources.add_argument("--bibtex", action="store_true", help="as BibTeX")
    sources.set_defaults(action=_sources)

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
    from lithflow.report.tables import remarks

    model = lithflow.load(options.parameters)
    for warning in model.inputs.warnings:
        print(warning, file=sys.stderr)
    names = list(dict.fromkeys(options.scenarios))
    for name in names:
        model.inputs.scenario(name)
    for name in options.explain:
        if name not in lithflow.INDICATORS:
            raise InputError(f"--explain: unknown indicator `{name}`{nearest(name, lithflow.INDICATORS)}")
    runs = [_named(name, model, cohorts=options.energy) for name in names]
    if options.region:
        runs = [run.region(options.region) for run in runs]
    written = write_results(runs, options.out) if options.out is not None else []
    for run in runs:
        print(f"{run.scenario}: {run.title}")
        print("\n\n".join(_tables(run, options)))
        for remark in remarks(run):
            print(f"  {remark}")
        print(f"  observed to {run.last_observed}; a year with * is judged on the scenario")
        print(f"  {run.balance}")
        print()
    for folder in written:
        print(f"written: {folder}/run.nc, flows.csv, stocks.csv, indicators.csv, targets.csv")
    return 0


def _tables(run: Run, options: argparse.Namespace) -> list[str]:
    """Give the tables of a run: the summary, the goals of a single region, and what is asked for."""
    from lithflow.report.costs import costs_text
    from lithflow.report.energy import energy_text
    from lithflow.report.explained import explained_text
    from lithflow.report.lives import lives_text
    from lithflow.report.mines import mines_text
    from lithflow.report.plants import plants_text
    from lithflow.report.regions import trade_text
    from lithflow.report.tables import goal_lines, milestones_text, summary_text

    years = run.shown_years
    tables = [summary_text(run, years)]
    tables.append(trade_text(run, years) if run.regions else goal_lines(run))
    asked: list[tuple[bool, Callable[[Run], str]]] = [
        (options.lives, lambda own: lives_text(own, years)),
        (options.milestones, milestones_text),
        (options.mines, lambda own: mines_text(own, years)),
        (options.plants, lambda own: plants_text(own, years)),
        (options.energy, lambda own: energy_text(own, years)),
        (options.costs, lambda own: costs_text(own, years)),
    ]
    for name in dict.fromkeys(options.explain):
        asked.append((True, lambda own, name=name: explained_text(own, name, years)))  # type: ignore[misc]
    for wanted, text in asked:
        if wanted and run.regions:
            tables += [f"  {name}\n{text(run.region(name))}" for name in run.regions]
        elif wanted:
            tables.append(text(run))
    return tables


def _named(name: str, model: Model, cohorts: bool) -> Run:
    """Run a scenario; an error says which."""
    try:
        return model.run(name, cohorts=cohorts)
    except InputError:
        raise
    except LithflowError as error:
        raise LithflowError(f"scenario {name}: {error}") from error


def _seeds(options: argparse.Namespace) -> int:
    from lithflow.report.documents import comparison_text

    print(comparison_text(lithflow.load(options.parameters).run("baseline")))
    return 0


def _observations(options: argparse.Namespace) -> int:
    from lithflow.report.observations import observations_text

    print(observations_text(lithflow.load(options.parameters).run("baseline")))
    return 0


def _check(options: argparse.Namespace) -> int:
    from lithflow.inputs.checking import check

    text, status = check(options.folder)
    print(text)
    return status


def _parameters(options: argparse.Namespace) -> int:
    from lithflow.inputs.loading import load

    for word in ("diff", "template", "reference", "schema", "to_excel", "from_excel"):
        if getattr(options, word) and (options.name or options.search):
            lone = f"NAME `{options.name}`" if options.name else "--search"
            options.refuse(f"--{word.replace('_', '-')} doesn't go with {lone}; give one of them")
    if options.name and options.search:
        options.refuse("--search lists parameters and NAME shows one; give one of them")
    if options.from_excel is not None:
        return _from_excel(options)
    inputs = load(options.diff or options.parameters)
    if options.to_excel is not None:
        from lithflow.inputs.excel import to_excel

        print(f"written: {to_excel(inputs, options.to_excel)}")
        return 0
    print(_parameter_text(options, inputs).rstrip())
    return 0


def _parameter_text(options: argparse.Namespace, inputs: Inputs) -> str:
    import json

    from lithflow.inputs import describe, documents
    from lithflow.inputs.loading import load

    if options.diff is not None:
        return describe.difference(load(), inputs)
    if options.template:
        return documents.template(inputs, options.template)
    if options.schema:
        return json.dumps(documents.schema(inputs, options.schema), indent=2, ensure_ascii=False)
    if options.reference:
        return documents.reference(inputs)
    if options.name:
        return describe.show(inputs, options.name)
    return describe.listing(inputs, options.search)


def _from_excel(options: argparse.Namespace) -> int:
    from lithflow.inputs.excel_reading import from_excel

    if options.parameters is None:
        raise InputError("--from-excel needs --parameters FOLDER, the folder that takes over what was edited")
    written = from_excel(options.from_excel, options.parameters)
    print("\n".join(f"written: {options.parameters / name}" for name in written) or "nothing was edited")
    return 0


def _sources(options: argparse.Namespace) -> int:
    run = lithflow.load(options.parameters).run(options.scenario)
    if options.bibtex:
        print(run.bibtex())
        return 0
    for source in run.source_list:
        place = source.publisher or source.doi or source.url
        print(f"{source.id}: {source.author} ({source.year}). {source.title}. {place}")
    assumed = sum(cited == ("assumption",) for cited in run.citations.values())
    print(f"{len(run.source_list)} sources; {assumed} of {len(run.citations)} parameters rest on assumptions alone")
    if run.changed:
        print(f"changed by {run.scenario}, and what the changes rest on:")
    for name, (kept, changes) in run.changed.items():
        record = f"beside its record ({', '.join(kept)})" if kept else "in place of its record"
        print(f"  {name}: {', '.join(changes)}, {record}")
    return 0


def _scenarios(options: argparse.Namespace) -> int:
    scenarios = lithflow.load(options.parameters).inputs.scenarios
    width = max(map(len, scenarios), default=0)
    for name, scenario in scenarios.items():
        print(f"{name.ljust(width)}  {scenario.title}")
        margin = " " * (width + 2)
        lines = textwrap.wrap(
            scenario.reason, 110, initial_indent=margin, subsequent_indent=margin, max_lines=2, placeholder=" …"
        )
        print("\n".join(lines))
    return 0


def _industry(options: argparse.Namespace) -> int:
    print(lithflow.industry.industry_text(options.sections))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`hugginggpt eval`: how well it plans and answers, on TaskBench and on the project's own suite."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from hugginggpt.app.eval_parts import (
    AsJson,
    Folder,
    Limit,
    check_extra,
    show,
    some,
    status,
    watched,
)
from hugginggpt.app.eval_planner import planner
from hugginggpt.app.status import DONE, FAILURES
from hugginggpt.app.terminal import out, print_json
from hugginggpt.tools.errors import InputError

if TYPE_CHECKING:
    from langsmith import Client

    from hugginggpt.evals.judge import Judge
    from hugginggpt.evals.record import Row
    from hugginggpt.evals.suite.case import Case
    from hugginggpt.graph.context import Context

EMBEDDED = "embedded"
"""What evaluations use unless they are told otherwise: no key, no network, whatever is set."""

Brain = Annotated[str, typer.Option("--brain", metavar="NAME", help="What plans and answers.")]


def taskbench(
    data: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="TaskBench's files, or data_DOMAIN in it.")
    ],
    brain: Brain = EMBEDDED,
    domain: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="huggingface, multimedia or dailylifeapis."),
    ] = None,
    limit: Limit = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> int:
    """Measure plans by TaskBench's measures; the exit status is 1 where a request got no plan."""
    check_extra()
    from hugginggpt.app.inputs import load_settings
    from hugginggpt.evals.tables import measures_table, paper_table, published_table
    from hugginggpt.evals.taskbench.data import DOMAINS, load_bench
    from hugginggpt.evals.taskbench.planners import open_planner
    from hugginggpt.evals.taskbench.run import is_unplanned, report_of, run_bench

    named = next((each for each in DOMAINS if each == domain), None)
    if domain != named:
        raise InputError(f"there is no domain {domain!r}; use {', '.join(DOMAINS)}")
    context = load_settings(brain=brain)
    bench = load_bench(data, named, limit)
    planner = open_planner(context, bench)
    rows: list[Row] = []
    whole = watched(len(bench.samples), lambda tell: run_bench(bench, planner, rows, tell))
    report = report_of(bench, some(rows), str(context.brain))
    tables = [measures_table(report), published_table(report, bench), paper_table(report)]
    show(report, tables, folder, as_json=as_json)
    return status(whole=whole, failed=any(map(is_unplanned, rows)))


def suite(
    brain: Brain = EMBEDDED,
    endpoints: Annotated[
        str,
        typer.Option(metavar="NAMES", help="Where models may run, the preferred one first: a,b."),
    ] = EMBEDDED,
    limit: Limit = None,
    judge: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A chat model that judges the answers; may cost."),
    ] = None,
    least: Annotated[
        float | None,
        typer.Option("--least", metavar="PERCENT", min=0, max=100, help="Cases that must pass."),
    ] = None,
    upload: Annotated[
        bool, typer.Option("--upload", help="Make it an experiment in LangSmith as well.")
    ] = False,
    folder: Folder = None,
    as_json: AsJson = False,
) -> int:
    """Run the suite; the exit status is 1 where a case fails, or fewer pass than must."""
    check_extra()
    from hugginggpt.app.inputs import load_settings
    from hugginggpt.evals.judge import Judge
    from hugginggpt.evals.suite.case import load_cases
    from hugginggpt.evals.suite.run import report_of
    from hugginggpt.evals.tables import kinds_table, measures_table, wrong_table
    from hugginggpt.evals.upload import open_client

    if judge is not None and upload:
        raise InputError("--judge and --upload do not go together: leave one of them out")
    context = load_settings(brain=brain, endpoints=endpoints)
    critic = None if judge is None else Judge(load_settings(brain=judge))
    client = open_client() if upload else None
    cases = load_cases()[:limit]
    rows: list[Row] = []
    whole = watched(len(cases), lambda tell: _run(cases, context, rows, tell, critic, client))
    report = report_of(some(rows), str(context.brain))
    tables = [measures_table(report), kinds_table(report), wrong_table(report)]
    show(report, tables, folder, as_json=as_json)
    passed = 100 * sum(row.is_right for row in rows) / len(rows)
    return status(whole=whole, failed=passed < (100 if least is None else least))


async def _run(
    cases: "Sequence[Case]",
    context: "Context",
    rows: "list[Row]",
    tell: Callable[[], None],
    judge: "Judge | None",
    client: "Client | None",
) -> None:
    from hugginggpt.evals.suite.run import run_suite
    from hugginggpt.evals.upload import run_experiment

    with TemporaryDirectory(prefix="hugginggpt-suite-") as made:
        if client is None:
            await run_suite(cases, context, Path(made), rows, tell, judge)
        else:
            await run_experiment(cases, context, Path(made), rows, tell, client)


def compare(
    before: Annotated[Path, typer.Argument(metavar="A.json", help="A report.json.")],
    after: Annotated[Path, typer.Argument(metavar="B.json", help="A later one.")],
    as_json: AsJson = False,
) -> int:
    """Compare two reports; the exit status is 1 where a measure has surely become worse."""
    check_extra()
    from hugginggpt.evals.compare import compare as compared
    from hugginggpt.evals.compare import comparison_table
    from hugginggpt.evals.record import Report

    old, new = Report.load(before), Report.load(after)
    told = compared(old, new)
    if as_json:
        changes = [change._asdict() | {"grown": change.grown._asdict()} for change in told.changes]
        print_json(told._asdict() | {"changes": changes})
    else:
        out().print(comparison_table(old, new, told))
        for name, cases in (("right now", told.mended), ("wrong now", told.broken)):
            out().print(f"{name}: {', '.join(cases) or 'none'}")
    return FAILURES if any(change.is_worse for change in told.changes) else DONE


COMMANDS: dict[str, Callable[..., int]] = {
    "planner": planner,
    "taskbench": taskbench,
    "suite": suite,
    "compare": compare,
}
"""The commands below `hugginggpt eval`, by name."""

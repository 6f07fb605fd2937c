"""Run the suite: every request through the graph, every check on what comes of it."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from langsmith import tracing_context

from hugginggpt.evals.judge import MEASURE, Judge, judged
from hugginggpt.evals.record import Report, Row, new_report
from hugginggpt.evals.suite.case import Case
from hugginggpt.evals.suite.checks import ASPECTS, CHECKS, Aspect, all_done, is_honest, plan_is
from hugginggpt.evals.suite.files import make_files
from hugginggpt.evals.target import Trajectory, run_request
from hugginggpt.graph.build import Graph, build_graph
from hugginggpt.graph.context import Context

MEASURES = ("passed", *ASPECTS)


async def run_suite(
    cases: Sequence[Case],
    context: Context,
    folder: Path,
    rows: list[Row],
    tell: Callable[[], None] = lambda: None,
    judge: Judge | None = None,
) -> None:
    """Put a row for each case into `rows`; files are made and written in `folder`.

    Cases run one after the other, so that the times of one are not those of its neighbours.
    `tell` hears of each. The rows that are there when a run is cancelled are whole.
    """
    files = await asyncio.to_thread(make_files, folder / "files")
    settings = settings_for(context, folder)
    graph = build_graph()
    with tracing_context(enabled=False):  # whatever the environment says: nothing is uploaded
        for case in cases:
            run = await run_case(case, graph, settings, files)
            row = row_of(case, run)
            rows.append(row if judge is None else await judged(row, run, judge))
            tell()


def settings_for(context: Context, folder: Path) -> Context:
    """The settings with a workspace of the suite's own; what is read is what the case gives.

    Lessons of the user have no part in it.
    """
    own = {"workspace": str(folder / "made"), "roots": (), "lessons": None}
    return context.model_copy(update=own)


async def run_case(
    case: Case, graph: Graph, context: Context, files: dict[str, Path]
) -> Trajectory:
    """What the graph makes of the case."""
    return await run_request(graph, case.request, [files[name] for name in case.files], context)


def row_of(case: Case, run: Trajectory) -> Row:
    """The case as it went: `passed` where no check complains, and the share of each aspect."""
    outcomes = check_case(case, run)
    complaints = [f"{aspect}: {told}" for aspect, told in outcomes if told]
    parts = {"passed": (float(not complaints), 1.0)}
    for aspect in ASPECTS:
        told = [complaint for each, complaint in outcomes if each == aspect]
        parts[aspect] = (float(sum(not complaint for complaint in told)), float(len(told)))
    return Row(
        id=case.id,
        shape=case.shape,
        right=case.tasks,
        planned=run.kinds,
        parts=parts,
        seconds=run.seconds,
        request=case.request,
        answer=run.answer,
        complaints=tuple(complaints),
        spans=run.spans,
    )


def check_case(case: Case, run: Trajectory) -> list[tuple[Aspect, str]]:
    """What each check says of the run, by what it looks at; nothing where all is well."""
    outcomes: list[tuple[Aspect, str]] = [
        ("plan", plan_is(run, case.tasks, case.outline.edges)),
        ("result", all_done(run, case.beyond)),
        ("answer", is_honest(run, case.files)),
    ]
    for check in case.checks:
        aspect, function = CHECKS[check.check]
        outcomes.append((aspect, function(run, **check.arguments)))
    return outcomes


def report_of(rows: Sequence[Row], brain: str, notes: Sequence[str] = ()) -> Report:
    """The report on these rows."""
    is_judged = any(MEASURE in row.parts for row in rows)
    return new_report("suite", brain, (*MEASURES, *([MEASURE] if is_judged else ())), rows, notes)

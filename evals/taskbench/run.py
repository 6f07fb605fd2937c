"""Plan TaskBench's requests and measure the plans."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from hugginggpt.evals.metrics import Score, micro
from hugginggpt.evals.record import Report, Row, new_report
from hugginggpt.evals.taskbench.data import Bench, Sample, ToolPlan
from hugginggpt.evals.taskbench.measures import MEASURES, parts_of
from hugginggpt.evals.taskbench.planners import Planner
from hugginggpt.evals.taskbench.published import comparability
from hugginggpt.tools.errors import HuggingGPTError

_AT_ONCE = 8
"""Requests that a chat model is asked at the same time."""
_NO_PLAN = "no plan"


async def run_bench(
    bench: Bench,
    planner: Planner,
    rows: list[Row],
    tell: Callable[[], None],
) -> None:
    """Put a row for each sample into `rows`, in the order in which they end.

    `tell` hears of each. The rows that are there when a run is cancelled are whole.
    """
    slots = asyncio.Semaphore(_AT_ONCE)

    async def measure(sample: Sample) -> None:
        async with slots:
            await asyncio.sleep(0)  # a planner that never waits must not keep Ctrl-C waiting
            rows.append(await row_of(sample, planner, bench))
            tell()

    async with asyncio.TaskGroup() as group:
        for sample in bench.samples:
            group.create_task(measure(sample))


async def row_of(sample: Sample, planner: Planner, bench: Bench) -> Row:
    """How one request was planned; one that could not be is an empty plan with a complaint."""
    began, complaints, planned = time.perf_counter(), [], ToolPlan(())
    try:
        planned = await planner.plan(sample.request)
    except HuggingGPTError as error:
        complaints.append(f"{_NO_PLAN}: {error}")
    right = tuple(node.tool for node in sample.right.nodes)
    given = tuple(node.tool for node in planned.nodes)
    parts = parts_of(sample.right, planned, bench)
    complaints += differences(right, given, parts["e-F1"])
    return Row(
        id=sample.id,
        shape=sample.type,
        right=right,
        planned=given,
        parts=parts,
        seconds=round(time.perf_counter() - began, 4),
        complaints=tuple(complaints),
    )


def report_of(bench: Bench, rows: Sequence[Row], brain: str) -> Report:
    """The report on rows of that domain, in the order of its samples; it holds no request."""
    order = {sample.id: number for number, sample in enumerate(bench.samples)}
    measures = [name for name in MEASURES if any(name in row.parts for row in rows)]
    notes = [comparability(bench._replace(samples=bench.samples[: len(rows)]))]
    if failed := sum(map(is_unplanned, rows)):
        notes.append(f"Requests without a plan, which count as empty plans: {failed}.")
    if unknown := sum(len({*row.planned} - bench.names) for row in rows):
        strict = micro((set(row.right), set(row.planned)) for row in rows)
        notes.append(
            f"Planned tasks of kinds that the domain has no tool for: {unknown}. By TaskBench's "
            f"rule they are no mistakes; counted as mistakes, n-F1 is {100 * strict.f1:.1f}."
        )
    ordered = sorted(rows, key=lambda row: order[row.id])
    return new_report(f"TaskBench {bench.domain}, {bench.source}", brain, measures, ordered, notes)


def is_unplanned(row: Row) -> bool:
    """Whether the planner could give no plan; an empty plan is one."""
    return any(told.startswith(_NO_PLAN) for told in row.complaints)


class PaperFigures(NamedTuple):
    """The measures of the HuggingGPT paper (section 4.3), for one shape of plan."""

    accuracy: float
    """Share of requests with exactly the right tools."""
    edit_distance: float
    nodes: Score
    f1: float


def paper_figures(report: Report, shape: str) -> PaperFigures | None:
    """The paper's measures of the rows of that shape; None where there are none.

    Tools alone count. For single tasks, precision, recall and F1 are means over the tools,
    weighted by how often each is right: the paper does not say so, but its recall equals its
    accuracy, and its F1 is not that of its precision and recall. For the others they are micro
    averages, as its figures are. Its fourth measure of graphs, a score by GPT-4, is left out.
    """
    rows = report.of(shape)
    if not rows:
        return None
    accuracy = sum(sorted(row.right) == sorted(row.planned) for row in rows) / len(rows)
    distance = sum(row.parts["ED"][0] for row in rows) / len(rows)
    if shape == "single":
        score, f1 = _weighted(rows)
    else:
        score = micro((set(row.right), set(row.planned)) for row in rows)
        f1 = score.f1
    return PaperFigures(accuracy, distance, score, f1)


def _weighted(rows: Sequence[Row]) -> tuple[Score, float]:
    """Precision and recall, and F1, as means over the right tools by how often each is right."""
    precision = recall = f1 = total = 0.0
    for tool in {tool for row in rows for tool in row.right}:
        pairs = [({tool} & {*row.right}, {tool} & {*row.planned}) for row in rows]
        weight = sum(len(right) for right, _ in pairs)
        score = micro(pairs)
        precision += weight * score.precision
        recall += weight * score.recall
        f1 += weight * score.f1
        total += weight
    return Score(precision / total, recall / total), f1 / total


def differences(
    right: Sequence[str], given: Sequence[str], links: tuple[float, float]
) -> list[str]:
    """What a plan lacks and holds in vain, in words; `links` are the two sums of e-F1."""
    missing, extra = set(right) - set(given), set(given) - set(right)
    told = [f"missing: {', '.join(sorted(missing))}"] if missing else []
    told += [f"not asked for: {', '.join(sorted(extra))}"] if extra else []
    if not told and links[0] < links[1]:
        told.append("other links")
    return told

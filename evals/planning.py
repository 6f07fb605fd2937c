"""How well the embedded brain plans: `python -m hugginggpt.evals.planning`.

On the project's own cases; `hugginggpt eval taskbench` measures it on others'.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from hugginggpt.evals.dataset import Case, load_cases
from hugginggpt.evals.metrics import Outline, Pair, Report, measure
from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded.planner import draft
from hugginggpt.graph.request import Request

OWN = "own, development"
_COLUMNS = ("n-F1", "e-F1", "mean n-F1", "mean e-F1", "exact sets", "exact plans")

Planner = Callable[[Request], Draft]


def outline_of(tasks: Sequence[dict[str, Any]]) -> Outline:
    """What the metrics compare of a plan in wire form."""
    position = {task["id"]: index for index, task in enumerate(tasks)}
    links = sorted(
        (position[d], position[task["id"]]) for task in tasks for d in task["dep"] if d in position
    )
    return Outline(tuple(task["task"] for task in tasks), tuple(links))


def run_cases(cases: Sequence[Case], planner: Planner = draft) -> list[Pair]:
    """The right and the planned outline of each case."""
    return [(case.outline, outline_of(planner(case.to_request()).tasks)) for case in cases]


def misses(cases: Sequence[Case], pairs: Sequence[Pair]) -> list[tuple[Case, Outline]]:
    """The cases not planned exactly right, with what was planned."""
    return [
        (case, planned)
        for case, (right, planned) in zip(cases, pairs, strict=True)
        if not right.is_exactly(planned)
    ]


def confusions(pairs: Sequence[Pair]) -> dict[str, Counter[str]]:
    """Per kind: how often it was right, missed, or planned where it should not be."""
    counts: dict[str, Counter[str]] = {}
    for right, planned in pairs:
        for kind in right.nodes | planned.nodes:
            outcome = "extra" if kind not in right.nodes else "missed"
            outcome = "right" if kind in right.nodes & planned.nodes else outcome
            counts.setdefault(kind, Counter())[outcome] += 1
    return counts


def table_of(reports: dict[str, Report]) -> Table:
    """The reports side by side, F1 in percent."""
    table = Table("corpus", "requests", *_COLUMNS)
    for name, report in reports.items():
        shares = (
            report.nodes.f1,
            report.edges.f1,
            report.mean_node_f1,
            report.mean_edge_f1,
            report.exact_sets,
            report.exact_plans,
        )
        table.add_row(name, str(report.requests), *(f"{100 * share:.1f}" for share in shares))
    return table


def confusion_table(counts: dict[str, Counter[str]]) -> Table:
    """Per kind how often it was right, missed and extra, the weakest first."""
    table = Table("kind", "right", "missed", "extra")
    wrong = {kind: count["missed"] + count["extra"] for kind, count in counts.items()}
    for kind in sorted(counts, key=wrong.__getitem__, reverse=True):
        count = counts[kind]
        table.add_row(kind, *(str(count[key]) for key in ("right", "missed", "extra")))
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="hugginggpt.evals.planning", description=__doc__)
    parser.add_argument("--kinds", action="store_true", help="print right and wrong per kind too")
    parser.add_argument("--misses", action="store_true", help="print cases that go wrong too")
    options = parser.parse_args(arguments)
    console, cases = Console(), load_cases()
    pairs = run_cases(cases)
    console.print(table_of({OWN: measure(pairs)}))
    console.print(f"mean time a plan: {_milliseconds(cases):.2f} ms")
    if options.kinds:
        console.print(confusion_table(confusions(pairs)))
    if options.misses:
        for case, planned in misses(cases, pairs):
            console.print(case.id, case.request, case.outline, planned, sep="\n  ", markup=False)
    return 0


def _milliseconds(cases: Sequence[Case]) -> float:
    requests = [case.to_request() for case in cases]
    start = time.perf_counter()
    for request in requests:
        draft(request)
    return 1000 * (time.perf_counter() - start) / len(requests)


if __name__ == "__main__":
    sys.exit(main())

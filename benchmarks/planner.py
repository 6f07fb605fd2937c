"""How well the embedded planner reads requests it was not fitted to.

`python -m benchmarks.planner [--labelled FILE] [--misses N]` fits it without some topics and one
style and measures on those, then takes the shipped weights for other rows.
TaskBench is measured by `hugginggpt eval taskbench`.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hugginggpt.evals.dataset import load_cases
from hugginggpt.evals.metrics import Outline, Pair, measure
from hugginggpt.evals.planning import Planner, outline_of, run_cases
from hugginggpt.graph.brain.embedded.examples import Example, load_examples
from hugginggpt.graph.brain.embedded.fit import fit, labels_of, view_of_example
from hugginggpt.graph.brain.embedded.learned.model import WEIGHTS, learned
from hugginggpt.graph.brain.embedded.planner import draft, draft_by_rules
from hugginggpt.graph.draft import parse_plan
from hugginggpt.tools.errors import PlanError

HELD_TOPICS = frozenset({"art", "sport", "law", "pets"})
HELD_STYLE = "slang"


def pairs_of(examples: Sequence[Example], planner: Planner) -> list[Pair]:
    """The right and the planned outline of each example, both as the graph would run them."""
    return [
        (_checked(e, [dict(task) for task in e.tasks]), _checked(e, planner(e.to_request()).tasks))
        for e in examples
    ]


def _checked(example: Example, tasks: list[dict[str, Any]]) -> Outline:
    try:
        plan = parse_plan(tasks, resources=example.files, earlier=example.earlier)
    except PlanError:
        return Outline(("faulty",), ())
    return outline_of(plan.to_wire())


def line(name: str, pairs: Sequence[Pair], more: str = "") -> str:
    report = measure(pairs)
    return (
        f"{name:34} {report.requests:5}  n-F1 {report.nodes.f1:.3f}  e-F1 {report.edges.f1:.3f}  "
        f"sets {report.exact_sets:.3f}  plans {report.exact_plans:.3f}  {more}"
    )


def report_of(examples: Sequence[Example], planner: Planner, name: str) -> list[Pair]:
    start = time.perf_counter()
    pairs = pairs_of(examples, planner)
    passed = 1000 * (time.perf_counter() - start) / len(examples)
    print(line(name, pairs, f"{passed:.1f} ms"))
    return pairs


def by(examples: Sequence[Example], pairs: Sequence[Pair], key: Any) -> None:
    groups: dict[str, list[Pair]] = {}
    for example, pair in zip(examples, pairs, strict=True):
        groups.setdefault(str(key(example)), []).append(pair)
    for name, group in sorted(groups.items()):
        print(line("    " + name, group))


def no_task(pairs: Sequence[Pair]) -> str:
    """Precision and recall of "there is no task"."""
    counts = Counter((not right.tasks, not planned.tasks) for right, planned in pairs)
    said, are = counts[True, True] + counts[False, True], counts[True, True] + counts[True, False]
    return (
        f"no task: precision {counts[True, True] / said:.3f}, recall {counts[True, True] / are:.3f}"
    )


def doubts(examples: Sequence[Example], planner: Planner) -> str:
    """How often a second plan is given, and how often each of the two has the right kinds."""
    drafts = [(planner(e.to_request()), {task["task"] for task in e.tasks}) for e in examples]
    unsure = [(d.tasks, d.other.tasks, right) for d, right in drafts if d.other is not None]
    first, second = (
        sum({t["task"] for t in row[i]} == row[2] for row in unsure) / max(1, len(unsure))
        for i in (0, 1)
    )
    share = len(unsure) / len(examples)
    return f"in doubt: {share:.3f} of requests, first plan right {first:.2f}, second {second:.2f}"


def shape_name(example: Example) -> str:
    """Single, chain or DAG, as TaskBench has it."""
    deps = [len([d for d in task["dep"] if d != -1]) for task in example.tasks]
    used = Counter(d for task in example.tasks for d in task["dep"] if d != -1)
    if len(deps) < 2:
        return ("none", "single")[len(deps)]
    chain = sorted(deps) == [0] + [1] * (len(deps) - 1) and max(used.values()) == 1
    return "chain" if chain else "dag"


def reliability(examples: Sequence[Example], model: Any) -> None:
    chances, hits = [], []
    for example in examples:
        best = model.read(view_of_example(example)).options[0]
        chances.append(best.chance)
        hits.append(best.kinds == {task["task"] for task in example.tasks})
    bins = np.minimum((np.array(chances) * 5).astype(int), 4)
    for number in range(5):
        here = bins == number
        if here.any():
            told, right = np.array(chances)[here].mean(), np.array(hits)[here].mean()
            print(
                f"    chance {number / 5:.1f}-{(number + 1) / 5:.1f}: {here.sum():4} requests, "
                f"told {told:.2f}, right {right:.2f}"
            )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.planner", description=__doc__)
    parser.add_argument("--labelled", type=Path, metavar="FILE", help="rows like the examples'")
    parser.add_argument("--misses", type=int, default=0, metavar="N")
    options = parser.parse_args(arguments)
    examples = load_examples()
    held = [e for e in examples if e.topic in HELD_TOPICS or e.style == HELD_STYLE]
    seen = [e for e in examples if e.topic not in HELD_TOPICS and e.style != HELD_STYLE]
    start = time.perf_counter()
    part = fit([view_of_example(e) for e in seen], labels_of(seen), [e.topic for e in seen])
    print(f"fitted to {len(seen)} examples in {time.perf_counter() - start:.0f} s")
    planner = partial(draft, model=part)
    both = [e for e in held if e.language == "en"]
    report_of(both, draft_by_rules, "held out, English: rules")
    pairs = report_of(both, planner, "held out, English: learned")
    print(no_task(pairs))
    print(doubts(both, planner))
    by(both, pairs, lambda e: "held topic" if e.topic in HELD_TOPICS else "held style")
    by(both, pairs, lambda e: e.style)
    by(both, pairs, shape_name)
    by(both, pairs, lambda e: e.reason or "task")
    others = [e for e in held if e.language != "en"]
    by(others, report_of(others, draft_by_rules, "held out, others: rules"), lambda e: e.language)
    by(others, report_of(others, planner, "held out, others: learned"), lambda e: e.language)
    print(doubts(others, planner))
    print("calibration, English")
    reliability(both, part)
    for row in _worst(both, pairs, part)[: options.misses]:
        print("   ", row)
    for name, model in (("held-out fit", part), ("shipped", learned())):
        chosen = partial(draft, model=model)
        print(line(f"own cases, {name}", run_cases(load_cases(), chosen)))
    if options.labelled:
        rows = [json.loads(row) for row in options.labelled.read_text().splitlines() if row.strip()]
        labelled = [Example.model_validate(row) for row in rows]
        report_of(labelled, draft_by_rules, "labelled: rules")
        print(no_task(report_of(labelled, draft, "labelled: learned")))
    print(f"weights: {WEIGHTS.stat().st_size / 1e6:.1f} MB")
    return 0


def _worst(examples: Sequence[Example], pairs: Sequence[Pair], model: Any) -> list[str]:
    """The mistakes made with the most confidence."""
    wrong = []
    for example, (right, planned) in zip(examples, pairs, strict=True):
        if right.nodes != planned.nodes:
            chance = model.read(view_of_example(example)).options[0].chance
            told = (
                f"{example.request[:140]!r}: {sorted(planned.tasks)}, right {sorted(right.tasks)}"
            )
            wrong.append((chance, told))
    return [f"{chance:.2f} {told}" for chance, told in sorted(wrong, reverse=True)]


if __name__ == "__main__":
    sys.exit(main())

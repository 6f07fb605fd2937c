"""Measure the embedded planner: fit it without some requests, and plan those."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hugginggpt.evals.dataset import load_cases
from hugginggpt.evals.planner.ablations import (
    ABLATIONS,
    LEARNED,
    LINKS,
    NETWORKS,
    NOTHING,
    Lab,
    lab_of,
    linked_to_nearest,
    variant_of,
    views_of,
)
from hugginggpt.evals.planner.measures import PLANS, SETS
from hugginggpt.evals.planner.outcomes import (
    Outcome,
    Planner,
    Subject,
    outcomes_of,
    planned_by,
    planned_by_rules,
    row_of,
    subject_of,
    subject_of_case,
)
from hugginggpt.evals.planner.split import part_of, split
from hugginggpt.evals.record import Row, Variant
from hugginggpt.evals.taskbench.data import Bench
from hugginggpt.evals.taskbench.planners import EmbeddedPlanner
from hugginggpt.evals.taskbench.run import run_bench
from hugginggpt.graph.brain.embedded.examples import Example, load_examples, read_examples
from hugginggpt.graph.brain.embedded.learned.model import learned
from hugginggpt.graph.brain.embedded.link_trials import flow_of_examples
from hugginggpt.tools.errors import FileInputError, InputError

Stage = Callable[[str, int], Callable[[], None]]
"""Hears that a stage of so many steps begins; what it gives back hears of each step."""

OWN = "own cases, learned from"

_Row = TypeVar("_Row")


@dataclass(slots=True)
class Study:
    """What is measured, and what has come of it so far."""

    seen: Sequence[Example]
    """Examples that are fitted to."""
    held: Sequence[Subject]
    """Requests kept from the fit, the English ones first."""
    parts: Sequence[str]
    """The part of the data that each of them is of."""
    others: Mapping[str, Sequence[Subject]]
    """Requests that are planned with the weights shipped, by part of the data."""
    outcomes: Sequence[Outcome] = ()
    """How the held ones were planned."""
    rows: list[Row] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)

    def rows_of(self, outcomes: Sequence[Outcome]) -> list[Row]:
        """Outcomes of the held requests as rows."""
        return [row_of(outcome, part) for outcome, part in zip(outcomes, self.parts, strict=True)]


def open_study(labelled: Path | None = None, limit: int | None = None) -> Study:
    """What is to be measured; at most `limit` of the examples and of the own cases.

    Raises:
        FileInputError: a file can't be read.
        InputError: there are too few examples.

    """
    examples = load_examples()
    if not examples:
        raise FileInputError("the examples are not installed: run this in a copy of the project")
    seen, held = split(examples)
    held.sort(key=lambda example: (example.language != "en", example.language))
    if limit is not None:
        few = limit * len(held) // len(examples)
        seen, held = list(_spread(seen, limit - few)), list(_spread(held, few))
    if not (seen and held):
        raise InputError(f"--limit {limit} leaves too few examples to keep some from the fit")
    others = {OWN: [subject_of_case(case) for case in _spread(load_cases(), limit)]}
    if labelled:
        others[labelled.name] = [subject_of(row) for row in read_examples(labelled)]
    parts = [part_of(example) for example in held]
    return Study(seen, [subject_of(example) for example in held], parts, others)


def _spread(rows: Sequence[_Row], limit: int | None) -> Sequence[_Row]:
    """At most `limit` of the rows, from all over them."""
    if limit is None or limit >= len(rows):
        return rows
    return [rows[number * len(rows) // limit] for number in range(limit)]


def measure(study: Study, stage: Stage) -> Lab:
    """Put the rows of all parts into `study`; the seen examples are given back to be fitted to."""
    views = views_of(study.seen, stage("reading the examples", len(study.seen)))
    flow = flow_of_examples(study.seen, stage("reading their links", len(study.seen)))
    lab = lab_of(study.seen, views, flow, stage("fitting networks to their words", NETWORKS))
    fitted = planned_by(lab.fit(NOTHING, stage("fitting without the held-out ones", lab.tried)))
    study.outcomes = _outcomes(study.held, fitted, stage, "planning the held-out ones")
    study.rows += study.rows_of(study.outcomes)
    shipped = planned_by(learned())
    for name, subjects in study.others.items():
        outcomes = _outcomes(subjects, shipped, stage, f"planning {name}")
        study.rows += [row_of(outcome, name) for outcome in outcomes]
    return lab


def measure_bench(study: Study, bench: Bench, stage: Stage) -> None:
    """Put the rows of TaskBench's requests into `study`, planned with the shipped weights."""
    rows: list[Row] = []
    tell = stage(f"planning {bench_part(bench)}", len(bench.samples))
    asyncio.run(run_bench(bench, EmbeddedPlanner(bench), rows, tell))
    study.rows += [_of_bench(row, bench_part(bench)) for row in rows]


def bench_part(bench: Bench) -> str:
    """What TaskBench's part of the data is called."""
    return f"TaskBench, {bench.source}"


def ablate(study: Study, lab: Lab, stage: Stage) -> None:
    """Put into `study` what the planner is without each of its parts, once that is measured."""
    _compare(study, NOTHING.name, study.outcomes)
    for ablation in ABLATIONS:
        reader = lab.fit(ablation, stage(f"fitting without {ablation.name}", lab.tried))
        outcomes = _outcomes(
            study.held, planned_by(reader), stage, f"planning without {ablation.name}"
        )
        _compare(study, ablation.name, outcomes)
    outcomes = _outcomes(study.held, planned_by_rules, stage, "planning by rules alone")
    _compare(study, LEARNED, outcomes)
    _compare(study, LINKS, [linked_to_nearest(outcome) for outcome in study.outcomes])


def _outcomes(
    subjects: Sequence[Subject], planner: Planner, stage: Stage, name: str
) -> list[Outcome]:
    return outcomes_of(subjects, planner, stage(name, len(subjects)))


def _compare(study: Study, name: str, outcomes: Sequence[Outcome]) -> None:
    full, rows = study.rows_of(study.outcomes), study.rows_of(outcomes)
    study.variants.append(variant_of(name, full, rows))


def _of_bench(row: Row, part: str) -> Row:
    """The row with the measures of plans; TaskBench has no request without a task."""
    is_set = set(row.right) == set(row.planned)
    right, both = row.parts["e-F1"]
    is_plan = sorted(row.right) == sorted(row.planned) and right == both
    parts = {name: row.parts[name] for name in ("n-F1", "e-F1")}
    parts |= {PLANS: (float(is_plan), 1.0), SETS: (float(is_set), 1.0)}
    return row.model_copy(update={"parts": parts, "part": part})

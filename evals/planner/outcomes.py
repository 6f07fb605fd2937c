"""Requests as the planner plans them, beside the right plans."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hugginggpt.evals.dataset import Case
from hugginggpt.evals.metrics import Outline
from hugginggpt.evals.planner.measures import PLANS, parts_of
from hugginggpt.evals.planning import outline_of
from hugginggpt.evals.record import Row, Shape
from hugginggpt.evals.taskbench.data import type_of
from hugginggpt.evals.taskbench.run import differences
from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded.examples import Example
from hugginggpt.graph.brain.embedded.learned.model import Reader
from hugginggpt.graph.brain.embedded.planner import Decision, decide, draft_by_rules
from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.request import Request
from hugginggpt.tools.errors import PlanError

FAULTY = Outline(("faulty",), ())
"""A plan that the graph would refuse."""


class Subject(NamedTuple):
    """One request and its right plan."""

    id: str
    language: str
    request: Request
    right: Outline


class Planned(NamedTuple):
    """A plan, and how likely the planner held its kinds to be the right ones."""

    draft: Draft
    chance: float | None = None


Planner = Callable[[Request], Planned]


class Outcome(NamedTuple):
    """A request as it was planned."""

    subject: Subject
    planned: Outline
    chance: float | None
    seconds: float
    other: Outline | None = None
    """The plan that the user is asked about too, where the planner is in doubt."""


def subject_of(example: Example) -> Subject:
    """The example's request; its name stays the same when other examples come and go."""
    asked = example.model_dump_json(include={"request", "files", "history", "earlier"})
    name = hashlib.sha256(asked.encode()).hexdigest()[:10]
    request = example.to_request()
    return Subject(name, example.language, request, _outline(request, example.tasks))


def subject_of_case(case: Case) -> Subject:
    """The request of one of the project's own cases."""
    return Subject(case.id, "en", case.to_request(), case.outline)


def planned_by(model: Reader) -> Planner:
    """Plans as the embedded brain does, with that model."""

    def plan(request: Request) -> Planned:
        decision = decide(request, model)
        return Planned(decision.draft, _chance(decision))

    return plan


def _chance(decision: Decision) -> float | None:
    """How likely the kinds that were decided for are; None where that was not asked."""
    reading = decision.reading
    if reading is None:
        return None
    return reading.options[0].chance if decision.ground == "likelier" else reading.rules


def planned_by_rules(request: Request) -> Planned:
    """The plan of the cues alone."""
    return Planned(draft_by_rules(request))


def outcomes_of(
    subjects: Iterable[Subject], planner: Planner, tell: Callable[[], None]
) -> list[Outcome]:
    """How each of them is planned; `tell` hears of each."""
    outcomes = []
    for subject in subjects:
        began = time.perf_counter()
        planned = planner(subject.request)
        seconds = time.perf_counter() - began
        given = _outline(subject.request, planned.draft.tasks)
        other = planned.draft.other
        asked = _outline(subject.request, other.tasks) if other is not None else None
        outcomes.append(Outcome(subject, given, planned.chance, seconds, asked))
        tell()
    return outcomes


def _outline(request: Request, tasks: Sequence[Mapping[str, Any]]) -> Outline:
    """The tasks as the graph would run them: it mends some plans, and refuses others."""
    resources = {name: artifact.modality for name, artifact in request.resources.items()}
    earlier = {key: result.kind for key, result in request.earlier.items()}
    try:
        plan = parse_plan([dict(task) for task in tasks], resources=resources, earlier=earlier)
    except PlanError:
        return FAULTY
    return outline_of(plan.to_wire())


def row_of(outcome: Outcome, part: str) -> Row:
    """The outcome as a row of a report."""
    subject, planned = outcome.subject, outcome.planned
    parts = parts_of(subject.right, planned)
    complaints = differences(subject.right.tasks, planned.tasks, parts["e-F1"])
    if not complaints and not parts[PLANS][0]:
        complaints = ["right kinds, but not as many tasks of each"]
    return Row(
        id=subject.id,
        shape=_shape(subject.right),
        right=subject.right.tasks,
        planned=planned.tasks,
        parts=parts,
        seconds=round(outcome.seconds, 4),
        request=subject.request.text,
        part=part,
        language=subject.language,
        chance=None if outcome.chance is None else round(outcome.chance, 4),
        complaints=tuple(complaints),
    )


def _shape(right: Outline) -> Shape:
    return type_of(range(len(right.tasks)), right.links) if right.tasks else "none"

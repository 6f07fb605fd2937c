"""Requests as the planner plans them, beside the right plans."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hugginggpt.evals.dataset import Case
from hugginggpt.evals.metrics import Shape
from hugginggpt.evals.planner.measures import PLANS, parts_of
from hugginggpt.evals.planning import shape_of
from hugginggpt.evals.record import Row
from hugginggpt.evals.record import Shape as ShapeName
from hugginggpt.evals.taskbench.data import type_of
from hugginggpt.evals.taskbench.run import differences
from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded.examples import Example
from hugginggpt.graph.brain.embedded.learned.model import Reader, Reading
from hugginggpt.graph.brain.embedded.learned.views import View
from hugginggpt.graph.brain.embedded.planner import draft, draft_by_rules
from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.request import Request
from hugginggpt.tools.errors import PlanError

FAULTY = Shape(("faulty",), ())
"""A plan that the graph would refuse."""


class Subject(NamedTuple):
    """One request and its right plan."""

    id: str
    language: str
    request: Request
    right: Shape


class Planned(NamedTuple):
    """A plan, and how likely the planner held its kinds to be the right ones."""

    draft: Draft
    chance: float | None = None


Planner = Callable[[Request], Planned]


class Trial(NamedTuple):
    """A request as it was planned."""

    subject: Subject
    planned: Shape
    chance: float | None
    seconds: float


def subject_of(example: Example) -> Subject:
    """The example's request; its name stays the same when other examples come and go."""
    asked = example.model_dump_json(include={"request", "files", "history", "earlier"})
    name = hashlib.sha256(asked.encode()).hexdigest()[:10]
    request = example.to_request()
    return Subject(name, example.language, request, _shape(request, example.tasks))


def subject_of_case(case: Case) -> Subject:
    """The request of one of the project's own cases."""
    return Subject(case.id, "en", case.to_request(), case.shape)


class _Witness:
    """Reads a request by a model, and keeps what came of it."""

    def __init__(self, model: Reader) -> None:
        self._model = model
        self._read: tuple[View, Reading] | None = None

    def read(self, view: View) -> Reading:
        reading = self._model.read(view)
        self._read = (view, reading)
        return reading

    def chance_of(self, kinds: frozenset[str]) -> float | None:
        """How likely the kinds are; None where that was not told."""
        if self._read is None:
            return None
        view, reading = self._read
        if kinds == frozenset(view.rules.kinds):
            return reading.rules
        return next((option.chance for option in reading.options if option.kinds == kinds), None)


def planned_by(model: Reader) -> Planner:
    """Plans as the embedded brain does, with that model."""

    def plan(request: Request) -> Planned:
        witness = _Witness(model)
        told = draft(request, witness)
        return Planned(told, witness.chance_of(frozenset(task["task"] for task in told.tasks)))

    return plan


def planned_by_rules(request: Request) -> Planned:
    """The plan of the cues alone."""
    return Planned(draft_by_rules(request))


def trials_of(
    subjects: Iterable[Subject], planner: Planner, tell: Callable[[], None]
) -> list[Trial]:
    """How each of them is planned; `tell` hears of each."""
    trials = []
    for subject in subjects:
        began = time.perf_counter()
        planned = planner(subject.request)
        seconds = time.perf_counter() - began
        given = _shape(subject.request, planned.draft.tasks)
        trials.append(Trial(subject, given, planned.chance, seconds))
        tell()
    return trials


def _shape(request: Request, tasks: Sequence[Mapping[str, Any]]) -> Shape:
    """The tasks as the graph would run them: it mends some plans, and refuses others."""
    resources = {name: artifact.modality for name, artifact in request.resources.items()}
    earlier = {key: result.kind for key, result in request.earlier.items()}
    try:
        plan = parse_plan([dict(task) for task in tasks], resources=resources, earlier=earlier)
    except PlanError:
        return FAULTY
    return shape_of(plan.to_wire())


def row_of(trial: Trial, part: str) -> Row:
    """The trial as a row of a report."""
    subject, planned = trial.subject, trial.planned
    parts = parts_of(subject.right, planned)
    complaints = differences(subject.right.tasks, planned.tasks, parts["e-F1"])
    if not complaints and not parts[PLANS][0]:
        complaints = ["right kinds, but not as many tasks of each"]
    return Row(
        id=subject.id,
        shape=_shape_name(subject.right),
        right=subject.right.tasks,
        planned=planned.tasks,
        parts=parts,
        seconds=round(trial.seconds, 4),
        request=subject.request.text,
        part=part,
        language=subject.language,
        chance=None if trial.chance is None else round(trial.chance, 4),
        complaints=tuple(complaints),
    )


def _shape_name(right: Shape) -> ShapeName:
    return type_of(range(len(right.tasks)), right.links) if right.tasks else "none"

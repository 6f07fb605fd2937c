"""Which of the shipped tests another planner plans in another way."""

from collections.abc import Iterable
from typing import NamedTuple

from hugginggpt.evals.dataset import Case
from hugginggpt.evals.metrics import Outline, overlap
from hugginggpt.evals.planning import Planner, outline_of
from hugginggpt.graph.brain.embedded.examples import Example
from hugginggpt.graph.request import Request


class Trial(NamedTuple):
    """A request, and the outline of its right plan."""

    request: Request
    right: Outline


class Change(NamedTuple):
    """A request that is planned in another way than before."""

    request: str
    right: Outline
    before: Outline
    after: Outline

    @property
    def gain(self) -> float:
        """How much nearer to the right plan it has come; below 0 where it has become worse."""
        return _nearness(self.right, self.after) - _nearness(self.right, self.before)


def trials_of(cases: Iterable[Case], examples: Iterable[Example]) -> list[Trial]:
    """Shipped cases and examples with their right plans."""
    trials = [Trial(case.to_request(), case.outline) for case in cases]
    right = [(e.to_request(), outline_of([dict(task) for task in e.tasks])) for e in examples]
    return [*trials, *(Trial(*each) for each in right)]


def changes(trials: Iterable[Trial], before: Planner, after: Planner) -> list[Change]:
    """The tests that are planned in another way after than before, the worst first."""
    found = [
        Change(trial.request.text, trial.right, old, new)
        for trial in trials
        if (old := outline_of(before(trial.request).tasks))
        != (new := outline_of(after(trial.request).tasks))
    ]
    return sorted(found, key=lambda change: change.gain)


def _nearness(right: Outline, planned: Outline) -> float:
    """How near a plan is to the right one: its tasks, its links, and whether it is just that."""
    nodes, edges = overlap(right.nodes, planned.nodes), overlap(right.edges, planned.edges)
    return nodes.f1 + edges.f1 + right.is_exactly(planned)


def outline_text(outline: Outline) -> str:
    """The outline in one line: `image-to-text → translation`, then tasks without links."""
    if not outline.tasks:
        return "no task"
    linked = [f"{outline.tasks[a]} → {outline.tasks[b]}" for a, b in outline.links]
    alone = [
        name for i, name in enumerate(outline.tasks) if not any(i in link for link in outline.links)
    ]
    return ", ".join([*linked, *alone])

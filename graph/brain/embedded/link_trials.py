"""What the examples teach of links: each is planned with its own kinds, then its links are told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hugginggpt.graph.brain.embedded.examples import Example
from hugginggpt.graph.brain.embedded.learned.flow import Flow, flow_of
from hugginggpt.graph.brain.embedded.learned.linker import Trial, fit_linker
from hugginggpt.graph.brain.embedded.link_signs import BROUGHT, link_choices
from hugginggpt.graph.brain.embedded.planner import settled
from hugginggpt.graph.brain.embedded.steps import content_argument
from hugginggpt.graph.brain.embedded.tasklist import references
from hugginggpt.tools.kinds import KINDS


def flow_of_examples(examples: Sequence[Example], tell: Callable[[], None] = lambda: None) -> Flow:
    """How results flow in their plans, and how that shows in requests; `tell` hears of each."""
    flow = flow_of([example.tasks for example in examples])
    trials: list[Trial] = []
    for example in examples:
        trials += trials_of(example, flow)
        tell()
    return Flow(flow.shares, fit_linker(trials))


def trials_of(example: Example, flow: Flow) -> Iterator[Trial]:
    """What each of its tasks may work on, and what it does."""
    kinds = frozenset(task["task"] for task in example.tasks)
    if len(kinds) < 2:
        return
    decision = settled(example.to_request(), kinds, flow)
    if decision is None or decision.planner is None:
        return
    for choice in link_choices(decision.planner.laid(), flow):
        right = {_giver(t, example) for t in example.tasks if t["task"] == choice.task["task"]}
        if len(right) == 1 and (giver := right.pop()) in choice.givers:
            yield Trial(choice.signs, choice.givers.index(giver))


def _giver(task: Mapping[str, Any], example: Example) -> str:
    """The kind of the task of the same plan that it works on, or `BROUGHT`."""
    kinds = {other["id"]: other["task"] for other in example.tasks}
    content = content_argument(KINDS[task["task"]])
    named = references(task["args"].get(content.name)) if content else []
    return next((kinds[key] for key in reversed(named) if key in kinds), BROUGHT)

"""Node select: from a plan to one model for each task."""

from collections.abc import Mapping, Sequence

import anyio.to_thread

from hugginggpt.graph.plan import Plan
from hugginggpt.graph.results import Selection
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import State, read_state
from hugginggpt.tools.candidates import Candidate, Found, find_candidates
from hugginggpt.tools.kinds import KINDS
from hugginggpt.tools.tool import no_endpoint


async def select_models(state: State, run: Run) -> Update:
    """One model a task, for all tasks at once (HuggingGPT, section 3.2).

    The brain is asked only where there is a choice.
    """
    plan = Plan.from_state(state["plan"])
    found = await anyio.to_thread.run_sync(_find, plan, run)
    choices = {
        key: found[task.kind].candidates
        for key, task in plan.tasks.items()
        if len(found[task.kind].candidates) > 1
    }
    chosen = await run.brain.select(read_state(state), plan, choices) if choices else {}
    selections = {
        key: _checked(chosen.get(key), choices[key]) if key in choices else _only(task.kind, found)
        for key, task in plan.tasks.items()
    }
    return {"selections": {key: s.model_dump(mode="json") for key, s in selections.items()}}


def _find(plan: Plan, run: Run) -> dict[str, Found]:
    kinds = dict.fromkeys(task.kind for task in plan.tasks.values())
    return {
        kind: find_candidates(KINDS[kind], run.endpoints, run.context.candidates) for kind in kinds
    }


def _only(kind: str, found: Mapping[str, Found]) -> Selection:
    candidates, refusals = found[kind]
    if not candidates:
        return Selection(chosen=None, reason=no_endpoint(KINDS[kind], refusals))
    return Selection(chosen=candidates[0], reason="the only model that can run here")


def _checked(selection: Selection | None, candidates: Sequence[Candidate]) -> Selection:
    """The brain's choice if it is one of the candidates, else the first of them."""
    if selection is not None and selection.chosen in candidates:
        others = tuple(c for c in candidates if c != selection.chosen)
        return selection.model_copy(update={"others": others})
    return Selection(
        chosen=candidates[0],
        reason="the first candidate: none of the candidates was chosen",
        others=tuple(candidates[1:]),
    )

"""Node select: from a plan to one model for each task."""

from collections.abc import Mapping, Sequence

import anyio.to_thread

from hugginggpt.graph.brain import Choices
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.results import Selection
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import State, read_state, used
from hugginggpt.graph.tracing import annotate
from hugginggpt.tools.candidates import Candidate, Found


async def select_models(state: State, run: Run) -> Update:
    """One model a task, for all tasks at once (HuggingGPT, section 3.2).

    The brain is asked only where there is a choice, and once for the whole plan.
    """
    plan = Plan.from_state(state["plan"])
    await run.offers.refresh({task.kind for task in plan.tasks.values()})
    found = await anyio.to_thread.run_sync(_find, plan, run)
    settled = {
        key: run.offers.settled(task.kind, found[task.kind]) for key, task in plan.tasks.items()
    }
    choices = {
        key: found[plan.tasks[key].kind].candidates for key, s in settled.items() if s is None
    }
    chosen = Choices({})
    if choices:
        chosen = await run.brain.select(read_state(state), plan, choices, run.brief())
    selections = {
        key: selection or _checked(chosen.selections.get(key), choices[key])
        for key, selection in settled.items()
    }
    annotate(run.config, ranks=_ranks(plan, selections, found))
    run.offers.prepare(selections.values())
    return {
        "selections": {key: s.model_dump(mode="json") for key, s in selections.items()},
        "usage": used("select", chosen.usage),
    }


def _find(plan: Plan, run: Run) -> dict[str, Found]:
    kinds = dict.fromkeys(task.kind for task in plan.tasks.values())
    return {kind: run.offers.of(kind) for kind in kinds}


def _ranks(
    plan: Plan, selections: Mapping[str, Selection], found: Mapping[str, Found]
) -> dict[str, int]:
    """Where the chosen model of each task stands among the candidates, the best of which is 1."""
    return {
        key: found[plan.tasks[key].kind].candidates.index(s.chosen) + 1
        for key, s in selections.items()
        if s.chosen is not None
    }


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

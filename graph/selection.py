"""Node select: from a plan to one model for each task."""

from collections.abc import Iterable, Mapping, Sequence

import anyio.to_thread

from hugginggpt.graph.brain import Choices
from hugginggpt.graph.plan import Plan, Task
from hugginggpt.graph.results import Selection
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import Asked, State, read_state, unfinished, used_more
from hugginggpt.graph.tracing import annotate
from hugginggpt.tools.candidates import Candidate, Found


async def select_models(state: State, run: Run) -> Update:
    """One model for each task that has none, for all at once (HuggingGPT, section 3.2).

    The brain is asked only where there is a choice, and once for the whole plan. Tasks of a plan
    that the user has edited keep the models that they had, or that the user has named.
    """
    plan, kept = Plan.from_state(state["plan"]), _kept(state)
    tasks = {key: plan.tasks[key] for key in unfinished(state) if key not in (kept or ())}
    await run.offers.refresh({task.kind for task in tasks.values()})
    found = await anyio.to_thread.run_sync(_find, tasks.values(), run)
    settled = {key: run.offers.settled(task.kind, found[task.kind]) for key, task in tasks.items()}
    choices = {key: found[tasks[key].kind].candidates for key, s in settled.items() if s is None}
    chosen = Choices({})
    if choices:
        chosen = await run.brain.select(read_state(state), plan, choices, run.brief())
    selections = {
        key: selection or _checked(chosen.selections.get(key), choices[key])
        for key, selection in settled.items()
    }
    annotate(run.config, ranks=_ranks(tasks, selections, found))
    return {
        "selections": {key: s.model_dump(mode="json") for key, s in selections.items()},
        "usage": used_more("select", chosen.usage, state),
        "asks": _asks(selections.values(), run, has_seen=kept is not None),
    }


def _kept(state: State) -> Sequence[str] | None:
    """Tasks that keep their models; None where the user has not edited this plan."""
    approval = state.get("approval")
    return approval["kept"] if approval and approval["verdict"] == "edited" else None


def _asks(selections: Iterable[Selection], run: Run, *, has_seen: bool) -> Asked | None:
    """Why the user is to be asked; they have seen a plan that they edited, but not new models."""
    if run.context.approve == "plan" and not has_seen:
        return "plan"
    if run.context.approve == "never":
        return None
    costly = any(s.chosen is not None and run.offers.is_costly(s.chosen) for s in selections)
    return "cost" if costly else None


def _find(tasks: Iterable[Task], run: Run) -> Mapping[str, Found]:
    return {kind: run.offers.of(kind) for kind in dict.fromkeys(task.kind for task in tasks)}


def _ranks(
    tasks: Mapping[str, Task], selections: Mapping[str, Selection], found: Mapping[str, Found]
) -> dict[str, int]:
    """Where the chosen model of each task stands among the candidates, the best of which is 1."""
    return {
        key: found[tasks[key].kind].candidates.index(s.chosen) + 1
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

"""Node respond: from results to an answer."""

from langchain_core.messages import AIMessage

from hugginggpt.graph.plan import Plan
from hugginggpt.graph.results import TaskResult
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import State, read_state


async def respond(state: State, run: Run) -> Update:
    """The answer, as the last message (HuggingGPT, section 3.4)."""
    plan = Plan.from_state(state["plan"])
    stored = state.get("results", {})
    results = {key: TaskResult.model_validate(stored[key]) for key in plan.tasks if key in stored}
    remarks = [*state.get("remarks", []), *(f"Repaired: {note}." for note in plan.notes)]
    answer = await run.brain.answer(read_state(state), plan, results, remarks)
    return {"messages": [AIMessage(answer, name="hugginggpt")]}

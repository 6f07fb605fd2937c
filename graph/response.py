"""Node respond: from results to an answer."""

from langchain_core.messages import AIMessage, AIMessageChunk
from langgraph.graph.message import push_message

from hugginggpt.graph.brain import Answer
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.results import TaskResult
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import State, read_state, used


async def respond(state: State, run: Run) -> Update:
    """The answer, as the last message (HuggingGPT, section 3.4)."""
    plan = Plan.from_state(state["plan"])
    stored = state.get("results", {})
    results = {key: TaskResult.model_validate(stored[key]) for key in plan.tasks if key in stored}
    remarks = [*state.get("remarks", []), *(f"Repaired: {note}." for note in plan.notes)]
    answer = await run.brain.answer(read_state(state), plan, results, remarks, run.brief())
    _stream_rest(answer)
    message = AIMessage(answer.text, name="hugginggpt", id=answer.id)
    return {"messages": [message], "usage": used("respond", answer.usage)}


def _stream_rest(answer: Answer) -> None:
    """Send what follows on the words of the brain to those who read the stream of messages."""
    if answer.id is not None and answer.rest:
        push_message(AIMessageChunk(content=answer.rest, id=answer.id), state_key=None)

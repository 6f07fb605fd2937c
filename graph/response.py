"""Node respond: from results to an answer."""

from collections.abc import Sequence

import anyio.to_thread
from langchain_core.messages import AIMessage, AIMessageChunk
from langgraph.graph.message import push_message

from hugginggpt.graph.blocks import Reader, link_files, list_files, reader_of, with_media
from hugginggpt.graph.brain import Answer
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.results import TaskResult
from hugginggpt.graph.run import Run, Update
from hugginggpt.graph.state import State, read_state, used
from hugginggpt.prompts.markdown import plain_links
from hugginggpt.tools.artifacts import Artifact


async def respond(state: State, run: Run) -> Update:
    """The answer, as the last message (HuggingGPT, section 3.4)."""
    plan = Plan.from_state(state["plan"])
    stored = state.get("results", {})
    results = {key: TaskResult.model_validate(stored[key]) for key in plan.tasks if key in stored}
    remarks = [*state.get("remarks", []), *(f"Repaired: {note}." for note in plan.notes)]
    answer = await run.brain.answer(read_state(state), plan, results, remarks, run.brief())
    own = run.context.workspace == run.jobs.default_context.workspace
    reader = reader_of(run.config, own_workspace=own)
    files = [artifact for result in results.values() for artifact in result.artifacts]
    answer = await anyio.to_thread.run_sync(_readable, answer, files, reader)
    _stream_rest(answer)
    content = await anyio.to_thread.run_sync(with_media, answer.text, files, reader)
    message = AIMessage(content, name="hugginggpt", id=answer.id)
    return {"messages": [message], "usage": used("respond", answer.usage)}


def _readable(answer: Answer, files: Sequence[Artifact], reader: Reader) -> Answer:
    """The answer as it may be shown: nothing loads from elsewhere, and links open."""
    answer = answer._replace(text=plain_links(answer.text), rest=plain_links(answer.rest))
    if reader.url is None:
        return answer
    text, rest = (link_files(words, files, reader.url) for words in (answer.text, answer.rest))
    more = list_files(text, files, reader.url)
    return answer._replace(text=text + more, rest=rest + more)


def _stream_rest(answer: Answer) -> None:
    """Send what follows on the words of the brain to those who read the stream of messages."""
    if answer.id is not None and answer.rest:
        push_message(AIMessageChunk(content=answer.rest, id=answer.id), state_key=None)

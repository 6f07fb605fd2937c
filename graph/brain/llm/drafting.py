"""Stage plan with a chat model: what it is told of a request, and the plan that it wrote."""

from collections.abc import Iterable
from typing import Any

from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.llm.collected import Reply
from hugginggpt.graph.brain.llm.manners import Form
from hugginggpt.graph.brain.llm.passages import Passages
from hugginggpt.graph.brain.llm.replies import (
    EntryReader,
    Rows,
    lacks_end,
    read_json,
    without_thoughts,
)
from hugginggpt.graph.request import Request
from hugginggpt.prompts import planning
from hugginggpt.prompts.tokens import cut
from hugginggpt.prompts.wording import in_words
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.kinds import TaskKind

_ROWS = Rows("tasks", "task")
_EARLIER_TOKENS = 40
"""Tokens that the result of an earlier request takes in a prompt."""
_PROSE_TOKENS = 200
"""Tokens that are shown of an answer which is no plan."""


def form_for(kinds: Iterable[TaskKind]) -> Form:
    """The JSON that a plan of these kinds is."""
    return Form("plan", "The plan for the request.", planning.form_for(kinds))


def ask_of(request: Request, passages: Passages) -> planning.Ask:
    """What the planner is told of the request."""
    files = {name: described(artifact) for name, artifact in request.resources.items()}
    earlier = {
        key: f"{result.kind}: {cut(in_words(result.artifacts), _EARLIER_TOKENS)}"
        for key, result in request.earlier.items()
    }
    return planning.Ask(passages.text, files | passages.files, earlier, request.history)


def described(artifact: Artifact) -> str:
    """Modality, and what else is known of a file."""
    facts = (f"{name} {value}" for name, value in artifact.metadata.items() if name != "note")
    return ", ".join([artifact.modality, *facts])


def read_draft(reply: Reply, reader: EntryReader) -> Draft:
    """The draft that the reply holds, cut-off and badly quoted ones included."""
    read = read_json(reply.text, _is_plan)
    tasks = _ROWS.gather(read.values)
    is_whole = bool(tasks) and reader.is_closed and reader.entries == tasks
    breaks_off = reply.is_cut_off or (read.is_mended and lacks_end(reply.text))
    if (breaks_off and not is_whole) or (reader.entries and not read.values):
        # Where a list was mended, its last entry may hold half an argument.
        entries = reader.entries or (tasks[:-1] if read.is_mended else tasks)
        fault = planning.CUT_OFF.format(count=len(entries))
        return Draft(entries, faults=(fault,), words=reply.text)
    if not read.values:
        said = " ".join(cut(without_thoughts(reply.text), _PROSE_TOKENS).split())
        remark = f"The chat model wrote no plan, only this: {said}" if said else ""
        return Draft([], remark, (planning.NO_JSON,), words=reply.text)
    return Draft(tasks, _reply(read.values), words=reply.text)


def _is_plan(value: Any) -> bool:
    return _ROWS.fit(value) or (
        isinstance(value, dict) and "tasks" not in value and "reply" in value
    )


def _reply(values: Iterable[Any]) -> str:
    """The model's words to the user."""
    replies = (value.get("reply") for value in values if isinstance(value, dict))
    return next((reply.strip() for reply in replies if isinstance(reply, str)), "")

"""Stage plan with a chat model: what it is told of a request, and the plan that it wrote."""

from collections.abc import Iterable
from typing import Any

from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.llm.collected import Reply
from hugginggpt.graph.brain.llm.manners import Form
from hugginggpt.graph.brain.llm.passages import Passages
from hugginggpt.graph.brain.llm.replies import EntryReader, are_objects, lacks_end, read_json
from hugginggpt.graph.request import Request
from hugginggpt.prompts import planning
from hugginggpt.prompts.tokens import cut
from hugginggpt.prompts.wording import in_words
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.kinds import TaskKind

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
    if reply.is_cut_off or lacks_end(reply.text):
        entries = reader.entries or _parts(read)[0][:-1]  # the last one may hold half an argument
        fault = planning.CUT_OFF.format(count=len(entries))
        return Draft(entries, faults=(fault,), words=reply.text)
    if read is None:
        said = " ".join(cut(reply.text, _PROSE_TOKENS).split())
        remark = f"The chat model wrote no plan, only this: {said}" if said else ""
        return Draft([], remark, (planning.NO_JSON,), words=reply.text)
    tasks, remark = _parts(read)
    return Draft(tasks, remark, words=reply.text)


def _is_plan(value: Any) -> bool:
    if isinstance(value, dict):
        return isinstance(value.get("tasks"), list) or "task" in value or "reply" in value
    return are_objects(value)


def _parts(read: Any) -> tuple[list[Any], str]:
    """Tasks and reply of what a model wrote in one of the shapes of a plan."""
    if read is None:
        return [], ""
    if isinstance(read, list):
        return read, ""
    if "task" in read:
        return [read], ""
    reply = read.get("reply")
    return read.get("tasks") or [], reply.strip() if isinstance(reply, str) else ""

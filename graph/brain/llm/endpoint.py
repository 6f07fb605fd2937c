"""The chat model as an endpoint: it does text tasks itself, and picture tasks where it sees."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anyio.to_thread

from hugginggpt.graph.brain.llm.chat import Chat, Ledger, Patience
from hugginggpt.graph.brain.llm.manners import Form
from hugginggpt.graph.brain.llm.replies import read_json
from hugginggpt.graph.brain.llm.sight import picture_block
from hugginggpt.prompts.tasks import INSTRUCTIONS, LABELS, render
from hugginggpt.prompts.tokens import count_tokens
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.kinds import KINDS, TaskKind
from hugginggpt.tools.media import read_text

_LABELS = Form("labels", "The labels.", LABELS)


class BrainEndpoint:
    """Runs tasks by asking the chat model that plans."""

    name = "brain"

    def __init__(self, chat: Chat, patience: Patience, *, room: int, sees: bool) -> None:
        """Ask `chat`, which takes `room` tokens in."""
        self._chat = chat
        self._patience = patience
        self._room = room
        self._sees = sees

    def candidates(self, kind: TaskKind) -> Sequence[Candidate]:
        """The chat model, if it can do this kind of task."""
        if kind.name not in INSTRUCTIONS or (_takes_pictures(kind) and not self._sees):
            return []
        return [
            Candidate(
                model=self._chat.name,
                kind=kind.name,
                endpoint=self.name,
                description="the chat model that plans, told to do this task",
                caveat=f"a chat model's answer, not that of a model made for {kind.name}",
            )
        ]

    def refusal(self, kind: TaskKind) -> str:
        """Why the chat model can't do it."""
        if kind.name in INSTRUCTIONS:
            return f"{self._chat.name} is not known to take pictures; see HUGGINGGPT_BRAIN_SEES"
        return f"a chat model does no {kind.name}"

    def obstacle(self, candidate: Candidate) -> str | None:  # noqa: ARG002
        """None: a chat model that plans can be asked."""
        return None

    async def run(
        self, candidate: Candidate, arguments: Mapping[str, Any], call: Call
    ) -> list[Artifact]:
        """What the chat model answers.

        Raises:
            BrainError: it can't be asked.
            FileInputError: a file can't be read.
            TaskError: the arguments are too long for it, or its answer is of no use.

        """
        kind = KINDS[candidate.kind]
        call.progress("asking the chat model", None)
        words, blocks = await anyio.to_thread.run_sync(_read, kind, arguments)
        system, asked = render(kind.name, words)
        tokens = count_tokens(system) + count_tokens(asked)
        if tokens > self._room:
            raise TaskError(
                f"the {kind.name} has about {tokens:,} tokens; {self._chat.name} is given at most "
                f"{self._room:,}: shorten the text, or raise HUGGINGGPT_BRAIN_TOKENS"
            )
        content = [{"type": "text", "text": asked}, *blocks] if blocks else asked
        ledger = Ledger()
        form = _LABELS if INSTRUCTIONS[kind.name].gives_labels else None
        reply = await self._chat.ask(
            [("system", system), ("human", content)], self._patience, ledger, form=form
        )
        usage = {"usage": asdict(ledger.usage)}
        if form is None:
            return [Artifact.of_text(_told(reply.text, kind), **usage)]
        return [Artifact.of_data(_labels(reply.text, kind), **usage)]

    def slot(self) -> AbstractAsyncContextManager[Any]:
        """Always free: the server behind the chat model says itself when it is asked too much."""
        return nullcontext()


def _takes_pictures(kind: TaskKind) -> bool:
    return any(argument.modality == "image" for argument in kind.arguments)


def _read(
    kind: TaskKind, arguments: Mapping[str, Any]
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The arguments as words, and the pictures among them as content blocks."""
    words: dict[str, str] = {}
    blocks: list[dict[str, Any]] = []
    for argument in kind.arguments:
        value = arguments.get(argument.name)
        if value is None:
            continue
        if argument.modality == "image":
            blocks.append(picture_block(value))
        elif isinstance(value, Path):
            words[argument.name] = read_text(value)
        else:
            words[argument.name] = value if isinstance(value, str) else json.dumps(value)
    return words, blocks


def _told(text: str, kind: TaskKind) -> str:
    if not text.strip():
        raise TaskError(f"the chat model's answer to the {kind.name} is empty")
    return text.strip()


def _labels(text: str, kind: TaskKind) -> list[dict[str, Any]]:
    """The labels with their scores, the likeliest first, in the shape of the Hub's task spec."""
    read = read_json(text, _holds_labels) or {"labels": []}
    rows = [
        {"label": str(row["label"]), "score": min(1.0, max(0.0, float(row["score"])))}
        for row in read["labels"]
        if isinstance(row, dict)
        and "label" in row
        and isinstance(row.get("score"), int | float)
        and not isinstance(row["score"], bool)
    ]
    if not rows:
        raise TaskError(f"the chat model's answer to the {kind.name} holds no labels")
    return sorted(rows, key=lambda row: -row["score"])


def _holds_labels(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("labels"), list)

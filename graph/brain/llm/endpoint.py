"""The chat model as an endpoint: it does text tasks itself, and picture tasks where it sees."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anyio.to_thread

from hugginggpt.graph.brain.llm.chat import Chat, Ledger, Patience
from hugginggpt.graph.brain.llm.manners import Form
from hugginggpt.graph.brain.llm.replies import Rows, read_json, without_thoughts
from hugginggpt.graph.brain.llm.sight import picture_block
from hugginggpt.graph.budget import Budget
from hugginggpt.prompts.tasks import INSTRUCTIONS, LABELS, render
from hugginggpt.prompts.tokens import count_tokens
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import Call, Endpoint
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.kinds import KINDS, TaskKind
from hugginggpt.tools.loops import Slots
from hugginggpt.tools.media import read_text

_LABELS = Form("labels", "The labels.", LABELS)
_ROWS = Rows("labels", "label")
_OWN_MACHINE = ("huggingface-local:", "ollama:")
"""How the names of chat models begin that run at the user's own; any other may have to be paid."""
_SLOTS = Slots("brain", 8)
"""A server that is asked more at once refuses some, and a plan may have two hundred tasks."""


class BrainEndpoint(Endpoint):
    """Runs tasks by asking the chat model that plans."""

    name = "brain"

    def __init__(
        self, chat: Chat, patience: Patience, budget: Budget, *, room: int, sees: bool
    ) -> None:
        """Ask `chat`, which takes `room` tokens in, as long as `budget` lasts."""
        self.is_paid = not chat.name.startswith(_OWN_MACHINE)
        self._chat = chat
        self._budget = budget
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
            TaskError: the arguments are too long for it, or its answer is cut off or of no use.

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
        ledger = Ledger(self._budget)
        form = _LABELS if INSTRUCTIONS[kind.name].gives_labels else None
        reply = await self._chat.ask(
            [("system", system), ("human", content)],
            self._patience.within(self._budget.seconds_left),
            ledger,
            form=form,
            name=kind.name,
        )
        if reply.is_cut_off:
            raise TaskError(
                f"the chat model's answer to the {kind.name} was cut off: it reached the number of "
                "tokens that the model may write"
            )
        usage = {"usage": asdict(ledger.usage)}
        if form is None:
            return [Artifact.of_text(_told(reply.text, kind), **usage)]
        offered = arguments.get("labels") or arguments.get("choices") or ()
        return [Artifact.of_data(_labels(reply.text, kind, offered), **usage)]

    def slot(self) -> AbstractAsyncContextManager[Any]:
        """One of a few places."""
        return _SLOTS.here()


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
            told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            words[argument.name] = told
    return words, blocks


def _told(text: str, kind: TaskKind) -> str:
    said = without_thoughts(text).strip()
    if not said:
        raise TaskError(f"the chat model's answer to the {kind.name} is empty")
    return said


def _labels(text: str, kind: TaskKind, offered: Sequence[str]) -> list[dict[str, Any]]:
    """The labels with their scores, the likeliest first, in the shape of the Hub's task spec.

    Where labels were `offered`, others do not count.
    """
    spelled = {_key(label): label for label in offered}
    rows: dict[str, float] = {}
    for row in _ROWS.gather(read_json(text, _ROWS.fit).values):
        if not isinstance(row, dict) or row.get("label") is None:
            continue
        label, score = str(row["label"]).strip(), _score(row.get("score"))
        label = spelled.get(_key(label), "") if spelled else label
        if label and score is not None:
            rows.setdefault(label, score)
    if not rows:
        none = "holds none of the labels" if spelled else "holds no labels"
        raise TaskError(f"the chat model's answer to the {kind.name} {none}")
    ranked = sorted(rows.items(), key=lambda row: -row[1])
    return [{"label": label, "score": score} for label, score in ranked]


def _key(label: str) -> str:
    """Labels with the same key differ in nothing but spelling."""
    return " ".join(label.casefold().split())


def _score(value: Any) -> float | None:
    """The value as a score between 0 and 1, if it is a number or reads as one."""
    if isinstance(value, bool):
        return None
    with suppress(TypeError, ValueError):
        return min(1.0, max(0.0, float(str(value))))
    return None

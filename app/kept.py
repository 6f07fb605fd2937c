"""What is known of a run that is kept: how it was begun, and how far it has come."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from hugginggpt.app.session import Outcome, Session
from hugginggpt.app.terminal import err, one_line

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.types import StateSnapshot

    from hugginggpt.graph.context import Context

Command = Literal["ask", "chat"]
Standing = Literal[
    "running",
    "waiting for a choice",
    "waiting for approval",
    "interrupted",
    "answered, not shown",
]

_KEY = "hugginggpt"
"""Under which LangGraph keeps the record, in the metadata of every checkpoint of the run."""
_PATHS = ("workspace", "models", "lessons")
_ALWAYS = {"brain", "endpoints", "workspace", "roots"}
"""Settings that are kept even where the environment does not name them."""
_LOGIN = re.compile(r"://[^/]*@")


def new_thread() -> str:
    """An id that no other thread has, short enough to be typed."""
    return uuid.uuid4().hex[:8]


@dataclass(frozen=True)
class Record:
    """How a run was begun; holds no key."""

    command: Command
    request: str
    """The user's words in one line, perhaps shortened."""
    began: str
    """When, as an ISO date."""
    files: Sequence[str]
    """Paths and URLs that the user has handed over, wherever they lie."""
    settings: Mapping[str, Any]
    """As JSON; paths are whole, since the run may be gone on with from another folder."""

    @classmethod
    def of(cls, command: Command, words: str, files: Sequence[str], context: "Context") -> Self:
        """The record of a run that begins now."""
        began = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(command, one_line(words), began, tuple(files), _settings(context))

    @classmethod
    def read(cls, metadata: Mapping[str, Any] | None) -> Self | None:
        """The record in the metadata of a checkpoint; None where another program made that."""
        text = (metadata or {}).get(_KEY)
        return cls(**json.loads(text)) if text else None

    def with_settings(self, context: "Context") -> Self:
        """The record of a run that goes on with these settings."""
        return replace(self, settings=_settings(context))

    def config(self, thread: str) -> "RunnableConfig":
        """What the graph is called with, so that the record is kept."""
        # LangGraph keeps no metadata but strings and numbers.
        text = json.dumps(asdict(self), ensure_ascii=False)
        return {"configurable": {"thread_id": thread}, "metadata": {_KEY: text}}


def _settings(context: "Context") -> dict[str, Any]:
    told = context.model_dump(mode="json", include=context.model_fields_set | _ALWAYS)
    told |= {name: _whole(told[name]) for name in _PATHS if told.get(name)}
    told["roots"] = [_whole(root) for root in told["roots"]]
    return {name: v for name, v in told.items() if not _LOGIN.search(str(v))}


def _whole(path: str) -> str:
    return str(Path(path).expanduser().absolute())


@dataclass(frozen=True)
class Kept:
    """A run of the store, as it stands."""

    thread: str
    record: Record
    snapshot: "StateSnapshot"

    @property
    def _values(self) -> Mapping[str, Any]:
        values: Mapping[str, Any] = self.snapshot.values
        return values

    @property
    def is_planned(self) -> bool:
        """Whether the plan in the state is that of the last request, not of the one before.

        While the user is asked which of two plans is meant, there is none yet.
        """
        metadata = self.snapshot.metadata or {}
        is_open = {"plan", "clarify"} & set(self.snapshot.next)
        return metadata.get("source") != "input" and not is_open

    @property
    def is_answered(self) -> bool:
        """Whether nothing is left to do.

        After a kill `next` may be empty though much is left: where what a node has written is
        stored, and the checkpoint that follows is not.
        """
        messages = self._values.get("messages", ())
        if self.snapshot.next or not messages or messages[-1].type != "ai":
            return False
        return all(key in self._values.get("results", {}) for key in self._values.get("plan", {}))

    @property
    def outcome(self) -> Outcome:
        """What the run has left so far."""
        if not self.is_planned:
            return Outcome()
        plan, results = self._values.get("plan", {}), self._values.get("results", {})
        return Outcome(
            plan=plan,
            remarks=self._values.get("remarks", []),
            selections=dict(self._values.get("selections", {})),
            results={key: results[key] for key in plan if key in results},
            answer=self._values["messages"][-1].text if self.is_answered else "",
            usage=dict(self._values.get("usage", {})),
        )

    @property
    def tasks(self) -> str:
        """How many tasks have ended, of how many."""
        outcome = self.outcome
        return f"{len(outcome.results)} of {len(outcome.plan)} tasks" if outcome.plan else "no plan"


async def look(session: Session, thread: str) -> Kept | None:
    """The run of the thread; None where the store has none of ours."""
    snapshot = await session.graph.aget_state({"configurable": {"thread_id": thread}})
    record = Record.read(snapshot.metadata)
    return Kept(thread, record, snapshot) if record else None


async def list_kept(session: Session) -> list[Kept]:
    """The runs that can be gone on with, the newest first; a finished conversation is none."""
    begun = session.threads.saver.alist(None, filter={"source": "input"})
    ours = [c.config["configurable"]["thread_id"] async for c in begun if _KEY in c.metadata]
    found = [await look(session, thread) for thread in dict.fromkeys(ours)]
    return [k for k in found if k and not (k.is_answered and k.record.command == "chat")]


def tell_how_to_go_on(session: Session, thread: str) -> None:
    """One line on stderr, where there is something to go on with."""
    if session.threads.lasts and session.wait(look(session, thread)):
        err().print(f"go on with: hugginggpt resume {thread}", soft_wrap=True)

"""The brain: what plans, selects and words the answer. One protocol, two kinds.

`embedded` needs nothing but this package; every other name, `provider:model`, is a chat model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import Any, NamedTuple, Protocol

from hugginggpt.graph.budget import Budget
from hugginggpt.graph.context import Context
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import Selection, TaskResult
from hugginggpt.graph.usage import Usage
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import Endpoint
from hugginggpt.tools.errors import SettingError
from hugginggpt.tools.kinds import TaskKind


def _ignore(entry: Any) -> None:
    """Take no interest in a plan before it is whole."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a brain is told besides the request."""

    context: Context
    kinds: Callable[[], Sequence[TaskKind]]
    """The kinds of task that a plan may use; found when first asked for, so ask in a thread."""
    budget: Budget = field(default_factory=Budget)
    """What this run may still spend on the chat model."""
    restart: Callable[[], None] = lambda: None
    """Called when a plan begins to be written, again where it is written anew."""
    on_entry: Callable[[Any], None] = _ignore
    """Called with each entry of the plan, in wire form, as soon as it is written."""


class Draft(NamedTuple):
    """A plan as a brain proposes it, not checked yet."""

    tasks: Any
    """The paper's wire form: `[{"task", "id", "dep", "args"}, ...]`; empty: there is no task."""
    remark: str = ""
    """What to tell the user about the plan, such as why there is no task, or a plain reply."""
    faults: tuple[str, ...] = ()
    """What is wrong with the draft as a whole, such as an end that is missing."""
    usage: Usage = Usage()
    words: str = ""
    """What the brain wrote, to be shown to it where it is to mend its draft."""
    other: "Draft | None" = None
    """The next likely plan, where the brain is not sure which of the two is meant."""


class Choices(NamedTuple):
    """A selection for each task that was asked about."""

    selections: Mapping[str, Selection]
    usage: Usage = Usage()


class Answer(NamedTuple):
    """What the user is told."""

    text: str
    """Markdown: the direct answer, then how it was reached."""
    usage: Usage = Usage()
    id: str | None = None
    """Of the message that was streamed, so that clients see one message and not two."""
    rest: str = ""
    """What is still to be streamed behind the words that were."""


class Brain(Protocol):
    """Plans, selects and words answers. Shared by all runs of a process."""

    name: str

    async def plan(self, request: Request, brief: Brief) -> Draft:
        """The tasks that `request` asks for (HuggingGPT, section 3.1).

        Raises:
            BrainError: there is no plan to be had.

        """

    async def revise(
        self, request: Request, brief: Brief, draft: Draft, complaints: Sequence[str]
    ) -> Draft | None:
        """A draft with these faults mended; None from a brain that would draft the same again.

        A complaint may also be the user's, who refuses the plan.

        Raises:
            BrainError: there is no plan to be had.

        """

    async def replan(
        self, request: Request, plan: Plan, results: Mapping[str, TaskResult], brief: Brief
    ) -> Draft | None:
        """Tasks for what is left of a request whose `plan` got stuck; None where it knows no way.

        All tasks of `plan` have results. Those that are done are used by their ids, and stay.

        Raises:
            BrainError: there is no plan to be had.

        """

    async def select(
        self,
        request: Request,
        plan: Plan,
        candidates: Mapping[str, Sequence[Candidate]],
        brief: Brief,
    ) -> Choices:
        """One choice for each task id of `candidates`, none of which is empty (section 3.2)."""

    async def answer(
        self,
        request: Request,
        plan: Plan,
        results: Mapping[str, TaskResult],
        remarks: Sequence[str],
        brief: Brief,
    ) -> Answer:
        """The answer: first what was asked for, then how it was reached (section 3.4)."""

    async def check(self, context: Context) -> str:
        """What is to be told of the brain after it was tried, in a few words.

        Raises:
            BrainError: it does not work.

        """

    def endpoint(self, context: Context, budget: Budget | None = None) -> Endpoint | None:
        """The brain as a place where tasks run; None from one that can't do any itself."""


_EMBEDDED = "hugginggpt.graph.brain.embedded:EmbeddedBrain"
_LLM = "hugginggpt.graph.brain.llm:LLMBrain"


def open_brain(named: Any) -> Brain:
    """A new brain: `embedded`, `provider:model`, or the given LangChain chat model.

    Raises:
        SettingError: there is no such brain, or something that it needs is missing.

    """
    if isinstance(named, str) and named != "embedded" and ":" not in named:
        raise SettingError(
            f"there is no brain {named!r}; use 'embedded', or a chat model as 'provider:model', "
            "such as 'openai:gpt-5-mini' or 'huggingface:openai/gpt-oss-20b'"
        )
    brain: Brain = resolve_name(_EMBEDDED)() if named == "embedded" else resolve_name(_LLM)(named)
    return brain

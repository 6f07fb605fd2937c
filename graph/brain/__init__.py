"""The brain: what plans, selects and words the answer. One protocol, one table.

Adding a brain is one module that satisfies `Brain` and one row in `BRAINS`.
"""

from collections.abc import Mapping, Sequence
from pkgutil import resolve_name
from typing import Any, NamedTuple, Protocol

from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import Selection, TaskResult
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.errors import SettingError


class Draft(NamedTuple):
    """A plan as a brain proposes it, not checked yet."""

    tasks: Any
    """The paper's wire form: `[{"task", "id", "dep", "args"}, ...]`; empty: there is no task."""
    remark: str = ""
    """What to tell the user about the plan, such as why there is no task."""


class Brain(Protocol):
    """Plans, selects and words answers. Shared by all runs of a process."""

    name: str

    async def plan(self, request: Request) -> Draft:
        """The tasks that `request` asks for (HuggingGPT, section 3.1)."""

    async def select(
        self, request: Request, plan: Plan, candidates: Mapping[str, Sequence[Candidate]]
    ) -> dict[str, Selection]:
        """One choice for each task id of `candidates`, none of which is empty (section 3.2)."""

    async def answer(
        self,
        request: Request,
        plan: Plan,
        results: Mapping[str, TaskResult],
        remarks: Sequence[str],
    ) -> str:
        """The answer in Markdown: the direct answer, then how it was reached (section 3.4)."""


BRAINS: dict[str, str] = {
    "embedded": "hugginggpt.graph.brain.embedded:EmbeddedBrain",
}
"""Brain name -> where its class is; imported when first used."""


def open_brain(name: str) -> Brain:
    """A new brain of that name.

    Raises:
        SettingError: there is no such brain.

    """
    if name not in BRAINS:
        raise SettingError(f"there is no brain {name!r}; known brains: {', '.join(BRAINS)}")
    brain: Brain = resolve_name(BRAINS[name])()
    return brain

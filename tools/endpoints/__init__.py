"""Endpoints: where models run. One protocol, one table.

Adding an endpoint is one module that satisfies `Endpoint` and one row in `ENDPOINTS`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Protocol

from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.errors import SettingError
from hugginggpt.tools.kinds import TaskKind

Progress = Callable[[str, float | None], None]
"""Called with what is being done and, where it is known, the share that is done (0 to 1)."""


def _no_progress(doing: str, share: float | None) -> None:
    """Ignore progress."""


@dataclass(frozen=True, slots=True)
class Call:
    """What an endpoint is given besides the arguments of a task."""

    workspace: Workspace
    progress: Progress = _no_progress


class Endpoint(Protocol):
    """A place where models run. Instances are shared by all runs of a process."""

    name: str

    def candidates(self, kind: TaskKind) -> Sequence[Candidate]:
        """Models of that kind that this endpoint knows of, runnable or not."""

    def refusal(self, kind: TaskKind) -> str:
        """Why this endpoint has no candidate of that kind."""

    def obstacle(self, candidate: Candidate) -> str | None:
        """What stands in the way of running `candidate` now, and the remedy; None if nothing."""

    async def run(
        self, candidate: Candidate, arguments: Mapping[str, Any], call: Call
    ) -> list[Artifact]:
        """What `candidate` makes of the arguments, the main artifact first.

        Arguments are checked and resolved: text is `str`, media and tables are `Path`,
        arguments that take many are lists.

        Raises:
            HuggingGPTError: the task can't be done; the text says why.

        """

    def slot(self) -> AbstractAsyncContextManager[Any]:
        """A place to run one task; entering waits for it, and that time counts as nobody's."""


ENDPOINTS: dict[str, str] = {
    "embedded": "hugginggpt.tools.endpoints.embedded:EmbeddedEndpoint",
}
"""Endpoint name -> where its class is; imported when first used."""


def open_endpoint(name: str) -> Endpoint:
    """A new endpoint of that name.

    Raises:
        SettingError: there is no such endpoint.

    """
    if name not in ENDPOINTS:
        raise SettingError(
            f"there is no endpoint {name!r}; known endpoints: {', '.join(ENDPOINTS)}"
        )
    endpoint: Endpoint = resolve_name(ENDPOINTS[name])()
    return endpoint

"""Endpoints: where models run. One protocol, one table.

Adding an endpoint is one module that satisfies `Endpoint` and one row in `ENDPOINTS`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
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


Retried = Callable[[str], None]
"""Called with what went wrong, each time that the same model is asked again."""


def ignore_progress(doing: str, share: float | None) -> None:
    """Take no interest in progress."""


def ignore_retry(error: str) -> None:
    """Take no interest in what went wrong and may yet go well."""


@dataclass(frozen=True, slots=True)
class Call:
    """What an endpoint is given besides the arguments of a task."""

    workspace: Workspace
    progress: Progress = ignore_progress
    retried: Retried = ignore_retry


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """What endpoints are opened with; one that needs none takes none. See `Context` for each."""

    device: str = "auto"
    local_memory: float | None = None
    """In GB; None: most of what is there."""
    local_size: float = 4.0
    """Largest model that is loaded, in GB."""
    provider: str = "auto"
    inference_base_url: str | None = None
    models: str | None = None
    """File with the user's own models."""
    licences: tuple[str, ...] = ()
    """Licences that models may have; empty: any."""
    models_allowed: tuple[str, ...] = ()
    """Patterns of Hub ids that may run; empty: any."""
    models_denied: tuple[str, ...] = ()
    """Patterns of Hub ids that may not run."""
    hub: bool = True
    """Whether the Hub may be asked."""


DEFAULT_SETTINGS = EndpointSettings()


class Endpoint(Protocol):
    """A place where models run. Instances are shared by all runs of a process.

    Classes that derive from it get the methods that do nothing by default.
    """

    name: str
    is_paid: bool = False
    """Whether somebody may have to pay for what runs here."""

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

    async def refresh(self, kinds: Iterable[TaskKind]) -> None:  # noqa: ARG002
        """Look for new candidates of these kinds; waits a few seconds at most, never raises."""
        return

    def prepare(self, candidate: Candidate) -> None:  # noqa: ARG002
        """Begin to get `candidate` ready, if that takes time; never waits, never raises."""
        return

    def is_loaded(self, candidate: Candidate) -> bool:  # noqa: ARG002
        """Whether `candidate` could begin at once, and goes before others for it."""
        return False

    def slot(self) -> AbstractAsyncContextManager[Any]:
        """A place to run one task; entering waits for it, and that time counts as nobody's."""


ENDPOINTS: dict[str, str] = {
    "embedded": "hugginggpt.tools.endpoints.embedded:EmbeddedEndpoint",
    "local": "hugginggpt.tools.endpoints.local.endpoint:LocalEndpoint",
    "hosted": "hugginggpt.tools.endpoints.hosted:HostedEndpoint",
}
"""Endpoint name -> where its class is; imported when first used."""


def open_endpoint(name: str, settings: EndpointSettings = DEFAULT_SETTINGS) -> Endpoint:
    """A new endpoint of that name.

    Raises:
        SettingError: there is no such endpoint.

    """
    if name not in ENDPOINTS:
        raise SettingError(
            f"there is no endpoint {name!r}; known endpoints: {', '.join(ENDPOINTS)}"
        )
    endpoint: Endpoint = resolve_name(ENDPOINTS[name])(settings)
    return endpoint

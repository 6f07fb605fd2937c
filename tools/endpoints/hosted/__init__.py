"""The hosted endpoint: models on Inference Providers, Inference Endpoints and gateways."""

import importlib.util
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol

import httpx
from anyio import CapacityLimiter

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import DEFAULT_SETTINGS, Call, Endpoint, EndpointSettings
from hugginggpt.tools.endpoints.hosted.connections import Connections, open_client
from hugginggpt.tools.endpoints.hosted.target import Target
from hugginggpt.tools.errors import NoEndpointError, SettingError
from hugginggpt.tools.files import has_password, is_url
from hugginggpt.tools.kinds import TaskKind
from hugginggpt.tools.loops import Slots

_NEEDS = ("huggingface_hub", "tenacity", "numpy")
_SLOTS = Slots("hosted", 8)
_HF_INFERENCE = "hf-inference"


class Models(Protocol):
    """Where candidates come from; see `hugginggpt.tools.catalogue`."""

    def models(self, kind: TaskKind) -> Sequence[Candidate]:
        """Models of that kind, whoever runs them."""

    async def refresh(self, kinds: Iterable[TaskKind]) -> None:
        """Look for new ones."""


class HostedEndpoint(Endpoint):
    """Asks models over HTTP, eight tasks at once in each event loop."""

    name = "hosted"
    is_paid = True

    def __init__(
        self,
        settings: EndpointSettings = DEFAULT_SETTINGS,
        *,
        catalogue: Models | None = None,
        opens: Callable[[], httpx.AsyncClient] = open_client,
    ) -> None:
        """Connect to nobody yet; `opens` opens the client that requests go through.

        Raises:
            SettingError: the address of the user's server is none, or holds a password.

        """
        own = settings.inference_base_url
        if own is not None and not is_url(own):
            raise SettingError(
                f"the inference base URL {own!r} is no address: it begins with http:// or https://"
            )
        if own is not None and has_password(own):
            raise SettingError(
                "the inference base URL holds a user name or password, which logs would keep; the "
                "server is sent HF_TOKEN: give the key there"
            )
        if catalogue is None:
            from hugginggpt.tools.catalogue import open_catalogue

            catalogue = open_catalogue(settings)
        self._settings = settings
        self._catalogue = catalogue
        self._connections = Connections(opens)

    def candidates(self, kind: TaskKind) -> Sequence[Candidate]:
        """Models of that kind that a provider serves; all of them where the user has a server."""
        from hugginggpt.tools.endpoints.hosted.services import SERVICES

        if kind.name not in SERVICES:
            return []
        known = [each for each in self._catalogue.models(kind) if self._is_served(each)]
        return [each.model_copy(update={"endpoint": self.name}) for each in known]

    def refusal(self, kind: TaskKind) -> str:
        """Why no hosted model of that kind is known."""
        from hugginggpt.tools.endpoints.hosted.services import REASONS

        unknown = (
            f"no provider is known to serve a model for {kind.name}; name your own server with "
            "HUGGINGGPT_INFERENCE_BASE_URL"
        )
        return REASONS.get(kind.name, unknown)

    def obstacle(self, candidate: Candidate) -> str | None:
        """What is missing: packages, a token, the Hub, or a provider that serves the model."""
        from hugginggpt.tools.catalogue import why_not
        from hugginggpt.tools.endpoints.hosted.services import REASONS, SERVICES

        if reason := why_not(candidate, self._settings):
            return reason
        if candidate.kind not in SERVICES:
            return REASONS.get(candidate.kind, f"hosted models don't do {candidate.kind}")
        if missing := _missing():
            return f"{', '.join(missing)} not installed; pip install 'hugginggpt[hosted]'"
        if self._url(candidate) is not None:
            return None
        return self._obstacle_on_hub(candidate, plain=SERVICES[candidate.kind].plain)

    async def refresh(self, kinds: Iterable[TaskKind]) -> None:
        """Ask the Hub for models of these kinds, where that was long ago."""
        await self._catalogue.refresh(kinds)

    async def run(
        self, candidate: Candidate, arguments: Mapping[str, Any], call: Call
    ) -> list[Artifact]:
        """What the model makes of the arguments; a cancelled request closes its connection.

        Raises:
            FileInputError: a file can't be sent.
            NoEndpointError: the model can't be asked from here.
            TaskError: the model can't be reached, refuses, or gives what can't be used.

        """
        obstacle = self.obstacle(candidate)
        if obstacle is not None:
            raise NoEndpointError(f"{candidate.model}: {obstacle}")
        from hugginggpt.tools.endpoints.hosted.sending import Line
        from hugginggpt.tools.endpoints.hosted.work import do, run_in_daemon

        url = self._url(candidate)
        target = Target(candidate.model, candidate.kind, self._provider(candidate), url)
        trusted = self._settings.inference_base_url
        line = Line(target, call, self._connections, gated=candidate.gated, trusted=trusted)
        try:
            return await run_in_daemon(partial(do, target, line.send_from_thread, arguments, call))
        finally:
            line.hang_up()

    def slot(self) -> CapacityLimiter:
        """One of eight places."""
        return _SLOTS.here()

    def _is_served(self, candidate: Candidate) -> bool:
        is_folder = Path(candidate.model).is_absolute()
        return not is_folder and (bool(candidate.providers) or self._url(candidate) is not None)

    def _url(self, candidate: Candidate) -> str | None:
        """Where the model is no matter of the Hub's: its own address, or the user's server.

        The setting may hold `{model}`, as in `https://gateway/models/{model}`.
        """
        if is_url(candidate.model):
            return candidate.model
        own = self._settings.inference_base_url
        return own.replace("{model}", candidate.model) if own else None

    def _provider(self, candidate: Candidate) -> str:
        from hugginggpt.tools.endpoints.hosted.services import SERVICES

        return _HF_INFERENCE if SERVICES[candidate.kind].plain else self._settings.provider

    def _obstacle_on_hub(self, candidate: Candidate, *, plain: bool) -> str | None:
        from huggingface_hub import get_token
        from huggingface_hub.constants import is_offline_mode

        provider = self._provider(candidate)
        if is_offline_mode():
            return "HF_HUB_OFFLINE is set; unset it to ask hosted models"
        if not self._settings.hub:
            return "the Hub is switched off by HUGGINGGPT_HUB"
        if not (get_token() or "").startswith("hf_"):
            return "hosted models need a Hugging Face token: set HF_TOKEN (it begins with hf_)"
        if provider != "auto" and provider not in candidate.providers:
            served = ", ".join(candidate.providers) or "nobody"
            return f"{provider} does not serve it; it is served by {served}"
        if plain and self._settings.provider not in ("auto", _HF_INFERENCE):
            return f"{self._settings.provider} can't be asked for {candidate.kind}"
        return None


@cache
def _missing() -> list[str]:
    """Packages that are needed and not installed."""
    return [name for name in _NEEDS if importlib.util.find_spec(name) is None]

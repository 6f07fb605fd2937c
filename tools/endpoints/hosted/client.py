"""The client of huggingface_hub, run in a thread, with requests that are sent by us."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from huggingface_hub import InferenceClient
from huggingface_hub.utils._headers import build_hf_headers

from hugginggpt.tools.endpoints.hosted.sending import Answer, Request
from hugginggpt.tools.endpoints.hosted.target import ROUTER, Target

_PICTURES = frozenset({"text-to-image", "image-to-image"})
"""Tasks that must ask for a picture, or are answered with JSON."""


class Client(InferenceClient):
    """Knows each provider's requests and answers; one for each task.

    Not AsyncInferenceClient, which stops the event loop: it looks models up on the Hub, and
    waits for the videos of fal-ai, together and others, with blocking calls and `time.sleep`
    (huggingface_hub 1.33, `inference/_providers`). `send` brings the request back to the loop.
    """

    def __init__(
        self, target: Target, send: Callable[[Request], Answer], token: str | None = None
    ) -> None:
        """Ask for what `target` names."""
        provider: Any = target.provider
        super().__init__(target.url or target.model, provider=provider, token=token)
        self.target = target
        self.answer: Answer | None = None
        """The last answer as it came."""
        self._send = send

    def post(self, body: bytes | Mapping[str, Any]) -> Answer:
        """The answer to bytes or JSON, posted to the address of the model on hf-inference."""
        url = self.target.url or f"{ROUTER}/hf-inference/models/{quote(self.target.model)}"
        return self._posted(url, build_hf_headers(token=self.token), body)

    def talk(self, content: str | Sequence[Mapping[str, Any]], tokens: int) -> str:
        """What a chat model answers to a message, in at most so many tokens."""
        message = {"role": "user", "content": content}
        model = None if self.target.model == self.target.url else self.target.model
        answer = self.chat_completion([message], model=model, max_tokens=tokens)
        return answer.choices[0].message.content or ""

    # huggingface_hub has one private method through which all requests go; overriding it is
    # the way to have limits, retries and cancellation, which it has no settings for.
    def _inner_post(self, request_parameters: Any, *, stream: bool = False) -> bytes:  # type: ignore[override]  # noqa: ARG002
        asked = request_parameters
        headers = dict(asked.headers)
        if asked.task in _PICTURES:
            headers.setdefault("accept", "image/png")
        body = asked.json if asked.data is None else asked.data
        return self._posted(asked.url, headers, body).content

    def _posted(self, url: str, headers: Mapping[str, Any], body: Any) -> Answer:
        told = {name: str(value) for name, value in headers.items()}
        if not isinstance(body, bytes):
            body, told["content-type"] = json.dumps(body).encode(), "application/json"
        self.answer = None
        self.answer = self._send(Request(url, told, body))
        return self.answer

"""Which model is asked for what, and where."""

from typing import NamedTuple
from urllib.parse import urlsplit

ROUTER = "https://router.huggingface.co"
"""The one host, besides the user's own, that is sent a token; it stands in huggingface_hub too."""


class Target(NamedTuple):
    """A model on somebody's server."""

    model: str
    """Hub id, or the URL that is posted to."""
    kind: str
    provider: str = "auto"
    url: str | None = None
    """Where the model is no matter of the Hub's: the address that is posted to."""

    @property
    def whom(self) -> str:
        """Who is asked, for messages."""
        if self.url is not None:
            return urlsplit(self.url).netloc.rpartition("@")[2]
        return "Inference Providers" if self.provider == "auto" else self.provider

    @property
    def name(self) -> str:
        """The model and who runs it, for messages."""
        return f"{self.model} on {self.whom}" if self.model != self.url else self.model


def origin(url: str) -> tuple[str, str]:
    """Scheme and host with port: what must be the same for a token to be sent."""
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower()

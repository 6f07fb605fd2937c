"""Whether the Hub can be reached from here: asked once a minute, in a second at most."""

import socket
import time
from urllib.parse import urlsplit

_SECONDS = 60
_PATIENCE = 1.0
_asked: dict[str, tuple[float, bool]] = {}


def can_reach_hub() -> bool:
    """Whether the Hub's server takes a connection; False where the Hub is switched off."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    when, could = _asked.get(constants.ENDPOINT, (-_SECONDS, False))
    if time.monotonic() - when > _SECONDS:
        could = _takes_a_connection(constants.ENDPOINT)
        _asked[constants.ENDPOINT] = (time.monotonic(), could)
    return could


def _takes_a_connection(address: str) -> bool:
    """Whether the server takes one; behind a proxy, the request itself finds out."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(address)
    host, scheme = parts.hostname or "", parts.scheme
    if scheme in getproxies() and not proxy_bypass(host):
        return True
    port = parts.port or (443 if scheme == "https" else 80)
    try:
        socket.create_connection((host, port), timeout=_PATIENCE).close()
    except OSError:
        return False
    return True

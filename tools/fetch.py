"""Downloading a file that a request names by URL, from public addresses only unless allowed."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin, urlsplit

import anyio

from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.files import modality_by_name

if TYPE_CHECKING:
    import httpx

Network = Literal["none", "public", "any"]
"""Which addresses may be fetched from: none, public ones, or private and local ones too."""

MAX_DOWNLOAD_BYTES = 100_000_000
"""Largest download, in bytes."""
DOWNLOAD_SECONDS = 60
"""Longest download, in seconds."""
_MAX_REDIRECTS = 5


async def fetch(url: str, workspace: Workspace, network: Network) -> Artifact:
    """The file at `url`, stored in the workspace.

    Raises:
        FileInputError: not allowed, not reachable, too large, too slow, or an error status.

    """
    import httpx

    if network == "none":
        raise FileInputError(f"{url!r} is not fetched: the network is off (HUGGINGGPT_NETWORK)")
    try:
        with anyio.fail_after(DOWNLOAD_SECONDS):
            content = await _download(url, network)
    except TimeoutError as error:
        raise FileInputError(f"{url!r} took longer than {DOWNLOAD_SECONDS} seconds") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        reason = str(error) or type(error).__name__
        raise FileInputError(f"{url!r} can't be fetched: {reason}") from error
    suffix = "." + urlsplit(url).path.rpartition(".")[2] if modality_by_name(url) else ""
    return await anyio.to_thread.run_sync(
        lambda: workspace.write(
            content, suffix, modality_by_name(url) or "text", "download", url=url
        )
    )


async def _download(url: str, network: Network) -> bytes:
    import httpx

    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        for _ in range(_MAX_REDIRECTS + 1):
            await _check_address(url, network)
            async with client.stream("GET", url) as response:
                if not response.has_redirect_location:
                    return await _read(url, response)
                url = urljoin(url, response.headers["location"])
    raise FileInputError(f"{url!r} redirects more than {_MAX_REDIRECTS} times")


async def _read(url: str, response: httpx.Response) -> bytes:
    if response.is_error:
        raise FileInputError(f"{url!r} answers with status {response.status_code}")
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MAX_DOWNLOAD_BYTES:
            raise FileInputError(f"{url!r} holds more than {MAX_DOWNLOAD_BYTES:,} bytes")
    if not content:
        raise FileInputError(f"{url!r} is empty (0 bytes)")
    return bytes(content)


async def _check_address(url: str, network: Network) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FileInputError(f"{url!r} is not an http or https address")
    if network == "any":
        return
    try:
        found = await anyio.getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FileInputError(f"{url!r}: no address for the host {parts.hostname!r}") from error
    if not all(ipaddress.ip_address(info[4][0]).is_global for info in found):
        raise FileInputError(
            f"{url!r} is at a private address; allow that with HUGGINGGPT_NETWORK=any"
        )

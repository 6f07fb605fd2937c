"""Downloading a file that a request names by URL, from public addresses only unless allowed."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin

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
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise FileInputError(f"{url!r} can't be fetched: {reason}") from error
    suffix = Path(httpx.URL(url).path).suffix if modality_by_name(url) else ""
    return await anyio.to_thread.run_sync(
        lambda: workspace.write(
            content, suffix, modality_by_name(url) or "text", "download", url=url
        )
    )


async def _download(url: str, network: Network) -> bytes:
    import httpx

    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        for _ in range(_MAX_REDIRECTS + 1):
            target = httpx.URL(url)
            address = await _checked_address(url, target.host, target.scheme, network)
            # To the very address that was checked: a second look-up might give another.
            async with client.stream(
                "GET",
                target.copy_with(host=address),
                headers={"Host": target.netloc.decode("ascii")},
                extensions={"sni_hostname": target.host},
            ) as response:
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


async def _checked_address(url: str, host: str, scheme: str, network: Network) -> str:
    """An address of the host that may be fetched from."""
    if scheme not in ("http", "https") or not host:
        raise FileInputError(f"{url!r} is not an http or https address")
    try:
        found = await anyio.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FileInputError(f"{url!r}: no address for the host {host!r}") from error
    addresses = [str(info[4][0]) for info in found]
    if network != "any" and not all(map(_is_public, addresses)):
        raise FileInputError(
            f"{url!r} is at a private address; allow that with HUGGINGGPT_NETWORK=any"
        )
    return addresses[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.is_multicast or not parsed.is_global:
        return False
    return not any(parsed in network for network in _TUNNELS if network.version == parsed.version)


_TUNNELS = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "2002::/16", "2001::/32")))
"""Addresses that carry another one inside (NAT64, 6to4, Teredo)."""

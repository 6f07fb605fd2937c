"""Downloading a file that a request names by URL, from public addresses only unless allowed."""

from __future__ import annotations

import ipaddress
import socket
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin

import anyio

from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.files import check_url, modality_by_name

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
                headers={"Host": target.netloc.decode("ascii"), "Accept-Encoding": "identity"},
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
    async for chunk in response.aiter_raw():
        content += chunk
        _check_size(url, content)
    unpacked = _unpacked(url, bytes(content), response.headers.get("content-encoding", ""))
    if not unpacked:
        raise FileInputError(f"{url!r} is empty (0 bytes)")
    return unpacked


def _unpacked(url: str, content: bytes, encoding: str) -> bytes:
    """The content as it was before a server packed it, unasked; never more than is taken."""
    if encoding.lower() in ("", "identity"):
        return content
    if encoding.lower() not in ("gzip", "x-gzip", "deflate"):
        raise FileInputError(f"{url!r} is sent as {encoding!r}, which was not asked for")
    try:
        unpacked = zlib.decompressobj(wbits=47).decompress(content, MAX_DOWNLOAD_BYTES + 1)
    except zlib.error as error:
        raise FileInputError(f"{url!r} is broken: {error}") from error
    _check_size(url, unpacked)
    return unpacked


def _check_size(url: str, content: bytes | bytearray) -> None:
    if len(content) > MAX_DOWNLOAD_BYTES:
        raise FileInputError(f"{url!r} holds more than {MAX_DOWNLOAD_BYTES:,} bytes")


async def _checked_address(url: str, host: str, scheme: str, network: Network) -> str:
    """An address of the host that may be fetched from."""
    check_url(url)
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
    """Whether the address is one of the open internet, and carries no other one inside."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.version == 6 and parsed not in _GLOBAL_UNICAST:
        return False
    if parsed.is_multicast or not parsed.is_global:
        return False
    return not any(parsed in network for network in _SPECIAL if network.version == parsed.version)


_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is routed (RFC 4291); addresses of IPv4 inside IPv6 and NAT64 lie outside."""
_SPECIAL = tuple(
    ipaddress.ip_network(each)
    for each in (
        *("2002::/16", "2001::/32", "192.88.99.0/24"),  # 6to4, Teredo: they carry another address
        *("192.0.0.0/24", "168.63.129.16/32"),  # metadata of clouds of Oracle and Microsoft
    )
)
"""Addresses that are global by name only."""

"""HTTP connections that are kept open between tasks: one client in each event loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import NamedTuple

import anyio.to_thread
import httpx

CONNECT_SECONDS = 10.0
"""How long a server may take to accept a connection."""

_KEEPERS: set[AsyncGenerator[None]] = set()
"""What closes connections; kept here, since a loop holds its generators only weakly."""


def open_client() -> httpx.AsyncClient:
    """A client that waits for answers without a limit: the task has its own."""
    timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
    return httpx.AsyncClient(timeout=timeout, follow_redirects=True)


class _Kept(NamedTuple):
    """A client, and what closes it."""

    client: httpx.AsyncClient
    keeper: AsyncGenerator[None]


class Connections:
    """A client for each event loop, since a connection can serve no other; closed with the loop."""

    def __init__(self, opens: Callable[[], httpx.AsyncClient] = open_client) -> None:
        """Open nothing yet."""
        self._opens = opens
        self._by_loop: dict[asyncio.AbstractEventLoop, _Kept] = {}

    async def here(self) -> httpx.AsyncClient:
        """The client of the running event loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._by_loop:
            # In a thread, since reading the certificates takes a while.
            client = await anyio.to_thread.run_sync(self._opens)
            if loop not in self._by_loop:  # another task may have been faster
                kept = self._by_loop[loop] = _Kept(client, self._keep(client))
                _KEEPERS.add(kept.keeper)
                await anext(kept.keeper)
        return self._by_loop[loop].client

    async def _keep(self, client: httpx.AsyncClient) -> AsyncGenerator[None]:
        """Close the client when the loop ends: a loop ends its generators then."""
        try:
            yield
        finally:
            kept = self._by_loop.pop(asyncio.get_running_loop())
            _KEEPERS.discard(kept.keeper)
            await client.aclose()

"""A stand-in for whoever runs models over HTTP: a real server on loopback, standard library only.

    with InferenceServer(Reply([{"label": "sun", "score": 0.9}])) as server:
        ...  # post to server.url, or let `server.stand_in_for_the_hub` take the Hub's place

Shapes: `../shared/hf-tasks.md`, section 3.
"""

import json
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx
import huggingface_hub
from huggingface_hub.utils._http import default_client_factory

HUB_HOSTS = ("huggingface.co", "router.huggingface.co")


@dataclass(frozen=True)
class Reply:
    """What the server answers. Times are in seconds."""

    body: object = b""
    """Bytes as they are, anything else as JSON."""
    status: int = 200
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    before: float = 0.0
    """Wait before the first byte."""
    drip: float = 0.0
    """Wait between two bytes."""
    zeros: int = 0
    """Sends so many zero bytes in chunks, in place of the body."""
    reset: bool = False
    """Breaks the connection without an answer."""

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    @property
    def type(self) -> str:
        binary = isinstance(self.body, bytes)
        return self.content_type or ("application/octet-stream" if binary else "application/json")


@dataclass
class Seen:
    """One request as it came."""

    method: str
    host: str
    path: str
    headers: dict[str, str]
    """By names in lower case."""
    content: bytes
    peer: tuple[str, int] = ("", 0)
    broken_after: float | None = None
    """Seconds until the client hung up, where it did so before the answer was sent."""

    @property
    def json(self):
        return json.loads(self.content)


class InferenceServer:
    """Answers posts with one reply after another, the last one for ever, and remembers them."""

    def __init__(self, *replies: Reply, tags: dict[str, str] | None = None, provider=None):
        self.replies = list(replies)
        self.tags = tags or {}
        """Model -> the kind of task that the Hub says it is for."""
        self.provider = provider
        """Whom the Hub names as the one who serves the models; its own id for them is `theirs`."""
        self.files: dict[str, bytes] = {}
        """Path -> what a GET of it brings, as bytes or as JSON."""
        self.posts: list[Seen] = []
        self.gets: list[Seen] = []

    def __enter__(self):
        handler = type("Handler", (_Handler,), {"served": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def opens(self) -> httpx.AsyncClient:
        """A client for which this server stands where the Hub and its router do."""

        async def redirect(request):
            self._take_over(request)

        return httpx.AsyncClient(
            timeout=None, follow_redirects=True, event_hooks={"request": [redirect]}
        )

    def opens_for_hub(self) -> httpx.Client:
        """The same for what huggingface_hub asks by itself."""
        client = default_client_factory()
        client.event_hooks = {"request": [*client.event_hooks["request"], self._take_over]}
        return client

    @contextmanager
    def stand_in_for_the_hub(self):
        """A time in which huggingface_hub asks this server."""
        huggingface_hub.set_client_factory(self.opens_for_hub)
        try:
            yield
        finally:
            huggingface_hub.set_client_factory(default_client_factory)

    def _take_over(self, request):
        if request.url.host in HUB_HOSTS:
            request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self.port)

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def model_info(self, model: str):
        tag = self.tags.get(model, "")
        mapping = {"status": "live", "providerId": f"theirs/{model}", "task": tag}
        return {
            "id": model,
            "pipeline_tag": tag,
            "tags": [tag],
            "inferenceProviderMapping": {self.provider: mapping} if self.provider else {},
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: InferenceServer

    def do_POST(self):
        seen = self._seen()
        self.served.posts.append(seen)
        reply = self.served.next_reply()
        if reply.reset:
            self.close_connection = True
            return
        started = time.monotonic()
        try:
            self._wait(reply.before)
            self._send(reply)
        except OSError:
            seen.broken_after = time.monotonic() - started
            self.close_connection = True

    def do_GET(self):
        seen = self._seen()
        self.served.gets.append(seen)
        path = urlsplit(self.path).path
        if path in self.served.files:
            self._send(Reply(self.served.files[path]))
        elif path.startswith("/api/models/"):
            self._send(Reply(self.served.model_info(path.removeprefix("/api/models/"))))
        else:
            self._send(Reply({"error": "not here"}, status=404))

    def _seen(self) -> Seen:
        headers = {name.lower(): value for name, value in self.headers.items()}
        content = self.rfile.read(int(headers.get("content-length", 0)))
        return Seen(self.command, headers["host"], self.path, headers, content, self.client_address)

    def _wait(self, seconds: float) -> None:
        """Wait, but no longer than the client does."""
        self.connection.settimeout(seconds or None)
        if seconds:
            with suppress(TimeoutError):
                if self.connection.recv(1) == b"":
                    raise ConnectionError("the client hung up")
            self.connection.settimeout(None)

    def _send(self, reply: Reply) -> None:
        length = reply.headers.get("Content-Length", str(len(reply.content)))
        self.send_response(reply.status)
        headers = {"Content-Type": reply.type, **reply.headers}
        headers |= {"Transfer-Encoding": "chunked"} if reply.zeros else {"Content-Length": length}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in _pieces(reply):
            self.wfile.write(piece)
            self._wait(reply.drip)

    def log_message(self, *_):
        pass


def _pieces(reply: Reply):
    if reply.zeros:
        piece = bytes(1_000_000)
        for _ in range(reply.zeros // len(piece)):
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"
    elif reply.drip:
        yield from (bytes([byte]) for byte in reply.content)
    else:
        yield reply.content

"""A LangSmith server on loopback that takes traces: what the official client sends, it keeps.

    with LangSmithServer() as server:
        client = langsmith.Client(api_url=server.url, api_key="none")

Wire form: https://docs.langchain.com/langsmith/smith-api
"""

import gzip
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple, Self

import zstandard
from requests_toolbelt.multipart.decoder import MultipartDecoder

Compression = Literal["zstd", "gzip", "none"]


class File(NamedTuple):
    """What was attached to a run."""

    mime: str
    content: bytes


@dataclass(eq=False)
class Run:
    """One run, as all that was sent of it adds up."""

    id: str
    fields: dict[str, Any] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    posts: int = 0
    """How often the whole run was sent; whatever ends later is a patch."""

    def __getattr__(self, name: str) -> Any:
        """A field; None if it was never sent."""
        return self.fields.get(name)

    @property
    def metadata(self) -> dict[str, Any]:
        return (self.extra or {}).get("metadata") or {}

    @property
    def is_pending(self) -> bool:
        return self.end_time is None


class LangSmithServer:
    """Takes runs for as long as the `with` lasts."""

    def __init__(self, *, multipart: bool = True, compressed: bool = True):
        """Tell clients whether they may send multipart bodies, and compressed ones."""
        self.info = {
            "version": "0.13.0",
            "batch_ingest_config": {
                "use_multipart_endpoint": multipart,
                "size_limit": 100,
                "size_limit_bytes": 20_971_520,
                "scale_up_nthreads_limit": 4,
                "scale_up_qsize_trigger": 1000,
                "scale_down_nempty_trigger": 4,
            },
            "instance_flags": {"zstd_compression_enabled": compressed},
        }
        self.runs: dict[str, Run] = {}
        """By id, in the order in which they came."""
        self.paths: list[str] = []
        self.encodings: set[str] = set()
        self.said: list[bytes] = []
        """All bodies, decompressed, and all headers but the key's own."""
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"langsmith": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def named(self, name: str) -> list[Run]:
        """Runs whose name begins so."""
        return [run for run in self.runs.values() if (run.name or "").startswith(name)]

    def children(self, run: Run) -> list[Run]:
        return [each for each in self.runs.values() if each.parent_run_id == run.id]

    def tree(self, run: Run) -> dict[str, Any]:
        """The run with its descendants, as the API gives a run with `child_runs`."""
        children = sorted(self.children(run), key=lambda each: each.dotted_order)
        return {"id": run.id, **run.fields, "child_runs": [self.tree(each) for each in children]}

    @property
    def root(self) -> Run:
        (root,) = (run for run in self.runs.values() if run.parent_run_id is None)
        return root

    # --- what comes in -------------------------------------------------------------------------

    def take(self, path: str, body: bytes, content_type: str) -> None:
        with self._lock:
            self.paths.append(path)
            self.said.append(body)
            if path == "/runs/multipart":
                self._multipart(body, content_type)
            elif path == "/runs/batch":
                batch = json.loads(body)
                for operation in ("post", "patch"):
                    for run in batch.get(operation) or []:
                        self._take(operation, run.pop("id"), run)
            elif path == "/runs":
                run = json.loads(body)
                self._take("post", run.pop("id"), run)
            else:
                self._take("patch", path.removeprefix("/runs/"), json.loads(body))

    def _multipart(self, body: bytes, content_type: str) -> None:
        for part in MultipartDecoder(body, content_type).parts:
            headers = {k.decode().lower(): v.decode() for k, v in part.headers.items()}
            name = headers["content-disposition"].split('name="')[1].split('"')[0]
            operation, run, *rest = name.split(".")
            if operation == "attachment":
                mime = headers["content-type"].partition(";")[0]
                self._run(run).files[rest[0]] = File(mime, part.content)
            else:
                sent = json.loads(part.content)
                self._take(operation if not rest else "", run, {rest[0]: sent} if rest else sent)

    def _take(self, operation: str, key: str, sent: dict[str, Any]) -> None:
        run = self._run(key)
        run.posts += operation == "post"
        run.fields |= {name: value for name, value in sent.items() if value is not None}

    def _run(self, key: str) -> Run:
        return self.runs.setdefault(key, Run(key))


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    langsmith: LangSmithServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(self.langsmith.info)

    def do_POST(self) -> None:
        body = self._body()
        encoding = self.headers.get("Content-Encoding", "none")
        self.langsmith.encodings.add(encoding)
        if encoding == "zstd":
            body = zstandard.ZstdDecompressor().stream_reader(body).read()
        elif encoding == "gzip":
            body = gzip.decompress(body)
        self.langsmith.take(self.path, body, self.headers.get("Content-Type", ""))
        headers = [f"{k}: {v}" for k, v in self.headers.items() if k.lower() != "x-api-key"]
        self.langsmith.said.append("\n".join(headers).encode())
        self._answer({})

    do_PATCH = do_POST  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _answer(self, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

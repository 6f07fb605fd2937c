"""A stand-in for the Hub's lists of models and model cards: a real HTTP server on loopback.

    with HubServer([model("me/small", "translation", downloads=5)]) as hub:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)

Wire form: https://huggingface.co/docs/hub/api
"""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


def model(name, kind, *, downloads=0, parameters=None, providers=None, **facts):
    """One model as the Hub tells of it; `facts` overwrite what is made up here."""
    tags = [kind, "license:apache-2.0", "en", "safetensors", "region:us"]
    return {
        "_id": "0" * 24,
        "id": name,
        "modelId": name,
        "pipeline_tag": kind,
        "library_name": "transformers",
        "downloads": downloads,
        "likes": (downloads or 0) // 10,
        "tags": tags,
        "gated": False,
        "disabled": False,
        "private": False,
        "sha": "c0ffee" * 6 + "c0ff",
        "config": {"architectures": ["BertForSequenceClassification"], "model_type": "bert"},
        "cardData": {"license": "apache-2.0", "language": "en"},
        "safetensors": parameters and {"parameters": parameters, "total": sum(parameters.values())},
        "inferenceProviderMapping": [
            {"provider": p, "providerId": name, "status": status, "task": kind}
            for p, status in (providers or {}).items()
        ],
        **facts,
    }


@dataclass
class Fault:
    """How badly the server answers."""

    status: int = 200
    raw: bytes | None = None
    """Sent as the whole body."""
    before: float = 0.0
    """Seconds before the first byte."""
    drip: float = 0.0
    """Seconds between two bytes of the body."""


@dataclass
class HubServer:
    """Serves what it was made with; `with` it, and ask it at `url`."""

    models: list[dict] = field(default_factory=list)
    cards: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    """Of lists of models."""
    card_fault: Fault | None = None
    calls: list[tuple[str, dict[str, list[str]], dict[str, str]]] = field(default_factory=list)
    """Path, query and headers of each call, in order."""
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)

    def __enter__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        # What a catalogue still asks for would go to the server of the next test.
        for thread in threading.enumerate():
            if thread.name == "hugginggpt-hub":
                thread.join()

    def asked(self, path: str) -> list[dict[str, list[str]]]:
        """The queries of all calls whose path begins so."""
        return [query for called, query, _ in self.calls if called.startswith(path)]

    def listed(self, query: dict[str, list[str]]) -> list[dict]:
        """The models that the query asks for, most downloaded first."""
        found = [m for m in self.models if _fits(m, query)]
        found.sort(key=lambda m: -(m.get("downloads") or 0))
        return found[: int(query.get("limit", ["1000"])[0])]

    def named(self, name: str) -> dict | None:
        """One model; its providers are a mapping here, as the Hub has it."""
        found = next((m for m in self.models if m.get("id") == name), None)
        mapping = {p["provider"]: p for p in (found or {}).get("inferenceProviderMapping") or []}
        return found and {**found, "inferenceProviderMapping": mapping}

    def sleep(self, seconds: float):
        """As `time.sleep`, unless the server closes: then nobody is kept waiting."""
        self._closing.wait(seconds)

    def enter(self):
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)

    def leave(self):
        with self._lock:
            self._now -= 1


def _fits(found: dict, query: dict[str, list[str]]) -> bool:
    return (
        query.get("pipeline_tag", [found.get("pipeline_tag")])[0] == found.get("pipeline_tag")
        and all(tag in found.get("tags", []) for tag in query.get("filter", []))
        and all(part in found["id"] for part in query.get("search", []))
    )


def _handler(served: HubServer):
    return type("Handler", (_Handler,), {"served": served})


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), parse_qs(parts.query)
        self.served.calls.append((path, query, dict(self.headers)))
        self.served.enter()
        try:
            self.route(path, query)
        except OSError:
            pass  # the client has left
        finally:
            self.served.leave()

    def route(self, path, query):
        if path.endswith("/raw/main/README.md"):
            name = path.strip("/").removesuffix("/raw/main/README.md")
            card = self.served.cards.get(name)
            self.send(404 if card is None else 200, (card or "").encode(), self.served.card_fault)
        elif path == "/api/models":
            self.send(200, json.dumps(self.served.listed(query)).encode(), self.served.fault)
        else:
            found = self.served.named(path.removeprefix("/api/models/"))
            self.send(200 if found else 404, json.dumps(found).encode(), self.served.fault)

    def send(self, status, body, fault):
        fault = fault or Fault()
        self.served.sleep(fault.before)
        body = body if fault.raw is None else fault.raw
        self.send_response(fault.status if fault.status != 200 else status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for at in range(0, len(body), 1) if fault.drip else ():
            self.wfile.write(body[at : at + 1])
            self.served.sleep(fault.drip)
        if not fault.drip:
            self.wfile.write(body)

    def log_message(self, *_):
        pass

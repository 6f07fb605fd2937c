"""A stand-in for the part of the Hub that files come from: a real HTTP server on loopback."""

import json
import threading
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" * 6 + "c0ff"


class RepositoryServer:
    """Serves folders as repositories; `with` it, and ask it at `url`."""

    def __init__(self, repositories: dict[str, Path], *, gated: tuple[str, ...] = ()):
        self.repositories = repositories
        self.gated = gated
        self.fetched: list[str] = []
        """Files that were sent, in order."""

    def __enter__(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def split(self, path: str) -> tuple[str, str]:
        """The repository that the path begins with, and what stands behind it."""
        model = next((m for m in self.repositories if path.startswith(f"{m}/") or path == m), "")
        return model, path.removeprefix(model).strip("/")

    def files(self, model: str) -> dict[str, Path]:
        root = self.repositories[model]
        return {str(p.relative_to(root)): p for p in sorted(root.rglob("*")) if p.is_file()}


def _handler(served: RepositoryServer):
    return type("Handler", (_Handler,), {"served": served})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = unquote(urlsplit(self.path).path).strip("/")
        if path.startswith("api/models/"):
            self.tell(*self.served.split(path.removeprefix("api/models/")))
        else:
            self.send(*self.served.split(path))

    def tell(self, model, rest):
        if not model or model in self.served.gated:
            self.refuse(model)
        elif rest.startswith("tree/"):
            files = self.served.files(model)
            self.answer([_entry(name, file) for name, file in files.items()])
        else:
            siblings = [{"rfilename": name} for name in self.served.files(model)]
            self.answer({"id": model, "sha": COMMIT, "siblings": siblings})

    def send(self, model, rest):
        if not model or model in self.served.gated:
            return self.refuse(model)
        file = self.served.files(model)[rest.removeprefix(f"resolve/{COMMIT}/")]
        content = file.read_bytes()
        if self.command == "GET":
            self.served.fetched.append(file.name)
        headers = {"ETag": f'"{sha256(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
        return self.respond(200, content, headers)

    def refuse(self, model):
        code = {"X-Error-Code": "GatedRepo" if model else "RepoNotFound"}
        self.respond(403 if model else 404, b"no", code)

    def answer(self, value):
        self.respond(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def respond(self, status, content, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


def _entry(name: str, file: Path):
    return {"type": "file", "path": name, "size": file.stat().st_size, "oid": "0" * 40}

"""Downloads, against a real server on loopback."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hugginggpt.tools import fetch as module
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.fetch import fetch


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    def do_GET(self):
        if self.path.startswith("/loop"):
            self.send_response(302)
            self.send_header("Location", "/loop.png")
            self.end_headers()
            return
        status = 404 if self.path == "/gone.png" else 200
        body = b"" if self.path == "/empty.png" else b"x" * 2000
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    """Address of a server on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


async def test_file_comes_into_the_workspace(server, tmp_path):
    artifact = await fetch(f"{server}/a.png", Workspace(tmp_path), "any")
    assert artifact.modality == "image"
    assert (tmp_path / artifact.path).stat().st_size == 2000


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/gone.png", "answers with status 404"),
        ("/empty.png", "is empty"),
        ("/loop.png", "redirects more than 5 times"),
    ],
)
async def test_unusable_answer(server, tmp_path, path, complaint):
    with pytest.raises(FileInputError, match=complaint):
        await fetch(server + path, Workspace(tmp_path), "any")


async def test_too_large(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_DOWNLOAD_BYTES", 1000)
    with pytest.raises(FileInputError, match="more than 1,000 bytes"):
        await fetch(f"{server}/a.png", Workspace(tmp_path), "any")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/a.png", "http://localhost/a.png", "http://[::1]/a.png", "http://10.0.0.1/a"],
)
async def test_private_address_is_refused(tmp_path, url):
    with pytest.raises(FileInputError, match="private address|no address"):
        await fetch(url, Workspace(tmp_path), "public")


@pytest.mark.parametrize(
    "address",
    ["64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "::ffff:10.0.0.1", "169.254.169.254"],
)
def test_address_that_leads_elsewhere_is_not_public(address):
    assert not module._is_public(address)


def test_public_address():
    assert module._is_public("93.184.216.34")


async def test_broken_url(tmp_path):
    with pytest.raises(FileInputError, match="can't be fetched|not an http"):
        await fetch("http://[::1", Workspace(tmp_path), "any")


async def test_network_off(tmp_path):
    with pytest.raises(FileInputError, match="the network is off"):
        await fetch("https://example.org/a.png", Workspace(tmp_path), "none")


async def test_nothing_listens(tmp_path):
    with pytest.raises(FileInputError, match="can't be fetched"):
        await fetch("http://127.0.0.1:9/a.png", Workspace(tmp_path), "any")

"""Downloads, against a real server on loopback."""

import gzip
import ipaddress
import socket
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hugginggpt.tools import fetch as module
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.fetch import fetch

BOMB = b"0" * 5_000_000


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    def do_GET(self):
        if self.path.startswith("/loop"):
            self.send_response(302)
            self.send_header("Location", "/loop.png")
            self.end_headers()
            return
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path.partition("?")[2])
            self.end_headers()
            return
        if self.path.startswith("/packed"):
            self.packed()
            return
        status = 404 if self.path == "/gone.png" else 200
        body = b"" if self.path == "/empty.png" else b"x" * 2000
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def packed(self):
        encoding = self.path.rpartition("-")[2]
        body = {"gzip": gzip.compress, "deflate": zlib.compress}.get(encoding, bytes)(BOMB)
        self.send_response(200)
        self.send_header("Content-Encoding", encoding)
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


LOCAL = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://127.0.0.1./",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1%25lo]/",
    "http://example.org@127.0.0.1/",
    "http://example.org%40127.0.0.1/",
    "http://127.0.0.1:80@example.org:80/",
    "http://127.0.0.1\\@example.org/",
    "http://user:password@example.org/",
]
"""Ways to write an address that is nobody else's, or that hides whose it is."""


@pytest.mark.parametrize("url", LOCAL)
async def test_an_address_of_this_machine_or_network_is_refused(tmp_path, url):
    with pytest.raises(
        FileInputError, match="private address|no address|password|can't be fetched"
    ):
        await fetch(url, Workspace(tmp_path), "public")


REFUSED = """
    127.0.0.1 127.255.255.255 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255
    192.168.0.1 169.254.0.1 169.254.169.254 168.63.129.16 100.64.0.1 100.100.100.200
    192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.88.99.1 224.0.0.1
    239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::10.0.0.1 ::8.8.8.8
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1
    64:ff9b:1::1 2002:7f00:1:: 2002:0808:0808:: 2001::1 2001:db8::1 fc00::1 fe80::1
    fd00:ec2::254 fe80::1%eth0 fec0::1 ff02::1 100::1 5f00::1
"""
PUBLIC = "8.8.8.8 93.184.216.34 1.1.1.1 172.32.0.1 2606:4700::1111 2a00:1450:4001::1 2620:fe::fe"


@pytest.mark.parametrize("address", REFUSED.split())
def test_an_address_that_is_not_public(address):
    assert not module._is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_a_public_address(address):
    assert module._is_public(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "fd00:ec2::254"])
async def test_a_name_is_judged_by_where_it_leads(tmp_path, monkeypatch, address):
    async def look_up(host, port, **_):
        assert host == "innocent.example"
        family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
        public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 0))
        return [public, (family, socket.SOCK_STREAM, 6, "", (address, 0))]

    monkeypatch.setattr(module.anyio, "getaddrinfo", look_up)
    with pytest.raises(FileInputError, match="is at a private address"):
        await fetch("http://innocent.example/a.png", Workspace(tmp_path), "public")


async def test_every_redirect_is_judged_anew(server, tmp_path, monkeypatch):
    real = module._is_public
    monkeypatch.setattr(
        module, "_is_public", lambda address: address == "127.0.0.1" or real(address)
    )
    assert await fetch(f"{server}/to?/a.png", Workspace(tmp_path), "public")
    with pytest.raises(FileInputError, match="'http://169.254.169.254/' is at a private address"):
        await fetch(f"{server}/to?http://169.254.169.254/", Workspace(tmp_path), "public")


@pytest.mark.parametrize(
    "scheme", ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://x/", "data:,x"]
)
async def test_a_redirect_leads_to_the_web_only(server, tmp_path, scheme):
    with pytest.raises(FileInputError, match="is not an http or https|can't be fetched"):
        await fetch(f"{server}/to?{scheme}", Workspace(tmp_path), "any")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_packed_answer_is_unpacked(server, tmp_path, encoding):
    artifact = await fetch(f"{server}/packed-{encoding}", Workspace(tmp_path), "any")
    assert (tmp_path / artifact.path).stat().st_size == len(BOMB)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_packed_answer_does_not_burst(server, tmp_path, monkeypatch, encoding):
    monkeypatch.setattr(module, "MAX_DOWNLOAD_BYTES", 1_000_000)
    with pytest.raises(FileInputError, match="more than 1,000,000 bytes"):
        await fetch(f"{server}/packed-{encoding}", Workspace(tmp_path), "any")


async def test_another_packing_is_refused(server, tmp_path):
    with pytest.raises(FileInputError, match="is sent as 'br'"):
        await fetch(f"{server}/packed-br", Workspace(tmp_path), "any")


async def test_broken_url(tmp_path):
    with pytest.raises(FileInputError, match="can't be fetched|not an http"):
        await fetch("http://[::1", Workspace(tmp_path), "any")


async def test_network_off(tmp_path):
    with pytest.raises(FileInputError, match="the network is off"):
        await fetch("https://example.org/a.png", Workspace(tmp_path), "none")


async def test_nothing_listens(tmp_path):
    with pytest.raises(FileInputError, match="can't be fetched"):
        await fetch("http://127.0.0.1:9/a.png", Workspace(tmp_path), "any")

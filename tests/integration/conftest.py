"""A server of our own that answers for every publisher's host, over TLS and plain, and can do what goes wrong there."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket

import httpx
import pytest
import trustme
from dagster._core.storage.defs_state.base import set_defs_state_storage

from orchestration.connectors.http import Client, Limits, trusted
from orchestration.documents import DOCUMENT_SOURCES
from transforms.sources.gdelt import SOURCE as EVENT_SOURCE
from transforms.sources.publishers import PARSERS
from warehouse.catalog.registry import load_catalog


@pytest.fixture(autouse=True)
def _no_instance_before() -> Iterator[None]:
    """Hide the instance of an earlier test: a schedule's context never leaves the one it opened, which then is gone."""
    with set_defs_state_storage(None):
        yield


QUICK = Limits(
    connect_s=2, read_s=0.4, total_s=0.3, attempts=2, first_wait_s=0.001, longest_wait_s=0.05, keep_interval=False
)
"""The client's limits with waits too short to notice."""


@dataclass(frozen=True)
class Reply:
    """What a publisher answers; `mode` is how the body comes: whole, hang, cut or endless."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    mode: str = "whole"


Route = Reply | Callable[[httpx.Headers], Reply]


@dataclass
class Replay:
    """Routes by address without scheme, as `www.cbp.gov/robots.txt`; with a query first, then without."""

    folder: Path
    routes: dict[str, Route] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken: Callable[[str], str | None] = lambda _: None
    """Returns refused or certificate for an address that shall meet it."""
    ports: dict[str, int] = field(default_factory=dict)
    reply: type[Reply] = Reply

    @property
    def ca_file(self) -> str:
        """PEM file of the authority that signed the server's certificate."""
        return str(self.folder / "ca.pem")

    def client(self, limits: Limits = QUICK) -> Client:
        """Return the product's client with every host routed here."""
        return Client(limits=limits, transport=_Routed(self), ca_file=self.ca_file)

    def answer(self, address: str, headers: httpx.Headers) -> Reply:
        """Return what is answered to an address."""
        self.asked.append(address)
        route = self.routes.get(address) or self.routes.get(address.split("?")[0]) or Reply(b"none", 404)
        return route if isinstance(route, Reply) else route(headers)


class _Routed(httpx.BaseTransport):
    """Carries requests to the replay server; the certificate is still held to the publisher's name."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.inner = httpx.HTTPTransport(verify=trusted(replay.ca_file))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        port = self.replay.ports[self.replay.broken(f"{url.host}{url.raw_path.decode()}") or url.scheme]
        extensions = {**request.extensions, "sni_hostname": url.host}
        sent = httpx.Request(
            "GET", url.copy_with(host="127.0.0.1", port=port), headers=request.headers, extensions=extensions
        )
        return self.inner.handle_request(sent)

    def close(self) -> None:
        self.inner.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    replay: Replay

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that hang up; that is what they are here to do."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").split(":")[0]
        reply = self.server.replay.answer(f"{host}{self.path}", httpx.Headers(dict(self.headers)))
        if reply.mode == "hang":
            time.sleep(1.0)
            return
        self.send_response(reply.status)
        for name, text in reply.headers.items():
            self.send_header(name, text)
        if reply.mode != "endless" and "Content-Length" not in reply.headers:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.mode == "endless":
            for _ in range(100):
                self.wfile.write(reply.body[:64])
                self.wfile.flush()
                time.sleep(0.02)
        else:
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.mode == "cut" else reply.body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


def _serving(replay: Replay, context: ssl.SSLContext | None) -> _Server:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.replay = replay
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


@pytest.fixture(scope="session")
def _replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    replay = Replay(tmp_path_factory.mktemp("replay"))
    hosts = sorted({host for source in load_catalog().sources.values() if source.live for host in source.live.hosts})
    contexts = {}
    for name in ("https", "certificate"):  # the second authority is one that nobody trusts
        authority = trustme.CA()
        contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*hosts).configure_cert(contexts[name])
        if name == "https":
            authority.cert_pem.write_to_path(replay.ca_file)
    servers = {name: _serving(replay, context) for name, context in {**contexts, "http": None}.items()}
    replay.ports |= {name: server.server_address[1] for name, server in servers.items()}
    with socket() as closed:  # a port that is held and does not listen
        closed.bind(("127.0.0.1", 0))
        replay.ports["refused"] = closed.getsockname()[1]
        yield replay
    for server in servers.values():
        server.shutdown()
        server.server_close()


@pytest.fixture
def replay(_replay: Replay) -> Iterator[Replay]:
    """Return the server without routes."""
    yield _replay
    _replay.routes.clear()
    _replay.asked.clear()
    _replay.broken = lambda _: None


@pytest.fixture
def only_landing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave documents and events unread: what is held here is how their bytes are fetched, with bodies made short.

    Their parsers are held to real and damaged payloads by tests of their own.
    """
    unread = {*DOCUMENT_SOURCES, EVENT_SOURCE}
    monkeypatch.setattr("orchestration.live.PARSERS", {name: PARSERS[name] for name in PARSERS if name not in unread})

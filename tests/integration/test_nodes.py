"""Two dashboard nodes follow one published pointer: new builds, damaged ones, a store that is gone, a follower that dies."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dash_app.serve import create_server
from tools.bench_kills import Base, base_of, write_and_publish
from tools.serving import serving
from warehouse.pointer import POINTER, send
from warehouse.publish import builds, rollback
from warehouse.query import Warehouse
from warehouse.settings import Settings
from warehouse.store import Store

pytestmark = pytest.mark.machines
CLIENTS = 10
PATIENCE_S = 120.0
EVERY_S = 0.2
"""Seconds between two looks of a node at the store; after failures up to ten times as many."""
PAGES = ("/", "/borders", "/evidence")
ROUTES = ("/data/borders/encounters.csv", "/api/v1/pairs/MEX_USA/tension", "/api/v1/build")


@dataclass(frozen=True)
class Node:
    """A dashboard that follows a store, its log, and the address at which it is asked."""

    home: Path
    address: str
    log: Path

    def ready(self) -> tuple[int, dict[str, Any]]:  # Any: JSON
        """Return status and body of the health route; 0 where nothing answers."""
        try:
            answer = httpx.get(f"{self.address}/readyz", trust_env=False, timeout=PATIENCE_S)
        except httpx.TransportError:
            return 0, {}
        return answer.status_code, answer.json()

    def follows(self) -> dict[str, Any]:  # Any: JSON
        """Return how the node says that following goes; nothing before its first look."""
        return self.ready()[1].get("follows") or {}


@dataclass(frozen=True)
class Answer:
    """What a client got: from which node, for which path, when it asked and had it (seconds), and the text."""

    node: str
    path: str
    asked: float
    had: float
    status: int
    text: str


def page(path: str) -> dict[str, Any]:
    """Return the callback's body with which a browser asks for a page."""
    places = [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}]
    inputs = [
        {"id": "_pages_location", "property": "pathname", "value": path},
        {"id": "_pages_location", "property": "search", "value": "?month=2024-06"},
    ]
    output = ".._pages_content.children..._pages_store.data.."
    return {"output": output, "outputs": places, "inputs": inputs, "changedPropIds": ["_pages_location.pathname"]}


def ask(client: httpx.Client | FlaskClient, path: str) -> httpx.Response | TestResponse:
    """Return the answer to a page or a route."""
    return client.post("/_dash-update-component", json=page(path)) if path in PAGES else client.get(path)


def said(answer: httpx.Response | TestResponse) -> str:
    """Return an answer's text; keys of JSON in order, which Dash leaves to each process."""
    is_json = "json" in answer.headers["Content-Type"]
    return json.dumps(json.loads(answer.text), sort_keys=True) if is_json else answer.text


def expected(home: Settings) -> dict[str, str]:
    """Return what the current build of a home answers on every path."""
    client = create_server(home).test_client()
    return {path: said(ask(client, path)) for path in (*PAGES, *ROUTES)}


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@contextmanager
def following(store: Path, home: Path) -> Iterator[Node]:
    """Serve a home that follows a store, as `dyadwatch serve` does, in two processes."""
    log = home.with_suffix(".log")
    settings = {"follow": store, "follow_every_s": EVERY_S, "server_processes": 2}
    with log.open("w") as told, serving(home, log=told, **settings) as address:
        yield Node(home, address, log)


@pytest.fixture(scope="module")
def maker(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a copy of the built home: the machine that builds and publishes."""
    home = tmp_path_factory.mktemp("maker") / "home"
    subprocess.run(["cp", "-a", str(published.home), str(home)], check=True)
    return Settings(home=home)


@pytest.fixture(scope="module")
def base(maker: Settings) -> Base:
    return base_of(maker)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared") / "store"


@pytest.fixture(scope="module")
def nodes(maker: Settings, store: Path) -> Iterator[list[Node]]:
    """Return two nodes that have pulled their first build; they were started before there was one."""
    with ExitStack() as stack:
        started = [stack.enter_context(following(store, store.parent / name)) for name in ("north", "south")]
        for node in started:
            until(lambda node=node: bool(node.follows().get("problem")), "a node does not look for a build")
            assert node.ready()[0] == 503  # before the first build; a balancer leaves it alone
        send(maker, str(store))
        for node in started:
            until(lambda node=node: node.ready()[0] == 200, "the first build does not arrive")
        yield started


def publish(maker: Settings, base: Base, store: Path, version: int) -> str:
    """Publish and send a new build; return its content hash."""
    write_and_publish(Store(maker), base, version)
    return send(maker, str(store))[0].content_hash


def has_arrived(nodes: list[Node], content_hash: str) -> bool:
    return all(node.ready()[1].get("build") == content_hash for node in nodes)


def read(node: Node, stop: Event, answers: list[Answer], first: int) -> None:
    """Ask a node for one path after another, until told to stop."""
    paths = [*PAGES, *ROUTES]
    with httpx.Client(base_url=node.address, trust_env=False, timeout=PATIENCE_S) as client:
        while not stop.is_set():
            path = paths[(first + len(answers)) % len(paths)]
            asked = time.monotonic()
            answer = ask(client, path)
            answers.append(Answer(node.address, path, asked, time.monotonic(), answer.status_code, said(answer)))


def test_builds_are_swapped_under_readers_without_an_error_or_a_page_of_two(
    maker: Settings, base: Base, store: Path, nodes: list[Node]
) -> None:
    wanted, ids = [expected(maker)], list(builds(Store(maker)))[-1:]
    for version in (1, 2):
        ids.append(write_and_publish(Store(maker), base, version))
        wanted.append(expected(maker))
    stop, each = Event(), [list[Answer]() for _ in range(CLIENTS)]

    def all_read(number: int) -> None:
        """Wait until each client has had so many answers more."""
        had = [len(answers) for answers in each]
        until(lambda: all(len(one) >= before + number for one, before in zip(each, had, strict=True)), "nobody reads")

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(read, nodes[number % 2], stop, each[number], number) for number in range(CLIENTS)]
        try:
            all_read(4)
            for build_id in ids[1:]:
                rollback(Store(maker), build_id)  # which names any build that is kept
                sent, _ = send(maker, str(store))
                until(lambda sent=sent: has_arrived(nodes, sent.content_hash), "a build does not arrive")
                all_read(4)
        finally:
            stop.set()
        for client in clients:
            client.result()
    answers = [answer for one in each for answer in one]
    assert Counter(answer.status for answer in answers) == {200: len(answers)}
    known = {path: [texts[path] for texts in wanted] for path in wanted[0]}
    assert {path: len(set(texts)) for path, texts in known.items()} == dict.fromkeys(known, 3)  # each tells its build
    torn = [answer.path for answer in answers if answer.text not in known[answer.path]]
    assert torn == []
    for node in nodes:
        seen = [(one.asked, one.had, known[one.path].index(one.text)) for one in answers if one.node == node.address]
        assert {number for *_, number in seen} == {0, 1, 2}
        for number in (1, 2):  # once a node has shown a build, nobody who asks later gets an older one
            first = min(had for _, had, shown in seen if shown == number)
            assert [shown for asked, _, shown in seen if asked > first and shown < number] == []
        last = read_once(node)
        assert last == wanted[-1]
    for node in nodes:  # of the two processes of each node one follows
        followed = re.findall(r"^following \S+: build (\S+),", node.log.read_text(), re.MULTILINE)
        assert len(followed) == len(set(followed)) == 3
        assert len(list((node.home / "warehouse").glob("dyadwatch-*"))) == 3


def read_once(node: Node) -> dict[str, str]:
    with httpx.Client(base_url=node.address, trust_env=False, timeout=PATIENCE_S) as client:
        return {path: said(ask(client, path)) for path in (*PAGES, *ROUTES)}


def problem_of(node: Node) -> str:
    status, told = node.ready()
    assert status == 200  # whatever is wrong with the store, the node serves
    return told["follows"]["problem"] or ""


def test_a_damaged_build_and_a_store_that_is_gone_leave_the_last_good_build(
    maker: Settings, base: Base, store: Path, nodes: list[Node]
) -> None:
    good = Warehouse(maker.link).build()["content_hash"]
    until(lambda: has_arrived(nodes, good), "the nodes are not at the last build")
    away = store.with_name("away")
    store.rename(away)
    for node in nodes:
        until(lambda node=node: "FileNotFoundError" in problem_of(node), "a store that is gone is not told")
    write_and_publish(Store(maker), base, 3)
    pointer, _ = send(maker, str(away))
    file = away / maker.link.resolve().name
    os.truncate(file, file.stat().st_size // 2)
    away.rename(store)
    for node in nodes:
        until(lambda node=node: "is damaged" in problem_of(node), "a damaged build is not told")
        assert "The last good build stays." in node.log.read_text()
    assert has_arrived(nodes, good)
    assert send(maker, str(store))[1]  # sent anew, since what lies there is not what it was
    until(lambda: has_arrived(nodes, pointer.content_hash), "the nodes do not recover")
    for node in nodes:
        until(lambda node=node: problem_of(node) == "", "a problem is told that is over")
        assert (well := node.follows()["well_at"]) and well.startswith("20")


def test_another_process_follows_when_the_follower_is_killed(
    maker: Settings, base: Base, store: Path, nodes: list[Node]
) -> None:
    node = nodes[0]
    former = node.follows()["process"]
    os.kill(former, signal.SIGKILL)
    content_hash = publish(maker, base, store, 4)
    until(lambda: has_arrived(nodes, content_hash), "nobody follows")
    assert node.follows()["process"] != former


def test_the_pointer_can_go_back(maker: Settings, store: Path, nodes: list[Node]) -> None:
    oldest = next(iter(builds(Store(maker))))
    rollback(Store(maker), oldest)
    pointer, is_new = send(maker, str(store))
    assert not is_new
    assert json.loads((store / POINTER).read_text())["build_id"] == oldest
    until(lambda: has_arrived(nodes, pointer.content_hash), "the nodes do not go back")
    shutil.rmtree(store)
    assert has_arrived(nodes, pointer.content_hash)

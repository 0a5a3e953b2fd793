"""Times of a server under users who ask at once: asyncio and httpx on the same machine, which shares its cores."""

import asyncio
import copy
import itertools
import json
import random
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import polars as pl

PAGES = ("/", "/index", "/acts", "/statements", "/evidence")
KEPT_MONTH = "2024-06"
MADE_MONTHS = [f"{year}-{month:02d}" for year in range(2002, 2026) for month in range(1, 13) if year != 2024]
LEAST_BYTES = 1500
"""A page that is shorter, packed, only says why there is none."""
TIMEOUT_S = 30.0

Body = Mapping[str, Any]  # Any: a callback's body as Dash sends it


@dataclass(frozen=True)
class Ask:
    """One request."""

    method: str
    path: str
    body: Body | None = None
    least: int = 1
    """Bytes of a right answer at least, packed."""


@dataclass
class Times:
    """What users of one kind of request met."""

    ms: list[float] = field(default_factory=list)
    errors: int = 0

    def __add__(self, other: "Times") -> "Times":
        """Return both together."""
        return Times(self.ms + other.ms, self.errors + other.errors)

    def told(self) -> list[str]:
        """Return requests, p50, p95, p99 in milliseconds, and errors."""
        found = pl.Series(self.ms, dtype=pl.Float64)
        parts = [f"{found.quantile(part):,.0f}" if self.ms else "-" for part in (0.5, 0.95, 0.99)]
        return [f"{len(self.ms):,}", *parts, str(self.errors)]


@dataclass(frozen=True)
class Kind:
    """A kind of request: its share of the mix, and the next of its requests."""

    share: int
    next: Callable[[], Ask]


def our_mix(callback: Body) -> dict[str, Kind]:
    """Return what readers of the dashboard ask for.

    Args:
        callback: Body of the callback that answers an address with its page.
    """

    def page(path: str, search: str) -> Ask:
        body = copy.deepcopy(dict(callback))
        for item in body["inputs"]:
            item["value"] = path if item["property"] == "pathname" else search
        return Ask("POST", "/_dash-update-component", body, LEAST_BYTES)

    kept = itertools.cycle(page(path, f"?month={KEPT_MONTH}") for path in PAGES)
    anew = _anew(page)
    return {
        "document": Kind(1, lambda: Ask("GET", "/")),
        "page asked before": Kind(4, lambda: next(kept)),
        "page made anew": Kind(2, lambda: next(anew)),
        "CSV of a chart": Kind(1, lambda: Ask("GET", f"/data/index/tension.csv?month={KEPT_MONTH}")),
        "API": Kind(2, lambda: Ask("GET", "/api/v1/pairs/MEX_USA/tension")),
    }


def _anew(page: Callable[[str, str], Ask]) -> Iterator[Ask]:
    """Return pages in states that nobody asked for before."""
    schemes, ranges = ("light", "dark", "auto"), ("5y", "1y", "all")
    for scheme, span, month, path in itertools.product(schemes, ranges, MADE_MONTHS, PAGES):
        yield page(path, f"?range={span}&month={month}&scheme={scheme}&lang=en")
    raise RuntimeError("All addresses were asked for; measure for fewer seconds.")


def dash_mix(callback: Body) -> dict[str, Kind]:
    """Return what readers of the plain Dash page ask for: a document to four toggles."""
    states = itertools.cycle(itertools.product(("all", "1 year"), ("monthly", "daily"), ([], ["Cooperation"])))

    def toggle() -> Ask:
        values = dict(zip(("period", "grain", "lines"), next(states), strict=True))
        body = copy.deepcopy(dict(callback))
        body["inputs"] = [{**item, "value": values[item["id"]]} for item in body["inputs"]]
        return Ask("POST", "/_dash-update-component", {**body, "changedPropIds": ["period.value"]}, 300)

    return {"document": Kind(1, lambda: Ask("GET", "/")), "callback": Kind(4, toggle)}


def under_load(address: str, mix: Mapping[str, Kind], users: int, seconds: float, pause_s: float) -> dict[str, Times]:
    """Return the times of each kind of request while so many users ask, each with a pause between two requests."""
    return asyncio.run(_under_load(address, mix, users, seconds, pause_s))


async def _under_load(
    address: str, mix: Mapping[str, Kind], users: int, seconds: float, pause_s: float
) -> dict[str, Times]:
    found = {name: Times() for name in mix}
    until = time.perf_counter() + seconds
    limits = httpx.Limits(max_connections=users, max_keepalive_connections=users)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=TIMEOUT_S, trust_env=False) as client:
        await asyncio.gather(*(_user(client, mix, found, until, pause_s, random.Random(one)) for one in range(users)))
    return found


async def _user(
    client: httpx.AsyncClient,
    mix: Mapping[str, Kind],
    found: dict[str, Times],
    until: float,
    pause_s: float,
    chance: random.Random,
) -> None:
    names, shares = list(mix), [kind.share for kind in mix.values()]
    await asyncio.sleep(chance.random() * pause_s)
    while time.perf_counter() < until:
        name = chance.choices(names, shares)[0]
        start = time.perf_counter()
        try:
            is_right = await _asked(client, mix[name].next())
        except httpx.HTTPError:
            is_right = False
        if is_right:
            found[name].ms.append(1000 * (time.perf_counter() - start))
        else:
            found[name].errors += 1
        await asyncio.sleep(chance.expovariate(1 / pause_s) if pause_s else 0)


async def _asked(client: httpx.AsyncClient, ask: Ask) -> bool:
    """Send a request and read its answer as it comes, packed; return whether it is right."""
    headers = {"Accept-Encoding": "gzip"}
    async with client.stream(ask.method, ask.path, json=ask.body, headers=headers) as answer:
        size = 0
        async for piece in answer.aiter_raw():
            size += len(piece)
    return answer.status_code == 200 and size >= ask.least


def warm(address: str, mix: Mapping[str, Kind], processes: int) -> None:
    """Ask for what was asked before, often enough that each process of the server has it."""
    with httpx.Client(base_url=address, timeout=TIMEOUT_S, trust_env=False) as client:
        for name in ("document", "page asked before"):
            for _ in range(len(PAGES) * processes * 4 if name in mix else 0):
                ask = mix[name].next()
                client.request(ask.method, ask.path, json=ask.body, headers={"Connection": "close"})


def streamlit_under_load(python: Path, address: str, users: int, seconds: float, pause_s: float) -> Times:
    """Return the times of Streamlit's script, each user in a session of its own over its own protocol."""
    script = Path(__file__).parent / "peers" / "streamlit_users.py"
    command = [str(python), str(script), address, str(users), str(seconds), str(pause_s)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Times(**json.loads(done.stdout))

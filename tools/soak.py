"""A server under readers, SQL users, builds and publishers that do not answer, all at once, for as long as is asked.

    python -m tools.soak [--minutes 10] [--users 50] [--sql 5] [--out soak.md]

Readers pause a second on the mean between two requests, SQL users two. Builds follow one another and each is published.
A fetch of every source runs beside them; on a machine without a network it meets faults alone. Exit code 1 if an answer
was wrong, a build failed, or memory, open files or disk grew by more than a tenth from the middle third to the last.
"""

import argparse
import copy
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from orchestration.run import build
from tools import bench_load as load
from tools.bench_browser import browsing, callback_of
from tools.bench_load import Times
from tools.bench_page import PROCESSES
from tools.markdown import table
from tools.serving import serving
from warehouse.settings import Settings

EVERY_S = 5.0
GROWTH = 1.1
BUSY = "are all this server takes"
QUERY = """SELECT month, tension_index + {number} AS shifted FROM out_pair__monthly_tension
WHERE pair_id = 'MEX_USA' AND view = 'latest' ORDER BY month"""


@dataclass
class Watched:
    """What was seen from time to time: megabytes of memory, open files, megabytes of disk; and how builds and fetches ended."""

    memory: list[float] = field(default_factory=list)
    files: list[float] = field(default_factory=list)
    disk: list[float] = field(default_factory=list)
    builds: list[int] = field(default_factory=list)
    fetches: list[int] = field(default_factory=list)
    busy: int = 0


def main() -> int:
    """Soak, print and write what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--users", type=int, default=50, help="readers of pages")
    parser.add_argument("--sql", type=int, default=5, help="users who run their own queries")
    parser.add_argument("--out", type=Path, help="file to write as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings(home=Path(temporary))
        if build(settings):
            return 1
        with serving(settings.home) as address:
            with browsing() as browser:
                body = callback_of(browser, f"{address}/index?month=2024-06")
            mix = load.our_mix(body)
            load.warm(address, mix, PROCESSES)
            times, asked, watched = _soak(
                settings, address, body, mix, options.minutes * 60, options.users, options.sql
            )
    text, is_right = _told(times, asked, watched, options)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")
    return int(not is_right)


def _soak(
    settings: Settings,
    address: str,
    body: load.Body,
    mix: Mapping[str, load.Kind],
    seconds: float,
    users: int,
    sql: int,
) -> tuple[dict[str, Times], Times, Watched]:
    until, watched, asked = time.monotonic() + seconds, Watched(), Times()
    with ThreadPoolExecutor(sql + 4) as pool:
        readers = pool.submit(load.under_load, address, mix, users, seconds, 1.0)
        others = [
            pool.submit(_watch, settings, address, until, watched),
            pool.submit(_again, settings, ["build", "--force"], until, watched.builds),
            pool.submit(_again, settings, ["fetch"], until, watched.fetches),
            *(pool.submit(_ask, address, body, until, asked, watched, random.Random(one)) for one in range(sql)),
        ]
        for other in others:
            other.result()
        return readers.result(), asked, watched


def _again(settings: Settings, words: Sequence[str], until: float, ended: list[int]) -> None:
    while time.monotonic() < until:
        environment = {**os.environ, "DYADWATCH_HOME": str(settings.home)}
        command = [sys.executable, "-m", "orchestration.cli", *words]
        left = max(1.0, until - time.monotonic())
        try:
            done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=left)
        except subprocess.TimeoutExpired:  # what is under way at the end does not count
            return
        ended.append(done.returncode)


def _ask(address: str, body: load.Body, until: float, found: Times, watched: Watched, chance: random.Random) -> None:
    """Run queries that nobody ran before, on the SQL page."""
    with httpx.Client(base_url=address, timeout=load.TIMEOUT_S, trust_env=False) as client:
        while time.monotonic() < until:
            asked = copy.deepcopy(dict(body))
            query = httpx.QueryParams(q=QUERY.format(number=chance.randrange(10**9)))
            for item in asked["inputs"]:
                item["value"] = "/sql" if item["property"] == "pathname" else f"?{query}"
            start = time.perf_counter()
            try:
                answer = client.post("/_dash-update-component", json=asked)
            except httpx.HTTPError:
                found.errors += 1
                continue
            if BUSY in answer.text or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                watched.busy += 1
            elif answer.status_code == httpx.codes.OK and "shifted" in answer.text and "310" in answer.text:
                found.ms.append(1000 * (time.perf_counter() - start))
            else:
                found.errors += 1
            time.sleep(chance.expovariate(0.5))


def _watch(settings: Settings, address: str, until: float, watched: Watched) -> None:
    """Note memory and open files of the server's processes, and the size of the home."""
    port = address.rpartition(":")[2]
    parent = next(
        int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if _has(path, f"DYADWATCH_PORT={port}")
    )
    while time.monotonic() < until:
        family = _family(parent)
        watched.memory.append(sum(_memory(process) for process in family))
        watched.files.append(sum(_open(process) for process in family))
        watched.disk.append(sum(_size(path) for path in settings.home.rglob("*")) / 2**20)
        threading.Event().wait(EVERY_S)


def _has(path: Path, text: str) -> bool:
    try:
        return text.encode() in path.read_bytes().split(b"\0")
    except OSError:
        return False


def _family(parent: int) -> list[int]:
    """Return a process with its children and theirs."""
    children = [int(one) for path in Path(f"/proc/{parent}/task").glob("*/children") for one in _read(path).split()]
    return [parent, *(one for child in children for one in _family(child))]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _memory(process: int) -> float:
    """Return a process's own megabytes: shared pages count in the parts that are its own."""
    lines = [line.split() for line in _read(Path(f"/proc/{process}/smaps_rollup")).splitlines()]
    return sum(int(line[1]) for line in lines if line[0] == "Pss:") / 1024


def _open(process: int) -> int:
    try:
        return len(list(Path(f"/proc/{process}/fd").iterdir()))
    except OSError:
        return 0


def _size(path: Path) -> int:
    try:
        return 0 if path.is_symlink() else path.stat().st_size
    except OSError:
        return 0


def _told(times: Mapping[str, Times], asked: Times, watched: Watched, options: argparse.Namespace) -> tuple[str, bool]:
    rows = [
        ["pages, all requests", *sum(times.values(), Times()).told()],
        *([kind, *one.told()] for kind, one in times.items()),
        ["SQL page, own query", *asked.told()],
    ]
    grown = {
        name: [statistics.median(part) for part in _thirds(values)]
        for name, values in (("memory, MB", watched.memory), ("open files", watched.files), ("disk, MB", watched.disk))
    }
    errors = sum(one.errors for one in times.values()) + asked.errors
    failed = sum(code != 0 for code in watched.builds)
    is_right = not errors and not failed and all(last <= GROWTH * middle for _, middle, last in grown.values())
    lines = [
        f"# {options.minutes:g} minutes of {options.users} readers and {options.sql} SQL users during builds",
        "",
        f"{os.cpu_count()} cores for the server, its users, builds and fetches together. {len(watched.builds)} builds were "
        f"made and published one after another, {failed} failed; {len(watched.fetches)} fetches of all sources ran beside "
        f"them. {watched.busy} queries were told to come again, as two at once are all that the server takes.",
        "",
        table(["request", "right", "p50, ms", "p95", "p99", "errors"], rows),
        "",
        "Medians of each third of the time:",
        "",
        table(
            ["", "first", "middle", "last"],
            [[name, *(f"{one:,.0f}" for one in parts)] for name, parts in grown.items()],
        ),
    ]
    return "\n".join(lines), is_right


def _thirds(values: Sequence[float]) -> list[Sequence[float]]:
    third = max(1, len(values) // 3)
    return [values[:third], values[third : 2 * third] or values, values[2 * third :] or values]


if __name__ == "__main__":
    sys.exit(main())

"""What a reader of the dashboard waits for, beside a plain Dash page and a Streamlit page of the same chart, in one run.

    python -m tools.bench_page [--home .dyadwatch] [--times 9] [--seconds 15] [--out bench_page.md]

First load, from an input to the painted chart, and the server's times under 1, 10 and 50 users, as a Markdown document.
Ratios are what to compare; milliseconds depend on the machine and on what else it does. The peers are in tools/peers;
Streamlit is installed into a temporary environment. Exit code 1 if an aim is missed.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import orjson
import polars as pl
from rich.console import Console

from dash_app.app import create_app, written
from dash_app.pages import PAGES
from orchestration.run import build
from tools import bench_browser as browser
from tools import bench_load as load
from tools.bench_browser import Control, Load, Waits
from tools.bench_load import Times
from tools.markdown import table
from tools.serving import free_port, running, serving
from warehouse.query import Warehouse
from warehouse.settings import Settings

LOADS = 5
USERS = (1, 10, 50)
PAUSES_S = (0.0, 1.0)
"""Mean pause of a user between two requests; at 0 each asks again as soon as it has its answer."""
PROCESSES, THREADS = Settings.server_processes, Settings.server_threads
LARGEST_LOAD_KB, LONGEST_WAIT_MS, LONGEST_ANSWER_MS = 1500, 150, 300
INDEX, OWN = "/index?month={month}", ".controls.own"
CONTROLS = [
    Control("period, all to 1 year (Index)", INDEX, ".controls.common a[href*='range=1y']", "#tension"),
    Control("grain, monthly to daily (Index)", INDEX, f"{OWN} a[href*='grain=daily']", "#tension"),
    Control("cooperation line on (Index)", INDEX, f"{OWN} a[href*='cooperation=on']", "#tension"),
    Control("weight of trade (Index, what if)", INDEX, "[id*='w_trade'].mantine-Slider-root", "#what_if", 0.75),
    Control("half-life of deeds (Index, what if)", INDEX, "[id*='half_acts'].mantine-Slider-root", "#what_if", 0.8),
    Control("next month (Overview)", "/?month={month}", "#month a:has-text('›')", "#tension"),
    Control(
        "statements of Mexico only (Statements)",
        "/statements?month={month}",
        ".controls a[href*='side=MEX']",
        "#monthly",
    ),
]
TOGGLES = (("1 year", "all"), ("daily", "monthly"), ("Cooperation", "Cooperation"))
"""The peers' toggles, there and back, in the order of our controls."""
MONTHS = [f"{year}-{month:02d}" for year in (2022, 2023, 2025) for month in range(1, 12, 2)]
STREAMLIT = ("streamlit", "duckdb", "polars", "plotly", "pyarrow", "websockets")
OTHER = {"plain Dash": "#tension", "Streamlit": ".stPlotlyChart"}


@dataclass(frozen=True)
class Served:
    """Addresses of the three servers, and Streamlit's own Python."""

    ours: str
    dash: str
    streamlit: str
    python: Path

    @property
    def peers(self) -> dict[str, str]:
        """The peers' addresses by name."""
        return {"plain Dash": self.dash, "Streamlit": self.streamlit}


def main() -> int:
    """Measure, print, and return 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--home", type=Path, help="home with a published build; one of the bundled figures if omitted")
    parser.add_argument("--times", type=int, default=9, help="repetitions of each interaction")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each load")
    parser.add_argument("--out", type=Path, help="file to write as well")
    options, note = parser.parse_args(), Console(stderr=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = Settings(home=options.home or folder / "home")
        if options.home is None and build(settings):
            return 1
        served = stack.enter_context(_serving(settings, folder))
        note.print(f"served at {served.ours}, {served.dash}, {served.streamlit}")
        loads, waits, others, callbacks = _in_browser(served, options.times, note)
        under = _under_load(served, callbacks, options.seconds, note)
        costs = _costs(settings)
    aims = _aims(loads, waits, others, under)
    text = "\n\n".join([_head(), _loads(loads), _waits(waits, others), costs, _loaded(under), _told(aims)])
    print(text)
    if options.out:
        options.out.write_text(text + "\n")
    return int(not all(is_met for *_, is_met in aims))


@contextmanager
def _serving(settings: Settings, folder: Path) -> Iterator[Served]:
    """Serve the page and its peers on free ports."""
    python = folder / "streamlit" / "bin" / "python"
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])) or "uv"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(python.parent.parent)], check=True)
    subprocess.run([uv, "pip", "install", "-q", "-p", str(python), *STREAMLIT], check=True)
    environment = {"PEER_FILE": str(settings.link.resolve())}
    ports = [free_port() for _ in range(2)]
    granian = f"-m granian --interface wsgi --workers {PROCESSES} --blocking-threads {THREADS} --no-ws --no-log"
    more = f"--backpressure {THREADS * 16} --port {ports[0]} tools.peers.plain_dash:server"
    streamlit = (
        "-m streamlit run tools/peers/plain_streamlit.py --server.headless true --browser.gatherUsageStats false"
    )
    where = f"--server.address 127.0.0.1 --server.port {ports[1]}"
    with (
        serving(settings.home) as ours,
        running([sys.executable, *granian.split(), *more.split()], ports[0], environment) as dash,
        running([str(python), *streamlit.split(), *where.split()], ports[1], environment) as theirs,
    ):
        yield Served(ours, dash, theirs, python)


Waited = dict[str, tuple[Waits, Waits]]
Others = dict[str, list[Waits]]
Under = dict[tuple[str, int, float], dict[str, Times]]
"""Times by server, users and pause, of each kind of request."""
Aim = tuple[str, str, str, bool]
"""What, the aim, what was found, and whether it is met."""


def _in_browser(
    served: Served, times: int, note: Console
) -> tuple[dict[str, Load], Waited, Others, dict[str, load.Body]]:
    with browser.browsing() as chromium:
        callbacks = {
            "ours": browser.callback_of(chromium, f"{served.ours}/index?month=2024-06"),
            "plain Dash": browser.callback_of(chromium, served.dash),
        }
        places = {
            "ours, Overview": f"{served.ours}/",
            "ours, that chart alone": f"{served.ours}/embed?chart=index.tension",
            **served.peers,
        }
        loads, waits, others = {}, {}, {}
        for name, address in places.items():
            note.print(f"loading {name}")
            loads[name] = browser.first_loads(chromium, address, LOADS)
        for control in CONTROLS:
            note.print(f"pressing {control.name}")
            waits[control.name] = browser.own_waits(chromium, served.ours, control, MONTHS[:times])
        for name, address in served.peers.items():
            note.print(f"pressing toggles of {name}")
            others[name] = [browser.peer_waits(chromium, address, *toggle, OTHER[name], times) for toggle in TOGGLES]
    return loads, waits, others, callbacks


def _under_load(served: Served, callbacks: Mapping[str, load.Body], seconds: float, note: Console) -> Under:
    found: Under = {}
    mixes = {
        "ours": (served.ours, load.our_mix(callbacks["ours"])),
        "plain Dash": (served.dash, load.dash_mix(callbacks["plain Dash"])),
    }
    for name, (address, mix) in mixes.items():
        load.warm(address, mix, PROCESSES)
        for pause_s in PAUSES_S:
            for users in USERS:
                note.print(f"{users} users of {name}, pause {pause_s:g} s")
                found[name, users, pause_s] = load.under_load(address, mix, users, seconds, pause_s)
    for pause_s in PAUSES_S:
        for users in USERS:
            note.print(f"{users} users of Streamlit, pause {pause_s:g} s")
            times = load.streamlit_under_load(served.python, served.streamlit, users, seconds, pause_s)
            found["Streamlit", users, pause_s] = {"run of the script": times}
    return found


def _costs(settings: Settings) -> str:
    """Return what each page costs the server, as the first of a build and in other months."""
    reached: list[str] = []
    ask = Warehouse.frame

    def noted(self: Warehouse, sql: str, **params: object) -> pl.DataFrame:
        reached.append(sql)
        return ask(self, sql, **params)

    rows = []
    with patch.object(Warehouse, "frame", noted):
        for page in PAGES:
            dashboard, found = create_app(Warehouse(settings.link)), []
            for month in MONTHS:
                reached.clear()
                start = time.perf_counter()
                made = dashboard.page(page.key, {"month": month})
                middle = time.perf_counter()
                size = len(orjson.dumps(written(made)))
                found.append((len(reached), 1e3 * (middle - start), 1e3 * (time.perf_counter() - middle), size / 1e3))
            first, *others = found
            later = [statistics.median(one) for one in zip(*others, strict=True)]
            rows.append([page.key, *(f"{value:,.0f}" for value in (*first[:2], *later))])
    heads = ["page", "queries, first", "ms", "queries, another month", "ms", "to write, ms", "kB before packing"]
    told = "The first page of a build, then the median of other months, for which the server keeps the build's answers."
    return f"## What a page costs the server\n\n{told}\n\n{table(heads, rows)}"


def _all(kinds: Mapping[str, Times]) -> Times:
    return sum(kinds.values(), Times())


def _aims(loads: Mapping[str, Load], waits: Waited, others: Others, under: Under) -> list[Aim]:
    ours = loads["ours, Overview"]
    size = statistics.median(ours.kilobytes)
    first = statistics.median(ours.first_chart_ms)
    heaviest = max(waits, key=lambda name: statistics.median(waits[name][0].drawn))
    wait = statistics.median(waits[heaviest][0].drawn)
    most = max(USERS)
    aims: list[Aim] = [
        ("first load, packed", f"≤ {LARGEST_LOAD_KB / 1000:.1f} MB", f"{size / 1000:.2f} MB", size <= LARGEST_LOAD_KB),
        (
            f"heaviest interaction at one user: {heaviest}",
            f"≤ {LONGEST_WAIT_MS} ms",
            f"{wait:.0f} ms",
            wait <= LONGEST_WAIT_MS,
        ),
    ]
    for pause_s, words in zip(PAUSES_S, ("without pause", f"{PAUSES_S[1]:g} s between requests"), strict=True):
        for kind, times in {"all requests": _all(under["ours", most, pause_s]), **under["ours", most, pause_s]}.items():
            if kind in ("all requests", "page asked before", "page made anew"):
                what, p95 = f"p95 at {most} users, {words}: {kind}", _p95(times)
                aims.append((what, f"≤ {LONGEST_ANSWER_MS} ms", f"{p95:.0f} ms", p95 <= LONGEST_ANSWER_MS))
    for peer in OTHER:
        pairs = {
            "bytes of the first load": (size, statistics.median(loads[peer].kilobytes), "kB"),
            "time to the first chart": (first, statistics.median(loads[peer].first_chart_ms), "ms"),
            f"p95 at {most} users without pause": (
                _p95(_all(under["ours", most, 0.0])),
                _p95(_all(under[peer, most, 0.0])),
                "ms",
            ),
        }
        for control, theirs in zip(CONTROLS, others[peer], strict=False):
            mine = statistics.median(waits[control.name][0].drawn)
            pairs[control.name] = (mine, statistics.median(theirs.drawn), "ms")
        for what, (mine, theirs_, unit) in pairs.items():
            found = f"{mine:,.0f} {unit}, ratio {theirs_ / mine:.1f}"
            aims.append((f"ahead of {peer}: {what}", f"< {theirs_:,.0f} {unit}", found, mine < theirs_ < float("inf")))
    errors = sum(times.errors for (server, *_), kinds in under.items() if server == "ours" for times in kinds.values())
    return [*aims, ("errors of ours under load", "0", str(errors), errors == 0)]


def _p95(times: Times) -> float:
    return statistics.quantiles(times.ms, n=20)[-1] if len(times.ms) > 1 else float("inf")


def _head() -> str:
    return (
        f"# What a reader waits for\n\n{platform.system()} {platform.machine()}, {os.cpu_count()} cores for servers, browser "
        f"and users together; load average at the end {os.getloadavg()[0]:.1f}. Each server reads the same build; ours and "
        f"plain Dash run under granian with {PROCESSES} processes of {THREADS} threads, Streamlit in the one process that "
        "it has."
    )


def _loads(loads: Mapping[str, Load]) -> str:
    rows = [
        [
            name,
            f"{statistics.median(one.requests):.0f}",
            f"{statistics.median(one.kilobytes):,.0f}",
            f"{statistics.median(one.first_chart_ms):,.0f}",
            f"{max(one.first_chart_ms):,.0f}",
        ]
        for name, one in loads.items()
    ]
    heads = ["first load, nothing kept", "requests", "kB on the wire", "first chart, ms", "worst"]
    return f"## First load\n\nMedian of {LOADS}.\n\n{table(heads, rows)}"


def _waits(waits: Waited, others: Others) -> str:
    blank = Waits()
    rows = []
    for place, (name, (made, kept)) in enumerate(waits.items()):
        theirs = [(others[peer][place] if place < len(TOGGLES) else blank).told for peer in OTHER]
        rows.append([name, made.told, kept.told, f"{statistics.median(kept.whole):.0f}", *theirs])
    heads = ["press to painted chart, ms", "ours, made anew", "ours, asked before", "whole page", *OTHER]
    told = (
        "Median (worst), from the release of the pointer to the frame that shows the changed chart: on addresses that "
        "nobody asked for before, and on one that was; then the median to the last change of the whole page."
    )
    return f"## From an input to the paint\n\n{told}\n\n{table(heads, rows)}"


def _loaded(under: Under) -> str:
    rows = []
    for (server, users, pause_s), kinds in under.items():
        every = {"all": _all(kinds), **kinds} if len(kinds) > 1 else kinds
        rows += [[server, str(users), f"{pause_s:g}", kind, *times.told()] for kind, times in every.items()]
    heads = ["server", "users", "pause, s", "request", "right", "p50, ms", "p95", "p99", "errors"]
    told = (
        "Of ten requests of ours, one is a document, four a page asked before, two a page in a state nobody asked for, one a "
        "CSV, two the API. Of five of plain Dash, one is a document. Streamlit's users toggle a checkbox over its own "
        "protocol, each in a session of its own; a run counts until the script has finished. Clients run on the same cores "
        "and take their share of them. Plain Dash and Streamlit answer with one chart, ours with the whole page."
    )
    return f"## Under load\n\n{told}\n\n{table(heads, rows)}"


def _told(aims: Sequence[Aim]) -> str:
    rows = [[what, aim, found, "met" if is_met else "**missed**"] for what, aim, found, is_met in aims]
    return f"## Aims\n\n{table(['what', 'aim', 'found', ''], rows)}"


if __name__ == "__main__":
    sys.exit(main())

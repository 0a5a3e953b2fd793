"""GDELT ingest beside its floor and the `gdelt` package: files on disk to daily counts, in one run.

    python -m tools.bench_ingest [--files 32] [--repeats 3] [--sample FILE]

The floor inflates the archives alone, by isal, as ours does. Each file holds as many rows as a busy day's three
hours (40 times a real quarter-hour, each row with an id and a time of adding of its own). isal and gdelt run in an
environment of their own, by uv. Ratios are what to compare; seconds depend on the machine.
"""

import argparse
import io
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.landing import land
from transforms.sources.gdelt import SOURCE
from warehouse.settings import Settings

SAMPLE = Path(__file__).parents[2] / "shared" / "data" / "economy" / "gdelt" / "20180326044500.export.CSV"
COPIES = 40
HEADS = ("files", "rows", "what", "s", "of the floor", "peak, GB")
FIRST = datetime(2018, 3, 26, tzinfo=UTC)
PEAK = """
def peak():  # getrusage would count its parent's too
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 2**20
"""
OURS = """
import sys, time, json
from pathlib import Path
from orchestration.events import ingest_events
from warehouse.settings import Settings
settings, start = Settings(home=Path(sys.argv[1])), time.perf_counter()
frame = ingest_events(settings).frame
seconds = time.perf_counter() - start
print(json.dumps([seconds, peak(), int(frame["events"].sum())]))
"""
FLOOR = """
import io, sys, time, json, zipfile
from pathlib import Path
from isal import isal_zlib
payloads = [path.read_bytes() for path in sorted(Path(sys.argv[1]).glob("**/*.zip"))]
start, size = time.perf_counter(), 0
for payload in payloads:
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        [entry] = archive.infolist()
    head = entry.header_offset + 30 + len(entry.filename)
    size += len(isal_zlib.decompressobj(-15).decompress(payload[head : head + entry.compress_size]))
print(json.dumps([time.perf_counter() - start, peak(), size]))
"""
PEER = """
import sys, time, json
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
import pandas as pd
found = spec_from_file_location("parallel", Path(find_spec("gdelt").origin).with_name("parallel.py"))
parallel = module_from_spec(found)  # without the package around it, which asks the network as it is imported
found.loader.exec_module(parallel)
parallel.requests.get = lambda url, **_: SimpleNamespace(status_code=200, content=Path(url).read_bytes())
start = time.perf_counter()
rows = pd.concat([parallel._mp_worker(str(path)) for path in sorted(Path(sys.argv[1]).glob("**/*.zip"))])
rows = rows[rows[7].notna() & rows[17].notna() & (rows[7] != rows[17])]
counts = rows.groupby([rows[59] // 10**6, 7, 17, 28, 29]).size()
print(json.dumps([time.perf_counter() - start, peak(), len(counts)]))
"""
"""The package's own reader of a file, given the bytes from the disk in place of its download."""


def main() -> int:
    """Print the table of times."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each; the median is told")
    parser.add_argument("--sample", type=Path, default=SAMPLE, help="a quarter-hour of GDELT 2.0, 61 columns")
    options = parser.parse_args()
    table = Table(*HEADS)
    for row in bench(options.sample, options.files, options.repeats):
        table.add_row(*row)
    Console(width=120).print(table)
    return 0


def bench(sample: Path, files: int, repeats: int) -> list[tuple[str, ...]]:
    """Return files, rows, what, seconds, ratio to the floor and peak memory, for a quarter of the files and for all."""
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        for number in (files // 4, files):
            home = Path(temporary) / str(number)
            rows = _landed(Settings(home=home), sample, number)
            floor: list[list[float]] = []
            ours: list[list[float]] = []
            again: list[list[float]] = []
            peer: list[list[float]] = []
            for _ in range(repeats):
                floor.append(_run([*_with("isal"), "-c", PEAK + FLOOR], home))
                shutil.rmtree(home / "events", ignore_errors=True)
                ours.append(_run([sys.executable, "-c", PEAK + OURS], home))
                again.append(_run([sys.executable, "-c", PEAK + OURS], home))
                peer.append(
                    _run([*_with("gdelt", "pandas<3", "setuptools<81"), "-W", "ignore", "-c", PEAK + PEER], home)
                )
            least = statistics.median(run[0] for run in floor)
            for what, runs in (
                ("floor: inflating alone, isal", floor),
                ("ours: to Parquet by day and daily counts", ours),
                ("ours, all files seen before", again),
                ("gdelt package, then pandas groupby", peer),
            ):
                seconds, peak = (statistics.median(run[place] for run in runs) for place in (0, 1))
                found.append(
                    (str(number), f"{rows:,}", what, f"{seconds:.2f}", f"{seconds / least:.2f}", f"{peak:.2f}")
                )
    return found


def _landed(settings: Settings, sample: Path, files: int) -> int:
    """Land archives of the sample's rows; return how many rows."""
    lines = [line.split(b"\t") for line in sample.read_bytes().splitlines()]
    number = 10**9
    for place in range(files):
        at = FIRST + timedelta(hours=3 * place)
        stamp, rows = at.strftime("%Y%m%d%H%M%S").encode(), []
        for copy in range(COPIES):
            for line in lines:
                number += 1
                url = line[60] + b"?%d" % (place * COPIES + copy)
                rows.append(b"\t".join([b"%d" % number, stamp[:8], *line[2:59], stamp, url]))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{stamp.decode()}.export.CSV", b"\n".join(rows) + b"\n")
        land(settings, SOURCE, f"{stamp.decode()}.export.CSV.zip", packed.getvalue(), at, origin="bench")
    return number - 10**9


def _with(*packages: str) -> list[str]:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    return [uv, "run", "-q", "--no-project", "-p", sys.executable, *(f"--with={one}" for one in packages), "python"]


def _run(command: Sequence[str], home: Path) -> list[float]:
    done = subprocess.run([*command, str(home)], check=True, capture_output=True, text=True)
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    sys.exit(main())

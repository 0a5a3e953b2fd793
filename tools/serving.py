"""A server on a free port for as long as it is needed: the dashboard as `dyadwatch serve` runs it, or any other."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
PATIENCE_S = 60.0
"""Seconds until a server must answer; the machine may be busy with other things."""


def free_port() -> int:
    """Return a port that nothing listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def serving(home: Path, *, log: int | IO[str] = subprocess.DEVNULL, **settings: object) -> Iterator[str]:
    """Serve a home with further settings, each named as in `warehouse.settings`; give its address once it answers."""
    port = free_port()
    own = {"home": home.absolute(), "port": port, **settings}
    environment = {f"DYADWATCH_{name.upper()}": str(value) for name, value in own.items()}
    command = [sys.executable, "-P", "-m", "orchestration.cli", "serve"]
    with running(command, port, environment, log=log) as address:
        yield address


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    environment: Mapping[str, str],
    *,
    log: int | IO[str] = subprocess.DEVNULL,
    patience_s: float = PATIENCE_S,
) -> Iterator[str]:
    """Run a server of this checkout's code, give its address once it answers, and end it.

    Raises:
        TimeoutError: It does not answer.
    """
    whole = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    with subprocess.Popen(command, env=whole, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=log) as process:
        try:
            _await(address := f"http://127.0.0.1:{port}", patience_s)
            yield address
        finally:
            process.terminate()


def _await(address: str, patience_s: float) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            opener.open(address).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"{address} does not answer")

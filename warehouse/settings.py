"""Settings, read once from the environment; nothing else in the project reads it."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from warehouse.errors import CatalogError

PREFIX = "DYADWATCH_"
"""Every setting is an environment variable: this prefix and the field's name in capitals."""
TRUTHS = {"true": True, "false": False}
"""What a setting of two values may say, in capitals or not."""


@dataclass(frozen=True)
class Settings:
    """All settings with their defaults. Documented in docs/settings.md, which a test compares with this class."""

    home: Path = Path(".dyadwatch")
    """Directory of raw snapshots, the writer's file and published builds."""
    host: str = "127.0.0.1"
    """Address the dashboard listens on; loopback unless a proxy with authentication stands in front."""
    port: int = 8050
    """Port of the dashboard."""
    builds_kept: int = 10
    """Number of published builds kept for rollback and citation."""
    runs_kept_days: int = 90
    """Days that Dagster keeps a run; the latest of each job, partition and outcome stays in any case."""
    lock_timeout_s: float = 120.0
    """Seconds that a build waits for another build before it gives up."""
    sql_timeout_s: float = 30.0
    """Seconds after which an ad hoc query is interrupted."""
    sql_row_limit: int = 100_000
    """Rows at most that an ad hoc query returns; a longer result is cut and says so."""
    sql_memory_mb: int = 1024
    """Megabytes of memory that an ad hoc query may use."""
    sql_for_readers: bool = True
    """Whether readers of the page may run queries of their own; `dyadwatch sql` does so in any case."""
    server_processes: int = 2
    """Processes of the dashboard's server; one for each core that it may use."""
    server_threads: int = 16
    """Threads of each process of the dashboard's server."""
    follow: str = field(default="", repr=False)  # repr=False: an address may hold a password
    """Address of a store whose published builds this dashboard follows (`dyadwatch publish --to`), as fsspec writes it: a
    folder, `s3://bucket/folder`. The home is then the follower's: nothing is built in it."""
    follow_every_s: float = 30.0
    """Seconds between two looks at the store that is followed; up to ten times as many after failures."""
    publish_to: str = field(default="", repr=False)
    """Address of the store to which `dyadwatch publish` sends the current build, and Dagster each new one."""
    log_requests: bool = False
    """Whether the server logs each request as a line of JSON: method, path, status, milliseconds."""
    ca_file: str = ""
    """PEM file with certificates that `fetch` and alerts trust beside the usual ones; for a publisher's broken chain."""
    contact: str = ""
    """Web or mail address sent to publishers with each request, so that they can reach whoever runs this."""
    public_url: str = ""
    """Address at which readers find the page, put before the links of alerts and of the feed, as `https://example.org/`."""
    alerts_automatic: bool = False
    """Whether the job `notify` sends alerts by itself; otherwise each waits until a person approves it."""
    webhook_url: str = field(default="", repr=False)  # repr=False: its path is often a secret
    """Address to which alerts are posted as JSON: https, or a loopback address. It is never logged, only its host."""
    smtp_url: str = field(default="", repr=False)
    """Mail server for alerts: `smtps://user:password@host:465`, or `smtp://host:587`, which must offer STARTTLS unless it is
    a loopback address. A user's or password's special characters are percent-encoded."""
    alerts_from: str = ""
    """Sender's mail address of alerts."""
    alerts_to: str = ""
    """Mail addresses to which alerts go, apart by commas."""

    @property
    def raw(self) -> Path:
        """Directory of raw snapshots: payloads as fetched, beside their sidecars."""
        return self.home / "raw"

    @property
    def link(self) -> Path:
        """The link to the current published build: what every reader opens."""
        return self.home / "dyadwatch.duckdb"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the environment.

    Args:
        environ: Variables to read; the process environment when omitted.

    Raises:
        CatalogError: A variable cannot be read as its setting's type, or the name is not a setting.
    """
    source = os.environ if environ is None else environ
    known = {PREFIX + field.name.upper(): field for field in fields(Settings)}
    values: dict[str, Any] = {}  # Any: each setting has its own type
    for name, text in source.items():
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            raise CatalogError(f"Unknown setting {name}.\nHint: known are {', '.join(sorted(known))}.")
        setting = known[name]
        try:
            values[setting.name] = _read(text, type(setting.default))
        except ValueError as error:
            raise CatalogError(f"{name}={text!r} is not a {_called(type(setting.default))}.") from error
    return Settings(**values)


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine by its name alone; nothing is resolved."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read(text: str, kind: type[Any]) -> object:  # Any: as above
    """Return a text as a value of a setting's type; bool() would take every text but the empty one for true."""
    if issubclass(kind, Path):
        return Path(text)
    if kind is bool:
        if text.lower() not in TRUTHS:
            raise ValueError(text)
        return TRUTHS[text.lower()]
    return kind(text)


def _called(kind: type[Any]) -> str:  # Any: as above
    return " or ".join(TRUTHS) if kind is bool else kind.__name__

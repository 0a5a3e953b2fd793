"""The dashboard as servers start it: granian here, any WSGI server by `orchestration.web:application()`."""

import logging
import multiprocessing
import os
import threading

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from dash_app.serve import create_server
from orchestration.replay import replayed
from warehouse.pointer import follow, followed
from warehouse.settings import PREFIX, Settings, load_settings


def application() -> Flask:
    """Return the WSGI application of the environment's settings; where they say so it follows a store meanwhile."""
    settings = load_settings()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if settings.follow:
        threading.Thread(target=follow, args=(settings,), name="follow", daemon=True).start()
    return create_server(
        settings,
        lambda day, turn: replayed(settings, day, turn).link,
        follows=(lambda: followed(settings)) if settings.follow else None,
    )


def serve(settings: Settings) -> None:
    """Serve the dashboard until stopped, in processes that read the same settings from the environment."""
    # A process that is forked once Polars or DuckDB have run, as after a build, waits for ever for threads it has not got.
    multiprocessing.set_start_method("spawn", force=True)
    os.environ |= {f"{PREFIX}HOME": str(settings.home.absolute()), f"{PREFIX}FOLLOW": settings.follow}
    server = Granian(
        "orchestration.web:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.server_processes,
        blocking_threads=settings.server_threads,
        backpressure=settings.server_threads * 16,
        respawn_failed_workers=True,
        log_enabled=False,
    )
    server.serve()

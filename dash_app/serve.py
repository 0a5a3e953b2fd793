"""The WSGI application: the page, its downloads, the API, the feed of alerts, health routes, and headers for browsers."""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, g, jsonify, request
from flask_compress import Compress
from werkzeug.exceptions import HTTPException

from dash_app import api, downloads
from dash_app.adhoc import limits_of
from dash_app.app import Dashboard, create_app
from dash_app.feed import feed
from dash_app.library import Replay
from dash_app.turns import REPLAY
from dash_app.view import language_of
from dash_app.words import languages
from warehouse.errors import NoBuildError, QueryError, UnknownKeyError
from warehouse.query import Warehouse
from warehouse.settings import Settings, is_loopback

POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {frames}"
)
"""What a page may load: our own files only. Plotly and Mantine set styles in the document, hence inline styles."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
REQUESTS = logging.getLogger("dyadwatch.requests")
LARGEST_REQUEST = 256 * 1024
"""Bytes of a request's body at most; the page's own are a few kilobytes."""
LONGEST_ADDRESS = 32 * 1024
"""Characters of an address at most; a query in SQL of the longest that is taken has 24,000 when it is all signs."""
HOST = re.compile(r"(\[[0-9a-f:]+\]|[\w.-]+)(?::\d+)?", re.ASCII)
"""A Host header: name and port."""
Making = Callable[[date, AbstractContextManager[None]], Path]
"""Makes the build as known on a day, in its turn, and returns the link to it."""
LOG = logging.getLogger("dyadwatch.server")


def create_server(
    settings: Settings,
    make: Making | None = None,
    *,
    follows: Callable[[], Mapping[str, object] | None] | None = None,
) -> Flask:
    """Return the WSGI application.

    Args:
        settings: The home and the limits.
        make: Makes the build as known on a day; without it past days are refused.
        follows: On a node that follows a store tells how that goes, for the health route.
    """
    warehouse, limits = Warehouse(settings.link), limits_of(settings)

    replay: Replay | None = make and (lambda day: make(day, limits.turns.take(REPLAY)))
    dashboard = create_app(warehouse, replay, limits)
    server: Flask = dashboard.server
    server.config["COMPRESS_ALGORITHM"] = "gzip"  # brotli costs more time than it saves on the wire
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    Compress(server)
    _refuse(server, trusted_hosts(settings))
    _guard(server, dashboard)
    if settings.log_requests:
        _note_requests(server)
    server.register_blueprint(downloads.blueprint(dashboard))
    server.register_blueprint(api.blueprint(warehouse, settings, replay, limits.turns))

    @server.get("/livez")
    def livez() -> Response:
        """Say that the process answers."""
        return jsonify(status="ok")

    @server.get("/healthz")
    @server.get("/readyz")
    def healthz() -> tuple[Response, int]:
        """Say whether a build can be read, and which; 503 with the remedy where none can."""
        told = {"follows": follows()} if follows else {}
        try:
            build = warehouse.build()
        except (NoBuildError, QueryError) as error:
            return jsonify(status="no build", message=str(error), **told), 503
        last_day = build["ledger_end"].isoformat()
        return jsonify(status="ok", build=build["content_hash"], ledger_end=last_day, **told), 200

    @server.get("/alerts.atom")
    def alerts() -> Response:
        """Answer the newest alerts as Atom, of one pair where `?pair=` names it; 404 for a pair that is not there."""
        language = language_of(request.args.to_dict(), languages())
        try:
            document = feed(warehouse, request.args.get("pair"), base=settings.public_url or "/", language=language)
        except (NoBuildError, QueryError) as error:
            return Response(f"{error}\n", 503, mimetype="text/plain")
        except UnknownKeyError as error:
            return Response(f"{error}\n", 404, mimetype="text/plain")
        return Response(document, mimetype="application/atom+xml")

    return server


def trusted_hosts(settings: Settings) -> list[str]:
    """Return the names under which a server on loopback is asked, or none where it listens on a network.

    A page of another site can have its own name resolve to 127.0.0.1, and would read all answers as its own.
    """
    if not is_loopback(settings.host):
        return []
    names = {"localhost", "127.0.0.1", "[::1]", settings.host, urlsplit(settings.public_url).hostname}
    return sorted(name for name in names if name)


def _refuse(server: Flask, hosts: list[str]) -> None:
    """Refuse what no browser of a reader sends, before anything is read for it."""

    @server.before_request
    def refuse() -> Response | None:
        asked = HOST.fullmatch(request.host)
        if hosts and not (asked and asked[1] in hosts):
            hint = "the address that readers use is set as DYADWATCH_PUBLIC_URL."
            return downloads.told(f"This server is asked as {', '.join(hosts)}.\nHint: {hint}", 400)
        if len(request.full_path) > LONGEST_ADDRESS:
            return downloads.told(f"The address has more than {LONGEST_ADDRESS} characters.", 414)
        return None

    @server.errorhandler(Exception)
    def failed(error: Exception) -> Response | HTTPException:
        """Tell a defect by a number only. What Dash cannot take apart is the client's: our pages catch their own."""
        if isinstance(error, HTTPException):
            return error
        if request.path.startswith("/_dash-"):
            LOG.warning("refused %s: %s", json.dumps(request.path[:200]), json.dumps(repr(error)[:200]))
            return downloads.told("This is no request of the page.", 400)
        number = uuid.uuid4().hex[:8]
        LOG.exception("%s failed, report %s", json.dumps(request.path[:200]), number)
        return downloads.told(f"This failed, and that is a defect; it is logged as {number}.", 500)


def _guard(server: Flask, dashboard: Dashboard) -> None:
    """Add to each answer what it may load and where it may stand: one chart in any page, all else in none."""
    scripts: list[str] = []

    @server.after_request
    def guard(answer: Response) -> Response:
        answer.headers.update(HEADERS)
        if answer.mimetype == "text/html":
            if not scripts:  # the router's script is registered on the first request
                scripts.extend(dashboard.csp_hashes())
            frames = "*" if request.path == "/embed" else "'none'"
            answer.headers["Content-Security-Policy"] = POLICY.format(scripts=" ".join(scripts), frames=frames)
        if request.path.startswith("/assets/") and request.args.get("m"):
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"  # m is the file's time
        return answer


def _note_requests(server: Flask) -> None:
    """Log each request as one line of JSON."""

    @server.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @server.after_request
    def note(answer: Response) -> Response:
        took = round(1000 * (time.perf_counter() - g.began), 1)
        line = {"method": request.method, "path": request.path, "status": answer.status_code, "ms": took}
        REQUESTS.info(json.dumps(line))
        return answer

"""The WSGI application: the page, its downloads, the API, the feed of alerts, health routes, and headers for browsers."""

import json
import logging
import time
from collections.abc import Callable, Mapping

from flask import Flask, Response, g, jsonify, request
from flask_compress import Compress

from dash_app import api, downloads
from dash_app.adhoc import limits_of
from dash_app.app import Dashboard, create_app
from dash_app.feed import feed
from dash_app.library import Replay
from dash_app.view import language_of
from dash_app.words import languages
from warehouse.errors import NoBuildError, QueryError, UnknownKeyError
from warehouse.query import Warehouse
from warehouse.settings import Settings

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


def create_server(
    settings: Settings,
    replay: Replay | None = None,
    *,
    follows: Callable[[], Mapping[str, object] | None] | None = None,
) -> Flask:
    """Return the WSGI application.

    Args:
        settings: The home and the limits.
        replay: Makes the build as known on a day; without it past days are refused.
        follows: On a node that follows a store tells how that goes, for the health route.
    """
    warehouse = Warehouse(settings.link)
    dashboard = create_app(warehouse, replay, limits_of(settings))
    server: Flask = dashboard.server
    server.config["COMPRESS_ALGORITHM"] = "gzip"  # brotli costs more time than it saves on the wire
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    Compress(server)
    _guard(server, dashboard)
    if settings.log_requests:
        _note_requests(server)
    server.register_blueprint(downloads.blueprint(dashboard))
    server.register_blueprint(api.blueprint(warehouse, settings, replay))

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

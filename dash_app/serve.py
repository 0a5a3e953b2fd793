"""The server: waitress, gzip, a health route, the feed of alerts, the API."""

from flask import Flask, Response, jsonify, request
from flask_compress import Compress
from waitress import serve as waitress_serve  # type: ignore[import-untyped]

from dash_app import api
from dash_app.app import create_app
from dash_app.feed import feed
from dash_app.view import language_of
from dash_app.words import languages
from warehouse.errors import NoBuildError, QueryError, UnknownKeyError
from warehouse.query import Warehouse
from warehouse.settings import Settings


def create_server(settings: Settings) -> Flask:
    """Return the WSGI application."""
    warehouse = Warehouse(settings.link)
    server: Flask = create_app(warehouse).server
    server.config["COMPRESS_ALGORITHM"] = "gzip"
    Compress(server)
    server.register_blueprint(api.blueprint(warehouse, settings))

    @server.get("/healthz")
    def healthz() -> tuple[Response, int]:
        """Say whether a build can be read, and which; 503 with the remedy where none can."""
        try:
            build = warehouse.build()
        except (NoBuildError, QueryError) as error:
            return jsonify(status="no build", message=str(error)), 503
        return jsonify(status="ok", build=build["content_hash"], ledger_end=build["ledger_end"].isoformat()), 200

    @server.get("/alerts.atom")
    def alerts() -> Response:
        """Answer the newest alerts as Atom, of one pair where `?pair=` names it; 404 for a pair that is not there."""
        language = language_of(request.query_string.decode(errors="replace"), languages())
        try:
            document = feed(warehouse, request.args.get("pair"), base=settings.public_url or "/", language=language)
        except (NoBuildError, QueryError) as error:
            return Response(f"{error}\n", 503, mimetype="text/plain")
        except UnknownKeyError as error:
            return Response(f"{error}\n", 404, mimetype="text/plain")
        return Response(document, mimetype="application/atom+xml")

    return server


def serve(settings: Settings) -> None:
    """Serve the dashboard until stopped."""
    waitress_serve(create_server(settings), host=settings.host, port=settings.port, threads=settings.server_threads)

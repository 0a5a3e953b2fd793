"""The server: waitress, gzip, a health route."""

from flask import Flask, Response, jsonify
from flask_compress import Compress
from waitress import serve as waitress_serve  # type: ignore[import-untyped]

from dash_app.app import create_app
from warehouse.errors import NoBuildError, QueryError
from warehouse.query import Warehouse
from warehouse.settings import Settings


def create_server(settings: Settings) -> Flask:
    """Return the WSGI application."""
    warehouse = Warehouse(settings.link)
    server: Flask = create_app(warehouse).server
    server.config["COMPRESS_ALGORITHM"] = "gzip"
    Compress(server)

    @server.get("/healthz")
    def healthz() -> tuple[Response, int]:
        """Say whether a build can be read, and which; 503 with the remedy where none can."""
        try:
            build = warehouse.build()
        except (NoBuildError, QueryError) as error:
            return jsonify(status="no build", message=str(error)), 503
        return jsonify(status="ok", build=build["content_hash"], ledger_end=build["ledger_end"].isoformat()), 200

    return server


def serve(settings: Settings) -> None:
    """Serve the dashboard until stopped."""
    waitress_serve(create_server(settings), host=settings.host, port=settings.port, threads=settings.server_threads)

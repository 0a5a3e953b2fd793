"""The app, built on demand: importing it starts nothing."""

import dash

from dash_app import callbacks, layout, strings
from warehouse.query import Warehouse


def create_app(warehouse: Warehouse) -> dash.Dash:
    """Return the dashboard over a warehouse; each load of the page reads the current build."""
    app = dash.Dash("dash_app", title=strings.TITLE, serve_locally=True, update_title="")
    app.layout = lambda: layout.page(warehouse)
    app.validation_layout = layout.page(warehouse)  # type: ignore[assignment]
    callbacks.register(app, warehouse)
    return app

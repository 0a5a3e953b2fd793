"""Callbacks: read the input, ask the warehouse, call a figure function."""

from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlencode

import dash
from dash import Input, Output, html

from dash_app import ids, layout
from warehouse import pages
from warehouse.query import Warehouse


def month_of(search: str | None, latest: date) -> date:
    """Return the month that the address asks for, or the latest."""
    try:
        return date.fromisoformat(parse_qs((search or "").lstrip("?"))["month"][0][:7] + "-01")
    except (KeyError, ValueError):
        return latest


def register(app: dash.Dash, warehouse: Warehouse) -> None:
    """Attach the page's callbacks to the app."""

    @app.callback(Output(ids.LOCATION, "search"), Input(ids.TENSION_GRAPH, "clickData"), prevent_initial_call=True)
    def choose_month(click: dict[str, Any] | None) -> str:  # Any: Plotly's event
        """Write the clicked month into the address."""
        if not click:
            raise dash.exceptions.PreventUpdate
        return "?" + urlencode({"pair": layout.PAIR_ID, "month": str(click["points"][0]["x"])[:7]})

    @app.callback(
        Output(ids.MONTH_TITLE, "children"),
        Output(ids.CONTRIBUTIONS, "children"),
        Output(ids.EVIDENCE, "children"),
        Input(ids.LOCATION, "search"),
    )
    def show_month(search: str | None) -> tuple[str, html.Div, html.Div]:
        """Show what adds to the month in the address."""
        month = month_of(search, warehouse.build()["ledger_end"].replace(day=1))
        evidence = pages.month_evidence(warehouse, layout.PAIR_ID, month)
        title = f"What made up {month:%B %Y}"
        return title, layout.contribution_bars(evidence), layout.evidence_table(evidence)

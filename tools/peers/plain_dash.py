"""The index as a plain Dash page draws it: one callback."""

import plotly.graph_objects as go
from dash import Dash, Input, Output, dcc, html

from tools.peers.plain_chart import drawn

app = Dash("plain", compress=True)
server = app.server
app.layout = html.Div(
    [
        html.H1("United States–Mexico"),
        dcc.RadioItems(["all", "1 year"], "all", id="period", inline=True),
        dcc.RadioItems(["monthly", "daily"], "monthly", id="grain", inline=True),
        dcc.Checklist(["Cooperation"], [], id="lines"),
        dcc.Graph(id="tension"),
    ]
)


@app.callback(Output("tension", "figure"), Input("period", "value"), Input("grain", "value"), Input("lines", "value"))
def draw(period: str, grain: str, lines: list[str]) -> go.Figure:
    """Return the index with its band."""
    return drawn(period, grain, cooperation=bool(lines))

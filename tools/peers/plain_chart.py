"""The chart that both peers draw: one query, Plotly's own figure, nothing kept."""

import os

import duckdb
import plotly.graph_objects as go

MONTHLY = """SELECT month AS at, tension_index, lower_05, upper_95, cooperation_index FROM out_pair__monthly_tension
    WHERE pair_id = 'MEX_USA' AND view = 'latest' ORDER BY month"""
DAILY = """SELECT day AS at, tension_index FROM out_pair__daily_tension
    WHERE pair_id = 'MEX_USA' AND view = 'latest' ORDER BY day"""


def drawn(period: str, grain: str, *, cooperation: bool) -> go.Figure:
    """Return the index with its band."""
    with duckdb.connect(os.environ["PEER_FILE"], read_only=True) as connection:
        frame = connection.sql(MONTHLY if grain == "monthly" else DAILY).pl()
    if period == "1 year":
        frame = frame.tail(12 if grain == "monthly" else 365)
    figure = go.Figure()
    if grain == "monthly":
        figure.add_scatter(x=frame["at"], y=frame["lower_05"], line_width=0, showlegend=False)
        figure.add_scatter(x=frame["at"], y=frame["upper_95"], line_width=0, fill="tonexty", name="90 % band")
        if cooperation:
            figure.add_scatter(x=frame["at"], y=frame["cooperation_index"], name="Cooperation")
    figure.add_scatter(x=frame["at"], y=frame["tension_index"], name="Tension")
    return figure

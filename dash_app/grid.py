"""Long tables: sorted, filtered and copied in the browser, with the downloads that charts have."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid as dag
from dash import html

from dash_app.chart import actions
from dash_app.scene import Answer, Scene

THEME = (
    "themeQuartz.withParams({backgroundColor: 'var(--paper)', foregroundColor: 'var(--ink)', accentColor: 'var(--accent)',"
    " borderColor: 'var(--rule)', headerBackgroundColor: 'var(--tint)', fontFamily: 'inherit', fontSize: 13,"
    " spacing: 6, cellHorizontalPadding: 10, browserColorScheme: 'inherit'})"
)
"""The page's own colours, which follow its scheme."""

Column = Mapping[str, Any]  # Any: AG Grid's own options
"""A column as AG Grid takes it: field, headerName and the rest; `cellRenderer` may be "Link" (assets/grid.js)."""


def grid(
    scene: Scene,
    key: str,
    answer: Answer,
    columns: Sequence[Column],
    *,
    title: str,
    subtitle: str,
    source: str,
    height: int = 480,
) -> html.Section:
    """Return a table of many rows; its download has every row and column of the answer.

    Args:
        scene: The page's scene.
        key: Name of the table, of its own on the page.
        answer: The rows, and the SQL that gives them.
        columns: What is shown of them.
        title: What the table lists.
        subtitle: Definition and how many.
        source: Where the data come from, and to which day they reach.
        height: Height in pixels.
    """
    scene.answers[key] = answer
    fields = [column["field"] for column in columns]
    shown = answer.frame.select([name for name in answer.frame.columns if name in fields])
    table = dag.AgGrid(
        id={"type": "grid", "key": key},
        rowData=shown.to_dicts(),
        columnDefs=list(columns),
        defaultColDef={"sortable": True, "filter": True, "resizable": True, "wrapText": True, "autoHeight": True},
        dashGridOptions={
            "theme": {"function": THEME},
            "pagination": shown.height > 100,
            "paginationPageSize": 50,
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            # Arrows go from cell to cell, Tab out of the table: by Tab it would be hundreds of steps long.
            "tabToNextHeader": {"function": "false"},
            "tabToNextCell": {"function": "false"},
            "animateRows": False,
            "localeText": {
                name: scene.say(f"grid.{name}")
                for name in ("noRowsToShow", "page", "of", "to", "pageSizeSelectorLabel")
            },
        },
        style={"height": height},
        className="table",
    )
    foot = scene.say("chart.foot", source=source, build=scene.build["content_hash"][:8])
    return html.Section(
        [
            html.H3(title, className="title"),
            html.P(subtitle, className="sub"),
            table,
            html.P(foot, className="src"),
            actions(scene, key, has_picture=False),
        ],
        id=key,
        className="chart",
    )

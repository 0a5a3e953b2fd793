"""A chart as every page shows it: what is seen, its unit and definition, the figure, its source, what to do with it."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dash_app import parts
from dash_app.figures import Figure
from dash_app.scene import Answer, Scene

CONFIG: Any = {"displayModeBar": False, "responsive": True}  # Any: Plotly's own options


def chart(
    scene: Scene,
    key: str,
    figure: Figure,
    answer: Answer,
    *,
    title: str,
    subtitle: str,
    source: str,
    height: int = 320,
    picks: str = "",
    below: Sequence[Component | str | None] = (),
    heading: type[html.H2] | type[html.H3] = html.H3,
) -> html.Section:
    """Return a chart with its table, downloads and links; what it shows is noted in the scene under its key.

    Args:
        scene: The page's scene.
        key: Name of the chart, of its own on the page: part of addresses, so it stays.
        figure: Plotly's figure.
        answer: What the figure shows, a row a point, and the SQL that gives it.
        title: The finding or the question.
        subtitle: Unit, definition, period.
        source: Where the data come from, and to which day they reach.
        height: Height in pixels.
        picks: Parameter of the address that a click on a point sets to the point's month; none where empty.
        below: What stands under the chart, such as a list.
        heading: Level of the title.
    """
    scene.answers[key] = answer
    drawn = dcc.Graph(
        figure=figure,
        config=CONFIG,
        style={"height": height},
        id={"type": "pick" if picks else "graph", "key": picks or key, "chart": key},
        className="graph",
    )
    return html.Section(
        [
            heading(title, className="title"),
            html.P(subtitle, className="sub"),
            drawn,
            html.P(scene.say("chart.foot", source=source, build=scene.build["content_hash"][:8]), className="src"),
            actions(scene, key),
            *below,
        ],
        id=key,
        className="chart",
    )


def actions(scene: Scene, key: str, *, has_picture: bool = True) -> html.Div:
    """Return what can be done with a chart or table: picture, figures, SQL, embedding, citing, and the table itself."""
    say, address = scene.say, data_address(scene, key)
    name = page_key(scene)
    picture = [_button(say("chart.image"), "image", "")] if has_picture else []
    embed = scene.view.search(chart=f"{name}.{key}", **({"as_of": scene.view["as_of"]}))
    return html.Div(
        [
            html.Div(
                [
                    *picture,
                    html.A(say("chart.csv"), href=f"{address}.csv{scene.view.search()}", download=""),
                    _button(say("chart.sql"), "copy-sql", f"{address}.sql{scene.view.search()}"),
                    html.A(say("chart.embed"), href=f"/embed{embed}"),
                    _button(
                        say("chart.link"), "copy-link", scene.view.search(build=scene.build["build_id"]) + f"#{key}"
                    ),
                ],
                className="acts",
                role="group",
                **parts.aria(aria_label=say("chart.actions")),
            ),
            html.Details(
                [html.Summary(say("chart.table")), html.Div(className="scroll", tabIndex=0)],
                **parts.aria(data_src=f"{address}.html{scene.view.search()}"),
            ),
        ],
        className="foot",
    )


def data_address(scene: Scene, key: str) -> str:
    """Return the address of what a chart shows, before its kind and query."""
    return f"/data/{page_key(scene)}/{key}"


def page_key(scene: Scene) -> str:
    """Return the name of a scene's page in addresses."""
    return scene.view.path.strip("/") or "overview"


def _button(text: str, act: str, what: str) -> html.Button:
    return html.Button(text, type="button", **parts.aria(data_act=act, data_what=what))

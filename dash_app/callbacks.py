"""Callbacks: read the address, ask the warehouse, fill a part of the page."""

from datetime import UTC, date, datetime
from typing import Any

import dash
import polars as pl
from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component

from dash_app import evidence, figures, headline, ids, layout, parts, sections
from dash_app.scene import Scene, scene_of
from warehouse import pages
from warehouse.query import Warehouse

NOTABLE_POINTS = 1.0
"""Index points that an item must once have added to be marked under the index."""
EMPTY = pl.DataFrame(schema={"day": pl.Date})


def register(app: dash.Dash, warehouse: Warehouse) -> None:
    """Attach the page's callbacks to the app."""

    @app.callback(
        Output(ids.LOCATION, "search"),
        Input(ids.TENSION_GRAPH, "clickData"),
        State(ids.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def choose_month(click: dict[str, Any] | None, search: str | None) -> str:  # Any: Plotly's event
        """Write the clicked month into the address."""
        if not click:
            raise dash.exceptions.PreventUpdate
        clicked = date.fromisoformat(str(click["points"][0]["x"])[:10]).replace(day=1)
        return scene_of(warehouse, search).view.search(month=clicked)

    @app.callback(Output(ids.CONTROLS, "children"), Output(ids.NOTICE, "children"), Input(ids.LOCATION, "search"))
    def show_controls(search: str | None) -> tuple[Component, list[Component]]:
        """Show what is chosen, and what of the address cannot be."""
        scene = scene_of(warehouse, search)
        return layout.controls(scene), layout.notice(scene)

    @app.callback(
        Output(ids.INDEX_HEAD, "children"),
        Output(ids.TENSION_GRAPH, "figure"),
        Output(ids.INDEX_FOOT, "children"),
        Input(ids.LOCATION, "search"),
    )
    def show_index(search: str | None) -> tuple[list[Component], figures.Figure, list[Component]]:
        """Draw the index as the address asks for it."""
        scene = scene_of(warehouse, search)
        acts = pages.notable_acts(warehouse, scene.view.pair, scene.view.lang, least=NOTABLE_POINTS)
        figure = figures.tension_line(
            scene.say,
            scene.view,
            scene.members,
            readings=warehouse.monthly_tension(scene.view.pair, scene.span[0]),
            daily=pages.daily_tension(warehouse, scene.view.pair) if scene.view.grain == "daily" else EMPTY,
            acts=acts,
            real_time=pages.real_time(warehouse, scene.view.pair) if scene.view.real_time == "on" else None,
            regimes=(regimes := pages.regimes(warehouse, scene.view.pair)),
        )
        return layout.index_head(scene), figure, layout.index_foot(scene.say, acts, regimes, scene.foot)

    @app.callback(Output(ids.MONTH, "children"), Input(ids.LOCATION, "search"))
    def show_month(search: str | None) -> Component:
        """Show what made up the month in the address."""
        scene = scene_of(warehouse, search)
        chosen = (warehouse, scene.view.pair, scene.view.month, scene.view.lang)
        items, links = pages.month_items(*chosen), pages.linked_records(*chosen)
        return evidence.month_section(scene.say, scene.view, items, links, scene.span)

    @app.callback(
        Output(ids.HEADLINE, "children"),
        Output(ids.WHY, "children"),
        Output(ids.COMPARE, "children"),
        Output(ids.FAMILIES, "children"),
        Output(ids.DOUBT, "children"),
        Output(ids.FOOTER, "children"),
        Output(ids.SHOWN, "data"),
        Input(ids.LOCATION, "search"),
        State(ids.SHOWN, "data"),
    )
    def show_pair(search: str | None, shown: list[str] | None) -> tuple[Any, ...]:  # Any: components, or no update
        """Show what depends on pair, period, language and build; nothing is sent again while they stay."""
        scene, build = scene_of(warehouse, search), warehouse.build()
        key = [scene.view.pair, scene.view.range, scene.view.lang, build["build_id"]]
        if key == shown:
            return (no_update,) * 7
        today = datetime.now(UTC).date()
        scores = pages.pillar_scores(warehouse, scene.view.pair)
        return (
            _headline(warehouse, scene, today),
            sections.pillars(scene.say, scores, since=scene.since, foot=scene.foot),
            sections.compared(scene.say, pages.every_pair(warehouse), scene.titles, since=scene.since),
            _families(warehouse, scene),
            _doubts(warehouse, scene, today),
            scene.footer(build, build["ledger_end"]),
            key,
        )


def sentence(warehouse: Warehouse, scene: Scene) -> str:
    """Return the sentence that the data writes about a scene's pair."""
    readings = warehouse.monthly_tension(scene.view.pair, scene.span[0])
    scores = pages.pillar_scores(warehouse, scene.view.pair)
    return headline.headline(scene.say, scene.title, readings, scores, pages.standing(warehouse, scene.view.pair))


def _headline(warehouse: Warehouse, scene: Scene, today: date) -> list[Component | None]:
    readings = warehouse.monthly_tension(scene.view.pair, scene.span[0])
    text = html.P(parts.linked(sentence(warehouse, scene)), className="headline")
    return [text, headline.facts(scene.say, readings, scene.span[1], today)]


def _families(warehouse: Warehouse, scene: Scene) -> Component:
    say, pair, members, (first, last) = scene.say, scene.view.pair, scene.members, scene.span
    yearly, claims = pages.yearly_extraditions(warehouse, pair), pages.surrender_claims(warehouse, pair)
    points = pages.tariff_points(warehouse, pair, first)
    measures = pages.standing_measures(warehouse, pair, last, scene.view.lang)
    monthly, met = pages.monthly_stance(warehouse, pair), pages.monthly_encounters(warehouse, pair)
    dated = {"since": scene.since, "day": last}
    charts = [
        sections.extraditions(say, yearly, claims, members, scene.since),
        sections.tariffs(say, points, measures, members, **dated, foot=scene.foot),
        sections.stance(say, monthly, members, **dated, foot=scene.foot),
        *([sections.encounters(say, met, scene.since)] if met.height else []),
    ]
    return html.Div([html.H2(say("families")), html.Div(charts, className="grid")])


def _doubts(warehouse: Warehouse, scene: Scene, today: date) -> Component:
    gaps, rejected = pages.gaps(warehouse, scene.view.pair), pages.rejected_rows(warehouse)
    sources, outages = pages.source_freshness(warehouse), pages.lasting_outages(warehouse)
    return sections.doubts(scene.say, gaps, rejected, sources, outages, today)

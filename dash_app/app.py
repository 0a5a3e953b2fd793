"""The app, built on demand: importing it starts nothing. An address is answered by one page, made from one build."""

import json
import logging
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from html import escape

import dash
import flask
import orjson
from dash import ClientsideFunction, Input, Output, dcc, html
from dash.development.base_component import Component

from dash_app import headline, shell
from dash_app.adhoc import Limits
from dash_app.library import Library, Replay
from dash_app.markup import lean
from dash_app.pages import BY_KEY, PAGES, Page
from dash_app.scene import Scene, scene_of
from dash_app.view import COMMON, language_of
from dash_app.words import Words, languages, plain, texts
from warehouse.errors import DyadwatchError, NoBuildError
from warehouse.query import Warehouse

INDEX = """<!DOCTYPE html>
<html lang="{lang}">
<head>
{metas}
<title>{title}</title>
<link rel="alternate" type="application/atom+xml" title="{feed_title}" href="{feed}">
{favicon}
{css}
</head>
<body>
<noscript><p>{no_script}</p></noscript>
{app_entry}
{config}
{scripts}
{renderer}
</body>
</html>"""
PAGES_KEPT = 48
"""Pages kept ready; a page is made anew for each build, address and day."""
LOG = logging.getLogger("dyadwatch.page")
Made = tuple[Component, Scene]
"""A page, and the scene it was made from, with what its charts show."""


class NotKept(Exception):  # no error: what is raised is not kept
    """Carries a page past the pages that are kept ready."""

    def __init__(self, made: Made) -> None:
        super().__init__()
        self.made = made


class Dashboard(dash.Dash):
    """The dashboard over a library of builds."""

    def __init__(self, library: Library, limits: Limits | None = None) -> None:
        """Register the pages, and what writes choices into the address."""
        super().__init__(
            "dash_app",
            title=texts(languages()[0])["title"],
            serve_locally=True,
            update_title="",
            use_pages=True,
            pages_folder="",
            suppress_callback_exceptions=True,
            meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        )
        self.library = library
        self.limits = limits or Limits()
        self._kept = lru_cache(maxsize=PAGES_KEPT)(self._make)
        self.written = lru_cache(maxsize=PAGES_KEPT)(written)  # a page that is kept is the same object each time
        for page in PAGES:
            dash.register_page(page.key, path=page.path, title=self.title, layout=partial(_layout, page.key))
        dash.register_page("embed", path="/embed", title=self.title, layout=partial(_layout, "embed"))
        dash.register_page("not_found_404", title=self.title, layout=partial(_layout, ""))
        self.layout = html.Div(
            [dcc.Location(id="go", refresh="callback-nav"), dash.page_container, html.Div(id="said", role="status")]
        )
        for kind, event in (("choice", "value"), ("pick", "clickData")):
            self.clientside_callback(
                ClientsideFunction("page", kind),
                Output("go", "href", allow_duplicate=True),
                Input(
                    {"type": kind, "key": dash.ALL, **({"now": dash.ALL} if kind == "choice" else {"chart": dash.ALL})},
                    event,
                ),
                prevent_initial_call=True,
            )

    def page(self, key: str, query: Mapping[str, str]) -> Component:
        """Return a page as an address asks for it, or a page that says why there is none."""
        lang = language_of(query, languages())
        say = Words(texts(lang), {})
        if key not in BY_KEY and key != "embed":
            return shell.told(say, lang, say("not_found"))
        try:
            if key == "embed":
                return self._embedded(query)
            return self.made(key, query)[0]
        except NoBuildError:
            return shell.told(say, lang, say("no_build"))
        except DyadwatchError as error:
            return shell.told(say, lang, say("failed", error=error))
        except Exception:
            number = uuid.uuid4().hex[:8]
            LOG.exception("page %s failed, report %s, query %s", key, number, json.dumps(dict(query)))
            return shell.told(say, lang, say("defect", number=number))

    def made(self, key: str, query: Mapping[str, str]) -> Made:
        """Return a page and what its charts show; all of it from one build.

        Raises:
            DyadwatchError: Nothing is published, or not what is asked for.
        """
        page = BY_KEY[key]
        asked = {name: text for name, text in query.items() if name in (*COMMON, *page.choices)}
        warehouse = self.library.open(asked)
        try:
            return self._kept(warehouse, page, frozenset(asked.items()), datetime.now(UTC).date())
        except NotKept as passing:
            return passing.made

    def _make(self, warehouse: Warehouse, page: Page, asked: frozenset[tuple[str, str]], today: date) -> Made:
        scene = scene_of(warehouse, page.path, dict(asked), today, page.choices, self.limits)
        content = page.make(scene)
        made = shell.whole(scene, page.key, [(other.key, other.path) for other in PAGES], content), scene
        if scene.passing:
            raise NotKept(made)
        return made

    def _embedded(self, query: Mapping[str, str]) -> Component:
        name, _, chart = query.get("chart", "").partition(".")
        say = Words(texts(language_of(query, languages())), {})
        if name in BY_KEY:
            whole, scene = self.made(name, query)
            for component in whole._traverse():
                if getattr(component, "id", None) == chart and getattr(component, "className", "") == "chart":
                    return shell.alone(scene, [component])
        return shell.told(say, language_of(query, languages()), say("not_found"))

    def interpolate_index(self, **pieces: str) -> str:  # type: ignore[override]  # Dash passes all by name
        """Return the document that starts a page, in its language, with the reading where JavaScript is off."""
        query = flask.request.args.to_dict()
        lang = language_of(query, languages())
        say = Words(texts(lang), {})
        try:
            asked = {name: text for name, text in query.items() if name in ("lang", "pair")}
            scene = scene_of(self.library.open({}), "/", asked, datetime.now(UTC).date())
            text = say("no_script", headline=plain(headline.sentence(scene)))
        except NoBuildError:
            text = say("no_build")
        return INDEX.format(
            **pieces,
            lang=lang,
            no_script=escape(text),
            feed_title=escape(say("feed.title")),
            feed=f"{self.config.requests_pathname_prefix}alerts.atom",
        )


def create_app(warehouse: Warehouse, replay: Replay | None = None, limits: Limits | None = None) -> Dashboard:
    """Return the dashboard over a warehouse."""
    dashboard = Dashboard(Library(warehouse, replay), limits)
    dashboard.server.config["dashboard"] = dashboard
    return dashboard


def written(page: Component) -> orjson.Fragment:
    """Return a page as JSON that Dash sends as it is; Dash's own writer walks each number of each figure."""
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    return orjson.Fragment(orjson.dumps(page, default=_plain, option=options))


def _plain(value: object) -> object:
    if isinstance(value, Component):
        return lean(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON.")


def _layout(key: str, /, **query: object) -> orjson.Fragment:
    """Return a page of the app that the request came to: Dash's registry of pages is one for all apps of a process."""
    dashboard: Dashboard = flask.current_app.config["dashboard"]
    page = dashboard.page(key, {name: text for name, text in query.items() if isinstance(text, str)})
    return dashboard.written(page)

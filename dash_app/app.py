"""The app, built on demand: importing it starts nothing."""

from html import escape

import dash
import flask

from dash_app import callbacks, ids, layout
from dash_app.scene import scene_of
from dash_app.view import language_of
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


class Dashboard(dash.Dash):
    """The dashboard over a warehouse; each request reads the current build."""

    def __init__(self, warehouse: Warehouse) -> None:
        """Lay out the empty page and attach its callbacks."""
        super().__init__(
            "dash_app",
            title=texts(languages()[0])["title"],
            serve_locally=True,
            update_title="",
            meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
            on_error=_say_what_failed,
        )
        self.warehouse = warehouse
        self.layout = layout.frame(self.title)
        callbacks.register(self, warehouse)

    def interpolate_index(self, **pieces: str) -> str:  # type: ignore[override]  # Dash passes all by name
        """Return the document that starts the page, in its language, with the reading where JavaScript is off."""
        search = flask.request.query_string.decode()
        say = Words(texts(language_of(search, languages())), {})
        try:
            text = say(
                "no_script", headline=plain(callbacks.sentence(self.warehouse, scene_of(self.warehouse, search)))
            )
        except NoBuildError:
            text = say("no_build")
        return INDEX.format(
            **pieces,
            lang=language_of(search, languages()),
            no_script=escape(text),
            feed_title=escape(say("feed.title")),
            feed=f"{self.config.requests_pathname_prefix}alerts.atom",
        )


def create_app(warehouse: Warehouse) -> dash.Dash:
    """Return the dashboard over a warehouse."""
    return Dashboard(warehouse)


def _say_what_failed(error: Exception) -> None:
    """Show one of our own errors as a sentence on the page; any other is a defect and is raised."""
    if not isinstance(error, DyadwatchError):
        raise error
    say = Words(texts(languages()[0]), {})
    text = say("no_build") if isinstance(error, NoBuildError) else say("failed", error=error)
    dash.set_props(ids.NOTICE, {"children": dash.html.P(text, className="notice")})

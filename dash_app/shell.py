"""What stands around every page: ways to the other pages, the control bar, what the address asked in vain, the footer."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dash_app import controls, parts
from dash_app.scene import Scene
from dash_app.view import SCHEMES
from dash_app.words import Words, languages, texts

SPANS_SHOWN = ("1y", "5y", "all")


def whole(
    scene: Scene, key: str, paths: Sequence[tuple[str, str]], content: Sequence[Component | str | None]
) -> Component:
    """Return a whole page.

    Args:
        scene: The page's scene.
        key: The page's key.
        paths: Key and path of every page, in the order of the bar.
        content: What the page itself shows.
    """
    say, view = scene.say, scene.view
    ways = [
        html.Li(
            html.A(
                say(f"page.{other}"),
                href=view.href(path),
                className="here" if other == key else "",
                **_current(other == key),
            )
        )
        for other, path in paths
    ]
    return _provided(
        [
            html.A(say("page.skip"), href="#content", className="skip"),
            html.Header(
                [
                    html.A(say("title"), href=view.href("/"), className="brand"),
                    html.Nav(html.Ul(ways), className="ways", **parts.aria(aria_label=say("page.ways"))),
                    html.Div(
                        bar(scene),
                        className="controls common",
                        role="group",
                        **parts.aria(aria_label=say("controls.label")),
                    ),
                ]
            ),
            html.Main([*notices(scene), *content], id="content", tabIndex=-1),
            html.Footer([html.P(scene.footer()), html.P(parts.linked(say("foot.more")))]),
        ],
        lang=view.lang,
        scheme=view["scheme"],
        title=f"{say(f'page.{key}')} · {scene.title}",
        key=key,
    )


def alone(scene: Scene, content: Sequence[Component | str | None]) -> Component:
    """Return one chart without anything around it, to stand in another page."""
    view = scene.view
    cite = html.P(
        [scene.footer(), " ", html.A(scene.say("title"), href=view.href("/"), target="_blank")], className="src"
    )
    return _provided(
        [html.Main([*content, cite], id="content", tabIndex=-1)],
        lang=view.lang,
        scheme=view["scheme"],
        title=scene.title,
        key="embed",
    )


def told(say: Words, lang: str, text: str) -> Component:
    """Return a page that only says why there is none."""
    body = html.Main([html.H1(say("title")), html.P(text, className="notice", role="alert")], id="content", tabIndex=-1)
    return _provided([body], lang=lang, scheme="auto", title=say("title"), key="none")


def bar(scene: Scene) -> list[Component]:
    """Return the control bar: what every page has."""
    say = scene.say
    return [
        controls.select(scene, "pair", list(scene.titles.items()), say("controls.pair")),
        controls.links(
            scene, "range", [(key, say(f"controls.range_{key}")) for key in SPANS_SHOWN], say("controls.range")
        ),
        controls.day(scene, "as_of", say("controls.as_of")),
        controls.links(scene, "lang", [(code, texts(code)["language"]) for code in languages()], say("controls.lang")),
        controls.links(
            scene, "scheme", [(key, say(f"controls.scheme_{key}")) for key in SCHEMES], say("controls.scheme")
        ),
    ]


def notices(scene: Scene) -> list[Component]:
    """Return the banner of a past day or build, and a line for each parameter that cannot be shown."""
    say, view = scene.say, scene.view
    lines: list[Component] = []
    if scene.build["as_of"]:
        back = html.A(say("notice.today"), href=view.search(as_of="", build=""))
        lines.append(html.P([say("notice.as_of", day=say.day(scene.build["as_of"])), " ", back], className="banner"))
    elif view["build"]:
        back = html.A(say("notice.newest"), href=view.search(build=""))
        lines.append(html.P([say("notice.build", build=view["build"]), " ", back], className="banner"))
    first, last = (say.month(day) for day in scene.span)
    for item in scene.refused:
        if item.key == "month":
            text = say("controls.bad_month", value=item.value, first=first, last=last, shown=say.month(view.month))
        else:
            text = say("controls.bad", key=item.key, value=item.value, shown=item.shown or say("controls.today"))
        lines.append(html.P(text, className="notice"))
    return [html.Div(lines, role="status", id="notice")] if lines else []


def _provided(content: list[Component], *, lang: str, scheme: str, title: str, key: str) -> Component:
    forced = {} if scheme == "auto" else {"forceColorScheme": scheme}
    page = html.Div(
        content, id="page", lang=lang, className=f"of-{key}", **parts.aria(data_scheme=scheme, data_title=title)
    )
    # Its id tells pages apart: within one page what stays is kept in the browser, another page is begun anew.
    provided: Component = dmc.MantineProvider(
        page, id=f"provided-{key}", defaultColorScheme="auto", theme={"respectReducedMotion": True}, **forced
    )
    return provided


def _current(is_here: bool) -> dict[str, Any]:  # Any: as parts.aria
    return parts.aria(aria_current="page") if is_here else {}

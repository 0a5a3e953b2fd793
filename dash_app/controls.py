"""Controls of a page: each writes one parameter into the address, and the page follows the address.

A control's id carries the parameter and what it says now; assets/page.js writes a change into the address.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dash_app import parts
from dash_app.scene import Scene

Options = Sequence[tuple[str, str]]
"""What can be chosen: a value and its words."""


def links(scene: Scene, key: str, options: Options, label: str) -> html.Div:
    """Return a choice among few as links."""
    chosen = scene.view[key]
    return named(
        label, [choice(text, scene.view.search(**{key: value}), is_on=value == chosen) for value, text in options]
    )


def switches(scene: Scene, keys: Mapping[str, str], label: str) -> html.Div:
    """Return parameters that are on or off as links, each under its words."""
    flip = {"on": "off", "off": "on"}
    shown = [
        choice(text, scene.view.search(**{key: flip[scene.view[key]]}), is_on=scene.view.is_on(key))
        for key, text in keys.items()
    ]
    return named(label, shown)


def select(scene: Scene, key: str, options: Options, label: str) -> Component:
    """Return a choice among many as a list that can be searched; the empty value is all."""
    field: Component = dmc.Select(
        id=_id(scene, key),
        label=label,
        data=[{"value": value, "label": text} for value, text in options],
        value=scene.view[key],
        searchable=True,
        allowDeselect=False,
        size="xs",
        comboboxProps={"withinPortal": True},
        nothingFoundMessage=scene.say("controls.nothing_found"),
    )
    return field


def slider(
    scene: Scene, key: str, label: str, *, low: float, high: float, step: float, marks: Sequence[float] = ()
) -> Component:
    """Return a number chosen on a line."""
    value = float(scene.view[key])
    return html.Div(
        [
            html.Span(label, className="name", id=f"label-{key}"),
            dmc.Slider(
                id=_id(scene, key),
                value=value,
                min=low,
                max=high,
                step=step,
                marks=[{"value": mark, "label": f"{mark:g}"} for mark in marks],
                updatemode="mouseup",
                size="sm",
                thumbLabel=label,
            ),
        ],
        className="slider",
    )


def text(scene: Scene, key: str, label: str, hint: str = "") -> Component:
    """Return a free text."""
    field: Component = dmc.TextInput(
        id=_id(scene, key), label=label, placeholder=hint, value=scene.view[key], debounce=400, size="xs"
    )
    return field


def day(scene: Scene, key: str, label: str) -> Component:
    """Return a choice of a day; none is today."""
    first, last = scene.span
    field: Component = dmc.DateInput(
        id=_id(scene, key),
        label=label,
        value=scene.view[key] or None,
        valueFormat="YYYY-MM-DD",
        minDate=first.isoformat(),
        maxDate=max(last, scene.today).isoformat(),
        clearable=True,
        clearButtonProps=parts.aria(aria_label=scene.say("controls.today")),
        placeholder=scene.say("controls.today"),
        size="xs",
    )
    return field


def bar(scene: Scene, *controls: Component) -> html.Div:
    """Return a page's own controls side by side."""
    return html.Div(
        controls, className="controls own", role="group", **parts.aria(aria_label=scene.say("controls.own"))
    )


def named(label: str, choices: Sequence[html.Li]) -> html.Div:
    """Return choices beside their name, which is also read to who does not see it."""
    return html.Div([html.Span(label, className="name"), html.Ul(choices, **parts.aria(aria_label=label))])


def choice(words: str, href: str, *, is_on: bool) -> html.Li:
    """Return one choice as a link, marked where it is what is shown."""
    mark = parts.aria(aria_current="true") if is_on else {}
    return html.Li(html.A(words, href=href, **mark), className="on" if is_on else "")


def _id(scene: Scene, key: str) -> dict[str, Any]:  # Any: Dash's ids
    return {"type": "choice", "key": key, "now": scene.view[key]}

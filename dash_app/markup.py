"""HTML of what only shows: its elements as one text in place of many components, each of which costs the browser time."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from dash.development.base_component import Component

HTML = "dash_html_components"
NAMES = {"className": "class", "htmlFor": "for"}
"""Attributes whose name in HTML is more than React's in small letters."""
CAPITAL = re.compile(r"(?=[A-Z])")
EMPTY = {"br", "hr", "img", "wbr"}
"""Elements that HTML has no end of."""
LINKS = re.compile(r"https?:|mailto:|[^:]*(?:[/?#]|$)", re.IGNORECASE)
"""How an address begins that a link may lead to: on the web, or without a scheme."""


def lean(component: Component) -> dict[str, Any]:  # Any: what JSON takes
    """Return a component as Dash sends it; where it is an element of elements alone, they are its `data-html`.

    assets/markup.js sets that text into the element. A component with children that are more than elements, such as
    charts, stays as it is.

    Raises:
        TypeError: An attribute has a value that HTML cannot say.
    """
    whole = _plain(component)
    children = whole["props"].get("children")
    if any(isinstance(child, Component) for child in _listed(children)) and _only_shows(component):
        del whole["props"]["children"]
        whole["props"]["data-html"] = _inner(children)
    return whole


def _only_shows(component: Component) -> bool:
    """Tell whether a component is nothing but HTML elements and texts."""
    children = _listed(getattr(component, "children", None))
    return component._namespace == HTML and all(
        _only_shows(child) for child in children if isinstance(child, Component)
    )


def _inner(children: object) -> str:
    return "".join(
        _element(child) if isinstance(child, Component) else escape(str(child)) for child in _listed(children)
    )


def _element(component: Component) -> str:
    whole = _plain(component)
    properties, tag = whole["props"], whole["type"].lower()
    children = properties.pop("children", None)
    inner = properties.pop("data-html", None)  # which is markup already
    start = f"<{tag}{''.join(_attributes(properties))}>"
    return start if tag in EMPTY else f"{start}{_inner(children) if inner is None else inner}</{tag}>"


def _attributes(properties: Mapping[str, object]) -> Iterable[str]:
    for key, value in sorted(properties.items()):  # Dash leaves their order to each process
        name = NAMES.get(key, key.lower())
        if value is None or value is False:
            continue
        if value is True:
            value = ""
        elif key == "style" and isinstance(value, dict):
            value = ";".join(f"{CAPITAL.sub('-', part).lower()}:{text}" for part, text in value.items())
        elif key == "href" and not LINKS.match(str(value)):
            value = "about:blank"
        if not isinstance(value, str | int | float):
            raise TypeError(f"{name} cannot be {value!r} in HTML.")
        yield f' {name}="{escape(str(value))}"'


def _plain(component: Component) -> dict[str, Any]:  # Any: what JSON takes
    whole: dict[str, Any] = component.to_plotly_json()  # type: ignore[no-untyped-call]  # Dash has no types here
    return whole


def _listed(children: object) -> Sequence[object]:
    """Return children that show, of which there may be one, many or none."""
    found = children if isinstance(children, list | tuple) else [children]
    return [child for child in found if child is not None]

"""Statements: how the two governments speak of each other, and every statement to search."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dash_app import sections
from dash_app.scene import Scene
from dash_app.view import Choices

CHOICES: Choices = {}


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    return [html.H1(scene.say("page.statements")), *[sections.stance(scene)]]

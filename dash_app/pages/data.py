"""Data: what is held, how fresh it is, what was rejected, what can be downloaded."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dash_app.scene import Scene
from dash_app.view import Choices

CHOICES: Choices = {}


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    return [html.H1(scene.say("page.data"))]

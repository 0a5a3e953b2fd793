"""Index: the index by month or day with its further lines."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dash_app import controls, evidence, sections
from dash_app.scene import Scene
from dash_app.view import GRAINS

CHOICES = sections.INDEX_CHOICES


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say = scene.say
    lines = {key: say(f"controls.{key}") for key in ("cooperation", "hard", "band", "real_time")}
    return [
        html.H1(say("index.title")),
        controls.bar(
            scene,
            controls.links(
                scene, "grain", [(key, say(f"controls.grain_{key}")) for key in GRAINS], say("controls.grain")
            ),
            controls.switches(scene, lines, say("controls.lines")),
        ),
        sections.index(scene),
        sections.pillars(scene),
        evidence.month_section(scene, tables=False),
    ]

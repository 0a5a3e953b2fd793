"""Index: the index by month or day with its further lines, what it is made of over time, and a reader's own weights."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dash_app import controls, evidence, history, sections, whatif
from dash_app.scene import Scene
from dash_app.view import GRAINS, SWITCH

CHOICES = {**sections.INDEX_CHOICES, "yardsticks": SWITCH, **whatif.CHOICES}


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say, view = scene.say, scene.view
    lines = {key: say(f"controls.{key}") for key in ("cooperation", "hard", "band", "real_time")}
    return [
        html.H1(say("index.title")),
        controls.bar(
            scene,
            controls.links(
                scene, "grain", [(key, say(f"controls.grain_{key}")) for key in GRAINS], say("controls.grain")
            ),
            controls.switches(scene, lines, say("controls.lines")),
            controls.switches(scene, {"yardsticks": say("yardsticks.switch")}, say("yardsticks.beside")),
        ),
        sections.index(scene),
        history.revised(scene) if view.is_on("real_time") else None,
        history.yardsticks(scene) if view.is_on("yardsticks") else None,
        sections.pillars(scene),
        history.worst(scene),
        history.contributions(scene),
        evidence.month_section(scene, tables=False),
        whatif.section(scene),
    ]

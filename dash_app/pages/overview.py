"""Overview: how tense, since when, why, how sure; each answer opens into its evidence."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dash_app import controls, evidence, headline, sections
from dash_app.scene import Scene
from dash_app.view import GRAINS

CHOICES = sections.INDEX_CHOICES


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page."""
    say = scene.say
    charts = [
        sections.extraditions(scene),
        sections.tariffs(scene),
        sections.stance(scene),
        sections.encounters(scene),
    ]
    return [
        html.H1(say("overview.title", pair=scene.title)),
        *headline.block(scene),
        controls.bar(
            scene,
            controls.links(
                scene, "grain", [(key, say(f"controls.grain_{key}")) for key in GRAINS], say("controls.grain")
            ),
            controls.switches(scene, {"cooperation": say("controls.cooperation")}, say("controls.lines")),
        ),
        sections.index(scene),
        sections.pillars(scene),
        evidence.month_section(scene, tables=False),
        html.Section(
            [html.H2(say("families")), html.Div([one for one in charts if one], className="grid")], id="families"
        ),
        sections.doubts(scene),
    ]

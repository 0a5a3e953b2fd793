"""A page's own parameters whose values only the data know: what is not held is told and left out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dash import html

from dash_app.scene import Scene


def checked(scene: Scene, held: Mapping[str, Sequence[str]], shown: str) -> tuple[Scene, list[html.P]]:
    """Return the scene with each parameter that is not held as where it is left out, and a line for each of those.

    Args:
        scene: The page's scene.
        held: Values by parameter; the default need not be among them.
        shown: What is shown in place of a value that is not held, where the default is empty.
    """
    view = scene.view
    wrong = [key for key, values in held.items() if view[key] not in (view.defaults[key], *values)]
    chosen = {**view.chosen, **{key: view.defaults[key] for key in wrong}}
    lines = [
        html.P(
            scene.say("controls.bad", key=key, value=view[key], shown=view.defaults[key] or shown), className="notice"
        )
        for key in wrong
    ]
    return replace(scene, view=replace(view, chosen=chosen)), lines

"""Evidence: everything behind a month or a record, with links, tiers of sources and their publishers."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dash_app import controls, evidence, record
from dash_app.chart import actions
from dash_app.scene import Scene
from dash_app.view import FREE, Choices
from warehouse import records

CHOICES: Choices = {"item": FREE, "q": FREE}
"""A record as its kind and id with a colon between them; a text to search."""
SHOWN, LEAST = 100, 2
"""Records shown of a search at most, and characters that a search needs at least."""


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page: what was searched, else one record, else a month."""
    say, view = scene.say, scene.view
    head = [
        html.H1(say("page.evidence")),
        controls.bar(scene, controls.text(scene, "q", say("evidence.q"), say("evidence.q_hint"))),
    ]
    if view["q"]:
        return [*head, *_found(scene)]
    if view["item"]:
        item_kind, _, item_id = view["item"].partition(":")
        row = records.record(scene.warehouse, item_kind, item_id)
        if row.height:
            return [*head, *record.section(scene, item_kind, item_id, row.row(0, named=True))]
        head.append(html.P(say("evidence.unknown", item=view["item"]), className="notice", role="status"))
    return [*head, *record.month_rests(scene), evidence.month_section(scene)]


def _found(scene: Scene) -> list[Component | str | None]:
    say, q = scene.say, scene.view["q"].strip()
    back = html.A(say("evidence.end_search"), href=scene.view.search(q=""))
    if len(q) < LEAST:
        return [html.P([say("evidence.short", least=LEAST), " ", back], className="notice", role="status")]
    answer = scene.ask(records.found, scene.view.pair, q, scene.view.lang)
    scene.answers["found"] = answer
    count = answer.frame.height
    if not count:
        return [html.P([say("evidence.nothing", q=q, pair=scene.title), " ", back], className="notice", role="status")]
    key = "evidence.found_some" if count > SHOWN else "evidence.found"
    return [
        html.H2(say(key, count=count, q=q, shown=SHOWN)),
        html.P(back, className="sub"),
        record.found_table(scene, answer.frame.head(SHOWN).to_dicts()),
        actions(scene, "found", has_picture=False),
    ]

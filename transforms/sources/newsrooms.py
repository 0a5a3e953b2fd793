"""JSON answers of US newsrooms: the State Department's (WordPress) and the Department of Justice's (API v1).

Quirks of the answers:

- State's route is `state_press_release`, formerly `press_releases`, and `state_briefing`; an item names its own type. Title
  and text are rendered HTML. Addresses of data centres may get an HTML page "Technical Difficulties" with HTTP 200.
- In a briefing `QUESTION:` opens a reporter's turn; it is never scored.
- Justice gives `date` as seconds since 1970, as text, at midnight in Washington; the day is read there. Fields that are
  empty can be lists. Which way pages run is contradictory, so nothing is inferred from an item's place.
- The offices of attorneys in the districts publish through Justice too; all are `usa_justice` here.
"""

from transforms.parsed import Parsed
from transforms.sources.items import (
    Item,
    Json,
    documents,
    epoch_moment,
    json_objects,
    link_of,
    moment_in,
    path_of,
    plain,
    read_json,
    text_of,
    title_of,
)
from transforms.sources.speakers import own_words
from warehouse.errors import SourceError


def parse_state(payload: bytes) -> Parsed:
    """Return one page of the State Department's releases or briefings.

    Raises:
        SourceError: The payload is no such page, or an empty one.
    """
    found = json_objects("state_releases", read_json("state_releases", payload), "releases")
    return documents("state_releases", [_state(one) for one in found], country="USA", language="en")


def parse_doj(payload: bytes) -> Parsed:
    """Return one page of the Department of Justice's releases.

    Raises:
        SourceError: The payload is no such page, or an empty one.
    """
    answer = read_json("doj_releases", payload)
    if not isinstance(answer, dict) or "results" not in answer:
        raise SourceError("doj_releases", "the answer is no page of results", "look at the answer as fetched")
    found = json_objects("doj_releases", answer["results"], "releases")
    return documents("doj_releases", [_doj(one) for one in found], country="USA", language="en")


def _state(one: Json) -> Item:
    link = link_of(one.get("link"))
    text = plain(_rendered(one.get("content")))
    is_briefing = "briefing" in (text_of(one.get("type")) or "") or "/briefings/" in (link or "")
    return Item(
        native_id=text_of(one.get("id")),
        title=title_of(_rendered(one.get("title"))),
        url=link,
        kind="briefing" if is_briefing else "release",
        office="usa_state",
        text=text,
        own_text=own_words(text) if is_briefing else text,
        published_at=moment_in(one.get("date_gmt")),
        modified_at=moment_in(one.get("modified_gmt")),
    )


def _doj(one: Json) -> Item:
    link = link_of(one.get("url"))
    body = plain(one.get("body"))
    return Item(
        native_id=text_of(one.get("uuid")) or path_of(link),
        title=title_of(one.get("title")),
        url=link,
        kind="release",
        office="usa_justice",
        text=body or plain(one.get("teaser")),
        published_at=epoch_moment(one.get("date")),
        modified_at=epoch_moment(one.get("changed")),
        number=text_of(one.get("number")),
        is_summary=not body,
    )


def _rendered(value: object) -> object:
    return value.get("rendered") if isinstance(value, dict) else value

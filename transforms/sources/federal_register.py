"""US Federal Register: pages of `documents.json`.

Quirks of the answers:

- Executive Order 14194 was signed on 1 February 2025 and published on the 7th: both days are kept, `signed_on` is the event.
- A document number was used more than once before 2016, so the identifier is the number with the day of publication.
- Older answers call the form of a presidential document ``subtype`` (Executive Order), newer ones
  ``presidential_document_type`` (executive_order); forms of other documents stand in ``type``.
- Presidential documents mostly have no abstract, and the text is never in the answer: what is read is title and abstract,
  so every row is partial and few have a stance. The whole text of presidential actions comes from the White House.
- An answer without matches is HTTP 404 with a JSON error; it is no list of documents.
- A correction is a document of its own.
"""

from transforms.parsed import Parsed
from transforms.sources.items import (
    Item,
    Json,
    day_in,
    documents,
    json_objects,
    link_of,
    plain,
    read_json,
    text_of,
    title_of,
)
from warehouse.errors import SourceError

SOURCE = "federal_register"
KINDS = {
    "executive_order": "executive_order",
    "proclamation": "proclamation",
    "memorandum": "memorandum",
    "determination": "determination",
    "notice": "notice",
    "rule": "rule",
    "proposed_rule": "proposed_rule",
}
PRESIDENTIAL = "presidential_document"


def parse_documents(payload: bytes) -> Parsed:
    """Return the documents of one page of results.

    Raises:
        SourceError: The payload is not such a page, or one without results.
    """
    answer = read_json(SOURCE, payload)
    if not isinstance(answer, dict) or "results" not in answer:
        raise SourceError(SOURCE, "the answer is no list of documents", "HTTP 404 means that no document matched")
    items = [_item(one) for one in json_objects(SOURCE, answer["results"], "documents")]
    return documents(SOURCE, items, country="USA", language="en")


def _item(one: Json) -> Item:
    number, day = text_of(one.get("document_number")), day_in(one.get("publication_date"))
    return Item(
        native_id=f"{number}:{day}" if number else None,
        title=title_of(one.get("title")),
        url=link_of(one.get("html_url")),
        kind=_kind(one),
        office="usa_president" if _word(one.get("type")) == PRESIDENTIAL else "usa_government",
        text=plain(one.get("abstract")),
        published_on=day,
        signed_on=day_in(one.get("signing_date")),
        number=text_of(one.get("executive_order_number")),
        is_summary=True,
    )


def _kind(one: Json) -> str:
    form = _word(one.get("presidential_document_type")) or _word(one.get("subtype")) or _word(one.get("type"))
    return KINDS.get(form, "other")


def _word(value: object) -> str:
    return (text_of(value) or "").lower().replace(" ", "_")

"""RSS feeds of US offices: the White House, the Trade Representative, the Department of War.

Quirks of the feeds:

- A feed holds the last 10 to 30 items; an item that is no longer in it has not been withdrawn. A feed with no items is a
  stale one, not a day without news, and is refused.
- The White House's items carry the full text (``content:encoded``); titles hold entities, at times escaped twice. The same
  action appears as an action, as a fact sheet, and days later in the Federal Register: three documents of different
  kinds, told apart by the folder of the link and the category.
- The host of the Trade Representative also answers as ``ustr.gov.``; links are brought to one spelling.
- The Department of War's pages refuse scripts, so title, summary and link are all there is, and every row is partial.
  ``Site=1`` answers with the Air Force's feed, known by its links. Texts before September 2025 say Department of Defense:
  one office here, `usa_defense`.
- XML is read with entities and document types forbidden: a feed has no use for them.
"""

from collections.abc import Callable
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from transforms.parsed import Parsed
from transforms.sources.items import Item, documents, link_of, mail_moment, path_of, plain, text_of, title_of
from warehouse.errors import SourceError

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
WHITE_HOUSE_KINDS = (
    ("executive order", "executive_order"),
    ("proclamation", "proclamation"),
    ("memorand", "memorandum"),
    ("fact sheet", "fact_sheet"),
    ("fact-sheets", "fact_sheet"),
    ("briefings-statements", "statement"),
    ("remarks", "remarks"),
    ("articles", "article"),
    ("releases", "release"),
)
"""Words of category, folder or title by the kind that they mean; the first found holds."""
WAR_KINDS = (
    ("/transcripts/", "transcript"),
    ("/speeches/", "remarks"),
    ("/news-stories/", "article"),
    ("/contracts/", "notice"),
    ("/releases/", "release"),
)
WAR_HOSTS = ("www.war.gov", "war.gov", "www.defense.gov", "defense.gov")


def parse_whitehouse(payload: bytes) -> Parsed:
    """Return the items of a White House feed, with their full text.

    Raises:
        SourceError: The payload is no RSS feed, or holds no item.
    """
    return _parse("whitehouse_actions", payload, _whitehouse)


def parse_ustr(payload: bytes) -> Parsed:
    """Return the items of the Trade Representative's feed.

    Raises:
        SourceError: The payload is no RSS feed, or holds no item.
    """
    return _parse("ustr_releases", payload, lambda one: _item(one, "usa_ustr", "release"))


def parse_war(payload: bytes) -> Parsed:
    """Return the items of a feed of the Department of War: titles and summaries.

    Raises:
        SourceError: The payload is no RSS feed, holds no item, or is the feed of another site.
    """
    return _parse("war_releases", payload, _war)


def _parse(source_id: str, payload: bytes, item: Callable[[Element], Item]) -> Parsed:
    found = _entries(source_id, payload)
    return documents(source_id, [item(one) for one in found], country="USA", language="en")


def _entries(source_id: str, payload: bytes) -> list[Element]:
    try:
        root = fromstring(payload.lstrip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise SourceError(source_id, f"the payload is no safe XML: {error}", "look at the feed as fetched") from error
    found: list[Element] = root.findall("./channel/item") if root.tag == "rss" else []
    if not found:
        raise SourceError(source_id, "the feed holds no items", "a feed without items is stale: look for its new place")
    return found


def _item(one: Element, office: str, kind: str, *, is_summary: bool = False) -> Item:
    link = link_of(one.findtext("link"))
    return Item(
        native_id=path_of(link) or text_of(one.findtext("guid")),
        title=title_of(one.findtext("title")),
        url=link,
        kind=kind,
        office=office,
        text=plain(one.findtext(CONTENT)) or plain(one.findtext("description")),
        published_at=mail_moment(one.findtext("pubDate")),
        is_summary=is_summary,
    )


def _whitehouse(one: Element) -> Item:
    categories = " ".join(each.text or "" for each in one.findall("category"))
    said = f"{categories} {one.findtext('link') or ''} {one.findtext('title') or ''}".lower()
    kind = next((kind for word, kind in WHITE_HOUSE_KINDS if word in said), "other")
    is_action = "presidential-actions" in said and kind != "fact_sheet"
    is_summary = one.find(CONTENT) is None
    return _item(one, "usa_president" if is_action else "usa_white_house", kind, is_summary=is_summary)


def _war(one: Element) -> Item:
    link = (link_of(one.findtext("link")) or "").lower()
    if link and link.split("/")[2] not in WAR_HOSTS:
        raise SourceError(
            "war_releases",
            f"the feed is of another site: {link.split('/')[2]}",
            "ask with Site=945, as Site=1 is another",
        )
    kind = next((kind for folder, kind in WAR_KINDS if folder in link), "other")
    return _item(one, "usa_defense", kind, is_summary=True)

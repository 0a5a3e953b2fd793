"""Mexico, gob.mx: pages of the Presidency (transcripts) and of the foreign ministry (communiqués), one document a page.

Quirks of the pages:

- A wall against robots answers with HTTP 200 and a page "Challenge Validation"; it is known by its title.
- The morning transcript is published in parts during the day: at 13:20 in Mexico City 178 of 427 days had less than 70 %
  of the final text. A longer text fetched later is a later vintage of the same document.
- The day stands in slug and title in words (``del-6-de-marzo-de-2025``, also ``06``). Slugs of the morning conference vary, so
  its identifier is its day; other documents are known by their slug. A page of neither is refused.
- Speakers are capitals with a colon; PREGUNTA and INTERLOCUTOR are reporters, VOZ is a clip: their words are never
  scored.
"""

import re
from datetime import date

from selectolax.lexbor import LexborHTMLParser

from transforms.parsed import Parsed
from transforms.sources.items import (
    BLOCK_END,
    UNREADABLE,
    Item,
    day_in,
    documents,
    lines_of,
    link_of,
    slug_of,
    title_of,
)
from transforms.sources.speakers import own_words
from warehouse.errors import SourceError

ZONE = "America/Mexico_City"
MONTHS = {
    name: number
    for number, name in enumerate(
        (
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ),
        start=1,
    )
}
SPANISH_DAY = re.compile(
    rf"(?<!\d)(\d{{1,2}})[°º]?[ -](?:de[ -])?({'|'.join(MONTHS)})[ -](?:del?[ -])?(\d{{4}})(?!\d)", re.I
)
CHALLENGES = ("challenge validation", "access denied", "attention required", "request unsuccessful")
BODIES = ("div.article-body", "[itemprop=articleBody]", "article", "main", "body")
"""Where the text stands, the narrowest first."""


def parse_presidency(payload: bytes) -> Parsed:
    """Return the transcript or communiqué of one page of the Presidency.

    Raises:
        SourceError: The payload is no article: a challenge, a listing, or another page.
    """
    tree, title, link = _page("gobmx_presidency", payload)
    text = _body(tree)
    slug = slug_of(link)
    day = _day(tree, slug, title)
    named = f"{slug or ''} {title}".lower().replace(" ", "-")
    is_transcript = "estenogr" in named
    is_morning = is_transcript and re.search("conferencia-de-prensa-(?:matutina|de-la-president|del-president)", named)
    item = Item(
        native_id=f"conference:{day}" if is_morning and day else slug or (f"{title}:{day}" if day else None),
        title=title,
        url=link,
        kind="transcript" if is_transcript else "communique",
        office="mex_president" if is_transcript else "mex_presidency",
        text=text,
        own_text=own_words(text) if is_transcript else text,
        published_on=day,
    )
    return documents("gobmx_presidency", [item], country="MEX", language="es", needs_url=False)


def parse_sre(payload: bytes) -> Parsed:
    """Return the communiqué of one page of the foreign ministry.

    Raises:
        SourceError: The payload is no article: a challenge, a listing, or another page.
    """
    tree, title, link = _page("gobmx_sre", payload)
    slug = slug_of(link)
    day = _day(tree, slug, title)
    item = Item(
        native_id=slug or (f"{title}:{day}" if day else None),
        title=title,
        url=link,
        kind="communique",
        office="mex_sre",
        text=_body(tree),
        published_on=day,
    )
    return documents("gobmx_sre", [item], country="MEX", language="es", needs_url=False)


def spanish_day(text: str) -> date | None:
    """Return the first day that a text or slug writes in Spanish words, as in 6 de marzo de 2025."""
    for day, month, year in SPANISH_DAY.findall(text):
        try:
            return date(int(year), MONTHS[month.lower()], int(day))
        except ValueError:
            continue
    return None


def _page(source_id: str, payload: bytes) -> tuple[LexborHTMLParser, str, str | None]:
    """Return a page's tree, title and link."""
    tree = LexborHTMLParser(BLOCK_END.sub(lambda found: f"{found[0]}\n", payload.decode("utf-8", "replace")))
    tree.strip_tags(list(UNREADABLE))
    head = tree.css_first("title")
    shown = head.text() if head else ""
    if any(word in shown.lower() for word in CHALLENGES):
        raise SourceError(
            source_id, f"the page is a challenge, titled {shown.strip()!r}", "fetch the article again later"
        )
    heading = tree.css_first("h1")
    title = title_of(heading.text() if heading else None) or title_of(_meta(tree, "og:title"))
    if title is None or not _body(tree):
        raise SourceError(source_id, "the page holds no article", "fetch the article's own page, not a listing")
    canonical = tree.css_first("link[rel=canonical]")
    return (
        tree,
        title,
        link_of(canonical.attributes.get("href") if canonical else None) or link_of(_meta(tree, "og:url")),
    )


def _day(tree: LexborHTMLParser, slug: str | None, title: str) -> date | None:
    """Return the day in slug or title, else the page's own: the first that its text writes, or its metadata's."""
    said = spanish_day(slug or "") or spanish_day(title)
    if said:
        return said
    stated = day_in(_meta(tree, "article:published_time"))
    return stated or spanish_day(" ".join(tree.body.text().split()) if tree.body else "")


def _body(tree: LexborHTMLParser) -> str:
    for selector in BODIES:
        node = tree.css_first(selector)
        if node and (text := lines_of(node.text())):
            return text
    return ""


def _meta(tree: LexborHTMLParser, name: str) -> str | None:
    node = tree.css_first(f'meta[property="{name}"]') or tree.css_first(f'meta[name="{name}"]')
    return node.attributes.get("content") if node else None

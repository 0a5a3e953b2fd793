"""The alerts as an Atom feed (RFC 4287); written with the standard library's tree, which escapes what it is given."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from dash_app.words import Words, languages, texts
from warehouse import pages
from warehouse.briefs import latest_alerts, subject_of
from warehouse.errors import UnknownKeyError
from warehouse.query import Warehouse

ATOM = "http://www.w3.org/2005/Atom"
NEWEST = 100
"""Alerts at most in the feed."""


def feed(warehouse: Warehouse, pair_id: str | None, *, base: str, language: str | None = None) -> bytes:
    """Return the newest alerts as an Atom document.

    Args:
        warehouse: The build.
        pair_id: The pair; every pair when omitted.
        base: Address of the page, before its query.
        language: Language of the words; the first known when omitted.

    Raises:
        NoBuildError: Nothing is published.
        UnknownKeyError: The build has no such pair.
    """
    chosen = language or languages()[0]
    say = Words(texts(chosen), {})
    titles = {row["pair_id"]: row["title"] for row in pages.pairs(warehouse, chosen).to_dicts()}
    if pair_id is not None and pair_id not in titles:
        raise UnknownKeyError("pair", pair_id, titles)
    alerts = latest_alerts(warehouse, pair_id, limit=NEWEST).to_dicts()
    about = warehouse.build()
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": chosen})
    _add(root, "id", _urn(f"feed:{pair_id or ''}"))
    _add(root, "title", say("feed.pair", pair=titles[pair_id]) if pair_id else say("feed.title"))
    # The newest alert's day, so that the same figures give the same feed; without an alert, the ledger's.
    _add(root, "updated", _time(alerts[0]["raised_on"] if alerts else about["ledger_end"]))
    asked = {"pair": pair_id, "lang": chosen if chosen != languages()[0] else None}
    query = urlencode({key: value for key, value in asked.items() if value})
    query = f"?{query}" if query else ""
    _add(root, "link", rel="self", type="application/atom+xml", href=f"{base.rstrip('/')}/alerts.atom{query}")
    _add(root, "link", rel="alternate", type="text/html", href=f"{base}{query}")
    _add(_add(root, "author"), "name", texts(chosen)["title"])
    for alert in alerts:
        _entry(root, alert, titles[alert["pair_id"]], say, base=base, language=asked["lang"])
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _entry(
    root: ET.Element,
    alert: Mapping[str, Any],  # Any: a row of mixed types
    pair: str,
    say: Words,
    *,
    base: str,
    language: str | None,
) -> None:
    kind = say(f"alert.{alert['kind']}")
    items = say("feed.items", items=alert["item_ids"].replace(" ", ", ")) if alert["item_ids"] else ""
    entry = _add(root, "entry")
    _add(entry, "id", _urn(subject_of(alert)))
    _add(entry, "title", say("feed.entry", pair=pair, kind=kind, month=say.month(alert["month"])))
    _add(entry, "updated", _time(alert["raised_on"]))
    address = f"{base}{alert['url']}" + (f"&lang={language}" if language else "")
    _add(entry, "link", rel="alternate", type="text/html", href=address)
    _add(entry, "category", term=alert["kind"], label=kind)
    _add(entry, "summary", f"{alert['detail']}. {items}".strip())


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text
    return element


def _time(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _urn(text: str) -> str:
    """Return an id that is the same for the same text in every build and on every machine."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"tag:dyadwatch,2026:alert:{text}").urn

"""From a publisher's items (of a feed, a JSON answer, a page) to rows of documents, with the text that scoring needs.

The text goes no further than scoring: what is stored of it is a digest and its length, and a rejected item is shown by
its identifier, title, link and day only.
"""

import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
import polars as pl
from selectolax.lexbor import LexborHTMLParser

from transforms.parsed import REJECTED, Parsed
from transforms.sources.reading import DUPLICATE
from warehouse.errors import SourceError

DOCUMENTS = pl.Schema(
    {
        "document_id": pl.String(),
        "country": pl.String(),
        "office": pl.String(),
        "kind": pl.String(),
        "number": pl.String(),
        "title": pl.String(),
        "signed_on": pl.Date(),
        "published_on": pl.Date(),
        "modified_at": pl.Datetime("us"),
        "language": pl.String(),
        "url": pl.String(),
        "text": pl.String(),
        "own_text": pl.String(),
        "text_sha256": pl.String(),
        "text_chars": pl.Int64(),
        "is_summary": pl.Boolean(),
    }
)
"""Columns of a parsed document. `own_text` is what may be scored: the office's words, without reporters and clips."""

WASHINGTON = "America/New_York"
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years of a day that can be one; beyond them a figure was misread."""
BLOCK_END = re.compile(r"(?i)</(?:p|div|li|h[1-6]|tr|blockquote|section)>|<br\s*/?>")
UNREADABLE = ("script", "style", "noscript", "template", "iframe")
Json = Mapping[str, Any]  # Any: a publisher's answer, of whatever types it has


@dataclass(frozen=True)
class Item:
    """One item as a publisher gives it; None where it gives nothing that can be read."""

    native_id: str | None
    title: str | None
    url: str | None
    kind: str
    office: str
    text: str
    published_on: date | None = None
    published_at: datetime | None = None
    signed_on: date | None = None
    modified_at: datetime | None = None
    number: str | None = None
    own_text: str | None = None
    is_summary: bool = False


def documents(
    source_id: str,
    items: Sequence[Item],
    *,
    country: str,
    language: str,
    zone: str = WASHINGTON,
    needs_url: bool = True,
) -> Parsed:
    """Return items as documents; those without identifier, title, link or day, and repeated ones, are rejected.

    Args:
        source_id: Source, the first part of document_id.
        items: In the order of the payload.
        country: Country whose government speaks, ISO3.
        language: en or es.
        zone: Time zone in which the day of a moment of publication is read.
        needs_url: Whether an item without a link is rejected; else the raw layer's own link stands for it.
    """
    columns = [field.name for field in fields(Item)]
    schema = {
        **dict.fromkeys(columns, pl.String()),
        **dict.fromkeys(("published_on", "signed_on"), pl.Date()),
        **dict.fromkeys(("published_at", "modified_at"), pl.Datetime("us")),
        "is_summary": pl.Boolean(),
    }
    rows = [tuple(getattr(item, name) for name in columns) for item in items]
    local = pl.col("published_at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()
    read = (
        pl.DataFrame(rows, schema=schema, orient="row")
        .with_row_index("row_number", offset=1)
        .with_columns(
            pl.col("row_number").cast(pl.Int64),
            pl.coalesce("published_on", local).alias("published_on"),
            (pl.lit(f"{source_id}:") + pl.col("native_id")).alias("document_id"),
            pl.coalesce("own_text", "text").alias("own_text"),
            pl.lit(country).alias("country"),
            pl.lit(language).alias("language"),
            pl.col("text").str.len_chars().cast(pl.Int64).alias("text_chars"),
            pl.Series("text_sha256", [_digest(item) for item in items], dtype=pl.String),
        )
    )
    reason = (
        pl.when(pl.col("native_id").is_null())
        .then(pl.lit("no identifier"))
        .when(pl.col("title").is_null())
        .then(pl.lit("no title"))
        .when(pl.col("url").is_null() & pl.lit(needs_url))
        .then(pl.lit("no link"))
        .when(pl.col("published_on").is_null())
        .then(pl.lit("no day of publication"))
    )
    judged = read.with_columns(reason.alias("rule"))
    first = pl.col("document_id").is_first_distinct().over("rule")
    judged = judged.with_columns(
        pl.when(pl.col("rule").is_null() & ~first).then(pl.lit(DUPLICATE)).otherwise("rule").alias("rule")
    )
    shown = ["native_id", "title", "url", "published_on"]
    rejected = judged.drop_nulls("rule").select(
        "row_number", "rule", pl.struct(shown).struct.json_encode().alias("row")
    )
    accepted = judged.filter(pl.col("rule").is_null()).select(*DOCUMENTS)
    return Parsed(accepted.cast(DOCUMENTS), rejected.cast(REJECTED), len(items))


def read_json(source_id: str, payload: bytes) -> object:
    """Return a JSON answer.

    Raises:
        SourceError: The payload is no JSON, as a page that stands in for the answer.
    """
    try:
        return orjson.loads(payload.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise SourceError(source_id, f"the answer is no JSON: {error}", "look at the answer as fetched") from error


def json_objects(source_id: str, found: object, what: str) -> list[Json]:
    """Return a list of objects; what is no object is an empty one, which is rejected as a row.

    Raises:
        SourceError: It is no list, or an empty one: an answer without items is a failure, not the absence of news.
    """
    if not isinstance(found, list) or not found:
        raise SourceError(source_id, f"the answer holds no {what}", "look at the answer as fetched: an error, or moved")
    return [one if isinstance(one, dict) else {} for one in found]


def text_of(value: object) -> str | None:
    """Return a value as text without characters that no text holds; None where it is none or blank."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).encode("utf-8", "replace").decode("utf-8").replace("\x00", "").strip()
    return text or None


def plain(markup: object) -> str:
    """Return the readable text of HTML, one line a block; empty where there is none."""
    text = text_of(markup)
    if text is None:
        return ""
    tree = LexborHTMLParser(BLOCK_END.sub(lambda found: f"{found[0]}\n", text))
    tree.strip_tags(list(UNREADABLE))
    return lines_of(tree.body.text() if tree.body else "")


def lines_of(text: str) -> str:
    """Return a text's lines that hold something, with single spaces."""
    return "\n".join(line for line in (" ".join(one.split()) for one in text.splitlines()) if line)


def title_of(markup: object) -> str | None:
    """Return a title in one line; entities are read, also those escaped twice as feeds have them."""
    text = text_of(markup)
    return None if text is None else " ".join(plain(html.unescape(text)).split()) or None


def link_of(value: object) -> str | None:
    """Return an http(s) link in one spelling, without a host's final dot and without the query; None if it is none."""
    text = text_of(value)
    match = re.match(r"(https?)://([^/?#\s]+)([^?#\s]*)", text) if text else None
    return f"{match[1]}://{match[2].lower().rstrip('.')}{match[3]}" if match else None


def path_of(link: str | None) -> str | None:
    """Return a link's path without its outer strokes: a last part alone comes again from year to year."""
    return "/".join(part for part in (link or "").split("/")[3:] if part) or None


def slug_of(link: str | None) -> str | None:
    """Return the last part of a link's path."""
    parts = [part for part in (link or "").split("/")[3:] if part]
    return parts[-1] if parts else None


def day_in(value: object) -> date | None:
    """Return the day at the start of an ISO 8601 text."""
    moment = moment_in(value)
    return moment.date() if moment else None


def moment_in(value: object) -> datetime | None:
    """Return an ISO 8601 moment in UTC; one without an offset is taken as UTC."""
    text = text_of(value)
    try:
        return _utc(datetime.fromisoformat(text)) if text else None
    except ValueError:
        return None


def mail_moment(value: object) -> datetime | None:
    """Return the moment of a feed's date, as e-mail writes it, in UTC."""
    text = text_of(value)
    try:
        return _utc(parsedate_to_datetime(text)) if text else None
    except (ValueError, TypeError, IndexError, OverflowError):  # the standard library's, by how the text is broken
        return None


def epoch_moment(value: object) -> datetime | None:
    """Return the moment of seconds since 1970, as a number or as text, in UTC."""
    text = text_of(value)
    try:
        return _utc(datetime.fromtimestamp(int(text), UTC)) if text else None
    except (ValueError, OverflowError, OSError):
        return None


def _utc(moment: datetime) -> datetime | None:
    """Return a moment in UTC without its zone, as the warehouse holds it; None in a year that cannot be."""
    if not FIRST_YEAR < moment.year < LAST_YEAR:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _digest(item: Item) -> str:
    return hashlib.sha256(json.dumps([item.title, item.text]).encode()).hexdigest()

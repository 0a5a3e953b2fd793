"""Every kind of connector meets every fault; what must come of it is the table of docs/faults.md.

A first run lands a good file. The publisher then brings out a second edition with the fault in it. Whatever happens,
what the first run landed is still there, byte for byte, and still gives the same rows.
"""

import gzip
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orchestration.connectors.faults import MEANINGS, REASONS
from orchestration.connectors.kinds import KINDS
from orchestration.connectors.outcomes import Outcome, read
from orchestration.connectors.visit import Visit
from orchestration.ingest import ingest_statistics
from orchestration.landing import snapshots
from orchestration.live import live_sources, why_no_rows
from warehouse.settings import Settings

pytestmark = pytest.mark.usefixtures("only_landing")

if TYPE_CHECKING:
    from tests.integration.conftest import Replay, Reply

PAGE = (Path(__file__).parents[2] / "docs" / "faults.md").read_text("utf-8")
NOW = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
"""19:30 of 24 November in Mexico City."""
Records = list[dict[str, Any]]
Change = Callable[[Records], Records]
"""What happens to the records of an edition; Any: values of several types."""


@dataclass(frozen=True)
class Kind:
    """A source that stands for its kind: how an edition's records become the payload, and where it is served."""

    source_id: str
    records: Callable[[int], Records]
    written: Callable[[Records], bytes]
    address: str
    beside: Callable[[bytes], dict[str, bytes]] = lambda _: {}
    """Pages and lists that lead to the payload."""
    content_type: str = "application/octet-stream"
    headers: Mapping[str, str] | None = None
    needed: str = ""
    """Field to rename or leave out."""


def _csv(records: Records) -> bytes:
    lines = [",".join(records[0]), *(",".join(str(value) for value in record.values()) for record in records)]
    return ("\n".join(lines) + "\n").encode()


def _tsv_zip(records: Records) -> bytes:
    return _zipped("\n".join("\t".join(str(value) for value in record.values()) for record in records).encode())


def _zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("20261124.export.CSV", (2026, 11, 24, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


@lru_cache(maxsize=2)
def _bomb(is_zip: bool) -> bytes:
    return _zipped(bytes(300_000_000)) if is_zip else gzip.compress(bytes(60_000_000), 1)


def _feed(records: Records) -> bytes:
    items = [
        "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in record.items()) + "</item>"
        for record in records
    ]
    return f'<?xml version="1.0" encoding="UTF-8"?><rss><channel>{"".join(items)}</channel></rss>'.encode()


def _article(records: Records) -> bytes:
    paragraphs = "".join(f"<p>{' '.join(str(value) for value in record.values())}</p>" for record in records)
    return f"<!DOCTYPE html><html><head><title>Versión</title></head><body>{paragraphs}</body></html>".encode()


def _results(records: Records) -> bytes:
    return json.dumps({"count": len(records), "total_pages": 1, "results": records}, ensure_ascii=False).encode()


def _releases(records: Records) -> bytes:
    about = {"resultset": {"count": str(len(records)), "pagesize": "50", "page": 0}}
    return json.dumps({"metadata": about, "results": records}, ensure_ascii=False).encode()


def _list(records: Records) -> bytes:
    return json.dumps(records, ensure_ascii=False).encode()


def _encounters(edition: int) -> Records:
    return [
        {
            "Fiscal Year": "2026 (FYTD)",
            "Month Grouping": "FYTD",
            "Month (abbv)": month,
            "Component": "U.S. Border Patrol",
            "Demographic": "FMUA",
            "Citizenship Grouping": "Mexico",
            "Title of Authority": "Title 8",
            "Encounter Type": "Apprehensions",
            "Encounter Count": 100 * edition + number,
        }
        for number, month in enumerate(("OCT", "NOV", "DEC", "JAN", "FEB", "MAR"))
    ]


def _rates(edition: int) -> Records:
    return [{"observation_date": f"2026-10-0{day}", "DEXMXUS": 18 + day / 10 + edition} for day in range(1, 8)]


def _documents(edition: int) -> Records:
    return [
        {
            "document_number": f"2026-{edition}{n}",
            "title": f"México {n}",
            "publication_date": "2026-11-20",
            "html_url": "x",
        }
        for n in range(3)
    ]


def _actions(edition: int) -> Records:
    return [{"title": f"Order {edition}.{n} on México", "link": "x", "pubDate": "Tue, 24 Nov 2026"} for n in range(3)]


def _posts(edition: int) -> Records:
    return [
        {"id": edition * 10 + n, "date_gmt": "2026-11-20T10:00:00", "link": "x", "title": "México", "content": "…"}
        for n in range(3)
    ]


def _justice(edition: int) -> Records:
    return [{"title": f"México {edition}.{n}", "url": "x", "date": str(1795000000 + n), "body": "…"} for n in range(3)]


def _words(edition: int) -> Records:
    return [{"speaker": f"PRESIDENTA DE MÉXICO {edition}.{n}:", "text": "palabra " * 20} for n in range(3)]


def _headings(edition: int) -> Records:
    return [{"htsno": f"9903.01.0{n}", "description": f"México, {edition}", "general": "25%"} for n in range(3)]


def _events(edition: int) -> Records:
    return [{f"c{n}": f"é{edition}.{row}.{n}" for n in range(58)} for row in range(3)]


ARCHIVE = "/sites/default/files/2026-10/sbo-encounters-fy23-fy26-sep.csv"
ARTICLE = "/presidencia/es/articulos/version-estenografica-conferencia-de-prensa-del-24-de-noviembre-de-2026"
KIND = {
    "page": Kind(
        "cbp_sbo_encounters",
        _encounters,
        _csv,
        f"www.cbp.gov{ARCHIVE}",
        lambda _: {
            "www.cbp.gov/document/stats/southwest-land-border-encounters": _linking(
                "/sites/default/files/2026-09/sbo-encounters-fy23-fy26-aug.csv", ARCHIVE
            )
        },
        "text/csv",
        needed="Demographic",
    ),
    "file, csv": Kind(
        "fed_exchange_rates",
        _rates,
        _csv,
        "fred.stlouisfed.org/graph/fredgraph.csv",
        content_type="text/csv",
        needed="DEXMXUS",
    ),
    "file, json": Kind("hts_chapter99", _headings, _list, "hts.usitc.gov/reststop/exportList", needed="general"),
    "federal_register": Kind(
        "federal_register", _documents, _results, "www.federalregister.gov/api/v1/documents.json", needed="title"
    ),
    "feed": Kind("whitehouse_actions", _actions, _feed, "www.whitehouse.gov/presidential-actions/feed/", needed="link"),
    "wordpress": Kind(
        "state_releases",
        _posts,
        _list,
        "www.state.gov/wp-json/wp/v2/state_press_release",
        headers={"X-WP-TotalPages": "1"},
        needed="content",
    ),
    "doj": Kind("doj_releases", _justice, _releases, "www.justice.gov/api/v1/press_releases.json", needed="body"),
    "gobmx": Kind(
        "gobmx_presidency",
        _words,
        _article,
        f"www.gob.mx{ARTICLE}",
        lambda _: {"www.gob.mx/presidencia/es/archivo/articulos": _linking(f"{ARTICLE}?idiom=es")},
        "text/html",
    ),
    "gdelt": Kind(
        "gdelt_events",
        _events,
        _tsv_zip,
        "data.gdeltproject.org/events/20261124.export.CSV.zip",
        lambda payload: {
            "data.gdeltproject.org/events/md5sums": (
                f"{hashlib.md5(payload, usedforsecurity=False).hexdigest()}  20261124.export.CSV.zip\n".encode()
            )
        },
        needed="c5",
    ),
}


def _linking(*paths: str) -> bytes:
    links = "".join(f'<a href="{path}">file</a>' for path in paths)
    return f"<!DOCTYPE html><html><body>{links}</body></html>".encode()


def _renamed(kind: Kind) -> Change:
    return lambda records: [
        {f"{name}X" if name == kind.needed else name: v for name, v in record.items()} for record in records
    ]


def _without(kind: Kind) -> Change:
    return lambda records: [{name: v for name, v in record.items() if name != kind.needed} for record in records]


CHANGES: dict[str, Callable[[Kind], Change]] = {
    "column renamed": _renamed,
    "column gone": _without,
    "column added": lambda _: lambda records: [{**record, "added": "1"} for record in records],
    "all rows twice": lambda _: lambda records: [*records, *records],
}
NOT_MET = "\N{EN DASH}"
"""A cell of the page whose kind cannot meet the fault."""
CHALLENGE = b"<!DOCTYPE html><html><head><title>Challenge Validation</title></head><body></body></html>"


def _replies(kind: Kind, payload: bytes, reply: "type[Reply]") -> dict[str, list["Reply"]]:
    """Return what the payload's address answers, in turn and then the last for ever, by fault."""
    good = reply(payload, headers={"Content-Type": kind.content_type, **(kind.headers or {})})
    is_zip = kind.source_id == "gdelt_events"
    encoding = "latin-1" if kind.content_type == "text/html" else "utf-16"
    wide = _zipped(b"\xff\xfe\x00" * 100) if is_zip else payload.decode().encode(encoding)
    bomb = _bomb(is_zip)
    packing = {} if is_zip else {"Content-Encoding": "gzip"}
    return {
        "no answer": [replace(good, mode="hang")],
        "403": [reply(b"Forbidden", 403)],
        "404": [reply(b"<html>Not found</html>", 404, {"Content-Type": "text/html"})],
        "429, then good": [reply(b"", 429, {"Retry-After": "0"}), good],
        "429, wait a day": [reply(b"", 429, {"Retry-After": "86400"})],
        "500, then good": [reply(b"", 500), good],
        "500 always": [reply(b"", 500)],
        "challenge page, 200": [reply(CHALLENGE, 200, {"Content-Type": "text/html"})],
        "empty, 200": [replace(good, body=b"")],
        "cut off": [replace(good, mode="cut")],
        "another type of file": [
            replace(good, body=b"%PDF-1.7 " + bytes(200), headers={"Content-Type": "application/pdf"})
        ],
        "another encoding": [replace(good, body=wide)],
        "bomb": [replace(good, body=bomb, headers={**good.headers, **packing})],
        "endless body": [replace(good, mode="endless")],
        "redirected to another host": [reply(b"", 302, {"Location": "https://files.example.org/x.csv"})],
        "redirected to this machine": [reply(b"", 302, {"Location": "http://127.0.0.1/x.csv"})],
        "wrong certificate": [good],
        "connection refused": [good],
        **{change: [good] for change in CHANGES},
    }


def _visit(replay: "Replay", settings: Settings, kind: Kind, now: datetime) -> list[Outcome]:
    live = live_sources()[kind.source_id]
    with replay.client() as client:
        visit = Visit(settings, kind.source_id, live, client, why_no_rows, now)
        KINDS[live.kind](visit, live.files[0])
    return visit.outcomes


def _serve(replay: "Replay", kind: Kind, replies: list["Reply"], listed: bytes, reply: "type[Reply]") -> None:
    turns = iter(replies)
    last = replies[-1]

    def answer(_: httpx.Headers) -> "Reply":
        return next(turns, last)

    replay.routes[kind.address] = answer
    for address, body in kind.beside(listed).items():
        replay.routes[address] = reply(
            body, headers={"Content-Type": "text/html" if b"<html" in body else "text/plain"}
        )


def _told(outcomes: list[Outcome]) -> str:
    """Return the outcome as the page prints it: the last of several, as of the months of a search."""
    last = outcomes[-1]
    return last.outcome if last.reason is None else last.reason


def _expected() -> list[tuple[str, str, str]]:
    table = PAGE.split("<!-- matrix -->")[1].split("<!-- end -->")[0]
    rows = [[cell.strip().strip("`") for cell in line.strip("| ").split("|")] for line in table.strip().splitlines()]
    head, body = rows[0], rows[2:]
    return [
        (row[0], kind, cell) for row in body for kind, cell in zip(head[1:], row[1:], strict=True) if cell != NOT_MET
    ]


CASES = _expected()


@pytest.mark.parametrize(("fault", "name", "expected"), CASES, ids=[f"{fault}: {kind}" for fault, kind, _ in CASES])
def test_a_fault_ends_as_the_page_says_and_loses_nothing(
    fault: str, name: str, expected: str, replay: "Replay", tmp_path: Path
) -> None:
    kind, settings = KIND[name], Settings(home=tmp_path)
    reply = replay.reply
    first = kind.written(kind.records(1))
    _serve(replay, kind, _replies(kind, first, reply)["wrong certificate"], first, reply)
    assert [one.outcome for one in _visit(replay, settings, kind, NOW)][-1] == "landed"
    before = {item.snapshot_id: item.payload for item in snapshots(settings, kind.source_id)}
    rows = _rows(settings, kind.source_id)

    now = NOW + timedelta(days=1)
    change = CHANGES[fault](kind) if fault in CHANGES else lambda records: records
    second = kind.written(change(kind.records(2)))
    address = kind.address.replace("20261124", "20261125") if name == "gdelt" else kind.address
    moved = replace(kind, address=address, beside=lambda payload: _moved(kind.beside(payload), name))
    replies = _replies(kind, second, reply)[fault]
    _serve(replay, moved, replies, replies[-1].body if fault in ("bomb", "another encoding") else second, reply)
    if fault in ("wrong certificate", "connection refused"):
        broken = "certificate" if fault == "wrong certificate" else "refused"
        replay.broken = lambda asked: broken if asked.split("?")[0] == address else None
    outcomes = _visit(replay, settings, moved, now)

    assert _told(outcomes) == expected
    after = {item.snapshot_id: item.payload for item in snapshots(settings, kind.source_id)}
    assert before.items() <= after.items(), "a payload was lost or changed"
    if expected != "landed":
        assert _rows(settings, kind.source_id) == rows, "the last good rows changed"
        assert all(one.detail for one in outcomes if one.reason), "a reason without words"
    assert read(settings.raw / kind.source_id)[-len(outcomes) :] == outcomes
    if "then good" in fault:
        assert outcomes[0].attempts == 2


def _moved(pages: dict[str, bytes], name: str) -> dict[str, bytes]:
    if name != "gdelt":
        return pages
    return {address: body.replace(b"20261124", b"20261125") for address, body in pages.items()}


def _rows(settings: Settings, source_id: str) -> list[tuple[object, ...]]:
    tables = {
        "cbp_sbo_encounters": "core_cbp__monthly_encounters_southwest",
        "fed_exchange_rates": "core_indicator__observations",
    }
    if source_id not in tables:
        return []
    return ingest_statistics(settings, tables[source_id], [source_id]).frame.rows()


def test_the_page_names_every_reason_with_its_meaning() -> None:
    assert set(MEANINGS) == set(REASONS)
    text = (Path(__file__).parents[2] / "docs" / "fetching.md").read_text("utf-8")
    assert [one for one in REASONS if f"| `{one}` | {MEANINGS[one]} |" not in text] == []


def test_the_page_has_every_fault_and_every_kind(replay: "Replay") -> None:
    faults = dict.fromkeys(fault for fault, _, _ in CASES)
    assert set(faults) == set(_replies(KIND["page"], b"x", replay.reply))
    assert {kind for _, kind, _ in CASES} == set(KIND)
    assert {re.split(",", kind)[0] for kind in KIND} == set(KINDS)

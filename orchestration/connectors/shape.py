"""What must be true of a payload before it lands. It looks at the outside of a file; rows are the parsers' business."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from types import MappingProxyType

from orchestration.connectors.faults import FetchFault
from transforms.sources.reading import unpacked_size
from warehouse.catalog.models import LiveFile, Shape

CHALLENGE = re.compile(
    r"challenge validation|just a moment|access denied|attention required|pardon our interruption|"
    r"technical difficulties|request unsuccessful|incapsula|are you a robot|verify you are human",
    re.IGNORECASE,
)
"""What titles of pages say that stand in place of a file."""
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
PAGE = (b"<!doctype html", b"<html", b"<head", b"<body")
"""How web pages begin, in lower case, after comments."""
FEEDS = (b"rss", b"feed", b"rdf:RDF")
"""Roots of feeds."""
BOM = b"\xef\xbb\xbf"
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LARGEST_RATIO = 100
"""Bytes unpacked for one packed; tables pack to about a tenth."""
LARGEST_UNPACKED = 1_000_000_000
SMALL_UNPACKED = 20_000_000
"""Below this no ratio is suspicious."""


def check(payload: bytes, file: LiveFile, content_type: str = "") -> None:
    """Hold a payload to what the catalogue declares of its file.

    Args:
        payload: Bytes as received, unpacked if the transfer was packed.
        file: What is expected.
        content_type: The answer's header; it decides only where the bytes leave it open.

    Raises:
        FetchFault: With the reason challenge, wrong_type, bomb, empty, truncated or shape.
    """
    is_page = opening(payload).lower().startswith(PAGE)
    if is_page:
        refuse_challenge(payload)
    if is_page != (file.shape == "html"):
        raise FetchFault(
            "wrong_type", f"{'a web page' if is_page else content_type or 'no web page'} in place of {file.shape}"
        )
    CHECKS[file.shape](payload, file)


def opening(payload: bytes) -> bytes:
    """Return the first 20 bytes after byte order mark, white space, comments and declarations."""
    at, ends = len(BOM) if payload.startswith(BOM) else 0, {b"<!--": b"-->", b"<?": b"?>"}
    while True:
        while payload[at : at + 1].isspace():
            at += 1
        end = next((end for start, end in ends.items() if payload.startswith(start, at)), None)
        found = payload.find(end, at) if end else -1
        if end is None or found < 0:
            return payload[at : at + 20]
        at = found + len(end)


def refuse_challenge(payload: bytes) -> None:
    """Refuse a page that tests for a browser.

    Raises:
        FetchFault: It is one.
    """
    text = payload[:20_000].decode("utf-8", "replace")
    title = TITLE.search(text)
    says = title[1].strip() if title else ""
    if CHALLENGE.search(says) or (len(payload) < 5_000 and CHALLENGE.search(text)):
        raise FetchFault("challenge", f"a page titled {says[:80]!r}")


def text_of(payload: bytes) -> str:
    """Return a page's text: UTF-8, else Latin-1, which SEGOB still writes."""
    try:
        return payload.decode("utf-8-sig")
    except UnicodeDecodeError:
        return payload.decode("latin-1")


def records(payload: bytes, *path: str) -> list[Mapping[str, object]]:
    """Return the list of objects that a JSON payload holds at a path.

    Raises:
        FetchFault: There is none.
    """
    found: object = _json(payload)
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise FetchFault("shape", f"no list of objects at {'.'.join(path) or 'the top'}")
    return found


def number(payload: bytes, *path: str) -> int:
    """Return the whole number, perhaps written as text, that a JSON payload holds at a path.

    Raises:
        FetchFault: There is none.
    """
    found: object = _json(payload)
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    if not re.fullmatch(r"\d{1,11}", str(found)):
        raise FetchFault("shape", f"no number at {'.'.join(path)}")
    return int(str(found))


def _json(payload: bytes) -> object:
    try:
        return json.loads(payload.decode("utf-8-sig"))  # JSON travels in UTF-8; bytes would be guessed
    except ValueError as error:  # a UnicodeDecodeError is one
        raise FetchFault("shape", f"no JSON: {error}") from error
    except RecursionError as error:
        raise FetchFault("bomb", "JSON nested beyond measure") from error


def _csv(payload: bytes, file: LiveFile) -> None:
    if payload.startswith((ZIP, OLE)) or b"\0" in payload[:1024]:
        is_wide = payload.startswith((b"\xff\xfe", b"\xfe\xff"))
        raise FetchFault(
            "shape" if is_wide else "wrong_type", "text in UTF-16" if is_wide else "a binary file in place of csv"
        )
    try:
        heading = payload.removeprefix(BOM).split(b"\n", 1)[0].decode("utf-8").lstrip()
        payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FetchFault("shape", f"not UTF-8: {error.reason} at byte {error.start}") from error
    if not re.match(file.starts or "", heading):
        raise FetchFault("shape", f"the heading begins {heading[:80]!r}")
    if len(payload.strip().split(b"\n", 1)) < 2:
        raise FetchFault("empty", "a heading without rows")


def _workbook(payload: bytes, _: LiveFile) -> None:
    if payload.startswith(OLE):
        return
    _unpacked(payload, "a workbook")
    most = _most(payload)
    try:
        size = unpacked_size(payload, most)
    except Exception as error:  # a damaged archive makes zipfile raise whatever its broken field leads to
        raise FetchFault("truncated", f"the workbook cannot be unpacked: {error}") from error
    if size > most:  # whatever it declares: the engines that read workbooks do not ask
        raise FetchFault("bomb", f"{len(payload)} bytes unpack to more than {most}")


def _tsv_zip(payload: bytes, file: LiveFile) -> None:
    members = _unpacked(payload, "a zip")
    if len(members) != 1:
        raise FetchFault("shape", f"{len(members)} files in the zip, not one")
    with zipfile.ZipFile(io.BytesIO(payload)) as packed, packed.open(members[0]) as member:
        try:
            line = member.read(65_536).split(b"\n", 1)[0].decode("utf-8")
        except UnicodeDecodeError as error:
            raise FetchFault("shape", f"not UTF-8: {error.reason}") from error
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
            raise FetchFault("truncated", f"the zip cannot be unpacked: {error}") from error
    width = str(line.count("\t") + 1)
    if file.fields and width not in file.fields:
        raise FetchFault("shape", f"{width} columns, not {' or '.join(file.fields)}")


def _unpacked(payload: bytes, expected: str) -> list[zipfile.ZipInfo]:
    """Return a zip's members after a look at the sizes that it declares; nothing is unpacked."""
    if not payload.startswith(ZIP):
        raise FetchFault("wrong_type", f"not {expected}: it begins {payload[:4]!r}")
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise FetchFault("truncated", f"not a whole zip: {error}") from error
    total = sum(member.file_size for member in members)
    if total > _most(payload):
        raise FetchFault("bomb", f"{len(payload)} bytes unpack to {total}")
    return members


def _most(payload: bytes) -> int:
    return max(SMALL_UNPACKED, min(LARGEST_UNPACKED, LARGEST_RATIO * len(payload)))


def _json_object(payload: bytes, file: LiveFile) -> None:
    if payload[:1] not in (b"{", b"[") and not payload.lstrip().startswith((b"{", b"[", b"\xff\xfe")):
        raise FetchFault("wrong_type", f"no JSON: it begins {payload[:20]!r}")
    _have(records(payload, "results"), file)


def _json_array(payload: bytes, file: LiveFile) -> None:
    if not payload.lstrip().startswith((b"{", b"[", b"\xff\xfe")):
        raise FetchFault("wrong_type", f"no JSON: it begins {payload[:20]!r}")
    _have(records(payload), file)


def _have(found: list[Mapping[str, object]], file: LiveFile) -> None:
    if lacking := sorted({name for one in found for name in file.fields if name not in one}):
        raise FetchFault("shape", f"records without {', '.join(lacking)}")


def _feed(payload: bytes, file: LiveFile) -> None:
    """A feed is cut at its tags: it needs no XML parser, which could be made to unpack entities."""
    first = opening(payload)
    root = next((name for name in FEEDS if re.match(rb"<%s\b" % name, first)), None)
    if root is None:
        is_wide = payload.startswith((b"\xff\xfe", b"\xfe\xff"))
        raise FetchFault("shape" if is_wide else "wrong_type", f"no feed: it begins {first!r}")
    if b"<!ENTITY" in payload:
        raise FetchFault("bomb", "a feed with entities of its own")
    if not payload.rstrip().endswith(b"</" + root + b">"):
        raise FetchFault("truncated", "the feed's root is not closed")
    _decodes(payload)
    name = b"entry" if root == b"feed" else b"item"
    items = [piece[piece.rfind(b"<" + name) :] for piece in payload.split(b"</" + name + b">")[:-1]]
    if not items:
        raise FetchFault("empty", "a feed without items, which no publisher's feed is")
    lacking = sorted({name for item in items for name in file.fields if not re.search(rb"<%s\b" % name.encode(), item)})
    if lacking:
        raise FetchFault("shape", f"items without {', '.join(lacking)}")


def _html(payload: bytes, file: LiveFile) -> None:
    text = text_of(payload)
    if "</html" not in text[-5_000:].lower():
        raise FetchFault("truncated", "the page does not end")
    if lacking := [mark for mark in file.fields if mark not in text]:
        raise FetchFault("shape", f"a page without {', '.join(lacking)}")


def _text(payload: bytes, file: LiveFile) -> None:
    heading = payload[:400].decode("utf-8", "replace")
    if not re.match(file.starts or "", heading):
        raise FetchFault("shape", f"the list begins {heading[:80]!r}")


def _decodes(payload: bytes) -> None:
    declared = re.match(rb"""\s*<\?xml[^>]*encoding=["']([\w-]+)""", payload.removeprefix(BOM))
    try:
        payload.decode(declared[1].decode() if declared else "utf-8")
    except (UnicodeDecodeError, LookupError) as error:
        raise FetchFault("shape", f"not the encoding that it declares: {error}") from error


CHECKS: Mapping[Shape, Callable[[bytes, LiveFile], None]] = MappingProxyType(
    {
        "csv": _csv,
        "tsv_zip": _tsv_zip,
        "workbook": _workbook,
        "json_object": _json_object,
        "json_array": _json_array,
        "feed": _feed,
        "html": _html,
        "text": _text,
    }
)

"""Packed payloads are counted as they unpack, whatever they declare, and nothing is unpacked to a path."""

import gzip
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from orchestration.connectors.faults import FetchFault
from orchestration.connectors.shape import SMALL_UNPACKED, check
from transforms.sources import reading
from transforms.sources.gdelt import parse_events
from transforms.sources.reading import read_sheet, read_text
from warehouse.catalog.models import LiveFile
from warehouse.errors import SourceError

WORKBOOK = LiveFile(name="book", url="https://example.org/book.xlsx", shape="workbook")
TRUE_SIZE, DECLARED = SMALL_UNPACKED + 10_000_000, 1000


def packed(content: bytes, name: str = "xl/worksheets/sheet1.xml") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.fixture(scope="module")
def liar() -> bytes:
    """Return a workbook that declares a thousandth of what it unpacks to."""
    honest = packed(bytes(TRUE_SIZE))
    return honest.replace(struct.pack("<I", TRUE_SIZE), struct.pack("<I", DECLARED))


def test_a_workbook_is_counted_whatever_it_declares(liar: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(io.BytesIO(liar)) as archive:
        assert archive.infolist()[0].file_size == DECLARED
    with pytest.raises(FetchFault, match="unpack to more than") as refused:
        check(liar, WORKBOOK)
    assert refused.value.reason == "bomb"
    monkeypatch.setattr(reading, "LARGEST", SMALL_UNPACKED)
    with pytest.raises(SourceError, match="unpacks to more than"):
        read_sheet("gpr", liar, "Sheet1", ["month"])


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        pytest.param(gzip.compress(b"a\n" + b"1\n" * 600_000), "unpacks to more", id="gzip"),
        pytest.param(gzip.compress(b"a\n1\n") + gzip.compress(b"1\n"), "several texts", id="gzip twice"),
        pytest.param(gzip.compress(b"a\n1\n" * 1000)[:-20], "ends too early", id="cut"),
        pytest.param(zlib.compress(b"a\n1\n"), "not with gzip", id="zlib"),
        pytest.param(b"\x28\xb5\x2f\xfd" + bytes(20), "not with gzip", id="zstd"),
    ],
)
def test_a_packed_text_is_bounded(payload: bytes, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 1_000_000)
    with pytest.raises(SourceError, match=words):
        read_text("usbp_sectors", payload, ["a"])


def test_a_text_packed_as_it_should_be_is_read() -> None:
    assert read_text("usbp_sectors", gzip.compress(b"a\n1\n2\n"), ["a"]).rows() == [("1",), ("2",)]


def test_a_members_name_is_never_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    row = "\t".join(["1", "20261124", *["x"] * 54, "20261124", "https://example.org"]).encode()
    for name in ("../../slipped.csv", "/tmp/slipped.csv", "..\\slipped.csv"):
        assert parse_events(packed(row, name)).rows_in == 1
    assert list(tmp_path.rglob("*")) == []
    assert not (tmp_path.parent.parent / "slipped.csv").exists()

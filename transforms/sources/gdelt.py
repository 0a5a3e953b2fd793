r"""GDELT events: 2.0's quarter-hours (61 columns) and 1.0's days (58) and back files (57), one row an event.

Quirks of the files:

- Tab-separated, no header, and no quoting: a double quote is data. A row's width tells its layout, and one back file can
  hold two. Bytes that are no UTF-8 become U+FFFD.
- A file carries events dated one week, month, year or decade before it: what a text recalls, not what happened. Rows are
  indexed by DATEADDED, and those whose SQLDATE is more than two days from it are flagged `is_reemitted` and left out of
  daily counts. Back files were added in 2013 and later, so all of their old events are.
- Event codes keep leading zeros and have two to four digits: text. Actors carry CAMEO's countries (USA, MEX), places FIPS 10-4
  (US, MX): two code systems in one row. Actor codes carry roles (USAGOV): the country is read from its own column.
- One article gives several events: three USA-MEX rows of 20180326044500 share link, codes and tone. They are one story.
- An id is unique within a file; the guard is for re-runs and the copies that files of both versions hold.
- Quarter-hours are missing now and then, and their files never appear.
"""

import io
import re
import struct
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

import numpy as np
import polars as pl
import polars.selectors as cs
from isal import isal_zlib

from transforms import events as counting
from transforms.parsed import Parsed, split
from transforms.sources.reading import first_of
from warehouse.errors import SourceError

SOURCE = "gdelt_events"
LARGEST = 1 << 30
"""Bytes that a file may unpack to; a day of 1.0 has about 100 million."""
NEAR_BYTES = 1 << 20
"""Bytes that are compared at a time, so that what is made of them stays in the processor's cache."""
COMMON = MappingProxyType(
    {
        "event_id": 0,
        "sqldate": 1,
        "actor1_code": 5,
        "actor1_country": 7,
        "actor2_code": 15,
        "actor2_country": 17,
        "is_root": 25,
        "event_code": 26,
        "base_code": 27,
        "root_code": 28,
        "quad_class": 29,
        "goldstein": 30,
        "mentions": 31,
        "sources": 32,
        "articles": 33,
        "tone": 34,
    }
)
"""Place of each column that all layouts share."""
LAYOUTS = MappingProxyType(
    {
        61: {"action_geo_fips": 53, "dateadded": 59, "url": 60},
        58: {"action_geo_fips": 51, "dateadded": 56, "url": 57},
        57: {"action_geo_fips": 51, "dateadded": 56},
    }
)
"""Place of the others, by the row's width."""
OTHERS = ("action_geo_fips", "dateadded", "url")
EVENTS = pl.Schema(
    {
        "event_id": pl.Int64(),
        "day": pl.Date(),
        "added_at": pl.Datetime("us"),
        "event_on": pl.Date(),
        "is_reemitted": pl.Boolean(),
        "actor1_code": pl.String(),
        "actor1_country": pl.String(),
        "actor2_code": pl.String(),
        "actor2_country": pl.String(),
        "is_root": pl.Boolean(),
        "event_code": pl.String(),
        "base_code": pl.String(),
        "root_code": pl.String(),
        "quad_class": pl.Int8(),
        "goldstein": pl.Float64(),
        "mentions": pl.Int64(),
        "sources": pl.Int64(),
        "articles": pl.Int64(),
        "tone": pl.Float64(),
        "action_geo_fips": pl.String(),
        "url": pl.String(),
    }
)
"""Columns of an event. Countries of actors are CAMEO's, of places FIPS 10-4; days and times are UTC."""
NUMBERS = MappingProxyType(
    {name: EVENTS[name] for name in ("quad_class", "goldstein", "mentions", "sources", "articles", "tone")}
)
NEAR_DAYS = 2
"""Days between an event's date and its adding within which it counts as of the day of adding."""
SLOT = re.compile(r"(?<!\d)(\d{8})(\d{4})00\.(?:translation\.)?export\.csv", re.I)

_TEXTS = ("actor1_code", "actor1_country", "actor2_code", "actor2_country", "event_code", "base_code", "root_code")


def parse_events(payload: bytes) -> Parsed:
    """Return the events of one file, zipped or not; each row is stored or rejected.

    Raises:
        SourceError: The payload is no such file: no row has the width of a layout, or the archive cannot be unpacked.
    """
    content = _unpacked(payload)
    read = _fields(content)
    if not read.select(pl.col("width").is_in(list(LAYOUTS)).any()).item():
        raise SourceError(SOURCE, "no row has 57, 58 or 61 columns", "look at the file as fetched")
    number, added = pl.col("event_id"), pl.col("dateadded")
    moment = added.str.to_datetime("%Y%m%d%H%M%S", strict=False, time_unit="us")
    derived = read.with_columns(number.str.strip_chars()).with_columns(
        pl.when(_is_digits(number, 1, 18)).then(number.cast(pl.Int64, strict=False)).alias("id"),
        pl.when(_is_digits(added, 14, 14))
        .then(moment)
        .otherwise(_day(added).cast(pl.Datetime("us")))
        .alias("added_at"),
        _day(pl.col("sqldate")).alias("event_on"),
    )
    rules = [
        ("width of no layout", pl.col("width").is_in(list(LAYOUTS))),
        ("no id", pl.col("id").is_not_null()),
        ("no DATEADDED", pl.col("added_at").dt.year().is_between(1979, 2200)),
        ("no SQLDATE", pl.col("event_on").is_not_null()),
        first_of(["id"]),
    ]
    good, rejected = split(derived, rules)
    lines = _lines(content) if rejected.height else []
    shown = pl.Series("line", [lines[number - 1] for number in rejected["row_number"]], dtype=pl.String)
    as_read = shown.to_frame().select(pl.struct("line").struct.json_encode().alias("row")).to_series()
    return Parsed(_typed(good), rejected.select("row_number", "rule").with_columns(as_read), read.height)


def daily_dyads(events: pl.LazyFrame, iso3_of_cameo: Mapping[str, str]) -> pl.DataFrame:
    """Return daily counts of events between two known countries, without knowledge time.

    Args:
        events: Columns of EVENTS and snapshot_id, of any number of files.
        iso3_of_cameo: ISO3 by CAMEO's country code.

    Returns:
        Columns of `transforms.events.daily_dyads` and snapshot_id (of the last file of the cell).
    """
    countries = pl.LazyFrame({"cameo": list(iso3_of_cameo), "iso3": list(iso3_of_cameo.values())})
    rows = counting.dyad_events(events, countries).collect(engine="streaming").lazy()
    last = rows.group_by(counting.CELL).agg(pl.col("snapshot_id").sort_by("added_at", "snapshot_id").last())
    cells = counting.daily_dyads(rows)
    return cells.join(last, on=counting.CELL, how="left", validate="1:1", maintain_order="left").collect()


def missing_slots(day: date, names: Iterable[str]) -> list[str]:
    """Return the quarter-hours of a day for which no file of GDELT 2.0 has landed, as YYYYMMDDHHMMSS, in order."""
    landed = {f"{found[1]}{found[2]}" for name in names for found in SLOT.finditer(name)}
    slots = [f"{day:%Y%m%d}{hour:02d}{minute:02d}" for hour in range(24) for minute in (0, 15, 30, 45)]
    return [f"{slot}00" for slot in slots if slot not in landed]


def _unpacked(payload: bytes) -> bytes:
    if not payload.startswith(b"PK"):
        return payload
    try:
        content, files = _only_file(payload)
    except Exception as error:  # a damaged archive makes zipfile raise whatever its broken field leads to
        raise SourceError(
            SOURCE, f"the archive cannot be unpacked: {error}", "fetch it again, check its MD5"
        ) from error
    if files != 1:
        raise SourceError(SOURCE, f"the archive holds {files} files, not one", "look at the file as fetched")
    if len(content) > LARGEST:
        raise SourceError(SOURCE, f"the archive unpacks to more than {LARGEST} bytes", "look at the file as fetched")
    return content


def _only_file(payload: bytes) -> tuple[bytes, int]:
    """Return the file of an archive, to one byte beyond the largest, and how many files it holds."""
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
        if len(entries) != 1:
            return b"", len(entries)
        entry = entries[0]
        with archive.open(entry) as member:  # which reads the entry's own header, and refuses what is locked
            is_deflated = entry.compress_type == zipfile.ZIP_DEFLATED
            return _inflated(payload, entry) if is_deflated else member.read(LARGEST + 1), 1


def _inflated(payload: bytes, entry: zipfile.ZipInfo) -> bytes:
    """Return the file of an entry packed as most are, to one byte beyond the largest; zipfile takes three times as long."""
    names = sum(struct.unpack_from("<HH", payload, entry.header_offset + 26))
    start = entry.header_offset + 30 + names
    packed = memoryview(payload)[start : start + entry.compress_size]
    content = isal_zlib.decompressobj(wbits=-15).decompress(packed, LARGEST + 1)
    if len(content) <= LARGEST and (len(content), isal_zlib.crc32(content)) != (entry.file_size, entry.CRC):
        raise zipfile.BadZipFile("its size or checksum is not that of the file in it")
    return content


def _lines(content: bytes) -> list[str]:
    text = content.decode("utf-8", "replace").removesuffix("\n")
    return text.split("\n") if text else []


def _fields(content: bytes) -> pl.DataFrame:
    """Return each row's width and the columns of its layout as text, or NUMBERS as such where all of them are.

    Rows of one width, which is every file but a few, are read column by column; others are split one by one.
    """
    found = _width(content)
    if not found:
        return _ragged(content)
    width, rows = found
    try:
        table = _table(content, width, NUMBERS)
    except pl.exceptions.ComputeError:
        table = _table(content, width, {})
    # A row that is too narrow ends in an empty field; where none is, none is too wide either, as the tabs add up.
    if table.height != rows or ((table[:, -1] == "").any() and not _is_even(content, width)):
        return _ragged(content)
    without = [pl.lit(None, dtype=pl.String).alias(name) for name in OTHERS if name not in LAYOUTS[width]]
    return table.with_columns(pl.lit(width, dtype=pl.UInt32).alias("width"), *without)


def _table(content: bytes, width: int, kinds: Mapping[str, pl.DataType]) -> pl.DataFrame:
    names = {place: name for name, place in (COMMON | LAYOUTS[width]).items()}
    fields = [names.get(place, str(place)) for place in range(width)]
    return pl.read_csv(
        content, has_header=False, separator="\t", quote_char=None, encoding="utf8-lossy", empty_string_is_null=False,
        schema={field: kinds.get(field, pl.String()) for field in fields}, columns=sorted(names),
    )  # fmt: skip


def _width(content: bytes) -> tuple[int, int] | None:
    """Return the first row's width and the number of rows; None where tabs do not add up, or lines end otherwise."""
    if not content or b"\r" in content:
        return None
    data = np.frombuffer(content, np.uint8)
    rows = _count(data, b"\n") + (not content.endswith(b"\n"))
    first = content.find(b"\n")
    width = content.count(b"\t", 0, first if first >= 0 else None) + 1
    return (width, rows) if width in LAYOUTS and _count(data, b"\t") == rows * (width - 1) else None


def _count(data: np.ndarray[tuple[int], np.dtype[np.uint8]], byte: bytes) -> int:
    parts = np.array_split(data, len(data) // NEAR_BYTES + 1)
    return sum(int(np.count_nonzero(part == ord(byte))) for part in parts)


def _is_even(content: bytes, width: int) -> bool:
    """Tell whether each row has this width."""
    data = np.frombuffer(content if content.endswith(b"\n") else content + b"\n", np.uint8)
    before = np.searchsorted(np.flatnonzero(data == ord("\t")), np.flatnonzero(data == ord("\n")))
    return bool((np.diff(before, prepend=0) == width - 1).all())


def _ragged(content: bytes) -> pl.DataFrame:
    lines = pl.DataFrame({"line": _lines(content)}, schema={"line": pl.String})
    parts = pl.col("line").str.strip_suffix("\r").str.split("\t")
    held = lines.select(parts.alias("parts"), parts.list.len().alias("width"))
    common = [pl.col("parts").list.get(place, null_on_oob=True).alias(name) for name, place in COMMON.items()]
    others = []
    for name in OTHERS:
        value = pl.lit(None, dtype=pl.String)
        for width, places in LAYOUTS.items():
            if name in places:
                here = pl.col("parts").list.get(places[name], null_on_oob=True)
                value = pl.when(pl.col("width") == width).then(here).otherwise(value)
        others.append(value.alias(name))
    return held.with_columns(*common, *others).drop("parts")


def _is_digits(text: pl.Expr, least: int, most: int) -> pl.Expr:
    """Tell whether text is as many digits; a sign, which a whole number may have, sorts below "0"."""
    is_number = text.cast(pl.Int64, strict=False).is_not_null() & (text >= "0")
    return is_number & text.str.len_bytes().is_between(least, most)


def _day(text: pl.Expr) -> pl.Expr:
    return pl.when(_is_digits(text, 8, 8)).then(text.str.to_date("%Y%m%d", strict=False))


def _typed(good: pl.DataFrame) -> pl.DataFrame:
    text = {
        name: pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in (*_TEXTS, "action_geo_fips", "url")
    }
    counts, figures = pl.col("mentions", "sources", "articles"), pl.col("goldstein", "tone")
    gap = (pl.col("added_at").dt.date() - pl.col("event_on")).dt.total_days().abs()
    blank = (cs.by_name(NUMBERS) & cs.string()).str.strip_chars_start(" ")  # which the reader of columns leaves out too
    numbers = good.with_columns(blank).with_columns(
        pl.col(name).cast(kind, strict=False) for name, kind in NUMBERS.items()
    )
    return numbers.with_columns(
        *text.values(),
        pl.when(counts.is_between(0, 1 << 31)).then(counts).otherwise(0),
        pl.when(figures.is_between(-100, 100)).then(figures),
        pl.col("id").alias("event_id"),
        pl.col("added_at").dt.date().alias("day"),
        (gap > NEAR_DAYS).alias("is_reemitted"),
        (pl.col("is_root") == "1").alias("is_root"),
    ).select(pl.col(name).cast(kind) for name, kind in EVENTS.items())

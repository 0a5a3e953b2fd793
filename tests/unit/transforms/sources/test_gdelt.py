"""GDELT's event files: real ones row for row where they are at hand, and the quirks on rows of our own."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from orchestration.events import iso3_of_cameo
from transforms.sources import gdelt
from transforms.sources.gdelt import daily_dyads, missing_slots, parse_events
from warehouse.errors import SourceError

GDELT = Path(__file__).parents[5] / "shared" / "data" / "economy" / "gdelt"
needs_shared = pytest.mark.skipif(not GDELT.is_dir(), reason=f"needs the shared files in {GDELT}")


def row(number: object, width: int = 61, **given: str) -> str:
    cells = [""] * width
    values = {
        "sqldate": "20180326",
        "code": "050",
        "url": "https://example.org/a",
        "tone": "1.5",
        "added": "20180326044500",
    }
    values |= given
    cells[0], cells[1], cells[7], cells[17] = str(number), values["sqldate"], values.get("one", "USA"), "MEX"
    cells[25:30] = ["1", values["code"], values["code"][:3], values["code"][:2], "1"]
    cells[31], cells[34] = "4", values["tone"]
    cells[59 if width == 61 else 56] = values["added"]
    if width != 57:
        cells[-1] = values["url"]
    return "\t".join(cells)


def file(*rows: str) -> bytes:
    return ("\n".join(rows) + "\n").encode()


def zipped(method: int = zipfile.ZIP_DEFLATED, /, **files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def daily(payload: bytes) -> pl.DataFrame:
    events = parse_events(payload).accepted.lazy().with_columns(pl.lit("gdelt_events:a").alias("snapshot_id"))
    return daily_dyads(events, iso3_of_cameo())


@needs_shared
def test_a_real_quarter_hour_is_conserved_and_its_three_rows_are_one_story() -> None:
    payload = (GDELT / "20180326044500.export.CSV").read_bytes()
    parsed = parse_events(payload)
    assert (parsed.rows_in, parsed.accepted.height, parsed.rejected.height) == (1540, 1540, 0)
    pair = parsed.accepted.filter((pl.col("actor1_country") == "USA") & (pl.col("actor2_country") == "MEX"))
    assert pair["event_id"].to_list() == [741918425, 741918426, 741918466]
    assert pair["url"].n_unique() == pair["tone"].n_unique() == 1
    assert parsed.accepted["is_reemitted"].sum() == 18 + 12 + 10, "a year, a week and a month back"
    (cell,) = daily(payload).filter(pl.col("dyad_id") == "USA-MEX").rows(named=True)
    assert (cell["events"], cell["stories"], cell["mentions"]) == (3, 1, 9)
    assert cell["tone_mean"] == pytest.approx(0.394477)


@needs_shared
@pytest.mark.parametrize(
    ("name", "widths"),
    [
        ("reed9999_gdelt1_20160728_sample.tsv", {58: 509, 57: 201}),
        ("spark-gdelt_events1.csv", {58: 60, 57: 40}),
    ],
)
def test_real_files_of_two_widths_are_read_row_by_row(name: str, widths: dict[int, int]) -> None:
    parsed = parse_events((GDELT / name).read_bytes())
    assert (parsed.rows_in, parsed.rejected.height) == (sum(widths.values()), 0)
    without_link = parsed.accepted["url"].is_null().sum()
    assert without_link >= widths[57]


def test_every_row_is_stored_or_rejected_with_its_reason() -> None:
    rows = [row(1), "narrow\trow", row("x"), row(2, added=""), row(1, code="190"), row(3, sqldate="0"), row(4)]
    parsed = parse_events(file(*rows))
    assert parsed.rows_in == 7
    assert parsed.accepted["event_id"].to_list() == [1, 4]
    assert parsed.rejected.select("row_number", "rule").rows() == [
        (2, "width of no layout"),
        (3, "no id"),
        (4, "no DATEADDED"),
        (5, "duplicate of an earlier row"),
        (6, "no SQLDATE"),
    ]
    assert parsed.rejected["row"][0] == '{"line":"narrow\\trow"}'


def test_codes_are_text_quotes_are_data_and_dirty_bytes_do_not_stop_a_file() -> None:
    payload = file(row(1, code="0231", url='https://example.org/"a')).replace(b"example", b"ex\xffmple")
    (event,) = parse_events(payload).accepted.rows(named=True)
    assert (event["event_code"], event["root_code"]) == ("0231", "02")
    assert event["url"] == 'https://ex\ufffdmple.org/"a'
    assert (event["added_at"], event["day"]) == (datetime(2018, 3, 26, 4, 45), date(2018, 3, 26))


@pytest.mark.parametrize(
    ("sqldate", "is_reemitted"), [("20180324", False), ("20180323", True), ("20170326", True), ("20180327", False)]
)
def test_an_event_far_from_its_adding_is_kept_and_not_counted(sqldate: str, is_reemitted: bool) -> None:
    payload = file(row(1, sqldate=sqldate))
    assert parse_events(payload).accepted["is_reemitted"].to_list() == [is_reemitted]
    (cell,) = daily(payload).rows(named=True)
    assert (cell["day"], cell["events"], cell["reemitted"]) == (
        date(2018, 3, 26),
        int(not is_reemitted),
        int(is_reemitted),
    )
    assert (cell["tone_mean"] is None) is is_reemitted


def test_each_story_weighs_the_same_and_back_files_without_links_are_a_story_a_row() -> None:
    link = "https://example.org/b"
    cell = daily(
        file(row(1, tone="2"), row(2, tone="2"), row(3, tone="-4", url=link), row(4, 57, added="20180326"))
    ).row(0, named=True)
    assert (cell["events"], cell["stories"]) == (4, 3)
    assert cell["tone_mean"] == pytest.approx((2 - 4 + 1.5) / 3)


def test_an_id_that_a_later_file_repeats_counts_once() -> None:
    first, again = (
        parse_events(file(row(1, added=added))).accepted.with_columns(pl.lit(added).alias("snapshot_id"))
        for added in ("20180326044500", "20180327000000")
    )
    cells = daily_dyads(pl.concat([again, first]).lazy(), iso3_of_cameo())
    assert cells.select("day", "events").rows() == [(date(2018, 3, 26), 1)]


def test_actors_are_cameos_countries_and_a_country_with_itself_is_no_dyad() -> None:
    cells = daily(file(row(1, one="ROM"), row(2, one="MEX"), row(3, one="EUR"), row(4, one="")))
    assert cells["dyad_id"].to_list() == ["ROU-MEX"]


def test_an_archive_holds_one_file() -> None:
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2):
        assert parse_events(zipped(method, a=file(row(1)))).rows_in == 1
    with pytest.raises(SourceError, match="2 files"):
        parse_events(zipped(a=file(row(1)), b=b""))
    with pytest.raises(SourceError, match="unpacked"):
        parse_events(zipped(a=file(row(1)))[:-30])


@pytest.mark.parametrize("place", [pytest.param(16, id="checksum"), pytest.param(24, id="size")])
def test_an_archive_that_tells_another_size_or_checksum_is_refused(place: int) -> None:
    packed = zipped(a=file(row(1), row(2)))
    at = packed.index(b"PK\x01\x02") + place
    with pytest.raises(SourceError, match="size or checksum"):
        parse_events(packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :])


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_an_archive_unpacks_to_no_more_than_the_largest(method: int, monkeypatch: pytest.MonkeyPatch) -> None:
    content = file(*(row(number) for number in range(100)))
    monkeypatch.setattr(gdelt, "LARGEST", len(content))
    assert parse_events(zipped(method, a=content)).rows_in == 100
    monkeypatch.setattr(gdelt, "LARGEST", len(content) - 1)
    with pytest.raises(SourceError, match="more than"):
        parse_events(zipped(method, a=content))


@pytest.mark.parametrize("payload", [b"", b"<html>busy</html>"], ids=["empty", "a page"])
def test_a_payload_without_a_row_of_a_layout_is_refused(payload: bytes) -> None:
    with pytest.raises(SourceError, match="57, 58 or 61"):
        parse_events(payload)


def test_missing_slots_of_a_day() -> None:
    day = date(2018, 3, 26)
    every = [f"20180326{hour:02d}{minute:02d}00.export.CSV.zip" for hour in range(24) for minute in (0, 15, 30, 45)]
    assert missing_slots(day, every) == []
    assert missing_slots(day, ["ab12-" + name for name in every if "0445" not in name]) == ["20180326044500"]
    assert len(missing_slots(day, ["20180325000000.export.CSV.zip", "20180326000000.mentions.CSV.zip"])) == 96


@pytest.mark.parametrize("width", gdelt.LAYOUTS)
@pytest.mark.parametrize("ending", [b"", b"\n", b"\n\n", b"\r\n"])
def test_rows_of_one_width_read_column_by_column_as_they_do_one_by_one(width: int, ending: bytes) -> None:
    odd = [b'"', b'a "b"', b"\xff\xfe", b"", b" ", b"\xc3\xb1", b"NA", b"007", b"\xe2\x82", b"#", b"1,5"]
    lines = [b"\t".join(odd[(row + place) % len(odd)] for place in range(width)) for row in range(len(odd))]
    content = b"\n".join(lines) + ending
    assert (gdelt._width(content) is not None) == (ending in (b"", b"\n"))
    fast, slow = gdelt._fields(content), gdelt._ragged(content)
    assert_frame_equal(fast.select(slow.columns), slow)


def test_rows_of_several_widths_are_read_one_by_one() -> None:
    lines = [b"\t".join([b"%d" % row] * width) for row, width in enumerate((61, 60, 62, 58, 57, 61))]
    assert gdelt._fields(b"\n".join(lines))["width"].to_list() == [61, 60, 62, 58, 57, 61]


@pytest.mark.parametrize("widths", [(61, 60, 62), (61, 62, 60), (60, 62, 61)])
def test_rows_too_narrow_and_too_wide_are_told_apart_though_their_tabs_add_up(widths: tuple[int, ...]) -> None:
    lines = [b"\t".join([b"%d" % row] * width) for row, width in enumerate(widths)]
    assert gdelt._fields(b"\n".join(lines))["width"].to_list() == list(widths)


@pytest.mark.parametrize("tone", ["1.5", " 1.5", "x", "+1.5", "", "1.5 ", "-1e1", "nan", "101"])
def test_a_figure_is_the_same_read_as_a_number_or_as_text(tone: str) -> None:
    rows = [row(1, tone=tone), row(2)]
    alone, beside = (parse_events(file(*rows, *more)).accepted.head(2) for more in ((), ("narrow",)))
    assert alone["tone"][1] == 1.5
    assert_frame_equal(alone, beside)


@pytest.mark.parametrize("number", ["+5", "-5", "5x", "", "1234567890123456789", "\u0665"])
def test_an_id_is_digits_only(number: str) -> None:
    assert parse_events(file(row(1), row(number), row(" 7 "))).accepted["event_id"].to_list() == [1, 7]


@pytest.mark.parametrize(
    "added", ["2018032604450", "201803260445", "+2018032604450", "00000020180326", "20180326996060"]
)
def test_a_time_of_adding_has_eight_or_fourteen_digits(added: str) -> None:
    parsed = parse_events(file(row(1), row(2, added=added), row(3, added="20180326")))
    assert parsed.rejected.select("row_number", "rule").rows() == [(2, "no DATEADDED")]

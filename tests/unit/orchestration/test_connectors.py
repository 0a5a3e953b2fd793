"""Parts of connectors that need no server: the newest link, when an article is due, and what is no file of ours."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from time import process_time

import pytest

from orchestration.connectors.faults import FetchFault
from orchestration.connectors.gobmx import article_of, day_of, is_due
from orchestration.connectors.kinds import filled, months
from orchestration.connectors.links import links, matching, newest
from orchestration.connectors.shape import check
from orchestration.connectors.visit import name_of
from orchestration.live import live_sources
from warehouse.catalog.models import LiveFile, Shape

CBP = "https://www.cbp.gov/sites/default/files"
UPM = "https://portales.segob.gob.mx/work/models/PoliticaMigratoria/CEM/Estadisticas/Boletines_Estadisticos/2026"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        pytest.param("/2025-12/x-fy23-fy26-nov.csv", "/2026-01/x-fy23-fy26-dec.csv", id="a later folder"),
        pytest.param("/2026-01/x-fy23-fy26-nov.csv", "/2026-01/x-fy23-fy26-dec.csv", id="a later month"),
        pytest.param("/2026-01/x-fy23-fy26-dec.csv", "/2026-01/x-fy23-fy26-jan.csv", id="January is after December"),
        pytest.param("/2026-01/x-fy23-fy26-dec-state.csv", "/2026-01/x-fy23-fy26-jan-state.csv", id="a word behind"),
        pytest.param("/2026-09/x-fy23-fy26-aug.csv", "/2026-09/x-fy23-fy26-aug_0.csv", id="uploaded again"),
        pytest.param("/2026-09/x-fy23-fy26-aug_0.csv", "/2026-09/x-fy23-fy26-aug_1.csv", id="and again"),
        pytest.param("/2025-11/x-fy22-fy25-sep.csv", "/2025-11/x-fy22-fy25.csv", id="a closed year is whole"),
        pytest.param("/2025-11/x-fy22-fy25.csv", "/2025-12/x-fy23-fy26-oct.csv", id="the year after it"),
        pytest.param("/assets/documents/2023-Nov/x-fy20-fy23.csv", "/2024-01/x-fy21-fy24-dec.csv", id="older folders"),
    ],
)
def test_the_newest_upload_is_found_in_any_order(older: str, newer: str) -> None:
    assert newest([CBP + older, CBP + newer]) == newest([CBP + newer, CBP + older]) == CBP + newer


def test_links_are_absolute_each_once_and_entities_are_read() -> None:
    page = '<A HREF="a.csv?x=1&amp;y=2">a</A><a href=" /b.csv ">b</a><a>none</a><a href="a.csv?x=1&amp;y=2">again</a>'
    assert links(page, "https://h.gov/d/") == ["https://h.gov/d/a.csv?x=1&y=2", "https://h.gov/b.csv"]


def test_what_is_no_link_is_left_out() -> None:
    page = '<a href="http://[bad">x</a><a href="a.csv">a</a><![odd[x]]><a href="b.csv">b</a>'
    assert links(page, "https://h.gov/")[:1] == ["https://h.gov/a.csv"]


@pytest.mark.parametrize(
    "repeated",
    [b"<!---->", b"<?a?>", b"<item>", b"<", b" "],
    ids=["comments", "declarations", "items", "tags", "spaces"],
)
@pytest.mark.parametrize("shape", ["feed", "html", "csv", "json_array"])
def test_a_payload_made_to_be_slow_takes_time_in_proportion_to_its_length(repeated: bytes, shape: Shape) -> None:
    file = LiveFile(name="f", url="https://h/", shape=shape, starts="a,b", fields=("title",))

    def quickest(length: int) -> float:
        times = []
        for _ in range(3):
            start = process_time()
            with pytest.raises(FetchFault):
                check(repeated * length, file)
            times.append(process_time() - start)
        return min(times)

    # Eight times the length: 8 times the work where it is linear, 64 where it is quadratic.
    assert quickest(160_000) < 32 * max(quickest(20_000), 1e-4)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("cuadro3.1.1_.xls", True),
        ("cuadro_3.1.1.xls", True),
        ("Cuadro 3.1.1.xlsx", True),
        ("Cuadro%203.1.1.xls", True),
        ("cuadro_3.1.10.xls", False),
        ("cuadro_13.1.1.xls", False),
        ("cuadro_3.1.1.1.xls", False),
        ("cuadro_3.1.1.pdf", False),
    ],
)
def test_the_table_of_the_bulletin_is_told_from_its_neighbours(name: str, found: bool) -> None:
    live = live_sources()["upm_enforcement"]
    page = f'<a href="{UPM}/{name}">Cuadro</a>'
    assert bool(matching(page, UPM, live.files[0].link or "")) is found


EVENING = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
"""18:00 of 24 November in Mexico City."""
DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("checked_after", "now_after", "due"),
    [
        pytest.param([], timedelta(hours=-1), False, id="before six the text grows"),
        pytest.param([], timedelta(0), True, id="at six"),
        pytest.param([timedelta(hours=-5)], timedelta(0), True, id="what was taken at one does not count"),
        pytest.param([timedelta(0)], timedelta(hours=5), False, id="taken"),
        pytest.param([timedelta(0)], timedelta(days=1), True, id="next day"),
        pytest.param([timedelta(0), timedelta(days=1)], timedelta(days=6), False, id="taken twice"),
        pytest.param([timedelta(0), timedelta(days=1)], timedelta(days=7), True, id="after a week"),
        pytest.param([timedelta(days=9)], timedelta(days=90), False, id="first taken late"),
        pytest.param([], timedelta(days=400), True, id="of a back-fill"),
    ],
)
def test_an_article_is_due_when_its_text_may_have_grown(
    checked_after: list[timedelta], now_after: timedelta, due: bool
) -> None:
    assert is_due(DAY, [EVENING + wait for wait in checked_after], EVENING + now_after) is due


def test_an_article_without_a_date_counts_from_its_first_check() -> None:
    assert not is_due(None, [], EVENING - timedelta(hours=1))
    assert is_due(None, [], EVENING)
    assert not is_due(None, [EVENING], EVENING + timedelta(hours=3))
    assert is_due(None, [EVENING], EVENING + timedelta(days=1))


@pytest.mark.parametrize(
    ("url", "day"),
    [
        (
            "https://www.gob.mx/presidencia/es/articulos/version-del-26-de-noviembre-de-2024?idiom=es",
            date(2024, 11, 26),
        ),
        ("https://www.gob.mx/presidencia/articulos/version-del-06-de-marzo-de-2025", date(2025, 3, 6)),
        ("https://www.gob.mx/sre/prensa/mexico-y-estados-unidos", None),
        ("https://www.gob.mx/presidencia/articulos/version-del-31-de-febrero-de-2025", None),
    ],
)
def test_the_day_of_an_article_is_in_its_address(url: str, day: date | None) -> None:
    assert day_of(url) == day


def test_an_article_is_the_same_under_each_of_its_addresses() -> None:
    addresses = ("/presidencia/es/articulos/v?idiom=es", "/presidencia/articulos/v", "/presidencia/es/articulos/v/")
    assert len({article_of(f"https://www.gob.mx{one}") for one in addresses}) == 1


def test_a_span_of_days_is_read_by_whole_months() -> None:
    assert months(date(2026, 12, 30), date(2027, 1, 2)) == [
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 31)),
    ]


def test_an_address_with_a_span_is_the_same_all_month() -> None:
    url = "https://h.mx/?a={from_ms}&b={to_ms}&c={year}"
    first = filled(url, datetime(2026, 2, 1, tzinfo=UTC))
    assert (
        first
        == filled(url, datetime(2026, 2, 28, 23, tzinfo=UTC))
        == "https://h.mx/?a=788918400000&b=1772323200000&c=2025"
    )
    assert filled("{year}", datetime(2026, 3, 10, tzinfo=UTC)) == "2026"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://h/a/b.csv?x=1", "b.csv"),
        ("https://h/", "index"),
        ("https://h/a%2F..%2F..%2Fetc/passwd", "passwd"),
        ("https://h/..%2f..%2fa", ".._.._a"),
        ("https://h/se%C3%B1al (1).xls", "se_al_1_.xls"),
    ],
)
def test_a_name_stays_in_its_folder(url: str, name: str) -> None:
    assert name_of(url) == name


def _zip(*names: str, content: bytes = b"x") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("shape", "payload", "reason"),
    [
        pytest.param("csv", b"<!DOCTYPE html><title>Access Denied</title>", "challenge", id="firewall"),
        pytest.param("csv", b"<html><title>CBP</title>" + bytes(6000), "wrong_type", id="a page"),
        pytest.param("csv", b"a,b\n1,\xe9\n", "shape", id="Latin-1"),
        pytest.param("csv", b"x,b\n1,2\n", "shape", id="another heading"),
        pytest.param("csv", b"a,b\n", "empty", id="no rows"),
        pytest.param("csv", b"PK\x03\x04", "wrong_type", id="a zip"),
        pytest.param("workbook", b"a,b\n1,2\n", "wrong_type", id="text"),
        pytest.param("workbook", _zip("a")[:-10], "truncated", id="half a zip"),
        pytest.param("workbook", _zip("a", content=bytes(200_000_000)), "bomb", id="zeros"),
        pytest.param("tsv_zip", _zip("a", "b"), "shape", id="two files"),
        pytest.param("json_array", b"{}", "shape", id="an object"),
        pytest.param("json_array", b"[" * 100_000, "bomb", id="nested"),
        pytest.param("json_array", b'[{"a": 1}, {"b": 1}]', "shape", id="a record without its field"),
        pytest.param("json_object", b'{"results": null}', "shape", id="no list"),
        pytest.param("feed", b"<rss><channel></channel></rss>", "empty", id="no items"),
        pytest.param("feed", b"<rss><channel><item><a/></item>", "truncated", id="not closed"),
        pytest.param("feed", b'<!DOCTYPE r [<!ENTITY a "b">]><rss></rss>', "wrong_type", id="entities before the root"),
        pytest.param("feed", b'<rss><!ENTITY a "b"></rss>', "bomb", id="entities"),
        pytest.param("html", b"<html><body>", "truncated", id="half a page"),
        pytest.param("html", b'{"a": 1}', "wrong_type", id="no page"),
        pytest.param("text", b"not a list", "shape", id="no list of files"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_with_its_reason(shape: Shape, payload: bytes, reason: str) -> None:
    starts = "a,b" if shape == "csv" else r"\d" if shape == "text" else None
    fields = ("a",) if shape in ("json_array", "feed") else ()
    with pytest.raises(FetchFault) as found:
        check(payload, LiveFile(name="f", url="https://h/", shape=shape, starts=starts, fields=fields))
    assert found.value.reason == reason

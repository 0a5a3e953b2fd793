"""Sources from their publishers, end to end against a server of our own: discovery, landing, rows, and the command."""

import gzip
import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import httpx
import pytest

from orchestration import cli
from orchestration.assets.core import core_assets
from orchestration.connectors import http
from orchestration.connectors.faults import FetchFault
from orchestration.connectors.outcomes import Outcome, read
from orchestration.ingest import ingest_statistics
from orchestration.io import warehouse_io
from orchestration.landing import addresses, snapshots
from orchestration.live import fetch_live, live_sources
from transforms.sources.bundled import TABLE_OF_SOURCE
from warehouse.catalog.models import Live
from warehouse.errors import CatalogError, UnknownKeyError
from warehouse.settings import Settings
from warehouse.store import Store

pytestmark = pytest.mark.usefixtures("only_landing")

if TYPE_CHECKING:
    from tests.integration.conftest import Replay

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the shared files in {DATA}")
NOW = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
UPLOADS = "www.cbp.gov/sites/default/files"
FRED = "fred.stlouisfed.org/graph/fredgraph.csv"
RATES = b"observation_date,DEXMXUS\n2026-10-01,18.1\n2026-10-02,18.2\n"
OHSS = "/sites/default/files/2024-11/24-1104_ohss_immigration-enforcement-and-legal-processes-tables-aug-2024.xlsx"
SEARCH = "www.federalregister.gov/api/v1/documents.json"


def page(*hrefs: str) -> bytes:
    """Return a page with links, in Latin-1 as some publishers still write."""
    links = "".join(f'<a href="{href}">descarga, año</a>' for href in hrefs)
    return f"<!DOCTYPE html><html><body>{links}</body></html>".encode("latin-1")


def fetch(replay: "Replay", home: Path, *sources: str, now: datetime = NOW, since: date | None = None) -> list[Outcome]:
    """Return what became of each file of some sources."""
    with replay.client() as client:
        return fetch_live(Settings(home=home), sources, now, client=client, since=since)


def told(outcomes: list[Outcome]) -> list[tuple[str, str | None]]:
    """Return each outcome with its reason."""
    return [(one.outcome, one.reason) for one in outcomes]


PUBLISHED = {
    "cbp_sbo_encounters": {
        "www.cbp.gov/document/stats/southwest-land-border-encounters": page(
            "/sites/default/files/2024-11/sbo-encounters-fy21-fy24-oct.csv",
            "/sites/default/files/2025-09/sbo-encounters-fy22-fy25-aug.csv",
            "/sites/default/files/assets/documents/2023-Nov/sbo-encounters-fy19-fy22.csv",
        ),
        f"{UPLOADS}/2025-09/sbo-encounters-fy22-fy25-aug.csv": "migration/cbp-encounters/sbo-encounters-fy22-fy25-aug.csv",
    },
    "cbp_encounters": {
        "www.cbp.gov/document/stats/nationwide-encounters": page(
            "/sites/default/files/2025-12/nationwide-encounters-fy23-fy26-nov-aor.csv",
            "https://www.cbp.gov/sites/default/files/2025-12/nationwide-encounters-fy23-fy26-nov-state.csv",
        ),
        f"{UPLOADS}/2025-12/nationwide-encounters-fy23-fy26-nov-state.csv": (
            "migration/cbp-encounters/nationwide-encounters-fy23-fy26-nov-state.csv"
        ),
    },
    "cbp_drug_seizures": {
        "www.cbp.gov/document/stats/nationwide-drug-seizures": page(
            "/sites/default/files/2026-05/nationwide-drugs-fy23-fy26-apr.csv"
        ),
        f"{UPLOADS}/2026-05/nationwide-drugs-fy23-fy26-apr.csv": "migration/cbp-drugs/nationwide-drugs-fy23-fy26-apr.csv",
    },
    "ohss_monthly": {
        "ohss.dhs.gov/topics/immigration/immigration-enforcement/immigration-enforcement-and-legal-processes-monthly": page(
            "/sites/default/files/2024-08/24-0607_ohss_immigration-enforcement-and-legal-processes-tables-may-2024.xlsx",
            OHSS,
        ),
        f"ohss.dhs.gov{OHSS}": "migration/ohss-monthly/ohss_monthly_tables_through_aug2024.xlsx",
    },
    "census_trade": {
        "www.census.gov/foreign-trade/balance/country.xlsx": "economy/trade/census_country_1985_2023-01.xlsx"
    },
    "fed_exchange_rates": {FRED: "economy/fx/DEXMXUS_2014_2024-09.csv"},
    "gpr": {"www.matteoiacoviello.com/gpr_files/data_gpr_export.xls": "economy/gpr/data_gpr_export.xls"},
    "tpu": {
        "www.policyuncertainty.com/media/All_Daily_TPU_Data.csv": "economy/tpu/All_Daily_TPU_Data.csv",
        "www.matteoiacoviello.com/tpu_files/tpu_web_latest.xlsx": "economy/tpu/tpu_web_latest.xlsx",
    },
    "epu": {"www.policyuncertainty.com/media/All_Daily_Policy_Data.csv": "economy/epu/All_Daily_Policy_Data.csv"},
    "wui": {
        "worlduncertaintyindex.com/data/": page("/wp-content/uploads/2025/10/WUI_Data.xlsx"),
        "worlduncertaintyindex.com/wp-content/uploads/2025/10/WUI_Data.xlsx": "economy/wui/WUI_Data.xlsx",
    },
}
"""Pages and files by address; a text is a file of the shared folder, in the publisher's own format."""


@needs_shared
@pytest.mark.parametrize("source_id", PUBLISHED)
def test_the_publishers_own_files_are_found_landed_and_read(source_id: str, replay: "Replay", tmp_path: Path) -> None:
    for address, content in PUBLISHED[source_id].items():
        replay.routes[address] = replay.reply((DATA / content).read_bytes() if isinstance(content, str) else content)
    first = fetch(replay, tmp_path, source_id)
    assert told(first) == [("landed", None)] * len(first)
    assert told(fetch(replay, tmp_path, source_id)) == [("unchanged", None)] * len(first)
    wanted = {(DATA / content).read_bytes() for content in PUBLISHED[source_id].values() if isinstance(content, str)}
    assert {item.payload for item in snapshots(Settings(home=tmp_path), source_id)} == wanted


CBP = "migration/cbp-encounters"
SOUTHWEST = {2019: 977_509, 2020: 458_088, 2021: 1_734_686, 2022: 2_378_944, 2023: 2_475_669, 2024: 2_135_005}
"""CBP's own totals of the south-west land border by fiscal year."""


@needs_shared
@pytest.mark.parametrize(
    ("source_id", "portal", "editions", "part", "totals"),
    [
        pytest.param(
            "cbp_sbo_encounters",
            "southwest-land-border-encounters",
            ["sbo-encounters-fy19-fy22.csv", "sbo-encounters-fy21-fy24-oct.csv", "sbo-encounters-fy22-fy25-aug.csv"],
            "TRUE",
            SOUTHWEST,  # three rolling files of four years; they end in August 2025, so 2025 is not whole
            id="south-west files",
        ),
        pytest.param(
            "cbp_encounters",
            "nationwide-encounters",
            ["nationwide-encounters-fy22-fy25-state.csv", "nationwide-encounters-fy23-fy26-nov-state.csv"],
            "border_region = 'southwest_land'",
            {year: SOUTHWEST[year] for year in (2022, 2023, 2024)} | {2025: 443_671},  # no file here begins before 2022
            id="nationwide files",
        ),
    ],
)
def test_cbps_totals_come_from_its_portal_alone(
    source_id: str,
    portal: str,
    editions: list[str],
    part: str,
    totals: dict[int, int],
    replay: "Replay",
    tmp_path: Path,
) -> None:
    settings, table = Settings(home=tmp_path), TABLE_OF_SOURCE[source_id]
    for number, name in enumerate(editions):  # as the portal moves on: each month's page links a newer file
        replay.routes[f"www.cbp.gov/document/stats/{portal}"] = replay.reply(page(f"/sites/default/files/{name}"))
        replay.routes[f"{UPLOADS}/{name}"] = replay.reply((DATA / CBP / name).read_bytes())
        assert told(fetch(replay, tmp_path, source_id, now=NOW + timedelta(days=30 * number))) == [("landed", None)]
    store = Store(settings)
    core = [asset for asset in core_assets(settings) if asset.key.path == [table]]
    assert dg.materialize(core, resources={"io_manager": warehouse_io(store)}).success
    with store.connection() as connection:
        sums = f"SELECT year(month + INTERVAL 3 MONTH), sum(encounters)::BIGINT FROM {table}"
        found = dict(connection.sql(f"{sums} WHERE known_to IS NULL AND {part} GROUP BY ALL").fetchall())
    assert {year: found[year] for year in totals} == totals
    digests = [hashlib.sha256((DATA / CBP / name).read_bytes()).hexdigest() for name in editions]
    assert set(store.read(table)["snapshot_id"]) == {f"{source_id}:{digest[:12]}" for digest in digests}
    assert {item.origin for item in snapshots(settings, source_id)} == {"publisher"}, "nothing bundled was there"


def test_a_first_fetch_gives_rows_and_a_revision_closes_the_former_figure(replay: "Replay", tmp_path: Path) -> None:
    replay.routes[FRED] = replay.reply(RATES)
    assert told(fetch(replay, tmp_path, "fed_exchange_rates")) == [("landed", None)]
    replay.routes[FRED] = replay.reply(RATES.replace(b"18.2", b"18.3") + b"2026-10-05,18.4\n")
    assert told(fetch(replay, tmp_path, "fed_exchange_rates")) == [("landed", None)]
    frame = ingest_statistics(Settings(home=tmp_path), "core_indicator__observations", ["fed_exchange_rates"]).frame
    second = frame.filter(frame["period_start"] == date(2026, 10, 2)).sort("known_from")
    assert second["value"].to_list() == [18.2, 18.3]
    assert second["known_to"].to_list() == [second["known_from"][1], None]


@pytest.mark.parametrize(
    "validator", [("ETag", "If-None-Match", '"a1"'), ("Last-Modified", "If-Modified-Since", "Tue")]
)
def test_an_unchanged_file_is_asked_for_by_its_validator_and_not_sent_again(
    validator: tuple[str, str, str], replay: "Replay", tmp_path: Path
) -> None:
    sent, asked_by, value = validator

    def answer(headers: httpx.Headers) -> object:
        return replay.reply(b"", 304) if headers.get(asked_by) == value else replay.reply(RATES, headers={sent: value})

    replay.routes[FRED] = answer  # type: ignore[assignment]  # the fixture's class has no import of its own
    assert told(fetch(replay, tmp_path, "fed_exchange_rates")) == [("landed", None)]
    (again,) = fetch(replay, tmp_path, "fed_exchange_rates")
    assert (again.outcome, again.bytes) == ("unchanged", len(RATES))
    assert len(addresses(Settings(home=tmp_path), "fed_exchange_rates")) == 1


def test_a_sidecar_from_before_the_connectors_is_read(replay: "Replay", tmp_path: Path) -> None:
    replay.routes[FRED] = replay.reply(RATES)
    fetch(replay, tmp_path, "fed_exchange_rates")
    (path,) = (tmp_path / "raw" / "fed_exchange_rates").glob("*.sidecar.json")
    about = json.loads(path.read_text("utf-8"))
    del about["last_modified"]
    path.write_text(json.dumps(about), "utf-8")
    assert told(fetch(replay, tmp_path, "fed_exchange_rates")) == [("unchanged", None)]


def test_a_file_without_rows_stays_a_failure_until_it_can_be_read(replay: "Replay", tmp_path: Path) -> None:
    replay.routes[FRED] = replay.reply(b"observation_date,DEXMXUS\nno day,x\n")
    for _ in range(2):
        (one,) = fetch(replay, tmp_path, "fed_exchange_rates")
        assert (one.outcome, one.reason) == ("kept_last_good", "shape")
        assert one.snapshot_id is not None, "the raw layer keeps what was received"


def test_robots_txt_is_read_once_a_host_and_obeyed(replay: "Replay", tmp_path: Path) -> None:
    replay.routes["www.policyuncertainty.com/robots.txt"] = replay.reply(b"User-agent: *\nDisallow: /media/\n")
    replay.routes["www.matteoiacoviello.com/robots.txt"] = replay.reply(b"User-agent: *\nDisallow:\n")
    assert told(fetch(replay, tmp_path, "tpu", "epu")) == [
        ("kept_last_good", "robots"),
        ("kept_last_good", "not_found"),
        ("kept_last_good", "robots"),
    ]
    assert replay.asked.count("www.policyuncertainty.com/robots.txt") == 1
    assert not [one for one in replay.asked if "/media/" in one]


def test_a_host_whose_rules_fail_is_not_asked_for_files(replay: "Replay", tmp_path: Path) -> None:
    replay.routes["fred.stlouisfed.org/robots.txt"] = replay.reply(b"", 503)
    assert told(fetch(replay, tmp_path, "fed_exchange_rates")) == [("kept_last_good", "server_error")]
    assert FRED not in {one.split("?")[0] for one in replay.asked}


def test_requests_to_a_host_keep_their_distance(replay: "Replay") -> None:
    replay.routes[FRED] = replay.reply(RATES)
    waits: list[float] = []
    client = http.Client(transport=replay.client().transport, ca_file=replay.ca_file, sleep=waits.append)
    live = live_sources()["fed_exchange_rates"]
    for _ in range(2):
        client.get(f"https://{FRED}?id=DEXMXUS", live, max_bytes=1000)
    assert len(waits) == 2, "after robots.txt, and between the two files"
    assert all(0.5 < wait <= live.min_interval_s for wait in waits)


def test_a_client_that_does_not_know_the_authority_sends_nothing(replay: "Replay") -> None:
    replay.routes[FRED] = replay.reply(RATES)
    strict = replay.client()
    strict.transport.inner = httpx.HTTPTransport()  # type: ignore[union-attr]  # the usual authorities only
    with pytest.raises(FetchFault, match="certificate"):
        strict.get(f"https://{FRED}", live_sources()["fed_exchange_rates"], max_bytes=1000)
    assert replay.asked == []


def test_a_file_of_authorities_that_holds_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("none")
    with pytest.raises(CatalogError, match="DYADWATCH_CA_FILE"):
        http.Client(ca_file=str(tmp_path / "ca.pem"))


@pytest.mark.parametrize(
    "url",
    [
        "http://www.cbp.gov/a.csv",
        "https://www.cbp.gov.example.org/a.csv",
        "https://www.cbp.gov@127.0.0.1/a.csv",
        "https://www.cbp.gov:8443/a.csv",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "file:///etc/passwd",
        "//example.org/a.csv",
        "https://www.cbp.gov\\@example.org/",
        "javascript:alert(1)",
        "",
    ],
)
def test_only_the_publishers_own_addresses_are_asked(url: str) -> None:
    with pytest.raises(FetchFault, match="redirected_away"):
        http.allowed(url, live_sources()["cbp_encounters"])


def test_a_host_with_a_final_dot_is_the_same_host() -> None:
    assert http.allowed("https://ustr.gov./rss.xml", live_sources()["ustr_releases"]).host == "ustr.gov"


@pytest.mark.parametrize(
    ("hrefs", "reason"),
    [
        pytest.param(["https://files.example.org/sbo-encounters-fy23-fy26-aug.csv"], "redirected_away", id="elsewhere"),
        pytest.param(["http://127.0.0.1/sbo-encounters-fy23-fy26-aug.csv"], "redirected_away", id="this machine"),
        pytest.param(["/sites/default/files/2026-09/other.csv"], "not_found", id="no such link"),
        pytest.param(["/sites/default/files/2026-09/sbo-encounters-fy23-fy26-aug.csv"], "not_found", id="gone"),
    ],
)
def test_a_page_leads_only_to_files_of_its_publisher(
    hrefs: list[str], reason: str, replay: "Replay", tmp_path: Path
) -> None:
    replay.routes["www.cbp.gov/document/stats/southwest-land-border-encounters"] = replay.reply(page(*hrefs))
    assert told(fetch(replay, tmp_path, "cbp_sbo_encounters")) == [("kept_last_good", reason)]


def test_a_redirect_within_the_publisher_is_followed_and_a_circle_is_not(replay: "Replay", tmp_path: Path) -> None:
    replay.routes["www.policyuncertainty.com/media/All_Daily_Policy_Data.csv"] = replay.reply(
        b"", 301, {"Location": "https://policyuncertainty.com/a.csv"}
    )
    replay.routes["policyuncertainty.com/a.csv"] = replay.reply(b"day,month,year,daily_policy_index\n1,1,2026,100\n")
    assert told(fetch(replay, tmp_path, "epu")) == [("landed", None)]
    replay.routes["policyuncertainty.com/a.csv"] = replay.reply(b"", 302, {"Location": "/a.csv"})
    assert told(fetch(replay, tmp_path, "epu")) == [("kept_last_good", "redirected_away")]


def documents(count: int, pages: int = 1) -> bytes:
    """Return an answer of the Federal Register with one document on it."""
    one = {"document_number": "2026-1", "title": "t", "publication_date": "2026-11-20", "html_url": "x"}
    return json.dumps({"count": count, "total_pages": pages, "results": [one]}).encode()


def test_a_search_is_read_page_by_page_and_cut_by_date_beyond_its_window(replay: "Replay", tmp_path: Path) -> None:
    def answer(_: httpx.Headers) -> object:
        asked = replay.asked[-1]
        is_whole_month = "gte]=2026-11-01" in asked and "lte]=2026-11-30" in asked
        return replay.reply(documents(2500, 20) if is_whole_month else documents(150, 2))

    replay.routes[SEARCH] = answer  # type: ignore[assignment]  # as above
    outcomes = fetch(replay, tmp_path, "federal_register", since=date(2026, 11, 3))
    mine = [one.url for one in outcomes if one.file == "presidential"]
    spans = [(url.split("gte]=")[1][:10], url.split("lte]=")[1][:10], url[-1]) for url in mine]
    halves = [("2026-11-01", "2026-11-15"), ("2026-11-16", "2026-11-30")]
    assert spans == [("2026-11-01", "2026-11-30", "1"), *[(*half, at) for half in halves for at in "12"]]


def test_a_search_without_a_match_is_no_document_and_no_fault(replay: "Replay", tmp_path: Path) -> None:
    replay.routes[SEARCH] = replay.reply(b'{"status":404}', 404, {"Content-Type": "application/json"})
    outcomes = fetch(replay, tmp_path, "federal_register", since=date(2026, 11, 3))
    assert told(outcomes) == [("unchanged", "no_match")] * 2


@pytest.mark.parametrize("is_newest_first", [True, False], ids=["newest first", "oldest first"])
def test_releases_are_read_from_the_end_that_is_newest(is_newest_first: bool, replay: "Replay", tmp_path: Path) -> None:
    last = int(NOW.timestamp())
    dates = [last - 5 * 86_400 * number for number in range(8)]
    dates = dates if is_newest_first else dates[::-1]

    def answer(_: httpx.Headers) -> object:
        at = int(replay.asked[-1].rsplit("page=", 1)[1])
        rows = [{"title": "t", "url": "x", "body": "b", "date": str(one)} for one in dates[2 * at : 2 * at + 2]]
        return replay.reply(json.dumps({"metadata": {"resultset": {"count": "8"}}, "results": rows}).encode())

    replay.routes["www.justice.gov/api/v1/press_releases.json"] = answer  # type: ignore[assignment]  # as above
    outcomes = fetch(replay, tmp_path, "doj_releases")
    pages = [int(one.url.rsplit("page=", 1)[1]) for one in outcomes]
    assert pages == ([0, 3, 1] if is_newest_first else [0, 3, 2]), "both ends, then to the first day wanted"


def test_posts_are_read_by_month_and_none_at_all_is_a_fault(replay: "Replay", tmp_path: Path) -> None:
    replay.routes["www.state.gov/wp-json/wp/v2/state_press_release"] = replay.reply(b"[]")
    outcomes = fetch(replay, tmp_path, "state_releases")
    assert told(outcomes) == [("landed", None), ("landed", None), ("kept_last_good", "empty")]


def test_further_pages_are_read_where_the_first_is_unchanged(replay: "Replay", tmp_path: Path) -> None:
    post = {"id": 1, "date_gmt": "x", "link": "x", "title": "t", "content": "c"}
    full, rest = json.dumps([post] * 100).encode(), json.dumps([post] * 3).encode()

    def answer(headers: httpx.Headers) -> object:
        body = full if replay.asked[-1].endswith("page=1") else rest
        told = {"ETag": f'"{len(body)}"'}
        if headers.get("If-None-Match") == told["ETag"]:
            return replay.reply(b"", 304)
        return replay.reply(body, headers={**told, "X-WP-TotalPages": "2"})

    replay.routes["www.state.gov/wp-json/wp/v2/state_press_release"] = answer  # type: ignore[assignment]  # as above
    since = date(2026, 11, 1)
    assert told(fetch(replay, tmp_path, "state_releases", since=since)) == [("landed", None)] * 2
    assert told(fetch(replay, tmp_path, "state_releases", since=since)) == [("unchanged", None)] * 2


def test_a_page_in_place_of_posts_is_a_challenge(replay: "Replay", tmp_path: Path) -> None:
    body = b"<html><head><title>Technical Difficulties</title></head><body></body></html>"
    replay.routes["www.state.gov/wp-json/wp/v2/state_press_release"] = replay.reply(body)
    assert told(fetch(replay, tmp_path, "state_releases")) == [("kept_last_good", "challenge")]


ARTICLES = "www.gob.mx/presidencia/es/articulos/version-estenografica-conferencia-del-"
ARCHIVE = "www.gob.mx/presidencia/es/archivo/articulos"


def article(words: int) -> bytes:
    """Return an article of so many words."""
    return f"<!DOCTYPE html><html><body><p>{'palabra ' * words}</p></body></html>".encode()


def test_a_transcript_is_taken_in_the_evening_next_day_and_after_a_week(replay: "Replay", tmp_path: Path) -> None:
    replay.routes[ARCHIVE] = replay.reply(page(f"https://{ARTICLES}24-de-noviembre-de-2026?idiom=es"))
    address = f"{ARTICLES}24-de-noviembre-de-2026"
    replay.routes[address] = replay.reply(article(100))
    noon = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
    assert fetch(replay, tmp_path, "gobmx_presidency", now=noon) == [], "the text still grows"
    evening = noon + timedelta(hours=7)
    assert told(fetch(replay, tmp_path, "gobmx_presidency", now=evening)) == [("landed", None)]
    assert fetch(replay, tmp_path, "gobmx_presidency", now=evening + timedelta(hours=2)) == []
    replay.routes[address] = replay.reply(article(200))
    assert told(fetch(replay, tmp_path, "gobmx_presidency", now=evening + timedelta(days=1))) == [("landed", None)]
    assert fetch(replay, tmp_path, "gobmx_presidency", now=evening + timedelta(days=3)) == []
    week = evening + timedelta(days=7)
    assert told(fetch(replay, tmp_path, "gobmx_presidency", now=week)) == [("unchanged", None)]
    assert len(snapshots(Settings(home=tmp_path), "gobmx_presidency")) == 2, "both texts are kept"


def test_known_articles_are_asked_for_where_the_archive_is_challenged(replay: "Replay", tmp_path: Path) -> None:
    replay.routes[ARCHIVE] = replay.reply(page(f"https://{ARTICLES}24-de-noviembre-de-2026"))
    replay.routes[f"{ARTICLES}24-de-noviembre-de-2026"] = replay.reply(article(100))
    fetch(replay, tmp_path, "gobmx_presidency")
    body = b"<html><head><title>Challenge Validation</title></head></html>"
    replay.routes[ARCHIVE] = replay.reply(body)
    outcomes = fetch(replay, tmp_path, "gobmx_presidency", now=NOW + timedelta(days=1))
    assert told(outcomes) == [("kept_last_good", "challenge"), ("unchanged", None)]


def zipped(width: int) -> bytes:
    """Return a zip of one line of so many columns."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("events.CSV"), "\t".join("x" * width))
    return packed.getvalue()


def test_events_are_held_to_their_digest_and_a_missing_slot_is_told(replay: "Replay", tmp_path: Path) -> None:
    def line(slot: str, digest: str) -> str:
        return f"{len(good)} {digest} http://data.gdeltproject.org/gdeltv2/{slot}.export.CSV.zip\n"

    good = zipped(61)
    digest = hashlib.md5(good, usedforsecurity=False).hexdigest()
    slots = ["20261123000000", "20261124000000", "20261124001500", "20261124003000"]
    listed = [line(slot, digest) for slot in slots[:3]] + [line(slots[3], "0" * 32)]
    replay.routes["data.gdeltproject.org/gdeltv2/masterfilelist.txt"] = replay.reply("".join(listed).encode())
    replay.routes["data.gdeltproject.org/events/md5sums"] = replay.reply(
        f"{digest}  20130401.export.CSV.zip\n".encode()
    )
    for slot in (slots[1], slots[3]):
        replay.routes[f"data.gdeltproject.org/gdeltv2/{slot}.export.CSV.zip"] = replay.reply(good)
    outcomes = fetch(replay, tmp_path, "gdelt_events", since=date(2026, 11, 24))
    assert told(outcomes) == [("landed", None), ("unchanged", "missing_slot"), ("kept_last_good", "truncated")]
    again = fetch(replay, tmp_path, "gdelt_events", since=date(2026, 11, 24))
    assert told(again) == [("unchanged", "missing_slot"), ("kept_last_good", "truncated")], (
        "what is held is not asked for"
    )


def test_a_packed_body_lands_unpacked(replay: "Replay", tmp_path: Path) -> None:
    replay.routes[FRED] = replay.reply(gzip.compress(RATES), headers={"Content-Encoding": "gzip"})
    fetch(replay, tmp_path, "fed_exchange_rates")
    assert [item.payload for item in snapshots(Settings(home=tmp_path), "fed_exchange_rates")] == [RATES]


def test_the_command_tells_each_source_and_goes_on_after_a_failure(
    replay: "Replay", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DYADWATCH_HOME", str(tmp_path))
    monkeypatch.setattr(http, "Client", lambda **_: replay.client())
    replay.routes[FRED] = replay.reply(RATES)
    assert cli.main(["fetch", "gpr", "fed_exchange_rates", "--format", "csv"]) == 1
    out, err = capsys.readouterr()
    assert [line.split(",")[:4] for line in out.splitlines()] == [
        ["source_id", "outcome", "reason", "files"],
        ["gpr", "kept_last_good", "not_found", "1"],
        ["fed_exchange_rates", "landed", "", "1"],
    ]
    assert "1 files landed; last good data stays for gpr" in err
    assert cli.main(["fetch", "fed_exchange_rates", "--since", "2026-01-01", "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)[0]["outcome"] == "unchanged"
    assert "--since does not apply to fed_exchange_rates" in err
    assert [one.outcome for one in read(tmp_path / "raw" / "fed_exchange_rates")] == ["landed", "unchanged"]


@pytest.mark.parametrize(
    "arguments",
    [["ledger"], ["nowhere"], ["--file", "x.csv"], ["gpr", "--published", "2026-01-01"], ["gpr", "--since", "soon"]],
)
def test_wrong_use_of_the_command_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["fetch", *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


def test_a_source_that_is_not_live_is_named_with_those_that_are(replay: "Replay", tmp_path: Path) -> None:
    with pytest.raises(UnknownKeyError, match="gdelt_events"):
        fetch(replay, tmp_path, "ledger")


def test_a_misspelt_key_of_the_catalogue_is_refused() -> None:
    good = live_sources()["gpr"].model_dump()
    with pytest.raises(ValueError, match="min_intervall_s"):
        Live.model_validate({**good, "min_intervall_s": 2})


def test_a_log_cut_short_by_a_kill_is_read_to_its_last_whole_line(replay: "Replay", tmp_path: Path) -> None:
    replay.routes[FRED] = replay.reply(RATES)
    fetch(replay, tmp_path, "fed_exchange_rates")
    folder = tmp_path / "raw" / "fed_exchange_rates"
    with (folder / "attempts.jsonl").open("a") as log:
        log.write('{"at": "2026-')
    assert told(fetch(replay, tmp_path, "fed_exchange_rates")) == [("unchanged", None)]
    assert [one.outcome for one in read(folder)] == ["landed", "unchanged"]

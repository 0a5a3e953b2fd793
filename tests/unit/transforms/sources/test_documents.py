"""Documents of governments: real answers where the shared files are, and the quirks on pieces of our own."""

import csv
import json
from datetime import date, datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl
import pytest

from transforms.sources import federal_register, feeds, gobmx, newsrooms
from transforms.sources.items import link_of, plain, title_of
from transforms.sources.speakers import own_words
from warehouse.errors import SourceError

STATEMENTS = Path(__file__).parents[5] / "shared" / "data" / "statements"
ACTIONS = STATEMENTS.parent / "economy" / "whitehouse" / "whitehouse_presidential_actions_2025-01_2025-09.csv"
needs_shared = pytest.mark.skipif(not STATEMENTS.is_dir(), reason=f"needs the shared files in {STATEMENTS}")

ORDER = {
    "document_number": "2025-02406",
    "publication_date": "2025-02-07",
    "signing_date": "2025-02-01",
    "type": "Presidential Document",
    "title": "A Duty on Goods",
    "html_url": "https://www.federalregister.gov/documents/2025/02/07/2025-02406/a-duty?x=1",
}


def register(*documents: object) -> bytes:
    return json.dumps({"count": len(documents), "results": documents}).encode()


def feed(*items: str) -> bytes:
    head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
    return f"{head}{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>".encode()


def page(title: str, body: str, *, slug: str = "una-nota", head: str | None = None) -> bytes:
    link = f'<link rel="canonical" href="https://www.gob.mx/presidencia/es/articulos/{slug}?idiom=es">'
    return (
        f"<html><head><title>{head or title}</title>{link}</head><body><nav>Menu</nav><h1>{title}</h1>"
        f'<div class="article-body">{body}</div></body></html>'
    ).encode()


@needs_shared
def test_real_orders_keep_both_days_and_their_number() -> None:
    parsed = federal_register.parse_documents((STATEMENTS / "ksshannon_eo" / "donald-trump.json").read_bytes())
    assert (parsed.rows_in, parsed.rejected.height) == (96, 0)
    assert parsed.accepted["kind"].unique().to_list() == ["executive_order"]
    assert (parsed.accepted["signed_on"] <= parsed.accepted["published_on"]).all()
    order = parsed.accepted.row(by_predicate=pl.col("number") == "13860", named=True)
    assert (order["document_id"], order["signed_on"], order["published_on"]) == (
        "federal_register:2019-04298:2019-03-07",
        date(2019, 3, 4),
        date(2019, 3, 7),
    )


@pytest.mark.skipif(not ACTIONS.is_file(), reason=f"needs the shared file {ACTIONS}")
def test_real_actions_as_items_of_a_feed_are_all_kept() -> None:
    with ACTIONS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    items = [
        f"<title>{escape(row['title'])}</title><link>{escape(row['url'])}</link>"
        f"<category>{'Executive Orders' if row['is_eo'] == 'TRUE' else 'Other'}</category>"
        f"<pubDate>{format_datetime(datetime.fromisoformat(row['date_published']))}</pubDate>"
        f"<content:encoded>{escape('<p>' + escape(row['text']) + '</p>')}</content:encoded>"
        for row in rows
    ]
    parsed = feeds.parse_whitehouse(feed(*items))
    links = {row["url"] for row in rows}
    assert (parsed.rows_in, parsed.rejected.height) == (len(rows), len(rows) - len(links))
    duties = parsed.accepted.filter(pl.col("title").str.contains("Duties") & pl.col("text").str.contains("Mexico"))
    assert duties.filter(kind="executive_order").height > 0


@needs_shared
@pytest.mark.parametrize(
    "path", sorted((STATEMENTS / "bucalem_mananera-diaria").glob("*.txt")), ids=lambda path: path.stem
)
def test_a_real_transcript_is_known_by_its_day_and_split_by_speaker(path: Path) -> None:
    url, _, title, _, *lines = path.read_text("utf-8").splitlines()
    slug = url.removeprefix("URL: ").split("?")[0].rsplit("/", 1)[-1]
    body = "".join(f"<p>{line}</p>" for line in lines)
    (row,) = gobmx.parse_presidency(page(title.removeprefix("Título: "), body, slug=slug)).accepted.rows(named=True)
    day = date.fromisoformat(path.stem)
    assert (row["document_id"], row["published_on"]) == (f"gobmx_presidency:conference:{day}", day)
    assert "PREGUNTA:" in row["text"]
    assert "PREGUNTA" not in row["own_text"]
    assert 0.3 < len(row["own_text"]) / len(row["text"]) < 0.98


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ({"subtype": "Executive Order"}, "executive_order"),
        ({"presidential_document_type": "proclamation"}, "proclamation"),
        ({"type": "Proposed Rule"}, "proposed_rule"),
        ({"type": "Notice"}, "notice"),
        ({"type": "Sunshine Act Document"}, "other"),
        ({}, "other"),
    ],
)
def test_the_form_of_a_document_is_read_in_old_and_new_answers(form: dict[str, str], kind: str) -> None:
    assert federal_register.parse_documents(register(ORDER | form)).accepted["kind"].to_list() == [kind]


def test_a_number_used_twice_is_two_documents_and_a_repeated_one_is_rejected() -> None:
    parsed = federal_register.parse_documents(register(ORDER, ORDER | {"publication_date": "2025-02-10"}, ORDER, None))
    assert parsed.accepted["document_id"].to_list() == [
        "federal_register:2025-02406:2025-02-07",
        "federal_register:2025-02406:2025-02-10",
    ]
    assert parsed.rejected.select("row_number", "rule").rows() == [
        (3, "duplicate of an earlier row"),
        (4, "no identifier"),
    ]


@pytest.mark.parametrize(
    "payload", [b'{"errors":{"conditions":"none"}}', b'{"count":0,"results":[]}', b"<html></html>", b"[]"]
)
def test_an_answer_that_is_no_list_of_documents_is_refused(payload: bytes) -> None:
    with pytest.raises(SourceError, match="federal_register"):
        federal_register.parse_documents(payload)


def test_an_action_and_its_fact_sheet_are_two_documents_of_different_kinds() -> None:
    action = (
        "<title>Imposing Duties &amp;#8211; Again</title>"
        "<link>https://www.whitehouse.gov/presidential-actions/2025/02/imposing-duties/</link>"
        "<category>Executive Orders</category><pubDate>Sun, 02 Feb 2025 02:10:00 +0000</pubDate>"
        "<content:encoded><![CDATA[<p>It&#8217;s&nbsp;ordered.</p><script>track()</script>]]></content:encoded>"
    )
    sheet = (
        "<title>Fact Sheet: Duties</title><link>https://www.whitehouse.gov/fact-sheets/2025/02/duties/</link>"
        "<pubDate>Sat, 01 Feb 2025 23:00:00 +0000</pubDate><description>Short.</description>"
    )
    rows = feeds.parse_whitehouse(feed(action, sheet)).accepted
    assert rows["kind"].to_list() == ["executive_order", "fact_sheet"]
    assert rows["office"].to_list() == ["usa_president", "usa_white_house"]
    assert rows["title"].to_list() == ["Imposing Duties \u2013 Again", "Fact Sheet: Duties"]
    assert rows["text"].to_list() == ["It\u2019s ordered.", "Short."]
    assert rows["is_summary"].to_list() == [False, True]
    assert rows["published_on"].to_list() == [date(2025, 2, 1), date(2025, 2, 1)], "the day in Washington"


def test_a_trade_release_has_one_link_however_the_host_is_written() -> None:
    item = (
        "<title>Talks</title><link>https://ustr.gov./about/press-releases/2025/talks?utm=1</link>"
        "<pubDate>Mon, 03 Feb 2025 15:00:00 GMT</pubDate><description>&lt;p&gt;With Mexico.&lt;/p&gt;</description>"
    )
    (row,) = feeds.parse_ustr(feed(item)).accepted.rows(named=True)
    assert (row["url"], row["text"]) == ("https://ustr.gov/about/press-releases/2025/talks", "With Mexico.")


def test_a_war_release_is_a_summary_and_another_sites_feed_is_refused() -> None:
    item = (
        "<title>Readout</title><link>https://www.{}/News/Releases/Release/Article/4000001/readout/</link>"
        "<pubDate>Mon, 03 Feb 2025 15:00:00 GMT</pubDate><description>A call.</description>"
    )
    (row,) = feeds.parse_war(feed(item.format("war.gov"))).accepted.rows(named=True)
    assert (row["office"], row["kind"], row["is_summary"]) == ("usa_defense", "release", True)
    with pytest.raises(SourceError, match="another site"):
        feeds.parse_war(feed(item.format("af.mil")))


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(feed(), id="no items"),
        pytest.param(b"<html><body>busy</body></html>", id="a page"),
        pytest.param(
            b'<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><rss><channel><item><title>&b;</title></item></channel></rss>',
            id="entities",
        ),
        pytest.param(
            b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><item>&a;</item></channel></rss>',
            id="external entity",
        ),
    ],
)
def test_an_unsafe_or_stale_feed_is_refused(payload: bytes) -> None:
    with pytest.raises(SourceError, match="ustr_releases"):
        feeds.parse_ustr(payload)


def test_a_briefing_of_the_state_department_leaves_questions_unscored() -> None:
    post = {
        "id": 7,
        "date_gmt": "2025-02-08T01:00:00",
        "modified_gmt": "2025-02-09T18:00:00",
        "type": "state_briefing",
        "link": "https://www.state.gov/briefings/seven/",
        "title": {"rendered": "Press Briefing &#8211; February 7"},
        "content": {
            "rendered": "<p>MS BRUCE: Mexico is a friend.</p><p>QUESTION: Is it hostile?</p><p>MS BRUCE: No.</p>"
        },
    }
    (row,) = newsrooms.parse_state(json.dumps([post]).encode()).accepted.rows(named=True)
    assert (row["document_id"], row["kind"], row["published_on"]) == ("state_releases:7", "briefing", date(2025, 2, 7))
    assert row["modified_at"] == datetime(2025, 2, 9, 18)
    assert row["own_text"] == "Mexico is a friend.\nNo."


def test_seconds_as_text_are_a_day_in_washington() -> None:
    release = {
        "uuid": "a",
        "title": "A Plea",
        "url": "https://www.justice.gov/opa/pr/a",
        "date": "1738904400",
        "body": [],
    }
    answer = {"metadata": {}, "results": [release, release | {"uuid": "b", "date": "soon"}]}
    parsed = newsrooms.parse_doj(json.dumps(answer).encode())
    assert parsed.accepted.select("published_on", "is_summary").rows() == [(date(2025, 2, 7), True)]
    assert parsed.rejected["rule"].to_list() == ["no day of publication"]
    assert "body" not in json.loads(parsed.rejected["row"][0]), "texts stay in the raw layer"


@pytest.mark.parametrize("title", ["Challenge Validation", "Access Denied"])
def test_a_challenge_with_status_200_is_refused(title: str) -> None:
    with pytest.raises(SourceError, match="challenge"):
        gobmx.parse_presidency(page("x", "<p>wait</p>", head=title))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("del-6-de-marzo-de-2025", date(2025, 3, 6)),
        ("del-06-de-marzo-del-2025", date(2025, 3, 6)),
        ("el 1° de Octubre de 2024", date(2024, 10, 1)),
        ("31 de febrero de 2025 y 2 de mayo de 2025", date(2025, 5, 2)),
        ("marzo de 2025", None),
    ],
)
def test_a_day_in_spanish(text: str, day: date | None) -> None:
    assert gobmx.spanish_day(text) == day


def test_a_communique_of_the_foreign_ministry() -> None:
    body = "<p>Ciudad de México, 3 de febrero de 2025.</p><p>México y <b>Estados</b> Unidos acuerdan.</p>"
    (row,) = gobmx.parse_sre(page("Nota informativa 12", body, slug="nota-12")).accepted.rows(named=True)
    assert (row["document_id"], row["office"], row["kind"]) == ("gobmx_sre:nota-12", "mex_sre", "communique")
    assert row["published_on"] == date(2025, 2, 3)
    assert row["text"].endswith("México y Estados Unidos acuerdan.")


def test_reporters_and_clips_are_nobody_of_the_office() -> None:
    text = (
        "TÍTULO\nPRESIDENTA DE MÉXICO, A B: Hola.\nSigue.\nPREGUNTA: ¿Qué?\nOtra.\nVOZ MUJER: Clip.\nSECRETARIO, C: Sí."
    )
    assert own_words(text) == "Hola.\nSigue.\nSí."
    assert own_words("Sin turnos.") == "Sin turnos."


def test_markup_becomes_text_a_line_a_block() -> None:
    assert plain("<h2>A</h2><p>b<i>c</i>&nbsp; d<br>e</p><style>x</style>") == "A\nbc d\ne"
    assert plain(None) == plain(3.5) == ""
    assert title_of("  A &amp;amp; B\n ") == "A & B"
    assert link_of("javascript:alert(1)") is None

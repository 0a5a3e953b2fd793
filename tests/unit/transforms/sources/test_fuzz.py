"""Damaged payloads of every publisher's parser: an error that names the source, or every row accounted for.

The suite damages each payload a few times; `FUZZ_EXAMPLES=10000 python -m pytest tests/unit/transforms/sources/test_fuzz.py`
does so 10,000 times a parser.
"""

import io
import json
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unittest import mock

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.parsed import REJECTED, Parsed
from transforms.sources import (
    cbp,
    fed,
    federal_register,
    feeds,
    gdelt,
    gobmx,
    newsrooms,
    ohss,
    trade,
    upm,
    usbp,
    yardsticks,
)
from transforms.sources.publishers import PARSERS
from transforms.sources.reading import MONTHS
from warehouse.errors import SourceError

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
NASTY = (
    *(
        b"",
        b"NaN",
        b"inf",
        b"-1",
        b"1e309",
        b"9" * 30,
        b"0001-01-01",
        b"9999-12-31",
        b"2024-13-45",
        b"20990230",
        b"null",
    ),
    *(
        b"\x00",
        b"\xff\xfe",
        b'"',
        b"\\ud800",
        b"<",
        b"]]>",
        b"&#0;",
        b"&a;",
        b"\t",
        b"\r",
        b"\n",
        b",",
        b"|",
        b"true",
        b"{}",
    ),
    *(
        b"[]",
        b"Infinity",
        b"+00:00",
        b"PK\x03\x04",
        b"\xc3",
        b"Mexico",
        b"262144-01-01",
        b"-99999999999999",
        b"<p>" * 50,
    ),
)
FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title>
<item><title>On the &amp;#8216;border&amp;#8217;</title><link>https://{host}/{folder}/2025/02/on-the-border/</link>
<pubDate>Sun, 02 Feb 2025 02:10:00 +0000</pubDate><category>Executive Orders</category>
<description>A summary.</description>
<content:encoded><![CDATA[<p>Mexico&#8217;s duty is&nbsp;set.</p>]]></content:encoded></item>
<item><title>Two</title><link>https://{host}/{folder}/2025/02/two/</link><pubDate>Mon, 03 Feb 2025 18:00:00 GMT</pubDate>
<guid>2</guid><description>Two.</description></item></channel></rss>
"""
PAGE = """<!DOCTYPE html><html><head><title>{title}</title><link rel="canonical" href="https://www.gob.mx/x/articulos/{slug}">
<meta property="article:published_time" content="2025-03-06T20:00:00-06:00"></head><body><h1>{title}</h1>
<div class="article-body"><p>PRESIDENTA DE MÉXICO, UNA PERSONA: Buenos días a Estados Unidos.</p><p>PREGUNTA: ¿Y?</p>
<script>x</script></div></body></html>"""
REGISTER = {
    "count": 1,
    "results": [
        {
            "document_number": "2025-02406",
            "publication_date": "2025-02-07",
            "signing_date": "2025-02-01",
            "type": "Presidential Document",
            "subtype": "Executive Order",
            "executive_order_number": 14194,
            "title": "A Duty",
            "abstract": None,
            "html_url": "https://www.federalregister.gov/documents/2025/02/07/2025-02406/a-duty",
        }
    ],
}
POSTS = [
    {
        "id": 7,
        "date_gmt": "2025-02-07T18:00:00",
        "modified_gmt": "2025-02-08T18:00:00",
        "link": "https://www.state.gov/briefings/seven",
        "title": {"rendered": "Seven &#8211; a call"},
        "content": {"rendered": "<p>MS BRUCE: Mexico is a friend.</p><p>QUESTION: Is it?</p>"},
    }
]
JUSTICE = {
    "metadata": {"resultset": {"count": "1"}},
    "results": [
        {
            "title": "A Plea",
            "url": "https://www.justice.gov/opa/pr/a-plea",
            "date": "1738904400",
            "changed": "1738904500",
            "body": "<p>Mexico helped.</p>",
            "component": [{"uuid": "1", "name": "Criminal Division"}],
            "topic": [],
            "number": "25-1",
            "uuid": "a-b-c",
        }
    ],
}


def event(width: int, number: int, added: str = "20180326044500") -> str:
    row = [""] * width
    row[:5] = [str(number), "20180326", "201803", "2018", "2018.2356"]
    row[5], row[7], row[15], row[17] = "USAGOV", "USA", "MEX", "MEX"
    row[25:35] = ["1", "050", "050", "05", "1", "3.5", "4", "1", "4", "0.39"]
    row[59 if width == 61 else 56] = added if width == 61 else added[:8]
    if width != 57:
        row[-1] = "https://example.org/a"
    return "\t".join(row)


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("20180326044500.export.CSV", content)
    return buffer.getvalue()


def table(columns: Sequence[str], *rows: Sequence[object], separator: str = ",") -> bytes:
    return ("\n".join(separator.join(map(str, row)) for row in (columns, *rows)) + "\n").encode()


def as_workbook(parse: Callable[[bytes], Parsed], *sheets: str) -> Callable[[bytes], Parsed]:
    """Return a parser of a workbook that takes each sheet as CSV, for no writer of workbooks is installed."""

    def read_excel(payload: bytes, **_: object) -> object:
        frame = pl.read_csv(payload, infer_schema=False, has_header=not sheets)
        return dict.fromkeys(sheets, frame) if sheets else frame

    def parsed(payload: bytes) -> Parsed:
        with mock.patch.object(pl, "read_excel", read_excel):
            return parse(payload)

    return parsed


CENSUS = ["year", "CTY_CODE", *(f"{letter}{month}" for letter in "EI" for month in MONTHS)]
OHSS = """,,,,Total CBP,,Total Repatriations,Total Encounters,Mexico
Fiscal Year,Month,Total,Mexico,Total,Mexico,Total Repatriations,T42 expulsions,T42 expulsions
2025,October,10,20,30,40,50,60,70
,Nov,X,-,D,1,2,3,4
,Total,1,2,3,4,5,6,7
Note: none,,,,,,,,
"""


@dataclass(frozen=True)
class Seed:
    """A parser and a payload that it reads."""

    parse: Callable[[bytes], Parsed]
    payload: bytes


DAY = ("day", "month", "year")
HISTORY = ["cy", "month", *usbp.SECTORS, *(f"{name}_border" for name in usbp.BORDERS), "monthly_total"]
SUMS = [len(sectors) for sectors in usbp.BORDERS.values()]
HISTORY_ROWS = [[2001, month, *[1] * len(usbp.SECTORS), *SUMS, sum(SUMS)] for month in (1, 2, 2)]
ENCOUNTERS = ["Fiscal Year", "Month (abbv)", "Component", "Demographic", "Title of Authority", "Encounter Type"]
SBO = table(
    [*ENCOUNTERS, "Citizenship Grouping", "Encounter Count"],
    ["2026 (FYTD)", "OCT", "U.S. Border Patrol", "FMUA", "Title 8", "Apprehensions", "Mexico", 3],
    ["2026 (FYTD)", "NOV", "Office of Field Operations", "UAC", "Title 8", "Inadmissibles", "Other", 4],
)
STATE = table(
    [*ENCOUNTERS, "Land Border Region", "State", "Citizenship", "Encounter Count"],
    ["2025", "OCT", "U.S. Border Patrol", "FMUA", "Title 8", "Apprehensions", "Other", "TX", "MEXICO", 3],
)
DRUG_FIGURES = ["Count of Event", "Sum Qty (lbs)"]
SEIZURES = table(
    ["FY", "Month (abbv)", "Component", "Region", "Land Filter", "Area of Responsibility", "Drug Type", *DRUG_FIGURES],
    ["2025", "OCT", "U.S. Border Patrol", "Southwest Border", "Land Only", "EL PASO", "Fentanyl", 3, 1.5],
)
REMITTANCES = table(["PERIODO", "ID_FLUJO", "VALOR_USD"], ["2026-05-01", 1, 5611], ["2026-05-01", 2, 108])
BY_STATE = table(["PERIODO", "ID_ESTADO", "VALOR_USD"], ["2026-01-01", "TX", 30], ["2026-01-01", "CA", 5])
SHARES = ["month", "cty_code", "import_value_usd", "usmca_claim_value_usd"]
TITLE = "Versión estenográfica. Conferencia de prensa de la presidenta Claudia Sheinbaum Pardo del 6 de marzo de 2025"
SLUG = "version-estenografica-conferencia-de-prensa-de-la-presidenta-claudia-sheinbaum-pardo-del-6-de-marzo-de-2025"
EVENTS = (
    "\n".join([event(61, 1), event(61, 2), event(58, 3), event(57, 4), event(61, 2), "\t".join("narrow")]).encode()
    + b"\n"
)
WUI_MONTHS, WUI_QUARTERS = ["date", "MEX", "USA"], ["year", "MEX", "USA"]

SEEDS = {
    "sbo_encounters": Seed(cbp.parse_sbo_encounters, SBO),
    "state_encounters": Seed(cbp.parse_state_encounters, STATE),
    "drug_seizures": Seed(cbp.parse_drug_seizures, SEIZURES),
    "usbp_monthly": Seed(
        usbp.parse_usbp_monthly,
        table(["month_start", "cbp_usb_encounter_count"], ["2026-07-01", 1], ["2026-08-01", ""]),
    ),
    "usbp_history": Seed(usbp.parse_usbp_history, table(HISTORY, *HISTORY_ROWS, separator="|")),
    "usbp_sectors": Seed(usbp.parse_usbp_sectors, table(HISTORY, *HISTORY_ROWS, separator="|")),
    "migrants_found": Seed(upm.parse_migrants_found, table(["t", "nat", "n"], ["2024-12", "GIN", 12.0])),
    "returns": Seed(upm.parse_returns, table(["t", "nat", "type", "n"], ["2015-01", "BLZ", "deportation", 2.0])),
    "remittances": Seed(trade.parse_remittances, REMITTANCES),
    "remittances_from_usa": Seed(trade.parse_remittances_from_usa, BY_STATE),
    "census_trade": Seed(
        as_workbook(trade.parse_census_trade), table(CENSUS, [2025, 2010, *range(1, 25)], [2024, 2010, *range(1, 25)])
    ),
    "usmca_share": Seed(
        trade.parse_usmca_share, table(SHARES, ["2025-01", 1220, 200, 69], ["2025-01", 2010, 400, 180])
    ),
    "effective_tariff": Seed(
        trade.parse_us_effective_tariff, table(["date", "customs_duties", "imports_value"], ["2026-02-01", 25, 200])
    ),
    "daily_rates": Seed(fed.parse_daily_rates, table(["DATE", "DEXMXUS"], ["2023-09-01", 17.1], ["2023-09-04", "."])),
    "monthly_rates": Seed(
        fed.parse_monthly_rates, table(["Date", "Country", "Exchange rate"], ["2026-06-01", "Mexico", 17.3])
    ),
    "ohss_monthly": Seed(as_workbook(ohss.parse_ohss_monthly, *ohss.SHEETS), OHSS.encode()),
    "gpr": Seed(
        as_workbook(yardsticks.parse_gpr),
        table(["month", *yardsticks.GPR], ["2026-01-01", *[1.5] * len(yardsticks.GPR)]),
    ),
    "wui_monthly": Seed(as_workbook(yardsticks.parse_wui_monthly), table(WUI_MONTHS, ["2026-01-01", 1, 2])),
    "wui_quarterly": Seed(as_workbook(yardsticks.parse_wui_quarterly), table(WUI_QUARTERS, ["2026q1", 1, 2])),
    "tpu_daily": Seed(yardsticks.parse_tpu_daily, table([*DAY, "daily_tpu_index"], [1, 2, 2026, 5.5], [2, 2, 2026, 0])),
    "tpu_monthly": Seed(as_workbook(yardsticks.parse_tpu_monthly), table(["DATE", "TPU"], ["2026-01-01", 5])),
    "epu_usa": Seed(yardsticks.parse_epu_usa, table([*DAY, "daily_policy_index"], [1, 2, 2026, 5.5])),
    "epu_mexico": Seed(
        yardsticks.parse_epu_mexico, table(["Year", "Month", "Mexican Policy Uncertainty Index"], [2019, 9.0, 57.98])
    ),
    "federal_register": Seed(federal_register.parse_documents, json.dumps(REGISTER).encode()),
    "whitehouse": Seed(
        feeds.parse_whitehouse, FEED.format(host="www.whitehouse.gov", folder="presidential-actions").encode()
    ),
    "ustr": Seed(feeds.parse_ustr, FEED.format(host="ustr.gov.", folder="press-releases").encode()),
    "war": Seed(feeds.parse_war, FEED.format(host="www.war.gov", folder="News/Releases").encode()),
    "state": Seed(newsrooms.parse_state, json.dumps(POSTS).encode()),
    "doj": Seed(newsrooms.parse_doj, json.dumps(JUSTICE).encode()),
    "presidency": Seed(gobmx.parse_presidency, PAGE.format(title=TITLE, slug=SLUG).encode()),
    "sre": Seed(gobmx.parse_sre, PAGE.format(title="Una nota del 6 de marzo de 2025", slug="una-nota").encode()),
    "gdelt": Seed(gdelt.parse_events, EVENTS),
    "gdelt_zipped": Seed(gdelt.parse_events, zipped(EVENTS)),
}


@st.composite
def damaged(draw: st.DrawFn, payload: bytes) -> bytes:
    """Return the payload with one to four kinds of damage."""
    for _ in range(draw(st.integers(1, 4))):
        payload = DAMAGES[draw(st.integers(0, len(DAMAGES) - 1))](draw, payload)
    return payload


def _span(draw: st.DrawFn, payload: bytes, longest: int) -> tuple[int, int]:
    start = draw(st.integers(0, len(payload)))
    return start, min(len(payload), start + draw(st.integers(0, longest)))


def _flipped(draw: st.DrawFn, payload: bytes) -> bytes:
    start, _ = _span(draw, payload, 1)
    return payload[:start] + bytes([draw(st.integers(0, 255))]) + payload[start + 1 :]


def _cut(draw: st.DrawFn, payload: bytes) -> bytes:
    start, end = _span(draw, payload, 40)
    return payload[:start] + payload[end:]


def _ended(draw: st.DrawFn, payload: bytes) -> bytes:
    return payload[: draw(st.integers(0, len(payload)))]


def _doubled(draw: st.DrawFn, payload: bytes) -> bytes:
    start, end = _span(draw, payload, 200)
    return payload[:end] + payload[start:end] + payload[end:]


def _planted(draw: st.DrawFn, payload: bytes) -> bytes:
    start, end = _span(draw, payload, 12)
    return payload[:start] + draw(st.sampled_from(NASTY)) + payload[end:]


def _field(draw: st.DrawFn, payload: bytes) -> bytes:
    """Replace one whole field: what stands between two separators."""
    for separator in (b"\t", b"|", b",", b'"', b">"):
        if separator in payload:
            parts = payload.split(separator)
            parts[draw(st.integers(0, len(parts) - 1))] = draw(st.sampled_from(NASTY))
            return separator.join(parts)
    return payload


def _repeated(draw: st.DrawFn, payload: bytes) -> bytes:
    lines = payload.split(b"\n")
    place = draw(st.integers(0, len(lines) - 1))
    return b"\n".join([*lines[:place], *[lines[place]] * draw(st.integers(0, 3)), *lines[place + 1 :]])


def _renamed(draw: st.DrawFn, payload: bytes) -> bytes:
    """Put a letter into the heads: the first line, or the names of a JSON answer."""
    place = draw(st.integers(0, max(0, len(payload.split(b"\n")[0]) - 1)))
    return payload[:place] + b"x" + payload[place:]


DAMAGES = (_flipped, _cut, _ended, _doubled, _planted, _field, _repeated, _renamed)


def accounts(seed: Seed, payload: bytes) -> None:
    try:
        parsed = seed.parse(payload)
    except SourceError:
        return
    assert parsed.rejected.schema == REJECTED
    assert parsed.rejected["rule"].null_count() == 0
    assert parsed.rejected["row_number"].is_between(1, parsed.rows_in).all()
    assert parsed.rejected["row_number"].n_unique() == parsed.rejected.height
    assert 0 <= parsed.rows_accepted <= parsed.rows_in


@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_payload_is_refused_or_accounted_for(name: str) -> None:
    seed = SEEDS[name]
    assert seed.parse(seed.payload).accepted.height > 0, "the undamaged payload reads"

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data: st.DataObject) -> None:
        accounts(seed, data.draw(damaged(seed.payload)))

    run()


@pytest.mark.parametrize("source", PARSERS)
def test_bytes_of_another_kind_are_refused_or_accounted_for(source: str) -> None:
    for parse in PARSERS[source]:
        for payload in (
            b"",
            b"\n",
            b"\x00",
            b"PK\x03\x04",
            b"[]",
            b"{}",
            b"null",
            b"<html></html>",
            b"\xef\xbb\xbf",
            b"\x1f\x8b",
        ):
            accounts(Seed(parse, payload), payload)


def test_every_parser_is_damaged() -> None:
    every = {parse.__name__ for parsers in PARSERS.values() for parse in parsers}
    own = {getattr(seed.parse, "__name__", "") for seed in SEEDS.values()}
    in_workbooks = {"parse_census_trade", "parse_ohss_monthly", "parse_gpr", "parse_tpu_monthly"}
    assert every - own - in_workbooks == {"parse_wui_monthly", "parse_wui_quarterly"}

"""Write warehouse/bundled/ledger/*.csv from ../shared/facts and our coding tables: facts and codes, row by row.

python tools/bundle_ledger.py --shared ../shared [--check]
"""

import argparse
import calendar
import csv
import io
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from warehouse.catalog.registry import load_catalog

Row = dict[str, str]
HERE = Path(__file__).parent
OUT = HERE.parent / "warehouse" / "bundled" / "ledger"
TIMELINES = {
    "": (
        "timeline_2001_2016",
        "timeline",
        "timeline_fill_2017_2024",
        "timeline_2018_2021_transcripts",
        "timeline_2021_2024_transcripts",
        "timeline_2026_late",
    ),
    "can_usa": ("timeline_can_usa",),
    "chn_usa": ("timeline_chn_usa",),
}
"""Folder of the codes of each pair, the first pair's at the top, and the files of its records."""
PILLAR_OF_THEME = {theme: name for name, pillar in load_catalog().pillars.items() for theme in pillar.themes}
ACT_CODES = (
    "initiator target actor_branch kind dimension pillar ladder_step stage is_conditional "
    "conditional_until matter_id policy_id claim_id evidence_of_act_id answers_act_id"
)
SPEAKER_CODES = "country speaker office office_rank speaker_branch is_counted duplicate_of act_id policy_id"
CODED = (
    ("act", "acts", "act_id", "pass-1", ACT_CODES),
    ("statement", "statements", "statement_id", "pass-1", SPEAKER_CODES),
    ("statement", "statements", "statement_id", "ledger", "stance"),
    ("policy", "policies", "policy_id", "pass-1", "kind pillar imposer target dimension ladder_step"),
    ("stage", "stages", "policy_id stage_on", "pass-1", "stage until_on rate_pct is_estimated"),
    ("coverage", "coverage", "policy_id partner from_on", "pass-1", "coverage_share coverage_is_estimated"),
)
"""Kind of item, table, key, coder and the columns that it coded; wording, sources and reasons are no codes."""
CODED_AGAIN = (
    ("act", "acts", "act_id", "ladder_step"),
    ("policy", "policies", "policy_id", "ladder_step"),
    ("statement", "statements", "statement_id", "stance"),
    ("coverage", "coverage", "policy_id partner from_on", "coverage_share"),
)
"""Kind of item, table, key and column that a second pass coded, which saw the item and the ladder and no first code."""
CODED_ON = "2026-11-24"
RANK_OVERRIDES = {
    "USMX4150": "agency",  # Velasco was not yet minister on 2020-09-25
    "CNUS0077": "agency",  # an office of the Commerce Department, not its head
}
LANGUAGES = {"MEX": "es", "CHN": "zh"}
"""Language that a country's officials speak in the records; English where none is named."""


def main() -> int:
    """Write the tables, or with --check compare them; return 1 on a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    different = []
    for name, rows in tables(options.shared / "facts").items():
        text = as_csv(rows)
        path = OUT / f"{name}.csv"
        if options.check:
            if not path.exists() or path.read_text("utf-8") != text:
                different.append(name)
        else:
            OUT.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"{name}: {len(rows)} rows")
    if different:
        print("differ from the facts:", ", ".join(different))
    return 1 if different else 0


def tables(facts: Path) -> dict[str, list[Row]]:
    """Return every table of the ledger."""
    spoken, acts = [], tariff_acts()
    for folder, names in TIMELINES.items():
        records = [row for name in names for row in read(facts / f"{name}.csv")]
        spoken += statements(records, folder)
        acts += timeline_acts(records)
    ledger = {
        "statements": sorted(spoken, key=lambda row: (row["stated_on"], row["statement_id"])),
        "acts": sorted(acts, key=lambda row: (row["occurred_on"], row["act_id"])),
        "policies": coded("policies"),
        "stages": [renamed(row, note="coding_note") for row in coded("stages")],
        "coverage": coded("coverage"),
        "exemptions": coded("exemptions"),
        "extradition_claims": extradition_claims(facts),
        "repatriation_claims": repatriation_claims(facts),
    }
    return {**ledger, "codes": codes(ledger)}


def coded(name: str) -> list[Row]:
    """Return the rows of one coding table of all pairs."""
    return [row for folder in TIMELINES for row in read(HERE / "coding" / folder / f"{name}.csv")]


def statements(records: Iterable[Row], folder: str) -> list[Row]:
    """Return the statements of a pair with who speaks and what their words are evidence of."""
    actors = {(a["actor_country"], a["actor"]): a for a in read(HERE / "coding" / folder / "actors.csv")}
    links = {row["statement_id"]: row for row in read(HERE / "coding" / folder / "statement_links.csv")}
    rows = []
    for record in records:
        if record["kind"] != "statement":
            continue
        who = actors[record["actor_country"], record["actor"]]
        link = links.get(record["id"], {})
        counted = link.get("is_counted_override") or who["is_counted"]
        reason = who["not_counted_reason"] or (link.get("reason", "") if counted == "false" else "")
        rows.append(
            {
                "statement_id": record["id"],
                "stated_on": record["date"],
                "date_precision": record["date_precision"],
                "country": who["country"],
                "addressee": record["target_country"],
                "speaker": who["speaker"],
                "office": who["office"],
                "office_rank": RANK_OVERRIDES.get(record["id"], who["office_rank"]),
                "language": LANGUAGES.get(who["country"], "en"),
                "theme": record["theme"],
                "pillar": PILLAR_OF_THEME[record["theme"]],
                "stance": record["stance"],
                "stance_basis": record["stance_basis"],
                "stance_method": "hand",
                "summary_en": record["summary"],
                "summary_es": SPANISH[record["id"]],
                "url": record["source_url"],
                "publisher": record["source_publisher"],
                "source_tier": record["source_tier"],
                "is_relayed": flag(record["relayed"]),
                "is_joint": flag(record["joint"]),
                "speaker_branch": who["speaker_branch"],
                "is_counted": counted,
                "not_counted_reason": reason,
                "duplicate_of": link.get("duplicate_of", ""),
                "act_id": link.get("act_id", ""),
                "policy_id": link.get("policy_id", ""),
            }
        )
    return rows


def timeline_acts(records: Iterable[Row]) -> list[Row]:
    """Return the acts of the timelines with their codes."""
    codes = {row["act_id"]: row for row in coded("acts")}
    facts = [record for record in records if record["kind"] != "statement"]
    return [
        {
            **act_codes(codes[record["id"]]),
            "occurred_on": record["date"],
            "published_on": "",
            "date_precision": record["date_precision"],
            "actor": record["actor"],
            "theme": record["theme"],
            "is_joint": flag(record["joint"]),
            "is_relayed": flag(record["relayed"]),
            "ledger_stance": record["stance"],
            "summary_en": record["summary"],
            "summary_es": SPANISH[record["id"]],
            "url": record["source_url"],
            "publisher": record["source_publisher"],
            "source_tier": record["source_tier"],
        }
        for record in facts
    ]


def tariff_acts() -> list[Row]:
    """Return the acts among the records of the tariff files: reviews, cases, rulings and threats without a rate."""
    return [
        {
            **act_codes(row),
            "occurred_on": row["occurred_on"],
            "published_on": row["published_on"],
            "date_precision": "day",
            "actor": row["actor"],
            "theme": "trade/tariffs",
            "is_joint": "false",
            "is_relayed": "false",
            "ledger_stance": "",
            "summary_en": row["summary_en"],
            "summary_es": SPANISH[row["act_id"]],
            "url": row["url"],
            "publisher": "",
            "source_tier": "press",
        }
        for row in coded("tariff_acts")
    ]


def act_codes(row: Mapping[str, str]) -> Row:
    """Return the coded columns of an act."""
    return {**{name: row[name] for name in ("act_id", *ACT_CODES.split())}, "coding_note": row["note"]}


def codes(ledger: Mapping[str, list[Row]]) -> list[Row]:
    """Return every code that a coder gave, one row a variable; what was left empty is no code."""
    rows = [
        {
            "item_kind": kind,
            "item_id": "@".join(row[part] for part in key.split()),
            "variable": variable,
            "coder": coder,
            "code": row[variable],
            "coded_on": CODED_ON,
        }
        for kind, table, key, coder, variables in CODED
        for row in ledger[table]
        for variable in variables.split()
        if row[variable]
    ]
    rows += [
        {
            "item_kind": kind,
            "item_id": "@".join(row[part] for part in key.split()),
            "variable": variable,
            "coder": "pass-2",
            "code": row[variable],
            "coded_on": CODED_ON,
        }
        for kind, table, key, variable in CODED_AGAIN
        for row in read(HERE / "coding" / "pass_2" / f"{table}.csv")
    ]
    return sorted(rows, key=lambda row: (row["item_kind"], row["item_id"], row["variable"], row["coder"]))


def extradition_claims(facts: Path) -> list[Row]:
    """Return every published count with its scope, the mass transfers as claims of their own."""
    claims = read(facts / "extradition_claims.csv")
    rows = [extradition_claim(number, row) for number, row in enumerate(claims, start=2)]
    for row in read(facts / "mass_transfers.csv"):
        rows.append(
            {
                "claim_id": f"transfer:{row['transfer_id']}",
                "dyad_id": "MEX-USA",
                "period_label": row["date"],
                "period_start": row["date"],
                "period_end": row["date"],
                "persons": row["count"],
                "persons_is_minimum": "false",
                "is_yearly_average": "false",
                "scope": row["legal_basis"],
                "definition_id": "transfer",
                "mechanism": "transfer",
                "label_used": "transfer",
                "stated_by": row["source_publisher"],
                "publisher": row["source_publisher"],
                "published_text": row["source_date"],
                "published_on": row["date"],
                "published_is_estimated": "false",
                "url": row["source_url"],
                "note": row["note"],
            }
        )
    return rows


def extradition_claim(line: int, row: Row) -> Row:
    """Return one published count."""
    number = re.search(r"\d+", row["count"])
    if number is None:
        raise ValueError(f"extradition_claims.csv:{line}: no count in {row['count']!r}")
    day, estimated = last_day(row["published"])
    scope = row["scope"]
    return {
        "claim_id": f"claim:{line}",
        "dyad_id": "MEX-USA" if row["direction"] == "MX_to_US" else "USA-MEX",
        "period_label": row["period"],
        "period_start": row["period_start"],
        "period_end": row["period_end"],
        "persons": number.group(),
        "persons_is_minimum": flag(row["count"].endswith("+")),
        "is_yearly_average": flag("a year" in row["count"]),
        "scope": scope,
        "definition_id": definition(scope),
        "mechanism": "unspecified" if "transfers (" in scope else "treaty_extradition",
        "label_used": "extradition",
        "stated_by": row["who_states_it"],
        "publisher": row["publisher"],
        "published_text": row["published"],
        "published_on": day,
        "published_is_estimated": flag(estimated),
        "url": row["url"],
        "note": row["note"],
    }


def definition(scope: str) -> str:
    """Return the definition that a publisher's scope falls under."""
    text = scope.lower()
    if "mass transfers (" in text:
        return "treaty_and_transfer"
    if any(words in text for words in ("all countries", "all requesting countries", "other countries")):
        return "all_countries"
    if "nationals" in text and "all nationalities" not in text:
        return "to_partner_nationals"
    if "not stated" in text:
        return "unstated"
    return "to_partner_all"


def repatriation_claims(facts: Path) -> list[Row]:
    """Return every published count of Mexicans returned."""
    rows = []
    for line, row in enumerate(read(facts / "repatriation_claims.csv"), start=2):
        day, estimated = last_day(row["published"])
        rows.append(
            {
                "claim_id": f"returns:{line}",
                "dyad_id": "USA-MEX",
                "period_label": row["period"],
                "period_start": row["period_start"],
                "period_end": row["period_end"],
                "returns": row["count"],
                "counted_unit": row["unit"],
                "stated_by": row["who_states_it"],
                "publisher": row["publisher"],
                "published_on": day,
                "published_is_estimated": flag(estimated),
                "url": row["url"],
                "note": row["note"],
            }
        )
    return rows


def last_day(text: str) -> tuple[str, bool]:
    """Return the day of publication: of a month or year alone its last day, estimated; empty where none is printed."""
    match = re.match(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text)
    if not match:
        return "", True
    year, month, day = match.groups()
    if day:
        return match.group(), False
    number = int(month or 12)
    return f"{year}-{number:02d}-{calendar.monthrange(int(year), number)[1]:02d}", True


def flag(value: object) -> str:
    """Return true or false as the tables write it."""
    return "true" if value in (True, "1", "true") else "false"


def renamed(row: Row, **names: str) -> Row:
    """Return the row with columns renamed."""
    return {names.get(key, key): value for key, value in row.items()}


def read(path: Path) -> list[Row]:
    """Return the rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


SPANISH = {row["id"]: row["summary_es"] for row in read(HERE / "coding" / "summaries_es.csv")}
"""Our own Spanish of every summary, by an automated pass over the English ones."""


def as_csv(rows: list[Row]) -> str:
    """Return the rows as CSV text."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())

"""Twelve tasks of an analyst, played in the browser from the overview: clicks, fields, the app's seconds, the answers.

    python -m tools.tasks [--home .dyadwatch]

Writes docs/tasks.md. A test asks each address of it for its answer.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page

from orchestration.run import build
from tools.bench_browser import AT_REST, QUIET_MS, browsing, visiting, wait
from tools.serving import serving
from warehouse.settings import Settings

DOCS = Path(__file__).parent.parent / "docs" / "tasks.md"
Act = Callable[[Page], None]


@dataclass(frozen=True)
class Step:
    """One thing that an analyst does: clicks and fields that it takes, and in words."""

    words: str
    act: Act
    clicks: int = 0
    fields: int = 0
    asks: bool = True
    """Whether the page changes for it."""


@dataclass(frozen=True)
class Take:
    """Where the page says the answer: texts of all places that a selector finds, joined by semicolons."""

    selector: str
    cells: int = 0
    """Of a row only so many cells; 0 for the whole text."""


@dataclass(frozen=True)
class Task:
    """A question, the way to its answer, and the places that say it; an answer may be taken on the way."""

    question: str
    way: Sequence[Step | Sequence[Take]]


@dataclass
class Played:
    """What a task took, and each answer with the address that shows it again."""

    words: list[str] = field(default_factory=list)
    clicks: int = 0
    fields: int = 0
    seconds: float = 0.0
    answers: list[tuple[str, str]] = field(default_factory=list)


def to(name: str) -> Step:
    """Go to a page."""
    return Step(name, lambda page: page.locator("header nav a", has_text=re.compile(f"^{name}$")).click(), clicks=1)


def press(words: str, selector: str, *, asks: bool = True) -> Step:
    """Press what a selector finds."""
    return Step(words, lambda page: page.locator(selector).first.click(), clicks=1, asks=asks)


def fill(key: str, text: str) -> Step:
    """Write into a field of the page's controls."""

    def act(page: Page) -> None:
        box = page.locator(f'input[id*=\'"key":"{key}"\']')
        box.fill(text)
        box.press("Enter")

    return Step(f"write “{text}”", act, fields=1)


def write(words: str, change: Callable[[str], str]) -> Step:
    """Write a query, or change the one that is there."""

    def act(page: Page) -> None:
        box = page.locator("#q")
        box.fill(change(box.input_value()))

    return Step(words, act, fields=1, asks=False)


def query(sql: str) -> tuple[Step, Step]:
    """Write a query and run it."""
    return write("write a query", lambda _: sql), press("Run", "button.run")


HOSTILE = """SELECT speaker, count(*) AS unkind FROM core_statement__utterances
WHERE known_to IS NULL AND country = 'USA' AND addressee = 'MEX' AND stance < -0.25 AND stated_on >= DATE '2025-01-01'
GROUP BY ALL ORDER BY unkind DESC, speaker LIMIT 3"""
DAY = re.compile(r"DATE '\d{4}-\d\d-\d\d'|'\d{4}-\d\d-\d\d'(?:::DATE)?")

TASKS = [
    Task(
        "What did the index say on 10 March 2025, and why is it different today?",
        [
            to("Replay"),
            fill("day", "2025-03-10"),
            [Take(".headline"), Take("#causes .sum"), Take("#records h3")],
        ],
    ),
    Task(
        "How often were US tariff threats on Mexico carried out, and how fast?",
        [to("Acts and policies"), [Take(".headline >> nth=0")]],
    ),
    Task(
        "How many people did Mexico extradite to the United States in 2008, according to whom?",
        [to("Extraditions"), [Take(".headline")]],
    ),
    Task(
        "Which month of 2026 was worst for security, and which documents say so?",
        [
            to("Index"),
            [Take("#worst tr:has(td:text-is('2026')) td >> nth=5")],
            press("the worst month of 2026 for security", "#worst tr:has(td:text-is('2026')) td >> nth=5 >> a"),
            [Take("main p >> nth=0")],
        ],
    ),
    Task(
        "The monthly table with its sources, for a paper",
        [
            to("Data"),
            press("Download the series", "#paper a:has-text('series')", asks=False),
            press("CSV of the publishers", "#publishers a:text-is('CSV')", asks=False),
            [Take("#series .title"), Take("#publishers .sub")],
        ],
    ),
    Task(
        "Which sources are overdue?",
        [
            to("Data"),
            press("Freshness", "main nav a:text-is('Freshness'), main a:text-is('Freshness')", asks=False),
            [Take("#fresh > p >> nth=0"), Take("#sources tr:has(.late:has-text('late by'))", cells=2)],
        ],
    ),
    Task(
        "Who called the handover of 27 February 2025 what?",
        [
            to("Extraditions"),
            press("the table of words", "#words summary", asks=False),
            [Take("#words details tr:has(td:text-is('2025-02-27'))", cells=3)],
        ],
    ),
    Task(
        "Which US tariffs on Mexico were in force on 10 April 2025?",
        [
            to("SQL"),
            press("the example of tariffs in force", "#examples a:has-text('Tariffs in force')"),
            write("change the day", lambda sql: DAY.sub("DATE '2025-04-10'", sql)),
            press("Run", "button.run"),
            [Take("#result .ag-row:has([col-id=c1]:has-text('USA')) [col-id=c0]")],
        ],
    ),
    Task(
        "What has Mexico said about water?",
        [
            to("Statements"),
            press("Mexico", ".controls a[href*='side=MEX']"),
            fill("q", "water"),
            [Take("#list .title"), Take("main > p.sub:has-text('from')")],
        ],
    ),
    Task(
        "How many people were encountered at the south-west border in fiscal year 2023?",
        [to("Migration and borders"), [Take("tr:has(td:text-is('2023')) >> nth=0", cells=4)]],
    ),
    Task(
        "Does the index pass its validation?",
        [to("Method"), [Take("main p.lead")]],
    ),
    Task(
        "A query of one's own, to share",
        [
            to("SQL"),
            *query(HOSTILE),
            press("Copy link", "#result button:has-text('Copy link')", asks=False),
            [Take("#result .ag-row")],
        ],
    ),
]
"""Each begins on the overview."""


def play(page: Page, address: str, task: Task) -> Played:
    """Play a task from the overview on."""
    played = Played()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    wait(page, AT_REST)
    for part in task.way:
        if isinstance(part, Step):
            played.words.append(part.words)
            played.clicks += part.clicks
            played.fields += part.fields
            played.seconds += _timed(page, part)
        else:
            answer = "; ".join(filter(None, (_taken(page, take) for take in part)))
            played.answers.append((answer, page.evaluate("location.pathname + location.search").rstrip("?")))
    return played


def _timed(page: Page, step: Step) -> float:
    """Return the seconds from a step's begin to the last change of the page."""
    page.bring_to_front()
    start: float = page.evaluate("performance.now()")
    if step.asks:
        with page.expect_response(lambda one: "_dash-update" in one.url):
            step.act(page)
    else:
        step.act(page)
    page.wait_for_timeout(QUIET_MS)
    wait(page, AT_REST)
    return max(0.0, (float(page.evaluate("probe.last")) - start) / 1000)


def _taken(page: Page, take: Take) -> str:
    places = page.locator(take.selector)
    places.first.wait_for()
    if not take.cells:
        return "; ".join(" ".join(text.split()) for text in places.all_inner_texts())
    rows = [place.locator("td").all_inner_texts()[: take.cells] for place in places.all()]
    return "; ".join(" ".join(" ".join(row).split()) for row in rows)


def main() -> int:
    """Play all tasks and write them down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--home", type=Path, help="home with a published build; one of the bundled figures if omitted")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=options.home or Path(folder))
        if options.home is None and build(settings):
            return 1
        with serving(settings.home) as address, browsing() as browser:
            lines = []
            for number, task in enumerate(TASKS, start=1):
                with visiting(browser) as (context, page):
                    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
                    lines += _rows(number, task, play(page, address, task))
                print(lines[-1], file=sys.stderr)
    DOCS.write_text(_document(lines))
    return 0


def _rows(number: int, task: Task, played: Played) -> list[str]:
    """Return a task's rows: one for each answer, the first with what the task took."""
    rows = []
    for place, (answer, address) in enumerate(played.answers):
        took = [f"{played.clicks}", f"{played.fields}", f"{played.seconds:.1f}"] if not place else ["", "", ""]
        head = [str(number), task.question, " → ".join(played.words)] if not place else [str(number), "", ""]
        rows.append(f"| {' | '.join([*head, *took, answer.replace('|', '/'), f'`{address}`'])} |")
    return rows


def _document(rows: Sequence[str]) -> str:
    today = datetime.now(UTC).date().isoformat()
    heads = "| | task | way from the overview | clicks | fields | app, s | what the page says | address |"
    return "\n".join(
        [
            "# Twelve tasks of an analyst",
            "",
            f"Played in a browser on {today} by `python -m tools.tasks`, on a build of the bundled figures. Clicks and fields are",
            "counted from the overview on. The seconds are the app's own, from each input to the last change of the page, added",
            "up; a person's reading is not in them, and they depend on the machine. The address alone brings the answer back,",
            "which a test asks of each.",
            "",
            heads,
            "| --- | --- | --- | ---: | ---: | ---: | --- | --- |",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

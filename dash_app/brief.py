"""The brief: one page for a pair and a month, as HTML that stands alone; what moved, why, what is new, what is due."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
from markupsafe import Markup

from dash_app import headline, parts
from dash_app.scene import Scene, scene_of
from dash_app.view import shifted
from dash_app.words import Words, number, plain
from warehouse import briefs, pages
from warehouse.errors import DyadwatchError, QueryError
from warehouse.query import Warehouse

MOVED = 8
"""Items named among those that moved the index."""
LEAST = 0.05
"""Index points below which a move is not named: it would read as 0.0."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
STYLE = Path(__file__).with_name("brief.css")
"""Not among the assets, which Dash gives to every page."""


def brief(warehouse: Warehouse, pair_id: str, month: date | None, language: str = "en") -> tuple[str, date]:
    """Return the brief as an HTML document, and its month.

    Args:
        warehouse: The build.
        pair_id: The pair.
        month: First day of the month; the latest of the ledger where none is given.
        language: Language of the words; the ledger's texts are in English where there is no other.

    Raises:
        NoBuildError: Nothing is published.
        QueryError: The build has no such pair, or the month is none of its ledger.
    """
    query = {"pair": pair_id, "lang": language} | ({"month": f"{month:%Y-%m}"} if month else {})
    scene = scene_of(warehouse, "/", query, datetime.now(UTC).date())
    if scene.refused:
        raise QueryError(
            "; ".join(f"{item.key} {item.value!r} is not in the build" for item in scene.refused)
            + f".\nHint: pairs are {', '.join(scene.titles)}; months are those of the pair's ledger."
        )
    say, day = scene.say, scene.view.month
    title = say("brief.title", pair=scene.title, month=say.month(day))
    body = [
        _reading(warehouse, scene),
        _moved(warehouse, scene),
        _new(warehouse, scene),
        _expected(warehouse, scene),
        _alerts(warehouse, scene),
        _paragraph(scene.footer(), "sub"),
    ]
    document = Markup(
        '<!DOCTYPE html>\n<html lang="{}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{}</title><style>{}</style></head>'
        "<body><h1>{}</h1>{}</body></html>\n"
    ).format(language, title, Markup(STYLE.read_text("utf-8")), title, Markup("").join(body))
    return str(document), day


def print_pdf(html: str, target: Path) -> None:
    """Print an HTML document to a PDF file with a browser of this machine.

    Raises:
        DyadwatchError: No browser is found, or it fails.
    """
    browser = find_browser()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "brief.html"
        source.write_text(html, "utf-8")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        done = subprocess.run(
            [*command, f"--user-data-dir={folder}/profile", f"--print-to-pdf={target.resolve()}", source.as_uri()],
            capture_output=True,
            timeout=120,
            check=False,
        )
    if done.returncode or not target.is_file():
        raise DyadwatchError(f"The browser did not print: {done.stderr.decode(errors='replace')[-300:]}")


def find_browser() -> str:
    """Return the program of a browser of this machine.

    Raises:
        DyadwatchError: There is none.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise DyadwatchError(
            "No browser is found.\nHint: install Debian's package chromium; a brief can be had as HTML."
        )
    return browser


def _reading(warehouse: Warehouse, scene: Scene) -> Markup:
    say, pair = scene.say, scene.view.pair
    readings = warehouse.monthly_tension(pair, scene.span[0]).filter(pl.col("month") <= scene.view.month)
    scores = pages.pillar_scores(warehouse, pair)
    latest = scene.view.month == scene.span[1].replace(day=1)
    standing = pages.standing(warehouse, pair) if latest else {}
    if not latest:  # how it stood among the months is known for the latest only
        readings = readings.with_columns(pl.lit(None, dtype=pl.Float64).alias("causal_percentile"))
    text = plain(headline.headline(say, scene.title, readings, scores, standing))
    row = readings.filter(pl.col("month") == scene.view.month).row(-1, named=True)
    if row["tension_index"] is None:
        return _paragraph(text, "lead")
    band = say(
        "brief.band",
        band=headline.band(say, row),
        mean=number(row["mean_score"]),
        hard=number(row["tension_hard"]),
        coverage=number(100 * row["coverage"], 0),
    )
    return _paragraph(text, "lead") + _paragraph(band, "sub")


def _moved(warehouse: Warehouse, scene: Scene) -> Markup:
    say = scene.say
    moved = briefs.moved_items(warehouse, scene.view.pair, scene.view.month, scene.view.lang)
    named = moved.filter(pl.col("change").abs() >= LEAST).head(MOVED)
    rows = [
        (
            _signed(item["change"]),
            say.name(item["pillar"]),
            parts.link(item["title"] or item["item_id"], item["url"]),
        )
        for item in named.to_dicts()
    ]
    rest = float(moved["change"].sum()) - float(named["change"].sum())
    foot = say(
        "brief.rest", count=moved.height - named.height, change=_signed(rest), sum=_signed(float(moved["change"].sum()))
    )
    return _section(say, "moved", ("points", "pillar", "what"), rows) + (
        _paragraph(foot, "sub") if rows else Markup("")
    )


def _new(warehouse: Warehouse, scene: Scene) -> Markup:
    say = scene.say
    found = briefs.new_records(warehouse, scene.view.pair, scene.view.month, scene.view.lang)
    rows = [
        (
            str(item["on_day"]),
            say.name(item["side"]),
            say(f"stage.{item['stage']}") if item["stage"] else say(f"kind.{item['item_kind']}"),
            parts.link(item["title"], item["url"]),
            ", ".join(filter(None, [item["publisher"], item["source_tier"] and say(f"tier.{item['source_tier']}")])),
        )
        for item in found.to_dicts()
    ]
    return _section(say, "new", ("date", "who", "kind", "what", "publisher"), rows)


def _expected(warehouse: Warehouse, scene: Scene) -> Markup:
    say = scene.say
    day = min(scene.span[1], _month_end(scene.view.month))
    due = briefs.expected(warehouse, scene.view.pair, day, scene.view.lang)
    rows = [
        (
            str(item["on_day"]),
            say.name(item["side"]),
            _due(say, item["stage"]),
            parts.link(item["title"], item["url"]),
        )
        for item in due.to_dicts()
    ]
    return _section(say, "expected", ("date", "who", "kind", "what"), rows)


def _due(say: Words, stage: str | None) -> str:
    if stage is None:
        return say("brief.deadline")
    return say("brief.effect") if stage == "ordered" else say("brief.ends", stage=say(f"stage.{stage}"))


def _alerts(warehouse: Warehouse, scene: Scene) -> Markup:
    say, month = scene.say, scene.view.month
    told = briefs.alerts_between(warehouse, scene.view.pair, month, _month_end(month))
    rows = [
        (str(item["raised_on"]), say(f"alert.{item['kind']}"), item["detail"], item["item_ids"])
        for item in told.to_dicts()
    ]
    return _section(say, "alerts", ("date", "kind", "what", "items"), rows)


def _section(say: Words, key: str, heads: Sequence[str], rows: Iterable[Sequence[parts.Cell]]) -> Markup:
    title = Markup("<h2>{}</h2>").format(say(f"brief.{key}"))
    cells = [parts.row(list(cells)) for cells in rows]
    if not cells:
        return title + _paragraph(say("brief.nothing"), "sub")
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(say(f"column.{name}")) for name in heads)
    return title + Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        head, Markup("").join(cells)
    )


def _month_end(month: date) -> date:
    return shifted(month, 1) - timedelta(days=1)


def _paragraph(text: str, name: str) -> Markup:
    return Markup('<p class="{}">{}</p>').format(name, text)


def _signed(value: float) -> str:
    return ("+" if round(value, 1) > 0 else "") + number(value)

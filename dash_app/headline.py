"""The sentence that the data writes about its latest month, and the figures beside it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
from dash import html
from dash.development.base_component import Component

from dash_app import parts
from dash_app.scene import Scene
from dash_app.view import shifted
from dash_app.words import Words, number
from warehouse import pages

Standing = Mapping[str, Any]  # Any: dates and counts, as warehouse.pages.standing returns them


def headline(say: Words, pair: str, readings: pl.DataFrame, scores: pl.DataFrame, standing: Standing) -> str:
    """Return the sentence, with its links as [words](#anchor).

    Args:
        say: The page's words.
        pair: The pair's title.
        readings: As out_pair__monthly_tension.
        scores: Columns month, pillar, score.
        standing: As `warehouse.pages.standing`.
    """
    known = readings.filter(pl.col("tension_index").is_not_null()).sort("month")
    if known.is_empty():
        return say("headline.none", pair=pair)
    now = known.row(-1, named=True)
    past = dict(known.select("month", "tension_index").iter_rows())
    changes = {
        "before": _change(say, now["tension_index"], past.get(shifted(now["month"], -1)), "month_before"),
        "year_ago": _change(say, now["tension_index"], past.get(shifted(now["month"], -12)), "year_before"),
    }
    open_days = say("headline.provisional", days=now["days_known"]) if now["is_provisional"] else ""
    index = {"tension": number(now["tension_index"]), "month": say.month(now["month"]), "provisional": open_days}
    sentences = [say("headline.tension", pair=pair, **index, **changes)]
    if now["causal_percentile"] is not None:
        sentences.append(_rank(say, now["causal_percentile"], standing))
    sentences += [_drivers(say, scores, now["month"]), _cooperation(say, now)]
    return " ".join(filter(None, sentences))


def sentence(scene: Scene) -> str:
    """Return the sentence about a scene's pair, with its links."""
    warehouse, pair = scene.warehouse, scene.view.pair
    readings = warehouse.monthly_tension(pair, scene.span[0])
    return headline(
        scene.say, scene.title, readings, pages.pillar_scores(warehouse, pair), pages.standing(warehouse, pair)
    )


def block(scene: Scene) -> list[Component]:
    """Return the sentence and the figures beside it."""
    readings = scene.warehouse.monthly_tension(scene.view.pair, scene.span[0])
    figures = facts(scene.say, readings, scene.span[1], scene.today)
    return [html.P(parts.linked(sentence(scene)), className="headline"), *([figures] if figures else [])]


def facts(say: Words, readings: pl.DataFrame, ledger_end: date, today: date) -> html.Dl | None:
    """Return the figures that stand beside the sentence: the band, M, the hard part, coverage, the age of the data.

    Args:
        say: The page's words.
        readings: As out_pair__monthly_tension.
        ledger_end: Last day that the ledger covers.
        today: Day on which the page is read.
    """
    known = readings.filter(pl.col("tension_index").is_not_null()).sort("month")
    if known.is_empty():
        return None
    now = known.row(-1, named=True)
    figures = [("mean", now["mean_score"]), ("hard", now["tension_hard"]), ("new", now["new_pressure"])]
    items = [("band", band(say, now))]
    items += [(key, number(value) if value is not None else say("none")) for key, value in figures]
    items.append(("coverage", say("facts.percent", value=number(100 * now["coverage"], 0))))
    terms = [
        html.Div([html.Dt(html.Abbr(say(f"facts.{key}"), title=say(f"facts.{key}_help"), tabIndex=0)), html.Dd(value)])
        for key, value in items
    ]
    age = say("facts.data_age", day=say.day(ledger_end), days=(today - ledger_end).days)
    return html.Dl([*terms, html.Div([html.Dt(say("facts.data")), html.Dd(age)])], className="facts")


def band(say: Words, now: Mapping[str, Any]) -> str:  # Any: a row of mixed types
    """Return the 90 % band of a month's index in words, a dash where there is none."""
    if now["lower_05"] is None or now["upper_95"] is None:
        return say("none")
    return say("facts.band_value", low=number(now["lower_05"]), high=number(now["upper_95"]))


def _change(say: Words, now: float, before: float | None, than: str) -> str:
    if before is None:
        return say("headline.unknown", than=say(f"headline.{than}"))
    # The step is that of the figures as printed, so that a reader who subtracts finds it.
    step = round(now, 1) - round(before, 1)
    way = "same" if abs(step) < 0.05 else "up" if step > 0 else "down"
    return say(f"headline.{way}", step=number(abs(step)), than=say(f"headline.{than}"))


def _rank(say: Words, percentile: float, standing: Standing) -> str:
    caution = rank = ""
    if standing["months_incomparable"]:
        first, last = standing["first_incomparable"].year, standing["last_incomparable"].year
        years = f"{first}\N{EN DASH}{last}" if first < last else str(first)
        caution = say("headline.caution", count=standing["months_incomparable"], years=years)
        if standing["comparable_rank"] is not None:
            above = standing["comparable_rank"] - 1
            key = "comparable_rank" if above else "comparable_top"
            rank = say(f"headline.{key}", count=standing["months_comparable"], above=above)
    known = standing["months_known"]
    return say("headline.rank", percentile=number(percentile, 0), known=known, caution=caution, rank=rank)


def _drivers(say: Words, scores: pl.DataFrame, month: date) -> str:
    lead = scores.filter((pl.col("month") == month) & (pl.col("score") > 0)).sort("score", descending=True)["pillar"]
    if lead.len() < 2:
        return ""
    return say("headline.drivers", first=say.name(lead[0]), second=say.name(lead[1]).lower())


def _cooperation(say: Words, now: Mapping[str, Any]) -> str:  # Any: a row of mixed types
    if now["cooperation_index"] is None:
        return ""
    index, share = number(now["cooperation_index"]), now["cooperation_under_threat_share"]
    if share is None:
        return say("headline.cooperation", cooperation=index)
    return say("headline.cooperation_threat", cooperation=index, share=number(100 * share, 0))

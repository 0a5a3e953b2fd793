"""Migration and borders: encounters, seizures, returns, by component, region and citizenship."""

from collections.abc import Sequence
from datetime import date
from typing import cast

import polars as pl
from dash import html
from dash.development.base_component import Component

from dash_app import border_figures as figures
from dash_app import controls, parts, sections
from dash_app.asked import checked
from dash_app.chart import chart
from dash_app.scene import Answer, Scene
from dash_app.view import FREE, Choices, shifted
from dash_app.words import number
from warehouse import borders, pages
from warehouse.borders import COLUMNS, Part

DEMOGRAPHICS = ("single_adults", "family_unit", "unaccompanied_child", "accompanied_minor")
CHOICES: Choices = {
    "by": tuple(COLUMNS),
    "draw": ("stacked", "lines"),
    "component": ("", "border_patrol", "field_operations"),
    "demographic": ("", *DEMOGRAPHICS),
    "citizenship": ("", "MEX", "GTM", "HND", "SLV", "OTHER"),
    "authority": ("", "title_8", "title_42"),
    "level": ("state", "sector"),
    "over": ("year", "month"),
    "on": FREE,
    "place": FREE,
    "drug": FREE,
    "land": ("", "land", "other"),
}
BORDERS = {"MEX": "southwest", "CAN": "northern"}
"""Land border of the United States with a country."""
HOME, DRUG = "USA", "fentanyl"
SOURCES = {"state": "cbp_encounters", "sector": "usbp_sectors"}
US_RETURNS = ["removals", "enforcement_returns", "administrative_returns", "title_42_southwest"]
MEXICO_RETURNS = ["events_all_nationalities", "assisted_return", "assisted_return_children", "deportation"]
MAP_HEIGHT = {"southwest": 430, "northern": 330}


def page(scene: Scene) -> Sequence[Component | str | None]:
    """Return the page: as much of it as the pair's figures are about."""
    say = scene.say
    other = next((country for country in scene.members if country != HOME), "")
    border = BORDERS.get(other, "") if HOME in scene.members else ""
    title = html.H1(say("page.borders"))
    if HOME not in scene.members:
        return [title, html.P(say("borders.none", pair=scene.title), className="notice")]
    drugs = borders.drugs(scene.warehouse)
    places = borders.by_place(scene.warehouse, border, scene.view["level"])
    months = sorted({f"{month:%Y-%m}" for month in places["month"]}, reverse=True)
    held = {"drug": drugs, "place": places["place"].unique().to_list(), "on": months}
    scene, lines = checked(scene, held, say("borders.usual"))
    head = [title, html.P(_sentence(scene, other, border), className="headline"), *lines]
    if border != "southwest":
        head.append(html.P(say(f"borders.about_{border or 'none'}", country=say.name(other)), className="notice"))
    return [
        *head,
        *(_southwest(scene) if border == "southwest" else []),
        *(_places(scene, border, months) if border and months else []),
        _citizens(scene, other),
        *(_seizures(scene, drugs) if border else []),
        *(_returns(scene) if other == "MEX" else []),
    ]


def _sentence(scene: Scene, other: str, border: str) -> str:
    """Return the latest month of what the pair's figures are about, against a year before and the peak."""
    say, warehouse = scene.say, scene.warehouse
    if border == "southwest":
        frame = pages.monthly_encounters(warehouse, scene.view.pair)
        series = [
            (say.name(str(key)), own.select("month", value="encounters"))
            for (key,), own in frame.sort("indicator_id", descending=True).group_by("indicator_id", maintain_order=True)
        ]
    elif border:
        total = borders.by_place(warehouse, border, "state").group_by("month").agg(value=pl.col("encounters").sum())
        series = [(say(f"borders.border_{border}"), total)]
    else:
        total = borders.citizens(warehouse, other).group_by("month").agg(value=pl.col("encounters").sum())
        series = [(say("borders.citizens_of", country=say.name(other)), total)]
    return " ".join(_latest(scene, name, frame) for name, frame in series if frame.height)


def _latest(scene: Scene, name: str, frame: pl.DataFrame) -> str:
    say = scene.say
    values = dict(frame.sort("month").select("month", "value").iter_rows())
    month = max(values)
    peak = max(values, key=lambda day: values[day])
    told = {"name": name, "value": number(values[month], 0), "month": say.month(month)}
    peaked = {"peak": number(values[peak], 0), "peak_month": say.month(peak)}
    before = values.get(shifted(month, -12))
    if not before:
        return say("borders.latest_no_before", **told, **peaked)
    change = 100 * (values[month] / before - 1)
    step = say("borders.up" if change >= 0 else "borders.down", change=number(abs(change), 0))
    share = number(100 * values[month] / values[peak], 0)
    return say("borders.latest", **told, **peaked, step=step, before=number(before, 0), share=share)


def _source(scene: Scene, source_id: str) -> str:
    """Return a source's line: who, to which month, and how late its next edition is."""
    say = scene.say
    row = borders.freshness(scene.warehouse, source_id, scene.view.lang).row(0, named=True)
    line = say("borders.source", publisher=row["publisher"], title=row["title"], day=say.day(row["last_period"]))
    due = row["expected_by"]
    if row["cadence"] == "ended":
        return f"{line} {say('borders.ended')}"
    day = scene.build["as_of"] or scene.today
    if due and due < day:
        days = number((day - due).days, 0)
        return f"{line} {say('borders.late', due=say.day(due), days=days)}"
    return line


def _shown(scene: Scene, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the months of the period that the view asks for, counted back from the series' own last month."""
    years = {"1y": 1, "5y": 5}.get(scene.view.range)
    if not years or frame.is_empty():
        return frame
    return frame.filter(pl.col("month") > shifted(max(frame["month"]), -12 * years))


def _period(scene: Scene, frame: pl.DataFrame, months: int = 1) -> str:
    """Return the first and last month of a frame whose periods are so many months long."""
    if frame.is_empty():
        return scene.say("none")
    last = shifted(max(frame["month"]), months - 1)
    return scene.say("borders.period", first=scene.say.month(min(frame["month"])), last=scene.say.month(last))


def _called(scene: Scene, code: str) -> str:
    """Return what a part, place, drug or series is called; a country by its name."""
    return scene.say.texts.get(f"borders.code.{code}") or scene.say.name(code)


def _options(scene: Scene, codes: Sequence[str]) -> list[tuple[str, str]]:
    return [(code, _called(scene, code) if code else scene.say("borders.all")) for code in codes]


def _southwest(scene: Scene) -> list[Component | None]:
    """Return the south-west land border: both series, its parts by month, and its fiscal years."""
    say, view = scene.say, scene.view
    by = cast(Part, view["by"])
    chosen: dict[Part, str] = {key: view[key] for key in COLUMNS}
    ways = [(key, say(f"borders.by_{key}")) for key in COLUMNS]
    bar = controls.bar(
        scene,
        controls.links(scene, "by", ways, say("borders.by")),
        controls.links(
            scene, "draw", [(key, say(f"borders.draw_{key}")) for key in CHOICES["draw"]], say("borders.draw")
        ),
        *(
            controls.select(scene, key, _options(scene, CHOICES[key]), say(f"borders.only_{key}"))
            for key in COLUMNS
            if key != by or view[key]
        ),
    )
    answer = scene.ask(borders.southwest, by, chosen)
    return [html.H2(say("borders.encounters")), sections.encounters(scene), bar, *_split(scene, by, answer, chosen)]


def _split(scene: Scene, by: Part, answer: Answer, chosen: dict[Part, str]) -> list[Component]:
    say = scene.say
    if answer.frame.is_empty():
        reset = html.A(say("borders.reset"), href=scene.view.search(**dict.fromkeys(COLUMNS, "")))
        return [html.P([say("borders.no_parts"), " ", reset], className="notice", role="status")]
    shown = _shown(scene, answer.frame)
    order = shown.group_by("part").agg(pl.col("encounters").sum()).sort("encounters", "part", descending=[True, False])
    drawn = order.select("part").join(shown, on="part", how="left", maintain_order="left")
    narrowed = ", ".join(_called(scene, value) for value in chosen.values() if value)
    return [
        chart(
            scene,
            "split",
            figures.split(say, drawn, lambda code: _called(scene, code), stacked=scene.view["draw"] == "stacked"),
            answer,
            title=say(f"borders.split_{by}"),
            subtitle=say(
                "borders.split_subtitle",
                chosen=say("borders.chosen", chosen=narrowed) if narrowed else "",
                period=_period(scene, shown),
            ),
            source=_source(scene, "cbp_sbo_encounters"),
            height=380,
        ),
        _years(scene, by, chosen, order["part"].to_list()),
    ]


def _years(scene: Scene, by: Part, chosen: dict[Part, str], order: Sequence[str]) -> Component:
    """Return the fiscal years' totals and parts, the latest first."""
    say = scene.say
    frame = borders.southwest_years(scene.warehouse, by, chosen)
    values = {
        (year, part): value for year, part, value in frame.select("fiscal_year", "part", "encounters").iter_rows()
    }
    held = dict(frame.select("fiscal_year", "months").sort("fiscal_year", descending=True).iter_rows())
    rows = [
        parts.row(
            [
                _year(scene, year, months),
                *(
                    number(values[year, part], 0) if (year, part) in values else say("none")
                    for part in ("total", *order)
                ),
            ]
        )
        for year, months in held.items()
    ]
    heads = [say("borders.fiscal_year"), say("borders.total"), *(_called(scene, part) for part in order)]
    return html.Section(
        [
            html.H3(say("borders.years"), className="title"),
            html.P(say("borders.years_subtitle"), className="sub"),
            parts.table(heads, rows),
        ],
        id="years",
    )


def _year(scene: Scene, year: int, months: int) -> str:
    return str(year) if months == 12 else scene.say("borders.part_year", year=year, months=months)


def _places(scene: Scene, border: str, months: Sequence[str]) -> list[Component]:
    """Return the map of a border's places with their bars, and the chosen place by month."""
    say, view, level = scene.say, scene.view, scene.view["level"]
    last = date.fromisoformat(f"{view['on'] or months[0]}-01")
    first = shifted(last, -11) if view["over"] == "year" else last
    answer = scene.ask(borders.in_places, border, level, first, last)
    values = dict(answer.frame.select("place", "encounters").iter_rows())
    span = say("borders.span", first=say.month(first), last=say.month(last)) if first < last else say.month(last)
    overlap = say("borders.overlap") if border == "southwest" else ""
    drawn = chart(
        scene,
        "map",
        figures.region_map(say, level, border, values, view["place"], lambda code: _called(scene, code)),
        answer,
        title=say(f"borders.map_{level}", span=span),
        subtitle=say(f"borders.map_{level}_subtitle", overlap=overlap),
        source=_source(scene, SOURCES[level]),
        height=MAP_HEIGHT[border],
        picks="place",
    )
    monthly = scene.ask(borders.by_place, border, level)
    return [
        html.H2(say("borders.where")),
        _place_controls(scene, months, list(values)),
        html.Div([drawn, _bars(scene, values, span)], className="beside"),
        _place_lines(scene, level, monthly),
    ]


def _place_controls(scene: Scene, months: Sequence[str], places: Sequence[str]) -> Component:
    say, view = scene.say, scene.view
    # Going from states to sectors, a place or month of the one may not be among the other's.
    levels = [
        controls.choice(
            say(f"borders.level_{key}"), view.search(level=key, place="", on=""), is_on=view["level"] == key
        )
        for key in CHOICES["level"]
    ]
    return controls.bar(
        scene,
        controls.named(say("borders.level"), levels),
        controls.links(
            scene, "over", [(key, say(f"borders.over_{key}")) for key in CHOICES["over"]], say("borders.over")
        ),
        controls.select(
            scene, "on", [("", say("borders.newest")), *((month, month) for month in months)], say("borders.on")
        ),
        controls.select(scene, "place", _options(scene, ["", *places]), say("borders.place")),
    )


def _bars(scene: Scene, values: dict[str, int], span: str) -> Component:
    """Return the places as bars with their figures; each leads to its own months."""
    say, view = scene.say, scene.view
    most, total = max(values.values(), default=1) or 1, sum(values.values())
    rows = [
        html.Div(
            [
                html.Div(
                    html.A(
                        _called(scene, place),
                        href=view.search(place="" if place == view["place"] else place),
                        **(parts.aria(aria_current="true") if place == view["place"] else {}),
                    ),
                    className="what",
                ),
                html.Div(html.Div(style={"width": f"{100 * value / most:.2f}%"}), className="bar"),
                html.Div(number(value, 0), className="num"),
            ],
            className="row",
        )
        for place, value in values.items()
    ]
    return html.Section(
        [
            html.H3(say("borders.bars")),
            *rows,
            html.P(say("borders.bars_sum", value=number(total, 0), span=span), className="sum"),
        ],
        className="places",
    )


def _place_lines(scene: Scene, level: str, monthly: Answer) -> Component:
    """Return the chosen place by month, or the largest places where none is chosen."""
    say, place = scene.say, scene.view["place"]
    frame = _shown(scene, monthly.frame).select("month", key="place", value="encounters")
    own = frame.filter(pl.col("key") == place) if place else frame
    count = own["key"].n_unique()
    name = _called(scene, place) if place else ""
    left = say("borders.lines_rest", count=figures.LABELLED) if count > figures.LABELLED else ""
    return chart(
        scene,
        "place",
        figures.lines(say, own, say("encounters.axis"), lambda code: _called(scene, code)),
        Answer(monthly.frame.filter(pl.col("place") == place) if place else monthly.frame, monthly.sql),
        title=say("borders.place_title", place=name) if place else say(f"borders.lines_{level}"),
        subtitle=say("borders.lines_subtitle", period=_period(scene, own), rest=left),
        source=_source(scene, SOURCES[level]),
        picks="on",
    )


def _citizens(scene: Scene, country: str) -> Component:
    say = scene.say
    answer = scene.ask(borders.citizens, country)
    if answer.frame.is_empty():
        return html.P(say("borders.no_citizens", country=say.name(country)), className="notice")
    shown = _shown(scene, answer.frame).select("month", key="border_region", value="encounters")
    order = shown.group_by("key").agg(pl.col("value").sum()).sort("value", descending=True)
    return chart(
        scene,
        "citizens",
        figures.lines(
            say,
            order.select("key").join(shown, on="key", how="left", maintain_order="left"),
            say("encounters.axis"),
            lambda code: _called(scene, code),
        ),
        answer,
        title=say("borders.citizens_title", country=say.name(country)),
        subtitle=say("borders.citizens_subtitle", period=_period(scene, shown)),
        source=_source(scene, "cbp_encounters"),
        heading=html.H2,
    )


def _seizures(scene: Scene, drugs: Sequence[str]) -> list[Component]:
    """Return seizures of a drug by region and month, and its fiscal years."""
    say, view = scene.say, scene.view
    drug = view["drug"] or DRUG
    called = _called(scene, drug)
    answer = scene.ask(borders.seizures, drug, view["land"])
    shown = _shown(scene, answer.frame)
    bar = controls.bar(
        scene,
        controls.select(
            scene,
            "drug",
            [(code if code != DRUG else "", _called(scene, code)) for code in drugs],
            say("borders.drug"),
        ),
        controls.links(
            scene, "land", [(key, say(f"borders.land_{key or 'all'}")) for key in CHOICES["land"]], say("borders.land")
        ),
    )
    head = [html.H2(say("borders.seizures_head")), bar]
    if shown.is_empty():
        return [*head, html.P(say("borders.no_seizures", drug=called), className="notice", role="status")]
    order = shown.group_by("region").agg(pl.col("quantity_lbs").sum()).sort("quantity_lbs", descending=True)
    drawn = chart(
        scene,
        "seizures",
        figures.seizures(
            say,
            order.select("region").join(shown, on="region", how="left", maintain_order="left"),
            lambda code: _called(scene, code),
        ),
        answer,
        title=say("borders.seizures_title", drug=called.lower() if drug != "lsd" else called),
        subtitle=say("borders.seizures_subtitle", period=_period(scene, shown)),
        source=_source(scene, "cbp_drug_seizures"),
        height=460,
    )
    return [*head, drawn, _seizure_years(scene, drug, order["region"].to_list())]


def _seizure_years(scene: Scene, drug: str, order: Sequence[str]) -> Component:
    """Return the fiscal years of a drug, weight and seizures by region, the latest first."""
    say = scene.say
    frame = borders.seizure_years(scene.warehouse, drug, scene.view["land"])
    values = {
        (year, region): say("borders.weight", pounds=number(pounds, 0), events=number(events, 0))
        for year, region, pounds, events in frame.select(
            "fiscal_year", "region", "quantity_lbs", "seizure_events"
        ).iter_rows()
    }
    held = dict(frame.select("fiscal_year", "months").sort("fiscal_year", descending=True).iter_rows())
    rows = [
        parts.row(
            [
                _year(scene, year, months),
                *(values.get((year, region), say("none")) for region in ("total", *order)),
            ]
        )
        for year, months in held.items()
    ]
    heads = [say("borders.fiscal_year"), say("borders.nationwide"), *(_called(scene, region) for region in order)]
    return parts.folded(say("borders.seizure_years", drug=_called(scene, drug)), parts.table(heads, rows))


def _returns(scene: Scene) -> list[Component]:
    """Return who was sent back by whom, what governments said of it, and the money sent home."""
    say = scene.say
    mexican = [f"{kind}_mexican_citizens" for kind in US_RETURNS]
    charts = [
        _series(scene, "us_returns", mexican, "ohss_monthly", say("borders.events")),
        _series(scene, "mexico_returns", MEXICO_RETURNS, "upm_enforcement", say("borders.events")),
        _series(scene, "remittances", ["by_us_state_quarterly"], "banxico_remittances", say("borders.billions")),
    ]
    return [
        html.H2(say("borders.returns")),
        html.Div([one for one in charts if one], className="grid"),
        _claims(scene),
    ]


def _series(scene: Scene, key: str, definitions: list[str], source_id: str, axis: str) -> Component | None:
    """Return a chart of observed series, one a definition; nothing where none is held."""
    say = scene.say
    answer = scene.ask(borders.observations, scene.view.pair, definitions)
    if answer.frame.is_empty():
        return None
    is_money = answer.frame["unit"][0] == "USD"
    shown = _shown(scene, answer.frame).with_columns(pl.col("value") / (1e9 if is_money else 1))
    return chart(
        scene,
        key,
        figures.lines(
            say,
            shown,
            axis,
            lambda code: _called(scene, code),
            unit=",.1f" if is_money else ",.0f",
            step="3mo" if is_money else "1mo",
        ),
        answer,
        title=say(f"borders.{key}_title"),
        subtitle=say(f"borders.{key}_subtitle", period=_period(scene, shown, 3 if is_money else 1)),
        source=_source(scene, source_id),
    )


def _claims(scene: Scene) -> Component:
    """Return every published count of repatriations in its publisher's words."""
    say = scene.say
    claims = borders.repatriation_claims(scene.warehouse, scene.view.pair)
    rows = [
        parts.row(
            [
                claim["period_label"],
                number(claim["returns"], 0),
                claim["counted_unit"],
                claim["stated_by"],
                claim["note"] or say("none"),
                parts.link(claim["publisher"] or say("column.link"), claim["url"]),
            ]
        )
        for claim in claims.to_dicts()
    ]
    heads = [say(f"borders.claim_{key}") for key in ("period", "count", "unit", "by", "note", "publisher")]
    return html.Section(
        [
            html.H3(say("borders.claims", count=claims.height), className="title"),
            html.P(say("borders.claims_subtitle"), className="sub"),
            parts.table(heads, rows),
        ],
        id="claims",
    )

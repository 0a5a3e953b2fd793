"""ICEWS' coded events with Goldstein scores: the day that they read as cooperation is one of tension in the ledger.

The product holds no CAMEO event codes and no Goldstein scores; what the oracle shows is why.
"""

from collections.abc import Callable
from datetime import date
from importlib import resources

import polars as pl

from transforms.indices.ledger import LEDGER_TABLES, Ledger
from transforms.indices.pressures import daily_parts
from transforms.indices.scope import pair_scopes
from transforms.sources.ledger import TABLE_OF_FILE, known_days, parse_ledger
from warehouse.catalog.registry import load_catalog

TARIFF_DAY = date(2018, 6, 1)
"""Duties of 25 and 10 per cent on steel and aluminium from Mexico took effect."""


def _ledger() -> Ledger:
    folder = resources.files("warehouse") / "bundled" / "ledger"
    files = {table: name for name, table in TABLE_OF_FILE.items()}
    stages = (folder / "stages.csv").read_bytes()
    frames = {}
    for part, table in LEDGER_TABLES.items():
        payload = (folder / f"{files[table]}.csv").read_bytes()
        days = known_days(payload, files[table], stages, 30)
        frames[part] = pl.concat([parse_ledger(payload, files[table]).accepted, days], how="horizontal").lazy()
    return Ledger(**frames)


def test_a_day_of_new_tariffs_raises_the_pressure_that_goldstein_scores_do_not_show(
    read: Callable[[str], pl.DataFrame], hold: Callable[..., None]
) -> None:
    catalog = load_catalog()
    events = read("cameo/icews_sample_events.csv").filter(
        pl.col("event_date") == TARIFF_DAY,
        pl.col("source_country") == catalog.countries["USA"].name_en,
        pl.col("target_country") == catalog.countries["MEX"].name_en,
    )
    assert events["intensity"].sum() > 0, "the events of the day add up to cooperation"
    trade = daily_parts(_ledger(), pair_scopes(catalog), catalog.method).filter(
        pl.col("dyad_id") == "USA-MEX", pl.col("dimension") == "tension", pl.col("pillar") == "trade"
    )
    before, on_the_day = (
        trade.filter(pl.col("day") == day).select(pl.col("part").sum()).collect().item()
        for day in (date(2018, 5, 31), TARIFF_DAY)
    )
    hold([on_the_day > before], [True])

"""Times of the index, each beside a plain pandas or looped version of the same figures in the same run.

    python tools/bench.py [--events 20000000]

Ratios are what to compare; seconds depend on the machine and on what else it does.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from rich.console import Console
from rich.table import Table

from orchestration.run import build
from transforms.indices import bands, doubt, replay
from transforms.indices.ledger import Ledger, ledger_of
from transforms.indices.pressures import observed_irritants
from transforms.indices.scope import index_inputs, index_setting
from transforms.indices.stocks import dyad_days, expanding_percentile, month_end_stocks
from transforms.indices.tables import Setting, index_tables
from transforms.vintages import current
from warehouse.catalog.registry import load_catalog
from warehouse.settings import Settings
from warehouse.store import Store

PAIR = "MEX_USA"
COUNTRIES = 200
FIRST, LAST = date(1980, 1, 1), date(2024, 12, 1)
HALF_LIFE_DAYS = 30.0
SAMPLE = 20
"""The looped version of the world runs on one dyad in so many, and ours too for the ratio."""


def main() -> int:
    """Print the table of times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000, help="synthetic events of the world")
    Console(width=140).print(bench(parser.parse_args().events))
    return 0


def bench(events: int) -> Table:
    """Return the table of times.

    Args:
        events: Synthetic events of the world.
    """
    table = Table("what", "ours, s", "plain, s", "ratio", "note")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        if build(settings):
            raise SystemExit("The build failed.")
        _pair(table, settings)
    _world(table, events)
    table.caption = f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB"
    return table


def _pair(table: Table, settings: Settings) -> None:
    store, catalog = Store(settings), load_catalog()
    every = {name: store.read(name).lazy() for name in index_inputs(catalog)}
    known = {name: current(frame.collect()).lazy() for name, frame in every.items()}
    ledger, whole = ledger_of(known), index_setting(catalog)
    scopes = [scope for scope in whole.scopes if scope.pair_id == PAIR]
    setting = Setting(scopes, whole.weights, whole.method)
    observed = observed_irritants(known, catalog.irritants, [date.max])
    tables, ours = _timed(lambda: index_tables(ledger, observed, setting))
    plain, seconds = _timed(lambda: _pandas_policies(ledger, setting))
    _row(table, "one pair, all contributions", ours, seconds, f"plain: trade policies alone, {plain} item-days, pandas")
    (found, _), prepared = _timed(lambda: next(bands.panels(tables, ledger, setting)))
    draws = doubt.monte_carlo()
    _, many = _timed(lambda: doubt.tension_under(found, draws))
    _, one = _timed(lambda: [index_tables(ledger, observed, setting) for _ in range(3)])
    _row(
        table,
        "bands of 1,000 draws",
        prepared + many,
        one / 3 * 1000,
        "plain: the index computed 1,000 times, from three",
    )
    _, shares = _timed(lambda: bands.shares(found))
    _row(table, "shares of the doubts, Sobol', 4,096 evaluations", shares, one / 3 * 4096, "plain: likewise")
    _, vintages = _timed(lambda: replay.replay_tables(ledger_of(every), every, setting, catalog.irritants))
    days = [date(2010, 6, 30), date(2018, 6, 30), date(2026, 6, 30)]
    _, looped = _timed(lambda: [_as_of(every, setting, day) for day in days])
    _row(table, "real time, 310 vintages", vintages, looped / 3 * 310, "plain: a recomputation a vintage, from three")


def _as_of(every: dict[str, pl.LazyFrame], setting: Setting, day: date) -> dict[str, pl.DataFrame]:
    catalog = load_catalog()
    observed = observed_irritants(every, catalog.irritants, [day])
    scopes = replay.scopes_on(setting.scopes, day)
    return index_tables(
        replay.ledger_on(ledger_of(every), day), observed, Setting(scopes, setting.weights, setting.method)
    )


def _pandas_policies(ledger: Ledger, setting: Setting) -> int:
    """Add the burdens of trade policies day by day in pandas, as a script would; return the item-days."""
    stages, coverage = (frame.collect().to_pandas() for frame in (ledger.stages, ledger.coverage))
    scope, weights = setting.scopes[0], setting.method.stage_weights
    days = pd.date_range(scope.ledger_start, scope.ledger_end)
    burden, touched = pd.Series(0.0, index=days), 0
    for policy, own in stages.groupby("policy_id"):
        mine = coverage[coverage["policy_id"] == policy]
        if mine.empty:
            continue
        held = own.assign(day=pd.to_datetime(own["stage_on"])).sort_values("day").groupby("day").last()
        held = held.reindex(held.index.union(days)).ffill().reindex(days)
        shares = mine.assign(day=pd.to_datetime(mine["from_on"])).sort_values("day").groupby("day")["coverage_share"].last()
        covered = shares.reindex(shares.index.union(days)).ffill().reindex(days)
        part = held["stage"].map(weights) * held["rate_pct"] * covered
        burden += part.fillna(0.0).astype(float)
        touched += int(part.notna().sum())
    np.log1p(burden).groupby(pd.Grouper(freq="MS")).mean()
    return touched


def _world(table: Table, events: int) -> None:
    random = np.random.default_rng(1)
    span = (LAST - FIRST).days
    one, other = (random.integers(0, COUNTRIES, events) for _ in range(2))
    frame = pl.DataFrame(
        {
            "dyad": (one * COUNTRIES + other).astype(np.int32),
            "age": random.integers(0, span, events).astype(np.int32),
            "value": random.random(events),
        }
    ).filter(pl.col("dyad") // COUNTRIES != pl.col("dyad") % COUNTRIES)
    stream = frame.lazy().select(
        pl.col("dyad").alias("dyad_id"), (pl.lit(FIRST) + pl.duration(days="age")).cast(pl.Date).alias("day"), "value"
    )
    months = pl.date_range(FIRST, LAST, "1mo", eager=True).alias("month")

    def whole(rows: pl.LazyFrame) -> pl.DataFrame:
        days = dyad_days(rows).collect().lazy()
        stocks = month_end_stocks(days, months, HALF_LIFE_DAYS).collect().lazy()
        return expanding_percentile(stocks).collect()

    sample = stream.filter(pl.col("dyad_id") % SAMPLE == 0).collect()
    _, ours = _timed(lambda: whole(sample.lazy()))
    _, plain = _timed(lambda: _pandas_stocks(sample.to_pandas(), months.to_list()))
    found, everything = _timed(lambda: whole(stream))
    note = f"{found.height:,} dyad-months; ratio on one dyad in {SAMPLE}: {ours:.2f} s against {plain:.1f} s"
    table.add_row(f"world, {events:,} events", f"{everything:.1f}", "", f"{plain / ours:.0f}", note)


def _pandas_stocks(events: pd.DataFrame, months: list[date]) -> int:
    """Return the number of month-ends, computed dyad by dyad in pandas with an expanding rank."""
    ends = pd.DatetimeIndex(months) + pd.offsets.MonthEnd(0)
    rows = 0
    for _, own in events.groupby("dyad_id"):
        daily = own.groupby("day")["value"].sum()
        daily.index = pd.DatetimeIndex(daily.index)
        stock, level, last = [], 0.0, daily.index[0]
        for day, value in daily.items():
            level = level * 2 ** (-(day - last).days / HALF_LIFE_DAYS) + value
            stock.append(level)
            last = day
        held = pd.Series(stock, index=daily.index).reindex(ends, method="ffill").dropna()
        held.expanding().rank(pct=True)
        rows += len(held)
    return rows


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:  # Any: whatever the work returns
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def _row(table: Table, what: str, ours: float, plain: float, note: str) -> None:
    table.add_row(what, f"{ours:.2f}", f"{plain:.1f}", f"{plain / ours:.0f}", note)


if __name__ == "__main__":
    sys.exit(main())

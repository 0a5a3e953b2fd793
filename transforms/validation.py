"""The validation card: every frozen check of a pair's index with its figure, outcome and baselines (METHOD 5).

What a check says stands in ``warehouse/catalog/validation.yml``, written before the first index; the marks here restate
it. Nothing is tuned to pass, and what cannot be run says why.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import polars as pl
from scipy.stats import binomtest, kendalltau

from transforms.baselines import (
    MINIMUM_MONTHS,
    Array,
    Beside,
    alarms_at_equal_rate,
    beside,
    changes,
    correlation,
    mean_of,
    rank_band,
    rank_correlation,
)
from transforms.cases import Alternatives, Case, Places, case_of
from transforms.indices.tables import Setting
from warehouse.catalog.models import Validation, ValidationCheck

Checks = Mapping[str, ValidationCheck]
PERCENTILE_MARK = 90
WINDOWS_MARK = 0.8
SHIFTS_MARK = 0.01
SIGN_MARK = 0.05
VIEWS_MARK = 0.95
ITEM_MARK, PILLAR_MARK = 0.4, 0.6
TAU_MARK, DRAWS_MARK = 0.8, 0.9
FIELD_EPISODES = 24 / 29
"""Share of pre-registered episodes that the field's best published figure finds; a naive detector finds 26 of the 29."""
FIELD_CORRELATION = 0.256
"""The field's rank correlation of 106 monthly changes with an outside index of the same country; 90 % 0.050 to 0.407."""
FIELD_YARDSTICK = "gpr_mexico"
"""The yardstick of the same kind as the field's: geopolitical risk of the country in the news."""
NEAR_DAYS = 7
"""A quotation farther from a listed date is not about it."""
LISTED = ("V1", "V2", "V3", "V4", "V6", "V7")
"""Checks whose windows, yardsticks or dates are listed for one pair only."""


@dataclass(frozen=True)
class Finding:
    """One row of the card, before its pair and build are added."""

    check_id: str
    reason: str
    figure: float | None = None
    outcome: Literal["pass", "fail", "not_run", "reported"] = "not_run"
    chance: float | None = None
    naive: float | None = None
    placebo: float | None = None


def validation_card(
    tables: Mapping[str, pl.DataFrame],
    setting: Setting,
    *,
    validation: Validation,
    alternatives: Mapping[str, Alternatives],
    build_id: str,
) -> pl.DataFrame:
    """Return the card of every pair that the tables hold.

    Args:
        tables: ``core_act__events``, ``core_statement__utterances``, ``core_indicator__observations``,
            ``out_pair__monthly_tension``, ``out_dyad__monthly_tension`` and ``out_pair__contributions``.
        setting: Pairs and constants.
        validation: The frozen checks.
        alternatives: By pair, T under the doubts; without them V11 is not run.
        build_id: Build that the card belongs to.

    Returns:
        Columns pair_id, build_id, check_id, figure, outcome, reason, chance, naive, placebo; every check has at least a
        row, that of a check which cannot be run with the reason. A part has its own, such as ``V4:gpr_mexico``.
    """
    held = set(tables["out_pair__monthly_tension"]["pair_id"])
    rows = []
    for scope in setting.scopes:
        if scope.pair_id in held:
            doubted = alternatives.get(scope.pair_id)
            case = case_of(tables, scope, validation=validation, method=setting.method, alternatives=doubted)
            found = findings(case, validation)
            rows += [{"pair_id": scope.pair_id, "build_id": build_id, **vars(row)} for row in found]
    texts = dict.fromkeys(("pair_id", "build_id", "check_id", "outcome", "reason"), pl.String)
    numbers = dict.fromkeys(("figure", "chance", "naive", "placebo"), pl.Float64)
    card = pl.DataFrame(rows, schema={**texts, **numbers}).with_columns(pl.selectors.float().round(6))
    return card.select("pair_id", "build_id", "check_id", "figure", "outcome", "reason", "chance", "naive", "placebo")


def findings(case: Case, validation: Validation) -> list[Finding]:
    """Return the findings of every check of one pair, in the order of their numbers."""
    rows = []
    for check_id, run in RUNS.items():
        if check_id in LISTED and case.pair_id != validation.pair:
            rows.append(_not_run(check_id, f"its windows, yardsticks and dates are listed for {validation.pair} only"))
        else:
            rows += run(case, validation.checks)
    return rows


def episodes(case: Case, checks: Checks) -> list[Finding]:
    """V1: the share of listed windows in which the real-time index reaches its 90th causal percentile."""
    own = case.own.percentile
    every = {name: case.places(window) for name, window in checks["V1"].windows.items()}
    windows = {name: place for name, place in every.items() if _is_known(own[place])}
    if not windows:
        return [_not_run("V1", "no month of its windows has a causal percentile")]

    def reached(series: Array) -> float:
        highest = np.array([_highest(series[place]) for place in windows.values()])
        known = highest[~np.isnan(highest)]
        return float((known >= PERCENTILE_MARK).mean()) if known.size else float("nan")

    flagged, rank = own >= PERCENTILE_MARK, case.count_rank
    alarms, ranked = (
        PERCENTILE_MARK * alarms_at_equal_rate(np.where(np.isnan(own), np.nan, series), flagged)
        for series in (case.count, rank)
    )
    found = beside(reached, own, alarms, case.others("percentile"))
    share, number = reached(own), len(windows)
    p = float((found.shifted >= share - 1e-9).mean())
    highest = ", ".join(f"{name} {_highest(own[place]):.1f}" for name, place in windows.items())
    unknown = ", ".join(name for name in every if name not in windows)
    reason = (
        f"{round(share * number)} of {number} windows reach the {PERCENTILE_MARK}th causal percentile (at least"
        f" {_percent(WINDOWS_MARK)} wanted): {highest}. p = {p:.3f} over {len(found.shifted)} circular shifts (below"
        f" {SHIFTS_MARK} wanted)."
        f" {flagged.sum()} of {_known(own)} months stand that high; the count of hostile records alarms in"
        f" {(alarms > 0).sum()} and hits {_share(found.naive)} of the windows, its causal rank in {(ranked > 0).sum()}"
        f" and {_share(reached(ranked))}. Trials had seen the windows: a regression check."
        + (f" Without a percentile: {unknown}." if unknown else "")
    )
    return [
        _judged("V1", share, reason, found, passes=share >= WINDOWS_MARK and p < SHIFTS_MARK),
        *(_episode(case, name, place, rank) for name, place in windows.items()),
        _field_episodes(share, number),
    ]


def calm(case: Case, checks: Checks) -> list[Finding]:
    """V2: the mean index of each calm window against the median of all months."""
    own, rows = case.own.latest, []
    for name, place in _windows(case, checks["V2"]):
        if not _is_known(own[place]):
            rows.append(_not_run(f"V2:{name}", "no month of the window has an index"))
            continue
        mean, median = _mean(place, own), float(np.nanmedian(own))
        found = beside(partial(_mean, place), own, case.count, case.others("latest"))
        reason = (
            f"Mean index {mean:.1f} over {place.size} months against a median of {median:.1f} over {_known(own)} (below it"
            f" wanted); {_percent((found.shifted < median).mean())} of the circular shifts are below it too. Naive: hostile"
            f" records a month in the window; their median is {np.median(case.count):.1f}."
        )
        rows.append(_judged(f"V2:{name}", mean, reason, found, passes=mean < median))
    return rows


def direction(case: Case, checks: Checks) -> list[Finding]:
    """V3: by how much the listed direction leads in each window, and whether the listed pillars are the largest."""
    leader, wanted = checks["V3"].leader, set(checks["V3"].pillars)
    (other,) = (dyad_id for dyad_id in case.directions if dyad_id != leader)
    lead, count = (series[str(leader)] - series[other] for series in (case.directions, case.hostile))
    rows = []
    for name, place in _windows(case, checks["V3"]):
        if not _is_known(lead[place]):
            rows.append(_not_run(f"V3:{name}", "no month of the window has an index of both directions"))
            continue
        ahead = _mean(place, lead)
        found = beside(partial(_mean, place), lead, count)
        window = case.contributions.filter(pl.col("month").is_in(case.months.gather(place).implode()))
        parts = window.group_by("pillar").agg(pl.col("contribution").sum()).sort("contribution", descending=True)
        total = parts["contribution"].sum()
        order = ", ".join(f"{pillar} {_percent(part / total)}" for pillar, part in parts.iter_rows())
        reason = (
            f"{leader} leads {other} by {ahead:.1f} points (above 0 wanted), as in {_percent((found.shifted > 0).mean())}"
            f" of the circular shifts; pillars by contribution: {order} ({' and '.join(checks['V3'].pillars)} wanted first)."
            " Naive: the lead in hostile records a month."
        )
        passes = ahead > 0 and set(parts["pillar"].head(len(wanted))) == wanted
        rows.append(_judged(f"V3:{name}", ahead, reason, found, passes=passes))
    return rows


def yardsticks(case: Case, checks: Checks) -> list[Finding]:
    """V4: the rank correlation of monthly changes with those of each outside yardstick."""
    own, rows = changes(case.own.latest), []
    for name, yardstick in checks["V4"].yardsticks.items():
        outside = changes(case.yardstick(yardstick))
        figure = rank_correlation(own, outside)
        if np.isnan(figure):
            rows.append(_not_run(f"V4:{name}", "too few months have a change of both the index and the yardstick"))
            continue
        lower, upper = rank_band(own, outside)
        placebos = [changes(series) for series in case.others("latest")]
        found = beside(
            partial(rank_correlation, outside),
            own,
            changes(case.count),
            placebos,
            of_sizes=True,
        )
        span = f"{_known(own + outside)} months, {_span(case, own + outside)}"
        reason = f"r = {figure:.3f}, 90 % {lower:.3f} to {upper:.3f} (above 0 wanted), {span}."
        rows.append(_judged(f"V4:{name}", figure, reason, found, passes=figure > 0 and lower > 0))
        if name == FIELD_YARDSTICK:
            field = (
                f"r = {figure:.3f}, {figure - FIELD_CORRELATION:+.3f} from the field's {FIELD_CORRELATION} (90 % 0.050 to"
                " 0.407, 106 changes) with an outside index of its country. This one is not bilateral."
            )
            rows.append(Finding("V4:field", field, figure - FIELD_CORRELATION, "reported"))
    return rows


def part_and_whole(case: Case, _: Checks) -> list[Finding]:
    """V5: the correlation of T with T of states and statistics only, in levels and in changes; reported."""
    rows = []
    for check_id, made in (("V5", _same), ("V5:changes", changes)):
        own, hard = made(case.own.latest), made(case.own.hard)
        figure = correlation(own, hard)
        if np.isnan(figure):
            rows.append(_not_run(check_id, "too few months have both"))
            continue
        placebos = [made(series) for series in case.others("latest")]
        found = beside(partial(correlation, hard), own, made(case.count), placebos, of_sizes=True)
        what = "monthly changes" if made is changes else "levels"
        reason = f"r = {figure:.3f} of {what} over {_known(own + hard)} months; a part with its whole, no pass mark."
        rows.append(_judged(check_id, figure, reason, found))
    return rows


def placebo_pairs(case: Case, checks: Checks) -> list[Finding]:
    """V6: other pairs' changes against the Mexican yardsticks, which must be weaker than the pair's own."""
    rows = []
    for pair_id in checks["V6"].placebo_pairs:
        for name in checks["V6"].mexican_yardsticks:
            check_id = f"V6:{pair_id}:{name}"
            if pair_id not in case.placebos:
                others = " and ".join(checks["V6"].no_placebo)
                why = f"{pair_id} is not in the tables, and {others} is no placebo, since its shocks are shared"
                rows.append(_not_run(check_id, why))
                continue
            outside = changes(case.yardstick(checks["V4"].yardsticks[name]))
            own, other = changes(case.own.latest), changes(case.placebos[pair_id].latest)
            # Known only where all three are: the two pairs are compared on the same months.
            both = outside + 0 * (own + other)
            figure, ours = rank_correlation(other, both), rank_correlation(own, both)
            if np.isnan(figure + ours):
                rows.append(_not_run(check_id, "too few months have a change of both pairs and the yardstick"))
                continue
            found = beside(partial(rank_correlation, outside), other, of_sizes=True)
            reason = (
                f"{pair_id}'s changes: r = {figure:.3f}; {case.pair_id}'s in the same {_known(both)} months"
                f" {ours:.3f} (larger than the placebo's size wanted)."
            )
            rows.append(_judged(check_id, figure, reason, found, passes=abs(figure) < ours))
    return rows


def event_study(case: Case, checks: Checks) -> list[Finding]:
    """V7: the share of listed dates around which the peso fell, by one-sided sign test."""
    quotes = case.quotes(checks["V4"].yardsticks["usd_mxn_volatility"])
    days, rate = quotes["day"].to_numpy().astype("datetime64[D]"), np.log(quotes["value"].to_numpy())
    moves, without = {}, []
    for listed in checks["V7"].dates:
        day = np.datetime64(listed)
        before, after = int(np.searchsorted(days, day)) - 1, int(np.searchsorted(days, day, side="right"))
        near = np.timedelta64(NEAR_DAYS, "D")
        if before >= 0 and after < days.size and max(day - days[before], days[after] - day) <= near:
            moves[listed] = float(rate[after] - rate[before])
        else:
            without.append(str(listed))
    decided = [move for move in moves.values() if move != 0]
    if not decided:
        return [_not_run("V7", "no daily rates exist around its dates")]
    rises = sum(move > 0 for move in decided)
    p = float(binomtest(rises, len(decided), alternative="greater").pvalue)
    first = np.datetime64(case.months[0])
    usual = (rate[2:] - rate[:-2])[days[1:-1] >= first]
    told = ", ".join(f"{listed} {100 * move:+.1f} %" for listed, move in moves.items())
    reason = (
        f"The dollar rose against the peso from the trading day before to the one after in {rises} of {len(decided)} dates:"
        f" {told}. One-sided sign test p = {p:.3f} (below {SIGN_MARK} wanted). Chance: share of all days since {first}."
        + (f" Without daily rates: {', '.join(without)}." if without else "")
    )
    chance = mean_of((usual[usual != 0] > 0).astype(float))
    return [Finding("V7", reason, rises / len(decided), "pass" if p < SIGN_MARK else "fail", chance)]


def experts(_: Case, __: Checks) -> list[Finding]:
    """V8: experts' blind ranking of months."""
    return [_not_run("V8", "there are no experts who ranked the months")]


def real_time(case: Case, _: Checks) -> list[Finding]:
    """V9: the correlation of the real-time view with the latest, and what revisions did."""
    now, then = case.own.latest, case.own.real_time
    figure = correlation(then, now)
    if np.isnan(figure):
        return [_not_run("V9", "too few months have both views")]
    found = beside(partial(correlation, now), then, case.count, case.others("real_time"), of_sizes=True)
    revision = np.abs(now - then)
    moves = changes(now) * changes(then)
    months = f"over {_known(revision)} months"
    worst = case.months[int(np.nanargmax(revision))]
    flips = mean_of(np.where(np.isnan(moves), np.nan, (moves < 0).astype(float)))
    reason = f"r = {figure:.3f} of the two views {months} (at least {VIEWS_MARK} wanted)."
    revised = f"The views differ by {np.nanmean(revision):.2f} points on average {months}, most in {worst:%Y-%m}."
    flipped = f"The views disagree on the sign of {np.nansum(moves < 0):.0f} of {_known(moves)} monthly changes."
    return [
        _judged("V9", figure, reason, found, passes=figure >= VIEWS_MARK),
        Finding("V9:mean_revision", revised, mean_of(revision), "reported"),
        Finding("V9:sign_flips", flipped, flips, "reported"),
    ]


def dominance(case: Case, _: Checks) -> list[Finding]:
    """V10: the largest share of an item and of a pillar in the variance of T, Cov(contribution, T) / Var(T)."""
    index = pl.DataFrame({"month": case.months, "index": case.own.latest}).filter(pl.col("index").is_not_nan())
    own = index.select("month", (pl.col("index") - pl.col("index").mean()).alias("away"))
    spread = own.select((pl.col("away") ** 2).sum()).item()
    if spread == 0:
        return [_not_run(f"V10:{part}", "the index is unknown or does not vary") for part in ("item", "pillar")]
    # A month's statistic is an item of its own; as one doubt about one series it is judged as a whole.
    item = pl.when(pl.col("item_kind") == "statistic").then("indicator_id").otherwise("item_id").alias("item")
    parts = case.contributions.join(own, on="month", how="inner", validate="m:1").with_columns(item)
    rows = []
    for part, mark in (("item", ITEM_MARK), ("pillar", PILLAR_MARK)):
        # A part without a row in a month is 0 there: sum of c (T - mean) over the rows is n Cov(c, T).
        shares = parts.group_by(part).agg(((pl.col("contribution") * pl.col("away")).sum() / spread).alias("share"))
        name, share = shares.sort("share", part, descending=[True, False]).row(0)
        reason = (
            f"{name} has the largest share of Var(T) among {shares.height}: {_percent(share, 1)} (at most {_percent(mark)}"
            " wanted)."
        )
        rows.append(Finding(f"V10:{part}", reason, share, "pass" if share <= mark else "fail"))
    return rows


def alternatives(case: Case, _: Checks) -> list[Finding]:
    """V11: the share of draws of the doubts that keep the order of the months, by Kendall's tau."""
    if case.alternatives is None:
        return [_not_run("V11", "the doubts were not drawn")]
    central, drawn = case.alternatives
    known = ~np.isnan(central)
    if known.sum() < MINIMUM_MONTHS:
        return [_not_run("V11", "too few months have an index")]
    taus = np.array([float(kendalltau(central[known], draw[known]).statistic) for draw in drawn.T])
    share = float((taus >= TAU_MARK).mean())
    reason = (
        f"{_percent(share, 1)} of {taus.size} draws have a Kendall tau of at least {TAU_MARK} with the order of"
        f" {known.sum()} months (at least {_percent(DRAWS_MARK)} wanted); median {np.median(taus):.3f}, 5th percentile"
        f" {np.quantile(taus, 0.05):.3f}."
    )
    return [Finding("V11", reason, share, "pass" if share >= DRAWS_MARK else "fail")]


RUNS: Mapping[str, Callable[[Case, Checks], list[Finding]]] = {
    "V1": episodes,
    "V2": calm,
    "V3": direction,
    "V4": yardsticks,
    "V5": part_and_whole,
    "V6": placebo_pairs,
    "V7": event_study,
    "V8": experts,
    "V9": real_time,
    "V10": dominance,
    "V11": alternatives,
}
"""What runs each check of validation.yml."""


def _episode(case: Case, name: str, place: Places, rank: Array) -> Finding:
    own = case.own.percentile
    found = beside(lambda series: _highest(series[place]), own, rank, case.others("percentile"))
    months = ", ".join(
        f"{month:%Y-%m} {'unknown' if np.isnan(value) else format(value, '.1f')}"
        for month, value in zip(case.months.gather(place), own[place], strict=True)
    )
    reason = (
        f"Causal percentile of the real-time index by month: {months}. Naive: that of the count of hostile records."
    )
    return _judged(f"V1:{name}", _highest(own[place]), reason, found)


def _field_episodes(share: float, number: int) -> Finding:
    away = share - FIELD_EPISODES
    reason = (
        f"{round(share * number)} of {number} pre-listed episodes ({_percent(share)}), {100 * away:+.0f} percentage points"
        f" from the field's best published figure, 24 of 29 pre-registered ones ({_percent(FIELD_EPISODES)}), whose naive"
        f" detector finds 26. {number} windows that trials had seen are weaker evidence than 29 that nobody had."
    )
    return Finding("V1:field", reason, away, "reported")


def _judged(check_id: str, figure: float, reason: str, found: Beside, *, passes: bool | None = None) -> Finding:
    outcome: Literal["pass", "fail", "reported"] = "reported" if passes is None else "pass" if passes else "fail"
    return Finding(check_id, reason, figure, outcome, found.chance, found.naive, found.placebo)


def _not_run(check_id: str, why: str) -> Finding:
    return Finding(check_id, f"Not run: {why}.")


def _windows(case: Case, check: ValidationCheck) -> list[tuple[str, Places]]:
    return [(name, case.places(window)) for name, window in check.windows.items()]


def _same(values: Array) -> Array:
    return values


def _is_known(values: Array) -> bool:
    return bool((~np.isnan(values)).any())


def _known(values: Array) -> int:
    return int((~np.isnan(values)).sum())


def _highest(values: Array) -> float:
    return float(np.nanmax(values)) if _is_known(values) else float("nan")


def _mean(place: Places, series: Array) -> float:
    known = mean_of(series[place])
    return float("nan") if known is None else known


def _share(value: float | None) -> str:
    return "none" if value is None else _percent(value)


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def _span(case: Case, values: Array) -> str:
    known = np.flatnonzero(~np.isnan(values))
    return f"{case.months[int(known[0])]:%Y-%m} to {case.months[int(known[-1])]:%Y-%m}"

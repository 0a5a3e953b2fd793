"""The checks of the card on small series whose answer is known beforehand, and the baselines beside them."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from transforms import validation as card
from transforms.baselines import (
    Array,
    alarms_at_equal_rate,
    beside,
    changes,
    circular_shifts,
    hostile_records,
    rank_band,
    rank_correlation,
)
from transforms.cases import Case, PairSeries
from transforms.validation import RUNS, Finding, findings
from warehouse.catalog.models import ValidationCheck
from warehouse.catalog.registry import FOLDER, load_catalog, load_validation, read_validation
from warehouse.errors import CatalogError

VALIDATION = load_validation()
CHECKS = VALIDATION.checks
MONTHS = pl.Series("month", pl.date_range(date(2001, 1, 1), date(2026, 10, 1), "1mo", eager=True))
SIZE = MONTHS.len()
RANDOM = np.random.default_rng(7)
NOISE = RANDOM.random(SIZE)
QUOTES = pl.DataFrame(
    schema={"indicator_id": pl.String, "definition_id": pl.String, "period_start": pl.Date, "value": pl.Float64}
)
PARTS = pl.DataFrame(
    schema={
        "month": pl.Date,
        "pillar": pl.String,
        "indicator_id": pl.String,
        "item_kind": pl.String,
        "item_id": pl.String,
        "contribution": pl.Float64,
    }
)


def at(*windows: tuple[str, str]) -> Array:
    """Return 1 in the months of the windows, else 0."""
    text = MONTHS.dt.strftime("%Y-%m")
    return sum((text.is_between(*window).cast(pl.Float64) for window in windows), pl.zeros(SIZE, eager=True)).to_numpy()


def series(**given: Array) -> PairSeries:
    """Return a pair's series: those given, all else flat noise."""
    return PairSeries(**{name: given.get(name, 20 + NOISE) for name in ("latest", "real_time", "percentile", "hard")})


def case(own: PairSeries | None = None, **given: object) -> Case:
    """Return a case of the listed pair in which nothing is remarkable but what is given."""
    plain = Case(
        pair_id="MEX_USA",
        months=MONTHS,
        own=own or series(),
        placebos={},
        directions={"MEX-USA": 10 + NOISE, "USA-MEX": 10 + NOISE},
        hostile={"MEX-USA": np.zeros(SIZE), "USA-MEX": np.zeros(SIZE)},
        contributions=PARTS,
        observations=QUOTES,
        method=load_catalog().method,
    )
    return replace(plain, **given)


def observed(name: str, values: Array) -> pl.DataFrame:
    """Return monthly observations of one of V4's yardsticks."""
    yardstick = CHECKS["V4"].yardsticks[name]
    return pl.DataFrame({"period_start": MONTHS, "value": values}).with_columns(
        pl.lit(yardstick.indicator_id).alias("indicator_id"), pl.lit(yardstick.definition_id).alias("definition_id")
    )


def rates(values: dict[date, float]) -> pl.DataFrame:
    """Return daily rates of the peso."""
    frame = pl.DataFrame({"period_start": list(values), "value": list(values.values())})
    return frame.with_columns(
        pl.lit("mxn_per_usd").alias("indicator_id"), pl.lit("noon_rate_daily").alias("definition_id")
    )


def contributed(rows: list[tuple[Array, str, str]]) -> pl.DataFrame:
    """Return contributions by month of policies: series, pillar, item."""
    return pl.concat(
        pl.DataFrame({"month": MONTHS, "contribution": values}).select(
            "month",
            pl.lit(pillar).alias("pillar"),
            pl.lit("ledger_policies").alias("indicator_id"),
            pl.lit("policy").alias("item_kind"),
            pl.lit(item).alias("item_id"),
            "contribution",
        )
        for values, pillar, item in rows
    )


def by_id(rows: list[Finding]) -> dict[str, Finding]:
    return {row.check_id: row for row in rows}


WHOLE = contributed([(20 + NOISE, "trade", "all of it")])
EPISODES = at(*CHECKS["V1"].windows.values())
ONE_EPISODE = at(CHECKS["V1"].windows["metals_tariffs"])


# Baselines


def test_circular_shifts_turn_the_known_span_once_and_leave_unknown_ends() -> None:
    shifted = circular_shifts(np.array([np.nan, 1.0, 2.0, 3.0, np.nan]))
    assert [row[1:4].tolist() for row in shifted] == [[1, 2, 3], [2, 3, 1], [3, 1, 2]]
    assert np.isnan(shifted[:, [0, 4]]).all()


def test_chance_is_the_mean_over_the_shifts_and_of_a_correlation_that_of_its_size() -> None:
    own, sign = np.array([1.0, -3.0, 2.0]), lambda values: float(values[0])
    assert beside(sign, own).chance == 0
    assert beside(sign, own, of_sizes=True).chance == 2
    found = beside(sign, own, np.array([5.0]), [np.array([1.0]), np.array([4.0]), np.array([np.nan])])
    assert (found.naive, found.placebo) == (5, 2.5)
    assert beside(sign, own).placebo is None


def test_alarms_are_as_many_as_the_months_flagged() -> None:
    count = np.array([0.0, 3.0, 1.0, 5.0, 2.0, np.nan])
    flagged = np.array([True, True, False, False, False, False])
    assert alarms_at_equal_rate(count, flagged)[:5].tolist() == [0, 1, 0, 1, 0]
    assert np.isnan(alarms_at_equal_rate(count, flagged)[5])


def test_a_tie_of_the_count_goes_to_more_alarms() -> None:
    flagged = np.array([True, True, False, False])
    assert alarms_at_equal_rate(np.array([1.0, 1.0, 4.0, 1.0]), flagged).tolist() == [0, 0, 1, 0], "1 is nearer than 4"
    assert alarms_at_equal_rate(np.array([1.0, 1.0, 4.0, 0.0]), flagged).tolist() == [1, 1, 1, 0], "1 and 3 are as near"


def test_a_change_is_unknown_where_either_month_is() -> None:
    found = changes(np.array([1.0, 4.0, np.nan, 2.0, 1.0]))
    assert np.array_equal(found, [np.nan, 3.0, np.nan, np.nan, -1.0], equal_nan=True)


def test_rank_correlation_sees_order_only_and_needs_two_years() -> None:
    steps = np.arange(30.0)
    assert rank_correlation(steps, steps**5) == pytest.approx(1)
    assert rank_correlation(steps, -np.exp(steps)) == pytest.approx(-1)
    assert np.isnan(rank_correlation(steps[:23], steps[:23]))
    assert np.isnan(rank_correlation(steps, np.ones(30)))


def test_the_band_of_independent_series_holds_zero_and_that_of_one_series_does_not() -> None:
    low, high = rank_band(NOISE, RANDOM.random(SIZE))
    assert low < 0 < high
    assert rank_band(NOISE, NOISE) == pytest.approx((1, 1))


def test_hostile_records_are_executive_acts_of_tension_and_hostile_counted_words() -> None:
    day = date(2001, 2, 5)
    acts = pl.DataFrame(
        {
            "actor_branch": ["executive", "legislature", "executive", "executive"],
            "dimension": ["tension", "tension", "cooperation", "tension"],
            "initiator": ["USA", "USA", "USA", "CAN"],
            "target": ["MEX"] * 4,
            "occurred_on": [day] * 4,
        }
    )
    statements = pl.DataFrame(
        {
            "is_counted": [True, True, False],
            "stance": [-0.3, -0.25, -1.0],
            "country": ["USA"] * 3,
            "addressee": ["MEX"] * 3,
            "stated_on": [day] * 3,
        }
    )
    dyads = {"USA-MEX": ("USA", "MEX"), "MEX-USA": ("MEX", "USA")}
    found = hostile_records(acts, statements, MONTHS.head(3), dyads)
    assert found["USA-MEX"].tolist() == [0, 2, 0]
    assert found["MEX-USA"].tolist() == [0, 0, 0]


# V1


def test_a_peak_in_every_window_and_nowhere_else_is_no_chance() -> None:
    rows = by_id(card.episodes(case(series(percentile=50 + 45 * EPISODES)), CHECKS))
    assert (rows["V1"].outcome, rows["V1"].figure) == ("pass", 1.0)
    assert f"p = {1 / SIZE:.3f} over {SIZE} circular shifts" in rows["V1"].reason, "only the unshifted series hits all"
    assert rows["V1:ambassador"].figure == 95
    assert rows["V1:field"].figure == pytest.approx(1 - 24 / 29)


def test_an_index_that_is_always_high_hits_every_window_and_says_nothing() -> None:
    found = by_id(card.episodes(case(series(percentile=np.full(SIZE, 95.0))), CHECKS))["V1"]
    assert (found.outcome, found.figure, found.chance) == ("fail", 1, 1)
    assert "p = 1.000" in found.reason


def test_a_single_peak_hits_one_window_in_six_and_as_many_shifts_as_reach_a_window() -> None:
    peak = np.where(np.arange(SIZE) == np.flatnonzero(ONE_EPISODE)[0], 95.0, 10.0)
    found = by_id(card.episodes(case(series(percentile=peak)), CHECKS))["V1"]
    assert (found.outcome, found.figure) == ("fail", pytest.approx(1 / 6))
    covered = EPISODES.sum()
    assert f"p = {covered / SIZE:.3f}" in found.reason, (
        "the peak falls into a window in one shift for each of their months"
    )
    assert found.chance == pytest.approx(covered / SIZE / 6)


def test_the_count_is_judged_at_the_alarm_rate_of_the_index() -> None:
    count = np.where(ONE_EPISODE > 0, 9.0, 0.0) + np.where(
        np.arange(SIZE) < EPISODES.sum() - ONE_EPISODE.sum(), 3.0, 0.0
    )
    given = case(series(percentile=50 + 45 * EPISODES), hostile={"MEX-USA": count, "USA-MEX": np.zeros(SIZE)})
    found = by_id(card.episodes(given, CHECKS))["V1"]
    assert f"alarms in {EPISODES.sum():.0f} and" in found.reason
    assert found.naive == pytest.approx(1 / 6), "its other alarms lie in 2001 and 2002, outside the windows"


def test_other_pairs_are_the_placebo_in_the_same_windows() -> None:
    other = series(percentile=50 + 45 * ONE_EPISODE)
    found = by_id(card.episodes(case(series(percentile=50 + 45 * EPISODES), placebos={"CHN_USA": other}), CHECKS))["V1"]
    assert found.placebo == pytest.approx(1 / 6)


def test_a_placebo_without_an_index_is_no_figure_and_no_zero() -> None:
    gone = np.full(SIZE, np.nan)
    placebos = {"CHN_USA": series(latest=gone, real_time=gone, percentile=gone, hard=gone)}
    given = case(series(percentile=50 + 45 * EPISODES), placebos=placebos, contributions=WHOLE)
    assert {row.placebo for row in findings(given, VALIDATION)} == {None}


def test_windows_without_a_percentile_are_named_and_those_of_no_month_are_not_run() -> None:
    late = np.where(np.arange(SIZE) < 200, np.nan, 50 + 45 * EPISODES)
    assert (
        "Without a percentile: trucking_retaliation, ambassador"
        in card.episodes(case(series(percentile=late)), CHECKS)[0].reason
    )
    (found,) = card.episodes(case(series(percentile=np.full(SIZE, np.nan))), CHECKS)
    assert (found.outcome, found.figure) == ("not_run", None)


# V2, V3


def test_a_calm_window_is_below_the_median_and_a_tense_one_is_not() -> None:
    windows = CHECKS["V2"].windows
    index = 20 + NOISE - 5 * at(windows["early_pena_nieto"]) + 5 * at(windows["after_usmca"])
    rows = by_id(card.calm(case(series(latest=index)), CHECKS))
    assert [rows[f"V2:{name}"].outcome for name in windows] == ["pass", "fail"]
    assert rows["V2:after_usmca"].chance == pytest.approx(index.mean(), abs=1e-9), "every month is in it equally often"
    gone = np.where(at(*windows.values()) > 0, np.nan, index)
    assert {row.outcome for row in card.calm(case(series(latest=gone)), CHECKS)} == {"not_run"}


@pytest.mark.parametrize(
    ("lead", "largest", "outcome"),
    [
        pytest.param(5.0, ("trade", "security"), "pass", id="leads with trade and security"),
        pytest.param(-5.0, ("trade", "security"), "fail", id="the other side leads"),
        pytest.param(5.0, ("migration", "trade"), "fail", id="another pillar is large"),
    ],
)
def test_direction_needs_the_leader_and_both_pillars(lead: float, largest: tuple[str, str], outcome: str) -> None:
    sizes = {pillar: 1.0 for pillar in ("security", "migration", "trade", "diplomacy")} | dict.fromkeys(largest, 9.0)
    parts = contributed([(np.full(SIZE, size), pillar, pillar) for pillar, size in sizes.items()])
    sides = {"MEX-USA": np.full(SIZE, 10.0), "USA-MEX": np.full(SIZE, 10.0 + lead)}
    rows = card.direction(case(directions=sides, contributions=parts), CHECKS)
    assert [(row.outcome, row.figure) for row in rows] == [(outcome, lead)] * 2


# V4 to V6


def test_changes_that_move_with_a_yardstick_pass_and_those_against_it_fail() -> None:
    walk = np.cumsum(RANDOM.normal(size=SIZE))
    given = case(series(latest=50 + walk), observations=observed("tpu_usa", 100 + walk**3 / 100))
    assert by_id(card.yardsticks(case(series(latest=50 + walk), observations=observed("tpu_usa", walk)), CHECKS))[
        "V4:tpu_usa"
    ].figure == pytest.approx(1)
    against = replace(given, observations=observed("tpu_usa", -walk))
    found = by_id(card.yardsticks(against, CHECKS))
    assert found["V4:tpu_usa"].outcome == "fail"
    assert found["V4:gpr_mexico"].outcome == "not_run", "it has no observations"


def test_the_size_of_a_correlation_by_chance_is_small_and_a_countrys_own_news_is_held_against_the_field() -> None:
    walk = np.cumsum(RANDOM.normal(size=SIZE))
    found = by_id(card.yardsticks(case(series(latest=50 + walk), observations=observed("gpr_mexico", walk)), CHECKS))
    assert found["V4:gpr_mexico"].outcome == "pass"
    assert 0 < (found["V4:gpr_mexico"].chance or 0) < 0.15
    assert found["V4:field"].figure == pytest.approx(1 - 0.256)


def test_volatility_is_the_spread_of_daily_changes_of_a_month_with_enough_of_them() -> None:
    days = [date(2020, 1, 1) + timedelta(days=day) for day in range(35)]  # January whole, February's first four days
    found = case(
        observations=rates({day: float(np.exp(0.01 * (place % 2))) for place, day in enumerate(days)})
    ).yardstick(CHECKS["V4"].yardsticks["usd_mxn_volatility"])
    january = list(MONTHS).index(date(2020, 1, 1))
    moves = np.array([0.01, -0.01] * 15)
    assert found[january] == pytest.approx(moves.std(ddof=1))
    assert np.isnan(found[january + 1])


def test_a_whole_without_acts_is_its_part() -> None:
    rows = by_id(card.part_and_whole(case(series(latest=20 + NOISE, hard=10 + NOISE)), CHECKS))
    assert [(row.outcome, row.figure) for row in rows.values()] == [("reported", pytest.approx(1))] * 2


def test_a_placebo_must_follow_the_yardsticks_less_than_the_pair() -> None:
    walk, other = np.cumsum(RANDOM.normal(size=(2, SIZE)), axis=1)
    gpr = observed("gpr_mexico", walk)
    ours, theirs = series(latest=50 + walk), series(latest=50 + other)
    passing = by_id(card.placebo_pairs(case(ours, placebos={"CHN_USA": theirs}, observations=gpr), CHECKS))
    assert passing["V6:CHN_USA:gpr_mexico"].outcome == "pass"
    assert passing["V6:CHN_USA:usd_mxn_volatility"].outcome == "not_run", "there are no rates"
    failing = by_id(card.placebo_pairs(case(theirs, placebos={"CHN_USA": ours}, observations=gpr), CHECKS))
    assert (failing["V6:CHN_USA:gpr_mexico"].outcome, failing["V6:CHN_USA:gpr_mexico"].figure) == (
        "fail",
        pytest.approx(1),
    )


def test_a_pair_and_its_placebo_are_compared_on_the_same_months() -> None:
    walk = np.cumsum(RANDOM.normal(size=SIZE))
    late = np.where(np.arange(SIZE) < 200, np.nan, walk)
    # Before the placebo begins the pair moves against the yardstick, afterwards with it.
    ours = series(latest=50 + np.where(np.arange(SIZE) < 200, -walk, walk))
    given = case(ours, placebos={"CHN_USA": series(latest=late)}, observations=observed("gpr_mexico", walk))
    found = by_id(card.placebo_pairs(given, CHECKS))["V6:CHN_USA:gpr_mexico"]
    common = SIZE - 201
    assert f"in the same {common} months" in found.reason


def test_a_placebo_that_is_not_in_the_tables_is_named() -> None:
    rows = card.placebo_pairs(case(), CHECKS)
    assert {row.outcome for row in rows} == {"not_run"}
    assert all("CHN_USA is not in the tables, and CAN_USA is no placebo" in row.reason for row in rows)


# V7


def _around(moves: dict[date, float]) -> pl.DataFrame:
    """Return rates that move as told from the day before to the day after each listed date, and rest otherwise."""
    values: dict[date, float] = {}
    for listed, move in sorted(moves.items()):
        values |= {
            listed - timedelta(days=1): 20.0,
            listed: 1.0,
            listed + timedelta(days=1): 20.0 * float(np.exp(move)),
        }
    return rates(values)


def test_seven_rises_of_seven_are_one_chance_in_128() -> None:
    (found,) = card.event_study(case(observations=_around(dict.fromkeys(CHECKS["V7"].dates, 0.01))), CHECKS)
    assert (found.outcome, found.figure) == ("pass", 1.0)
    assert "p = 0.008" in found.reason
    assert "2019-05-30 +1.0 %" in found.reason


def test_six_rises_of_seven_are_not_enough() -> None:
    moves = dict.fromkeys(CHECKS["V7"].dates, 0.01) | {date(2019, 6, 7): -0.01}
    (found,) = card.event_study(case(observations=_around(moves)), CHECKS)
    assert (found.outcome, found.figure) == ("fail", pytest.approx(6 / 7))
    assert "p = 0.062" in found.reason, "8 of 128"


def test_dates_without_rates_are_named_and_without_any_it_is_not_run() -> None:
    (found,) = card.event_study(case(observations=_around({date(2017, 1, 26): 0.01})), CHECKS)
    assert "in 1 of 1 dates" in found.reason
    assert "Without daily rates: 2018-05-31" in found.reason
    (none,) = card.event_study(case(), CHECKS)
    assert (none.outcome, none.figure) == ("not_run", None)


# V9 to V11


def test_one_view_is_itself_and_another_is_not() -> None:
    index = 20 + NOISE
    same = by_id(card.real_time(case(series(latest=index, real_time=index)), CHECKS))
    assert (same["V9"].outcome, same["V9"].figure) == ("pass", pytest.approx(1))
    assert (same["V9:mean_revision"].figure, same["V9:sign_flips"].figure) == (0, 0)
    turned = by_id(card.real_time(case(series(latest=index, real_time=40 - index)), CHECKS))
    assert (turned["V9"].outcome, turned["V9:sign_flips"].figure) == ("fail", 1)
    assert turned["V9:mean_revision"].figure == pytest.approx(np.abs(2 * index - 40).mean())


def test_an_item_that_is_the_index_dominates_it_and_two_equal_ones_do_not() -> None:
    alone = by_id(
        card.dominance(case(series(latest=NOISE), contributions=contributed([(NOISE, "trade", "one")])), CHECKS)
    )
    assert [(row.outcome, row.figure) for row in alone.values()] == [("fail", pytest.approx(1))] * 2
    halves = contributed([(NOISE / 4, pillar, f"{pillar} {n}") for pillar in ("trade", "security") for n in range(2)])
    shared = by_id(card.dominance(case(series(latest=NOISE), contributions=halves), CHECKS))
    assert shared["V10:item"].figure == pytest.approx(0.25)
    assert (shared["V10:pillar"].outcome, shared["V10:pillar"].figure) == ("pass", pytest.approx(0.5))


def test_a_part_without_a_row_in_a_month_is_zero_there() -> None:
    half = np.where(np.arange(SIZE) % 2, NOISE, 0.0)
    parts = contributed([(half, "trade", "one"), (NOISE - half, "security", "two")])
    given = case(series(latest=NOISE), contributions=parts)
    thin = replace(given, contributions=parts.filter(pl.col("contribution") > 0))
    assert card.dominance(thin, CHECKS)[1].figure == pytest.approx(card.dominance(given, CHECKS)[1].figure)


def test_a_statistic_is_one_item_over_all_months() -> None:
    parts = contributed([(NOISE, "migration", "usbp_encounters")]).with_columns(
        pl.lit("statistic").alias("item_kind"),
        pl.lit("usbp_encounters").alias("indicator_id"),
        pl.format("usbp_encounters:{}", pl.col("month").dt.strftime("%Y-%m")).alias("item_id"),
    )
    found = by_id(card.dominance(case(series(latest=NOISE), contributions=parts), CHECKS))["V10:item"]
    assert found.figure == pytest.approx(1)


def test_an_index_that_never_moves_has_no_variance_to_share() -> None:
    assert {row.outcome for row in card.dominance(case(series(latest=np.ones(SIZE))), CHECKS)} == {"not_run"}


@pytest.mark.parametrize(
    ("kept", "outcome"), [pytest.param(9, "pass", id="nine in ten"), pytest.param(8, "fail", id="eight in ten")]
)
def test_alternatives_count_the_draws_that_keep_the_order(kept: int, outcome: str) -> None:
    drawn = np.column_stack([NOISE**3] * kept + [-NOISE] * (10 - kept))
    (found,) = card.alternatives(case(alternatives=(NOISE, drawn)), CHECKS)
    assert (found.outcome, found.figure) == (outcome, kept / 10)


def test_without_draws_alternatives_are_not_run() -> None:
    (found,) = card.alternatives(case(), CHECKS)
    assert found.outcome == "not_run"


def test_a_pair_without_an_index_has_no_check_that_is_run() -> None:
    gone = np.full(SIZE, np.nan)
    nothing = series(latest=gone, real_time=gone, percentile=gone, hard=gone)
    sides = {"MEX-USA": gone, "USA-MEX": gone}
    empty = case(nothing, directions=sides, alternatives=(gone, np.tile(gone[:, None], 3)))
    assert {row.outcome for row in findings(empty, VALIDATION)} == {"not_run"}


# The card and its catalogue


def test_every_frozen_check_is_run_by_its_number() -> None:
    assert list(RUNS) == list(CHECKS) == [f"V{number}" for number in range(1, 12)]


def test_a_pair_without_lists_has_a_row_with_the_reason_for_each_of_them() -> None:
    rows = by_id(findings(case(pair_id="CHN_USA", contributions=WHOLE), VALIDATION))
    assert {check_id.split(":")[0] for check_id in rows} == set(CHECKS)
    assert all("listed for MEX_USA only" in rows[check_id].reason for check_id in card.LISTED)
    assert rows["V5"].outcome == "reported"


def test_a_figure_is_there_exactly_where_the_check_was_run() -> None:
    for row in findings(case(contributions=WHOLE), VALIDATION):
        assert (row.figure is None) == (row.outcome == "not_run"), row


@pytest.mark.parametrize(
    ("check_id", "marks"),
    [
        ("V1", (f"{card.WINDOWS_MARK:.0%}", f"{card.PERCENTILE_MARK}th", f"p < {card.SHIFTS_MARK}")),
        ("V7", (f"p < {card.SIGN_MARK}",)),
        ("V9", (f"{card.VIEWS_MARK}",)),
        ("V10", (f"no item above {card.ITEM_MARK:.0%}", f"no pillar above {card.PILLAR_MARK:.0%}")),
        ("V11", (f"{card.TAU_MARK}", f"{card.DRAWS_MARK:.0%}")),
    ],
)
def test_the_marks_are_those_of_the_frozen_text(check_id: str, marks: tuple[str, ...]) -> None:
    text = CHECKS[check_id].passes_when.replace(" %", "%")
    assert [mark for mark in marks if mark not in text] == []


def test_fields_added_to_the_frozen_text_are_dated() -> None:
    added = {
        name
        for check in CHECKS.values()
        for name in ValidationCheck.model_fields
        if getattr(check, name) and name not in ("title", "statistic", "passes_when", "windows", "dates")
    }
    assert added == {"leader", "pillars", "yardsticks", "mexican_yardsticks", "placebo_pairs", "no_placebo"}
    assert len(VALIDATION.amendments) == 4
    assert all(amendment.amended_on >= VALIDATION.frozen_on for amendment in VALIDATION.amendments)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param("leader: USA-MEX", "leeder: USA-MEX", "leeder", id="misspelt key"),
        pytest.param(
            "definition_id: recent_share", "definition_id: index", "gpr_mexico, index", id="no such definition"
        ),
        pytest.param("pair: MEX_USA", "pair: MEX_FRA", "MEX_FRA", id="no such pair"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    shutil.copy(FOLDER / "validation.yml", tmp_path)
    path = tmp_path / "validation.yml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(CatalogError, match=says):
        read_validation(tmp_path)

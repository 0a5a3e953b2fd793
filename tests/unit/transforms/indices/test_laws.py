"""Laws of the index, on random changes of the bundled ledger and on random pressures."""

from dataclasses import replace
from datetime import date, timedelta
from importlib import resources

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from transforms.indices import tension
from transforms.indices.burdens import UNDATED, act_days
from transforms.indices.ledger import Ledger
from transforms.indices.scope import pair_scopes, weights
from transforms.indices.tables import Setting, index_tables
from transforms.sources.ledger import known_days, parse_ledger
from warehouse.catalog.registry import load_catalog

CATALOG = load_catalog()
METHOD = CATALOG.method
WEIGHTS = weights(CATALOG)
PILLARS = sorted(WEIGHTS)
DIMENSIONS = ("tension", "cooperation")
SCOPES = [scope for scope in pair_scopes(CATALOG) if scope.pair_id == "MEX_USA"]
LAST = SCOPES[0].ledger_end
TWO_YEARS = Setting([replace(scope, ledger_start=date(2024, 11, 1)) for scope in SCOPES], WEIGHTS, METHOD)
"""The densest years alone, so that an index takes half a second."""
BUNDLED = resources.files("warehouse") / "bundled"
FILES = ("acts", "statements", "policies", "stages", "coverage", "exemptions", "extradition_claims")
TABLES = tuple(Ledger.__dataclass_fields__)
LINKS = ("policy_id", "claim_id", "evidence_of_act_id")

repeatable = settings(deadline=None, database=None, derandomize=True)
"""The same examples in every run, and none written to disk."""
slow = settings(repeatable, max_examples=6)
NUMBERS = st.integers(0, 2**31)


def _bytes(name: str) -> bytes:
    return (BUNDLED / "ledger" / f"{name}.csv").read_bytes()


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    frames = []
    for name in FILES:
        days = known_days(_bytes(name), name, _bytes("stages"), 30)
        frames.append(pl.concat([parse_ledger(_bytes(name), name).accepted, days], how="horizontal").lazy())
    return Ledger(*frames)


@pytest.fixture(scope="module")
def observed() -> pl.LazyFrame:
    payload = (BUNDLED / "usbp_monthly" / "2019-10_2026-07.csv").read_bytes()
    figures = pl.read_csv(payload, try_parse_dates=True).lazy()
    return figures.select(
        pl.lit("usbp_encounters").alias("irritant_id"),
        "month",
        pl.col("encounters").cast(pl.Float64).alias("value"),
        pl.lit(LAST).alias("as_of"),
    )


@pytest.fixture(scope="module")
def tables(ledger: Ledger, observed: pl.LazyFrame) -> dict[str, pl.DataFrame]:
    return _index(ledger, observed)


def _index(ledger: Ledger, observed: pl.LazyFrame) -> dict[str, pl.DataFrame]:
    return index_tables(ledger, observed, TWO_YEARS)


def _drawn(ledger: Ledger, seed: int, share: float, tables: tuple[str, ...]) -> Ledger:
    """Return the ledger with a random share of the tables' rows, in random order."""
    frames = {
        name: getattr(ledger, name).collect().sample(fraction=share, shuffle=True, seed=seed + place).lazy()
        for place, name in enumerate(tables)
    }
    return replace(ledger, **frames)


def _by_day(ledger: Ledger, acts: pl.DataFrame) -> pl.DataFrame:
    days = act_days(replace(ledger, acts=acts.lazy()), SCOPES, METHOD)
    return days.select("day", "act_id", "level", "burden").sort("day", "act_id").collect()


def _threats(ledger: Ledger) -> pl.DataFrame:
    """Return the threats and proposals that weigh by themselves, each under its matter."""
    alone = pl.all_horizontal(pl.col(name).is_null() for name in LINKS)
    stage = pl.col("stage").is_in(["floated", "threatened", "proposed"])
    scored = alone & stage & (pl.col("actor_branch") == "executive") & pl.col("ladder_step").is_not_null()
    threats = ledger.acts.filter(scored & ~pl.col("is_joint"))
    return threats.with_columns(pl.coalesce("matter_id", "act_id").alias("matter_id")).sort("occurred_on").collect()


@settings(repeatable, max_examples=60)
@given(which=NUMBERS, later=st.integers(1, 200))
def test_a_threat_repeated_later_changes_only_its_age(ledger: Ledger, which: int, later: int) -> None:
    threats = _threats(ledger)
    latest = threats.group_by("initiator", "matter_id", maintain_order=True).last().select(threats.columns)
    threat = latest[which % latest.height]
    day = threat["occurred_on"].item() + timedelta(days=later)
    again = threat.with_columns(pl.lit("AGAIN").alias("act_id"), pl.lit(day).alias("occurred_on"))
    matter = threats.join(threat, on=["initiator", "matter_id"], how="semi")
    once, alone, both = (_by_day(ledger, acts) for acts in (matter, again, pl.concat([matter, again])))

    assert_frame_equal(both.filter(pl.col("day") < day), once.filter(pl.col("day") < day), rel_tol=0, abs_tol=1e-12)
    assert_frame_equal(both.filter(pl.col("day") >= day), alone, rel_tol=0, abs_tol=1e-12)
    assert both["day"].is_unique().all(), "one item a day, never two"
    assert (both["burden"] <= both["level"]).all()
    if threat["conditional_until"].item() is None or threat["stage"].item() not in UNDATED:
        first = once.filter(pl.col("act_id") == threat["act_id"].item())
        moved = first.select(pl.col("day") + timedelta(days=later), "level", "burden").filter(pl.col("day") <= LAST)
        assert_frame_equal(alone.drop("act_id"), moved, rel_tol=0, abs_tol=1e-12)


PRESSURES = st.floats(0, 6)
MONTHS = st.fixed_dictionaries({pillar: st.lists(PRESSURES, max_size=3) for pillar in PILLARS})
"""Pressures of the items of each pillar in one month."""


def _monthly(
    tense: dict[str, list[float]], kind: dict[str, list[float]], unsearched: set[str]
) -> dict[str, float | None]:
    key = {"pair_id": pl.String, "month": pl.Date, "dimension": pl.String, "pillar": pl.String}
    month = ("MEX_USA", date(2025, 3, 1))
    items = [
        (*month, dimension, pillar, pressure, pressure, False)
        for dimension, pillars in zip(DIMENSIONS, (tense, kind), strict=True)
        for pillar, pressures in pillars.items()
        for pressure in pressures
    ]
    grid = [(*month, dimension, pillar, pillar not in unsearched) for dimension in DIMENSIONS for pillar in PILLARS]
    columns = {**key, "pressure": pl.Float64, "pressure_hard": pl.Float64, "is_filled": pl.Boolean}
    scores = tension.pillar_scores(
        pl.LazyFrame(items, schema=columns, orient="row"),
        pl.LazyFrame(grid, schema={**key, "is_searched": pl.Boolean}, orient="row"),
        "pair_id",
    )
    return tension.monthly_tension(scores, WEIGHTS, METHOD, "pair_id").collect().to_dicts()[0]


@settings(repeatable, max_examples=150)
@given(
    tense=MONTHS,
    kind=MONTHS,
    unsearched=st.sets(st.sampled_from(PILLARS), max_size=3),
    raised=st.tuples(st.sampled_from(PILLARS), st.integers(0, 3), PRESSURES),
)
def test_more_pressure_in_a_pillar_never_lowers_the_index(
    tense: dict[str, list[float]],
    kind: dict[str, list[float]],
    unsearched: set[str],
    raised: tuple[str, int, float],
) -> None:
    pillar, place, more = raised
    # an item weighs more or, where there is none in that place, a new item comes in
    items = tense[pillar] + [0.0] * (place >= len(tense[pillar]))
    items[min(place, len(items) - 1)] += more
    before = _monthly(tense, kind, unsearched)
    after = _monthly(tense | {pillar: items}, kind, unsearched)
    assert after["cooperation_index"] == before["cooperation_index"], "tension is no negative cooperation"
    for index in ("tension_index", "mean_score", "tension_hard"):
        low, high = before[index], after[index]
        if len(unsearched) > 1:  # 0.8 of the weight is four pillars of five
            assert (low, high) == (None, None)
            continue
        assert low is not None and high is not None
        assert high >= low - 1e-9
        if pillar in unsearched:
            assert high == low
        elif more > 0.01:
            assert high > low


@slow
@given(seed=NUMBERS)
def test_the_order_of_rows_changes_no_digit(
    ledger: Ledger, observed: pl.LazyFrame, tables: dict[str, pl.DataFrame], seed: int
) -> None:
    figures = observed.collect().sample(fraction=1, shuffle=True, seed=seed).lazy()
    shuffled = _index(_drawn(ledger, seed, 1.0, TABLES), figures)
    for name, frame in tables.items():
        keys = [column for column, kind in frame.schema.items() if not kind.is_float()]
        assert frame.sort(keys).equals(shuffled[name].sort(keys)), name


def test_the_number_of_rows_changes_no_digit(ledger: Ledger) -> None:
    # a batch of one row is reckoned by other code, and how rows fall into batches depends on the machine's threads
    acts = _threats(ledger).filter(pl.col("conditional_until").is_null())
    alone = _by_day(ledger, acts.head(1))
    among = _by_day(ledger, acts.unique("matter_id", keep="first", maintain_order=True))
    assert alone.height > 100
    assert alone.equals(among.filter(pl.col("act_id") == acts["act_id"][0]))


@slow
@given(seed=NUMBERS, share=st.floats(0.1, 1))
@example(seed=0, share=1)
def test_contributions_sum_to_tension_and_to_cooperation(
    ledger: Ledger, observed: pl.LazyFrame, seed: int, share: float
) -> None:
    part = _drawn(ledger, seed, share, ("acts", "statements", "policies", "stages", "claims"))
    tables = _index(part, observed)
    items, scores, monthly = (
        tables[f"out_dyad__{name}"].lazy() for name in ("item_pressures", "pillar_scores", "monthly_tension")
    )
    kind = tension.contributions(items, scores, monthly, WEIGHTS, level="dyad_id", dimension="cooperation").collect()
    cases = [
        ("pair", "tension_index", tables["out_pair__contributions"]),
        ("pair", "cooperation_index", tables["out_pair__cooperation_contributions"]),
        ("dyad", "tension_index", tables["out_dyad__contributions"]),
        ("dyad", "cooperation_index", kind),
    ]
    for level, index, parts in cases:
        key = [f"{level}_id", "month"]
        above_zero = tables[f"out_{level}__monthly_tension"].filter(pl.col(index) > 0)
        sums = parts.group_by(key).agg(pl.col("contribution").sum())
        joined = above_zero.join(sums, on=key, how="full", coalesce=True)
        assert joined.height == above_zero.height == sums.height > 0, (level, index)
        gap = (pl.col(index) - pl.col("contribution")).abs()
        assert joined.select((gap < 1e-9).all()).item(), (level, index)


@slow
@given(which=NUMBERS, pieces=st.integers(2, 10))
def test_a_tariff_weighs_as_much_as_its_rate_cut_into_parts(
    ledger: Ledger, observed: pl.LazyFrame, tables: dict[str, pl.DataFrame], which: int, pieces: int
) -> None:
    rated = (
        ledger.stages.filter(pl.col("rate_pct").is_not_null()).select(pl.col("policy_id").alias("item_id")).collect()
    )
    weighing = tables["out_pair__item_pressures"].join(rated, on="item_id", how="semi")["item_id"].unique().sort()
    whole = weighing[which % weighing.len()]

    def cut(frame: pl.LazyFrame) -> pl.LazyFrame:
        own = frame.filter(pl.col("policy_id") == whole)
        parts = [own.with_columns(pl.lit(f"{whole}:{part}").alias("policy_id")) for part in range(pieces)]
        return pl.concat([frame.filter(pl.col("policy_id") != whole), *parts])

    is_part = pl.col("policy_id").str.starts_with(f"{whole}:")
    rate = pl.when(is_part).then(pl.col("rate_pct") / pieces).otherwise("rate_pct")
    split = _index(
        replace(
            ledger,
            policies=cut(ledger.policies),
            stages=cut(ledger.stages).with_columns(rate.alias("rate_pct")),
            coverage=cut(ledger.coverage),
            exemptions=cut(ledger.exemptions),
        ),
        observed,
    )
    indices = ["tension_index", "mean_score", "tension_hard", "cooperation_index", "new_pressure"]
    for level in ("pair", "dyad"):
        one, many = (
            frames[f"out_{level}__monthly_tension"].select(f"{level}_id", "month", *indices)
            for frames in (tables, split)
        )
        assert_frame_equal(one, many, check_row_order=False, rel_tol=0, abs_tol=1e-9)

"""The index on the bundled ledger: exact contributions, and what must not move it."""

from datetime import date
from importlib import resources

import polars as pl
import pytest

from transforms.indices import pressures, tension
from transforms.indices.ledger import Ledger
from transforms.indices.scope import pair_scopes, weights
from transforms.sources.ledger import known_days, parse_ledger
from warehouse.catalog.registry import load_catalog

CATALOG = load_catalog()
SCOPES = [scope for scope in pair_scopes(CATALOG) if scope.pair_id == "MEX_USA"]
WEIGHTS = weights(CATALOG)
FILES = ("acts", "statements", "policies", "stages", "coverage", "exemptions", "extradition_claims")


def _bytes(name: str) -> bytes:
    return (resources.files("warehouse") / "bundled" / "ledger" / f"{name}.csv").read_bytes()


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    frames = []
    for name in FILES:
        parsed = parse_ledger(_bytes(name), name)
        assert parsed.rejected.is_empty()
        frames.append(
            pl.concat([parsed.accepted, known_days(_bytes(name), name, _bytes("stages"), 30)], how="horizontal")
        )
    return Ledger(*[frame.lazy() for frame in frames])


def _index(ledger: Ledger) -> tuple[pl.DataFrame, pl.DataFrame]:
    parts = pressures.daily_parts(ledger, SCOPES, CATALOG.method)
    statistics = pl.LazyFrame(
        schema={"irritant_id": pl.String, "month": pl.Date, "value": pl.Float64, "as_of": pl.Date}
    )
    irritants = pressures.irritants(statistics, SCOPES)
    items = pressures.pair_item_pressures(parts, irritants, SCOPES, CATALOG.method).collect().lazy()
    grid = tension.pillar_grid(SCOPES, items, "pair_id")
    scores = tension.pillar_scores(items, grid, "pair_id").collect().lazy()
    monthly = tension.monthly_tension(scores, WEIGHTS, CATALOG.method, "pair_id").collect()
    parts_of = tension.contributions(items, scores, monthly.lazy(), WEIGHTS, level="pair_id").collect()
    return monthly.sort("month"), parts_of


def _replaced(ledger: Ledger, **frames: pl.LazyFrame) -> Ledger:
    return Ledger(**{**{name: getattr(ledger, name) for name in Ledger.__dataclass_fields__}, **frames})


def _same(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    return bool((one["tension_index"] - other["tension_index"]).abs().max() < 1e-9)


def test_every_record_of_the_timelines_is_a_statement_or_an_act(ledger: Ledger) -> None:
    first = pl.col("act_id").str.starts_with("USMX")
    acts = ledger.acts.filter(first).collect()
    statements = ledger.statements.filter(pl.col("statement_id").str.starts_with("USMX")).collect()
    assert (acts.height, statements.height) == (384, 960)


def test_contributions_sum_to_the_index(ledger: Ledger) -> None:
    monthly, parts = _index(ledger)
    sums = parts.group_by("month").agg(pl.col("contribution").sum())
    joined = monthly.filter(pl.col("tension_index") > 0).join(sums, on="month", how="left")
    assert joined.height > 300
    assert (joined["tension_index"] - joined["contribution"]).abs().max() < 1e-9


def test_the_crisis_of_2025_stands_above_the_years_before(ledger: Ledger) -> None:
    monthly, _ = _index(ledger)
    march = monthly.filter(pl.col("month") == date(2025, 3, 1))["tension_index"].item()
    assert march > monthly.filter(pl.col("month") < date(2025, 2, 1))["tension_index"].max()


def test_a_record_linked_as_evidence_changes_nothing(ledger: Ledger) -> None:
    acts = ledger.acts.collect()
    deed = acts.filter(pl.col("act_id") == "USMX0097")
    twin = deed.with_columns(pl.lit("TWIN").alias("act_id"), pl.lit("USMX0097").alias("evidence_of_act_id"))
    changed = _replaced(ledger, acts=pl.concat([acts, twin]).lazy())
    assert _same(_index(ledger)[0], _index(changed)[0])


def test_a_threat_repeated_on_its_day_changes_nothing(ledger: Ledger) -> None:
    acts = ledger.acts.collect()
    again = acts.filter(pl.col("act_id") == "USMX0097").with_columns(pl.lit("ZAGAIN").alias("act_id"))
    changed = _replaced(ledger, acts=pl.concat([acts, again]).lazy())
    assert _same(_index(ledger)[0], _index(changed)[0])


def test_one_tariff_cut_into_ten_rows_changes_nothing(ledger: Ledger) -> None:
    whole = "usa_ieepa_mexico_2025"

    def cut(frame: pl.LazyFrame) -> pl.LazyFrame:
        rows = frame.collect()
        own = rows.filter(pl.col("policy_id") == whole)
        tenths = [own.with_columns(pl.lit(f"{whole}_{i}").alias("policy_id")) for i in range(10)]
        return pl.concat([rows.filter(pl.col("policy_id") != whole), *tenths]).lazy()

    tenth = pl.when(pl.col("policy_id").str.starts_with(f"{whole}_")).then(0.1).otherwise(1.0)
    changed = _replaced(
        ledger,
        policies=cut(ledger.policies),
        stages=cut(ledger.stages),
        coverage=cut(ledger.coverage).with_columns(pl.col("coverage_share") * tenth),
        exemptions=cut(ledger.exemptions),
    )
    assert _same(_index(ledger)[0], _index(changed)[0])


@pytest.mark.parametrize(
    ("day", "usa_on_mex", "mex_on_usa"),
    [
        pytest.param(date(2018, 5, 15), set(), set(), id="exempt from the metals duties"),
        pytest.param(
            date(2018, 7, 15),
            {"usa_s232_steel_2018", "usa_s232_aluminium_2018"},
            {
                "mex_retaliation_s232_list_2018",
                "mex_retaliation_s232_pork_2018",
                "mex_retaliation_s232_cheese_2018",
            },
            id="metals duties and retaliation",
        ),
        pytest.param(date(2019, 6, 15), {"usa_ad_tomatoes_1996"}, set(), id="lifted, threat withdrawn, tomato deposits"),
    ],
)  # fmt: skip
def test_duties_in_force(ledger: Ledger, day: date, usa_on_mex: set[str], mex_on_usa: set[str]) -> None:
    from transforms.indices.burdens import policy_days

    rated = ledger.stages.filter(pl.col("rate_pct").is_not_null()).select("policy_id").unique()
    held = (
        ledger.stages.sort("stage_on")
        .filter(pl.col("stage_on") <= day)
        .group_by("policy_id")
        .agg(pl.col("stage").last())
    )
    days = policy_days(ledger, SCOPES, CATALOG.method).filter((pl.col("day") == day) & (pl.col("burden") > 0))
    rows = (
        days.select("policy_id", "dyad_id")
        .join(rated, on="policy_id")
        .join(held.filter(pl.col("stage") == "in_force"), on="policy_id")
        .collect()
    )
    assert set(rows.filter(pl.col("dyad_id") == "USA-MEX")["policy_id"]) == usa_on_mex
    assert set(rows.filter(pl.col("dyad_id") == "MEX-USA")["policy_id"]) == mex_on_usa

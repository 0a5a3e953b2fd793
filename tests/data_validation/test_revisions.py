"""Revisions between bundled editions: what SQL finds in the vintages against the editions themselves, read in order."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from transforms.sources.bundled import REJECTED_SUFFIX
from warehouse.catalog.registry import load_catalog
from warehouse.query import Warehouse
from warehouse.settings import Settings

ROOT = Path(__file__).parents[2]
CBP_FILES = ROOT.parent / "shared" / "data" / "migration" / "cbp-encounters"
PAGE = (ROOT / "docs" / "revisions.md").read_text(encoding="utf-8")
ANSWERED = re.findall(r"```sql\n(.*?)```\n\n(\|.*?)\n\n", PAGE, re.DOTALL)
"""Queries of the page with the table printed below each."""


@dataclass(frozen=True)
class Living:
    """A source whose files replace one another: its table, its editions in order, the columns of key and value."""

    source_id: str
    editions: tuple[str, ...]
    table: str
    key: tuple[str, ...]
    value: tuple[str, ...]
    period: tuple[str, str] = ("month", "month")
    """First and last day of the period; a month stands for both."""
    series: tuple[str, ...] = ()
    """Columns within which an edition covers a range of periods."""


OBSERVED = {
    "table": "core_indicator__observations",
    "key": ("observation_id",),
    "value": ("value",),
    "period": ("period_start", "period_end"),
    "series": ("indicator_id", "definition_id"),
}
GPR = Living("gpr", ("2026-01", "to_2026-04"), **OBSERVED)
OHSS = Living("ohss_monthly", ("through_2024-05", "through_2024-08"), **OBSERVED)
SOUTHWEST = Living(
    "cbp_sbo_encounters",
    ("fy19-fy22", "fy21-fy24-oct", "fy22-fy25-aug"),
    "core_cbp__monthly_encounters_southwest",
    ("month", "component", "demographic", "citizenship_group", "authority"),
    ("encounters",),
)
BY_STATE = Living(
    "cbp_encounters",
    ("fy20-fy23", "fy22-fy25", "fy23-fy26-nov"),
    "core_cbp__monthly_encounters_by_state",
    ("month", "border_region", "state", "demographic", "citizenship", "authority"),
    ("encounters",),
)
DRUGS = Living(
    "cbp_drug_seizures",
    ("fy19-fy22", "fy23-fy26-dec", "fy23-fy26-apr"),
    "core_cbp__monthly_drug_seizures",
    ("month", "component", "region", "land_filter", "drug"),
    ("seizure_events", "quantity_lbs"),
)
LIVING = [pytest.param(source, id=source.source_id) for source in (GPR, OHSS, SOUTHWEST, BY_STATE, DRUGS)]
ROLLING = [pytest.param(source, id=source.source_id) for source in (SOUTHWEST, BY_STATE, DRUGS)]


@pytest.fixture
def warehouse(published: Settings) -> Warehouse:
    return Warehouse(published.link)


def edition(source: Living, name: str) -> pl.DataFrame:
    """Return an edition's figures: series, key, figure, and first_day, last_day of the period."""
    paths = (ROOT / "warehouse" / "bundled" / source.source_id).glob(f"{name}.*")
    (path,) = (path for path in paths if not path.name.endswith(REJECTED_SUFFIX))
    read = (
        pl.read_parquet(path)
        if path.suffix == ".parquet"
        else pl.read_csv(path, try_parse_dates=True, infer_schema_length=None)
    )
    first, last = source.period
    return read.select(
        pl.concat_str(pl.lit(source.source_id), *source.series, separator=":").alias("series"),
        *source.key,
        pl.struct(source.value).alias("figure"),
        pl.col(first).alias("first_day"),
        pl.col(last).dt.month_end().alias("last_day"),
        pl.col("published_on").cast(pl.Date),
    )


def opening(source: Living, figures: pl.DataFrame) -> pl.Expr:
    """Return the day from which an edition's figures were known: its publication, else reckoned from its last period."""
    lag = pl.duration(days=load_catalog().sources[source.source_id].lag_days)
    return pl.coalesce("published_on", pl.lit(figures["last_day"].max()) + lag)


def revisions(source: Living) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Return what each edition changed in what was held before it, what it dropped, and how many figures both had.

    An edition drops a figure where it is silent between the first and last period that it has of the series.
    """
    lag = pl.duration(days=load_catalog().sources[source.source_id].lag_days)
    held = pl.DataFrame()
    changes, drops, compared = [], [], 0
    for name in source.editions:
        figures = edition(source, name)
        opened = opening(source, figures)
        if held.is_empty():
            held = figures.with_columns(pl.min_horizontal(opened, pl.col("last_day") + lag).alias("since"))
            continue
        covered = held.select("series", "first_day").unique().with_columns(pl.lit(value=True).alias("is_covered"))
        later = figures.join(covered, on=["series", "first_day"], how="left").with_columns(
            pl.when("is_covered")
            .then(opened)
            .otherwise(pl.min_horizontal(opened, pl.col("last_day") + lag))
            .alias("since")
        )
        both = held.join(later, on=source.key, suffix="_now", nulls_equal=True)
        changed = both.filter(pl.col("figure") != pl.col("figure_now"))
        span = figures.group_by("series").agg(pl.min("first_day").alias("start"), pl.max("first_day").alias("end"))
        dropped = (
            held.join(figures, on=source.key, how="anti")
            .join(span, on="series")
            .filter(pl.col("first_day").is_between("start", "end"))
        )
        compared += both.height
        changes.append(changed.select(*source.key, "figure", "since", "figure_now", "since_now"))
        drops.append(dropped.select(source.key))
        unchanged = both.filter(pl.col("figure") == pl.col("figure_now"))
        held = pl.concat(
            [
                held.join(
                    pl.concat([changed.select(source.key), dropped.select(source.key)]), on=source.key, how="anti"
                ),
                later.join(unchanged, on=source.key, how="anti").select(held.columns),
            ]
        )
    return pl.concat(changes), pl.concat(drops), compared


def found_in_sql(warehouse: Warehouse, source: Living) -> list[tuple[object, ...]]:
    """Return each revised value's key, value and day from which it was known, before and after."""
    sides = [f"{side}.{name}" for side in ("was", "now") for name in (*source.value, "known_from")]
    same = " AND ".join(f"now.{name} = was.{name}" for name in source.key)
    keys = ", ".join(f"was.{name}" for name in source.key)
    return warehouse.frame(
        f"SELECT {keys}, {', '.join(sides)} FROM {source.table} AS was JOIN {source.table} AS now"
        f" ON {same} AND now.known_from = was.known_to WHERE was.source_id = $source_id",
        source_id=source.source_id,
    ).rows()


@pytest.mark.parametrize("source", LIVING)
def test_sql_finds_each_revised_value_with_its_two_dates(source: Living, warehouse: Warehouse) -> None:
    changes, _, compared = revisions(source)
    was, now = ([pl.col(name).struct.field(part) for part in source.value] for name in ("figure", "figure_now"))
    now = [field.name.suffix("_now") for field in now]
    expected = changes.select(*source.key, *was, "since", *now, "since_now").rows()
    assert compared > 1000, "the editions overlap"
    assert sorted(found_in_sql(warehouse, source)) == sorted(expected)
    closed = warehouse.frame(
        f"SELECT count(*)::INT FROM {source.table} WHERE source_id = $s AND closed_because = 'revised'",
        s=source.source_id,
    )
    assert closed.item() == len(expected)


def test_the_months_revised_are_those_that_their_publishers_had_open(warehouse: Warehouse) -> None:
    months = {source.source_id: set(revisions(source)[0]["month"]) for source in (SOUTHWEST, BY_STATE, DRUGS)}
    assert months == {
        "cbp_sbo_encounters": {date(2023, 10, 1)},  # the one month of fiscal year 2024 in the file that ends with it
        "cbp_encounters": set(),  # its files overlap in closed years only
        "cbp_drug_seizures": {date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)},
    }
    others = warehouse.frame("SELECT DISTINCT source_id FROM core_indicator__observations WHERE known_to IS NOT NULL")
    assert set(others["source_id"]) == {"gpr", "ohss_monthly"}


@pytest.mark.parametrize("source", ROLLING)
def test_no_month_that_left_a_rolling_window_was_retracted(source: Living, warehouse: Warehouse) -> None:
    oldest, *later = (edition(source, name) for name in source.editions)
    start = min(figures["first_day"].min() for figures in later)
    left = oldest.filter(pl.col("first_day") < start).unnest("figure")
    current = warehouse.frame(
        f"SELECT {', '.join((*source.key, *source.value))} FROM {source.table} WHERE known_to IS NULL AND month < $start",
        start=start,
    )
    assert left["first_day"].n_unique() >= 24
    assert sorted(current.rows()) == sorted(left.select(current.columns).rows())


@pytest.mark.parametrize("source", LIVING)
def test_what_vanished_is_what_an_edition_dropped_within_its_range(source: Living, warehouse: Warehouse) -> None:
    _, drops, _ = revisions(source)
    vanished = warehouse.frame(
        f"SELECT {', '.join(source.key)} FROM {source.table} WHERE source_id = $s AND closed_because = 'vanished'",
        s=source.source_id,
    )
    assert sorted(vanished.rows()) == sorted(drops.rows())


def test_a_citizenship_that_left_the_ten_most_frequent_was_not_retracted(warehouse: Warehouse) -> None:
    kind = "administrative_returns_mexican_citizens"
    earlier, later = (edition(OHSS, name).filter(pl.col("series").str.ends_with(kind)).height for name in OHSS.editions)
    assert (earlier, later) == (10 * 12 + 8, 0), "October 2013 to May 2024, and not listed"
    rows = warehouse.frame(
        "SELECT count(*) FILTER (known_to IS NULL)::INT, count(*)::INT FROM core_indicator__observations"
        " WHERE definition_id = $kind",
        kind=kind,
    ).row(0)
    assert rows == (earlier, earlier)


@pytest.mark.skipif(not CBP_FILES.is_dir(), reason=f"needs CBP's own files in {CBP_FILES}")
def test_a_relabelling_is_no_change(warehouse: Warehouse) -> None:
    former, latter = (
        pl.read_csv(CBP_FILES / f"sbo-encounters-{name}.csv", infer_schema=False) for name in SOUTHWEST.editions[1:]
    )
    renamed = [
        set(former["Demographic"]) - set(latter["Demographic"]),
        set(latter["Demographic"]) - set(former["Demographic"]),
    ]
    assert renamed == [{"UC / Single Minors"}, {"UAC"}]
    columns = ["Fiscal Year", "Month (abbv)", "Component", "Citizenship Grouping", "Title of Authority"]
    children = [
        raw.filter(pl.col("Demographic").is_in(["UC / Single Minors", "UAC"]))
        .with_columns(pl.col("Fiscal Year").str.head(4))
        .group_by(columns)
        .agg(pl.col("Encounter Count").cast(pl.Int64).sum())
        for raw in (former, latter)
    ]
    both = children[0].join(children[1], on=columns)
    changed = both.filter(pl.col("Encounter Count") != pl.col("Encounter Count_right"))
    found = warehouse.frame(
        "SELECT count(*) FILTER (closed_because = 'revised')::INT AS revised, count(*) FILTER (known_to IS NULL)::INT"
        " FROM core_cbp__monthly_encounters_southwest WHERE demographic = 'unaccompanied_child'"
        " AND month BETWEEN DATE '2021-10-01' AND DATE '2023-10-01'"
    ).row(0)
    assert found == (changed.height, both.height)
    assert changed.height < both.height, "a relabelling would have changed them all"


def test_repatriations_of_january_2024_change_on_the_day_of_the_august_edition(warehouse: Warehouse) -> None:
    known = [
        warehouse.frame(
            "SELECT value FROM observations_as_of($day) WHERE definition_id = 'total_all_citizenships'"
            " AND source_id = 'ohss_monthly' AND period_start = DATE '2024-01-01'",
            day=day,
        ).item()
        for day in (date(2024, 12, 5), date(2024, 12, 6))
    ]
    assert known == [69_610, 69_660], "as read by hand in the two workbooks"


def test_the_page_answers_each_of_its_queries() -> None:
    assert len(ANSWERED) == PAGE.count("```sql") > 0


@pytest.mark.parametrize(("sql", "table"), ANSWERED, ids=range(1, len(ANSWERED) + 1))
def test_the_pages_tables_are_what_its_queries_return(sql: str, table: str, warehouse: Warehouse) -> None:
    frame = warehouse.frame(sql)
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    found = [["" if value is None else str(value) for value in row] for row in frame.iter_rows()]
    assert [lines[0], *lines[2:]] == [frame.columns, *found]

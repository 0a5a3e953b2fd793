"""What the oracle tests share: the folder of expected values, and a tally of what was compared with it."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import ArrayLike

from transforms.indices.burdens import policy_days
from transforms.indices.ledger import Ledger, PairScope
from warehouse.catalog.models import Method

ORACLES = Path(__file__).parents[3] / "shared" / "oracles"
TALLY = pytest.StashKey[Counter[str]]()
"""Number of values compared, by oracle and test: ``gpr::test_months_never_recounted``."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TALLY] = Counter()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if tally := config.stash[TALLY]:
        oracles = Counter[str]()
        for test, number in tally.items():
            oracles[test.split("::")[0]] += number
        parts = ", ".join(f"{name} {number:,}" for name, number in sorted(oracles.items()))
        terminalreporter.write_line(f"Oracles: {tally.total():,} comparisons ({parts}).")


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Counter[str]:
    """Return the number of values compared so far, by oracle and test."""
    return pytestconfig.stash[TALLY]


@pytest.fixture(scope="session")
def read() -> Callable[[str], pl.DataFrame]:
    """Read a file of the oracles; a test that needs one that is not there is skipped, and says which."""

    def table(name: str) -> pl.DataFrame:
        if not (ORACLES / name).is_file():
            pytest.skip(f"no oracle: {ORACLES / name} is not there")
        # CAMEO codes begin with zeros
        text = {"cameo_code": pl.String}
        return pl.read_csv(ORACLES / name, infer_schema_length=None, try_parse_dates=True, schema_overrides=text)

    return table


@pytest.fixture
def hold(tally: Counter[str], request: pytest.FixtureRequest) -> Callable[..., None]:
    """Hold a product's values to the oracle's, missing to missing, and count them."""
    test = f"{request.path.stem.removeprefix('test_')}::{request.node.originalname}"

    def values(actual: ArrayLike, expected: ArrayLike, *, rtol: float = 1e-12, atol: float = 0.0) -> None:
        found, wanted = np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)
        assert found.shape == wanted.shape
        assert not np.isnan(wanted).all(), "nothing is compared"
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=atol, equal_nan=True)
        tally[test] += wanted.size

    return values


@pytest.fixture(scope="session")
def standing() -> Callable[[pl.DataFrame, date, Method], pl.DataFrame]:
    """Return the product's burdens by day of duties on all goods, one policy of the first side on the second each."""

    def by_day(stages: pl.DataFrame, last: date, method: Method) -> pl.DataFrame:
        first: date = stages["stage_on"].min()  # type: ignore[assignment]  # a column of dates
        ids = stages.select("policy_id").unique()
        ledger = Ledger(
            acts=pl.LazyFrame(),
            statements=pl.LazyFrame(),
            claims=pl.LazyFrame(),
            stages=stages.with_columns(pl.lit(None, dtype=pl.Date).alias("until_on")).lazy(),
            policies=ids.lazy().with_columns(
                pl.lit("trade").alias("pillar"),
                pl.lit("tension").alias("dimension"),
                pl.lit(None, dtype=pl.Int8).alias("ladder_step"),
                pl.lit("USA").alias("imposer"),
                pl.lit("MEX").alias("target"),
                pl.lit(None, dtype=pl.Date).alias("last_confirmed_on"),
            ),
            coverage=ids.lazy().with_columns(
                pl.lit("MEX").alias("partner"),
                pl.lit(first).alias("from_on"),
                pl.lit(1.0).alias("coverage_share"),
                pl.lit(value=False).alias("coverage_is_estimated"),
            ),
            exemptions=pl.LazyFrame(
                schema={"policy_id": pl.String, "partner": pl.String, "from_on": pl.Date, "to_on": pl.Date}
            ),
        )
        return policy_days(ledger, [PairScope("MEX_USA", ("MEX", "USA"), first, last)], method).collect()

    return by_day

"""Columns that several tables share: one meaning and one unit wherever a name occurs."""

from collections.abc import Sequence

import dataframely as dy
import polars as pl

PAIR = r"^[A-Z]{3}_[A-Z]{3}$"
DYAD = r"^[A-Z]{3}-[A-Z]{3}$"
PILLARS = ("security", "migration", "trade", "diplomacy", "law_enforcement")
DIMENSIONS = ("tension", "cooperation")
VIEWS = ("latest", "real_time")
POLICY_STAGES = (
    "floated",
    "threatened",
    "proposed",
    "ordered",
    "in_force",
    "suspended",
    "withdrawn",
    "expired",
    "struck_down",
)
SOURCE_TIERS = ("official", "official_text_mirror", "press", "aggregator_or_partisan")


class Known(dy.Schema):
    """Knowledge time: every core row says where it came from and when it was known."""

    source_id = dy.String(description="Source of the row, as in ref_sources.")
    snapshot_id = dy.String(description="Raw snapshot the row was read from, as in meta_snapshots.")
    known_from = dy.Date(
        primary_key=True,
        description="First day on which the row was public: its publication, never the day of fetching.",
    )
    known_from_is_estimated = dy.Bool(
        description="True where the day of publication is the period's end plus the source's lag."
    )
    known_to = dy.Date(nullable=True, description="Day on which a later vintage replaced the row; empty while current.")
    closed_because = dy.String(
        nullable=True,
        check={"known_value": lambda column: column.is_in(["revised", "vanished"])},
        description="Why known_to is set: a later edition gives another value, or covers the period and lacks the row.",
        metadata={"values": ["revised", "vanished"]},
    )

    @dy.rule()
    def ends_after_it_begins(cls) -> pl.Expr:
        """Be known for at least a day."""
        return pl.col("known_to").is_null() | (pl.col("known_to") > pl.col("known_from"))

    @dy.rule()
    def is_closed_for_a_reason(cls) -> pl.Expr:
        """Say why it was closed, if it was."""
        return pl.col("known_to").is_null() == pl.col("closed_because").is_null()


def one_of(values: Sequence[str], description: str, *, nullable: bool = False, primary_key: bool = False) -> dy.String:
    """Return a string column that takes one of the values; they are printed in the dictionary."""
    return dy.String(
        nullable=nullable,
        primary_key=primary_key,
        check={"known_value": lambda column: column.is_in(list(values))},
        description=description,
        metadata={"values": list(values)},
    )


def pair_id(*, primary_key: bool = True, nullable: bool = False) -> dy.String:
    """Return the undirected pair's column."""
    return dy.String(
        primary_key=primary_key, nullable=nullable, regex=PAIR, description="Pair, alphabetical, e.g. MEX_USA."
    )


def dyad_id(*, primary_key: bool = True, nullable: bool = False) -> dy.String:
    """Return the directed pair's column."""
    return dy.String(
        primary_key=primary_key, nullable=nullable, regex=DYAD, description="Directed pair, 'from-to', e.g. USA-MEX."
    )


def iso3(description: str, *, nullable: bool = False, primary_key: bool = False) -> dy.String:
    """Return a country column: ISO 3166 alpha-3, or WLD for the world where the description says so."""
    return dy.String(nullable=nullable, primary_key=primary_key, regex=r"^[A-Z]{3}$", description=description)


def month(*, primary_key: bool = True) -> dy.Date:
    """Return the calendar month's column."""
    return dy.Date(
        primary_key=primary_key,
        description="First day of the calendar month.",
        check={"first_of_month": lambda column: column.dt.day() == 1},
    )


def view() -> dy.String:
    """Return the column that tells the latest view from the real-time one."""
    return one_of(VIEWS, "latest: with all that is known now; real_time: with what was known then.", primary_key=True)


def pillar(*, primary_key: bool = False, nullable: bool = False) -> dy.String:
    """Return the column of the instrument used."""
    return one_of(PILLARS, "Instrument used, one of five pillars.", primary_key=primary_key, nullable=nullable)


def dimension(*, primary_key: bool = False, nullable: bool = False) -> dy.String:
    """Return the column that tells tension from cooperation."""
    return one_of(DIMENSIONS, "Whether it burdens or helps the other.", primary_key=primary_key, nullable=nullable)


def count(description: str, unit: str) -> dy.Int64:
    """Return a whole count; zero is a reported zero, never a missing figure."""
    return dy.Int64(min=0, description=description, metadata={"unit": unit})


def url(*, nullable: bool = True) -> dy.String:
    """Return the column of the page or document behind the row."""
    return dy.String(nullable=nullable, description="Page or document behind the row.")


def share(description: str, *, nullable: bool = False) -> dy.Float64:
    """Return a share between 0 and 1."""
    return dy.Float64(
        nullable=nullable, min=0, max=1 + 1e-9, description=description, metadata={"unit": "share, 0 to 1"}
    )


def index(description: str, *, nullable: bool = True) -> dy.Float64:
    """Return an index on the scale where 0 is nothing outstanding and 100 a ladder's top in force."""
    return dy.Float64(
        nullable=nullable, min=0, description=description, metadata={"unit": "index, 0 = nothing outstanding"}
    )

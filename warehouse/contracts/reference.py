"""Reference tables written from the catalogue, and meta tables written by builds."""

import dataframely as dy
import polars as pl

from warehouse.contracts.columns import count, dimension, dyad_id, iso3, one_of, pair_id, pillar


class Countries(dy.Schema):
    """States that the catalogue knows, with the codes that other data use."""

    country = iso3("ISO 3166 alpha-3.", primary_key=True)
    cameo = dy.String(description="CAMEO actor code.")
    fips = dy.String(nullable=True, description="FIPS 10-4 code, as GDELT's geography uses it.")
    name_en = dy.String(description="Name in English.")
    name_es = dy.String(description="Name in Spanish.")


class Pairs(dy.Schema):
    """Pairs of the catalogue."""

    pair_id = pair_id()
    first = iso3("First member.")
    second = iso3("Second member.")
    title_en = dy.String(description="Title in English.")
    title_es = dy.String(description="Title in Spanish.")
    ledger_start = dy.Date(description="First day that the pair's ledger covers.")
    ledger_end = dy.Date(description="Last day searched for both sides; later days are unknown, not calm.")


class Dyads(dy.Schema):
    """Directions of the pairs."""

    dyad_id = dyad_id()
    pair_id = pair_id(primary_key=False)
    initiator = iso3("Country that acts.")
    target = iso3("Country acted upon.")


class Pillars(dy.Schema):
    """The five pillars and their weights."""

    pillar = pillar(primary_key=True)
    title_en = dy.String(description="Title in English.")
    title_es = dy.String(description="Title in Spanish.")
    weight = dy.Float64(min=0, max=1, description="Weight in the index.", metadata={"unit": "share"})


class Sources(dy.Schema):
    """Publishers' file families, with licence and notice."""

    source_id = dy.String(primary_key=True, description="Identifier.")
    title = dy.String(description="Title in English.")
    title_es = dy.String(description="Title in Spanish.")
    publisher = dy.String(description="Publisher.")
    homepage = dy.String(description="Homepage.")
    licence = dy.String(description="Licence of the figures.")
    notice = dy.String(nullable=True, description="Notice that the publisher asks to be printed.")
    cadence = dy.String(description="How often it is published.")
    lag_days = dy.Int16(
        description="Days from a period's end to its publication, where the day is unknown.", metadata={"unit": "days"}
    )
    redistributable = dy.Bool(description="Whether rows may be passed on.")


class Indicators(dy.Schema):
    """What is counted about a pair."""

    indicator_id = dy.String(primary_key=True, description="Identifier.")
    title_en = dy.String(description="Title in English.")
    title_es = dy.String(description="Title in Spanish.")
    unit = dy.String(description="Unit.")
    role = dy.String(description="ledger or irritant (inputs), context or yardstick (never inputs).")
    table = dy.String(description="Table that holds it.")
    ledger_start = dy.Date(nullable=True, description="First day covered.")


class Definitions(dy.Schema):
    """What exactly an indicator's figure counts."""

    indicator_id = dy.String(primary_key=True, description="Indicator.")
    definition_id = dy.String(primary_key=True, description="Definition.")
    definition_en = dy.String(description="In English.")
    definition_es = dy.String(description="In Spanish.")


class LadderSteps(dy.Schema):
    """Ladders of magnitude: what each step means and its burden."""

    dimension = dimension(primary_key=True)
    pillar = pillar(primary_key=True)
    ladder_step = dy.Int8(primary_key=True, min=1, max=5, description="Step.")
    magnitude = dy.Float64(description="m.")
    burden = dy.Float64(description="b = 26^m - 1: percentage points of all bilateral imports, or their like.")
    means = dy.String(description="What the step means.")
    anchor_first = dy.String(description="First example.")
    anchor_second = dy.String(description="Second example.")


class MethodConstants(dy.Schema):
    """Constants of the index, by name."""

    name = dy.String(primary_key=True, description="Constant, dotted.")
    value = dy.Float64(description="Value.")
    method_version = dy.String(description="Version of the method.")


class SearchLog(dy.Schema):
    """For each side, year and type of deed: whether the ledger was searched, in what, and how far."""

    pair_id = pair_id()
    side = iso3("Country whose deeds were searched for.", primary_key=True)
    year = dy.Int16(primary_key=True, description="Calendar year.")
    deed_type = dy.String(primary_key=True, description="Type of deed.")
    was_searched = dy.Bool(description="False: absence from the ledger says nothing.")
    searched_in = dy.String(description="What was searched.")
    ledger_end = dy.Date(description="Last day searched.")


class Snapshots(dy.Schema):
    """Raw snapshots: rows in = rows accepted + rows rejected."""

    source_id = dy.String(primary_key=True, description="Source.")
    snapshot_id = dy.String(primary_key=True, description="Snapshot: file family and first digits of its sha256.")
    table_name = dy.String(primary_key=True, description="Table that the snapshot feeds.")
    retrieved_at = dy.Datetime(description="When it was fetched, UTC; no figure is dated by it.")
    published_on = dy.Date(nullable=True, description="Day of publication, where known.")
    edition = dy.String(description="Edition, as named.")
    url = dy.String(nullable=True, description="Where it came from.")
    file = dy.String(description="File, relative to DYADWATCH_HOME.")
    sha256 = dy.String(description="Digest of the payload.")
    rows_in = count("Rows of the publisher's file; of the bundled file where the former is not known.", "rows")
    rows_accepted = count("Rows that could be used: rows in less rows rejected.", "rows")
    rows_rejected = count("Rows rejected, with reasons in meta_rejections.", "rows")
    rows_stored = count(
        "Rows of the table that the rows accepted give; several may add up to one, and one may give several.", "rows"
    )
    stopped_because = dy.String(
        nullable=True, description="Why the snapshot feeds no row, though earlier ones may; empty where it is used."
    )

    @dy.rule()
    def conserves_rows(cls) -> pl.Expr:
        """Account for every row read."""
        return pl.col("rows_in") == pl.col("rows_accepted") + pl.col("rows_rejected")


class Rejections(dy.Schema):
    """Rows that were not stored, each with its reason and its content."""

    snapshot_id = dy.String(primary_key=True, description="Snapshot.")
    table_name = dy.String(primary_key=True, description="Table that the row was meant for.")
    row_number = dy.Int64(
        primary_key=True,
        min=1,
        description="Row of the publisher's file, the first row of data is 1; rows of the bundled file itself are"
        " counted on after its last.",
    )
    rule = dy.String(min_length=1, description="Rule broken, or why the row is unusable.")
    row = dy.String(description="The row, as JSON.")


class Freshness(dy.Schema):
    """When each source was last updated and how stale it is."""

    source_id = dy.String(primary_key=True, description="Source.")
    last_period = dy.Date(nullable=True, description="End of the latest period or day that it covers.")
    last_known_from = dy.Date(nullable=True, description="Latest day of publication among its rows.")
    expected_by = dy.Date(nullable=True, description="Day by which the next period should have been published.")
    rows = count("Current rows.", "rows")
    last_success_at = dy.Datetime(
        nullable=True, description="When its publisher last answered well, UTC; empty where it was never asked."
    )
    last_change_at = dy.Datetime(nullable=True, description="When it last sent something new, UTC.")


class Outages(dy.Schema):
    """Spans in which a source's publisher did not answer or sent what cannot be used, and files its own list lacks."""

    source_id = dy.String(primary_key=True, description="Source.")
    file = dy.String(
        primary_key=True, description="File or series, as the catalogue names it; of a lacking file its name."
    )
    began_at = dy.Datetime(primary_key=True, description="Attempt that first failed, UTC.")
    ended_at = dy.Datetime(nullable=True, description="Attempt that succeeded again, UTC; empty while it lasts.")
    reason = dy.String(description="Reason of the first failure; docs/fetching.md explains each.")
    detail = dy.String(nullable=True, description="The same in words.")
    url = dy.String(description="Address asked for.")


class Builds(dy.Schema):
    """Published builds."""

    build_id = dy.String(primary_key=True, description="Build, by time of publication.")
    built_at = dy.Datetime(description="When, UTC.")
    content_hash = dy.String(description="Hash of all tables' content: the citation key.")
    ledger_end = dy.Date(description="Last day searched.")
    method_version = dy.String(description="Version of the method.")
    as_of = dy.Date(
        nullable=True, description="Day of knowledge of a replay, which holds no later row; empty in a published build."
    )


class TableHashes(dy.Schema):
    """Content hash of each table, without times of fetching and build ids, and whether the run kept it, and why."""

    table_name = dy.String(primary_key=True, description="Table.")
    rows = count("Rows.", "rows")
    content_hash = dy.String(description="Hash of the sorted content.")
    made_from = dy.String(
        nullable=True,
        description="What it was made from, each with its digest, as JSON: the code with catalogue and packages, payloads of"
        " a source, the outages, tables. Null where it was written beside other tables.",
    )
    made_at = dy.Datetime(description="When it was made, UTC.")
    is_kept = dy.Bool(description="Whether it is the table of the build before, which nothing made again.")
    because = dy.String(
        nullable=True, description="Why it was kept or made; of one made, what had changed of that it is made from."
    )


class Checks(dy.Schema):
    """Outcome of each check of the build."""

    check_id = dy.String(primary_key=True, description="Check.")
    outcome = one_of(("pass", "fail"), "Outcome.")
    detail = dy.String(description="Figures.")

"""What became of threats."""

from datetime import date

import polars as pl

from transforms.fulfilment import fulfilment


def _outcomes(stages: list[tuple[str, str, date]]) -> dict[str, tuple[str, int | None]]:
    frame = pl.LazyFrame(stages, schema={"policy_id": pl.String, "stage": pl.String, "stage_on": pl.Date}, orient="row")
    policies = frame.select("policy_id", pl.lit("USA").alias("imposer")).unique()
    rows = fulfilment(policies, frame).select("policy_id", "outcome", "days_to_outcome").collect().rows()
    return {policy: (outcome, days) for policy, outcome, days in rows}


def test_each_threat_has_the_outcome_of_its_stages() -> None:
    day = date(2025, 1, 1)
    found = _outcomes(
        [
            ("carried_out", "threatened", day),
            ("carried_out", "ordered", date(2025, 1, 5)),
            ("carried_out", "in_force", date(2025, 1, 11)),
            ("put_off_then_done", "floated", day),
            ("put_off_then_done", "suspended", date(2025, 2, 1)),
            ("put_off_then_done", "in_force", date(2025, 3, 1)),
            ("dropped", "proposed", day),
            ("dropped", "withdrawn", date(2025, 1, 9)),
            ("open", "floated", day),
            ("open", "threatened", date(2025, 6, 1)),
            ("never_threatened", "in_force", day),
        ]
    )
    assert found == {
        "carried_out": ("fulfilled", 10),
        "put_off_then_done": ("fulfilled", 59),
        "dropped": ("withdrawn", 8),
        "open": ("pending", None),
    }

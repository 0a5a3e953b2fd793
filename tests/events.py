"""An event of GDELT as tests of counting take it."""

from datetime import date, datetime

DAY = date(2018, 3, 26)


def event(number: int, **given: object) -> dict[str, object]:
    """Return an event of the United States toward Mexico, with the columns that are read, but for what is given."""
    row: dict[str, object] = {
        "event_id": number,
        "day": DAY,
        "added_at": datetime(2018, 3, 26, 4, 45),
        "is_reemitted": False,
        "actor1_country": "USA",
        "actor2_country": "MEX",
        "event_code": "0231",
        "root_code": "02",
        "quad_class": 1,
        "goldstein": 3.4,
        "mentions": 4,
        "tone": 1.5,
        "url": "https://example.org/a",
        "snapshot_id": "gdelt_events:a",
    }
    return row | given

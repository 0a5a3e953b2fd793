"""Vintages of documents, whom they name, and the stance toward a named partner."""

from datetime import date, datetime

import pytest

from transforms.documents import Fetched, by_dyad, document_vintages
from transforms.naming import names_country, passages_on
from transforms.sources.items import Item, documents
from warehouse.catalog.registry import load_catalog
from warehouse.contracts.tables import enforce

DAY = date(2025, 3, 6)


def fetched(
    text: str,
    at: datetime,
    *,
    country: str = "MEX",
    kind: str = "transcript",
    modified_at: datetime | None = None,
    published_on: date | None = None,
) -> Fetched:
    item = Item(
        "one", "A title", "https://x.mx/one", kind, "mex_president", text, published_on=DAY, modified_at=modified_at
    )
    parsed = documents("gobmx_presidency", [item], country=country, language="es" if country == "MEX" else "en")
    return Fetched("gobmx_presidency", f"gobmx_presidency:{at:%m%d%H}", published_on, at, parsed.accepted)


def spans(*given: Fetched) -> list[tuple[int, bool, date, bool, date | None]]:
    rows = document_vintages(given)
    return rows.select("text_chars", "is_partial", "known_from", "known_from_is_estimated", "known_to").rows()


def test_a_longer_text_of_a_later_day_closes_the_part() -> None:
    part, whole = fetched("Hola.", datetime(2025, 3, 6, 19, 20)), fetched("Hola. Adiós.", datetime(2025, 3, 7, 1))
    again = fetched("Hola. Adiós.", datetime(2025, 3, 8, 1))
    expected = [(5, True, DAY, False, date(2025, 3, 7)), (12, False, date(2025, 3, 7), True, None)]
    assert spans(part, whole, again) == expected
    assert spans(again, whole, part) == expected, "in whatever order they come"


def test_of_the_texts_of_one_day_the_last_stays() -> None:
    part, whole = fetched("Hola.", datetime(2025, 3, 6, 14)), fetched("Hola. Adiós.", datetime(2025, 3, 6, 16))
    assert spans(part, whole) == [(12, True, DAY, True, None)]


@pytest.mark.parametrize(
    ("at", "is_partial"),
    [(datetime(2025, 3, 6, 23, 59), True), (datetime(2025, 3, 7, 0, 0), False)],
    ids=["17:59 in Mexico City", "18:00 in Mexico City"],
)
def test_a_transcript_is_a_part_before_18_on_its_own_day(at: datetime, is_partial: bool) -> None:
    assert document_vintages([fetched("Hola.", at)])["is_partial"].to_list() == [is_partial]
    assert document_vintages([fetched("Hola.", at, country="USA")])["is_partial"].to_list() == [False]


def test_a_part_that_proves_whole_is_no_part() -> None:
    at = [datetime(2025, 3, 6, 14), datetime(2025, 3, 7, 14)]
    assert spans(*[fetched("Hola.", each) for each in at]) == [(5, False, DAY, False, None)]


def test_a_change_that_the_publisher_dates_is_not_estimated() -> None:
    first = fetched("A.", datetime(2025, 3, 7), kind="release")
    later = fetched("A. B.", datetime(2025, 3, 20), kind="release", modified_at=datetime(2025, 3, 10, 9))
    assert spans(first, later)[1] == (5, False, date(2025, 3, 10), False, None)


def test_rows_come_by_direction_and_honour_the_contract() -> None:
    text = "Agradecemos a Estados Unidos su cooperación y amistad. Con otros no estamos de acuerdo."
    rows = by_dyad(document_vintages([fetched(text, datetime(2025, 3, 8))]), load_catalog())
    (row,) = enforce("core_document__releases", rows).rows(named=True)
    assert (row["dyad_id"], row["names_partner"], row["stance_method"]) == ("MEX-USA", True, "model")
    assert row["stance"] > 0.15
    assert "acuerdo" not in row["stance_cues"], "a sentence that names nobody is not scored"


def test_without_the_partners_name_there_is_no_stance() -> None:
    rows = by_dyad(document_vintages([fetched("Son injustos.", datetime(2025, 3, 8))]), load_catalog())
    assert rows.select("names_partner", "stance", "stance_method", "stance_cues").rows() == [(False, None, None, None)]


def test_one_document_is_read_for_each_pair_of_its_country() -> None:
    one = fetched("Canada is unfair. Mexico is a great friend.", datetime(2025, 3, 8), country="USA", kind="release")
    rows = by_dyad(document_vintages([one]), load_catalog())
    assert rows.select("dyad_id", "names_partner").rows() == [("USA-CAN", True), ("USA-CHN", False), ("USA-MEX", True)]


def test_nothing_fetched_is_an_empty_table() -> None:
    assert enforce("core_document__releases", by_dyad(document_vintages([]), load_catalog())).is_empty()


@pytest.mark.parametrize(
    ("text", "country", "is_named"),
    [
        ("Talks with Mexico's president", "MEX", True),
        ("the governor of New Mexico", "MEX", False),
        ("New Mexico and Mexico", "MEX", True),
        ("el Gobierno de los Estados Unidos Mexicanos", "USA", False),
        ("aranceles de EE. UU.", "USA", True),
        ("U.S. tariffs", "USA", True),
        ("tell us more", "USA", False),
        ("ESTADOS UNIDOS", "USA", True),
        ("Mexicopter", "MEX", False),
        ("Alemania y Japón", "JPN", True),
    ],
)
def test_who_is_named(text: str, country: str, is_named: bool) -> None:
    assert names_country(text, country) is is_named


def test_only_sentences_that_name_the_country() -> None:
    text = "We thank Mexico. The weather is fine. The U.S. and Mexico agree! Done"
    assert passages_on(text, "MEX").split("\n") == ["We thank Mexico.", "The U.S. and Mexico agree!"]

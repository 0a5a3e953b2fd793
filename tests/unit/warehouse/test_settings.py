"""Settings are read by their type, and a text that is not of it stops the command."""

import pytest

from warehouse.errors import CatalogError
from warehouse.settings import load_settings


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False)]
)
def test_a_setting_of_two_values_reads_both(text: str, *, value: bool) -> None:
    assert load_settings({"DYADWATCH_ALERTS_AUTOMATIC": text}).alerts_automatic is value


@pytest.mark.parametrize("text", ["", "1", "0", "yes", "no", "on", " true"])
def test_a_setting_of_two_values_takes_no_other(text: str) -> None:
    with pytest.raises(CatalogError, match=r"DYADWATCH_ALERTS_AUTOMATIC=.* is not a true or false\."):
        load_settings({"DYADWATCH_ALERTS_AUTOMATIC": text})


def test_it_is_off_unless_somebody_says_so() -> None:
    assert load_settings({}).alerts_automatic is False


def test_numbers_and_paths_are_still_read_by_their_type() -> None:
    settings = load_settings({"DYADWATCH_PORT": "80", "DYADWATCH_SQL_TIMEOUT_S": "2.5", "DYADWATCH_HOME": "/x"})
    assert (settings.port, settings.sql_timeout_s, str(settings.home)) == (80, 2.5, "/x")
    with pytest.raises(CatalogError, match="is not a int"):
        load_settings({"DYADWATCH_PORT": "many"})


def test_secrets_are_not_in_what_settings_print() -> None:
    told = repr(
        load_settings({"DYADWATCH_WEBHOOK_URL": "https://h/secret", "DYADWATCH_SMTP_URL": "smtps://u:secret@h"})
    )
    assert "secret" not in told

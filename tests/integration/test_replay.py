"""Past days are replayed whole, also those of little knowledge, and those on which a record names one that came later."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from dash_app.app import create_app
from dash_app.pages import PAGES
from orchestration.replay import replayed
from warehouse.query import Warehouse
from warehouse.settings import Settings

DAYS = {
    "the ledger's first day, without a deed": date(2001, 1, 1),
    "three months of a ledger": date(2001, 4, 1),
    "a statement on an act that was not known": date(2026, 8, 27),
}


@pytest.fixture(scope="module")
def home(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a home of these tests alone, for replays are kept in it."""
    own: Path = tmp_path_factory.mktemp("replays") / "home"
    shutil.copytree(published.home, own, symlinks=True)
    return Settings(home=own)


@pytest.mark.parametrize("day", DAYS.values(), ids=DAYS)
def test_a_past_day_is_replayed_and_every_page_shows_it(home: Settings, day: date) -> None:
    past = Warehouse(replayed(home, day).link)
    assert past.build()["as_of"] == day
    dashboard = create_app(past)
    told = {page.key: dashboard.page(page.key, {}).children.className for page in PAGES}
    assert told == {page.key: f"of-{page.key}" for page in PAGES}


def test_a_link_to_what_became_known_later_is_not_there_before(home: Settings) -> None:
    query = "SELECT policy_id FROM core_act__events WHERE act_id = 'USMX1068'"  # of the ban on cattle
    links = [
        Warehouse(replayed(home, day).link).frame(query)["policy_id"].to_list()
        for day in (date(2004, 2, 10), date(2004, 3, 3))
    ]
    assert links == [[None], ["mex_ban_cattle_2004"]]

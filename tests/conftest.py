"""Fixtures that several test folders share."""

import pytest

from orchestration.run import build
from warehouse.settings import Settings


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of a home in which the bundled figures have been built and published once."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    assert build(settings) == 0
    return settings

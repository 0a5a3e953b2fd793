"""Loads the registries once and answers for what they hold."""

from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from pydantic import ValidationError

from warehouse.catalog.models import Catalog, Pair, Validation
from warehouse.errors import CatalogError, UnknownKeyError

FOLDER = Path(__file__).parent
FILES = (
    "countries",
    "names",
    "pairs",
    "pillars",
    "sources",
    "indicators",
    "irritants",
    "ladders",
    "method",
    "ledger",
)


@lru_cache(maxsize=1)
def load_catalog() -> Catalog:
    """Return the catalogue of the installed package.

    Raises:
        CatalogError: A registry file is unreadable, misspelt, or refers to something that is not there.
    """
    return read_catalog(FOLDER)


def read_catalog(folder: Path) -> Catalog:
    """Return the catalogue of a folder with the registry files.

    Raises:
        CatalogError: As `load_catalog`.
    """
    content = {name: _content(folder, name) for name in FILES}
    try:
        catalog = Catalog.model_validate(content)
    except ValidationError as error:
        raise CatalogError(f"The catalogue is wrong:\n{error}") from error
    if problems := _dangling(catalog):
        raise CatalogError("The catalogue refers to what it does not hold:\n" + "\n".join(problems))
    return catalog


@lru_cache(maxsize=1)
def load_validation() -> Validation:
    """Return the frozen checks of the installed package.

    Raises:
        CatalogError: As `read_validation`.
    """
    return read_validation(FOLDER)


def read_validation(folder: Path) -> Validation:
    """Return the checks of a folder's validation.yml.

    Raises:
        CatalogError: The file is unreadable, a key is misspelt, or a yardstick or pair is not in the catalogue.
    """
    try:
        found = Validation.model_validate(_content(folder, "validation"))
    except ValidationError as error:
        raise CatalogError(f"warehouse/catalog/validation.yml is wrong:\n{error}") from error
    catalog = load_catalog()
    yardsticks = [each for check in found.checks.values() for each in check.yardsticks.values()]
    problems = [
        f"- {each.indicator_id}, {each.definition_id}"
        for each in yardsticks
        if each.indicator_id not in catalog.indicators
        or each.definition_id not in catalog.indicators[each.indicator_id].definitions
    ]
    problems += [f"- {found.pair}"] if found.pair not in catalog.pairs else []
    if problems:
        raise CatalogError("validation.yml refers to what the catalogue does not hold:\n" + "\n".join(problems))
    return found


def pair_of(pair_id: str) -> Pair:
    """Return a pair by its id.

    Raises:
        UnknownKeyError: No such pair.
    """
    pairs = load_catalog().pairs
    if pair_id not in pairs:
        raise UnknownKeyError("pair", pair_id, pairs)
    return pairs[pair_id]


def _content(folder: Path, name: str) -> object:
    try:
        content: object = yaml.load((folder / f"{name}.yml").read_text("utf-8"), Loader=_LOADER)
    except (OSError, yaml.YAMLError) as error:
        raise CatalogError(f"warehouse/catalog/{name}.yml cannot be read: {error}") from error
    return content


def _dangling(catalog: Catalog) -> list[str]:
    problems = [f"- names.yml: {iso} is no country" for iso in catalog.names if iso not in catalog.countries]
    for pair_id, pair in catalog.pairs.items():
        if pair_id != "_".join(sorted(pair.members)):
            problems.append(f"- pairs.yml: {pair_id} is not its members in alphabetical order")
        problems += [f"- pairs.yml: {pair_id} names {iso}" for iso in pair.members if iso not in catalog.countries]
        problems += [f"- pairs.yml: {pair_id} names {name}" for name in pair.irritants if name not in catalog.irritants]
    for indicator_id, indicator in catalog.indicators.items():
        missing = [source for source in indicator.sources if source not in catalog.sources]
        problems += [f"- indicators.yml: {indicator_id} names source {source}" for source in missing]
    problems += [
        f"- sources.yml: {source_id} is fetched from {file.url}, whose host is not among its hosts"
        for source_id, source in catalog.sources.items()
        for file in (source.live.files if source.live else ())
        if urlsplit(file.url).hostname not in (source.live.hosts if source.live else ())
    ]
    problems += [
        f"- ledger.yml: a search names pair {search.pair}"
        for search in catalog.ledger.searches
        if search.pair not in catalog.pairs
    ]
    total = sum(pillar.weight for pillar in catalog.pillars.values())
    if abs(total - 1) > 1e-9:
        problems.append(f"- pillars.yml: weights sum to {total}, not 1")
    return problems


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where it is built in: the catalogue loads ten times faster."""

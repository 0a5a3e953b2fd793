"""The scope of the index, from the catalogue: pairs, days, and the pillars searched for in each year."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from transforms.indices.ledger import PairScope
from transforms.indices.tables import Setting
from warehouse.catalog.models import Catalog


def pair_scopes(catalog: Catalog) -> list[PairScope]:
    """Return one scope a pair of the catalogue.

    The ledger of a pair ends where the less searched side does: later days are unknown, not calm.
    """
    sides, both = _searched(catalog)
    scopes = []
    for pair_id, pair in sorted(catalog.pairs.items()):
        first, second = pair.members
        scopes.append(
            PairScope(
                pair_id=pair_id,
                members=pair.members,
                ledger_start=pair.ledger_start,
                ledger_end=min(_last_day(catalog, side) for side in pair.members),
                searched=sides,
                searched_both={
                    pillar: frozenset[int]().union(
                        *(both[first, pillar, kind] & both[second, pillar, kind] for kind in entry.deed_types)
                    )
                    for pillar, entry in catalog.pillars.items()
                },
                irritants={name: catalog.irritants[name] for name in pair.irritants},
            )
        )
    return scopes


def index_setting(catalog: Catalog) -> Setting:
    """Return what the index is computed for and with."""
    return Setting(pair_scopes(catalog), weights(catalog), catalog.method)


def weights(catalog: Catalog) -> dict[str, float]:
    """Return the weight of each pillar."""
    return {pillar: entry.weight for pillar, entry in catalog.pillars.items()}


def _last_day(catalog: Catalog, side: str) -> date:
    return max(search.ledger_end for search in catalog.ledger.searches if search.side == side and search.was_searched)


def _searched(
    catalog: Catalog,
) -> tuple[Mapping[tuple[str, str], frozenset[int]], Mapping[tuple[str, str, str], set[int]]]:
    by_type: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for pillar, entry in catalog.pillars.items():
        for search in catalog.ledger.searches:
            if search.was_searched and search.deed_type in entry.deed_types:
                years = range(search.first_year, search.last_year + 1)
                by_type[search.side, pillar, search.deed_type].update(years)
    by_side: dict[tuple[str, str], set[int]] = defaultdict(set)
    for (side, searched, _), years_searched in by_type.items():
        by_side[side, searched] |= years_searched
    return {key: frozenset(years_searched) for key, years_searched in by_side.items()}, by_type

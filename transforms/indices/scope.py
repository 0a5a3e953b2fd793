"""The scope of the index, from the catalogue: pairs, days, and the pillars searched for in each year."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import polars as pl

from transforms.indices.ledger import LEDGER_TABLES, PairScope
from transforms.indices.tables import Setting
from warehouse.catalog.models import Catalog, Search


def pair_scopes(catalog: Catalog) -> list[PairScope]:
    """Return one scope a pair of the catalogue.

    The ledger of a pair ends where the less searched side does: later days are unknown, not calm.
    """
    scopes = []
    for pair_id, pair in sorted(catalog.pairs.items()):
        searches = [search for search in catalog.ledger.searches if search.pair == pair_id and search.was_searched]
        sides, both = _searched(catalog, searches)
        first, second = pair.members
        scopes.append(
            PairScope(
                pair_id=pair_id,
                members=pair.members,
                ledger_start=pair.ledger_start,
                ledger_end=min(
                    max(search.ledger_end for search in searches if search.side == side) for side in pair.members
                ),
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


def _searched(
    catalog: Catalog, searches: Sequence[Search]
) -> tuple[Mapping[tuple[str, str], frozenset[int]], Mapping[tuple[str, str, str], set[int]]]:
    """Return the years searched by side and pillar, and by side, pillar and type of deed."""
    by_type: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for pillar, entry in catalog.pillars.items():
        for search in searches:
            if search.deed_type in entry.deed_types:
                by_type[search.side, pillar, search.deed_type].update(range(search.first_year, search.last_year + 1))
    by_side: dict[tuple[str, str], set[int]] = defaultdict(set)
    for (side, searched, _), years_searched in by_type.items():
        by_side[side, searched] |= years_searched
    return {key: frozenset(years_searched) for key, years_searched in by_side.items()}, by_type


def index_inputs(catalog: Catalog) -> list[str]:
    """Return the core tables that the index is computed from: the ledger's and those of the irritants."""
    return sorted({*LEDGER_TABLES.values(), *(irritant.table for irritant in catalog.irritants.values())})


def pair_sources(tables: Mapping[str, pl.DataFrame], catalog: Catalog) -> pl.DataFrame:
    """Return which sources say something of which pair: figures of the pair, and its irritants.

    Args:
        tables: ``core_indicator__observations`` and the irritants' core tables by name.
        catalog: Pairs and irritants.

    Returns:
        Columns pair_id, source_id.
    """
    own = tables["core_indicator__observations"].select("pair_id", "source_id").drop_nulls()
    shared = [
        tables[catalog.irritants[name].table].select(pl.lit(pair_id).alias("pair_id"), "source_id")
        for pair_id, pair in catalog.pairs.items()
        for name in pair.irritants
    ]
    return pl.concat([own, *shared]).unique().sort("pair_id", "source_id")

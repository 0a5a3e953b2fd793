"""Reference tables from the catalogue."""

from collections.abc import Callable, Mapping

import polars as pl

from transforms.indices.scope import pair_scopes
from warehouse.catalog.models import Catalog
from warehouse.contracts.tables import contract

Rows = list[dict[str, object]]


def reference_tables(catalog: Catalog) -> dict[str, pl.DataFrame]:
    """Return every ref_ table by name."""
    makers: Mapping[str, Callable[[Catalog], Rows]] = {
        "ref_countries": lambda c: [{"country": k, **v.model_dump()} for k, v in c.countries.items()],
        "ref_pairs": _pairs,
        "ref_dyads": _dyads,
        "ref_pillars": lambda c: [
            {"pillar": k, **v.model_dump(include={"title_en", "title_es", "weight"})} for k, v in c.pillars.items()
        ],
        "ref_sources": lambda c: [{"source_id": k, **v.model_dump(exclude={"live"})} for k, v in c.sources.items()],
        "ref_indicators": lambda c: [
            {
                "indicator_id": k,
                **v.model_dump(include={"title_en", "title_es", "unit", "role", "table", "ledger_start"}),
            }
            for k, v in c.indicators.items()
        ],
        "ref_definitions": _definitions,
        "ref_ladders": _ladders,
        "ref_method": _method,
        "ref_search_log": _searches,
    }
    return {
        name: pl.DataFrame(make(catalog), schema=contract(name).create_empty().schema, orient="row")
        for name, make in makers.items()
    }


def _pairs(catalog: Catalog) -> Rows:
    ends = {scope.pair_id: scope.ledger_end for scope in pair_scopes(catalog)}
    return [
        {
            "pair_id": pair_id,
            "first": pair.members[0],
            "second": pair.members[1],
            "title_en": pair.title_en,
            "title_es": pair.title_es,
            "ledger_start": pair.ledger_start,
            "ledger_end": ends[pair_id],
        }
        for pair_id, pair in catalog.pairs.items()
    ]


def _dyads(catalog: Catalog) -> Rows:
    return [
        {"dyad_id": dyad_id, "pair_id": scope.pair_id, "initiator": initiator, "target": target}
        for scope in pair_scopes(catalog)
        for dyad_id, initiator, target in scope.dyads
    ]


def _definitions(catalog: Catalog) -> Rows:
    return [
        {"indicator_id": k, "definition_id": name, "definition_en": text.en, "definition_es": text.es}
        for k, indicator in catalog.indicators.items()
        for name, text in indicator.definitions.items()
    ]


def _ladders(catalog: Catalog) -> Rows:
    method = catalog.method
    return [
        {
            "dimension": dimension,
            "pillar": pillar,
            "ladder_step": step,
            "magnitude": method.magnitudes[step - 1],
            "burden": method.compression_base ** method.magnitudes[step - 1] - 1,
            "means": entry.means,
            "anchor_first": entry.anchors[0],
            "anchor_second": entry.anchors[1],
        }
        for dimension, pillars in (("tension", catalog.ladders.tension), ("cooperation", catalog.ladders.cooperation))
        for pillar, steps in pillars.items()
        for step, entry in steps.items()
    ]


def _method(catalog: Catalog) -> Rows:
    flat: dict[str, float] = {}
    for name, value in catalog.method.model_dump(exclude={"version"}).items():
        if isinstance(value, dict):
            flat.update({f"{name}.{key}": float(entry) for key, entry in value.items()})
        elif isinstance(value, tuple | list):
            flat.update({f"{name}.{number}": float(entry) for number, entry in enumerate(value, start=1)})
        else:
            flat[name] = float(value)
    return [{"name": k, "value": v, "method_version": catalog.method.version} for k, v in flat.items()]


def _searches(catalog: Catalog) -> Rows:
    return [
        {**search.model_dump(exclude={"pair", "first_year", "last_year"}), "pair_id": search.pair, "year": year}
        for search in catalog.ledger.searches
        for year in range(search.first_year, search.last_year + 1)
    ]

"""All tables by name: the map from a table to its contract."""

from collections.abc import Mapping
from types import MappingProxyType

import dataframely as dy
import polars as pl

from warehouse.contracts import documents, ledger, outputs, reference, statistics
from warehouse.contracts.columns import Known
from warehouse.errors import ContractError, UnknownKeyError

TABLES: Mapping[str, type[dy.Schema]] = MappingProxyType(
    {
        "core_statement__utterances": ledger.StatementUtterances,
        "core_act__events": ledger.ActEvents,
        "core_policy__measures": ledger.PolicyMeasures,
        "core_policy__stages": ledger.PolicyStages,
        "core_policy__coverage": ledger.PolicyCoverage,
        "core_policy__exemptions": ledger.PolicyExemptions,
        "core_extradition__claims": ledger.ExtraditionClaims,
        "core_repatriation__claims": ledger.RepatriationClaims,
        "core_coding__codes": ledger.CodingCodes,
        "core_indicator__observations": statistics.Observations,
        "core_cbp__monthly_encounters_southwest": statistics.CbpEncountersSouthwest,
        "core_cbp__monthly_encounters_by_state": statistics.CbpEncountersByState,
        "core_cbp__monthly_drug_seizures": statistics.CbpDrugSeizures,
        "core_usbp__monthly_encounters": statistics.UsbpEncounters,
        "core_usbp__monthly_encounters_by_sector": statistics.UsbpEncountersBySector,
        "core_document__releases": documents.DocumentReleases,
        "core_gdelt__daily_dyads": documents.GdeltDailyDyads,
        "out_dyad__item_pressures": outputs.DyadItemPressures,
        "out_pair__item_pressures": outputs.PairItemPressures,
        "out_pair__monthly_tension": outputs.PairMonthlyTension,
        "out_dyad__monthly_tension": outputs.DyadMonthlyTension,
        "out_pair__daily_tension": outputs.PairDailyTension,
        "out_pair__thinned_tension": outputs.PairThinnedTension,
        "out_pair__changes": outputs.PairChanges,
        "out_pair__validation": outputs.PairValidation,
        "out_pair__doubts": outputs.PairDoubts,
        "out_coding__agreement": outputs.CodingAgreement,
        "out_pair__regimes": outputs.PairRegimes,
        "out_pair__alerts": outputs.PairAlerts,
        "out_pair__stance_lags": outputs.PairStanceLags,
        "out_policy__fulfilment": outputs.PolicyFulfilment,
        "out_pair__comparisons": outputs.PairComparisons,
        "out_pair__tension_vintages": outputs.PairTensionVintages,
        "out_pair__pillar_scores": outputs.PairPillarScores,
        "out_dyad__pillar_scores": outputs.DyadPillarScores,
        "out_pair__contributions": outputs.PairContributions,
        "out_dyad__contributions": outputs.DyadContributions,
        "out_pair__cooperation_contributions": outputs.PairCooperationContributions,
        "out_dyad__yearly_extraditions": outputs.YearlyExtraditions,
        "out_pair__ledger_density": outputs.LedgerDensity,
        "ref_countries": reference.Countries,
        "ref_pairs": reference.Pairs,
        "ref_dyads": reference.Dyads,
        "ref_pillars": reference.Pillars,
        "ref_sources": reference.Sources,
        "ref_indicators": reference.Indicators,
        "ref_definitions": reference.Definitions,
        "ref_ladders": reference.LadderSteps,
        "ref_method": reference.MethodConstants,
        "ref_search_log": reference.SearchLog,
        "meta_snapshots": reference.Snapshots,
        "meta_rejections": reference.Rejections,
        "meta_outages": reference.Outages,
        "meta_freshness": reference.Freshness,
        "meta_builds": reference.Builds,
        "meta_tables": reference.TableHashes,
        "meta_checks": reference.Checks,
    }
)

KNOWLEDGE_COLUMNS = tuple(Known.column_names())


def contract(table: str) -> type[dy.Schema]:
    """Return the schema of a table.

    Raises:
        UnknownKeyError: No such table.
    """
    if table not in TABLES:
        raise UnknownKeyError("table", table, TABLES)
    return TABLES[table]


def columns_of(table: str) -> list[str]:
    """Return the columns in the order in which they are stored: keys, content, then knowledge time."""
    schema = contract(table)
    names = schema.column_names()
    keys = [name for name in ("pair_id", "dyad_id") if name in names and name in schema.primary_key()]
    tail = [name for name in KNOWLEDGE_COLUMNS if name in names] if issubclass(schema, Known) else []
    middle = [name for name in names if name not in keys and name not in tail]
    return [*keys, *middle, *tail]


def key_of(table: str) -> list[str]:
    """Return the key; in a table with vintages the day of knowledge belongs to it."""
    return list(contract(table).primary_key())


def or_empty(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return a stored table, or an empty one where its columns are those of another version."""
    if set(frame.columns) == set(columns_of(table)):
        return frame.select(columns_of(table))
    return contract(table).create_empty().select(columns_of(table))


def enforce(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame in the table's columns and types, or raise with every violation at once.

    Raises:
        ContractError: A column is missing or of the wrong type, or rows break rules; all are listed.
    """
    schema = contract(table)
    if missing := [name for name in columns_of(table) if name not in frame.columns]:
        raise ContractError(table, [f"column {name} is missing" for name in missing])
    if unknown := [name for name in frame.columns if name not in schema.column_names()]:
        raise ContractError(table, [f"column {name} is not in the contract" for name in unknown])
    good, failure = schema.filter(frame, cast=True)
    if counts := failure.counts():
        first = failure.invalid().head(3).to_dicts()
        raise ContractError(table, [f"{rule}: {rows} rows" for rule, rows in counts.items()] + [f"first: {first}"])
    return good.select(columns_of(table)).sort(key_of(table), maintain_order=True)

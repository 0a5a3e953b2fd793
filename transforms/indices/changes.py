"""What changed between two builds, by cause: new data, revisions, the method, missing sources; the parts sum exactly.

One ingredient is changed at a time, in that order, and the index is computed again: a month's change at each step is
that cause's. What a new version of the code changes on the same figures counts as method.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import polars as pl

from transforms.indices.ledger import ledger_of
from transforms.indices.pressures import observed_irritants
from transforms.indices.replay import known_on, scopes_on
from transforms.indices.tables import Setting
from transforms.indices.whatif import pair_index
from warehouse.catalog.models import Irritant, Method
from warehouse.contracts.tables import KNOWLEDGE_COLUMNS, key_of

CAUSES = ("new_data", "revision", "method", "missing_source")
LEAST = 1e-12
"""Changes below it are rounding and leave no row."""


@dataclass(frozen=True)
class Inputs:
    """What an index was computed from: core tables by name, their current rows, and the setting."""

    tables: Mapping[str, pl.DataFrame]
    setting: Setting


@dataclass(frozen=True)
class Published:
    """What a build says: its monthly index and contributions of the latest view."""

    monthly: pl.DataFrame
    contributions: pl.DataFrame


Step = tuple[str, Published]
"""A cause, and the index once it has been let in."""


@dataclass(frozen=True)
class Since:
    """The index as known on a day and as known now, and its changes: pair_id, month, cause, indicator_id, change."""

    then: Published
    now: Published
    changes: pl.DataFrame


def changes(before: Inputs, published: Published, after: Inputs, irritants: Mapping[str, Irritant]) -> pl.DataFrame:
    """Return pair_id, month, cause, indicator_id and change, for the months that both builds have an index of.

    Args:
        before: What the former build was computed from.
        published: What the former build says.
        after: What the new build is computed from.
        irritants: Irritants of the catalogue.
    """
    same = _computed(before.tables, before.setting, irritants)
    return _by_cause(published, [("method", same), *_steps(before, after, irritants)])


def moved_since(
    tables: Mapping[str, pl.DataFrame], setting: Setting, day: date, irritants: Mapping[str, Irritant]
) -> Since:
    """Return the index as known on a day, as known now, and what changed it, by cause.

    Args:
        tables: Core tables by name, with all their vintages.
        setting: Pairs, weights and constants, today's for both.
        day: Day of knowledge.
        irritants: Irritants of the catalogue.
    """
    known = {name: known_on(frame.lazy(), day).collect() for name, frame in tables.items()}
    before = Inputs(known, replace(setting, scopes=scopes_on(setting.scopes, day)))
    after = Inputs({name: frame.filter(pl.col("known_to").is_null()) for name, frame in tables.items()}, setting)
    then = _computed(before.tables, before.setting, irritants)
    steps = list(_steps(before, after, irritants))
    return Since(then, steps[-1][1], _by_cause(then, steps))


def _steps(before: Inputs, after: Inputs, irritants: Mapping[str, Irritant]) -> Iterator[Step]:
    """Yield the index after each cause has been let in, the last the new build's."""
    known = {name: rows for name, rows in after.tables.items() if name in before.tables}
    added = {name: _with_new(before.tables[name], rows, name) for name, rows in known.items()}
    revised = {name: _with_new(rows, before.tables[name], name) for name, rows in known.items()}
    former_setting, setting = before.setting, after.setting
    extended = Setting(setting.scopes, former_setting.weights, former_setting.method)
    yield "new_data", _computed(added, extended, irritants)
    yield "revision", _computed(revised, extended, irritants)
    if (extended.weights, extended.method) != (setting.weights, setting.method):
        yield "method", _computed(revised, setting, irritants)
    yield "missing_source", _computed(after.tables, setting, irritants)


def _by_cause(published: Published, steps: Sequence[Step]) -> pl.DataFrame:
    """Return what each step changed, in the months that both its start and its end have an index of."""
    final = steps[-1][1]
    both = _months(published).join(_months(final), on=["pair_id", "month"], how="semi")
    parts = [
        _difference(earlier, later, both).with_columns(pl.lit(cause).alias("cause"))
        for (_, earlier), (cause, later) in pairwise([("", published), *steps])
    ]
    return (
        pl.concat(parts)
        .group_by("pair_id", "month", "cause", "indicator_id")
        .agg(pl.col("change").sum())
        .filter(pl.col("change").abs() > LEAST)
        .sort("pair_id", "month", "cause", "indicator_id")
    )


def method_of(constants: Mapping[str, float], version: str, current: Method) -> Method:
    """Return the method of a build from its ref_method; a constant that it lacks keeps the current value."""
    fields = current.model_dump()
    for name, value in fields.items():
        if isinstance(value, dict):
            fields[name] = {key: constants.get(f"{name}.{key}", entry) for key, entry in value.items()}
        elif isinstance(value, tuple | list):
            fields[name] = [constants.get(f"{name}.{number}", entry) for number, entry in enumerate(value, start=1)]
        else:
            fields[name] = constants.get(name, value)
    return Method.model_validate(fields | {"version": version})


def _with_new(held: pl.DataFrame, others: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the rows held and, of the others, those whose key is not among them."""
    key = [column for column in key_of(name) if column not in KNOWLEDGE_COLUMNS]
    new = others.join(held, on=key, how="anti", nulls_equal=True)
    return pl.concat([held, new], how="diagonal_relaxed")


def _computed(tables: Mapping[str, pl.DataFrame], setting: Setting, irritants: Mapping[str, Irritant]) -> Published:
    known = {name: frame.lazy() for name, frame in tables.items()}
    observed = observed_irritants(known, irritants, [date.max])
    found = pair_index(ledger_of(known), observed, setting)
    return Published(found.monthly, found.contributions)


def _months(found: Published) -> pl.DataFrame:
    return found.monthly.filter(pl.col("tension_index").is_not_null()).select("pair_id", "month")


def _difference(earlier: Published, later: Published, months: pl.DataFrame) -> pl.DataFrame:
    key = ["pair_id", "month", "indicator_id"]
    signed = [
        found.contributions.select(*key, pl.col("contribution") * sign) for found, sign in ((later, 1), (earlier, -1))
    ]
    return (
        pl.concat(signed)
        .join(months, on=["pair_id", "month"], how="semi")
        .group_by(key)
        .agg(pl.col("contribution").sum().alias("change"))
    )

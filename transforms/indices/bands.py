"""What the draws of the doubts say: bands of levels and changes, shares of the doubts, the index on a thinned ledger."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from transforms.indices.doubt import (
    FACTORS,
    SEED,
    Array,
    Panel,
    designed,
    monte_carlo,
    nothing,
    panel,
    tension_under,
    tensions_under,
)
from transforms.indices.ledger import Ledger, PairScope, ledger_of
from transforms.indices.pressures import observed_irritants
from transforms.indices.replay import known_on, replay_tables
from transforms.indices.sums import total
from transforms.indices.tables import Setting, index_tables, joined
from warehouse.catalog.models import Irritant


def whole_index(
    tables: Mapping[str, pl.LazyFrame], day: date, setting: Setting, irritants: Mapping[str, Irritant]
) -> dict[str, pl.DataFrame]:
    """Return every table of the index in both views, with bands: with what is known on a day, and as it was known.

    Args:
        tables: Core tables of the ledger and the irritants by name, with their vintages up to the day.
        day: Day of knowledge of the latest view; `date.max` for all that is known now.
        setting: Pairs to that day, weights and constants.
        irritants: Irritants of the catalogue.

    Raises:
        ReconciliationError: Contributions do not sum to their index.
    """
    ledger = ledger_of({name: known_on(frame, day) for name, frame in tables.items()})
    latest = index_tables(ledger, observed_irritants(tables, irritants, [day]), setting)
    real_time = replay_tables(ledger_of(tables), tables, setting, irritants)
    return with_bands(joined(latest, real_time), ledger, setting)


def with_bands(tables: Mapping[str, pl.DataFrame], ledger: Ledger, setting: Setting) -> dict[str, pl.DataFrame]:
    """Return the tables with the band beside the monthly index, the comparisons and the index on a thin ledger."""
    bands, comparisons, thin = band_tables(tables, ledger, setting)
    monthly = tables["out_pair__monthly_tension"].join(
        bands, on=["pair_id", "month", "view"], how="left", validate="1:1"
    )
    return {
        **tables,
        "out_pair__monthly_tension": monthly,
        "out_pair__comparisons": comparisons,
        "out_pair__thinned_tension": thin,
    }


def band_tables(
    tables: Mapping[str, pl.DataFrame], ledger: Ledger, setting: Setting
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the 90 % bands of the monthly index, of every change between two months, and the index on a thin ledger.

    Args:
        tables: ``out_pair__item_pressures`` and ``out_pair__pillar_scores`` of both views, ``out_pair__ledger_density``.
        ledger: The ledger's rows as known now.
        setting: Pairs, weights and constants.

    Returns:
        Columns pair_id, month, view, lower_05, upper_95; those of ``out_pair__comparisons``; and those of
        ``out_pair__thinned_tension``. Rounded to 1e-6, far below what a thousand draws can tell.
    """
    bands, comparisons, thin = [], [], []
    draws = monte_carlo()
    for found, scope in panels(tables, ledger, setting):
        own = tables["out_pair__ledger_density"].filter(pl.col("pair_id") == scope.pair_id)
        thin.append(thinned(found, own).with_columns(pl.lit(scope.pair_id).alias("pair_id")))
        for view, drawn in tensions_under(found, draws, found.irritants).items():
            lower, upper = _quantiles(drawn)
            bands.append(
                pl.DataFrame({"month": found.months, "lower_05": lower, "upper_95": upper}).with_columns(
                    pl.lit(scope.pair_id).alias("pair_id"), pl.lit(view).alias("view")
                )
            )
            if view == "latest":
                comparisons.append(_comparisons(found, drawn).with_columns(pl.lit(scope.pair_id).alias("pair_id")))
    rounded = pl.selectors.float().fill_nan(None).round(6)
    return pl.concat(bands).with_columns(rounded), pl.concat(comparisons).with_columns(rounded), pl.concat(thin)


def shares(found: Panel, size: int = 256) -> pl.DataFrame:
    """Return each doubt's share of the variance of T by month: first-order Sobol' indices, and what interactions hold.

    Args:
        found: The panel of a pair.
        size: Base size of the Saltelli design, a power of two; the index is computed (factors + 2) times as often.
    """
    from SALib.analyze import sobol as sobol_analyze  # brings pandas, a second that no build needs
    from SALib.sample import sobol as sobol_sample

    problem = {"num_vars": len(FACTORS), "names": list(FACTORS), "bounds": [[0.0, 1.0]] * len(FACTORS)}
    design = sobol_sample.sample(problem, size, calc_second_order=False, seed=SEED)
    drawn = tension_under(found, designed(design))
    rows = []
    for month, values in zip(found.months, drawn, strict=True):
        if np.isnan(values).any() or values.std() == 0:
            continue
        first = sobol_analyze.analyze(problem, values, calc_second_order=False, num_resamples=2, seed=SEED)["S1"]
        rows += [(month, doubt, float(share)) for doubt, share in zip(FACTORS, first, strict=True)]
        rows.append((month, "interactions", 1.0 - float(first.sum())))
    return pl.DataFrame(rows, schema={"month": pl.Date, "doubt": pl.String, "share": pl.Float64}, orient="row")


def thinned(found: Panel, density: pl.DataFrame, size: int = 200) -> pl.DataFrame:
    """Return the index on a ledger thinned to the density of its thin years: why levels are compared within spans only.

    In each draw an act or a statement is kept with the share that the median year that is not comparable has of the
    density of its own year; standing measures are kept, since even a thin ledger knows the tariffs.

    Args:
        found: The panel of a pair.
        density: The pair's rows of out_pair__ledger_density.
        size: Number of draws.

    Returns:
        Columns month, tension_index (mean over the draws), lower_05, upper_95; empty where every year is comparable.
    """
    thin = density.filter(~pl.col("is_comparable")).select(pl.col("records_a_month").median()).item()
    kept = {
        year: min(1.0, thin / records) if thin is not None and records else 1.0
        for year, records in density.select("year", "records_a_month").iter_rows()
    }
    deeds = np.array(
        [
            kept.get(day.year, 1.0) if kind == "act" else 1.0
            for kind, day in found.deeds.select("item_kind", "first_day").iter_rows()
        ]
    )
    voices = np.array([kept.get(day.year, 1.0) for day in found.voices["first_day"]])
    random = np.random.default_rng(SEED + 2)
    draws = replace(
        nothing(size),
        kept_deeds=(random.random((deeds.size, size)) < deeds[:, None]).astype(float),
        kept_voices=(random.random((voices.size, size)) < voices[:, None]).astype(float),
    )
    drawn = tension_under(found, draws)
    lower, upper = _quantiles(drawn)
    frame = pl.DataFrame(
        {"month": found.months, "tension_index": drawn.mean(axis=1), "lower_05": lower, "upper_95": upper}
    )
    return frame.with_columns(pl.selectors.float().fill_nan(None).round(6)).filter(pl.lit(thin is not None))


def panels(tables: Mapping[str, pl.DataFrame], ledger: Ledger, setting: Setting) -> Iterator[tuple[Panel, PairScope]]:
    """Yield the panel of each pair from the tables of the index."""
    items, scores = tables["out_pair__item_pressures"], tables["out_pair__pillar_scores"]
    statistics = items.filter(pl.col("item_kind") == "statistic").with_columns(
        (pl.col("pressure") / setting.method.irritant_weight).alias("irritant")
    )
    for scope in setting.scopes:
        own = pl.col("pair_id") == scope.pair_id
        known = scores.filter(own & (pl.col("view") == "latest") & (pl.col("dimension") == "tension"))
        if known.is_empty():
            continue
        irritants = {
            view: statistics.filter(own & (pl.col("view") == view))
            .group_by("month", "pillar")
            .agg(total(pl.col("irritant")))
            for view in ("latest", "real_time")
        }
        yield panel(ledger, scope, setting.weights, setting.method, known, irritants), scope


def _comparisons(found: Panel, drawn: Array) -> pl.DataFrame:
    """Return every change between two months: its value with nothing perturbed, its band, and P(T_t > T_s)."""
    central = tension_under(found, nothing())[:, 0]
    later, earlier = np.tril_indices(found.months.len(), -1)
    parts = []
    for place in np.array_split(np.arange(later.size), max(1, later.size // 5000)):
        change = drawn[later[place]] - drawn[earlier[place]]
        lower, upper = _quantiles(change)
        higher = np.where(np.isnan(change[:, 0]), np.nan, (change > 0).mean(axis=1))
        parts.append(
            pl.DataFrame(
                {
                    "month": found.months.gather(later[place]),
                    "against_month": found.months.gather(earlier[place]),
                    "change": central[later[place]] - central[earlier[place]],
                    "lower_05": lower,
                    "upper_95": upper,
                    "p_higher": higher,
                }
            )
        )
    return pl.concat(parts).filter(pl.col("change").is_not_nan())


def _quantiles(drawn: Array) -> tuple[Array, Array]:
    ordered = np.sort(drawn, axis=1)
    places = [round(share * (drawn.shape[1] - 1)) for share in (0.05, 0.95)]
    return ordered[:, places[0]], ordered[:, places[1]]

"""The band: the index under every doubt at once, by Monte Carlo with common random numbers (METHOD 4).

The day's law is kept whole: burdens of items are perturbed, added by direction, pillar and day, compressed, averaged over
the month and aggregated, a thousand times. A panel holds what does not change between draws: sparse matrices from items
to direction-pillar-days, one for each half-life, and from days to months. With nothing perturbed it gives the index.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from transforms.indices import speech
from transforms.indices.burdens import detailed_burdens
from transforms.indices.ledger import Ledger, PairScope, with_half_lives
from transforms.indices.pressures import known_days
from warehouse.catalog.models import Method

Array = NDArray[np.float64]
FACTORS = (
    "pillar_weights",
    "ladder_steps",
    "ladder_spacing",
    "stage_weights",
    "half_lives",
    "speech_weight",
    "irritant_weight",
    "unknown_ends",
    "aggregation",
    "coverage_shares",
    "general_policies",
    "habituation",
    "stance",
    "source_tier",
)
"""Doubts, in the order of the columns of a design."""
REALISATIONS = 1000
"""Realisations of the doubts that are vectors (an error for each item); a draw takes one."""
SEED = 20261124
WEIGHT_CONCENTRATION = 63.0
STEP_MOVES = 1 / 6
STAGE_RANGE = (0.7, 1.3)
HALF_LIFE_FACTORS = (0.5, 1.0, 2.0)
SPEECH_RANGE = (0.25, 1.0)
IRRITANT_RANGE = (0.1, 0.5)
END_MEDIAN_DAYS = 365.25
EXPONENTS = (2.0, 1.0, 3.0)
COVERAGE_RANGE = (0.5, 1.5)
GENERAL_RANGE = (0.5, 1.0)
HABITUATED_AFTER_DAYS = 731
HABITUATED = 0.5
STANCE_ERROR = 0.2
LEFT_OUT = (None, "official_text_mirror", "press", "aggregator_or_partisan")
"""Tiers of which one may be left out; without the official one there is no ledger."""
BLOCK = 50
"""Draws computed at a time: bounds the memory, changes nothing."""


@dataclass(frozen=True)
class Draws:
    """Values of the doubts; `picks` are rows of the realisations, by the vector doubt's name.

    `kept_deeds` and `kept_voices` (items by draws, 1 or 0) leave single records out; None keeps all.
    """

    picks: Mapping[str, NDArray[np.int64]]
    spacing_is_linear: NDArray[np.bool_]
    half_life: NDArray[np.int64]
    speech_weight: Array
    irritant_weight: Array
    exponent: Array
    general: Array
    is_habituated: NDArray[np.bool_]
    left_out: NDArray[np.int64]
    kept_deeds: Array | None = None
    kept_voices: Array | None = None


@dataclass(frozen=True)
class Panel:
    """What stays the same from draw to draw for one pair."""

    months: pl.Series
    weights: Array
    known: NDArray[np.bool_]
    irritants: Mapping[str, Array]
    deeds: pl.DataFrame
    voices: pl.DataFrame
    burden: tuple[sparse.csr_array, ...]
    stood_long: sparse.csr_array
    uncertain: sparse.csc_array
    ends: NDArray[np.int64]
    speech: tuple[sparse.csr_array, ...]
    days: NDArray[np.int64]
    to_months: sparse.csr_array
    method: Method


VECTORS = ("pillar_weights", "ladder_steps", "stage_weights", "unknown_ends", "coverage_shares", "stance")


def panel(
    ledger: Ledger,
    scope: PairScope,
    weights: Mapping[str, float],
    method: Method,
    scores: pl.DataFrame,
    irritants: Mapping[str, pl.DataFrame],
) -> Panel:
    """Return the panel of one pair.

    Args:
        ledger: The ledger's rows as known now.
        scope: The pair.
        weights: Pillar weights.
        method: Constants.
        scores: The pair's pillar scores of the latest view: which pillars are known in which month.
        irritants: By view, columns month, pillar, irritant of the pair.
    """
    variants = [with_half_lives(method, deeds=factor, words=factor) for factor in HALF_LIFE_FACTORS]
    deed_days = [detailed_burdens(ledger, [scope], one).collect() for one in variants]
    voice_columns = [*speech.COLUMNS, *speech.DETAILS]
    voice_days = [
        speech.speech_days(ledger, [scope], one, voice_columns).filter(pl.col("dimension") == "tension").collect()
        for one in variants
    ]
    identity = ["item_kind", "item_id", "stage", "ladder_step", "coverage_is_estimated", "is_general", "source_tier"]
    first_day = pl.col("day").min().alias("first_day")
    deeds = pl.concat(deed_days).group_by(identity).agg(pl.col("last_confirmed_on").max(), first_day)
    deeds = deeds.sort(identity, nulls_last=True)
    voices = pl.concat(voice_days).group_by("item_id", "source_tier").agg(pl.col("strength").first(), first_day)
    voices = voices.sort("item_id")
    pillars = sorted(scores["pillar"].unique())
    where = ["dyad_id", "pillar", "day"]
    cells = pl.concat([frame.select(where) for frame in (*deed_days, *voice_days)]).unique().sort(where)
    cells = cells.with_row_index("cell")
    columns = deeds.select(*identity).with_row_index("column")
    marked = [
        frame.join(cells, on=where).join(columns, on=identity, nulls_equal=True).sort("cell", "column")
        for frame in deed_days
    ]
    shape = (cells.height, deeds.height)
    is_long = pl.col("stands_for_days") > HABITUATED_AFTER_DAYS
    is_carried = pl.col("day") > pl.col("last_confirmed_on")
    months = scores["month"].unique().sort()
    return Panel(
        months=months,
        weights=np.array([weights[pillar] for pillar in pillars]),
        known=_wide(scores.with_columns(pl.col("score").is_not_null().cast(pl.Float64)), months, pillars, "score") > 0,
        irritants={view: _wide(frame, months, pillars, "irritant") for view, frame in irritants.items()},
        deeds=deeds,
        voices=voices,
        burden=tuple(_matrix(frame.filter(~is_carried.fill_null(value=False)), "burden", shape) for frame in marked),
        stood_long=_matrix(marked[1].filter(is_long & ~is_carried.fill_null(value=False)), "burden", shape),
        uncertain=_matrix(marked[1].filter(is_carried), "burden", shape).tocsc(),
        ends=deeds["last_confirmed_on"].cast(pl.Int32).fill_null(0).to_numpy().astype(np.int64),
        speech=tuple(
            _matrix(
                frame.join(cells, on=where).join(voices.select("item_id").with_row_index("column"), on="item_id"),
                "weight",
                (cells.height, voices.height),
            )
            for frame in voice_days
        ),
        days=cells["day"].cast(pl.Int32).to_numpy().astype(np.int64),
        to_months=_to_months(cells, scope, months, pillars),
        method=method,
    )


def monte_carlo(size: int = REALISATIONS) -> Draws:
    """Return draws in which every doubt takes its own value, the n-th realisation of each vector in the n-th draw."""
    picks = {name: np.arange(size) % REALISATIONS for name in VECTORS}
    return _draws(np.random.default_rng(SEED).random((size, len(FACTORS))), picks)


def designed(design: Array) -> Draws:
    """Return the draws of a design on the unit cube, one column a factor: vectors take the realisation it points to."""
    rows = np.minimum((design * REALISATIONS).astype(np.int64), REALISATIONS - 1)
    return _draws(design, {name: rows[:, FACTORS.index(name)] for name in VECTORS})


def nothing(size: int = 1) -> Draws:
    """Return draws in which no doubt has a say; their pick of the realisations is none."""
    return Draws(
        picks={},
        spacing_is_linear=np.zeros(size, dtype=bool),
        half_life=np.full(size, HALF_LIFE_FACTORS.index(1.0)),
        speech_weight=np.full(size, np.nan),
        irritant_weight=np.full(size, np.nan),
        exponent=np.full(size, 2.0),
        general=np.ones(size),
        is_habituated=np.zeros(size, dtype=bool),
        left_out=np.zeros(size, dtype=np.int64),
    )


def tension_under(found: Panel, draws: Draws) -> Array:
    """Return T of the latest view by month (rows) and draw (columns); NaN where the month has no index."""
    return tensions_under(found, draws, ["latest"])["latest"]


def tensions_under(found: Panel, draws: Draws, views: Iterable[str]) -> dict[str, Array]:
    """Return T by month (rows) and draw (columns) of each view; views differ in their statistics alone."""
    banks = _banks(found)
    results = {view: np.empty((found.months.len(), len(draws.half_life))) for view in views}
    for columns in _blocks(draws.half_life):
        deeds = _ledger_pressure(found, draws, banks, columns)
        quarter = draws.irritant_weight[columns]
        weight = np.where(np.isnan(quarter), found.method.irritant_weight, quarter)
        for view, result in results.items():
            pressure = deeds + weight * found.irritants[view][:, :, None]
            result[:, columns] = _aggregate(found, draws, banks, columns, pressure)
    return results


def _ledger_pressure(found: Panel, draws: Draws, banks: Mapping[str, Array], columns: NDArray[np.int64]) -> Array:
    """Return the ledger's part of each pillar's C by month for draws of one half-life."""
    variant = int(draws.half_life[columns[0]])
    factors = _deed_factors(found, draws, banks, columns)
    burdens = found.burden[variant] @ factors
    where = np.flatnonzero(draws.is_habituated[columns])
    if where.size:
        burdens[:, where] -= (1 - HABITUATED) * (found.stood_long @ factors[:, where])
    _add_uncertain(found, draws, banks, columns, factors, burdens)
    daily = np.log1p(np.maximum(burdens, 0.0), out=burdens)
    daily /= np.log(found.method.compression_base)
    kept = _kept(found.voices["source_tier"], draws.left_out[columns])
    if draws.kept_voices is not None:
        kept *= draws.kept_voices[:, columns]
    strength = found.voices["strength"].to_numpy()[:, None]
    if "stance" in draws.picks:
        strength = np.clip(strength + banks["stance"][draws.picks["stance"][columns]].T, 0.0, 1.0)
    heard = found.speech[variant]
    words = (heard @ (kept * strength)) / (1 + heard @ kept)
    weight = np.where(np.isnan(draws.speech_weight[columns]), found.method.speech_weight, draws.speech_weight[columns])
    daily += 0.5 * weight * words
    pressure: Array = (found.to_months @ daily).reshape(*found.known.shape, columns.size)
    return pressure


def _aggregate(
    found: Panel, draws: Draws, banks: Mapping[str, Array], columns: NDArray[np.int64], pressure: Array
) -> Array:
    score = 100 * np.where(pressure <= 1, pressure, 1 + np.log(np.maximum(pressure, 1.0)))
    shares = np.broadcast_to(found.weights[:, None], (found.weights.size, columns.size))
    if "pillar_weights" in draws.picks:
        shares = banks["pillar_weights"][draws.picks["pillar_weights"][columns]].T
    weights = found.known[:, :, None] * shares[None, :, :]
    total = weights.sum(axis=1)
    exponent = draws.exponent[columns][None, None, :]
    held = found.known.astype(float) @ found.weights
    enough = (held >= found.method.minimum_coverage * found.weights.sum() - 1e-9) & (
        found.known.sum(axis=1) >= found.method.minimum_pillars
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weights * score**exponent).sum(axis=1) / total
        index = mean ** (1 / exponent[0])
    return np.where(enough[:, None], index, np.nan)


def _deed_factors(found: Panel, draws: Draws, banks: Mapping[str, Array], columns: NDArray[np.int64]) -> Array:
    """Return by how much each draw multiplies each deed's burden."""
    deeds, method = found.deeds, found.method
    magnitude = np.array(method.magnitudes)
    base = method.compression_base**magnitude - 1
    step = deeds["ladder_step"].fill_null(0).to_numpy().astype(np.int64)
    laddered = step > 0
    factor = np.ones((deeds.height, columns.size))
    moved = np.broadcast_to(step[:, None], factor.shape)
    if "ladder_steps" in draws.picks:
        moved = np.clip(step[:, None] + banks["ladder_steps"][draws.picks["ladder_steps"][columns]].T.astype(int), 1, 5)
    linear = method.compression_base ** (np.arange(1, 6) / 5) - 1
    is_linear = draws.spacing_is_linear[columns][None, :]
    size = np.where(is_linear, linear[moved - 1], base[moved - 1])
    factor[laddered] = (size / base[np.maximum(step, 1) - 1][:, None])[laddered]
    if "stage_weights" in draws.picks:
        names = sorted(method.stage_weights)
        stage = np.array([names.index(name) for name in deeds["stage"]], dtype=np.int64)  # also where there is no deed
        factor *= banks["stage_weights"][draws.picks["stage_weights"][columns]].T[stage]
    if "coverage_shares" in draws.picks:
        estimated = deeds["coverage_is_estimated"].fill_null(value=False).to_numpy()
        factor[estimated] *= banks["coverage_shares"][draws.picks["coverage_shares"][columns]].T[estimated]
    general = deeds["is_general"].fill_null(value=False).to_numpy()
    factor[general] *= draws.general[columns][None, :]
    if draws.kept_deeds is not None:
        factor *= draws.kept_deeds[:, columns]
    return factor * _kept(deeds["source_tier"], draws.left_out[columns])


def _add_uncertain(
    found: Panel,
    draws: Draws,
    banks: Mapping[str, Array],
    columns: NDArray[np.int64],
    factors: Array,
    burdens: Array,
) -> None:
    """Add the measures whose end nobody knows: carried on in the index, to a drawn end in a draw."""
    matrix = found.uncertain
    for place, (start, end) in enumerate(pairwise(matrix.indptr)):
        if start == end:
            continue
        rows, values = matrix.indices[start:end], matrix.data[start:end, None]
        stands = np.ones((rows.size, columns.size))
        if "unknown_ends" in draws.picks:
            lasts = banks["unknown_ends"][draws.picks["unknown_ends"][columns]][:, place]
            stands = (found.days[rows] - found.ends[place])[:, None] <= lasts[None, :]
        burdens[rows] += values * stands * factors[place][None, :]


def _banks(found: Panel) -> dict[str, Array]:
    """Return the realisations of the vector doubts, the same for the same panel."""
    deeds, size = found.deeds.height, REALISATIONS
    generators = dict(zip(VECTORS, np.random.default_rng(SEED + 1).spawn(len(VECTORS)), strict=True))
    return {
        "pillar_weights": generators["pillar_weights"].dirichlet(
            WEIGHT_CONCENTRATION * found.weights / found.weights.sum(), size
        ),
        "ladder_steps": generators["ladder_steps"].choice(
            [-1, 0, 1], (size, deeds), p=[STEP_MOVES, 1 - 2 * STEP_MOVES, STEP_MOVES]
        ),
        "stage_weights": generators["stage_weights"].uniform(*STAGE_RANGE, (size, len(found.method.stage_weights))),
        "unknown_ends": np.log(generators["unknown_ends"].random((size, deeds))) / np.log(0.5) * END_MEDIAN_DAYS,
        "coverage_shares": generators["coverage_shares"].uniform(*COVERAGE_RANGE, (size, deeds)),
        "stance": generators["stance"].normal(0.0, STANCE_ERROR, (size, found.voices.height)),
    }


def _draws(design: Array, picks: Mapping[str, NDArray[np.int64]]) -> Draws:
    of = {name: design[:, place] for place, name in enumerate(FACTORS)}

    def between(name: str, limits: Sequence[float]) -> Array:
        return limits[0] + (limits[1] - limits[0]) * of[name]

    def one_of(name: str, number: int) -> NDArray[np.int64]:
        return np.minimum((of[name] * number).astype(np.int64), number - 1)

    return Draws(
        picks=picks,
        spacing_is_linear=one_of("ladder_spacing", 2) == 1,
        half_life=one_of("half_lives", len(HALF_LIFE_FACTORS)),
        speech_weight=between("speech_weight", SPEECH_RANGE),
        irritant_weight=between("irritant_weight", IRRITANT_RANGE),
        exponent=np.array(EXPONENTS)[one_of("aggregation", len(EXPONENTS))],
        general=between("general_policies", GENERAL_RANGE),
        is_habituated=one_of("habituation", 2) == 1,
        left_out=one_of("source_tier", len(LEFT_OUT)),
    )


def _blocks(half_life: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for variant in range(len(HALF_LIFE_FACTORS)):
        columns = np.flatnonzero(half_life == variant)
        yield from (columns[start : start + BLOCK] for start in range(0, columns.size, BLOCK))


def _kept(tiers: pl.Series, left_out: NDArray[np.int64]) -> Array:
    """Return 1 where a record's tier is kept in a draw, 0 where it is the one left out; without a tier, 1."""
    places = {name: place for place, name in enumerate(LEFT_OUT) if name}
    number = np.array([places.get(tier, -1) for tier in tiers])
    kept: Array = 1.0 - (number[:, None] == left_out[None, :])
    return kept


def _matrix(frame: pl.DataFrame, value: str, shape: tuple[int, int]) -> sparse.csr_array:
    rows, columns = frame["cell"].to_numpy(), frame["column"].to_numpy()
    return sparse.csr_array((frame[value].to_numpy(), (rows, columns)), shape=shape)


def _wide(frame: pl.DataFrame, months: pl.Series, pillars: Sequence[str], value: str) -> Array:
    """Return a month by pillar array, 0 where there is no row."""
    grid = pl.DataFrame(months.alias("month")).join(pl.DataFrame({"pillar": pillars}), how="cross")
    found = grid.join(frame.select("month", "pillar", value), on=["month", "pillar"], how="left", maintain_order="left")
    return found[value].fill_null(0.0).to_numpy().reshape(months.len(), len(pillars))


def _to_months(cells: pl.DataFrame, scope: PairScope, months: pl.Series, pillars: Sequence[str]) -> sparse.csr_array:
    """Return the matrix that averages cells over the known days of each month, by month and pillar."""
    days = known_days([scope]).select("month", "days_known").unique().collect()
    rows = (
        cells.with_columns(pl.col("day").dt.truncate("1mo").alias("month"))
        .join(days, on="month")
        .join(pl.DataFrame(months.alias("month")).with_row_index("month_number"), on="month")
        .join(pl.DataFrame({"pillar": pillars}).with_row_index("pillar_number"), on="pillar")
    )
    place = rows["month_number"].to_numpy() * len(pillars) + rows["pillar_number"].to_numpy()
    return sparse.csr_array(
        (1.0 / rows["days_known"].to_numpy(), (place, rows["cell"].to_numpy())),
        shape=(months.len() * len(pillars), cells.height),
    )

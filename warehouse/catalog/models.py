"""Frozen models of the registries: a misspelt key fails at start-up."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

Dimension = Literal["tension", "cooperation"]
PillarId = Literal["security", "migration", "trade", "diplomacy", "law_enforcement"]

Shape = Literal["csv", "tsv_zip", "workbook", "json_object", "json_array", "feed", "html", "text"]
"""Kinds of payload: a workbook is xlsx or xls, a tsv_zip one tab-separated file in a zip."""


class Entry(BaseModel):
    """Base of all entries: immutable, and no key beyond the declared ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Country(Entry):
    """A state: ISO 3166 alpha-3 is the key; CAMEO and FIPS 10-4 codes join event data."""

    cameo: str
    fips: str | None = None
    name_en: str
    name_es: str


class Names(Entry):
    """How texts name a country beside its two names of the registry, and phrases that hold its name but mean another."""

    also: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class Pair(Entry):
    """An undirected pair; its two dyads follow from its members."""

    members: tuple[str, str]
    title_en: str
    title_es: str
    ledger_start: date
    irritants: tuple[str, ...] = ()

    @property
    def dyads(self) -> tuple[str, str]:
        """Both directions, first member first."""
        first, second = self.members
        return f"{first}-{second}", f"{second}-{first}"


class Pillar(Entry):
    """One of the five instruments that a government can use."""

    title_en: str
    title_es: str
    weight: float
    colour: str
    deed_types: tuple[str, ...]
    themes: tuple[str, ...]


class LiveFile(Entry):
    """A file or series of a source as its publisher has it, and what must be true of its bytes before they land.

    `url` may hold `{year}`, `{from_ms}` and `{to_ms}`; `link` is a pattern that a page's links are searched for.
    """

    name: str
    url: str
    shape: Shape
    link: str | None = None
    starts: str | None = None
    fields: tuple[str, ...] = ()
    max_bytes: int = 50_000_000


class Live(Entry):
    """How a source is fetched from its publisher. Only `hosts` are ever asked, by https unless `plain_http`.

    `first_day` is that of a publisher whose files are of days: the source is fetched by the day, and past days again.
    """

    kind: Literal["page", "file", "federal_register", "feed", "wordpress", "doj", "gobmx", "gdelt"]
    hosts: tuple[str, ...]
    files: tuple[LiveFile, ...]
    plain_http: bool = False
    min_interval_s: float = 1.0
    look_back_days: int = 31
    first_day: date | None = None
    timezone: str = "America/New_York"


class Source(Entry):
    """A publisher's file family."""

    title: str
    title_es: str
    publisher: str
    homepage: str
    licence: str
    notice: str | None = None
    cadence: Literal["daily", "monthly", "quarterly", "yearly", "irregular", "ended"]
    lag_days: int
    redistributable: bool = True
    expected_rejections: tuple[str, ...] = ()
    max_rejected_share: float = 0.05
    live: Live | None = None


class Definition(Entry):
    """What exactly an indicator's figure counts."""

    en: str
    es: str


class Indicator(Entry):
    """A countable thing about a pair."""

    title_en: str
    title_es: str
    unit: str
    pillar: PillarId | None
    actor: str | None
    dimension: Dimension | None
    role: Literal["ledger", "irritant", "context", "yardstick"]
    scope: Literal["pair", "dyad", "world"]
    ledger_start: date | None = None
    table: str
    sources: tuple[str, ...]
    definitions: dict[str, Definition]


class Irritant(Entry):
    """Anchors of a shared statistic whose height is the irritant; constants, never recomputed."""

    pillar: PillarId
    table: str
    value: str
    edition: str
    reference: str
    median_by_month: dict[int, float]
    high: float
    carried_months: int


class Step(Entry):
    """One step of a ladder."""

    means: str
    anchors: tuple[str, str]


class Ladders(Entry):
    """What each step means, by dimension and pillar."""

    written_on: date
    tension: dict[PillarId, dict[int, Step]]
    cooperation: dict[PillarId, dict[int, Step]]


class Method(Entry):
    """Constants of the index; each one a judgement that the methodology page names."""

    version: str
    magnitudes: tuple[float, float, float, float, float]
    compression_base: float
    stage_weights: dict[str, float]
    half_lives_days: dict[str, float]
    undated_threat_half_life_days: float
    speech_half_life_days: float
    speech_weight: float
    irritant_weight: float
    rank_weights: dict[str, float]
    surrender_steps: dict[int, int]
    surrender_fresh_days: int
    under_threat_days: int
    forgotten_below: float
    minimum_coverage: float
    minimum_pillars: int
    percentile_minimum_months: int
    comparable_density: float


class Search(Entry):
    """One line of a pair's search log: a side's years searched, or not, for one type of deed."""

    pair: str
    side: str
    deed_type: str
    first_year: int
    last_year: int
    was_searched: bool
    searched_in: str
    ledger_end: date


class Ledger(Entry):
    """How the ledger was kept: what enters it, and what was searched for."""

    inclusion_rule: str
    searches: tuple[Search, ...]


class Amendment(Entry):
    """A dated change of the frozen checks."""

    amended_on: date
    says: str


class Yardstick(Entry):
    """An outside series that validates and is never an input."""

    indicator_id: str
    definition_id: str
    measure: Literal["level", "volatility"]


class ValidationCheck(Entry):
    """One check, frozen before the first index: what it says in words, and what of it a machine needs."""

    title: str
    statistic: str
    passes_when: str
    windows: dict[str, tuple[str, str]] = {}
    leader: str | None = None
    pillars: tuple[PillarId, ...] = ()
    yardsticks: dict[str, Yardstick] = {}
    mexican_yardsticks: tuple[str, ...] = ()
    placebo_pairs: tuple[str, ...] = ()
    no_placebo: tuple[str, ...] = ()
    dates: tuple[date, ...] = ()


class Validation(Entry):
    """The checks that judge the index, and the one pair that their windows, dates and yardsticks belong to."""

    frozen_on: date
    seen_before: str
    rules: tuple[str, ...]
    amendments: tuple[Amendment, ...]
    pair: str
    checks: dict[str, ValidationCheck]


class Catalog(Entry):
    """Everything the registries say."""

    countries: dict[str, Country]
    names: dict[str, Names]
    pairs: dict[str, Pair]
    pillars: dict[PillarId, Pillar]
    sources: dict[str, Source]
    indicators: dict[str, Indicator]
    irritants: dict[str, Irritant]
    ladders: Ladders
    method: Method
    ledger: Ledger

"""The registry of countries holds all of ISO 3166, with the codes and names that event data and readers use."""

import re
from pathlib import Path

import polars as pl
import pytest

from transforms.reference import reference_tables
from warehouse.catalog import registry
from warehouse.catalog.registry import load_catalog
from warehouse.contracts.tables import enforce

COUNTRIES = load_catalog().countries
ENCOUNTERS = sorted((Path(registry.__file__).parents[1] / "bundled" / "cbp_encounters").glob("fy*.parquet"))
ISO_3166_ENTRIES = 249
"""Officially assigned alpha-3 codes of ISO 3166-1 since South Sudan joined in 2011."""


def test_all_of_iso_3166_is_there_once() -> None:
    lines = (registry.FOLDER / "countries.yml").read_text("utf-8").splitlines()
    keys = [line.split(":")[0] for line in lines if not line.startswith("#")]
    assert len(keys) == ISO_3166_ENTRIES
    assert keys == sorted(set(keys)) == list(COUNTRIES)
    assert all(re.fullmatch("[A-Z]{3}", key) for key in keys)


def test_codes_are_well_formed_and_no_two_countries_share_one() -> None:
    cameo = [country.cameo for country in COUNTRIES.values()]
    fips = [country.fips for country in COUNTRIES.values() if country.fips is not None]
    assert len(set(cameo)) == len(cameo)
    assert len(set(fips)) == len(fips)
    assert all(re.fullmatch("[A-Z]{3}", code) for code in cameo)
    assert all(re.fullmatch("[A-Z]{2}", code) for code in fips)


def test_only_those_without_a_single_fips_code_lack_it() -> None:
    without = {iso3 for iso3, country in COUNTRIES.items() if country.fips is None}
    assert without == {"ALA", "BES", "PSE", "SJM", "UMI"}


@pytest.mark.parametrize(
    ("iso3", "cameo"),
    [
        pytest.param("DEU", "DEU", id="as ISO"),
        pytest.param("MEX", "MEX", id="Mexico"),
        pytest.param("ROU", "ROM", id="Romania, ISO code before 2002"),
        pytest.param("TLS", "TMP", id="Timor-Leste, ISO code before independence"),
        pytest.param("SSD", "SSD", id="South Sudan, in GDELT's events"),
    ],
)
def test_cameo(iso3: str, cameo: str) -> None:
    assert COUNTRIES[iso3].cameo == cameo


@pytest.mark.parametrize(
    ("iso3", "fips"),
    [
        ("AUS", "AS"),
        ("AUT", "AU"),
        ("CHE", "SZ"),
        ("CHN", "CH"),
        ("COD", "CG"),
        ("COG", "CF"),
        ("DEU", "GM"),
        ("GBR", "UK"),
        ("KOR", "KS"),
        ("MEX", "MX"),
        ("NOR", "NO"),  # a bare NO is false in YAML
        ("PAN", "PM"),
        ("PRY", "PA"),
        ("ROU", "RO"),
        ("SRB", "RI"),
        ("SSD", "OD"),
    ],
)
def test_fips_as_in_gdelt_geography(iso3: str, fips: str) -> None:
    assert COUNTRIES[iso3].fips == fips


@pytest.mark.parametrize("code", ["KSV", "XKX", "KOS"])
def test_kosovo_has_no_iso_code_and_is_left_out(code: str) -> None:
    assert code not in COUNTRIES
    assert code not in {country.cameo for country in COUNTRIES.values()}


@pytest.mark.parametrize(
    ("iso3", "name_en", "name_es"),
    [
        ("DEU", "Germany", "Alemania"),
        ("KOR", "South Korea", "Corea del Sur"),
        ("LCA", "Saint Lucia", "Santa Lucía"),
        ("MEX", "Mexico", "México"),
        ("RUS", "Russia", "Rusia"),
        ("TTO", "Trinidad and Tobago", "Trinidad y Tobago"),
        ("USA", "United States", "Estados Unidos"),
        ("VEN", "Venezuela", "Venezuela"),
    ],
)
def test_short_names(iso3: str, name_en: str, name_es: str) -> None:
    assert (COUNTRIES[iso3].name_en, COUNTRIES[iso3].name_es) == (name_en, name_es)


def test_names_tell_countries_apart() -> None:
    for names in ([c.name_en for c in COUNTRIES.values()], [c.name_es for c in COUNTRIES.values()]):
        assert len(set(names)) == len(names)
        assert all(name == name.strip() and "&" not in name and ", " not in name for name in names)


@pytest.mark.parametrize("path", ENCOUNTERS, ids=lambda path: path.stem)
def test_every_citizenship_of_the_encounters_resolves(path: Path) -> None:
    citizenships = set(pl.read_parquet(path)["citizenship"]) - {"OTHER"}
    assert "GTM" in citizenships
    assert citizenships <= set(COUNTRIES)


def test_there_are_encounters_to_resolve() -> None:
    assert ENCOUNTERS


def test_reference_table_honours_its_contract() -> None:
    table = enforce("ref_countries", reference_tables(load_catalog())["ref_countries"])
    assert table.height == ISO_3166_ENTRIES

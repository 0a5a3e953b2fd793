"""Core tables of official statistics."""

import dataframely as dy

from warehouse.contracts.columns import Known, count, dyad_id, month, one_of, pair_id

DEMOGRAPHICS = ("single_adults", "family_unit", "unaccompanied_child", "accompanied_minor")
AUTHORITIES = ("title_8", "title_42")
BORDER_REGIONS = ("southwest_land", "northern_land", "other")
COMPONENTS = ("border_patrol", "field_operations", "air_and_marine")


class Observations(Known):
    """One figure for one period of one indicator, as known from a day on; adds up within indicator and definition."""

    observation_id = dy.String(primary_key=True, description="indicator:definition:period and where needed a part.")
    indicator_id = dy.String(description="Indicator, as in ref_indicators.")
    pair_id = pair_id(primary_key=False, nullable=True)
    dyad_id = dyad_id(primary_key=False, nullable=True)
    definition_id = dy.String(description="What exactly is counted, as in ref_definitions.")
    period_start = dy.Date(description="First day of the period.")
    period_end = dy.Date(description="Last day of the period.")
    value = dy.Float64(description="The figure, in the unit of the row.")
    unit = dy.String(description="Unit of the value.")
    is_provisional = dy.Bool(description="The publisher marks it, or its period had not ended when it was published.")


class CbpEncountersSouthwest(Known):
    """CBP encounters at the south-west land border, by month, component, demographic, citizenship and authority."""

    month = month()
    component = one_of(COMPONENTS, "CBP component.", primary_key=True)
    demographic = one_of(DEMOGRAPHICS, "CBP demographic, canonical.", primary_key=True)
    citizenship_group = dy.String(primary_key=True, description="MEX, GTM, HND, SLV or OTHER.")
    authority = one_of(AUTHORITIES, "Legal title of the encounter.", primary_key=True)
    encounters = count("Encounters in the month; one person can be met several times.", "encounters")


class CbpEncountersByState(Known):
    """CBP encounters nationwide, by month, border region, state, demographic, citizenship and authority."""

    month = month()
    border_region = one_of(BORDER_REGIONS, "Land border region.", primary_key=True)
    state = dy.String(primary_key=True, description="US state or territory, postal code.")
    demographic = one_of(DEMOGRAPHICS, "CBP demographic, canonical.", primary_key=True)
    citizenship = dy.String(primary_key=True, description="ISO 3166 alpha-3, or OTHER.")
    authority = one_of(AUTHORITIES, "Legal title of the encounter.", primary_key=True)
    encounters = count("Encounters in the month; one person can be met several times.", "encounters")


class UsbpEncounters(Known):
    """US Border Patrol encounters nationwide by month, from October 1999."""

    month = month()
    encounters = count("Apprehensions, with Title 42 expulsions from March 2020 to May 2023.", "encounters")


class UsbpEncountersBySector(Known):
    """US Border Patrol encounters by sector and month, October 1999 to September 2020."""

    month = month()
    border = one_of(("southwest", "northern", "coastal"), "Border of the sector.", primary_key=True)
    sector = dy.String(primary_key=True, description="Sector, a slug.")
    encounters = count("Apprehensions and, from March 2020, Title 42 expulsions.", "encounters")


class CbpDrugSeizures(Known):
    """CBP drug seizures nationwide by month, component, region, land filter and drug."""

    month = month()
    component = one_of(COMPONENTS, "CBP component.", primary_key=True)
    region = dy.String(primary_key=True, description="Region, as CBP names it.")
    land_filter = dy.String(primary_key=True, description="CBP's land filter.")
    drug = dy.String(primary_key=True, description="Drug type, as CBP names it.")
    seizure_events = count("Seizures.", "events")
    quantity_lbs = dy.Float64(min=0, description="Weight seized.", metadata={"unit": "pounds"})

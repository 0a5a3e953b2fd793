"""Parsers of the publishers' own formats by source: what a file from the publisher's page is read with."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from transforms.parsed import Parsed
from transforms.sources import (
    cbp,
    fed,
    federal_register,
    feeds,
    gdelt,
    gobmx,
    newsrooms,
    ohss,
    trade,
    upm,
    usbp,
    yardsticks,
)
from warehouse.errors import SourceError, UnknownKeyError

PARSERS: Mapping[str, tuple[Callable[[bytes], Parsed], ...]] = MappingProxyType(
    {
        "cbp_sbo_encounters": (cbp.parse_sbo_encounters,),
        "cbp_encounters": (cbp.parse_state_encounters,),
        "cbp_drug_seizures": (cbp.parse_drug_seizures,),
        "usbp_monthly": (usbp.parse_usbp_monthly, usbp.parse_usbp_history),
        "usbp_sectors": (usbp.parse_usbp_sectors,),
        "upm_enforcement": (upm.parse_migrants_found, upm.parse_returns),
        "banxico_remittances": (trade.parse_remittances, trade.parse_remittances_from_usa),
        "census_trade": (trade.parse_census_trade,),
        "usitc_usmca_share": (trade.parse_usmca_share,),
        "us_effective_tariff": (trade.parse_us_effective_tariff,),
        "fed_exchange_rates": (fed.parse_daily_rates, fed.parse_monthly_rates),
        "ohss_monthly": (ohss.parse_ohss_monthly,),
        "gpr": (yardsticks.parse_gpr,),
        "tpu": (yardsticks.parse_tpu_daily, yardsticks.parse_tpu_monthly),
        "epu": (yardsticks.parse_epu_usa, yardsticks.parse_epu_mexico),
        "wui": (yardsticks.parse_wui_monthly, yardsticks.parse_wui_quarterly),
        "federal_register": (federal_register.parse_documents,),
        "whitehouse_actions": (feeds.parse_whitehouse,),
        "ustr_releases": (feeds.parse_ustr,),
        "state_releases": (newsrooms.parse_state,),
        "war_releases": (feeds.parse_war,),
        "doj_releases": (newsrooms.parse_doj,),
        "gobmx_presidency": (gobmx.parse_presidency,),
        "gobmx_sre": (gobmx.parse_sre,),
        "gdelt_events": (gdelt.parse_events,),
    }
)
"""The formats in which each source is published; a payload is read with the first that fits."""


def parse_published(source_id: str, payload: bytes) -> Parsed:
    """Return the rows of a publisher's file.

    Raises:
        UnknownKeyError: No such source, or none that is published as a file.
        SourceError: The payload is in none of the source's formats; each is named with what it lacks.
    """
    if source_id not in PARSERS:
        raise UnknownKeyError("source", source_id, PARSERS)
    problems = []
    for parse in PARSERS[source_id]:
        try:
            return parse(payload)
        except SourceError as error:
            problems.append(str(error).splitlines()[0])
    raise SourceError(source_id, "; ".join(problems), "compare the file with the one on the publisher's page")

"""Write warehouse/catalog/countries.yml: every state and territory of ISO 3166, with its codes and names.

    uv pip install --target /tmp/names pycountry babel
    PYTHONPATH=/tmp/names python tools/countries.py [--check]

Needs two packages that the product does not: pycountry for ISO 3166, babel for the names of the Unicode CLDR.
"""

import argparse
import sys
from pathlib import Path

import pycountry
import yaml
from babel import Locale

OUT = Path(__file__).parent.parent / "warehouse" / "catalog" / "countries.yml"

HEAD = """\
# Written by tools/countries.py. The key is ISO 3166 alpha-3; what has no ISO code, as Kosovo, is left out.
# cameo: alpha-3, which CAMEO follows, but for four that GDELT's country table writes otherwise: Isle of Man,
# Montenegro, Romania, Timor-Leste. 17 are not in that table and keep alpha-3, as South Sudan does in GDELT's events.
# fips: FIPS 10-4 with its later amendments, null where no one code is the country's: Palestine is West Bank (WE) and
# Gaza Strip (GZ), Svalbard and Jan Mayen SV and JN, the US outlying islands nine; Åland and the Caribbean Netherlands
# have none.
"""

CAMEO = {"IMN": "IMY", "MNE": "MTN", "ROU": "ROM", "TLS": "TMP"}
"""CAMEO code by ISO alpha-3, where they differ (GDELT's CAMEO.country.txt)."""

FIPS = """
    ABW:AA AFG:AF AGO:AO AIA:AV ALB:AL AND:AN ARE:AE ARG:AR ARM:AM ASM:AQ ATA:AY ATF:FS ATG:AC AUS:AS AUT:AU AZE:AJ
    BDI:BY BEL:BE BEN:BN BFA:UV BGD:BG BGR:BU BHR:BA BHS:BF BIH:BK BLM:TB BLR:BO BLZ:BH BMU:BD BOL:BL BRA:BR BRB:BB
    BRN:BX BTN:BT BVT:BV BWA:BC CAF:CT CAN:CA CCK:CK CHE:SZ CHL:CI CHN:CH CIV:IV CMR:CM COD:CG COG:CF COK:CW COL:CO
    COM:CN CPV:CV CRI:CS CUB:CU CUW:UC CXR:KT CYM:CJ CYP:CY CZE:EZ DEU:GM DJI:DJ DMA:DO DNK:DA DOM:DR DZA:AG ECU:EC
    EGY:EG ERI:ER ESH:WI ESP:SP EST:EN ETH:ET FIN:FI FJI:FJ FLK:FK FRA:FR FRO:FO FSM:FM GAB:GB GBR:UK GEO:GG GGY:GK
    GHA:GH GIB:GI GIN:GV GLP:GP GMB:GA GNB:PU GNQ:EK GRC:GR GRD:GJ GRL:GL GTM:GT GUF:FG GUM:GQ GUY:GY HKG:HK HMD:HM
    HND:HO HRV:HR HTI:HA HUN:HU IDN:ID IMN:IM IND:IN IOT:IO IRL:EI IRN:IR IRQ:IZ ISL:IC ISR:IS ITA:IT JAM:JM JEY:JE
    JOR:JO JPN:JA KAZ:KZ KEN:KE KGZ:KG KHM:CB KIR:KR KNA:SC KOR:KS KWT:KU LAO:LA LBN:LE LBR:LI LBY:LY LCA:ST LIE:LS
    LKA:CE LSO:LT LTU:LH LUX:LU LVA:LG MAC:MC MAF:RN MAR:MO MCO:MN MDA:MD MDG:MA MDV:MV MEX:MX MHL:RM MKD:MK MLI:ML
    MLT:MT MMR:BM MNE:MJ MNG:MG MNP:CQ MOZ:MZ MRT:MR MSR:MH MTQ:MB MUS:MP MWI:MI MYS:MY MYT:MF NAM:WA NCL:NC NER:NG
    NFK:NF NGA:NI NIC:NU NIU:NE NLD:NL NOR:NO NPL:NP NRU:NR NZL:NZ OMN:MU PAK:PK PAN:PM PCN:PC PER:PE PHL:RP PLW:PS
    PNG:PP POL:PL PRI:RQ PRK:KN PRT:PO PRY:PA PYF:FP QAT:QA REU:RE ROU:RO RUS:RS RWA:RW SAU:SA SDN:SU SEN:SG SGP:SN
    SGS:SX SHN:SH SLB:BP SLE:SL SLV:ES SMR:SM SOM:SO SPM:SB SRB:RI SSD:OD STP:TP SUR:NS SVK:LO SVN:SI SWE:SW SWZ:WZ
    SXM:NN SYC:SE SYR:SY TCA:TK TCD:CD TGO:TO THA:TH TJK:TI TKL:TL TKM:TX TLS:TT TON:TN TTO:TD TUN:TS TUR:TU TUV:TV
    TWN:TW TZA:TZ UGA:UG UKR:UP URY:UY USA:US UZB:UZ VAT:VT VCT:VC VEN:VE VGB:VI VIR:VQ VNM:VM VUT:NH WLF:WF WSM:WS
    YEM:YM ZAF:SF ZMB:ZA ZWE:ZI
"""
"""FIPS 10-4 by ISO alpha-3.

Table 1 of GEOPOLITICAL_CODES.xls of the US National Geospatial-Intelligence Agency, as archived on 2016-12-14. OD,
UC and NN are not in it and are from github.com/datasets/country-codes, which agrees on the others.
"""

NAMES = {
    "COD": ("Democratic Republic of the Congo", "República Democrática del Congo"),
    "COG": ("Republic of the Congo", "República del Congo"),
    "HKG": ("Hong Kong", "Hong Kong"),
    "MAC": ("Macao", "Macao"),
    "MMR": ("Myanmar", "Myanmar"),
    "PSE": ("Palestine", "Palestina"),
}
"""Short names where CLDR's name is a long or a double one."""


def main() -> int:
    """Write the registry, or with --check compare it; return 1 on a difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if the file would change")
    options = parser.parse_args()
    text = registry()
    if not options.check:
        OUT.write_text(text, "utf-8")
    elif OUT.read_text("utf-8") != text:
        print(f"{OUT} differs from ISO 3166, CLDR and the tables of {Path(__file__).name}")
        return 1
    return 0


def registry() -> str:
    """Return the YAML, one line a country."""
    iso2 = {country.alpha_3: country.alpha_2 for country in pycountry.countries}
    fips = dict(entry.split(":") for entry in FIPS.split())
    if unknown := (fips.keys() | CAMEO.keys() | NAMES.keys()) - iso2.keys():
        raise SystemExit(f"Not in ISO 3166: {', '.join(sorted(unknown))}.\nHint: correct the tables of this tool.")
    english, spanish = Locale("en").territories, Locale("es").territories
    lines = []
    for iso3, alpha2 in sorted(iso2.items()):
        name_en, name_es = NAMES.get(iso3, (short(english[alpha2]), spanish[alpha2]))
        entry = {"cameo": CAMEO.get(iso3, iso3), "fips": fips.get(iso3), "name_en": name_en, "name_es": name_es}
        lines.append(f"{iso3}: {flow(entry)}")
    return HEAD + "".join(lines)


def short(name: str) -> str:
    """Return CLDR's English name without its abbreviations of Saint and and."""
    return name.replace("St. ", "Saint ").replace(" & ", " and ")


def flow(entry: dict[str, str | None]) -> str:
    """Return the entry on one line; YAML quotes Norway's NO, which it would else read as false."""
    return yaml.safe_dump(entry, default_flow_style=True, allow_unicode=True, sort_keys=False, width=sys.maxsize)


if __name__ == "__main__":
    sys.exit(main())

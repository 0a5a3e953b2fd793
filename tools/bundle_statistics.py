"""Writes the bundled statistics from the files in the shared folder, or checks that they are what it would write.

    python tools/bundle_statistics.py --shared ../shared [--check]

One file an edition: `warehouse/bundled/<source_id>/<edition>.parquet`, or `.csv` where it has fewer than 2,000 rows.
Rows of the publisher's file that could not be used go to `<edition>.rejected.parquet`, each with its reason.
The day of publication is null wherever no source states it; the month in a file's name is no day.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from transforms.parsed import Parsed, no_rejections
from transforms.sources import cbp, fed, ohss, trade, upm, usbp, yardsticks
from transforms.sources.bundled import PROVENANCE, REJECTED_SUFFIX, TABLE_OF_SOURCE, Provenance, content_columns
from warehouse.contracts.tables import KNOWLEDGE_COLUMNS, key_of

BUNDLED = Path(__file__).parent.parent / "warehouse" / "bundled"
CSV_BELOW_ROWS = 2000
"""Small editions are CSV, so that a change can be read in a diff."""

PUBLIC_DOMAIN = "US Government work, public domain"
CITE = "Free with citation"
CBP = "US Customs and Border Protection"
CBP_PAGES = "https://www.cbp.gov/document/stats/"
USBP_PDF = (
    "https://www.cbp.gov/sites/default/files/assets/documents/2021-Aug/"
    "U.S.%20Border%20Patrol%20Monthly%20Encounters%20(FY%202000%20-%20FY%202020)%20(508).pdf"
)
SIE = "https://www.banxico.org.mx/SieInternet/consultarDirectorioInternetAction.do?accion=consultarCuadro&idCuadro="
POLICY_UNCERTAINTY = "https://www.policyuncertainty.com/media/"
IACOVIELLO = "https://www.matteoiacoviello.com/"


@dataclass(frozen=True)
class Origin:
    """Publisher of a file, the page or file of its own that it is from, and the licence."""

    publisher: str
    url: str
    licence: str


@dataclass(frozen=True)
class File:
    """A file of the shared folder that is one edition of a source."""

    source_id: str
    edition: str
    path: str
    parse: Callable[[bytes], Parsed]
    origin: Origin
    published_on: date | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a file: its frame, or None where the shared folder lacks it."""

    file: File
    frame: pl.DataFrame | None
    parsed: Parsed | None


SBO = Origin(CBP, f"{CBP_PAGES}southwest-land-border-encounters", PUBLIC_DOMAIN)
STATE = Origin(CBP, f"{CBP_PAGES}nationwide-encounters", PUBLIC_DOMAIN)
DRUGS = Origin(CBP, f"{CBP_PAGES}nationwide-drug-seizures", PUBLIC_DOMAIN)
USBP = Origin(f"{CBP} (US Border Patrol), parsed from its PDF by UWCHR", USBP_PDF, PUBLIC_DOMAIN)
DDP = Origin(
    f"{CBP}, summed by the Deportation Data Project",
    "https://deportationdata.org/data/cbp.html",
    f"CC0 1.0; {PUBLIC_DOMAIN}",
)
UPM = Origin(
    "Mexico, SEGOB Unidad de Política Migratoria, compiled by IOM",
    "https://portales.segob.gob.mx/es/PoliticaMigratoria/CuadrosBOLETIN?Anual=2025&Secc=3",
    "MIT (IOM gdidata); cite the publisher",
)
OHSS = Origin(
    "US Department of Homeland Security, Office of Homeland Security Statistics",
    "https://ohss.dhs.gov/topics/immigration/immigration-enforcement/"
    "immigration-enforcement-and-legal-processes-monthly",
    PUBLIC_DOMAIN,
)
RECEIPTS = Origin("Banco de México", f"{SIE}CE81&locale=es", "Banxico terms: cite the source")
RECEIPTS_BY_STATE = Origin("Banco de México", f"{SIE}CE168&locale=es", "Banxico terms: cite the source")
CENSUS = Origin("US Census Bureau", "https://www.census.gov/foreign-trade/balance/country.xlsx", PUBLIC_DOMAIN)
USITC = Origin(
    "US International Trade Commission, DataWeb, summed from lines of the Budget Lab at Yale",
    "https://datawebws.usitc.gov/dataweb",
    f"{PUBLIC_DOMAIN}; MIT (Budget Lab)",
)
H10 = Origin(
    "Federal Reserve Board, H.10, through FRED",
    "https://fred.stlouisfed.org/graph/fredgraph.csv?id=DEXMXUS",
    PUBLIC_DOMAIN,
)
G5 = Origin(
    "Federal Reserve Board, G.5, through DataHub",
    "https://github.com/datasets/exchange-rates",
    f"PDDL; {PUBLIC_DOMAIN}",
)
DUTIES = Origin(
    "US Treasury and US Census Bureau, through the Budget Lab at Yale",
    "https://github.com/Budget-Lab-Yale/tariff-etr-eval",
    PUBLIC_DOMAIN,
)
GPR = Origin("D. Caldara and M. Iacoviello", f"{IACOVIELLO}gpr_files/data_gpr_export.xls", CITE)
TPU_DAILY = Origin("S. Baker, N. Bloom and S. Davis", f"{POLICY_UNCERTAINTY}All_Daily_TPU_Data.csv", CITE)
TPU_MONTHLY = Origin(
    "D. Caldara, M. Iacoviello, P. Molligo, A. Prestipino and A. Raffo",
    f"{IACOVIELLO}tpu_files/tpu_web_latest.xlsx",
    CITE,
)
EPU_USA = Origin("S. Baker, N. Bloom and S. Davis", f"{POLICY_UNCERTAINTY}All_Daily_Policy_Data.csv", CITE)
EPU_MEXICO = Origin("S. Baker, N. Bloom and S. Davis", f"{POLICY_UNCERTAINTY}Mexico_Policy_Uncertainty_Data.xlsx", CITE)
WUI = Origin("H. Ahir, N. Bloom and D. Furceri", "https://worlduncertaintyindex.com", CITE)

OHSS_TABLES = "migration/ohss-monthly/ohss_monthly_tables_through_"
ENCOUNTERS = "migration/cbp-encounters"
SEIZURES = "migration/cbp-drugs"
HISTORY = "migration/usbp-monthly/usbp_monthly_encounters_fy2000-fy2020.csv.gz"
CROSS_REFERENCE = "migration/usbp-monthly/usbp_nationwide_monthly_2019-10_2026-07_ddp_cross_reference.csv"
FOUND = "migration/mexico-inm-upm/irreg_mexico_nat.csv"
RETURNED = "migration/mexico-inm-upm/irreg_mexico_exp.csv"
COUNTRY = "economy/trade/census_country_1985_2023-01.xlsx"
SHARES = "economy/trade/us_imports_mex_can_usmca_share_2025-01_2026-02.csv"
RATES = "economy/fx/datasets_exchange-rates_monthly.csv"
REVENUE = "economy/tariff/budget_lab/treasury_revenue.csv"

FILES = (
    *(
        File("cbp_sbo_encounters", edition, f"{ENCOUNTERS}/sbo-encounters-{edition}.csv", cbp.parse_sbo_encounters, SBO)
        for edition in ("fy19-fy22", "fy21-fy24-oct", "fy22-fy25-aug")
    ),
    *(
        File(
            "cbp_encounters",
            edition,
            f"{ENCOUNTERS}/nationwide-encounters-{edition}-state.csv",
            cbp.parse_state_encounters,
            STATE,
        )
        for edition in ("fy20-fy23", "fy22-fy25", "fy23-fy26-nov")
    ),
    *(
        File("cbp_drug_seizures", edition, f"{SEIZURES}/nationwide-drugs-{edition}.csv", cbp.parse_drug_seizures, DRUGS)
        for edition in ("fy19-fy22", "fy23-fy26-dec", "fy23-fy26-apr")
    ),
    File("usbp_monthly", "fy2000-fy2020", HISTORY, usbp.parse_usbp_history, USBP),
    File("usbp_monthly", "2019-10_2026-07", CROSS_REFERENCE, usbp.parse_usbp_monthly, DDP),
    File("usbp_sectors", "fy2000-fy2020", HISTORY, usbp.parse_usbp_sectors, USBP),
    File("upm_enforcement", "found_2018-01_2025-04", FOUND, upm.parse_migrants_found, UPM),
    File("upm_enforcement", "returned_2015-01_2025-04", RETURNED, upm.parse_returns, UPM),
    File("ohss_monthly", "through_2024-05", f"{OHSS_TABLES}may2024.xlsx", ohss.parse_ohss_monthly, OHSS),
    File(
        "ohss_monthly",
        "through_2024-08",
        f"{OHSS_TABLES}aug2024.xlsx",
        ohss.parse_ohss_monthly,
        OHSS,
        date(2024, 12, 6),  # the publisher's name of the file: 2024_1206_ohss_…-august-2024.xlsx
    ),
    File(
        "banxico_remittances",
        "receipts_1995-01_2026-05",
        "migration/remittances/remesas_mensuales.csv",
        trade.parse_remittances,
        RECEIPTS,
    ),
    File(
        "banxico_remittances",
        "from_usa_2013q1_2026q1",
        "migration/remittances/remesas_usa.csv",
        trade.parse_remittances_from_usa,
        RECEIPTS_BY_STATE,
    ),
    File("census_trade", "1985-01_2023-01", COUNTRY, trade.parse_census_trade, CENSUS),
    File("usitc_usmca_share", "2025-01_2026-02", SHARES, trade.parse_usmca_share, USITC),
    File("us_effective_tariff", "1982-01_2026-03", REVENUE, trade.parse_us_effective_tariff, DUTIES),
    File("fed_exchange_rates", "daily_1993_2023-09", "economy/fx/DEXMXUS_1993_2023-09.csv", fed.parse_daily_rates, H10),
    File("fed_exchange_rates", "daily_2014_2024-09", "economy/fx/DEXMXUS_2014_2024-09.csv", fed.parse_daily_rates, H10),
    File("fed_exchange_rates", "monthly_1993_2026-06", RATES, fed.parse_monthly_rates, G5),
    File("gpr", "2026-01", "economy/gpr/data_gpr_export_vintage_2026-01.xls", yardsticks.parse_gpr, GPR),
    File("gpr", "to_2026-04", "economy/gpr/data_gpr_export.xls", yardsticks.parse_gpr, GPR),
    File("tpu", "daily_1985_2026-06", "economy/tpu/All_Daily_TPU_Data.csv", yardsticks.parse_tpu_daily, TPU_DAILY),
    File("tpu", "monthly_1960_2025-03", "economy/tpu/tpu_web_latest.xlsx", yardsticks.parse_tpu_monthly, TPU_MONTHLY),
    File("epu", "usa_1985_2025-11", "economy/epu/All_Daily_Policy_Data.csv", yardsticks.parse_epu_usa, EPU_USA),
    File(
        "epu",
        "mexico_1996_2019-09",
        "economy/epu/Mexico_Policy_Uncertainty_Data.csv",
        yardsticks.parse_epu_mexico,
        EPU_MEXICO,
    ),
    File("wui", "quarterly_2025q1", "economy/wui/WUI_Data.xlsx", yardsticks.parse_wui_quarterly, WUI),
    File("wui", "monthly_2025-03", "economy/wui/WUI_M_dataset_2025_03-1.xlsx", yardsticks.parse_wui_monthly, WUI),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the bundled statistics; return 0, or 1 where a check finds a difference."""
    parser = argparse.ArgumentParser(description="Write the bundled statistics from the shared files.")
    parser.add_argument("--shared", type=Path, required=True, help="folder that holds data/migration and data/economy")
    parser.add_argument("--bundled", type=Path, default=BUNDLED, help="folder to write to or to check")
    parser.add_argument("--check", action="store_true", help="compare with the bundled files, write nothing")
    options = parser.parse_args(arguments)
    outcomes = [read(file, options.shared) for file in FILES]
    console = Console(width=150)
    console.print(report(outcomes))
    if not options.check:
        write(outcomes, options.bundled)
        return 0
    problems = differences(outcomes, options.bundled)
    for problem in problems:
        console.print(problem, style="red", markup=False)
    return 1 if problems else 0


def read(file: File, shared: Path) -> Outcome:
    """Return a file's rows in the bundled columns, sorted by key."""
    path = shared / "data" / file.path
    if not path.exists():
        return Outcome(file, None, None)
    parsed = file.parse(path.read_bytes())
    table = TABLE_OF_SOURCE[file.source_id]
    about = {"edition": file.edition, "published_on": file.published_on, "rows_in": parsed.rows_in}
    origin = Provenance(**about, **vars(file.origin))
    key = [name for name in key_of(table) if name not in KNOWLEDGE_COLUMNS]
    named = [pl.lit(getattr(origin, name), dtype=dtype).alias(name) for name, dtype in PROVENANCE.items()]
    return Outcome(file, parsed.accepted.select(content_columns(table)).sort(key).with_columns(named), parsed)


def encode(frame: pl.DataFrame) -> tuple[str, bytes]:
    """Return the suffix and the bytes of an edition; the same frame gives the same bytes."""
    if frame.height < CSV_BELOW_ROWS:
        return ".csv", frame.write_csv().encode()
    return ".parquet", encode_parquet(frame)


def encode_parquet(frame: pl.DataFrame) -> bytes:
    """Return a frame as one row group, tightly packed."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=19, row_group_size=frame.height)
    return buffer.getvalue()


def write(outcomes: Sequence[Outcome], bundled: Path) -> None:
    """Write every edition and its rejected rows; where the shared folder lacks the file, both stay as they are."""
    for outcome in outcomes:
        if outcome.frame is None or outcome.parsed is None:
            continue
        suffix, content = encode(outcome.frame)
        target = bundled / outcome.file.source_id / f"{outcome.file.edition}{suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        for former in target.parent.glob(f"{outcome.file.edition}.*"):
            former.unlink()
        target.write_bytes(content)
        if outcome.parsed.rejected.height:
            beside = target.with_name(f"{outcome.file.edition}{REJECTED_SUFFIX}")
            beside.write_bytes(encode_parquet(outcome.parsed.rejected))


def differences(outcomes: Sequence[Outcome], bundled: Path) -> list[str]:
    """Return one line for each bundled file that is not what would be written."""
    problems = []
    for outcome in outcomes:
        name = f"{outcome.file.source_id}/{outcome.file.edition}"
        paths = [path for suffix in (".csv", ".parquet") if (path := bundled / f"{name}{suffix}").exists()]
        if len(paths) != 1:
            problems.append(f"{name}: {len(paths)} bundled files, not one")
        elif outcome.frame is not None and not _stored(paths[0], outcome.frame.schema).equals(outcome.frame):
            problems.append(f"{name}: the bundled rows differ from the shared file's")
        beside = bundled / f"{name}{REJECTED_SUFFIX}"
        held = pl.read_parquet(beside) if beside.exists() else no_rejections()
        if outcome.parsed is not None and not held.equals(outcome.parsed.rejected):
            problems.append(f"{name}: the bundled rejected rows differ from the shared file's")
    if all(outcome.frame is None for outcome in outcomes):
        problems.append("no shared file was found: nothing is compared")
    declared = {(outcome.file.source_id, outcome.file.edition) for outcome in outcomes}
    statistics = {outcome.file.source_id for outcome in outcomes}
    found = [path for source in sorted(statistics) for path in sorted((bundled / source).glob("*"))]
    names = [(path, path.name.removesuffix(REJECTED_SUFFIX).removesuffix(path.suffix)) for path in found]
    return problems + [f"{path}: not declared" for path, name in names if (path.parent.name, name) not in declared]


def report(outcomes: Sequence[Outcome]) -> Table:
    """Return the table of rows read, accepted and rejected by reason, one line a file."""
    table = Table("source", "file", "rows in", "accepted", "stored", "rejected")
    for outcome in outcomes:
        file, parsed = outcome.file, outcome.parsed
        if parsed is None:
            table.add_row(
                file.source_id, file.path, "", "", "", "file absent: the bundled edition is neither made nor compared"
            )
            continue
        rules = parsed.rejected.group_by("rule").len().sort("rule").rows()
        counts = (parsed.rows_in, parsed.rows_accepted, parsed.accepted.height)
        reasons = ", ".join(f"{rule}: {rows:,}" for rule, rows in rules)
        table.add_row(file.source_id, file.path, *(f"{count:,}" for count in counts), reasons)
    return table


def _stored(path: Path, schema: pl.Schema) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path, infer_schema=False, schema_overrides=schema)


if __name__ == "__main__":
    sys.exit(main())

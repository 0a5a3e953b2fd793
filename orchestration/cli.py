"""The one command: dyadwatch. Heavy modules are imported by the command that needs them."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import DyadwatchError, QueryError
from warehouse.settings import Settings, load_settings

if TYPE_CHECKING:
    import polars as pl

LANGUAGES = ("en", "es")
"""Languages of the page's words, English first; written out, so that no command loads the page to read its options."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0 done, 1 the work failed, 2 wrong use."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace, Settings], int] = options.run
    try:
        settings = load_settings()
        if getattr(options, "as_of", None):
            from orchestration.replay import replayed

            settings = replayed(settings, options.as_of)
        return run(options, settings)
    except DyadwatchError as error:
        print(f"dyadwatch: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dyadwatch", description="Measures the relationship between two states.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    reads = argparse.ArgumentParser(add_help=False)
    reads.add_argument(
        "--as-of", type=date.fromisoformat, metavar="DATE", help="read what was known on that day, the index recomputed"
    )
    build = commands.add_parser("build", help="make what is not as its inputs are now, and publish")
    build.add_argument(
        "--force", action="store_true", help="make every table and publish a new build even if nothing changed"
    )
    build.set_defaults(run=_build)
    rebuild = commands.add_parser("rebuild", help="read the whole raw layer again with today's parsers and publish")
    rebuild.set_defaults(run=_rebuild)
    serve = commands.add_parser("serve", parents=[reads], help="serve the dashboard on the current build")
    serve.set_defaults(run=_serve)
    up = commands.add_parser("up", help="build if there is no build yet, then serve the dashboard")
    up.set_defaults(run=_up, force=False)
    fetch = commands.add_parser("fetch", help="fetch sources from their publishers, or take a file you downloaded")
    fetch.add_argument("source", nargs="*", help="source id, as in ref_sources; without one, all that can be fetched")
    fetch.add_argument("--since", type=date.fromisoformat, metavar="DATE", help="go back to that day, where possible")
    fetch.add_argument("--file", type=Path, help="take this file of the one source, as its publisher gives it")
    fetch.add_argument(
        "--published", type=date.fromisoformat, metavar="DATE", help="with --file: day on which it was published"
    )
    fetch.add_argument("--format", choices=("table", "csv", "json"), default="table")
    fetch.set_defaults(run=_fetch, wrong=fetch.error)
    publish = commands.add_parser("publish", help="send the current build to a store that dashboard nodes follow")
    publish.add_argument(
        "--to",
        metavar="URL",
        help="a folder, s3://bucket/folder, or another that fsspec opens; default: DYADWATCH_PUBLISH_TO",
    )
    publish.set_defaults(run=_publish, wrong=publish.error)
    back = commands.add_parser("rollback", help="return to a former build; without a name, list those kept")
    back.add_argument("build", nargs="?", help="build id, as listed")
    back.set_defaults(run=_rollback)
    sql = commands.add_parser("sql", parents=[reads], help="ask the current build in SQL, read-only")
    sql.add_argument("query", help='for example "FROM out_pair__monthly_tension ORDER BY month DESC LIMIT 12"')
    sql.add_argument("--format", choices=("table", "csv", "json", "parquet"), default="table")
    sql.set_defaults(run=_sql)
    score = commands.add_parser(
        "score", help="stance of your own texts toward the partner by the model, -1 hostile to 1 cooperative"
    )
    score.add_argument("file", type=Path, help="CSV file with the columns text and language (en or es)")
    score.add_argument(
        "--format", choices=("table", "csv", "json", "parquet"), default="csv", help="default: csv, a row for each text"
    )
    score.set_defaults(run=_score)
    check = commands.add_parser(
        "check",
        parents=[reads],
        help="run the checks of the current build; with --validation judge the index",
    )
    check.add_argument(
        "--validation",
        action="store_true",
        help="run the frozen checks of the index and publish their card; takes minutes, a failed check is a result",
    )
    check.add_argument("--format", choices=("table", "csv", "json", "parquet"), default="table")
    check.set_defaults(run=_check)
    since = commands.add_parser("changes", help="how the index has changed since a day, by cause")
    since.add_argument("--since", type=date.fromisoformat, required=True, metavar="DATE", help="day of knowledge")
    since.add_argument("--pair", metavar="PAIR", help="this pair only")
    since.add_argument("--month", type=_month, metavar="YYYY-MM", help="this month only")
    since.add_argument("--format", choices=("table", "csv", "json", "parquet"), default="table")
    since.set_defaults(run=_changes)
    brief = commands.add_parser("brief", parents=[reads], help="write one page on a pair and a month, HTML or PDF")
    brief.add_argument("--pair", metavar="PAIR", help="pair id, as in ref_pairs; default: every pair")
    brief.add_argument("--month", type=_month, metavar="YYYY-MM", help="default: the latest month of the ledger")
    brief.add_argument(
        "--format", choices=("html", "pdf"), default="html", help="pdf is printed by a browser, if found"
    )
    brief.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="language of the page; default: en")
    brief.add_argument("--out", type=Path, metavar="DIR", help="folder to write; default: briefs in DYADWATCH_HOME")
    brief.set_defaults(run=_brief)
    alerts = commands.add_parser("alerts", help="list the alerts that wait to be sent; approve or dismiss them")
    which = alerts.add_mutually_exclusive_group()
    which.add_argument("--approve", nargs="+", metavar="ID", help="send these, also again where it may have arrived")
    which.add_argument("--approve-all", action="store_true", help="send all that wait since the last list or build")
    which.add_argument("--dismiss", nargs="+", metavar="ID", help="put these aside for good, unsent")
    which.add_argument(
        "--record", action="store_true", help="how often each kind was raised, and beside which episodes"
    )
    alerts.add_argument("--format", choices=("table", "csv", "json", "parquet"), default="table")
    alerts.set_defaults(run=_alerts)
    status = commands.add_parser("status", help="the current build, and how fresh each source is today")
    status.add_argument("--format", choices=("table", "csv", "json", "parquet"), default="table")
    status.set_defaults(run=_status)
    export = commands.add_parser(
        "export", parents=[reads], help="write the current build as a data package: CSV, Parquet, descriptor"
    )
    export.add_argument("--out", type=Path, metavar="DIR", help="folder to write; default: export in DYADWATCH_HOME")
    export.add_argument("--table", action="extend", nargs="+", default=[], metavar="NAME", help="these tables only")
    export.add_argument("--force", action="store_true", help="replace a former export in the folder")
    export.set_defaults(run=_export)
    _add_events(commands)
    return parser


def _add_events(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    events = commands.add_parser("events", help="row-level events at scale").add_subparsers(
        required=True, metavar="COMMAND"
    )
    aggregate = events.add_parser(
        "aggregate", help="event files to directed dyad-days and decayed stocks at month's ends, in Parquet"
    )
    aggregate.add_argument(
        "--engine", choices=("polars", "spark"), default="polars", help="polars: this machine; spark: many machines"
    )
    aggregate.add_argument("--master", metavar="URL", help="with spark: local[*] (default), spark://host:port, yarn, …")
    aggregate.add_argument(
        "--conf",
        action="append",
        default=[],
        type=_setting,
        metavar="KEY=VALUE",
        help="with spark: a setting of its own",
    )
    aggregate.add_argument(
        "--in", dest="source", metavar="PATH", help="file, pattern, folder or URL; default: events in DYADWATCH_HOME"
    )
    aggregate.add_argument("--out", metavar="DIR", help="folder or URL to write; default: aggregated in DYADWATCH_HOME")
    aggregate.add_argument(
        "--half-life", type=_days, default=30.0, metavar="DAYS", help="days after which a story weighs one half (30)"
    )
    aggregate.add_argument("--force", action="store_true", help="replace the tables of a former run in the folder")
    aggregate.set_defaults(run=_aggregate, wrong=aggregate.error)


def _build(options: argparse.Namespace, settings: Settings) -> int:
    from orchestration.run import build

    return build(settings, force=options.force)


def _rebuild(_: argparse.Namespace, settings: Settings) -> int:
    from orchestration.run import rebuild

    return rebuild(settings)


def _serve(_: argparse.Namespace, settings: Settings) -> int:
    from orchestration.web import serve

    print(f"dashboard on http://{settings.host}:{settings.port}", file=sys.stderr)
    serve(settings)
    return 0


def _up(options: argparse.Namespace, settings: Settings) -> int:
    if not settings.link.exists() and not settings.follow and (code := _build(options, settings)):
        return code
    return _serve(options, settings)


def _fetch(options: argparse.Namespace, settings: Settings) -> int:
    """Fetch from publishers; argparse ends the process with 2 where options do not go together."""
    if options.file:
        if len(options.source) != 1 or options.since:
            options.wrong("--file takes exactly one source, and no --since")
        return _fetch_file(options, settings)
    if options.published:
        options.wrong("--published goes with --file; publishers' own files are dated by their source's rule")
    return _fetch_live(options, settings)


def _fetch_live(options: argparse.Namespace, settings: Settings) -> int:
    import polars as pl

    from orchestration.connectors.http import Client
    from orchestration.connectors.kinds import BACK_FILLED
    from orchestration.live import Summary, fetch_live, live_sources, summaries

    live = live_sources()
    wanted = list(dict.fromkeys(options.source or live))
    if unknown := [name for name in wanted if name not in live]:
        options.wrong(f"not fetched from a publisher: {', '.join(unknown)}; known are {', '.join(live)}")
    fixed = [name for name in wanted if live[name].kind not in BACK_FILLED]
    if options.since and fixed:
        print(f"dyadwatch: --since does not apply to {', '.join(fixed)}: they give what they give", file=sys.stderr)
    with Client(ca_file=settings.ca_file, contact=settings.contact) as client:
        outcomes = fetch_live(settings, wanted, datetime.now(UTC), client=client, since=options.since)
    rows = summaries(wanted, outcomes)
    columns = {
        name: pl.Int64 if name in ("files", "attempts", "bytes") else pl.String for name in Summary.__annotations__
    }
    _write(pl.DataFrame([vars(row) for row in rows], schema=columns), options.format)
    failed = dict.fromkeys(one.source_id for one in outcomes if not one.is_good)
    landed = sum(one.outcome == "landed" for one in outcomes)
    told = f"; last good data stays for {', '.join(failed)}, see docs/fetching.md" if failed else ""
    then = " Run `dyadwatch build` to take them in." if landed else ""
    print(f"{landed} files landed{told}.{then}", file=sys.stderr)
    return int(bool(failed))


def _fetch_file(options: argparse.Namespace, settings: Settings) -> int:
    from orchestration.fetch import fetch_file

    (source,) = options.source
    landed, parsed = fetch_file(settings, source, options.file, options.published, datetime.now(UTC))
    day = landed.published_on or "a day estimated from its last period"
    print(
        f"{landed.snapshot_id}: {parsed.rows_in} rows read, {parsed.rows_accepted} accepted,"
        f" {parsed.rejected.height} rejected; published on {day}. Run `dyadwatch build` to take it in.",
        file=sys.stderr,
    )
    return 0


def _publish(options: argparse.Namespace, settings: Settings) -> int:
    from warehouse.pointer import send, shown

    url = options.to or settings.publish_to
    if not url:
        options.wrong("where to? give --to URL, or set DYADWATCH_PUBLISH_TO")
    pointer, is_new = send(settings, url)
    size = f"{pointer.size / 1e6:.1f} MB"
    news = f"sent {size}" if is_new else f"nothing sent, {size} lie there"
    print(f"build {pointer.build_id}, content {pointer.content_hash}: {news}; current at {shown(url)}", file=sys.stderr)
    return 0


def _rollback(options: argparse.Namespace, settings: Settings) -> int:
    from warehouse.publish import builds, rollback
    from warehouse.store import Store

    store = Store(settings)
    if options.build is not None:
        rollback(store, options.build)
    for build_id, path in builds(store).items():
        print(f"{build_id}{'  current' if path == settings.link.resolve() else ''}")
    return 0


def _sql(options: argparse.Namespace, settings: Settings) -> int:
    from warehouse.query import ad_hoc

    frame, is_cut = ad_hoc(
        settings.link,
        options.query,
        timeout_s=settings.sql_timeout_s,
        row_limit=settings.sql_row_limit,
        memory_mb=settings.sql_memory_mb,
    )
    if is_cut:
        print(f"dyadwatch: cut at {settings.sql_row_limit} rows", file=sys.stderr)
    _write(frame, options.format)
    return 0


def _score(options: argparse.Namespace, _: Settings) -> int:
    import polars as pl

    from transforms.stance.scorer import TextsError, score

    try:
        texts = pl.read_csv(options.file, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise TextsError(
            f"{options.file} cannot be read: {error}\n"
            "Hint: give a CSV file in UTF-8 with the columns text and language; a text with a comma stands in quotes."
        ) from error
    _write(score(texts), options.format)
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    from warehouse.query import Warehouse

    if options.validation:
        from orchestration.check import card_of, validate

        def tell(text: str) -> None:
            print(text, file=sys.stderr)

        card = card_of(settings, tell=tell) if options.as_of else validate(settings, datetime.now(UTC), tell=tell).card
        _write(card, options.format, cell=1000)
        return 0
    outcomes = Warehouse(settings.link).checks()
    _write(outcomes, options.format)
    return int("fail" in outcomes["outcome"])


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def _changes(options: argparse.Namespace, settings: Settings) -> int:
    from orchestration.reconcile import changes_since

    found = changes_since(settings, options.since)
    for column, wanted in (("pair_id", options.pair), ("month", options.month)):
        if wanted is not None:
            found = found.filter(found[column] == wanted)
    _write(found, options.format)
    return 0


def _brief(options: argparse.Namespace, settings: Settings) -> int:
    from dash_app.brief import brief, print_pdf
    from warehouse.publish import write_whole
    from warehouse.query import Warehouse

    warehouse = Warehouse(settings.link)
    folder = options.out or load_settings().home / "briefs"
    folder.mkdir(parents=True, exist_ok=True)
    for pair_id in [options.pair] if options.pair else warehouse.frame("FROM ref_pairs ORDER BY pair_id")["pair_id"]:
        html, month = brief(warehouse, pair_id, options.month, options.lang)
        language = "" if options.lang == LANGUAGES[0] else f"-{options.lang}"
        target = folder / f"{pair_id}-{month:%Y-%m}{language}.{options.format}"
        if options.format == "html":
            write_whole(target, html.encode())
        else:
            print_pdf(html, target)
        print(target)
    return 0


def _alerts(options: argparse.Namespace, settings: Settings) -> int:
    from orchestration import notify

    now = datetime.now(UTC)
    if options.record:
        _write(notify.record(settings), options.format)
        return 0
    done = None
    if options.approve_all:
        done = notify.approve_waiting(settings, now)
    elif options.approve:
        notify.queue(settings, now)
        done = notify.approve(settings, now, options.approve, again=True)
    elif options.dismiss:
        notify.dismiss(settings, options.dismiss)
    _write(notify.listed(notify.queue(settings, now)), options.format)
    if done is None:
        return 0
    print(f"{len(done.delivered)} alerts delivered, {len(done.failed)} not", file=sys.stderr)
    for entry in done.failed:
        print(f"dyadwatch: {entry.alert_id} still waits: {entry.why}", file=sys.stderr)
    return int(bool(done.failed))


def _status(options: argparse.Namespace, settings: Settings) -> int:
    from orchestration.status import status
    from warehouse.query import Warehouse

    _write(status(Warehouse(settings.link), datetime.now(UTC).date()), options.format)
    return 0


def _write(frame: "pl.DataFrame", form: str, *, cell: int = 80) -> None:
    """Write a result to standard output, which carries nothing else; texts of a table are cut to `cell` characters."""
    import polars as pl

    try:
        if form == "csv":
            sys.stdout.write(frame.write_csv())
        elif form == "json":
            sys.stdout.write(frame.write_json() + "\n")
        elif form == "parquet":
            frame.write_parquet(sys.stdout.buffer)
        elif "explain_value" in frame.columns:  # a plan is a drawing of many lines
            print(*frame["explain_value"], sep="\n")
        else:
            with pl.Config(
                tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True, fmt_str_lengths=cell, tbl_width_chars=200
            ):
                print(frame)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise QueryError(
            f"Not written: {form} cannot hold the type or value of a column.\n"
            "Hint: cast it, as in names::VARCHAR, or ask for another format."
        ) from error


def _export(options: argparse.Namespace, settings: Settings) -> int:
    from warehouse.export import export

    name = f"export-{options.as_of}" if options.as_of else "export"
    out = options.out or load_settings().home / name
    done = export(settings.link, out, tables=options.table, force=options.force)
    rows = sum(table.rows for table in done.tables)
    left_out = sum(sum(table.left_out.values()) for table in done.tables)
    print(
        f"{len(done.tables)} tables, {rows} rows of build {done.build_id} (content {done.content_hash}) to {out}; "
        f"{left_out} rows left out for their licence",
        file=sys.stderr,
    )
    return 0


def _aggregate(options: argparse.Namespace, settings: Settings) -> int:
    """Aggregate events; argparse ends the process with 2 where options do not go together."""
    if options.engine == "polars" and (options.master or options.conf):
        options.wrong("--master and --conf go with --engine spark")
    from orchestration.aggregate import aggregate, opened, report

    out = options.out or str(settings.home / "aggregated")
    with opened(options.engine, options.master or "local[*]", options.conf) as engine:
        done = aggregate(
            engine,
            options.source or str(settings.home / "events"),
            out,
            half_life_days=options.half_life,
            force=options.force,
        )
    report(done, engine=options.engine, out=out)
    counts = ", ".join(f"{rows} rows of {table}" for table, rows in done.rows.items())
    print(f"{counts} to {out}; days {done.first} to {done.last}", file=sys.stderr)
    return 0


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def _days(text: str) -> float:
    days = float(text)
    if not 0 < days < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of days above 0")
    return days


if __name__ == "__main__":
    sys.exit(main())

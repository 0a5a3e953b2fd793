"""The one command: dyadwatch. Heavy modules are imported by the command that needs them."""

import argparse
import sys
from collections.abc import Callable, Sequence

from warehouse.errors import DyadwatchError
from warehouse.settings import Settings, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0 done, 1 the work failed, 2 wrong use."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace, Settings], int] = options.run
    try:
        return run(options, load_settings())
    except DyadwatchError as error:
        print(f"dyadwatch: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dyadwatch", description="Measures the relationship between two states.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="materialize every asset in process and publish")
    build.set_defaults(run=_build)
    serve = commands.add_parser("serve", help="serve the dashboard on the current build")
    serve.set_defaults(run=_serve)
    up = commands.add_parser("up", help="build if there is no build yet, then serve the dashboard")
    up.set_defaults(run=_up)
    sql = commands.add_parser("sql", help="ask the current build in SQL, read-only")
    sql.add_argument("query", help='for example "FROM out_pair__monthly_tension ORDER BY month DESC LIMIT 12"')
    sql.add_argument("--format", choices=("table", "csv", "json"), default="table")
    sql.set_defaults(run=_sql)
    return parser


def _build(_: argparse.Namespace, settings: Settings) -> int:
    from orchestration.run import build

    return build(settings)


def _serve(_: argparse.Namespace, settings: Settings) -> int:
    from dash_app.serve import serve

    print(f"dashboard on http://{settings.host}:{settings.port}", file=sys.stderr)
    serve(settings)
    return 0


def _up(options: argparse.Namespace, settings: Settings) -> int:
    if not settings.link.exists() and (code := _build(options, settings)):
        return code
    return _serve(options, settings)


def _sql(options: argparse.Namespace, settings: Settings) -> int:
    import polars as pl

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
    if options.format == "csv":
        sys.stdout.write(frame.write_csv())
    elif options.format == "json":
        sys.stdout.write(frame.write_json() + "\n")
    else:
        with pl.Config(
            tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True, fmt_str_lengths=80, tbl_width_chars=200
        ):
            print(frame)
    return 0


if __name__ == "__main__":
    sys.exit(main())

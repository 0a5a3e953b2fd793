"""A process that answers one query of a stranger: it reads one file, writes none, and the kernel bounds it.

DuckDB alone does not hold a stranger's query. Its memory limit leaves out the string or list that one function call
makes, and its interrupt waits for that call: under 256 MB and 2 s, `SELECT range(1000000000)` took 6 GB, and
`levenshtein` of two long strings ran on. A read-only connection without external access lets `EXPLAIN ANALYZE COPY`
write beside the database or over it. Hence three walls: the statement must be one that reads, the connection has no
file system and no settings, and the process ends at its deadline, has so much memory and cannot write to a file.
"""

import json
import re
import resource
import signal
import sys
from dataclasses import dataclass

import duckdb
import polars as pl
from duckdb import StatementType

from warehouse.errors import QueryError

SANDBOX = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
}
"""Configuration of every reader: no file, network, extension, stored secret, variable of Python or spilling to disk."""
REFUSED = 3
"""Exit code when the answer is a message instead of rows."""
PROCESS_MB = 512
"""Megabytes of memory beside the engine's own: libraries, threads, rows on their way out."""
RESULT_MB = 128
"""Megabytes that a result may have."""
PIVOTS = ([StatementType.MULTI], [StatementType.CREATE, StatementType.SELECT])
"""What DuckDB 2 and 1.5 make of a PIVOT without IN, which first collects its values into a temporary type."""

READING = (
    *("SELECT", "FROM", "WITH", "VALUES", "TABLE", "(", "PIVOT", "UNPIVOT", "PIVOT_WIDER", "PIVOT_LONGER"),
    *("DESCRIBE", "DESC", "SUMMARIZE", "SHOW"),
)
"""First words of statements that read. DuckDB 1.5 calls a PRAGMA a SELECT, so the kind of a statement is not enough."""
PRAGMAS = ("PRAGMA", "IMPORT")
"""First words of texts that DuckDB 1.5 turns into other statements before it says what they are."""


@dataclass(frozen=True)
class Request:
    """A query and its limits; `path` is the published file."""

    path: str
    sql: str
    timeout_s: float
    row_limit: int
    memory_mb: int


def main() -> int:
    """Read a request from standard input; write an Arrow stream, or why there is none, to standard output."""
    request = Request(**json.load(sys.stdin.buffer))
    _bound(request)
    try:
        _answer(request).write_ipc_stream(sys.stdout.buffer)
    except QueryError as error:
        sys.stdout.buffer.write(str(error).encode())
        return REFUSED
    return 0


def _bound(request: Request) -> None:
    memory = (request.memory_mb + PROCESS_MB) * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_REAL, request.timeout_s)  # nothing handles SIGALRM: it ends the process


def _too_large(request: Request) -> str:
    return f"Stopped at {request.memory_mb} MB of memory.\nHint: narrow it, or raise DYADWATCH_SQL_MEMORY_MB."


def _answer(request: Request) -> pl.DataFrame:
    try:
        connection = _connect(request)
        _check(request.sql, connection)
        relation = connection.sql(request.sql)
        rows = pl.DataFrame(relation.limit(request.row_limit + 1))
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise QueryError(_too_large(request)) from error
    except duckdb.PermissionException as error:
        raise QueryError(
            "Refused: it reaches for a file or the network.\n"
            "Hint: ad hoc SQL reads the tables of the published build; SHOW TABLES lists them."
        ) from error
    except duckdb.Error as error:
        raise QueryError(str(error).partition("\n\nStack Trace")[0]) from error  # the trace names files of the machine
    except (ValueError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        # DuckDB's, met while the result is handed over. Nobody interrupts here: 1.5 says so when a thread ran out of memory.
        if any(word in str(error).lower() for word in ("out of memory", "interrupt error")):
            raise QueryError(_too_large(request)) from error
        raise QueryError(
            "Refused: two columns share a name, or a type or value cannot be handed over.\n"
            "Hint: name each column, and cast it, as in span::VARCHAR."
        ) from error
    if rows.estimated_size() > RESULT_MB * 2**20:
        raise QueryError(f"Stopped: the result is larger than {RESULT_MB} MB.\nHint: select fewer rows or columns.")
    return rows


def _check(sql: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse all but one statement that reads; what EXPLAIN explains must read too, as ANALYZE runs it.

    The bounded connection takes the text apart: DuckDB 1.5 opens the file of an IMPORT DATABASE to do so.
    """
    for word in ("EXPLAIN", "ANALYZE"):
        first, *rest = sql.split(maxsplit=1) or [""]
        if first.upper() != word:
            break
        sql = "".join(rest)
    kinds, first = _kinds(sql, connection), _first_word(sql)
    if kinds == [StatementType.SELECT] and first in READING:
        return
    try:  # only what reads can stand in parentheses
        nested = [] if first in PRAGMAS else _kinds(f"FROM (\n{sql.strip().rstrip(';')}\n)", connection)
    except duckdb.ParserException:
        nested = []
    if nested not in PIVOTS:
        what = "PRAGMA" if first in PRAGMAS else ", ".join(kind.name for kind in kinds) or "no statement"
        raise QueryError(
            f"Refused: {what}.\nHint: ad hoc SQL is one statement that reads: SELECT, FROM, WITH, VALUES, PIVOT, "
            "DESCRIBE, SUMMARIZE, SHOW, or EXPLAIN of these."
        )


def _first_word(sql: str) -> str:
    """Return the first word that is neither a comment's nor a semicolon, as DuckDB's own tokenizer cuts the text."""
    text = sql.encode(errors="replace")
    starts = (
        at for at, kind in duckdb.tokenize(sql) if kind != duckdb.token_type.comment and text[at : at + 1] != b";"
    )
    found = re.search(r"\w+|\(", text[next(starts, len(text)) :].decode(errors="replace"))
    return found[0].upper() if found else ""


def _kinds(sql: str, connection: duckdb.DuckDBPyConnection) -> list[StatementType]:
    return [statement.type for statement in connection.extract_statements(sql)]


def _connect(request: Request) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        request.path, read_only=True, config={**SANDBOX, "memory_limit": f"{request.memory_mb}MB"}
    )
    # After opening, which needs it. Without this a query may read and write the database's own path and its log's.
    connection.execute("SET disabled_filesystems = 'LocalFileSystem'")
    connection.execute("SET lock_configuration = true")
    return connection


if __name__ == "__main__":
    sys.exit(main())

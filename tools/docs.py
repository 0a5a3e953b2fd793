"""Writes what docs/ says of tables, sources, indicators, settings and constants, from the code that decides it.

    python tools/docs.py [--check]

Written is what stands between `<!-- generated:NAME -->` and `<!-- end -->`; the text around it is by hand.
"""

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import dataframely as dy

from transforms.indices.ledger import PairScope
from transforms.indices.scope import pair_scopes
from transforms.sources.bundled import TABLE_OF_SOURCE
from transforms.sources.ledger import TABLE_OF_FILE
from warehouse.catalog.models import Catalog, Indicator, Irritant, Search, Source
from warehouse.catalog.registry import load_catalog
from warehouse.contracts.columns import Known
from warehouse.contracts.tables import TABLES, columns_of, contract, key_of
from warehouse.ddl import MACROS, TYPES, table_comment
from warehouse.errors import DyadwatchError
from warehouse.settings import PREFIX, Settings

DOCS = Path(__file__).parents[1] / "docs"
PART = re.compile(r"(<!-- generated:(\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
LAYERS = {"core": "Core", "out": "Index", "ref": "Catalogue", "meta": "Builds"}
"""Layers of tables by the prefix of their names, with their titles."""
FED = {source: {name} for source, name in TABLE_OF_SOURCE.items()} | {"ledger": set(TABLE_OF_FILE.values())}
"""Tables that each source's payloads belong to."""
BY_THEME = "By theme, not by name"
"""How the search log's text begins where a type of deed was searched only among the records of its themes."""


def main() -> int:
    """Write the pages, or with --check compare them; return 1 on a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the pages, write nothing")
    is_check = parser.parse_args().check
    wrong = {path: text for path, text in pages().items() if path.read_text("utf-8") != text}
    for path, text in wrong.items():
        if is_check:
            print(f"docs/{path.name} is not what the code says.\nHint: run `make docs`.")
        else:
            path.write_text(text, "utf-8")
            print(f"docs/{path.name} written")
    return 1 if is_check and wrong else 0


def pages() -> dict[Path, str]:
    """Return every page with generated parts by its path, the parts written anew.

    Raises:
        DyadwatchError: A page's marks are not exactly its parts.
    """
    catalog = load_catalog()
    parts = {
        "dictionary": dictionary_parts(),
        "sources": source_parts(catalog),
        "indicators": indicator_parts(catalog),
        "settings": {"settings": settings_part()},
        "methodology": method_parts(catalog),
    }
    return {path: with_parts(path, parts[path.stem]) for path in (DOCS / f"{name}.md" for name in parts)}


def with_parts(path: Path, parts: Mapping[str, str]) -> str:
    """Return a page's text with its generated parts written anew.

    Raises:
        DyadwatchError: The page's marks are not exactly the parts.
    """
    text = path.read_text("utf-8")
    found = sorted(name for _, name, _ in PART.findall(text))
    if found != sorted(parts):
        raise DyadwatchError(
            f"docs/{path.name} has the generated parts {found}, not {sorted(parts)}.\n"
            "Hint: set the marks <!-- generated:NAME --> and <!-- end --> once where each part belongs."
        )
    return PART.sub(lambda mark: f"{mark[1]}\n{parts[mark[2]]}\n\n{mark[3]}", text)


def dictionary_parts() -> dict[str, str]:
    """Return the list of tables, the macros, and each table with its key and columns."""
    contents = [
        f"**{title}**\n\n" + "\n".join(f"- {link(n)}: {table_comment(n)}" for n in TABLES if n.startswith(f"{layer}_"))
        for layer, title in LAYERS.items()
    ]
    macros = [(f"`{definition.split(' AS ')[0]}`", says) for definition, says in MACROS.values()]
    return {
        "contents": "\n\n".join(contents),
        "macros": table(("macro", "returns"), macros),
        "tables": "\n\n".join(_table_section(name) for name in TABLES),
    }


def source_parts(catalog: Catalog) -> dict[str, str]:
    """Return the overview of sources and each source."""
    rows = [(link(name), s.publisher, s.cadence, s.lag_days, s.licence) for name, s in catalog.sources.items()]
    return {
        "overview": table(("source", "publisher", "cadence", "lag, days", "licence"), rows),
        "sources": "\n\n".join(_source_section(name, source, catalog) for name, source in catalog.sources.items()),
    }


def indicator_parts(catalog: Catalog) -> dict[str, str]:
    """Return the overview of indicators and each indicator."""
    rows = [(link(name), entry.title_en, entry.role, entry.unit) for name, entry in catalog.indicators.items()]
    return {
        "overview": table(("indicator", "title", "role", "unit"), rows),
        "indicators": "\n\n".join(_indicator_section(name, entry) for name, entry in catalog.indicators.items()),
    }


def settings_part() -> str:
    """Return every setting, from the class that reads them and the strings after its attributes."""
    meaning = _attribute_docstrings(Settings)
    kinds = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    sections = []
    for field in fields(Settings):
        kind = kinds.get(type(field.default), "path")
        facts = {"Meaning": " ".join(meaning[field.name].split()), "Default": f"`{field.default}`", "Type": kind}
        sections.append(f"## {PREFIX}{field.name.upper()}\n\n{bullets(facts)}")
    return "\n\n".join(sections)


def method_parts(catalog: Catalog) -> dict[str, str]:
    """Return the generated parts of the methodology page by name."""
    method = catalog.method
    halves = {**method.half_lives_days, "undated threat, a policy": method.undated_threat_half_life_days}
    steps = [(i, f"{m:.2f}", f"{method.compression_base**m - 1:.3f}") for i, m in enumerate(method.magnitudes, start=1)]
    pillars = [
        (f"`{name}`", f"{pillar.weight:g}", ", ".join(pillar.themes), ", ".join(pillar.deed_types))
        for name, pillar in catalog.pillars.items()
    ]
    return {
        "pillars": table(("pillar", "weight", "themes", "types of deed searched for"), pillars),
        "inclusion_rule": f"> {catalog.ledger.inclusion_rule}",
        "steps": table(("step", "magnitude m", "burden b"), steps),
        "stage_weights": _numbers("stage", "weight w", method.stage_weights),
        "half_lives": _numbers("item", "half-life, days", {**halves, "statement": method.speech_half_life_days}),
        "rank_weights": _numbers("office", "weight r", method.rank_weights),
        "irritants": "\n\n".join(_irritant(name, entry) for name, entry in catalog.irritants.items()),
        "surrender_steps": table(("persons, at least", "step"), sorted(method.surrender_steps.items())),
        "ladders": _ladders(catalog),
        "search_log": _search_log(catalog),
        "constants": _numbers("constant", "value", {k: v for k, v in method if isinstance(v, int | float)}),
    }


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; None is an empty cell."""
    lines = [header, ["---"] * len(header), *rows]
    cells = [["" if cell is None else str(cell).replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def bullets(facts: Mapping[str, str | None]) -> str:
    """Return a Markdown list of named facts, without those that are empty."""
    return "\n".join(f"- **{name}**: {text}" for name, text in facts.items() if text)


def link(name: str, page: str = "") -> str:
    """Return a link to a heading, of another page where one is named."""
    return f"[`{name}`]({page}#{name})"


def _numbers(thing: str, figure: str, values: Mapping[str, float]) -> str:
    return table((thing, figure), [(f"`{name}`", f"{value:g}") for name, value in values.items()])


def _table_section(name: str) -> str:
    schema = contract(name)
    keys = key_of(name)
    rows = [_column_row(column, schema.columns()[column], column in keys) for column in columns_of(name)]
    vintages = "; every vintage is a row of its own" if issubclass(schema, Known) else ""
    key = f"One row for each {', '.join(f'`{key}`' for key in keys)}{vintages}."
    header = ("column", "type", "unit", "allowed", "may be empty", "meaning")
    return f"## {name}\n\n{table_comment(name)} {key}\n\n{table(header, rows)}"


def _column_row(name: str, column: dy.Column, is_key: bool) -> tuple[str | None, ...]:
    shown = f"`{name}`{' (key)' if is_key else ''}"
    unit = (column.metadata or {}).get("unit")
    kind = TYPES[type(column.dtype)]
    return (shown, kind, unit, _allowed(column), "yes" if column.nullable else None, column.description)


def _allowed(column: dy.Column) -> str | None:
    if values := (column.metadata or {}).get("values"):
        return ", ".join(f"`{value}`" for value in values)
    if regex := getattr(column, "regex", None):
        return f"`{regex}`"
    least, most = getattr(column, "min", None), getattr(column, "max", None)
    if least is None:
        return None
    return f"{least:g} or more" if most is None else f"{least:g} to {most:g}"


def _source_section(source_id: str, source: Source, catalog: Catalog) -> str:
    fed = {name: entry for name, entry in catalog.indicators.items() if source_id in entry.sources}
    tables = {entry.table for entry in fed.values()} | FED.get(source_id, set())
    is_page = source.homepage.startswith("http")
    facts = {
        "Publisher": source.publisher,
        "Homepage": f"<{source.homepage}>" if is_page else f"[{source.homepage}](../{source.homepage})",
        "Licence": source.licence,
        "Notice": source.notice,
        "Cadence": source.cadence,
        "Lag": f"{source.lag_days} days",
        "Fetched": f"by `{source.live.kind}` from {', '.join(source.live.hosts)}" if source.live else None,
        "May be passed on": "yes" if source.redistributable else "no",
        "Tables": ", ".join(link(name, "dictionary.md") for name in sorted(tables)),
        "Indicators": ", ".join(link(name, "indicators.md") for name in fed),
    }
    return f"## {source_id}\n\n{source.title}\n\n{bullets(facts)}"


def _indicator_section(indicator_id: str, indicator: Indicator) -> str:
    facts = {
        "Title": f"{indicator.title_en}; *{indicator.title_es}*",
        "Unit": indicator.unit,
        "Role": indicator.role,
        "Scope": indicator.scope,
        "Pillar": indicator.pillar,
        "Dimension": indicator.dimension,
        "First day covered": str(indicator.ledger_start) if indicator.ledger_start else None,
        "Table": link(indicator.table, "dictionary.md"),
        "Sources": ", ".join(link(name, "sources.md") for name in indicator.sources),
    }
    definitions = [(f"`{name}`", text.en, text.es) for name, text in indicator.definitions.items()]
    header = ("definition", "what is counted", "qué se cuenta")
    return f"## {indicator_id}\n\n{bullets(facts)}\n\n{table(header, definitions)}"


def _irritant(name: str, entry: Irritant) -> str:
    facts = {
        "Irritant": f"{link(name, 'indicators.md')} of {link(entry.table, 'dictionary.md')}, pillar `{entry.pillar}`",
        "Reference": entry.reference,
        "Edition": entry.edition,
        "A month not yet reported": f"carries the last value, marked, for at most {entry.carried_months} months",
        "b": f"{entry.high:,.0f}",
    }
    months = sorted(entry.median_by_month.items())
    anchors = [("a", *(f"{value:,.1f}" for _, value in months))]
    return f"{bullets(facts)}\n\n{table(('calendar month', *(str(month) for month, _ in months)), anchors)}"


def _ladders(catalog: Catalog) -> str:
    sections = [f"Written on {catalog.ladders.written_on}, before any record was coded."]
    for dimension, ladders in (("Tension", catalog.ladders.tension), ("Cooperation", catalog.ladders.cooperation)):
        for pillar, steps in ladders.items():
            rows = [(number, step.means, "; ".join(step.anchors)) for number, step in steps.items()]
            sections.append(f"**{dimension}, {catalog.pillars[pillar].title_en.lower()}**")
            sections.append(table(("step", "means", "for example"), rows))
    return "\n\n".join(sections)


def _search_log(catalog: Catalog) -> str:
    sides = dict.fromkeys(search.side for search in catalog.ledger.searches)
    return "\n\n".join([*(_searches(side, catalog) for side in sides), *map(_unknown_years, pair_scopes(catalog))])


def _searches(side: str, catalog: Catalog) -> str:
    lines = [search for search in catalog.ledger.searches if search.side == side]
    periods = sorted({(line.first_year, line.last_year) for line in lines})
    said = {(line.deed_type, line.first_year, line.last_year): _how_searched(line) for line in lines}
    types = dict.fromkeys(line.deed_type for line in lines)
    rows = [(name.replace("_", " "), *(said.get((name, *period)) for period in periods)) for name in types]
    return table((f"deeds of {side}", *(f"{first} to {last}" for first, last in periods)), rows)


def _how_searched(search: Search) -> str:
    found = "by theme" if search.searched_in.startswith(BY_THEME) else "yes"
    return found if search.was_searched else "**no**"


def _unknown_years(scope: PairScope) -> str:
    years = set(range(scope.ledger_start.year, scope.ledger_end.year + 1))
    gaps = {pillar: sorted(years - searched) for pillar, searched in scope.searched_both.items()}
    unknown = "; ".join(f"{pillar} {', '.join(map(str, missing))}" for pillar, missing in gaps.items() if missing)
    span = f"{scope.pair_id}: the ledger runs from {scope.ledger_start} to {scope.ledger_end}."
    return f"{span} Years without a type of deed searched for both sides, by pillar: {unknown or 'none'}."


def _attribute_docstrings(owner: type) -> dict[str, str]:
    """Return the string that stands right after each annotated attribute of a class."""
    parsed = ast.parse(inspect.getsource(owner)).body[0]
    body = parsed.body if isinstance(parsed, ast.ClassDef) else []
    return {
        node.target.id: str(after.value.value)
        for node, after in pairwise(body)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    }


if __name__ == "__main__":
    sys.exit(main())

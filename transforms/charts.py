"""The index as a small picture in Markdown, for pages that show no Plotly, as Dagster's of an asset.

Dagster shows Markdown of less than 1,000 characters at once and the rest behind a link, so the picture is written briefly.
"""

from urllib.parse import quote

import polars as pl

MONTHS = 60
"""Months shown: the last five years."""
STEP, HEIGHT = 8, 100
"""Points of a month's width and of the plot's height; the index is 0 at its foot and 100 at its top."""


def tension_charts(tension: pl.DataFrame) -> dict[str, str]:
    """Return each pair's last months as Markdown: the latest month in words, and a line, if any month has an index.

    Args:
        tension: As out_pair__monthly_tension; the view `latest` is shown.
    """
    latest = tension.filter(pl.col("view") == "latest").sort("pair_id", "month")
    return {str(pair): _chart(part.tail(MONTHS)) for (pair,), part in latest.group_by("pair_id", maintain_order=True)}


def _chart(months: pl.DataFrame) -> str:
    first, last = months.row(0, named=True), months.row(-1, named=True)
    index, low, high = last["tension_index"], last["lower_05"], last["upper_95"]
    said = "no index" if index is None else f"{index:.1f}"
    band = "no band" if low is None else f"{low:.1f} to {high:.1f}"
    span = f"{first['month']:%Y-%m} to {last['month']:%Y-%m}"
    words = f"{last['month']:%Y-%m}: {said} ({band}), coverage {last['coverage']:.2f}"
    if months["tension_index"].null_count() == months.height:
        return words
    picture = quote(_svg(_line(months["tension_index"].to_list()), span), safe="/:=',;")
    return f"{words}\n\n![Tension index, {span}, from 0 to 100](data:image/svg+xml,{picture})"


def _line(values: list[float | None]) -> str:
    """Return the path of the values, each from the one before; one alone between two gaps is a dot."""
    path, former = "", None
    for number, value in enumerate(values):
        height = None if value is None else HEIGHT - round(value)
        if height is not None:
            path += f"M{number * STEP},{height}l0,0" if former is None else f",{STEP},{height - former}"
        former = height
    return path


def _svg(path: str, span: str) -> str:
    levels, right = (0, 50, 100), STEP * (MONTHS - 1)
    labels = "".join(f"<text x='{right + 6}' y='{HEIGHT - level + 4}'>{level}</text>" for level in levels)
    rules = "".join(f"M0,{HEIGHT - level}h{right}" for level in levels)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{right + 34}' height='{HEIGHT + 30}'"
        f" viewBox='0,-8,{right + 34},{HEIGHT + 30}' fill='none' font-family='sans-serif' font-size='11'>"
        f"<path d='{rules}' stroke='silver'/><g fill='gray'>{labels}<text y='{HEIGHT + 18}'>{span}</text></g>"
        f"<path d='{path}' stroke='firebrick' stroke-width='2' stroke-linecap='round'/></svg>"
    )

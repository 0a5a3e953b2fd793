"""The index as a small picture in Markdown, for pages that show no Plotly, as Dagster's of an asset."""

from base64 import b64encode

import polars as pl

MONTHS = 60
"""Months shown: the last five years."""
WIDTH, HEIGHT = 480, 100
"""Size of the plot; the index is 0 at its foot and 100 at its top."""


def tension_charts(tension: pl.DataFrame) -> dict[str, str]:
    """Return each pair's last months as Markdown: the latest month in words, and a line that breaks where none is.

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
    picture = b64encode(_svg(_line(months["tension_index"].to_list()), span).encode()).decode()
    return (
        f"{last['month']:%Y-%m}: {said} ({band}), coverage {last['coverage']:.2f}\n\n"
        f"![Tension index, {span}, from 0 to 100](data:image/svg+xml;base64,{picture})"
    )


def _line(values: list[float | None]) -> str:
    """Return the path of the values; one alone between two gaps is a dot."""
    step = WIDTH / max(1, len(values) - 1)
    path, is_drawn = "", False
    for number, value in enumerate(values):
        if value is not None:
            path += f"{'L' if is_drawn else 'M'}{number * step:.1f} {HEIGHT * (1 - value / 100):.1f}"
            path += "" if is_drawn else "h0"
        is_drawn = value is not None
    return path


def _svg(path: str, span: str) -> str:
    labels = "".join(f'<text x="{WIDTH + 6}" y="{HEIGHT - level + 4}">{level}</text>' for level in (0, 50, 100))
    rules = "".join(f"M0 {HEIGHT - level}h{WIDTH}" for level in (0, 50, 100))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 34}" height="{HEIGHT + 30}"'
        f' viewBox="0 -8 {WIDTH + 34} {HEIGHT + 30}" font-family="sans-serif" font-size="11" fill="#777">'
        f'<path d="{rules}" stroke="#bbb"/>{labels}<text y="{HEIGHT + 18}">{span}</text>'
        f'<path d="{path}" fill="none" stroke="#b5473c" stroke-width="2" stroke-linecap="round"/></svg>'
    )

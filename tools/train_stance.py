"""Trains the stance scorer's linear model and measures the scorer: warehouse/bundled/stance/weights.csv, docs/stance.md.

    python tools/train_stance.py [--check]

Read are the bundled ledger and, where they are, the transcripts and labelled sets in ../shared: without them only the
English model can be trained, and --check compares that alone.
"""

import argparse
import re
import sys
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import polars as pl

from tools.docs import DOCS, table, with_parts
from transforms.stance.figures import Figures, figures
from transforms.stance.lexicon import LANGUAGES
from transforms.stance.ridge import as_weights
from transforms.stance.scorer import score
from transforms.stance.training import fit
from warehouse.errors import DyadwatchError

BUNDLED = Path(__file__).parents[1] / "warehouse" / "bundled"
WEIGHTS = BUNDLED / "stance" / "weights.csv"
SHARED = Path(__file__).parents[2] / "shared" / "data" / "statements"
CUT_OFF = date(2026, 1, 1)
"""No text of this day or later is trained on."""
TRAINED = ("ledger", "transcripts", "es_first52")
"""Sets whose texts before the cut-off are trained on."""
SEEN = {
    "ledger": "English summaries of the ledger",
    "transcripts": "Spanish paragraphs of morning conferences",
    "en_first40": "English quotations, first set",
    "es_first52": "Spanish paragraphs, first set",
}
"""Sets that development saw; every other file of tone_eval is held out."""
SPEAKER = re.compile(r"^\W*[A-ZÁÉÍÓÚÑÜ ,.()-]{8,}:\W*")
SAME = 1e-5
"""Difference between two machines' coefficients that is no difference."""


class Set(NamedTuple):
    """Texts with a stance by hand that measure the scorer: what they are, language, and stated_on, text, stance."""

    title: str
    language: str
    texts: pl.DataFrame


def main() -> int:
    """Write the model and the page, or with --check compare them; return 1 on a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the files, write nothing")
    is_check = parser.parse_args().check
    if not SHARED.is_dir():
        print(f"{SHARED} is not here: only the English model is looked at", file=sys.stderr)
        if not is_check:
            raise SystemExit("Hint: put the labelled sets there, or run with --check.")
    trained = pl.concat(model(language).with_columns(language=pl.lit(language)) for language in languages())
    trained = trained.select("language", "term", "idf", "coefficient")
    if not is_check:
        trained.write_csv(WEIGHTS)
        page = DOCS / "stance.md"
        page.write_text(with_parts(page, {"figures": figures_table()}), "utf-8")
        print(f"{trained.height} rows written to {WEIGHTS}; docs/stance.md written")
        return 0
    return 0 if model_is_same(trained) and page_is_same() else 1


def languages() -> tuple[str, ...]:
    """Return the languages whose training texts are here."""
    return LANGUAGES if SHARED.is_dir() else ("en",)


def model_is_same(trained: pl.DataFrame) -> bool:
    """Say whether the stored model of the trained languages is the trained one, and print a line if not."""
    stored = pl.read_csv(WEIGHTS).filter(pl.col("language").is_in(languages())).fill_null("")
    keys, numbers = ["language", "term"], ["idf", "coefficient"]
    if stored.select(keys).equals(trained.select(keys)):
        if (stored.select(numbers) - trained.select(numbers)).select(pl.all().abs().max()).max_horizontal().item() < SAME:
            return True
    print(f"{WEIGHTS.name} is not what the training gives.\nHint: run python tools/train_stance.py")
    return False


def page_is_same() -> bool:
    """Say whether docs/stance.md has the figures of now (always where the sets are not here); print a line if not."""
    page = DOCS / "stance.md"
    if not SHARED.is_dir() or page.read_text("utf-8") == with_parts(page, {"figures": figures_table()}):
        return True
    print("docs/stance.md has other figures.\nHint: run python tools/train_stance.py")
    return False


@cache
def labelled() -> pl.DataFrame:
    """Return every text with a stance by hand that is here: source, language, stated_on, text, stance."""
    kind = {"stated_on": pl.Date, "stance": pl.Float64, "duplicate_of": pl.String}
    ledger = pl.read_csv(BUNDLED / "ledger" / "statements.csv", schema_overrides=kind)
    # The first pair's: the lists were written for its subjects, and the figures published are of its texts.
    first = pl.col("statement_id").str.starts_with("USMX")
    ledger = ledger.filter(first & pl.col("duplicate_of").is_null()).select(
        pl.lit("ledger").alias("source"), pl.lit("en").alias("language"), "stated_on", text="summary_en", stance="stance"
    )
    found = [ledger.sort("stated_on", "text")]
    if SHARED.is_dir():
        found.append(transcripts())
        for path in sorted((SHARED / "tone_eval").glob("*.csv")):
            rows = pl.read_csv(path, schema_overrides={"date": pl.Date, "stance": pl.Float64})
            found.append(
                rows.select(
                    pl.lit(path.stem).alias("source"), pl.col("lang").alias("language"), pl.col("date").alias("stated_on"),
                    "text", "stance",
                )
            )  # fmt: skip
    return pl.concat(found)


def transcripts() -> pl.DataFrame:
    """Return the labelled paragraphs of the transcripts, found by their digests.

    Raises:
        DyadwatchError: A labelled paragraph is not in its file.
    """
    labels = pl.read_csv(BUNDLED / "stance" / "labels_es.csv", schema_overrides={"stated_on": pl.Date})
    texts = {digest(text): text for name in labels["file"].unique() for text in paragraphs(SHARED / name)}
    if lost := [key for key in labels["text_sha256"] if key not in texts]:
        raise DyadwatchError(f"{len(lost)} labelled paragraphs are not in {SHARED}.\nHint: label them anew: {lost}")
    return labels.select(
        pl.lit("transcripts").alias("source"),
        pl.lit("es").alias("language"),
        "stated_on",
        pl.col("text_sha256").replace_strict(texts).alias("text"),
        pl.col("stance").cast(pl.Float64),
    )


def paragraphs(path: Path) -> list[str]:
    """Return a transcript's paragraphs without the speaker's name before them."""
    parts = path.read_text("utf-8").split("\n\n" if path.suffix == ".md" else "\n")
    return [SPEAKER.sub("", " ".join(part.split())) for part in parts]


def digest(text: str) -> str:
    """Return what identifies a paragraph whose text is not kept here."""
    return sha256(text.encode()).hexdigest()[:16]


def model(language: str, without: pl.Series | None = None) -> pl.DataFrame:
    """Return a language's model trained on its texts before the cut-off, those of some days left out if asked."""
    rows = labelled().filter(
        pl.col("source").is_in(TRAINED), pl.col("language") == language, pl.col("stated_on") < CUT_OFF
    )
    if without is not None:
        rows = rows.filter(~pl.col("stated_on").is_in(without.unique().to_list()))
    return fit(rows["text"].to_list(), rows["stance"].to_list())


def sets() -> dict[str, Set]:
    """Return the sets to measure on that are here: after the cut-off, first sets whole, held-out sets whole."""
    result = {}
    for (source, language), rows in labelled().partition_by("source", "language", as_dict=True).items():
        title = SEEN.get(source, f"Held-out set {source}")
        if source in ("ledger", "transcripts"):
            rows, title = rows.filter(pl.col("stated_on") >= CUT_OFF), f"{title}, from {CUT_OFF} on"
        result[source] = Set(title, language, rows.select("stated_on", "text", "stance"))
    return result


def measured(item: Set) -> Figures:
    """Return the scorer's figures on a set, its linear model trained without any text of the set's days."""
    weights = {item.language: as_weights(model(item.language, without=item.texts["stated_on"]))}
    texts = item.texts.select("text", language=pl.lit(item.language))
    return figures(score(texts, weights), item.texts["stance"])


def figures_table() -> str:
    """Return the figures on every set as a Markdown table."""
    head = ("set", "n", "r [95 %]", "three classes right (commonest class)", "sign right (n)", "abstained")
    rows = []
    for item in sets().values():
        f = measured(item)
        rows.append(
            (
                item.title,
                f.texts,
                f"{f.r:.2f} [{f.r_low:.2f}, {f.r_high:.2f}]",
                f"{f.accuracy:.2f} ({f.commonest:.2f})",
                f"{f.right_sign:.2f} ({f.not_neutral})",
                f"{f.abstained:.0%}",
            )
        )
    return table(head, rows)


if __name__ == "__main__":
    sys.exit(main())

"""Core tables of living sources: documents that governments publish, and daily counts of GDELT's events."""

import dataframely as dy
import polars as pl

from warehouse.contracts.columns import Known, count, dyad_id, iso3, one_of, url

DOCUMENT_KINDS = (
    "executive_order",
    "proclamation",
    "memorandum",
    "determination",
    "notice",
    "rule",
    "proposed_rule",
    "release",
    "fact_sheet",
    "statement",
    "briefing",
    "remarks",
    "transcript",
    "communique",
    "article",
    "other",
)


class DocumentReleases(Known):
    """Official documents by the direction they are read for: what appeared, the model's stance, and the link; context and a queue for coders, never an input of the index. The text is not here: it stays in the raw layer."""  # noqa: E501

    dyad_id = dyad_id()
    document_id = dy.String(primary_key=True, description="Source and the publisher's own identifier.")
    country = iso3("Country whose government speaks.")
    office = dy.String(description="Office that publishes it, named as in core_statement__utterances.")
    kind = one_of(DOCUMENT_KINDS, "Form of the document; one action can appear in several, each its own document.")
    number = dy.String(nullable=True, description="Number of the executive order or release, where it has one.")
    title = dy.String(min_length=1, description="Title, as published.")
    signed_on = dy.Date(nullable=True, description="Day of signature, where the publisher gives it.")
    published_on = dy.Date(description="Day of publication where the office sits.")
    modified_at = dy.Datetime(nullable=True, description="Last change that the publisher states, UTC.")
    language = one_of(("en", "es"), "Language of the text.")
    url = url()
    names_partner = dy.Bool(description="Title or text names the other side of dyad_id, in English or Spanish.")
    text_sha256 = dy.String(regex=r"^[0-9a-f]{64}$", description="Digest of title and text, as read.")
    text_chars = count("Length of the text as read, without its title.", "characters")
    is_partial = dy.Bool(
        description="The text read is known not to be the whole: a summary, or a transcript fetched before 18:00"
        " Mexico City on its own day, when its later parts are not yet out."
    )
    stance = dy.Float64(
        nullable=True,
        min=-1,
        max=1,
        description="Stance toward the other side of the office's own sentences that name it, -1 hostile to 1"
        " cooperative; empty where none does or the model abstains.",
        metadata={"unit": "stance, -1 to 1"},
    )
    stance_method = one_of(("model",), "How the stance was made; empty where there is none.", nullable=True)
    stance_cues = dy.String(nullable=True, description="Words behind the stance, each with its weight.")

    @dy.rule()
    def stance_names_its_method(cls) -> pl.Expr:
        """Say how its stance was made, if it has one."""
        return pl.col("stance").is_null() == pl.col("stance_method").is_null()

    @dy.rule()
    def stance_is_toward_a_named_partner(cls) -> pl.Expr:
        """Have a stance only toward a partner that it names."""
        return pl.col("stance").is_null() | pl.col("names_partner")


class GdeltDailyDyads(Known):
    """GDELT events by the day they were added, direction and root code; context and a yardstick, never an input of the index. Known from the day after: the stamp of adding is GDELT's own."""  # noqa: E501

    dyad_id = dyad_id()
    day = dy.Date(primary_key=True, description="Day on which GDELT added the events (DATEADDED, UTC).")
    root_code = dy.String(primary_key=True, regex=r"^(0[1-9]|1\d|20)$", description="CAMEO root code, 01 to 20.")
    quad_class = dy.Int8(
        primary_key=True,
        min=1,
        max=4,
        description="1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict.",
    )
    events = count("Events; an id counts once, and events dated far from the day they were added do not.", "events")
    mentions = count("Mentions of those events in the quarter-hour of first sight.", "mentions")
    stories = count("Stories: events of one article, actor countries and event code are one.", "stories")
    tone_mean = dy.Float64(
        nullable=True,
        min=-100,
        max=100,
        description="Mean tone of the stories, each with the same weight; empty where there is none.",
        metadata={"unit": "GDELT tone, -100 to 100"},
    )
    goldstein_mean = dy.Float64(
        nullable=True,
        min=-10,
        max=10,
        description="Mean Goldstein score of the stories, each with the same weight; empty where there is none.",
        metadata={"unit": "Goldstein scale, -10 conflict to 10 cooperation"},
    )
    reemitted = count(
        "Events left out of the other columns: dated more than two days from the day they were added.", "events"
    )

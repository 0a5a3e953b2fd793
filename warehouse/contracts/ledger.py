"""Core tables of the ledger: statements, acts, policies, claims and their codes."""

import dataframely as dy
import polars as pl

from warehouse.contracts.columns import (
    DYAD,
    POLICY_STAGES,
    SOURCE_TIERS,
    Known,
    count,
    dimension,
    iso3,
    one_of,
    pillar,
    share,
    url,
)

ACT_KINDS = ("incident", "act", "threat", "call", "visit", "agreement", "surrender")
ACT_STAGES = ("floated", "threatened", "proposed", "ordered", "done", "withdrawn")
BRANCHES = ("executive", "legislature", "court", "subnational", "party", "former", "other")
PRECISIONS = ("day", "approx", "month")


class StatementUtterances(Known):
    """Official utterances about the partner, one row a statement, with a stance."""

    statement_id = dy.String(primary_key=True, description="Identifier of the statement in the ledger.")
    stated_on = dy.Date(description="Day on which the words were said.")
    date_precision = one_of(
        PRECISIONS, "How exact the day is: approx is the report's day, month the first of the month."
    )
    country = iso3("Country that speaks.")
    addressee = iso3("Country spoken about.")
    speaker = dy.String(nullable=True, description="Person, where the record names one.")
    office = dy.String(description="Office that speaks, a slug that stays the same from holder to holder.")
    office_rank = one_of(("head", "minister", "agency"), "Rank of the office; weights 1, 0.5 and 0.25 in speech.")
    language = one_of(("en", "es", "fr", "zh"), "Language spoken.")
    theme = dy.String(description="Subject tag of the ledger.")
    pillar = pillar()
    stance = dy.Float64(
        min=-1, max=1, description="How the words treat the partner.", metadata={"unit": "-1 hostile to 1 kind"}
    )
    stance_basis = dy.String(nullable=True, description="The coder's one-word reason.")
    stance_method = one_of(("hand", "model"), "Who gave the stance: a reader of the record, or the scorer.")
    summary_en = dy.String(description="What was said, in our words.")
    summary_es = dy.String(nullable=True, description="The same in Spanish.")
    url = url()
    publisher = dy.String(nullable=True, description="Who published the page.")
    source_tier = one_of(SOURCE_TIERS, "How close the page is to the speaker.")
    is_relayed = dy.Bool(description="Known only through the other side or a third party.")
    is_joint = dy.Bool(description="Said by both governments; counts for both directions.")
    speaker_branch = one_of(BRANCHES, "Branch of the speaker.")
    is_counted = dy.Bool(description="Whether the speaker's government is bound by the words: federal executives only.")
    not_counted_reason = dy.String(nullable=True, description="Why the statement stays out of the index.")
    duplicate_of = dy.String(nullable=True, description="The same words in another record, which is the one counted.")
    act_id = dy.String(
        nullable=True, description="Set where the words are coded as this act; they then stay out of speech."
    )
    policy_id = dy.String(
        nullable=True, description="Set where the words are coded as this policy; they then stay out of speech."
    )


class ActEvents(Known):
    """Dated deeds, one row a record; an act linked to a policy, a claim or another act adds no magnitude."""

    act_id = dy.String(primary_key=True, description="Identifier of the act in the ledger.")
    occurred_on = dy.Date(description="Day of the deed.")
    published_on = dy.Date(nullable=True, description="Day on which it became public, where later and known.")
    date_precision = one_of(
        PRECISIONS, "How exact the day is: approx is the report's day, month the first of the month."
    )
    initiator = iso3("Country that did it.")
    target = iso3("Country it was done to.")
    actor = dy.String(description="Office or body, as the ledger names it.")
    actor_branch = one_of(BRANCHES, "Branch of the actor; only executives are scored.")
    kind = one_of(ACT_KINDS, "Kind of deed; sets the half-life.")
    matter_id = dy.String(
        nullable=True, description="One initiator's one matter: its acts are one item, the latest holds."
    )
    theme = dy.String(nullable=True, description="Subject tag of the ledger.")
    pillar = pillar()
    dimension = dimension(nullable=True)
    ladder_step = dy.Int8(nullable=True, min=1, max=5, description="Step on the ladder of the dimension and pillar.")
    stage = one_of(ACT_STAGES, "How far the deed has got.")
    is_conditional = dy.Bool(description="Made to depend on the other's conduct.")
    conditional_until = dy.Date(nullable=True, description="Deadline named by the deed.")
    answers_act_id = dy.String(
        nullable=True,
        description="Conditional threat (act or policy) that this cooperative act meets, by the documents.",
    )
    policy_id = dy.String(nullable=True, description="Policy that the record is evidence of.")
    claim_id = dy.String(nullable=True, description="Claim that the record is evidence of.")
    evidence_of_act_id = dy.String(nullable=True, description="More direct record of the same deed.")
    is_joint = dy.Bool(description="Done by both governments; counts for both directions.")
    is_relayed = dy.Bool(description="Known only through the other side or a third party.")
    ledger_stance = dy.Float64(
        nullable=True, min=-1, max=1, description="First reader's label; not used, a step is not a tone."
    )
    summary_en = dy.String(description="What was done, in our words.")
    summary_es = dy.String(nullable=True, description="The same in Spanish.")
    url = url()
    publisher = dy.String(nullable=True, description="Who published the page.")
    source_tier = one_of(SOURCE_TIERS, "How close the page is to the actor.")
    coding_note = dy.String(nullable=True, description="The coder's reason or doubt.")

    @dy.rule()
    def has_a_step_only_with_a_dimension(cls) -> pl.Expr:
        """Carry a ladder step only where a dimension says which ladder."""
        return pl.col("ladder_step").is_null() | pl.col("dimension").is_not_null()


class PolicyMeasures(Known):
    """Every standing measure: tariffs, designations, bans, visa and financial orders, deployments."""

    policy_id = dy.String(primary_key=True, description="Identifier of the measure.")
    kind = one_of(
        ("tariff", "designation", "ban", "visa", "financial", "deployment", "programme", "quota", "tax", "law"),
        "Kind of measure.",
    )
    pillar = pillar()
    imposer = iso3("Country that imposes it.")
    target = iso3("Country it is aimed at, WLD where general.")
    instrument = dy.String(nullable=True, description="Form of the measure.")
    legal_authority = dy.String(nullable=True, description="Law it rests on.")
    scope = dy.String(nullable=True, description="Goods or persons it covers.")
    dimension = dimension()
    ladder_step = dy.Int8(nullable=True, min=1, max=5, description="Step on the ladder; empty where a rate is set.")
    last_confirmed_on = dy.Date(
        nullable=True,
        description="Last day on which a record confirms the measure, where nobody knows its end: it is carried on.",
    )
    title_en = dy.String(description="Name, in our words.")
    title_es = dy.String(nullable=True, description="Name in Spanish.")
    url = url()


class PolicyStages(Known):
    """How far a measure had got: one stage holds on a day, a new one replaces it."""

    policy_id = dy.String(primary_key=True, description="Identifier of the measure.")
    stage = one_of(POLICY_STAGES, "Stage that begins.")
    stage_on = dy.Date(primary_key=True, description="First day of the stage.")
    until_on = dy.Date(nullable=True, description="Announced end or deadline of the stage.")
    rate_pct = dy.Float64(
        nullable=True, min=0, description="The policy's own added duty.", metadata={"unit": "percentage points"}
    )
    record_ref = dy.String(nullable=True, description="Records of the ledger that the stage rests on.")
    is_estimated = dy.Bool(description="True where the day of the stage is inferred, as a linked lifting.")
    url = url()
    coding_note = dy.String(nullable=True, description="The coder's reason or doubt.")


class PolicyCoverage(Known):
    """How much of the partner's exports a tariff covers; the latest row holds."""

    policy_id = dy.String(primary_key=True, description="Identifier of the measure.")
    partner = iso3("Country hit.", primary_key=True)
    from_on = dy.Date(primary_key=True, description="First day of the coverage.")
    coverage_share = share("Share of bilateral imports in the calendar year before, net of exempt goods.")
    coverage_basis = dy.String(description="Figures that the share rests on.")
    coverage_is_estimated = dy.Bool(description="True where the share is an estimate; the band varies it.")
    record_ref = dy.String(nullable=True, description="Records of the ledger behind the share.")
    url = url()


class PolicyExemptions(Known):
    """When a general measure does not touch a partner."""

    policy_id = dy.String(primary_key=True, description="Identifier of the measure.")
    partner = iso3("Country exempt.", primary_key=True)
    from_on = dy.Date(primary_key=True, description="First exempt day.")
    to_on = dy.Date(nullable=True, description="Last exempt day; empty while it lasts.")
    basis = dy.String(description="What the exemption rests on.")
    record_ref = dy.String(nullable=True, description="Records of the ledger behind it.")
    url = url()


class ExtraditionClaims(Known):
    """Counts of persons surrendered, as somebody published them under a definition; never add them up."""

    claim_id = dy.String(primary_key=True, description="Identifier of the claim.")
    dyad_id = dy.String(regex=DYAD, description="Surrendering state first.")
    period_label = dy.String(description="The period as the publisher words it.")
    period_start = dy.Date(nullable=True, description="First day counted; empty where not read.")
    period_end = dy.Date(nullable=True, description="Last day counted; empty where not read.")
    persons = dy.Float64(
        min=0, description="Count, or yearly average where the label says so.", metadata={"unit": "persons"}
    )
    persons_is_minimum = dy.Bool(description="True for 'more than'.")
    is_yearly_average = dy.Bool(description="True where the figure is an average a year.")
    scope = dy.String(description="What the publisher says is counted.")
    definition_id = one_of(
        ("to_partner_all", "to_partner_nationals", "all_countries", "transfer", "treaty_and_transfer", "unstated"),
        "Scope as one of few definitions.",
    )
    mechanism = one_of(("treaty_extradition", "transfer", "unspecified"), "How they were surrendered.")
    label_used = dy.String(nullable=True, description="Word that the publisher uses.")
    stated_by = dy.String(description="Who says so.")
    publisher = dy.String(description="Who published it.")
    published_text = dy.String(nullable=True, description="Day or month of publication, as printed.")
    url = url()
    note = dy.String(nullable=True, description="Conflicts and cautions.")


class RepatriationClaims(Known):
    """Counts of Mexicans returned, as somebody published them; periods overlap, never add them up."""

    claim_id = dy.String(primary_key=True, description="Identifier of the claim.")
    dyad_id = dy.String(regex=DYAD, description="Returning state first.")
    period_label = dy.String(description="The period as the publisher words it.")
    period_start = dy.Date(description="First day counted.")
    period_end = dy.Date(description="Last day counted.")
    returns = count("Count in the publisher's unit.", "as in counted_unit")
    counted_unit = dy.String(description="What is counted: events, letters, repatriations.")
    stated_by = dy.String(description="Who says so.")
    publisher = dy.String(description="Who published it.")
    url = url()
    note = dy.String(nullable=True, description="Conflicts and cautions.")


class CodingCodes(Known):
    """Every code that a coder gave, one row a variable; coders are automated passes."""

    item_kind = one_of(("act", "statement", "policy", "stage", "coverage"), "What was coded.", primary_key=True)
    item_id = dy.String(primary_key=True, description="Identifier of what was coded.")
    variable = dy.String(primary_key=True, description="Column coded.")
    coder = dy.String(primary_key=True, description="Which pass gave the code.")
    code = dy.String(description="The code, as text.")

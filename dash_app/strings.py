"""Words of the page, in one place."""

TITLE = "dyadwatch"
SUBTITLE = "How tense are relations between the United States and Mexico, since when, why, and how sure is that?"
PAIR = "United States\N{EN DASH}Mexico"
NAMES = {
    "diplomacy": "Diplomacy",
    "law_enforcement": "Law enforcement",
    "migration": "Migration",
    "security": "Security",
    "trade": "Trade",
}
COUNTRIES = {"USA": "United States", "MEX": "Mexico"}
DEFINITIONS = {
    "to_partner_all": "Extradited to the other state, all nationalities",
    "to_partner_nationals": "Extradited to the other state, its own nationals",
    "transfer": "Transferred outside extradition",
}
LEDGER = "dyadwatch ledger of acts, measures and statements"
PREVIEW_EMPTY = "Nothing adds to the index in this month."

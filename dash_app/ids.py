"""Ids of the page's components."""

LOCATION = "location"
TENSION_GRAPH = "tension-graph"
MONTH_TITLE = "month-title"
CONTRIBUTIONS = "contributions"
EVIDENCE = "evidence"

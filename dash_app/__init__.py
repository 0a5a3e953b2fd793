"""The dashboard: thin callbacks and pure figures over the published warehouse."""

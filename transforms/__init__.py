"""Pure Polars: parsers of source formats and the indices. No clock, network, disk or Dagster."""

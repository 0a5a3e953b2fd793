"""The tension index: items, speech, irritants, aggregation, contributions."""

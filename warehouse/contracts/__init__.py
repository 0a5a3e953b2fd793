"""One dataframely schema per table: types, keys, ranges, meanings and units."""

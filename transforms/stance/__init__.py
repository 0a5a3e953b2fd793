"""The stance scorer: how official words treat the partner, by a word list and a linear model, for texts nobody coded."""

"""Pre-trade checks, in the order of their refusals."""

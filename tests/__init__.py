"""The proof: tests, the auditor, and the naive book they compare the engine with."""

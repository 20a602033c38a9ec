"""The proof in the long run: the trials of tests/proof, for as long as they are given."""

"""The proof: every claim that a venue can be trusted, as a trial that a seed repeats.

A trial takes a seed and returns what it counted, or raises AssertionError. The tests here run a few
of each; `python -m tests.soak` runs them for as long as it is told to.
"""

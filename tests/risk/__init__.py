"""Tests of the pre-trade checks."""

"""Tests of the single writer, its clock and recovery."""

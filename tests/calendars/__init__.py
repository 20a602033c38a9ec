"""Tests of trading hours."""

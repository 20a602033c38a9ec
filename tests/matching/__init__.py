"""Tests of the book as a structure."""

"""Tests of the simulated market."""

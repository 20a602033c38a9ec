"""Participants that make an empty venue a market."""

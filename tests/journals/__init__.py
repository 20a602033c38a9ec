"""Recorded journals that must mean the same for ever."""

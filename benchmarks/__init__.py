"""Measurements: one file per question, each figure beside a plain baseline of the same run."""

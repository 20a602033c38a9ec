"""A client of the venue's native API for programs: see docs/CLIENT.md."""

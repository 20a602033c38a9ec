"""Everything that decides: commands in, events out, no clock and no I/O."""

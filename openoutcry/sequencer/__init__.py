"""The single writer: stamp, apply, journal, tell."""

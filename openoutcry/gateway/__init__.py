"""The doors: bytes to commands, outcomes to bytes. No trading rule lives here."""

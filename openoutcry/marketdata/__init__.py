"""What the public sees of trading, folded from told events."""

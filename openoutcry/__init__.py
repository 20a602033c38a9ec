"""Open Outcry: a trading venue in one process."""

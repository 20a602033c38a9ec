"""The command line, run for real against a running venue and against damaged data."""

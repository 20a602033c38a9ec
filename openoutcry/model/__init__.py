"""The words of the venue: units, instruments, orders, accounts, commands, events and records."""

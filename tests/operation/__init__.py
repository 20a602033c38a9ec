"""A venue over time and under load: what it does for itself while it trades."""

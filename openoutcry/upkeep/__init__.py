"""What a venue does for itself while it trades: snapshots, retention, an eye on the disk."""

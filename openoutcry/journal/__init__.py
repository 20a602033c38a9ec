"""The durable past: records, their hash chain, the data directory."""

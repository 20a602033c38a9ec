"""The bodies and messages of the native API."""

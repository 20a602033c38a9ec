"""The door of the simple API: /orders and /ws."""

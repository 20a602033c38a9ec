"""The door of the native API: everything under /api/v1."""

"""A venue with one of everything open that can be open, stopped in every way, and started again."""

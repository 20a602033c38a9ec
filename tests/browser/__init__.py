"""The page in a real browser: stories, and the pictures of the README."""

"""Who trades with whom: the book of one instrument."""

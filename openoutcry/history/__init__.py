"""Orders, fills and postings in SQL, projected from the journal behind the hot path."""

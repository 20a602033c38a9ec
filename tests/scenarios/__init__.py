"""The rules of the market, one story each."""

"""Whose money: balances, holds and positions, in double entry."""

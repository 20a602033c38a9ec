"""Tests of balances, holds and positions."""

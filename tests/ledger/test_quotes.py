"""How much has been taken from an account's quotes within the window."""

from openoutcry.ledger.quotes import QuoteWindow
from openoutcry.model.account import QuoteLimit


def window(quantity=10, span=100):
    return QuoteWindow(QuoteLimit(quantity=quantity, window=span))


def test_reaching_the_limit_is_enough_and_empties_the_count():
    quotes = window()
    assert not quotes.take(0, 9)
    assert quotes.room(0) == 1
    assert quotes.take(0, 1)
    assert quotes.room(0) == 10
    assert not quotes.take(0, 9)


def test_what_is_as_old_as_the_window_does_not_count():
    quotes = window()
    assert not quotes.take(0, 9)
    assert quotes.room(99) == 1
    assert quotes.room(100) == 10
    assert not quotes.take(100, 9)
    assert quotes.take(199, 1)


def test_fills_of_one_moment_are_kept_as_one():
    quotes = window(quantity=1_000)
    for _ in range(50):
        quotes.take(7, 1)
    quotes.take(8, 1)
    assert list(quotes.fills) == [(7, 50), (8, 1)]
    assert quotes.taken == 51

"""A taker: watches the live book and takes what is offered at its best prices, now and then.

    python examples/taker.py --key KEY --symbol AAPL --orders 5

An order that is repeated because its answer was lost happens once: the client gives each a name.
"""

import argparse
import random
import time
from decimal import Decimal

from openoutcry.client.errors import Problem
from openoutcry.client.stream.kept_books import KeptBook
from openoutcry.client.terms import Side
from openoutcry.client.venue import Venue


def opportunity(book: KeptBook) -> tuple[Side, Decimal] | None:
    """Choose a side, and the price at which the other side offers; None when nobody does."""
    side: Side = random.choice(["buy", "sell"])
    best = book.best_ask if side == "buy" else book.best_bid
    return None if best is None or not book.is_current else (side, best.price)


def main() -> None:
    """Take until there were enough orders, or the time is up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--key", default="", help="of an account that may trade")
    parser.add_argument("--symbol", default="AAPL")
    parser.add_argument("--quantity", type=Decimal, default=Decimal(1))
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two orders")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--orders", type=int, default=20)
    asked = parser.parse_args()

    spent, sent = Decimal(0), 0
    until = time.monotonic() + asked.seconds
    with Venue(asked.url, asked.key) as venue, venue.stream() as stream:
        book = stream.follow_book(asked.symbol)
        while sent < asked.orders and time.monotonic() < until:
            chosen = opportunity(book)
            if chosen is None:
                print("nobody is there")
                time.sleep(asked.every)
                continue
            side, price = chosen
            try:
                # Immediate or cancel: whatever is gone by now is not waited for.
                order = stream.place(
                    asked.symbol, side, asked.quantity, price=price, time_in_force="ioc"
                )
            except Problem as problem:
                print(f"{side} at {price}: refused, {problem.detail}")
            else:
                done = order.cum_quantity * (order.average_price or 0)
                spent += done if side == "buy" else -done
                print(f"{side} {order.cum_quantity} of {order.quantity} at {price}")
            sent += 1
            time.sleep(asked.every)
        # The read reflects our last order, because the client names its sequence.
        positions = {one.symbol: one.quantity for one in venue.positions()}
        print(f"sent {sent} orders, spent {spent}, position {positions.get(asked.symbol, 0)}")


if __name__ == "__main__":
    main()

"""Dead man's switches: orders that do not outlive the program that watches them.

    python examples/dead_man_switch.py --key KEY --symbol AAPL

Two of them, for two ways to die. `cancel_after` is for a program without a stream: unless it calls
in time, the venue cancels. `cancel_on_disconnect` is for one with a stream: when its connection
ends without a word, or is silent for 5 s, the venue cancels. Here both are let go on purpose.
"""

import argparse
import time

from openoutcry.client.answers.orders import Order
from openoutcry.client.errors import Problem
from openoutcry.client.venue import Venue


def place(venue: Venue, symbol: str, orders: int) -> list[Order]:
    """Place some bids far below the market: they are there to be canceled."""
    instrument = venue.instrument(symbol)
    tick = instrument.price_increment
    low = (instrument.reference_price / 2 / tick).to_integral_value() * tick
    return [
        venue.place(symbol, "buy", instrument.minimum_quantity, price=low) for _ in range(orders)
    ]


def wait_for_end(venue: Venue, orders: list[Order]) -> None:
    """Wait until the venue has canceled all of them, and print why."""
    for order in orders:
        while (now := venue.order(order.order_id)).is_open:
            time.sleep(0.1)
        print(f"order {now.order_id} {now.status}: {now.reason}")


def by_time(venue: Venue, asked: argparse.Namespace) -> None:
    """Hold orders by calling in, then call no more."""
    switch = venue.cancel_after(asked.timeout)
    print(f"without another call, orders end at {switch.fires_at}")
    orders = place(venue, asked.symbol, asked.orders)
    until = time.monotonic() + asked.seconds
    while time.monotonic() < until:
        venue.cancel_after(asked.timeout)
        # Often enough that one lost call does not matter.
        time.sleep(min(asked.timeout / 3, max(0.0, until - time.monotonic())))
    print("calling in no more")
    wait_for_end(venue, orders)


def by_connection(venue: Venue, asked: argparse.Namespace) -> None:
    """Hold orders by a connection, then hang up without a logout."""
    with venue.stream() as stream:
        stream.subscribe("executions", cancel_on_disconnect=True)
        orders = place(venue, asked.symbol, asked.orders)
        # The client sends a ping each second by itself; a real program would trade here.
        for _ in stream.messages(asked.seconds):
            pass
        print("hanging up; `stream.logout()` would have left the orders where they are")
    wait_for_end(venue, orders)


def main() -> None:
    """Try both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--key", default="", help="needed: the demo account is everybody's")
    parser.add_argument("--symbol", default="AAPL")
    parser.add_argument("--timeout", type=int, default=3, help="seconds until orders end")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to hold them")
    parser.add_argument("--orders", type=int, default=2)
    asked = parser.parse_args()
    with Venue(asked.url, asked.key) as venue:
        try:
            by_time(venue, asked)
            by_connection(venue, asked)
        except Problem as problem:
            raise SystemExit(f"refused: {problem.detail}") from None


if __name__ == "__main__":
    main()

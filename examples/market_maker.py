"""A market maker: one bid and one ask around the last trade, moved after every trade.

    python examples/market_maker.py --key KEY --symbol AAPL --seconds 60

It has no opinion on the price. What it has bought makes both of its prices lower, what it has sold
makes them higher, so that the market takes it back to nothing. Its orders end with its connection.
"""

import argparse
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from openoutcry.client.answers.orders import Order
from openoutcry.client.errors import Problem
from openoutcry.client.stream.messages import Execution, Traded
from openoutcry.client.stream.stream import Stream
from openoutcry.client.terms import Side
from openoutcry.client.venue import Venue


class Quote:
    """One side of the market: an order of ours that is moved, or placed again when it is filled."""

    def __init__(self, stream: Stream, symbol: str, side: Side, quantity: Decimal) -> None:
        self.stream, self.symbol, self.side, self.quantity = stream, symbol, side, quantity
        self.order: Order | None = None

    def move(self, price: Decimal) -> bool:
        """Let the order be at a price; say whether one had to be placed for that."""
        try:
            if self.order is None:
                self.order = self.stream.place(
                    self.symbol, self.side, self.quantity, price=price, post_only="slide"
                )
                return True
            if self.order.price != price:
                self.order = self.stream.amend(self.order.order_id, price=price)
        except Problem as problem:
            # It was filled a moment ago ("too_late"), or the venue does not want it now.
            print(f"{self.side} at {price}: {problem.detail}")
            self.order = None
        return False

    def hear(self, execution: Execution) -> None:
        """Take note of what became of the order."""
        if self.order is not None and execution.order.order_id == self.order.order_id:
            self.order = execution.order if execution.order.is_open else None


def main() -> None:
    """Quote until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--key", default="", help="of an account that may trade")
    parser.add_argument("--symbol", default="AAPL")
    parser.add_argument("--quantity", type=Decimal, default=Decimal(10))
    parser.add_argument("--half-spread-bps", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--orders", type=int, default=1_000, help="stop after placing so many")
    asked = parser.parse_args()

    with Venue(asked.url, asked.key) as venue, venue.stream() as stream:
        instrument = venue.instrument(asked.symbol)
        tick = instrument.price_increment
        price = instrument.reference_price
        position, placed = Decimal(0), 0
        sides: tuple[Side, Side] = ("buy", "sell")
        quotes = [Quote(stream, asked.symbol, side, asked.quantity) for side in sides]
        # Both begin with a snapshot, so there is something to hear at once.
        stream.subscribe("trades", asked.symbol)
        stream.subscribe("executions", cancel_on_disconnect=bool(asked.key))
        for message in stream.messages(asked.seconds):
            if isinstance(message, Traded):
                price = message.price
            elif isinstance(message, Execution):
                for quote in quotes:
                    quote.hear(message)
                if message.last_quantity and message.order.symbol == asked.symbol:
                    bought = message.order.side == "buy"
                    position += message.last_quantity if bought else -message.last_quantity
                    print(
                        f"{message.order.side} {message.last_quantity} at {message.last_price}, "
                        f"position {position}"
                    )
            if placed >= asked.orders:
                break
            # A tick lower for each order's worth that we own.
            fair = price - tick * (position / asked.quantity).to_integral_value()
            away = fair * asked.half_spread_bps / 10_000
            bid = ((fair - away) / tick).to_integral_value(ROUND_FLOOR) * tick
            ask = ((fair + away) / tick).to_integral_value(ROUND_CEILING) * tick
            placed += quotes[0].move(bid)
            placed += quotes[1].move(ask)
        ended = stream.cancel_all(asked.symbol).canceled
        print(f"placed {placed} orders, canceled {len(ended)}, position {position}")


if __name__ == "__main__":
    main()

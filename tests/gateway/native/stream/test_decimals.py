"""Quantities have one spelling on both doors, where they are counted in hundredths."""

import asyncio
from decimal import Decimal

import httpx2

from openoutcry.model.commands import Deposit, ListInstrument, SetPhase
from openoutcry.model.instrument import Grid, Instrument, Phase
from openoutcry.model.units import UNIT
from tests.gateway.native.stream.hall import ALICE, BOB, WITHIN_S, told

CENT = UNIT // 100
COIN = Instrument(symbol="COIN", grid=Grid("COIN", "USD", CENT, CENT), reference_price=10_000)
ORDER = {"symbol": "COIN", "type": "limit"}
QUANTITIES = {
    "quantity", "cum_quantity", "leaves_quantity", "canceled_quantity", "prevented_quantity",
    "display_quantity", "minimum_quantity", "last_quantity", "bid_quantity", "ask_quantity",
    "volume", "paired_quantity", "imbalance", "fills_now", "rests",
}  # fmt: skip
CHANNELS = ("book", "orders", "trades", "ticker", "status")
PAGES = (
    "/orders?status=all", "/orders/2", "/orders/2/events", "/fills", "/positions", "/ticker",
    "/book/COIN?level=2", "/book/COIN?level=3", "/trades/COIN", "/auction/COIN", "/candles/COIN",
)  # fmt: skip


def quantities_in(value, name=""):
    """Yield every quantity in a message or an answer."""
    if isinstance(value, dict):
        for inner, one in value.items():
            yield from quantities_in(one, inner)
    elif isinstance(value, list):
        if name in ("bids", "asks"):
            yield from (row[1] for row in value)
        else:
            for one in value:
                yield from quantities_in(one, name)
    elif name in QUANTITIES and value is not None:
        yield value


async def book_has(client, level):
    """Listen until the book has told a level."""
    async with asyncio.timeout(WITHIN_S):
        while not any(level in one.get("bids", ()) for one in client.heard):
            client.heard.append(await client.on("book"))


def are_spelled_right(found):
    for text in found:
        number = Decimal(text)
        assert text == ("0" if number == 0 else f"{number:.2f}"), found
    assert "0" in found, "nothing is left of something"
    assert any(Decimal(text) for text in found)


def test_a_quantity_of_nothing_is_0_in_every_message_and_every_answer():
    @told()
    async def _(hall):
        await hall.submit(ListInstrument(instrument=COIN))
        await hall.submit(Deposit(account_id="alice", asset="COIN", amount=1000 * UNIT))
        headers = {"Authorization": f"Bearer {BOB}"}
        url = f"http://127.0.0.1:{hall.port}/api/v1"
        async with hall.listen(ALICE) as alice, hall.listen(BOB) as bob:
            for channel in CHANNELS:
                await bob.result("subscribe", channel=channel, symbols=["COIN"])
            await bob.result("subscribe", channel="candles", symbols=["COIN"], interval="1m")
            for channel in ("executions", "positions"):
                await bob.result("subscribe", channel=channel)
            orders = [
                (alice, {"side": "sell", "quantity": "1.50", "price": "100.00"}),
                (bob, {"side": "buy", "quantity": "1.50", "price": "100.00"}),
                (alice, {"side": "buy", "quantity": "2.00", "price": "99.00"}),
                (bob, {"side": "sell", "quantity": "1.50", "price": "99.00"}),
                (bob, {"side": "buy", "quantity": "0.25", "price": "98.00"}),
            ]
            for client, order in orders:
                await client.result("order.place", **ORDER, **order)
            await book_has(bob, ["98.00", "0.25"])
            await bob.result("orders.cancel_all")
            await book_has(bob, ["98.00", "0"])
            await hall.submit(SetPhase(symbol="COIN", phase=Phase.AUCTION))
            preview = {**ORDER, "side": "buy", "quantity": "1.00", "price": "98.00"}
            found = [text for one in bob.heard for text in quantities_in(one)]
            removed = [one for one in bob.heard if one.get("action") == "remove"]
            assert [one["quantity"] for one in removed] == ["0"]
            are_spelled_right(found)
            async with httpx2.AsyncClient(headers=headers, trust_env=False) as http:
                for page in PAGES:
                    answer = await http.get(f"{url}{page}")
                    assert answer.status_code in (200, 404), (page, answer.text)
                    told_there = list(quantities_in(answer.json()))
                    assert told_there
                    are_spelled_right([*told_there, "0", "1.00"])
                answer = await http.post(f"{url}/orders/preview", json=preview)
                are_spelled_right([*quantities_in(answer.json()), "0", "1.00"])

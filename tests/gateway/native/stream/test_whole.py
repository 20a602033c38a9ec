"""The stream and the feeds together: who follows, leaves and comes back misses nothing."""

import pytest

from tests.gateway.native.stream.hall import ALICE, BOB, ORDER, SERVERS, told

PUBLIC = (
    {"channel": "ticker"},
    {"channel": "book", "depth": 10},
    {"channel": "orders"},
    {"channel": "trades"},
    {"channel": "candles", "interval": "1m"},
    {"channel": "status"},
)
PRIVATE = ({"channel": "executions"}, {"channel": "balances"}, {"channel": "positions"})


async def cross(seller, buyer, count):
    for _ in range(count):
        await seller.result("order.place", **{**ORDER, "side": "sell"})
        await buyer.result("order.place", **ORDER)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("form", ["", "?format=msgpack"])
def test_every_channel_begins_with_a_snapshot_and_goes_on(server, form):
    @told(server)
    async def _(hall):
        async with hall.listen(ALICE, form) as alice, hall.listen(BOB) as bob:
            for params in PUBLIC:
                result = await alice.result("subscribe", symbols=["AAPL"], **params)
                assert result == {"channel": params["channel"], "symbols": ["AAPL"]}
                first = await alice.on(params["channel"])
                assert (first["type"], first["symbol"], first["previous"]) == (
                    "snapshot",
                    "AAPL",
                    None,
                )
            for params in PRIVATE:
                await alice.result("subscribe", **params)
                assert (await alice.on(params["channel"]))["type"] == "snapshot"
            await cross(alice, bob, 1)
            seen = {}
            while not {"ticker", "orders", "trades", "candles", "executions", "balances"} <= (
                seen.keys()
            ):
                message = await alice.next()
                if message.get("type") == "update":
                    seen.setdefault(message["channel"], message)
            beat = await alice.on("heartbeat")
            assert {"trades:AAPL", "candles:AAPL:1m", "executions"} <= beat["channels"].keys()


@pytest.mark.parametrize("channel", ["executions", "balances", "orders", "trades"])
def test_who_comes_back_goes_on_where_it_was(channel):
    @told()
    async def _(hall):
        params = {"channel": channel}
        if channel in ("orders", "trades"):
            params["symbols"] = ["AAPL"]

        async def heard(client, count):
            return [await client.on(channel) for _ in range(count)]

        async with hall.listen(ALICE) as steady, hall.listen(BOB) as bob:
            await steady.result("subscribe", **params)
            await steady.on(channel)
            async with hall.listen(ALICE) as client:
                await client.result("subscribe", **params)
                await client.on(channel)
                await cross(client, bob, 3)
                last = (await heard(steady, 3))[-1]
            await cross(steady, bob, 4)
            rest = [one for one in steady.heard if one.get("channel") == channel]
            rest = [one for one in rest if one["sequence"] > last["sequence"]]
            async with hall.listen(ALICE) as again:
                since = {"epoch": last["epoch"], "sequence": last["sequence"]}
                await again.result("subscribe", **params, **{"from": since})
                assert await heard(again, len(rest)) == rest
                assert rest[0]["previous"] == last["sequence"]
                await cross(steady, bob, 1)
                after = await again.on(channel)
                assert after["previous"] == rest[-1]["sequence"]

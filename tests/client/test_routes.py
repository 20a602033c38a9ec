"""The client has every call that the native API has."""

import pytest
from starlette.routing import compile_path

from openoutcry.client import account, administration, market, orders
from openoutcry.client.request import Listing
from openoutcry.gateway.native.routes import PREFIX, TABLE
from openoutcry.gateway.native.stream.methods import METHODS

ORDER = ("XYZ", "buy", 1)
ENTRY = [
    orders.place(*ORDER),
    orders.amend(1),
    orders.cancel(1),
    orders.cancel_all(),
    orders.batch([]),
    orders.cancel_after(1),
]
CALLS = [
    *ENTRY,
    orders.group("oco", []),
    orders.preview(*ORDER),
    orders.order(1),
    orders.order_by_client_id("a"),
    orders.orders(),
    orders.order_events(1),
    orders.prevented_matches(),
    account.account(),
    account.balances(),
    account.positions(),
    account.position("XYZ"),
    account.flatten("XYZ"),
    account.fills(),
    account.postings(),
    account.equity(),
    account.reset_account(1),
    market.instruments(),
    market.instrument("XYZ"),
    market.book("XYZ"),
    market.trades("XYZ"),
    market.candles("XYZ", "1m"),
    market.tickers(),
    market.auction("XYZ"),
    market.happened(1),
    market.status(),
    market.clock(),
    administration.open_account("a"),
    administration.accounts(),
    administration.account("a"),
    administration.change_account("a"),
    administration.make_key("a"),
    administration.keys("a"),
    administration.revoke_key("k"),
    administration.deposit("a", "USD", 1),
    administration.reset_account("a", 1),
    administration.instruments(),
    administration.list_instrument("XYZ"),
    administration.change_instrument("XYZ"),
    administration.delist("XYZ"),
    administration.set_phase("XYZ", "halted"),
    administration.bust(1, "r"),
    administration.kill_switch(on=True),
    administration.set_tier("t", maker_fee_bps=1, taker_fee_bps=1),
]


def requests():
    return [call.page(None, 0) if isinstance(call, Listing) else call for call in CALLS]


@pytest.mark.parametrize(("method", "path"), [line[:2] for line in TABLE])
def test_the_client_has_the_call(method, path):
    pattern, *_ = compile_path(PREFIX + path)
    assert any(
        request.method == method and pattern.match(request.target().partition("?")[0])
        for request in requests()
    )


def test_the_stream_takes_the_methods_that_the_client_sends_there():
    assert {request.stream[0] for request in ENTRY} == set(METHODS)
    assert [request for request in requests() if request.stream] == ENTRY

"""The past over HTTP: what is asked as of a sequence is what was answered at that time."""

import pytest

from openoutcry.gateway.venue import Venue
from tests.gateway.native.floor import ADMIN, API, open_floor


def ask(trader, path):
    answer = trader.call("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json(), int(answer.headers["x-sequence"])


def live_through(floor):
    """Trade a little, and note what each call answered on the way."""
    noted = []

    def note(order_id):
        for trader in (floor.alice, floor.bob):
            paths = [
                "/book/XYZ",
                "/book/XYZ?level=1",
                "/book/XYZ?level=3",
                "/balances",
                "/positions",
            ]
            if trader is floor.alice:
                paths.append(f"/orders/{order_id}")
            for path in paths:
                body, at = ask(trader, path)
                noted.append((trader, path, body, at))

    first = floor.alice.rest("sell", 5, "50.00")["order_id"]
    note(first)
    floor.alice.rest("sell", 5, "50.10")
    floor.bob.rest("buy", 2, "50.00")
    note(first)
    floor.alice.call("PATCH", f"/orders/{first}", {"quantity": "9"})
    note(first)
    floor.bob.rest("buy", 1, "49.00")
    floor.bob.rest("buy", 9, "50.10")
    note(first)
    floor.alice.call("DELETE", "/orders")
    floor.bob.rest("sell", 3, "48.00")
    note(first)
    return noted


def check(noted):
    for trader, path, body, at in noted:
        mark = "&" if "?" in path else "?"
        found, sequence = ask(trader, f"{path}{mark}as_of={at}")
        assert sequence == at
        assert by_asset(path, found) == by_asset(path, body), f"{path} as of {at}"


def by_asset(path, body):
    return {one["asset"]: one for one in body} if path == "/balances" else body


def test_the_past_is_what_was_answered_at_that_time(floor):
    check(live_through(floor))


def test_the_past_is_the_same_after_a_restart_and_with_a_history_made_anew(tmp_path):
    with open_floor(data_dir=str(tmp_path)) as floor:
        noted = live_through(floor)
        headers = {id(trader): trader.headers for trader in (floor.alice, floor.bob)}
    for part in tmp_path.glob("history*"):
        part.unlink()
    with open_floor(data_dir=str(tmp_path)) as floor:
        check(
            (trader._replace(client=floor.client, headers=headers[id(trader)]), *rest)
            for trader, *rest in noted
        )


def test_a_book_is_what_the_last_event_in_it_left(floor):
    floor.alice.rest("sell", 5, "50.00")
    _, at = ask(floor.bob, "/book/XYZ")
    floor.bob.rest("buy", 5, "50.00")
    body, _ = ask(floor.bob, f"/book/XYZ?as_of={at}")
    assert (body["sequence"], body["asks"]) == (at, [["50.00", "5"]])
    # Accepting the buyer changed nothing; the trade took the seller out.
    assert ask(floor.bob, f"/book/XYZ?as_of={at + 1}")[0]["asks"] == [["50.00", "5"]]
    assert ask(floor.bob, f"/book/XYZ?as_of={at + 2}")[0]["asks"] == []


@pytest.mark.parametrize("path", ["/book/XYZ", "/balances", "/positions", "/positions/XYZ"])
@pytest.mark.parametrize("at", ["x", "-1", "1.5", "", "99999999", "9" * 30])
def test_what_is_no_sequence_of_the_past_is_a_400(floor, path, at):
    answer = floor.bob.call("GET", f"{path}?as_of={at}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_value")


def test_what_did_not_exist_yet_is_not_there(floor):
    order_id = floor.bob.rest("buy", 1, "40.00")["order_id"]
    for path, code in (
        ("/book/XYZ", "unknown_instrument"),
        ("/book/NONE", "unknown_instrument"),
        ("/balances", "unknown_account"),
        ("/positions", "unknown_account"),
        (f"/orders/{order_id}", "unknown_order"),
    ):
        answer = floor.bob.call("GET", f"{path}?as_of=1")
        assert (answer.status_code, answer.json()["code"]) == (404, code), path
    _, now = ask(floor.bob, "/book/XYZ")
    answer = floor.bob.call("GET", f"/positions/XYZ?as_of={now}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_another_accounts_order_is_as_unknown_as_ever(floor):
    order = floor.alice.rest("sell", 1, "60.00")
    answer = floor.bob.call("GET", f"/orders/{order['order_id']}?as_of={order['sequence']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_order")


def test_a_delisted_book_is_still_there_in_the_past(floor):
    floor.alice.rest("sell", 5, "50.00")
    body, at = ask(floor.bob, "/book/XYZ")
    assert floor.admin("DELETE", "/instruments/XYZ").status_code in (200, 204)
    assert floor.bob.call("GET", "/book/XYZ").status_code == 404
    assert ask(floor.bob, f"/book/XYZ?as_of={at}")[0] == body


def test_what_the_journal_does_not_have_any_more_is_a_404(floor):
    order = floor.bob.rest("buy", 1, "40.00")
    venue: Venue = floor.client.app.state.venue
    kept = venue.sequencer.read

    def read(after, limit):
        return [record for record in kept(0, 10_000) if record.first > order["sequence"]][:limit]

    floor.bob.rest("buy", 1, "41.00")
    venue.sequencer.read = read
    for path in (f"/orders/{order['order_id']}", "/balances"):
        answer = floor.bob.call("GET", f"{path}?as_of={order['sequence']}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.text
        assert "the journal begins at sequence" in answer.json()["detail"]
    # A book needs no journal.
    body, _ = ask(floor.bob, f"/book/XYZ?as_of={order['sequence']}")
    assert body["bids"] == [["40.00", "1"]]


def test_the_past_needs_a_key_that_reads(floor):
    assert floor.client.get(f"{API}/balances?as_of=1", headers=ADMIN).status_code in (200, 404)
    with open_floor(auth="keys") as closed:
        for path in ("/book/XYZ?as_of=1", "/balances?as_of=1"):
            assert closed.client.get(API + path).status_code == 401

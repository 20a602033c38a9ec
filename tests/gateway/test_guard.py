"""Who may come in, and as whom."""

from hashlib import sha256

import pytest

from openoutcry.gateway.guard import DEMO_CALLER, NOBODY, OPERATOR, Auth, Guard
from openoutcry.gateway.problems import Problem
from openoutcry.model.account import DEMO, Key, Permission
from openoutcry.model.units import AccountId, KeyId, Nanos

NOW = 1_000
SECRET = "s3cret"


def key(key_id="k1", **fields):
    return Key(
        key_id=KeyId(key_id),
        account_id=AccountId("alice"),
        secret_sha256=sha256(SECRET.encode()).hexdigest(),
        permissions=fields.pop("permissions", (Permission.TRADE,)),
        **fields,
    )


def guard(*keys, auth=Auth.OPEN, **settings):
    by_id = {one.key_id: one for one in keys}
    settings.setdefault("admin_key", "operator-key")
    return Guard(auth=auth, key_of=by_id.get, now=lambda: NOW, **settings)


def scope(kind="http", path="/orders", client=("10.0.0.7", 5000), **headers):
    named = {"host": "localhost:8000"} | headers
    return {
        "type": kind,
        "path": path,
        "client": client,
        "headers": [
            (name.replace("_", "-").encode(), value.encode("latin-1"))
            for name, value in named.items()
            if value is not None
        ],
    }


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def refusal(judge, call):
    with pytest.raises(Problem) as caught:
        judge.admit(call)
    return caught.value.status, caught.value.code


def test_without_a_key_an_open_venue_takes_the_caller_for_the_demo_account():
    assert guard().admit(scope()) == DEMO_CALLER
    assert guard().admit(scope(**bearer("demo.demo"))).account_id == DEMO


def test_a_key_names_its_account_and_what_it_may_do():
    caller = guard(key()).admit(scope(**bearer(f"k1.{SECRET}")))
    assert caller == (AccountId("alice"), (Permission.TRADE,), KeyId("k1"))
    assert guard(key()).admit(scope(authorization=f"bearer  k1.{SECRET} ")) == caller


@pytest.mark.parametrize(
    "header",
    [
        "Bearer k1.wrong",
        "Bearer k2.s3cret",
        "Bearer k1",
        "Bearer .",
        "Bearer k1.",
        "Bearer",
        "",
        "Basic ZGVtbzpkZW1v",
        "k1.s3cret",
        "Bearer demo.demo2",
        "Bearer \xe9.\xe9",
        "Bearer " + "x" * 100_000,
    ],
)
@pytest.mark.parametrize("auth", Auth)
def test_an_unknown_key_is_never_taken_for_anybody(header, auth):
    judge = guard(key(), auth=auth)
    assert refusal(judge, scope(authorization=header)) == (401, "unauthenticated")
    assert refusal(judge, scope(path="/", authorization=header)) == (401, "unauthenticated")


def test_no_message_tells_a_wrong_key_from_a_wrong_secret():
    messages = set()
    for token in ("k1.wrong", "k9.s3cret"):
        with pytest.raises(Problem) as caught:
            guard(key()).admit(scope(**bearer(token)))
        messages.add(caught.value.detail)
        assert token not in caught.value.detail
    assert len(messages) == 1


def test_the_admin_key_is_the_operator():
    assert guard().admit(scope(**bearer("operator-key"))) == OPERATOR
    assert guard(auth=Auth.KEYS).admit(scope(**bearer("operator-key"))) == OPERATOR


def test_without_an_admin_key_nobody_is_the_operator():
    assert refusal(guard(admin_key=""), scope(**bearer(""))) == (401, "unauthenticated")
    assert refusal(guard(admin_key=""), scope(authorization="Bearer  ")) == (401, "unauthenticated")


def test_with_keys_required_only_open_paths_and_sockets_let_a_stranger_in():
    judge = guard(auth=Auth.KEYS)
    for path in ("/", "/health", "/ready", "/docs", "/openapi.json", "/asyncapi.json"):
        assert judge.admit(scope(path=path)) == NOBODY
    assert judge.admit(scope(path="/assets/abc/app.js")) == NOBODY
    assert judge.admit(scope(kind="websocket", path="/ws")) == NOBODY
    for path in ("/orders", "/metrics", "/api/v1/book/AAPL", "/nowhere", "/assetsx", "//"):
        assert refusal(judge, scope(path=path)) == (401, "unauthenticated")
    assert refusal(judge, scope(**bearer("demo.demo"))) == (401, "unauthenticated")


def test_nobody_may_do_nothing():
    for permission in Permission:
        with pytest.raises(Problem):
            NOBODY.demand(permission)


def test_a_key_ends_when_it_expires():
    assert guard(key(expires_at=Nanos(NOW + 1))).admit(scope(**bearer(f"k1.{SECRET}")))
    judge = guard(key(expires_at=Nanos(NOW)))
    assert refusal(judge, scope(**bearer(f"k1.{SECRET}"))) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("client", "is_right"),
    [
        (("10.0.0.7", 1), True),
        (("10.0.1.7", 1), False),
        (("192.168.0.1", 1), True),
        (("testclient", 1), False),
        (("::1", 1), False),
        (None, False),
    ],
)
def test_a_key_may_be_bound_to_addresses(client, is_right):
    judge = guard(key(allowed_ips=("10.0.0.0/24", "192.168.0.1")))
    call = scope(client=client, **bearer(f"k1.{SECRET}"))
    if is_right:
        assert judge.admit(call).account_id == "alice"
    else:
        assert refusal(judge, call) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("allowed", "address", "is_right"),
    [
        ("10.0.0.0/24", "::ffff:10.0.0.7", True),
        ("10.0.0.0/24", "::ffff:10.0.1.7", False),
        ("10.0.0.0/24", "::FFFF:0a00:0007", True),
        ("::ffff:10.0.0.0/120", "10.0.0.7", True),
        ("::ffff:10.0.0.0/120", "::ffff:10.0.0.7", True),
        ("::ffff:10.0.0.0/120", "10.0.1.7", False),
        ("::ffff:10.0.0.7", "10.0.0.7", True),
        ("10.0.0.7/24", "10.0.0.9", True),
        ("fe80::/10", "fe80::1%eth0", True),
        ("fe80::/10", "10.0.0.7", False),
        ("::/0", "10.0.0.7", False),
        ("0.0.0.0/0", "::1", False),
        ("::1", "::1", True),
        ("::", "0.0.0.0", False),
    ],
)
def test_ipv4_inside_ipv6_is_ipv4(allowed, address, is_right):
    judge = guard(key(allowed_ips=(allowed,)))
    call = scope(client=(address, 1), **bearer(f"k1.{SECRET}"))
    if is_right:
        assert judge.admit(call).account_id == "alice"
    else:
        assert refusal(judge, call) == (401, "unauthenticated")


def test_what_a_proxy_claims_is_not_the_address():
    judge = guard(key(allowed_ips=("10.0.0.0/24",)))
    forwarded = {
        "x_forwarded_for": "10.0.0.7",
        "forwarded": "for=10.0.0.7",
        "x_real_ip": "10.0.0.7",
    }
    call = scope(client=("192.168.0.1", 1), **forwarded, **bearer(f"k1.{SECRET}"))
    assert refusal(judge, call) == (401, "unauthenticated")


def test_trade_includes_read_and_nothing_else():
    caller = guard(key()).admit(scope(**bearer(f"k1.{SECRET}")))
    caller.demand(Permission.READ)
    caller.demand(Permission.TRADE)
    with pytest.raises(Problem) as caught:
        caller.demand(Permission.ADMIN)
    assert (caught.value.status, caught.value.code) == (403, "not_permitted")
    reader = guard(key(permissions=(Permission.READ,))).admit(scope(**bearer(f"k1.{SECRET}")))
    with pytest.raises(Problem):
        reader.demand(Permission.TRADE)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_foreign_host_or_origin_is_turned_away(kind):
    judge = guard()
    assert refusal(judge, scope(kind, host="evil.example")) == (403, "host_not_allowed")
    foreign = scope(kind, origin="http://evil.example")
    assert refusal(judge, foreign) == (403, "origin_not_allowed")
    assert refusal(judge, scope(kind, origin="null")) == (403, "origin_not_allowed")
    assert refusal(judge, scope(kind, host=None, origin="http://x")) == (403, "origin_not_allowed")
    assert judge.admit(scope(kind, origin="http://localhost:8000")) == DEMO_CALLER
    assert judge.admit(scope(kind, host=None)) == DEMO_CALLER


def test_the_refusal_names_the_setting_that_would_allow_it():
    with pytest.raises(Problem, match="OPENOUTCRY_ALLOWED_HOSTS"):
        guard().admit(scope(host="evil.example"))
    with pytest.raises(Problem, match="OPENOUTCRY_ALLOWED_ORIGINS"):
        guard().admit(scope(origin="http://evil.example"))


def test_every_host_header_counts_and_none_is_remembered_wrongly():
    judge = guard()
    for number in range(1_000):
        assert judge.admit(scope(host=f"localhost:{number}"))
        assert refusal(judge, scope(host="evil.example")) == (403, "host_not_allowed")
    two = scope()
    two["headers"].append((b"host", b"evil.example"))
    assert refusal(judge, two) == (403, "host_not_allowed")


def test_a_body_that_says_it_is_too_large_is_not_waited_for():
    assert guard().admit(scope(content_length="65536"))
    for length in ("65537", "9" * 30):
        assert refusal(guard(), scope(content_length=length)) == (413, "body_too_large")


def test_a_call_is_judged_once():
    judge = guard(key())
    call = scope(**bearer(f"k1.{SECRET}"))
    caller = judge.admit(call)
    call["headers"] = []
    assert judge.admit(call) is caller


def test_administration_needs_a_key_on_an_open_venue_too():
    path = "/api/v1/admin/accounts"
    assert refusal(guard(), scope(path=path)) == (401, "unauthenticated")
    assert guard().admit(scope(path=path, **bearer("demo.demo"))) == DEMO_CALLER
    assert guard().admit(scope(path=path, **bearer("operator-key"))) == OPERATOR

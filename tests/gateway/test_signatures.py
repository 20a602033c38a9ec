"""Which signed request is believed, and for how long it could be sent again."""

import pytest

from openoutcry.gateway import signatures
from openoutcry.gateway.guard import SIGNED, Auth, Guard
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.signatures import WINDOW_MS, Signed, UsedSignatures, public_key
from openoutcry.model.account import Key, Permission
from openoutcry.model.units import AccountId, KeyId, Nanos
from tests.signing import Signer

NOW_MS = 1_800_000_000_000
MS = 1_000_000


class Clock:
    """The venue's, in milliseconds."""

    def __init__(self):
        self.ms = NOW_MS

    def now(self):
        return Nanos(self.ms * MS)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def signer():
    return Signer("k1")


@pytest.fixture
def judge(clock, signer):
    keys = {"k1": _key("k1", signer), "bearer": _key("bearer", None)}
    return Guard(auth=Auth.OPEN, admin_key="", key_of=keys.get, now=clock.now)


def _key(key_id, signer, **fields):
    return Key(
        key_id=KeyId(key_id),
        account_id=AccountId("alice"),
        secret_sha256="" if signer else "0" * 64,
        permissions=(Permission.TRADE,),
        public_key=signer.public_key if signer else "",
        **fields,
    )


def scope(headers, method="POST", target="/orders", kind="http", **extra):
    path, _, query = target.partition("?")
    return {
        "type": kind,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "client": ("10.0.0.7", 1),
        "headers": [(n.lower().encode(), v.encode()) for n, v in headers.items()],
        **extra,
    }


def admit(judge, call, body=b""):
    assert judge.admit(call) is SIGNED
    return judge.admit_signed(call, body)


def refusal(judge, call, body=b""):
    assert judge.admit(call) is SIGNED
    with pytest.raises(Problem) as caught:
        judge.admit_signed(call, body)
    assert (caught.value.status, caught.value.code) == (401, "unauthenticated")
    assert call["caller"] is SIGNED, "nobody is taken for somebody"
    return caught.value.detail


def test_who_signs_is_the_account_of_the_key(judge, signer):
    headers = signer.sign("POST", "/orders?a=b", b"{}", at_ms=NOW_MS)
    call = scope(headers, target="/orders?a=b")
    caller = admit(judge, call, b"{}")
    assert caller == (AccountId("alice"), (Permission.TRADE,), KeyId("k1"))
    assert judge.admit(call) is caller


def test_nobody_may_do_anything_before_the_body_is_there():
    for permission in Permission:
        with pytest.raises(Problem):
            SIGNED.demand(permission)


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "DELETE"},
        {"target": "/orders/1"},
        {"target": "/orders?x=1"},
        {"body": b"{ }"},
        {"body": b""},
        {"raw_path": b"/%6frders"},
        {"kind": "websocket"},
    ],
)
def test_a_signature_covers_method_path_query_and_body(judge, signer, changed):
    headers = signer.sign("POST", "/orders", b"{}", at_ms=NOW_MS)
    body = changed.pop("body", b"{}")
    detail = refusal(judge, scope(headers, **changed), body)
    assert detail == refusal(judge, scope(headers | {"X-API-Key": "k2"}), b"{}"), "no oracle"
    assert admit(judge, scope(headers), b"{}")


def test_it_covers_the_time(judge, signer):
    headers = signer.sign("POST", "/orders", at_ms=NOW_MS)
    refusal(judge, scope(headers | {"X-Timestamp": str(NOW_MS + 1)}))
    refusal(judge, scope(headers | {"X-Timestamp": f"0{NOW_MS}"}))


@pytest.mark.parametrize("key_id", ["k2", "bearer", "", "\xff"])
def test_only_the_holder_of_the_private_key_signs(judge, key_id):
    stranger = Signer(key_id)
    refusal(judge, scope(stranger.sign("POST", "/orders", at_ms=NOW_MS)))
    refusal(judge, scope(stranger.sign("POST", "/orders", at_ms=NOW_MS) | {"X-API-Key": "k1"}))


def test_a_key_that_signs_has_no_secret_that_anybody_could_send(judge):
    for token in ("k1.", "k1", "k1.x"):
        with pytest.raises(Problem):
            judge.admit(scope({"authorization": f"Bearer {token}"}))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Signature": ""},
        {"X-Signature": "AAAA"},
        {"X-Signature": "\xff" * 88},
        {"X-Signature": "A" * 100_000},
        {"X-Timestamp": ""},
        {"X-Timestamp": "-1"},
        {"X-Timestamp": "1.5"},
        {"X-Timestamp": "\xb2"},
        {"X-Timestamp": "9" * 5_000},
        {"Authorization": "Bearer demo.demo"},
    ],
)
def test_headers_that_make_no_sense_are_nobodys(judge, signer, headers):
    signed = signer.sign("POST", "/orders", at_ms=NOW_MS)
    call = scope({})
    call["headers"] = [
        (name.lower().encode(), value.encode("latin-1"))
        for name, value in (signed | headers).items()
    ]
    refusal(judge, call)


@pytest.mark.parametrize("name", ["X-API-Key", "X-Timestamp", "X-Signature"])
def test_a_header_that_is_missing_or_twice_is_a_401(judge, signer, name):
    signed = signer.sign("POST", "/orders", at_ms=NOW_MS)
    twice = scope(signed)
    twice["headers"].append((name.lower().encode(), signed[name].encode()))
    assert "twice" in refusal(judge, twice)
    del signed[name]
    assert "X-API-Key, X-Timestamp and X-Signature" in refusal(judge, scope(signed))


@pytest.mark.parametrize("off", [0, WINDOW_MS, -WINDOW_MS])
def test_inside_the_window_a_time_is_good(judge, clock, signer, off):
    clock.ms += WINDOW_MS  # A start is no longer near.
    assert admit(judge, scope(signer.sign("POST", "/orders", at_ms=clock.ms + off)))


@pytest.mark.parametrize(("off", "words"), [(WINDOW_MS + 1, "ahead"), (-WINDOW_MS - 1, "behind")])
def test_outside_of_it_a_time_is_not(judge, clock, signer, off, words):
    clock.ms += 2 * WINDOW_MS
    detail = refusal(judge, scope(signer.sign("POST", "/orders", at_ms=clock.ms + off)))
    assert words in detail
    assert "/api/v1/clock" in detail


@pytest.mark.parametrize(
    ("method", "kind", "is_once"),
    [("POST", "http", True), ("DELETE", "http", True), ("GET", "http", False),
     ("HEAD", "http", False), ("GET", "websocket", True)],
)  # fmt: skip
def test_what_changes_something_or_opens_a_socket_is_believed_once(
    judge, signer, method, kind, is_once
):
    headers = signer.sign(method, "/orders", at_ms=NOW_MS)
    assert admit(judge, scope(headers, method, kind=kind))
    if is_once:
        assert "used before" in refusal(judge, scope(headers, method, kind=kind))
    else:
        assert admit(judge, scope(headers, method, kind=kind))


def test_a_signature_is_the_same_however_it_is_written(judge, signer):
    headers = signer.sign("POST", "/orders", at_ms=NOW_MS)
    assert admit(judge, scope(headers))
    text = headers["X-Signature"]
    # The last letter has bits that say nothing.
    assert text.endswith("==")
    other = text[:-3] + chr(ord(text[-3]) + 1) + "=="
    refusal(judge, scope(headers | {"X-Signature": other}))


def test_what_was_signed_before_the_start_is_not_believed(clock, signer):
    clock.ms += 5_000
    judge = Guard(
        auth=Auth.OPEN, admin_key="", key_of={"k1": _key("k1", signer)}.get, now=clock.now
    )
    assert "sign again" in refusal(judge, scope(signer.sign("POST", "/orders", at_ms=NOW_MS)))
    assert admit(judge, scope(signer.sign("GET", "/orders", at_ms=NOW_MS), "GET"))
    assert admit(judge, scope(signer.sign("POST", "/orders", at_ms=NOW_MS + 5_000)))


def test_an_expired_key_and_one_from_elsewhere_sign_nothing(clock, signer):
    for fields in ({"expires_at": clock.now()}, {"allowed_ips": ("10.0.1.0/24",)}):
        held = {"k1": _key("k1", signer, **fields)}
        judge = Guard(auth=Auth.OPEN, admin_key="", key_of=held.get, now=clock.now)
        refusal(judge, scope(signer.sign("POST", "/orders", at_ms=NOW_MS)))


def used(number, at_ms, key_id="k1"):
    return Signed(KeyId(key_id), at_ms, b"%064d" % number, b"", is_read=False)


def test_used_signatures_are_forgotten_once_their_window_is_over(clock):
    memory = UsedSignatures(clock.now())
    for number in range(1_000):
        clock.ms += WINDOW_MS // 100
        memory.use(used(number, clock.ms), clock.now())
    assert len(memory._used) <= 101


def test_beyond_the_maximum_the_window_shrinks_and_nothing_is_believed_twice(clock, monkeypatch):
    monkeypatch.setattr(signatures, "SIGNATURES_MAX", 10)
    memory = UsedSignatures(clock.now())
    sent = [used(number, NOW_MS + number) for number in range(25)]
    for one in sent:
        memory.use(one, clock.now())
    assert len(memory._used) == 10
    for one in sent:
        with pytest.raises(Problem):
            memory.use(one, clock.now())
    with pytest.raises(Problem):
        memory.use(used(99, NOW_MS + 14), clock.now())
    memory.use(used(99, NOW_MS + 14, "k2"), clock.now())
    clock.ms += 3 * WINDOW_MS
    for number in range(100, 140):
        memory.use(used(number, clock.ms, f"k{number}"), clock.now())


@pytest.mark.parametrize("text", ["", "AAAA", "A" * 43, "!" * 44, "A" * 88, "\xff" * 44])
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(ValueError, match="32 bytes"):
        public_key(text)


def test_a_public_key_is_read_as_it_is_written(signer):
    assert public_key(signer.public_key) == signer.public_key

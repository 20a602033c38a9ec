"""One reading of a body, or a problem that says why not."""

import pytest

from openoutcry.gateway.problems import Problem
from openoutcry.gateway.strict_json import parse_object


def refusal(body: bytes) -> str:
    with pytest.raises(Problem) as caught:
        parse_object(body)
    assert caught.value.status == 400
    return caught.value.code


@pytest.mark.parametrize(
    ("body", "parsed"),
    [
        (b"{}", {}),
        (b'{"stocks":"AAPL","quantity":10}', {"stocks": "AAPL", "quantity": 10}),
        (b' \n{"a" : 1.0}\t', {"a": 1.0}),
        (b'{"a":":","b":[{"c":1},{"c":1}]}', {"a": ":", "b": [{"c": 1}, {"c": 1}]}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a":1e400}', {"a": float("inf")}),
        (b'{"a":' + b"9" * 300 + b"}", {"a": int("9" * 300)}),
    ],
)
def test_an_object_is_read(body: bytes, parsed: dict[str, object]) -> None:
    assert parsed == parse_object(body)


def test_a_number_of_thousands_of_digits_is_merely_large() -> None:
    assert parse_object(b'{"a":' + b"9" * 50_000 + b"}")["a"] > 10**900
    assert parse_object(b'{"a":-' + b"9" * 50_000 + b"}")["a"] < -(10**900)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{",
        b'{"a":1}x',
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":01}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e400,"b":NaN}',
        b'{"a":1e400,"b":"\\ud800"}',
        b'{"a":"\\ud800"}',
        b'{"\\udc00":1}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'{"a":"\x01"}',
        b"[" * 60_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"nul",
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    assert refusal(body) == "invalid_json"


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null", b"true", b"1e999"])
def test_what_is_not_an_object_is_refused(body: bytes) -> None:
    assert refusal(body) == "not_an_object"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"b":2,"a":3}',
        b'{"quantity":1,"quantit\\u0079":2}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":[{"b":1,"b":2}]}',
        b'{"a":1e400,"a":1e400}',
    ],
)
def test_a_repeated_name_is_refused_at_any_depth(body: bytes) -> None:
    assert refusal(body) == "repeated_property"


def test_the_earlier_fault_is_reported() -> None:
    """UTF-8, then JSON, then the kind of value, then repetition."""
    assert refusal(b'{"a":1,"a":2') == "invalid_json"
    with pytest.raises(Problem, match="UTF-8"):
        parse_object(b'{"a":1,,"\xff"')
    with pytest.raises(Problem, match="empty"):
        parse_object(b"")

"""What an order's body may be, and which fault is reported first."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openoutcry.gateway.problems import Problem
from openoutcry.gateway.simple.parse import Asked, order_id_of, order_of, order_of_body
from openoutcry.gateway.strict_json import parse_object

GOOD = b'{"stocks": "AAPL", "quantity": 10}'


def code_of(body):
    with pytest.raises(Problem) as caught:
        order_of_body(body)
    assert caught.value.status == 400
    return caught.value.code


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        (GOOD, Asked("AAPL", 10)),
        (b'{"quantity":1,"stocks":"A B"}', Asked("A B", 1)),
        (b' {"stocks"\n:"x","quantity":1000000000}\t', Asked("x", 10**9)),
        ('{"stocks": "日本株", "quantity": 1}'.encode(), Asked("日本株", 1)),
        ('{"stocks": "🚀", "quantity": 1}'.encode(), Asked("🚀", 1)),
        (b'{"stocks": "\\ud83d\\ude80", "quantity": 1}', Asked("🚀", 1)),
        (b'{"stocks": "a\\"b", "quantity": 1}', Asked('a"b', 1)),
        (b'{"\\u0073tocks": "AAPL", "quantity": 10}', Asked("AAPL", 10)),
        (f'{{"stocks": "{"🚀" * 64}", "quantity": 1}}'.encode(), Asked("🚀" * 64, 1)),
        (b'{"stocks": "EUR/USD", "quantity": 1}', Asked("EUR/USD", 1)),
    ],
)
def test_a_good_order_is_taken_as_it_was_sent(body, asked):
    assert order_of_body(body) == asked


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"   ", "invalid_json"),
        (b"{", "invalid_json"),
        (b"{'stocks': 'AAPL', 'quantity': 1}", "invalid_json"),
        (GOOD + b"x", "invalid_json"),
        (b'{"stocks": "\xff", "quantity": 1}', "invalid_json"),
        (b'{"stocks": "\\ud800", "quantity": 1}', "invalid_json"),
        (b'{"\\udfff": "AAPL", "quantity": 1}', "invalid_json"),
        (b'{"stocks": "AAPL", "quantity": NaN}', "invalid_json"),
        (b'{"stocks": "AAPL", "quantity": -Infinity}', "invalid_json"),
        (b'{"stocks": "A\x01", "quantity": 1}', "invalid_json"),
        (b"\xef\xbb\xbf" + GOOD, "invalid_json"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
        (b"7", "not_an_object"),
        (b'"stocks"', "not_an_object"),
        (b"[" + GOOD + b"]", "not_an_object"),
        (b'{"stocks": "A", "stocks": "A", "quantity": 1}', "repeated_property"),
        (b'{"quantity": 1, "stocks": "A", "quantity": 1}', "repeated_property"),
        (b'{"stocks": "A", "st\\u006fcks": "B", "quantity": 1}', "repeated_property"),
        (b'{"a": 1, "a": 2}', "repeated_property"),
        (b"{}", "missing_property"),
        (b'{"stocks": "AAPL"}', "missing_property"),
        (b'{"quantity": 1}', "missing_property"),
        (b'{"quantity": "x", "price": 1}', "missing_property"),
        (b'{"stocks": 1, "quantity": 0, "price": 1}', "unknown_property"),
        (b'{"stocks": "AAPL", "quantity": 1, "Stocks": "AAPL"}', "unknown_property"),
        (b'{"stocks": "", "quantity": "1"}', "invalid_type"),
        (b'{"stocks": null, "quantity": 1}', "invalid_type"),
        (b'{"stocks": 5, "quantity": 1}', "invalid_type"),
        (b'{"stocks": ["AAPL"], "quantity": 1}', "invalid_type"),
        (b'{"stocks": "A", "quantity": 1.5}', "invalid_type"),
        (b'{"stocks": "A", "quantity": 10.0}', "invalid_type"),
        (b'{"stocks": "A", "quantity": 1e2}', "invalid_type"),
        (b'{"stocks": "A", "quantity": "10"}', "invalid_type"),
        (b'{"stocks": "A", "quantity": true}', "invalid_type"),
        (b'{"stocks": "A", "quantity": null}', "invalid_type"),
        (b'{"stocks": "A", "quantity": [1]}', "invalid_type"),
        (b'{"stocks": "A", "quantity": {}}', "invalid_type"),
        (b'{"stocks": "A", "quantity": 0}', "invalid_value"),
        (b'{"stocks": "A", "quantity": -0}', "invalid_value"),
        (b'{"stocks": "A", "quantity": -1}', "invalid_value"),
        (b'{"stocks": "A", "quantity": 1000000001}', "invalid_value"),
        (b'{"stocks": "A", "quantity": ' + b"9" * 5000 + b"}", "invalid_value"),
        (b'{"stocks": "", "quantity": 1}', "invalid_value"),
        (b'{"stocks": "   ", "quantity": 1}', "invalid_value"),
        (b'{"stocks": " A", "quantity": 1}', "invalid_value"),
        (b'{"stocks": "A ", "quantity": 1}', "invalid_value"),
        ('{"stocks": "A\u00a0", "quantity": 1}'.encode(), "invalid_value"),
        (b'{"stocks": "A\\u0000B", "quantity": 1}', "invalid_value"),
        (b'{"stocks": "A\\nB", "quantity": 1}', "invalid_value"),
        ('{"stocks": "A\u007fB", "quantity": 1}'.encode(), "invalid_value"),
        ('{"stocks": "A\u0085B", "quantity": 1}'.encode(), "invalid_value"),
        (f'{{"stocks": "{"x" * 65}", "quantity": 1}}'.encode(), "invalid_value"),
        (f'{{"stocks": "{"🚀" * 65}", "quantity": 1}}'.encode(), "invalid_value"),
    ],
)
def test_the_first_fault_is_reported(body, code):
    assert code_of(body) == code


def test_all_unknown_properties_are_named():
    with pytest.raises(Problem) as caught:
        order_of_body(b'{"stocks": "A", "quantity": 1, "price": 1, "side": "buy"}')
    assert caught.value.detail == (
        "unknown properties: price, side; an order has stocks and quantity"
    )


texts = st.text(max_size=70) | st.sampled_from(["AAPL", "stocks", "quantity", "", " "])
values = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.lists(st.integers())
members = st.dictionaries(
    st.sampled_from(["stocks", "quantity"]) | texts, values, max_size=4
) | st.fixed_dictionaries({"stocks": texts, "quantity": st.integers(-1, 10**10)})


def outcome(read, body):
    try:
        return read(body)
    except Problem as problem:
        return problem.code


@given(members.map(lambda one: json.dumps(one, ensure_ascii=False).encode(errors="surrogatepass")))
def test_the_short_way_and_the_long_way_read_every_body_alike(body):
    assert outcome(order_of_body, body) == outcome(lambda b: order_of(parse_object(b)), body)


@given(st.binary(max_size=200))
@example(b'{"":"""quantity":1')
def test_any_bytes_are_an_order_or_a_problem(body):
    assert isinstance(outcome(order_of_body, body), Asked | str)


@pytest.mark.parametrize(
    "text",
    ["", "0", "-1", "+1", "1.0", "abc", "01", " 1", "1 ", "\uff11", "1e3", "9" * 20, "1_0", "1\n"],
)
def test_what_is_no_positive_integer_names_no_order(text):
    assert order_id_of(text) is None


def test_a_positive_integer_is_an_order_id():
    assert order_id_of("41") == 41
    assert order_id_of("9" * 18) == 10**18 - 1

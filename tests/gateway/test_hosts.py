"""Which names and pages a venue answers to."""

import pytest

from openoutcry.gateway.hosts import is_allowed_host, is_allowed_origin, name_of


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8000",
        "192.168.1.20:80",
        "[::1]",
        "[::1]:8000",
        "[2001:db8::1]:8000",
        "localhost",
        "LOCALHOST:8000",
        "localhost.",
        "testserver",
        "venue:8000",
        "desk.localhost:8000",
        "host.docker.internal:8000",
        "",
    ],
)
def test_this_machine_and_its_neighbours_are_answered(host: str) -> None:
    assert is_allowed_host(host, ())


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "evil.example.",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.localhost.example",
        "1.2.3",
        "notlocalhost.com",
        "docker.internal",
    ],
)
def test_a_name_with_a_dot_has_to_be_allowed(host: str) -> None:
    assert not is_allowed_host(host, ())
    assert not is_allowed_host(host, ("desk.example.com",))


def test_allowed_names_may_hold_a_star() -> None:
    allowed = ("*.example.com", "venue.test")
    assert is_allowed_host("desk.EXAMPLE.com:443", allowed)
    assert is_allowed_host("venue.test", allowed)
    assert not is_allowed_host("example.com", allowed)
    assert not is_allowed_host("desk.example.com.evil.net", allowed)
    assert is_allowed_host("anything.at.all", ("*",))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("http://LocalHost:8000", "localhost:8000"),
        ("https://desk.example.com", "desk.example.com"),
        ("https://desk.example.com", "desk.example.com:443"),
        ("http://127.0.0.1", "127.0.0.1:80"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://[::1]", "[::1]"),
    ],
)
def test_a_page_of_the_venue_may_call_it(origin: str, host: str) -> None:
    assert is_allowed_origin(origin, host, ())


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "localhost:8000"),
        ("http://localhost:9000", "localhost:8000"),
        ("http://localhost", "localhost:8000"),
        ("null", "localhost:8000"),
        ("null", ""),
        ("", ""),
        ("http://", ""),
        ("file://", ""),
        ("https://desk.example.com", "desk.example.com:80"),
    ],
)
def test_any_other_page_may_not(origin: str, host: str) -> None:
    assert not is_allowed_origin(origin, host, ())


def test_allowed_origins_are_compared_whole() -> None:
    allowed = ("https://desk.example.com",)
    assert is_allowed_origin("https://Desk.example.com", "venue:8000", allowed)
    assert not is_allowed_origin("http://desk.example.com", "venue:8000", allowed)
    assert not is_allowed_origin("https://desk.example.com.evil.net", "venue:8000", allowed)
    assert is_allowed_origin("https://anywhere.net", "venue:8000", ("*",))


def test_a_host_is_its_name_without_the_port() -> None:
    assert name_of("A.b:80") == "a.b"
    assert name_of("[::1]:80") == "::1"

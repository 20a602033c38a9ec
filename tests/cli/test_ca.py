"""Certificates of one's own, and a venue that speaks TLS with them."""

import asyncio
import json
import ssl
import stat
from datetime import UTC, datetime
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import pytest
from cryptography import x509
from websockets.asyncio.client import connect

from openoutcry.cli.ca import LOCAL
from tests.venue import running_venue


def names_of(folder):
    chain = x509.load_pem_x509_certificates((folder / "server.pem").read_bytes())
    names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in names}


def test_a_certificate_is_good_for_this_machine_and_for_what_is_named(offline, tmp_path):
    made = offline.json("ca", "venue.lan", "10.0.0.5", "*.venue.lan", "localhost")
    assert made["names"] == ["venue.lan", "10.0.0.5", "*.venue.lan", *LOCAL]
    assert names_of(tmp_path / "certificates") == {*made["names"]}
    assert datetime.fromisoformat(made["expires_at"]) > datetime.now(UTC)


def test_keys_are_for_their_owner_only(offline, tmp_path):
    offline.run("ca", "--dir", tmp_path / "c")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "c").iterdir()}
    assert modes == {"ca.pem": 0o644, "ca.key": 0o600, "server.pem": 0o644, "server.key": 0o600}


def test_the_authority_stays_when_a_certificate_is_made_again(offline, tmp_path):
    folder = tmp_path / "c"
    offline.run("ca", "--dir", folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    offline.run("ca", "venue.lan", "--dir", folder)
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    same = {name for name in before if before[name] == after[name]}
    assert same == {"ca.pem", "ca.key"}
    trusted = ssl.create_default_context(cafile=folder / "ca.pem")
    assert trusted.cert_store_stats()["x509_ca"] == 1


@pytest.mark.parametrize("name", ["", "a b", "-x", "ä\x00", "x" * 64, "a..b", "10.0.0.0/8"])
def test_what_is_no_name_is_refused(offline, name):
    assert "neither a host's name nor an address" in offline.run("ca", "--", name, code=1)


def test_an_authority_that_is_damaged_is_not_replaced(offline, tmp_path):
    folder = tmp_path / "c"
    offline.run("ca", "--dir", folder)
    (folder / "ca.key").write_text("nonsense")
    assert "remove its ca.pem and ca.key" in offline.run("ca", "--dir", folder, code=1)
    assert (folder / "ca.key").read_text() == "nonsense"
    other = tmp_path / "other"
    offline.run("ca", "--dir", other)
    (folder / "ca.key").write_bytes((other / "ca.key").read_bytes())
    assert "is not of ca.key" in offline.run("ca", "--dir", folder, code=1)


def test_serve_says_what_is_wrong_with_a_certificate(offline, tmp_path):
    folder = tmp_path / "c"
    offline.run("ca", "--dir", folder)
    pem, key = folder / "server.pem", folder / "server.key"
    assert "both --certificate and --key" in offline.run("serve", "--certificate", pem, code=1)
    assert "both --certificate and --key" in offline.run("serve", "--key", key, code=1)
    wrong = ("serve", "--certificate", pem, "--key", folder / "ca.key")
    assert "cannot use" in offline.run(*wrong, code=1)
    absent = ("serve", "--certificate", folder / "none.pem", "--key", key)
    assert "No such file" in offline.run(*absent, code=1)
    reloading = ("serve", "--reload", "--certificate", pem, "--key", key)
    assert "--reload" in offline.run(*reloading, code=1)


async def pinged(url, trusting):
    """Return the answer to a ping on a socket of its own."""
    async with connect(url, ssl=trusting, proxy=None) as socket:
        await socket.send('{"action": "ping"}')
        return json.loads(await asyncio.wait_for(socket.recv(), 10))


@pytest.mark.slow
def test_a_venue_speaks_tls_to_who_trusts_its_authority(offline, tmp_path, monkeypatch):
    folder = tmp_path / "c"
    offline.run("ca", "--dir", folder)
    options = ("--certificate", str(folder / "server.pem"), "--key", str(folder / "server.key"))
    authority = folder / "ca.pem"
    with running_venue(options=options, authority=authority, SIMULATION="off") as venue:
        assert f'"page": "https://127.0.0.1:{venue.port}/"' in venue.log()
        trusting = ssl.create_default_context(cafile=authority)
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trusting))
        for host in ("127.0.0.1", "localhost"):
            with opener.open(f"https://{host}:{venue.port}/health", timeout=10) as answer:
                assert json.load(answer) == {"status": "alive"}
        assert asyncio.run(pinged(f"{venue.ws_url}/ws", trusting))["status"] == 200
        place = ("order", "place", "buy", "1", "AAPL", "--price", "1.00", "--url", venue.url)
        assert "is not trusted" in offline.run(*place, code=1)
        assert "SSL_CERT_FILE" in offline.run(*place, code=1)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert "order_id" in offline.run(*place)

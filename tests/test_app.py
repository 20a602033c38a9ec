"""The whole app in one process: every door behind the same checks, whoever calls."""

import asyncio
import json
import re
import subprocess
import sys

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from openoutcry.app import create_app
from openoutcry.gateway.watch import VenueStopped
from openoutcry.model.errors import DirectoryLocked
from openoutcry.settings import Settings

ORDER = {"stocks": "AAPL", "quantity": 10}


def app_of(**settings):
    chosen = {"data_dir": ":memory:", "simulation": "off", "execution_delay_ms": 0} | settings
    return create_app(Settings(_env_file=None, log_level="error", **chosen))


@pytest.fixture
def client():
    with TestClient(app_of()) as opened:
        yield opened


def code_of(response):
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["x-sequence"]) >= 0
    problem = response.json()
    assert problem["type"] == "about:blank"
    assert problem["status"] == response.status_code
    assert problem["detail"]
    return problem["code"]


def test_an_order_is_placed_read_listed_and_canceled(client):
    placed = client.post("/orders", json=ORDER)
    assert placed.status_code == 201
    assert placed.headers["location"] == f"/orders/{placed.json()['id']}"
    path = placed.headers["location"]
    assert client.get(path).json()["status"] == "PENDING"
    assert [one["id"] for one in client.get("/orders").json()] == [placed.json()["id"]]
    assert client.delete(path).status_code == 204
    assert client.get(path).json()["status"] == "CANCELLED"


@pytest.mark.parametrize("path", ["/orders", "/orders/", "/orders/1", "/orders/1/"])
def test_both_spellings_answer_without_a_redirect(client, path):
    client.post("/orders/", json=ORDER)
    assert client.get(path, follow_redirects=False).status_code == 200


def test_every_answer_says_which_sequence_it_reflects(client):
    for path in ("/", "/orders", "/health", "/ready", "/metrics", "/docs", "/openapi.json", "/no"):
        assert int(client.get(path).headers["x-sequence"]) > 0


@pytest.mark.parametrize("path", ["/no", "/orders/1/2", "/api/v1/no", "/assets/no", "/a%00b"])
def test_an_unknown_path_is_a_problem(client, path):
    for method in ("GET", "POST", "DELETE", "PATCH", "OPTIONS"):
        response = client.request(method, path)
        assert (response.status_code, code_of(response)) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/orders"),
        ("PATCH", "/orders/"),
        ("POST", "/orders/1"),
        ("POST", "/"),
        ("DELETE", "/health"),
        ("POST", "/metrics"),
        ("PUT", "/api/v1/orders"),
        ("POST", "/api/v1/book/AAPL"),
        ("BREW", "/orders"),
    ],
)
def test_a_method_that_a_path_does_not_have_is_told_what_it_has(client, method, path):
    response = client.request(method, path)
    assert (response.status_code, code_of(response)) == (405, "method_not_allowed")
    assert "GET" in response.headers["allow"]
    assert method not in response.headers["allow"].split(", ")


def test_a_head_is_a_get_without_a_body(client):
    for path in ("/", "/health", "/orders", "/api/v1/instruments"):
        response = client.head(path)
        assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b'{"stocks":"A"}', b'{"stocks":1,"quantity":1}']
)
def test_no_body_is_a_422_or_a_500(client, body):
    assert client.post("/orders", content=body).status_code == 400


def test_a_body_beyond_the_limit_is_refused_with_and_without_a_length(client):
    body = b" " * 65_537

    def chunks():
        for _ in range(70):
            yield b" " * 1024

    for content in (body, chunks()):
        response = client.post("/orders", content=content)
        assert (response.status_code, code_of(response)) == (413, "body_too_large")
    assert client.post("/orders", content=body[:65_536]).status_code == 400


def test_a_foreign_host_and_a_foreign_page_are_turned_away(client):
    response = client.get("/orders", headers={"host": "evil.example"})
    assert (response.status_code, code_of(response)) == (403, "host_not_allowed")
    response = client.post("/orders", json=ORDER, headers={"origin": "http://evil.example"})
    assert (response.status_code, code_of(response)) == (403, "origin_not_allowed")
    assert client.get("/orders").json() == []
    own = client.get("/orders", headers={"origin": "http://testserver"})
    assert own.status_code == 200


def test_an_allowed_page_may_call_and_read_the_answer():
    desk = {"origin": "https://desk.example.com"}
    with TestClient(app_of(allowed_origins="https://desk.example.com")) as client:
        asked = client.options(
            "/orders",
            headers=desk
            | {
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization,x-own",
            },
        )
        assert asked.status_code == 204
        assert asked.headers["access-control-allow-origin"] == desk["origin"]
        assert "POST" in asked.headers["access-control-allow-methods"]
        assert asked.headers["access-control-allow-headers"] == "authorization,x-own"
        placed = client.post("/orders", json=ORDER, headers=desk)
        assert placed.headers["access-control-allow-origin"] == desk["origin"]
        exposed = placed.headers["access-control-expose-headers"].split(", ")
        assert {"x-sequence", "ratelimit-remaining", "ratelimit-reset"} <= set(exposed)
        assert client.get("/no", headers=desk).headers["access-control-allow-origin"]
        assert client.get("/orders").headers["vary"] == "Origin"
        foreign = client.get("/orders", headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403
        assert "access-control-allow-origin" not in foreign.headers


def test_with_keys_required_strangers_see_the_page_and_nothing_of_anybodys():
    with TestClient(app_of(auth="keys", admin_key="operator")) as client:
        page = client.get("/")
        assert page.status_code == 200
        asset = re.search(r'src="(/assets/[^"]+)"', page.text)[1]
        for path in ("/health", "/ready", "/docs", "/openapi.json", asset):
            assert client.get(path).status_code == 200
        for path in ("/orders", "/orders/1", "/metrics", "/api/v1/instruments", "/no"):
            response = client.get(path)
            assert (response.status_code, code_of(response)) == (401, "unauthenticated")
            assert response.headers["www-authenticate"] == "Bearer"
        operator = {"authorization": "Bearer operator"}
        assert client.get("/metrics", headers=operator).status_code == 200
        assert client.get("/orders", headers=operator).json() == []


def test_the_page_and_its_files_are_safe_and_kept_for_ever(client):
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert "{{assets}}" not in page.text
    files = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text)
    assert files
    for path in files:
        file = client.get(path)
        assert file.status_code == 200
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        kind = "text/javascript" if path.endswith(".js") else "text/css"
        assert file.headers["content-type"] == f"{kind}; charset=utf-8"
        assert file.headers["x-content-type-options"] == "nosniff"
        assert "script-src 'self';" in file.headers["content-security-policy"]
    assert client.get(files[0] + "x").status_code == 404
    for outside in ("/assets/../settings.py", files[0] + "/../../settings.py"):
        assert client.get(outside).status_code == 404


def test_the_docs_need_nothing_from_elsewhere(client):
    page = client.get("/docs")
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    for link in links:
        assert link.startswith("/assets/")
        assert client.get(link).status_code == 200
    assert re.search(r"<script(?! src=)", page.text) is None


def test_the_description_holds_every_route_that_answers(client):
    described = client.get("/openapi.json").json()["paths"]
    answering = {
        (re.sub(r":path\}", "}", route.path), method.lower())
        for route in client.app.router.routes
        if hasattr(route, "methods") and route.methods
        for method in route.methods
        if method != "HEAD" and not route.path.startswith("/assets/") and route.path != "/docs"
    }
    calls = {(path, method) for path, item in described.items() for method in item}
    assert answering <= calls
    assert {("/orders", "post"), ("/orders/{order_id}", "delete")} <= calls


def test_metrics_count_what_happened(client):
    client.post("/orders", json=ORDER)
    client.get("/no")
    text = client.get("/metrics").text
    assert "openoutcry_orders_total 1.0" in text
    assert 'openoutcry_http_requests_total{route="unmatched",status="4xx"} 1.0' in text
    assert 'route="/orders",status="2xx"' in text
    for name in ("fills_total", "records_total", "batch_records_sum", "fsync_seconds_sum"):
        assert f"openoutcry_{name} " in text
    for name in ("inbox_depth", "history_lag_events", "websocket_clients", "sequence"):
        assert f"openoutcry_{name} " in text


def test_without_a_with_block_calls_and_sockets_share_one_venue():
    app = app_of()
    client = TestClient(app)
    with client.websocket_connect("/ws") as socket:
        placed = client.post("/orders", json=ORDER).json()
        assert json.loads(socket.receive_text())["order_id"] == placed["order_id"]
    assert client.get(f"/orders/{placed['order_id']}").status_code == 200
    app.one_loop.close()


def test_a_hundred_gathered_calls_are_answered():
    app = app_of()

    async def gather():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await asyncio.gather(*(client.post("/orders", json=ORDER) for _ in range(100)))

    answers = asyncio.run(gather())
    assert {201} == {answer.status_code for answer in answers}
    assert len({answer.json()["id"] for answer in answers}) == 100
    app.one_loop.close()


def test_an_app_may_be_opened_again_and_remembers(tmp_path):
    app = app_of(data_dir=str(tmp_path / "data"))
    with TestClient(app) as client:
        placed = client.post("/orders", json=ORDER).json()
    with TestClient(app) as client:
        assert client.get(f"/orders/{placed['id']}").json()["id"] == placed["id"]
        second = TestClient(app_of(data_dir=str(tmp_path / "data")))
        with pytest.raises(DirectoryLocked, match="one venue is one process"):
            second.get("/orders")
    key = tmp_path / "data" / "admin.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text().strip()) >= 43


def test_creating_an_app_opens_nothing(tmp_path):
    app_of(data_dir=str(tmp_path / "data"))
    assert list(tmp_path.iterdir()) == []


def test_it_refuses_to_run_without_its_assertions():
    program = "from openoutcry.app import create_app; from openoutcry.settings import Settings; "
    done = subprocess.run(
        [sys.executable, "-O", "-c", program + "create_app(Settings())"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "python -O" in done.stderr


@pytest.mark.parametrize("with_lifespan", [True, False])
def test_a_fault_is_raised_where_a_test_sees_it(with_lifespan):
    app = app_of()
    client = TestClient(app)
    if with_lifespan:
        client.__enter__()
    try:
        client.post("/orders", json=ORDER)

        def break_down(entry):
            raise AssertionError("the book is crossed")

        app.state.venue.sequencer.engine.apply = break_down
        with pytest.raises(VenueStopped) as caught:
            client.post("/orders", json=ORDER)
        assert "the book is crossed" in str(caught.value.__cause__)
        with pytest.raises(VenueStopped):
            client.get("/orders")
        with pytest.raises(VenueStopped), client.websocket_connect("/ws"):
            pass
    finally:
        if with_lifespan:
            client.__exit__(None, None, None)
        app.one_loop.close()

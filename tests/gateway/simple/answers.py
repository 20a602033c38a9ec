"""What tests of the simple API say of an answer."""


def problem(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["x-sequence"]) > 0
    body = answer.json()
    assert list(body)[:5] == ["type", "title", "status", "code", "detail"]
    assert body["status"] == status
    return body

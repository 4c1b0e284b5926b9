"""What clients may send over the wire, with a real server between."""

import json
import re
import resource
import socket
from contextlib import ExitStack

import httpx
import pytest


def read_all(connection: socket.socket) -> bytes:
    answer = b""
    while part := connection.recv(65536):
        answer += part
    return answer


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /%ff%fe%00 HTTP/1.1",
        b"GET /%zz HTTP/1.1",
        b"GET /rest/v1/%0d%0aset-cookie:a HTTP/1.1",
        b"GET /auth/v1/%F0%28%8C%BC HTTP/1.1",
        b"GET /?q=%ff%00&q=%zz&&== HTTP/1.1",
        b"GET /healthz?" + b"a" * 20_000 + b" HTTP/1.1",
        b"GET /" + b"a" * 60_000 + b" HTTP/1.1",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1",
        b"GET //etc/passwd HTTP/1.1",
        b"GET /../../etc/passwd HTTP/1.1",
        b"GET http://other.example/healthz HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"TRACE /healthz HTTP/1.1",
        b"BREW /healthz HTTP/1.1",
        b"GET /healthz HTTP/1.1\r\nx-odd: \xff\xfe\xf0",
        b"GET /healthz HTTP/1.1\r\naccept: \xff, application/problem+json",
        b"GET /healthz HTTP/1.1\r\norigin: \xff\xfe",
        b"GET /auth/v1/user HTTP/1.1\r\nauthorization: Bearer \xff\xfe",
        b"GET /auth/v1/user HTTP/1.1\r\napikey: \xc3\x28",
        b"GET /healthz HTTP/1.1\r\nx-big: " + b"a" * 300_000,
        b"GET /healthz HTTP/1.1" + b"".join(b"\r\nx-%d: a" % number for number in range(500)),
        b"POST /auth/v1/signup HTTP/1.1\r\ncontent-length: 9999999999",
        b"POST /auth/v1/signup HTTP/1.1\r\ncontent-type: \xff\r\ncontent-length: 0",
        b"POST /auth/v1/signup HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 7",
        b"POST /auth/v1/signup HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    ],
    ids=lambda line: f"{line[:60]!a} {len(line)}",
)
def test_no_bytes_of_a_client_are_a_defect(wire, request_line: bytes):
    with socket.create_connection(("127.0.0.1", wire.port), timeout=5) as connection:
        connection.sendall(request_line + b"\r\nhost: a\r\nconnection: close\r\n\r\n")
        answer = read_all(connection)
    status = int(answer.split()[1]) if answer else 0  # some are worth no answer: the connection is closed
    assert status < 500
    assert "failed" not in wire.logged
    assert wire.answers()


def test_a_body_over_the_limit_is_refused_while_it_is_still_sent(wire):
    parts = (b" " * 65536 for _ in range(200))
    answer = httpx.post(
        f"http://127.0.0.1:{wire.port}/auth/v1/signup", content=parts, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "PGRST413")


def test_who_goes_away_leaves_a_line_and_no_defect(wire):
    before = wire.logged
    with socket.create_connection(("127.0.0.1", wire.port)) as connection:
        connection.sendall(b"POST /auth/v1/signup HTTP/1.1\r\nhost: a\r\ncontent-length: 20\r\n\r\nhalf of it")
    wire.wait_until(lambda: wire.logged != before, "it is noticed")
    assert re.fullmatch(r"\S+ \S+ POST /auth/v1/signup 400 .*\n", wire.logged.removeprefix(before))


def test_people_who_only_hold_the_line_keep_nobody_out(wire):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4_096, hard), hard))
    with ExitStack() as held:
        held.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1_500):
            held.enter_context(socket.create_connection(("127.0.0.1", wire.port)))
        assert wire.get("/healthz").status_code == 200


def test_head_and_options(wire):
    url = f"http://127.0.0.1:{wire.port}"
    head = httpx.head(f"{url}/healthz")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "15")
    assert httpx.options(f"{url}/healthz").status_code == 405
    refused = httpx.head(f"{url}/nowhere")
    assert (refused.status_code, refused.content) == (404, b"")


def test_there_is_nothing_at_the_root_and_no_version_anywhere(wire):
    assert wire.get("/").status_code == 404
    for path in ("/", "/healthz", "/readyz", "/auth/v1/nothing"):
        answer = wire.get(path)
        assert not re.search(r"\d+\.\d+\.\d+", answer.text + json.dumps(dict(answer.headers)))

"""Errors as answers, in both shapes."""

import json

from starlette.exceptions import HTTPException

from mainspring.errors import BadRequest, Conflict, Fault, TooLarge, TooManyTries
from mainspring.web.problem import describe, translate


def test_problem_json_where_it_is_asked_for():
    error = Conflict("taken", details="another album", faults=[Fault("/slug", "23505", "taken")])
    status, headers, body = describe(error, "text/html, application/problem+json;q=0.9")
    assert status == 409
    assert dict(headers)[b"content-type"] == b"application/problem+json"
    assert json.loads(body) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "taken",
        "code": "23505",
        "details": "another album",
        "errors": [{"pointer": "/slug", "code": "23505", "message": "taken"}],
    }


def test_an_error_brings_its_own_headers():
    status, headers, _ = describe(TooManyTries("slower", headers=[("Retry-After", "30")]))
    assert (status, dict(headers)[b"retry-after"]) == (429, b"30")


def test_the_length_is_that_of_the_bytes():
    _, headers, body = describe(BadRequest("Größe"))
    assert dict(headers)[b"content-length"] == str(len(body)).encode()
    assert len(body) > len(body.decode())


def test_what_starlette_refuses_becomes_an_error_of_ours():
    assert isinstance(translate(HTTPException(413), "/"), TooLarge)
    refused = translate(HTTPException(400, "no boundary"), "/")
    assert isinstance(refused, BadRequest)
    assert refused.message == "no boundary"

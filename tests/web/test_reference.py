"""The page at /docs: what it is served with. What it does is shown by a browser, in tests/client."""

import re

import pytest

from mainspring.web.reference.page import reference


@pytest.fixture
def client(ask):
    return ask(routes=reference("<script>photos</script>"))


def assets(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="(/docs/[^"]+)"', page)


def test_the_page_names_the_app_and_runs_nothing_but_its_own(client):
    answer = client.get("/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "&lt;script&gt;photos&lt;/script&gt;: API reference" in answer.text
    assert "<script>photos" not in answer.text
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy[word] for word in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert answer.headers["cache-control"] == "private, no-store"


def test_its_assets_are_kept_for_ever_under_a_name_of_their_content(client):
    found = assets(client.get("/docs").text)
    assert [path.rpartition(".")[2] for path in found] == ["svg", "css", "js"]
    for path in found:
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/docs/0000000000000000/reference.js", "/docs/{digest}/other.js", "/docs/{digest}/reference.html"]
)
def test_there_is_nothing_else(client, path: str):
    digest = assets(client.get("/docs").text)[0].split("/")[2]
    assert client.get(path.format(digest=digest)).status_code == 404

"""The plan of a question: for administrators, and for nobody else."""

import pytest
from tests.rest.conftest import Library

ENGINES = ("sqlite", "postgresql")

PLAN = "application/vnd.pgrst.plan"
QUESTION = "books?select=title,shelf(owner(name)),genres(code)&title=eq.Moby Dick&order=id"


@pytest.mark.parametrize("who", ["adm", "key"])
def test_an_administrator_sees_each_statement(readable: Library, who: str):
    reply = readable.get(QUESTION, who, accept=f'{PLAN}+json; for="application/json"', prefer="count=exact")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == f'{PLAN}+json; for="application/json"; charset=utf-8'
    statements = reply.json()
    assert [("count(" in each["statement"], "genres" in each["statement"]) for each in statements] == [
        (False, False),
        (False, True),
        (True, False),
    ]
    assert all(each["statement"].startswith("SELECT") and each["plan"] for each in statements)
    assert "Moby" not in str([each["statement"] for each in statements]), "values are bound"


@pytest.mark.parametrize("media", [PLAN, f"{PLAN}+text"])
def test_as_text(readable: Library, engine: str, media: str):
    reply = readable.get("books?id=eq.1", "adm", accept=f"{media}; options=verbose")
    assert reply.headers["Content-Type"] == f'{PLAN}+text; for="application/json"; charset=utf-8'
    assert reply.text.startswith("SELECT")
    assert ("SEARCH t0" if engine == "sqlite" else "Node Type") in reply.text
    assert readable.head("books?id=eq.1", "adm", accept=media).text == ""


def test_where_it_is_not_the_first_thing_that_is_accepted(readable: Library):
    assert readable.get("books?id=eq.1", "adm", accept=f"application/json, {PLAN}+json").json()[0]["title"] == "Moby Dick"


def test_what_it_costs(readable: Library, engine: str):
    reply = readable.get("books", "adm", accept=f"{PLAN}+json; options=analyze")
    if engine == "sqlite":
        assert (reply.status_code, reply.json()["code"]) == (400, "0A000")
    else:
        assert "Execution Time" in reply.text


@pytest.mark.parametrize("who", ["ann", "lib", ""])
@pytest.mark.parametrize("media", [PLAN, f"{PLAN}+json", f"{PLAN}+text; options=analyze"])
def test_for_others_there_is_no_such_thing(readable: Library, who: str, media: str):
    reply, unknown = (readable.get("books", who, accept=each) for each in (media, "application/vnd.nothing+json"))
    assert (reply.status_code, reply.text) == (406, unknown.text)


@pytest.mark.parametrize(
    ("method", "query", "accept", "status", "code"),
    [
        ("GET", "books", f"{PLAN}+json; options=everything", 400, "PGRST107"),
        ("GET", "books", f'{PLAN}+json; for="image/png"', 406, "PGRST107"),
        ("GET", "books?titel=eq.1", f"{PLAN}+json", 400, "42703"),
        ("GET", "ledgerz", f"{PLAN}+json", 404, "PGRST205"),
        ("DELETE", "books?id=eq.1", f"{PLAN}+json", 406, "PGRST107"),
    ],
)
def test_what_is_refused(readable: Library, method: str, query: str, accept: str, status: int, code: str):
    reply = readable.request(method, query, "adm", accept=accept)
    assert (reply.status_code, reply.json()["code"]) == (status, code)

"""The plan of a question: for administrators, and for nobody else."""

from typing import Any

import pytest
from tests.rest.conftest import Library

ENGINES = ("sqlite", "postgresql", "mariadb")

COST = {"postgresql": "Execution Time", "mariadb": "r_total_time_ms"}
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
    assert {"sqlite": "SEARCH t0", "postgresql": "Node Type", "mariadb": "access_type"}[engine] in reply.text
    assert readable.head("books?id=eq.1", "adm", accept=media).text == ""


def test_where_it_is_not_the_first_thing_that_is_accepted(readable: Library):
    assert readable.get("books?id=eq.1", "adm", accept=f"application/json, {PLAN}+json").json()[0]["title"] == "Moby Dick"


def test_what_it_costs(readable: Library, engine: str):
    reply = readable.get("books", "adm", accept=f"{PLAN}+json; options=analyze")
    if engine == "sqlite":
        assert (reply.status_code, reply.json()["code"]) == (400, "0A000")
    else:
        assert COST[engine] in reply.text


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "genres?select=code", {"code": "x", "name": "X"}, ["INSERT INTO genres", "SELECT"]),
        ("POST", "genres?on_conflict=code", [{"code": "x", "name": "X"}, {"code": "poem", "name": "P"}], ["INSERT", "UPDATE"]),
        ("PUT", "genres?code=eq.x", {"code": "x", "name": "X"}, ["INSERT INTO genres"]),
        ("PATCH", "books?title=eq.Moby Dick", {"pages": 1, "genres": ["poem"]}, ["UPDATE books", "books_genres"]),
        ("DELETE", "books?pages=gt.1", None, ["SELECT", "DELETE FROM books"]),
    ],
)
def test_a_change_is_explained_and_not_made(library: Library, method: str, path: str, body: Any, words: list[str]):
    kept = [library.get(table, "adm").text for table in ("books?select=*,genres(code)", "genres")]
    prefer = "return=representation" + (",resolution=merge-duplicates" if "on_conflict" in path else "")
    reply = library.request(method, path, "adm", json=body, accept=f"{PLAN}+json", prefer=prefer)
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"] == f'{PLAN}+json; for="application/json"; charset=utf-8'
    statements = [each["statement"] for each in reply.json()]
    assert [word for word in words if not any(word in statement.replace('"', "") for statement in statements)] == []
    assert len(set(statements)) == len(statements)
    assert any(each["plan"] for each in reply.json()), "SQLite has nothing to say of an INSERT alone"
    assert "Moby" not in str(statements), "values are bound"
    assert [library.get(table, "adm").text for table in ("books?select=*,genres(code)", "genres")] == kept


def test_what_a_change_costs(library: Library, engine: str):
    reply = library.patch("books?pages=gt.1", "adm", json={"pages": 7}, accept=f"{PLAN}+json; options=analyze")
    if engine == "sqlite":
        assert (reply.status_code, reply.json()["code"]) == (400, "0A000")
    else:
        assert COST[engine] in reply.text
    assert library.get("books?select=pages&title=eq.Smilla", "adm").json() == [{"pages": 453}]


def test_a_refused_change_is_refused(library: Library):
    reply = library.post("genres", "adm", json={"code": "poem", "name": "again"}, accept=f"{PLAN}+json")
    assert (reply.status_code, reply.json()["code"]) == (409, "23505")


@pytest.mark.parametrize("who", ["ann", "lib", ""])
@pytest.mark.parametrize("media", [PLAN, f"{PLAN}+json", f"{PLAN}+text; options=analyze"])
def test_for_others_there_is_no_such_thing(readable: Library, who: str, media: str):
    for method, path in (("GET", "books"), ("DELETE", "books?id=eq.1")):
        reply, unknown = (readable.request(method, path, who, accept=each) for each in (media, "application/vnd.nothing+json"))
        assert (reply.status_code, reply.text) == (406, unknown.text)


@pytest.mark.parametrize(
    ("method", "query", "accept", "status", "code"),
    [
        ("GET", "books", f"{PLAN}+json; options=everything", 400, "PGRST107"),
        ("GET", "books", f'{PLAN}+json; for="image/png"', 406, "PGRST107"),
        ("GET", "books?titel=eq.1", f"{PLAN}+json", 400, "42703"),
        ("GET", "ledgerz", f"{PLAN}+json", 404, "PGRST205"),
        ("DELETE", "books", f"{PLAN}+json", 400, "21000"),
    ],
)
def test_what_is_refused(readable: Library, method: str, query: str, accept: str, status: int, code: str):
    reply = readable.request(method, query, "adm", accept=accept)
    assert (reply.status_code, reply.json()["code"]) == (status, code)

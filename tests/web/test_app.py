"""The roof: rooms, their description and the operator's addresses on one site."""

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.web.conftest import Client

from mainspring.app import App, asgi, open_backend
from mainspring.schema.create import create_all
from mainspring.settings import Settings


@pytest.fixture
def join(tmp_path, monkeypatch, heard):
    """Makes a client of the whole back end; its models are those that are declared, `User` at least."""
    monkeypatch.chdir(tmp_path)  # where there are no migrations
    opened = []

    def make(*, tables: bool = True, **settings):
        backend = open_backend(App("people"), Settings(**settings))
        opened.append(backend)
        if tables:
            create_all(backend.engine, backend.catalog)
        return Client(asgi(backend, heard))

    yield make
    for backend in opened:
        backend.close()


def test_the_description_is_valid_and_holds_every_room(join):
    client = join()
    document = client.get("/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    assert (document["info"]["title"], document["info"]["version"]) == ("people", "1")
    assert {"/rest/v1/users", "/auth/v1/signup"} <= set(document["paths"])
    assert client.get("/rest/v1/").json() == document


def test_readyz_follows_the_tables(join):
    assert join().get("/readyz").json() == {"status": "ready"}


def test_without_tables_it_is_not_ready_and_says_no_more_than_that(join):
    answer = join(tables=False).get("/readyz")
    assert (answer.status_code, answer.json()["message"]) == (503, "the database is not as the models say")


def test_migrations_that_do_not_fit_are_not_ready_either(join, tmp_path):
    client = join()
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0002_late.py").write_text("", "utf-8")
    assert client.get("/readyz").json()["message"] == "the migrations do not fit the database"


def test_the_page_at_the_root_is_for_developers(join):
    assert join().get("/").status_code == 404
    assert "people" in join(dev=True, tables=False).get("/").text


def test_a_token_that_is_none_is_refused_in_both_rooms(join, heard):
    client = join()
    for path in ("/rest/v1/users", "/rest/v1/", "/openapi.json", "/auth/v1/user"):
        for headers in ({"Authorization": "Bearer no.token.atall"}, {"apikey": "\xff\xfe"}, {"Authorization": "Basic abc"}):
            answer = client.get(path, headers={name: value.encode("latin-1") for name, value in headers.items()})
            assert answer.status_code in {401, 403}, (path, headers, answer.text)
    assert [event.status for event in heard.events if event.status >= 500] == []

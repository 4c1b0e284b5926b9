"""The description is valid, tells each caller what they could reach and no more, and the answers are as it says."""

import json
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from tests.rest.conftest import PEOPLE, Library, Open, picture

from mainspring.access.conditions import Conditions
from mainspring.rest.openapi import describe


def document(library: Library, who: str) -> dict[str, Any]:
    reply = library.get("", who)
    assert reply.headers["content-type"] == "application/openapi+json"
    return reply.json()


def fits(document: dict[str, Any], schema: str, value: object) -> list[str]:
    """What is wrong with a value."""
    rule = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    return [error.message for error in OAS31Validator(rule).iter_errors(value)]


@pytest.mark.parametrize("who", PEOPLE)
def test_it_is_valid_for_everybody(readable: Library, who: str):
    validate(document(readable, who))


def test_the_rooms_are_joined(readable: Library):
    described = document(readable, "ann")
    assert (described["info"]["title"], described["info"]["version"]) == ("library", "1")
    assert {"/rest/v1/books", "/auth/v1/signup", "/auth/v1/token", "/auth/v1/user", "/auth/v1/logout"} <= set(described["paths"])


def test_it_is_the_same_each_time_and_kept(readable: Library):
    catalog = readable.backend.catalog
    make = [describe(catalog, Conditions(catalog), name="x", version="1", paths={}) for _ in range(2)]
    assert make[0](PEOPLE["ann"]) == make[1](PEOPLE["ann"])
    assert make[0](PEOPLE["ann"]) is make[0](PEOPLE["bob"])  # of one authority


@pytest.mark.parametrize(
    ("who", "table", "methods"),
    [
        ("", "shelves", "delete get patch post put"),  # possible for everybody: signing in is
        ("", "genres", "get"),
        ("lib", "genres", "delete get patch post put"),
        ("ann", "loans", "delete get patch post put"),
        ("tim", "loans", "get"),
        ("ann", "users", "get patch"),
        ("adm", "users", "delete get patch post put"),
        ("ann", "ledgers", ""),
        ("lib", "ledgers", "get post"),
        ("adm", "ledgers", "get"),
        ("ann", "vaults", ""),
        ("key", "vaults", "delete get patch post put"),
        ("key", "sealed", ""),
    ],
)
def test_it_lists_what_the_caller_could_do(readable: Library, who: str, table: str, methods: str):
    assert " ".join(sorted(document(readable, who)["paths"].get(f"/rest/v1/{table}", {}))) == methods


@pytest.mark.parametrize(
    ("who", "field", "read", "write"),
    [
        ("ann", "whisper", False, False),
        ("ann", "cost", False, False),
        ("lib", "cost", True, True),
        ("ann", "diary", True, True),
        ("", "diary", False, False),
        ("adm", "whisper", False, False),
        ("ann", "title", True, True),
        ("ann", "version", True, False),
        ("ann", "id", True, False),
        ("ann", "shelf", True, False),
        ("ann", "shelf_id", True, True),
        ("ann", "genres", True, True),
    ],
)
def test_a_hidden_field_stands_nowhere(readable: Library, who: str, field: str, *, read: bool, write: bool):
    described = document(readable, who)
    schemas = described["components"]["schemas"]
    assert (field in schemas["books"]["properties"]) is read
    assert (field in schemas["books.insert"]["properties"]) is write
    if not read:
        assert f'"{field}"' not in json.dumps(described)
        assert f"books.{field}" not in described["components"]["parameters"]


def test_nothing_tells_of_a_closed_table(readable: Library):
    text = json.dumps(document(readable, "ann"))
    assert [word for word in ("vault", "ledger", "sealed", "mainspring_dropped", "librarian") if word in text.lower()] == []


def test_what_is_needed_and_what_may_be_empty(readable: Library):
    schemas = document(readable, "ann")["components"]["schemas"]
    assert schemas["books.insert"]["required"] == ["title", "shelf_id"]
    assert "required" not in schemas["books.update"]
    assert schemas["books.insert"]["properties"]["colour"] == {"type": ["string", "null"], "enum": ["red", "green", "blue", None]}
    assert schemas["books.insert"]["properties"]["lent"] == {"type": "boolean", "default": False}
    assert schemas["shelves.insert"]["required"] == ["title"]  # the owner is whoever asks
    assert document(readable, "key")["components"]["schemas"]["shelves.insert"]["required"] == ["title", "owner_id"]
    assert "desk" in schemas["loans.insert"]["required"]
    assert "desk" not in schemas["loans.update"]["properties"]  # a key never changes
    assert document(readable, "lib")["components"]["schemas"]["ledgers.insert"]["properties"]["amount"]["default"] == 0


def test_records_in_a_new_record(readable: Library):
    described = document(readable, "ann")
    schemas = described["components"]["schemas"]
    books = schemas["shelves.insert.nested"]["properties"]["books"]
    assert (books["type"], books["items"]["required"]) == ("array", ["title"])
    assert "shelf_id" not in books["items"]["properties"]
    assert "books" not in schemas["shelves.insert"]["properties"]
    methods = described["paths"]["/rest/v1/shelves"]
    body = {name: json.dumps(methods[name]["requestBody"]["content"]["application/json"]) for name in ("post", "put", "patch")}
    assert [name for name, text in body.items() if "insert.nested" in text] == ["post"]
    genres = document(readable, "lib")["components"]["schemas"]["books.insert.nested"]["properties"]["genres"]
    assert genres["items"]["anyOf"][0]["type"] == "string"
    assert genres["items"]["anyOf"][1]["required"] == ["code", "name"]
    assert "books.insert.nested" not in schemas  # Ann makes no genres
    pictures = {"title": "A", "books": [{"title": "B"}]}
    assert readable.post("shelves", "ann", json=pictures, prefer="tx=rollback").status_code == 201


def test_a_needed_file_is_sent_in_a_form_alone(readable: Library):
    described = document(readable, "ann")
    content = described["paths"]["/rest/v1/pictures"]["post"]["requestBody"]["content"]
    assert list(content) == ["multipart/form-data"]
    assert "image/webp" in content["multipart/form-data"]["encoding"]["image"]["contentType"]
    assert described["components"]["schemas"]["pictures.insert.multipart"]["required"] == ["image"]


def test_a_field_named_like_an_option_is_asked_for_in_brackets(readable: Library):
    described = document(readable, "lib")
    names = [each["$ref"].split("/")[-1] for each in described["paths"]["/rest/v1/ledgers"]["get"]["parameters"]]
    assert "limit" in names
    assert "ledgers.limit" not in names  # a second parameter of that name would make the document wrong
    assert readable.names("ledgers?and=(limit.eq.5)&select=limit&limit=1", "lib", "limit") == [5]


def test_docstrings_and_names_reach_the_reader(readable: Library):
    described = document(readable, "ann")
    assert {"name": "books", "description": "A book on a shelf."} in described["tags"]
    names = [operation["operationId"] for path in described["paths"].values() for operation in path.values()]
    assert {"read_books", "create_books", "update_books", "delete_books", "read_file"} <= set(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("who", ["ann", "bob", "lib", "adm", ""])
@pytest.mark.parametrize("query", ["books?select=*,shelf(*),genres(*)", "shelves?select=*,owner(*),books(*)", "users", "loans"])
def test_answers_are_as_described(readable: Library, who: str, query: str):
    described = document(readable, who)
    records = readable.get(query, who).json()
    assert [fits(described, query.split("?", maxsplit=1)[0], record) for record in records] == [[] for _ in records]


def test_a_record_with_its_file_is_as_described(library: Library):
    files = {"cover": ("c.png", picture(), "image/png")}
    made = library.post(
        "books", "ann", prefer="return=representation", data={"shelf_id": "1", "title": "New", "price": "0.07"}, files=files
    )
    (record,) = made.json()
    assert record["cover"]["width"] == 4
    assert fits(document(library, "ann"), "books", record) == []


@pytest.mark.parametrize(
    ("path", "body"), [("books?titel=eq.1", None), ("books", {"title": 5}), ("books", {"shelf_id": 1, "title": "x", "pages": 0})]
)
def test_refusals_are_as_described(library: Library, path: str, body: object):
    reply = library.get(path, "ann") if body is None else library.post(path, "ann", json=body)
    assert reply.status_code == 400
    assert fits(document(library, "ann"), "mainspring_error", reply.json()) == []


def test_the_reference_can_be_switched_off(library: Library, open_with: Open):
    assert library.get("/docs").status_code == 200
    assert open_with(reference=False).get("/docs").status_code == 404

"""A many-to-many relation that both sides declare is written from both, but nobody joins from behind."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.cli.conftest import Server, make_project

ENGINES = ("sqlite", "postgresql", "mariadb")

APP = """
import mainspring
from mainspring import Access, App, Mapped, Model, field, is_me, many, me, member_of, one, signed_in

app = App("clubs")


class User(mainspring.User):
    clubs: Mapped[list["Club"]] = many(back="members")
    tags: Mapped[list["Tag"]] = many(back="users")


class Club(Model):
    name: Mapped[str] = field()
    owner: Mapped[User] = one(default=me)
    members: Mapped[list[User]] = many(back="clubs")
    access = Access(read=signed_in, create=is_me(owner), update=is_me(owner) | member_of(members), delete=is_me(owner))


class Tag(Model):
    name: Mapped[str] = field()
    users: Mapped[list[User]] = many(back="tags")
    access = Access(read=signed_in, create=signed_in)
"""


class Person:
    def __init__(self, server: Server, name: str, **data: object) -> None:
        self.address = f"http://127.0.0.1:{server.port}"
        self.headers = {"Prefer": "return=representation"}
        body = {"email": f"{name}@example.com", "password": "correct horse battery", "data": data}
        self.welcome = self.ask("POST", "/auth/v1/signup", json=body)
        if self.welcome.status_code == 200:
            self.id = self.welcome.json()["user"]["id"]
            self.headers["Authorization"] = f"Bearer {self.welcome.json()['access_token']}"

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return httpx.request(method, self.address + path, headers=self.headers, **options)

    def change(self, **values: object) -> httpx.Response:
        return self.ask("PATCH", f"/rest/v1/users?id=eq.{self.id}", json=values)

    def change_club(self, club: int, **values: object) -> httpx.Response:
        return self.ask("PATCH", f"/rest/v1/clubs?id=eq.{club}", json=values)

    def make(self, table: str, **values: object) -> int:
        return self.ask("POST", f"/rest/v1/{table}", json=values).json()[0]["id"]

    def members(self, club: int) -> list[str]:
        reply = self.ask("GET", f"/rest/v1/clubs?id=eq.{club}&select=members(id)")
        return [each["id"] for each in reply.json()[0]["members"]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    for project in make_project(tmp_path_factory.mktemp("joining") / "clubs"):
        project.write(APP)
        project.run("migrate", "make")
        project.run("migrate", "up")
        yield project.start("serve")


def test_nobody_joins_from_behind(server: Server):
    ann, bob = Person(server, "ann"), Person(server, "bob")
    club = ann.make("clubs", name="chess", members=[ann.id])
    for person in (bob, Person(server, "eve")):
        reply = person.change(clubs=[club])
        assert (reply.status_code, reply.json()["code"]) == (403, "42501"), reply.text
        assert reply.json()["errors"][0]["pointer"] == "/clubs"
    assert Person(server, "cid", clubs=[club]).welcome.status_code == 400  # not at sign-up either
    assert ann.members(club) == [ann.id]
    # Who may change the club changes it from either side, and nothing is asked where nothing changes.
    assert ann.change_club(club, members=[bob.id]).status_code == 200
    assert ann.change(clubs=[club]).status_code == 200
    assert sorted(ann.members(club)) == sorted([ann.id, bob.id])
    assert ann.change_club(club, members=[ann.id]).status_code == 200
    assert bob.change(clubs=[], name="Bob").status_code == 200
    assert bob.change(clubs=[club]).status_code == 403
    assert ann.members(club) == [ann.id]


def test_a_list_that_no_rule_asks_about_is_written_from_both_sides(server: Server):
    dan = Person(server, "dan")
    tag = dan.make("tags", name="red")
    assert dan.change(tags=[tag]).status_code == 200
    assert dan.change(tags=[]).status_code == 200

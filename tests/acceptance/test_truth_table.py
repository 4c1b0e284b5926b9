"""Who may do what with whose record, on every surface: written by hand, not derived from the rules.

Ann has a picture of herself, and albums with photos that she shows to Bob. Eve is somebody else who is signed in. For `users` the
record is Ann's own.

    y  seen, or done; and nothing is done in all other cases
    -  as though it were not there
    u  401, sign in first            c  409, as though its album were not there
    f  403, refused                  x  400, there is no such thing for them

                reading: it is ...                      writing: it is ...
    list        among all records                       one of several, written at once
    one         the one object that is asked for        alone, and shown as one object
    embed       inside of a related record              shown with a related record
    filter      found by its content                    found by its content
    order       among all, sorted by content            written in an order
    count       counted                                 counted
    file        given out as a file                     a form with a file; a deletion takes the file along

All of it holds in every language: bodies and answers in JSON, in XML and in CSV.

A new album is in Ann's name, a new photo in Ann's album. Users have no relation to show, albums have no file.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.acceptance.voice import MEDIA, Voice, said
from tests.photos import ONE, SHOW, Guest, Photos, new_photos, new_picture

TABLE = """
                        anonymous   other   friend   owner   administrator

users   read    list        -         y        y       y           y
users   read    one         -         y        y       y           y
users   read    embed       -         y        y       y           y
users   read    filter      -         y        y       y           y
users   read    order       -         y        y       y           y
users   read    count       -         y        y       y           y
users   read    file        -         y        y       y           y

users   create  list        u         f        f       f           y
users   create  one         u         f        f       f           y
users   create  filter      u         f        f       f           x
users   create  order       u         f        f       f           y
users   create  count       u         f        f       f           y
users   create  file        u         f        f       f           y

users   update  list        -         -        -       y           y
users   update  one         -         -        -       y           y
users   update  filter      -         -        -       y           y
users   update  order       -         -        -       y           y
users   update  count       -         -        -       y           y
users   update  file        -         -        -       y           y

users   delete  list        -         -        -       -           y
users   delete  one         -         -        -       -           y
users   delete  filter      -         -        -       -           y
users   delete  order       -         -        -       -           y
users   delete  count       -         -        -       -           y
users   delete  file        -         -        -       -           y

albums  read    list        -         -        y       y           y
albums  read    one         -         -        y       y           y
albums  read    embed       -         -        y       y           y
albums  read    filter      -         -        y       y           y
albums  read    order       -         -        y       y           y
albums  read    count       -         -        y       y           y

albums  create  list        u         f        f       y           y
albums  create  one         u         f        f       y           y
albums  create  embed       u         f        f       y           y
albums  create  filter      u         x        x       x           x
albums  create  order       u         f        f       y           y
albums  create  count       u         f        f       y           y

albums  update  list        -         -        -       y           y
albums  update  one         -         -        -       y           y
albums  update  embed       -         -        -       y           y
albums  update  filter      -         -        -       y           y
albums  update  order       -         -        -       y           y
albums  update  count       -         -        -       y           y

albums  delete  list        -         -        -       y           y
albums  delete  one         -         -        -       y           y
albums  delete  embed       -         -        -       y           y
albums  delete  filter      -         -        -       y           y
albums  delete  order       -         -        -       y           y
albums  delete  count       -         -        -       y           y

photos  read    list        -         -        y       y           y
photos  read    one         -         -        y       y           y
photos  read    embed       -         -        y       y           y
photos  read    filter      -         -        y       y           y
photos  read    order       -         -        y       y           y
photos  read    count       -         -        y       y           y
photos  read    file        -         -        y       y           y

photos  create  list        u         x        x       x           x
photos  create  one         u         c        f       y           y
photos  create  embed       u         c        f       y           y
photos  create  filter      u         x        x       x           x
photos  create  order       u         c        f       y           y
photos  create  count       u         c        f       y           y
photos  create  file        u         c        f       y           y

photos  update  list        -         -        -       y           y
photos  update  one         -         -        -       y           y
photos  update  embed       -         -        -       y           y
photos  update  filter      -         -        -       y           y
photos  update  order       -         -        -       y           y
photos  update  count       -         -        -       y           y
photos  update  file        -         -        -       y           y

photos  delete  list        -         -        -       y           y
photos  delete  one         -         -        -       y           y
photos  delete  embed       -         -        -       y           y
photos  delete  filter      -         -        -       y           y
photos  delete  order       -         -        -       y           y
photos  delete  count       -         -        -       y           y
photos  delete  file        -         -        -       y           y
"""

FIELDS = """
                        anonymous   other   friend   owner   administrator

email     shown             -         -        -       y           y
email     filter            x         -        -       y           y
email     order             x         -        -       y           y
email     update            x         x        x       x           y

roles     shown             -         -        -       y           y
roles     filter            x         -        -       y           y
roles     update            x         x        x       x           y

staff     shown             -         -        -       y           y
staff     filter            x         -        -       y           y
staff     update            x         x        x       x           y

disabled  shown             -         -        -       y           y
disabled  filter            x         -        -       y           y
disabled  update            x         x        x       x           y
"""
"""Fields of Ann that not everybody who sees her may see. To them, a filter and an order find nothing in it; to who sees it of
nobody, there is no such field."""

CALLERS = ("anonymous", "other", "friend", "owner", "administrator")
LETTERS = {400: "x", 401: "u", 403: "f", 406: "-", 409: "c"}
CONTENT = {"users": "name", "albums": "title", "photos": "caption"}
FILE = {"users": "avatar", "photos": "image"}
SHOWN_WITH = {"albums": "owner(name)", "photos": "album(title)"}
COUNTED = {"Prefer": "count=exact"}

_numbers = itertools.count(1)


@dataclass
class Target:
    """The record that is read or written.

    Attributes:
        table: Its table.
        id: Its key.
        content: What stands in it.
        file: The address of its file.
        other_id: The key of another record of the same owner.
        owner: Whose it is.
    """

    table: str
    id: str
    content: str
    file: str
    other_id: str
    owner: Guest

    @property
    def itself(self) -> str:
        return f"/rest/v1/{self.table}?id=eq.{self.id}"


class World:
    """A server and the people who ask it."""

    def __init__(self, photos: Photos) -> None:
        self.photos = photos
        self.administrator = photos.make_administrator()
        self.zoe = self.administrator.make("users", name="Zoe", email="zoe@example.com")["id"]
        self.ann, self.bob, self.eve = (photos.sign_up(name) for name in ("ann", "bob", "eve"))
        self.callers = {
            "anonymous": photos.guest(),
            "other": self.eve,
            "friend": self.bob,
            "owner": self.ann,
            "administrator": self.administrator,
        }
        self.album = self.ann.make_album("Everything", (self.bob,))
        self.ann.patch(f"/rest/v1/users?id=eq.{self.ann.id}", files={"avatar": ("ann.png", new_picture())})
        for caller in (self.eve, self.bob, self.ann, self.administrator):
            caller.make_album("Where Ann is a friend", (self.ann,))

    def new_target(self, table: str, *, owner_acts: bool) -> Target:
        """A new record of Ann's; of users, a new user, who can sign in where they are to act."""
        return self._new_user(owner_acts=owner_acts) if table == "users" else self._new_record(table)

    def _new_user(self, *, owner_acts: bool) -> Target:
        name, other = f"ann-{next(_numbers)}", f"ann-{next(_numbers)}"
        owner = self.photos.sign_up(name) if owner_acts else self.ann
        if owner_acts:
            self.administrator.patch(f"/rest/v1/users?id=eq.{owner.id}", json={"name": name})
            made = owner.rows(f"users?id=eq.{owner.id}")[0]
        else:
            made = self.administrator.make("users", name=name, email=f"{name}@example.com")
        second = self.administrator.make("users", name=other, email=f"{other}@example.com")
        files = {"avatar": ("ann.png", new_picture())}
        answer = self.administrator.patch(f"/rest/v1/users?id=eq.{made['id']}", files=files, headers=ONE | SHOW)
        return Target("users", made["id"], name, answer.json()["avatar"]["url"], second["id"], owner)

    def _new_record(self, table: str) -> Target:
        content = f"content-{next(_numbers)}"
        if table == "albums":
            made, other = (self.ann.make_album(content, (self.bob,)), self.ann.make_album("other", (self.bob,)))
            self.ann.make_photo(made)
            return Target(table, made["id"], content, "", other["id"], self.ann)
        made, other = (self.ann.make_photo(self.album) for _ in range(2))
        assert self.ann.patch(f"/rest/v1/photos?id=eq.{made['id']}", json={"caption": content}).status_code == 204
        return Target(table, made["id"], content, made["image"]["url"], other["id"], self.ann)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, begun: Path) -> Iterator[World]:
    photos = new_photos(tmp_path_factory.mktemp("table"), begun)
    photos.start()
    yield World(photos)
    photos.close()


# -- reading ---------------------------------------------------------------------------------------------------------------------


def read(caller: Voice, target: Target, surface: str) -> str:
    """The letter of a way to read."""
    return "y" if is_seen(caller, target, surface) else "-"


def is_seen(caller: Voice, target: Target, surface: str) -> bool:
    table, content = target.table, CONTENT[target.table]
    match surface:
        case "list":
            return str(target.id) in ids(caller.rows(f"{table}?select=id"))
        case "one":
            answer = caller.get(target.itself, headers=ONE)
            assert answer.status_code in {200, 406}
            return answer.status_code == 200 and str(said(answer)["id"]) == str(target.id)
        case "embed":
            around, name = {"users": ("albums", "friends"), "albums": ("photos", "album"), "photos": ("albums", "photos")}[table]
            inside = [row[name] for row in caller.rows(f"{around}?select={name}(id)")]
            return str(target.id) in ids([each for one in inside for each in (one if isinstance(one, list) else [one])])
        case "filter":
            return str(target.id) in ids(caller.rows(f"{table}?{content}=eq.{target.content}"))
        case "order":
            rows = caller.rows(f"{table}?select=id,{content}&order={content}.desc.nullslast")
            contents = [row[content] for row in rows if row.get(content) is not None]
            assert contents == sorted(contents, reverse=True)
            return str(target.id) in ids(rows)
        case "count":
            answer = caller.head(f"/rest/v1/{table}?{content}=eq.{target.content}", headers=COUNTED)
            return answer.headers["content-range"].endswith("/1")
        case _:
            answer = caller.get(target.file)
            assert answer.status_code in {200, 404}
            return answer.status_code == 200 and answer.content.startswith(b"\x89PNG")


def ids(rows: list[dict[str, Any]]) -> set[str]:
    return {str(row["id"]) for row in rows}


# -- writing ---------------------------------------------------------------------------------------------------------------------


def create(world: World, caller: Voice, table: str, surface: str) -> str:
    """The letter of a way to make a record."""
    content, query, headers = f"new-{next(_numbers)}", "", {}
    values: dict[str, Any] = {
        "users": {"name": content, "email": f"{content}@example.com"},
        "albums": {"title": content, "owner_id": world.ann.id},
        "photos": {"caption": content, "album_id": world.album["id"]},
    }[table]
    match surface:
        case "one":
            headers = ONE | SHOW
        case "embed":
            query, headers = f"?select=id,{SHOWN_WITH[table]}", SHOW
        case "filter":
            query = f"?{CONTENT[table]}=eq.{content}"
        case "order":
            query = "?order=id"
        case "count":
            headers = COUNTED
    body: dict[str, Any] = {"json": values}
    if surface == "list":
        body = {"json": [values, values | ({"email": f"second-{content}@example.com"} if table == "users" else {})]}
    elif surface == "file" or table == "photos":
        body = {"data": values, "files": {FILE[table]: ("new.png", new_picture())}}
    answer = caller.post(f"/rest/v1/{table}{query}", headers=headers, **body)
    made = world.administrator.rows(f"{table}?{CONTENT[table]}=eq.{content}")
    return letter(answer, surface, done=bool(made), number=2 if surface == "list" else 1)


def change(world: World, caller: Voice, target: Target, action: str, surface: str) -> str:
    """The letter of a way to update or delete a record."""
    table = target.table
    before = world.administrator.rows(f"{table}?id=in.({target.id},{target.other_id})&order=id")
    path, headers = target.itself, {}
    match surface:
        case "list":
            path = f"/rest/v1/{table}?id=in.({target.id},{target.other_id})"
        case "one":
            headers = ONE | SHOW
        case "embed":
            path, headers = f"{path}&select=id,{SHOWN_WITH[table]}", SHOW
        case "filter":
            path = f"/rest/v1/{table}?{CONTENT[table]}=eq.{target.content}"
        case "order":
            path = f"{path}&order=id"
        case "count":
            headers = COUNTED
    if action == "delete":
        answer = caller.delete(path, headers=headers)
    elif surface == "file":
        answer = caller.patch(path, headers=headers, files={FILE[table]: ("new.png", new_picture())})
    else:
        answer = caller.patch(path, headers=headers, json={CONTENT[table]: "changed"})
    after = world.administrator.rows(f"{table}?id=in.({target.id},{target.other_id})&order=id")
    if action == "delete" and surface == "file":
        assert (world.administrator.get(target.file).status_code == 404) == (after != before)
    return letter(answer, surface, done=after != before, number=1)


def letter(answer: httpx.Response, surface: str, *, done: bool, number: int) -> str:
    """The letter of an answer, which must say what was done."""
    if answer.status_code >= 300:
        assert not done
        return LETTERS[answer.status_code]
    if surface == "count":
        assert answer.headers["content-range"] == f"*/{number if done else 0}"
    if surface in {"one", "embed"}:
        assert bool(said(answer)) == done
    return "y" if done else "-"


# -- the table -------------------------------------------------------------------------------------------------------------------

ROWS = [line.split() for line in TABLE.splitlines()[2:] if line]


@pytest.mark.parametrize("language", MEDIA)
@pytest.mark.parametrize(("table", "action", "surface", "letters"), [(*row[:3], " ".join(row[3:])) for row in ROWS])
def test_the_table_holds(world: World, *, table: str, action: str, surface: str, letters: str, language: str):
    found: list[str] = []
    for name in CALLERS:
        caller = world.callers[name]
        if action == "create":
            found.append(create(world, Voice(caller, language), table, surface))
            continue
        target = world.new_target(table, owner_acts=name == "owner" and (action, surface) != ("read", "embed"))
        if table == "users" and name == "owner":
            caller = target.owner
        if table == "users" and (action, surface) == ("read", "embed"):
            target.id = world.ann.id
        voice = Voice(caller, language)
        found.append(read(voice, target, surface) if action == "read" else change(world, voice, target, action, surface))
    assert " ".join(found) == letters


FIELD_ROWS = [line.split() for line in FIELDS.splitlines()[2:] if line]


@pytest.mark.parametrize("language", MEDIA)
@pytest.mark.parametrize(("field", "surface", "letters"), [(*row[:2], " ".join(row[2:])) for row in FIELD_ROWS])
def test_the_table_of_fields_holds(world: World, *, field: str, surface: str, letters: str, language: str):
    found = [field_letter(world, Voice(world.callers[name], language), field, surface) for name in CALLERS]
    assert " ".join(found) == letters


def field_letter(world: World, caller: Voice, field: str, surface: str) -> str:
    """The letter of a way to a field of Ann's."""
    ann = f"users?id=eq.{world.ann.id}"
    if surface in {"filter", "order"} and caller.get(f"/rest/v1/users?select={field}").status_code == 400:
        for question in (f"{field}=not.is.null", f"order={field}"):
            assert said(caller.get(f"/rest/v1/users?{question}"))["code"] == "42703"
        return "x"
    match surface:
        case "shown":
            return "y" if any(field in row for row in caller.rows(ann)) else "-"
        case "filter":
            return "y" if caller.rows(f"{ann}&{field}=not.is.null") else "-"
        case "order":
            # Ann has the first address and Zoe the first key: without the addresses, the keys decide.
            rows = caller.rows(f"users?id=in.({world.zoe},{world.ann.id})&select=id&order={field}.asc.nullslast")
            return "y" if rows and rows[0]["id"] == world.ann.id else "-"
        case _:
            before = world.administrator.rows(ann)
            new = {"email": "new@example.com", "roles": ["cook"], "staff": True, "disabled": True}[field]
            answer = caller.patch(f"/rest/v1/{ann}", json={field: new})
            after = world.administrator.rows(ann)
            restored = world.administrator.patch(f"/rest/v1/{ann}", json={field: before[0][field]})
            assert restored.status_code == 204
            return letter(answer, surface, done=after[0][field] != before[0][field], number=1)


def test_the_table_is_whole():
    surfaces = ("list", "one", "embed", "filter", "order", "count", "file")
    whole = set(itertools.product(CONTENT, ("read", "create", "update", "delete"), surfaces))
    nothing_to_show = {("users", action, "embed") for action in ("create", "update", "delete")}
    no_file = {("albums", action, "file") for action in ("read", "create", "update", "delete")}
    assert {tuple(row[:3]) for row in ROWS} == whole - nothing_to_show - no_file
    assert {len(row) for row in ROWS} == {3 + len(CALLERS)}

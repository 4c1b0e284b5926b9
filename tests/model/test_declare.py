"""What an author may write in a class body, and what stops the start: with file, line, and what to write instead."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SAME = "def same(word: type[Word], other: type[Other]) -> ColumnElement[bool]: return"

WRONG: dict[str, tuple[str, list[str]]] = {
    "unknown target": (
        """
class Album(Model):
    owner: Mapped["Person"] = one()
""",
        ["app.py:4", "'owner' leads to Person, which is no model", "User"],
    ),
    "a class that is no model": (
        """
class Person: ...
class Album(Model):
    owner: Mapped[Person] = one()
""",
        ["app.py:5", "'owner' leads to Person"],
    ),
    "a rule that names no field": (
        """
class Album(Model):
    title: Mapped[str] = field()
    access = Access(read=is_me("owner"))
""",
        ["app.py:5", "is_me() takes a field of the model", "'owner'"],
    ),
    "a rule that names a field of another kind": (
        """
class Album(Model):
    title: Mapped[str] = field()
    access = Access(read=is_me(title))
""",
        ["app.py:5", "Album", "'title'", "a one() to User"],
    ),
    "member_of a to-one": (
        """
class Album(Model):
    owner: Mapped[User] = one()
    access = Access(read=member_of(owner))
""",
        ["app.py:5", "many-to-many"],
    ),
    "through a list": (
        """
class Album(Model):
    friends: Mapped[list[User]] = many()
    access = Access.through(friends)
""",
        ["app.py:5", "a one()"],
    ),
    "a rule of one field": (
        """
class Album(Model):
    title: Mapped[str] = field(read=is_me(title)) if False else field()
    owner: Mapped[str] = field(read=is_me(title))
""",
        ["app.py:5", "'title'"],
    ),
    "rules in a circle": (
        """
class A(Model):
    b: Mapped["B"] = one()
    access = Access.through(b)
class B(Model):
    a: Mapped[A] = one()
    access = Access.through(a)
from mainspring.access.conditions import Conditions
from mainspring.model.catalog import freeze
Conditions(freeze())
""",
        ["app.py:3", "circle"],
    ),
    "a rule that looks at the caller's id": (
        """
@rule
def boss(who: Who): return Album.size > 0 if who.id == UUID(int=1) else Album.size < 0
class Album(Model):
    size: Mapped[int] = field()
    access = Access(read=boss)
from mainspring.access.conditions import Conditions
from mainspring.model.catalog import freeze
Conditions(freeze())
""",
        ["app.py:3", "looked at 'who.id' in Python", "User.id == who.id"],
    ),
    "two models, one table": (
        """
class Album(Model):
    title: Mapped[str] = field()
class Other(Model):
    __tablename__ = "albums"
""",
        ["app.py:5", "app.py:3", "both have the table 'albums'", "__tablename__"],
    ),
    "a mutable default": (
        """
class Album(Model):
    tags: Mapped[list[str]] = field(default=[])
""",
        ["app.py:4", "all records would share", "default=list"],
    ),
    "a default of the wrong type": (
        """
class Album(Model):
    size: Mapped[int] = field(default="big")
""",
        ["app.py:4", "'size'", "whole number"],
    ),
    "a back that names nothing": (
        """
class Album(Model):
    photos: Mapped[list["Photo"]] = many(back="album")
class Photo(Model):
    caption: Mapped[str] = field()
""",
        ["app.py:4", "back='album' names no relation of Photo", 'one(back="photos")'],
    ),
    "a one whose back names nothing": (
        """
class Album(Model):
    title: Mapped[str] = field()
class Photo(Model):
    album: Mapped[Album] = one(back="photos")
""",
        ["app.py:6", "back='photos' names no relation of Album", 'many(back="album")'],
    ),
    "two that do not name each other": (
        """
class Album(Model):
    photos: Mapped[list["Photo"]] = many(back="album")
class Photo(Model):
    album: Mapped[Album] = one()
""",
        ["app.py:4", "'Album.photos' and 'Photo.album'", "app.py:6", 'back="photos" there'],
    ),
    "set null on what may not be empty": (
        """
class Photo(Model):
    owner: Mapped[User] = one(on_delete="set null")
""",
        ["app.py:4", "Mapped[User | None]"],
    ),
    "an option of another kind": (
        """
class Album(Model):
    size: Mapped[int] = field(max_length=3)
""",
        ["app.py:4", "'max_length' is no option of 'size', which is integer", "min, max"],
    ),
    "a type that no field holds": (
        """
class Album(Model):
    size: Mapped[complex] = field()
""",
        ["app.py:4", "no field holds complex"],
    ),
    "an enum of numbers": (
        """
class Size(Enum):
    small = 1
class Album(Model):
    size: Mapped[Size] = field()
""",
        ["app.py:6", "values are text"],
    ),
    "no Mapped": (
        """
class Album(Model):
    title: str = field()
""",
        ["app.py:4", "title: Mapped["],
    ),
    "no annotation": (
        """
class Album(Model):
    title = field()
""",
        ["app.py:4", "'title' needs a type"],
    ),
    "a plain value": (
        """
class Album(Model):
    title: Mapped[str] = "x"
""",
        ["app.py:3", "field(default='x')"],
    ),
    "a list behind one": (
        """
class Album(Model):
    owners: Mapped[list[User]] = one()
""",
        ["app.py:4", "'owners' is a list", "one()"],
    ),
    "many without a list": (
        """
class Album(Model):
    owner: Mapped[User] = many()
""",
        ["app.py:4", "Mapped[list[User]]"],
    ),
    "a relation to a composite key": (
        """
class Seat(Model):
    row: Mapped[int] = field(key=True)
    number: Mapped[int] = field(key=True)
class Ticket(Model):
    seat: Mapped[Seat] = one()
""",
        ["app.py:7", "a key of one field in Seat"],
    ),
    "a unique over what is no field": (
        """
other = field()
class Album(Model):
    title: Mapped[str] = field()
    constraints = [unique(title, other)]
""",
        ["app.py:6", "no field of Album"],
    ),
    "a table at an address of ours": (
        """
class File_(Model):
    __tablename__ = "files"
""",
        ["app.py:3", "'files' is an address"],
    ),
    **{
        f"computed relation: {name}": (
            f"""
from sqlalchemy import ColumnElement, func, select, text, true
class Word(Model):
    text: Mapped[str] = field()
    size: Mapped[int] = field()
    price: Mapped[Decimal] = field()
    other: Mapped["Other | None"] = one()
class Other(Model):
    text: Mapped[str] = field()
    fine: Mapped[Decimal] = field(places=4)
    day: Mapped[date] = field()
class Pair(Model):
    left: Mapped[int] = field(key=True)
    right: Mapped[int] = field(key=True)
{function}
""",
            ["app.py:16", *words],
        )
        for name, function, words in (
            (
                "no condition",
                "@computed\ndef same(word: type[Word], other: type[Other]) -> ColumnElement[str]: return word.text",
                ["'same' takes two models", "ColumnElement[bool]"],
            ),
            (
                "three models",
                "@computed\ndef same(a: type[Word], b: type[Word], c: type[Word]) -> ColumnElement[bool]: return a.id == b.id",
                ["'same' is no computed column or relation", "def captioned(album: type[Album], photo: type[Photo])"],
            ),
            (
                "no model",
                "@computed\ndef same(word: type[Word], other: type[int]) -> ColumnElement[bool]: return word.id == 1",
                ["no model"],
            ),
            (
                "a taken name",
                "@computed\ndef other(word: type[Word], b: type[Other]) -> ColumnElement[bool]: return word.text == b.text",
                ["Word has 'other' already"],
            ),
            (
                "no such field",
                f"@computed\n{SAME} word.text == other.txt",
                ["'txt', which is no field", "text"],
            ),
            (
                "no expression",
                f"@computed\n{SAME} True",
                ["no SQL expression", "photo.album == album"],
            ),
            (
                "only one of the two",
                f"@computed\n{SAME} other.text == 'x'",
                ["'same' compares nothing of Word with Other", "photo.album == album"],
            ),
            (
                "the class itself",
                f"@computed\n{SAME} Word.text == other.text",
                ["the fields of its two models"],
            ),
            (
                "a query",
                f"@computed\n{SAME} word.id.in_(select(Pair.left))",
                ["no other table"],
            ),
            (
                "two kinds",
                f"@computed\n{SAME} word.text == other.day",
                ["'same' compares text with date", "fields of one kind"],
            ),
            (
                "decimals of two places",
                f"@computed\n{SAME} word.price == other.fine",
                ["decimals"],
            ),
            (
                "a rule",
                f"@computed(read=anyone)\n{SAME} word.id == other.id",
                ["'read' is for computed columns", "leave it out"],
            ),
            (
                "the first of another model",
                f"@computed(first=Word.id)\n{SAME} word.id == other.id",
                ["'first' of 'same' is no field of Other", "first=Other.created_at.desc()"],
            ),
            (
                "the first of an expression",
                f"@computed(first=Other.id + 1)\n{SAME} word.id == other.id",
                ["'first' of 'same' is no field of Other"],
            ),
            (
                "the first of a column",
                "@computed(first=Word.id)\ndef same(word: type[Word]) -> ColumnElement[str]: return word.text + 'x'",
                ["'first' is for computed relations", "leave it out"],
            ),
            (
                "a key of two fields",
                "@computed\ndef words(pair: type[Pair], word: type[Word]) -> ColumnElement[bool]: return pair.left == word.id",
                ["'words' needs a key of one field in Pair, which has 2"],
            ),
            (
                "the first by a key of two fields",
                "@computed(first=Pair.left)\ndef two(a: type[Word], b: type[Pair]) -> ColumnElement[bool]: return b.left == a.id",
                ["'two' needs a key of one field in Pair, which has 2"],
            ),
            (
                "a model with a key of two fields as a whole",
                "@computed(first=Word.id)\ndef word(a: type[Pair], b: type[Word]) -> ColumnElement[bool]: return b.other == a",
                ["'word' compares a model as a whole"],
            ),
        )
    },
    **{
        f"computed: {name}": (
            f"""
from sqlalchemy import ColumnElement, func, select, text
class Word(Model):
    text: Mapped[str] = field()
    size: Mapped[int] = field()
    price: Mapped[Decimal] = field()
    fine: Mapped[Decimal] = field(places=4)
    day: Mapped[date] = field()
    link: Mapped["Word | None"] = one()
class Other(Model):
    text: Mapped[str] = field()
@computed
{function}
""",
            ["app.py:13", *words],
        )
        for name, function, words in (
            ("no annotation", "def loud(word): return word.text", ["'loud' is no computed column", "ColumnElement[str]"]),
            ("no answer", "def loud(word: type[Word]): return word.text", ["'loud' is no computed column"]),
            ("no model", "def loud(word: type[int]) -> ColumnElement[str]: return 1", ["no model"]),
            ("a taken name", "def size(word: type[Word]) -> ColumnElement[str]: return word.text", ["has 'size' already"]),
            (
                "no such field",
                "def loud(word: type[Word]) -> ColumnElement[str]: return word.txt",
                ["'txt', which is no field", "text"],
            ),
            ("a relation", "def loud(word: type[Word]) -> ColumnElement[str]: return word.link", ["'link', which is no field"]),
            ("no expression", "def loud(word: type[Word]) -> ColumnElement[str]: return 'x'", ["no SQL expression"]),
            (
                "another table",
                "def loud(word: type[Word]) -> ColumnElement[str]: return Other.text + 'x'",
                ["its record's own fields"],
            ),
            (
                "the class itself",
                "def loud(word: type[Word]) -> ColumnElement[str]: return Word.text + 'x'",
                ["its record's own fields"],
            ),
            (
                "a query",
                "def loud(word: type[Word]) -> ColumnElement[str]: return select(Other.text).scalar_subquery()",
                ["no other table"],
            ),
            ("bare SQL", "def loud(word: type[Word]) -> ColumnElement[str]: return word.text + text('size')", ["text()"]),
            ("a file", "def loud(word: type[Word]) -> ColumnElement[File]: return word.text", ["cannot give file"]),
            (
                "decimals times decimals",
                "def loud(word: type[Word]) -> ColumnElement[Decimal]: return word.price * word.price",
                ["decimals"],
            ),
            (
                "decimals times a number",
                "def loud(word: type[Word]) -> ColumnElement[Decimal]: return word.price * 2",
                ["decimals"],
            ),
            (
                "decimals of two places",
                "def loud(word: type[Word]) -> ColumnElement[Decimal]: return word.price + word.fine",
                ["decimals"],
            ),
            (
                "decimals and integers",
                "def loud(word: type[Word]) -> ColumnElement[bool]: return word.price > word.size",
                ["decimals"],
            ),
            (
                "a function of decimals",
                "def loud(word: type[Word]) -> ColumnElement[Decimal]: return func.abs(word.price)",
                ["decimals"],
            ),
            ("decimals as floats", "def loud(word: type[Word]) -> ColumnElement[float]: return word.price", ["gives decimals"]),
            ("no decimals", "def loud(word: type[Word]) -> ColumnElement[Decimal]: return word.size", ["cannot give decimal"]),
            (
                "text and day",
                "def loud(word: type[Word]) -> ColumnElement[str]: return word.text + word.day",
                ["only texts can be joined"],
            ),
        )
    },
}

FINE: dict[str, str] = {
    "every kind": """
class Size(Enum):
    small = "small"
class Thing(Model):
    a: Mapped[str] = field()
    bare: Mapped[str]
    b: Mapped[LongText] = field()
    c: Mapped[Slug | None] = field(unique=True)
    d: Mapped[Email] = field()
    e: Mapped[Url] = field()
    f: Mapped[int] = field(min=0, max=9, default=3)
    g: Mapped[float] = field()
    h: Mapped[Decimal] = field(digits=10, places=4)
    i: Mapped[bool] = field(default=False)
    j: Mapped[date] = field()
    k: Mapped[datetime] = field()
    l: Mapped[UUID] = field()
    m: Mapped[Size] = field(default=Size.small)
    n: Mapped[JSON] = field(default=dict)
    o: Mapped[list[str]] = field(default=list)
    p: Mapped[File | None] = field()
    q: Mapped[Image | None] = field(max_bytes=5)
    constraints = [check((f >= 0) & (h < Decimal("2.5"))), unique(a, f)]
    indexes = [index(f, j)]
""",
    "annotations as text": """
from __future__ import annotations
class Album(Model):
    title: Mapped[str | None] = field()
    photos: Mapped[list[Photo]] = many(back="album")
class Photo(Model):
    album: Mapped[Album] = one(back="photos")
    access = Access.through(album)
""",
    "an extended user, a tree, both sides of many-to-many": """
import mainspring
class User(mainspring.User):
    nickname: Mapped[str | None] = field(max_length=20)
    teams: Mapped[list["Team"]] = many(back="members")
class Team(Model):
    members: Mapped[list[User]] = many(back="teams")
    parent: Mapped["Team | None"] = one(back="children", on_delete="cascade")
    children: Mapped[list["Team"]] = many(back="parent")
    access = Access(read=member_of(members) | role("staff") & ~signed_in, write=nobody)
from mainspring.model.catalog import freeze
catalog = freeze()
assert list(catalog.entities["users"].fields)[-4:] == ["nickname", "created_at", "updated_at", "version"]
assert catalog.entities["users"].relations["teams"].join[0] is catalog.entities["teams"].relations["members"].join[0]
assert catalog.of(mainspring.User).model is User
""",
    "keys of one's own": """
class Country(Model):
    code: Mapped[str] = field(key=True, max_length=2)
class Seat(Model):
    row: Mapped[int] = field(key=True)
    number: Mapped[int] = field(key=True)
class Visit(Model):
    id: Mapped[UUID] = field(key=True)
    country: Mapped[Country] = one()
from mainspring.model.catalog import freeze
catalog = freeze()
assert catalog.entities["seats"].key == ("row", "number")
assert list(catalog.entities["visits"].fields) == ["id", "country_code", "created_at", "updated_at", "version"]
""",
    "fields shared by an abstract model": """
class Named(Model):
    __abstract__ = True
    name: Mapped[str] = field(max_length=50)
class Dish(Named):
    price: Mapped[int] = field()
from mainspring.model.catalog import freeze
assert list(freeze().entities["dishes"].fields)[:3] == ["id", "name", "price"]
""",
    "computed columns of every kind that they can have": """
from sqlalchemy import ColumnElement, case, func
class Word(Model):
    text: Mapped[str] = field()
    size: Mapped[int | None] = field()
    price: Mapped[Decimal] = field()
    cost: Mapped[Decimal] = field()
    day: Mapped[date] = field()
    secret: Mapped[str | None] = field(read=nobody)
@computed
def loud(word: type[Word]) -> ColumnElement[str]: return func.upper(word.text) + "!"
@computed
def long(word: type[Word]) -> ColumnElement[bool]: return (word.size > 5) & (word.price != 2)
@computed
def total(word: type[Word]) -> ColumnElement[Decimal]: return word.size * (word.price - word.cost) + 1
@computed
def first(word: type[Word]) -> ColumnElement[date]: return func.coalesce(word.day, word.day)
@computed(read=signed_in)
def rank(word: type[Word]) -> ColumnElement[str | None]: return case((word.price > word.cost, word.secret), else_="low")
from mainspring.model.catalog import freeze
entity = freeze().entities["words"]
assert "loud" not in entity.fields
assert entity.readable["long"].computed.uses == ("size", "price")
assert entity.readable["rank"].computed.uses == ()
assert entity.readable["total"].kind.places == 2
""",
    "computed relations": """
from sqlalchemy import ColumnElement
class Album(Model):
    owner: Mapped[User] = one()
    title: Mapped[str] = field()
    photos: Mapped[list["Photo"]] = many(back="album")
class Photo(Model):
    album: Mapped[Album] = one(back="photos")
    caption: Mapped[str | None] = field()
@computed
def captioned(album: type[Album], photo: type[Photo]) -> ColumnElement[bool]:
    return (photo.album == album) & photo.caption.is_not(None)
@computed(first=Photo.created_at.desc())
def latest(album: type[Album], photo: type[Photo]) -> ColumnElement[bool]: return album == photo.album
@computed(first=Photo.id)
def named(album: type[Album], photo: type[Photo]) -> ColumnElement[bool]: return photo.caption == album.title
@computed
def older(album: type[Album], other: type[Album]) -> ColumnElement[bool]:
    return (other.owner == album.owner) & (other.id < album.id)
from mainspring.model.catalog import freeze
from mainspring.model.entity import First
entity = freeze().entities["albums"]
assert list(entity.relations) == ["owner", "photos"]
assert list(entity.embeddable) == ["owner", "photos", "captioned", "latest", "named", "older"]
links = {name: each.computed for name, each in entity.embeddable.items()}
assert (links["captioned"].here, links["captioned"].there, links["captioned"].first) == (("id",), ("album_id", "caption"), None)
assert links["latest"].there == ("album_id", "created_at")
assert links["latest"].first == First("created_at", True, None)
assert links["named"].here == ("title",)
assert entity.embeddable["older"].target == "albums"
""",
    "a computed column where annotations are text": """
from __future__ import annotations
from sqlalchemy import ColumnElement
class Word(Model):
    text: Mapped[str] = field()
@computed
def loud(word: type[Word]) -> ColumnElement[str]: return word.text + "!"
""",
}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    bodies = {name: body for name, (body, _) in WRONG.items()} | FINE
    script = Path(__file__).with_name("declare_each.py")
    done = subprocess.run([sys.executable, script], input=json.dumps(bodies), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_declaration_stops_the_start(outcomes: dict[str, str], name: str):
    message = outcomes[name]
    for part in WRONG[name][1]:
        assert part in message


@pytest.mark.parametrize("name", FINE)
def test_what_may_be_written(outcomes: dict[str, str], name: str):
    assert outcomes[name] == "fine"

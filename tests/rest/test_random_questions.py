"""Thousands of random questions, answered a second time by plain Python that knows no SQL: both must agree to the letter."""

import json
import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from tests.rest import models
from tests.rest.conftest import PEOPLE, SYSTEM, Library, Template, close_copy, open_copy
from tests.servers import Databases

from mainspring.query.encode.json import encode_json

ENGINES = ("sqlite", "postgresql", "mariadb")
SEEDS, SHAPES, BOOKS = 4, 150, 60
"""How often a test is run, with how many shapes of question, of how many books."""
TIMES, TIMES_ON_SERVERS = 20, int(os.environ.get("TIMES_ON_SERVERS", "1"))
"""How often each shape is asked with other values; a server is reached by a longer way."""

Row = dict[str, Any]
Truth = bool | None  # None is unknown, as in SQL

TITLES = (
    "",
    "a",
    "A",
    "ab",
    "Ab%c",
    "a_b",
    "a*b",
    "[ab]",
    "a\\b",
    "é",
    "É",
    "Zoë",
    "z",
    "\U0001f40b",
    "a,b",
    'a"b',
    "(a)",
    " a ",
)
PATTERNS = ("a*", "*b", "*a*", "A%", "_", "a_b", "a\\_b", "*\\%*", "[ab]", "*]", "a\\\\b", "é", "*,*", "", "*", "__*", "(a)")
OWNERS = {1: "ann", 2: "ann", 3: "cid"}
READERS = {1: {"ann", "bob"}, 2: {"ann"}, 3: {"cid"}}
SHELVES = {1: "Sea", 2: "Ice", 3: "Fire"}
GENRES = ("novel", "play", "poem")
START = datetime(2026, 1, 1, tzinfo=UTC)


class Chance(random.Random):
    """Chooses the shape of a question. What is compiled for it serves other values too, so it is asked several times.

    Attributes:
        values: Chooses the values in it and who asks.
    """

    values: random.Random


def chances(seed: int, shapes: int, times: int) -> Iterator[Chance]:
    """Chance for each question."""
    for shape in range(shapes):
        for time in range(times):
            chance = Chance(f"{seed} {shape}")
            chance.values = random.Random(f"{seed} {shape} {time}")
            yield chance


def times_on(library: Library) -> int:
    """How often each shape is asked."""
    return TIMES if library.backend.engine.dialect.name == "sqlite" else TIMES_ON_SERVERS


def random_person(chance: Chance) -> str:
    """Somebody who asks; those with the same roles are answered by the same statement."""
    return chance.values.choice(("ann", "bob", "cid")) if chance.random() < 0.75 else "adm"


def maybe(chance: random.Random, value: Any) -> Any:
    return None if chance.random() < 0.3 else value


def random_book(chance: random.Random) -> Row:
    return {
        "title": chance.choice(TITLES),
        "pages": maybe(chance, chance.randint(1, 6)),
        "weight": maybe(chance, chance.choice((0.0, 0.1, 2.5, 1e10))),
        "price": maybe(chance, Decimal(chance.randint(0, 400)) / 100),
        "lent": chance.random() < 0.5,
        "colour": maybe(chance, chance.choice(("red", "green", "blue"))),
        "published": maybe(chance, date(2020, 1, 1) + timedelta(days=chance.choice((0, 1, 2, 5, 6, 59, 60, 400)))),
        "seen_at": maybe(chance, START + timedelta(microseconds=chance.randint(0, 5) * 10 ** chance.choice((0, 9, 11, 13)))),
        "slug": maybe(chance, chance.choice(("a", "b-c"))),
        "reader": maybe(chance, chance.choice(("ann", "bob"))),
        "diary": maybe(chance, chance.choice(("x", "y"))),
        "shelf": chance.choice((1, 2, 3)),
        "genres": [genre for genre in GENRES if chance.random() < 0.4],
        "tags": [tag for tag in ("a", "b,c", '"') if chance.random() < 0.5],
        "extra": maybe(chance, {"word": maybe(chance, chance.choice(TITLES)), "number": maybe(chance, chance.randint(1, 20))}),
    }


@pytest.fixture(scope="module")
def world(
    template: Template, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Library, list[Row]]]:
    """A library with books of random values, and the same books in Python."""
    folder = tmp_path_factory.mktemp("random") / "data"
    library = open_copy(template, databases, folder)
    system = library.backend.records.as_(SYSTEM)
    system.delete(models.Book)
    chance = random.Random(7)
    books: list[Row] = []
    for _ in range(BOOKS):
        book = random_book(chance)
        reader = None if book["reader"] is None else PEOPLE[book["reader"]].id
        books.append(book | {"id": system.create(models.Book, **book | {"reader": reader}).id})
    yield library, books
    close_copy(library, databases)


# -- the slow way ----------------------------------------------------------------------------------------------------------------


def sees(book: Row, who: str) -> bool:
    return who == "adm" or who in READERS[book["shelf"]]


def value_of(book: Row, name: str, who: str) -> Any:
    """What the caller sees in a field; null where it is hidden."""
    return None if name == "diary" and who not in {"adm", book["reader"]} else part_of(book, name)


def part_of(book: Row, name: str) -> Any:
    """The value of a field, or of a part of its JSON; of an id, which comes with the record, none before."""
    field, _, key = name.partition("->")
    return (book[field] or {}).get(key.removeprefix(">")) if key else book.get(field)


def both(parts: list[Truth]) -> Truth:
    return False if False in parts else None if None in parts else True


def negate(truth: Truth) -> Truth:
    return None if truth is None else not truth


def fold_ascii(text: str) -> str:
    return "".join(each.lower() if each.isascii() else each for each in text)


def matches(text: str, pattern: str, *, sensitive: bool) -> bool:
    pieces = re.findall(r"\\.|.", pattern.replace("*", "%"), re.DOTALL)
    fold = str if sensitive else fold_ascii
    wild = {"%": ".*", "_": "."}
    return bool(re.fullmatch("".join(wild.get(each) or re.escape(fold(each[-1])) for each in pieces), fold(text), re.DOTALL))


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "in": lambda a, b: a in b,
    "isdistinct": lambda a, b: a != b,
    "cs": lambda a, b: set(a) >= set(b),
    "cd": lambda a, b: set(a) <= set(b),
    "ov": lambda a, b: not set(a).isdisjoint(b),
    "like": partial(matches, sensitive=True),
    "ilike": partial(matches, sensitive=False),
}


@dataclass
class Part:
    """A condition or a group, and how it is written inside of brackets."""

    text: str
    holds: Callable[[Row, str], Truth]


Ordered = tuple[Callable[[Row, str], Any], bool, str | None]


def sort(books: list[Row], orders: list[Ordered], who: str) -> list[Row]:
    for value, descending, nulls in reversed([*orders, (lambda book, _who: book["id"], False, None)]):
        empty = [book for book in books if value(book, who) is None]
        full = [book for book in books if value(book, who) is not None]
        full.sort(key=lambda book, value=value: value(book, who), reverse=descending)
        first = nulls == "first" if nulls else descending
        books = empty + full if first else full + empty
    return books


def shown(book: Row, name: str) -> Any:
    """A value as the answer writes it."""
    value = book[name]
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


# -- random questions ------------------------------------------------------------------------------------------------------------


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"{{{','.join(map(in_quotes, value))}}}"
    return value.isoformat() if isinstance(value, date) else str(value)


def in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def random_condition(chance: Chance) -> tuple[Part, str, str]:
    """A condition; and its name and text as they stand outside of brackets."""
    plain = ("title", "pages", "weight", "price", "lent", "colour", "published", "seen_at", "slug", "diary", "id")
    name = chance.choice((*plain, "tags", "extra->>word", "extra->number"))
    negated = chance.random() < 0.3
    sample: Any = None if name != "id" else 200
    while sample is None:
        sample = part_of(random_book(chance.values), name)
    operators = ["eq", "neq", "in", "is", "isdistinct"]
    operators += ["gt", "gte", "lt", "lte"] if name not in {"lent", "tags"} else []
    operators += ["cs", "cd", "ov"] if name == "tags" else []
    operators += ["like", "ilike"] if isinstance(sample, str) and name != "colour" else []
    operator = chance.choice(operators)
    negation = "not." if negated else ""
    if operator == "is":
        word = chance.choice(["null", "not_null"] + (["true", "false"] if name == "lent" else []))
        wanted = {"null": lambda value: value is None, "not_null": lambda value: value is not None}.get(
            word, lambda value: value is (word == "true")
        )
        inside, outside = f"{name}.{negation}is.{word}", f"{negation}is.{word}"
    else:
        value: Any = chance.values.choice(PATTERNS) if operator in {"like", "ilike"} else sample
        if operator == "in":
            value = [
                sample,
                *(other for other in (part_of(random_book(chance.values), name) for _ in range(2)) if other is not None),
            ]
            text = f"({','.join(in_quotes(written(each)) for each in value)})"
            inside = outside = text
        else:
            inside, outside = in_quotes(written(value)), written(value)
        inside, outside = f"{name}.{negation}{operator}.{inside}", f"{negation}{operator}.{outside}"
        compare = COMPARE[operator]

        def wanted(actual: Any) -> Truth:
            return (operator == "isdistinct" or None) if actual is None else compare(actual, value)

    def holds(book: Row, who: str) -> Truth:
        truth = wanted(value_of(book, name, who))
        return negate(truth) if negated else truth

    return Part(inside, holds), name, outside


def random_group(chance: Chance, depth: int) -> Part:
    word, negated = chance.choice(("and", "or")), chance.random() < 0.3
    parts = [
        random_group(chance, depth - 1) if depth and chance.random() < 0.3 else random_condition(chance)[0]
        for _ in range(chance.randint(1, 3))
    ]

    def holds(book: Row, who: str) -> Truth:
        truths = [part.holds(book, who) for part in parts]
        whole = both(truths) if word == "and" else negate(both([negate(truth) for truth in truths]))
        return negate(whole) if negated else whole

    return Part(f"{'not.' if negated else ''}{word}({','.join(part.text for part in parts)})", holds)


def random_where(chance: Chance) -> tuple[list[str], list[Callable[[Row, str], Truth]]]:
    texts, tests = [], []
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        if chance.random() < 0.4:
            group = random_group(chance, 2)
            word, bracket, rest = group.text.partition("(")
            texts.append(f"{word}={quote(bracket + rest, safe='')}")
            tests.append(group.holds)
        else:
            part, name, outside = random_condition(chance)
            texts.append(f"{name}={quote(outside, safe='')}")
            tests.append(part.holds)
    return texts, tests


def random_order(chance: Chance, embedded: dict[str, Callable[[Row, str], Any]]) -> tuple[str, list[Ordered]]:
    names = chance.sample(
        (
            "title",
            "pages",
            "weight",
            "price",
            "lent",
            "colour",
            "published",
            "seen_at",
            "diary",
            "extra->>word",
            "extra->number",
            *embedded,
        ),
        chance.choice((0, 1, 2)),
    )
    orders = [(name, chance.random() < 0.5, chance.choice((None, "first", "last"))) for name in names]
    words = [
        f"{name}{'.desc' if down else chance.choice(('', '.asc'))}{f'.nulls{nulls}' if nulls else ''}"
        for name, down, nulls in orders
    ]
    return ",".join(words), [(embedded.get(name) or partial(read, name=name), down, nulls) for name, down, nulls in orders]


def read(book: Row, who: str, *, name: str) -> Any:
    return value_of(book, name, who)


Show = Callable[[Row, str, list[Row]], Row]


@dataclass
class Embed:
    """Something embedded: how it is asked for, and what it does to the answer."""

    select: str
    parameters: list[str]
    show: Show
    holds: Callable[[Row, str], Truth]
    order: dict[str, Callable[[Row, str], Any]]


def random_presence(chance: Chance, name: str, there: Callable[[Row, str], bool]) -> tuple[str, list[str], Any]:
    """Whether a record needs something in the embed: by `!inner`, by a condition on the embed itself, or not at all."""
    word = chance.choice(("", "", "!inner", "is.null", "not.is.null", "or"))
    if word == "or":
        return (
            "",
            [f"or=({name}.not.is.null,pages.gt.3)"],
            lambda book, who: there(book, who) or bool(book["pages"] and book["pages"] > 3),
        )
    if word == "is.null":
        return "", [f"{name}={word}"], lambda book, who: not there(book, who)
    return ("", [f"{name}={word}"], there) if word == "not.is.null" else (word, [], there if word else lambda _book, _who: True)


def random_part(chance: Chance, path: str) -> tuple[list[str], slice]:
    limit, offset = None, 0
    if chance.random() < 0.8:
        limit, offset = chance.values.choice((0, 1, 2, 50)), chance.values.choice((0, 0, 1))
    pairs = [f"{path}.limit={limit}"] if limit is not None else []
    return [*pairs, *([f"{path}.offset={offset}"] if offset else [])], slice(offset, None if limit is None else offset + limit)


def random_shelf(chance: Chance) -> Embed:
    titles: tuple[str, ...] = chance.choice(((), ("Sea",), ("Sea", "Fire")))
    least, down = chance.choice((None, chance.values.choice((2, 4)))), chance.random() < 0.5
    pairs, part = random_part(chance, "shelf.books")
    pairs += [f"shelf.title=eq(any).{{{','.join(titles)}}}"] if titles else []
    pairs += [f"shelf.books.pages=gte.{least}"] if least else []
    pairs += [f"shelf.books.order=pages{'.desc' if down else ''}"]
    spread = chance.random() < 0.3

    def there(book: Row, _who: str) -> bool:
        return not titles or SHELVES[book["shelf"]] in titles

    def show(book: Row, who: str, books: list[Row]) -> Row:
        others = [other for other in books if other["shelf"] == book["shelf"] and sees(other, who)]
        others = [other for other in others if not least or (other["pages"] or 0) >= least]
        ids = [{"id": other["id"]} for other in sort(others, [(partial(read, name="pages"), down, None)], who)[part]]
        full = {"place": SHELVES[book["shelf"]], "owner": {"name": OWNERS[book["shelf"]].title()}, "books": ids}
        if spread:
            return full if there(book, who) else dict.fromkeys(full)
        return {"shelf": full if there(book, who) else None}

    word, more, holds = random_presence(chance, "shelf", there)
    select = f"{'...' if spread else ''}shelf{word}(place:title,owner(name),books(id))"
    value = {"shelf(title)": lambda book, who: SHELVES[book["shelf"]] if there(book, who) else None}
    return Embed(select, pairs + more, show, holds, value)


def random_reader(chance: Chance) -> Embed:
    empty = chance.random() < 0.3

    def name(book: Row, _who: str) -> Any:
        return book["reader"] and book["reader"].title()

    def show(book: Row, who: str, _books: list[Row]) -> Row:
        return {} if empty else {"by": name(book, who) and {"name": name(book, who)}}

    word, pairs, holds = random_presence(chance, "by", lambda book, who: name(book, who) is not None)
    return Embed(f"by:users!reader{word}({'' if empty else 'name'})", pairs, show, holds, {"by(name)": name})


def random_genres(chance: Chance) -> Embed:
    wanted, down, spread = chance.values.sample(GENRES, chance.values.randint(1, 3)), chance.random() < 0.5, chance.random() < 0.3
    pairs, part = random_part(chance, "genres")
    pairs += [f"genres.code=in.({','.join(wanted)})", f"genres.order=code{'.desc' if down else ''}"]

    def found(book: Row) -> list[str]:
        return sorted((code for code in book["genres"] if code in wanted), reverse=down)

    def show(book: Row, _who: str, _books: list[Row]) -> Row:
        codes = found(book)[part]
        return {"code": codes} if spread else {"genres": [{"code": code} for code in codes]}

    word, more, holds = random_presence(chance, "genres", lambda book, _who: bool(found(book)))
    return Embed(f"{'...' if spread else ''}genres{word}(code)", pairs + more, show, holds, {})


def random_select(chance: Chance) -> tuple[str, list[Show], list[Embed]]:
    def column(name: str, alias: str) -> Show:
        return lambda book, _who, _all: {alias: shown(book, name)}

    texts, shows = ["id"], [column("id", "id")]
    for name in chance.sample(
        ("title", "pages", "weight", "price", "lent", "colour", "published", "seen_at", "slug"), chance.randint(0, 3)
    ):
        alias = chance.choice((name, f"{name}_too"))
        texts.append(name if alias == name else f"{alias}:{name}")
        shows.append(column(name, alias))
    embeds = [embed(chance) for embed in (random_shelf, random_reader, random_genres) if chance.random() < 0.3]
    texts += [embed.select for embed in embeds]
    return ",".join(texts), [*shows, *(embed.show for embed in embeds)], embeds


@pytest.mark.parametrize("seed", range(SEEDS))
def test_both_ways_agree(world: tuple[Library, list[Row]], seed: int):
    library, books = world
    reader, database, entity = library.backend.reader, library.backend.database, library.backend.catalog.entities["books"]
    found = 0
    for chance in chances(seed, SHAPES, times_on(library)):
        who = random_person(chance)
        (select, shows, embeds), (where, tests) = random_select(chance), random_where(chance)
        order, orders = random_order(chance, {name: value for embed in embeds for name, value in embed.order.items()})
        tests += [embed.holds for embed in embeds]
        where += [pair for embed in embeds for pair in embed.parameters]
        limit, offset = chance.values.choice((None, None, 0, 1, 5, 100)), chance.values.choice((0, 0, 1, 7))
        pairs = [f"select={select}", *where, *([f"order={order}"] if order else [])]
        pairs += [f"limit={limit}"] if limit is not None else []
        pairs += [f"offset={offset}"] if offset else []
        text = "&".join(pairs)

        question = reader.question(entity, text, PEOPLE[who])
        page = database.read(lambda connection, q=question, w=who: reader.page(connection, q, PEOPLE[w], count=True))
        answer = json.loads(encode_json(page.records), parse_float=Decimal)

        kept = [book for book in books if sees(book, who) and all(test(book, who) is True for test in tests)]
        stop = None if limit is None else offset + limit
        wanted = [
            {name: value for show in shows for name, value in show(book, who, books).items()}
            for book in sort(kept, orders, who)[offset:stop]
        ]
        assert page.total == len(kept), (who, text)
        assert answer == json.loads(json.dumps(wanted, default=float), parse_float=Decimal), (who, text)
        found += bool(answer)
    assert found > SHAPES * times_on(library) / 4, "questions that find nothing show little"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_pages_by_cursor_are_the_pages_by_offset(world: tuple[Library, list[Row]], seed: int):
    library, _ = world
    followed = 0
    for chance in chances(seed, SHAPES // 6, 1):
        who = random_person(chance)
        (select, _, embeds), (where, _) = random_select(chance), random_where(chance)
        order, _ = random_order(chance, {name: value for embed in embeds for name, value in embed.order.items()})
        pairs = [
            f"select={select}",
            *where,
            *(pair for embed in embeds for pair in embed.parameters),
            *([f"order={order}"] * bool(order)),
        ]
        size, offset = chance.choice((2, 3, 7)), chance.choice((0, 0, 4))
        text, path = "&".join(pairs), "/rest/v1/books"
        by_cursor: str | None = f"{path}?{text}&limit={size}&offset={offset}"
        while by_cursor is not None:
            page = library.get(by_cursor, who, prefer="count=exact")
            same = library.get(f"{path}?{text}&limit={size}&offset={offset}", who, prefer="count=exact")
            assert (page.status_code, page.text) == (same.status_code, same.text), by_cursor
            assert page.headers["Content-Range"] == same.headers["Content-Range"]
            assert page.links.get("next") == same.links.get("next"), "equal pages have equal cursors"
            more = offset + size < int(page.headers["Content-Range"].partition("/")[2])
            by_cursor, offset = page.links["next"]["url"] if more else None, offset + size
            followed += more
            assert ("Link" in page.headers) == more
    assert followed > SHAPES / 6, "questions of one page show little"

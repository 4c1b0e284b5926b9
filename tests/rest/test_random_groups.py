"""Thousands of random questions with aggregates, answered a second time by plain Python that knows no SQL and no database."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from tests.rest.conftest import PEOPLE, Library
from tests.rest.test_random_questions import (
    SEEDS,
    SHELVES,
    Chance,
    Ordered,
    Row,
    chances,
    random_person,
    random_where,
    sees,
    shown,
    sort,
    times_on,
    value_of,
    world,
)

from mainspring.query.encode.json import encode_json

__all__ = ["world"]

ENGINES = ("sqlite", "postgresql", "mariadb")
SHAPES = 50
Value = Callable[[Row, str], Any]

NUMBERS = ("pages", "weight", "price")
ORDERED = (*NUMBERS, "title", "colour", "published", "seen_at", "slug", "diary")
GROUPS = ("title", "pages", "weight", "price", "lent", "colour", "published", "slug", "diary")


# -- the slow way ----------------------------------------------------------------------------------------------------------------


def exact(value: Any) -> Fraction:
    """A float is the number that it is written as."""
    return Fraction(str(value))


def median_at(values: list[Any], part: Fraction) -> float:
    numbers = sorted(map(exact, values))
    place = part * (len(numbers) - 1)
    low, high = numbers[math.floor(place)], numbers[math.ceil(place)]
    return float(low + (high - low) * (place - math.floor(place)))


def variance(values: list[Any]) -> float | None:
    numbers = [exact(value) for value in values]
    mean = sum(numbers) / len(numbers)
    return float(sum((number - mean) ** 2 for number in numbers) / (len(numbers) - 1)) if len(numbers) > 1 else None


def summed(values: list[Any]) -> Any:
    total = sum(map(exact, values))
    if isinstance(values[0], int):
        return int(total)
    return float(total) if isinstance(values[0], float) else Decimal(total.numerator) / total.denominator


def deviation(values: list[Any]) -> float | None:
    found = variance(values)
    return None if found is None else math.sqrt(found)


AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "sum": summed,
    "avg": lambda values: float(sum(map(exact, values)) / len(values)),
    "min": min,
    "max": max,
    "median": lambda values: median_at(values, Fraction(1, 2)),
    "p90": lambda values: median_at(values, Fraction(9, 10)),
    "variance": variance,
    "stddev": deviation,
}


def aggregate(function: str, values: list[Any]) -> Any:
    full = [value for value in values if value is not None]
    if function == "count":
        return len(full)
    return AGGREGATES[function](full) if full else None


def bucket(unit: str, value: date | datetime | None) -> date | datetime | None:
    if value is None or unit == "hour":
        return value and value.replace(minute=0, second=0, microsecond=0)  # type: ignore[call-arg]
    day = date(value.year, value.month, value.day)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = {"year": 12, "quarter": 3, "month": 1}
    return day if unit == "day" else date(day.year, (day.month - 1) // months[unit] * months[unit] + 1, 1)


# -- random questions ------------------------------------------------------------------------------------------------------------


@dataclass
class Column:
    """Something that is selected: what it groups by or aggregates, and its name."""

    text: str
    name: str
    value: Value
    function: str | None = None


def field(name: str) -> Value:
    return lambda book, who: value_of(book, name, who)


def random_columns(chance: Chance) -> list[Column]:
    columns = []
    for name in chance.sample(GROUPS, chance.choice((0, 0, 1, 1, 2))):
        alias = chance.choice((name, f"{name}_too"))
        columns.append(Column(name if alias == name else f"{alias}:{name}", alias, field(name)))
    if chance.random() < 0.3:
        name = chance.choice(("published", "seen_at"))
        unit = chance.choice(("year", "quarter", "month", "week", "day", *(["hour"] * (name == "seen_at"))))
        columns.append(
            Column(f"{name}.{unit}()", unit, lambda book, who, name=name, unit=unit: bucket(unit, value_of(book, name, who)))
        )
    for number in range(chance.choice((1, 1, 2, 3))):
        function = chance.choice(("count", *AGGREGATES))
        name = chance.choice(ORDERED if function in {"count", "min", "max"} else NUMBERS)
        if function == "count" and chance.random() < 0.5:
            columns.append(Column(f"a{number}:count()", f"a{number}", lambda _book, _who: 1, function))
        else:
            columns.append(Column(f"a{number}:{name}.{function}()", f"a{number}", field(name), function))
    return columns


def random_order(chance: Chance, columns: list[Column]) -> tuple[str, list[Ordered]]:
    able = [column for column in columns if column.function in {None, "count", "sum", "min", "max"}]
    terms = [
        (column, chance.random() < 0.5, chance.choice((None, "first", "last")))
        for column in chance.sample(able, min(len(able), chance.choice((0, 1, 2))))
    ]
    words = [
        f"{ordered_by(each.name)}{'.desc' if down else ''}{f'.nulls{nulls}' if nulls else ''}" for each, down, nulls in terms
    ]
    return ",".join(words), [(partial(read, name=each.name), down, nulls) for each, down, nulls in terms]


def ordered_by(name: str) -> str:
    word, dot, inner = name.partition(".")
    return f"{word}({inner})" if dot else name


def read(group: Row, _who: str, *, name: str) -> Any:
    return group[name]


def groups_of(books: list[Row], who: str, columns: list[Column]) -> list[Row]:
    """The groups with their values, ordered by what makes them."""
    keys = [column for column in columns if column.function is None]
    found: dict[tuple[Any, ...], list[Row]] = {} if keys else {(): []}
    for book in books:
        found.setdefault(tuple(column.value(book, who) for column in keys), []).append(book)
    groups = []
    for members in sorted(found.items(), key=lambda item: [(value is None, 0 if value is None else value) for value in item[0]]):
        values = dict(zip((column.name for column in keys), members[0], strict=True))
        group = {
            column.name: values[column.name]
            if column.function is None
            else aggregate(column.function, [column.value(book, who) for book in members[1]])
            for column in columns
        }
        groups.append(group | {"id": len(groups)})
    return groups


def as_shown(group: Row, columns: list[Column]) -> Row:
    return {column.name: shown(group, column.name) for column in columns}


def random_part(chance: Chance) -> tuple[int | None, int, slice]:
    if chance.random() < 0.3:
        return None, 0, slice(None)
    limit, offset = chance.values.choice((0, 1, 2, 100)), chance.values.choice((0, 0, 0, 1, 2))
    return limit, offset, slice(offset, None if limit is None else offset + limit)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_groups_agree(world: tuple[Library, list[Row]], seed: int):
    library, books = world
    found = 0
    for chance in chances(seed, SHAPES, times_on(library)):
        who = random_person(chance)
        columns, (where, tests) = random_columns(chance), random_where(chance)
        more, spread, nested = random_embed(chance)
        columns += spread
        order, orders = random_order(chance, columns)
        limit, offset, part = random_part(chance)
        where += [f"order={order}"] * bool(order) + [f"limit={limit}"] * (limit is not None) + [f"offset={offset}"] * bool(offset)
        text = "&".join([f"select={','.join([column.text for column in columns if column.text] + more)}", *where])

        kept = [book for book in books if sees(book, who) and all(test(book, who) is True for test in tests)]
        groups = groups_of(kept, who, columns)
        wanted = [nested(as_shown(group, columns)) for group in sort(groups, orders, who)[part]]
        answer, total = ask(library, "books", text, who)
        assert total == len(groups), (who, text)
        assert answer == as_json(wanted), (who, text)
        found += bool(answer)
    assert found > SHAPES * times_on(library) / 4, "questions that find nothing show little"


def random_embed(chance: Chance) -> tuple[list[str], list[Column], Callable[[Row], Row]]:
    """What one record that each leads to adds: what is selected, the columns that make groups, and how they are nested."""
    plain: Callable[[Row], Row] = lambda group: group  # noqa: E731
    word = chance.choice(("", "", "spread", "object", "reader"))
    if word == "spread":
        title = Column("", "place", lambda book, _who: SHELVES[book["shelf"]])
        owner = Column("", "name", lambda book, _who: "Cid" if book["shelf"] == 3 else "Ann")
        return ["...shelf(place:title,...owner(name))"], [title, owner], plain
    if word == "object":
        title = Column("", "shelf.title", lambda book, _who: SHELVES[book["shelf"]])
        return ["shelf(title)"], [title], lambda group: nest(group, "shelf", "title")
    if word == "reader":
        name = Column("", "by.name", lambda book, _who: book["reader"] and book["reader"].title())
        return ["by:users!reader(name)"], [name], lambda group: nest(group, "by", "name")
    return [], [], plain


def nest(group: Row, word: str, name: str) -> Row:
    value = group.pop(f"{word}.{name}")
    return group | {word: None if value is None else {name: value}}


def ask(library: Library, table: str, text: str, who: str) -> tuple[Any, int | None]:
    reader, database, entity = library.backend.reader, library.backend.database, library.backend.catalog.entities[table]
    question = reader.question(entity, text, PEOPLE[who])
    page = database.read(lambda connection: reader.page(connection, question, PEOPLE[who], count=True))
    return json.loads(encode_json(page.records), parse_float=Decimal), page.total


def as_json(wanted: list[Row]) -> Any:
    return json.loads(json.dumps(wanted, default=float), parse_float=Decimal)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_groups_in_what_many_lead_from_agree(world: tuple[Library, list[Row]], seed: int):
    library, books = world
    found = 0
    for chance in chances(seed, SHAPES, times_on(library)):
        who = random_person(chance)
        columns, (where, tests) = random_columns(chance), random_where(chance)
        order, orders = random_order(chance, columns)
        single = all(column.function for column in columns)
        limit, offset, part = (None, 0, slice(None)) if single else random_part(chance)
        options = (
            [f"order={order}"] * bool(order) + [f"limit={limit}"] * (limit is not None) + [f"offset={offset}"] * bool(offset)
        )
        spread = chance.random() < 0.3
        word = "...books" if spread else "books"
        select = f"select=id,{word}({','.join(column.text for column in columns)})"
        text = "&".join([select, "order=id", *(f"books.{pair}" for pair in (*where, *options))])

        kept = [book for book in books if sees(book, who) and all(test(book, who) is True for test in tests)]
        wanted = []
        for shelf in SHELVES:
            if sees({"shelf": shelf}, who):
                groups = groups_of([book for book in kept if book["shelf"] == shelf], who, columns)
                rows = [as_shown(group, columns) for group in sort(groups, orders, who)[part]]
                lists = {column.name: [row[column.name] for row in rows] for column in columns}
                wanted.append({"id": shelf} | (lists if spread else {"books": rows}))
                found += bool(rows)
        answer, _ = ask(library, "shelves", text, who)
        assert answer == as_json(wanted), (who, text)
    assert found > SHAPES * times_on(library) / 2, "questions that find nothing show little"

"""Each kind's values come back from a real SQLite as they went in, as Python values and on the wire; what is wrong is refused."""

from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal as PythonDecimal
from enum import Enum as PythonEnum
from pathlib import Path
from typing import Any
from uuid import RFC_4122

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainspring.database.engine import Connection
from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.model.kinds import (
    Boolean,
    Date,
    DateTime,
    Decimal,
    Enum,
    Float,
    Integer,
    Json,
    KindType,
    ListOfText,
    LongText,
    Refused,
    Text,
    Uuid,
    uuid7,
)
from mainspring.model.kinds.kind import Kind
from mainspring.model.kinds.text import Email, Slug, Url
from mainspring.query.encode.json import encode_json

decode = msgspec.json.Decoder(float_hook=PythonDecimal).decode


DIALECT = SqliteEngine(Path("x")).dialect


class Size(PythonEnum):
    small = "small"
    large = "Größe"


text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
numbers = st.integers(-(2**63), 2**63 - 1)
decimals = st.decimals(1 - 10**14, 10**14 - 1, places=4, allow_nan=False, allow_infinity=False)
zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(timezones=zones).filter(lambda moment: 1 < moment.year < 9999)
json = st.recursive(
    st.none() | st.booleans() | numbers | decimals | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
)

VALUES: list[tuple[Kind, st.SearchStrategy[Any]]] = [
    (Text(max_length=40), text),
    (LongText.__metadata__[0](), text),
    (Integer(), numbers),
    (Float(), st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)),
    (Decimal(digits=18, places=4), decimals | decimals.map(str) | st.integers(-(10**14) + 1, 10**14 - 1)),
    (Boolean(), st.booleans()),
    (Date(), st.dates().map(date.isoformat)),
    (DateTime(), moments.map(datetime.isoformat)),
    (Uuid(), st.uuids().map(str)),
    (Enum(Size), st.sampled_from([size.value for size in Size])),
    (Json(), json),
    (ListOfText(), st.lists(text, max_size=4)),
]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Generator[Connection]:
    folder: Path = tmp_path_factory.mktemp("kinds")
    opened = SqliteEngine(folder / "kinds.sqlite").open_writer()
    yield opened
    opened.close()


@pytest.mark.parametrize(("kind", "values"), VALUES, ids=lambda value: getattr(value, "name", ""))
def test_what_goes_in_comes_back(connection: Connection, kind: Kind, values: st.SearchStrategy[Any]):
    storage = KindType(kind).storage(DIALECT)
    connection.execute("DROP TABLE IF EXISTS kept")
    connection.execute(f"CREATE TABLE kept (value {storage.type.compile(dialect=DIALECT)})")

    @given(value=values)
    def round_trip(value: Any) -> None:
        validated = kind.validate(value)
        connection.execute("DELETE FROM kept")
        connection.execute("INSERT INTO kept VALUES (?)", (storage.bind(validated) if storage.bind else validated,))
        (driver,) = connection.execute("SELECT value FROM kept").fetchone()
        loaded = storage.load(driver) if storage.load else driver
        shown = decode(encode_json(storage.wire(driver) if storage.wire else driver))
        assert kind.validate(shown) == validated
        if not isinstance(kind, Json):  # whose numbers load as Python's own
            assert loaded == validated
            assert type(loaded) is type(validated)

    round_trip()


@given(first=decimals, second=decimals)
def test_stored_decimals_sort_and_add_as_they_are(first: PythonDecimal, second: PythonDecimal):
    bind = KindType(Decimal(digits=18, places=4)).storage(DIALECT).bind
    assert bind is not None
    assert (bind(first) < bind(second)) == (first < second)
    assert bind(first) + bind(second) == (first + second).scaleb(4)


@given(first=moments, second=moments)
def test_stored_moments_sort_as_they_are(first: datetime, second: datetime):
    bind = KindType(DateTime()).storage(DIALECT).bind
    assert bind is not None
    assert (bind(first) < bind(second)) == (first.astimezone(UTC) < second.astimezone(UTC))


WRONG: list[tuple[Kind, list[Any], str]] = [
    (Text(), [1, True, None, [], {}, 1.5], "22P02"),
    (Text(), ["a\0b", "\ud800"], "22P02"),
    (Text(max_length=2), ["abc", "äöü"], "22001"),
    (Text(min_length=2, choices=("ab",)), ["a", "", "cd"], "23514"),
    (Slug(), ["A", "a b", "-a", "a--b", "a-", "ä", ""], "23514"),
    (Email(), ["ann", "ann@", "@x.yz", "a b@x.yz", "ann@x", "ann@-x.yz", "a@b@c.de", "ann@x.yz\n"], "23514"),
    (
        Url(),
        ["x", "ftp://x.yz", "javascript:alert(1)", "http://", "//x.yz", "http://x y", "https://[::1", "http://x:99999999"],
        "23514",
    ),
    (Integer(), ["1", 1.5, True, None, PythonDecimal("1.5"), []], "22P02"),
    (Integer(), [2**63, -(2**63) - 1, 10**400], "22003"),
    (Integer(min=1, max=3), [0, 4], "23514"),
    (Float(), ["1", True, None], "22P02"),
    (Float(), [10**400, PythonDecimal("1e400")], "22003"),
    (Decimal(), [True, "x", "", None, [], "1,5"], "22P02"),
    (Decimal(), ["NaN", "Infinity", 10**16, "1e999999999", PythonDecimal("1e16")], "22003"),
    (Decimal(), ["0.001", PythonDecimal("1e-9"), "1.999"], "23514"),
    (Boolean(), [0, 1, "true", None], "22P02"),
    (Date(), ["2026-02-30", "2026-1-1", "20260101", 5, "2026-01-01T00:00:00Z"], "22P02"),
    (DateTime(), ["2026-01-01T00:00:00", "2026-01-01", "x", 5, "0001-01-01T00:00:00+14:00"], "22P02"),
    (Uuid(), ["x", 5, "019ab5c1", "{019ab5c1-7c7e-7000-8000-2f6c0a1b3d4e}"], "22P02"),
    (Enum(Size), ["Small", ""], "23514"),
    (Enum(Size), [1, None, []], "22P02"),
    (ListOfText(), ["a", None, {}, [1], [None], [["a"]]], "22P02"),
]


@pytest.mark.parametrize(("kind", "value", "code"), [(kind, value, code) for kind, values, code in WRONG for value in values])
def test_what_is_wrong_is_refused(kind: Kind, value: Any, code: str):
    with pytest.raises(Refused) as refused:
        kind.validate(value)
    assert refused.value.code == code


@given(junk=st.text(max_size=30))
def test_text_of_a_url_is_read_or_refused(junk: str):
    for kind, _ in VALUES:
        with suppress(Refused):
            kind.parse(junk)


def test_an_address_has_one_spelling():
    assert Email().validate("Ann.Smith@Example.COM") == "ann.smith@example.com"


def test_new_uuids_sort_by_their_time():
    made = [uuid7() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {(each.version, each.variant) for each in made} == {(7, RFC_4122)}
    stamps = [each.int >> 80 for each in made]
    assert stamps == sorted(stamps)

"""What every kind of field is: the one class that knows how its values are stored, checked and shown."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeGuard

from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from mainspring.database.types import Converter, Storage, Stored, storage_on
from mainspring.errors import MainspringError

EQUALITY = frozenset({"eq", "neq", "in", "is", "isdistinct"})
ORDER = frozenset({"gt", "gte", "lt", "lte"})
PATTERN = frozenset({"like", "ilike", "match", "imatch"})

WRONG_TYPE = "22P02"
NO_NUL = "the character U+0000 cannot be stored"
OUT_OF_RANGE = "22003"
TOO_LONG = "22001"
MISSING = "23502"
REFUSED = "23514"


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a value read from a body is an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether a value read from a body is a list."""
    return isinstance(value, list)


class Refused(MainspringError):
    """A value that a kind does not take.

    Attributes:
        code: The SQLSTATE: `22P02` wrong type, `22003` out of range, `22001` too long, `23514` refused by a limit.
        message: What the value should have been.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Kind(ABC):
    """A kind of field. Its dataclass fields are the options that `field()` takes for it."""

    name: ClassVar[str]
    operators: ClassVar[frozenset[str]] = EQUALITY
    form: ClassVar[str] = "text"
    indexed: ClassVar[bool] = False

    @property
    @abstractmethod
    def stored(self) -> Stored:
        """What its columns hold, unless a column says otherwise."""

    @property
    def to_plain(self) -> Converter | None:
        """From its Python values to those of what is stored; None where they are the same."""
        return None

    @property
    def from_plain(self) -> Converter | None:
        """The way back; None where they are the same."""
        return None

    @property
    def range(self) -> tuple[Any, Any] | None:
        """The least and the greatest number that it can be; None where it is no number."""
        return None

    @abstractmethod
    def validate(self, value: Any) -> Any:
        """The Python value for one read from a JSON body.

        Raises:
            Refused: The value has the wrong type or breaks a limit.
        """

    def parse(self, text: str) -> Any:
        """The Python value for text from a URL or a form.

        Raises:
            Refused: The text is no such value.
        """
        return self.validate(text)

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of the value on the wire."""

    @classmethod
    def options(cls) -> Mapping[str, Any]:
        """The options that `field()` takes for this kind, with their defaults."""
        return {each.name: each.default for each in fields(cls)}


class KindType(TypeDecorator[Any]):
    """The SQLAlchemy type of a kind's column on any engine, so that sessions, rules and checks convert values as requests do.

    Args:
        kind: The kind.
        stored: What the column holds; None for what the kind says.
    """

    impl = Text
    cache_ok = True
    coerce_to_is_types = (type(None), bool)  # `is_(True)` is written out: servers take no parameter behind IS

    def __init__(self, kind: Kind, stored: Stored | None = None) -> None:
        super().__init__()
        self.kind = kind
        self.stored = kind.stored if stored is None else stored
        self._storages: dict[str, Storage] = {}
        setattr(self, "impl", self.stored.sql_type())  # noqa: B010 - operators such as + follow it; SQLAlchemy types it as a class

    def storage(self, dialect: Dialect) -> Storage:
        """How an engine stores the kind's values in the column."""
        storage = self._storages.get(dialect.name)
        if storage is None:
            plain = storage_on(dialect, self.stored)
            bind, load = _chained(self.kind.to_plain, plain.bind), _chained(plain.load, self.kind.from_plain)
            storage = self._storages[dialect.name] = Storage(plain.type, bind, load, plain.wire)
        return storage

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "default":  # SQLAlchemy's own, in which it shows statements to people
            return self.stored.sql_type()
        return dialect.type_descriptor(self.storage(dialect).type)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        bind = self.storage(dialect).bind
        return value if value is None or bind is None else bind(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        load = self.storage(dialect).load
        return value if value is None or load is None else load(value)

    def __repr__(self) -> str:
        return repr(self.stored)


def _chained(first: Converter | None, then: Converter | None) -> Converter | None:
    """One converter after another."""
    if first is None or then is None:
        return first or then
    return lambda value: then(first(value))

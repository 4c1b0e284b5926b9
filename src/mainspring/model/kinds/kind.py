"""What every kind of field is: the one class that knows how its values are stored, checked and shown."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, TypeGuard

from sqlalchemy import Text as SqlText
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from mainspring.errors import MainspringError

Converter = Callable[[Any], Any]

EQUALITY = frozenset({"eq", "neq", "in", "is", "isdistinct"})
ORDER = frozenset({"gt", "gte", "lt", "lte"})
PATTERN = frozenset({"like", "ilike"})

WRONG_TYPE = "22P02"
OUT_OF_RANGE = "22003"
TOO_LONG = "22001"
MISSING = "23502"
REFUSED = "23514"


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


@dataclass(frozen=True, slots=True)
class Storage:
    """How a kind's values stand in the database.

    Attributes:
        type: The column's SQL type.
        bind: Python value to driver value; None where they are the same.
        load: Driver value to Python value; None where they are the same.
        wire: Driver value to what the JSON encoder writes; None where they are the same.
    """

    type: TypeEngine[Any]
    bind: Converter | None = None
    load: Converter | None = None
    wire: Converter | None = None


@dataclass(frozen=True)
class Kind(ABC):
    """A kind of field. Its dataclass fields are the options that `field()` takes for it."""

    name: ClassVar[str]
    operators: ClassVar[frozenset[str]] = EQUALITY
    form: ClassVar[str] = "text"
    indexed: ClassVar[bool] = False

    @cached_property
    def storage(self) -> Storage:
        """How the values are stored."""
        return self.make_storage()

    @abstractmethod
    def make_storage(self) -> Storage:
        """How the values are stored; asked once."""

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
    """The SQLAlchemy type of a kind's column, so that sessions, rules and checks convert values as requests do."""

    impl = SqlText
    cache_ok = True

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind
        self.storage = kind.storage
        setattr(self, "impl", self.storage.type)  # noqa: B010 - operators such as + follow the stored type; SQLAlchemy types it as a class

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(self.storage.type)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or self.storage.bind is None else self.storage.bind(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value if value is None or self.storage.load is None else self.storage.load(value)

    def __repr__(self) -> str:
        return repr(self.storage.type)

"""`field()`, `one()` and `many()`: what a model's author writes behind a name."""

from collections.abc import Callable
from typing import Any, Final, Literal, cast

from sqlalchemy.orm import Mapped

from mainspring.model.expression import Deferred, Location
from mainspring.model.rules import Rule, anyone

OnDelete = Literal["restrict", "cascade", "set null"]


class Me:
    """The type of `me`."""

    def __repr__(self) -> str:
        return "me"


me: Final = Me()
"""As the default of a `one()` to `User`: whoever makes the record."""


class ByDatabase:
    """The type of `by_database`."""

    def __repr__(self) -> str:
        return "by_database"


by_database: Final = ByDatabase()
"""As the default of a field of an adopted table: what the database writes where nothing is given, such as a counted key."""


class Unset:
    """The type of `UNSET`, which tells "no default" from "None by default"."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()


class Declared(Deferred):
    """A name of a class body. It learns its own name when the class is made."""

    name: str = ""

    def __init__(self, location: Location) -> None:  # its expression is itself
        self.location = location

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name or "a field without a name"


class DeclaredField(Declared):
    """What `field()` was given."""

    def __init__(
        self,
        location: Location,
        *,
        default: Any,
        key: bool,
        unique: bool,
        index: bool,
        was: str | None,
        read: Rule,
        write: Rule,
        private: bool,
        search: bool,
        options: dict[str, Any],
        column: str | None = None,
        generated: bool = False,
    ) -> None:
        super().__init__(location)
        self.default = default
        self.key = key
        self.unique = unique
        self.index = index
        self.was = was
        self.read = read
        self.write = write
        self.private = private
        self.search = search
        self.options = options
        self.column = column
        self.generated = generated


class DeclaredOne(Declared):
    """What `one()` was given."""

    def __init__(
        self,
        location: Location,
        *,
        back: str | None,
        on_delete: OnDelete,
        default: Me | None,
        was: str | None,
        read: Rule,
        write: Rule,
        on: "Declared | tuple[Declared, ...] | None" = None,
        to: str | tuple[str, ...] | None = None,
    ) -> None:
        super().__init__(location)
        self.on = (on,) if isinstance(on, Declared) else on
        self.to = (to,) if isinstance(to, str) else to
        self.back = back
        self.on_delete: OnDelete = on_delete
        self.default = default
        self.was = was
        self.read = read
        self.write = write


class DeclaredMany(Declared):
    """What `many()` was given."""

    def __init__(self, location: Location, *, back: str | None, join: str | None = None) -> None:
        super().__init__(location)
        self.back = back
        self.join = join


def field(
    *,
    default: Any | Callable[[], Any] = UNSET,
    key: bool = False,
    unique: bool = False,
    index: bool = False,
    was: str | None = None,
    read: Rule = anyone,
    write: Rule = anyone,
    private: bool = False,
    search: bool = False,
    column: str | None = None,
    generated: bool = False,
    **options: Any,
) -> Mapped[Any]:
    """A field of a record. Its kind follows from the annotation: `title: Mapped[str] = field(max_length=120)`.

    Args:
        default: The value where none is given, or a function without arguments that makes one. Without it a field is needed,
            unless its annotation allows None.
        key: Whether the field is (part of) the record's key, instead of the `id` that every model has otherwise.
        unique: Whether no two records may agree in it.
        index: Whether records are found and sorted quickly by it.
        was: The field's former name: the migration renames it and keeps its data.
        read: Who may see it, among those who may see the record.
        write: Who may write it, among those who may write the record.
        private: Whether it never leaves the server.
        search: Whether full-text search looks into it.
        column: Of an `Adopted` model, the column's name in the database and on the wire; None where it is the field's.
        generated: Of an `Adopted` model, whether the database computes the column, so that nobody writes it.
        options: Options of the kind, such as `max_length`, `min`, `max`, `choices`, `digits`, `places`, `max_bytes`.
    """
    declared = DeclaredField(
        Location.of_caller(),
        default=default,
        key=key,
        unique=unique,
        index=index,
        was=was,
        read=read,
        write=write,
        private=private,
        search=search,
        options=options,
        column=column,
        generated=generated,
    )
    return cast("Mapped[Any]", declared)


def one(
    *,
    back: str | None = None,
    on_delete: OnDelete = "restrict",
    default: Me | None = None,
    was: str | None = None,
    read: Rule = anyone,
    write: Rule = anyone,
    on: Any = None,
    to: str | tuple[str, ...] | None = None,
) -> Mapped[Any]:
    """A relation to one record: `album: Mapped[Album] = one(back="photos")` makes the column `album_id`.

    Args:
        back: The name of the `many()` of the other model that looks back.
        on_delete: What happens when the other record goes: `"restrict"` refuses that, `"cascade"` deletes this one too,
            `"set null"` empties the relation (which must allow None).
        default: `me` for whoever makes the record.
        was: The relation's former name: the migration renames its column and keeps its data.
        read: Who may see the relation, among those who may see the record.
        write: Who may write it, among those who may write the record.
        on: Of an `Adopted` model, the field that holds the other record's key, or a tuple of fields; no column is made.
        to: Of an `Adopted` model, the other's field that they refer to, or several, where those are not its key.
    """
    location = Location.of_caller()
    declared = DeclaredOne(
        location, back=back, on_delete=on_delete, default=default, was=was, read=read, write=write, on=on, to=to
    )
    return cast("Mapped[Any]", declared)


def many(*, back: str | None = None, join: str | None = None) -> Mapped[Any]:
    """A relation to many records.

    Args:
        back: The name of the other model's `one()` or `many()` that this one answers to. Without it, or when it names a `many()`,
            the relation is many-to-many and its join table is made.
        join: Of an `Adopted` model, the model of the table that joins the two, where the relation is many-to-many.
    """
    return cast("Mapped[Any]", DeclaredMany(Location.of_caller(), back=back, join=join))

"""A library: every kind of field, every word of the rules, and every shape of relation. Imported once for each process."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from threading import current_thread
from uuid import UUID

from sqlalchemy import ColumnElement, func

from mainspring import (
    JSON,
    Access,
    Email,
    File,
    Image,
    LongText,
    Mapped,
    Model,
    Slug,
    Url,
    User,
    Who,
    anyone,
    check,
    computed,
    field,
    is_me,
    many,
    me,
    member_of,
    nobody,
    one,
    role,
    rule,
    signed_in,
    unique,
)

librarian = role("librarian")
BOB = UUID(int=2)


class Colour(Enum):
    red = "red"
    green = "green"
    blue = "blue"


class Genre(Model):
    """A genre, which has a word as its key."""

    code: Mapped[str] = field(key=True, max_length=20)
    name: Mapped[str] = field(max_length=50, search=True)
    icon: Mapped[File | None] = field(max_bytes=1_000)
    access = Access(read=anyone, write=librarian)


class Shelf(Model):
    """A set of books that its owner shows to friends."""

    __tablename__ = "shelves"

    title: Mapped[str] = field(max_length=120, unique=True)
    owner: Mapped[User] = one(default=me)
    keeper: Mapped[User | None] = one(on_delete="set null")
    parent: Mapped["Shelf | None"] = one(back="children", on_delete="set null")
    children: Mapped[list["Shelf"]] = many(back="parent")
    friends: Mapped[list[User]] = many()
    books: Mapped[list["Book"]] = many(back="shelf")
    access = Access(read=is_me(owner) | member_of(friends), write=is_me(owner))


class Book(Model):
    """A book on a shelf."""

    shelf: Mapped[Shelf] = one(back="books", on_delete="cascade")
    title: Mapped[str] = field(max_length=200, search=True)
    pages: Mapped[int | None] = field(min=1, max=100_000)
    weight: Mapped[float | None] = field(min=0)
    price: Mapped[Decimal | None] = field(digits=10, places=2)
    lent: Mapped[bool] = field(default=False)
    colour: Mapped[Colour | None] = field()
    published: Mapped[date | None] = field()
    seen_at: Mapped[datetime | None] = field()
    code: Mapped[UUID | None] = field()
    slug: Mapped[Slug | None] = field()
    mail: Mapped[Email | None] = field()
    site: Mapped[Url | None] = field()
    notes: Mapped[LongText | None] = field(search=True)
    extra: Mapped[JSON | None] = field()
    tags: Mapped[list[str]] = field(default=list)
    cover: Mapped[Image | None] = field(max_bytes=200_000)
    scan: Mapped[File | None] = field(max_bytes=1_000)
    cost: Mapped[Decimal | None] = field(read=librarian, write=librarian)
    reader: Mapped[User | None] = one()
    diary: Mapped[str | None] = field(read=is_me(reader), write=is_me(reader), search=True)
    whisper: Mapped[str | None] = field(private=True)
    genres: Mapped[list[Genre]] = many()
    access = Access.through(shelf)
    constraints = [check(price >= 0)]


class Loan(Model):
    """A loan, which is found by its desk and number."""

    desk: Mapped[int] = field(key=True)
    number: Mapped[int] = field(key=True)
    note: Mapped[str] = field(default="none", search=True)
    paper: Mapped[File | None] = field(max_bytes=1_000)
    access = Access(read=signed_in, write=signed_in & ~role("trainee"))


@rule
def shown(who: Who) -> ColumnElement[bool]:
    return Remark.public.is_(True) | (Remark.author_id == who.id)


class Ticket(Model):
    holder: Mapped[User] = one(default=me)
    lot: Mapped[str] = field(default="first", read=nobody, write=nobody)
    constraints = [unique(holder, lot)]
    access = Access(read=is_me(holder), create=is_me(holder))


TODAY = [date(2026, 1, 1)]


@rule
def due(_: Who) -> ColumnElement[bool]:
    return Notice.day <= TODAY[0]  # as date.today() would, a day later, give another one


class Notice(Model):
    day: Mapped[date] = field()
    access = Access(read=due)


@rule
def signed_by(who: Who) -> ColumnElement[bool]:
    return (Letter.signature == f"by {who.id}") | Letter.reader_id.in_([who.id])  # a value made from the id is noticed


class Letter(Model):
    signature: Mapped[str] = field()
    reader: Mapped[User | None] = one()
    access = Access(read=signed_by)


class Parcel(Model):
    """What tells which thread checked it."""

    name: Mapped[str] = field()
    thread: Mapped[str] = field(default=lambda: current_thread().name, write=nobody)
    access = Access(read=anyone, create=signed_in)


class Remark(Model):
    """What somebody says to all, or keeps to themselves."""

    author: Mapped[User] = one(default=me)
    text: Mapped[str] = field(max_length=20)
    public: Mapped[bool] = field(default=False)
    access = Access(read=shown, write=is_me(author))


class Picture(Model):
    """What cannot be without its file."""

    image: Mapped[Image] = field(max_bytes=200_000)
    caption: Mapped[str | None] = field(max_length=20)
    access = Access(read=anyone, write=signed_in)


class Card(Model):
    """A card whose data has any shape."""

    name: Mapped[str] = field(max_length=20)
    data: Mapped[JSON | None] = field()
    labels: Mapped[list[str] | None] = field()
    holder: Mapped[User | None] = one()
    secret: Mapped[JSON | None] = field(read=is_me(holder), write=is_me(holder))
    price: Mapped[Decimal | None] = field()
    size: Mapped[float | None] = field()
    day: Mapped[date | None] = field()
    at: Mapped[datetime | None] = field()
    known: Mapped[bool | None] = field()
    parent: Mapped["Card | None"] = one(back="children")
    children: Mapped[list["Card"]] = many(back="parent")
    access = Access(read=anyone, write=signed_in)


@computed
def label(card: type[Card]) -> ColumnElement[str]:
    return card.name + "!" + func.coalesce(func.upper(card.name), "")


@computed
def more(card: type[Card]) -> ColumnElement[Decimal]:
    return card.price + 1


@computed
def times(card: type[Card]) -> ColumnElement[Decimal]:
    return card.price * card.id - card.price


@computed
def dear(card: type[Card]) -> ColumnElement[bool]:
    return card.price > 2


@computed
def has_secret(card: type[Card]) -> ColumnElement[bool]:
    return card.secret.is_not(None)  # as its field, for the holder alone


@computed
def costly(book: type[Book]) -> ColumnElement[bool]:
    return (book.cost > 5) | (book.pages > 600)  # for librarians, who see the cost


@computed
def jinx(book: type[Book]) -> ColumnElement[str]:
    return book.title + book.whisper  # for nobody


@computed(read=is_me(Book.reader))
def murmured(book: type[Book]) -> ColumnElement[bool]:
    return book.whisper.is_not(None)  # by its own rule


@computed
def thick(shelf: type[Shelf], book: type[Book]) -> ColumnElement[bool]:
    return (book.shelf == shelf) & (book.pages > 400)


@computed(first=Book.pages.desc().nulls_last())
def thickest(shelf: type[Shelf], book: type[Book]) -> ColumnElement[bool]:
    return book.shelf == shelf


@computed
def equals(book: type[Book], other: type[Book]) -> ColumnElement[bool]:
    return (book.price == other.price) & (book.id != other.id)


@computed(first=Book.title)
def beyond(card: type[Card], book: type[Book]) -> ColumnElement[bool]:
    return book.title > card.name  # of another table, whose rules are its own


@computed
def costing(shelf: type[Shelf], book: type[Book]) -> ColumnElement[bool]:
    return (book.shelf == shelf) & (book.cost > 5)  # for librarians, who see the cost


@computed
def noted(shelf: type[Shelf], book: type[Book]) -> ColumnElement[bool]:
    return (book.shelf == shelf) & (book.diary.is_(None) | (book.diary != ""))  # of books whose diary the caller sees


@computed(first=Book.whisper)
def whispered(shelf: type[Shelf], book: type[Book]) -> ColumnElement[bool]:
    return book.shelf == shelf  # for nobody


class Ledger(Model):
    """For librarians alone."""

    amount: Mapped[Decimal] = field(default=Decimal("0.00"))
    limit: Mapped[int | None] = field()  # named like an option of questions
    access = Access(read=librarian, create=librarian, update=nobody, delete=nobody, administrator="read")


class Vault(Model):
    """Closed to everybody but administrators."""

    word: Mapped[str] = field()


class Sealed(Model):
    """Closed to administrators too."""

    __tablename__ = "sealed"

    word: Mapped[str] = field()
    access = Access(administrator="none")

"""Authors and their articles, open to all: the same data for every engine, and for PostgREST beside them."""

from datetime import datetime

from mainspring import Access, App, LongText, Mapped, Model, anyone, field, index, many, one

app = App("articles")


class Author(Model):
    """Somebody who writes."""

    name: Mapped[str] = field(max_length=100)
    articles: Mapped[list["Article"]] = many(back="author")
    access = Access(read=anyone, write=anyone)


class Article(Model):
    """What somebody wrote, about 1 kB."""

    title: Mapped[str] = field(max_length=200)
    body: Mapped[LongText]
    published: Mapped[datetime] = field(index=True)
    author: Mapped[Author] = one(back="articles")
    indexes = [index(author, published)]
    access = Access(read=anyone, write=anyone)

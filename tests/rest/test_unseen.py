"""Two databases that differ in nothing but what somebody may not see answer them alike, byte for byte, whatever they read.

`READS=10000 pytest tests/rest/test_unseen.py` asks more.
"""

import os
import random
import shutil
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from tests.rest import models
from tests.rest.conftest import PEOPLE, Library, Open
from tests.rest.reads import Read, Reads, Table, compare

from mainspring.auth.tables import Account

ENGINES = ("sqlite", "postgresql", "mariadb")
EACH = -(-int(os.environ.get("READS", "600")) // 3)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

TABLES = {
    "books": Table(
        (
            *("id", "title", "pages", "weight", "price", "lent", "published", "seen_at", "notes", "extra", "tags", "cover"),
            *("reader_id", "diary", "diary", "diary", "created_at", "version", "murmured", "extra->cold", "price::text"),
        ),
        ("cost", "whisper", "wisper", "costly", "jinx", "cost::text"),
        (
            *("id=gt.2", "title=eq.Sea-Fever", "title=in.(Smilla,changed)", "title=ilike.*a*", "title=match.^S", "pages=lte.453"),
            *("price=eq.9.00", "lent=is.true", "diary=eq.changed", "diary=like.*h*", "diary=neq.short", "diary=isdistinct.short"),
            *("title=fts.sea", "title=plfts.changed", "diary=fts.short", "diary=plfts.changed", "diary=wfts.short or changed"),
            *("cost=gt.8", "whisper=eq.other", "tags=cs.{snow}", "tags=ov.{ice}", "extra->cold=not.is.null", "murmured=is.true"),
        ),
        {"shelf": "shelves", "reader": "users", "genres": "genres", "equals": "books"},
    ),
    "shelves": Table(
        ("id", "title", "owner_id", "keeper_id", "parent_id", "version", "updated_at"),
        ("key", "tile"),
        ("id=lt.3", "title=in.(Sea,Fire,Water)", "title=like.*e*", "keeper_id=not.is.null", f"owner_id=eq.{UUID(int=3)}"),
        {
            **dict.fromkeys(("books", "costing", "noted", "thickest", "whispered"), "books"),
            **dict.fromkeys(("owner", "keeper", "friends"), "users"),
            **dict.fromkeys(("parent", "children"), "shelves"),
        },
    ),
    "users": Table(
        ("id", "name", "email", "email", "roles", "staff", "disabled", "avatar", "version"),
        ("emial", "password"),
        ("name=eq.Cid", "email=eq.cid@example.org", "email=like.*changed*", "roles=cs.{cook}", "staff=is.true", "name=ilike.*a*"),
    ),
    "cards": Table(
        ("id", "name", "data", "labels", "secret", "secret->a", "secret->>a", "price", "label", "more", "dear", "has_secret"),
        ("sceret",),
        (
            "id=gt.1",
            "secret->>a=eq.changed",
            "secret->a=eq.0",
            "price=gt.1",
            "dear=is.true",
            "has_secret=is.true",
            "name=like.C*",
        ),
        {"parent": "cards", "children": "cards", "holder": "users", "beyond": "books"},
    ),
    "remarks": Table(
        ("id", "text", "public", "author_id"),
        (),
        ("id=gt.1", "text=eq.changed", "text=like.*n*", "public=is.false"),
        {"author": "users"},
    ),
    "loans": Table(("desk", "number", "note", "paper"), (), ("desk=eq.1", "note=fts.first")),
    "letters": Table(("id", "signature", "reader_id"), (), ("id=eq.2", "signature=like.by*"), {"reader": "users"}),
    "tickets": Table(("id", "holder_id"), ("lot",), ("id=gt.0", "lot=eq.changed"), {"holder": "users"}),
    "genres": Table(("code", "name", "icon"), (), ("code=eq.poem", "name=fts.novel")),
    "ledgers": Table(("id", "amount"), (), ("amount=gt.5",)),
    "vaults": Table(("id", "word"), (), ("word=eq.closed",)),
}


def fill(library: Library) -> None:
    """What there is more than the library has, some of it for nobody who asks."""
    system, (ann, cid) = library.as_("system"), (PEOPLE[name].id for name in ("ann", "cid"))
    for number, holder in enumerate((ann, cid, None)):
        system.create(models.Card, name=f"Card {number}", holder=holder, secret={"a": number}, price=f"{number}.50")
    for reader in (ann, cid):
        system.create(models.Letter, signature=f"by {reader}", reader=reader)
        system.create(models.Ticket, holder=reader)
    system.create(models.Remark, author=cid, text="for none", public=False)
    with library.backend.engine.alchemy().begin() as connection:
        for model in (models.Card, models.Letter, models.Ticket, models.Remark):
            connection.execute(sa.update(model).values(created_at=NOON, updated_at=NOON))


def differ(library: Library) -> None:
    """Change what Ann may not see, past the server, so that nothing else follows from it."""
    cid = PEOPLE["cid"].id
    book, shelf, card, user = models.Book, models.Shelf, models.Card, models.User
    fire = sa.select(shelf.id).where(shelf.title == "Water").scalar_subquery()
    library.as_("system").create(models.Remark, author=cid, text="more")
    with library.backend.engine.alchemy().begin() as connection:
        for statement in (
            sa.update(book).where(book.title == "Sea-Fever").values(diary="changed", cost="99.99", whisper="other"),
            sa.update(book).where(book.title == "Moby Dick").values(cost=None, whisper=None),
            sa.update(book).where(book.title == "Smilla").values(cost="9.00"),
            sa.update(shelf).where(shelf.title == "Fire").values(title="Water", keeper_id=cid),
            sa.update(book).where(book.shelf_id == fire).values(title="changed", pages=7, price="9.00", lent=True, tags=["snow"]),
            sa.update(card).where(card.holder_id == cid).values(secret={"a": "changed"}),
            sa.update(card).where(card.holder_id.is_(None)).values(secret=None),
            sa.update(user).where(user.id == cid).values(email="changed@example.org", roles=["cook"], staff=True, disabled=True),
            sa.update(models.Remark).where(models.Remark.text == "for none").values(text="changed"),
            sa.delete(models.Letter).where(models.Letter.reader_id == cid),
            sa.update(models.Ticket).where(models.Ticket.holder_id == cid).values(lot="changed"),
            sa.update(models.Ledger).values(amount="99.99", limit=1),
            sa.delete(models.Vault),
            sa.update(Account).where(Account.user_id == cid).values(password="changed"),
        ):
            assert connection.execute(statement).rowcount == 1, statement


def ask(library: Library, who: str, read: Read) -> httpx.Response:
    return library.request(read.method, read.path, who, headers=read.headers)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("who", ["ann", "tim", ""])
def test_what_is_unseen_changes_no_answer(open_with: Open, who: str):
    one, other = open_with(), open_with()
    for each in (one, other):
        fill(each)
    differ(other)
    assert "next" in one.get("genres?limit=1").links  # which makes the key of cursors
    shutil.copytree(one.backend.settings.data / "keys", other.backend.settings.data / "keys", dirs_exist_ok=True)
    assert one.get("books", "adm").content != other.get("books", "adm").content
    answered = compare(Reads(TABLES, random.Random(who)), EACH, partial(ask, one, who), partial(ask, other, who))
    assert answered > EACH / 4, answered

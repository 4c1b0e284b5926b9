"""Migrations on a server's database: the files that were written on SQLite, in the server's own types."""

from decimal import Decimal
from urllib.parse import urlsplit

import psycopg
import pymysql
import pytest

ENGINES = ("postgresql", "mariadb")

REFUSED = (psycopg.errors.CheckViolation, pymysql.err.OperationalError)
TYPES = {"postgresql": ("numeric", "timestamp with time zone"), "mariadb": ("decimal", "datetime")}

BEFORE = """
class Album(Model):
    title: Mapped[str] = field(max_length=120)
    cover: Mapped[Image | None] = field()
    price: Mapped[Decimal] = field(digits=10, places=2, default=Decimal("1.50"))
    pages: Mapped[int] = field(default=7)
    note: Mapped[str | None] = field()
    constraints = [check(price >= Decimal("0.50"))]

class Photo(Model):
    album: Mapped[Album] = one(on_delete="cascade")
    image: Mapped[Image] = field()
"""

CHANGED = """
class Album(Model):
    name: Mapped[str] = field(was="title", max_length=4, unique=True)
    cover: Mapped[Image | None] = field()
    price: Mapped[Decimal] = field(digits=12, places=3, default=Decimal("1.50"))
    pages: Mapped[str] = field(default="7")
    note: Mapped[str] = field(default="none")
    stars: Mapped[int] = field(default=3, index=True)
    shown: Mapped[bool] = field(default=True)
    since: Mapped[datetime] = field(default=lambda: datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    constraints = [check(price >= Decimal("0.25"))]

class Photo(Model):
    album: Mapped[Album | None] = one(on_delete="set null")
    picture: Mapped[Image] = field(was="image")

class Label(Model):
    photo: Mapped[Photo] = one(on_delete="cascade")
    album: Mapped[Album | None] = one(on_delete="restrict")
"""

COLUMNS = {
    "postgresql": "FROM information_schema.columns WHERE table_name = 'albums' AND table_schema = current_schema()",
    "mariadb": "FROM information_schema.columns WHERE table_name = 'albums' AND table_schema = database()",
}
CHANGE_TYPE = {
    "postgresql": "ALTER TABLE albums ALTER COLUMN pages TYPE numeric(5, 1)",
    "mariadb": "ALTER TABLE albums MODIFY pages numeric(5, 1) NOT NULL",
}
ALBUM = """INSERT INTO albums(title, cover, price, pages, note, created_at, updated_at, version)
VALUES (%s, %s, 9.99, 5, NULL, now(), now(), 1)"""
PHOTO = "INSERT INTO photos(album_id, image, created_at, updated_at, version) VALUES (1, %s, now(), now(), 1)"


@pytest.fixture
def gallery(project, databases):
    """A project that was begun on SQLite, and goes on on a server."""
    project.models(BEFORE)
    project.done("make --name start", "up")
    project.address = databases.make()
    (project.folder / ".env").write_text(f"MAINSPRING_DATABASE={project.address}\n")
    project.done("up", "status")
    sql(project, ALBUM, "Summer", f"{1:064x} 12 image/png 1x1 a.png")
    sql(project, PHOTO, f"{2:064x} 12 image/png 1x1 b.png")
    yield project
    databases.drop(project.address)


def sql(project, statement: str, *parameters) -> list[tuple]:
    if project.address.startswith("postgresql"):
        with psycopg.connect(project.address, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []
    place = {"host": "127.0.0.1", "port": urlsplit(project.address).port, "database": project.address.rpartition("/")[2]}
    with pymysql.connect(**place, user="root", autocommit=True, sql_mode="ANSI_QUOTES") as connection:
        cursor = connection.cursor()
        cursor.execute(statement, parameters or None)
        return list(cursor.fetchall())


def test_a_file_written_on_sqlite_makes_the_servers_own_types(gallery, engine):
    types = dict(sql(gallery, f"SELECT column_name, data_type {COLUMNS[engine]}"))
    assert (types["price"], types["created_at"]) == TYPES[engine]
    with pytest.raises(REFUSED):
        sql(gallery, "UPDATE albums SET price = 0.49")


def test_changes_keep_the_rows_and_go_back(gallery):
    gallery.models(CHANGED)
    gallery.done("make --name change")
    refused = gallery.fails("up")
    assert refused.code == 4
    assert "1 value would be cut to 4 characters" in refused.errors
    gallery.done("up --allow-loss", "status")
    row = sql(gallery, "SELECT name, price, pages, note, stars, shown, extract(year FROM since) FROM albums")
    assert row == [("Summ", Decimal("9.990"), "5", "none", 3, True, 2026)]
    with pytest.raises(REFUSED):
        sql(gallery, "UPDATE albums SET price = 0.24")
    sql(gallery, "DELETE FROM albums")
    assert sql(gallery, "SELECT album_id, picture IS NOT NULL FROM photos") == [(None, True)]
    assert sql(gallery, "SELECT hash FROM mainspring_dropped_files") == [(f"{1:064x}",)]
    sql(gallery, "DELETE FROM photos")
    gallery.done("down --allow-loss")
    assert sql(gallery, "SELECT count(image) FROM photos") == [(0,)]
    gallery.done("up --allow-loss", "status")


def test_what_the_server_refuses_can_be_mended(gallery, engine):
    sql(gallery, ALBUM, "Summer", None)
    gallery.models(
        BEFORE.replace("max_length=120", "max_length=120, unique=True").replace(
            "    note:", "    stars: Mapped[int] = field(default=1)\n    note:"
        )
    )
    gallery.done("make")
    assert "uq_albums_title" in gallery.fails("up").errors
    columns = sql(gallery, f"SELECT column_name {COLUMNS[engine]}")
    assert (("stars",) in columns) is (engine == "mariadb")  # which commits each step by itself, and goes on behind it
    sql(gallery, "DELETE FROM albums WHERE id = 2")
    gallery.done("up", "status")


def test_what_was_changed_by_hand_is_told(gallery, engine):
    sql(gallery, "ALTER TABLE albums ADD COLUMN mine text")
    sql(gallery, CHANGE_TYPE[engine])
    status = gallery.fails("status --json").json
    assert status["foreign"] == ["albums: the column pages becomes Numeric(5, 1)", "albums: add the column mine"]


def test_dropped_fields_and_tables_note_their_files(gallery):
    gallery.models("class Album(Model):\n    title: Mapped[str] = field(max_length=120)\n")
    gallery.done("make --drop albums.cover", "up --allow-loss", "status")
    assert sql(gallery, "SELECT hash FROM mainspring_dropped_files ORDER BY 1") == [(f"{1:064x}",), (f"{2:064x}",)]


LONG = f"""
class Album(Model):
    __tablename__ = "albums and more"
    title: Mapped[str] = field(max_length=120)
    {"picture_" * 7}: Mapped[Image | None] = field()
    {"words_" * 9}: Mapped[str | None] = field(search=True)
"""


def test_names_may_be_as_long_as_the_server_takes_them(gallery):
    gallery.models(LONG)
    gallery.done("make --drop albums --drop photos", "up --allow-loss", "status")
    gallery.models(LONG + "    stars: Mapped[int] = field(default=1)\n")
    gallery.done("make", "up", "status")
    columns = f'title, "{"picture_" * 7}", stars, created_at, updated_at, version'
    values = f"'Sea', '{3:064x} 12 image/png 1x1 c.png', 1, now(), now(), 1"
    sql(gallery, f'INSERT INTO "albums and more"({columns}) VALUES ({values})')
    sql(gallery, 'DELETE FROM "albums and more"')
    assert (f"{3:064x}",) in sql(gallery, "SELECT hash FROM mainspring_dropped_files")

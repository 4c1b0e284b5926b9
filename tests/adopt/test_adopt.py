"""What `mainspring adopt` writes, and that what it wrote serves the database without one change to it."""

import hashlib
import subprocess
import sys

from tests.adopt.conftest import Adopt, Adopted, chinook_file

ALBUM = """
class Album(Adopted):
    __tablename__ = "Album"

    album_id: Mapped[int] = field(column="AlbumId", key=True, default=by_database)
    title: Mapped[str] = field(column="Title", max_length=160)
    artist_id: Mapped[int] = field(column="ArtistId", index=True)

    artist: Mapped[Artist] = one(on=artist_id, back="albums")
    tracks: Mapped[list[Track]] = many(back="album")
"""


def test_models_are_what_a_person_would_write(chinook: Adopted):
    assert ALBUM in chinook.models
    assert '    tracks: Mapped[list[Track]] = many(join="PlaylistTrack", back="playlists")\n' in chinook.models
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "models.py"],
        cwd=chinook.project.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_files_that_are_written(chinook: Adopted):
    folder = chinook.project.folder
    assert {".env", "app.py", "models.py"} <= {each.name for each in folder.iterdir()}
    assert (folder / ".env").read_text() == f"MAINSPRING_ADOPTED=sqlite:///{chinook.database}\n"
    assert (folder / ".env").stat().st_mode & 0o077 == 0


def test_reading_changes_nothing(adopted: Adopt):
    made = adopted(chinook_file()).start()
    assert len(made.records("Track?select=Name,album(Title,artist(Name)),playlists(Name)&limit=10")) == 10
    assert hashlib.sha256(made.database.read_bytes()).digest() == hashlib.sha256(chinook_file()).digest()
    assert [each.name for each in made.database.parent.glob("some*")] == ["some.sqlite"]


def test_only_an_administrator_reads_until_there_are_rules(adopted: Adopt):
    made = adopted(chinook_file())
    made.write_models('    __tablename__ = "Genre"\n', '    __tablename__ = "Genre"\n\n    access = Access(read=anyone)\n')
    made.write_models("import Adopted, ", "import Access, Adopted, anyone, ")
    made.start()
    assert made.get("Genre?limit=1", administrator=False).json() == [{"GenreId": 1, "Name": "Rock"}]
    refused = made.get("Album", administrator=False)
    assert (refused.status_code, refused.json()["code"]) == (404, "PGRST205")
    assert made.get("Genre?select=tracks(Name)", administrator=False).status_code == 400


def test_some_tables_only(adopted: Adopt):
    made = adopted(chinook_file(), "--tables", "Album,Artist").start()
    assert made.records("Artist?select=albums(Title)&ArtistId=eq.2") == [
        {"albums": [{"Title": "Balls to the Wall"}, {"Title": "Restless and Wild"}]}
    ]
    assert made.get("Track").status_code == 404

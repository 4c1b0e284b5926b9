"""An export of a million records from a real server: whole, and with little memory."""

from pathlib import Path

from pysqlite3 import dbapi2 as driver
from tests.acceptance.conftest import NewPhotos
from tests.photos import Photos

NUMBER = 1_000_000
MOST_MEGABYTES = 60
PATH = "/rest/v1/albums?select=id,title,created_at,owner_id"
CSV = {"Accept": "text/csv"}


def megabytes(photos: Photos) -> float:
    """The resident memory of the server and its workers."""
    children = Path(f"/proc/{photos.pid}/task/{photos.pid}/children").read_text("ascii").split()
    total = 0
    for process in (str(photos.pid), *children):
        status = Path(f"/proc/{process}/status").read_text("ascii")
        total += next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    return total / 1024


def fill(photos: Photos, owner: str) -> None:
    """Make the albums, past the server."""
    connection = driver.connect(str(photos.data / "app.sqlite"))
    connection.execute(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
        " INSERT INTO albums (title, owner_id, created_at, updated_at, version)"
        " SELECT 'Album ' || n, ?, '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', 1 FROM numbers",
        (NUMBER, owner),
    )
    connection.commit()
    connection.close()


def test_a_million_records_need_little_memory(new: NewPhotos):
    photos = new()
    photos.start()
    ann = photos.sign_up("ann")
    fill(photos, ann.id)
    assert len(ann.get(f"{PATH}&limit=10", headers=CSV).text.splitlines()) == 11
    rest, highest, lines, last = megabytes(photos), 0.0, 0, b""
    with ann.http.stream("GET", PATH, headers=CSV, timeout=60) as reply:
        assert reply.status_code == 200
        for number, piece in enumerate(reply.iter_raw(1 << 16)):
            lines += piece.count(b"\n")
            last = piece
            if number % 50 == 0:
                highest = max(highest, megabytes(photos))
    assert lines == NUMBER + 1
    assert last.endswith(b"\r\n")
    assert highest - rest < MOST_MEGABYTES, f"{highest - rest:.0f} MB more than {rest:.0f} MB"

"""Fills an empty database with people, albums and photographs, so that there is something to look at: `python seed.py`.

Run it after `mainspring migrate up`. With people there already it changes nothing.
"""

import secrets
from pathlib import Path
from uuid import UUID

from app import Album, Photo, app
from mainspring import Model, User, Who
from mainspring.app import Backend, open_backend
from mainspring.change.receive import receive
from mainspring.change.records import Records
from mainspring.files.inbox import Incoming
from mainspring.model.kinds import FileKind
from mainspring.settings import Settings

PICTURES = Path(__file__).parent / "pictures"

PEOPLE = {"ann": "Ann", "bob": "Bob", "cleo": "Cleo", "dan": "Dan"}

AVATARS = {"ann": "astronaut.jpg", "cleo": "cat.jpg"}

Pictures = dict[str, str | None]
ALBUMS: list[tuple[str, str, list[str], Pictures]] = [
    ("ann", "Journey to China", ["bob", "cleo"], {"temple.jpg": "The temple in the morning", "coffee.jpg": "Breakfast, at last"}),
    ("ann", "In the garden", ["bob"], {"flower.jpg": "The first one this year", "cat.jpg": "She never looks at the camera"}),
    ("ann", "Surprise for Bob", ["cleo"], {"galaxies.jpg": "For the wall above his desk?"}),
    ("bob", "Rockets", ["ann", "dan"], {"rocket.jpg": "Lift-off", "astronaut.jpg": "I want to be her", "galaxies.jpg": None}),
    ("cleo", "Cats and coffee", [], {"cat.jpg": None, "coffee.jpg": "Not for cats"}),
]
"""Owner, title, friends who may see it, and pictures with their captions."""


def seed(backend: Backend, password: str) -> None:
    """Make everything. People sign up; the rest they do themselves, under the rules."""
    accounts = backend.authority.accounts
    ids = {key: accounts.create(f"{key}@example.com", password, {"name": name}).id for key, name in PEOPLE.items()}
    for key, picture in AVATARS.items():
        avatar = take(backend, User, "avatar", PICTURES / picture)
        person(backend, ids[key]).update(User, {"avatar": avatar.file}, id=ids[key], incoming=[avatar])
    for owner, title, friends, pictures in ALBUMS:
        records = person(backend, ids[owner])
        album = records.create(Album, title=title, friends=[ids[friend] for friend in friends])
        for picture, caption in pictures.items():
            image = take(backend, Photo, "image", PICTURES / picture)
            records.create(Photo, album=album, image=image.file, caption=caption, incoming=[image])


def person(backend: Backend, id: UUID) -> Records:
    """The door to the database, as a person."""
    return backend.records.as_(Who.user(id))


def take(backend: Backend, model: type[Model], field: str, path: Path) -> Incoming:
    """Take a file in for a field."""
    kind = backend.catalog.of(model).fields[field].kind
    assert isinstance(kind, FileKind)
    with path.open("rb") as content:
        return receive(backend.store, kind, path.name, content)


def main() -> None:
    """Seed where nobody is there yet, and say how to sign in."""
    settings = Settings.load()
    backend = open_backend(app, settings)
    try:
        if backend.records.as_(Who.system("seeding")).all(User, limit=1):
            print("There are people already; 'mainspring user list' names them, 'mainspring user password' gives a new password.")
            return
        password = secrets.token_urlsafe(12)
        seed(backend, password)
    finally:
        backend.close()
    print(f"Made {len(PEOPLE)} people and {len(ALBUMS)} albums with photographs. Sign in with")
    print(f"  address   http://{settings.host}:{settings.port}")
    print(f"  e-mail    ann@example.com (or {', '.join(f'{key}@example.com' for key in list(PEOPLE)[1:])})")
    print(f"  password  {password}")


if __name__ == "__main__":
    main()

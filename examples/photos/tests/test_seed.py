"""What `seed.py` makes."""

import httpx

from mainspring.testing import TestApp
from seed import ALBUMS, PEOPLE, seed

PASSWORD = "a long enough secret"


def test_seeded_people_see_what_is_shown_to_them(app: TestApp) -> None:
    seed(app.backend, PASSWORD)

    def titles(name: str) -> list[str]:
        credentials = {"email": f"{name}@example.com", "password": PASSWORD}
        session = app.anonymous.http.post("/auth/v1/token?grant_type=password", json=credentials).json()
        headers = {"Authorization": f"Bearer {session['access_token']}"}
        answer: httpx.Response = app.anonymous.http.get("/rest/v1/albums?select=title&order=title", headers=headers)
        return [album["title"] for album in answer.json()]

    assert titles("bob") == ["In the garden", "Journey to China", "Rockets"]
    assert titles("dan") == ["Rockets"]
    for name in PEOPLE:
        assert titles(name) == sorted(title for owner, title, friends, _ in ALBUMS if name in {owner, *friends})


def test_every_seeded_picture_is_a_file(app: TestApp) -> None:
    seed(app.backend, PASSWORD)
    photos = app.administrator.http.get("/rest/v1/photos?select=image,caption").json()
    assert len(photos) == sum(len(pictures) for _, _, _, pictures in ALBUMS)
    for photo in photos:
        answer = app.administrator.http.get(photo["image"]["url"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert len(answer.content) == photo["image"]["size"]

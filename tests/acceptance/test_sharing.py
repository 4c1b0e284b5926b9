"""Two people: the second sees a picture only after it is shared, and no longer after it is taken back."""

import pytest
from tests.photos import ONE, Guest, Photos, new_picture


@pytest.fixture
def ann(photos: Photos) -> Guest:
    return photos.sign_up("ann")


@pytest.fixture
def bob(photos: Photos) -> Guest:
    return photos.sign_up("bob")


def test_a_picture_is_seen_from_its_sharing_until_it_is_taken_back(ann: Guest, bob: Guest):
    content = new_picture()
    album = ann.make_album()
    photo = ann.make_photo(album, content)
    url, of_album, of_photo = photo["image"]["url"], f"albums?id=eq.{album['id']}", f"photos?id=eq.{photo['id']}"

    def nothing_is_seen() -> None:
        assert bob.rows("albums") == bob.rows("photos") == []
        assert bob.rows("albums?select=title,photos(image)") == []
        assert bob.rows("users?select=name,id&order=name") == [
            {"name": "Ann", "id": ann.id},
            {"name": "Bob", "id": bob.id},
        ]
        assert bob.get(f"/rest/v1/{of_photo}", headers=ONE).status_code == 406
        assert bob.get("/rest/v1/photos", headers={"Prefer": "count=exact"}).headers["content-range"] == "*/0"
        for headers in ({}, {"If-None-Match": f'"{photo["image"]["url"].split("/")[-2]}"'}, {"Range": "bytes=0-3"}):
            refused = bob.get(url, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (404, "PGRST125")

    nothing_is_seen()
    assert ann.patch(f"/rest/v1/{of_album}", json={"friends": [bob.id]}).status_code == 204

    assert bob.rows("albums?select=title,photos(id),friends(name)") == [
        {"title": "Summer", "photos": [{"id": photo["id"]}], "friends": [{"name": "Bob"}]}
    ]
    assert [each["image"]["url"] for each in bob.rows("photos")] == [url]
    seen = bob.get(url)
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/png")
    assert seen.content == content
    assert bob.get(url, headers={"If-None-Match": seen.headers["etag"]}).status_code == 304

    assert ann.patch(f"/rest/v1/{of_album}", json={"friends": []}).status_code == 204
    nothing_is_seen()
    assert bob.get(url, headers={"If-None-Match": seen.headers["etag"]}).status_code == 404
    assert ann.get(url).content == content


def test_a_file_is_seen_only_under_a_record_that_holds_it(ann: Guest, bob: Guest):
    """Who has the same picture in an album of their own does not so get at somebody else's record of it."""
    content = new_picture()
    secret = ann.make_photo(ann.make_album("Secret"), content)
    own = bob.make_photo(bob.make_album("Mine"), content)
    assert bob.get(own["image"]["url"]).status_code == 200
    assert bob.get(secret["image"]["url"]).status_code == 404
    hash = own["image"]["url"].split("/")[-2]
    assert bob.get(f"/rest/v1/files/photos/{secret['id']}/image/{hash}/picture.png").status_code == 404


def test_a_replaced_picture_is_gone_under_its_old_address(ann: Guest, bob: Guest):
    album = ann.make_album(friends=(bob,))
    photo = ann.make_photo(album)
    files = {"image": ("better.png", new_picture())}
    assert ann.patch(f"/rest/v1/photos?id=eq.{photo['id']}", files=files).status_code == 204

    (now,) = bob.rows("photos")
    assert now["image"]["name"] == "better.png"
    assert bob.get(now["image"]["url"]).status_code == 200
    assert bob.get(photo["image"]["url"]).status_code == 404

"""`make run`'s own steps: tables, people to sign in as, server; and the same again with the data there."""

import re
import subprocess
import sys

from tests.acceptance.conftest import NewPhotos
from tests.photos import PROJECT, Photos


def seed(photos: Photos) -> str:
    command = [sys.executable, "seed.py"]
    done = subprocess.run(command, cwd=PROJECT, env=photos.environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_seed_says_how_to_sign_in_and_is_sown_once(new: NewPhotos):
    photos = new(port="8123")
    told = re.fullmatch(
        r"Made 4 people and 5 albums.*\n  address   http://127\.0\.0\.1:8123\n  e-mail    (\S+).*\n  password  (\S{16})\n",
        seed(photos),
    )
    assert told is not None
    before = photos.stored()
    assert "There are people already" in seed(photos)
    assert photos.stored() == before
    photos.check_files()

    photos.start()
    answer = photos.guest().post("/auth/v1/token?grant_type=password", json={"email": told[1], "password": told[2]})
    assert answer.status_code == 200
    ann = photos.guest("ann", Authorization=f"Bearer {answer.json()['access_token']}")
    albums = ann.rows("albums?select=title,owner(name),photos(caption,image)&order=id")
    assert [(album["title"], album["owner"]["name"], len(album["photos"])) for album in albums] == [
        ("Journey to China", "Ann", 2),
        ("In the garden", "Ann", 2),
        ("Surprise for Bob", "Ann", 1),
        ("Rockets", "Bob", 3),
    ]
    for album in albums:
        for photo in album["photos"]:
            assert ann.get(photo["image"]["url"]).headers["content-type"] == "image/jpeg"

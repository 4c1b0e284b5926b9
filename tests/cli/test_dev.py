"""`dev`: every save is taken up, and a mistake is only told."""

import os
import pty
import signal

import httpx
import pytest

MORE = """

class Tag(Model):
    name: Mapped[str] = field(max_length=20)
    access = Access(read=anyone, write=anyone)
"""


@pytest.fixture
def server(project):
    return project.start("dev")


def test_one_command_gives_tables_keys_and_addresses(project, server):
    assert server.get("/readyz").status_code == 200
    assert server.get("/rest/v1/notes").json() == []
    for word in ("/rest/v1/", "/openapi.json", "publishable key  ms_publishable_", "secret key       ms_secret_"):
        assert word in server.told
    assert "notes" in server.get("/").text
    assert [path.name for path in (project.folder / "migrations").glob("*.py")] == ["0001_draft.py"]


def test_a_page_of_the_own_machine_may_ask(server):
    assert "access-control-allow-origin" not in server.get("/healthz").headers
    asked = server.get("/healthz", headers={"Origin": "http://localhost:5173"})
    assert asked.headers["access-control-allow-origin"] == "http://localhost:5173"


def test_a_save_changes_code_and_tables(project, server):
    project.write((project.folder / "app.py").read_text("utf-8") + MORE)
    server.wait_until(lambda: server.told.count("is ready") == 2, "it started again")
    assert "app.py saved" in server.told
    assert server.get("/rest/v1/tags").json() == []


def test_a_mistake_is_told_and_the_next_save_mends_it(project, server):
    good = (project.folder / "app.py").read_text("utf-8")
    project.write(good + "\nNote.nothing_of_that_name\n")
    server.wait_until(lambda: "Waiting for the next save" in server.told, "it waits")
    assert 'app.py", line 11' in server.logged
    assert "AttributeError" in server.logged
    assert server.process.poll() is None
    project.write(good)
    server.wait_until(lambda: server.told.count("is ready") == 2, "it started again")
    assert server.get("/rest/v1/notes").status_code == 200


def test_nothing_is_lost_without_being_asked(project, server):
    assert httpx.post(f"http://127.0.0.1:{server.port}/rest/v1/notes", json={"text": "kept"}).status_code == 201
    good = (project.folder / "app.py").read_text("utf-8")
    project.write(good.replace("    text: Mapped[str] = field(max_length=100)\n", ""))
    server.wait_until(lambda: "Waiting for the next save" in server.told, "it waits")
    assert "data would be lost" in server.logged
    project.write(good)
    server.wait_until(lambda: server.told.count("is ready") == 2, "it started again")
    assert server.get("/rest/v1/notes?select=text").json() == [{"text": "kept"}]


def test_at_a_terminal_it_asks_and_does_what_is_answered(project):
    terminal, stdin = pty.openpty()
    try:
        server = project.start("dev", stdin=stdin)
        assert httpx.post(f"http://127.0.0.1:{server.port}/rest/v1/notes", json={"text": "gone"}).status_code == 201
        good = (project.folder / "app.py").read_text("utf-8")
        project.write(good.replace("    text: Mapped[str] = field(max_length=100)\n", ""))
        server.wait_until(lambda: "lose the data?" in server.told, "it asks")
        os.write(terminal, b"y\n")
        server.wait_until(lambda: server.told.count("is ready") == 2, "it started again")
        assert "text" not in server.get("/rest/v1/notes").json()[0]
        assert server.stop() == 0
    finally:
        os.close(terminal)
        os.close(stdin)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_its_end_is_the_end_of_all(server, number):
    assert server.stop(number) == 0
    assert not server.answers()


def test_ctrl_c_at_a_terminal_ends_it_the_same(server):
    os.killpg(server.process.pid, signal.SIGINT)
    assert server.process.wait(20) == 0
    assert not server.answers()

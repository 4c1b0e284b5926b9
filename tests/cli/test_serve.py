"""The server as a process: how it begins, what happens to it, how it ends."""

import itertools
import os
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

BODY = b'{"email": "ann@example.org", "password": "correct horse battery staple"}'
HEAD = b"POST /auth/v1/signup HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY)


def read_all(connection: socket.socket) -> bytes:
    answer = b""
    while part := connection.recv(65536):
        answer += part
    return answer


def test_it_listens_when_it_says_so_and_makes_a_closed_folder(served):
    server = served.start("serve")
    assert server.get("/readyz").json() == {"status": "ready"}
    assert re.fullmatch(rf"notes is ready at http://127\.0\.0\.1:{server.port} \(data in data\)\n", server.told)
    assert (served.folder / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_with_0_and_no_noise(served, number):
    server = served.start("serve", "--workers", "2")
    assert server.stop(number) == 0
    assert server.logged == ""


def test_ctrl_c_at_a_terminal_reaches_all_its_processes_and_ends_it_the_same(served):
    server = served.start("serve", "--workers", "2")
    os.killpg(server.process.pid, signal.SIGINT)
    assert server.process.wait(20) == 0
    assert server.logged == ""


def test_a_request_that_runs_at_the_end_is_finished_and_stored(served):
    server = served.start("serve")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(HEAD + BODY[:10])
        server.wait_until(server.answers, "the server has seen the first half")
        server.process.send_signal(signal.SIGTERM)
        server.wait_until(lambda: not server.answers(), "nobody else is let in")
        connection.sendall(BODY[10:])
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert server.process.wait(20) == 0
    again = served.start("serve")
    token = httpx.post(
        f"http://127.0.0.1:{again.port}/auth/v1/token?grant_type=password",
        content=BODY,
        headers={"content-type": "application/json"},
    )
    assert token.status_code == 200, token.text


def test_a_worker_that_dies_is_started_again(served):
    server = served.start("serve")
    (worker,) = server.workers()
    os.kill(worker, signal.SIGKILL)
    server.wait_until(lambda: server.workers() not in ([], [worker]) and server.answers(), "another worker answers")
    assert "Unexpected exit" in server.logged
    assert server.stop() == 0


def test_nobody_is_left_behind_when_the_parent_is_killed(served):
    server = served.start("serve", "--workers", "2")
    server.wait_until(lambda: len(server.workers()) == 2, "both workers are there")
    workers = server.workers()
    server.process.kill()
    server.process.wait()
    server.wait_until(lambda: not any(is_alive(pid) for pid in workers), "the workers are gone")
    assert not server.answers()


def test_what_was_acknowledged_is_there_after_a_kill(served):
    server = served.start("serve", "--workers", "2")
    acknowledged: list[str] = []

    def write(name: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client, suppress(httpx.TransportError):
            for number in itertools.count():
                text = f"{name}-{number}"
                assert client.post("/rest/v1/notes", json={"text": text}).status_code == 201
                acknowledged.append(text)

    with ThreadPoolExecutor(4) as threads:
        writers = [threads.submit(write, name) for name in range(4)]
        server.wait_until(lambda: len(acknowledged) >= 100, "enough is written")
        os.killpg(server.process.pid, signal.SIGKILL)
        for writer in writers:
            writer.result()
    server.process.wait()
    again = served.start("serve")
    stored = {note["text"] for note in again.get("/rest/v1/notes?select=text").json()}
    assert set(acknowledged) <= stored
    assert len(stored) <= len(acknowledged) + 4


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_taken_port_is_told_also_where_another_server_of_ours_has_it(served):
    server = served.start("serve")
    done = served.run("serve", "--port", str(server.port), code=1)
    assert f"cannot listen on 127.0.0.1:{server.port}: Address already in use" in done.stderr
    assert server.answers()


def test_it_does_not_start_while_the_database_is_behind(project):
    assert "migrate make" in project.run("serve", code=1).stderr
    project.run("migrate", "make")
    told = project.run("serve", code=1).stderr
    assert "0001_create_notes" in told
    assert "mainspring migrate up" in told


def test_each_request_is_one_line_unless_the_log_is_off(served):
    server = served.start("serve")
    server.get("/healthz?token=secret")
    server.stop()
    assert re.fullmatch(r"\S+ \S+Z GET /healthz 200 [\d.]+ms 15B - [0-9a-f]{8}-1\n", server.logged)
    quiet = served.start("serve", log="false")
    quiet.get("/healthz")
    quiet.stop()
    assert quiet.logged == ""


def test_settings_come_from_options_the_environment_and_the_file(served):
    served.write("MAINSPRING_LOG=false\nMAINSPRING_DATA=elsewhere\n", ".env")
    server = served.start("serve", "--data", "data")
    assert server.get("/readyz").status_code == 200
    assert not (served.folder / "elsewhere").exists()


def test_a_wrong_setting_is_told(project):
    assert "MAINSPRING_PROT is no setting" in project.run("serve", code=1, prot="1").stderr
    assert "MAINSPRING_ORIGINS" in project.run("serve", code=1, origins="*").stderr

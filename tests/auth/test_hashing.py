import asyncio
import os
import threading

import pytest

from mainspring.auth.hashing import QUEUE, HashingPool
from mainspring.errors import Unavailable

CORES = os.cpu_count() or 1


def test_no_more_run_at_once_than_there_are_cores_and_the_crowd_is_sent_away():
    running, most, lock, go = 0, 0, threading.Lock(), threading.Event()

    def work() -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        assert go.wait(30)
        with lock:
            running -= 1
        return "done"

    async def crowd() -> list[object]:
        pool = HashingPool(workers=1)
        asked = [asyncio.ensure_future(pool.run(work)) for _ in range(CORES + QUEUE + 10)]
        await asyncio.sleep(0)  # each has asked now
        go.set()
        answers: list[object] = list(await asyncio.gather(*asked, return_exceptions=True))
        return [*answers, await pool.run(lambda: "there is room again")]

    answers = asyncio.run(crowd())
    assert answers.count("done") == CORES + QUEUE
    refused = [each for each in answers if isinstance(each, Unavailable)]
    assert len(refused) == 10
    assert dict(refused[0].headers) == {"Retry-After": "1"}
    assert most <= CORES
    assert answers[-1] == "there is room again"


def test_what_work_raises_reaches_whoever_waits():
    def work() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        asyncio.run(HashingPool(workers=64).run(work))

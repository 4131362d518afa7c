"""The threads that decode, and the way of an answer back to the event loop."""

import asyncio
import threading
from concurrent.futures import Future

import pytest

from app.actions.screen import Accepted
from app.domain.errors import Unavailable
from app.web.decoders import Decoders, Mailbox
from tests import loops


def test_work_is_done_in_its_order_by_no_more_threads_than_allowed() -> None:
    decoders = Decoders(1)
    first = threading.Event()
    done: list[int] = []
    threads: set[str] = set()
    end = threading.Event()

    def work(number: int) -> None:
        first.wait(10)
        done.append(number)
        threads.add(threading.current_thread().name)
        if number == 99:
            end.set()

    for number in range(100):
        decoders.put(lambda number=number: work(number))  # type: ignore[misc]
    first.set()
    assert end.wait(10)
    assert done == list(range(100))
    assert len(threads) == 1


def test_work_that_comes_when_all_was_done_is_done_too() -> None:
    decoders = Decoders(2)
    for _ in range(200):
        done = threading.Event()
        decoders.put(done.set)
        assert done.wait(10)


def test_work_goes_on_beside_one_that_takes_long_where_another_thread_is_allowed() -> None:
    decoders = Decoders(2)
    together = threading.Barrier(3, timeout=10)

    def meet() -> None:
        together.wait()

    decoders.put(meet)
    decoders.put(meet)
    together.wait()


class Bell:
    """An event loop's way of being woken, counted."""

    def __init__(self, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rung = 0
        self._ring = loop.call_soon_threadsafe
        monkeypatch.setattr(loop, "call_soon_threadsafe", self.ring)

    def ring(self, *args: object) -> object:
        self.rung += 1
        return self._ring(*args)  # type: ignore[arg-type]


def test_answers_that_are_ready_together_wake_the_loop_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        loop = asyncio.get_running_loop()
        bell = Bell(loop, monkeypatch)
        mailbox = Mailbox(loop)
        told = [loop.create_future() for _ in range(50)]

        def tell() -> None:
            for number, one in enumerate(told):
                mailbox.put(one, Accepted(number))

        thread = threading.Thread(target=tell)
        thread.start()
        thread.join()
        assert [(await one).samples for one in told] == list(range(50))
        assert bell.rung == 1
        again: asyncio.Future[Accepted] = loop.create_future()
        mailbox.put(again, Accepted(7))
        assert (await again).samples == 7

    loops.run(play())


def test_an_answer_that_is_an_error_is_raised_and_who_gave_up_keeps_the_others_from_nothing() -> None:
    async def play() -> None:
        loop = asyncio.get_running_loop()
        mailbox = Mailbox(loop)
        gone, failed, good = (loop.create_future() for _ in range(3))
        gone.cancel()
        answer: Future[Accepted] = Future()
        answer.set_exception(Unavailable("The database is away.", code="database_unavailable"))
        mailbox.put(gone, Accepted(1))
        mailbox.forward(failed, answer)
        mailbox.put(good, Accepted(3))
        with pytest.raises(Unavailable, match="The database is away"):
            await failed
        assert (await good).samples == 3

    loops.run(play())

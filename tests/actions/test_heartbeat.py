"""Heartbeats: received while everything works, withheld when a part does not, and counted by what became of them."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from threading import Thread

import pytest

from app.actions.heartbeat import Heartbeat
from app.domain.counters import Counters
from app.notify import outgoing
from app.notify.outgoing_addresses import ANY_PORT, Policy, Reach

LOOPBACK = Policy(Reach.OUTSIDE, allowed=(ip_network("127.0.0.0/8"),), ports=ANY_PORT)


class Receiver(HTTPServer):
    """Notes every call and answers with `status`."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.calls: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/ping/secret"


class Answer(BaseHTTPRequestHandler):
    server: Receiver

    def do_GET(self) -> None:
        self.server.calls.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the standard library has it
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def heart(receiver: Receiver, counters: Counters, troubles: list[str], policy: Policy = LOOPBACK) -> Heartbeat:
    client = outgoing.open_client(policy)
    return Heartbeat(receiver.url, troubles=lambda: troubles, client=client, counters=counters)


def outcomes(counters: Counters) -> dict[tuple[str, ...], float]:
    return counters.by("burnline_heartbeats_total", "outcome")


def test_a_beat_goes_out_while_nothing_is_wrong_and_none_when_something_is(receiver: Receiver) -> None:
    counters, troubles = Counters(), list[str]()
    beating = heart(receiver, counters, troubles)
    assert counters.ask("burnline_heartbeat_age_seconds") is None
    assert beating.beat()
    assert receiver.calls == ["/ping/secret"]
    assert counters.ask("burnline_heartbeat_age_seconds") is not None
    troubles.append("The signals are 90 s behind the samples.")
    assert not beating.beat()
    assert len(receiver.calls) == 1
    troubles.clear()
    assert beating.beat()
    assert outcomes(counters) == {("sent",): 2.0, ("withheld",): 1.0}


def test_an_answer_that_is_no_success_is_no_heartbeat(receiver: Receiver) -> None:
    counters = Counters()
    receiver.status = 404
    assert not heart(receiver, counters, []).beat()
    assert outcomes(counters) == {("failed",): 1.0}


def test_a_private_address_is_called_only_when_it_is_allowed(receiver: Receiver) -> None:
    counters = Counters()
    assert not heart(receiver, counters, [], Policy(Reach.OUTSIDE, ports=ANY_PORT)).beat()
    assert receiver.calls == []
    assert outcomes(counters) == {("failed",): 1.0}


def test_its_thread_beats_until_it_is_stopped(receiver: Receiver) -> None:
    counters = Counters()
    beating = Heartbeat(
        receiver.url, troubles=list, client=outgoing.open_client(LOOPBACK), counters=counters, every_seconds=0.01
    )
    beating.start()
    while len(receiver.calls) < 3:
        pass
    beating.stop()
    seen = len(receiver.calls)
    assert outcomes(counters) == {("sent",): float(seen)}

"""A dead man's switch: a call out every minute for as long as everything works, so that its end is noticed outside.

Whoever receives it raises the alarm when it stops. It stops with the process, with the machine, with the network, and
when samples are not taken, not followed or not evaluated any more.
"""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic

import httpx2

from app import logs
from app.domain.counters import Counters
from app.domain.errors import AppError
from app.notify import outgoing

log = logs.get("heartbeat")

BEAT_SECONDS = 60.0


class Heartbeat:
    """`troubles` says what does not work; a beat is sent when it says nothing."""

    def __init__(
        self,
        url: str,
        *,
        troubles: Callable[[], Sequence[str]],
        client: httpx2.Client,
        counters: Counters,
        every_seconds: float = BEAT_SECONDS,
    ) -> None:
        self._url = url
        self._troubles = troubles
        self._client = client
        self._counters = counters
        self._every_seconds = every_seconds
        self._sent: float | None = None
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)
        counters.measure("burnline_heartbeat_age_seconds", self._age_seconds)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._client.close()

    def beat(self) -> bool:
        """Whether a beat was sent and received."""
        found = self._troubles()
        if found:
            self._counters.add("burnline_heartbeats_total", outcome="withheld")
            log.warning("heartbeat_withheld", trouble=found[0])
            return False
        try:
            reply = outgoing.fetch(self._client, "GET", self._url)
        except AppError as error:
            self._counters.add("burnline_heartbeats_total", outcome="failed")
            log.warning("heartbeat_failed", error=str(error))
            return False
        received = 200 <= reply.status < 300  # the successes
        self._counters.add("burnline_heartbeats_total", outcome="sent" if received else "failed")
        if received:
            self._sent = monotonic()
        else:
            log.warning("heartbeat_failed", status=reply.status)
        return received

    def _age_seconds(self) -> float | None:
        return None if self._sent is None else monotonic() - self._sent

    def _run(self) -> None:
        while not self._stopping.wait(self._every_seconds):
            try:
                self.beat()
            except Exception:
                self._counters.add("burnline_unexpected_errors_total")
                log.exception("heartbeat_failed")

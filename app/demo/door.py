"""The front door as a sender sees it: post, and come back later when asked to."""

from dataclasses import dataclass
from threading import Event
from types import TracebackType
from typing import Self

import httpx2

from app import logs

log = logs.get("demo")

PARTLY_TAKEN = 400  # remote write's only way to name what was left out; the rest is stored, and trying again is no use
LATER = frozenset({429, 502, 503, 504})
LONGEST_WAIT_SECONDS = 30.0
TRIES = 30


class Refused(Exception):
    """The server does not want this, and would not want it later either."""

    def __init__(self, path: str, status: int, answer: str) -> None:
        super().__init__(f"{path} answered {status}: {answer[:500]}")
        self.status = status


class Unreachable(Exception):
    """The server cannot be reached, or asked for patience too often."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request. `samples` is how many it carries."""

    path: str
    headers: dict[str, str]
    body: bytes
    samples: int = 0


class Door:
    """Connections to one server. `stop` ends every wait."""

    def __init__(self, url: str, *, stop: Event) -> None:
        self._client = httpx2.Client(base_url=url, timeout=60.0, trust_env=False)
        self._stop = stop

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def post(self, parcel: Parcel, *, tries: int = TRIES) -> int:
        """Hand over a parcel; gives the number of samples delivered. Raises Refused, or Unreachable after all tries."""
        for attempt in range(tries):
            answer = self._once(parcel)
            if answer is not None and answer.status_code not in LATER:
                return _delivered(parcel, answer)
            if self._stop.wait(_patience(answer, attempt)):
                break
        raise Unreachable(f"{parcel.path} could not be delivered.")

    def get(self, path: str, **parameters: str | int) -> object:
        """An answer's JSON. Raises Refused or Unreachable."""
        try:
            answer = self._client.get(path, params=parameters)
        except httpx2.TransportError as error:
            raise Unreachable(f"{path} could not be asked.") from error
        if not answer.is_success:
            raise Refused(path, answer.status_code, answer.text)
        found: object = answer.json()
        return found

    def put(self, parcel: Parcel) -> None:
        """Put something in its place, once. Raises Refused or Unreachable."""
        try:
            answer = self._client.put(parcel.path, content=parcel.body, headers=parcel.headers)
        except httpx2.TransportError as error:
            raise Unreachable(f"{parcel.path} could not be delivered.") from error
        if not answer.is_success:
            raise Refused(parcel.path, answer.status_code, answer.text)

    def _once(self, parcel: Parcel) -> httpx2.Response | None:
        """The answer, None when there was none."""
        try:
            return self._client.post(parcel.path, content=parcel.body, headers=parcel.headers)
        except httpx2.TransportError:
            return None


def _delivered(parcel: Parcel, answer: httpx2.Response) -> int:
    """The number of samples delivered. Raises Refused."""
    if answer.status_code == PARTLY_TAKEN:
        log.warning("parcel_partly_refused", path=parcel.path, reason=answer.text[:500])
    elif not answer.is_success:
        raise Refused(parcel.path, answer.status_code, answer.text)
    return parcel.samples


def _patience(answer: httpx2.Response | None, attempt: int) -> float:
    """Seconds to wait before the next attempt: what the server asked for, else twice as long each time."""
    asked = answer.headers.get("Retry-After", "") if answer is not None else ""
    if asked.isdecimal():
        return min(float(asked), LONGEST_WAIT_SECONDS)
    return min(0.25 * 2.0**attempt, 5.0)

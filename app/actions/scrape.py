"""Scraping one target: its samples with the labels of the target on them, and what the scrape itself was like.

What Prometheus does is done here, so that dashboards and rules mean the same: `up`, `scrape_duration_seconds` and
`scrape_samples_scraped`, `exported_` labels, and a staleness marker for every series that a scrape no longer brings.
One thing differs: of a body with a malformed line the good lines are kept.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx2
import numpy as np

from app.domain.errors import AppError, Invalid
from app.domain.samples import Ints, Mark, SampleBatch
from app.domain.series import Kind, SeriesKey
from app.notify import outgoing
from app.wire.decompress import bounded_decode
from app.wire.limits import MAX_DECODED_BYTES
from app.wire.metrics import text
from app.wire.metrics.text_series import Vocabulary
from app.wire.target_values import Credentials, Target

ACCEPT = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
SYNTHETIC = ("up", "scrape_duration_seconds", "scrape_samples_scraped")
FORGOTTEN_SERIES = 10_000  # so many more than the target shows may be remembered before all are forgotten

NOTHING: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Health:
    """How the last scrape of a target went. `error` is "" when it went well, else a sentence for people."""

    at_ms: int
    seconds: float
    samples: int
    error: str = ""


class Watch:
    """One target over time: what its series texts stand for, and which series it showed last."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.health: Health | None = None
        self._vocabulary = self._new_vocabulary()
        self._shown: Ints = NOTHING
        self._shown_before: frozenset[SeriesKey] = frozenset()

    def read(self, reply: outgoing.Reply, *, now_ms: int) -> SampleBatch:
        """The samples of an answer. Raises AppError when it holds none that can be read."""
        _check(reply)
        body = bounded_decode(reply.headers.get("content-encoding", ""), reply.body, limit=MAX_DECODED_BYTES)
        content_type = reply.headers.get("content-type", "")
        self._forget_old()
        return text.read(body or b"\n", self._vocabulary, content_type=content_type, now_ms=now_ms)

    def whole(self, batch: SampleBatch | None, *, now_ms: int, seconds: float) -> SampleBatch:
        """A scrape's samples (None: it failed) with its own numbers and the markers of what has ended."""
        found = batch or SampleBatch(self._vocabulary.directory(), NOTHING, NOTHING, np.empty(0))
        # A sample with a timestamp of its own ends when its sender says so.
        shown = np.unique(found.series[found.at_ms == now_ms])
        ended = self._ended(shown)
        about = np.arange(len(SYNTHETIC), dtype=np.int64)
        values = [0.0 if batch is None else 1.0, seconds, float(len(found))]
        added = len(about) + len(ended)
        marks = np.zeros(len(found) + added, dtype=np.uint8)
        marks[len(marks) - len(ended) :] = Mark.STALE
        self._shown, self._shown_before = shown, frozenset()
        return SampleBatch(
            self._vocabulary.directory(),
            np.concatenate([found.series, about, ended]),
            np.concatenate([found.at_ms, np.full(added, now_ms, dtype=np.int64)]),
            np.concatenate([found.values, values, np.zeros(len(ended))]),
            marks=marks if len(ended) else None,
            start_ms=None if found.start_ms is None else np.concatenate([found.start_ms, np.zeros(added, np.int64)]),
            metadata=found.metadata,
            exemplars=found.exemplars,
            refusals=found.refusals,
        )

    def _ended(self, shown: Ints) -> Ints:
        """The series that were shown last time and are not now: by key, for one may have been written another way."""
        positions = np.setdiff1d(self._shown, shown)
        if not len(positions) and not self._shown_before:
            return NOTHING
        key = self._vocabulary.directory().key
        now = {key(position) for position in shown.tolist()}
        ended = [position for position in positions.tolist() if key(position) not in now]
        ended += [self._vocabulary.add(before) for before in self._shown_before - now]
        return np.array(ended, dtype=np.int64)

    def _forget_old(self) -> None:
        """Start afresh when the target keeps changing its labels."""
        if len(self._vocabulary) <= 2 * len(self._shown) + FORGOTTEN_SERIES:
            return
        key = self._vocabulary.directory().key
        self._shown_before = frozenset(key(position) for position in self._shown.tolist())
        self._shown = NOTHING
        self._vocabulary = self._new_vocabulary()

    def _new_vocabulary(self) -> Vocabulary:
        """One whose first positions are the synthetic series."""
        vocabulary = Vocabulary(self._labels)
        for metric in SYNTHETIC:
            vocabulary.add(SeriesKey(metric, self.target.labels, kind=Kind.GAUGE))
        return vocabulary

    def _labels(self, own: dict[str, str]) -> Mapping[str, str]:
        """A sample's labels with those of the target."""
        target = self.target
        labels = _merged(own, dict(target.labels), honor=target.honor_labels)
        service = target.service_rule.service(labels) if target.service_rule else ""
        return _merged(labels, {"service": service}, honor=target.honor_labels) if service else labels


def scrape(client: httpx2.Client, watch: Watch, *, now_ms: int) -> SampleBatch:
    """Scrape a target once, whatever comes of it: a failure is a batch too, with `up` 0. Tells `watch.health`."""
    began = monotonic()
    batch, error = None, ""
    try:
        batch = watch.read(_fetch(client, watch.target), now_ms=now_ms)
    except AppError as failure:
        error = str(failure)
    seconds = monotonic() - began
    watch.health = Health(now_ms, seconds, 0 if batch is None else len(batch), error)
    return watch.whole(batch, now_ms=now_ms, seconds=seconds)


def _fetch(client: httpx2.Client, target: Target) -> outgoing.Reply:
    timeout = target.timeout.total_seconds()
    headers = {
        "Accept": ACCEPT,
        "Accept-Encoding": "gzip",
        "X-Prometheus-Scrape-Timeout-Seconds": f"{timeout:g}",
    }
    if target.credentials:
        headers["Authorization"] = _authorization(target.credentials)
    return outgoing.fetch(
        client, "GET", target.url, headers=headers, deadline_seconds=timeout, limit_bytes=MAX_DECODED_BYTES
    )


def _authorization(credentials: Credentials) -> str:
    try:
        if credentials.token_file:
            return f"Bearer {Path(credentials.token_file).read_text().strip()}"
        password = credentials.password
        if credentials.password_file:
            password = Path(credentials.password_file).read_text().strip()
    except (OSError, UnicodeError) as error:
        raise Invalid(f"The file with the credentials cannot be read: {error}.", code="credentials_missing") from error
    pair = f"{credentials.username}:{password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def _check(reply: outgoing.Reply) -> None:
    if 300 <= reply.status < 400:
        raise Invalid(
            f"The target answered {reply.status}, a redirect, which is not followed: scrape the final address.",
            code="scrape_redirected",
        )
    if reply.status != 200:
        raise Invalid(f"The target answered {reply.status}.", code="scrape_status")


def _merged(own: Mapping[str, str], ours: Mapping[str, str], *, honor: bool) -> dict[str, str]:
    """Labels with ours added. Where both have one, honor keeps its own; else its own becomes `exported_...`."""
    if honor:
        return {**ours, **{name: value for name, value in own.items() if value or name not in ours}}
    merged = {name: value for name, value in own.items() if name not in ours} | dict(ours)
    for name in sorted(own.keys() & ours.keys(), key=len):
        if own[name]:
            renamed = f"exported_{name}"
            while renamed in merged:
                renamed = f"exported_{renamed}"
            merged[renamed] = own[name]
    return merged

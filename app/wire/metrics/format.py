"""What the registry knows of a metric format. A new one is a module with `decode` and `FORMAT` and one line there."""

from dataclasses import dataclass
from typing import Protocol

from app.domain.samples import SampleBatch


class Decode(Protocol):
    """Turns a decompressed body into samples.

    Raises Invalid (or TooLarge) when the body as a whole cannot be taken; a part that cannot is a Refusal in the batch.
    """

    def __call__(self, body: bytes, /) -> SampleBatch: ...


@dataclass(frozen=True, slots=True)
class Format:
    """One way to send metrics.

    `name` is a stable word (a key of the registry, a label of our own metrics, an anchor in the docs), `path` the
    endpoint, `content_types` and `encodings` what its headers may say, `docs` one sentence for the table of formats.
    """

    name: str
    title: str
    path: str
    content_types: tuple[str, ...]
    encodings: tuple[str, ...]
    decode: Decode
    docs: str

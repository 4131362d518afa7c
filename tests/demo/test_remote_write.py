import cramjam
import numpy as np

from app.demo import remote_write
from app.demo.company import Service
from app.demo.remote_write import Group
from app.demo.world import World
from app.domain.samples import SampleBatch
from app.domain.signals import MINUTE_MS
from app.wire.metrics import remote_write_v1


def decoded(groups: list[Group]) -> SampleBatch:
    return remote_write_v1.decode(bytes(cramjam.snappy.decompress_raw(remote_write.body(groups))))


def test_a_body_decodes_to_the_numbers_of_the_world(world: World, cast: dict[str, Service], now_ms: int) -> None:
    at = np.arange(now_ms, now_ms + 10 * MINUTE_MS, MINUTE_MS, dtype=np.int64)
    found = [world.scrape(cast[slug], at) for slug in ("pricing", "recommender", "orders-db")]
    batch = decoded([Group([*map(remote_write.series, one.series)], at, one.values) for one in found])
    assert batch.refusals == ()
    assert batch.values.tobytes() == b"".join(one.values.tobytes() for one in found)
    labels = [one for scraped in found for one in scraped.series for _ in at]
    assert len(batch) == len(labels)
    for series, at_ms, expected, instant in zip(
        batch.series.tolist(), batch.at_ms.tolist(), labels, at.tolist() * (len(labels) // len(at)), strict=True
    ):
        assert batch.directory.key(series).metric == dict(expected)["__name__"]
        assert batch.directory.key(series).label("instance") == dict(expected)["instance"]
        assert at_ms == instant


def test_every_bit_of_a_value_arrives() -> None:
    values = np.array([[0.1, -0.0, 2.0**60, 5e-324]])
    at = np.array([1, 2, 3, 4], dtype=np.int64) + 1_700_000_000_000
    batch = decoded([Group([remote_write.series((("__name__", "some"), ("text", "ünï")))], at, values)])
    assert batch.values.tobytes() == values.tobytes()
    assert batch.directory.key(0).label("text") == "ünï"


def test_long_labels_keep_their_length() -> None:
    labels = (("__name__", "long"), ("text", "x" * 3_000))
    batch = decoded([Group([remote_write.series(labels)], np.array([1_700_000_000_000]), np.ones((1, 1)))])
    assert batch.directory.key(0).label("text") == "x" * 3_000

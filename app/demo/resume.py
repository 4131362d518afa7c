"""What of history the server already has, so that a backfill that was stopped goes on where it was."""

from collections.abc import Iterator, Sequence

from app.demo.door import Door, Refused
from app.demo.schedule import COARSE_MS, Block

PROBE = "orders"  # a service that is never silent and is sent among the last of a block


def missing(door: Door, blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks to send, newest first.

    Blocks are finished one after the other. One of which something is there may still be unfinished, unless the next
    one was begun. The newest block is sent in any case: it is small, and it has no end yet.
    """
    try:
        known = [_known(door, block) for block in blocks]
    except Refused:  # the server has never heard of the company
        known = [0.0] * len(blocks)
    begun = [*[share > 0 for share in known[1:]], True]
    for block, share, next_begun in zip(blocks, known, begun, strict=True):
        if share < 1 or not next_begun or block is blocks[0]:
            yield block


def _known(door: Door, block: Block) -> float:
    """The share of a block's five minutes in which the server knows of traffic. Raises Refused and Unreachable."""
    rows = door.get(
        f"/api/services/{PROBE}/signals",
        start=block.start_ms // 1000,
        end=block.end_ms // 1000,
        step=COARSE_MS // 1000,
    )
    values = [row["value"] for row in rows if row["signal"] == "traffic"] if isinstance(rows, list) else []
    return sum(value is not None for value in values) / len(values) if values else 0.0

"""The lines of a sender's last body without their numbers: most senders repeat them unchanged.

Comparing a whole body with the last one costs a fraction of looking up each line, and spares its comments as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.samples import Ints, Metadata


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """`heads` are the lines up to their last blank, `numbers_at` where each sample's number starts: (line, column).

    `remarks` are the lines that hold no sample, in full, and stand at `remarks_at`. `positions` and `metadata` are
    what the body was read to.
    """

    heads: list[str]
    numbers_at: list[tuple[int, int]]
    remarks: list[str]
    remarks_at: list[int]
    positions: Ints
    metadata: tuple[Metadata, ...]

    def numbers(self, lines: Sequence[str]) -> list[str] | None:
        """The numbers in lines that differ from the last ones in nothing else; None when they do."""
        if len(lines) != len(self.heads) or [line.rpartition(" ")[0] for line in lines] != self.heads:
            return None
        if [lines[at] for at in self.remarks_at] != self.remarks:
            return None
        return [lines[at][column:] for at, column in self.numbers_at]


def outline(
    lines: Sequence[str], numbers: Sequence[str], positions: Ints, metadata: tuple[Metadata, ...]
) -> Outline | None:
    """What to remember of a body; None when its samples are more than a series, one blank and a number."""
    heads = [line.rpartition(" ")[0] for line in lines]
    remarks_at = [at for at, line in enumerate(lines) if line.startswith("#") or not line.strip()]
    remarks = set(remarks_at)
    numbers_at = [(at, len(head) + 1) for at, head in enumerate(heads) if at not in remarks]
    if [lines[at][column:] for at, column in numbers_at] != numbers:
        return None
    return Outline(heads, numbers_at, [lines[at] for at in remarks_at], remarks_at, positions, metadata)
